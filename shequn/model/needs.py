"""What settings need to act: those that do nothing alone are said, and what would make them act.

Nothing here is wrong: a scenario with a coupon's dates and no coupon is valid. But who writes such
dates expects something of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shequn.model.parameters import declared, flatten
from shequn.model.parameters.levers import ELEMENTS
from shequn.model.parameters.operation import POLICIES
from shequn.model.platforms import PLATFORMS

if TYPE_CHECKING:
    from shequn.model.scenario import Scenario

_INF = float("inf")
_TIERS = ("high", "middle", "base")


@dataclass(frozen=True)
class Need:
    """Some settings change no bit of a run while others have certain values.

    Attributes
    ----------
    settings : tuple of str
        Paths of what does nothing.
    off : mapping
        Values by path; while all of them hold, nothing comes of the settings. A tuple: any of them.
    on : mapping
        Values by path with which they act, for example.
    """

    settings: tuple[str, ...]
    off: Mapping[str, Any]
    on: Mapping[str, Any]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether the settings do nothing beside these values."""
        return all(
            values[path] in (off if isinstance(off, tuple) else (off,))
            for path, off in self.off.items()
        )


def _of(section: str, names: str) -> tuple[str, ...]:
    return tuple(f"{section}.{name}" for name in names.split())


def _but(*names: str) -> tuple[str, ...]:
    """Every policy but these and a user's own, of which nothing is known."""
    return tuple(name for name in POLICIES if name not in (*names, "file"))


_ASKING = ("question-and-answer", "community", "conversion", "conference")
# Policies that post no promotion with promo_share and promos_per_day at 0.
_QUIET = _but("weekly-loads", "bombardment", "schedule")
_NO_PROMOS = {"policy.promo_share": 0.0, "policy.promos_per_day": 0.0, "policy.name": _QUIET}
_NO_INCIDENTS = {"incident.rate": 0.0, "incident.day": -1.0, "incident.from_complaint": 0.0}
_NO_INVITATIONS = {
    "invite.rate": 0.0, "invite.from_satisfaction": 0.0, "invite.from_belonging": 0.0,
    "invite.reward": 0.0, "forward.contacts": 0,
}  # fmt: skip
_NO_MATCH = {
    "buy.match": 0.0, "discovery.match": 0.0, "discovery.ad_match": 0.0, "invite.match": 0.0,
}  # fmt: skip
_STYLES = ("silence", "empathy", "apology", "compensation", "private")
_ALONE = {"market.rivals": 0}

