"""Held to the facts: who is inside, what is declared, tables, files, exit codes, figures."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ResultsError, ScenarioError, ShequnError
from shequn.commands import main
from shequn.experiments import facts as all_facts
from shequn.experiments.facts import Estimate, Fact, Records, over_communities
from shequn.experiments.formulas.gauges import Gauge, Limit, one_row
from shequn.experiments.formulas.limits import Claim
from shequn.experiments.validate import validate as module
from shequn.experiments.validate.checked import Checked, agrees, misses_first, row, yardstick
from shequn.experiments.validate.declared import MET, MISSED, declare, declared
from shequn.experiments.validate.kept_facts import KEPT
from shequn.experiments.validate.peer_tables import PEER_COLUMNS, peer_cells, peer_summary
from shequn.experiments.validate.physicians import PeerInfluence
from shequn.experiments.validate.tables import as_markdown, as_plain
from shequn.experiments.validate.validate import Validation, validate
from shequn.views.peer_figures import peers_figure
from shequn.views.validate_figures import facts_figure, gauges_figure

NAN = math.nan


def made_up_fact(name: str = "posts", **changes: Any) -> Fact:
    """A fact of study rooms: mean number of messages of a room."""
    values = {
        "id": name, "scenario": "study-room", "title": f"Title of {name}", "unit": "messages",
        "value": 10.0, "low": 8.0, "high": 12.0, "accept_low": NAN, "accept_high": NAN, "n": 5,
        "source": "made up", "note": "", "measure": mean_messages,
    }  # fmt: skip
    return Fact(**{**values, **changes})


def estimate(value: float, half: float = NAN) -> Estimate:
    return Estimate(value, value - half, value + half, 3)


def mean_messages(records: Records) -> Estimate:
    return over_communities(records.messages.groupby("community").size().to_numpy(dtype=float))


def records_with(*messages: int) -> Records:
    """Rooms with so many messages each."""
    room = np.repeat(np.arange(len(messages)), messages)
    table = {"community": room, "time": np.linspace(0.0, 9.0, len(room)), "person": room}
    return Records(10.0, pd.DataFrame({**table, "thread": -1}))


def simulated(scenario: sq.Scenario, seed: int, size: float) -> Records:
    """Instead of a run: three rooms of about ten messages, shifted by the seed."""
    return records_with(9 + seed, 10 + seed, round(11 * size) + seed)


def made_up_peers(low: float = 0.01, low_fine: float = 0.0) -> PeerInfluence:
    """Two fits: peers earn their parameter with one hazard, and not with one for town and month."""
    head = {"exposure": "effort", "direction": "named"}
    one = {
        "baseline": "constant", "q": 0.05, "low": low, "high": 0.09, "outside": 0.1,
        "likelihood_ratio": 5.0, "p_value": 0.0127, "aic_gain": 3.0, "log_likelihood": -50.0,
        "n_parameters": 2, "outside_alone": 0.12, "log_likelihood_alone": -52.5,
    }  # fmt: skip
    fine = {
        "baseline": "city_period", "q": 0.02, "low": low_fine, "high": 0.07, "outside": 0.08,
        "likelihood_ratio": 0.5, "p_value": 0.24, "aic_gain": -1.5, "log_likelihood": -40.0,
        "n_parameters": 9, "outside_alone": 0.08, "log_likelihood_alone": -40.25,
    }  # fmt: skip
    towns = {"town": 1, "physicians": 9, "q": 0.0, "low": 0.0, "high": NAN, "p_value": 1.0}
    resampled = {"exposure": "effort", "q": 0.05, "low": 0.0, "high": 0.1}
    return PeerInfluence(
        pd.DataFrame([head | one, head | fine]), pd.DataFrame([towns]), pd.DataFrame([resampled]),
        (0.1, 0.05), 0.12,
    )  # fmt: skip


def made_up_curves() -> pd.DataFrame:
    month = np.arange(4)
    columns = {"month": month, "observed": 2 * month}
    for name in ("with_peers", "without_peers"):
        columns |= {name: 2.0 * month, f"{name}_low": 1.0 * month, f"{name}_high": 3.0 * month}
    return pd.DataFrame(columns)


class Urn:
    """A simpler model that is far off."""

    name = "urn"

    def records(self, seed: int) -> Records:
        return records_with(100, 100 + seed)


RANGE = {"low": NAN, "high": NAN, "accept_low": 9.0, "accept_high": 13.0}
FACTS = (
    made_up_fact("near", value=11.0, low=9.0, high=13.0),
    made_up_fact("far", value=50.0, low=49.0, high=51.0),
    made_up_fact("ranged", **RANGE),
    made_up_fact("elsewhere", scenario="", note="no scenario stands for it", measure=None),
    made_up_fact("chapter", scenario="chapters", value=11.0, low=9.0, high=13.0),
)
LIMIT = Limit("A0", "One", "1", {}, (Claim("one", 1.0, 0.0, 0.5),), lambda _, seed: one_row([seed]))


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Made-up facts, records and one limit that holds at seeds 0 to 2 instead of the real ones."""

    def put(promised: dict[str, str] | None = None, given: Sequence[Fact] = FACTS) -> None:
        def choose(scenario: str | None = None) -> list[Fact]:
            return [fact for fact in given if scenario is None or fact.scenario == scenario]

        from shequn.experiments.facts import simulated_records

        monkeypatch.setattr(module, "facts", choose)
        monkeypatch.setattr(module, "declared", lambda: promised or {})
        monkeypatch.setattr(module, "LIMITS", (lambda: LIMIT,))
        monkeypatch.setattr(module, "baselines_of", lambda name: [Urn()])
        monkeypatch.setattr(
            module, "_peers", lambda seed, size: (made_up_peers(), made_up_curves())
        )
        monkeypatch.setattr(module, "warm_up", lambda *scenarios: None)
        monkeypatch.setattr("shequn.commands.options.compile_first", lambda *scenarios: None)
        monkeypatch.setattr(simulated_records, "records", simulated)
        real = sq.Scenario.load

        def load(name: str | Path) -> sq.Scenario:
            from dataclasses import replace

            known = name in ("study-room", "chapters")
            return replace(real("blank"), name=str(name)) if known else real(name)

        monkeypatch.setattr(sq.Scenario, "load", staticmethod(load))

    return put


