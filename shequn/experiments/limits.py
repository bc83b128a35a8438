"""Closed forms: the blank scenario with one mechanism on, against the formula it must reduce to.

Each `Limit` plays some runs and answers one or several `Gauge`. A gauge is inside when the measured
mean is no further from the formula than 3 standard errors and the bias. Standard errors come from
theory where there is one, else from the spread among replicates; biases come from joins at midnight
only, invitations that wait for a session, and a finite market, and each is computed, not fitted.
With normal errors a gauge is outside by chance with probability 0.0027.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from shequn.agents.tables import TALLY_INDEX
from shequn.experiments import closed_forms as forms
from shequn.experiments import desk_forms as queues
from shequn.model.community import Community
from shequn.model.scenario import Scenario

ERRORS = 3.0
_SESSIONS = 4.0  # a day: an invitation waits 6 hours and then for midnight
_SHORT_YEAR = 36.525  # days: rates given for a year act ten times as fast, which changes no formula


class Claim(NamedTuple):
    """What one number of a limit should be.

    Attributes
    ----------
    title : str
        Of the number, with its unit.
    value : float
        By the formula.
    bias : float
        How far the mean over many runs may be from it for reasons that are known.
    spread : float
        SD of one row of measurements; nan: the spread found among the rows is used.
    """

    title: str
    value: float
    bias: float = 0.0
    spread: float = math.nan


class Rows(NamedTuple):
    """Independent measurements: numerators and denominators, each of shape (rows, claims)."""

    parts: np.ndarray
    wholes: np.ndarray


@dataclass(frozen=True)
class Limit:
    """One setting in which the model must reduce to a formula.

    Attributes
    ----------
    id, title : str
        ``A1``; what is left of the model.
    formula : str
        In words and symbols.
    values : Mapping
        Parameters by path that differ from the scenario ``blank``.
    claims : tuple of Claim
        What its numbers should be.
    measure : callable
        Plays one replicate: takes the scenario and a seed, gives `Rows`.
    replicates : int
        Runs.
    """

    id: str
    title: str
    formula: str
    values: Mapping[str, Any]
    claims: tuple[Claim, ...]
    measure: Callable[[Scenario, int], Rows]
    replicates: int = 1

    @property
    def scenario(self) -> Scenario:
        """The blank scenario with one mechanism switched on."""
        return Scenario.load("blank").with_values(dict(self.values))


@dataclass(frozen=True)
class Gauge:
    """A number of a closed form, measured.

    Attributes
    ----------
    id, title : str
        Of the limit, and of the number with its unit.
    formula, measured : float
        What it should be and what was found.
    standard_error, bias, allowed : float
        The gauge is inside when |measured - formula| <= allowed = 3 standard errors + bias.
    inside : bool
        Whether it is.
    """

    id: str
    title: str
    formula: float
    measured: float
    standard_error: float
    bias: float
    allowed: float
    inside: bool


def read_off(claim: Claim, limit_id: str, parts: np.ndarray, wholes: np.ndarray) -> Gauge:
    """Compare the ratio of two totals with a claim.

    Parameters
    ----------
    claim : Claim
        What it should be.
    limit_id : str
        ``A1``.
    parts, wholes : numpy.ndarray
        float64, shape (rows,): independent numerators and denominators.

    Returns
    -------
    Gauge
        The error without a known spread is that of a ratio estimator (Cochran 1977, section 6.3).
    """
    n = len(parts)
    measured = float(parts.sum() / wholes.sum())
    if math.isnan(claim.spread):
        rest = parts - measured * wholes
        error = float(rest.std(ddof=1) / math.sqrt(n) / wholes.mean()) if n > 1 else math.nan
    else:
        error = claim.spread / math.sqrt(n)
    allowed = ERRORS * error + abs(claim.bias)
    return Gauge(
        limit_id, claim.title, claim.value, measured, error, abs(claim.bias), allowed,
        abs(measured - claim.value) <= allowed,
    )  # fmt: skip


def gauges(limit: Limit, seed: int = 1, replicates: int | None = None) -> list[Gauge]:
    """Play a limit and read off its gauges.

    Parameters
    ----------
    limit : Limit
        The setting.
    seed : int
        Seed of the first replicate; the next has the next seed.
    replicates : int, optional
        Runs, at least 1; the limit's own number when None.

    Returns
    -------
    list of Gauge
        One for each claim.
    """
    scenario = limit.scenario
    runs = replicates or limit.replicates
    rows = [limit.measure(scenario, seed + k) for k in range(runs)]
    parts = np.concatenate([row.parts for row in rows])
    wholes = np.concatenate([row.wholes for row in rows])
    return [
        read_off(claim, limit.id, parts[:, k], wholes[:, k]) for k, claim in enumerate(limit.claims)
    ]


def _one_row(values: Sequence[float] | np.ndarray) -> Rows:
    parts = np.asarray(values, dtype=float)[None, :]
    return Rows(parts, np.ones_like(parts))


def _played(scenario: Scenario, seed: int, days: int, **more: Any) -> Community:
    community = Community(scenario, seed, **more)
    for _ in range(days):
        community.step()
    return community


def _members(scenario: Scenario, seed: int, *, days: Sequence[int], per: float = 1.0) -> Rows:
    """Members at some midnights, each divided by ``per``."""
    members = _played(scenario, seed, max(days)).journal.total("members")
    return _one_row([members[day - 1] / per for day in days])


def _growth_claims(
    formula: Callable[[float], float],
    rates: np.ndarray,
    start: int,
    days: Sequence[int],
    late: np.ndarray,
) -> tuple[Claim, ...]:
    """Shares of a growing community, with the birth chain's SD and mean, and the delays.

    Bias: that chain's mean less the formula (finite market), and the recursion by midnights less
    the formula (delays).
    """
    people = len(rates) - 1
    years = [day / _SHORT_YEAR for day in days]
    means, spreads = forms.pure_birth(rates, start, years)
    claims = []
    for k, t in enumerate(years):
        bias = abs(means[k] / people - formula(t)) + abs(late[days[k]] / people - formula(t))
        claims.append(
            Claim(f"share in after {t:.1f} years", formula(t), bias, spreads[k] / people)
        )
    return tuple(claims)


def bass_limit() -> Limit:
    """A1: finding out by oneself and by invitation in a market that mixes completely."""
    p, q, people = 0.03, 0.38, 2_000
    days = tuple(round(t * _SHORT_YEAR) for t in (5.0, math.log(q / p) / (p + q), 10.0))
    n = np.arange(people + 1.0)
    rates = (people - n) * (p + q * n / (people - 1))
    _, late = forms.midnights(
        max(days), people, 0, q / _SHORT_YEAR, _SESSIONS, discovery=p / _SHORT_YEAR
    )
    return Limit(
        "A1", "Bass diffusion", "F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t)",
        {
            "market.people": people,
            "discovery.rate": p / _SHORT_YEAR,
            "invite.rate": q / _SHORT_YEAR,
            "tiers.base.session_rate": _SESSIONS,
        },
        _growth_claims(lambda t: forms.bass(p, q, t), rates, 0, days, late),
        partial(_members, days=days, per=people), 8,
    )  # fmt: skip


def external_limit() -> Limit:
    """A3: finding out by oneself only. A clock is read at every midnight: no bias there."""
    p, people, day = 0.03, 20_000, round(10 * _SHORT_YEAR)
    formula = -math.expm1(-p / _SHORT_YEAR * day)
    spread = math.sqrt(formula * (1.0 - formula) / people)
    return Limit(
        "A3", "External influence only", "F(t) = 1 - e^-pt",
        {
            "market.people": people,
            "discovery.rate": p / _SHORT_YEAR,
            "tiers.base.session_rate": 0.0,
        },
        (Claim("share in after 10.0 years", formula, 0.0, spread),),
        partial(_members, days=(day,), per=people),
    )  # fmt: skip


def internal_limit() -> Limit:
    """A3: invitations only, from a hundredth of the market."""
    start, q, people = 0.01, 0.38, 4_000
    days = (round(10 * _SHORT_YEAR),)
    n = np.arange(people + 1.0)
    rates = (people - n) * q * n / (people - 1)
    seeds = round(start * people)
    _, late = forms.midnights(max(days), people, seeds, q / _SHORT_YEAR, _SESSIONS)
    return Limit(
        "A3", "Word of mouth only", "F(t) = F0 e^qt / (1 - F0 + F0 e^qt)",
        {
            "market.people": people,
            "group.seed_members": seeds,
            "invite.rate": q / _SHORT_YEAR,
            "tiers.base.session_rate": _SESSIONS,
        },
        _growth_claims(lambda t: forms.logistic(start, q, t), rates, seeds, days, late),
        partial(_members, days=days, per=people), 8,
    )  # fmt: skip


def sizes_of_trees(people: Any) -> np.ndarray:
    """Members of each invitation tree, by who invited whom.

    Parameters
    ----------
    people : pandas.DataFrame
        As `shequn.model.observation.members_frame` gives it.

    Returns
    -------
    numpy.ndarray
        int64, one for each seed member.
    """
    joined = people[people["source"].isin(["seed", "invite"])]
    root = np.arange(len(people))
    inviter = people["inviter"].to_numpy()
    for person in joined.sort_values("joined_at")["person"]:
        if inviter[person] >= 0:
            root[person] = root[inviter[person]]
    seeds = joined.loc[joined["source"] == "seed", "person"]
    return np.bincount(root[joined["person"]], minlength=len(people))[seeds]


def _trees(scenario: Scenario, seed: int, *, days: int) -> Rows:
    sizes = sizes_of_trees(_played(scenario, seed, days).people)
    return _one_row([sizes.mean(), sizes.var(ddof=1), np.mean(sizes == 1)])


def tree_limit() -> Limit:
    """A5: each member makes R = 0.5 invitations in the long run, Poisson in number.

    Bias: trees not finished by the last midnight, and invitations that meet somebody who is in:
    R lower by these shares, times the slope of each result in R.
    """
    ratio, half_life, seeds, people, days, sessions = 0.5, 1.5, 3_000, 400_000, 60, 6.0
    mean, variance, fourth = forms.moments(*forms.borel(ratio))
    unfinished = 1.0 - forms.tree_by_midnight(ratio, half_life, sessions, days)[-1] / mean
    less = ratio * (seeds * mean / people + 2.0 * unfinished)
    alone = math.exp(-ratio)
    steep = (1.0 + 2.0 * ratio) / (1.0 - ratio) ** 4
    root = math.sqrt(seeds)
    claims = (
        Claim(
            "mean size, members", 1.0 / (1.0 - ratio), less / (1.0 - ratio) ** 2,
            math.sqrt(variance) / root,
        ),
        Claim(
            "variance of the size", ratio / (1.0 - ratio) ** 3, less * steep,
            math.sqrt(fourth - variance**2) / root,
        ),
        Claim("share of size 1", alone, less * alone, math.sqrt(alone * (1.0 - alone)) / root),
    )  # fmt: skip
    return Limit(
        "A5", "Invitation trees, R = 0.5", "1/(1-R), R/(1-R)^3, e^-R",
        {
            "market.people": people,
            "group.seed_members": seeds,
            "invite.rate": ratio * math.log(2.0) / half_life,
            "invite.novelty_half_life": half_life,
            "tiers.base.session_rate": sessions,
        },
        claims, partial(_trees, days=days),
    )  # fmt: skip


def _distinct(scenario: Scenario, seed: int, *, posts: int, blocks: int, days: int) -> Rows:
    authors = _played(scenario, seed, days, keep_messages=True).messages["author"].to_numpy()
    cut = authors[: blocks * posts].reshape(blocks, posts)
    parts = np.array([[len(np.unique(block))] for block in cut], dtype=float)
    return Rows(parts, np.ones_like(parts))


def coverage_limit() -> Limit:
    """A11: blocks of the log of one run. Bias: the posts of one session have one author."""
    people, posts, talk, blocks = 200, 200, 0.01, 60
    days = math.ceil(1.2 * blocks * posts / (people * talk * 40.0))
    formula, variance = forms.covered(people, posts)
    bias = formula - forms.covered(people, posts * -math.expm1(-talk) / talk)[0]
    return Limit(
        "A11", "Coverage by like speakers", "N (1 - (1 - 1/N)^m)",
        {
            "market.people": people,
            "group.seed_members": people,
            "tiers.base.talk": talk,
            "tiers.base.session_rate": 40.0,
            "tiers.base.capacity": 1.0,
        },
        (Claim("authors of 200 posts, persons", formula, bias, math.sqrt(variance)),),
        partial(_distinct, posts=posts, blocks=blocks, days=days),
    )  # fmt: skip


def _survival_limit(
    title: str, formula: str, values: Mapping[str, Any], days: Sequence[int],
    survival: Callable[[float], float],
) -> Limit:  # fmt: skip
    """A13: everybody is there from day 0; the share at midnight is exact, its error binomial."""
    people = 40_000
    claims = tuple(
        Claim(
            f"share there after {day} d", survival(day), 0.0,
            math.sqrt(survival(day) * (1.0 - survival(day)) / people),
        )
        for day in days
    )  # fmt: skip
    everyone = {"market.people": people, "group.seed_members": people}
    return Limit(
        "A13", title, formula, {**everyone, **values}, claims,
        partial(_members, days=tuple(days), per=people),
    )  # fmt: skip


def exponential_limit() -> Limit:
    """A13: one hazard for all."""
    rate = 0.05
    values = {"tiers.base.exit_rate": rate, "tiers.base.session_rate": 0.2}
    return _survival_limit(
        "Exponential lifetimes", "S(t) = e^-dt", values, (20,), lambda t: math.exp(-rate * t)
    )


def beta_geometric_limit() -> Limit:
    """A13: everybody's own chance of leaving in a day, from a beta distribution."""
    a, b = 0.668, 3.806
    values = {
        "shape.exit_rate": "beta-geometric",
        "tiers.base.exit_rate": a / (a + b),
        "spread.exit_rate": a + b,
        "tiers.base.session_rate": 0.7,
    }
    return _survival_limit(
        "Beta-geometric lifetimes", "S(t) = B(a, b + t) / B(a, b)", values, (1, 2, 3, 7, 12),
        lambda t: forms.beta_geometric(a, b, t),
    )  # fmt: skip


