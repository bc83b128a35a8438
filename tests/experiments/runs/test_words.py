"""Words for numbers: one and several, more and fewer, higher and lower."""

from __future__ import annotations

import pytest

from shequn.experiments.compare.sweep import _beside
from shequn.experiments.runs.words import be, compared, counted, differ, is_counted
from shequn.model.outcomes import OUTCOMES


@pytest.mark.parametrize(
    ("count", "thing", "expected"),
    [
        (1, "run", "1 run"), (0, "run", "0 runs"), (2, "run", "2 runs"),
        (1234, "replicate", "1,234 replicates"), (2, "process", "2 processes"),
        (2, "reply", "2 replies"), (1, "reply", "1 reply"), (3.0, "message", "3 messages"),
    ],
)  # fmt: skip
def test_counted(count, thing, expected):
    assert counted(count, thing) == expected


def test_things_are_more_or_fewer_and_amounts_higher_or_lower():
    things = {name for name in OUTCOMES if is_counted(name)}
    assert things == {
        "readers", "weekly_readers", "members", "groups", "joins", "exits", "messages", "orders",
        "hours", "forwards", "likes", "incremental_orders",
    }  # fmt: skip
    assert compared("orders", more=False) == "fewer orders"
    assert compared("orders", more=True) == "more orders"
    assert compared("customer_equity", more=False) == "lower customer equity"
    assert compared("left_share", more=True) == "higher left share"
    assert (differ("costs"), be("costs")) == ("differ", "are")
    assert (differ("revenue"), be("revenue")) == ("differs", "is")


@pytest.mark.parametrize(
    ("rivals", "others", "expected"),
    [
        (0, 1, "surely better than the other"),
        (1, 1, "the other point is not surely worse"),
        (0, 5, "surely better than every other point, each looked at by itself"),
        (1, 5, "1 of the other 5 points is not surely worse"),
        (3, 5, "3 of the other 5 points are not surely worse"),
        (5, 5, "none of the other 5 points is surely worse"),
    ],
)
def test_how_the_best_point_stands(rivals, others, expected):
    assert _beside(rivals, others) == expected
