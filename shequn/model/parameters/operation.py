"""Parameters of what an operator decides: groups, product, policy, discovery, costs."""

from __future__ import annotations

from dataclasses import dataclass

from shequn.agents.tables import APPEALS, POLICIES
from shequn.model.parameters.declare import parameter, switch, word

SEEDINGS = ("random", "high", "hubs", "enthusiasts", "loyal", "bought")
ASSIGNMENTS = ("dealt", "tier", "topic")
_INF = float("inf")


@dataclass(frozen=True)
class Group:
    """The groups of the market."""

    count: int = parameter(1, "groups", 0, 100_000, "groups at the start")
    capacity: int = parameter(200, "persons", 1, 10_000_000, "most members of a group")
    seed_members: int = parameter(30, "persons", 0, 10_000_000, "members of a group at the start")
    seed_fill: float = parameter(
        0.0, "1", 0, 1, "share of the capacity filled at the start, where that is more"
    )
    overflow: str = word(
        "turn-away", ("turn-away", "wait", "open"),
        "what a full group does with who wants in: turn away, let wait, open a new group",
    )  # fmt: skip
    placement: str = word(
        "first", ("first", "emptiest", "home"),
        "where someone goes whom nobody invited: the first group with room, the emptiest, or the "
        "one of the place where they live (chapters of towns, rooms of topics)",
    )  # fmt: skip
    assignment: str = word(
        "dealt", ASSIGNMENTS,
        "which of the operator's groups someone comes into who was not invited: dealt in turn (and "
        "later by placement), or the one of people of like tier, or of like topic",
    )  # fmt: skip
    mixing: float = parameter(
        0.0, "1", 0, 1, "share of them who come in as dealt nevertheless; 1: all"
    )
    start_orders: float = parameter(
        0.0, "orders", 0, 1e6, "visible orders of a group when it opens (orders for show); 0: none"
    )
    home_spread: float = parameter(
        0.0, "SD of ln", 0, 5, "spread of the number of people who live near each group"
    )
    seeding: str = word(
        "random", SEEDINGS,
        "whom to start with: anyone, high tier, most contacts, nearest to the topic, likeliest "
        "buyers by traits that no operator sees, or who bought most often before (past_orders)",
        "bought: the F of recency, frequency, monetary value (Bult & Wansbeek 1995, Marketing "
        "Science 14(4)); the others assumed",
    )  # fmt: skip
    past_orders: float = parameter(
        365.0, "day", 0, 3650,
        "days before the start whose orders the operator can look up, for seeding 'bought'; 0: "
        "none, so that it starts with anyone",
        "orders of a person as a Poisson process: Ehrenberg 1959, Applied Statistics 8(1); value "
        "assumed",
    )  # fmt: skip
    peers_post: bool = switch(True, "whether members may post")
    talk: float = parameter(
        1.0, "1", 0, 1000, "how much people talk here, relative to an open community of interest"
    )
    glance: float = parameter(
        0.0, "1/day", 0, 48,
        "visits at belonging 1 because the messenger shows something unread; 0: off",
    )  # fmt: skip
    alert: float = parameter(
        0.0, "1", 0, 1,
        "chance, at habit 1, that a notification brings a member when somebody breaks a silence",
    )  # fmt: skip
    mention: float = parameter(
        0.0, "1", 0, 1, "chance that a notification brings an author who was answered; 0: off"
    )
    call: float = parameter(
        0.0, "1", 0, 1, "chance that a member comes when everyone is called (@all); 0: off"
    )
    call_muted: float = parameter(
        0.5, "1", 0, 1, "the same for who has muted the group, relative to that"
    )
    call_half_life: float = parameter(
        7.0, "day", 0.01, _INF, "fading of the memory that everyone was called"
    )
    found: float = parameter(
        0.0, "1/day", 0, 48, "visits of a member by a search, which finds an old thread; 0: off"
    )
    message_life: float = parameter(
        _INF, "day", 0.001, _INF, "age from which a message is not read any more"
    )
    selective: float = parameter(
        0.0, "1", 0, 1,
        "relevance below which a message is skipped unread (threads chosen by their title); 0: "
        "everything scrolls by",
    )  # fmt: skip
    topic: float = parameter(0.5, "circle", 0, 1, "topic centre of the groups")
    feed_length: int = parameter(
        128, "messages", 16, 65_536,
        "messages that stay readable, rounded up to a power of two; the most of any group hold",
    )  # fmt: skip


@dataclass(frozen=True)
class Product:
    """What the operator sells."""

    quality: float = parameter(0.8, "quality", -10, 10, "mean experience")
    status: float = parameter(0.3, "1", 0, 10, "status that owning it gives (面子)")
    price: float = parameter(99.0, "CNY", 0, 1e7, "price")
    fair_price: float = parameter(
        0.0, "CNY", 0, 1e7, "price that people think fair (buy.price_felt); 0: the price itself"
    )
    margin: float = parameter(0.4, "1", -1, 1, "margin as a share of the price")
    topic: float = parameter(
        -1.0, "circle", -1, 1, "topic to which the product belongs; below 0: to none"
    )
    focus: float = parameter(
        0.5, "1", 0, 100,
        "weight of that topic in the match of a person with the product; 0: none",
    )  # fmt: skip


