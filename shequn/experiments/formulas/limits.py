"""Every closed form that `shequn validate` holds the model to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from shequn.experiments.formulas.gauges import Claim, Gauge, Limit, gauges
from shequn.experiments.formulas.limits_of_growth import (
    bass_limit,
    beta_geometric_limit,
    exponential_limit,
    external_limit,
    immigration_limit,
    internal_limit,
    tree_limit,
)
from shequn.experiments.formulas.limits_of_talk import (
    adstock_limit,
    coverage_limit,
    dilution_limit,
    many_servers_limit,
    one_server_limit,
    posting_limit,
)

__all__ = ["LIMITS", "Claim", "Gauge", "Limit", "gauges"]

LIMITS: tuple[Callable[[], Limit], ...] = (
    bass_limit,
    external_limit,
    internal_limit,
    tree_limit,
    coverage_limit,
    exponential_limit,
    beta_geometric_limit,
    partial(immigration_limit, 0, 69, 40_000),
    partial(immigration_limit, 500, 120, 60_000),
    one_server_limit,
    partial(many_servers_limit, 3, 30.0, (24.0, 400.0)),
    partial(many_servers_limit, 30, 440.0, (200.0, 500.0)),
    posting_limit,
    dilution_limit,
    adstock_limit,
)
"""Makers of every limit of the strip, in order; made on use, for some formulas take a moment."""
