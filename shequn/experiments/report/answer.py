"""What a results folder answers: which options hold, what they add and cost, what moves it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from shequn.agents.errors import ResultsError
from shequn.experiments.report.facts import (
    Choice,
    Estimate,
    Half,
    Spread,
    close,
    estimate,
    half_of,
    projected,
    spread,
    sway,
)
from shequn.experiments.report.folder import Told, is_total
from shequn.model.outcomes import OUTCOMES

A_DAY, A_SHARE = "policy.promos_per_day", "policy.promo_share"
SIZE, COUNT, SEEDING = "group.capacity", "group.count", "group.seeding"
PROMOTIONS, GROUP, SEEDS = "promotions", "size", "seeding"
DECISIONS = {A_DAY: PROMOTIONS, A_SHARE: PROMOTIONS, SIZE: GROUP, SEEDING: SEEDS}
MONEY = ("incremental_equity", "customer_equity")
ORDERS = ("incremental_orders", "orders")
FUNNEL = (
    "joins", "readers_per_member/share", "promos_seen_per_member", "posters_share/share",
    "reproduction/share", "orders_per_member/share", "repeat_share/share",
)  # fmt: skip
_NAMES = ("title", "description", "past.")  # what arms may differ in and be the same
_LARGEST = 1e15  # number that is shown as one (assumed)
_DAYS_OF_MONTH = 365.25 / 12.0
_MEMBERS = (
    ("customer_equity", "customer_equity_per_member"),
    ("orders", "orders_per_member"),
    ("incremental_orders", "incremental_orders_per_member"),
)


@dataclass(frozen=True)
class Decision:
    """What a folder says of one thing that an operator decides.

    Attributes
    ----------
    key : str
        `PROMOTIONS`, `GROUP`, `SEEDS`, or the path of another parameter.
    path : str
        The parameter.
    choice : Choice
        What holds of what was tried.
    places : dict
        For each point that speaks of it the place of its option.
    own : int or None
        The place of the option that the scenario itself has; None where it was not tried.
    """

    key: str
    path: str
    choice: Choice
    places: dict[int, int]
    own: int | None = None

    @property
    def base(self) -> int | None:
        """The place of what others are told against: one's own size, else the first or least."""
        return self.own if self.key == GROUP else 0

    @property
    def least(self) -> bool:
        """Whether the smallest number tried holds: smaller ones might."""
        return self._end(0) and self.choice.options[0] > 0

    @property
    def most(self) -> bool:
        """Whether the largest number tried holds: larger ones might."""
        return self._end(len(self.choice.options) - 1)

    def _end(self, place: int) -> bool:
        held = self.choice.everywhere or self.choice.anywhere
        return self.choice.numeric and self.choice.n > 1 and place in held


