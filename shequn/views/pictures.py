"""The door through which results ask for their figures, by kind and by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shequn.agents.errors import ResultsError
from shequn.views.style import one_of, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawings = dict[str, Callable[[], "Figure"]]


def _sweep(found: Any) -> Drawings:
    from shequn.views.sweep_figures import drawings

    return drawings(found)


def _compare(found: Any) -> Drawings:
    from shequn.views.compare_figures import comparison_figure

    drawn = len(found.rows) > 0 and found.base.days > 0
    return {"comparison": partial(comparison_figure, found)} if drawn else {}


def _compare_levels(found: Any) -> Drawings:
    from shequn.views.level_figures import comparison_at_levels

    drawn = len(found.rows) > 0 and found.one.base.days > 0
    return {"levels": partial(comparison_at_levels, found)} if drawn else {}


def _sweep_levels(found: Any) -> Drawings:
    from shequn.views.level_figures import sweep_at_levels

    if not len(found.rows):
        return {}
    middle = found.levels.get("usual", found.one)  # the others are in the figure of all levels
    return {"levels": partial(sweep_at_levels, found), **_sweep(middle)}


def _sensitivity(found: Any) -> Drawings:
    from shequn.views.sensitivity_figures import sensitivity_figure

    return {f"sensitivity-{name}": partial(sensitivity_figure, found, name) for name in found.told}


def _optimise(found: Any) -> Drawings:
    from shequn.views.optimise_figures import optimum_figure

    return {"optimum": partial(optimum_figure, found)}


def _expect(found: Any) -> Drawings:
    from shequn.views.expect_figures import expectation_figure

    return {"expectations": partial(expectation_figure, found)}


def _why(found: Any) -> Drawings:
    from shequn.views.why_figures import life

    return {"life": partial(life, found)} if found.scenario.days else {}


def _run(found: Any) -> Drawings:
    from shequn.views.figures import overview
    from shequn.views.funnel_figures import funnel_figure

    settings = found.community.settings
    if not found.community.day:
        return {}
    return {
        "overview": lambda: overview(found.daily, settings),
        "funnel": lambda: funnel_figure(found.funnel, settings),
    }


def _calibrate(found: Any) -> Drawings:
    from shequn.views.calibrate_figures import FIGURES

    return {name: partial(draw, found) for name, draw in FIGURES.items()}


def _search(found: Any) -> Drawings:
    from shequn.views.search_figures import FIGURES

    return {name: partial(draw, found) for name, draw in FIGURES.items()}


def _validate(found: Any) -> Drawings:
    from shequn.views.peer_figures import peers_figure
    from shequn.views.validate_figures import facts_figure, gauges_figure

    drawn: Drawings = {}
    if found.checked:
        drawn["facts"] = partial(facts_figure, found)
    if found.gauges:
        drawn["gauges"] = partial(gauges_figure, found.gauges)
    if found.peers is not None:
        drawn["peers"] = partial(peers_figure, found.peers, found.peer_curves)
    return drawn


_KINDS: dict[str, Callable[[Any], Drawings]] = {
    "run": _run, "sweep": _sweep, "compare": _compare, "sensitivity": _sensitivity,
    "optimise": _optimise, "expect": _expect, "why": _why, "calibrate": _calibrate,
    "search": _search,
    "validate": _validate, "compare-levels": _compare_levels, "sweep-levels": _sweep_levels,
}  # fmt: skip


def draw(kind: str, results: Any, name: str | None = None) -> Figure:
    """One figure of some results (`shequn.experiments.runs.pictures.draw`)."""
    drawings = _KINDS[kind](results)
    if not drawings:
        raise ResultsError("nothing to draw: no run succeeded, no day has passed or nothing varies")
    return one_of(drawings, next(iter(drawings)) if name is None else name)()


def draw_into(folder: Path, kind: str, results: Any) -> None:
    """Every figure of some results (`shequn.experiments.runs.pictures.draw_into`)."""
    for name, drawing in _KINDS[kind](results).items():
        figure, path = drawing(), folder / f"{name}.png"
        path.unlink(missing_ok=True)
        save(figure, path)
