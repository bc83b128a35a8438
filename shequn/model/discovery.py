"""Discovery: who comes without an invitation: unasked, by advertising, or for a prize."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.maths import exp
from shequn.agents.randomness import draw, exponential, stream
from shequn.agents.tables import AD, FOR_PRIZE, NOBODY, OUTSIDE, SPONTANEOUS, Tables
from shequn.agents.verbs.relevance import relevance
from shequn.model.people import JOIN_CLOCK

DISCOVERY = stream("discovery.source")


@compiled
def rows_of(operator, tables):
    """Rows of the members table that belong to an operator.

    Parameters
    ----------
    operator : int
        Row of the operators table.
    tables : Tables
        The state.

    Returns
    -------
    first, last : int
        The first of them, and one past the last.
    """
    people = tables.members.shape[0] // tables.operators.shape[0]
    return operator * people, (operator + 1) * people


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
def selection(match, spread):
    """How much sooner, or rather, someone comes whom the product suits; 1 on average (eq. 7.9-4).

    Parameters
    ----------
    match : float
        Match with the product, standard normal in the market.
    spread : float
        SD of ln of the factor; 0: exactly 1 for everybody.

    Returns
    -------
    float
        exp(spread x match - spread^2 / 2).
    """
    if spread == 0.0:
        return 1.0
    return exp(spread * np.float64(match) - 0.5 * spread * spread)


@compiled
def _select(members, p, drawn):
    for k in range(members.shape[0]):
        drawn[k, 0] = selection(members[k].match, p.discovery_match)
        drawn[k, 1] = selection(members[k].match, p.discovery_ad_match)


def selections(tables: Tables, rules: np.ndarray) -> np.ndarray:
    """How much sooner each person comes: a match does not change, so it is worked out once.

    Parameters
    ----------
    tables : Tables
        The state.
    rules : numpy.ndarray
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.

    Returns
    -------
    numpy.ndarray
        float64, shape (rows of the members table, 2): unasked, and by advertising.
    """
    drawn = np.empty((len(tables.members), 2))
    for k, own in enumerate(tables.operators):
        first, last = rows_of(k, tables)
        _select(tables.members[first:last], rules[own["rules"]], drawn[first:last])
    return drawn


@compiled
def find(arrival, row, time, source):
    """Fill in an arrival: someone who comes without an invitation, to any group."""
    arrival.time = time
    arrival.row = row
    arrival.inviter = NOBODY
    arrival.group = NOBODY
    arrival.source = source
    arrival.line = NOBODY


@compiled
def discover(day, operator, tables, calls, p, arrivals, n):
    """Append who finds the groups of an operator today without an invitation (eq. 7.9-2).

    An outsider's hazard is ``discovery.rate`` plus that of advertising, ad_budget / ad_cost x
    ad_response spread evenly over outsiders, each times `selection` by the match of the product
    and both times relevance (``discovery.relevance``), plus ``discovery.prize_pull`` x prizes on
    offer x prize taste. An announced event multiplies what is
    not for a prize by 1 + ``event.pull`` for those who live near the group. The hazard is spent on
    the person's clock.

    Parameters
    ----------
    day : int
        Today.
    operator : int
        Row of the operators table; it has an open group.
    tables : Tables
        The state; clocks are changed.
    calls : tuple
        Pull of each open group (`shequn.model.care.pull_of_events`), and how much sooner each
        person comes (`selections`).
    p : record
        Parameters, as `kernel_record` gives them.
    arrivals : array of ARRIVAL_DTYPE
        Filled from row n on.
    n : int
        Rows in use.

    Returns
    -------
    int
        Rows in use.
    """
    pull_of, drawn = calls
    first_row, last_row = rows_of(operator, tables)
    members = tables.members[first_row:last_row]
    first_group = tables.operators[operator].first_group
    topic = tables.groups[first_group].topic
    advertising = p.discovery_ad_budget / p.discovery_ad_cost * p.discovery_ad_response
    if advertising > 0.0:
        advertising /= max(1, count_status(members, OUTSIDE))
    pull = p.discovery_prize_pull * p.today_prize
    if p.discovery_rate + advertising + pull <= 0.0:
        return n
    anywhere = pull_of.mean()
    for k in range(members.shape[0]):
        member = members[k]
        if member.status != OUTSIDE:
            continue
        near = anywhere if member.lives_near < 0 else pull_of[member.lives_near - first_group]
        advertised = advertising * drawn[first_row + k, 1]
        base = p.discovery_rate * drawn[first_row + k, 0] + advertised
        hazard = base * (1.0 + near)
        if p.discovery_relevance != 0.0:
            hazard *= relevance(topic, member.topic, p.read_focus)
        prize = pull * member.prize_taste
        hazard += prize
        clock = member.membership_clock - hazard
        if clock <= 0.0:
            row = first_row + k
            source = source_of(row, day, base, advertised, hazard, prize, p)
            find(arrivals[n], row, day + 1.0 + clock / hazard, source)
            n += 1
            clock = exponential(p.seed, JOIN_CLOCK, row, day + (day >= 0))  # 0: at the start
        member.membership_clock = clock
    return n
