"""The model's forecaster by hand on made-up particles, and on a few worlds of a few days."""

from __future__ import annotations

from dataclasses import replace
from math import expm1, log, log1p
from pathlib import Path

import numpy as np
import pytest

from shequn.agents.errors import ShequnError
from shequn.experiments.forecast import model as made
from shequn.experiments.forecast import reference as played
from shequn.experiments.forecast.model import (
    Particles,
    Simulated,
    factor_of,
    nearest,
    of_paths,
    widened,
    within,
)
from shequn.experiments.forecast.reference import KINDS, Kind, Workbench, reference
from shequn.experiments.forecast.series import Case, Forecast, Series, halved

SMALL = {
    "rooms": replace(
        KINDS["rooms"], fixed={"group.count": 2}, days=161, worlds=4,
        ranges={**KINDS["rooms"].ranges, "market.people": (80, 600)}, share=0.5,
    ),
    "workspace": replace(KINDS["workspace"], worlds=3),
}  # fmt: skip


def room(weeks: int = 20) -> list[Case]:
    """Messages and posters of a made-up room."""
    posters = 3.0 + np.arange(weeks) % 4
    counts = {"messages": 5.0 * posters, "posters": posters, "newcomers": np.ones(weeks)}
    return halved("rooms", "room 1", ("messages", "posters"), counts, 0.0)


def same(one: Forecast, other: Forecast) -> bool:
    ends = ("middle", "low", "high", "total", "total_low", "total_high")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ends)


def test_quantiles_by_hand() -> None:
    # Shares of the weights, in order of values: 0.1, 0.5, 0.9, 1 and 0.4, 0.5, 0.6, 1.
    paths = np.array([[1.0, 40.0], [2.0, 10.0], [3.0, 20.0], [4.0, 30.0]])
    weights = np.array([1.0, 4.0, 4.0, 1.0])
    found = of_paths(paths, weights, 0.6)
    assert found.middle.tolist() == [2.0, 20.0]  # of the second: 10 (0.4), 20 (0.8), 30, 40
    assert found.low.tolist() == [2.0, 10.0] and found.high.tolist() == [3.0, 20.0]
    # Sums 12 (0.4), 23 (0.8), 34 (0.9), 41 (1).
    assert (found.total, found.total_low, found.total_high) == (23.0, 12.0, 23.0)
    assert of_paths(paths, weights, 0.9).high.tolist() == [4.0, 40.0]


def test_the_nearest_by_hand() -> None:
    # The first summary has median 3 and a median deviation of 1; the second does not differ.
    past = np.array([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0], [4.0, 7.0], [9.0, 7.0]])
    particles = Particles(np.array([3.5, 7.0]), past, past, np.array([1.0, 1.0]))
    chosen, weights = nearest(particles, 3)
    assert chosen.tolist() == [2, 3, 1]  # as near as one another: in order of numbers
    assert weights == pytest.approx([1 - 1 / 9 + 1e-3, 1 - 1 / 9 + 1e-3, 1e-3])


def test_a_weight_of_a_summary_counts() -> None:
    past = np.array([[0.0, 2.0], [3.0, 0.0], [-3.0, 5.0], [6.0, -5.0]])
    seen = np.zeros(2)
    alike = nearest(Particles(seen, past, past, np.array([1.0, 1.0])), 1)[0]
    other = nearest(Particles(seen, past, past, np.array([0.1, 1.0])), 1)[0]
    assert (alike.tolist(), other.tolist()) == ([0], [1])


def test_widening_by_hand() -> None:
    steps = np.array([expm1(2.0), expm1(3.0)])
    forecast = Forecast(
        steps, np.expm1([1.0, 2.5]), np.expm1([4.0, 3.5]), expm1(4.0), expm1(3.0), expm1(4.5)
    )
    found = widened(forecast, 2.0)
    assert np.log1p(found.low) == pytest.approx([0.0, 2.0])
    assert np.log1p(found.high) == pytest.approx([6.0, 4.0])
    assert (log1p(found.total_low), log1p(found.total_high)) == pytest.approx((2.0, 5.0))
    assert np.log1p(widened(forecast, 3.0).low) == pytest.approx([0.0, 1.5])  # not below nothing
    assert np.array_equal(found.middle, steps) and found.total == forecast.total


