"""How long a question waits for the reply desk: M/M/1, M/M/c, duty hours, patience.

Questions are Poisson: members come at a constant rate and write `BATCH` messages in a session on
average, 99 in 100 of them a question (``speak.question_share`` goes no higher). A session may bring
more than one, so questions come in batches: `batches` solves that queue exactly, and what it
differs by from the formula is the bias of every comparison. Each group has a desk of its own and
people of its own: the groups of one world are independent replicates, and errors are taken from
the spread among them, because the waits of one desk hang together.

Seen to fail when the code is changed: service times 1.2; always the first of the staff; service
not longer where a fraction of a person is on duty; patience counted in working time.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shequn as sq
from shequn.agents.desk import ask, time_of_work, working_time
from shequn.agents.tables import ANSWER_DTYPE, GROUP_DTYPE, MESSAGE_DTYPE, TALLY_INDEX, table
from shequn.experiments.formulas.desk_forms import (
    batches,
    chance_of_answer,
    chance_of_wait,
    desk_alone,
    erlang_c,
    mean_time,
)
from shequn.model.parameters import kernel_record
from tests.limits.limits import blank, within

jit = pytest.mark.jit

SESSIONS = 36.0  # a member and day
BATCH = 0.03  # messages of a session, at most
SHARE = 0.99  # of them, questions


def desks(
    groups: int, hourly: float, days: int, seed: int, values: dict[str, float]
) -> sq.Community:
    """A world of so many groups, each with so many questions an hour, played."""
    people = math.ceil(hourly * 24.0 / (SHARE * SESSIONS * BATCH))
    settings = {
        "market.people": groups * people,
        "group.count": groups,
        "group.capacity": people,
        "group.seed_members": people,
        "group.feed_length": 16,
        "tiers.base.talk": hourly * 24.0 / (SHARE * SESSIONS * people),
        "tiers.base.session_rate": SESSIONS,
        "tiers.base.capacity": 1.0,
        "speak.question_share": SHARE,
        "speak.most_posts": 15,
        "feel.answered": 0.0,
        "feel.answered_fast": 0.0,
        "desk.first_hour": 0.0,
        "desk.last_hour": 24.0,
        "desk.patience": math.inf,
        "desk.public": False,
    }
    community = sq.Community(blank({**settings, **values}), seed=seed)
    for _ in range(days):
        community.step()
    return community


def counts(community: sq.Community, name: str, first: int) -> np.ndarray:
    """A count of each group from a day on."""
    days = np.array(community.journal.tallies[first:])
    return days[:, :, :, TALLY_INDEX[name]].sum(axis=(0, 2))


def ratio(part: np.ndarray, whole: np.ndarray) -> tuple[float, float]:
    """Ratio of two totals, and its error from the spread among replicates."""
    value = part.sum() / whole.sum()
    rest = part - value * whole
    return float(value), float(rest.std(ddof=1) / math.sqrt(len(part)) / whole.mean())


def compare(what, community, c, arrivals, services, target, first):
    """Mean time to an answer, the wait in it, and share within the target against M/M/c."""
    answered = counts(community, "answered", first)
    size = SHARE * float(community.own_members["talk"][0])
    mean, soon = batches(c, arrivals, services, size, target)
    formula = mean_time(c, arrivals, services)
    value, error = ratio(24.0 * counts(community, "answer_days", first), answered)
    within(f"{what} mean time", value, formula, error, mean - formula)
    value, error = ratio(24.0 * counts(community, "wait_days", first), answered)
    within(f"{what} mean wait", value, formula - 1.0 / services, error, mean - formula)
    formula = chance_of_answer(c, arrivals, services, target)
    value, error = ratio(counts(community, "answered_fast", first), answered)
    within(f"{what} within {target} h", value, formula, error, soon - formula)


@jit
@pytest.mark.parametrize(
    ("arrivals", "services", "target"), [(3.0, 4.0, 0.25), (1.0, 4.0, 0.5), (2.4, 3.0, 1.0)]
)
def test_a18_one_person_on_duty(arrivals, services, target):
    """M/M/1: W = 1 / (mu - lambda), P(T <= t) = 1 - exp(-(mu - lambda) t).

    desk.staff = 1 for each group, desk.service_time = 60 / mu minutes, desk.target = t. 100 groups,
    30 days; the first 5 are left out: the desk starts empty, and forgets it at the rate
    (sqrt(mu) - sqrt(lambda))^2, at least 0.033 an hour: after five days 2 % of the distance are
    left for a day or two of the 25, less than a thousandth of the mean.
    """
    groups = 100
    values = {
        "desk.staff": groups,
        "desk.service_time": 60.0 / services,
        "desk.target": 60.0 * target,
    }
    community = desks(groups, arrivals, 30, 18, values)
    compare(f"A18 {arrivals}/{services}", community, 1, arrivals, services, target, 5)


def test_a18_worked_values():
    """3 questions an hour, 4 answers: W = 1 h, P(T <= 15 min) = 0.2212."""
    assert mean_time(1, 3.0, 4.0) == pytest.approx(1.0)
    assert chance_of_answer(1, 3.0, 4.0, 0.25) == pytest.approx(0.2212, abs=5e-5)
    assert batches(1, 3.0, 4.0, 1e-9, 0.25) == pytest.approx((1.0, 0.2212), abs=5e-5)


@jit
@pytest.mark.parametrize(("c", "arrivals", "target"), [(3, 30.0, 0.1), (2, 20.0, 0.25)])
def test_a19_several_persons_on_duty(c, arrivals, target):
    """M/M/c, service of 4 minutes: mean and distribution of wait and service together.

    desk.staff = c for each group; 40 groups, 6 days without the first (relaxation within 2 hours).
    """
    groups = 40
    values = {"desk.staff": c * groups, "desk.service_time": 4.0, "desk.target": 60.0 * target}
    community = desks(groups, arrivals, 6, 19, values)
    compare(f"A19 c {c}", community, c, arrivals, 15.0, target, 1)


def test_a19_worked_values():
    """Service of 4 minutes, P(wait <= 15 min): 0.9895 for c 3 and 30/h; 0.9293 for c 30, 440/h."""
    assert chance_of_wait(3, 30.0, 15.0, 0.25) == pytest.approx(0.9895, abs=6e-5)
    assert chance_of_wait(30, 440.0, 15.0, 0.25) == pytest.approx(0.9293, abs=6e-5)
    mean, soon = batches(3, 30.0, 15.0, 1e-9, 0.25)
    assert mean == pytest.approx(mean_time(3, 30.0, 15.0))
    assert soon == pytest.approx(chance_of_answer(3, 30.0, 15.0, 0.25))


@jit
@pytest.mark.parametrize(
    ("c", "arrivals", "hours", "before"), [(3, 30.0, 1500.0, 24.0), (30, 440.0, 1000.0, 200.0)]
)
def test_a19_waits(c, arrivals, hours, before):
    """P(wait = 0) = 1 - C, P(wait <= 15 min) = 1 - C exp(-(c mu - lambda) t), mean wait.

    `shequn.agents.desk.ask` with Poisson questions, one at a time. 24 replicates of 1,500 hours
    (c 3) or 1,000 (c 30); a desk forgets that it was empty at the rate
    (sqrt(c mu) - sqrt(lambda))^2, 1.5 and 0.056 an hour: the hours left out leave exp(-11) of it.
    """
    replicates, services = 24, 15.0
    scenario = blank(
        {
            "desk.staff": c,
            "desk.service_time": 4.0,
            "desk.first_hour": 0.0,
            "desk.last_hour": 24.0,
            "desk.patience": math.inf,
        }
    )
    rows = [
        desk_alone(scenario, arrivals, (before, hours), 0.25, seed)
        for seed in range(7, 7 + replicates)
    ]
    n, free, prompt, waits, times = np.array(rows).T
    name = f"A19 c {c} {arrivals}/h"
    waited = erlang_c(c, arrivals / services)
    value, error = ratio(free, n)
    within(f"{name} no wait", value, 1.0 - waited, error)
    value, error = ratio(prompt, n)
    within(f"{name} P(wait <= 15 min)", value, chance_of_wait(c, arrivals, services, 0.25), error)
    value, error = ratio(waits, n)
    within(f"{name} mean wait", value, waited / (c * services - arrivals), error)
    value, error = ratio(times - waits, n)
    within(f"{name} mean service", value, 1.0 / services, error)


@jit
def test_two_groups_share_one_person():
    """Half a person on duty works twice as long: M/M/1 with mu / 2.

    100 groups and 50 persons of staff, service of 7.5 minutes, 3 questions an hour and group: as
    with 15 minutes and a person each.
    """
    values = {"desk.staff": 50.0, "desk.service_time": 7.5, "desk.target": 15.0}
    community = desks(100, 3.0, 30, 28, values)
    compare("half a person", community, 1, 3.0, 4.0, 0.25, 5)


def lost(arrivals: float, services: float, patience: float) -> float:
    """Share of questions that would wait longer than the patience (Barrer 1957, M/M/1).

    With e = exp(-(mu - lambda) patience) and r = lambda / mu: r (1 - r) e / (1 - r^2 e).
    """
    load = arrivals / services
    if math.isclose(load, 1.0):
        return 1.0 / (2.0 + services * patience)
    fade = math.exp((arrivals - services) * patience)
    return load * (1.0 - load) * fade / (1.0 - load**2 * fade)


@jit
@pytest.mark.parametrize(("arrivals", "patience"), [(3.0, 0.5), (8.0, 0.25), (4.0, 1.0)])
def test_who_would_wait_too_long_is_not_answered(arrivals, patience):
    """M/M/1 with patience; 4 answers an hour, more questions than that in two of the cases.

    What is still due at the end is answered later. Bias: the
    second question of a batch has one more ahead: at most as many more are lost as there are such
    questions, a share of batch / 2.
    """
    groups = 40
    values = {"desk.staff": groups, "desk.service_time": 15.0, "desk.patience": patience}
    community = desks(groups, arrivals, 12, 31, values)
    asked, answered = counts(community, "questions", 0), counts(community, "answered", 0)
    pending = community.tables.groups["n_pending"]
    value, error = ratio(asked - answered - pending, asked)
    within(f"patience {patience} h", value, lost(arrivals, 4.0, patience), error, BATCH / 2.0)
    longest = counts(community, "answer_days", 0).sum() / answered.sum() * 24.0
    assert longest < patience + 0.25


RECORD = np.array([kernel_record(blank({"desk.staff": 1.0}).parameters, 1, 1)])


def on_duty(first: float, last: float, patience: float = math.inf):
    """The record of a desk with these hours of duty."""
    p = RECORD.copy()[0]
    p["desk_first_hour"], p["desk_last_hour"], p["desk_patience"] = first, last, patience
    return p


CASES = settings(derandomize=True, database=None, deadline=None)
duties = st.tuples(st.integers(0, 95), st.integers(1, 96)).filter(lambda d: d[0] < d[1])
QUARTER = 0.25
NEAR = 1e-8  # days: a millisecond


@CASES
@given(duties, st.floats(0.0, 2000.0), st.booleans())
def test_time_of_work_is_the_inverse_of_working_time(duty, work, starts):
    p = on_duty(QUARTER * duty[0], QUARTER * duty[1])
    time = time_of_work(work, starts, p)
    assert working_time(time, p) == pytest.approx(work, abs=NEAR)
    hour = (time % 1.0) * 24.0
    inside = QUARTER * duty[0] - 1e-5 <= hour <= QUARTER * duty[1] + 1e-5
    assert inside or (hour < 1e-5 and duty[1] == 96) or (hour > 24.0 - 1e-5 and duty[0] == 0)


@CASES
@given(duties, st.floats(0.0, 2000.0))
def test_the_clock_stands_still_off_duty(duty, time):
    """On duty the same time comes back; off duty the next morning, or the evening before."""
    first, last = QUARTER * duty[0], QUARTER * duty[1]
    p = on_duty(first, last)
    work, day, hour = working_time(time, p), math.floor(time), (time % 1.0) * 24.0
    start, end = time_of_work(work, True, p), time_of_work(work, False, p)
    if first + 1e-4 < hour < last - 1e-4:
        assert start == pytest.approx(time, abs=NEAR)
        assert end == pytest.approx(time, abs=NEAR)
    elif hour > last + 1e-4:
        assert start == pytest.approx(day + 1.0 + first / 24.0, abs=NEAR)
        assert end == pytest.approx(day + last / 24.0, abs=NEAR)
    elif hour < first - 1e-4:
        assert start == pytest.approx(day + first / 24.0, abs=NEAR)
        assert end == pytest.approx(day - 1.0 + last / 24.0, abs=NEAR)


@CASES
@given(duties, st.floats(0.0, 500.0), st.floats(0.0, 5.0))
def test_working_time_grows_by_the_hours_of_duty(duty, time, later):
    p = on_duty(QUARTER * duty[0], QUARTER * duty[1])
    gain = working_time(time + later, p) - working_time(time, p)
    assert -NEAR <= gain <= later + NEAR
    whole = working_time(time + 1.0, p) - working_time(time, p)
    assert whole == pytest.approx(QUARTER * (duty[1] - duty[0]) / 24.0, abs=NEAR)


def one_question(hour: float, first: float, last: float, patience: float = math.inf):
    """A question at an hour of day 5 to a desk of one person: its answer, None when there is none.

    A second question follows at once, so that it waits for the first.
    """
    p = on_duty(first, last, patience)
    message, answers = table(1, MESSAGE_DTYPE), table(4, ANSWER_DTYPE)
    group, servers = table(1, GROUP_DTYPE), np.zeros(1)
    message["time"] = 5.0 + hour / 24.0
    for number in (1, 2):
        ask(message[0], number, 1, answers, servers, group[0], p)
    return answers["time"][: int(group["n_pending"][0])]


@pytest.mark.parametrize(("hour", "day"), [(22.0, 6), (2.0, 5), (23.99, 6), (0.0, 5)])
def test_a_question_at_night_is_answered_in_the_morning(hour, day):
    """Service of 4 minutes, exponential: both answers come between 9:00 and 10:00 of that day.

    Two services last an hour or more with probability exp(-15) x 16 < 1e-5, and the draw is fixed.
    """
    answers = one_question(hour, 9.0, 21.0)
    assert len(answers) == 2
    assert day + 9.0 / 24.0 < answers[0] < answers[1] < day + 10.0 / 24.0


def test_by_day_the_answer_comes_at_once():
    answers = one_question(12.0, 9.0, 21.0)
    assert 5.5 < answers[0] < answers[1] < 5.5 + 1.0 / 24.0


def test_patience_is_counted_by_the_clock_and_not_in_hours_of_duty():
    """From 22:00 to 9:00 are 11 hours, none of them on duty."""
    assert len(one_question(22.0, 9.0, 21.0, patience=11.5)) == 2
    assert len(one_question(22.0, 9.0, 21.0, patience=10.5)) == 0


def test_the_second_question_loses_patience_where_the_first_does_not():
    """Nobody waits with no patience at all; only who is served at once is answered."""
    assert len(one_question(12.0, 9.0, 21.0, patience=0.0)) == 1


@jit
def test_duty_hours_in_a_world():
    """Half of the day is off duty: no answer is given then, and answers of the night are late.

    Questions come evenly, the desk is all but free (service of a tenth of a minute): the mean time
    to an answer is half of the day x half of the night: 0.5 x 0.25 days. Error from 20 groups.
    Bias: 24 questions of the night are worked off in the morning, within 2.4 minutes on average.
    """
    groups = 20
    values = {
        "desk.staff": groups,
        "desk.service_time": 0.1,
        "desk.first_hour": 9.0,
        "desk.last_hour": 21.0,
        "desk.target": 60.0,
    }
    community = desks(groups, 2.0, 11, 33, values)
    answered = counts(community, "answered", 1)
    value, error = ratio(24.0 * counts(community, "answer_days", 1), answered)
    within("duty 9 to 21 h", value, 3.0, error, 0.04)
    value, error = ratio(counts(community, "answered_fast", 1), answered)
    within("duty 9 to 21 h, within 1 h", value, 0.5 + 1.0 / 24.0, error, 0.002)
