"""Whether a world fits into the memory of this computer, said before it is built."""

from __future__ import annotations

import os
from collections.abc import Sequence

from shequn.agents.errors import Problem, ScenarioError
from shequn.agents.tables import GROUP_DTYPE, MEMBER_DTYPE, MESSAGE_DTYPE, TALLY_DTYPE
from shequn.model.build import feed_length, most_groups
from shequn.model.parameters import Parameters

_GIGABYTE = 1e9
_RESERVED = 2**46  # bytes of address space that tables may reserve: 64 TB (assumed)


def memory_of(operators: Sequence[Sequence[Parameters]]) -> tuple[int, int]:
    """Bytes of the tables of a world.

    Parameters
    ----------
    operators : sequence of sequences of Parameters
        For each operator its channels.

    Returns
    -------
    used : int
        Bytes in use from the first day on: everybody, and the groups that are open then.
    reserved : int
        Bytes of address space: groups that may open later, too.
    """
    channels = [channel for own in operators for channel in own]
    length = max(feed_length(channel) for channel in channels)
    each = length * MESSAGE_DTYPE.itemsize + GROUP_DTYPE.itemsize + 3 * TALLY_DTYPE.itemsize
    people = operators[0][0].market.people * len(operators) * MEMBER_DTYPE.itemsize
    opened = sum(channel.group.count for channel in channels)
    return people + opened * each, people + sum(map(most_groups, operators)) * each


def physical_memory() -> int | None:
    """Bytes of memory of this computer, None where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def refuse_too_large(operators: Sequence[Sequence[Parameters]]) -> None:
    """Refuse a world that does not fit.

    Parameters
    ----------
    operators : sequence of sequences of Parameters
        For each operator its channels.

    Raises
    ------
    ScenarioError
        With what it would take, and what there is.
    """
    used, reserved = memory_of(operators)
    there = physical_memory()
    if (there is None or used <= there) and reserved <= _RESERVED:
        return
    words = f"{operators[0][0].market.people:,} persons and the groups for them need"
    words += f" {max(used, reserved if reserved > _RESERVED else 0) / _GIGABYTE:,.0f} GB"
    has = f"; this computer has {there / _GIGABYTE:,.0f} GB" if there else ""
    raise ScenarioError([Problem("market.people", words + has)])
