"""What a group adds: orders with it and without, where that is defined, and day by day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.model.ledger import ITEMS
from shequn.model.observation import Journal
from shequn.model.parameters import Parameters


class Added(NamedTuple):
    """Orders expected of all who were ever members, with the group and without.

    Attributes
    ----------
    expected : float
        Since day 0, with the group, wherever they are placed; needs still pending are met.
    without : float
        The same without the group.
    daily_without : numpy.ndarray
        float64, shape (days,): those of each day.
    pending : float
        Part of ``expected``: needs pending at the end, less those borrowed from the time after it.
    """

    expected: float
    without: float
    daily_without: np.ndarray
    pending: float


def undefined(parameters: Parameters) -> bool:
    """Whether what the group adds cannot be told without a second run.

    It can where the world outside does not hang on the group: without rivals, and where needs are
    not made by joining (``discovery.in_need``).
    """
    q = parameters
    return q.market.rivals > 0 or q.discovery.in_need > 0.0 or q.buy.patience == float("inf")


def by_day(
    gained: Added, journal: Journal, parameters: Parameters
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the group adds on each day.

    Parameters
    ----------
    gained : Added
        Orders with the group and without.
    journal : Journal
        The record.
    parameters : Parameters
        The tree: price and margin at the end.

    Returns
    -------
    without : numpy.ndarray
        float64, shape (days,): orders without the group.
    orders : numpy.ndarray
        float64, shape (days,): orders expected less those without the group; needs pending at the
        end, and those borrowed from the time after it, count on the last day, those borrowed
        before day 0 on the first.
    balance : numpy.ndarray
        The same: margin of these orders minus all costs of the day, in CNY.
    """
    expected = journal.total("orders_expected")
    orders = expected - gained.daily_without
    if len(orders):
        orders[0] += gained.expected - gained.pending - expected.sum()
        orders[-1] += gained.pending
    spent = sum((journal.operator_column(item) for item in ITEMS[2:]), np.zeros(len(orders)))
    unit = parameters.product.price * parameters.product.margin
    return gained.daily_without, orders, unit * orders - spent
