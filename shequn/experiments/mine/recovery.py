"""Does it find a truth that is known? Simulated groups, told as their operators would.

A true world is drawn as any other, its group is played up to tonight, and what its operator could
have counted is rounded and given to `shequn.experiments.mine.mine`. What is found is then held to
what the true group is, does next, and would have done under other numbers of promotions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shequn.experiments.calibrate.distances import weighted_quantiles
from shequn.experiments.calibrate.smc import key
from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.mine.fit import ENDS
from shequn.experiments.mine.measures import measure
from shequn.experiments.mine.mine import begin
from shequn.experiments.mine.own_world import OwnWorld, own_world
from shequn.experiments.mine.questions import MONEY, ORDERS, WEEK, curve, promotions
from shequn.experiments.perform.effort import Effort
from shequn.experiments.perform.statistics import mean_interval
from shequn.model.scenario import Scenario

NEXT = ("readers", "messages", "members", "orders", ORDERS)  # of the days ahead
TOLD = ("members", "readers", "messages", "top_three", "joins", "exits", "orders")
LITTLE = ("members", "messages")
_BUSINESS = ("groups", "capacity", "months", "ads", "content", "price", "margin")
_ALIVE = {"members": 40.0, "readers": 5.0, "messages": 0.5}  # a group that somebody asks about


@dataclass(frozen=True)
class Truth:
    """A true group.

    Attributes
    ----------
    number : int
        Which.
    scenario : Scenario
        Its world.
    seed : int
        Its luck.
    values : mapping
        What was drawn, by path.
    counted : mapping
        What its operator could have counted, by question.
    """

    number: int
    scenario: Scenario
    seed: int
    values: Mapping[str, float]
    counted: Mapping[str, float]


def truth(number: int) -> Truth:
    """A true group: drawn until one is alive. The same number gives the same group."""
    attempt = 0
    while True:
        generator = key(number, 0, attempt)
        business = {
            "groups": 1.0, "members": float(generator.integers(100, 401)), "capacity": 500.0,
            "months": 4.0, "ads": float(generator.integers(1, 11)), "content": 14.0,
            "price": 99.0, "margin": 0.4,
        }  # fmt: skip
        world: OwnWorld = own_world(business)
        units = generator.random(len(world.ranges))
        values = {
            path: float(each.values(units[k : k + 1])[0])
            for k, (path, each) in enumerate(world.ranges.items())
        }
        seed = int(generator.integers(2**53))
        scenario = world.scenario.with_values(values)
        found = measure(scenario, seed)
        if all(found[name] >= least for name, least in _ALIVE.items()):
            counted = {name: float(f"{found[name]:.2g}") for name in TOLD if name != "members"}
            counted = {name: value for name, value in counted.items() if value == value}
            known = {name: business[name] for name in _BUSINESS}
            counted = {**known, "members": found["members"], **counted}
            return Truth(number, scenario, seed, values, counted)
        attempt += 1


def study_one(number: int, told: Sequence[str], tries: int, out: Path) -> pd.DataFrame:
    """Hold what is found of one true group to it.

    Parameters
    ----------
    number : int
        Which.
    told : sequence of str
        What is told of it besides the business.
    tries : int
        Simulations.
    out : Path
        Where everything is kept.

    Returns
    -------
    pandas.DataFrame
        Columns kind (parameter, next, gain), name, truth, low, high (90 %), width relative to the
        range (of parameters); and rows of the kind regret: name, and truth, CNY lost to the best.
    """
    true = truth(number)
    answers = {k: v for k, v in true.counted.items() if k in (*_BUSINESS, *told)}
    mining = begin(answers, out / f"found-{number}", tries=tries)
    found = mining.look(Effort())
    asked = mining.ask("promotions", found, Effort())
    assert isinstance(asked, Sweep)
    one = pd.DataFrame([{"weight": 1.0, "seed": true.seed, **true.values}])
    real = promotions(true.scenario, one, Effort(replicates=1, out=out / f"true-{number}"))
    rows = []
    row: Any
    for row in found.parameters.to_dict("records"):
        name = str(row["parameter"])
        if name in mining.world.sought:
            rows.append(
                ["parameter", name, true.values[name], row["low"], row["high"], row["width"]]
            )
    weekly = [round(7.0 * row[WEEK], 6) for row in asked.design.rows]
    now = weekly.index(true.counted["ads"])
    for name in NEXT:
        known = asked.results.values(name, now)
        rows.append(["next", name, real.results.values(name, now)[0], *_ends(known), np.nan])
    for k, number_ in enumerate(weekly[1:], start=1):
        gaps = [each.results.values(ORDERS, k) - each.results.values(ORDERS, 0)
                for each in (real, asked)]  # fmt: skip
        rows.append(["gain", f"{number_:g} a week", gaps[0][0], *_ends(gaps[1]), np.nan])
    money, truly = curve(asked, MONEY), curve(real, MONEY).values[0]
    choices = {"recommended": money.best, "1 a day": weekly.index(7.0), "none": 0, "as now": now}
    rows += [
        ["regret", name, float(truly.max() - truly[k]), np.nan, np.nan, np.nan]
        for name, k in choices.items()
    ]
    table = pd.DataFrame(rows, columns=["kind", "name", "truth", "low", "high", "width"])
    table.insert(0, "group", number)
    return table


def _ends(values: np.ndarray) -> list[float]:
    return [float(end) for end in weighted_quantiles(values, np.ones(len(values)), ENDS)]


def coverage_lines(tables: Mapping[str, Any]) -> list[str]:
    """How often 90 % intervals hold the truth, by what is told and what is asked: Markdown."""
    names = {"parameter": "parameters that differ from group to group",
             "next": "the next 90 days, as now",
             "gain": "orders that promotions add to none"}  # fmt: skip
    lines = ["| 90 % intervals that hold the truth | " + " | ".join(tables) + " |"]
    lines.append("|---|" + "---|" * len(tables))
    for kind, words in names.items():
        cells = [_held(table[table["kind"] == kind]) for table in tables.values()]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    lines.append("| all of these | " + " | ".join(
        _held(table[table["kind"].isin(names)]) for table in tables.values()) + " |")  # fmt: skip
    widths = [table[table["kind"] == "parameter"]["width"].mean() for table in tables.values()]
    cells = [f"{100.0 * width:.0f} %" for width in widths]
    lines.append("| width of a parameter's interval, of its range | " + " | ".join(cells) + " |")
    return lines


def _held(table: Any) -> str:
    """Share of intervals that hold the truth; its interval is over groups, not over intervals."""
    held = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
    each = held.groupby(table["group"]).mean()
    found = mean_interval(each.to_numpy(dtype=float))
    ends = (
        f" [{100.0 * found.low:.0f}, {min(100.0, 100.0 * found.high):.0f}]" if found.n > 1 else ""
    )
    return f"{100.0 * held.mean():.0f} %{ends}"


def regret_lines(tables: Mapping[str, Any]) -> list[str]:
    """What is lost to the best number of promotions in the true group: Markdown."""
    lines = ["| CNY lost in 90 days to the best number | " + " | ".join(tables) + " |"]
    lines.append("|---|" + "---|" * len(tables))
    for name in ("recommended", "as now", "1 a day", "none"):
        cells = []
        for table in tables.values():
            lost = table[(table["kind"] == "regret") & (table["name"] == name)]["truth"]
            found = mean_interval(lost.to_numpy(dtype=float))
            cells.append(f"{found.mean:,.0f} [{max(0.0, found.low):,.0f}, {found.high:,.0f}]")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def by_name_lines(table: Any) -> list[str]:
    """The same for each parameter and outcome: how often it is held."""
    lines = ["| | held in |", "|---|---|"]
    for (kind, name), part in table[table["kind"].isin(("parameter", "next"))].groupby(
        ["kind", "name"], sort=False
    ):
        held = (part["low"] <= part["truth"]) & (part["truth"] <= part["high"])
        word = f"`{name}`" if kind == "parameter" else f"{name}, next 90 days"
        lines.append(f"| {word} | {int(held.sum())} of {len(part)} |")
    return lines


def together(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Tables of several true groups as one."""
    return pd.concat(list(parts), ignore_index=True)
