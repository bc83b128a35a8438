"""Parameters of the people: the market, the three tiers, how traits spread."""

from __future__ import annotations

from dataclasses import dataclass, field

from shequn.model.parameters.declare import BY_HAND, CHOSEN, parameter, word

_SHAPES = ("constant", "lognormal", "gamma", "beta-geometric")


@dataclass(frozen=True)
class Market:
    """Everyone who could ever join."""

    people: int = parameter(2000, "persons", 0, 10_000_000, "persons in the market")
    homophily: float = parameter(
        0.6, "1", 0, 1, "share of a person's contacts from the same tier and topic",
        "McPherson, Smith-Lovin & Cook 2001: ties are homophilous; the value is assumed",
    )  # fmt: skip
    neighbourhood: int = parameter(
        150, "persons", 1, 1_000_000, "how far, in persons, like contacts lie to either side",
        "Dunbar 1992 for the order of magnitude",
    )  # fmt: skip
    rivals: int = parameter(
        0, "operators", 0, 100,
        "rival operators: those listed in the scenario, then copies of the last one listed",
    )  # fmt: skip
    attention: float = parameter(
        1.0, "1", 0, 1,
        "how far attention is divided among a person's groups; 0: each gets all of it",
    )  # fmt: skip
    match_friends: float = parameter(
        0.5, "1", 0, 0.95,
        "share of the product match that neighbours in the table have in common; 0: none",
    )  # fmt: skip
    match_width: int = parameter(
        100, "persons", 1, 1_000_000,
        "how far, in persons to either side, they have it in common; at most a quarter of a tier "
        "in all",
    )  # fmt: skip
    network: str = word(
        "", (), "edge list file (CSV with columns from, to; ids 1 to people), replaces the "
        "contacts drawn; relative to the scenario file",
    )  # fmt: skip


@dataclass(frozen=True)
class Tier:
    """Medians of one tier's traits (means, where a shape other than lognormal says so)."""

    share: float = parameter(0.70, "1", 0, 1, "share of the market")
    budget: float = parameter(180.0, "CNY/month", 0, 1e7, "spendable on the category")
    reach: float = parameter(60.0, "persons", 0, 60_000, "contacts in the market")
    voice: float = parameter(0.8, "1", 0, 1000, "weight that readers give to this author")
    talk: float = parameter(0.0237, "1/visit", 0, 1000, "posts expected in a visit", CHOSEN)
    capacity: float = parameter(40.0, "messages", 1, 1e6, "messages read in a session")
    session_rate: float = parameter(0.27, "1/day", 0, 48, "planned visits when habit is 1", CHOSEN)
    conformity: float = parameter(0.8, "1", 0, 1, "weight on what others do or say")
    wariness: float = parameter(0.65, "1", 0, 1, "discount on persuasion recognised as such")
    quality_weight: float = parameter(0.6, "1", 0, 100, "taste for quality")
    price_weight: float = parameter(2.0, "1", 0, 100, "distaste for price against budget")
    face_weight: float = parameter(0.3, "1", 0, 100, "taste for status (面子)")
    prize_taste: float = parameter(0.02, "1/CNY", 0, 100, "taste for prizes and rewards")
    social_taste: float = parameter(0.15, "1", 0, 100, "taste for the talk of people one knows")
    need_rate: float = parameter(0.02, "1/day", 0, 100, "purchase occasions in the category")
    exit_rate: float = parameter(0.00005, "1/day", 0, 10, "base hazard of leaving", BY_HAND)


def _high() -> Tier:
    return Tier(
        share=0.05, budget=900.0, reach=150.0, voice=2.0, talk=0.0475, conformity=0.15,
        wariness=0.5, quality_weight=1.2, price_weight=1.0, face_weight=1.0, prize_taste=0.005,
        social_taste=0.08,
    )  # fmt: skip


def _middle() -> Tier:
    return Tier(
        share=0.25, budget=360.0, reach=100.0, voice=1.3, talk=0.0712, session_rate=0.34,
        conformity=0.4, wariness=0.4, quality_weight=1.0, price_weight=1.6, face_weight=0.5,
        prize_taste=0.01, social_taste=0.12,
    )  # fmt: skip


@dataclass(frozen=True)
class Tiers:
    """The three tiers (高层, 中层, 基层): distributions of traits, never rules."""

    high: Tier = field(default_factory=_high)
    middle: Tier = field(default_factory=_middle)
    base: Tier = field(default_factory=Tier)


