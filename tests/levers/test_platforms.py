"""Platforms and what their rows are made of: presets, channels, forwarding, feeds, placement.

Every comparison is paired: both arms have the same seeds. Where one says "t > 4", the mean of the
12 paired differences is more than four of its standard errors above 0; by chance that happens with
probability 0.001 (Student's t, 11 degrees of freedom). Binomial numbers are met within five of
their standard deviations: false alarm below 1e-6.
"""

import numpy as np
import pytest

import shequn as sq
from shequn.agents import verbs
from shequn.agents.tables import CONTENT, MEMBER, OPERATOR_AUTHOR, blank_pages
from shequn.agents.verbs.speak import pass_on
from shequn.model.parameters import declared
from shequn.model.platforms import MEANINGS, PLATFORMS
from tests.levers.steady import STEADY
from tests.paired import assert_same, community, t, tiers

SEEDS = range(1, 13)


def total(world, name: str) -> float:
    return float(world.journal.total(name).sum())


def binomial(found: float, n: float, chance: float) -> bool:
    """Whether a number is within five SD of what is expected."""
    return n > 100 and abs(found - n * chance) <= 5.0 * np.sqrt(n * chance * (1.0 - chance))


# The feeds of some platforms are short: members must not write more than they hold.
BLANK = sq.Scenario.load("blank").with_values({"speak.most_posts": 12})


class TestPresets:
    @pytest.mark.parametrize("name", PLATFORMS)
    def test_a_preset_sets_its_row_and_nothing_else(self, name):
        base = BLANK
        chosen = base.with_values({"platform": name})
        assert chosen.platform == name
        for path in declared():
            expected = PLATFORMS[name].get(path, base.value(path))
            assert chosen.value(path) == expected, path
        assert chosen.parameters != base.parameters

    def test_every_platform_has_a_meaning_and_differs_from_the_others(self):
        assert MEANINGS.keys() == PLATFORMS.keys()
        rows = [tuple(row.values()) for row in PLATFORMS.values()]
        assert len(set(rows)) == len(rows) == 6

    def test_what_is_said_besides_wins_over_the_row(self):
        values = {"group.capacity": 77, "platform": "qq", "forward.steps": 9}
        for ordered in (values, dict(reversed(values.items()))):
            chosen = BLANK.with_values(ordered)
            assert chosen.value("group.capacity") == 77
            assert chosen.value("forward.steps") == 9
            assert chosen.value("group.message_life") == 30.0

    def test_in_a_file_too_wherever_it_stands(self, scenario_file):
        path = scenario_file(
            'extends = "blank"\nplatform = "qq"\n[group]\ncapacity = 77\n[forward]\nsteps = 9\n'
        )
        chosen = sq.Scenario.load(path)
        assert chosen.platform == "qq"
        assert (chosen.value("group.capacity"), chosen.value("forward.steps")) == (77, 9)
        assert chosen.value("invite.clicks") == 2

    def test_a_platform_wins_over_what_the_file_is_made_from(self, scenario_file):
        scenario_file('extends = "blank"\n[group]\ncapacity = 77\n', "base.toml")
        path = scenario_file('extends = "base.toml"\nplatform = "qq"\n')
        assert sq.Scenario.load(path).value("group.capacity") == 2000

    def test_an_extending_file_keeps_the_platform(self, scenario_file):
        text = 'extends = "blank"\nplatform = "weibo"\nspeak.most_posts = 12\n'
        scenario_file(text, "base.toml")
        chosen = sq.Scenario.load(scenario_file('extends = "base.toml"\n[invite]\nclicks = 5\n'))
        assert chosen.platform == "weibo"
        assert not chosen.value("group.peers_post")
        assert chosen.value("invite.clicks") == 5

    def test_one_after_another_the_last_one_holds(self):
        chosen = BLANK.with_values({"platform": "weibo"})
        assert chosen.with_values({"platform": "tieba"}).value("group.peers_post")
        assert chosen.with_values({"product.price": 5.0}).platform == "weibo"

    def test_it_can_be_varied_like_a_parameter(self):
        capacities = {
            name: BLANK.with_values({"platform": name}).value("group.capacity")
            for name in PLATFORMS
        }
        assert capacities["wechat"] == 500
        assert capacities["qq"] == 2000
        assert len(set(capacities.values())) >= 4


