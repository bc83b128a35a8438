"""Draw where the product club lives: club_figure.py RESULTS FIGURE, after the study has run."""

import sys

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

import shequn as sq
from shequn.experiments.runs.words import counted
from shequn.experiments.studies import product_club as club
from shequn.views.page import fit_height, headline, legend_below
from shequn.views.style import INK, label_axes, new_figure, save, style

STATES = {  # what is said of a field, and its colour
    "silent: no message in the last 28 days": "#C9C9C9",
    "lives, below 10,000 members": "#CFE6F5",
    "10,000 members were reached, most groups unread": "#F6D58A",
    "10,000 members were reached, at least half of the groups read": "#8CD0B5",
}


def state(found: sq.Comparison, arm: str) -> int:
    """Which of the states it is in: silent at half of the seeds, 10,000 reached at all of them."""
    if (found.values(arm, "messages_lately") == 0.0).mean() >= 0.5:
        return 0
    if np.isnan(found.values(arm, "years_to_members")).any():
        return 1
    read = found.values(arm, "groups_read").mean() / found.values(arm, "groups").mean()
    return 3 if read >= 0.5 else 2


def field(axes: Axes, found: sq.Comparison, arm: str, x: int, y: int) -> None:
    """One field: its colour and three numbers."""
    colour = list(STATES.values())[state(found, arm)]
    axes.add_patch(Rectangle((x - 0.48, y - 0.47), 0.96, 0.94, facecolor=colour, edgecolor="none"))
    names = ("members", "groups_read", "groups", "brought_by_first")
    members, read, groups, first = (found.values(arm, name).mean() for name in names)
    words = f"{members:,.0f}\n{read:.0f} of {groups:.0f} read\nR {first:.1f}"
    axes.text(x, y, words, ha="center", va="center", fontsize=9, color=INK, linespacing=1.35)


def draw(found: sq.LevelComparison) -> Figure:
    """A panel for each level of reading, invitations across, clubs down."""
    rows = list(club.ROWS)
    with style():
        figure = new_figure()
        panels = figure.subplots(len(found.levels), 1, sharex=True, sharey=True)
        for axes, (level, each) in zip(panels, found.levels.items(), strict=True):
            for y, row in enumerate(rows):
                for x, times in enumerate(club.TIMES):
                    field(axes, each, f"{row}, x {times}", x, y)
            below = "invitations" if axes is panels[-1] else ""
            label_axes(
                axes, title=f"reading is {level}", x=below,
                x_unit="times the default" if below else "", y="",
            )  # fmt: skip
            axes.grid(False)
            axes.set_xlim(-0.55, len(club.TIMES) - 0.45)
            axes.set_ylim(len(rows) - 0.45, -0.55)
            axes.set_xticks(range(len(club.TIMES)), [str(times) for times in club.TIMES])
            axes.set_yticks(range(len(rows)), [row.replace(", ", "\n") for row in rows])
            axes.tick_params(length=0)
        legend_below(figure, [Patch(facecolor=c, label=words) for words, c in STATES.items()])
        about = (
            f"after five years of word of mouth, mean of {counted(found.replicates, 'seed')}; in "
            "each field: members; groups with 20 weekly readers or more, of all groups; R: persons "
            "brought in by each of the first 200"
        )
        headline(figure, finding(found, rows), about)
        fit_height(figure, len(found.levels) * (0.68 * len(rows) + 0.55) + 0.4)
        return figure


def finding(found: sq.LevelComparison, rows: list[str]) -> str:
    """In how many fields the product club lives, and in how many most groups are read."""
    states = [
        state(each, f"{row}, x {times}")
        for each in found.levels.values()
        for row in rows
        for times in club.TIMES
    ]
    lives = sum(each > 0 for each in states)
    return (
        f"The product club lives in {lives} of {len(states)} fields; in {states.count(3)} it "
        "reaches 10,000 members and at least half of its groups are read"
    )


if __name__ == "__main__":
    results, path = sys.argv[1:]
    save(draw(club.study(sq.Effort(replicates=club.REPLICATES, out=results))), path)
