"""Scenario files and values: what is read, and what is said of what cannot be."""

import math
from pathlib import Path

import numpy as np
import pytest

import shequn as sq
from shequn.model.contacts import load_network
from shequn.model.parameters import declared, flatten
from shequn.model.scenario import named_scenarios


def problems(call, *arguments) -> list[tuple[str, str]]:
    """Place and message of everything that is wrong."""
    with pytest.raises(sq.ScenarioError) as caught:
        call(*arguments)
    assert str(caught.value).count("\n") == len(caught.value.problems) - 1
    return [(problem.place, problem.message) for problem in caught.value.problems]


class TestNamed:
    @pytest.mark.parametrize("name", named_scenarios())
    def test_a_named_scenario_loads(self, name):
        scenario = sq.Scenario.load(name)
        assert scenario.name == name
        assert scenario.title
        assert len(scenario.description) > 50
        assert scenario.days > 0

    def test_there_are_the_five(self):
        five = {"blank", "interest-forum", "product-club", "study-room", "wechat-group"}
        assert five <= set(named_scenarios())

    def test_a_name_that_is_none(self):
        [(place, message)] = problems(sq.Scenario.load, "wechat-grp")
        assert place == "wechat-grp"
        assert message.startswith("no such scenario; there are advertised, ")
        assert message.endswith("did you mean 'wechat-group'?")

    def test_a_file_that_is_not_there(self, tmp_path):
        path = str(tmp_path / "mine.toml")
        assert problems(sq.Scenario.load, path) == [(path, "no such file")]


