"""What a report says of one's own group: plainly, and no surer than the intervals."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from shequn.agents.errors import ResultsError
from shequn.experiments.mine.words import name_of
from shequn.experiments.report import own
from shequn.experiments.report.answer import GROUP, PROMOTIONS, SEEDS, Answer, Decision
from shequn.experiments.report.blocks import Cards, Page, Picture, Points, Table, Words
from shequn.experiments.report.facts import Choice, Estimate, half_of, spread
from shequn.experiments.report.folder import Mine, Told, is_total, open_folder
from shequn.experiments.report.page import page_of
from shequn.experiments.report.sentences import Language, short
from shequn.views.report_page import html_of
from tests.told import LOOKS, LOOKS_OWN

EN, ZH = Language("en"), Language("zh")
BOTH = pytest.mark.parametrize("language", ["en", "zh"])


def page(place, language: str = "en", audience: str = "strategist") -> Page:
    return page_of(open_folder(place), language, audience)


def blocks(page: Page) -> list[Any]:
    return [block for section in page.sections for block in section.blocks]


def plain(page: Page) -> str:
    return re.sub(r"<[^>]*>", "", html_of(page))


def table(text: str, words: Language, tmp_path, most: int = 8) -> tuple[str, Table]:
    (tmp_path / "looks-like.csv").write_text(text, encoding="utf-8")
    said, found, *_ = own.looks_like(tmp_path, words, most)
    assert isinstance(said, Words) and isinstance(found, Table)
    return said.text, found


# The group beside the simulated ones


@pytest.mark.parametrize(
    ("words", "said", "unknown", "unit"),
    [
        (EN, "Numbers that you gave: 7; the simulated groups meet 7 of them.", "not known",
         "joining a month [persons]"),
        (ZH, "你给了 7 个数，模拟的群对得上 7 个。", "不知道", "每月进群（人）"),
    ],
    ids=["en", "zh"],
)  # fmt: skip
def test_only_what_was_given_is_met(words, said, unknown, unit, tmp_path):
    text, found = table(LOOKS_OWN, words, tmp_path)
    assert text == said
    assert len(found.rows) == 8 and found.compact  # nobody knows anything of the ninth
    rows = {row[0][0]: row[1:] for row in found.rows}
    assert rows[unit][0] == ("6", "")
    assert rows[name_of("top_three", words.name)][0] == ("0.4", "")
    mutes = next(row for name, row in rows.items() if name_of("mutes", words.name) in name)
    assert mutes[0] == (unknown, "") and mutes[1][0] == "15"
    for quantity in ("readers", "messages", "orders", "exits", "members"):
        assert any(name.startswith(name_of(quantity, words.name)) for name in rows)
    if words is ZH:
        assert not re.search("[a-z]", "".join(name for name in rows))


def test_what_was_given_has_its_interval_where_it_is_more_than_the_number(tmp_path):
    text, found = table(LOOKS, EN, tmp_path)
    assert "meet 1 of them and miss 1" in text
    first, second = (row[1] for row in found.rows)
    assert first == ("30", "20 to\u00a040") and second == ("100", "")


def test_a_miss_of_what_was_not_given_is_none(tmp_path):
    text, _ = table(LOOKS_OWN.replace("7.75,36.0,False", "7.75,36.0,True"), EN, tmp_path)
    assert "meet 7 of them." in text


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.4, "0.4"), (6.0, "6"), (0.0, "0"), (200.0, "200"), (11.25, "11.2"), (1234.0, "1,234")],
)
def test_numbers_by_themselves_are_short(value, said):
    assert short(value) == said


# The answer


def decision(key, options, kept, own_place=None, n=8) -> Decision:
    choice = Choice(options, (frozenset(kept),), n)
    places = {k: k for k in range(len(options))}
    return Decision(key, "a.path", choice, places, own_place)


def answer_of(found: Decision, gain: tuple[float, float], *, compares: bool = False) -> Any:
    main = "members" if compares else "incremental_equity"
    unit = "persons" if compares else "CNY"
    return SimpleNamespace(
        told=SimpleNamespace(compares=compares), decisions={found.key: found}, levels=("",),
        gain=lambda _: spread([Estimate(sum(gain) / 2.0, *gain, 8, unit)]), compared=main,
        main=main, money="incremental_equity", orders="incremental_orders", each=False,
    )  # fmt: skip


SIZES = (50, 100, 200, 500)


@pytest.mark.parametrize(
    ("found", "gain", "en", "zh"),
    [
        (
            decision(GROUP, SIZES, (0, 1, 3), 3), (-2.0, 3.0),
            "Group size is not decided: 50, 100 and 500 cannot be told apart, and your 500 is one "
            "of them",
            "群规模定不下来：50、100、500 人分不出高下，你的 500 人也在其中",
        ),
        (
            decision(GROUP, SIZES, (0, 1, 2, 3), None), (-2.0, 3.0),
            "Group size is not decided: 50 to 500 cannot be told apart",
            "群规模定不下来：50 到 500 人分不出高下",
        ),
        (
            decision(GROUP, SIZES, (1,), 3), (2.0, 3.0),
            "groups of 100 are best on average: between 2.0 and 3.0 CNY more than your groups of "
            "500",
            "100 人的群平均最好：比你的 500 人的群多 2.0 到 3.0 元",
        ),
        (
            decision(GROUP, SIZES, (3,), 3), (2.0, 3.0),
            "groups of 500 are best: every other one tried is surely worse",
            "500 人的群最好：试过的其他取值都肯定更差",
        ),
        (
            decision(PROMOTIONS, (0.0, 3.0, 7.0, 14.0), (1, 2), 1), (175.0, 750.0),
            "3 to 7 promotions a week do best on average (which of these, the runs cannot tell): "
            "between 175 and 750 CNY more than no promotion",
            "每周 3 到 7 条推广平均最好（这几个之间分不出高下）：比不发推广多 175 到 750 元",
        ),
        (
            decision(PROMOTIONS, (0.0, 3.0, 7.0, 14.0), (1, 2), 1), (-5.0, 750.0),
            "3 to 7 promotions a week do best on average (which of these, the runs cannot tell), "
            "but that it adds to no promotion is not sure (\u22125.0 to 750 CNY)",
            "每周 3 到 7 条推广平均最好（这几个之间分不出高下），但不肯定比不发推广多"
            "（\u22125.0 到 750 元）",
        ),
        (
            decision(PROMOTIONS, (0.0, 3.0, 7.0), (0, 1), 1), (-5.0, 750.0),
            "The number of promotions a week is not decided: 0 to 3 cannot be told apart",
            "每周推广条数定不下来：0 到 3 条分不出高下",
        ),
        (
            decision(SEEDS, ("random", "high", "hubs"), (0, 2)), (-5.0, 7.0),
            "Whom to seed is not decided: anyone and who has most contacts cannot be told apart",
            "种子成员定不下来：随便、人脉广的，分不出高下",
        ),
        (
            decision(SEEDS, ("random", "high", "hubs"), (2,)), (1.0, 7.4),
            "seeding who has most contacts is best on average: between 1.0 and 7.4 persons "
            "(members) more than seeding anyone",
            "种子成员“人脉广的”平均最好：比种子成员“随便”多 1.0 到 7.4 人（成员数）",
        ),
    ],
)  # fmt: skip
def test_each_question_is_one_sentence(found, gain, en, zh):
    answer = answer_of(found, gain, compares=found.key == SEEDS)
    assert own.answered(answer, found, "what", EN) == en
    assert own.answered(answer, found, "what", ZH) == zh


def test_one_run_of_each_says_nothing():
    found = decision(GROUP, SIZES, (1,), 3, n=1)
    assert "cannot be told" in own.answered(answer_of(found, (2.0, 3.0)), found, "what", EN)


@pytest.mark.jit
@BOTH
def test_the_answer_is_a_sentence_for_each_question(language, folders):
    said = page(folders("mine"), language).answer
    assert ";" not in said and "；" not in said
    assert len(re.findall(r"\.(?: |$)|。", said)) == 3


@pytest.mark.jit
def test_sizes_are_told_against_the_scenarios_own(folders, tmp_path):
    found = open_folder(folders("sizes"))
    assert isinstance(found, Told)
    answer = Answer(found)
    assert answer.decisions[GROUP].own == 1 and set(answer.base.values()) == {1}
    assert "groups of 15, that" not in page(folders("sizes")).answer
    place = folders.copy("sizes", tmp_path / "it")
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["parameters"]["group.capacity"] = 45
    (place / "manifest.json").write_text(json.dumps(manifest))
    other = open_folder(place)
    assert isinstance(other, Told) and Answer(other).base == {}
    assert "against" not in page(place).answer and "nothing is known" not in page(place).answer


@pytest.mark.jit
def test_cards_say_what_is_ones_own(folders):
    (cards,) = (block for block in blocks(page(folders("mine"))) if isinstance(block, Cards))
    assert "Yours: 30." in cards.cards[1].small
    (cards,) = (block for block in blocks(page(folders("sizes"))) if isinstance(block, Cards))
    assert "Yours: 30." not in cards.cards[1].small


# What would change it


@pytest.mark.jit
@pytest.mark.parametrize("kind", ["mine", "own", "worlds"])
@pytest.mark.parametrize(
    ("language", "words", "never"),
    [("en", "How much is read was drawn with the worlds", "one level only"),
     ("zh", "阅读量是和世界一起抽的", "只跑了一档")],
)  # fmt: skip
def test_reading_that_is_drawn_is_never_unknown(kind, language, words, never, folders):
    for audience in ("strategist", "student"):
        found = page(folders(kind), language, audience)
        text = plain(found)
        assert words in text and never not in text
        lists = [block for block in blocks(found) if isinstance(block, Points)]
        assert all("--reading" not in command for each in lists for _, command in each.items)


def swayed(told: Told) -> Answer:
    """An answer in which the best adds to none what is read, three levels apart."""
    answer = Answer(told)
    glance = answer.drawn("group.glance")
    luck = np.random.Generator(np.random.Philox(5)).normal(size=glance.size)
    for k in answer.points:
        rows = told.values("incremental_equity", 0, k)
        rows[:] = k * (10.0 + 100.0 * glance) + luck
    return answer


@pytest.mark.jit
def test_how_far_the_answer_moves_with_reading(folders):
    from shequn.experiments.report import changes

    found = open_folder(folders("own"))
    assert isinstance(found, Told) and found.reads == ("group.glance",) and found.lucky
    answer = swayed(found)
    asked = list(answer.decisions.values())
    said, command = changes.of_levels(answer, asked, EN, "no promotion")
    assert command == "" and "group.glance: 0.05 to 0.6" in said
    assert "against no promotion: where less is read (group.glance at most 0.32)" in said
    assert "surely moves what is added" in said
    gains = np.array([1.0, -1.0, 2.0, -2.0] * 3)
    half = half_of(gains, "group.glance", np.arange(12.0), "CNY")
    assert half is not None and not half.surely


# What was simulated


@pytest.mark.jit
def test_each_replicate_is_a_group_like_ones_own(folders):
    found = page(folders("mine"), "en", "researcher")
    (picture,) = (block for block in blocks(found) if isinstance(block, Picture))
    assert "9 simulated groups like yours" in picture.caption
    assert not re.search("(?<!-)replicate", plain(found))
    assert "simulated groups like yours" in plain(found)
    text = plain(page(folders("mine"), "zh", "researcher"))
    assert "重复" not in text and "9 个和你的群相像的模拟群" in text
    assert "replicates" in plain(page(folders("own"), "en", "researcher"))


def scaled(folders, place, **facts: Any):
    folders.copy("mine", place)
    about = {"schema": 1, "lang": "en", "answers": {"members": 4000.0}, **facts}
    (place / "mine.json").write_text(json.dumps(about))
    return place


@pytest.mark.jit
def test_totals_are_those_of_the_whole_business(folders, tmp_path):
    place = scaled(folders, tmp_path / "it", factor=0.25)
    part, whole = open_folder(folders("mine")), open_folder(place)
    assert isinstance(part, Mine) and isinstance(whole, Mine)
    for name, times in (("promotions", 4.0), ("sizes", 4.0), ("seeds", 1.0)):
        few, many = Answer(part.parts[name]), Answer(whole.parts[name])
        for outcome in ("costs", "hours", "orders", "joins", "incremental_equity"):
            found = many.told.values(outcome, 0, 1)
            np.testing.assert_allclose(found, times * few.told.values(outcome, 0, 1))
        for outcome in ("orders_per_member", "reproduction", "costs/month", "orders_per_100"):
            np.testing.assert_allclose(many.values(outcome, 0, 1), few.values(outcome, 0, 1))
    assert "1,000 of 4,000 members were simulated" in plain(page(place, "en", "researcher"))
    assert "4,000 名成员里模拟了 1,000 名" in plain(page(place, "zh", "researcher"))
    assert "members were simulated" not in plain(page(folders("mine")))


@pytest.mark.parametrize("outcome", ["orders_per_member", "retention_cost", "reproduction", "gini"])
def test_what_is_no_total(outcome):
    assert not is_total(outcome) and is_total("orders") and is_total("customer_equity_30")


@pytest.mark.jit
@pytest.mark.parametrize("factor", [0, -1.0, 1.5, "x", True, None, [1], float("nan")])
def test_a_factor_that_cannot_be_is_refused(factor, folders, tmp_path):
    place = scaled(folders, tmp_path / "it", factor=factor)
    with pytest.raises(ResultsError, match=r"mine.json: factor") as error:
        open_folder(place)
    assert len(str(error.value).splitlines()) == 1
