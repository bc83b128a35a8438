"""A past: played before day 0, shared by all that decide otherwise from day 0 on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import shequn as sq
from shequn.agents.errors import ScenarioError, SnapshotError
from shequn.agents.members import MiddleTierMember
from shequn.agents.tables import MEMBER, MUTED
from shequn.experiments.baselines.mean_field import MeanField
from shequn.experiments.crews.crews import processes
from shequn.experiments.perform.probe import probe
from shequn.experiments.runs.cases import case_of
from shequn.experiments.runs.run import warm_up
from shequn.model import community, past_cache
from shequn.model.arguments import ENGINES
from shequn.model.build import build
from shequn.model.change import FIXED
from shequn.model.community import Community
from shequn.model.parameters import declared
from shequn.model.past import Past, is_decided, of_past
from shequn.model.past_cache import VARIABLE, address_of_past, afresh, forget
from shequn.model.retention import retention_frame
from shequn.model.scenario import Scenario, policy_files
from shequn.model.world import Forerunner
from tests.levers.steady import STEADY
from tests.model.test_engines import LEVERS, TALKATIVE, TOGETHER
from tests.model.test_snapshot import bits, levers, steps

PAST = 20
# A small world in which people come, talk and buy, whatever the defaults are.
SMALL = {
    **STEADY, **TALKATIVE, "market.people": 120, "group.capacity": 20, "buy.constant": 2.0,
    "speak.order_share": 0.0,
    **{f"tiers.{tier}.need_rate": 0.2 for tier in ("high", "middle", "base")},
}  # fmt: skip
LEAVING = {"discovery.rate": 0.02} | {
    f"tiers.{tier}.exit_rate": 0.1 for tier in ("high", "middle", "base")
}


def lived(days: int = PAST, **values: Any) -> Scenario:
    """A small group with a past of its own file."""
    small = Scenario.load("wechat-group").with_values({**SMALL, **values})
    return small.with_values({"past.days": days})


def busy() -> Scenario:
    """Every lever in the past and after it, two channels and a rival that is imitated."""
    more = {
        "market.rivals": 1, "policy.imitation": 3, "channels.1.group.capacity": 12,
        "channels.2.group.capacity": 10, "listening.product_gain": 0.05, "policy.promo_share": 0.0,
    }  # fmt: skip
    return lived(**{**LEVERS, **TOGETHER, **more})


class TestOfADay:
    """Days before day 0 are days like others."""

    @pytest.mark.jit
    @pytest.mark.parametrize("make", [lived, busy, levers])
    def test_both_engines_live_the_same_past(self, make, here: Path) -> None:
        scenario = make().with_values({"past.days": 9})
        with afresh():
            worlds = [Community(scenario, 7, engine, keep_messages=True) for engine in ENGINES]
        assert bits(worlds[0]) == bits(worlds[1])
        assert bits(steps(worlds[0], 3)) == bits(steps(worlds[1], 3))

    @pytest.mark.jit
    def test_threads_change_no_bit(self) -> None:
        scenario = lived(**{**TOGETHER, "group.count": 5})
        with afresh():
            worlds = [Community(scenario, 7, threads=threads) for threads in (1, 3)]
        assert bits(steps(worlds[0], 3)) == bits(steps(worlds[1], 3))

    @pytest.mark.jit
    def test_day_0_changes_nothing_where_nothing_is_decided_otherwise(self) -> None:
        """Operators listen, imitate and have a desk: what they remember goes over day 0."""
        scenario = busy()
        went_on = Forerunner(scenario, 7, 1)
        while went_on.day < 5:
            went_on.step()
        with afresh():
            turned = steps(Community(scenario, 7), 5)
        for name, one, other in zip(turned.tables._fields, turned.tables, went_on.tables,
                                    strict=True):  # fmt: skip
            for field in one.dtype.names or ("",):
                if not field.endswith("_before"):
                    mine, its = (each[field] if field else each for each in (one, other))
                    assert np.array_equal(mine, its, equal_nan=True), (name, field)
        assert turned.journal.operator == went_on.journal.operator[PAST:]

    def test_draws_of_different_days_are_different(self) -> None:
        """A day before day 0 has luck of its own: readers of day -7 are not those of day 0."""
        scenario = lived(14, **{"stay.scale": 0.0, "feel.habit_half_life": float("inf")})
        world = Forerunner(scenario, 1, 1)
        days = []
        for _ in range(14):
            world.step()
            days.append(world.tables.members["last_session_at"] % 1.0)
        whole = [day[~np.isnan(day)].tobytes() for day in days]
        assert len(set(whole)) == 14

    def test_weekdays_go_on(self) -> None:
        """Day 0 is a Monday, so day -1 is a Sunday."""
        weekdays = [0.0] * 6 + [7.0]
        scenario = lived(7, **{"rhythm.weekdays": weekdays, "rhythm.strength": 1.0})
        world = Forerunner(scenario, 1, 1)
        while world.day < 0:
            world.step()
        sessions = world.journal.total("sessions")
        assert sessions[-1] > 0.0 and not sessions[:-1].any()

    def test_named_days_count_from_day_0(self) -> None:
        """Nothing that is to come has come before: news, coupons, rewards; and no news is -1."""
        values = {"incident.day": 2.0, "coupon.value": 9.0, "coupon.start": 1.0}
        world = Forerunner(lived(**values), 1, 1)
        while world.day < 0:
            world.step()
        assert not (world.tables.groups["incident"] > 0).any()
        assert world.journal.operator_column("coupon_cost").sum() == 0.0
        none = Forerunner(lived(**{"incident.day": -1.0}), 1, 1)
        assert not (steps(none, PAST).tables.groups["incident"] > 0).any()
        assert (steps(Community(lived(**values), 1), 3).tables.groups["incident"] > 0).any()

    def test_the_world_begins_on_the_first_day(self) -> None:
        scenario = lived(**{"desk.staff": 2.0})
        world = Forerunner(scenario, 1, 1)
        members = world.tables.members
        assert (members["updated_at"] == -PAST).all()
        assert (members["joined_at"][members["joins"] > 0] == -PAST).all()
        assert (world.tables.groups["opened_at"] == -PAST).all()
        assert (world.tables.servers == -PAST).all()
        again = build(scenario.operators, 1, world.rules, world.network)
        assert again.members["topic"].tobytes() == members["topic"].tobytes()


class TestCounts:
    """What is reported counts from day 0; what a member remembers stays."""

    def test_tables_logs_and_money_begin_at_day_0(self) -> None:
        values = {"invite.rate": 0.3, "discovery.rate": 0.02, "group.capacity": 60}
        world = Community(lived(**values), 1, keep_messages=True)
        assert (world.day, world.first_day, world.steps) == (0, -PAST, 0)
        assert len(world.daily) == len(world.invitation_log) == len(world.messages) == 0
        assert world.summary["orders"] == world.summary["customer_equity"] == 0.0
        assert (world.own_members["joined_at"] > -PAST).any()
        steps(world, 6)
        daily = world.daily[world.daily["tier"] == "all"]
        assert daily["day"].tolist() == [1, 2, 3, 4, 5, 6]
        assert (world.messages["time"] >= 0.0).all()
        assert len(world.invitation_log) and (world.invitation_log["time"] > 0.0).all()
        assert len(world.all_invitations) > len(world.invitation_log)
        assert world.summary["orders"] == len(world.orders) > 0
        assert world.summary["joins"] == daily["joins_invite"].sum() + (
            daily["joins_spontaneous"].sum()
        )

    def test_members_keep_their_counts_and_outcomes_do_not_use_them(self) -> None:
        world = Community(lived(), 1)
        own = world.own_members
        assert own["orders"].sum() > 0 and own["posts"].sum() > 0
        assert own["orders"].tobytes() == own["orders_before"].tobytes()
        assert world.summary["posters_share"] == 0.0 and world.summary["lurkers_share"] == 1.0
        assert np.isnan(world.summary["gini"])
        steps(world, 6)
        summary = world.summary
        wrote = (own["posts"] > own["posts_before"]).sum()
        assert summary["posters_share"] == pytest.approx(wrote / len(own[_of_the_run(own)]))
        assert summary["repeat_share"] > 0.5  # most who buy now have bought before

    def test_who_left_before_day_0_is_not_counted_as_lost(self) -> None:
        world = Community(lived(**LEAVING), 1)
        own = world.own_members
        gone = (own["joins"] > 0) & ~np.isin(own["status"], (MEMBER, MUTED))
        assert gone.sum() > 3 and (own["left_at"][gone] <= 0.0).all()
        assert world.summary["left_share"] == 0.0
        assert world.summary["tree_depth"] == 0.0
        assert set(retention_frame(own, 0)["cohort"]) <= {-1, -30}

    def test_a_threshold_remembers_who_has_asked(self) -> None:
        """Askers of the past count on, and nobody counts twice."""
        values = {"invite.rate": 0.5, "invite.threshold": 3, "group.capacity": 60}
        scenario = lived(**values)
        went_on = Forerunner(scenario, 3, 1)
        steps(went_on, PAST + 5)
        turned = steps(Community(scenario, 3), 5).tables.members
        assert turned["inviters"].tobytes() == went_on.tables.members["inviters"].tobytes()
        assert (turned["inviters"] > 1).any()


def _of_the_run(own: np.ndarray) -> np.ndarray:
    return (own["joins"] > 0) & ~((own["left_at"] <= 0.0) & (own["status"] > MUTED))


class TestOff:
    def test_no_past_changes_no_bit_and_no_address(self, here: Path) -> None:
        plain = Scenario.load("tiny.toml")
        none = plain.with_values({"past.days": 0, "past.policy.promo_share": 0.5})
        worlds = [steps(Community(each, 5, keep_messages=True), 4) for each in (plain, none)]
        assert bits(worlds[0]) == bits(worlds[1])
        assert none.eras == (none,) and of_past(none) is none
        assert plain.with_values({"past.days": 0}) == plain

    def test_nothing_is_kept_without_a_past(self, pasts: Path) -> None:
        Community("blank")
        assert not pasts.exists() and not past_cache._kept


class TestDecisions:
    """The past is that of the file; what is decided otherwise holds from day 0 on."""

    def test_what_is_decided_can_change_in_a_living_community(self) -> None:
        decided = [path for path in declared() if is_decided(path)]
        fixed = [path for path in decided if path in FIXED or path.partition(".")[0] in FIXED]
        assert len(decided) > 100 and not fixed

    def test_a_changed_policy_leaves_the_past_as_it_was(self) -> None:
        own = lived()
        changed = own.with_values({"policy.promo_share": 0.3, "desk.staff": 1.0})
        twice = changed.with_values({"policy.promo_share": 0.4})
        assert of_past(changed).parameters == of_past(twice).parameters == own.parameters
        assert address_of_past(own, 1) == address_of_past(twice, 1)
        assert own.with_values({"policy.promo_share": 0.05}) == own  # the value that it has
        assert address_of_past(own, 1) != address_of_past(own, 2)

    def test_another_world_has_another_past(self) -> None:
        own = lived()
        for path, value in (("feel.habit_gain", 0.3), ("group.alert", 0.4), ("past.days", 5)):
            other = own.with_values({path: value})
            assert address_of_past(own, 1) != address_of_past(other, 1), path
        assert of_past(own.with_values({"feel.habit_gain": 0.3})).value("feel.habit_gain") == 0.3

    def test_a_policy_of_the_past(self) -> None:
        own = lived().with_values({"past.policy.name": "bombardment"})
        assert of_past(own).value("policy.name") == "bombardment"
        assert own.value("policy.name") == "cadence"
        later = own.with_values({"policy.name": "none"})
        assert of_past(later).value("policy.name") == "bombardment"
        loud, quiet = (Community(each, 1).own_members["promos_read"] for each in (own, lived()))
        assert loud.sum() > 2 * quiet.sum()

    def test_rivals_and_channels_remember_too(self) -> None:
        own = Scenario.load("wechat-group").with_values(
            {**SMALL, "rivals.1.policy.promo_share": 0.2, "channels.1.desk.staff": 1.0}
        )
        own = own.with_values({"past.days": 3})
        changed = own.with_values(
            {"rivals.1.policy.promo_share": 0.4, "rivals.1.coupon.value": 3.0,
             "channels.1.desk.staff": 2.0, "coupon.value": 5.0}
        )  # fmt: skip
        (channel,), (rival,) = of_past(changed).operators
        assert (channel.desk.staff, channel.coupon.value) == (1.0, 0.0)
        assert (rival.policy.promo_share, rival.coupon.value) == (0.2, 0.0)
        assert address_of_past(own, 1) == address_of_past(changed, 1)
        assert steps(Community(changed, 1), 2).operators[1].parameters.coupon.value == 3.0

    def test_day_0_is_a_change(self) -> None:
        """As if the values had been changed in the living community, on the same evening."""
        decided = {"policy.promo_share": 0.3, "desk.staff": 2.0, "coupon.value": 9.0}
        turned = Community(lived().with_values(decided), 4)
        changed = Community(lived(), 4)
        changed.change(decided)
        assert steps(turned, 4).daily.equals(steps(changed, 4).daily)

    def test_a_file_that_extends_another_has_its_own_past(self, scenario_file, here: Path) -> None:
        text = 'extends = "tiny.toml"\n[past]\ndays = 9\n[past.policy]\nasks_per_day = 1\n'
        scenario_file(text, "first.toml")
        path = scenario_file('extends = "first.toml"\n[policy]\npromo_share = 0.2', "second.toml")
        past = of_past(Scenario.load(path))
        assert (past.days, past.past) == (9, Past())
        assert past.value("policy.promo_share") == 0.2  # its own, as it is its own file
        assert past.value("policy.asks_per_day") == 1.0

    def test_arms_start_from_the_same_evening(self, scenario_file, here: Path) -> None:
        text = 'extends = "tiny.toml"\n[past]\ndays = 9\n[alternatives."more"]\npolicy.promo_share'
        own = Scenario.load(scenario_file(text + " = 0.4\n", "arms.toml"))
        addresses = {address_of_past(arm, 1) for arm in own.arms.values()}
        assert len(addresses) == 1 and len(own.arms) == 2

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[past]\ndays = -1", "past.days: -1 is out of range; allowed: 0 to 100000 day"),
            ("[past]\ndayz = 9", "'past.dayz' is no parameter; did you mean 'past.days'"),
            ("[past.policy]\npromo_shar = 0.1", "did you mean 'past.policy.promo_share'"),
            ("[past.policy]\npromo_share = 2", "line 3: past.policy.promo_share: 2 is out of"),
            ("[past.feel]\nhabit_gain = 0.1", "is the same in the past as in the run"),
            ('[past]\n"rivals.1.policy.name" = "none"', "there are 0 rivals; number 1 is none"),
            ("[past]\ndays = 3\n[past.policy]\npromos_per_day = 2", "give promo_share or promos"),
            ('[past]\ndays = 3\n[past.policy]\nname = "file"', "past.policy.file: policy 'file'"),
            ("past = 3", "'past' is no parameter"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, scenario_file: Callable[..., Path], here: Path, text: str, words: str
    ) -> None:
        path = scenario_file(f'extends = "tiny.toml"\n{text}')
        with pytest.raises(ScenarioError) as caught:
            Scenario.load(path)
        assert words in str(caught.value)

    def test_the_past_is_over(self) -> None:
        world = Community(lived(2))
        for path in ("past.days", "past.policy.promo_share"):
            with pytest.raises(ScenarioError, match="only shapes the start: the past is over"):
                world.change({path: 0.5 if "policy" in path else 3})


@pytest.fixture
def pasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pasts of the test's own."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "pasts"


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The seeds of the pasts that are really played."""
    found: list[int] = []
    play = Forerunner.play_past

    def note(community: Forerunner) -> None:
        found.append(community.seed_of_run)
        play(community)

    monkeypatch.setattr(Forerunner, "play_past", note)
    monkeypatch.setattr(community._Forerunner, "play_past", note)
    yield found