def immigration_limit(start: int, day: int, people: int) -> Limit:
    """A15: five members more a day, a hundredth leaves a day.

    Bias: the exact mean of the process in a finite market with joins at midnight less the formula.
    """
    arrivals, leave = 5.0, 0.01
    rate = arrivals / people
    mean, variance = forms.immigration(arrivals, leave, start, day)
    bias = forms.immigration_bias(rate, leave, people, day, start)
    return Limit(
        "A15", f"Arrivals and exits from {start}", "a/d + (N0 - a/d) e^-dt",
        {
            "market.people": people,
            "group.seed_members": start,
            "discovery.rate": rate,
            "tiers.base.exit_rate": leave,
            "tiers.base.session_rate": 0.2,
        },
        (Claim(f"members after {day} d", mean, bias, math.sqrt(variance)),),
        partial(_members, days=(day,)), 12,
    )  # fmt: skip


# A session may bring more than one question; the fewer it brings, the smaller the bias. Of the
# messages 99 in 100 are questions: speak.question_share goes no higher.
_ASKING, _BATCH, _QUESTIONS = 36.0, 0.03, 0.99


def _desk_values(groups: int, hourly: float, staff: float, minutes: float) -> dict[str, Any]:
    people = math.ceil(hourly * 24.0 / (_QUESTIONS * _ASKING * _BATCH))
    return {
        "market.people": groups * people,
        "group.count": groups,
        "group.capacity": people,
        "group.seed_members": people,
        "group.feed_length": 16,
        "tiers.base.talk": hourly * 24.0 / (_QUESTIONS * _ASKING * people),
        "tiers.base.session_rate": _ASKING,
        "tiers.base.capacity": 1.0,
        "speak.question_share": _QUESTIONS,
        "speak.most_posts": 15,
        "feel.answered": 0.0,
        "feel.answered_fast": 0.0,
        "desk.staff": staff,
        "desk.service_time": minutes,
        "desk.first_hour": 0.0,
        "desk.last_hour": 24.0,
        "desk.patience": math.inf,
        "desk.public": False,
    }