NEEDS = (
    # The market.
    Need(("market.neighbourhood",), {"market.homophily": 0.0}, {"market.homophily": 0.6}),
    Need(("market.attention", "buy.rivals", "stay.rivals", "policy.imitation"), _ALONE,
         {"market.rivals": 1}),
    *(
        Need((f"spread.{name}",), {f"shape.{name}": "constant"}, {f"shape.{name}": "lognormal"})
        for name in ("talk", "session_rate", "need_rate", "exit_rate")
    ),
    *(
        Need(tuple(path for path in declared() if path.startswith(f"tiers.{tier}.")
                   and not path.endswith(".share")),
             {f"tiers.{tier}.share": 0.0}, {f"tiers.{tier}.share": 0.2})
        for tier in _TIERS
    ),
    Need(("rhythm.hours", "rhythm.weekdays"), {"rhythm.strength": 0.0}, {"rhythm.strength": 1.0}),
    Need(("rhythm.muted", "stay.unmute_rate"),
         {"stay.mute_rate": 0.0, "stay.mute_irritation": 0.0, "stay.mute_silent": 0.0},
         {"stay.mute_rate": 0.01}),
    Need(("rhythm.pause",), {"rhythm.linger": 0.0, "group.alert": 0.0, "group.mention": 0.0},
         {"rhythm.linger": 0.8}),
    Need(("rhythm.lively",),
         {"rhythm.linger": 0.0, "group.alert": 0.0, "speak.conversation": 0.0},
         {"rhythm.linger": 0.8}),
    Need(("rhythm.weariness",), {"group.glance": 0.0}, {"group.glance": 0.2}),
    Need(("speak.follow_up", "speak.sharing", "speak.reserve"), {"speak.conversation": 0.0},
         {"speak.conversation": 0.5}),
    Need(("speak.like_recognition",), {"speak.like": 0.0}, {"speak.like": 0.1}),
    Need(("feel.willingness_reading",),
         dict.fromkeys(_of("feel", "willingness_gain habit_loss habit_empty"), 0.0),
         {"feel.willingness_gain": 0.1}),
    Need(("spread.minutes", "speak.effort"), {"rhythm.minutes": float("inf")},
         {"rhythm.minutes": 40.0}),
    Need(("spread.half_lives_alike",),
         {"spread.habit_half_life": 0.0, "spread.willingness_half_life": 0.0},
         {"spread.habit_half_life": 1.0, "spread.willingness_half_life": 1.0}),
    Need(_of("stay", "irritation overload dissatisfaction attitude rivals"),
         {"stay.scale": 0.0, "stay.shape": ("linear", "quadratic")}, {"stay.scale": 0.01}),
    Need(("stay.silence",), {"stay.silent": 0.0, "stay.mute_silent": 0.0},
         {"stay.silent": 0.001}),
    Need((*_of("group", "call_muted call_half_life"), "feel.irritation_call", "event.call",
          "incident.call", "policy.calls_per_week"), {"group.call": 0.0}, {"group.call": 0.5}),
    Need(("buy.reminder_overtness", "buy.payback"), {"buy.reminder": 0.0}, {"buy.reminder": 3.0}),
    Need(("buy.herd",), {"speak.order_share": 0.0, "group.start_orders": 0.0},
         {"speak.order_share": 0.5}),
    Need(("speak.order_share_slope",), {"speak.order_share": 0.0}, {"speak.order_share": 0.5}),
    Need(("buy.disbelief",), {"buy.awareness": 0.0}, {"buy.awareness": 1.0}),
    Need(("buy.carry",), {"buy.patience": float("inf")}, {"buy.patience": 3.0}),
    Need(("feel.word_half_life", "feel.word_of_strangers"), {"buy.word": 0.0}, {"buy.word": 1.0}),
    Need(("product.fair_price",), {"buy.price_felt": 0.0}, {"buy.price_felt": 0.3}),
    Need(("group.start_orders",), {"buy.herd": 0.0, "buy.threshold": 0.0}, {"buy.herd": 0.3}),
    Need(("market.match_friends", "market.match_width", "product.topic", "product.focus",
          "correlation.match_talk", "correlation.match_need"), _NO_MATCH, {"buy.match": 0.5}),
    Need(("market.match_width",), {"market.match_friends": 0.0}, {"market.match_friends": 0.5}),
    Need(("product.focus",), {"product.topic": -1.0}, {"product.topic": 0.5}),
    Need(("product.topic",), {"product.focus": 0.0}, {"product.focus": 0.5}),
    Need(("product.topic", "product.focus"), {"read.topic_breadth": _INF},
         {"read.topic_breadth": 0.25}),
    Need(_of("speak", "arrival call conversation follow_up sharing reserve recovery saturation "
             "effort reply_share addressed question_share mention mention_extreme order_share "
             "order_share_slope "
             "complaint_threshold most_posts quality quality_spread length length_spread "
             "interest_slope recognition_gain prompt"),
         {"group.peers_post": False}, {"group.peers_post": True}),
    # Where members are, and how they come.
    Need(("group.home_spread",), {"group.placement": ("first", "emptiest")},
         {"group.placement": "home"}),
    Need(("group.mixing",), {"group.assignment": "dealt"}, {"group.assignment": "topic"}),
    Need(("group.assignment",), {"group.mixing": 1.0}, {"group.mixing": 0.0}),
    Need(("group.assignment", "group.mixing"), {"group.placement": "home"},
         {"group.placement": "first"}),
    Need(("group.assignment", "group.mixing"),
         {"group.count": 1, "group.overflow": ("turn-away", "wait")}, {"group.count": 2}),
    Need(("discovery.match",), {"discovery.rate": 0.0}, {"discovery.rate": 0.005}),
    Need(("discovery.ad_match",), {"discovery.ad_budget": 0.0}, {"discovery.ad_budget": 20.0}),
    Need(("group.past_orders",), {"group.seeding": ("random", "high", "hubs", "enthusiasts",
         "loyal")}, {"group.seeding": "bought"}),
    Need(("discovery.ad_cost", "discovery.ad_response"), {"discovery.ad_budget": 0.0},
         {"discovery.ad_budget": 20.0}),
    Need(("discovery.relevance", "discovery.in_need", "event.pull"),
         {"discovery.rate": 0.0, "discovery.ad_budget": 0.0, "discovery.prize_pull": 0.0},
         {"discovery.rate": 0.005}),
    Need(("discovery.prize_pull",), {"policy.name": _but("prize-campaign", "schedule")},
         {"policy.name": "prize-campaign"}),
    Need(_of("invite", "accept trust match friction clicks threshold refractory "
             "novelty_half_life"),
         _NO_INVITATIONS, {"invite.rate": 0.5}),
    Need(("invite.friction",), {"invite.clicks": 0}, {"invite.clicks": 1}),
    Need(("invite.from_reward", "invite.motive"), {"invite.reward": 0.0}, {"invite.reward": 20.0}),
    Need(("invite.reward_start", "invite.reward_stop"),
         {"invite.reward": 0.0, "invite.gift": 0.0}, {"invite.reward": 20.0}),
    # The policy.
    Need(_of("policy", "content_per_day promos_per_day promo_share evidence_per_day "
             "content_quality content_length promo_quality promo_length overtness "
             "topic hours first_hour last_hour appeal"),
         {"policy.name": ("none", "schedule")}, {"policy.name": "cadence"}),
    Need(("policy.promo_share", "policy.promos_per_day"), {"policy.name": "community"},
         {"policy.name": "cadence"}),
    Need(("policy.content_per_day", "policy.content_quality", "policy.content_length",
          "policy.promo_share", "policy.overtness", "policy.first_hour", "policy.last_hour"),
         {"policy.name": "bombardment"}, {"policy.name": "cadence"}),
    Need(("policy.promos_per_day", "policy.last_hour"), {"policy.name": "broadcast"},
         {"policy.name": "cadence"}),
    Need(("policy.hours", "policy.topic", "policy.appeal", "policy.evidence_per_day"),
         {"policy.name": ("broadcast", "bombardment")}, {"policy.name": "cadence"}),
    Need(("policy.promos_per_day",), {"policy.name": "weekly-loads"}, {"policy.name": "cadence"}),
    Need(("policy.burst_days", "policy.burst_every"), {"policy.name": _but("bursts", "conference")},
         {"policy.name": "bursts"}),
    Need(("policy.loads",), {"policy.name": _but("weekly-loads")}, {"policy.name": "weekly-loads"}),
    Need(("policy.asks_per_day",), {"policy.name": _but(*_ASKING)},
         {"policy.name": "question-and-answer"}),
    Need(("speak.prompt",), {"policy.name": _but(*_ASKING, "schedule")},
         {"policy.name": "question-and-answer"}),
    Need(_of("policy", "prizes_per_day prize_value prize_start prize_stop"),
         {"policy.name": _but("prize-campaign")}, {"policy.name": "prize-campaign"}),
    Need(("policy.prize_value", "policy.prize_start", "policy.prize_stop"),
         {"policy.prizes_per_day": 0.0, "policy.name": "prize-campaign"},
         {"policy.prizes_per_day": 0.5}),
    Need(("read.prize_weight",), {"policy.name": _but("prize-campaign", "schedule")},
         {"policy.name": "prize-campaign"}),
    Need(("policy.evidence_valence",), {"policy.evidence_per_day": 0.0},
         {"policy.evidence_per_day": 2.0}),
    Need(("policy.file",), {"policy.name": _but("schedule")}, {"policy.name": "schedule"}),
    Need(("policy.class_name",), {"policy.name": _but()}, {"policy.name": "file"}),
    Need(("targeting.audience", "policy.appeal", "feel.exposure_warmth", "feel.exposure_tedium",
          "buy.reminder", "buy.reminder_overtness"), _NO_PROMOS, {"policy.promos_per_day": 1.0}),
    Need(("targeting.precision",), {"targeting.audience": 1.0, "policy.name": _but()},
         {"targeting.audience": 0.3}),
    Need(("read.appeal_weight",), {"policy.appeal": "none", "policy.name": _but()},
         {"policy.appeal": "face"}),
    Need(("coupon.start", "coupon.stop"), {"coupon.value": 0.0}, {"coupon.value": 10.0}),
    Need(("listening.target",), {"policy.name": _but("listening-switch", "listening-proportional")},
         {"policy.name": "listening-switch"}),
    Need(("listening.gain",), {"policy.name": _but("listening-proportional")},
         {"policy.name": "listening-proportional"}),
    Need(("listening.topic_gain",),
         {"policy.name": _but("listening-switch", "listening-proportional")},
         {"policy.name": "listening-switch"}),
    Need(("listening.lag", "listening.error"),
         {"policy.name": _but("listening-switch", "listening-proportional"),
          "listening.product_gain": 0.0}, {"policy.name": "listening-switch"}),
    Need(("listening.product_error", "listening.product_ceiling"),
         {"listening.product_gain": 0.0}, {"listening.product_gain": 0.02}),
    # The other levers.
    Need((*_of("desk", "service_time first_hour last_hour patience target others pay public"),
          *_of("feel", "answered answered_fast answer_patience crowding exposure_of_answer")),
         {"desk.staff": 0.0}, {"desk.staff": 2.0}),
    Need(("desk.time_share",), {"desk.pay": ("hours", "answers")}, {"desk.pay": "shared"}),
    Need(("feel.answer_patience",), {"feel.answered_fast": 0.0}, {"feel.answered_fast": 0.2}),
    Need(("feel.crowding",), {"invite.reward": 0.0, "invite.gift": 0.0, "forward.reward": 0.0,
         "policy.name": _but("prize-campaign", "schedule")}, {"invite.reward": 20.0}),
    Need(("desk.quality", "desk.length"), {"desk.staff": 0.0, "incident.response": "silence"},
         {"desk.staff": 2.0}),
    Need(("feel.followed_up", "costs.hours_follow_up"), {"desk.follow_up": 0.0},
         {"desk.follow_up": 1.0}),
    Need(_of("incident", "everywhere severity voice forward response delay call"),
         _NO_INCIDENTS, {"incident.day": 5.0}),
    Need(("incident.delay",), {"incident.response": "silence"}, {"incident.response": "apology"}),
    *(
        Need(tuple(path for path in declared() if path.startswith(f"incident.{style}_")),
             {"incident.response": tuple(other for other in _STYLES if other != style)},
             {"incident.response": style})
        for style in _STYLES[1:]
    ),
    Need((*_of("control", "breadth reactance chill"), "costs.hours_control"),
         {"control.intensity": 0.0}, {"control.intensity": 0.5}),
    Need(("costs.hours_welcome",), {"onboarding.ties": 0.0}, {"onboarding.ties": 3.0}),
    Need((*_of("event", "timing notice call pull turnout places ties belonging"),
          "costs.event", "costs.guest"), {"event.every": 0}, {"event.every": 7}),
    Need(("event.notice",), {"event.pull": 0.0, "event.call": 0.0}, {"event.pull": 2.0}),
    Need(_of("forward", "groups contacts friction steps"),
         {"forward.rate": 0.0, "forward.reward": 0.0, **_NO_INCIDENTS}, {"forward.rate": 0.1}),
    Need(("forward.bad_news",), _NO_INCIDENTS, {"incident.day": 5.0}),
    Need(("forward.bad_news",), {"incident.forward": 0.0}, {"incident.forward": 0.1}),
    Need(("forward.from_reward", "forward.blocked"), {"forward.reward": 0.0},
         {"forward.reward": 10.0}),
    Need(("forward.friction",), {"forward.steps": 0}, {"forward.steps": 2}),
    Need(("costs.post_reuse",), {"group.count": 1, "group.overflow": ("turn-away", "wait")},
         {"group.count": 2}),
    *(
        Need(paths, {f"elements.{element}": False}, {f"elements.{element}": True})
        for element, paths in ELEMENTS.items()
    ),
    *(
        Need((f"elements.{element}",), dict.fromkeys(paths, 0.0), {paths[0]: 1.0})
        for element, paths in ELEMENTS.items()
    ),
)  # fmt: skip