def only_file(folder: Path) -> Path:
    (path,) = folder.glob("*.past")
    return path


class TestKept:
    """A past is played once, and what is kept gives the same bits."""

    def test_in_memory(self, played: list[int]) -> None:
        with afresh():
            first = bits(steps(Community(lived(), 1), 3))
        again = [bits(steps(Community(lived(), 1), 3)) for _ in range(3)]
        assert played == [1, 1] and set(again) == {first}

    def test_on_the_disk(self, pasts: Path, played: list[int]) -> None:
        first = bits(steps(Community(lived(), 1), 3))
        forget()
        assert bits(steps(Community(lived(), 1), 3)) == first
        assert played == [1]
        assert only_file(pasts).stem == address_of_past(lived(), 1)

    @pytest.mark.jit
    def test_a_past_with_every_lever_comes_back_from_the_disk(self, pasts: Path, here) -> None:
        for scenario in (busy(), levers().with_values({"past.days": 5})):
            with afresh():
                first = bits(steps(Community(scenario, 2, keep_messages=True), 3))
            Community(scenario, 2)
            forget()
            assert bits(steps(Community(scenario, 2, keep_messages=True), 3)) == first

    @pytest.mark.parametrize("harm", ["cut", "flip", "empty", "other", "foreign"])
    def test_what_is_damaged_is_played_anew(
        self, harm: str, pasts: Path, played: list[int]
    ) -> None:
        first = bits(steps(Community(lived(), 1), 3))
        path = only_file(pasts)
        content = bytearray(path.read_bytes())
        if harm == "flip":
            content[len(content) // 2] ^= 1
        elif harm == "other":
            forget()
            Community(lived(), 2)
            others = [each for each in pasts.glob("*.past") if each != path]
            content = bytearray(others[0].read_bytes())
        path.write_bytes({"cut": content[:-99], "empty": b"", "foreign": b"#!x"}.get(harm, content))
        forget()
        played.clear()
        assert bits(steps(Community(lived(), 1), 3)) == first
        assert played == [1]
        forget()
        assert bits(steps(Community(lived(), 1), 3)) == first and played == [1]

    def test_it_is_no_saved_community(self, pasts: Path) -> None:
        Community(lived(), 1)
        with pytest.raises(SnapshotError, match="the end of a past"):
            Community.resume(only_file(pasts))

    def test_a_folder_has_a_bound(self, pasts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        Community(lived(), 1)
        size = only_file(pasts).stat().st_size
        monkeypatch.setattr(past_cache, "MOST_ON_DISK", 2.5 * size)
        (pasts / ".left.part").write_bytes(b"x" * 10)
        os.utime(pasts / ".left.part", (1, 1))
        os.utime(only_file(pasts), (2, 2))
        for seed in (2, 3):
            Community(lived(), seed)
        names = {address_of_past(lived(), seed) + ".past" for seed in (2, 3)}
        assert {path.name for path in pasts.iterdir() if path.suffix != ".lock"} == names

    def test_memory_has_a_bound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        Community(lived(), 1)
        (state,) = past_cache._kept.values()
        monkeypatch.setattr(past_cache, "MOST_IN_MEMORY", 2.5 * state.bytes)
        for seed in (2, 1, 3):
            Community(lived(), seed)
        assert list(past_cache._kept) == [address_of_past(lived(), seed) for seed in (1, 3)]
        monkeypatch.setattr(past_cache, "MOST_IN_MEMORY", 1)
        assert Community(lived(), 4).day == 0 and not past_cache._kept

    @pytest.mark.parametrize("place", ["a file", "under a file", "nul"])
    def test_a_folder_that_cannot_be(
        self, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_text("x", encoding="utf-8")
        where = {"a file": tmp_path / "file", "under a file": tmp_path / "file" / "x" / "y"}
        monkeypatch.setenv(VARIABLE, str(where.get(place, "/dev/null")))
        assert Community(lived(), 1).day == 0

    def test_threads_play_a_past_once(self, pasts: Path, played: list[int]) -> None:
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: bits(steps(Community(lived(), 1), 2)), range(8)))
        assert played == [1] and len(set(found)) == 1

    def test_verbs_of_ones_own_are_played_and_not_shared(self, pasts: Path, played) -> None:
        class Silent(MiddleTierMember):
            def speak(self, visit: Any) -> None:
                return

        class Quieter(Community):
            tier_classes = (Community.tier_classes[0], Silent, Community.tier_classes[2])

        usual = Community(lived(), 1, "agents").own_members["posts"]
        own = Quieter(lived(), 1, "agents").own_members
        assert usual.sum() > own["posts"].sum() and not own["posts"][own["tier"] == 1].any()
        assert played == [1, 1] and not past_cache._kept.keys() - {address_of_past(lived(), 1)}
        assert len(list(pasts.glob("*.past"))) == 1

    def test_a_step_of_ones_own_begins_at_day_0(self) -> None:
        class Noting(Community):
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments)
                self.days: list[int] = []

            def step(self) -> None:
                self.days.append(self.day)
                super().step()

        assert steps(Noting(lived(), 1), 2).days == [0, 1]  # type: ignore[attr-defined]


