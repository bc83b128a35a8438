"""Small results folders of each kind that a report tells: made once, read by many tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import shequn as sq

KINDS = (
    "levels", "worlds", "once", "shape", "sizes", "own", "arms", "arms-levels", "seeds", "mine",
)  # fmt: skip
_PROMOTIONS = {"policy.promos_per_day": [0.0, 0.5, 3.0]}
LOOKS = """\
quantity,unit,given,low,high,simulated,simulated_low,simulated_high,missed
members,persons,100,,,99,97,101,no
messages a day,messages,30,20,40,12.25,9.5,15.5,yes
"""
# As `shequn mine` writes it: what nobody knows is empty.
LOOKS_OWN = """\
quantity,unit,given,low,high,simulated,simulated_low,simulated_high,missed
members,persons,200.0,200.0,200.0,220.0,171.25,267.25,False
readers,persons a day,55.0,55.0,55.0,36.93333333333333,27.383333333333333,55.975,False
messages,messages a day,18.0,18.0,18.0,13.3,4.233333333333333,43.38333333333333,False
top_three,1,0.4,0.4,0.4,0.5759162303664922,0.30625518242122723,0.8365108423231993,False
joins,persons a month,6.0,6.0,6.0,11.0,5.5,29.5,False
exits,persons a month,5.0,5.0,5.0,6.0,3.0,11.25,False
orders,orders a month,13.0,13.0,13.0,19.0,9.0,33.25,False
mutes,persons a month,,,,15.0,7.75,36.0,False
answer_minutes,minutes,,,,,,,False
"""
PARAMETERS = """\
parameter,unit,median,low,high,width,known
buy.irritation,1,0.3,0.1,0.6,0.5,no
speak.talk,1,0.3,0.1,0.6,0.5,yes
"""


class Folders:
    """Folders by kind.

    Parameters
    ----------
    place : Path
        An empty folder.
    """

    def __init__(self, place: Path) -> None:
        self.place = place
        self._made: set[str] = set()

    def __call__(self, kind: str) -> Path:
        """The folder of a kind; only to be read: `copy` gives one to spoil."""
        if kind not in self._made:
            make: Callable[[Path], None] = getattr(self, "_" + kind.replace("-", "_"))
            make(self.place / kind)
            self._made.add(kind)
        return self.place / kind

    def copy(self, kind: str, place: Path) -> Path:
        """A copy of a folder."""
        shutil.copytree(self(kind), place)
        return place

    @property
    def base(self) -> sq.Scenario:
        """A group of 30 without a past."""
        values = {"market.people": 400, "group.count": 1, "group.capacity": 30, "past.days": 0}
        return sq.Scenario.load("brand-groups").with_values(values)

    def _levels(self, out: Path) -> None:
        sq.sweep(self.base, _PROMOTIONS, replicates=3, days=8, reading="all", out=out)

    def _worlds(self, out: Path) -> None:
        sq.sweep(self.base, _PROMOTIONS, replicates=9, days=8, worlds="plausible", out=out)

    def _once(self, out: Path) -> None:
        sq.sweep(self.base, _PROMOTIONS, replicates=1, days=8, out=out)

    def _shape(self, out: Path) -> None:
        vary = {"group.capacity": [15, 30], "policy.promos_per_day": [0.0, 0.5]}
        sq.sweep(self.base, vary, replicates=3, days=8, out=out)

    def _sizes(self, out: Path) -> None:
        sq.sweep(self.base, {"group.capacity": [15, 30, 60]}, replicates=3, days=8, out=out)

    def _own(self, out: Path) -> None:
        """Worlds with their luck that draw how much is read, as `shequn mine` asks in them."""
        drawn = np.linspace(0.05, 0.6, 9)
        worlds = pd.DataFrame({"weight": 1, "seed": range(11, 20), "group.glance": drawn})
        worlds["buy.irritation"] = drawn[::-1]
        sq.sweep(self.base, _PROMOTIONS, replicates=9, days=8, worlds=worlds, out=out)

    def _arms(self, out: Path) -> None:
        other = sq.Scenario.load("bombardment").with_values({"past.days": 0})
        sq.compare(self.base, other, replicates=3, days=8, out=out)

    def _arms_levels(self, out: Path) -> None:
        more = [self.base.with_values({"policy.promos_per_day": n}) for n in (0.0, 1.0)]
        sq.compare(self.base, *more, replicates=3, days=8, reading="all", out=out)

    def _seeds(self, out: Path) -> None:
        few = self.base.with_values({"group.seed_fill": 0.3})
        hubs = few.with_values({"group.seeding": "hubs"})
        sq.compare(few, hubs, replicates=3, days=8, worlds="plausible", out=out)

    def _mine(self, out: Path) -> None:
        out.mkdir()
        (out / "mine.json").write_text(json.dumps({"schema": 1, "lang": "en"}), encoding="utf-8")
        (out / "looks-like.csv").write_text(LOOKS, encoding="utf-8")
        (out / "parameters.csv").write_text(PARAMETERS, encoding="utf-8")
        for part, kind in (("promotions", "own"), ("sizes", "sizes"), ("seeds", "seeds")):
            shutil.copytree(self(kind), out / part)

    def _mine_full(self, out: Path) -> None:
        """As much as `shequn mine` has to tell: nine quantities, a scale, many open numbers."""
        self.copy("mine", out)
        about = {"schema": 1, "answers": {"members": 4000}, "factor": 0.25}
        (out / "mine.json").write_text(json.dumps(about), encoding="utf-8")
        (out / "looks-like.csv").write_text(LOOKS_OWN, encoding="utf-8")
        drawn = (f"feel.awareness_half_life_{k},day,6.9,3.5,20.9,1.02,no\n" for k in range(40))
        (out / "parameters.csv").write_text(PARAMETERS + "".join(drawn), encoding="utf-8")
