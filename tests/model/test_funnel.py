"""The funnel against a small world worked out by hand."""

import math

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import (
    AD,
    BASE,
    HIGH,
    INVITE,
    LEFT,
    MEMBER,
    MEMBER_DTYPE,
    OUTSIDE,
    SEED,
    table,
)
from shequn.model.funnel import STEPS, funnel_frame, steps_of, wilson


class TestWilson:
    def test_by_hand(self):
        """Of 4 in 10 (Agresti & Coull 1998, American Statistician 52): .168 to .687."""
        assert wilson(4, 10) == pytest.approx((0.16818, 0.68733), abs=1e-4)

    @pytest.mark.parametrize(("part", "end"), [(0, 0.0), (7, 1.0)])
    def test_at_the_ends_it_stays_inside(self, part, end):
        low, high = wilson(part, 7)
        assert 0.0 <= low < high <= 1.0
        assert end in (pytest.approx(low, abs=1e-12), pytest.approx(high))

    def test_of_nobody(self):
        assert all(math.isnan(value) for value in wilson(0, 0))


@pytest.fixture
def members() -> np.ndarray:
    """A founder who does all, one who was invited and reads, one advertised who only buys."""
    rows = table(5, MEMBER_DTYPE)
    rows["inviter"], rows["last_session_at"], rows["tier"] = -1, math.nan, BASE
    rows["status"], rows["joins"] = [MEMBER, MEMBER, LEFT, OUTSIDE, LEFT], [1, 1, 1, 0, 1]
    rows["joined_at"] = [-5.0, 3.0, 40.0, math.nan, -9.0]
    rows["left_at"] = [math.nan, math.nan, 50.0, math.nan, -1.0]
    rows["source"] = [SEED, INVITE, AD, 0, SEED]
    rows["tier"][0] = HIGH
    rows["inviter"][1] = 0
    rows["last_session_at"][:3] = [60.0, 5.0, 41.0]
    rows["promos_read"], rows["promos_read_before"] = [9, 2, 0, 0, 8], [4, 2, 0, 0, 8]
    rows["likes"], rows["likes_before"] = [3, 0, 0, 0, 5], [2, 0, 0, 0, 5]
    rows["orders"], rows["orders_before"] = [5, 0, 2, 0, 7], [4, 0, 0, 0, 7]
    rows["last_session_at"][4] = -2.0
    return rows


class TestFunnel:
    def test_who_took_which_step(self, members):
        """What was before day 0 does not count, and who had gone by then was not reached."""
        taken = {
            step: np.flatnonzero(row).tolist()
            for step, row in zip(STEPS, steps_of(members), strict=True)
        }
        assert taken == {
            "reached": [0, 1, 2], "read": [0, 1, 2], "saw a promotion": [0],
            "wrote or liked": [0], "brought others": [0], "bought": [0, 2], "bought again": [2],
        }  # fmt: skip

    def test_counts_and_conversion(self, members):
        found = funnel_frame(members)
        whole = found[found["by"] == "all"].set_index("step")
        assert whole["persons"].tolist() == [3, 3, 1, 1, 1, 2, 1]
        assert whole["before"].tolist() == [0, 3, 3, 1, 1, 1, 2]
        assert whole["both"].tolist() == [0, 3, 1, 1, 1, 1, 1]
        assert math.isnan(whole["conversion"].iloc[0])
        assert whole["conversion"].tolist()[1:] == pytest.approx([1, 1 / 3, 1, 1, 1, 0.5])
        assert (whole["low"].iloc[1:] <= whole["conversion"].iloc[1:]).all()
        assert (whole["high"].iloc[1:] >= whole["conversion"].iloc[1:]).all()
        assert whole["share"]["bought"] == pytest.approx(2 / 3)
        assert list(dict.fromkeys(whole["stage"])) == ["认知", "输出", "交互", "裂变", "转化"]

    def test_each_division_adds_up(self, members):
        found = funnel_frame(members)
        whole = found[found["by"] == "all"]["persons"].tolist()
        for by, groups in (
            ("tier", ["high", "middle", "base"]),
            ("source", ["seed", "invite", "ad"]),
            ("cohort", ["before", "day 0 to 29", "day 30 to 59"]),
        ):
            part = found[found["by"] == by]
            assert list(dict.fromkeys(part["group"])) == groups
            assert part.groupby("step", sort=False)["persons"].sum().tolist() == whole

    def test_nobody(self):
        found = funnel_frame(table(3, MEMBER_DTYPE))
        assert (found["persons"] == 0).all()
        assert found["conversion"].isna().all()


@pytest.mark.jit
def test_of_a_run():
    result = sq.run("wechat-group", days=40, seed=1)
    found = result.funnel
    whole = found[found["by"] == "all"].set_index("step")["persons"]
    summary = result.summary
    ever = whole["reached"]
    assert whole["wrote or liked"] >= round(summary["posters_share"] * ever)
    assert whole["read"] <= ever
    assert whole["bought again"] <= whole["bought"] <= summary["orders"]
