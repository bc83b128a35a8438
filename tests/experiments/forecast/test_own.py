"""Records of one's own group as a series: weeks counted by hand, and a forecast in a few lines."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.records import Records
from shequn.experiments.forecast import Simulated, last_value, of_records, quick, weeks_of
from shequn.experiments.forecast.reference import KINDS
from shequn.experiments.forecast.series import talk_weeks


def records(rows: list[tuple[int, float, int]], days: float) -> Records:
    table = pd.DataFrame(rows, columns=["community", "time", "person"])
    return Records(days, messages=table.assign(thread=-1))


def test_weeks_of_talk_by_hand() -> None:
    rows = [(0, 0.5, 1), (0, 0.6, 1), (0, 6.99, 2), (0, 7.0, 1), (1, 20.0, 1), (1, 21.0, 9)]
    found = talk_weeks(records(rows, 22.0).messages, 2, 3)
    assert found["messages"].tolist() == [[3.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert found["posters"].tolist() == [[2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    assert found["newcomers"].tolist() == [[2.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def test_weeks_begin_with_the_first_message_and_whole_ones_count() -> None:
    # From day 2.5 to day 24: three whole weeks, and half a day that is left out.
    rows = [(4, 2.5, 7), (4, 9.4, 7), (4, 9.5, 7), (4, 9.5, 8), (4, 23.7, 9)]
    found = weeks_of(records(rows, 24.0))
    assert found["messages"].tolist() == [2.0, 2.0, 0.0]
    assert found["newcomers"].tolist() == [1.0, 1.0, 0.0]
    series = of_records(records(rows, 24.0), "posters", ahead=2)
    assert series.values.tolist() == [1.0, 2.0, 0.0] and series.ahead.tolist() == [1, 2]
    assert sorted(series.beside) == ["messages", "newcomers"] and series.kind == "rooms"


def test_one_of_several_groups_has_to_be_named() -> None:
    two = records([(0, 1.0, 1), (3, 1.0, 1), (3, 2.0, 1)], 8.0)
    assert weeks_of(two, 0)["messages"].tolist() == [1.0]
    assert weeks_of(two, 3)["messages"].tolist() == [2.0]
    with pytest.raises(ShequnError, match="records of 2 groups: say which community, of 0, 3"):
        weeks_of(two)
    with pytest.raises(ShequnError, match="no message of this group"):
        weeks_of(two, 1)
    with pytest.raises(ShequnError, match="no message of this group"):
        weeks_of(Records(7.0))
    with pytest.raises(ShequnError, match="not 'members' of 4"):
        of_records(two, "members", community=0)


def test_a_forecast_of_ones_own_group() -> None:
    rows = [(0, day + hour / 24.0, (day * hour) % 5) for day in range(70) for hour in range(3)]
    series = of_records(records(rows, 71.0), ahead=3)
    kinds = quick(series, 2)
    assert kinds["rooms"].days == 7 * (20 + 10 + 3) and kinds["rooms"].worlds == 2
    assert kinds["rooms"].ranges == KINDS["rooms"].ranges
    small = replace(kinds["rooms"], fixed={"group.count": 4, "market.people": 1200}, ranges={})
    found = Simulated({"rooms": small})(series, 0.9, 1)
    assert (found.low <= found.middle).all() and (found.middle <= found.high).all()
    assert found.total_low <= found.total <= found.total_high
    assert last_value(series, 0.9, 1).total == pytest.approx(63.0)
