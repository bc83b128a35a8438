"""The documents say what the code does: their code runs, their tables and paths are up to date."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from shequn.agents import tables
from shequn.model.parameters import declared
from shequn.model.scenario import Scenario, named_scenarios

DOCS = Path(__file__).resolve().parents[2] / "docs"
PLACES = [path for path in declared() if not path.startswith("tiers.")]
TRAITS = sorted({path.rsplit(".", 1)[1] for path in declared() if path.startswith("tiers.")})


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str) -> dict[str, str]:
    """Fenced blocks by the file name in their first line, else by their language."""
    found = {}
    for language, body in re.findall(r"```(\w+)\n(.*?)```", text_of(name), re.DOTALL):
        named = re.match(r"# ([\w.-]+)\n", body)
        found[named.group(1) if named else language] = body
    return found


def streams_of_all_rooms() -> dict[str, int]:
    import shequn.model.community  # noqa: F401  (declares them)
    from shequn.agents.randomness import streams

    return {name: n for name, n in streams().items() if not name.startswith(("test.", "tests."))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All files of docs/policies.md, written out."""
    for name, body in blocks("policies.md").items():
        if "." in name:
            (tmp_path / name).write_text(body, encoding="utf-8")
    (tmp_path / "schedule.csv").write_text(blocks("policies.md")["csv"], encoding="utf-8")
    return tmp_path


def lines_of_policies() -> list[str]:
    return re.findall(r"`(policy = \{.*?\})`", text_of("policies.md"))


def test_every_built_in_policy_has_a_line() -> None:
    named = {tomllib.loads(line)["policy"]["name"] for line in lines_of_policies()}
    assert named == set(declared()["policy.name"].choices)


@pytest.mark.parametrize("line", lines_of_policies())
def test_policy_lines_load(line: str, folder: Path) -> None:
    path = folder / "one-line.toml"
    path.write_text(line + "\n", encoding="utf-8")
    settings = tomllib.loads(line)["policy"]
    scenario = Scenario.load(path)
    assert {key: scenario.value(f"policy.{key}") for key in settings} == settings


def test_own_policy_is_about_twenty_lines() -> None:
    lines = [line for line in blocks("policies.md")["listening.py"].splitlines() if line.strip()]
    assert len(lines) <= 22