@dataclass(frozen=True)
class Spread:
    """How traits vary within a tier: SD of ln for lognormal traits, of the logit for shares."""

    budget: float = parameter(0.6, "SD of ln", 0, 5, "spread of budget")
    reach: float = parameter(0.6, "SD of ln", 0, 5, "spread of reach")
    voice: float = parameter(0.5, "SD of ln", 0, 5, "spread of voice")
    talk: float = parameter(
        2.38, "SD of ln, or gamma shape", 0, 100, "spread of talk; shape k when talk is gamma",
        "concentration of posting: top 1 % write 61-69 % (Lean Zulip archive 2018-2026)",
    )  # fmt: skip
    capacity: float = parameter(0.6, "SD of ln", 0, 5, "spread of capacity")
    session_rate: float = parameter(
        1.33, "SD of ln, or gamma shape", 0, 100, "spread of the session rate", CHOSEN
    )
    habit_half_life: float = parameter(
        1.21, "SD of ln", 0, 5, "spread of feel.habit_half_life over people; 0: all alike", CHOSEN
    )
    willingness_half_life: float = parameter(
        0.89, "SD of ln", 0, 5, "spread of feel.willingness_half_life over people", CHOSEN
    )
    half_lives_alike: float = parameter(
        0.58, "1", 0, 1, "correlation of the two half-lives of a person", CHOSEN
    )
    minutes: float = parameter(1.0, "SD of ln", 0, 5, "spread of rhythm.minutes over people")
    conformity: float = parameter(0.7, "SD of logit", 0, 5, "spread of conformity")
    wariness: float = parameter(0.7, "SD of logit", 0, 5, "spread of wariness")
    tastes: float = parameter(0.5, "SD of ln", 0, 5, "spread of each of the five tastes")
    need_rate: float = parameter(
        0.35, "SD of ln, or gamma shape", 0, 100, "spread of the need rate", BY_HAND
    )
    exit_rate: float = parameter(
        1.0, "SD of ln, gamma shape, or a + b", 0, 1e6,
        "spread of the exit rate; a + b when it is beta-geometric",
    )  # fmt: skip


@dataclass(frozen=True)
class Correlation:
    """Which traits of a person hang together, within a tier.

    Each is the correlation of the two standard normal numbers behind the traits (a Gaussian
    copula: Sklar 1959); pairs that are not named are independent. 0: independent as well.
    """

    budget_reach: float = parameter(
        0.3, "1", -0.9, 0.9, "of budget and reach: who is better off knows more people",
        "Campbell, Marsden & Hurlbert 1986, Social Networks 8(1); value assumed",
    )  # fmt: skip
    reach_voice: float = parameter(
        0.3, "1", -0.9, 0.9, "of reach and voice: who knows more people is listened to",
        "leadership and ties hang together, though weakly (Iyengar, Van den Bulte & Valente 2011, "
        "Marketing Science 30(2)); value assumed",
    )  # fmt: skip
    reach_talk: float = parameter(
        0.2, "1", -0.9, 0.9, "of reach and talk: the outgoing know more people and speak more",
        "extraverts have larger networks (Pollet, Roberts & Dunbar 2011, J. Individual Differences "
        "32(3)); value assumed",
    )  # fmt: skip
    prize_price: float = parameter(
        0.3, "1", -0.9, 0.9, "of prize_taste and price_weight: who likes prizes minds the price",
        "proneness to deals and consciousness of value (Lichtenstein, Netemeyer & Burton 1990, J. "
        "Marketing 54(3)); value assumed",
    )  # fmt: skip
    prize_exit: float = parameter(
        0.2, "1", -0.9, 0.9, "of prize_taste and exit_rate: who likes prizes is restless",
        "the deal-prone are less loyal to brands (Webster 1965, J. Marketing Research 2(2)); "
        "value assumed",
    )  # fmt: skip
    match_talk: float = parameter(
        0.2, "1", -0.9, 0.9, "of match and talk: who the product suits has more to say",
        "involvement and talk (Richins & Root-Shaffer 1988, Advances in Consumer Research 15); "
        "value assumed",
    )  # fmt: skip
    match_need: float = parameter(
        0.2, "1", -0.9, 0.9, "of match and need_rate: who the product suits needs it more often"
    )


@dataclass(frozen=True)
class Shape:
    """Shape of the distribution of four rates.

    ``constant``: every member of the tier has the tier's value. ``lognormal``: value = median,
    spread = SD of ln. ``gamma``: value = mean, spread = shape k. ``beta-geometric`` (exit rate
    only): the probability of leaving in a day is beta distributed with mean a / (a + b) = value
    and a + b = spread (Fader & Hardie 2007).
    """

    talk: str = word("lognormal", _SHAPES[:3], "distribution of talk")
    session_rate: str = word("lognormal", _SHAPES[:3], "distribution of the session rate")
    need_rate: str = word("gamma", _SHAPES[:3], "distribution of the need rate")
    exit_rate: str = word("lognormal", _SHAPES, "distribution of the exit rate")
