"""What several tests share: small worlds, rooms set up by hand, scenario files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from shequn.agents.verbs import append_message
from shequn.model.parameters import kernel_record
from shequn.model.scenario import Scenario

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
        number = append_message(
            self.feed, self.group, 0.0, author, fields.pop("kind", 0), 0, 0.0, 0.0, 0.0, 0.0, 1.0
        )
        message = self.feed[number % len(self.feed)]
        for name, value in fields.items():
            message[name] = value
        return message


@pytest.fixture
def room() -> Callable[..., Room]:
    """Make a room in which every mechanism is off but those named by path."""

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
        return Room(members, table(feed, MESSAGE_DTYPE), group, table(1, VISIT_DTYPE)[0], p)

    return make


@pytest.fixture
def scenario_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario file, or another file beside it."""

    def write(text: str, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
