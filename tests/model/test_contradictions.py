"""What cannot be true together, and blocks that are wrong: every refusal, with place and reason."""

import numpy as np
import pytest

import shequn as sq
from shequn.agents.errors import ScenarioError
from shequn.commands import main

TINY = 'extends = "tiny.toml"\n'


@pytest.fixture
def tiny(scenario_file) -> sq.Scenario:
    """20 places, 10 first members, 60 persons; a price of 99."""
    return sq.Scenario.load("wechat-group").with_values(
        {
            "market.people": 60, "group.capacity": 20, "group.seed_members": 10,
            "group.seed_fill": 0.0, "policy.promo_share": 0.1,
        }
    )  # fmt: skip


def problems(scenario: sq.Scenario, values: dict) -> dict[str, str]:
    """Everything that is wrong with the values, by place."""
    with pytest.raises(ScenarioError) as caught:
        scenario.with_values(values)
    found = caught.value.problems
    places = [problem.place for problem in found]
    assert len(set(places)) == len(places)
    return {problem.place: problem.message for problem in found}


# Values, where it is said, words of the message, and values with which all is well.
CASES = [
    ({"group.capacity": 9}, "group.capacity", ["9", "10 seed members"], {"group.capacity": 10}),
    (
        {"policy.promos_per_day": 1.0},
        "policy.promos_per_day", ["promo_share or promos_per_day"], {"policy.promo_share": 0.0},
    ),
    (
        {"policy.first_hour": 12.0, "policy.last_hour": 11.5},
        "policy.last_hour", ["11.5 is before", "12"], {"policy.last_hour": 12.0},
    ),
    (
        {"policy.prize_start": 9.0, "policy.prize_stop": 8.0},
        "policy.prize_stop", ["8 is before", "9"], {"policy.prize_stop": 9.0},
    ),
    (
        {"coupon.start": 5.0, "coupon.stop": 4.0},
        "coupon.stop", ["4 is before", "5"], {"coupon.stop": 5.0},
    ),
    (
        {"invite.reward_start": 5.0, "invite.reward_stop": 4.0},
        "invite.reward_stop", ["4 is before", "5"], {"invite.reward_stop": 5.0},
    ),
    (
        {"desk.staff": 1.0, "desk.first_hour": 9.0, "desk.last_hour": 9.0},
        "desk.last_hour", ["9 is not after desk.first_hour = 9"], {"desk.last_hour": 9.5},
    ),
    (
        {"desk.staff": 1.0, "desk.first_hour": 22.0, "desk.last_hour": 6.0},
        "desk.last_hour", ["6 is not after desk.first_hour = 22"], {"desk.staff": 0.0},
    ),
    (
        {"coupon.value": 100.0},
        "coupon.value", ["100 CNY is more than the price of 99"], {"product.price": 100.0},
    ),
    (
        {"incident.from_complaint": 0.1, "group.peers_post": False},
        "incident.from_complaint", ["cannot complain", "group.peers_post"],
        {"group.peers_post": True},
    ),
    (
        {"control.intensity": 0.1, "group.peers_post": False},
        "control.intensity", ["nothing to moderate", "group.peers_post"],
        {"control.intensity": 0.0},
    ),
    (
        {"policy.name": "bursts", "policy.burst_days": 8, "policy.burst_every": 7},
        "policy.burst_days", ["8 d do not fit into 7 d"], {"policy.name": "cadence"},
    ),
    (
        {"policy.name": "weekly-loads"},
        "policy.promo_share", ["weekly-loads", "policy.loads"], {"policy.promo_share": 0.0},
    ),
    (
        {"group.count": 7},
        "group.seed_members", ["7 groups", "more than the 60"], {"group.count": 6},
    ),
    (
        {"group.seed_fill": 1.0, "group.count": 4},
        "group.seed_members", ["4 groups", "20", "more than the 60"], {"group.seed_fill": 0.75},
    ),
    (
        {"tiers.base.share": 0.5},
        "tiers.base.share", ["sum to 0.8, not to 1"], {"tiers.base.share": 0.7},
    ),
    (
        {"speak.most_posts": 200},
        "group.feed_length", ["128 messages cannot hold the 200"], {"group.feed_length": 200},
    ),
    (
        {"shape.talk": "gamma", "spread.talk": 0.0},
        "spread.talk", ["above 0 for a gamma"], {"spread.talk": 0.1},
    ),
    (
        {"spread.session_rate": 11.0},
        "spread.session_rate", ["11 is out of range", "at most 10"], {"spread.session_rate": 10.0},
    ),
    (
        {"shape.exit_rate": "beta-geometric", "tiers.high.exit_rate": 0.0},
        "tiers.high.exit_rate", ["between 0 and 1"], {"tiers.high.exit_rate": 0.5},
    ),
    ({"policy.name": "file"}, "policy.file", ["needs a file"], {"policy.name": "none"}),
    ({"policy.name": "schedule"}, "policy.file", ["needs a file"], {"policy.name": "none"}),
    (
        {"policy.name": "file", "policy.file": "x.py"},
        "policy.class_name", ["needs the name of a class"], {"policy.name": "none",
                                                             "policy.file": ""},
    ),
    (
        {"market.network": "none.csv"},
        "market.network", ["cannot read network", "none.csv"], {"market.network": ""},
    ),
]  # fmt: skip
OF_THE_OPERATOR = [
    case
    for case in CASES
    if not {path.partition(".")[0] for path in case[0]} & {"tiers", "speak", "shape", "spread"}
    and "market.network" not in case[0]
]
SHOWN = {"ids": lambda value: " ".join(value)[:50] if isinstance(value, dict) else ""}


