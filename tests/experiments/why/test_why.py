"""The story of one member: the same run, and a story whose counts are those of the tables."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.randomness import exponential
from shequn.agents.tables import LEFT, MEMBER, MUTED
from shequn.agents.verbs.stay import EXIT_CLOCK, exit_hazard
from shequn.commands import main
from shequn.experiments.runs.store import manifest, plain, scenario_toml, write_manifest
from shequn.experiments.why.text import tell
from shequn.experiments.why.watching import (
    BASE_RATE,
    CAUSES,
    WatchedCommunity,
    exit_terms,
    pressures,
    utility_terms,
)
from shequn.experiments.why.why import Story, people_of_note, source_of, work_of_days
from shequn.model.community import Community
from shequn.model.scenario import Scenario

DAYS = 20
TIERS = ("high", "middle", "base")
# A small world in which everything happens: talk, orders, invitations, muting, leaving, returning.
LIVELY = {
    "past.days": 0, "market.people": 60, "group.capacity": 20, "group.talk": 1.0,
    "group.seed_members": 12, "group.seed_fill": 0.0,
    "run.days": DAYS, "run.seed": 3, "invite.rate": 0.15, "invite.accept": 0.6,
    "invite.refractory": 2.0, "stay.scale": 0.02, "stay.mute_rate": 0.05, "stay.unmute_rate": 0.3,
    "buy.constant": 0.0, "policy.promo_share": 0.3,
    **{f"tiers.{tier}.talk": 0.3 for tier in TIERS},
    **{f"tiers.{tier}.session_rate": 1.5 for tier in TIERS},
    **{f"tiers.{tier}.need_rate": 0.1 for tier in TIERS},
    **{f"tiers.{tier}.exit_rate": 0.02 for tier in TIERS},
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Scenario:
    return Scenario.load("wechat-group").with_values(LIVELY)


@pytest.fixture(scope="module")
def played(world: Scenario) -> Community:
    return sq.run(world, keep_messages=True).community


@pytest.fixture(scope="module")
def stories(world: Scenario, played: Community) -> dict[str, Story]:
    members = played.own_members
    left = members["status"] == LEFT
    rows = {
        "writer": int(np.argmax(members["posts"])),
        "buyer": int(np.argmax(members["orders"])),
        "absent": int(np.argmax(members["orders_elsewhere"])),
        "leaver": int(np.flatnonzero(left & (members["joins"] == 1))[0]),
        "muter": int(np.argmax(members["switches"])),
        "outsider": int(np.flatnonzero(members["joins"] == 0)[0]),
    }
    return {name: sq.why(world, row) for name, row in rows.items()}


def test_the_watched_run_is_the_plain_run(world, played, stories):
    watched = WatchedCommunity(world, world.seed, stories["writer"].member)
    for _ in range(DAYS):
        watched.step()
    ours, theirs = watched.tables.members, played.tables.members
    for name in theirs.dtype.names or ():
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    assert plain(watched.summary) == plain(played.summary)


@pytest.mark.parametrize("who", ["writer", "buyer", "absent", "leaver", "muter", "outsider"])
def test_the_counts_of_a_story_are_those_of_the_tables(stories, played, who):
    story = stories[who]
    row, kinds = story.member, story.events["kind"].value_counts()
    member, sent = played.own_members[row], played.invitations
    messages = played.messages
    assert kinds.get("posted", 0) == (messages["author"] == row).sum() == member["posts"]
    assert kinds.get("reply received", 0) == (messages["to"] == row).sum()
    assert kinds.get("order", 0) == (played.orders["member"] == row).sum() == member["orders"]
    needs = ("order", "no order", "bought elsewhere", "no order elsewhere")
    met = sum(kinds.get(kind, 0) for kind in needs)
    assert met == member["occasions"] - member["occasions_before"]
    assert kinds.get("bought elsewhere", 0) == member["orders_elsewhere"]
    assert kinds.get("invitation sent", 0) == (sent["inviter"] == row).sum()
    assert kinds.get("invitation received", 0) == (sent["contact"] == row).sum()
    assert kinds.get("joined", 0) == member["joins"]
    assert kinds.get("muted", 0) + kinds.get("unmuted", 0) == member["switches"]
    assert kinds.get("left", 0) == member["joins"] - (member["status"] in (MEMBER, MUTED))
    assert len(story.daily) == DAYS + 1


def test_something_happens_in_this_world(stories):
    assert len(stories["writer"].of("posted")) > 3
    assert len(stories["buyer"].of("order")) > 1
    assert len(stories["absent"].of("bought elsewhere")) > 1
    assert len(stories["leaver"].of("left")) == 1
    assert len(stories["muter"].of("muted")) > 0
    assert stories["outsider"].of("joined").empty


def test_what_was_read_adds_up(stories):
    story = stories["writer"]
    read = story.events[story.events["kind"].isin(["session", "looked again"])]
    assert read["value"].sum() == story.daily["read"].sum() > 0
    by_day = read.groupby("day")["value"].sum()
    whole = story.daily.set_index("day")["read"]
    pd.testing.assert_series_equal(by_day, whole[by_day.index], check_names=False)


def test_the_risk_adds_up_to_the_lot_that_was_drawn(stories, world, played):
    story = stories["leaver"]
    left = story.of("left").iloc[0]
    assert left["time"] == pytest.approx(played.own_members["left_at"][story.member], rel=1e-6)
    causes = story.causes[story.causes["time"] == left["time"]]
    risk = causes[causes["of"] == "membership"].set_index("term")["value"]
    lot = exponential(np.uint64(world.seed), EXIT_CLOCK, story.member, 0)
    assert risk["whole"] == pytest.approx(lot, rel=1e-4)  # the clock is kept as a float32
    assert risk.drop("whole").sum() == pytest.approx(risk["whole"])
    now = causes[causes["of"] == "exit"].set_index("term")["value"]
    assert now.drop("whole").sum() == pytest.approx(now["whole"]) == pytest.approx(left["value"])
    assert now[BASE_RATE] > 0.0


def test_a_purchase_is_explained_by_its_chance_and_its_luck(stories):
    causes = stories["buyer"].causes
    of = causes[causes["of"].isin(["order", "no order"])]
    chance, luck = (of[of["term"] == term].reset_index() for term in ("chance", "luck"))
    assert ((luck["value"] < chance["value"]) == (luck["of"] == "order")).all()
    terms = of[~of["term"].isin(["chance", "luck"])]
    assert "other" not in set(terms["term"])
    first = of[of["time"] == of["time"].iloc[0]].drop_duplicates("term").set_index("term")
    utility = first["value"].drop(["chance", "luck"]).sum()
    assert first["value"]["chance"] == pytest.approx(1.0 / (1.0 + np.exp(-utility)), abs=1e-4)


def test_the_work_of_a_day_is_known_before_it_is_watched(world, stories):
    """Days on which the member came are played again by the slow engine, the others are not."""
    for story in stories.values():
        work = work_of_days(source_of(world), story.member)
        daily = story.daily.iloc[1:]
        came = (daily["sessions"] + daily["looks"]).to_numpy() > 0
        least = world.parameters.market.people / 500.0
        assert len(work) == world.days
        assert ((work > least) == came).all()
        assert (work[~came] == least).all()


def test_terms_by_hand(room):
    values = {
        "stay.irritation": 2.0, "stay.overload": 1.0, "buy.constant": -1.0,
        "buy.attitude": 2.0, "product.price": 50.0,
    }  # fmt: skip
    here = room(values)
    member = here.members[0]
    member["irritation"], member["overload"] = 0.5, 0.25
    terms = pressures(member, here.p)
    assert [terms[name] for name in ("irritation", "overload")] == [1.0, 0.25]
    member["attitude"], member["price_weight"], member["budget"] = 0.5, 2.0, 100.0
    terms = utility_terms(member, here.group, here.visit, here.p)
    assert (terms["constant"], terms["attitude"], terms["price"]) == (-1.0, 1.0, -1.0)


@pytest.mark.parametrize(
    ("shape", "driven"),
    [("linear", 0.005 + 0.01 * 1.25), ("exponential", 0.005 * math.exp(1.25)),
     ("quadratic", 0.005 + 0.01 * 1.25**2)],
)  # fmt: skip
def test_terms_of_the_hazard_by_hand(room, shape, driven):
    """Pressure 1 + 0.25; ties 3 x 0.5 + 0.5 x 0.5 = 1.75; silent for long: 0.002."""
    values = {
        "stay.shape": shape, "stay.scale": 0.01, "stay.irritation": 2.0, "stay.overload": 1.0,
        "stay.belonging": 3.0, "stay.habit": 0.5, "stay.silent": 0.002, "stay.silence": 0.01,
    }  # fmt: skip
    here = room(values)
    member = here.members[0]
    member["irritation"], member["overload"], member["exit_rate"] = 0.5, 0.25, 0.005
    member["belonging"], member["habit"], member["updated_at"] = 0.5, 0.5, 100.0
    terms = exit_terms(member, here.p)
    spared = driven * (1.0 - math.exp(-1.75))
    expected = {
        BASE_RATE: 0.005, "irritation": 0.8 * (driven - 0.005), "overload": 0.2 * (driven - 0.005),
        "dissatisfaction": 0.0, "bad opinion": 0.0, "rivals": 0.0, "silence": 0.002,
        "belonging": -spared * 1.5 / 1.75, "habit": -spared * 0.25 / 1.75,
    }  # fmt: skip
    assert terms == pytest.approx(expected, rel=1e-6)
    assert sum(terms.values()) == pytest.approx(float(exit_hazard(member, here.p)), rel=1e-9)


@pytest.mark.jit
@pytest.mark.parametrize("shape", ["exponential", "quadratic"])
def test_other_shapes_of_the_hazard_are_told_too(world, shape):
    other = world.with_values({"stay.shape": shape})
    members = sq.run(other).community.own_members
    row = int(np.flatnonzero((members["status"] == LEFT) & (members["joins"] == 1))[0])
    story = sq.why(other, row)
    lot = exponential(np.uint64(other.seed), EXIT_CLOCK, row, 0)
    whole = story.causes[(story.causes["of"] == "membership")].set_index("term")["value"]["whole"]
    assert whole == pytest.approx(lot, rel=1e-3)
    assert "What weighed most" in " ".join(story.text.split())


def test_the_text_tells_what_happened(stories):
    leaver, outsider = stories["leaver"], stories["outsider"]
    for words in ("left. The hazard was", "What weighed most"):
        assert words in " ".join(leaver.text.split())
    of_visits = stories["writer"].of("session")["what"].str.partition(": ")[0]
    causes = of_visits.str.partition(", ")[0]
    assert set(causes) <= set(CAUSES)
    assert len(set(causes)) > 2
    text = " ".join(stories["writer"].text.split())
    assert all(f" {cause}" in text for cause in set(causes))
    narrow = tell(leaver, 50)
    assert max(len(line) for line in narrow.splitlines()) <= 50
    assert narrow.split() == leaver.text.split()
    assert outsider.text.splitlines()[1].startswith(f"Never joined in {DAYS} days.")
    asked = len(outsider.of("invitation received"))
    assert ("Was not invited" in outsider.text) == (asked == 0)
    assert max(len(line) for story in stories.values() for line in story.text.splitlines()) <= 80
    assert repr(leaver).startswith(f"Story of member {leaver.member} (")


def folder_of_a_run(world: Scenario, folder: Path, **changes: float) -> Path:
    result = sq.run(world)
    folder.mkdir()
    facts = manifest(world, "run", seed=world.seed, days=world.days)
    write_manifest(folder, facts)
    (folder / "scenario.toml").write_text(scenario_toml(world), encoding="utf-8")
    summary = json.dumps(plain({**result.summary, **changes}))
    (folder / "summary.json").write_text(summary, encoding="utf-8")
    return folder


def test_outcomes_are_held_against_the_record(world, stories, tmp_path):
    row = stories["outsider"].member
    same = sq.why(folder_of_a_run(world, tmp_path / "same"), row)
    assert same.differs == ()
    assert same.scenario.name == "wechat-group"
    assert "every outcome is the one recorded" in same.text
    other = sq.why(folder_of_a_run(world, tmp_path / "other", orders=-1.0), row)
    assert other.differs == ("orders",)
    assert "1 outcome differs" in other.text
    assert stories["outsider"].differs is None
    assert source_of(tmp_path / "same", days=3).recorded is None


def test_a_finished_run_can_be_given(world, stories):
    result = sq.run(world)
    story = sq.why(result, stories["outsider"].member)
    assert story.differs == ()
    pd.testing.assert_frame_equal(story.events, stories["outsider"].events)
    changed = sq.run(world, days=3)
    changed.community.change({"policy.promo_share": 0.1})
    with pytest.raises(sq.ScenarioError, match="changed on day 3"):
        sq.why(changed, 0)


def test_people_of_note(world, played):
    found = people_of_note(world).set_index("role")
    members = played.own_members
    assert found["value"]["wrote most"] == members["posts"].max()
    assert members["orders"][found["member"]["bought most"]] == members["orders"].max()
    first = played.messages.query("author >= 0").sort_values("time").iloc[0]
    assert found["member"]["wrote first"] == first["author"]
    left = members["status"] == LEFT
    assert found["value"]["left first"] == pytest.approx(members["left_at"][left].min())
    assert len(found) <= 10


@pytest.mark.parametrize("member", [-1, 60, True, 2.5, "7"])
def test_a_number_that_nobody_has_is_refused(world, member):
    with pytest.raises(sq.ScenarioError, match="member: "):
        sq.why(world, member)


def test_the_command_refuses(refused):
    assert "allowed: 0 to 59, as in members.csv" in refused("why", "tiny.toml", "--member", 60)
    assert "--member" in refused("why", "tiny.toml", "--out", "mine")
    assert "no manifest" in refused("why", ".", "--member", 1)
    assert "no such scenario" in refused("why", "nowhere", "--member", 1)
    assert "run.days" in refused("why", "tiny.toml", "--member", 1, "--days", -1)


def test_the_command_lists_people_and_writes_a_life(here, capsys):
    assert main(["why", "tiny.toml"]) == 0
    assert "shequn why tiny.toml --member" in " ".join(capsys.readouterr().out.split())
    assert main(["why", "tiny.toml", "--member", "0", "--days", "2", "--out", "mine"]) == 0
    assert capsys.readouterr().out.startswith("Member 0 (")
    files = {"manifest.json", "story.txt", "events.csv", "causes.csv", "daily.csv", "life.png"}
    assert {path.name for path in Path("mine").iterdir()} == files
    assert main(["why", "mine", "--member", "0"]) == 2
    assert "holds the results of shequn why" in capsys.readouterr().err