def _answers(scenario: Scenario, seed: int, *, days: int, first: int) -> Rows:
    """Each group is a replicate: hours to an answer, answers in time, of all answers."""
    tallies = np.array(_played(scenario, seed, days).journal.tallies[first:])
    hours, soon, answered = (
        tallies[:, :, :, TALLY_INDEX[name]].sum(axis=(0, 2))
        for name in ("answer_days", "answered_fast", "answered")
    )
    return Rows(np.column_stack([24.0 * hours, soon]), np.column_stack([answered, answered]))


def one_server_limit() -> Limit:
    """A18: a desk with one person on duty for each of 60 groups.

    The first 5 days are left out: the desk starts empty, and forgets it at the rate
    (sqrt(mu) - sqrt(lambda))^2 an hour. Bias: questions of one session come together; the queue
    with such batches is solved exactly.
    """
    arrivals, services, target, groups = 3.0, 4.0, 0.25, 60
    values = _desk_values(groups, arrivals, groups, 60.0 / services)
    size = _QUESTIONS * values["tiers.base.talk"]
    mean, soon = queues.batches(1, arrivals, services, size, target)
    whole = queues.mean_time(1, arrivals, services)
    prompt = queues.chance_of_answer(1, arrivals, services, target)
    return Limit(
        "A18", "Reply desk M/M/1", "1/(mu - lambda); 1 - e^-(mu - lambda)t",
        {**values, "desk.target": 60.0 * target},
        (
            Claim("mean time to a reply, h", whole, mean - whole),
            Claim("share within 15 min", prompt, soon - prompt),
        ),
        partial(_answers, days=25, first=5),
    )  # fmt: skip