class TestContradictions:
    @pytest.mark.parametrize(("values", "place", "words", "cure"), CASES, **SHOWN)
    def test_each_is_refused_with_place_and_reason(self, tiny, values, place, words, cure):
        found = problems(tiny, values)
        assert list(found) == [place]
        for part in words:
            assert part in found[place]

    @pytest.mark.parametrize(("values", "place", "words", "cure"), CASES, **SHOWN)
    def test_and_accepted_when_cured(self, tiny, values, place, words, cure):
        fine = tiny.with_values({**values, **cure})
        for path, value in cure.items():
            assert fine.value(path) == value

    @pytest.mark.parametrize(("values", "place", "words", "cure"), OF_THE_OPERATOR, **SHOWN)
    def test_a_rival_is_held_to_the_same(self, tiny, values, place, words, cure):
        """Said of the rival, with its number, and not of the operator."""
        inside = {f"rivals.1.{path}": value for path, value in values.items()}
        found = problems(tiny, inside)
        assert list(found) == [f"rivals.1.{place}"]
        for part in words:
            assert part in found[f"rivals.1.{place}"]

    def test_a_channel_too(self, tiny):
        values = {"channels.1.desk.staff": 1.0, "channels.2.group.capacity": 4}
        values |= {"channels.2.desk.last_hour": 2.0, "channels.2.desk.staff": 1.0}
        found = problems(tiny, values)
        assert set(found) == {"channels.2.group.capacity", "channels.2.desk.last_hour"}

    def test_members_of_all_channels_count_together(self, tiny):
        values = {"channels.1.group.seed_members": 20, "channels.2.group.capacity": 50}
        assert tiny.with_values({**values, "channels.2.group.seed_members": 40})
        found = problems(tiny, {**values, "channels.2.group.seed_members": 41})
        assert list(found) == ["group.seed_members"]
        assert "more than the 60" in found["group.seed_members"]

    def test_members_of_rivals_do_not(self, tiny):
        """One person may be in the groups of several operators."""
        assert tiny.with_values({"group.count": 6, "rivals.1.group.count": 6, "market.rivals": 3})

    def test_a_rival_that_is_left_out_contradicts_nothing(self, tiny):
        assert tiny.with_values({"rivals.1.coupon.value": 500.0, "market.rivals": 0})

    def test_what_an_element_switches_off_contradicts_nothing(self, tiny):
        broken = {"coupon.value": 500.0}
        assert list(problems(tiny, broken)) == ["coupon.value"]
        assert tiny.with_values({**broken, "elements.push": False})

    def test_all_of_them_at_once(self, tiny):
        values = {"group.capacity": 9, "coupon.value": 500.0, "tiers.base.share": 0.5,
                  "rivals.1.coupon.value": 100.0, "speak.most_posts": 200,
                  "policy.first_hour": 20.0, "policy.last_hour": 10.0}  # fmt: skip
        found = problems(tiny, values)
        assert {"group.capacity", "coupon.value", "tiers.base.share", "rivals.1.coupon.value",
                "group.feed_length", "policy.last_hour"} <= set(found)  # fmt: skip

    def test_values_out_of_range_come_with_them(self, tiny):
        found = problems(tiny, {"coupon.value": 500.0, "read.depth": -1.0, "reed.depth": 1.0})
        assert set(found) == {"coupon.value", "read.depth", "reed.depth"}
        assert "'read.depth'" in found["reed.depth"]


