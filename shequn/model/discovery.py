"""Discovery: who finds the group without an invitation, unasked or by advertising."""

from __future__ import annotations

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, exponential, stream
from shequn.agents.tables import AD, OUTSIDE, SPONTANEOUS
from shequn.agents.verbs.relevance import relevance
from shequn.model.build import JOIN_CLOCK

DISCOVERY = stream("discovery.source")


@compiled
def count_status(members, status):
    """Persons with this status."""
    total = 0
    for row in range(members.shape[0]):
        total += members[row].status == status
    return total


@compiled
def discover(day, members, topic, p, rows, times, sources):
    """Who finds the group today without an invitation.

    An outsider's hazard is ``discovery.rate`` plus that of advertising, ad_budget / ad_cost x
    ad_response spread evenly over outsiders, both times relevance (``discovery.relevance``). It is
    spent on the person's clock.

    Parameters
    ----------
    day : int
        Today.
    members : record array
        The members table; clocks are changed.
    topic : float
        Topic centre of the groups.
    p : record
        Parameters.
    rows, times, sources : numpy.ndarray
        Filled: person, time, source.

    Returns
    -------
    int
        How many.
    """
    advertising = p.discovery_ad_budget / p.discovery_ad_cost * p.discovery_ad_response
    if advertising > 0.0:
        advertising /= max(1, count_status(members, OUTSIDE))
    base = p.discovery_rate + advertising
    if base <= 0.0:
        return 0
    n = 0
    for row in range(members.shape[0]):
        member = members[row]
        if member.status != OUTSIDE:
            continue
        hazard = base
        if p.discovery_relevance != 0.0:
            hazard *= relevance(topic, member.topic, p.read_focus)
        clock = member.membership_clock - hazard
        if clock <= 0.0:
            rows[n] = row
            times[n] = day + 1.0 + clock / hazard
            by_ad = draw(p.seed, DISCOVERY, row, day)[0] * base < advertising
            sources[n] = AD if by_ad else SPONTANEOUS
            n += 1
            clock = exponential(p.seed, JOIN_CLOCK, row, day + 1)
        member.membership_clock = clock
    return n
