"""A table of records against columns: the measurement behind the layout of the members table.

The same read-heavy session is compiled for both: it loads some 25 fields of one member, walks the
newest 30 messages of a ring, and stores 10 fields. Members come in random order, as in a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks.table import Row
from benchmarks.timing import Spread, interleaved, ratios, seconds
from shequn.agents.jit import compiled
from shequn.agents.tables import MEMBER_DTYPE, MESSAGE_DTYPE, table

READ = 30
RING = 128


class Members(NamedTuple):
    """The fields that a session uses, a column each."""

    updated_at: np.ndarray
    voice: np.ndarray
    talk: np.ndarray
    capacity: np.ndarray
    conformity: np.ndarray
    wariness: np.ndarray
    prize_taste: np.ndarray
    social_taste: np.ndarray
    topic: np.ndarray
    need_rate: np.ndarray
    exit_rate: np.ndarray
    habit: np.ndarray
    belonging: np.ndarray
    familiarity: np.ndarray
    awareness: np.ndarray
    irritation: np.ndarray
    overload: np.ndarray
    attitude: np.ndarray
    satisfaction: np.ndarray
    recognition: np.ndarray
    membership_clock: np.ndarray
    mute_clock: np.ndarray
    need_clock: np.ndarray
    talk_clock: np.ndarray
    invite_clock: np.ndarray
    read_upto: np.ndarray
    last_session_at: np.ndarray


class Messages(NamedTuple):
    """The fields that a reader uses, a column each."""

    author: np.ndarray
    topic: np.ndarray
    quality: np.ndarray
    length: np.ndarray
    overtness: np.ndarray
    valence: np.ndarray
    voice: np.ndarray


@compiled
def _utility(topic, quality, length, overtness, interest, wariness):
    distance = abs(topic - interest)
    distance = min(distance, 1.0 - distance) * 4.0
    return quality / (1.0 + distance * distance) - 0.01 * length - wariness * overtness


@compiled
def _play_records(rows, members, messages, time):
    for row in rows:
        m = members[row]
        total, opinion = 0.0, 0.0
        for back in range(READ):
            line = messages[(row - back) & (RING - 1)]
            if line.author != row:
                total += _utility(
                    line.topic, line.quality, line.length, line.overtness, m.topic, m.wariness
                )
                opinion += line.valence * line.voice
        elapsed = time - m.updated_at
        m.membership_clock -= m.exit_rate * elapsed * (1.0 + m.satisfaction - m.overload)
        m.mute_clock -= elapsed * m.irritation
        m.need_clock -= m.need_rate * elapsed
        m.invite_clock -= elapsed * m.belonging
        m.talk_clock -= m.talk * (1.0 + m.recognition) * m.voice
        m.habit += 0.1 * (min(1.0, total / READ) - m.habit)
        m.belonging += 0.01 * m.social_taste * (1.0 - m.belonging)
        m.familiarity += 0.01 * READ / max(1.0, m.capacity)
        m.awareness += m.prize_taste
        m.attitude += 0.1 * m.conformity * (opinion / READ - m.attitude)
        m.read_upto += 1
        m.last_session_at = time


@compiled
def _play_columns(rows, members, messages, time):
    m = members
    for row in rows:
        total, opinion = 0.0, 0.0
        for back in range(READ):
            k = (row - back) & (RING - 1)
            if messages.author[k] != row:
                total += _utility(
                    messages.topic[k], messages.quality[k], messages.length[k],
                    messages.overtness[k], m.topic[row], m.wariness[row],
                )  # fmt: skip
                opinion += messages.valence[k] * messages.voice[k]
        elapsed = time - m.updated_at[row]
        hazard = m.exit_rate[row] * elapsed * (1.0 + m.satisfaction[row] - m.overload[row])
        m.membership_clock[row] -= hazard
        m.mute_clock[row] -= elapsed * m.irritation[row]
        m.need_clock[row] -= m.need_rate[row] * elapsed
        m.invite_clock[row] -= elapsed * m.belonging[row]
        m.talk_clock[row] -= m.talk[row] * (1.0 + m.recognition[row]) * m.voice[row]
        m.habit[row] += 0.1 * (min(1.0, total / READ) - m.habit[row])
        m.belonging[row] += 0.01 * m.social_taste[row] * (1.0 - m.belonging[row])
        m.familiarity[row] += 0.01 * READ / max(1.0, m.capacity[row])
        m.awareness[row] += m.prize_taste[row]
        m.attitude[row] += 0.1 * m.conformity[row] * (opinion / READ - m.attitude[row])
        m.read_upto[row] += 1
        m.last_session_at[row] = time


def _filled(n: int, dtype: np.dtype, rng: np.random.Generator) -> np.ndarray:
    filled = table(n, dtype)
    for name in dtype.names or ():
        filled[name] = rng.random(n)
    return filled


def _columns(kind: type, records: np.ndarray) -> NamedTuple:
    return kind(*(np.ascontiguousarray(records[name]) for name in kind._fields))


def _nanoseconds(play: Any, rows: np.ndarray, members: Any, messages: Any) -> float:
    return 1e9 * seconds(lambda: play(rows, members, messages, 1.0)) / len(rows)


def layout(quick: bool) -> Iterator[Row]:
    """Columns against records: the ratio of the times of the same sessions."""
    rng = np.random.default_rng(1)
    for people in (500, 1_000_000):
        members, messages = _filled(people, MEMBER_DTYPE, rng), _filled(RING, MESSAGE_DTYPE, rng)
        messages["author"] = -1
        rows = rng.integers(0, people, 100_000 if quick else 500_000)
        columns = _columns(Members, members), _columns(Messages, messages)
        turns = {
            "records": partial(_nanoseconds, _play_records, rows, members, messages),
            "columns": partial(_nanoseconds, _play_columns, rows, *columns),
        }
        interleaved(turns, 1)
        figures = interleaved(turns, 3 if quick else 9)
        what = f"layout, {people:,} members: a session on records"
        yield Row(what, Spread.of(figures["records"]), "ns")
        yield Row("  columns / records", ratios(figures["columns"], figures["records"]), "times")