def _waits(
    scenario: Scenario, seed: int, *, arrivals: float, hours: tuple[float, float], target: float
) -> Rows:
    n, _, prompt, _, _ = queues.desk_alone(scenario, arrivals, hours, target, seed)
    return Rows(np.array([[prompt]]), np.array([[n]]))


def many_servers_limit(staff: int, arrivals: float, hours: tuple[float, float]) -> Limit:
    """A19: several persons on duty, service of 4 minutes; the desk by itself, no bias.

    ``hours`` are left out, for the desk to forget that it was empty, and counted.
    """
    target = 0.25
    values = {**_desk_values(1, 1.0, staff, 4.0), "desk.target": 60.0 * target}
    formula = queues.chance_of_wait(staff, arrivals, 15.0, target)
    return Limit(
        "A19", f"Reply desk M/M/{staff}", "1 - C e^-(c mu - lambda)t", values,
        (Claim(f"share waiting at most 15 min, {staff} on duty", formula),),
        partial(_waits, arrivals=arrivals, hours=hours, target=target), 32,
    )  # fmt: skip


def _posts(scenario: Scenario, seed: int, *, days: int) -> Rows:
    posts = _played(scenario, seed, days).people["posts"].to_numpy()
    return _one_row([np.mean(posts == 0), forms.gini(posts)])