class TestFile:
    def test_values_head_and_run(self, scenario_file):
        path = scenario_file(
            'title = "Mine"\ndescription = """\ntext\n"""\n[run]\ndays = 12\nseed = 99\n'
            "[group]\ncapacity = 60\nseed_fill = 1\npeers_post = false\n[tiers.high]\ntalk = 0.5\n"
            "[invite]\nrefractory = inf\n"
        )
        scenario = sq.Scenario.load(path)
        assert (scenario.name, scenario.title, scenario.description) == ("mine", "Mine", "text")
        assert (scenario.days, scenario.seed, scenario.folder) == (12, 99, path.parent)
        group = scenario.parameters.group
        assert (group.capacity, group.seed_fill, group.peers_post) == (60, 1.0, False)
        assert isinstance(group.seed_fill, float)
        assert scenario.parameters.tiers.high.talk == 0.5
        assert scenario.parameters.invite.refractory == math.inf

    def test_what_is_not_said_is_the_default(self, scenario_file):
        values = flatten(sq.Scenario.load(scenario_file("[group]\ncapacity = 77\n")).parameters)
        defaults = {path: item.default for path, item in declared().items()}
        assert values == {**defaults, "group.capacity": 77}

    def test_an_empty_file_is_all_defaults(self, scenario_file):
        assert sq.Scenario.load(scenario_file("")).parameters == sq.Scenario("x").parameters

    def test_extends(self, scenario_file):
        base = 'extends = "blank"\ntitle = "Base"\n[run]\ndays = 9\n[group]\ncapacity = 50\n'
        scenario_file(base, "base.toml")
        path = scenario_file('extends = "base.toml"\n[group]\nseed_members = 7\n')
        scenario = sq.Scenario.load(path)
        assert (scenario.name, scenario.title, scenario.days) == ("mine", "Base", 9)
        changed = {**flatten(sq.Scenario.load("blank").parameters), "group.capacity": 50,
                   "group.seed_members": 7}  # fmt: skip
        assert flatten(scenario.parameters) == changed

    def test_a_file_that_extends_itself(self, scenario_file):
        scenario_file('extends = "two.toml"\n', "one.toml")
        path = scenario_file('extends = "one.toml"\n', "two.toml")
        [(place, message)] = problems(sq.Scenario.load, path)
        assert "extends itself" in message
        assert place.startswith(f"{path}: line 1: extends")

    def test_what_is_wrong_with_the_file_extended_names_both(self, scenario_file):
        scenario_file("\n[group]\ncapacity = -1\n", "base.toml")
        path = scenario_file('# mine\nextends = "base.toml"\n[group]\nseed_fill = 2\n')
        found = problems(sq.Scenario.load, path)
        base = path.parent / "base.toml"
        assert [place for place, _ in found] == [
            f"{path}: line 2: extends: {base}: line 3: group.capacity",
            f"{path}: line 4: group.seed_fill",
        ]

    def test_a_file_extended_that_is_not_there(self, scenario_file):
        path = scenario_file('extends = "base.toml"\n')
        [(place, message)] = problems(sq.Scenario.load, path)
        assert (place, message) == (f"{path}: line 1: extends: base.toml", "no such file")

    @pytest.mark.parametrize(
        ("text", "line"), [("[group\ncapacity = 5\n", 1), ("\n\n[group]\ncapacity 5\n", 4)]
    )
    def test_malformed_toml_with_its_line(self, scenario_file, text, line):
        [(place, message)] = problems(sq.Scenario.load, path := scenario_file(text))
        assert place == str(path)
        assert message.startswith("not valid TOML: ")
        assert f"line {line}" in message

    def test_a_file_that_is_no_text(self, tmp_path):
        path = tmp_path / "mine.toml"
        path.write_bytes(b"title = '\xff'\n")
        [(_, message)] = problems(sq.Scenario.load, path)
        assert "not UTF-8 text" in message

    def test_everything_wrong_is_said_at_once_each_with_its_line(self, scenario_file):
        path = scenario_file(
            "title = 5\n"
            "description = [1]\n"
            "[group]  # the groups\n"
            "capacity = 1.5\n"
            "  seed_fill = 2\n"
            'overflow = "opn"\n'
            "peers_post = 1\n"
            "\n"
            "[ policy ]\n"
            "promo_shar = 0.1\n"
            'content_per_day = "two"\n'
            "[rhythm]\n"
            "hours = [1, 2]\n"
            "[run]\n"
            "days = -1\n"
            "[tiers]\n"
            "high.talk = -1\n"
            "[tiers.base]\n"
            '"budget" = nan\n'
        )
        expected = [
            (1, "title", "5 is not text"),
            (2, "description", "[1] is not text"),
            (4, "group.capacity", "1.5 is not a whole number; allowed: 1 to 1e+07 persons"),
            (5, "group.seed_fill", "2 is out of range; allowed: 0 to 1"),
            (6, "group.overflow",
             "'opn' is not one of turn-away | wait | open; did you mean 'open'?"),
            (7, "group.peers_post", "1 is not true or false"),
            (10, "policy.promo_shar",
             "'policy.promo_shar' is no parameter; did you mean 'policy.promo_share'?"),
            (11, "policy.content_per_day", "'two' is not a number; allowed: 0 to 1000 1/day"),
            (13, "rhythm.hours", "[1, 2] is not a list of 24 numbers, each 0 to 1000 weight"),
            (15, "run.days", "-1 is out of range; allowed: 0 to 100000 day"),
            (17, "tiers.high.talk", "-1 is out of range; allowed: 0 to 1000 1/visit"),
            (19, "tiers.base.budget", "nan is not a value; allowed: 0 to 1e+07 CNY/month"),
        ]  # fmt: skip
        found = problems(sq.Scenario.load, path)
        assert found == [(f"{path}: line {n}: {key}", words) for n, key, words in expected]

    @pytest.mark.parametrize(
        ("text", "place", "words"),
        [
            ("[grop]\ncapacity = 5\n", "line 2: grop.capacity", "did you mean 'group.capacity'?"),
            ("group.capacity = 0\n", "line 1: group.capacity", "0 is out of range"),
            ("group = 5\n", "line 1: group", "'group' is no parameter"),
            ("[[group]]\ncapacity = 5\n", "group", "'group' is no parameter"),
            ("[group]\ncapacity = {a = 1}\n", "line 2: group.capacity.a", "is no parameter"),
            ("[group]\ncapacity = 1979-05-27\n", "line 2: group.capacity", "is not a number"),
            ("[group]\ncapacity = true\n", "line 2: group.capacity", "True is not a number"),
            ("[group]\ncapacity = 1e9\n", "line 2: group.capacity", "1e+09 is out of range"),
            ("[market]\npeople = 1" + "0" * 400, "line 2: market.people", "is out of range"),
            ("extends = 5\n", "line 1: extends", "5 is not text"),
            ("zzz = 1\n", "line 1: zzz", "'zzz' is no parameter"),
        ],
    )
    def test_one_thing_wrong(self, scenario_file, text, place, words):
        path = scenario_file(text)
        found = problems(sq.Scenario.load, path)
        assert found[0][0] == f"{path}: {place}"
        assert words in found[0][1]


