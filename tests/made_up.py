"""Results with made-up numbers, written and read back like real ones."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from shequn.experiments.perform.results import Results
from shequn.experiments.runs.archive import opened
from shequn.experiments.runs.cases import DAILY, Failure, Result
from shequn.experiments.runs.plan import Plan
from shequn.experiments.runs.tables import write_tables
from shequn.model.outcomes import OUTCOMES


def made_results(
    plan: Plan, replicates: int, told: Mapping[tuple[int, int], Mapping[str, float] | None],
    series: Mapping[str, float] | None = None,
) -> Results:  # fmt: skip
    """Results of a plan: outcomes by (point, replicate), None for a failure, in that order.

    Daily series are 0 but those named: value + day + replicate.
    """
    keep = tempfile.TemporaryDirectory()
    with opened(Path(keep.name)) as archive:
        for (point, replicate), values in told.items():
            case = plan.case(point, replicate)
            if values is None:
                archive.add(Result(case.key, {}, {}, Failure("policy", "PolicyError", "no", "")))
                continue
            outcomes = {**dict.fromkeys(OUTCOMES, math.nan), **values}
            days = np.arange(case.scenario.days)
            daily = {name: np.zeros(len(days), np.int32) for name in DAILY}
            for name, value in (series or {}).items():
                daily[name] = (days + value + replicate).astype(np.int32)
            archive.add(Result(case.key, outcomes, daily))
        archive.flush()
        rows = [row for row in plan.cases(range(replicates)) if (row[0], row[1]) in told]
        write_tables(Path(keep.name), archive, plan, rows)
    return Results(plan, replicates, Path(keep.name), keep=keep)
