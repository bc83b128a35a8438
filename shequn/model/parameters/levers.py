"""Parameters of the operator's levers beside posting: desk, incidents, control, events, ..."""

from __future__ import annotations

from dataclasses import dataclass

from shequn.model.parameters.declare import parameter, switch, word

_INF = float("inf")
PAYS = ("hours", "answers", "shared")
RESPONSES = ("silence", "empathy", "apology", "compensation", "private")


@dataclass(frozen=True)
class Targeting:
    """Whom promotions are shown to."""

    audience: float = parameter(
        1.0, "1", 0, 1, "share of the members to whom promotions are shown; 1: everyone"
    )
    precision: float = parameter(
        0.5, "1", 0, 1,
        "correlation of the operator's estimate with a member's true propensity to buy",
    )  # fmt: skip


@dataclass(frozen=True)
class Coupon:
    """A price cut for members."""

    value: float = parameter(0.0, "CNY", 0, 1e6, "cut off the price; 0: no coupon")
    start: float = parameter(0.0, "day", 0, 1e6, "first day on which it holds")
    stop: float = parameter(1e6, "day", 0, 1e6, "day on which it has ended")


@dataclass(frozen=True)
class Desk:
    """The reply desk: staff who answer members."""

    staff: float = parameter(
        0.0, "persons", 0, 1000, "staff on duty, divided evenly among the groups; 0: no desk"
    )
    service_time: float = parameter(
        4.0, "minute", 0.01, 10_000, "mean work on one answer (exponential)"
    )
    first_hour: float = parameter(9.0, "hour", 0, 24, "duty starts")
    last_hour: float = parameter(21.0, "hour", 0, 24, "duty ends")
    patience: float = parameter(
        24.0, "hour", 0, _INF, "a question that would wait longer is left unanswered"
    )
    target: float = parameter(
        15.0, "minute", 0, 1e6, "an answer within this time is reported as fast; nobody feels it",
        "the rule of 15 minutes is practitioners' (Xiaomi)",
    )  # fmt: skip
    others: float = parameter(
        0.0, "1", 0, 1, "share of the other messages that open a thread which the desk answers, too"
    )
    pay: str = word(
        "hours", PAYS,
        "what the desk is charged: its hours of duty, busy or not; desk.service_time for each "
        "answer; or, shared with other work, desk.time_share of the hours of duty",
    )  # fmt: skip
    time_share: float = parameter(
        0.5, "1", 0, 1, "share of the hours of duty charged when they are shared with other work"
    )
    public: bool = switch(True, "whether bystanders see the answer in the group")
    quality: float = parameter(0.5, "1", 0, 10, "quality of an answer to a reader")
    length: float = parameter(15.0, "second", 0, 3600, "reading time of an answer")
    follow_up: float = parameter(
        0.0, "1", 0, 1, "share of buyers whom the staff contact at the next midnight"
    )


@dataclass(frozen=True)
class Incident:
    """Incidents: bad news of the product, and what the operator does about it."""

    rate: float = parameter(0.0, "1/day", 0, 10, "incidents from outside")
    day: float = parameter(-1.0, "day", -1, 1e6, "one incident at noon of this day; -1: none")
    everywhere: bool = switch(
        True, "whether news from outside comes up in all groups at once, or in the first one only"
    )
    severity: float = parameter(0.8, "1", 0, 1, "how bad the news is: its valence is minus this")
    voice: float = parameter(3.0, "1", 0, 1000, "weight of the news against a member's opinion")
    from_complaint: float = parameter(0.0, "1", 0, 1, "chance that a complaint becomes an incident")
    forward: float = parameter(
        0.1, "1", 0, 100, "hazard of passing it on, for each message of it read at valence -1"
    )
    response: str = word(
        "silence", RESPONSES,
        "what the operator does: nothing, words of empathy, apology, compensation, or moving the "
        "matter out of the group",
        "the styles of Herhausen et al. 2019, J. Marketing 83(3)",
    )  # fmt: skip
    call: float = parameter(
        0.0, "1", 0, 1, "how far news of it, and the response, call everyone; 1: as @all"
    )
    delay: float = parameter(6.0, "hour", 0, 10_000, "time from the incident to the response")
    empathy_calm: float = parameter(0.3, "1", 0, 1, "passing on prevented in who reads empathy")
    empathy_repair: float = parameter(0.1, "1", 0, 1, "bad attitude undone in who reads it")
    apology_calm: float = parameter(0.4, "1", 0, 1, "passing on prevented in who reads an apology")
    apology_repair: float = parameter(0.3, "1", 0, 1, "bad attitude undone in who reads it")
    compensation_calm: float = parameter(0.5, "1", 0, 1, "the same for an offer of compensation")
    compensation_repair: float = parameter(0.5, "1", 0, 1, "bad attitude undone in who reads it")
    compensation_value: float = parameter(
        20.0, "CNY", 0, 1e6, "paid to each member who knows of the incident and reads the offer"
    )
    private_calm: float = parameter(
        0.6, "1", 0, 1, "passing on prevented in everyone once the matter is out of the group"
    )


