"""Staying on, notifications and conversation in worlds; verb by verb they are tested elsewhere.

Shares and means over n draws are within three standard errors of what is declared; the standard
error follows from n. The seeds are fixed: no test is a matter of luck from one run to the next.
"""

import math

import pytest

import shequn as sq
from shequn.agents.verbs.read import MINUTE
from tests.levers.steady import STEADY, TIERS


@pytest.mark.parametrize("engine", ["compiled", "agents"])
def test_posts_alert_everyone_once_for_each_silence(tmp_path, engine):
    """Nobody comes by themselves. Three posts a few minutes apart, one later: two silences broken.

    All six members are called at 9:00 and at 12:00, the author being the operator; the pauses are
    shorter than the six minutes to the next post, so a look at 9:00 finds one message.
    """
    plan = tmp_path / "plan.csv"
    plan.write_text("day,hour,kind\n1,9,content\n1,9.1,content\n1,9.2,content\n1,12,content\n")
    values = {
        "market.people": 6, "group.seed_members": 6, "group.alert": 1.0, "rhythm.pause": 0.1,
        "policy.name": "schedule", "policy.file": str(plan),
        **{f"tiers.{tier}.session_rate": 0.0 for tier in TIERS},
    }  # fmt: skip
    settings = sq.Scenario.load("blank").with_values(values)
    world = sq.Community(settings, seed=1, engine=engine)
    for _ in range(3):
        world.step()
    for name in ("alerts", "sessions"):
        assert world.journal.total(name).tolist() == [0.0, 12.0, 0.0]
    assert world.journal.total("looks").sum() == 0.0
    assert world.journal.total("read").tolist() == [0.0, 24.0, 0.0]
    assert (world.own_members["looks"] == 0).all()


# Everything that is new at once, in a world in which all of it is felt.
TALKATIVE = {
    **STEADY,
    **{f"tiers.{tier}.talk": 0.1 for tier in TIERS},
    **{f"tiers.{tier}.need_rate": 0.05 for tier in TIERS},
    "rhythm.linger": 0.6, "rhythm.pause": 4.0, "rhythm.lively": 30.0, "group.alert": 0.5,
    "speak.conversation": 0.9, "speak.follow_up": 0.2, "speak.sharing": 2.0,
    "speak.reserve": 0.005, "speak.call": 1.0,
}  # fmt: skip


@pytest.mark.jit
class TestInAGroup:
    """Two channels in one market, between which nobody moves."""

    VALUES = {
        **TALKATIVE, "market.people": 80, "group.alert": 0.0, "group.capacity": 30,
        "group.seed_members": 20, "group.seed_fill": 0.0, "invite.rate": 0.0,
        "discovery.rate": 0.0, "channels.1.group.capacity": 30, "channels.2.group.capacity": 30,
    }  # fmt: skip

    def play(self, days: int = 15, **changes: float) -> sq.Community:
        values = {**self.VALUES, **{k.replace("__", "."): v for k, v in changes.items()}}
        settings = sq.Scenario.load("wechat-group").with_values(values)
        world = sq.Community(settings, seed=5, keep_messages=True)
        for _ in range(days):
            world.step()
        return world

    def test_alerts_in_one_group_change_nothing_in_the_other(self):
        plain, alert = self.play(), self.play(channels__2__group__alert=1.0)
        for name in ("messages", "groups"):
            one, other = getattr(plain.tables, name), getattr(alert.tables, name)
            for field in one.dtype.names:
                assert one[field][0].tobytes() == other[field][0].tobytes(), (name, field)
            assert any(one[f][1].tobytes() != other[f][1].tobytes() for f in one.dtype.names)
        one, other = plain.own_members, alert.own_members
        first = one["group"] == 0
        assert 10 < first.sum() < 40
        for field in one.dtype.names:
            assert one[field][first].tobytes() == other[field][first].tobytes(), field
        looks = [world.journal.by_group("looks").sum(axis=0) for world in (plain, alert)]
        assert looks[0][0] == looks[1][0] > 0
        assert looks[1][1] > looks[0][1]

    def test_nobody_answers_themselves_and_everyone_addressed_is_a_member(self):
        log = self.play().messages
        mine = log[log["author"] >= 0]
        assert (mine["to"] != mine["author"]).all()
        answers = mine[mine["to"] >= 0]
        assert (answers["kind"] == "reply").all()
        assert len(answers) > 50

    def test_looks_are_counted_anew_each_day(self):
        """And apart from sessions, of which there are as many as without staying on: habit is 1."""
        steady = {f"feel__habit_{name}": 0.0 for name in ("gain", "loss", "empty")}
        steady |= {"feel__habit_start": 1.0, "feel__habit_half_life": 1e9}
        steady |= {
            "stay__scale": 0.0,
            "stay__mute_rate": 0.0,
            "stay__mute_irritation": 0.0,
            "feel__answered": 0.0,
        }
        steady |= {f"tiers__{tier}__exit_rate": 0.0 for tier in TIERS}
        alone, together = (self.play(**steady, rhythm__linger=x) for x in (0.0, 0.6))
        assert (together.own_members["looks"] == 0).all()
        sessions = [world.journal.total("sessions").tolist() for world in (alone, together)]
        assert sessions[0] == sessions[1]
        assert together.journal.total("looks").sum() > 20

    def test_talk_comes_in_bursts(self):
        """With staying on, more of the gaps between messages are shorter than ten minutes.

        The shares differ by more than three standard errors of their difference; messages of one
        session have no gap.
        """
        quiet = {f"tiers__{tier}__talk": 0.02 for tier in TIERS}
        shares, errors = [], []
        for linger in (0.0, 0.95):
            world = self.play(80, **quiet, rhythm__linger=linger)
            assert (world.journal.total("looks").sum() > 0.0) == (linger > 0.0)
            log = world.messages
            gaps = log[log["author"] >= 0].groupby("group")["time"].diff().dropna()
            short = gaps[gaps > 0.0] < 10.0 * MINUTE
            shares.append(short.mean())
            errors.append(short.var() / len(short))
        assert shares[1] - shares[0] > 3.0 * math.sqrt(sum(errors))
