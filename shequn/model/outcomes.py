"""The outcomes of a run: declared once with unit and good direction, computed from the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shequn.agents.tables import MEMBER, MUTED
from shequn.model.added import Added, by_day
from shequn.model.ledger import DAYS_OF_YEAR, ITEMS, LATER_SOURCES, customer_equity
from shequn.model.observation import MINUTES, Journal
from shequn.model.parameters import Parameters
from shequn.model.per_member import per_member
from shequn.model.staying import JOINERS, STAYS, staying

# What the group adds, and that against which it is told.
ADDED = (
    "incremental_orders", "incremental_orders_per_member", "incremental_share",
    "incremental_equity", "orders_without",
)  # fmt: skip
DEAD_AFTER = 28
LATELY = 28  # days that the numbers of readers are the mean of
READERS = ("readers", "weekly_readers")
HORIZONS = (30, 90, 365)
OUTSIDE = "a world outside (buy.patience below inf) that no rival and no joining changes"
WOOING = ("advertising_cost", "reward_cost", "welcome_cost")


@dataclass(frozen=True)
class Outcome:
    """One outcome of a run.

    Attributes
    ----------
    unit : str
        Unit.
    better : str
        ``more``, ``less``, or ``""`` when neither is good in itself.
    meaning : str
        What it is.
    needs : str
        What a run must have for it to be defined: a run without has nan. Empty: it always is.
    days : int
        Days of the shortest run in which it can be defined.
    """

    unit: str
    better: str
    meaning: str
    needs: str = ""
    days: int = 0

    @property
    def whole_meaning(self) -> str:
        """What it is, and when it is not defined."""
        return f"{self.meaning} (no value without {self.needs})" if self.needs else self.meaning


OWN: dict[str, Outcome] = {}  # those of the user's own (`shequn.model.own_outcome`)


class Outcomes(dict[str, Outcome]):
    """The outcomes that every run has; asked by name it knows those of the user's own as well."""

    def __missing__(self, name: str) -> Outcome:
        return OWN[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in OWN


OUTCOMES = Outcomes(
    {
        "readers": Outcome(
            "persons", "more", "members who read on a day: mean of the last 28 days", "days"
        ),
        "weekly_readers": Outcome(
            "persons", "more", "members who read within 7 days: mean of the last 28 days", "days"
        ),
        "messages": Outcome("messages", "more", "messages that members wrote"),
        "members": Outcome("persons", "more", "members at the end, muted ones included"),
        "groups": Outcome("groups", "", "groups open at the end"),
        "joins": Outcome("persons", "more", "joinings, the first members included"),
        "exits": Outcome("persons", "less", "leavings"),
        "silent": Outcome(
            "persons", "less", "members at the end who did not read, nor join, in the last 28 days"
        ),
        "silent_share": Outcome(
            "1", "less", "of the members at the end, who are silent", "members at the end"
        ),
        "readers_per_member": Outcome(
            "1", "more", "of the members, who read on a day: mean of the last 28 days", "members"
        ),
        "left_share": Outcome(
            "1", "less", "of those who ever joined, who are no longer there", "joinings"
        ),
        "muted_share": Outcome(
            "1", "less", "of the members at the end, who have muted the group", "members at the end"
        ),
        "posters_share": Outcome(
            "1", "more", "of those who ever joined, who wrote at least once", "joinings"
        ),
        "lurkers_share": Outcome(
            "1", "", "of the members at the end, who never wrote", "members at the end"
        ),
        **{
            f"stay_{after}": Outcome(
                "1",
                "more",
                f"of those who joined, who stayed {after} days from then, or from day 0",
                f"joinings {after} days before the end",
                after,
            )
            for after in STAYS
        },
        **{
            f"stay_{STAYS[0]}_{source}": Outcome(
                "1",
                "more",
                f"the same of those whose source is {source}",
                f"such joinings {STAYS[0]} days before the end",
                STAYS[0],
            )
            for source in JOINERS
        },
        "likes": Outcome("messages", "more", "times that members liked a message"),
        "attitude": Outcome(
            "1",
            "more",
            "opinion of the product, -1 to 1: mean over the members at the end",
            "members at the end",
        ),
        "belonging": Outcome(
            "1",
            "more",
            "tie to the group, 0 to 1: mean over the members at the end",
            "members at the end",
        ),
        "awareness": Outcome(
            "exposures",
            "more",
            "exposures to the product remembered: mean over the members at the end",
            "members at the end",
        ),
        "promos_seen_per_member": Outcome(
            "1/week", "", "promotions that a member read a week", "members"
        ),
        "contents_seen_per_member": Outcome(
            "1/week", "", "posts with content that a member read a week", "members"
        ),
        "incremental_orders": Outcome(
            "orders",
            "more",
            "orders that the group adds: expected of all who were ever members, wherever they "
            "buy, less those expected of them with the same luck and no group",
            OUTSIDE,
        ),
        "incremental_orders_per_member": Outcome(
            "orders", "more", "the same for each member: by the mean number of members", OUTSIDE
        ),
        "incremental_share": Outcome(
            "1", "more", "the same as a share of the orders without the group", OUTSIDE
        ),
        "incremental_equity": Outcome(
            "CNY",
            "more",
            "discounted margin of the orders that the group adds, minus all costs",
            OUTSIDE,
        ),
        "orders_without": Outcome(
            "orders",
            "",
            "orders expected of all who were ever members, had there been no group",
            OUTSIDE,
        ),
        "orders": Outcome("orders", "more", "orders placed in visits to the group"),
        "orders_elsewhere": Outcome("orders", "", "orders of members, and former ones, elsewhere"),
        "orders_per_member": Outcome(
            "orders",
            "more",
            "orders for each member: whole run, by the mean number of members",
            "members",
        ),
        "repeat_share": Outcome("1", "more", "repeat orders as a share of orders", "orders"),
        "revenue": Outcome("CNY", "more", "revenue"),
        "costs": Outcome("CNY", "less", "all costs but that of the goods"),
        "hours": Outcome("hours", "less", "hours of work"),
        "customer_equity": Outcome("CNY", "more", "discounted margin minus all costs, whole run"),
        "customer_equity_per_member": Outcome(
            "CNY",
            "more",
            "customer equity for each member: by the mean number of members",
            "members",
        ),
        "customer_equity_30": Outcome(
            "CNY", "more", "the same over the first 30 days", "30 days", 30
        ),
        "customer_equity_90": Outcome(
            "CNY", "more", "the same over the first 90 days", "90 days", 90
        ),
        "customer_equity_365": Outcome(
            "CNY", "more", "the same over the first 365 days", "365 days", 365
        ),
        "order_share": Outcome(
            "1", "more", "orders as a share of those of all operators", "orders of any operator"
        ),
        "answered_share": Outcome(
            "1", "more", "of the questions asked, answered by the desk", "questions"
        ),
        "answer_minutes": Outcome(
            "minute", "less", "mean time to an answer of the desk", "answers of the desk"
        ),
        "wait_minutes": Outcome(
            "minute", "less", "mean wait in it until the desk began", "answers of the desk"
        ),
        "fast_share": Outcome(
            "1", "more", "of the questions asked, answered within the target", "questions"
        ),
        "negative_share": Outcome(
            "1", "less", "members' messages with a bad opinion of the product", "messages"
        ),
        "incident_reach": Outcome(
            "persons", "less", "times that a member first read of an incident"
        ),
        "forwards": Outcome("messages", "more", "messages passed on to other groups or friends"),
        "removed": Outcome("messages", "", "messages removed by moderation"),
        "promos_per_week": Outcome("1/week", "", "promotions in each group a week", "days"),
        "promo_share_sent": Outcome("1", "", "promotions as a share of all messages", "messages"),
        "promo_share_seen": Outcome(
            "1", "", "promotions as a share of all messages read", "messages read"
        ),
        "reproduction": Outcome(
            "persons", "more", "persons brought in by one who joined", "joinings"
        ),
        "tree_depth": Outcome("steps", "", "longest chain of invitations"),
        "gini": Outcome("1", "", "inequality of messages among those who wrote", "messages"),
        "top1_share": Outcome(
            "1", "", "share of messages of the top 1 % of those who wrote", "messages"
        ),
        "dead": Outcome(
            "1", "less", "1 when 28 days in a row ended without a member's message, else 0"
        ),
        "days_alive": Outcome(
            "day", "more", "days to the end of the first 28 such days, at most those of the run"
        ),
        "retention_cost": Outcome(
            "CNY", "less", "all but wooing, rewards and coupons: a member-year", "members"
        ),
        "acquisition_cost": Outcome(
            "CNY", "less", "advertising, rewards, welcome: each who joined later", "later joinings"
        ),
    }
)


def survival(journal: Journal) -> dict[str, float]:
    """Whether the community died, and how long it lived.

    A community that lives on has no day of death, and leaving it out would leave out the best
    worlds. So the time is cut at the end of the run; its mean is the restricted mean survival time
    (Irwin 1949, J. Hygiene 47), and is defined in every run.

    Parameters
    ----------
    journal : Journal
        The record.

    Returns
    -------
    dict
        dead (0 or 1) and days_alive (day, 0 to the days of the run): the first day that ends 28
        days without a message of a member, or the last day of the run.
    """
    quiet = 0
    for day, written in enumerate(journal.messages.tolist(), start=1):
        quiet = 0 if written > 0 else quiet + 1
        if quiet == DEAD_AFTER:
            return {"dead": 1.0, "days_alive": float(day)}
    return {"dead": 0.0, "days_alive": float(len(journal.tallies))}


def of_the_run(members: np.ndarray) -> np.ndarray:
    """Who has been a member at day 0 or later: bool, one for each row of the members table."""
    gone = ~np.isin(members["status"], (MEMBER, MUTED))
    before = gone & (members["left_at"] <= 0.0) & (members["joined_at"] <= 0.0)
    return (members["joins"] > 0) & ~before


def since_start(members: np.ndarray, name: str) -> np.ndarray:
    """What each member has done since day 0.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE.
    name : str
        A count that a member keeps for life: ``posts``, ``orders``, ``invitations``, ``likes`` or
        ``promos_read``.

    Returns
    -------
    numpy.ndarray
        int64, one for each row.
    """
    return members[name].astype(np.int64) - members[f"{name}_before"]


def tree_measures(members: np.ndarray) -> tuple[float, float]:
    """Reproduction number and depth of the invitation trees.

    Parameters
    ----------
    members : numpy.ndarray
        MEMBER_DTYPE.

    Returns
    -------
    reproduction : float
        Persons who joined on an invitation, for each person who ever joined; who was there at
        day 0 brought nobody in before it.
    depth : float
        Longest chain of invitations.
    """
    joined = of_the_run(members)
    invited = joined & (members["inviter"] >= 0) & (members["joined_at"] > 0.0)
    depth = np.where(invited, -1, 0)
    level = 0
    rows = np.flatnonzero(invited)
    while len(rows):
        ready = rows[depth[members["inviter"][rows]] == level]
        if not len(ready):
            break
        level += 1
        depth[ready] = level
        rows = rows[depth[rows] < 0]
    ever = int(joined.sum())
    return (float(invited.sum()) / ever if ever else float("nan")), float(level)


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of positive counts, nan when there are none (Gini 1912)."""
    n = len(counts)
    if n == 0:
        return float("nan")
    ordered = np.sort(counts.astype(float))
    return float(2.0 * np.sum(np.arange(1, n + 1) * ordered) / (n * ordered.sum()) - (n + 1) / n)


def top_share(counts: np.ndarray, fraction: float) -> float:
    """Share of the total held by the top fraction, rounded up to whole persons; nan when empty."""
    if len(counts) == 0:
        return float("nan")
    top = int(np.ceil(fraction * len(counts)))
    return float(np.sort(counts)[::-1][:top].sum() / counts.sum())


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")


def outcomes_of(
    journal: Journal,
    members: np.ndarray,
    parameters: Parameters,
    open_groups: int,
    rivals: Sequence[Journal] = (),
    gained: Added | None = None,
) -> dict[str, float]:
    """The outcomes of a run.

    Parameters
    ----------
    journal : Journal
        The record.
    members : numpy.ndarray
        MEMBER_DTYPE, at the end.
    parameters : Parameters
        The tree.
    open_groups : int
        Groups open at the end.
    rivals : sequence of Journal
        The records of the other operators.
    gained : Added, optional
        Orders expected with the group and without; None where that cannot be told.

    Returns
    -------
    dict
        Every key of `OUTCOMES`; nan where it is not defined (`Outcome.needs`).
    """
    here = (members["status"] == MEMBER) | (members["status"] == MUTED)
    ever = of_the_run(members)
    written = since_start(members, "posts")
    posts = written[written > 0]
    reproduction, depth = tree_measures(members)
    money = _money(journal, parameters)
    found = {
        **_readers(journal),
        "members": float(here.sum()),
        "groups": float(open_groups),
        "joins": sum(
            float(journal.total(f"joins_{source}").sum())
            for source in ("seed", "invite", "ad", "spontaneous", "prize")
        ),
        "exits": float(journal.total("exits").sum()),
        "left_share": _ratio(float((ever & ~here).sum()), float(ever.sum())),
        "muted_share": _ratio(float((members["status"] == MUTED).sum()), float(here.sum())),
        "posters_share": _ratio(float((ever & (written > 0)).sum()), float(ever.sum())),
        "lurkers_share": _ratio(float((here & (written == 0)).sum()), float(here.sum())),
        "reproduction": reproduction,
        "tree_depth": depth,
        "gini": gini(posts),
        "top1_share": top_share(posts, 0.01),
        **survival(journal),
        **_messages(journal),
        **_answers(journal),
        "order_share": _ratio(_orders(journal), _orders(journal) + sum(map(_orders, rivals))),
        **money,
        **per_member(journal, money["customer_equity"], LATELY),
        **staying(members, len(journal.tallies)),
        **_added(journal, parameters, gained),
    }
    return {name: found[name] for name in OUTCOMES}


def _added(journal: Journal, parameters: Parameters, gained: Added | None) -> dict[str, float]:
    """What the group adds; the margin of each day's orders is discounted as its costs are."""
    if gained is None:
        return dict.fromkeys(ADDED, float("nan"))
    *_, balance = by_day(gained, journal, parameters)
    more, days = gained.expected - gained.without, journal.total("members")
    return {
        "incremental_orders": more,
        "incremental_orders_per_member": _ratio(more * len(days), days.sum()),
        "incremental_share": _ratio(more, gained.without),
        "incremental_equity": customer_equity(balance, parameters.costs.discount),
        "orders_without": gained.without,
    }


def _readers(journal: Journal) -> dict[str, float]:
    lately = {name: journal.total(name)[-LATELY:] for name in READERS}
    silent = journal.total("silent")[-1:]
    return {
        **{name: _ratio(days.sum(), len(days)) for name, days in lately.items()},
        "silent": float(silent.sum()),
    }


def _messages(journal: Journal) -> dict[str, float]:
    written = float(journal.messages.sum())
    posted = {
        name: journal.operator_column(name).sum() for name in ("contents", "promos", "prizes")
    }
    return {
        "messages": written,
        "promos_per_week": 7.0 * _ratio(posted["promos"], sum(map(len, journal.posts))),
        "promo_share_sent": _ratio(posted["promos"], written + sum(posted.values())),
        "promo_share_seen": _ratio(journal.total("promos_read").sum(), journal.total("read").sum()),
    }


def _orders(journal: Journal) -> float:
    return float(journal.total("orders_new").sum() + journal.total("orders_repeat").sum())


def _answers(journal: Journal) -> dict[str, float]:
    names = (
        "questions", "answered", "answered_fast", "answer_days", "wait_days", "negative",
        "incident_reach", "forwards", "removed", "likes",
    )  # fmt: skip
    total = {name: float(journal.total(name).sum()) for name in names}
    return {
        "answered_share": _ratio(total["answered"], total["questions"]),
        "answer_minutes": MINUTES * _ratio(total["answer_days"], total["answered"]),
        "wait_minutes": MINUTES * _ratio(total["wait_days"], total["answered"]),
        "fast_share": _ratio(total["answered_fast"], total["questions"]),
        "negative_share": _ratio(total["negative"], float(journal.messages.sum())),
        "incident_reach": total["incident_reach"],
        "forwards": total["forwards"],
        "removed": total["removed"],
        "likes": total["likes"],
    }


def _money(journal: Journal, parameters: Parameters) -> dict[str, float]:
    balances = journal.operator_column("balance")
    rate = parameters.costs.discount
    new, repeat = journal.total("orders_new").sum(), journal.total("orders_repeat").sum()
    costs = sum(journal.operator_column(item).sum() for item in ITEMS[2:])
    wooing = sum(journal.operator_column(i).sum() for i in WOOING)
    coupons = journal.operator_column("coupon_cost").sum()
    later = sum(journal.total(f"joins_{s}").sum() for s in LATER_SOURCES)
    equity = {
        f"customer_equity_{horizon}": (
            customer_equity(balances[:horizon], rate) if len(balances) >= horizon else float("nan")
        )
        for horizon in HORIZONS
    }
    return {
        "orders": float(new + repeat),
        "orders_elsewhere": float(journal.total("orders_elsewhere").sum()),
        "repeat_share": _ratio(repeat, new + repeat),
        "revenue": float(journal.operator_column("revenue").sum()),
        "costs": float(costs),
        "hours": float(journal.operator_column("hours").sum()),
        "customer_equity": customer_equity(balances, rate),
        **equity,
        "retention_cost": _ratio(
            costs - wooing - coupons, journal.total("members").sum() / DAYS_OF_YEAR
        ),
        "acquisition_cost": _ratio(wooing, later),
    }