def own_policy(name: str) -> Mapping[str, Any]:
    values = {"name": "file", "file": "policies.py", "class_name": name}
    return {f"policy.{path}": value for path, value in values.items()} | {"policy.promo_share": 0.0}


class TestPoliciesOfOnesOwn:
    def test_its_notes_go_on(self, here: Path, pasts: Path) -> None:
        scenario = Scenario.load("tiny.toml").with_values(own_policy("Counting"))
        scenario = scenario.with_values({"past.days": 6})
        policies: list[Any] = [Community(scenario, 1).operator.policy]
        forget()
        policies.append(Community(scenario, 1).operator.policy)
        policies.append(steps(Community(scenario, 1), 2).operator.policy)
        assert [policy.days for policy in policies] == [6, 6, 8]

    def test_notes_that_cannot_be_saved_are_kept_in_memory(self, here, pasts, played) -> None:
        scenario = Scenario.load("tiny.toml").with_values(own_policy("Tuples"))
        scenario = scenario.with_values({"past.days": 2})
        days: list[Any] = [Community(scenario, 1).operator.policy for _ in range(2)]
        assert [policy.days for policy in days] == [2, 2] and days[0] is not days[1]
        assert played == [1] and not list(pasts.glob("*.past"))

    def test_the_code_of_the_past_counts_as_code(self, here: Path) -> None:
        past = {f"past.{path}": value for path, value in own_policy("Quiet").items()}
        scenario = Scenario.load("tiny.toml").with_values({"past.days": 2, **past})
        assert policy_files(scenario) == [Path("policies.py")]
        before = address_of_past(scenario, 1)
        with (here / "policies.py").open("a") as file:
            file.write("\n# another comment\n")
        assert address_of_past(scenario, 1) != before


