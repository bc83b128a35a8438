"""What an operator knows of a group: the questions, and answers read from a file and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.agents.files import read_text
from shequn.model.toml_text import line_of, lines_of, parse_toml

MONTH = 30  # days of what is said of a month


@dataclass(frozen=True)
class Question:
    """One thing that an operator may know.

    Attributes
    ----------
    key : str
        Its name in a file of answers.
    unit : str
        Unit, "1" for a share.
    low, high : float
        What is allowed, both included.
    english, chinese : str
        How it is asked.
    whole : bool
        Whether only whole numbers are allowed.
    measured : bool
        Whether a simulated group is measured and held to it; else it is put into the world.
    """

    key: str
    unit: str
    low: float
    high: float
    english: str
    chinese: str
    whole: bool = False
    measured: bool = False

    @property
    def allowed(self) -> str:
        """The range in words, with its unit."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        kind = "whole numbers from " if self.whole else ""
        high = f"{self.high:,.0f}" if self.high >= 10.0 else f"{self.high:g}"
        return f"{kind}{self.low:g} to {high}{unit}"

    def words(self, language: str) -> str:
        """The question in a language, ``en`` or ``zh``."""
        return self.chinese if language == "zh" else self.english

    def problem(self, value: Any) -> str:
        """What is wrong with an answer, "" when nothing is."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{value!r} is no number; allowed: {self.allowed}"
        if not (math.isfinite(value) and self.low <= value <= self.high):
            return f"{value:g} is out of range; allowed: {self.allowed}"
        if self.whole and value % 1:
            return f"{value:g} is no whole number; allowed: {self.allowed}"
        return ""


_ASKED = (
    Question(
        "groups", "groups", 1, 1000, "How many groups do you run?", "你有几个群？", whole=True,
    ),
    Question(
        "members", "persons", 5, 1e6, "How many members do they have together?",
        "所有群一共多少成员？", whole=True, measured=True,
    ),
    Question(
        "capacity", "persons", 5, 200_000, "How many members may a group have at most?",
        "一个群最多能有多少人？", whole=True,
    ),
    Question("months", "months", 1, 240, "How many months old are they?", "开群多久了（月）？"),
    Question(
        "readers", "persons a day", 0, 1e6, "How many members look in on a day?",
        "一天有多少成员会看群？", measured=True,
    ),
    Question(
        "messages", "messages a day", 0, 1e6, "How many messages do members write a day?",
        "成员一天一共发多少条消息（不算运营者的）？", measured=True,
    ),
    Question(
        "top_three", "1", 0, 1,
        "What share of these do the three who write most write (0 to 1)?",
        "其中发得最多的三个人占几成（0 到 1）？", measured=True,
    ),
    Question(
        "joins", "persons a month", 0, 1e6, "How many people join a month?",
        "一个月进来多少人？", measured=True,
    ),
    Question(
        "exits", "persons a month", 0, 1e6, "How many leave a month?",
        "一个月退群多少人？", measured=True,
    ),
    Question(
        "mutes", "persons a month", 0, 1e6, "How many mute the group a month?",
        "一个月有多少人设了免打扰？", measured=True,
    ),
    Question(
        "orders", "orders a month", 0, 1e7, "How many orders come out of the groups a month?",
        "一个月在群里成交多少单？", measured=True,
    ),
    Question("price", "CNY", 0.01, 1e6, "What does an order cost?", "一单多少钱？"),
    Question(
        "margin", "1", 0, 1, "What share of the price is margin (0 to 1)?",
        "毛利占价格的比例（0 到 1）？",
    ),
    Question(
        "needs", "purchases a year", 0.05, 400,
        "How often a year does one person buy such a thing, wherever?",
        "一个人一年会买几次这类东西（不管在哪买）？",
    ),
    Question(
        "ads", "promotions a week", 0, 700, "How many promotions does each group get a week?",
        "每个群一周发几条推广？",
    ),
    Question(
        "content", "posts a week", 0, 700, "How many pieces of content does each get a week?",
        "每个群一周发几条内容？",
    ),
    Question(
        "staff", "persons", 0, 1000, "How many people answer questions there (0: nobody)?",
        "有几个人在群里答疑（0：没有）？",
    ),
    Question(
        "answer_minutes", "minutes", 0.1, 10_000, "How long does an answer take?",
        "从提问到答复平均几分钟？", measured=True,
    ),
    Question(
        "wage", "CNY an hour", 0, 10_000, "What does an hour of work cost?", "一小时人工多少钱？",
    ),
)  # fmt: skip
QUESTIONS = {question.key: question for question in _ASKED}
MEASURED = tuple(key for key, question in QUESTIONS.items() if question.measured)
BEFORE = "_before"  # the same, a month earlier: where there is a dated series


def check(values: Mapping[str, Any], where: str = "", text: str = "") -> dict[str, float]:
    """Answers, if nothing is wrong with them.

    Parameters
    ----------
    values : mapping
        By key; what is not known is left out, or "?".
    where : str
        The file, for messages.
    text : str
        What it holds, for the numbers of lines.

    Returns
    -------
    dict
        Numbers by key, in the order of the questions.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    lines, problems, found = lines_of(text), [], {}

    def wrong(key: str, words: str) -> None:
        line = line_of(lines, key)
        place = f"{where}: line {line}: {key}" if line else f"{where}: {key}" if where else key
        problems.append(Problem(place, words))

    for key, value in values.items():
        base = key.removesuffix(BEFORE)
        if base not in QUESTIONS or (base != key and base not in MEASURED):
            wrong(key, f"is no question{nearest(key, QUESTIONS)}")
        elif value != "?":
            words = QUESTIONS[base].problem(value)
            if words:
                wrong(key, words)
            else:
                found[key] = float(value)
    if not problems:
        for key, words in _contradictions(found):
            wrong(key, words)
    if problems:
        raise ScenarioError(problems)
    order = [*QUESTIONS, *(f"{key}{BEFORE}" for key in MEASURED)]
    return {key: found[key] for key in order if key in found}


