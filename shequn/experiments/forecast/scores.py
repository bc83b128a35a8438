"""How far off forecasts are, how often their intervals hold, and which forecaster is better.

Communities are resampled, not steps: the steps of one community depend on one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from shequn.experiments.facts.estimate import Estimate, over_communities
from shequn.experiments.forecast.series import Case, Forecast, Forecaster

COVERAGE = 0.9
JUDGED = {  # columns of `scores` by which forecasters are compared, lower is better
    "error": "error of a step",
    "off": "error of the total",
    "score": "interval score",
}


def score(case: Case, forecast: Forecast, coverage: float = COVERAGE) -> dict[str, float]:
    """One forecast beside what came.

    Parameters
    ----------
    case : Case
        With the truth.
    forecast : Forecast
        Of its steps.
    coverage : float
        That the intervals claim, 0 to 1.

    Returns
    -------
    dict of str to float
        error       mean absolute error of a step over the mean absolute change from one step to the
                    next in the first half (mean absolute scaled error, Hyndman and Koehler 2006);
                    NaN where nothing changed there
        off         abs(ln((total forecast + 1) / (total + 1))): 0.69 is a factor of two
        inside      share of the steps within their interval
        total_in    1 if the total is within its interval, otherwise 0
        width       mean of ln((high + 1) / (low + 1)) over steps
        score       mean interval score over steps (Gneiting and Raftery 2007, eq. 43), of ln(1 + y)
    """
    truth = case.truth
    change = np.abs(np.diff(case.series.values))
    scale = float(np.nanmean(change)) if np.isfinite(change).any() else 0.0
    missed = float(np.abs(forecast.middle - truth).mean())
    low, high, y = np.log1p(forecast.low), np.log1p(forecast.high), np.log1p(truth)
    below, above = np.maximum(low - y, 0.0), np.maximum(y - high, 0.0)
    total = float(truth.sum())
    return {
        "error": missed / scale if scale > 0.0 else np.nan,
        "off": abs(np.log1p(forecast.total) - np.log1p(total)),
        "inside": float(((forecast.low <= truth) & (truth <= forecast.high)).mean()),
        "total_in": float(forecast.total_low <= total <= forecast.total_high),
        "width": float((high - low).mean()),
        "score": float((high - low + 2.0 / (1.0 - coverage) * (below + above)).mean()),
    }


def scores(
    cases: Sequence[Case],
    forecasters: Mapping[str, Forecaster],
    coverage: float = COVERAGE,
    seed: int = 1,
) -> pd.DataFrame:
    """Every forecaster on every case.

    Parameters
    ----------
    cases : sequence of Case
        What is forecast. Forecasters are given the series only.
    forecasters : mapping of str to Forecaster
        By name.
    coverage : float
        Of the intervals.
    seed : int
        Given to each forecaster.

    Returns
    -------
    pandas.DataFrame
        One row for each case and forecaster: ``kind``, ``what``, ``name`` of the community,
        ``forecaster``, ``truth`` and ``total`` (the sum over the steps and its forecast), and the
        numbers of `score`.
    """
    lines = []
    for case in cases:
        series = case.series
        for forecaster, forecast in forecasters.items():
            found = forecast(series, coverage, seed)
            lines.append(
                {
                    "kind": series.kind,
                    "what": series.what,
                    "name": series.name,
                    "forecaster": forecaster,
                    "truth": float(case.truth.sum()),
                    "total": found.total,
                    **score(case, found, coverage),
                }
            )
    return pd.DataFrame(lines)


def difference(table: pd.DataFrame, one: str, other: str, column: str) -> Estimate:
    """One forecaster's errors less the other's, paired over communities.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of `scores`, of one kind and one thing counted.
    one, other : str
        Forecasters.
    column : str
        A column of `JUDGED`.

    Returns
    -------
    Estimate
        Mean difference with a 95 % bootstrap interval over communities; below 0 the first is
        better.
    """
    wide = table.pivot(index="name", columns="forecaster", values=column)
    return over_communities((wide[one] - wide[other]).to_numpy())


def table_lines(table: pd.DataFrame) -> list[str]:
    """A Markdown table of all forecasters, a line for each of them and each thing counted.

    Parameters
    ----------
    table : pandas.DataFrame
        From `scores`.

    Returns
    -------
    list of str
        Means over communities; of the error of a step with its 95 % interval, and the median.
    """
    lines = [
        "| what | communities | forecaster | error of a step | its median | total off by a factor "
        "of | steps inside | totals inside | high over low | interval score |",
        "|" + "---|" * 10,
    ]
    for (kind, what), group in _groups(table):
        for name, rows in group.groupby("forecaster", sort=False):
            error = over_communities(rows["error"].to_numpy())
            cells = [
                f"{what} of {kind}", f"{len(rows)}", f"{name}", _words(error),
                f"{rows['error'].median():.2f}", f"{np.exp(rows['off'].mean()):.2f}",
                f"{100.0 * rows['inside'].mean():.0f} %", _share(rows["total_in"]),
                f"{np.exp(rows['width'].mean()):,.3g}", f"{rows['score'].mean():.2f}",
            ]  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def sentences(table: pd.DataFrame, reference: str) -> list[str]:
    """Who is better than a forecaster and who is worse, as far as the intervals say.

    Parameters
    ----------
    table : pandas.DataFrame
        From `scores`.
    reference : str
        The forecaster whom all others are compared with.

    Returns
    -------
    list of str
        One for each thing counted and each measure of `JUDGED`.
    """
    lines = []
    for (kind, what), group in _groups(table):
        others = [name for name in group["forecaster"].unique() if name != reference]
        for column, words in JUDGED.items():
            gaps = {other: difference(group, other, reference, column) for other in others}
            lines.append(f"{what} of {kind}, {words}: {verdict(reference, gaps)}")
    return lines


def verdict(reference: str, gaps: Mapping[str, Estimate]) -> str:
    """What differences from a forecaster allow to say.

    Parameters
    ----------
    reference : str
        The forecaster.
    gaps : mapping of str to Estimate
        Errors of each other one less its errors.

    Returns
    -------
    str
        Sentences. Better or worse is said only where the interval leaves out 0; without an interval
        (a single community) neither is.
    """
    sorts: dict[str, list[str]] = {"better": [], "worse": [], "told": [], "single": []}
    for name, gap in gaps.items():
        single = np.isnan(gap.low)
        sort = (
            "single" if single else "better" if gap.high < 0 else "worse" if gap.low > 0 else "told"
        )
        sorts[sort].append(f"`{name}` ({_words(gap, '+.2f')})")
    said = []
    for sort, words in (
        ("better", f"better than `{reference}`: {{}}."),
        ("worse", f"worse than `{reference}`: {{}}."),
        ("told", f"not to be told apart from `{reference}`: {{}}."),
        ("single", f"one community tells nobody apart; against `{reference}`: {{}}."),
    ):
        if sorts[sort]:
            said.append(words.format(", ".join(sorts[sort])))
    return " ".join(each if not i else each[0].upper() + each[1:] for i, each in enumerate(said))


def _groups(table: pd.DataFrame) -> Any:
    """Rows of each kind and thing counted, in the order in which they come."""
    return table.groupby(["kind", "what"], sort=False)


def _words(found: Estimate, digits: str = ".2f") -> str:
    """A value with its interval, if it has one."""
    if np.isnan(found.low):
        return f"{found.value:{digits}}"
    return f"{found.value:{digits}} [{found.low:{digits}}, {found.high:{digits}}]"


def _share(inside: pd.Series) -> str:
    """How many, of how many."""
    return f"{inside.sum():.0f} of {len(inside)}"