# A town of 300 of whom 80 start, who talk, pass on, invite, buy, and leave.
TOWN = {
    **STEADY, "market.people": 300, "group.seed_fill": 0.0, "group.seed_members": 80,
    "policy.promo_share": 0.0, "policy.promos_per_day": 1.0, "discovery.rate": 0.003,
    "forward.rate": 0.02, "invite.rate": 0.05, "stay.scale": 0.01,
    **tiers(talk=0.1, need_rate=0.05, exit_rate=0.01),
}  # fmt: skip
# What a platform decides is left to it.
TOWN = {path: value for path, value in TOWN.items() if path not in PLATFORMS["live"]}


@pytest.mark.jit
class TestRanking:
    def test_no_platform_is_best_for_everything(self):
        """A live stream holds more members than a microblog, which spares its readers what they
        miss: no talk buries what they came for. It could come out otherwise: a lively group is
        visited ten times as often, and who comes often misses less."""
        live, weibo = (
            [community({**TOWN, "platform": name}, seed, 40) for seed in SEEDS]
            for name in ("live", "weibo")
        )

        def ahead(measure) -> float:
            """Live over Weibo, in standard errors."""
            return t(np.array([measure(a) - measure(b) for a, b in zip(live, weibo, strict=True)]))

        assert ahead(lambda world: world.summary["members"]) > 4.0
        assert ahead(lambda world: total(world, "sessions")) > 4.0
        assert ahead(lambda world: float(world.own_members["overload"].mean())) > 4.0

    def test_where_the_row_is_the_same_the_platform_is(self):
        """Ablation: a microblog with every number of a live stream is one, bit for bit."""
        one = community({**TOWN, "platform": "live"}, 2, 10)
        assert_same(one, community({**TOWN, "platform": "weibo", **PLATFORMS["live"]}, 2, 10))


CHANNELS = """\
extends = "blank"

[market]
people = 120

[tiers.base]
talk = 0.5

[speak]
most_posts = 12

[policy]
name = "cadence"
content_per_day = 1

[[channels]]
name = "chat"
platform = "wechat"
group.count = 2
group.seed_members = 30

[[channels]]
name = "voice"
platform = "weibo"
group.seed_members = 50
group.message_life = 1.5
"""


class TestChannels:
    def test_each_has_its_row_and_its_own_values(self, scenario_file):
        scenario = sq.Scenario.load(scenario_file(CHANNELS))
        chat, voice = scenario.operators[0]
        assert (chat.group.capacity, voice.group.capacity) == (500, 1_000_000)
        assert (chat.group.peers_post, voice.group.peers_post) == (True, False)
        assert (chat.group.message_life, voice.group.message_life) == (7.0, 1.5)
        assert (chat.forward.blocked, voice.forward.blocked) == (0.8, 0.3)
        assert chat.policy == voice.policy

    def test_groups_of_each_channel_are_laid_out_in_turn(self, scenario_file):
        world = sq.Community(scenario_file(CHANNELS), seed=1)
        groups = world.tables.groups
        assert list(groups["rules"]) == [0, 0, 1]
        assert list(groups["capacity"]) == [500, 500, 1_000_000]
        assert list(groups["n_members"]) == [30, 30, 50]
        assert world.tables.members["group"].max() == 2

    def test_members_may_post_where_the_channel_lets_them(self, scenario_file):
        world = sq.Community(scenario_file(CHANNELS), seed=1, keep_messages=True)
        for _ in range(5):
            world.step()
        log = world.message_log
        assert log is not None
        by_group = [(log["author"][log["group"] == g] >= 0).sum() for g in range(3)]
        assert min(by_group[:2]) > 10
        assert by_group[2] == 0
        assert (log["group"][log["author"] == OPERATOR_AUTHOR] == 2).sum() == 5

    def test_values_by_path_reach_one_channel(self, scenario_file):
        scenario = sq.Scenario.load(scenario_file(CHANNELS))
        changed = scenario.with_values({"channels.2.group.capacity": 60, "group.selective": 0.3})
        chat, voice = changed.operators[0]
        assert (chat.group.capacity, voice.group.capacity) == (500, 60)
        assert (chat.group.selective, voice.group.selective) == (0.0, 0.0)  # the rows say 0
        assert changed.operators[0][1].group.message_life == 1.5

    def test_one_channel_without_values_is_the_operator(self, scenario_file):
        values = {"market.people": 60, "group.seed_members": 30, "tiers.base.talk": 0.3}
        path = scenario_file('extends = "blank"\n[[channels]]\nname = "only"\n')
        one = sq.Community(sq.Scenario.load(path).with_values(values), seed=1)
        other = sq.Community(sq.Scenario.load("blank").with_values(values), seed=1)
        for _ in range(5):
            one.step()
            other.step()
        assert_same(one, other)


