"""Before many runs: how long they will take, how much they will store, how much they will tell.

A probe of about one second really runs some of the runs, day by day. What it does not see (long
runs to their end, several workers at once) is extrapolated or assumed, and the words say so.
"""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.errors import Problem, ResultsError, ScenarioError
from shequn.experiments.perform.probe import Probe, probe
from shequn.experiments.runs import store
from shequn.experiments.runs.archive import column_type
from shequn.experiments.runs.cases import DAILY, Case
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES

EFFICIENCY = 0.9  # share of its time that one of several workers computes; assumed
MOST_REPLICATES = 10_000  # of a budget: a mean is then known to a fiftieth of the SD; assumed
_FEWEST = 3  # runs from which an SD is told
_SPARE = 1.1  # disk space asked for, relative to what is needed; assumed
_OF_A_RUN = 400  # bytes of key, seed and place of a run; assumed
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def parse_budget(text: str | float) -> float:
    """Seconds of a budget: ``90s``, ``5min``, ``1.5h``.

    Parameters
    ----------
    text : str or float
        A number above 0 and its unit: s, min or h; a number without one means minutes.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ScenarioError
        If it is none.
    """
    if not isinstance(text, str):
        return 60.0 * text
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(s|min|h)\s*", text)
    seconds = float(found.group(1)) * _UNITS[found.group(2)] if found else 0.0
    if not 0.0 < seconds < math.inf:
        words = "expected a number above 0 and a unit: 90s, 5min, 1.5h"
        raise ScenarioError([Problem(f"--budget {text}", words)])
    return seconds


