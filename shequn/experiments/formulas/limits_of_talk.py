"""Closed forms of what is written, read and answered: posting, feeds, adstock, the reply desk."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from shequn.agents.tables import TALLY_INDEX
from shequn.experiments.formulas import closed_forms as forms
from shequn.experiments.formulas import desk_forms as queues
from shequn.experiments.formulas.gauges import Claim, Limit, Rows, one_row, played
from shequn.model.scenario import Scenario
from shequn.model.world import World


def _distinct(scenario: Scenario, seed: int, *, posts: int, blocks: int, days: int) -> Rows:
    authors = played(scenario, seed, days, keep_messages=True).messages["author"].to_numpy()
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
    tallies = np.array(played(scenario, seed, days).journal.tallies[first:])
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
    posts = played(scenario, seed, days).people["posts"].to_numpy()
    return one_row([np.mean(posts == 0), forms.gini(posts)])


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
    scenario: Scenario, seed: int, *, line: str, days: int, read: Callable[[World], float]
) -> Rows:
    """Play with a schedule file of one kind of post, then read a number off."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schedule.csv"
        path.write_text(f"day,hour,kind,every\n{line}", encoding="utf-8")
        plan = {"policy.name": "schedule", "policy.file": str(path)}
        return one_row([read(played(scenario.with_values(plan), seed, days))])


def _share_seen(community: World) -> float:
    read, unread = (community.journal.total(name).sum() for name in ("read", "unread"))
    return float(read / unread)


def _awareness(community: World) -> float:
    total, members = (community.journal.total(name)[-1] for name in ("awareness_sum", "members"))
    return float(total / members)


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