class TestPassingOn:
    """The verb, in a room."""

    def passed(self, world, **visit: float):
        for name, value in visit.items():
            world.visit[name] = value
        pass_on(world.members[0], 0, world.feed, world.group, world.visit, world.p)
        return world.members[0]

    def test_the_hazard_is_worked_out_on_paper(self, room):
        """rate x best utility + from_reward x reward x prize taste = 0.5 x 0.4 + 0.1 x 20 x 0.3."""
        world = room({"forward.rate": 0.5, "forward.reward": 20.0, "forward.from_reward": 0.1})
        world.members[0]["prize_taste"], world.members[0]["forward_clock"] = 0.3, 5.0
        member = self.passed(world, best_message=1, best=0.4)
        assert member["forward_clock"] == pytest.approx(5.0 - 0.2 - 0.6, rel=1e-6)
        assert member["forward"] == 0

    @pytest.mark.parametrize("visit", [{"best_message": 0}, {"best_message": 3, "best": -0.5}])
    def test_nothing_good_is_not_passed_on(self, room, visit):
        world = room({"forward.rate": 9.0})
        world.members[0]["forward_clock"] = 0.5
        assert self.passed(world, **visit)["forward"] == 0

    def test_when_the_clock_runs_out_the_best_message_goes(self, room):
        world = room({"forward.rate": 1.0})
        world.members[0]["forward_clock"] = 0.5
        member = self.passed(world, best_message=7, best=0.8)
        assert (member["forward"], member["forwards"], world.visit["forwards"]) == (7, 1, 1)
        assert member["forward_clock"] >= 0.0


# Four groups of 50; content once a day at midnight, so that nobody forwards twice a day.
PASSING = {
    "market.people": 2000, "group.count": 4, "group.seed_members": 50, "group.capacity": 50,
    "policy.name": "cadence", "policy.content_per_day": 1.0, "policy.first_hour": 0.0,
    "policy.last_hour": 0.0, "policy.content_quality": 1.0, "forward.rate": 0.3,
    "forward.groups": 2, "forward.friction": 0.3, "forward.steps": 2,
}  # fmt: skip


@pytest.mark.jit
class TestForwarding:
    @pytest.mark.parametrize(
        ("friction", "steps", "groups"), [(0.3, 2, 2), (0.2, 1, 1), (0.5, 3, 3), (0.0, 5, 1)]
    )
    def test_of_the_copies_a_power_of_the_friction_arrives(self, friction, steps, groups):
        lever = {
            "forward.friction": friction, "forward.steps": steps, "forward.groups": groups,
        }  # fmt: skip
        world = community({**PASSING, **lever}, 3, 20, "blank")
        copies = total(world, "forwards") * groups
        arrived = total(world, "forwards_arrived")
        assert binomial(arrived, copies, (1.0 - friction) ** steps)
        written = world.tables.groups["newest"].sum() - 4 * 20
        assert written == arrived

    def test_a_copy_comes_to_another_group_evenly(self):
        """What arrives in each of four groups: a quarter in all, if nobody is favoured."""
        world = community({**PASSING, "forward.friction": 0.0}, 4, 20, "blank")
        arrived = world.tables.groups["newest"].astype(float) - 20.0
        assert all(binomial(number, arrived.sum(), 0.25) for number in arrived)

    def test_not_to_where_it_came_from(self):
        """Content in the first group only: what it has besides comes from what others repeat."""
        world = sq.Community(sq.Scenario.load("blank").with_values(PASSING), seed=1)
        world.step()
        authors = world.tables.messages["author"]
        homes = world.tables.members["group"]
        for group in range(4):
            there = authors[group][authors[group] > 0]
            assert (homes[there] != group).all()
        assert (authors > 0).sum() > 5

    def test_in_a_single_group_there_is_nowhere_to_go(self):
        world = community({**PASSING, "group.count": 1}, 1, 10, "blank")
        assert total(world, "forwards") > 50.0
        assert total(world, "forwards_arrived") == 0.0

    def test_the_platform_blocks_a_share_of_what_is_paid_for(self):
        lever = {"forward.reward": 5.0, "forward.blocked": 0.4, "forward.friction": 0.0}
        world = community({**PASSING, **lever, "forward.groups": 1}, 3, 20, "blank")
        forwards, blocked = total(world, "forwards"), total(world, "forwards_blocked")
        assert binomial(blocked, forwards, 0.4)
        assert total(world, "forwards_arrived") == forwards - blocked
        paid = world.journal.operator_column("reward_cost").sum()
        assert paid == 5.0 * (forwards - blocked)

    def test_and_nothing_that_is_not(self):
        world = community({**PASSING, "forward.blocked": 1.0}, 3, 10, "blank")
        assert total(world, "forwards") > 50.0
        assert total(world, "forwards_blocked") == 0.0

    @pytest.mark.parametrize("reward", [0.0, 5.0])
    def test_friends_outside_are_invited_by_what_is_not_blocked(self, reward):
        lever = {"forward.contacts": 3, "forward.reward": reward, "forward.blocked": 0.5}
        world = community({**PASSING, **lever}, 3, 10, "blank")
        sent = total(world, "forwards") - total(world, "forwards_blocked")
        assert len(world.invitation_log) == 3 * sent
        assert sent > 50

    def test_a_reward_makes_who_likes_prizes_pass_on_more(self):
        """Paired; a taste for prizes of 0 is the off-switch."""
        for taste, expected in ((0.1, True), (0.0, False)):
            arms = [
                [
                    total(community({**PASSING, "tiers.base.prize_taste": taste,
                                     "forward.reward": reward}, seed, 10, "blank"), "forwards")
                    for seed in range(1, 7)
                ]
                for reward in (0.0, 20.0)
            ]  # fmt: skip
            assert (t(np.array(arms[1]) - np.array(arms[0])) > 4.0) is expected

    def test_nothing_is_passed_on_to_a_rivals_groups(self):
        values = {
            **PASSING, "market.rivals": 1, "market.people": 300, "rivals.1.policy.name": "none",
            "rivals.1.forward.rate": 0.0, "rivals.1.group.count": 3,
        }  # fmt: skip
        world = community(values, 1, 10, "blank")
        own = world.tables.groups["operator"] == 0
        assert total(world, "forwards_arrived") > 50.0
        assert world.tables.groups["newest"][own].min() > 10
        assert world.tables.groups["newest"][~own].sum() == 0

    def test_off_it_is_as_if_there_were_none(self):
        values = {**PASSING, "forward.rate": 0.0}
        other = {**values, "forward.groups": 3, "forward.contacts": 9, "forward.steps": 0}
        assert_same(*(community(v, 1, 10, "blank") for v in (values, other)))


