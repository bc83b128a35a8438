"""How many of the messages are seen, and what exposures leave behind.

Seen to fail when the code is changed: one message more read than fits; awareness fading 1.05
times as fast; exposures counted twice.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import poisson

import shequn as sq
from shequn.experiments.formulas.closed_forms import stock_at_midnight
from tests.limits.limits import blank, column_at, within

pytestmark = pytest.mark.jit

PEOPLE = 400


def schedule(folder, lines):
    """A schedule file: day, hour, kind, every how many days."""
    path = folder / "schedule.csv"
    rows = [f"{day},{hour},{kind},{every}" for day, hour, kind, every in lines]
    path.write_text("\n".join(["day,hour,kind,every", *rows]), encoding="utf-8")
    return {"policy.name": "schedule", "policy.file": str(path)}


@pytest.mark.parametrize(
    ("posts", "capacity", "hour"), [(400, 60, 0.0), (13, 7, 0.0), (400, 1, 5.5), (30, 31, 0.0)]
)
def test_a25_feed_dilution(tmp_path, posts, capacity, hour):
    """P(seen) = min(1, c / V) for V posts of one hour and c = tiers.base.capacity.

    A schedule file posts V messages at one hour of each of 5 days. Error: none, the newest c are
    read and the rest passed over. Bias: a member without a session between one posting and the
    next has 2 V waiting, which has probability e^-sessions and changes the share by less than 1.
    """
    days, sessions = 5, 20.0
    values = {
        "market.people": PEOPLE,
        "group.seed_members": PEOPLE,
        "tiers.base.capacity": float(capacity),
        "tiers.base.session_rate": sessions,
        **schedule(tmp_path, [(0, hour, "content", 1)] * posts),
    }
    result = sq.run(blank(values), days=days, seed=3)
    read, unread = (column_at(result, name, range(1, days + 1)) for name in ("read", "unread"))
    assert read.sum() > 0.9 * (days - 1) * PEOPLE * min(posts, capacity)
    bias = math.exp(-sessions) + 1e-12
    share = read.sum() / unread.sum()
    within(f"A25 V {posts} c {capacity}", share, min(1.0, capacity / posts), 0.0, bias)


def seen(load, sessions, capacity):
    """Share seen of a Poisson feed by a reader with Poisson sessions."""
    return 1.0 - (load / (load + sessions)) ** capacity


def seen_by_day(load, sessions, capacity, days):
    """The same over the sessions of a finite time: gaps u weigh s e^(-s u) (1 + s (T - u))."""
    gaps = (np.arange(20_000) + 0.5) * days / 20_000
    weight = np.exp(-sessions * gaps) * (1.0 + sessions * (days - gaps))
    missing = sum((capacity - v) * poisson.pmf(v, load * gaps) for v in range(capacity))
    return float(weight @ (capacity - missing) / (weight @ (load * gaps)))


def test_a25_feed_dilution_when_members_write():
    """P(seen) = 1 - (L / (L + s))^c when V varies: L posts a day, s sessions of a reader a day.

    Members write (tiers.base.talk), others only read (tiers.high.talk = 0). Between two sessions
    of a reader the number of posts is geometric, P(V >= v) = (L / (L + s))^v, and the mean of
    min(V, c) over the mean of V is the formula.

    Error: from 16 runs (a t distribution, so 0.009 a false alarm). Bias: the posts of one session
    come together, talk / (1 - e^-talk) on average: the formula for that many fewer posts and
    capacity, less the formula; and the last gap of a reader is never read, so that gaps of length
    u count 1 + s (T - u) times and not s T times: the ratio with that weight less the formula.
    """
    writers, readers, days, runs = 150, 150, 80, 16
    talk, sessions, capacity = 0.04, 3.0, 9
    values = {
        "market.people": writers + readers,
        "group.seed_members": writers + readers,
        "tiers.base.share": 0.5,
        "tiers.high.share": 0.5,
        "tiers.high.capacity": float(capacity),
        "tiers.high.session_rate": sessions,
        "tiers.base.talk": talk,
        "tiers.base.session_rate": 10.0,
        "tiers.base.capacity": 1.0,
    }
    shares = []
    for seed in range(800, 800 + runs):
        daily = sq.run(blank(values), days=days, seed=seed).daily
        reader = daily[daily["tier"] == "high"]
        shares.append(reader["read"].sum() / reader["unread"].sum())

    load, clump = writers * 10.0 * talk, talk / -math.expm1(-talk)
    formula = seen(load, sessions, capacity)
    bias = abs(seen(load / clump, sessions, capacity / clump) - formula)
    bias += abs(seen_by_day(load, sessions, capacity, days) - formula)
    error = np.std(shares, ddof=1) / math.sqrt(runs)
    within("A25 seen of members' posts", float(np.mean(shares)), formula, error, bias)


@pytest.mark.parametrize(
    ("half_life", "hours"), [(7.0, (12,)), (0.5, (3, 9, 15, 21)), (60.0, (0,))]
)
def test_a25_adstock(tmp_path, half_life, hours):
    """Steady stock = rate / delta, delta = ln 2 / half-life; from empty, times 1 - e^(-delta t).

    feel.awareness_half_life, and a schedule of promotions every day. Error: the waits of members
    differ; from their variance, stock^2 x (delta / sessions)^2 at most. Bias: exposures come at
    whole hours and at the next session, so the stock at midnight is not the mean over the day:
    the exact steady stock at midnight less the formula; and e^(-sessions / 12) for exposures of
    the last hours before midnight that are read only after it.
    """
    sessions, decay = 40.0, math.log(2.0) / half_life
    days = (math.ceil(half_life), math.ceil(8 * half_life))
    values = {
        "market.people": PEOPLE,
        "group.seed_members": PEOPLE,
        "feel.awareness_half_life": half_life,
        "tiers.base.session_rate": sessions,
        **schedule(tmp_path, [(0, hour, "promo", 1) for hour in hours]),
    }
    result = sq.run(blank(values), days=days[-1], seed=4)
    level = len(hours) / decay
    missed = math.exp(-sessions * (1.0 - max(hours) / 24.0)) * len(hours)
    bias = stock_at_midnight(decay, hours, sessions) - level
    for day, stock in zip(days, column_at(result, "awareness_mean", days), strict=True):
        formula = level * -math.expm1(-decay * day)
        error = level * decay / sessions / math.sqrt(PEOPLE)
        within(f"A25 half-life {half_life} t {day}", stock, formula, error, abs(bias) + missed)


def test_a25_worked_values():
    """60 / 400 = 0.15; half-life 7 days, one a day: 10.10."""
    assert 60 / 400 == pytest.approx(0.15)
    assert 7.0 / math.log(2.0) == pytest.approx(10.10, abs=5e-3)
    assert np.isclose(stock_at_midnight(math.log(2.0) / 7.0, (12,), 1e9), 10.10, atol=0.01)