class TestValues:
    def test_a_copy_is_changed_and_the_original_is_not(self):
        scenario = sq.Scenario.load("wechat-group")
        changed = scenario.with_values({"group.capacity": 55, "run.days": 3})
        assert (changed.value("group.capacity"), changed.days) == (55, 3)
        assert scenario.value("group.capacity") != 55

    @pytest.mark.parametrize("value", [np.int64(55), np.float32(55.0), 55.0])
    def test_numbers_of_numpy_are_numbers(self, value):
        changed = sq.Scenario.load("wechat-group").with_values({"group.capacity": value})
        assert changed.value("group.capacity") == 55
        assert type(changed.value("group.capacity")) is int

    def test_a_value_that_is_wrong_is_named_by_its_path(self):
        found = problems(
            sq.Scenario.load("blank").with_values,
            {"policy.promo_share": 1.5, "capcity": 3, "read.topic_breadth": 0},
        )
        assert found == [
            ("policy.promo_share", "1.5 is out of range; allowed: 0 to 1"),
            ("capcity", "'capcity' is no parameter; did you mean 'group.capacity'?"),
            ("read.topic_breadth", "0 is out of range; allowed: 0.001 to inf circle"),
        ]

    def test_asking_for_a_parameter_that_is_none(self):
        [(place, message)] = problems(sq.Scenario.load("blank").value, "group.capacty")
        assert place == "group.capacty"
        assert message.endswith("did you mean 'group.capacity'?")

    @pytest.mark.parametrize(
        ("values", "place", "words"),
        [
            ({"tiers.base.share": 0.5}, "tiers.base.share",
             "the three tier shares sum to 0.5, not to 1"),
            ({"group.seed_members": 300, "group.capacity": 200}, "group.capacity",
             "capacity 200 is below the 300 seed members"),
            ({"group.seed_members": 30, "group.count": 50}, "group.seed_members",
             "50 groups of 30 first members need more than the 1000 persons of the market"),
            ({"group.seed_fill": 1.0, "group.capacity": 2000}, "group.seed_members",
             "1 group of 2000 first members need more than the 1000 persons of the market"),
            ({"policy.first_hour": 20.0, "policy.last_hour": 9.0}, "policy.last_hour",
             "last hour 9 is before first hour 20"),
            ({"policy.promo_share": 0.1, "policy.promos_per_day": 1.0}, "policy.promos_per_day",
             "give promo_share or promos_per_day, not both"),
            ({"shape.talk": "gamma"}, "spread.talk",
             "spread must be above 0 for a gamma distribution"),
            ({"spread.talk": 11.0, "shape.talk": "lognormal"}, "spread.talk",
             "SD of ln 11 is out of range; at most 10"),
            ({"shape.exit_rate": "beta-geometric", "spread.exit_rate": 3.0,
              "tiers.high.exit_rate": 0.1, "tiers.middle.exit_rate": 0.1}, "tiers.base.exit_rate",
             "0 must lie between 0 and 1 for a beta-geometric distribution"),
        ],
    )  # fmt: skip
    def test_contradictions(self, values, place, words):
        found = problems(sq.Scenario.load("blank").with_values, values)
        assert found == [(place, words)]

    def test_beta_geometric_is_for_exit_rates_only(self):
        [(_, message)] = problems(
            sq.Scenario.load("blank").with_values, {"shape.talk": "beta-geometric"}
        )
        assert message == "'beta-geometric' is not one of constant | lognormal | gamma"


