"""Outcomes for each member: what is done, seen and earned, and what members are like at the end.

Orders and equity are divided by the mean number of members, so they add up over the days of a run
and do not fall because somebody joined on the last day. What is read is a rate: a member and week.
"""

from __future__ import annotations

import numpy as np

from shequn.model.observation import Journal

MEANS = ("attitude", "belonging", "awareness")
_SEEN = {"promos_seen_per_member": "promos_read", "contents_seen_per_member": "contents_read"}


def ratio(part: float, whole: float) -> float:
    """A part of a whole; nan where the whole is 0."""
    return float(part) / float(whole) if whole else float("nan")


def per_member(journal: Journal, equity: float, lately: int) -> dict[str, float]:
    """The outcomes for each member.

    Parameters
    ----------
    journal : Journal
        The record.
    equity : float
        Customer equity of the run, in CNY.
    lately : int
        Days at the end that reading is the mean of.

    Returns
    -------
    dict
        readers_per_member and silent_share (0 .. 1), orders_per_member (orders a member, whole
        run), customer_equity_per_member (CNY a member, whole run), promos_seen_per_member and
        contents_seen_per_member (a member and week), attitude, belonging and awareness (mean over
        the members at the end).
    """
    members = journal.total("members")
    last, days, member_days = members[-1:].sum(), len(members), members.sum()
    mean = ratio(member_days, days)
    orders = journal.total("orders_new").sum() + journal.total("orders_repeat").sum()
    return {
        "readers_per_member": ratio(
            journal.total("readers")[-lately:].sum(), members[-lately:].sum()
        ),
        "silent_share": ratio(journal.total("silent")[-1:].sum(), last),
        "orders_per_member": ratio(orders, mean) if days else float("nan"),
        "customer_equity_per_member": ratio(equity, mean) if days else float("nan"),
        **{name: 7.0 * ratio(journal.total(of).sum(), member_days) for name, of in _SEEN.items()},
        **{name: ratio(np.sum(journal.total(f"{name}_sum")[-1:]), last) for name in MEANS},
    }
