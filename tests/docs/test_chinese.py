"""README.zh.md says what README.md says, and its glossary has the words that the tool prints."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from shequn.agents.tables import SOURCES, TIERS
from shequn.model.outcomes import OUTCOMES
from shequn.model.parameters import declared
from shequn.model.platforms import PLATFORMS
from shequn.model.reading import LEVELS

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, CHINESE = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md")
)
CHARACTER = re.compile("[\u4e00-\u9fff]")
BLOCK = re.compile(r"^```\w*\n.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile("`[^`]+`")
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")


def sections(text: str) -> list[str]:
    """What is before the first heading, then each section."""
    return re.split(r"^## ", text, flags=re.MULTILINE)


*TRANSLATED, GLOSSARY = sections(CHINESE)
PAIRS = list(zip(sections(ENGLISH), TRANSLATED, strict=False))


def codes(text: str) -> Counter[str]:
    """Words of code in running text, whatever line they are broken at."""
    return Counter(" ".join(code.split()) for code in CODE.findall(BLOCK.sub("", text)))


def numbers(text: str) -> Counter[str]:
    """Figures in running text and tables; those of code and of addresses are compared as such."""
    return Counter(NUMBER.findall(CODE.sub("", LINK.sub("", BLOCK.sub("", text)))))


def shape(text: str) -> dict[str, int]:
    """How many rows, points and pictures a section has."""
    marks = {"rows": r"^\|", "points": r"^- ", "pictures": r"^!\["}
    return {name: len(re.findall(mark, text, re.MULTILINE)) for name, mark in marks.items()}


def rows() -> list[list[str]]:
    """Cells of the rows of the glossary, without headings."""
    lines = re.findall(r"^\| (.+) \|$", GLOSSARY, re.MULTILINE)
    return [cells for line in lines if (cells := line.split(" | "))[0] != "English"]


def test_each_leads_to_the_other():
    assert "(README.zh.md)" in "\n".join(ENGLISH.splitlines()[:5])
    assert "(README.md)" in "\n".join(CHINESE.splitlines()[:5])


def test_code_is_the_same_in_the_same_order():
    assert len(BLOCK.findall(ENGLISH)) > 5
    assert BLOCK.findall(CHINESE) == BLOCK.findall(ENGLISH)


def test_links_and_pictures_are_the_same():
    assert sorted({*LINK.findall(CHINESE)} ^ {*LINK.findall(ENGLISH)}) == [
        "README.md",
        "README.zh.md",
    ]
    pictures = r"!\[[^]]*\]\((\S+)\)"
    assert re.findall(pictures, CHINESE) == re.findall(pictures, ENGLISH)


def test_sections_are_as_many():
    assert len(TRANSLATED) == len(sections(ENGLISH))
    assert all(CHARACTER.search(section.partition("\n")[0]) for section in TRANSLATED[1:])


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0].partition("\n")[0])
def test_a_section_has_the_same_figures_names_and_shape(pair):
    english, chinese = pair
    assert numbers(chinese) == numbers(english)
    assert codes(chinese) == codes(english)
    assert shape(chinese) == shape(english)


def test_a_figure_that_differs_is_seen():
    """The rule above can fail: another figure, another name, a row too few."""
    assert numbers("5 % of 2,000") != numbers("5 % of 2000")
    assert numbers("see [28](docs/28.md), `day 28`") == Counter({"28": 1})
    assert codes("`a\nb` `c`") == codes("`c` `a b`") != codes("`c`")
    assert shape("| a |\n| b |\n") != shape("| a |\n")


def test_the_glossary_has_terms_in_both_languages():
    assert len(rows()) >= 40
    for cells in rows():
        assert len(cells) == 3, cells
        assert CHARACTER.search(cells[1]) and CHARACTER.search(cells[2]), cells
    assert [term for term, n in Counter(cells[0] for cells in rows()).items() if n > 1] == []


@pytest.mark.parametrize(
    "names",
    [OUTCOMES, declared()["policy.name"].choices, declared()["group.seeding"].choices, PLATFORMS],
    ids=["outcomes", "policies", "seedings", "platforms"],
)
def test_the_glossary_has_every_name(names):
    there = set(re.findall("`([^`]+)`", GLOSSARY))
    assert [name for name in names if name not in there] == []


def test_the_glossary_has_no_other_names():
    """A name that the program does not know any more is out of the glossary, too."""
    known = {*OUTCOMES, *PLATFORMS}
    for path in ("policy.name", "group.seeding"):
        known.update(declared()[path].choices)
    assert set(re.findall("`([^`]+)`", GLOSSARY)) - known == set()


@pytest.mark.parametrize(
    ("first", "names"),
    [("tier", TIERS), ("source", SOURCES[1:]), ("reading level", LEVELS)],
    ids=["tiers", "sources", "levels"],
)
def test_a_row_has_all_labels(first, names):
    (row,) = (cells for cells in rows() if cells[0].startswith(f"{first}: "))
    assert row[0] == f"{first}: {', '.join(names)}"
    assert len(row[1].partition("：")[2].split("、")) == len(names)


def test_the_tool_uses_the_terms():
    """Each English term is found in what the package or a document says."""
    files = [*(ROOT / "shequn").rglob("*.py"), *(ROOT / "docs").glob("*.md")]
    said = " ".join(path.read_text(encoding="utf-8").lower() for path in files)
    said = re.sub(r"\s+", " ", said)
    words = " | ".join(cells[0].lower() for cells in rows() if "`" not in cells[0])
    terms = [term for term in re.split(r": |, | \(|\)| \| ", words) if term]
    assert len(terms) >= 40
    assert [term for term in terms if not re.search(rf"\b{re.escape(term)}", said)] == []