@pytest.mark.jit
def test_own_policy_runs_as_shown(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "compare.py"],
        cwd=folder, capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "PYTHONPATH": str(DOCS.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    def words(text: str) -> list[str]:
        """Only the words: numbers follow the defaults, and the table their width."""
        return re.findall(r"[a-z_.]*[a-z][a-z_.]*", text)

    assert words(done.stdout) == words(blocks("policies.md")["text"])


@pytest.mark.jit
def test_the_search_for_a_schedule_runs(folder: Path) -> None:
    """With fewer seeds than shown, because only its going through is tried."""
    script = blocks("policies.md")["weeks.py"].replace("range(1, 7)", "range(1, 2)")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=600,
        check=False, env={**os.environ, "PYTHONPATH": str(DOCS.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert re.fullmatch(r"promotions a day, week by week:( [0124]){12}", first)
    assert re.fullmatch(r"against 1 a day: [+-]\d+ CNY, better in \d+ of 12", second)


@pytest.mark.jit
def test_schedule_runs(folder: Path) -> None:
    import shequn as sq

    scenario = sq.Scenario.load("wechat-group").with_values(
        {
            "market.people": 100, "group.capacity": 20, "policy.name": "schedule",
            "policy.promo_share": 0.0, "policy.file": str(folder / "schedule.csv"),
        }
    )  # fmt: skip
    daily = sq.run(scenario, days=14, seed=1).daily
    posted = daily[daily["tier"] == "all"].set_index("day")[["contents", "promos", "prizes"]]
    assert posted.sum().tolist() == [14, 2, 1]
    assert posted.index[posted["promos"] > 0].tolist() == [5, 12]  # the ends of days 4 and 11


def test_default_post_is_as_documented() -> None:
    from shequn import Post

    section = text_of("policies.md").partition("### What `plan` returns")[2]
    rows = re.findall(r"^\| `(\w+)` \|.*\| (-?[\d.]+|`\w+`) \|$", section, re.MULTILINE)
    documented = {name: value.strip("`") if "`" in value else float(value) for name, value in rows}
    assert documented == Post._field_defaults


@pytest.mark.parametrize(
    "fields",
    ["MEMBER_FIELDS", "MESSAGE_FIELDS", "GROUP_FIELDS", "OPERATOR_FIELDS", "ANSWER_FIELDS"],
    ids=str.lower,
)
def test_odd_has_every_state_variable(fields: str) -> None:
    rows = set(re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \|", text_of("odd.md"), re.MULTILINE))
    missing = [
        f"| `{name}` | {kind} | {unit} | {meaning} |"
        for name, kind, meaning, unit in getattr(tables, fields)
        if (name, kind, unit) not in rows
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    "document",
    ["odd.md", "policies.md", "design.md", "limits.md", "scenarios.md", "product-club.md"],
)
def test_documents_name_no_unknown_parameter(document: str) -> None:
    sections = {path.partition(".")[0] for path in declared()}
    others = set(streams_of_all_rooms())
    pattern = rf"`((?:{'|'.join(sorted(sections))})\.[a-z_0-9.*]+)`"
    unknown = []
    for path in re.findall(pattern, text_of(document)):
        wanted = re.compile(path.replace(".", r"\.").replace("*", r"[a-z_]+"))
        if path not in others and not any(wanted.fullmatch(known) for known in declared()):
            unknown.append(path)
    assert not unknown


def test_odd_names_every_parameter() -> None:
    text = text_of("odd.md")
    missing = [path for path in PLACES if f"`{path}`" not in text]
    missing += [f"tiers.*.{trait}" for trait in TRAITS if f"`tiers.*.{trait}`" not in text]
    assert not missing


def test_odd_names_every_stream() -> None:
    text = text_of("odd.md")
    kinds = {re.sub(r"^trait\.(?!topic).*", "trait.*", name) for name in streams_of_all_rooms()}
    assert [name for name in sorted(kinds) if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    "document",
    ["odd.md", "policies.md", "design.md", "limits.md", "scenarios.md", "product-club.md",
     "import.md", "privacy.md"],
)  # fmt: skip
def test_links_lead_somewhere(document: str) -> None:
    made_by_make_docs = {"parameters.md"}
    targets = set(re.findall(r"\]\(([\w./-]+)\)", text_of(document))) - made_by_make_docs
    assert [target for target in targets if not (DOCS / target).exists()] == []


def test_every_story_is_told_in_a_paragraph_and_a_figure() -> None:
    stories = [name for name in named_scenarios() if Scenario.load(name).alternatives]
    assert len(stories) == 13
    text = text_of("scenarios.md")
    for name in stories:
        assert f"shequn compare {name}" in text
        assert f"](../results/gallery/{name}.png)" in text
        assert (DOCS.parent / "results" / "gallery" / f"{name}.png").exists()


def test_the_citation_is_of_this_version() -> None:
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (DOCS.parent / "CITATION.cff").read_text(encoding="utf-8")
    lines = dict(re.findall(r"^([a-z-]+): (.+)$", text, re.MULTILINE))
    assert lines["version"] == project["version"]
    assert lines["license"] == project["license"]
    assert re.findall(r"^  - name: (.+)$", text, re.MULTILINE) == [
        author["name"] for author in project["authors"]
    ]
    words = text.partition("keywords:")[2]
    assert re.findall(r"^  - (.+)$", words, re.MULTILINE) == project["keywords"]


README = (DOCS.parent / "README.md").read_text(encoding="utf-8")


def test_the_readme_has_links_and_pictures_that_exist() -> None:
    targets = re.findall(r"\]\(((?!http)[\w./-]+)\)", README)
    assert "results/gallery/rooms.png" in targets
    assert [target for target in targets if not (DOCS.parent / target).exists()] == []


@pytest.mark.jit
@pytest.mark.parametrize("number", [0, 1])
def test_the_python_of_the_readme_runs(number: int, tmp_path: Path) -> None:
    found = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(found) == 2
    run = subprocess.run(
        [sys.executable, "-c", found[number]], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    words = ("incremental equity", "have written in the first week")
    assert words[number] in run.stdout
