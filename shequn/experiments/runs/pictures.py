"""The door to the pictures: the one place where results ask for them.

Figures are made one layer above, from the results; matplotlib is imported only when somebody asks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(kind: str, results: object, name: str | None = None) -> Figure:
    """One figure of some results.

    Parameters
    ----------
    kind : str
        What they are the results of: ``sweep``.
    results : object
        The results.
    name : str, optional
        Which figure; the main one when None.

    Returns
    -------
    matplotlib.figure.Figure
        For `shequn.views.style.save`, or a notebook.

    Raises
    ------
    ResultsError
        If there is no such figure.
    """
    return _views().draw(kind, results, name)


def draw_into(folder: Path, kind: str, results: object) -> None:
    """Write every figure of some results; those that an earlier call wrote are replaced.

    Parameters
    ----------
    folder : Path
        Where: NAME.png.
    kind, results
        As for `draw`.
    """
    _views().draw_into(folder, kind, results)


def _views() -> Any:
    import shequn

    return shequn.pictures
