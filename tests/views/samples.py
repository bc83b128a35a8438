"""Results of every kind with made-up numbers, large and small, for the figures made of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from shequn.agents.tables import TIERS
from shequn.experiments.compare.compare import plan_of as plan_of_arms
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.levels import LevelComparison, LevelSweep, joined_plan
from shequn.experiments.compare.sweep import Sweep, plan_of
from shequn.experiments.designs.axes import Axis
from shequn.experiments.designs.designs import factorial
from shequn.experiments.designs.ranges import Range
from shequn.experiments.expect.expectations import Expectation
from shequn.experiments.expect.statements import read_expectations
from shequn.experiments.facts import Estimate, facts
from shequn.experiments.formulas.gauges import Gauge
from shequn.experiments.optimise.candidates import Stages, Trial
from shequn.experiments.optimise.optimum import Optimum
from shequn.experiments.optimise.question import question_of
from shequn.experiments.sensitivity.design import design_of
from shequn.experiments.sensitivity.results import Sensitivity
from shequn.experiments.validate.checked import Checked
from shequn.experiments.validate.physicians import PeerInfluence
from shequn.experiments.validate.validate import Validation
from shequn.model.scenario import Scenario
from tests.made_up import made_results

NAN = math.nan
LEVELS = ("quiet", "usual", "lively")
SERIES = ("readers", "weekly_readers", "messages", "members", "orders")
NAMES = (
    "no promotions", "每天三次促销，只给高层看，其余的人什么也收不到",
    "a group of fifty, in which everybody who joins is welcomed by name and asked for a story",
    "$5 off and $3 for a friend", "nobody answers", "six", "seven",
    "an_unbroken_name_of_a_file_that_is_longer_than_any_line.toml", "nine",
)  # fmt: skip
# How an outcome depends on point and replicate, by the name of the size.
SIZES: dict[str, Callable[[int, int], float]] = {
    "common": lambda point, replicate: 100.0 * (point % 5) - 37.0 * (point // 5) + 10.0 * replicate,
    "tiny": lambda point, replicate: 1e-6 * (point + 0.1 * replicate),
    "huge": lambda point, replicate: 1.2345e9 * (point - 1) + 1e7 * replicate,
    "zero": lambda point, replicate: 0.0,
    # surely more, surely less, not sure, the same, each against point 0
    "mixed": lambda point, replicate: (
        (0.0, 5.0, -5.0, 1.0, 0.0)[point % 5]
        + (0.0, 0.1, 0.2, 9.0, 0.0)[point % 5] * (-1.0) ** replicate
    ),
    "unknown": lambda point, replicate: NAN if point % 2 else 3.0 * replicate,
}


def scenario_of(days: int = 12, **changes: Any) -> Scenario:
    """A scenario with a title in Chinese."""
    base = Scenario.load("wechat-group").with_values({"run.days": days, "past.days": 0})
    return dataclasses.replace(base, title="微信群：品牌的社群 (a group of a brand)", **changes)


def _told(size: str, points: int, replicates: int) -> dict[tuple[int, int], dict[str, float]]:
    made = SIZES[size]
    names = ("incremental_equity", "incremental_orders_per_member", "customer_equity", "members")
    return {
        (point, replicate): {
            **dict.fromkeys(names, made(point, replicate)),
            "promos_per_week": 4.0 * point, "promo_share_sent": 0.01 * point,
        }
        for point in range(points)
        for replicate in range(replicates)
    }  # fmt: skip


def _series(size: str) -> dict[str, float]:
    high = {"huge": 1e9, "zero": 0.0, "tiny": 0.0}.get(size, 40.0)
    return {f"{name}_{tier}": high * (k + 1) / 3 for name in SERIES for k, tier in enumerate(TIERS)}


def arms_of(others: int) -> dict[str, Scenario]:
    """A scenario and so many others."""
    base = scenario_of()
    names = [NAMES[k] if k < len(NAMES) else f"arm number {k + 1}" for k in range(others)]
    shares = {name: {"policy.promo_share": 0.01 * k} for k, name in enumerate(names)}
    return {"the first 第一个": base} | {n: base.with_values(v) for n, v in shares.items()}


def comparison(others: int, size: str = "common", replicates: int = 2) -> Comparison:
    """A comparison of so many arms with the first."""
    arms = arms_of(others)
    told = _told(size, len(arms), replicates)
    results = made_results(plan_of_arms(arms, replicates), replicates, told, _series(size))
    return Comparison(arms, results)


def at_levels(others: int, size: str = "common", replicates: int = 2) -> LevelComparison:
    """The same at every level of reading."""
    arms = arms_of(others)
    plan = joined_plan({level: plan_of_arms(arms, replicates) for level in LEVELS})
    told = _told(size, 3 * len(arms), replicates)
    results = made_results(plan, replicates, told, _series(size))
    parts = {name: Comparison(arms, results.part(k)) for k, name in enumerate(LEVELS)}
    return LevelComparison(parts, results)


def sweep(vary: dict[str, list[Any]], size: str = "common", replicates: int = 2) -> Sweep:
    """A sweep over all combinations."""
    design = factorial([Axis(path, tuple(values)) for path, values in vary.items()])
    base = _without_share(scenario_of(), vary)
    told = _told(size, len(design.rows), replicates)
    plan = plan_of(base, design, replicates)
    return Sweep(base, design, made_results(plan, replicates, told, _series(size)))


def sweep_at_levels(vary: dict[str, list[Any]], size: str = "common") -> LevelSweep:
    """The same at every level of reading."""
    design = factorial([Axis(path, tuple(values)) for path, values in vary.items()])
    base = _without_share(scenario_of(), vary)
    plan = joined_plan({level: plan_of(base, design, 2) for level in LEVELS})
    results = made_results(plan, 2, _told(size, 3 * len(design.rows), 2), _series(size))
    parts = {name: Sweep(base, design, results.part(k)) for k, name in enumerate(LEVELS)}
    return LevelSweep(parts, results)


def _without_share(base: Scenario, vary: dict[str, list[Any]]) -> Scenario:
    if "policy.promos_per_day" not in vary:
        return base
    return dataclasses.replace(Scenario.load("brand-groups"), title=base.title).with_values(
        {"run.days": 12, "past.days": 0}
    )


def sensitivity(method: str, parameters: int, scale: float) -> Sensitivity:
    """A function in which the first parameters matter most."""
    from shequn.experiments.designs.factors import Factor

    names = ["policy.promo_share", "group.capacity", "feel.habit_half_life", "buy.irritation"]
    names += [f"tiers.middle.parameter_number_{k}" for k in range(parameters)]
    chosen = [Factor(name, Range(0.0, 1.0)) for name in names[:parameters]]
    design = design_of(method, chosen, 8, 1)
    x = np.array([[row[path] for path in design.points.paths] for row in design.points.rows])
    weights = scale / np.arange(1.0, parameters + 1.0) ** 2
    luck = 0.05 * scale * np.random.default_rng(1).standard_normal((len(x), 3))
    return Sensitivity(
        design, {"incremental_equity": (x @ weights)[:, None] + luck}, "社群", "incremental_equity"
    )


def optimum(finalists: int, scale: float) -> Optimum:
    """A search over two parameters."""
    base = scenario_of()
    over = "policy.promo_share,group.capacity"
    question = question_of(base, "incremental_equity", over, subject_to="left_share<0.3")
    random = np.random.default_rng(2)
    trials = [
        Trial(
            k, {"policy.promo_share": 0.03 * k, "group.capacity": 50 + k},
            {"incremental_equity": scale * (k + random.standard_normal(4)),
             "left_share": np.full(4, 0.1 * (k % 5))},
        )
        for k in range(20)
    ]  # fmt: skip
    best = [*trials[-1 : -finalists - 1 : -1], trials[0]]
    return Optimum(base, question, Stages(trials, best, best))


def expectation(statements: int) -> Expectation:
    """Statements that hold, fail and are undecided."""
    known = (
        "members.base at day 10 > 100 with 95 %", "incremental_equity > 1000000 with 80 %",
        "weekly_readers at day 12 >= 40 with 90 %",
    )  # fmt: skip
    texts = [known[k % 3] for k in range(statements)]
    scenario = scenario_of(expect={"statements": texts})
    found, _ = read_expectations(scenario)
    values = np.tile([200.0, 5.0, 39.0], (12, statements))[:, :statements]
    values[::2, 2::3] = 50.0
    return Expectation(scenario, found, 12, values)


def validation(seeds: int, off: float) -> Validation:
    """Every second fact that there is, simulated a little beside what was observed."""
    scenarios, checked = {}, []
    for k, fact in enumerate(facts()):
        if not fact.scenario or k % 2:
            continue
        scenarios.setdefault(fact.scenario, Scenario.load(fact.scenario))
        value = fact.value if fact.value == fact.value else 1.0
        middle = value * (1.0 + off * ((k % 7) - 3.0))
        shown = [
            Estimate(middle * (1 + 0.01 * s), middle * 0.9, middle * 1.1, 3) for s in range(seeds)
        ]
        checked.append(Checked(fact, shown))
    return Validation(scenarios, checked, [], [], list(range(1, seeds + 1)), 1.0)


def gauges(several: int) -> list[Gauge]:
    """Closed forms, most of them kept."""
    title = "Adoption with a constant hazard and one with peers, both at half of the population"
    return [
        Gauge(f"B{k}", title if k % 3 else "短的名字", 10.0**k, 10.0**k * 1.01, 0.02 * 10.0**k, 0.0,
              0.06 * 10.0**k, k % 4 > 0)
        for k in range(several)
    ]  # fmt: skip


def peers() -> tuple[PeerInfluence, pd.DataFrame]:
    """Fits at every exposure and baseline, and curves of adoption."""
    rows = [
        {
            "exposure": exposure, "direction": direction, "baseline": baseline, "q": 0.02 * k,
            "low": 0.02 * k - 0.03, "high": 0.02 * k + 0.03, "outside": 0.1,
            "likelihood_ratio": 1.0, "p_value": 0.2, "aic_gain": 1.0, "log_likelihood": -50.0,
            "n_parameters": 2, "outside_alone": 0.1, "log_likelihood_alone": -51.0,
        }
        for exposure in ("effort", "anybody")
        for direction in ("named", "either")
        for k, baseline in enumerate(("constant", "trend", "period", "city_period"))
    ]  # fmt: skip
    month = np.arange(18)
    curves = {"month": month, "observed": 6 * month}
    for name in ("with_peers", "without_peers"):
        curves |= {name: 5.0 * month, f"{name}_low": 4.0 * month, f"{name}_high": 7.0 * month}
    empty = pd.DataFrame()
    found = PeerInfluence(pd.DataFrame(rows), empty, empty, (0.1, 0.05), 0.12)
    return found, pd.DataFrame(curves)
