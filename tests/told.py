"""Small results folders of each kind that a report tells: made once, read by many tests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import shequn as sq

KINDS = ("levels", "worlds", "once", "shape", "arms", "arms-levels", "seeds", "mine")
_PROMOTIONS = {"policy.promos_per_day": [0.0, 0.5, 3.0]}
LOOKS = """\
quantity,unit,given,low,high,simulated,simulated_low,simulated_high,missed
members,persons,100,,,99,97,101,no
messages a day,messages,30,20,40,12.25,9.5,15.5,yes
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
        for part, kind in (("promotions", "worlds"), ("sizes", "shape"), ("seeds", "seeds")):
            shutil.copytree(self(kind), out / part)