@pytest.mark.jit
class TestGoingOn:
    """Saving, copying, branching: across day 0 as after it."""

    @pytest.mark.parametrize("engine", ENGINES)
    def test_a_saved_community_goes_on(self, tmp_path: Path, engine: str) -> None:
        world = steps(Community(busy(), 5, keep_messages=True), 2)
        world.change({"policy.promo_share": 0.0, "desk.staff": 4.0})
        steps(world, 1).save(tmp_path / "it")
        again = Community.resume(tmp_path / "it", engine)
        assert (again.day, again.first_day) == (3, -PAST)
        assert [day for day, _ in again.history] == [0, 2]
        assert of_past(again.settings).parameters == of_past(world.settings).parameters
        assert bits(steps(again, 3)) == bits(steps(world, 3))

    def test_saving_at_day_0(self, tmp_path: Path, here: Path) -> None:
        world = Community(lived(), 5)
        world.save(tmp_path / "it")
        assert bits(steps(Community.resume(tmp_path / "it"), 3)) == bits(steps(world, 3))

    def test_a_copy(self, played: list[int]) -> None:
        world = steps(Community(busy(), 5, keep_messages=True), 2)
        copy = world.copy()
        assert played == [5] and copy.settings == world.settings
        assert bits(steps(copy, 3)) == bits(steps(world, 3))

    @pytest.mark.parametrize("day", [0, 2])
    def test_a_branch(self, day: int) -> None:
        scenario = lived().with_values({"run.days": 5})
        change = {"policy.promo_share": 0.3}
        found = sq.branch(scenario, day, change, effort=sq.Effort(replicates=2))
        world = steps(Community(scenario, scenario.seed), day)
        world.change(change)
        equity = steps(world, 5 - day).summary["customer_equity"]
        rows = found.rows[found.rows["arm"] != "as before"]
        assert float(rows["customer_equity"].iloc[0]) == equity

    def test_why(self) -> None:
        result = sq.run(lived(**LEAVING).with_values({"run.days": 5}))
        members = result.members
        here = members[(members["joined_at"] == -PAST) & members["left_at"].isna()]
        left = members[(members["left_at"] > 0.0) & (members["joined_at"] < 0.0)]
        story = sq.why(result, int(here["person"].iloc[0]))
        assert story.differs == () and "20 days before day 0" in story.text
        assert len(story.daily) == 6 and story.daily["day"].iloc[0] == 0
        assert "Since day 0 the risk had added up" in sq.why(result, int(left.person.iloc[0])).text
        gone = members[members["left_at"] <= 0.0]
        assert sq.why(result, int(gone["person"].iloc[0])).of("joined").empty


