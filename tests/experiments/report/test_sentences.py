"""No sentence says more than its interval, in either language."""

from __future__ import annotations

import math
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shequn.experiments.report import sentences
from shequn.experiments.report.answer import GROUP, PROMOTIONS, SEEDS, Decision
from shequn.experiments.report.facts import (
    ALL,
    HANGS,
    HOLDS,
    LESS,
    MORE,
    NOTHING,
    ONE,
    SINGLE,
    SOME,
    UNDECIDED,
    Choice,
    Estimate,
    spread,
)
from shequn.experiments.report.own_templates import OWN
from shequn.experiments.report.sentences import Language, outward
from shequn.experiments.report.templates import TEMPLATES as GENERAL
from shequn.experiments.report.terms import OUTCOMES_ZH
from shequn.model.outcomes import OUTCOMES
from tests.docs.test_chinese import rows

EN, ZH = Language("en"), Language("zh")
TEMPLATES = {**GENERAL, **OWN}
BOTH = pytest.mark.parametrize("words", [EN, ZH], ids=["en", "zh"])
LEVELS = ("quiet", "usual", "lively")
# What says that there is more or less, and that one option is best.
SIGNS = re.compile(r"\badds between|\btakes away between|\d more|\d less|多出|少了|多 \d|少 \d")
BEST = re.compile(r"\b(is|are) best\b|最好[（：]")
number = st.floats(-1e9, 1e9, allow_nan=False).filter(lambda x: x == 0.0 or abs(x) > 1e-9)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    n = draw(st.integers(0, 5))
    low, mean, high = sorted(draw(st.tuples(number, number, number)))
    if n < 2:
        return Estimate(mean if n else math.nan, math.nan, math.nan, n, "CNY")
    return Estimate(mean, low, high, n, "CNY")


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    key = draw(st.sampled_from([PROMOTIONS, GROUP, SEEDS, "arm", "desk.staff"]))
    size = draw(st.integers(2, 6))
    options = tuple(f"x{k}" for k in range(size)) if key in (SEEDS, "arm") else tuple(range(size))
    levels = draw(st.sampled_from([1, 3]))
    sets = st.frozensets(st.integers(0, size - 1), min_size=1)
    kept = tuple(draw(sets) for _ in range(levels))
    return Decision(key, "a.path", Choice(options, kept, draw(st.integers(1, 9))), {})


def values_in(text: str) -> list[float]:
    found = re.findall(r"\u2212?\d[\d,]*(?:\.\d+)?(?:e-\d+)?", text)
    return [float(each.replace("\u2212", "-").replace(",", "")) for each in found]


@given(number, st.booleans(), st.sampled_from([2, 3]))
def test_an_end_is_rounded_outwards_and_keeps_its_sign(value, up, digits):
    (said,) = values_in(outward(value, up, digits))
    assert said >= value - 1e-9 * abs(value) if up else said <= value + 1e-9 * abs(value)
    assert (said > 0.0) == (value > 0.0) and (said < 0.0) == (value < 0.0)
    assert abs(said - value) <= 0.1 * abs(value)


@pytest.mark.parametrize(
    ("value", "up", "said"),
    [
        (4354.2, False, "4,350"),
        (5684.1, True, "5,690"),
        (12.61, False, "12"),
        (-0.031, False, "\u22120.031"),
        (-0.0319, True, "\u22120.031"),
        (0.0, True, "0"),
        (0.00000314159, False, "3.1e-6"),
        (-0.00000314159, False, "\u22123.2e-6"),
        (0.000314, False, "0.00031"),
        (100.4, True, "101"),
    ],
)
def test_how_ends_are_written(value, up, said):
    assert outward(value, up) == said


@BOTH
@given(st.lists(estimates(), min_size=1, max_size=4))
def test_no_sign_where_an_interval_holds_0(words, found):
    whole = spread(found)
    said = words.gain(whole, "none")
    if whole.side not in (MORE, LESS):
        assert not SIGNS.search(said)
    if whole.side in (NOTHING, SINGLE):
        assert said == ""
        return
    assert all(each.side == whole.side for each in found) or whole.side in (UNDECIDED, HANGS)
    if said and whole.low != whole.high:
        low, high = sorted(abs(x) for x in (whole.low, whole.high))
        ends = values_in(said)[-2:]
        if whole.side in (MORE, LESS):
            assert ends[0] <= low * (1 + 1e-9) and high <= ends[1] * (1 + 1e-9)
        else:
            assert ends[0] <= whole.low + 1e-9 * abs(whole.low)
            assert whole.high <= ends[1] + 1e-9 * abs(whole.high)


@BOTH
@given(estimates())
def test_a_part_has_a_sign_only_if_the_interval_has_one(words, found):
    if found.side not in (MORE, LESS):
        assert not SIGNS.search(words.part(found))


@BOTH
@given(decisions())
def test_one_option_is_best_only_where_every_other_is_surely_worse(words, decision):
    choice = decision.choice
    levels = LEVELS if len(choice.kept) == 3 else ("",)
    said = words.best([(decision, "what")], levels)
    alone = (
        choice.n > 1 and all(len(kept) == 1 for kept in choice.kept) and len(set(choice.kept)) == 1
    )
    if BEST.search(said):
        assert alone or choice.kind == SOME
    if choice.kind == SOME:  # a range, and that nothing within it can be told apart
        assert len(choice.everywhere) > 1
        assert "cannot tell" in said or "分不出" in said
    assert bool(choice.kind == ONE) == alone
    if choice.n < 2:
        assert choice.kind == SINGLE and ("cannot be told" in said or "说不了" in said)
    assert words.card(decision, levels)


