"""What is forecast: tables against their own sums, a choice that looks at no second half."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shequn.experiments.facts.growth import real_chapters
from shequn.experiments.facts.real import real_records
from shequn.experiments.facts.rooms import real_rooms
from shequn.experiments.forecast import series as made
from shequn.experiments.forecast.series import (
    CHAPTER_WEEKS,
    CHOSEN,
    ROOM_MESSAGES,
    ROOM_WEEKS,
    all_cases,
    chapter_cases,
    founded,
    halved,
    room_cases,
    room_weeks,
    workspace_cases,
)


def test_halves_by_hand() -> None:
    weeks = {"a": np.array([1.0, 2.0, 3.0, np.nan, 5.0]), "b": np.arange(5.0)}
    (case,) = halved("rooms", "room 1", ("a",), weeks, 9.0)
    assert case.series.values.tolist() == [1.0, 2.0]
    assert case.series.ahead.tolist() == [1, 3]  # the second step ahead is not known
    assert case.truth.tolist() == [3.0, 5.0]
    assert case.series.beside["b"].tolist() == [0.0, 1.0]
    assert (case.series.what, case.series.age) == ("a", 9.0)


def test_the_weeks_of_rooms_counted_another_way() -> None:
    table = room_weeks()
    assert (table["newcomers"] <= table["posters"]).all()
    assert (table["posters"] <= table["messages"]).all()
    first = table[table["week"] == 0]
    assert (first["messages"] > 0).all() and (first["posters"] == first["newcomers"]).all()
    log = real_records("study-room").messages
    for room in (2, 13, 65):
        weeks = table[table["room"] == room]
        rows = log[(log["community"] == room) & (log["time"] < 7 * len(weeks))]
        inside = rows[rows["time"] >= 7 * (len(weeks) - 1)]
        assert weeks["messages"].sum() == len(rows)
        assert weeks["newcomers"].sum() == rows["person"].nunique()
        assert weeks["messages"].iloc[-1] == len(inside)
        assert weeks["posters"].iloc[-1] == inside["person"].nunique()


def test_rooms_end_before_the_closing_notice() -> None:
    weeks = room_weeks().groupby("room").size()
    start = pd.to_datetime(real_rooms().set_index("room")["start_utc"], utc=True)
    end = start[weeks.index] + pd.to_timedelta(7 * weeks, unit="D")
    closed = pd.Timestamp(made.CLOSED, tz="UTC")
    assert (end <= closed).all() and (end > closed - pd.Timedelta(days=7)).all()


def test_the_rule_for_rooms() -> None:
    cases = room_cases()
    names = [case.series.name for case in cases[::2]]
    assert len(names) == len(set(names)) == CHOSEN
    for case in cases[::2]:
        assert len(case.series.values) + len(case.truth) >= ROOM_WEEKS
        assert case.series.values.sum() >= ROOM_MESSAGES
        assert sorted(case.series.beside) == ["newcomers", "posters"]
        assert len(case.series.beside["posters"]) == len(case.series.values)


def test_the_choice_does_not_look_at_second_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [case.series.name for case in room_cases()]
    table = room_weeks()
    length = table.groupby("room")["week"].transform("size")
    columns = ["messages", "posters", "newcomers"]
    table.loc[table["week"] >= length // 2, columns] = 0
    monkeypatch.setattr(made, "room_weeks", lambda: table)
    cases = room_cases()
    assert [case.series.name for case in cases] == names
    assert all(case.truth.sum() == 0.0 for case in cases)


def test_chapters() -> None:
    cases = chapter_cases()
    weeks = real_chapters().weeks
    assert len(cases) == CHOSEN
    for case in cases:
        series = case.series
        rows = weeks[weeks["community"] == int(series.name.split()[1])]
        assert len(rows) >= CHAPTER_WEEKS
        known = series.values[~np.isnan(series.values)]
        assert np.concatenate([known, case.truth]).tolist() == rows["members"].tolist()
        assert series.ahead[-1] + len(series.values) - 1 == np.ptp(rows["week"])
        assert not np.isnan(case.truth).any()


def test_chapters_are_founded_before_they_are_counted() -> None:
    first = real_chapters().weeks.groupby("community")["week"].min()
    days = founded()
    assert set(first.index) == set(days)
    # The middle of a month stands for all of it.
    assert all(days[group] <= 7 * (week + 1) + 16 for group, week in first.items())


def test_the_workspace() -> None:
    readers, posters = workspace_cases()
    assert len(readers.series.values) == len(readers.truth) == 8
    assert readers.series.values[0] == 386.0  # 2017-09-09
    both = zip(readers.series.values, posters.series.values, strict=True)
    assert all(write <= read for read, write in both)


def test_every_kind_is_there() -> None:
    kinds = [case.series.kind for case in all_cases()]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "rooms": 2 * CHOSEN, "chapters": CHOSEN, "workspace": 2,
    }  # fmt: skip
