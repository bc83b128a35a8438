"""Days written into journals by hand."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from shequn.agents.tables import HUMAN, TALLY_NAMES
from shequn.model.books import count_posts
from shequn.model.ledger import balance_of, entries_of
from shequn.model.observation import OPERATOR_COLUMNS, Journal
from shequn.model.parameters import terms_of_day


def posts_by_kind(plan: np.ndarray, groups: int) -> np.ndarray:
    """How many posts of each kind each group got: int64, shape (groups, 3)."""
    counts = np.full((groups, 3), -1)
    count_posts(plan, len(plan), counts)
    return counts


def write_day(
    journal: Journal, numbers: np.ndarray, kinds: np.ndarray, q: Any,
    more: Mapping[str, float] | None = None,
) -> None:  # fmt: skip
    """Write one day: its counts, the posts of each group, and what follows for the money."""
    totals = dict(zip(TALLY_NAMES, numbers.sum(axis=(0, 1)).tolist(), strict=True))
    counts = {
        **totals,
        "orders": totals["orders_new"] + totals["orders_repeat"],
        "human_messages": sum(totals[name] for name in HUMAN),
        "events": 0.0,
        **(more or {}),
    }
    entries = entries_of([q], kinds, 0.0, counts, terms_of_day(q, len(journal.tallies)))
    made = dict(zip(("contents", "promos", "prizes"), kinds.sum(axis=0).tolist(), strict=True))
    columns = {**made, **entries, "balance": balance_of(entries)}
    journal.note(numbers)
    journal.posts.append(kinds)
    journal.money.append(np.array([float(columns[name]) for name in OPERATOR_COLUMNS]))
