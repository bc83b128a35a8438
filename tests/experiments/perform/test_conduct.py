"""A question asked from Python and from the command line leaves the same files."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import shequn as sq
from shequn.commands import main

GROUP = """title = "Plain"
extends = "wechat-group"
run.days = 4

[alternatives.loud]
policy.promo_share = 0.3

[expect]
replicates = 20
statements = ["members at day 4 > 1 with 50 %"]
"""
SHARES = "policy.promo_share=0:0.3"
SMALL = ("--replicates", "2", "--workers", "threads:2")
EFFORT = sq.Effort(replicates=2, workers="threads:2")

Ask = Callable[[Path], object]
QUESTIONS: dict[str, tuple[tuple[str, ...], Ask]] = {
    "sweep": (
        ("plain.toml", "--vary", "policy.promo_share=0,0.1", *SMALL),
        lambda out: sq.sweep(
            "plain.toml", {"policy.promo_share": [0.0, 0.1]}, effort=EFFORT, out=out
        ),
    ),
    "compare": (
        ("plain.toml", *SMALL),
        lambda out: sq.compare("plain.toml", effort=EFFORT, out=out),
    ),
    "branch": (
        ("plain.toml", "--day", "2", "--set", "policy.promo_share=0.3", *SMALL),
        lambda out: sq.branch(
            "plain.toml", 2, {"policy.promo_share": 0.3}, effort=EFFORT, out=out
        ),
    ),
    "sensitivity": (
        ("plain.toml", "--over", SHARES, "--trajectories", "4", "--replicates", "3"),
        lambda out: sq.sensitivity("plain.toml", SHARES, size=4, replicates=3, out=out),
    ),
    "optimise": (
        ("plain.toml", "--over", SHARES, "--trials", "4", "--confirm", "4", *SMALL),
        lambda out: sq.optimise(
            "plain.toml", "incremental_equity", SHARES, trials=4, confirm=4, effort=EFFORT, out=out
        ),
    ),
    "expect": (
        ("plain.toml", "--workers", "threads:2"),
        lambda out: sq.expect("plain.toml", workers="threads:2", out=out),
    ),
    "calibrate": (
        ("study-room", "--to", "facts", "--over", "spread.talk=1.5:3", "--particles", "10",
         "--rounds", "1", "--size", "0.1", "--workers", "1"),
        lambda out: sq.calibrate(
            "study-room", "facts", "spread.talk=1.5:3", 10, 1, size=0.1, workers=1, out=out
        ),
    ),
    "validate": (
        ("chapters", "--size", "0.1", "--replicates", "1", "--no-baselines", "--no-limits"),
        lambda out: sq.validate(
            "chapters", size=0.1, replicates=1, baselines=False, limits=False, out=out
        ),
    ),
}  # fmt: skip
DRAWN = {".png", ".svg"}
ASKED_OR_TIMED = {"manifest.json", "evaluations.jsonl"}  # the latter in order of finishing
TIME = re.compile(rb"[0-9.]+ minutes of computing")


@pytest.fixture
def at_once(monkeypatch) -> None:
    """Facts are made up: measuring them on simulated rooms is shown elsewhere, and slow."""

    def measure(fact: str, seed: int, n_resamples: int) -> SimpleNamespace:
        return SimpleNamespace(value=0.5 + 0.001 * (seed % 100))

    where = "shequn.experiments.facts"
    monkeypatch.setattr(f"{where}.simulated_records.records", lambda _, seed, size, **more: seed)
    monkeypatch.setattr(f"{where}.measure", measure)


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_ways_leave_the_same_files(question, tmp_path, monkeypatch, request) -> None:
    if question == "calibrate":
        request.getfixturevalue("at_once")
    monkeypatch.chdir(tmp_path)
    Path("plain.toml").write_text(GROUP, encoding="utf-8")
    words, ask = QUESTIONS[question]
    assert main([question, *words, "--out", "told"]) in (0, 1)
    ask(Path("asked"))
    told, asked = ({p.name: p for p in Path(each).iterdir()} for each in ("told", "asked"))
    assert set(told) == set(asked)
    assert len(set(told) - {".lock"}) > 1
    for name, path in told.items():
        if path.suffix in DRAWN or path.is_dir() or name in ASKED_OR_TIMED:
            continue
        both = (TIME.sub(b"", each.read_bytes()) for each in (path, asked[name]))
        assert len(set(both)) == 1, name


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: sq.sweep("blank", {"run.days": [1]}, replicate=3), "'replicate'; did you mean"),
        (lambda: sq.compare("blank", worker=3), "'worker'; did you mean 'workers'"),
        (lambda: sq.run("blank", thread=2), "'thread'; did you mean 'threads'"),
        (lambda: sq.optimise("blank", "orders", "buy.price", trial=9), "'trial'; did you mean"),
        (lambda: sq.calibrate("blank", "facts", "buy.price=1:2", sizes=1), "'sizes'; did you mean"),
        (lambda: sq.validate("chapters", limit=False), "'limit'; did you mean 'limits'"),
    ],
)
def test_a_keyword_that_nobody_takes_is_refused_with_the_nearest(ask, words) -> None:
    with pytest.raises(TypeError, match=words):
        ask()


def test_no_function_takes_more_than_seven_arguments() -> None:
    package = Path(sq.__file__).parent
    found = []
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                args = node.args
                names = [each.arg for each in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
                count = len(names) - (names[:1] in (["self"], ["cls"]))
                found += [f"{path.name}: {node.name}"] * (count > 7)
    assert found == []
