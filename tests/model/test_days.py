"""Days in one compiled call: the same bits as day by day, in steps, and on the scantest paper."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents.campaigns import Cadence, QuestionAndAnswer
from shequn.agents.jit import compiled
from shequn.agents.planning import sheet
from shequn.agents.tables import LOG_DTYPE, POST_DTYPE, table
from shequn.model import paper
from shequn.model.days import play_days
from shequn.model.looks import no_looks
from shequn.model.midnight import night_paper
from shequn.model.rhythm import diary
from shequn.model.world import World
from tests.model.test_engines import CROWDED, WORLDS, assert_same, scenario_of

pytestmark = pytest.mark.jit

DAYS = 24


def played(world: str, *lengths: int, kind: type[World] = World, **options: Any) -> World:
    """A world after so many days, played in calls of some days each."""
    found = kind(scenario_of(world), 7, keep_messages=True, **options)
    for days in lengths:
        found.play(days)
    return found


class InSteps(World):
    """A world in which Python looks every day."""

    def _by_steps(self) -> bool:
        return True


@pytest.fixture(scope="module")
def at_once() -> dict[str, World]:
    return {world: played(world, DAYS) for world in WORLDS}


@pytest.mark.parametrize("world", WORLDS)
class TestSameBits:
    def test_day_by_day(self, world, at_once):
        assert_same(at_once[world], played(world, *[1] * DAYS))

    def test_in_calls_of_several_days(self, world, at_once):
        assert_same(at_once[world], played(world, 1, 9, 0, 14))

    def test_where_python_looks_every_day(self, world, at_once):
        assert_same(at_once[world], played(world, DAYS, kind=InSteps))


def test_on_the_scantest_paper(at_once, monkeypatch):
    """A kernel that lacks room comes back, gets more, and goes on where it was."""
    asked: list[int] = []
    enlarge, enlarged, whole = paper.Paper.enlarge, paper.enlarged, paper.Paper.__init__

    def note(self: paper.Paper, status: int) -> None:
        asked.append(status)
        enlarge(self, status)

    def scant(self: paper.Paper, tables: Any, keeps_messages: bool) -> None:
        whole(self, tables, keeps_messages)
        self.most_days = 5
        self.scratch = self.scratch._replace(
            diary=diary(1), looks=no_looks(1), lines=table(1, LOG_DTYPE)
        )
        self.night = night_paper(len(tables.groups), len(tables.operators), 0, 0)
        board = self.plan.board._replace(posts=np.zeros(1, POST_DTYPE))
        self.plan = self.plan._replace(sheet=sheet(1), board=board)

    def no_more_than_asked(scratch: Any, status: int) -> Any:
        if status != paper.MORE_LINES:
            return enlarged(scratch, status)
        lines = table(int(scratch.places["needed"][0]), LOG_DTYPE)
        lines[: len(scratch.lines)] = scratch.lines
        return scratch._replace(lines=lines)

    monkeypatch.setattr(paper.Paper, "__init__", scant)
    monkeypatch.setattr(paper.Paper, "enlarge", note)
    monkeypatch.setattr(paper, "enlarged", no_more_than_asked)
    for world, expected in at_once.items():
        assert_same(expected, played(world, DAYS))
    assert set(asked) == {
        paper.MORE_VISITS, paper.MORE_LOOKS, paper.MORE_LINES, paper.MORE_POSTS, paper.MORE_PAPER,
        paper.MORE_INVITATIONS, paper.MORE_ARRIVALS,
    }  # fmt: skip


@pytest.mark.parametrize("world", CROWDED)
def test_threads(world, at_once):
    assert_same(at_once[world], played(world, DAYS, threads=3))


class Own:
    """A policy of a user's own that posts what a built-in one would."""

    def __init__(self, policy: Any) -> None:
        self.policy = policy

    def plan(self, day: int, seen: sq.Observation) -> list[sq.Post]:
        return self.policy.plan(day, seen)


@pytest.mark.parametrize("kind", [Cadence, QuestionAndAnswer])
@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_policy_of_ones_own_that_does_the_same_gives_the_same_bits(kind, share):
    values = {
        "market.people": 300, "group.count": 2, "group.capacity": 40, "past.days": 0,
        "policy.name": kind.NAME, "policy.promo_share": share, "policy.hours": "random",
        "policy.calls_per_week": 3.0, "incident.rate": 0.1, "listening.product_gain": 0.01,
    }  # fmt: skip
    scenario = sq.Scenario.load("wechat-group").with_values(values)
    one, other = (World(scenario, 3, keep_messages=True) for _ in range(2))
    other.operator.policy = Own(kind(scenario.parameters.policy))
    one.play(DAYS)
    other.play(DAYS)
    assert_same(one, other)
    assert one.journal.operator_column("promos").sum() > 0.0 or not share


def test_a_built_in_policy_set_by_hand_is_taken_up_at_once():
    scenario = sq.Scenario.load("wechat-group").with_values({"past.days": 0, "market.people": 200})
    world = World(scenario, 3)
    world.play(2)
    world.operator.policy = Own(Cadence(scenario.parameters.policy))
    world.play(1)
    more = scenario.with_values({"policy.content_per_day": 7.0}).parameters.policy
    world.operator.policy = Cadence(more)
    world.play(2)
    assert world.journal.operator_column("contents").tolist() == [2.0, 2.0, 2.0, 7.0, 7.0]


def test_progress_is_told_and_ends_with_all_days():
    scenario = sq.Scenario.load("wechat-group").with_values({"past.days": 0, "market.people": 200})
    told: list[int] = []
    World(scenario, 3).play(40, told.append)
    assert told == sorted(set(told)) and told[-1] == 40


def test_a_world_does_without_mesa():
    code = (
        "import sys, shequn as sq; run = sq.run('wechat-group', days=2);"
        "run.summary; assert type(run.community) is sq.World;"
        "print('mesa' in sys.modules);"
        "sq.run('blank', days=1, engine='agents'); print('mesa' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@compiled
def _asks_for_memory(n):
    return np.empty(n).shape[0]


def asks_for_memory(kernel: Any) -> bool:
    """Whether the machine code of a kernel that has been called calls for memory."""
    files = Path(kernel._cache.cache_path).glob(
        f"{Path(kernel.py_func.__code__.co_filename).stem}.{kernel.__name__}"
        f"-{kernel.py_func.__code__.co_firstlineno}.*.nbc"
    )
    newest = max(files, key=lambda file: file.stat().st_mtime)
    return b"NRT_MemInfo_alloc" in newest.read_bytes()


def test_kernels_ask_for_no_memory():
    assert _asks_for_memory(3) == 3
    assert asks_for_memory(_asks_for_memory)
    played("levers", 1)
    assert not asks_for_memory(play_days)
