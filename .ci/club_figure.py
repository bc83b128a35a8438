"""Draw where the product club lives: club_figure.py RESULTS FIGURE, after the study has run."""

import sys

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

import shequn as sq
from shequn.experiments.runs.words import counted
from shequn.experiments.studies import product_club as club
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
    axes.text(x, y, words, ha="center", va="center", fontsize=8.5, color=INK, linespacing=1.35)


def draw(found: sq.LevelComparison) -> Figure:
    """A panel for each level of reading, invitations across, clubs down."""
    rows = list(club.ROWS)
    with style():
        figure = new_figure(13.5, 6.4)
        panels = figure.subplots(1, len(found.levels), sharex=True, sharey=True)
        for axes, (level, each) in zip(panels, found.levels.items(), strict=True):
            for y, row in enumerate(rows):
                for x, times in enumerate(club.TIMES):
                    field(axes, each, f"{row}, x {times}", x, y)
            label_axes(
                axes, title=f"reading is {level}", x="invitations", x_unit="times the default", y=""
            )
            axes.grid(False)
            axes.set_xlim(-0.55, len(club.TIMES) - 0.45)
            axes.set_ylim(len(rows) - 0.45, -0.55)
            axes.set_xticks(range(len(club.TIMES)), [str(times) for times in club.TIMES])
            axes.set_yticks(range(len(rows)), [row.replace(", ", "\n") for row in rows])
            axes.tick_params(length=0)
        legend = [Patch(facecolor=colour, label=words) for words, colour in STATES.items()]
        figure.legend(handles=legend, loc="outside lower center", ncols=2)
        seeds = counted(found.replicates, "seed")
        title = f"The product club after five years of word of mouth, mean of {seeds}"
        about = (
            "in each field: members; groups with 20 weekly readers or more, of all groups; "
            "R: persons brought in by each of the first 200"
        )
        figure.suptitle(f"{title}\n{about}", x=0.01, ha="left", fontsize=11)
        return figure


if __name__ == "__main__":
    results, path = sys.argv[1:]
    save(draw(club.study(sq.Effort(replicates=club.REPLICATES, out=results))), path)
