"""Members and operators as Mesa agents; members' attributes are views on a row of a table.

The three classes differ in their name only: a tier is a set of trait distributions. Override a
verb in a subclass and hand the classes to the community to change what a member does; see
``docs/overriding.md``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shequn.agents import verbs
from shequn.agents.numbered import NumberedAgent
from shequn.agents.operator import PlainOperator
from shequn.agents.tables import MEMBER, MEMBER_FIELDS, MUTED, STATUSES, TIERS, Tables


class Column:
    """A number in the members table, read and written through an attribute."""

    def __init__(self, name: str, doc: str) -> None:
        self.name = name
        self.__doc__ = doc

    def __get__(self, member: Any, owner: type) -> Any:
        """The value as a Python number."""
        return self if member is None else member.record[self.name].item()

    def __set__(self, member: Any, value: float) -> None:
        """Write the value into the table."""
        member.record[self.name] = value


class Member(NumberedAgent):
    """One person of the market.

    Every field of the members table is an attribute (``habit``, ``belonging``, ``orders``, ...).

    Parameters
    ----------
    model : Community
        The community.
    row : int
        Row of the members table.

    Attributes
    ----------
    row : int
        Row of the members table.
    record : numpy.record
        That row.
    """

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        self.row = row
        self.record = model.tables.members[row]

    @property
    def is_member(self) -> bool:
        """Whether this person is in a group, muted or not."""
        return self.record["status"] in (MEMBER, MUTED)

    @property
    def status_name(self) -> str:
        """outside, member, muted, left, waiting or gone."""
        return STATUSES[self.record["status"]]

    @property
    def tier_name(self) -> str:
        """high, middle or base."""
        return TIERS[self.record["tier"]]

    def remove(self) -> None:
        """Take this person out of the world, for good.

        The person leaves every group and queue (a leaving of the coming day, in the books), is
        never let in again, and is in none of Mesa's sets of agents any more; status ``gone``. The
        row stays in the members table, and this agent at its place in ``Community.members``: what
        has happened is not undone, and nobody else's luck is touched. Between two steps it happens
        at once, in a verb of your own at the midnight that ends the day.
        """
        self.model.remove_person(self.row)  # type: ignore[attr-defined]

    @property
    def feed(self) -> np.ndarray:
        """The ring of messages of this member's group."""
        return self._tables.messages[self.record["group"]]

    @property
    def home(self) -> Any:
        """The row of this member's group."""
        return self._tables.groups[self.record["group"]]

    @property
    def _tables(self) -> Tables:
        return self.model.tables  # type: ignore[attr-defined]

    @property
    def _p(self) -> Any:
        return self.model.rules[self.home["rules"]]  # type: ignore[attr-defined]

    @property
    def _pages(self) -> Any:
        """Scratch, with nothing on it: what verbs of one's own change in a feed is seen."""
        pages = self.model.pages  # type: ignore[attr-defined]
        pages["upto"] = -1
        return pages

    def stay(self, time: float) -> bool:
        """What happened since the last session: see `shequn.agents.verbs.stay.stay`."""
        return bool(verbs.stay(self.record, self.row, time, self._p))

    def wait(self, time: float) -> None:
        """Let time pass: see `shequn.agents.verbs.wait.wait`."""
        verbs.wait(self.record, time, self._p)

    def read(self, visit: Any) -> None:
        """Read: see `shequn.agents.verbs.read.read`."""
        verbs.read(self.record, self.row, self.feed, self.home, visit, self._pages, self._p)

    def feel(self, visit: Any) -> None:
        """Feel: see `shequn.agents.verbs.feel.feel`."""
        verbs.feel(self.record, visit, self._p)

    def speak(self, visit: Any) -> None:
        """Speak: see `shequn.agents.verbs.speak.speak`."""
        members = self._tables.members
        verbs.speak(self.record, self.row, members, self.feed, self.home, visit, self._p)

    def buy(self, visit: Any) -> None:
        """Buy: see `shequn.agents.verbs.buy.buy`."""
        verbs.buy(self.record, self.row, self.feed, self.home, visit, self._p)

    def run_errands(self, time: float, tally: Any) -> None:
        """Buy elsewhere what no visit came for: see `shequn.agents.verbs.buy.run_errands`."""
        verbs.run_errands(self.record, self.row, time, tally, self._p)

    def invite(self, visit: Any) -> None:
        """Invite: see `shequn.agents.verbs.invite.invite`."""
        verbs.invite(self.record, self.row, visit, self._p)


for _name, _, _meaning, _unit in MEMBER_FIELDS:
    setattr(Member, _name, Column(_name, f"{_meaning} [{_unit}]"))


class HighTierMember(Member):
    """A person whose traits were drawn from the high tier (高层)."""


class MiddleTierMember(Member):
    """A person whose traits were drawn from the middle tier (中层)."""


class BaseTierMember(Member):
    """A person whose traits were drawn from the base tier (基层)."""


class Operator(PlainOperator, NumberedAgent):
    """An operator of the market, who posts.

    Parameters
    ----------
    model : Community
        The community.
    *how
        As for `shequn.agents.operator.PlainOperator`.
    """

    def __init__(self, model: Any, *how: Any) -> None:
        NumberedAgent.__init__(self, model)
        PlainOperator.__init__(self, model, *how)
