"""The funnel of a run, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shequn.commands.layout import print_table

if TYPE_CHECKING:
    import pandas as pd


def show_funnel(funnel: pd.DataFrame) -> None:
    """Print who took each step, of everybody and of each tier, and how many came from the last one.

    Parameters
    ----------
    funnel : pandas.DataFrame
        As `shequn.model.funnel.funnel_frame` gives it.
    """
    shown: Any = funnel[funnel["by"].isin(["all", "tier"])]
    groups = list(dict.fromkeys(shown["group"]))
    rows = []
    for (stage, step), lines in shown.groupby(["stage", "step"], sort=False):
        of_group = lines.set_index("group")
        cells = [_cell(of_group.loc[group]) for group in groups]
        rows.append([f"{step} ({stage})", *cells, _conversion(of_group.loc["all"])])
    title = "funnel: persons since day 0 (of those reached)"
    print_table(title, ["step", *groups, "all: of the step before"], rows)


def _cell(line: Any) -> str:
    share = line["share"]
    return f"{line['persons']:,}" + (f" ({100.0 * share:.0f} %)" if share == share else "")


def _conversion(line: Any) -> str:
    if not line["before"]:
        return "-"
    low, high = (f"{100.0 * line[end]:.0f}" for end in ("low", "high"))
    return f"{line['both']:,} of {line['before']:,}: {low} to {high} %"