@dataclass(frozen=True)
class Control:
    """Control intensity: moderation of what members write."""

    intensity: float = parameter(0.0, "1", 0, 1, "share of off-topic messages that are removed")
    breadth: float = parameter(
        0.5, "1", 0, 1, "relevance to the group's topic below which a message is off topic"
    )
    reactance: float = parameter(
        0.5, "1/message", 0, 100, "irritation of the author of a message removed",
        "reactance: Brehm 1966, A Theory of Psychological Reactance; value assumed",
    )  # fmt: skip
    chill: float = parameter(0.2, "1", 0, 1, "share of all talk withheld at intensity 1")


@dataclass(frozen=True)
class Onboarding:
    """What is done for a newcomer."""

    ties: float = parameter(0.0, "persons", 0, 150, "members to whom a newcomer is introduced")
    belonging: float = parameter(0.0, "1", 0, 1, "belonging added by a welcome")


@dataclass(frozen=True)
class Event:
    """Offline events."""

    every: int = parameter(0, "day", 0, 100_000, "days between two events; 0: none")
    timing: str = word(
        "fixed", ("fixed", "random"),
        "all groups on the same days, or each group by itself on random days, as often on average",
    )  # fmt: skip
    notice: int = parameter(7, "day", 0, 365, "days before an event on which it is announced")
    call: float = parameter(
        0.0, "1", 0, 1, "how far its announcement, and the day itself, call everyone; 1: as @all"
    )
    pull: float = parameter(
        0.0, "1", 0, 1000, "discovery added by each event that is announced, relative to the usual"
    )
    turnout: float = parameter(
        0.1, "1", 0, 1, "share of the members who come, at habit or belonging 1"
    )
    places: float = parameter(
        _INF, "persons", 1, _INF, "most guests on average: where more want to come, all come less"
    )
    ties: float = parameter(5.0, "persons", 0, 150, "members whom a guest gets to know")
    belonging: float = parameter(0.2, "1", 0, 1, "gain of belonging of a guest")


@dataclass(frozen=True)
class Forward:
    """Passing a message on to other groups and to friends (the platform sets the friction)."""

    rate: float = parameter(
        0.0, "1/session", 0, 100, "hazard of passing on the best message read, at utility 1"
    )
    reward: float = parameter(0.0, "CNY", 0, 1e6, "paid for each message passed on")
    from_reward: float = parameter(0.1, "1/session", 0, 100, "added by reward x prize taste")
    bad_news: float = parameter(
        1.0, "1", 0, 100,
        "hazard of passing on bad news, relative to incident.forward; 1: as that says",
        "good news is shared more than bad, but alarm more than calm: Berger & Milkman 2012, J. "
        "Marketing Research 49(2); value assumed",
    )  # fmt: skip
    groups: int = parameter(1, "groups", 0, 1000, "other groups that one forward is sent to")
    contacts: int = parameter(0, "persons", 0, 200, "friends outside who are invited by it")
    friction: float = parameter(0.2, "1", 0, 1, "share of forwards lost at each step")
    steps: int = parameter(2, "steps", 0, 100, "steps between two groups (mini-program: fewer)")
    blocked: float = parameter(
        0.0, "1", 0, 1, "share of rewarded forwards that the platform blocks"
    )


@dataclass(frozen=True)
class Listening:
    """What the operator hears, how late, and what it does with it."""

    lag: int = parameter(0, "day", 0, 1000, "how old the figures are; 0: yesterday's")
    error: float = parameter(
        0.0, "SD of ln", 0, 3, "error in what is heard: figures are off by a lognormal factor"
    )
    target: float = parameter(
        2.0, "1/1000 members/day", 0.001, 1000, "trouble (exits, mutes, complaints) put up with"
    )
    gain: float = parameter(
        1.0, "1", 0, 100, "how strongly promotions follow the gap (listening-proportional)"
    )
    topic_gain: float = parameter(
        0.0, "1", 0, 1, "how far content moves to the topic that members write about"
    )
    product_gain: float = parameter(
        0.0, "quality", 0, 10, "product quality gained from each negative message heard"
    )
    product_error: float = parameter(
        0.1, "1", 0, 1, "chance that a day's lesson is misread and makes the product worse"
    )
    product_ceiling: float = parameter(1.2, "quality", -10, 10, "quality that cannot be exceeded")


@dataclass(frozen=True)
class Elements:
    """The seven elements of conference selling; each switches off the levers behind it."""

    gather: bool = switch(True, "advertising and rewards for invitations (聚拢)")
    maintain: bool = switch(True, "content and questions to members (维系)")
    order: bool = switch(True, "moderation (秩序)")
    guide: bool = switch(True, "the reply desk (引导)")
    evidence: bool = switch(True, "posts that show what buyers say (佐证)")
    push: bool = switch(True, "promotions, prizes and coupons (促进)")
    follow_up: bool = switch(True, "contact with each buyer after the order (跟踪)")


# The levers behind each element: an element that is off sets them to zero.
ELEMENTS = {
    "gather": ("discovery.ad_budget", "invite.reward", "invite.gift"),
    "maintain": ("policy.content_per_day", "policy.asks_per_day"),
    "order": ("control.intensity",),
    "guide": ("desk.staff",),
    "evidence": ("policy.evidence_per_day",),
    "push": (
        "policy.promos_per_day",
        "policy.promo_share",
        "policy.prizes_per_day",
        "coupon.value",
    ),
    "follow_up": ("desk.follow_up",),
}
