"""What the tests of the commands share: a small lively world in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shequn.commands import main

TINY = """\
title = "Tiny"
description = "A few people who talk much."
extends = "wechat-group"

[run]
days = 4
seed = 3

[market]
people = 60

[group]
capacity = 20
seed_members = 10
seed_fill = 0

[tiers.high]
talk = 0.3

[tiers.middle]
talk = 0.3

[tiers.base]
talk = 0.3

[policy]
name = "cadence"
content_per_day = 2
promo_share = 0.1
promos_per_day = 0
"""

POLICIES = '''\
from shequn import Post

class Quiet:
    def plan(self, day, seen):
        return []

class Counting:
    """Posts more every day, from a number that it keeps."""

    def __init__(self):
        self.days = 0
        self.log = []

    def plan(self, day, seen):
        self.days += 1
        self.log.append(float(seen.messages.sum()))
        hours = tuple(8.0 + k / 4.0 for k in range(self.days))
        return [Post("content", hours, quality=1.0 + len(self.log) / 10.0)]

class Tuples(Counting):
    def __init__(self):
        super().__init__()
        self.pair = (1, 2)

class Raising:
    def plan(self, day, seen):
        if day == 3:
            raise RuntimeError("no idea what to post, 社")
        return []

class Sevens:
    def plan(self, day, seen):
        return 7 if day == 3 else []

class Words:
    def plan(self, day, seen):
        return ["buy!"] if day == 3 else []
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own current folder with tiny.toml and policies.py in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    (tmp_path / "policies.py").write_text(POLICIES, encoding="utf-8")
    return tmp_path


@pytest.fixture
def refused(here: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Give a command what is wrong; it must say so and leave nothing behind."""

    def refuse(*words: object) -> str:
        capsys.readouterr()
        before = sorted(here.rglob("*"))
        try:
            code = main([str(word) for word in words])
        except SystemExit as error:  # argparse
            code = error.code
        out, err = capsys.readouterr()
        assert code == 2
        assert out == ""
        assert "Traceback" not in err
        assert "error" in err or all(line[:8] == "shequn: " for line in err.splitlines())
        left = [path for path in sorted(here.rglob("*")) if "__pycache__" not in path.parts]
        assert left == before
        return err

    return refuse


@pytest.fixture
def use() -> Callable[[str], list[str]]:
    """Options that choose one of the user's own policies."""

    def options(name: str) -> list[str]:
        values = {"policy.name": "file", "policy.file": "policies.py", "policy.class_name": name}
        return [word for path, value in values.items() for word in ("--set", f"{path}={value}")]

    return options
