"""One reply window a day: how long questions wait that are asked at any hour.

The desk is as good as free: service of a hundredth of a minute. A question asked outside the window
waits for the next one; inside nobody waits. Over a whole cycle, from the end of one window to the
end of the next, the hour of asking is uniform, so with a window of h hours

    P(wait <= t) = (h + t) / 24 for t up to 24 - h,   mean (24 - h)^2 / 48 hours.

Seen to fail when the code is changed: the wait counted up to the answer.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import shequn as sq
from shequn.agents.tables import ANSWER, KINDS, QUESTION
from tests.limits.limits import ERRORS, blank, within

pytestmark = pytest.mark.jit

SESSIONS, BATCH, SHARE = 36.0, 0.03, 0.99
TIMES = ("wait_minutes", "answer_minutes")
FALSE_ALARM = 0.0027  # of 3 standard errors, for the largest distance of two distributions, too


def desk(first: float, last: float, days: int, seed: int, minutes: float = 0.01) -> sq.Community:
    """40 questions a day to a public desk with one window, the messages logged."""
    hourly = 40.0 / 24.0
    people = math.ceil(hourly * 24.0 / (SHARE * SESSIONS * BATCH))
    values = {
        "market.people": people,
        "group.seed_members": people,
        "tiers.base.talk": hourly * 24.0 / (SHARE * SESSIONS * people),
        "tiers.base.session_rate": SESSIONS,
        "tiers.base.capacity": 1.0,
        "speak.question_share": SHARE,
        "feel.answered": 0.0,
        "feel.answered_fast": 0.0,
        "desk.staff": 1.0,
        "desk.service_time": minutes,
        "desk.first_hour": first,
        "desk.last_hour": last,
        "desk.patience": math.inf,
        "desk.public": True,
    }
    community = sq.Community(blank(values), seed=seed, keep_messages=True)
    for _ in range(days):
        community.step()
    return community


def asked_and_answered(community: sq.Community, last: float) -> tuple[np.ndarray, np.ndarray]:
    """Times of the questions asked in whole cycles, and of their answers, from the log."""
    log = community.messages
    answers = log[log["kind"] == KINDS[ANSWER]].set_index("root")["time"]
    questions = log[log["kind"] == KINDS[QUESTION]].set_index("number")["time"]
    end = community.day - 1 + last / 24.0
    asked = questions[(questions >= last / 24.0) & (questions < end)]
    answered = answers.reindex(asked.index).to_numpy()
    return asked.to_numpy(), answered


@pytest.mark.parametrize(("first", "last"), [(20.0, 21.0), (9.0, 12.0), (0.0, 8.0), (16.0, 24.0)])
def test_waits_for_the_daily_window(first, last):
    """The whole distribution of the times to an answer, from the log of a public desk.

    400 days of 40 questions. Error: by the inequality of Dvoretzky, Kiefer and Wolfowitz (Massart
    1990), the largest distance exceeds sqrt(ln(2 / a) / 2 n) with probability at most a = 0.0027;
    questions of one session come together, so that n counts for less by 1 + batch. Bias: a window
    begins with the questions of the night, of which the last waits for the others: as many services
    as there are questions in a day, as a share of the day.
    """
    days, minutes, hours = 400, 0.01, last - first
    community = desk(first, last, days, 61, minutes)
    asked, answered = asked_and_answered(community, last)
    assert not np.isnan(answered).any()
    waits = np.sort(24.0 * (answered - asked))
    n = len(waits)
    grid = np.linspace(0.1, 24.0 - hours, 500)
    shares = np.searchsorted(waits, grid, side="right") / n
    furthest = np.abs(shares - (hours + grid) / 24.0).max()
    allowed = math.sqrt(math.log(2.0 / FALSE_ALARM) * (1.0 + BATCH) / (2.0 * n))
    late = 40.0 * minutes / 1440.0
    within(f"window {first:g}-{last:g} distance", furthest, 0.0, allowed / ERRORS, late)


@pytest.mark.parametrize(("first", "last"), [(20.0, 21.0), (9.0, 12.0), (0.0, 24.0)])
def test_mean_wait_and_mean_time_of_a_day(first, last):
    """Mean wait (24 - h)^2 / 48 hours in the daily table and over the run; service comes on top.

    Answers given on one day, but the first, belong to questions of one whole cycle. Work of m =
    half a minute on average is in the time to the answer and not in the wait; it stands still over
    night if it is in hand at the end of the window, with the probability 40 m a day that somebody
    is at work then: m (1 + (24 - h) / 24) minutes by the clock. Error: the spread of a wait over
    the root of the questions (batch as above); that of the work, and of the nights of waiting.
    Bias: the questions of a night wait for each other's services, less than all of these.
    """
    days, minutes, hours = 300, 0.5, last - first
    community = desk(first, last, days, 62, minutes)
    whole = community.daily.query("tier == 'all'")
    sums = {name: (whole[name] * whole["answered"]).to_numpy() for name in TIMES}
    for name in TIMES:
        over_the_run = np.nansum(sums[name]) / whole["answered"].sum()
        assert community.summary[name] == pytest.approx(over_the_run)
    n = whole["answered"].iloc[1:].sum()
    wait, time = (np.nansum(sums[name][1:]) / n for name in TIMES)
    night = 24.0 - hours
    formula = night**2 / 48.0
    error = math.sqrt((night**3 / 72.0 - formula**2) * (1.0 + BATCH) / n)
    backlog = 40.0 * night / 24.0 * minutes / 60.0
    within(f"window {first:g}-{last:g} mean wait", wait / 60.0, formula, error, backlog + 1e-3)
    work = minutes * (1.0 + night / 24.0)
    held_up = math.sqrt(40.0 * minutes / 1440.0 * days) * 60.0 * night / n
    error = math.hypot(minutes / math.sqrt(n), held_up)
    within(f"window {first:g}-{last:g} work", time - wait, work, error)
