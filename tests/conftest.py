"""What several tests share: small worlds, rooms set up by hand, scenario files, commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shequn.agents.tables import (
    GROUP_DTYPE,
    MEMBER,
    MEMBER_DTYPE,
    MESSAGE_DTYPE,
    VISIT_DTYPE,
    table,
)
from shequn.agents.verbs import Draft, append_message
from shequn.commands import main
from shequn.model.parameters import kernel_record
from shequn.model.past_cache import VARIABLE, forget
from shequn.model.scenario import Scenario
from tests.files import POLICIES, TINY
from tests.told import Folders

LONG_CLOCK = 1e6  # a clock that does not run out in a test


@dataclass
class Room:
    """A group whose members, messages and parameters a test sets by hand."""

    members: np.ndarray
    feed: np.ndarray
    group: Any
    visit: Any
    p: Any

    def post(self, author: int = -1, **fields: float) -> Any:
        """Put a message into the feed and give its row; what is not named is 0, the voice 1."""
        draft = Draft(author, fields.pop("kind", 0), 0, -1, 0.0, 0.0, 0.0, 0.0, 1.0)
        number = append_message(self.feed, self.group, 0.0, draft)
        message = self.feed[number % len(self.feed)]
        for name, value in fields.items():
            message[name] = value
        return message


@pytest.fixture(autouse=True)
def no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed goes to no screen, wherever tests run: workers are told a width."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(autouse=True, scope="session")
def no_pasts_on_disk() -> Iterator[None]:
    """No test leaves a past in the user's cache, or finds one there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")
        yield


@pytest.fixture(autouse=True)
def no_pasts_in_memory() -> None:
    """No test finds a past that another one has played."""
    forget()


@pytest.fixture
def room() -> Callable[..., Room]:
    """Make a room in which every mechanism is off but those named by path.

    Everyone has time, and every visit is planned and takes part, until a test says otherwise.
    """

    def make(
        values: Mapping[str, Any] | None = None, people: int = 4, feed: int = 16, seed: int = 1
    ) -> Room:
        parameters = Scenario.load("blank").with_values(values or {}).parameters
        members = table(people, MEMBER_DTYPE)
        members["status"] = MEMBER
        members["voice"] = members["budget"] = members["share"] = 1.0
        members["capacity"] = 1000.0
        members["inviter"] = members["lives_near"] = -1
        for name in members.dtype.names or ():
            if name.endswith("_clock"):
                members[name] = LONG_CLOCK
        group = table(1, GROUP_DTYPE)[0]
        group["n_members"] = group["capacity"] = people
        p = kernel_record(parameters, seed, 20260101)
        members["habit_decay"] = p.feel_habit_decay
        members["willingness_decay"] = p.feel_willingness_decay
        members["willingness"] = 1.0
        members["minutes"] = np.inf
        visit = table(1, VISIT_DTYPE)[0]
        visit["part"] = 1
        return Room(members, table(feed, MESSAGE_DTYPE), group, visit, p)

    return make


@pytest.fixture
def scenario_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario file, or another file beside it."""

    def write(text: str, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


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


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory, no_pasts_on_disk: None) -> Folders:
    """Small results folders of every kind that a report is made of, each made when first asked."""
    return Folders(tmp_path_factory.mktemp("told"))