@given(decisions())
def test_kinds_say_what_is_kept(decision):
    choice = decision.choice
    if choice.kind == HANGS:
        assert not choice.everywhere
    if choice.kind == HOLDS:
        assert set(choice.everywhere) < set(choice.anywhere)
    if choice.kind == ALL:
        assert choice.everywhere == choice.anywhere == list(range(len(choice.options)))
    if choice.kind == SOME:
        assert 1 < len(choice.everywhere) < len(choice.options)


def decision(key=PROMOTIONS, options=(0.0, 3.0, 5.0, 7.0), kept=((1, 2),), n=8) -> Decision:
    return Decision(key, "path", Choice(options, tuple(map(frozenset, kept)), n), {})


@pytest.mark.parametrize(
    ("told", "levels", "en", "zh"),
    [
        (
            decision(kept=((2,),)),
            ("",),
            "5 promotions a week are best: every other one tried is surely worse",
            "每周 5 条推广最好：试过的其他取值都肯定更差",
        ),
        (
            decision(),
            ("",),
            "3 to 5 promotions a week do best: the others tried are surely worse, and between "
            "these the runs cannot tell",
            "每周 3 到 5 条推广最好：试过的其他取值都肯定更差，这几个之间分不出高下",
        ),
        (
            decision(kept=((1, 2), (2,), (2, 3))),
            LEVELS,
            "at every level of reading, nothing that was tried surely beats 5 promotions a week",
            "不论阅读量是哪一档，试过的没有一个肯定胜过每周 5 条推广",
        ),
        (
            decision(kept=((0, 1, 2, 3),)),
            ("",),
            "what cannot be told: none that was tried is surely worse than the best",
            "what，分不出：试过的没有一个肯定比最好的差",
        ),
        (
            decision(kept=((1,), (2,), (2, 3))),
            LEVELS,
            "what hangs on how much is read: quiet: 3; usual: 5; lively: 5 to 7",
            "what，要看大家读多少：冷清：3；一般：5；热闹：5 到 7",
        ),
        (
            decision(n=1),
            ("",),
            "what cannot be told: there is one run of each, so there is no interval",
            "what，说不了：每种只跑了一次，没有区间",
        ),
        (
            decision(SEEDS, ("random", "hubs"), ((1,),)),
            ("",),
            "seeding who has most contacts is best: every other one tried is surely worse",
            "种子成员“人脉广的”最好：试过的其他取值都肯定更差",
        ),
        (
            decision(kept=((0,),)),
            ("",),
            "no promotion is best: every other one tried is surely worse",
            "不发推广最好：试过的其他取值都肯定更差",
        ),
    ],
)
def test_what_holds_in_words(told, levels, en, zh):
    assert EN.best([(told, "what")], levels) == en
    assert ZH.best([(told, "what")], levels) == zh


def test_what_is_alike_is_said_together():
    both = [(decision(), "a"), (decision(GROUP, (50, 100, 200), ((1, 2),)), "b")]
    said = EN.best(both, ("",))
    assert said.startswith("3 to 5 promotions a week and groups of 100 to 200 do best:")


@pytest.mark.parametrize(
    ("ends", "en", "zh"),
    [
        (
            (12.0, 40.0),
            "; against none, that adds between 12 and 40 CNY",
            "；和none比，多出 12 到 40 元",
        ),
        (
            (-40.0, -12.0),
            "; against none, that takes away between 12 and 40 CNY",
            "；和none比，少了 12 到 40 元",
        ),
        (
            (-3.0, 12.0),
            "; the difference to none lies between \u22123.0 and 12 CNY, so that the two cannot be "
            "told apart",
            "；和none的差在 \u22123.0 到 12 元之间，分不出多还是少",
        ),
        ((0.0, 0.0), "; it is the same as none in every run", "；和none在每一次里都一样"),
    ],
)
def test_what_is_added_in_words(ends, en, zh):
    low, high = ends
    found = spread([Estimate((low + high) / 2.0, low, high, 8, "CNY")])
    assert EN.gain(found, "none") == en
    assert ZH.gain(found, "none") == zh


def test_levels_that_contradict_one_another_hang_on_reading():
    found = spread([Estimate(2.0, 1.0, 3.0, 4), Estimate(-2.0, -3.0, -1.0, 4)])
    assert found.side == HANGS
    assert "hangs on how much is read" in EN.gain(found, "none")
    assert "要看大家读多少" in ZH.gain(found, "none")


def test_every_template_has_the_same_places_in_both_languages():
    grammar = {"is_", "do_", "hold_"}  # what only English inflects
    for key, text in TEMPLATES.items():
        each = [{name for _, name, _, _ in string.Formatter().parse(part) if name} for part in text]
        assert each[0] - grammar == each[1] - grammar, key
        assert (text.en or key == "end.arm") and (text.zh or key == "space"), key


def test_every_template_is_used():
    folder = Path(sentences.__file__).parent
    said = "".join(
        (folder / f"{name}.py").read_text(encoding="utf-8")
        for name in ("sentences", "page", "panels", "details", "changes", "own")
    )
    begun = tuple(set(re.findall(r'f"([a-z]+\.[a-z.]*){', said)))
    unused = [key for key in TEMPLATES if f'"{key}"' not in said and not key.startswith(begun)]
    assert unused == []


def test_chinese_names_of_outcomes_are_those_of_the_glossary():
    assert set(OUTCOMES_ZH) == set(OUTCOMES)
    glossary = {}
    for cells in rows():
        for name in re.findall("`([^`]+)`", cells[0]):
            glossary[name] = cells[1]
    for name, words in OUTCOMES_ZH.items():
        last = words.rpartition(" ")[2]  # "90 天留存" stands for its part of "90 天、365 天留存"
        assert words in glossary[name] or last[-2:] in glossary[name], name
