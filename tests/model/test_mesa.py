"""The community as a user of Mesa meets it; and looking at it changes nothing."""

import contextlib
import gc
import io
import re
import weakref
from pathlib import Path

import mesa
import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.tables import MEMBER, MEMBER_FIELDS, MUTED
from shequn.model.outcomes import OUTCOMES

MANUAL = Path(__file__).parents[2] / "docs" / "overriding.md"
NEWER = tuple(int(part) for part in mesa.__version__.split(".")[:2]) >= (3, 5)
TIER_CLASSES = [sq.HighTierMember, sq.MiddleTierMember, sq.BaseTierMember]


def scenario(**values: float) -> sq.Scenario:
    small = {
        "past.days": 0, "market.people": 40, "group.capacity": 20, "group.seed_fill": 0.8,
        "tiers.middle.talk": 0.1, "invite.rate": 0.2, **values,
    }  # fmt: skip
    return sq.Scenario.load("wechat-group").with_values(small)


def bits(community: sq.Community) -> tuple[bytes, ...]:
    return tuple(table.tobytes() for table in community.tables)


@pytest.fixture
def community() -> sq.Community:
    """After three days in the compiled engine."""
    made = sq.Community(scenario(), seed=2)
    for _ in range(3):
        made.step()
    return made


class TestAgents:
    def test_there_is_an_agent_for_everyone_and_the_operator(self, community):
        assert len(community.agents) == 41
        assert len({agent.unique_id for agent in community.agents}) == 41
        assert isinstance(community.operator, sq.Operator)
        assert community.operator in community.agents

    def test_agents_by_type_without_asking_for_agents_first(self, community):
        sizes = {kind: len(agents) for kind, agents in community.agents_by_type.items()}
        assert sizes == {sq.Operator: 1, **dict(zip(TIER_CLASSES, (2, 10, 28), strict=True))}
        assert community.agent_types == list(sizes)

    def test_select_get_and_agg(self, community):
        inside = community.agents.select(
            lambda agent: isinstance(agent, sq.BaseTierMember) and agent.is_member
        )
        members = community.tables.members
        rows = np.flatnonzero((members["tier"] == 2) & np.isin(members["status"], (MEMBER, MUTED)))
        assert sorted(inside.get("row")) == rows.tolist()
        assert sorted(inside.get("habit")) == sorted(members["habit"][rows].tolist())
        assert inside.agg("habit", sum) == pytest.approx(float(members["habit"][rows].sum()))

    def test_groupby(self, community):
        people = community.agents.select(lambda agent: not isinstance(agent, sq.Operator))
        counts = people.groupby("tier_name").count()
        assert counts == {"high": 2, "middle": 10, "base": 28}
        most = people.groupby("status_name").agg("posts", max)
        assert set(most) >= {"member", "outside"}
        assert most["outside"] == 0

    def test_every_column_is_an_attribute_that_reads_and_writes_the_table(self, community):
        member = community.members[7]
        for name, kind, *_ in MEMBER_FIELDS:
            value = getattr(member, name)
            assert type(value) is (float if kind.startswith("f") else int)
            setattr(member, name, 1)
            assert community.tables.members[7][name] == 1
        assert sq.HighTierMember.habit.__doc__ == "readiness to look in [0..1]"

    def test_set_writes_the_table_through_an_agent_set(self, community):
        community.agents_by_type[sq.BaseTierMember].set("attitude", 0.5)
        rows = community.tables.members["tier"] == 2
        assert (community.tables.members["attitude"][rows] == 0.5).all()
        assert (community.tables.members["attitude"][~rows] != 0.5).all()

    def test_an_empty_market(self):
        community = sq.Community(sq.Scenario.load("blank").with_values({"market.people": 0}))
        community.step()
        assert list(community.agents) == [community.operator]

    def test_steps_are_days(self, community):
        assert (community.steps, community.day, community.running) == (3, 3, True)