class TestRanges:
    @pytest.mark.parametrize(
        ("path", "value", "words"),
        [
            ("targeting.precision", 1.1, "1.1 is out of range; allowed: 0 to 1"),
            ("desk.service_time", 0.0, "0 is out of range; allowed: 0.01 to 10000 minute"),
            ("incident.day", -2.0, "-2 is out of range; allowed: -1 to 1e+06 day"),
            ("forward.groups", 1.5, "1.5 is not a whole number"),
            ("read.seconds", 0.5, "0.5 is out of range; allowed: 1 to inf second"),
            ("group.message_life", 0.0, "0 is out of range"),
            ("event.every", -1, "-1 is out of range"),
            ("elements.push", 1, "1 is not true or false"),
            ("policy.loads", [1.0] * 11, "is not a list"),
            ("policy.loads", [1.0] * 11 + [-1.0], "-1 is out of range"),
            ("group.seeding", "hub", "'hub' is not one of .*did you mean 'hubs'?"),
            ("group.placement", "emptyest", "did you mean 'emptiest'?"),
            ("incident.response", "apologize", "did you mean 'apology'?"),
            ("policy.appeal", "price", "'price' is not one of none | quality | value | face"),
            ("policy.hours", "rand", "did you mean 'random'?"),
            ("policy.name", "listening", "did you mean 'listening-"),
            ("platform", "wechatt", "did you mean 'wechat'?"),
            ("platform", 3, "3 is not text"),
            ("coupon.value", np.nan, "nan is not a value"),
        ],
    )
    def test_a_lever_out_of_range_is_refused(self, tiny, path, value, words):
        found = problems(tiny, {path: value})
        assert list(found) == [path]
        for part in words.split(".*"):
            assert part in found[path]

    @pytest.mark.parametrize("block", ["rivals", "channels"])
    def test_in_a_block_as_well(self, tiny, block):
        found = problems(tiny, {f"{block}.1.forward.friction": 1.5, f"{block}.1.group.topic": "x"})
        assert found[f"{block}.1.forward.friction"] == "1.5 is out of range; allowed: 0 to 1"
        assert "'x' is not a number" in found[f"{block}.1.group.topic"]