def posting_limit() -> Limit:
    """A23: everybody's own rate of posting. Bias: the sessions are Poisson as well."""
    k, mean, people, days, sessions = 0.2, 2.0, 8_000, 25, 8.0
    plain = forms.gamma_poisson(mean, k, 2048)
    mixed = forms.gamma_poisson_in_sessions(mean, k, sessions * days, 2048)
    none, root = (1.0 + mean / k) ** -k, math.sqrt(people)
    unequal, one = forms.gini_of(plain)
    return Limit(
        "A23", "Poisson posts at gamma rates", "P0 = (1 + m/k)^-k",
        {
            "market.people": people,
            "group.seed_members": people,
            "shape.talk": "gamma",
            "spread.talk": k,
            "tiers.base.talk": mean / (sessions * days),
            "tiers.base.session_rate": sessions,
            "tiers.base.capacity": 1.0,
        },
        (
            Claim("share without a post", none, mixed[0] - none, math.sqrt(none - none**2) / root),
            Claim("Gini of posts", unequal, forms.gini_of(mixed)[0] - unequal, one / root),
        ),
        partial(_posts, days=days),
    )  # fmt: skip


def _on_schedule(
    scenario: Scenario, seed: int, *, line: str, days: int, read: Callable[[Community], float]
) -> Rows:
    """Play with a schedule file of one kind of post, then read a number off."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schedule.csv"
        path.write_text(f"day,hour,kind,every\n{line}", encoding="utf-8")
        plan = {"policy.name": "schedule", "policy.file": str(path)}
        return _one_row([read(_played(scenario.with_values(plan), seed, days))])


def _share_seen(community: Community) -> float:
    read, unread = (community.journal.total(name).sum() for name in ("read", "unread"))
    return float(read / unread)


def _awareness(community: Community) -> float:
    whole = community.daily[community.daily["tier"] == "all"]
    return float(whole["awareness_mean"].iloc[-1])


def dilution_limit() -> Limit:
    """A25: 400 posts at one hour of each day, 60 of them fit; the newest are read.

    Bias: a member without a session between two postings has twice as many waiting.
    """
    people, sessions, posts, capacity = 400, 20.0, 400, 60
    bias = math.exp(-sessions) + 1e-12
    return Limit(
        "A25", "Feed dilution", "P(seen) = min(1, c / V)",
        {
            "market.people": people,
            "group.seed_members": people,
            "tiers.base.capacity": float(capacity),
            "tiers.base.session_rate": sessions,
        },
        (Claim("share seen of 400 posts", min(1.0, capacity / posts), bias, 0.0),),
        partial(_on_schedule, line="0,0,content,1\n" * posts, days=5, read=_share_seen),
    )  # fmt: skip


def adstock_limit() -> Limit:
    """A25: one promotion a day at noon, half-life 7 days, after ten half-lives.

    Bias: the stock at midnight is not the mean over the day; what ten half-lives leave to come;
    exposures that are read only after midnight. Spread: that of the waits to a session, at most.
    """
    people, sessions, half_life = 100, 40.0, 7.0
    decay, days = math.log(2.0) / half_life, round(10 * half_life)
    level = 1.0 / decay
    late = forms.stock_at_midnight(decay, (12.0,), sessions) - level
    bias = abs(late) + level * math.exp(-decay * days) + math.exp(-sessions / 2.0)
    return Limit(
        "A25", "Adstock", "rate / delta, delta = ln 2 / half-life",
        {
            "market.people": people,
            "group.seed_members": people,
            "feel.awareness_half_life": half_life,
            "tiers.base.session_rate": sessions,
        },
        (Claim("steady stock, exposures", level, bias, level * decay / sessions / people**0.5),),
        partial(_on_schedule, line="0,12,promo,1\n", days=days, read=_awareness),
    )  # fmt: skip


LIMITS: tuple[Callable[[], Limit], ...] = (
    bass_limit,
    external_limit,
    internal_limit,
    tree_limit,
    coverage_limit,
    exponential_limit,
    beta_geometric_limit,
    partial(immigration_limit, 0, 69, 40_000),
    partial(immigration_limit, 500, 230, 150_000),
    one_server_limit,
    partial(many_servers_limit, 3, 30.0, (24.0, 400.0)),
    partial(many_servers_limit, 30, 440.0, (200.0, 500.0)),
    posting_limit,
    dilution_limit,
    adstock_limit,
)
"""Makers of every limit of the strip, in order; made on use, for some formulas take a moment."""