class Measured(sq.Community):
    """As Mesa's own examples do it: a data collector made in __init__, asked after each step."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.datacollector = mesa.DataCollector(
            model_reporters={
                "members": lambda model: model.summary["members"],
                "people": lambda model: len(model.agents) - 1,
                "day": "day",
            },
            agenttype_reporters={sq.MiddleTierMember: {"habit": "habit", "row": "row"}},
        )

    def step(self):
        super().step()
        self.datacollector.collect(self)


class TestDataCollector:
    def test_model_and_agent_reporters(self):
        community = sq.Community(scenario(), seed=2)
        collector = mesa.DataCollector(
            model_reporters={"members": lambda model: model.summary["members"], "day": "day"},
            agent_reporters={"row": lambda agent: getattr(agent, "row", -1)},
        )
        for _ in range(4):
            community.step()
            collector.collect(community)
        frame = collector.get_model_vars_dataframe()
        assert frame["day"].tolist() == [1, 2, 3, 4]
        whole = community.daily.query("tier == 'all'")["members"]
        assert frame["members"].tolist() == whole.tolist()
        agents = collector.get_agent_vars_dataframe()
        assert sorted(agents.loc[4]["row"]) == list(range(-1, 40))

    def test_agenttype_reporters(self):
        community = Measured(scenario(), seed=2)
        community.step()
        frame = community.datacollector.get_agenttype_vars_dataframe(sq.MiddleTierMember)
        assert sorted(frame["row"]) == list(range(2, 12))
        habits = community.tables.members["habit"][frame["row"].to_numpy()]
        assert frame["habit"].tolist() == habits.tolist()

    @pytest.mark.jit
    @pytest.mark.parametrize("engine", ["compiled", "agents"])
    def test_measuring_changes_no_bit(self, engine):
        plain = sq.Community(scenario(), seed=2, engine=engine)
        measured = Measured(scenario(), seed=2, engine=engine)
        for _ in range(15):
            plain.step()
            measured.step()
            for frame in ("daily", "groups", "people", "invitations", "summary", "agents"):
                getattr(measured, frame)
            measured.agents.shuffle()
            measured.random.random()
            measured.rng.random()
        assert bits(plain) == bits(measured)
        assert plain.daily.equals(measured.daily)
        assert len(plain.tables.members[plain.tables.members["posts"] > 0]) > 2


class TestOutcomeCollector:
    """The collector that a community has: every midnight, worked out when asked for."""

    @pytest.mark.jit
    def test_it_has_of_each_midnight_what_the_community_said_that_day(self):
        needy = {f"tiers.{tier}.need_rate": 1.0 for tier in ("high", "middle", "base")}
        community = sq.Community(scenario(**needy, **{"market.rivals": 1}), seed=2)
        live = []
        for _ in range(35):
            community.step()
            live.append(community.summary)
        frame = community.datacollector.get_model_vars_dataframe()
        said = pd.DataFrame(live)[list(OUTCOMES)]
        assert list(frame.columns) == list(OUTCOMES)
        pd.testing.assert_series_equal(frame.iloc[-1], said.iloc[-1], check_exact=True)
        unknown = [
            "left_share", "muted_share", "posters_share", "lurkers_share", "reproduction",
            "tree_depth", "gini", "top1_share",
        ]  # fmt: skip
        assert frame[unknown].iloc[:-1].isna().all(axis=None)
        known = [name for name in OUTCOMES if name not in unknown]
        pd.testing.assert_frame_equal(frame[known], said[known], check_exact=True)
        assert said["order_share"].iloc[-1] not in (0.0, 1.0)

    def test_asked_each_day_it_has_everything(self, community):
        community.step()
        first = community.datacollector
        first.collect(community)
        community.step()
        assert community.datacollector is first
        frame = first.get_model_vars_dataframe()
        assert len(frame) == community.day == 5
        assert frame["left_share"].isna().tolist() == [True, True, True, False, False]
        assert first.model_vars["members"][-2:] == frame["members"].tolist()[-2:]

    def test_it_makes_no_agent_and_changes_no_bit(self, community):
        before = bits(community)
        community.datacollector.get_model_vars_dataframe()
        assert bits(community) == before
        assert community._members == []

    def test_before_the_first_day_it_is_empty(self):
        assert len(sq.Community("blank").datacollector.get_model_vars_dataframe()) == 0


@pytest.mark.jit
class TestBatchRun:
    """Mesa 3.3 takes seeds as a parameter, Mesa 3.5 as ``rng`` and names it as the model does."""

    SEEDS = (5, 6, 7)

    def rows(self, model: type, parameters: dict, days: int) -> list[dict]:
        # Mesa 3.3 makes one step more than max_steps says.
        options = {"max_steps": days if NEWER else days - 1, "display_progress": False}
        if NEWER:
            return mesa.batch_run(model, parameters, rng=self.SEEDS, **options)
        return mesa.batch_run(model, {**parameters, "seed": self.SEEDS}, **options)

    def test_named_scenarios_values_and_seeds(self):
        values = [
            {"market.people": 30, "group.capacity": 20, "policy.promo_share": share}
            for share in (0.0, 0.5)
        ]
        rows = self.rows(Measured, {"scenario": "wechat-group", "values": values}, days=10)
        found = {}
        for row in rows:
            seed = row["rng"] if NEWER else row["seed"]
            found[seed, row["values"]["policy.promo_share"]] = row["members"]
        expected = {}
        for seed in self.SEEDS:
            for change in values:
                run = sq.run(sq.Scenario.load("wechat-group").with_values(change), 10, seed)
                expected[seed, change["policy.promo_share"]] = run.summary["members"]
        assert found == expected

    def test_a_community_as_it_stands_gives_all_outcomes_by_name(self):
        worlds = [{"market.people": 30, "group.capacity": 20, "policy.promo_share": 0.5}]
        rows = self.rows(sq.Community, {"scenario": "wechat-group", "values": worlds}, days=10)
        settings = sq.Scenario.load("wechat-group").with_values(worlds[0])
        assert [row["seed"] for row in rows] == list(self.SEEDS)
        for row, seed in zip(rows, self.SEEDS, strict=True):
            assert [name for name in row if name in OUTCOMES] == list(OUTCOMES)
            found = [row[name] for name in OUTCOMES]
            summary = sq.run(settings, 10, seed).summary
            np.testing.assert_array_equal(found, [summary[name] for name in OUTCOMES])

    def test_each_day_of_a_batch(self):
        parameters = {"scenario": [scenario()], "rng": [3]}
        steps = 6 if NEWER else 5
        rows = mesa.batch_run(
            sq.Community, parameters, max_steps=steps, data_collection_period=1,
            display_progress=False,
        )  # fmt: skip
        community = sq.Community(scenario(), rng=3)
        for row in rows:
            community.step()
            assert row["Step"] == community.day - (not NEWER)
            assert row["messages"] == community.summary["messages"]
        assert len(rows) == 6

    def test_a_single_mapping_of_values_is_refused_with_what_to_do(self):
        parameters = {"scenario": "wechat-group", "values": {"group.capacity": 40}}
        with pytest.raises(sq.ScenarioError, match="put a single mapping into a list") as caught:
            self.rows(sq.Community, parameters, days=2)
        assert len(caught.value.problems) == 1

    def test_a_model_that_names_its_seed(self):
        class Named(Measured):
            def __init__(self, scenario, seed=None):
                super().__init__(scenario, seed)

        rows = self.rows(Named, {"scenario": [scenario()]}, days=2)
        assert {row["seed"] for row in rows} == set(self.SEEDS)


def said_by(example: str) -> tuple[dict, str]:
    """The names that an example makes, and what it prints."""
    said, names = io.StringIO(), {}
    with contextlib.redirect_stdout(said):
        exec(compile(example, str(MANUAL), "exec"), names)
    return names, said.getvalue()


@pytest.mark.jit
class TestOverriding:
    def test_the_examples_of_the_manual_run(self):
        manual = MANUAL.read_text(encoding="utf-8")
        override, collect, batch, remove = re.findall(r"```python\n(.*?)```", manual, re.S)
        sessions = said_by(override)[0]["sessions"]
        assert set(sessions) == {"Community", "GratefulCommunity"}
        assert sessions["GratefulCommunity"] > sessions["Community"] > 100
        frame = said_by(collect)[0]["collector"].get_model_vars_dataframe()
        assert frame["day"].tolist() == [1, 2, 3, 4, 5]
        rows = said_by(batch)[0]["rows"]
        assert [row["rng"] for row in rows] == [1, 2, 1, 2]
        assert {row["members"] for row in rows} != {rows[0]["members"]}
        names, text = said_by(remove)
        assert text.startswith(f"{len(names['bored'])} removed: Community of wechat-group: day 6")
        assert len(names["bored"]) > 10

    def test_a_subclass_is_run_by_name(self):
        class Silent(sq.Community):
            tier_classes = tuple(
                type(f"Silent{base.__name__}", (base,), {"speak": lambda self, visit: None})
                for base in TIER_CLASSES
            )

        talked = sq.run(scenario(), 10, 2, engine="agents")
        silent = sq.run(scenario(), 10, 2, engine="agents", community=Silent)
        assert isinstance(silent.community, Silent)
        assert talked.summary["messages"] > silent.summary["messages"] == 0.0
        with pytest.raises(sq.ScenarioError, match="overrides speak; that needs engine 'agents'"):
            sq.run(scenario(), 10, 2, community=Silent)
        with pytest.raises(sq.ScenarioError, match="is no subclass of shequn.Community"):
            sq.run(scenario(), 10, community=sq.Operator)

    def test_an_overridden_verb_is_called_for_each_session(self):
        calls = []

        class Watched(sq.Community):
            tier_classes = tuple(
                type(
                    f"Watched{base.__name__}",
                    (base,),
                    {"buy": lambda self, visit: calls.append(self.row)},
                )
                for base in TIER_CLASSES
            )

        needy = {f"tiers.{tier}.need_rate": 1.0 for tier in ("high", "middle", "base")}
        community = Watched(scenario(**needy), seed=2, engine="agents")
        for _ in range(5):
            community.step()
        visits = [community.journal.total(name).sum() for name in ("sessions", "looks")]
        assert len(calls) == sum(visits) > 30
        assert community.tables.members["orders"].sum() == 0
        assert sq.run(scenario(**needy), 5, 2).community.tables.members["orders"].sum() > 0

    def test_an_override_that_changes_nothing_changes_no_bit(self):
        class Same(sq.BaseTierMember):
            def read(self, visit):
                super().read(visit)

        class SameCommunity(sq.Community):
            tier_classes = (sq.HighTierMember, sq.MiddleTierMember, Same)

        one = SameCommunity(scenario(), seed=2, engine="agents")
        other = sq.Community(scenario(), seed=2)
        for _ in range(10):
            one.step()
            other.step()
        assert bits(one) == bits(other)


def test_a_community_that_nobody_holds_is_freed():
    """Mesa 3.3 would keep every model for ever."""
    community = sq.Community("blank", 1)
    community.create_members()
    gone = weakref.ref(community)
    del community
    gc.collect()
    assert gone() is None
