"""Discovery: who comes without an invitation: unasked, by advertising, or for a prize."""

from __future__ import annotations

from shequn.agents.jit import compiled
from shequn.agents.randomness import draw, exponential, stream
from shequn.agents.tables import AD, FOR_PRIZE, OUTSIDE, SPONTANEOUS
from shequn.agents.verbs.relevance import relevance
from shequn.model.build import JOIN_CLOCK

DISCOVERY = stream("discovery.source")


@compiled
def count_status(members, status):
    """Rows with this status."""
    total = 0
    for row in range(members.shape[0]):
        total += members[row].status == status
    return total


@compiled
def source_of(row, day, base, advertising, hazard, prize, p):
    """Why someone comes: in proportion to the hazards, by one keyed draw."""
    u = draw(p.seed, DISCOVERY, row, day)
    if prize > 0.0 and u[1] * hazard < prize:
        return FOR_PRIZE
    return AD if u[0] * base < advertising else SPONTANEOUS


@compiled
def discover(day, members, first_row, first_group, pull_of, topic, p, rows, times, sources):
    """Who finds the groups of an operator today without an invitation (eq. 7.9-2).

    An outsider's hazard is ``discovery.rate`` plus that of advertising, ad_budget / ad_cost x
    ad_response spread evenly over outsiders, both times relevance (``discovery.relevance``), plus
    ``discovery.prize_pull`` x prizes on offer x prize taste. An announced event multiplies what is
    not for a prize by 1 + ``event.pull`` for those who live near the group. The hazard is spent on
    the person's clock.

    Parameters
    ----------
    day : int
        Today.
    members : record array
        The operator's rows of the members table; clocks are changed.
    first_row : int
        Number of the first of them.
    first_group : int
        Number of the operator's first group.
    pull_of : numpy.ndarray
        As `shequn.model.care.pull_of_events` gives it.
    topic : float
        Topic centre of the operator's first group.
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
    pull = p.discovery_prize_pull * p.today_prize
    if base + pull <= 0.0:
        return 0
    n = 0
    anywhere = pull_of.mean()
    for k in range(members.shape[0]):
        member = members[k]
        if member.status != OUTSIDE:
            continue
        hazard = base * (
            1.0 + (anywhere if member.lives_near < 0 else pull_of[member.lives_near - first_group])
        )
        if p.discovery_relevance != 0.0:
            hazard *= relevance(topic, member.topic, p.read_focus)
        prize = pull * member.prize_taste
        hazard += prize
        clock = member.membership_clock - hazard
        if clock <= 0.0:
            row = first_row + k
            rows[n] = row
            times[n] = day + 1.0 + clock / hazard
            sources[n] = source_of(row, day, base, advertising, hazard, prize, p)
            n += 1
            clock = exponential(p.seed, JOIN_CLOCK, row, day + 1)
        member.membership_clock = clock
    return n