@dataclass(frozen=True)
class Answer:
    """The answers of a results folder.

    Attributes
    ----------
    told : Told
        The folder.
    """

    told: Told

    @property
    def levels(self) -> tuple[str, ...]:
        """Levels of reading; one without a name where they were not asked for."""
        return self.told.levels

    @property
    def points(self) -> range:
        """Numbers of the points."""
        return range(len(self.told.heads))

    # What is measured

    @cached_property
    def money(self) -> str:
        """Money that the group adds; of orders in the group where that is not defined."""
        return self._first(MONEY)

    @cached_property
    def orders(self) -> str:
        """Orders that the group adds; orders in the group where that is not defined."""
        return self._first(ORDERS)

    @property
    def adds(self) -> bool:
        """Whether what the group adds is told, against no group with the same luck."""
        return self.money == MONEY[0]

    def _first(self, names: Sequence[str]) -> str:
        return next((name for name in names if self._told(name)), names[-1])

    def _told(self, name: str) -> bool:
        return any(
            np.isfinite(self.told.values(name, at, k)).any()
            for at in range(len(self.levels))
            for k in self.points
        )

    @cached_property
    def main(self) -> str:
        """The outcome by which options are compared: the focus, else money, else orders."""
        wanted = (self.told.focus, self.money, self.orders, "members")
        for name in wanted:
            if name in OUTCOMES and OUTCOMES[name].better and self._told(name):
                return name
        raise ResultsError(f"{self.told.folder}: no outcome has a value: there is nothing to tell")

    @cached_property
    def each(self) -> bool:
        """Whether amounts are told for each member: points differ in how many have room."""
        first = self.told.parameters
        room = set()
        for head in self.told.heads:
            size, count = (head.get(p, first.get(p)) for p in (SIZE, COUNT))
            if isinstance(size, int | float) and isinstance(count, int | float):
                room.add(round(math.log(max(size * count, 1.0)), 1))
        return SIZE in self.told.paths and len(room) > 1 and is_total(self.main)

    @property
    def sign(self) -> float:
        """-1 where less of the main outcome is better."""
        return -1.0 if OUTCOMES[self.main].better == "less" else 1.0

    def values(self, name: str, at: int, point: int) -> np.ndarray:
        """An outcome, or one reckoned from some.

        Parameters
        ----------
        name : str
            An outcome; or ``members_mean``, ``orders_per_100`` (members, whole run),
            ``NAME/member`` (for each member), ``NAME/month`` (for each member and month),
            ``NAME/hundred`` (for 100 members and a month) or ``NAME/share`` (of 100).
        at, point : int
            Numbers of the level and of the point.

        Returns
        -------
        numpy.ndarray
            float64, shape (replicates,).
        """
        if name == "orders_per_100":
            return 100.0 * self.told.values(f"{self.orders}_per_member", at, point)
        if name == "members_mean":
            return self._members(at, point)
        whole, _, each = name.partition("/")
        found = self.told.values(whole, at, point)
        if each in ("", "share"):
            return found * (100.0 if each else 1.0)
        with np.errstate(all="ignore"):
            found = found / self._members(at, point)
        if each in ("month", "hundred"):
            month = _DAYS_OF_MONTH / self.told.days if self.told.days else math.nan
            found = found * (month * (100.0 if each == "hundred" else 1.0))
        return np.where(np.isfinite(found), found, math.nan)

    def _members(self, at: int, point: int) -> np.ndarray:
        """The mean number of members of a run, from an outcome that was divided by it."""
        found = np.full(self.told.replicates, math.nan)
        for whole, each in _MEMBERS:
            with np.errstate(all="ignore"):
                ratio = self.told.values(whole, at, point) / self.told.values(each, at, point)
            found = np.where(np.isfinite(found), found, ratio)
        return np.where(np.isfinite(found) & (found > 0.0), found, math.nan)

    def unit(self, name: str) -> str:
        """The unit of an outcome, without what it is divided by."""
        if name in ("orders_per_100", "members_mean"):
            return {"orders_per_100": "orders", "members_mean": "persons"}[name]
        return OUTCOMES[name.partition("/")[0]].unit

    @property
    def compared(self) -> str:
        """The main outcome, for each member where points differ in how many there are."""
        return f"{self.main}/member" if self.each else self.main

    def mean(self, name: str, at: int, point: int) -> Estimate:
        """The mean of an outcome at a point."""
        return estimate(self.told.interval(self.values(name, at, point)), self.unit(name))

    def gap(self, name: str, at: int, point: int, base: int) -> Estimate:
        """The paired difference of an outcome between two points."""
        pair = self.values(name, at, point), self.values(name, at, base)
        return estimate(self.told.gap(*pair), self.unit(name))

    def over_levels(self, name: str, point: int, base: int | None = None) -> Spread:
        """An outcome, or a difference, from the least to the most that a level says."""
        each = range(len(self.levels))
        if base is None:
            return spread([self.mean(name, at, point) for at in each])
        return spread([self.gap(name, at, point, base) for at in each])

    # Which options hold

    @cached_property
    def choice(self) -> Choice:
        """Which points hold."""
        return self._among(list(self.points))

    def _among(self, points: Sequence[int]) -> Choice:
        """Which of some points hold; options are the points."""
        kept, fewest = [], []
        for at in range(len(self.levels)):
            values = np.array([self.values(self.compared, at, k) for k in points])
            _, chosen, n = close(values, self.told.gap, self.sign)
            kept.append(frozenset(chosen))
            fewest.append(n)
        names = tuple(self.told.heads[k].get("arm", k) for k in points)
        return Choice(names, tuple(kept), min(fewest))

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        """What is said of each thing that was varied, by its key; promotions, size, seeds first."""
        found = self._of_arms() if self.told.compares else self._of_paths()
        order = [*dict.fromkeys(DECISIONS.values())]
        known = sorted(found, key=lambda d: order.index(d.key) if d.key in order else len(order))
        return {decision.key: decision for decision in known}

    def _of_paths(self) -> list[Decision]:
        found = []
        for path in self.told.paths:
            if path == COUNT and SIZE in self.told.paths:
                continue  # so many groups that the members are as many
            options = [_option(path, head[path]) for head in self.told.heads]
            weekly = self._weekly(options) if path == A_SHARE else []
            choice, places = projected(weekly or options, self.choice.kept, self.choice.n)
            key = path if path == A_SHARE and not weekly else DECISIONS.get(path, path)
            own = None if weekly else _option(path, self.told.parameters.get(path))
            at = choice.options.index(own) if own in choice.options else None
            found.append(Decision(key, path, choice, dict(enumerate(places)), at))
        return found

    def _weekly(self, shares: Sequence[Any]) -> list[float]:
        """Promotions a week in each group, as they came out, of each share that was varied."""
        said: dict[Any, list[float]] = {}
        for k, share in enumerate(shares):
            for at in range(len(self.levels)):
                found = self.told.values("promos_per_week", at, k)
                said.setdefault(share, []).extend(found[np.isfinite(found)])
        if not all(said.values()):
            return []
        return [float(f"{np.mean(said[share]):.3g}") for share in shares]

    def _of_arms(self) -> list[Decision]:
        """What arms say that differ from the first in one thing alone."""
        settings = self.told.arms()
        found = []
        for path in (A_DAY, SIZE, SEEDING) if settings else ():
            points = [k for k in self.points if set(_differing(settings[0], settings[k])) <= {path}]
            options = [_option(path, settings[k].get(path)) for k in points]
            if len({repr(each) for each in options}) < 2 or None in options:
                continue
            among = self._among(points)
            choice, places = projected(options, among.kept, among.n)
            places_of = dict(zip(points, places, strict=True))
            found.append(Decision(DECISIONS[path], path, choice, places_of))
        return found

    # What it adds, what it costs

    @cached_property
    def reference(self) -> int:
        """The point that costs are told of: of those that hold the one with the best mean."""
        held = self.choice.everywhere or self.choice.anywhere

        def good(point: int) -> float:
            means = [self.mean(self.compared, at, point).mean for at in range(len(self.levels))]
            known = [self.sign * each for each in means if not math.isnan(each)]
            return sum(known) / len(known) if known else -math.inf

        return max(held, key=good)

    @cached_property
    def base(self) -> dict[int, int]:
        """For each point the one it is told against: the first arm; of what is varied the base."""
        if self.told.compares:
            return dict.fromkeys(self.points, 0)
        first = next(iter(self.decisions.values()), None)
        if first is None or not self.told.factorial:
            return {}
        others = [path for path in self.told.paths if path != first.path]
        found = {
            repr([self.told.heads[k][path] for path in others]): k
            for k in self.points
            if first.places[k] == first.base
        }
        keys = {k: repr([self.told.heads[k][path] for path in others]) for k in self.points}
        return {k: found[key] for k, key in keys.items() if key in found}

    def gain(self, name: str) -> Spread:
        """What the options that hold add to the base, from the least to the most at any level."""
        found = [
            self.gap(name, at, k, self.base[k])
            for at, kept in enumerate(self.choice.kept)
            for k in sorted(kept)
            if k in self.base and self.base[k] != k
        ]
        return spread(found)

    @property
    def base_holds(self) -> bool:
        """Whether the base itself is among the options that hold somewhere."""
        return any(self.base.get(k) == k for k in self.choice.anywhere)

    @property
    def against(self) -> int | None:
        """The point that the reference is told against; None where there is none."""
        base = self.base.get(self.reference)
        return None if base == self.reference else base

    def gain_at(self, at: int) -> Estimate:
        """What the reference adds to that point at one level."""
        assert self.against is not None
        return self.gap(self.compared, at, self.reference, self.against)

    def costs(self) -> dict[str, list[Estimate]]:
        """Costs and what is added at the reference, at each level, by the name of the outcome."""
        names = (
            "costs", "hours", self.orders, self.money,
            "costs/month", f"{self.orders}/hundred", f"{self.money}/month",
        )  # fmt: skip
        return self._rows(names)

    def funnel(self) -> dict[str, list[Estimate]]:
        """How far people get at the reference, at each level, by the name of the outcome."""
        return self._rows(FUNNEL)

    def _rows(self, names: Iterable[str]) -> dict[str, list[Estimate]]:
        rows = {
            name: [self.mean(name, at, self.reference) for at in range(len(self.levels))]
            for name in names
        }
        return {name: row for name, row in rows.items() if any(each.n for each in row)}

    # What would change it

    @cached_property
    def worlds(self) -> tuple[int, int] | None:
        """In how many of how many worlds one of the options that hold is best; None: one world."""
        if not self.told.drawn:
            return None
        held, among = 0, 0
        for at in range(len(self.levels)):
            values = np.array([self.values(self.compared, at, k) for k in self.points])
            whole = self.sign * values[:, ~np.isnan(values).any(axis=0)]
            if whole.size:
                best = whole.argmax(axis=0)
                held += int(np.isin(best, self.choice.anywhere).sum())
                among += len(best)
        return held, among

    @cached_property
    def half(self) -> Half | None:
        """The drawn number that surely moves what the reference adds to its base most."""
        if self.against is None:
            return None
        drawn = {path: self.drawn(path) for path in self.told.drawn}
        return sway(self._gains(self.against), drawn, self.unit(self.compared))

    @cached_property
    def read_half(self) -> Half | None:
        """How what the reference adds to its base moves with how much is read, if that is drawn."""
        if self.against is None or not self.told.reads:
            return None
        path = self.told.reads[0]
        gains = self._gains(self.against)
        return half_of(gains, path, self.drawn(path), self.unit(self.compared))

    def drawn(self, path: str) -> np.ndarray:
        """A drawn number in each world: float64, shape (replicates,)."""
        return self.told.values(path, self._usual, 0)

    @property
    def _usual(self) -> int:
        return self.levels.index("usual") if "usual" in self.levels else 0

    def _gains(self, base: int) -> np.ndarray:
        """What the reference adds to a point in each world."""
        pair = [self.values(self.compared, self._usual, k) for k in (self.reference, base)]
        return pair[0] - pair[1]

    def slice(self, decision: Decision) -> list[int]:
        """The points of a decision that are like the reference in all else, in order of it."""
        if self.told.compares or not self.told.factorial:
            chosen = list(decision.places)
        else:
            rest = [p for p in self.told.paths if p not in (decision.path, COUNT)]
            here = self.told.heads[self.reference]
            chosen = [
                k
                for k in decision.places
                if all(self.told.heads[k][path] == here[path] for path in rest)
            ]
        return sorted(chosen, key=lambda k: decision.places[k])


def _option(path: str, value: Any) -> Any:
    """A value as an operator counts it: promotions a week; lists and switches as words."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None if value is None else str(value)
    if isinstance(value, str):
        return value
    if not abs(value) < _LARGEST:
        return str(value)
    return float(f"{7.0 * value:.3g}") if path == A_DAY else value


def _differing(first: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Paths in which two arms differ from day 0 on."""
    paths = [p for p in dict.fromkeys([*first, *other]) if not p.startswith(_NAMES)]
    return [path for path in paths if repr(first.get(path)) != repr(other.get(path))]
