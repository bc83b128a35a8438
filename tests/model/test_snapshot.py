"""Saved communities: they go on with the same bits; damage is always noticed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import shequn
from shequn.agents.errors import ScenarioError, SnapshotError
from shequn.model import snapshot
from shequn.model.arguments import ENGINES
from shequn.model.community import Community
from shequn.model.scenario import Scenario

DAYS, FURTHER = 3, 3


def bits(community: Community) -> str:
    """A digest of everything that a run produces."""
    digest = hashlib.sha256()
    for array in (*community.tables, community.invitation_log, community.message_log):
        if array is not None:
            digest.update(array.tobytes())
    for frame in (community.daily, community.groups, community.market):
        digest.update(frame.to_csv().encode())
    digest.update(json.dumps(community.summary).encode())
    return digest.hexdigest()


def steps(community: Community, days: int) -> Community:
    for _ in range(days):
        community.step()
    return community


def many_groups() -> Scenario:
    """Groups that fill up, so that new ones open and people wait."""
    return Scenario.load("tiny.toml").with_values(
        {
            "market.people": 200,
            "group.count": 3,
            "group.capacity": 12,
            "group.overflow": "open",
            "discovery.rate": 0.05,
        }
    )


def counting() -> Scenario:
    values = {
        "policy.name": "file",
        "policy.file": "policies.py",
        "policy.class_name": "Counting",
        "policy.promo_share": 0.0,
    }
    return Scenario.load("tiny.toml").with_values(values)


def levers() -> Scenario:
    """Answers, a response and forwards under way when it is saved; rivals; two channels.

    People stay on, are alerted and have threads; an event is announced; they live near groups.
    Habit lasts, whatever the defaults are, so that they come and buy.
    """
    return Scenario.load("tiny.toml").with_values(
        {
            "market.people": 150,
            "market.rivals": 2,
            "channels.1.group.capacity": 20,
            "channels.2.group.capacity": 15,
            "channels.2.desk.staff": 0.5,
            "desk.staff": 0.02,
            "desk.service_time": 60.0,
            "speak.question_share": 0.8,
            "incident.day": 2.0,
            "incident.response": "apology",
            "incident.delay": 30.0,
            "forward.rate": 1.0,
            "coupon.value": 9.0,
            "coupon.start": 4.0,
            "event.every": 2,
            "event.timing": "random",
            "event.pull": 2.0,
            "event.notice": 4,
            "event.places": 3.0,
            "rhythm.linger": 0.6,
            "rhythm.lively": 40.0,
            "group.alert": 0.5,
            "group.glance": 0.5,
            "group.mention": 0.5,
            "group.call": 0.5,
            "policy.calls_per_week": 3.0,
            "group.placement": "home",
            "group.home_spread": 0.5,
            "speak.conversation": 0.3,
            "speak.follow_up": 0.3,
            "speak.reserve": 0.05,
            "speak.call": 1.0,
            "discovery.in_need": 0.5,
            "spread.habit_half_life": 0.5,
            "feel.habit_start": 0.6,
            "feel.habit_gain": 0.2,
            "feel.habit_loss": 0.2,
            "feel.habit_empty": 0.01,
            "feel.habit_half_life": 30.0,
            "spread.need_rate": 0.8,
            "shape.need_rate": "lognormal",
            "listening.product_gain": 0.1,
            "policy.imitation": 2,
            "product.quality": -0.5,
            "buy.constant": 3.0,
            **{f"tiers.{tier}.need_rate": 0.3 for tier in ("high", "middle", "base")},
        }
    )


@pytest.fixture
def saved(here: Path) -> Path:
    """A small community after some days, in a file."""
    path = here / "day3.shequn"
    steps(Community("tiny.toml", 7, keep_messages=True), DAYS).save(path)
    return path


class TestGoingOn:
    @pytest.mark.parametrize("engine", ENGINES)
    @pytest.mark.parametrize(
        "world", [many_groups, counting, pytest.param(levers, marks=pytest.mark.jit)]
    )
    def test_as_if_never_interrupted(self, here, world, engine):
        whole = steps(Community(world(), 7, engine, keep_messages=True), DAYS + FURTHER)
        first = steps(Community(world(), 7, engine, keep_messages=True), DAYS)
        first.save("x.shequn")
        second = Community.resume("x.shequn", trust=True)
        assert (second.day, second.engine, second.seed_of_run) == (DAYS, engine, 7)
        assert bits(second) == bits(first)
        assert bits(steps(second, FURTHER)) == bits(whole)
        assert bits(steps(first, FURTHER)) == bits(whole)  # saving changed nothing
        assert whole.message_log is not None and len(whole.message_log)

    def test_groups_opened_meanwhile(self, here):
        community = steps(Community(many_groups(), 7), DAYS)
        assert community.open_groups > 3

    def test_work_under_way(self, here):
        """What the world with levers is there for: it is saved in the middle of something."""
        community = steps(Community(levers(), 7), DAYS)
        groups, rows = community.tables.groups, len(community.rules)
        assert rows == 4 and len(community.operators) == 3
        assert (groups["n_pending"] > 0).sum() > 1
        assert (community.tables.answers["kind"][:, 0] > 0).any()
        assert (community.tables.servers > 0.0).any()
        quality = community.tables.operators["quality"]
        steps(community, FURTHER)
        assert (quality > -0.5).any()
        assert community.journal.total("responses_read").sum() > 0
        assert community.journal.operator_column("coupon_cost").sum() > 0.0

    def test_with_the_other_engine(self, saved):
        found = {bits(steps(Community.resume(saved, engine), FURTHER)) for engine in ENGINES}
        assert len(found) == 1

    def test_again_and_again(self, here, saved):
        whole = bits(steps(Community("tiny.toml", 7, keep_messages=True), DAYS + FURTHER))
        for day in range(FURTHER):
            steps(Community.resume(saved), 1).save(here / f"{day}.shequn")
            saved = here / f"{day}.shequn"
        assert bits(Community.resume(saved)) == whole

    @pytest.mark.parametrize("values", [{}, {"market.people": 0, "group.count": 0}])
    def test_before_the_first_day(self, here, values):
        values = {**values, "group.seed_members": 0} if values else {}
        scenario = Scenario.load("tiny.toml").with_values(values)
        Community(scenario, 7).save("x.shequn")
        whole = bits(steps(Community(scenario, 7), 2))
        assert bits(steps(Community.resume("x.shequn"), 2)) == whole

    def test_a_contact_network_and_a_large_seed(self, here):
        (here / "edges.csv").write_text("from,to\n" + "".join(f"{k},60\n" for k in range(1, 60)))
        scenario = Scenario.load("tiny.toml").with_values({"market.network": "edges.csv"})
        steps(Community(scenario, 2**64 - 1), DAYS).save("x.shequn")
        whole = bits(steps(Community(scenario, 2**64 - 1), DAYS + FURTHER))
        assert bits(steps(Community.resume("x.shequn"), FURTHER)) == whole
        (here / "edges.csv").unlink()
        with pytest.raises(ScenarioError, match=r"edges\.csv"):
            Community.resume("x.shequn")

    def test_in_another_process_and_from_another_folder(self, here, tmp_path_factory):
        for engine in ENGINES:
            steps(Community(counting(), 7, engine, keep_messages=True), DAYS).save(engine)
        program = (
            "import sys\n"
            "from tests.model.test_snapshot import *\n"
            "for path in sys.argv[1:]:\n"
            "    print(bits(steps(Community.resume(path, trust=True), FURTHER)))"
        )
        root = str(Path(shequn.__file__).parent.parent)
        arguments = [str(here / engine) for engine in ENGINES]
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path_factory.mktemp("elsewhere"),
            env={**os.environ, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        whole = bits(steps(Community(counting(), 7, keep_messages=True), DAYS + FURTHER))
        assert done.stdout.split() == [whole] * 2


class TestPolicies:
    def test_the_state_of_a_policy_matters_and_is_kept(self, here):
        steps(Community(counting(), 7), DAYS).save("x.shequn")
        policy = Community.resume("x.shequn", trust=True).operator.policy
        assert vars(policy)["days"] == DAYS
        assert len(vars(policy)["log"]) == DAYS

    @pytest.mark.parametrize(
        "value", [(1, 2), {1: 2}, {"a": (1,)}, np.float64(0.5), np.zeros(2), {1, 2}, b"x", ...]
    )
    def test_what_json_would_change_is_refused(self, here, value):
        community = Community(counting(), 7)
        vars(community.operator.policy)["state"] = [value]
        with pytest.raises(SnapshotError, match=r"Counting cannot be saved: state = .*keep numb"):
            community.save("x.shequn")
        assert not list(here.glob("*.shequn")) and not list(here.glob("*.part"))

    def test_every_plain_value_comes_back(self, here):
        community = Community(counting(), 7)
        state = {"a": [1, 2.5, None, True, "社"], "b": {"c": [[], {}], "d": 2**70, "e": 1e-300}}
        vars(community.operator.policy).update(state=state, far=float("inf"))
        community.save("x.shequn")
        found = vars(Community.resume("x.shequn", trust=True).operator.policy)
        assert found["state"] == state and found["far"] == float("inf")


class TestFiles:
    def test_nothing_is_overwritten_or_half_written(self, here, saved):
        before = saved.read_bytes()
        community = Community.resume(saved)
        for path, reason in (
            (saved, "exists already"),
            (here, "exists already"),
            (here / "no" / "x", "No such file"),
            (saved / "x", "Not a directory"),
        ):
            with pytest.raises(SnapshotError, match=reason):
                community.save(path)
        assert saved.read_bytes() == before
        assert not [path for path in here.rglob("*") if "part" in path.name]

    def test_two_saves_of_one_state_hold_the_same(self, here, saved):
        Community.resume(saved).save("again.shequn")
        one, other = (snapshot.Saved(path) for path in (saved, here / "again.shequn"))
        assert one.meta == other.meta
        world = Community(snapshot.scenario_of(one.meta["scenario"], saved), 7)
        arrays, others = one.arrays(world), other.arrays(world)
        assert arrays.keys() == others.keys()
        assert [n for n in arrays if not np.array_equal(arrays[n], others[n])] == []

    @pytest.mark.parametrize("seed", range(40))
    def test_one_changed_byte_is_noticed_or_harmless(self, saved, seed):
        content = bytearray(saved.read_bytes())
        luck = random.Random(seed)
        content[luck.randrange(len(content))] ^= luck.randrange(1, 256)
        expected = bits(Community.resume(saved))
        saved.write_bytes(content)
        try:
            community = Community.resume(saved)
        except SnapshotError as error:
            assert str(saved) in str(error)
        else:
            assert bits(community) == expected

    @pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
    def test_a_file_cut_short(self, saved, share):
        content = saved.read_bytes()
        saved.write_bytes(content[: int(share * len(content))])
        with pytest.raises(SnapshotError, match="damaged"):
            Community.resume(saved)

    def test_contents_changed_in_a_sound_archive(self, saved):
        with np.load(saved) as file:
            arrays = {name: file[name] for name in file.files}
        for name in ("members", "tallies_0", "meta"):
            changed = arrays[name].copy()
            changed.flat[changed.size // 2] += 1
            with saved.open("wb") as file:
                np.savez(file, **{**arrays, name: changed})
            with pytest.raises(SnapshotError, match="damaged"):
                Community.resume(saved)

    def test_foreign_files(self, here):
        with zipfile.ZipFile(here / "zip", "w") as archive:
            archive.writestr("letter.txt", "dear reader")
        np.savez(here / "numbers.npz", a=np.arange(3))
        np.savez(here / "alike.npz", meta=np.arange(3), digest=np.zeros(2))
        np.savez(here / "objects.npz", meta=np.array([{}], dtype=object), digest=np.zeros(1))
        np.save(here / "one.npy", np.arange(3))
        (here / "text").write_text("a,b\n")
        (here / "pickle").write_bytes(b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00N.")
        names = ("zip", "numbers.npz", "alike.npz", "objects.npz", "one.npy", "text", "pickle")
        for name in names:
            with pytest.raises(SnapshotError, match=f"{name}: damaged, or no saved community"):
                Community.resume(here / name)
        for name, reason in (("nothing", "No such file"), (".", "is a folder")):
            with pytest.raises(SnapshotError, match=f"cannot be read: {reason}"):
                Community.resume(here / name)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("FORMAT", "shequn community 0"), ("TALLY_NAMES", ("joins",)), ("_DTYPES", {"x": "f8"})],
    )
    def test_another_version_says_so(self, saved, monkeypatch, name, value):
        monkeypatch.setattr(snapshot, name, value)
        with pytest.raises(SnapshotError, match="saved by another version of shequn"):
            Community.resume(saved)

    @pytest.mark.parametrize("meta", ["[]", "{}", "7", '{"format": "shequn community 1"}'])
    def test_a_sound_file_with_other_words_in_it(self, here, meta):
        texts = {"meta": meta, "digest": hashlib.sha256(meta.encode()).hexdigest()}
        np.savez("x.npz", **{k: np.frombuffer(v.encode(), np.uint8) for k, v in texts.items()})
        with pytest.raises(SnapshotError):
            Community.resume("x.npz")