class TestBlocksByPath:
    @pytest.mark.parametrize(
        "path",
        [
            "rivals.1.feel.habit_gain", "rivals.1.market.people", "rivals.1.tiers.base.talk",
            "rivals.1.buy.constant", "rivals.1.rivals.1.product.price", "rivals.1.run.days",
            "channels.1.product.price", "channels.1.policy.name", "channels.1.group.seeding",
            "channels.1.invite.reward", "rivals.0.product.price", "rivals.x.product.price",
            "rivals.01.product.price", "rivals.-1.product.price", "rival.1.product.price",
            "rivals", "rivals.1", "channels", "channels.1.name.x",
        ],
    )  # fmt: skip
    def test_what_cannot_differ_there_is_refused(self, tiny, path):
        """The world is the same for every operator, a decision the same in every channel."""
        assert list(problems(tiny, {path: 3})) == [path]

    def test_blocks_are_numbered_without_gaps(self, tiny):
        found = problems(tiny, {"rivals.2.product.price": 3.0})
        assert "there are 0 rivals" in found["rivals.2"]
        two = tiny.with_values({"rivals.1.product.price": 3.0, "rivals.2.product.price": 4.0})
        assert [block["product.price"] for block in two.rivals] == [3.0, 4.0]
        assert two.value("market.rivals") == 2
        three = two.with_values({"rivals.3.product.price": 5.0})
        assert three.value("market.rivals") == 3

    def test_nearest_names_are_those_that_may_stand_there(self, tiny):
        found = problems(tiny, {"rivals.1.product.prise": 3.0, "channels.1.group.capcity": 3})
        assert "did you mean 'product.price'?" in found["rivals.1.product.prise"]
        assert "did you mean 'group.capacity'?" in found["channels.1.group.capcity"]

    def test_a_name_is_text(self, tiny):
        assert problems(tiny, {"rivals.1.name": 3}) == {"rivals.1.name": "3 is not text"}