class TestNetwork:
    def values(self, scenario_file, text: str) -> tuple[sq.Scenario, dict]:
        scenario_file(text, "edges.csv")
        path = scenario_file('extends = "blank"\n[market]\npeople = 5\n')
        return sq.Scenario.load(path), {"market.network": "edges.csv"}

    def test_an_edge_list_becomes_adjacency_lists(self, scenario_file):
        path = scenario_file("weight,to,from\n1,2,1\n1,3,1\n9,3,1\n1,1,1\n1,1,5\n", "edges.csv")
        starts, neighbours = load_network(path, 5, "test")
        assert starts.tolist() == [0, 2, 2, 2, 2, 3]
        assert neighbours.tolist() == [1, 2, 0]

    def test_edges_to_unknown_members_are_named_with_their_lines_all_at_once(self, scenario_file):
        scenario, values = self.values(scenario_file, "from,to\n1,2\n3,99\nx,1\n4\n0,1\n1,2.0\n")
        messages = [message for _, message in problems(scenario.with_values, values)]
        file = scenario.folder / "edges.csv"
        wrong = [(3, "'99'"), (4, "'x'"), (5, "''"), (6, "'0'"), (7, "'2.0'")]
        assert messages == [
            f"{file}: line {line}: unknown member {word}; ids: 1 to 5" for line, word in wrong
        ]

    def test_a_list_without_its_columns(self, scenario_file):
        scenario, values = self.values(scenario_file, "a,b\n1,2\n")
        [(_, message)] = problems(scenario.with_values, values)
        assert message == f"{scenario.folder / 'edges.csv'}: line 1: no column from, to"

    def test_a_network_that_is_not_there(self, scenario_file):
        path = scenario_file('[market]\nnetwork = "nope.csv"\n')
        [(place, message)] = problems(sq.Scenario.load, path)
        assert place == f"{path}: line 2: market.network"
        assert f"cannot read network {path.parent / 'nope.csv'}" in message
        assert "No such file" in message

    def test_relative_files_belong_to_the_scenario_file(self, scenario_file, monkeypatch):
        scenario, values = self.values(scenario_file, "from,to\n1,2\n")
        monkeypatch.chdir(Path(__file__).parent)
        assert scenario.with_values(values).value("market.network") == "edges.csv"