def _contradictions(a: Mapping[str, float]) -> list[tuple[str, str]]:
    """Key and words of what cannot be at once."""
    found = []
    if "members" not in a:
        found.append(("members", "is needed: without it no group can be built"))
        return found
    members, groups = a["members"], a.get("groups", 1.0)
    if "capacity" in a and members > groups * a["capacity"]:
        words = f"{groups:g} groups of at most {a['capacity']:g} hold no {members:g} members"
        found.append(("members", words))
    if groups > members:
        found.append(("groups", f"{groups:g} groups have only {members:g} members"))
    found += [
        (key, f"{a[key]:g} a {unit} of {members:g} members; at most as many")
        for key, unit in (("readers", "day"), ("mutes", "month"))
        if a.get(key, 0.0) > members
    ]
    if a.get("answer_minutes") is not None and a.get("staff") == 0.0:
        found.append(
            ("answer_minutes", "is the time to an answer, and staff = 0 says nobody answers")
        )
    return found


def load(path: str | Path) -> dict[str, float]:
    """Answers from a file.

    Parameters
    ----------
    path : str or Path
        TOML: ``KEY = NUMBER`` in each line, ``KEY = "?"`` or no line for what is not known.

    Returns
    -------
    dict
        Checked.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    values, text = read(path)
    return check(values, str(path), text)


def read(path: str | Path) -> tuple[dict[str, Any], str]:
    """What a file of answers says, not checked yet, and its text.

    Raises
    ------
    ScenarioError
        If it cannot be read, or is no TOML.
    """
    try:
        text = read_text(path)
        return parse_toml(text), text
    except OSError as error:
        raise ScenarioError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    except ValueError as error:
        raise ScenarioError([Problem(str(path), f"is no TOML: {error}")]) from error


def text_of(answers: Mapping[str, float], language: str = "en") -> str:
    """Answers as a file: each with its question and unit above it, ``"?"`` where unknown."""
    lines = []
    for key, question in QUESTIONS.items():
        unit = "" if question.unit == "1" else f" [{question.unit}]"
        value = f"{answers[key]:.10g}" if key in answers else '"?"'
        lines += [f"# {question.words(language)}{unit}", f"{key} = {value}", ""]
    before = [key for key in answers if key.endswith(BEFORE)]
    if before:
        lines.append("# 前一个月" if language == "zh" else "# the month before")
        lines += [f"{key} = {answers[key]:.10g}" for key in before]
    return "\n".join(lines).rstrip() + "\n"