class TestInside:
    @pytest.mark.parametrize(
        ("value", "inside"),
        [(9.0, True), (13.0, True), (8.99, False), (13.01, False), (NAN, False)],
    )
    def test_a_stated_range_decides_alone(self, value: float, inside: bool) -> None:
        fact = made_up_fact(**RANGE)
        assert agrees(fact, estimate(value, 5.0)) is inside

    @pytest.mark.parametrize(("low", "high", "inside"), [(9.0, NAN, True), (NAN, 9.0, False)])
    def test_a_range_may_be_open(self, low: float, high: float, inside: bool) -> None:
        fact = made_up_fact(accept_low=low, accept_high=high)
        assert agrees(fact, estimate(1e9)) is inside

    def test_without_a_range_the_interval_of_the_difference_must_hold_zero(self) -> None:
        """Half-widths 3 and 4: the difference has half-width 5."""
        fact = made_up_fact(value=10.0, low=7.0, high=13.0)
        assert yardstick(fact, estimate(0.0, 4.0)) == pytest.approx((5.0, 15.0))
        assert agrees(fact, estimate(14.9, 4.0))
        assert not agrees(fact, estimate(15.1, 4.0))

    def test_a_simulated_value_without_an_interval_counts_as_exact(self) -> None:
        fact = made_up_fact(value=10.0, low=7.0, high=13.0)
        assert yardstick(fact, estimate(0.0)) == pytest.approx((7.0, 13.0))
        assert agrees(fact, estimate(12.99))
        assert agrees(fact, estimate(13.01)) is False
        assert agrees(fact, estimate(NAN)) is False

    @pytest.mark.parametrize("value", [10.0, 1e6, NAN])
    def test_neither_range_nor_interval_is_shown_only(self, value: float) -> None:
        baselines = {"urn": estimate(value, 4.0)}
        line = Checked(made_up_fact(low=NAN, high=NAN), [estimate(value, 4.0)], baselines)
        assert line.inside is None
        assert row(line)["inside"] == "shown only"
        assert row(line)["urn inside"] == ""
        assert not line.broken
        assert Checked(line.fact, line.at_seeds, declared=MET).broken  # it cannot be promised

    def test_a_value_that_is_not_known_is_shown_only(self) -> None:
        assert agrees(made_up_fact(value=NAN), estimate(10.0)) is None


