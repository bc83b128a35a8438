"""What settings need: each rule is true, bit for bit, and is said where it should be.

With the gate at its off-value, moving what needs it changes nothing of a run; with the gate on, it
does. So a rule that is wrong in either direction fails.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

import shequn as sq
from shequn.commands import main
from shequn.model.needs import NEEDS, Need, remarks
from shequn.model.parameters import declared
from shequn.model.parameters.levers import ELEMENTS
from shequn.model.scenario import named_scenarios
from tests.levers.test_off_switches import (
    CALLS,
    EVENTS,
    LINGER,
    RELUCTANT,
    RIVALS,
    TALK,
    differences,
    play,
)

NEWS = {"incident.day": 5.0, "incident.severity": 0.9}
EQUAL = {"tiers.high.share": 0.3, "tiers.middle.share": 0.3, "tiers.base.share": 0.4}
NO_PROMOS_A_DAY = {"policy.promos_per_day": 0.0}
# Everything at once: a gate that a rule forgets is open here.
RICH: dict[str, Any] = {
    **NEWS, **LINGER, "incident.rate": 0.1, "incident.from_complaint": 0.5,
    "incident.response": "compensation", "desk.staff": 2.0, "desk.follow_up": 0.5,
    "coupon.value": 10.0, "invite.reward": 20.0, "invite.gift": 5.0, "discovery.prize_pull": 0.01,
    "discovery.ad_budget": 20.0, "targeting.audience": 0.5, "policy.appeal": "face",
    "policy.evidence_per_day": 2.0, "control.intensity": 0.3, "onboarding.ties": 3.0,
    "event.every": 7, "event.pull": 2.0, "group.alert": 0.3, "group.placement": "home",
    "speak.conversation": 0.5, "speak.follow_up": 0.5, "speak.order_share": 0.5,
    "speak.recognition_gain": 0.1, "forward.rate": 0.5, "forward.reward": 10.0,
    "forward.contacts": 2, "listening.product_gain": 0.02, "market.rivals": 1,
    "buy.reminder": 3.0, "buy.herd": 2.0, "feel.regularity": 2.0, "read.depth": 1.0,
    "group.glance": 0.5, "group.mention": 0.5, "group.call": 0.5, "group.found": 0.05,
    "policy.calls_per_week": 2.0, "event.call": 0.5, "incident.call": 0.5, "speak.arrival": 0.5,
    "speak.recovery": 0.2, "speak.saturation": 2.0, "speak.effort": 0.5, "rhythm.minutes": 20.0,
    "rhythm.need": 0.1, "stay.silent": 0.01, "stay.mute_silent": 0.01, **RELUCTANT,
    "group.selective": 0.2, "stay.attitude": 1.0,
}  # fmt: skip
# What else has to be there for a setting to be felt at all: in all arms.
CONTEXT: dict[str, dict[str, Any]] = {
    "policy.imitation": {**RIVALS},
    "product.focus": {"product.topic": 0.3},
    "group.mixing": {"group.assignment": "topic"},
    "stay.rivals": {"market.rivals": 1, "stay.scale": 0.01},
    "speak.follow_up": {**LINGER, **TALK},
    "speak.sharing": {**LINGER, **TALK},
    "speak.reserve": {**LINGER, **TALK},
    "speak.effort": {**LINGER, "rhythm.minutes": 3.0},
    "spread.half_lives_alike": {"feel.willingness_half_life": 5.0},
    "feel.willingness_reading": RELUCTANT,
    **dict.fromkeys(
        ("group.call_muted", "group.call_half_life", "feel.irritation_call"),
        {"policy.calls_per_week": 3.5},
    ),
    "incident.call": {**NEWS, **CALLS},
    "event.call": {**EVENTS, **CALLS},
    "speak.prompt": {"policy.name": "question-and-answer"},
    "event.pull": EVENTS,
    "event.notice": {**EVENTS, "event.pull": 9.0},
    "event.places": EVENTS,
    "policy.promo_share": NO_PROMOS_A_DAY,
    "policy.asks_per_day": {"policy.name": "question-and-answer"},
    "forward.friction": {"forward.rate": 1.0},
    "incident.delay": {**NEWS, "incident.response": "apology"},
    "forward.bad_news": NEWS,
    **dict.fromkeys(
        ("desk.time_share", "feel.answer_patience", "feel.crowding"), {"desk.staff": 2.0}
    ),
    **{path: NEWS for path in declared() if path.startswith("incident.") and "_" in path},
}
# Values that are felt in 25 days, where three times the default, half of it or an end is not.
MOVED: dict[str, Any] = {
    "policy.prize_start": 9.0, "policy.prize_stop": 9.0, "coupon.start": 9.0, "coupon.stop": 9.0,
    "invite.reward_start": 9.0, "invite.reward_stop": 9.0, "event.notice": 90,
    "event.places": 2.0, "event.turnout": 1.0, "policy.imitation": 5, "invite.trust": 1.0,
    "invite.accept": 1.0, "invite.clicks": 20, "incident.everywhere": False,
    "policy.loads": (3.0,) * 12, "policy.file": "posts.csv", "policy.class_name": "Mine",
    "market.neighbourhood": 10, "policy.promos_per_day": 4.0, "policy.first_hour": 12.0,
    "speak.most_posts": 1, "listening.product_ceiling": 0.85, "desk.first_hour": 15.0,
    "desk.patience": 0.1, "read.prize_weight": 50.0, "group.past_orders": 3000.0,
    "market.match_width": 3, "correlation.match_talk": 0.5, "correlation.match_need": 0.5,
    "feel.willingness_reading": 0.5, "speak.addressed": 0.3, "speak.effort": 9.0,
}  # fmt: skip
# What stands in the tables and shows in nothing: the operator's estimate of who buys, which is
# drawn up where it is asked for; a call that reaches nobody; what someone has to say who may not,
# and who has thought of an answer that cannot be given.
# The match of a product, what was said of it, and the orders that a group shows, which may move
# nobody.
UNSEEN = {
    "members": {"segment", "talk_clock", "match", "word"},
    "messages": {"audience", "call", "considered"},
    "groups": {"visible_orders"},
}
# Rules whose other side takes a file: see below.
OF_FILES = ("policy.file", "policy.class_name")


def world(values: dict[str, Any]) -> dict[str, Any]:
    """One value of each gate, with shares of tiers that add up."""
    chosen = {k: v[0] if isinstance(v, tuple) else v for k, v in values.items()}
    for path in ("tiers.high.share", "tiers.middle.share", "tiers.base.share"):
        if path in chosen:
            rest = [other for other in EQUAL if other != path]
            return {**chosen, **dict.fromkeys(rest, (1.0 - chosen[path]) / 2.0)}
    return chosen


def moved(path: str) -> Any:
    """Another value than the default."""
    about = declared()[path]
    if path in MOVED:
        return MOVED[path]
    if about.kind is bool:
        return not about.default
    if about.choices:
        return next(word for word in reversed(about.choices) if word not in (about.default, "file"))
    if about.kind is tuple:
        return tuple(min(about.high, 0.2 + k % 3) for k in range(about.length))
    high = about.high if about.high <= 1.0 else min(about.high, 3.0 * about.default + 1.0)
    value = high if high != about.default and math.isfinite(high) else max(about.low, 0.1)
    return int(value) if about.kind is int else value


def without_unseen(found: dict[str, Any]) -> dict[str, set[str]]:
    """What differs, but for the columns of `UNSEEN`."""
    left = {name: set(columns) - UNSEEN.get(name, set()) for name, columns in found.items()}
    return {name: columns for name, columns in left.items() if columns}


CASES = [
    pytest.param(need, path, id=f"{path} {' '.join(need.off)}")
    for need in NEEDS
    for path in need.settings
]


@pytest.mark.jit
@pytest.mark.parametrize(("need", "path"), CASES)
def test_a_setting_does_nothing_alone_and_something_with_what_it_needs(need: Need, path: str):
    context = CONTEXT.get(path, {})
    changed = {path: moved(path)}
    off = {**context, **world(dict(need.off))}
    assert without_unseen(differences(play(off), play({**off, **changed}))) == {}
    if path in OF_FILES:
        return
    on = {**off, **world(dict(need.on))}
    assert differences(play(on), play({**on, **changed})) != {}


@pytest.mark.jit
@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.settings[0])
def test_no_gate_is_forgotten(need: Need):
    """All settings of a rule moved at once where all that it does not name is on."""
    off = {**RICH, **world(dict(need.off))}
    if off.get("policy.name") == "none" or "group.peers_post" in off:
        # What cannot be where nobody may post.
        off |= {"control.intensity": 0.0, "incident.from_complaint": 0.0}
    changed = {path: moved(path) for path in need.settings}
    if "policy.promo_share" in changed:  # either it or promotions a day
        changed.pop("policy.promos_per_day", None)
        off["policy.promos_per_day"] = 0.0
    assert without_unseen(differences(play(off), play({**off, **changed}))) == {}


@pytest.mark.jit
@pytest.mark.parametrize("need", NEEDS, ids=lambda need: need.settings[0])
def test_every_value_of_a_gate_switches_off(need: Need):
    """Other values than the first of those that are named, all settings moved at once."""
    for gate, values in need.off.items():
        for value in values[1:] if isinstance(values, tuple) else ():
            off = {**world(dict(need.off)), gate: value}
            if value == "schedule":  # takes a file: see below
                continue
            changed = {path: moved(path) for path in need.settings if path not in OF_FILES}
            if {"policy.promo_share", "policy.promos_per_day"} <= set(changed):
                del changed["policy.promo_share"]
            found = without_unseen(differences(play(off), play({**off, **changed})))
            assert found == {}, value


def test_a_gate_is_no_setting_of_its_own_rule():
    for need in NEEDS:
        assert not set(need.settings) & {*need.off, *need.on}
        assert {*need.settings, *need.off, *need.on} <= set(declared())


@pytest.mark.jit
def test_a_schedule_is_read_from_its_file_and_from_nothing_else(tmp_path):
    (tmp_path / "posts.csv").write_text("day,hour,kind,every\n0,9,content,1\n", encoding="utf-8")
    (tmp_path / "more.csv").write_text("day,hour,kind,every\n0,9,promo,1\n", encoding="utf-8")
    text = 'extends = "wechat-group"\n[policy]\nname = "schedule"\nfile = "{}"\n{}\n'
    summaries = []
    for file, more in (("posts", ""), ("more", ""), ("posts", "content_per_day = 9.0")):
        path = tmp_path / f"{len(summaries)}.toml"
        path.write_text(text.format(f"{file}.csv", more), encoding="utf-8")
        summaries.append(sq.run(path, days=10).summary)
    assert summaries[0]["promo_share_sent"] == 0.0 < summaries[1]["promo_share_sent"]
    assert repr(summaries[0]) == repr(summaries[2])
    idle = 'policy.content_per_day, policy.promo_share: do nothing while policy.name is "schedule"'
    assert idle in remarks(sq.Scenario.load(path))[0]


@pytest.mark.jit
def test_prizes_bring_nobody_in_without_a_pull():
    """What the note on prize campaigns says."""
    for pull, comes in ((0.0, False), (0.1, True)):
        joined = play({"discovery.prize_pull": pull}).journal.total("joins_prize").sum()
        assert (joined > 0) == comes


@pytest.mark.parametrize(
    ("seed_members", "seed_fill", "expected"),
    [(50, 0.5, "group.seed_members: does nothing"), (150, 0.5, "group.seed_fill: does nothing"),
     (150, 0.0, ""), (1, 0.5, ""), (30, 0.5, "")],
)  # fmt: skip
def test_the_larger_number_of_first_members_holds(seed_members, seed_fill, expected):
    values = {"group.seed_members": seed_members, "group.seed_fill": seed_fill}
    values |= {"group.capacity": 200, "past.days": 0}
    scenario = sq.Scenario.load("wechat-group").with_values(values)
    found = " ".join(remarks(scenario))
    assert (expected in found) if expected else found == ""
    first = sq.Community(scenario).own_members["joins"].sum()
    assert first == max(seed_members, int(seed_fill * 200))


@pytest.mark.parametrize("name", named_scenarios())
def test_no_named_scenario_has_a_setting_that_does_nothing(name):
    assert remarks(sq.Scenario.load(name)) == []


def of(text: str, tmp_path) -> list[str]:
    path = tmp_path / "mine.toml"
    path.write_text(f'extends = "wechat-group"\n{text}', encoding="utf-8")
    return remarks(sq.Scenario.load(path))


class TestWhatIsSaid:
    def test_setting_gate_and_cure(self, tmp_path):
        assert of("[coupon]\nstart = 3.0\nstop = 9.0\n", tmp_path) == [
            "coupon.start, coupon.stop: do nothing while coupon.value is 0; they act with "
            "coupon.value = 10, for example"
        ]
        assert of('[policy]\nname = "prize-campaign"\n', tmp_path)[0].startswith(
            'policy.name = "prize-campaign": its prizes bring nobody in while'
        )
        assert '"bought"' in of('[group]\nseeding = "loyal"\n', tmp_path)[0]

    def test_each_setting_once(self, tmp_path):
        found = of("[incident]\ndelay = 48.0\n", tmp_path)
        assert len(found) == 1
        assert "incident.rate is 0 and incident.day is -1" in found[0]

    def test_not_what_acts_in_an_alternative_a_channel_a_rival_or_a_sweep(self, tmp_path):
        idle = "[coupon]\nstart = 3.0\n"
        assert of(idle, tmp_path)
        assert of(f'{idle}[alternatives."cheap"]\ncoupon.value = 5.0\n', tmp_path) == []
        assert of(f'{idle}[[rivals]]\nname = "B"\ncoupon.value = 5.0\n', tmp_path) == []
        assert of(f'{idle}[sweep.vary]\n"coupon.value" = [0.0, 5.0]\n', tmp_path) == []

    def test_not_what_a_platform_brings(self, tmp_path):
        assert of('platform = "qq"\n', tmp_path) == []

    def test_an_element_that_is_switched_off(self, tmp_path):
        found = of("[elements]\nguide = false\n[desk]\nstaff = 2.0\n", tmp_path)
        assert found[0].startswith("desk.staff: does nothing while elements.guide is false")
        assert set(ELEMENTS["guide"]) == {"desk.staff"}

    def test_by_the_commands(self, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        given = ["wechat-group", "--set", "coupon.start=3"]
        assert main(["check", *given]) == 0
        checked = capsys.readouterr().out
        assert main(["run", *given, "--days", "0"]) == 0
        ran = capsys.readouterr().out
        for text in (checked, ran):
            assert text.count("coupon.start: does nothing while coupon.value is 0") == 1