class TestFeeds:
    """How a platform shows messages, in a room."""

    def read(self, world, time: float):
        world.visit["time"] = time
        verbs.read(
            world.members[0], 0, world.feed, world.group, world.visit, blank_pages(), world.p
        )
        return world.visit

    @pytest.mark.parametrize(("life", "seen"), [(np.inf, 4), (2.5, 3), (1.5, 2), (0.2, 0)])
    def test_what_is_too_old_is_not_read_any_more(self, room, life, seen):
        world = room({"group.message_life": life})
        for day in range(4):
            world.post(author=1, quality=1.0, time=float(day))
        visit = self.read(world, 3.5)
        assert visit["read"] == seen
        assert world.members[0]["read_upto"] == 4

    @pytest.mark.parametrize(("least", "seen"), [(0.0, 3), (0.1, 3), (0.4, 2), (0.9, 1)])
    def test_what_matters_too_little_is_skipped_by_its_title(self, room, least, seen):
        """Relevance 1, 1/2 and 1/5 at distances 0, 1/4 and 1/2."""
        world = room({"group.selective": least, "read.topic_breadth": 0.25})
        for topic in (0.0, 0.25, 0.5):
            world.post(author=1, quality=1.0, topic=topic)
        visit = self.read(world, 1.0)
        assert visit["read"] == seen

    def test_what_is_skipped_takes_no_room(self, room):
        world = room({"group.selective": 0.4, "read.topic_breadth": 0.25})
        world.members[0]["capacity"] = 1
        world.post(author=1, quality=1.0, topic=0.0)
        world.post(author=1, quality=1.0, topic=0.5)
        assert self.read(world, 1.0)["utility"] == 1.0


# One lively closed group.
LIVELY = {
    **STEADY, "market.people": 200, "group.capacity": 200, "group.seed_fill": 0.0,
    "group.seed_members": 100, "discovery.rate": 0.0, **tiers(talk=0.1),
}  # fmt: skip