class TestValidate:
    def test_facts_come_from_the_records_of_the_scenario(self, stand_ins) -> None:
        stand_ins()
        found = validate("study-room", seed=2, replicates=1)
        near, far, ranged = found.checked
        assert near.simulated == mean_messages(simulated(found.scenarios["study-room"], 2, 1.0))
        assert (near.inside, far.inside, ranged.inside) == (True, False, True)
        assert [line.fact.id for line in found.misses] == ["far"]
        assert near.baselines == {"urn": mean_messages(records_with(100, 102))}

    def test_all_scenarios_that_facts_are_known_of_when_none_is_named(self, stand_ins) -> None:
        stand_ins()
        assert list(validate(baselines=False).scenarios) == ["study-room", "chapters"]

    def test_a_changed_scenario_under_its_name_is_run(self, stand_ins) -> None:
        stand_ins()
        changed = sq.Scenario.load("study-room").with_values({"run.days": 7})
        seen = []

        def note(scenario: sq.Scenario, seed: int, size: float) -> Records:
            seen.append((scenario.days, seed, size))
            return records_with(10, 11)

        how = {"simulate": note, "limits": False, "baselines": False, "workers": 1}
        validate(changed, seed=4, size=0.5, replicates=3, **how)
        assert seen == [(7, 4, 0.5), (7, 5, 0.5), (7, 6, 0.5)]

    def test_the_table_has_misses_first_and_what_is_not_simulated_last(self, stand_ins) -> None:
        stand_ins({"near": MET, "far": MISSED})
        table = validate("study-room", replicates=1).table
        assert list(table["fact"]) == ["far", "near", "ranged", "elsewhere"]
        assert list(table["inside"]) == ["no", "yes", "yes", "not simulated"]
        assert list(table["declared"]) == [MISSED, MET, "", ""]
        assert table["urn"].iloc[0] == pytest.approx(100.5)
        assert list(table["urn inside"].iloc[:3]) == ["no", "no", "no"]
        assert table["note"].iloc[-1] == "no scenario stands for it"

    def test_what_is_shown_only_is_neither_met_nor_missed(self, stand_ins) -> None:
        stand_ins(given=(made_up_fact("bare", low=NAN, high=NAN), *FACTS))
        found = validate("study-room", seed=2, replicates=1)
        assert [line.fact.id for line in found.misses] == ["far"]
        names = [line.fact.id for line in misses_first(found.checked)]
        assert names == ["far", "near", "ranged", "bare"]
        assert list(found.table["inside"]) == ["no", "yes", "yes", "shown only", "not simulated"]
        text = repr(found)
        assert "Facts (seed 2): 2 met, 1 missed, 1 shown only, 1 not simulated." in text
        assert re.search(r"^study-room +3 +2 +2.0 +2 +2$", text, re.MULTILINE)
        assert "Simpler model 'urn': 0 of the 3 it speaks of (shequn 2)." in text
        assert re.search(r"^bare .*shown only$", text, re.MULTILINE)

    def test_threads_change_no_number(self, stand_ins) -> None:
        stand_ins()
        one, four = (validate(workers=n).table for n in (1, 4))
        pd.testing.assert_frame_equal(one, four)

    def test_progress_ends_where_it_was_planned(self, stand_ins) -> None:
        stand_ins()
        calls: list[tuple[int, int]] = []
        validate(progress=lambda state: calls.append((state.done, state.planned)))
        assert calls[0][0] == 0
        assert calls[-1][0] == calls[-1][1]
        assert [done for done, _ in calls] == sorted(done for done, _ in calls)

    def test_it_prints_as_a_table(self, stand_ins) -> None:
        stand_ins({"far": MET})
        text = repr(validate("study-room"))
        assert text.index("far") < text.index("near")
        assert "outside, declared met" in text
        words = "Facts (mean over seeds 1 to 5): 2 met, 1 missed, 0 shown only, 1 not simulated."
        assert words in text
        assert "Declared as met and not met: far." in text
        assert "no scenario stands for it" in text

    def test_a_baseline_is_scored_on_the_facts_that_it_speaks_of(self, stand_ins) -> None:
        stand_ins(given=(*FACTS[:3], made_up_fact("silent", measure=lambda r: estimate(NAN))))
        found = validate("study-room")
        assert "Simpler model 'urn': 0 of the 3 it speaks of (shequn 2)." in repr(found)
        assert found.table.set_index("fact")["urn inside"]["silent"] == ""

    def test_wrong_numbers_are_all_named(self, stand_ins) -> None:
        stand_ins()
        with pytest.raises(ScenarioError, match=r"(?s)seed.*replicates.*size.*workers"):
            validate(seed=-1, replicates=0, size=1.5, workers=0)

    def test_an_unknown_scenario_names_the_nearest(self, stand_ins) -> None:
        stand_ins()
        with pytest.raises(ScenarioError, match="did you mean 'study-room'"):
            validate("studyroom")


