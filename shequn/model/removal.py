"""Removal: a person is taken out of the world for good."""

from __future__ import annotations

from shequn.agents.tables import GONE, LEFT, MEMBER, MUTED, Tables
from shequn.model.counting import count_standing


def depart(tables: Tables, person: int, people: int) -> None:
    """Take a person out of every group and queue; nobody with this status is ever let in.

    No draw is taken, and every other row stays as it is.

    Parameters
    ----------
    tables : Tables
        The state; the person's rows, the sizes of the groups and today's leavings are changed.
    person : int
        Number of the person among the people.
    people : int
        Persons in the market.
    """
    for row in range(person, len(tables.members), people):
        member = tables.members[row]
        before = int(member.status)
        if before in (MEMBER, MUTED):
            member.status = LEFT
            member.left_at = member.updated_at
            place = member.group
            tally = tables.tally[place][member.tier]
            count_standing(before, member, tables.groups[place], tally)
        member.status = GONE