@pytest.mark.jit
class TestFeedsInWorlds:
    @staticmethod
    def rise(lever: dict, measure, base: dict | None = None) -> float:
        room = {**LIVELY, **(base or {})}
        arms = [
            np.array([measure(community({**room, **values}, seed, 20)) for seed in SEEDS])
            for values in ({}, lever)
        ]
        return t(arms[1] - arms[0])

    @staticmethod
    def mean_of(name: str):
        def measure(world) -> float:
            return float(world.own_members[name][world.own_members["status"] == MEMBER].mean())

        return measure

    def test_a_number_of_unread_messages_makes_habit_and_readers(self):
        """Who glances in finds something to read and gets used to it."""
        lever = {"group.glance": 10.0}  # at a belonging of 0.1
        assert self.rise(lever, self.mean_of("habit")) > 4.0
        assert self.rise(lever, lambda world: total(world, "readers")) > 4.0

    def test_a_short_life_spares_overload_and_costs_habit(self):
        """It could come out otherwise: less is read, so each visit might be worth more."""
        lever = {"group.message_life": 0.1}
        assert self.rise(lever, self.mean_of("irritation")) < -4.0
        assert self.rise(lever, self.mean_of("habit")) < -4.0
        assert self.rise(lever, lambda world: total(world, "promos_read")) < -4.0

    def test_a_short_life_makes_habit_where_a_little_is_enough(self):
        """Much good reading teaches no more than a little, and much bad no less: among many
        messages there are always some that are not worth the time."""
        lever, content = {"group.message_life": 0.1}, {"feel.enough": 0.3, "policy.promo_share": 0}
        assert self.rise(lever, self.mean_of("habit"), content) > 4.0

    def test_threads_chosen_by_title_make_a_better_habit_and_fewer_buyers(self):
        """Opposing: what is read is worth more, and promotions are skipped, too."""
        lever = {"group.selective": 0.4}
        assert self.rise(lever, self.mean_of("habit")) > 4.0
        assert self.rise(lever, lambda world: total(world, "promos_read")) < -4.0

    @pytest.mark.parametrize(
        ("lever", "off"),
        [
            ({"group.selective": 0.9}, {"read.topic_breadth": np.inf}),
            ({"group.message_life": 20.0}, {}),
            ({"group.glance": 2.0}, tiers(talk=0.0) | {"policy.name": "none"}),
        ],
        ids=["every topic relevant", "a life longer than the run", "nothing unread"],
    )
    def test_where_it_has_nothing_to_work_on_it_changes_nothing(self, lever, off):
        assert_same(*(community({**LIVELY, **off, **x}, 3, 10) for x in ({}, lever)))


class TestPlacement:
    OPEN = {
        "market.people": 200, "group.count": 3, "group.seed_members": 5, "group.capacity": 40,
        "discovery.rate": 0.02,
    }  # fmt: skip

    def sizes(self, placement: str, **values) -> list[int]:
        levers = {**self.OPEN, **values, "group.placement": placement}
        return community(levers, 1, 20, "blank").tables.groups["n_members"].tolist()

    def test_first_fills_one_group_after_the_other(self):
        sizes = self.sizes("first")
        assert sizes[0] == 40
        assert sizes[2] == 5
        assert sum(sizes) > 60

    def test_emptiest_keeps_them_even(self):
        sizes = self.sizes("emptiest")
        assert max(sizes) - min(sizes) <= 1
        assert sum(sizes) == sum(self.sizes("first"))

    def test_emptiest_counts_places_not_members(self, scenario_file):
        path = scenario_file(
            'extends = "blank"\n[[channels]]\ngroup.capacity = 20\n[[channels]]\n'
            "group.capacity = 60\n"
        )
        values = {"market.people": 200, "group.seed_members": 5, "discovery.rate": 0.01}
        world = sq.Community(
            sq.Scenario.load(path).with_values({**values, "group.placement": "emptiest"}), seed=1
        )
        for _ in range(10):
            world.step()
        first, second = world.tables.groups["n_members"]
        assert second > first == 5

    def test_whoever_is_invited_goes_where_the_inviter_is(self):
        values = {"discovery.rate": 0.0, "invite.rate": 0.1, "invite.accept": 1.0}
        world = community({**self.OPEN, **values, "group.placement": "emptiest"}, 1, 8, "blank")
        members = world.own_members
        invited = members[members["inviter"] >= 0]
        assert len(invited) > 5
        assert (members["group"][invited["inviter"]] == invited["group"]).all()

    def test_with_one_group_there_is_no_choice(self):
        values = {**self.OPEN, "group.count": 1}
        pair = [
            community({**values, "group.placement": word}, 1, 20, "blank")
            for word in ("first", "emptiest")
        ]
        assert_same(*pair)


def test_content_is_what_an_operator_posts():
    """The rows above rely on it: CONTENT posts have the operator as author."""
    world = community({**LIVELY, "market.people": 120}, 1, 1)
    feed = world.tables.messages[0]
    assert (feed["kind"][feed["author"] == OPERATOR_AUTHOR] == CONTENT).sum() == 2