class TestOverSeeds:
    """The five rooms of `simulated` have 11, 12, 13, 14, 15 messages on average."""

    def test_what_is_judged_is_the_mean_with_its_interval_over_seeds(self, stand_ins) -> None:
        stand_ins()
        near = validate("study-room").checked[0]
        # mean 13, SD sqrt(2.5), t(0.975, 4) = 2.776445: half-width 1.963243
        assert near.simulated.value == 13.0
        assert near.simulated.high - 13.0 == pytest.approx(1.963243, abs=1e-6)
        assert near.simulated.n == 15  # three rooms at each seed
        assert (near.shown.low, near.shown.high) == (11.0, 15.0)
        assert yardstick(near.fact, near.simulated)[1] == pytest.approx(
            11.0 + math.hypot(2.0, 1.963243), abs=1e-6
        )

    @pytest.mark.parametrize(("most", "inside"), [(13.0, True), (12.9, False)])
    def test_a_mean_in_the_range_is_met_whatever_single_seeds_say(
        self, stand_ins, most: float, inside: bool
    ) -> None:
        stand_ins(given=(made_up_fact("ranged", **{**RANGE, "accept_high": most}),))
        (line,) = validate("study-room", baselines=False, limits=False).checked
        assert line.inside is inside
        assert line.inside_at == [most >= mean for mean in (11.0, 12.0, 13.0, 14.0, 15.0)]

    def test_a_fact_without_a_value_at_a_seed_is_missed(self) -> None:
        line = Checked(made_up_fact(**RANGE), [estimate(10.0), estimate(NAN)])
        assert math.isnan(line.simulated.value) and math.isnan(line.shown.low)
        assert line.inside is False
        assert line.inside_at == [True, False]

    def test_scores_count_facts_by_the_mean_and_at_single_seeds(self, stand_ins) -> None:
        """Near is met up to 14 at single seeds, 13 by the mean; high at the last seed only."""
        high = made_up_fact("high", **{**RANGE, "accept_low": 15.0, "accept_high": 16.0})
        stand_ins(given=(*FACTS, high))
        scores = validate(baselines=False, limits=False).scores
        assert list(scores["scenario"]) == ["study-room", "chapters", "all"]  # misses first
        rooms, chapters, every = scores.to_dict("records")
        assert (rooms["facts"], rooms["met"]) == (4, 2)
        assert (chapters["facts"], chapters["met"]) == (1, 1)
        assert every["facts"] == 5 and every["met"] == 3
        single = np.array([line.inside_at for line in validate("study-room").checked])
        met = single.sum(axis=0)
        assert (rooms["at_a_seed"], rooms["lowest"], rooms["highest"]) == (
            met.mean(), met.min(), met.max(),
        )  # fmt: skip
        assert met.min() < met.max()

    def test_tables_name_the_ends_and_the_seeds(self, stand_ins) -> None:
        stand_ins()
        found = validate("study-room")
        (row,) = (row for row in found.table.to_dict("records") if row["fact"] == "ranged")
        names = ("simulated", "lowest", "highest", "seeds", "seeds_inside", "inside")
        assert [row[name] for name in names] == [13.0, 11.0, 15.0, 5, 3, "yes"]
        text = repr(found)
        assert re.search(r"^ranged .* 13 +11 +15 +3 of 5 +inside$", text, re.MULTILINE)
        assert re.search(r"At a single seed \d\.\d of 3 \(\d to \d\) are met\.", text)
        plain = json.loads(json.dumps(as_plain(found)))
        assert plain["seeds"] == [1, 2, 3, 4, 5]
        assert plain["scores"] == found.scores.to_dict("records")

    def test_baselines_are_measured_at_the_same_seeds(self, stand_ins) -> None:
        stand_ins()
        baseline = validate("study-room", seed=2, replicates=3).checked[0].baselines["urn"]
        assert baseline.value == np.mean([101.0, 101.5, 102.0])

    def test_the_figure_has_a_bar_from_the_lowest_to_the_highest(self, stand_ins) -> None:
        stand_ins(given=(made_up_fact("ranged", **RANGE),))
        found = validate("study-room", baselines=False, limits=False)
        figure = facts_figure(found)
        words = {text.get_text() for text in figure.axes[0].texts}
        assert "13 [11, 15]" in words and "simulated [lowest, highest]" in words
        # on the yardstick 9 is -1 and 13 is 1
        bars = [tuple(line.get_xdata()) for line in figure.axes[0].lines]
        assert (0.0, 2.0) in bars
        assert "mean over seeds 1 to 5" in figure.words()