def test_the_factor_by_hand() -> None:
    series = Series("chapters", "chapter 1", "members", np.ones(8), np.array([1, 2]))
    middle = np.expm1([2.0, 2.0])
    forecast = Forecast(middle, np.expm1([1.0, 1.0]), np.expm1([2.5, 2.5]), 1.0, 1.0, 1.0)
    # Above by 1.5 of a part of 0.5, below by 0.5 of a part of 1.
    pairs = [(Case(series, np.expm1([3.5, 1.5])), forecast)]
    assert factor_of(pairs, 1.0) == pytest.approx(3.0)
    assert factor_of(pairs, 0.5) == pytest.approx(1.75)
    assert factor_of(pairs, 0.0) == 1.0  # never narrower
    # An interval without width counts as 0.001.
    point = Forecast(middle, middle, middle, 1.0, 1.0, 1.0)
    assert factor_of([(Case(series, middle), point)], 0.9) == 1.0


def test_the_half_of_a_half_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, np.nan, 5.0])
    events = {"events": np.arange(5.0)}
    case = within(Series("chapters", "chapter 1", "members", values, np.array([1, 9]), events, 3.0))
    assert case.series.values.tolist() == [1.0, 2.0]
    assert case.series.ahead.tolist() == [1, 3] and case.truth.tolist() == [3.0, 5.0]
    assert case.series.beside["events"].tolist() == [0.0, 1.0] and case.series.age == 3.0


def test_rooms_are_laid_beside_one_another_from_their_first_message() -> None:
    (case, _) = room()
    own = {**case.series.beside, "messages": case.series.values}
    weeks = np.full((3, 30), 99.0)
    table = {name: weeks.copy() for name in ("messages", "posters", "newcomers")}
    table["messages"][0, :4] = 0.0
    for name in table:
        table[name][0, 4:14] = own[name]  # the same, four weeks later
    table["messages"][1] = 0.0  # nobody ever wrote
    table["messages"][2, :11] = 0.0  # too late to last as long as is asked
    found, alive = made._of_rooms(case.series, table)
    assert alive == 2 and found.past.shape == (1, 14)
    assert found.past[0] == pytest.approx(found.seen)
    assert found.future.tolist() == [[99.0] * 10]
    assert found.seen[-2] == 0.0


def test_chapters_begin_at_the_members_of_the_real_one_and_end_its_first_half_there() -> None:
    values = np.array([10.0, 12.0, np.nan, 14.0, 15.0, 16.0, 18.0, 19.0, 20.0, np.nan])
    series = Series("chapters", "chapter 1", "members", values, np.array([1, 3]), {}, 14.0)
    grown = np.concatenate([[3.0, 5.0], 2.0 * np.arange(5.0, 25.0)])  # 10 after two weeks
    leapt = np.concatenate([[3.0], np.full(21, 50.0)])
    found, count = made._of_chapters(series, {"members": np.stack([grown, leapt])})
    assert count == 2 and found.past.shape == (1, 6)
    sizes = grown[2:12]
    # The fourth known week of eight is the end of the second quarter.
    assert found.past[0, 0] == pytest.approx(log(sizes[3] / sizes[0]))
    assert found.past[0, -1] == found.seen[-1] == pytest.approx(log(14.0 + 60.0))
    assert found.future[0] == pytest.approx(np.array([grown[12], grown[14]]) * 20.0 / sizes[8])


