"""The figure of forecasts: a panel for each community, all that came inside it."""

from __future__ import annotations

import numpy as np
import pytest

from shequn.experiments.forecast.rivals import drift, last_value
from shequn.experiments.forecast.series import Case, Series
from shequn.views.forecast_figures import Panel, forecasts_figure


def panel(kind: str, what: str) -> Panel:
    values = np.array([3.0, 40.0, 0.0, np.nan, 7.0, 9.0, 2.0, 4.0])
    case = Case(Series(kind, f"{kind} 1", what, values, np.array([1, 3])), np.array([900.0, 0.0]))
    return Panel(case, last_value(case.series, 0.9, 1), drift(case.series, 0.9, 1))


def test_each_community_has_a_panel() -> None:
    panels = [panel("rooms", "messages")] * 6 + [panel("chapters", "members")] * 2
    figure = forecasts_figure(panels, "a title", "the best rival")
    drawn = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title("left") for axes in drawn][-1] == "chapters 1: members"
    assert len(drawn) == 8
    for axes in drawn:
        known, came, model, rival, _ = axes.lines
        assert np.asarray(known.get_xdata()).tolist() == list(range(8))
        assert np.asarray(came.get_xdata()).tolist() == [8, 10]
        assert np.asarray(came.get_ydata()).tolist() == [900.0, 0.0]
        assert np.asarray(model.get_ydata()) == pytest.approx([4.0, 4.0])
        assert axes.get_ylim()[0] == 0.0 and axes.get_ylim()[1] >= 900.0
    (words,) = [legend.get_texts()[-1].get_text() for legend in figure.legends]
    assert words == "the best rival"