@dataclass(frozen=True)
class Discovery:
    """How outsiders come in without an invitation."""

    rate: float = parameter(0.0002, "1/day", 0, 10, "chance to find the group unasked, per person")
    ad_budget: float = parameter(0.0, "CNY/day", 0, 1e9, "advertising for members, outside groups")
    ad_cost: float = parameter(0.05, "CNY", 1e-6, 1e6, "cost of showing one advertisement")
    ad_response: float = parameter(0.002, "1", 0, 1, "chance that one who sees it joins")
    prize_pull: float = parameter(
        0.0, "1/day", 0, 10, "added by prize x prize taste while the operator offers prizes"
    )
    match: float = parameter(
        0.5, "SD of ln", 0, 5,
        "how much sooner people come unasked whom the product suits; 0: all alike",
    )  # fmt: skip
    ad_match: float = parameter(0.0, "SD of ln", 0, 5, "the same for those whom advertising brings")
    relevance: bool = switch(True, "whether people whose topic it is come sooner")
    in_need: float = parameter(
        0.0, "1", 0, 1,
        "chance that someone who was not invited comes because of a need: the first purchase "
        "occasion is in the first session (a shop)",
    )  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """The posting policy (see docs/policies.md)."""

    name: str = word("cadence", POLICIES, "which policy; 'file' for a class of your own")
    content_per_day: float = parameter(2.0, "1/day", 0, 1000, "content posts in each group")
    promos_per_day: float = parameter(0.0, "1/day", 0, 1000, "promotions in each group")
    promo_share: float = parameter(
        0.0, "1", 0, 1,
        "promotions as a share of all messages of the group, by the trailing week; "
        "1: nothing else is posted by the operator, as many as content_per_day",
    )  # fmt: skip
    first_hour: float = parameter(9.0, "hour", 0, 24, "earliest time of a post")
    last_hour: float = parameter(21.0, "hour", 0, 24, "latest time of a post")
    content_quality: float = parameter(0.8, "1", 0, 10, "quality of content")
    content_length: float = parameter(30.0, "second", 0, 3600, "reading time of content")
    promo_quality: float = parameter(0.3, "1", 0, 10, "quality of a promotion")
    promo_length: float = parameter(10.0, "second", 0, 3600, "reading time of a promotion")
    overtness: float = parameter(0.8, "1", 0, 1, "from soft placement 0 to hard sell 1")
    appeal: str = word(
        "none", APPEALS, "what promotions appeal to: nothing special, quality, value for money, "
        "face (面子)",
    )  # fmt: skip
    hours: str = word(
        "fixed", ("fixed", "random"), "the same hours every day, or hours drawn anew each day"
    )
    topic: float = parameter(
        -1.0, "circle", -1, 1, "topic of content and questions; -1: each group's own"
    )
    calls_per_week: float = parameter(
        0.0, "1/week", 0, 7000,
        "times everyone is called (@all), each with the first post of a day, a promotion if any",
    )  # fmt: skip
    asks_per_day: float = parameter(
        1.0, "1/day", 0, 1000, "questions to members (question-and-answer, community, conversion)"
    )
    evidence_per_day: float = parameter(
        0.0, "1/day", 0, 1000, "posts that show what buyers say, in each group"
    )
    evidence_valence: float = parameter(0.5, "1", -1, 1, "opinion that they show")
    burst_days: int = parameter(3, "day", 0, 10_000, "days of promotions in a burst")
    burst_every: int = parameter(14, "day", 1, 10_000, "days from one burst to the next")
    loads: tuple[float, ...] = parameter(
        (0.0,) * 12, "1/day", 0, 1000,
        "promotions a day in weeks 1 to 12 of weekly-loads; after that it starts again",
    )  # fmt: skip
    imitation: int = parameter(
        0, "day", 0, 100_000,
        "days between two looks at the rivals, whose posting policy is copied from the one that "
        "grew most; 0: never",
    )  # fmt: skip
    prizes_per_day: float = parameter(0.2, "1/day", 0, 1000, "prize posts of a prize campaign")
    prize_value: float = parameter(20.0, "CNY", 0, 1e6, "value of a prize")
    prize_start: float = parameter(0.0, "day", 0, 1e6, "first day of a prize campaign")
    prize_stop: float = parameter(60.0, "day", 0, 1e6, "day on which it has ended")
    file: str = word("", (), "schedule table (CSV) or Python file, relative to the scenario file")
    class_name: str = word("", (), "name of the class in the Python file")


@dataclass(frozen=True)
class Costs:
    """What operating costs; all assumed, set your own."""

    wage: float = parameter(40.0, "CNY/hour", 0, 1e5, "wage of the operator's staff")
    hours_content: float = parameter(0.25, "hour", 0, 1000, "work on one content post")
    hours_promo: float = parameter(0.1, "hour", 0, 1000, "work on one promotion or prize post")
    hours_moderation: float = parameter(
        0.0005, "hour", 0, 1000, "work on one message of a member: reading along"
    )
    hours_control: float = parameter(
        0.001, "hour", 0, 1000, "work on one message of a member at control intensity 1"
    )
    hours_welcome: float = parameter(
        0.01, "hour", 0, 1000, "work on introducing one newcomer to one member"
    )
    hours_follow_up: float = parameter(0.1, "hour", 0, 1000, "work on one buyer contacted")
    event: float = parameter(500.0, "CNY", 0, 1e7, "an event in one group")
    guest: float = parameter(20.0, "CNY", 0, 1e6, "one guest of an event")
    post_reuse: float = parameter(
        1.0, "1", 0, 1, "1: one post serves all groups, 0: each group's post is made anew"
    )
    discount: float = parameter(0.1, "1/year", 0, 10, "discount rate of customer equity")