def test_the_same_seed_gives_the_same_bits_on_one_thread_and_on_two(tmp_path: Path) -> None:
    one = reference("rooms", SMALL["rooms"], 5, Workbench())
    two = reference("rooms", SMALL["rooms"], 5, Workbench(tmp_path, 2))
    assert one["messages"].shape == (8, 23) and one["messages"].sum() > 0.0
    assert all(np.array_equal(one[name], two[name]) for name in one)
    again = reference("rooms", SMALL["rooms"], 6, Workbench())
    assert not np.array_equal(one["messages"], again["messages"])
    (case, _) = room()
    first = Simulated(SMALL)(case.series, 0.9, 5)
    assert same(first, Simulated(SMALL, Workbench(tmp_path))(case.series, 0.9, 5))


def test_an_interrupted_table_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, path = SMALL["workspace"], tmp_path / "workspace.jsonl"
    whole = reference("workspace", kind, 1, Workbench(tmp_path))
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(lines[0] + '{"case": 3}\n[]\n' + lines[1][:40], encoding="utf-8")
    asked = []
    play = played._play
    monkeypatch.setattr(played, "_play", lambda *job: asked.append(job) or play(*job))
    told = []
    bench = Workbench(tmp_path, shown=lambda state: told.append((state.done, state.planned)))
    again = reference("workspace", kind, 1, bench)
    assert len(asked) == 2 and told == [(2, 3), (3, 3)]
    assert all(np.array_equal(whole[name], again[name]) for name in whole)
    reference("workspace", kind, 1, bench)  # all are there
    assert len(asked) == 2


def test_worlds_given_up_are_left_out_and_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(played, "MESSAGES", 0)
    with pytest.raises(ShequnError, match="every world was given up"):
        reference("workspace", SMALL["workspace"], 1, Workbench(tmp_path))
    assert len((tmp_path / "workspace.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    monkeypatch.setattr(played, "_play", None)
    with pytest.raises(ShequnError, match="every world was given up"):
        reference("workspace", SMALL["workspace"], 1, Workbench(tmp_path))


def test_values_come_of_the_seed_and_stay_in_their_ranges() -> None:
    for kind in KINDS.values():
        cases = [kind.case(world, 1) for world in range(20)]
        assert len({case.key for case in cases}) == 20
        assert kind.case(3, 1).key == cases[3].key != kind.case(3, 2).key
        for path, (low, high) in kind.ranges.items():
            section, name = path.split(".")
            values = [getattr(getattr(c.scenario.parameters, section), name) for c in cases]
            assert low <= min(values) < max(values) <= high
            assert sum(value < (low * high) ** 0.5 for value in values) in range(4, 17)


def test_the_second_half_is_never_read() -> None:
    """A forecaster is given a series, which does not have it; peers are series, too."""
    weeks = np.arange(10.0, 50.0)
    later = np.concatenate([weeks[:20], np.full(20, 7.0)])
    (one,) = halved("chapters", "chapter 1", ("members",), {"members": weeks}, 0.0)
    (other,) = halved("chapters", "chapter 1", ("members",), {"members": later}, 0.0)
    members = 3.0 + np.outer(np.linspace(0.5, 3.0, 40), np.arange(60.0))
    found = []
    for case in (one, other):
        model = Simulated(peers=[case.series])
        model._tables["chapters", 1] = {"members": members}
        found.append(model(case.series, 0.9, 1))
        assert model.factor(0.9, 1) >= 1.0
    assert same(*found) and not np.array_equal(one.truth, other.truth)


def test_what_is_too_short_is_refused() -> None:
    (case, _) = room(40)
    with pytest.raises(ShequnError, match=r"lasts as long \(161 days\); simulate more days"):
        Simulated(SMALL)(case.series, 0.9, 5)
    (case, _) = room(15)
    with pytest.raises(ShequnError, match="room 1: fewer than 8 steps are known"):
        Simulated(SMALL)(case.series, 0.9, 5)


def test_a_kind_has_at_most_four_ranges() -> None:
    assert all(len(kind.ranges) <= 4 for kind in KINDS.values())
    assert isinstance(KINDS["rooms"], Kind)