def remarks(scenario: Scenario) -> list[str]:
    """What a scenario says that can do nothing as it stands, and what would make it act.

    Parameters
    ----------
    scenario : Scenario
        Checked. Looked at is what differs from the defaults, from its platform, and from the
        scenario ``blank``, where everything is off: who switches something off expects nothing.

    Returns
    -------
    list of str
        A sentence for each need; a setting that acts in an alternative, a channel, with a rival or
        at a point of the scenario's own sweep is left out.
    """
    worlds = list(_worlds(scenario))
    own = flatten(scenario.parameters)
    defaults = {path: about.default for path, about in declared().items()}
    usual = (defaults, PLATFORMS.get(scenario.platform, {}), _all_off())
    said = {
        path
        for path, value in own.items()
        if not any(path in values and value == values[path] for values in usual)
    }
    varied = set(scenario.sweep.get("vary", {}))
    found, told = [], set()
    for need in NEEDS:
        idle = [path for path in need.settings if path in said - told]
        if idle and not varied & set(need.off) and all(map(need.holds, worlds)):
            found.append(_sentence(idle, need, own))
            told |= set(idle)
    found += _idle_past(scenario) if "past.days" not in varied else []
    return found + [words for note in _NOTES for words in note(own)]


def _idle_past(scenario: Scenario) -> list[str]:
    """What is said of a past that no arm has."""
    if not scenario.past.values or any(arm.past.days for arm in scenario.arms.values()):
        return []
    idle = [f"past.{path}" for path in scenario.past.values]
    does, acts = ("do", "they act") if len(idle) > 1 else ("does", "it acts")
    return [
        f"{', '.join(idle)}: {does} nothing while past.days is 0; {acts} with past.days = 90, for "
        "example"
    ]