class TestFiles:
    """Through the command line: exit code 2, no traceback, nothing left behind (`refused`)."""

    @pytest.mark.parametrize(
        ("text", "place", "words"),
        [
            ('platform = "wechatt"\n', "line 2: platform", "did you mean 'wechat'?"),
            ("rivals = 3\n", "line 2: rivals", ""),
            ('channels = "many"\n', "line 2: channels", ""),
            ("[[rivals]]\nproduct.prise = 3\n", "line 3: rivals.1.product.prise",
             "did you mean 'product.price'?"),
            ("[[rivals]]\nproduct.price = -3\n", "line 3: rivals.1.product.price",
             "-3 is out of range; allowed: 0 to 1e+07 CNY"),
            ("[[rivals]]\nfeel.habit_gain = 0.3\n", "line 3: rivals.1.feel.habit_gain", ""),
            ("[[channels]]\ndesk.staff = -1\n", "line 3: channels.1.desk.staff",
             "-1 is out of range; allowed: 0 to 1000 persons"),
            ("[[channels]]\nproduct.price = 1\n", "line 3: channels.1.product.price", ""),
            ('[[rivals]]\nplatform = "weibbo"\n', "line 3: rivals.1.platform",
             "did you mean 'weibo'?"),
            ("[[rivals]]\nname = 3\n", "line 3: rivals.1.name", "3 is not text"),
            ("[[rivals]]\n[rivals.product]\nprice = -3\n", "line 4: rivals.1.product.price",
             "out of range"),
            ("[[rivals]]\ncoupon = {value = -1}\n", "line 3: rivals.1.coupon.value",
             "out of range"),
            ("[[rivals]]\ncoupon.value = 500\n", "line 3: rivals.1.coupon.value",
             "500 CNY is more than the price of 99"),
            ("[[channels]]\ngroup.capacity = 5\n", "line 3: channels.1.group.capacity",
             "below the 10 seed members"),
            ('[[rivals]]\npolicy.name = "schedule"\npolicy.file = "no.csv"\n',
             "line 4: rivals.1.policy.file", "no.csv"),
            ("rivals = [1]\n", "rivals.1", "1 is no table"),
            ("[[rival]]\nproduct.price = 3\n", "rival", "no parameter"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("command", ["check", "run"])
    def test_what_is_wrong_is_said_with_file_line_and_key(
        self, refused, here, command, text, place, words
    ):
        (here / "wrong.toml").write_text(TINY + text, encoding="utf-8")
        message = refused(command, "wrong.toml")
        assert len(message.splitlines()) == 1
        assert f"wrong.toml: {place}: " in message
        assert words in message

    def test_of_several_blocks_the_right_one_is_named(self, refused, here):
        text = "[[rivals]]\nproduct.price = 1\n[[rivals]]\n[rivals.product]\nprice = -1\n"
        (here / "wrong.toml").write_text(TINY + text, encoding="utf-8")
        assert "wrong.toml: line 6: rivals.2.product.price: -1" in refused("check", "wrong.toml")

    def test_a_mistake_of_the_operator_is_said_once_and_where_it_is(self, refused, here):
        """Not of every channel and rival that has it from there."""
        text = "[coupon]\nvalue = 500\n[market]\nrivals = 3\n[[rivals]]\nname = 'c'\n"
        text += "[[channels]]\nname = 'a'\n[[channels]]\nname = 'b'\n"
        (here / "wrong.toml").write_text(TINY + text, encoding="utf-8")
        message = refused("check", "wrong.toml")
        assert len(message.splitlines()) == 1
        assert "wrong.toml: line 3: coupon.value: " in message

    def test_an_empty_block_is_a_rival_like_the_operator(self, here):
        (here / "right.toml").write_text(TINY + "[[rivals]]\n[[rivals]]\n", encoding="utf-8")
        scenario = sq.Scenario.load("right.toml")
        assert scenario.value("market.rivals") == 2
        assert scenario.operators[1] == scenario.operators[0]

    def test_everything_at_once(self, refused, here):
        text = (
            'platform = "wechatt"\n[market]\npeople = -2\n'
            "[[rivals]]\nproduct.prise = 3\nproduct.margin = 2\ncoupon.value = 500\n"
            '[[channels]]\nname = "x"\ngroup.capcity = 3\n[[channels]]\ndesk.staff = -2\n'
        )
        (here / "wrong.toml").write_text(TINY + text, encoding="utf-8")
        lines = refused("check", "wrong.toml").splitlines()
        found = {line.split(": ")[2]: line.split(": ")[3] for line in lines if "line " in line}
        expected = {
            "line 2": "platform", "line 4": "market.people", "line 6": "rivals.1.product.prise",
            "line 7": "rivals.1.product.margin", "line 8": "rivals.1.coupon.value",
            "line 11": "channels.1.group.capcity", "line 13": "channels.2.desk.staff",
        }  # fmt: skip
        assert found == expected
        assert len(lines) == len(expected)

    @pytest.mark.parametrize(
        ("option", "words"),
        [
            ("rivals.1.product.prise=3", ["rivals.1.product.prise", "'product.price'"]),
            ("rivals.2.product.price=3", ["rivals.2", "there are 0 rivals"]),
            ("rivals.1.feel.habit_gain=0.3", ["rivals.1.feel.habit_gain"]),
            ("channels.1.forward.friction=7", ["channels.1.forward.friction", "0 to 1"]),
            ("platform=wechatt", ["platform", "'wechat'?"]),
            ("coupon.value=500", ["coupon.value", "price of 99"]),
            ("policy.loads=1,2,3", ["policy.loads"]),
        ],
    )
    def test_as_options_too(self, refused, option, words):
        message = refused("run", "tiny.toml", "--set", option)
        assert len(message.splitlines()) == 1
        for part in words:
            assert part in message

    def test_a_good_file_passes(self, here, capsys):
        text = (
            'platform = "qq"\n[[rivals]]\nname = "cheap"\nproduct.price = 9\nplatform = "weibo"\n'
            '[[channels]]\nname = "x"\ngroup.capacity = 30\ndesk.staff = 1\n'
        )
        (here / "right.toml").write_text(TINY + text, encoding="utf-8")
        assert main(["check", "right.toml"]) == 0
        assert "Traceback" not in capsys.readouterr().err