@dataclass(frozen=True)
class Preflight:
    """What is to be expected of an experiment.

    Attributes
    ----------
    points, replicates, days : int
        What is run.
    done : int
        Runs whose results are there already.
    workers : int
        Workers that there are cores for.
    probe : Probe
        What was measured.
    outcome : str
        The outcome whose precision is told.
    folder : Path
        Where results will be.
    free : int
        Bytes free there.
    budget : float or None
        Seconds that were allowed.
    past : str
        What is said of a past: ``, after a past of 30 days``.
    """

    points: int
    replicates: int
    days: int
    done: int
    workers: int
    probe: Probe
    outcome: str
    folder: Path
    free: int
    budget: float | None = None
    past: str = ""

    @property
    def runs(self) -> int:
        """Runs in all."""
        return self.points * self.replicates

    @property
    def seconds(self) -> float:
        """Expected duration of the runs that are missing, in seconds."""
        return seconds_of(self.runs - self.done, self.workers, self.probe.seconds_per_run)

    @property
    def bytes(self) -> int:
        """Expected size of the results that are missing, before compression."""
        return (self.runs - self.done) * bytes_of_run(self.days)

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval of the outcome at one point; nan when not known.

        t(R - 1) x SD / sqrt(R) with R replicates (Student 1908); the SD is that of the probe.
        """
        from scipy import stats

        if len(self.probe.values) < _FEWEST or self.replicates < 2:
            return math.nan
        spread = float(np.std(self.probe.values, ddof=1))
        quantile = float(stats.t.ppf(0.975, self.replicates - 1))
        return quantile * spread / math.sqrt(self.replicates)

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values; what is not known is null."""
        known = len(self.probe.values) >= _FEWEST
        return store.plain(
            {
                "points": self.points,
                "replicates": self.replicates,
                "runs": self.runs,
                "done": self.done,
                "days": self.days,
                "workers": self.workers,
                "assumed_efficiency": _efficiency(self.workers),
                "seconds": self.seconds,
                "seconds_per_run": self.probe.seconds_per_run,
                "extrapolated": self.probe.extrapolated,
                "probed_runs": self.probe.runs,
                "probe_failure": self.probe.failure,
                "bytes_before_compression": self.bytes,
                "free_bytes": self.free,
                "outcome": self.outcome,
                "mean": float(np.mean(self.probe.values)) if known else math.nan,
                "half_width": self.half_width,
                "budget_seconds": self.budget,
            }
        )

    def __str__(self) -> str:
        """Five to seven lines, in two columns."""
        parts = {
            "runs": self._runs(),
            "time": self._time(),
            "workers": self._at_once(),
            "disk": f"{size(self.bytes)} before compression; {size(self.free)} free",
            "precision": self._precision(),
            "budget": "" if self.budget is None else self._of_budget(),
            "failed": self.probe.failure and f"in the probe: {self.probe.failure.splitlines()[0]}",
        }
        return "\n".join(f"{name:<10} {words}" for name, words in parts.items() if words)

    def _runs(self) -> str:
        design = f"{counted(self.points, 'point')} x {counted(self.replicates, 'replicate')}"
        there = f", {self.done:,} of them done already" if self.done else ""
        days = f"{counted(self.days, 'day')}{self.past}"
        return f"{design} = {counted(self.runs, 'run')} of {days}{there}"

    def _time(self) -> str:
        if self.probe.left_out:
            return f"not known: {self.probe.left_out}"
        return f"about {duration(self.seconds)}, {self._measured()}"

    def _measured(self) -> str:
        each = f"{duration(self.probe.seconds_per_run)} for a run"
        if self.probe.extrapolated:
            return f"{each}, extrapolated from its first days"
        return f"{each}, measured in {self.probe.runs:,}"

    def _at_once(self) -> str:
        if self.workers == 1:
            return "1"
        share = EFFICIENCY * self.workers
        return f"{self.workers}, assumed to do the work of {share:.3g}"

    def _precision(self) -> str:
        if math.isnan(self.half_width):
            few = "nothing was run" if self.probe.left_out else "too few whole runs in the probe"
            why = "1 replicate" if self.replicates == 1 else few
            return f"of {self.outcome}: not known yet ({why})"
        mean = float(np.mean(self.probe.values))
        digits = max(0, 1 - math.floor(math.log10(self.half_width))) if self.half_width else 0
        unit = OUTCOMES[self.outcome].unit
        words = f"{self.outcome} {mean:,.{digits}f} ± {self.half_width:,.{digits}f}"
        named = words if unit == "1" else f"{words} {unit}"
        seeds = len(self.probe.values)
        return f"{named} at a point (95 %, SD of {seeds} runs); paired differences are narrower"

    def _of_budget(self) -> str:
        assert self.budget is not None
        return f"{duration(self.budget)} allow {counted(self.replicates, 'replicate')}"


@dataclass(frozen=True)
class Extent:
    """How much there is to do, and who is there to do it.

    Attributes
    ----------
    points : int
        How many points or arms, at least 1.
    replicates : int
        Runs of each point, at least 1; a budget decides instead.
    workers : int
        How many work at once.
    done : int
        Runs whose results are there already; not looked at with a budget.
    cores : int, optional
        Cores of this machine; more workers than that do not count. Looked up when None.
    """

    points: int
    replicates: int
    workers: int
    done: int = 0
    cores: int | None = None