@cache
def _all_off() -> dict[str, Any]:
    """The values of the scenario ``blank``."""
    from shequn.model.scenario import Scenario

    return flatten(Scenario.load("blank").parameters)


def _worlds(scenario: Scenario) -> Iterable[dict[str, Any]]:
    """The values that hold somewhere: in each arm, in each of its channels, with each rival."""
    for arm in scenario.arms.values():
        values = flatten(arm.parameters)
        yield values
        for block in (*arm.channels, *arm.rivals):
            platform = PLATFORMS.get(str(block.get("platform", "")), {})
            yield {**values, **platform, **block}


def _sentence(idle: list[str], need: Need, values: Mapping[str, Any]) -> str:
    several = len(idle) > 1
    gates = " and ".join(f"{path} is {shown(values[path])}" for path in need.off)
    cure = " and ".join(f"{path} = {shown(value)}" for path, value in need.on.items())
    return (
        f"{', '.join(idle)}: {'do' if several else 'does'} nothing while {gates}; "
        f"{'they act' if several else 'it acts'} with {cure}, for example"
    )


def shown(value: Any) -> str:
    """A value as a scenario file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(shown, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def _prizes(values: Mapping[str, Any]) -> Iterable[str]:
    """Prizes please, or annoy, who reads of them; outsiders come for them only if they are told."""
    if values["policy.name"] == "prize-campaign" and values["discovery.prize_pull"] == 0.0:
        yield (
            'policy.name = "prize-campaign": its prizes bring nobody in while discovery.prize_pull '
            "is 0; they do with discovery.prize_pull = 0.001, for example"
        )


def _first_members(values: Mapping[str, Any]) -> Iterable[str]:
    """Of the two ways to say how many a group starts with, the larger number holds."""
    asked = values["group.seed_members"]
    fill = int(values["group.seed_fill"] * values["group.capacity"])
    usual = declared()["group.seed_members"].default
    if 1 < asked < fill and asked != usual:
        yield (
            f"group.seed_members: does nothing while group.seed_fill x group.capacity is {fill}, "
            "which is more; it acts with group.seed_fill = 0, for example"
        )
    if 0 < fill < asked:
        yield (
            f"group.seed_fill: does nothing while group.seed_members is {asked}, more than "
            f"group.seed_fill x group.capacity = {fill}; it acts with group.seed_members = 0, for "
            "example"
        )


def _unseen(values: Mapping[str, Any]) -> Iterable[str]:
    if values["group.seeding"] == "loyal":
        yield (
            'group.seeding = "loyal": picks by traits that no operator sees, the most that picking '
            'buyers can bring; "bought" picks by what an operator\'s books show'
        )


_NOTES: tuple[Callable[[Mapping[str, Any]], Iterable[str]], ...] = (
    _prizes, _first_members, _unseen,
)  # fmt: skip