class TestKept:
    def test_what_was_simulated_is_not_simulated_again(
        self, stand_ins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stand_ins()
        from shequn.experiments.facts import simulated_records

        out, seeds = tmp_path / "out", []

        def counted(scenario: sq.Scenario, seed: int, size: float) -> Records:
            seeds.append(seed)
            return simulated(scenario, seed, size)

        monkeypatch.setattr(simulated_records, "records", counted)
        monkeypatch.setattr(module.Validation, "save", lambda *_: None)  # never at its end
        own = {"limits": False, "out": out, "workers": 1}
        whole = validate("study-room", limits=False)
        validate("study-room", replicates=3, baselines=False, **own)
        with (out / KEPT).open("a", encoding="utf-8") as stream:
            stream.write('{"key": "cut sho')
        seeds.clear()
        again = validate("study-room", **own)
        assert seeds == [4, 5]
        pd.testing.assert_frame_equal(again.table, whole.table)
        seeds.clear()
        validate("study-room", baselines=False, **own)
        assert seeds == []
        changed = sq.Scenario.load("study-room").with_values({"run.days": 7})
        validate(changed, replicates=1, baselines=False, **own)
        validate("study-room", replicates=1, size=0.5, baselines=False, **own)
        assert seeds == [1, 1]

    def test_the_command_goes_on_in_the_folder_of_an_interruption(
        self, stand_ins, here: Path, monkeypatch: pytest.MonkeyPatch, capsys
    ) -> None:
        stand_ins()
        from shequn.experiments.facts import simulated_records

        def interrupted(scenario: sq.Scenario, seed: int, size: float) -> Records:
            if seed == 3:
                raise KeyboardInterrupt
            return simulated(scenario, seed, size)

        words = ["validate", "study-room", "--out", "here", "--no-limits", "--workers", "1"]
        monkeypatch.setattr(simulated_records, "records", interrupted)
        assert main(words) == 130
        assert "the same command with --out here" in capsys.readouterr().err
        assert [path.name for path in (here / "here").iterdir()] == ["simulated.jsonl"]
        monkeypatch.setattr(simulated_records, "records", simulated)
        assert main(words) == 0
        assert "simulated.jsonl" not in {path.name for path in (here / "here").iterdir()}
        assert main(words) == 2  # finished: nothing is overwritten


class TestDeclared:
    def test_met_is_what_is_inside_by_the_mean_and_at_every_seed(self, tmp_path: Path) -> None:
        ranged = made_up_fact("mean only", **RANGE)
        lines = [
            Checked(made_up_fact("always"), [estimate(10.0, 1.0), estimate(11.0, 1.0)]),
            Checked(made_up_fact("once"), [estimate(10.0, 1.0), estimate(30.0, 1.0)]),
            Checked(ranged, [estimate(8.0), estimate(12.0)]),
            Checked(made_up_fact("never"), [estimate(NAN), estimate(NAN)]),
            Checked(made_up_fact("shown", low=NAN, high=NAN), [estimate(10.0), estimate(10.0)]),
        ]
        assert lines[2].inside
        found = Validation({"study-room": sq.Scenario.load("blank")}, lines, [], [], [1, 2], 1.0)
        path = tmp_path / "declared.csv"
        words = declare(path, found)
        expected = {"always": MET, "once": MISSED, "mean only": MISSED, "never": MISSED}
        assert words == expected
        assert declared(path.read_text(encoding="utf-8")) == words

    def test_another_word_is_refused(self) -> None:
        with pytest.raises(ShequnError, match="x: must be declared met or missed"):
            declared("fact,declared\nx,perhaps\n")

    def test_the_package_declares_facts_that_there_are(self) -> None:
        known = {fact.id for fact in all_facts.facts() if fact.measure is not None}
        assert set(declared()) <= known


class TestCommand:
    @pytest.mark.parametrize(
        ("promised", "code"),
        [({}, 0), ({"near": MET, "far": MISSED}, 0), ({"far": MET}, 1), ({"near": MISSED}, 0)],
    )
    def test_exit_code_1_when_a_fact_declared_as_met_is_not(
        self, stand_ins, here: Path, promised: dict[str, str], code: int, capsys
    ) -> None:
        stand_ins(promised)
        assert main(["validate", "study-room", "--no-baselines"]) == code
        assert ("Declared as met and not met: far." in capsys.readouterr().out) is (code == 1)

    def test_exit_code_1_when_a_closed_form_is_not_kept(self, stand_ins, here: Path) -> None:
        stand_ins()
        words = ["validate", "chapters", "--no-baselines", "--seed", "9"]
        assert main(words) == 1
        assert main([*words, "--no-limits"]) == 0

    def test_an_unknown_scenario_is_exit_code_2_with_the_nearest_name(
        self, stand_ins, here: Path, capsys
    ) -> None:
        stand_ins()
        assert main(["validate", "study-rom"]) == 2
        assert "did you mean 'study-room'?" in capsys.readouterr().err
        assert not (here / "results").exists()

    def test_the_files_are_those_of_the_python_object(self, stand_ins, here: Path) -> None:
        stand_ins({"near": MET})
        assert main(["validate"]) == 0
        folder = here / "results" / "validate-001"
        found = validate()
        names = {path.name for path in folder.iterdir()}
        assert names == {
            "facts.csv", "facts.md", "facts.png", "gauges.csv", "gauges.png", "manifest.json",
            "peers.csv", "peers.png", "validation.json",
        }  # fmt: skip
        assert (folder / "facts.csv").read_text() == found.table.to_csv(
            index=False, lineterminator="\n"
        )
        content = json.loads((folder / "validation.json").read_text())
        assert content["holds"] is True
        assert [row["fact"] for row in content["facts"]] == list(found.table["fact"])
        assert content["gauges"] == [vars(gauge) for gauge in found.gauges]
        assert (folder / "facts.md").read_text(encoding="utf-8") == as_markdown(found)
        manifest = json.loads((folder / "manifest.json").read_text())
        assert set(manifest["scenarios"]) == {"study-room", "chapters"}

    def test_nothing_is_overwritten(self, stand_ins, here: Path, capsys) -> None:
        stand_ins()
        for _ in range(2):
            assert main(["validate", "chapters", "--no-baselines"]) == 0
        folder = here / "results" / "validate-002"
        assert folder.is_dir()
        assert main(["validate", "chapters", "--out", str(folder)]) == 2
        with pytest.raises(ResultsError, match="nothing is overwritten"):
            validate("chapters").save(folder)

    def test_json_on_standard_output_is_json(self, stand_ins, here: Path, capsys) -> None:
        stand_ins()
        main(["validate", "--json", "--quick"])
        content = json.loads(capsys.readouterr().out)
        assert content["size"] == 0.25
        assert "urn" not in content["facts"][0]

    @pytest.mark.parametrize("words", [["--size", "0"], ["--size", "x"], ["--workers", "0"]])
    def test_bad_numbers_are_exit_code_2(self, words: list[str], capsys) -> None:
        with pytest.raises(SystemExit) as stop:
            main(["validate", *words])
        assert stop.value.code == 2


class TestPhysicians:
    def test_bare_includes_the_network_and_names_leave_it_out(self, stand_ins) -> None:
        stand_ins()
        assert validate().peers is not None
        assert validate("study-room").peers is None
        both = validate("physicians", "study-room")
        assert both.peers is not None and both.gauges
        assert list(both.scenarios) == ["study-room"]

    def test_alone_it_runs_nothing_else(self, stand_ins, here: Path, capsys) -> None:
        stand_ins()
        assert main(["validate", "physicians"]) == 0
        text = capsys.readouterr().out
        assert "Closed forms" not in text and "Not simulated" not in text
        folder = here / "results" / "validate-001"
        assert {path.name for path in folder.iterdir()} == {
            "facts.md", "manifest.json", "peers.csv", "peers.png", "validation.json",
        }  # fmt: skip
        fits = pd.read_csv(folder / "peers.csv")
        pd.testing.assert_frame_equal(fits, made_up_peers().fits)
        plain = json.loads((folder / "validation.json").read_text())["peers"]
        assert plain["fits"] == made_up_peers().fits.to_dict("records")
        assert plain["towns"][0]["high"] is None
        assert len(plain["curves"]) == 4
        assert "| effort of named | one hazard | 0.100, 0.120 |" in (
            (folder / "facts.md").read_text(encoding="utf-8")
        )

    def test_a_mistyped_name_is_told(self, stand_ins) -> None:
        stand_ins()
        with pytest.raises(ScenarioError, match="did you mean 'physicians'"):
            validate("physicans")

    def test_the_fit_without_peers_stands_beside_the_fit_with(self) -> None:
        cells = dict(zip(PEER_COLUMNS, peer_cells(made_up_peers())[0], strict=True))
        assert cells == {
            "exposure to adopters": "effort of named", "baseline": "one hazard",
            "p with, without": "0.100, 0.120", "q [95 %]": "0.0500 [0.0100, 0.0900]",
            "ln L with, without": "-50.00, -52.50", "ratio": "5.00", "p-value": "0.013",
            "AIC gain": "+3.00",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("lows", "first", "second"),
        [
            ((0.01, 0.0), "hard to tell from none", "at most 0.020 a month: what looks like"),
            ((0.0, 0.0), "leaves out 0 in 0 of 2", "up to 0.07 a month (effort) is not ruled out"),
            ((0.01, 0.01), "can be told from none", "still up to 0.020 a month"),
        ],
    )
    def test_the_sentences_follow_the_fits(self, lows, first: str, second: str) -> None:
        sentences = peer_summary(made_up_peers(*lows))
        assert first in sentences[0] and "(AIC) in 1, with one hazard as" in sentences[0]
        assert second in sentences[1]

    def test_it_decides_nothing(self) -> None:
        for low in (0.0, 0.01):
            found = Validation({}, [], [], [], [1], 1.0, made_up_peers(low), made_up_curves())
            assert found.holds
            assert found.plot().axes

    def test_the_figure_has_a_mark_for_every_fit_filled_where_0_is_left_out(self) -> None:
        figure = peers_figure(made_up_peers(), made_up_curves())
        left, right = figure.axes
        assert len(left.lines) == 3 and len(left.collections) == 2
        marks = {line.get_marker(): line for line in right.lines if line.get_marker() != "None"}
        assert marks["o"].get_xdata()[0] == 0.05
        assert marks["o"].get_markerfacecolor() != "white"
        assert marks["D"].get_markerfacecolor() == "white"
        assert not peers_figure(made_up_peers(), None).axes[0].get_visible()


class TestFigures:
    def test_markdown_has_a_row_for_every_fact(self, stand_ins) -> None:
        stand_ins()
        text = as_markdown(validate())
        for fact in FACTS:
            assert re.search(rf"^\| {fact.id} \|", text, re.MULTILINE)

    def test_outside_differs_by_shape_and_not_by_colour_alone(self) -> None:
        """Inside a dot, outside a diamond, off the scale an arrow."""
        fact = made_up_fact(**RANGE)
        values = {"o": 11.0, "D": 15.0, "<": -50.0, ">": 50.0}
        for shape, value in values.items():
            line = Checked(fact, [estimate(value, 0.1)])
            found = Validation({"study-room": sq.Scenario.load("blank")}, [line], [], [], [1], 1.0)
            marks = {drawn.get_marker() for drawn in facts_figure(found).axes[0].lines}
            assert marks & set(values) == {shape}

    @pytest.mark.parametrize(
        "changes",
        [{"accept_low": 3.0}, {"accept_high": 3.0}, {"low": NAN, "high": NAN}, {"value": NAN}],
    )
    @pytest.mark.parametrize("value", [NAN, 2.0, 4.0])
    def test_open_ranges_and_missing_values_are_drawn(self, changes, value, tmp_path) -> None:
        line = Checked(made_up_fact(**changes), [estimate(value)])
        found = Validation({"study-room": sq.Scenario.load("blank")}, [line], [], [], [1], 1.0)
        axes = found.plot().axes[0]
        shown = line.inside is None
        assert ("shown only" in {text.get_text() for text in axes.texts}) is shown

    def test_gauges_show_the_deviation_as_a_share_of_what_is_allowed(self) -> None:
        inside = Gauge("A1", "one", 1.0, 1.02, 0.01, 0.01, 0.04, True)
        outside = Gauge("A2", "two", 1.0, 0.95, 0.01, 0.01, 0.04, False)
        exact = Gauge("A3", "three", 1.0, 1.0, 0.0, 0.0, 0.0, True)
        drawn = gauges_figure([inside, outside, exact]).axes[0].lines
        marks = {line.get_marker(): line.get_xdata()[0] for line in drawn}
        assert marks["D"] == pytest.approx(-1.25)
        assert [line.get_xdata()[0] for line in drawn if line.get_marker() == "o"] == (
            pytest.approx([0.5, 0.0])
        )