def preflight(
    case_of: Callable[[int, int], Case],
    extent: Extent,
    folder: Path,
    budget: str | float | None = None,
    run_probe: Callable[..., Probe] = probe,
) -> Preflight:
    """Tell what is to be expected, and refuse what cannot be.

    Parameters
    ----------
    case_of : callable
        Gives the run of a point and a replicate, both from 0. Compile the kernels first.
    extent : Extent
        How much there is to do.
    folder : Path
        Where results will be; need not exist yet.
    budget : str, optional
        Time allowed (`parse_budget`); decides the replicates.
    run_probe : callable
        `probe`, or one with another clock.

    Returns
    -------
    Preflight
        Print it, or take ``as_dict()``.

    Raises
    ------
    ScenarioError
        If the budget is none, or is over before 2 replicates are done.
    ResultsError
        If the disk is too small.
    """
    allowed = None if budget is None else parse_budget(budget)
    scenario = case_of(0, 0).scenario
    measured = run_probe(case_of, extent.points, scenario.focus)
    if allowed is not None and measured.left_out:
        words = f"how long a run takes is not known: {measured.left_out}"
        raise ScenarioError([Problem(f"--budget {budget}", words)])
    at_once = max(1, min(extent.workers, extent.cores or os.cpu_count() or 1))
    replicates, done = extent.replicates, extent.done
    if allowed is not None:
        each = measured.seconds_per_run
        fitting = replicates_within(allowed, extent.points, at_once, each, f"--budget {budget}")
        replicates, done = min(fitting, 2**64 - scenario.seed), 0
    found = Preflight(
        points=extent.points,
        replicates=replicates,
        days=scenario.days,
        done=done,
        workers=at_once,
        probe=measured,
        outcome=scenario.focus,
        folder=folder,
        free=free_space(folder),
        budget=allowed,
        past=scenario.past.words,
    )
    _refuse_full_disk(found)
    return found


def _refuse_full_disk(found: Preflight) -> None:
    if found.bytes * _SPARE > found.free:
        words = f"{found.runs:,} runs need about {size(found.bytes)}, {size(found.free)} are free"
        raise ResultsError(f"{found.folder}: {words}; fewer points, replicates or days")


def free_space(folder: Path) -> int:
    """Bytes free where a folder is or will be."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def bytes_of_run(days: int) -> int:
    """Bytes of the results of one run, before compression: a count takes 4, all else 8 each day."""
    daily = sum(np.dtype(column_type(name)).itemsize for name in DAILY)
    return daily * days + 8 * len(OUTCOMES) + _OF_A_RUN


def _efficiency(workers: int) -> float:
    return EFFICIENCY if workers > 1 else 1.0


def seconds_of(runs: int, workers: int, seconds_per_run: float) -> float:
    """Expected duration of some runs, in seconds: every worker has one after the other."""
    return math.ceil(runs / workers) * seconds_per_run / _efficiency(workers)


def replicates_within(
    budget: float, points: int, workers: int, seconds_per_run: float, place: str = "--budget"
) -> int:
    """The largest number of replicates of every point that a budget allows.

    Parameters
    ----------
    budget : float
        Seconds.
    points, workers : int
        Points, and workers at once.
    seconds_per_run : float
        Of one worker.
    place : str
        Where the budget was given, for messages.

    Returns
    -------
    int
        2 to 10,000.

    Raises
    ------
    ScenarioError
        If not even 2 fit; it says what they need.
    """
    each = seconds_per_run / _efficiency(workers)
    least = each * points * MOST_REPLICATES / workers
    if budget >= least:  # also where a run takes no time at all
        return MOST_REPLICATES
    found = workers * math.floor(budget / each) // points
    if found < 2:
        needed = duration(seconds_of(2 * points, workers, seconds_per_run))
        words = f"2 replicates of {counted(points, 'point')} need about {needed}"
        raise ScenarioError([Problem(place, words)])
    return found


def duration(seconds: float) -> str:
    """A duration in words: 40 ms, 12 s, 3.5 min, 2 h, 3 days."""
    for limit, unit, length in (
        (1.0, "ms", 1e-3),
        (90.0, "s", 1.0),
        (5400.0, "min", 60.0),
        (172_800.0, "h", 3600.0),
    ):
        if seconds < limit:
            return f"{_short(seconds / length)} {unit}"
    return f"{_short(seconds / 86_400.0)} days"


def size(count: float) -> str:
    """A number of bytes in words: 512 B, 3.1 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000.0:
            return f"{_short(count)} {unit}"
        count /= 1000.0
    return f"{_short(count)} TB"


def _short(value: float) -> str:
    """Two digits at least, no power of ten."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.2g}"
