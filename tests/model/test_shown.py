"""How objects show themselves at a prompt and in a notebook: short, clean, and never run."""

from __future__ import annotations

import doctest
import subprocess
import sys
from html.parser import HTMLParser

import pytest

import shequn as sq
from shequn.model.scenario import named_scenarios
from shequn.model.shown import html_table, short

HOSTILE = '<script>alert("x")</script> & co'


class Cells(HTMLParser):
    """The texts of a page, and its tags; tags must close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_what_stands_in_a_table_is_shown_and_not_run() -> None:
    page = Cells(html_table(f"a\n{HOSTILE}", [HOSTILE, "b"], [[HOSTILE, "1"], ["c", HOSTILE]]))
    assert "script" not in page.tags
    assert page.texts == ["a", HOSTILE, HOSTILE, "b", HOSTILE, "1", "c", HOSTILE]
    assert page.tags.count("td") == 4


@pytest.mark.parametrize(
    ("value", "words"),
    [(1234.5, "1,234"), (99.96, "100"), (0.05678, "0.0568"), (-2e6, "-2,000,000")],
)
def test_numbers_are_short(value: float, words: str) -> None:
    assert short(value) == words


@pytest.mark.parametrize("name", named_scenarios())
def test_a_scenario_is_a_line_and_a_small_table(name: str) -> None:
    scenario = sq.Scenario.load(name)
    assert repr(scenario).startswith(f"Scenario {name} ({scenario.title}): days {scenario.days:,}")
    assert len(repr(scenario)) < 200
    page = Cells(scenario._repr_html_())
    assert f"{scenario.parameters.market.people:,}" in page.texts
    assert page.tags.count("tr") < 12


def test_a_scenario_with_rivals_and_a_hostile_title() -> None:
    import dataclasses

    scenario = dataclasses.replace(sq.Scenario.load("two-brands"), title=HOSTILE)
    assert "rivals 1, alternatives 3" in repr(scenario)
    assert "script" not in Cells(scenario._repr_html_()).tags


def test_a_community_is_a_line_at_any_time() -> None:
    community = sq.Community("two-brands")
    community.step()
    members = int(community.summary["members"])
    assert repr(community) == (
        f"Community of two-brands: day 1, seed 1, compiled engine, {members} members in 1 group, "
        "rivals 1, after a past of 90 days"
    )
    page = Cells(community._repr_html_() or "")
    assert page.texts[0] == repr(community)
    assert {"members [persons]", "customer equity [CNY]", "orders"} <= set(page.texts)
    community.close()
    assert repr(community) == "Community: closed, or not made yet"
    assert community._repr_html_() is None


@pytest.mark.jit
def test_the_example_of_a_community_prints_what_it_says() -> None:
    import shequn.model.community

    found = doctest.testmod(shequn.model.community)
    assert (found.failed, found.attempted > 3) == (0, True)


def test_nobody_needs_to_have_lived_a_day() -> None:
    run = sq.run("blank", days=0)
    assert "day 0" in Cells(run._repr_html_()).texts[0]
    with pytest.raises(sq.ResultsError, match="no day has passed"):
        run.plot()


def test_a_run_draws_itself_and_a_notebook_shows_it_without_pyplot() -> None:
    code = (
        "import sys, shequn as sq; run = sq.run('blank', days=2); repr(run); run._repr_html_();"
        "assert 'matplotlib' not in sys.modules; figure = run.plot();"
        "assert len(figure.axes) == 8; assert figure._repr_png_()[:4] == b'\\x89PNG';"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