def digests(folder: Path) -> dict[str, str]:
    tables = sorted(folder.glob("*.parquet"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tables}


@pytest.mark.jit
class TestExperiments:
    def sweep(self, out: Path, workers: Any = 1) -> Any:
        vary = {"policy.promo_share": [0.0, 0.1, 0.3]}
        effort = sq.Effort(replicates=2, out=out, workers=workers)
        return sq.sweep(lived().with_values({"run.days": 4}), vary, effort=effort)

    def test_a_sweep_pays_once_for_each_seed(self, tmp_path: Path, played: list[int]) -> None:
        self.sweep(tmp_path / "kept")
        assert sorted(played) == [1, 2]
        with afresh():
            self.sweep(tmp_path / "afresh")
        assert len(played) == 2 + 6
        assert digests(tmp_path / "kept") == digests(tmp_path / "afresh")

    def test_processes_play_a_past_once(self, tmp_path: Path, pasts: Path) -> None:
        self.sweep(tmp_path / "kept", processes(2))
        names = {address_of_past(lived(), seed) for seed in (1, 2)}
        assert {path.stem for path in pasts.glob("*.past")} == names
        with afresh():
            self.sweep(tmp_path / "afresh")
        assert digests(tmp_path / "kept") == digests(tmp_path / "afresh")

    def test_a_preflight_counts_a_shared_past_once(self, tmp_path: Path) -> None:
        """Of 50 points that share a past, each has a fiftieth of it; worlds have one each."""
        found = {}
        warm_up()
        for path in ("policy.content_per_day", "feel.habit_gain"):
            scenario = lived(1500).with_values({"run.days": 1})
            points = [scenario.with_values({path: 0.1 + k / 100.0}) for k in range(50)]
            forget()
            told = probe(lambda point, r, s=points: case_of(s[point], 1 + r), 50, "members",
                         seconds=0.0)  # fmt: skip
            found[path] = told.seconds_per_run
        assert found["policy.content_per_day"] < 0.5 * found["feel.habit_gain"]

    def test_the_mean_field_has_none(self) -> None:
        with pytest.raises(ScenarioError, match="past.days: 20: the mean field begins at day 0"):
            MeanField.fit(lived())

    def test_a_finished_sweep_is_verified_without_what_is_kept(
        self, tmp_path: Path, pasts: Path, played: list[int]
    ) -> None:
        self.sweep(tmp_path / "it")
        played.clear()
        found = sq.verify(tmp_path / "it", rows=2)
        assert found.differences == [] and len(played) == 2

    def test_a_manifest_and_a_scenario_file_tell_the_past(self, tmp_path: Path, here: Path) -> None:
        from shequn.experiments.runs import store
        from shequn.experiments.runs.cases import address_of

        own = lived().with_values({"policy.promo_share": 0.3, "past.policy.hours": "random"})
        (tmp_path / "again.toml").write_text(store.scenario_toml(own), encoding="utf-8")
        again = Scenario.load(tmp_path / "again.toml")
        assert of_past(again).parameters == of_past(own).parameters
        assert again.parameters == own.parameters
        assert address_of(again) == address_of(own) != address_of(lived())
        assert json.loads(json.dumps(store.manifest(own, "run")["past"]))["days"] == PAST

    def test_the_candidates_of_a_comparison_of_files(self, scenario_file, here: Path) -> None:
        """Files that differ in what is decided are compared from the evening of the first."""
        first = scenario_file('extends = "tiny.toml"\n[past]\ndays = 3', "one.toml")
        text = 'extends = "one.toml"\n[policy]\nname = "bombardment"\npromo_share = 0.0\n'
        second = scenario_file(text + "promos_per_day = 4", "two.toml")
        found = sq.compare(first, second, effort=sq.Effort(replicates=2))
        addresses = {address_of_past(point.scenario, 1) for point in found.results.plan.points}
        assert addresses == {address_of_past(Scenario.load(first), 1)}