class TestCommunityArguments:
    def test_every_argument_that_is_wrong_is_named(self):
        def make() -> sq.Community:
            return sq.Community("blank", seed=-1, engine="compild", threads=0)

        assert problems(make) == [
            ("seed", "-1 is out of range; allowed: 0 to 2**64 - 1"),
            ("engine", "'compild' is not one of compiled | agents; did you mean 'compiled'?"),
            ("threads", "0 is out of range; at least 1"),
        ]

    @pytest.mark.parametrize("seed", [0, 2**64 - 1, np.uint64(2**64 - 1)])
    def test_every_seed_of_64_bits(self, seed):
        assert sq.Community("blank", seed=seed).seed_of_run == int(seed)

    @pytest.mark.parametrize("seed", [1.5, 1.0, True, np.bool_(True), "1", np.float64(1), [1], -1])
    def test_a_seed_is_a_whole_number(self, seed):
        words = f"{seed!r} is not a whole number"
        words = "-1 is out of range; allowed: 0 to 2**64 - 1" if seed == -1 else words
        assert problems(sq.Community, "blank", seed) == [("seed", words)]
        more = "" if seed == -1 else "; a numpy.random.Generator will do, too"
        assert problems(lambda: sq.Community("blank", rng=seed)) == [("rng", words + more)]
        assert problems(lambda: sq.run("blank", seed=seed)) == [("seed", words)]

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("threads", "2", "'2' is not a whole number; at least 1"),
            ("threads", True, "True is not a whole number; at least 1"),
            ("threads", 1.0, "1.0 is not a whole number; at least 1"),
            ("threads", None, "None is not a whole number; at least 1"),
            ("engine", 3, "3 is not one of compiled | agents"),
            ("engine", None, "None is not one of compiled | agents"),
            ("keep_messages", "yes", "'yes' is not True or False"),
            ("keep_messages", 1, "1 is not True or False"),
        ],
    )
    @pytest.mark.parametrize("make", [sq.Community, sq.run])
    def test_an_argument_of_another_kind(self, make, name, value, words):
        assert problems(lambda: make("blank", **{name: value})) == [(name, words)]

    def test_numbers_and_switches_of_numpy_will_do(self):
        options = {"threads": np.int64(2), "keep_messages": np.bool_(True)}
        community = sq.Community("blank", np.int8(3), **options)
        assert (community.seed_of_run, community.keeps_messages) == (3, True)

    @pytest.mark.parametrize("days", [-1, "x", True, 1.5, float("nan")])
    def test_a_run_says_everything_that_is_wrong_with_it_at_once(self, days):
        def run() -> sq.Run:
            return sq.run("blank", days, 1.5, "agnts", threads=0, keep_messages=None, community=3)

        places = [place for place, _ in problems(run)]
        assert places == ["seed", "engine", "threads", "keep_messages", "community", "run.days"]

    def test_a_generator_gives_one_seed_of_64_bits(self):
        seeds = [sq.Community("blank", rng=np.random.default_rng(5)).seed_of_run for _ in range(2)]
        assert seeds[0] == seeds[1] > 2**32
        generator = np.random.default_rng(5)
        many = [sq.Community("blank", rng=generator).seed_of_run for _ in range(20)]
        assert many[0] == seeds[0]
        assert len(set(many)) == 20
        assert max(many) > 2**63  # half of the seeds lie above: all below in one case of a million
        wrong = problems(lambda: sq.Community("blank", seed=generator))
        assert wrong[0][1].endswith("is not a whole number")

    @pytest.mark.parametrize("values", [5, "group.capacity", [("group.capacity", 40)]])
    def test_values_are_a_mapping(self, values):
        [(place, words)] = problems(lambda: sq.Community("blank", values=values))
        assert place == "values"
        assert "is no mapping of values by path" in words

    def test_seed_and_rng_are_the_same_thing(self):
        assert sq.Community("blank", rng=5).seed_of_run == 5
        found = problems(lambda: sq.Community("blank", seed=5, rng=5))
        assert found == [("seed", "give seed or rng, not both")]

    def test_an_overridden_verb_needs_the_engine_that_calls_it(self):
        class Mute(sq.BaseTierMember):
            def speak(self, visit):
                pass

        class Silence(sq.Community):
            tier_classes = (sq.HighTierMember, sq.MiddleTierMember, Mute)

        words = "Mute overrides speak; that needs engine 'agents'"
        assert problems(Silence, "blank") == [("engine", words)]
        assert Silence("blank", engine="agents").engine == "agents"

    def test_messages_need_a_log(self):
        [(_, message)] = problems(lambda: sq.Community("blank").messages)
        assert message == "no log; use keep_messages=True"

    def test_days_of_a_run_are_checked(self):
        with pytest.raises(sq.ScenarioError, match=r"run\.days: -1 is out of range"):
            sq.run("blank", days=-1)
