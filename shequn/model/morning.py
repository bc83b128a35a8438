"""Morning: what each operator sees, sets and plans before the day begins, and news from outside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from shequn.agents.campaigns import make_policy
from shequn.agents.operator import Operator
from shequn.agents.policies import Observation
from shequn.agents.randomness import draw, normals, stream
from shequn.agents.tables import INCIDENT, POST_DTYPE, TALLY_NAMES, WORLD_AUTHOR
from shequn.model.ledger import LATER_SOURCES
from shequn.model.parameters import terms_of_day

HEARD = stream("listening.error")
LESSON = stream("listening.lesson")
NEWS = stream("incident.news")
_WEEK = 7
NOTHING = dict.fromkeys(TALLY_NAMES, 0.0)
_NEWS_QUALITY, _NEWS_LENGTH = 1.0, 15.0  # value to a reader, seconds (assumed)
_WORST = -10.0  # lowest quality of a product
_NO_NEWS = np.zeros(0, POST_DTYPE)


def set_terms(operator: Operator, rules: np.ndarray, day: int) -> None:
    """Set what holds today: quality, coupon, rewards, gifts, staff for each group.

    Parameters
    ----------
    operator : Operator
        The operator; ``terms`` is set.
    rules : numpy.ndarray
        Parameters for kernels, a row for each channel of each operator; changed.
    day : int
        Today.
    """
    own = operator.record
    for k, channel in enumerate(operator.channels):
        row = int(own["rules"]) + k
        terms = terms_of_day(channel, day)
        if channel.listening.product_gain > 0.0:
            terms["quality"] = float(own["quality"])
        for name, value in terms.items():
            if k > 0 or operator.terms.get(name) != value:
                rules[f"today_{name}"][row] = value
        if channel.desk.staff > 0.0:
            groups = operator.model.tables.groups["rules"][operator.groups]  # type: ignore[attr-defined]
            rules["desk_servers"][row] = channel.desk.staff / max(1, int((groups == row).sum()))
        if k == 0:
            operator.terms = terms


def _heard(operator: Operator, seed: int, day: int, value: float, what: int) -> float:
    """A figure as the operator hears it: off by a lognormal factor."""
    error = operator.parameters.listening.error
    u = draw(np.uint64(seed), HEARD, operator.number, day * 64 + what)
    return value * math.exp(error * float(normals(u[0], u[1])[0]))


def _topic_of_talk(operator: Operator, until: float) -> float:
    """Circular mean of the topics of a week's messages of members, -1 if none is in the feeds."""
    tables = operator.model.tables  # type: ignore[attr-defined]
    messages = tables.messages[operator.groups]
    times = messages["time"]
    heard = (times > until - _WEEK) & (times < until) & (messages["root"] > 0)
    written = (messages["author"] >= 0) & heard
    angles = 2.0 * np.pi * messages["topic"][written].astype(float)
    if not len(angles):
        return -1.0
    mean = math.atan2(float(np.sin(angles).mean()), float(np.cos(angles).mean()))
    return mean / (2.0 * math.pi) % 1.0


def observe(operator: Operator, seed: int, day: int) -> Observation:
    """What the operator can see this morning; with a lag, what it could see some days ago.

    Parameters
    ----------
    operator : Operator
        The operator, with the journal of its days.
    seed : int
        Seed of the run.
    day : int
        Today.

    Returns
    -------
    Observation
        Counts, never hidden states.
    """
    groups = operator.model.tables.groups[operator.groups]  # type: ignore[attr-defined]
    listening = operator.parameters.listening
    journal = operator.journal
    last = max(0, len(journal.totals) - listening.lag)
    written, trouble, days = journal.recent(last, _WEEK)
    messages = np.zeros(len(groups))
    messages[: len(written)] = written
    seen = journal.totals[last - 1] if last else NOTHING
    listens = listening.topic_gain > 0.0

    def heard(what: int, value: float) -> float:
        return _heard(operator, seed, day, value, what) if listening.error > 0.0 else value

    return Observation(
        seed=seed,
        groups=len(groups),
        members=groups["n_members"].astype(float),
        messages=messages / max(1, days),
        joins=sum([seen[f"joins_{source}"] for source in LATER_SOURCES]),
        exits=heard(0, seen["exits"]),
        mutes=heard(1, seen["mutes"]),
        complaints=heard(2, seen["complaints"]),
        orders=seen["orders_new"] + seen["orders_repeat"],
        questions=heard(3, seen["questions"]),
        negative=heard(4, seen["negative"]),
        trouble=heard(5, trouble),
        heard_topic=_topic_of_talk(operator, day - listening.lag) if listens else -1.0,
        topics=tuple(groups["topic"].tolist()),
    )


def learn(operator: Operator, seed: int, seen: Observation, day: int) -> None:
    """The product gets better by what is heard of it, or worse when the lesson is misread.

    Eq. 7.17-3.

    quality += listening.product_gain x negative messages and complaints heard, up to
    ``listening.product_ceiling``; with probability ``listening.product_error`` the sign is wrong
    that day.
    """
    listening = operator.parameters.listening
    heard = seen.negative
    if listening.product_gain <= 0.0 or heard <= 0.0:
        return
    misread = draw(np.uint64(seed), LESSON, operator.number, day)[0] < listening.product_error
    own = operator.record
    step = listening.product_gain * heard * (-1.0 if misread else 1.0)
    ceiling = max(listening.product_ceiling, operator.parameters.product.quality)
    own["quality"] = max(_WORST, min(ceiling, float(own["quality"]) + step))


def imitate(operator: Operator, operators: list[Operator], day: int) -> None:
    """Copy the posting policy of the operator whose groups grew most since the last look.

    Eq. 7.18-2.

    Growth of members is what everyone can see; an operator that grew most itself goes back to its
    own policy. Ties go to the first. The section ``policy`` is copied; products, prices, staff and
    groups are not.
    """
    every = operator.parameters.policy.imitation
    if every <= 0 or day % every or not operator.journal.totals:
        return
    growth = [_growth(other, every) for other in operators]
    best = int(np.argmax(growth))
    if growth[operator.number] >= growth[best]:
        best = operator.number
    follow(operator, operators[best])


def follow(operator: Operator, model: Operator) -> None:
    """Post from now on as another operator does by its own policy (or, again, by one's own)."""
    operator.record["copies"] = model.number
    folder = operator.model.settings.folder  # type: ignore[attr-defined]
    operator.policy = make_policy(model.parameters, folder)


def _growth(operator: Operator, days: int) -> float:
    recent = operator.journal.totals[-days - 1 :]
    if not recent:
        return 0.0
    return (recent[-1]["members"] - recent[0]["members"]) / max(1.0, recent[0]["members"])


def news_of_day(operator: Operator, seed: int, day: int) -> np.ndarray:
    """Bad news from outside that comes up in the groups of an operator today.

    An incident happens on ``incident.day`` at noon, and with probability 1 - exp(-incident.rate)
    at a time drawn evenly; in all groups, or in the first one (``incident.everywhere``).

    Parameters
    ----------
    operator : Operator
        The operator.
    seed : int
        Seed of the run.
    day : int
        Today.

    Returns
    -------
    numpy.ndarray
        POST_DTYPE, one row for each incident and group, groups counted from the operator's first.
    """
    q = operator.parameters.incident
    is_the_day = q.day >= 0.0 and math.floor(q.day) == day
    if q.rate <= 0.0 and not is_the_day:
        return _NO_NEWS
    times = [day + 0.5] if is_the_day else []
    if q.rate > 0.0:
        luck = draw(np.uint64(seed), NEWS, operator.number, day)
        if luck[0] < 1.0 - math.exp(-q.rate):
            times.append(day + luck[1])
    groups = operator.groups.stop - operator.groups.start
    groups = groups if q.everywhere else min(1, groups)
    news = np.zeros(len(times) * groups, POST_DTYPE)
    news["time"] = np.repeat(times, groups)
    news["group"] = np.tile(np.arange(groups), len(times))
    news["author"], news["kind"], news["audience"] = WORLD_AUTHOR, INCIDENT, 1.0
    news["quality"], news["length"] = _NEWS_QUALITY, _NEWS_LENGTH
    news["valence"], news["voice"] = -q.severity, q.voice
    news["topic"] = operator.parameters.group.topic
    return news


def plan_day(
    operator: Operator, operators: list[Operator], rules: np.ndarray, seed: int, day: int
) -> np.ndarray:
    """The operator's morning: look, learn, imitate, set the terms of the day, plan the posts.

    Parameters
    ----------
    operator : Operator
        The operator.
    operators : list of Operator
        Everyone in the market.
    rules : numpy.ndarray
        Parameters for kernels; the terms of the day are set.
    seed : int
        Seed of the run.
    day : int
        Today.

    Returns
    -------
    numpy.ndarray
        POST_DTYPE, sorted by group and time, groups counted from the operator's first.
    """
    seen = observe(operator, seed, day)
    learn(operator, seed, seen, day)
    imitate(operator, operators, day)
    topics: Any = operator.model.tables.groups["topic"][operator.groups]  # type: ignore[attr-defined]
    plan = operator.plan(day, seen, topics)
    news = news_of_day(operator, seed, day)
    if len(news):
        plan = np.concatenate([plan, news])
        plan = plan[np.lexsort((plan["time"], plan["group"]))]
    set_terms(operator, rules, day)
    own = operator.parameters
    if own.discovery.prize_pull > 0.0 or own.feel.crowding > 0.0:
        prizes = float(plan["prize"].sum(dtype=float)) / max(1, seen.groups)
        first = int(operator.record["rules"])
        rules["today_prize"][first : first + len(operator.channels)] = prizes
    return plan
