"""Parameters of the seven verbs and of the rhythm of sessions."""

from __future__ import annotations

from dataclasses import dataclass

from shequn.model.parameters.declare import BY_HAND, CHOSEN, EARLIER, parameter, word

_HOURS = (
    0.5, 0.3, 0.15, 0.1, 0.1, 0.2, 0.5, 1.0, 1.3, 1.4, 1.4, 1.4,
    1.6, 1.4, 1.2, 1.2, 1.2, 1.2, 1.3, 1.5, 1.8, 2.0, 1.7, 1.1,
)  # fmt: skip
_INF = float("inf")


@dataclass(frozen=True)
class Rhythm:
    """When sessions take place."""

    hours: tuple[float, ...] = parameter(
        _HOURS, "weight", 0, 1000, "relative number of sessions in each hour of the day"
    )
    weekdays: tuple[float, ...] = parameter(
        (1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.75), "weight", 0, 1000,
        "relative number of sessions on each day of the week, Monday first; day 0 is a Monday",
        "weekend / weekday volume 0.72 (Lean Zulip archive 2018-2026)",
    )  # fmt: skip
    strength: float = parameter(1.0, "1", 0, 1, "0: no rhythm, 1: the weights as given")
    muted: float = parameter(
        0.1, "1", 0, 1, "planned visits of a muted member, relative to unmuted"
    )
    weariness: float = parameter(
        0.5, "1", 0, 100, "how irritation keeps from a glance: glances / (1 + this x irritation)"
    )
    need: float = parameter(
        0.045, "1/day", 0, 48, "sessions that a pending need brings, at belonging 1; 0: off",
        "visits for a purpose: Moe 2003, J. Consumer Psychology 13(1-2)",
    )  # fmt: skip
    minutes: float = parameter(
        40.0, "minute/day", 0, _INF, "time a person has for the group in a day, median; inf: no end"
    )
    linger: float = parameter(
        0.98, "1", 0, 0.999, "chance to stay on and look again while people are talking; 0: off",
        "bursts of human activity: Barabasi 2005, Nature 435",
    )  # fmt: skip
    pause: float = parameter(
        0.59, "minute", 0.01, 1440, "mean time from one look to the next", EARLIER
    )
    lively: float = parameter(
        11.0, "minute", 0.01, 1440, "age of the newest message up to which people stay on", EARLIER
    )


@dataclass(frozen=True)
class Read:
    """read: what a message is worth to a reader."""

    known_bonus: float = parameter(0.5, "1", 0, 100, "extra value when the author is known")
    cost: float = parameter(0.01, "1/second", 0, 10, "cost of reading time")
    topic_breadth: float = parameter(
        0.25, "circle", 0.001, _INF, "distance at which relevance is one half; inf: no relevance"
    )
    prize_weight: float = parameter(1.0, "1", 0, 100, "weight of prizes in utility")
    appeal_weight: float = parameter(
        0.5, "1", 0, 10, "how much more a promotion counts that appeals to the reader's taste"
    )
    depth: float = parameter(
        0.0, "1", 0, 10, "value of a message grows with (length / 30 s)^depth; 0: not at all"
    )
    seconds: float = parameter(
        _INF, "second", 1, _INF, "reading time of a session; inf: no limit but the capacity"
    )


@dataclass(frozen=True)
class Feel:
    """feel: what reading leaves behind."""

    habit_start: float = parameter(0.9, "1", 0, 1, "readiness of a newcomer to look in", EARLIER)
    habit_gain: float = parameter(0.13, "1/visit", 0, 1, "learning from a good visit", CHOSEN)
    habit_loss: float = parameter(
        0.1,
        "1/visit",
        0,
        1,
        "learning from a bad visit",
        "by analogy with habit_gain: nobody sells in the communities measured",
    )
    habit_empty: float = parameter(0.009, "1/visit", 0, 1, "learning from an empty visit", CHOSEN)
    habit_reply: float = parameter(0.15, "1/reply", 0, 1, "gain from a reply received", CHOSEN)
    habit_order: float = parameter(0.1, "1/order", 0, 1, "gain from an order")
    habit_half_life: float = parameter(3.3, "day", 0.01, _INF, "fading of habit, median", CHOSEN)
    willingness_start: float = parameter(
        0.76, "1", 0, 1, "willingness of a newcomer to take part, and not only to read", CHOSEN
    )
    willingness_gain: float = parameter(
        0.056, "1/visit", 0, 1, "learning from a good visit in which one takes part", CHOSEN
    )
    willingness_reading: float = parameter(
        0.26, "1", 0, 1, "what a visit that only reads teaches of it, relative to that", CHOSEN
    )
    willingness_reply: float = parameter(
        0.12, "1/reply", 0, 1, "gain from a reply received", CHOSEN
    )
    willingness_half_life: float = parameter(
        5.8, "day", 0.01, _INF, "fading of willingness, median", CHOSEN
    )
    enough: float = parameter(
        0.3,
        "utility",
        0.001,
        _INF,
        "good (or bad) reading that teaches half of what any teaches",
        CHOSEN,
    )
    spacing: float = parameter(
        0.28, "day", 0, 365,
        "time between two visits after which the second teaches its full; 0: any",
        "the spacing effect: Cepeda et al. 2006, Psychological Bulletin 132(3); value assumed",
    )  # fmt: skip
    belonging_start: float = parameter(0.33, "1", 0, 1, "belonging of a newcomer", EARLIER)
    belonging_known: float = parameter(
        0.05, "1/session", 0, 1, "gain from a session in which all authors are known"
    )
    belonging_reply: float = parameter(0.1, "1/reply", 0, 1, "gain from a reply received")
    answered: float = parameter(
        0.1, "1/answer", 0, 1,
        "gain of belonging, habit and willingness from an answer of the operator",
        "newcomers who are answered come back more often (Joyce & Kraut 2006); value assumed",
    )  # fmt: skip
    answered_fast: float = parameter(
        0.1, "1/answer", 0, 1, "added to it by an answer at once; 0: the time does not matter"
    )
    answer_patience: float = parameter(
        60.0, "minute", 0.01, _INF,
        "time to an answer after which 1/e of feel.answered_fast is left; inf: all of it, always",
    )  # fmt: skip
    crowding: float = parameter(
        0.0, "1", 0, 1,
        "share of these gains lost while a prize, a reward or a gift is on offer; 0: off",
        "rewards undermine intrinsic motivation: Deci, Koestner & Ryan 1999, Psychological "
        "Bulletin 125(6); value assumed",
    )  # fmt: skip
    followed_up: float = parameter(
        0.1, "1/contact", 0, 1, "gain of belonging from being contacted after an order"
    )
    belonging_half_life: float = parameter(90.0, "day", 0.01, _INF, "fading of belonging", BY_HAND)
    familiarity_start: float = parameter(2.0, "persons", 0, 150, "people a newcomer knows")
    familiarity_gain: float = parameter(
        0.01, "persons/message", 0, 10, "strangers one gets to know by reading one message"
    )
    familiarity_limit: float = parameter(
        150.0, "persons", 1, 1e6, "people one can know", "Dunbar 1992, J. Human Evolution 22(6)"
    )
    awareness_half_life: float = parameter(
        7.0, "day", 0.01, _INF, "fading of exposures",
        "adstock half-lives of days to weeks (Leone 1995, Marketing Science 14(3))",
    )  # fmt: skip
    awareness_peak: float = parameter(
        10.0, "exposures", 0.1, 1e6, "exposures at which advertising works best",
        "Schmidt & Eisend 2015, J. Advertising 44(4)",
    )  # fmt: skip
    exposure_of_talk: float = parameter(
        0.5, "exposures", 0, 10, "exposure given by one message of a member about the product"
    )
    exposure_of_bad: float = parameter(
        0.0, "exposures", 0, 10, "the same of a bad word; 0: it exposes nobody to the product",
        "whether any publicity is good hangs on the product (Berger, Sorensen & Rasmussen 2010, "
        "Marketing Science 29(5)); off",
    )  # fmt: skip
    word_half_life: float = parameter(
        10.0, "day", 0.01, _INF, "fading of what people one knows said of the product",
        "word of mouth carries over for about three weeks (Trusov, Bucklin & Pauwels 2009, J. "
        "Marketing 73(5)); value by analogy with sign-ups there",
    )  # fmt: skip
    word_of_strangers: float = parameter(
        0.2, "1", 0, 1, "what the word of a member counts whom one does not know"
    )
    exposure_of_answer: float = parameter(
        0.2, "exposures", 0, 10, "exposure given by one answer of the operator read in the group"
    )
    regularity: float = parameter(
        0.0, "1", 0, 10, "how much faster habit grows where content comes at the same hours",
        "habit needs a stable cue (Lally et al. 2010, Eur. J. Social Psychology 40(6)); 0: off",
    )  # fmt: skip
    irritation_gain: float = parameter(
        0.15, "1", 0, 100, "irritation by wariness x overtness read",
        "set by hand to fact S4, which leaves 0.14 to 0.2 open (docs/validation.md)",
    )  # fmt: skip
    irritation_overload: float = parameter(
        0.02, "1/session", 0, 100, "irritation by the share of messages missed"
    )
    irritation_call: float = parameter(
        0.1, "1/call", 0, 100, "irritation by being called with everyone, at wariness 1"
    )
    irritation_half_life: float = parameter(10.0, "day", 0.01, _INF, "fading of irritation")
    overload_rate: float = parameter(
        0.1, "1/session", 0, 1, "how fast overload follows the share of messages missed"
    )
    attitude_start: float = parameter(0.0, "1", -1, 1, "opinion of the product at the start")
    attitude_rate: float = parameter(
        0.1, "1/session", 0, 1, "pull of the opinions read, at conformity 1"
    )
    exposure_warmth: float = parameter(
        0.0, "1/promotion", 0, 1, "how far one promotion read moves attitude towards 1; 0: off",
        "two factors of repetition (Berlyne 1970, Perception & Psychophysics 8(5)); off: "
        "buy.awareness has the effect of repetition already",
    )  # fmt: skip
    exposure_tedium: float = parameter(
        0.0, "1/promotion/exposure", 0, 1,
        "how far it moves attitude towards -1, for each exposure still remembered; 0: off",
        "as above; Campbell & Keller 2003, J. Consumer Research 30(2)",
    )  # fmt: skip
    negative_weight: float = parameter(
        1.0, "1", 0, 10, "weight of a negative opinion against a positive one",
        "1 = no bias; the evidence is mixed, sweep 0.5 to 3",
    )  # fmt: skip


@dataclass(frozen=True)
class Speak:
    """speak: how much, what, and how well members write."""

    interest_slope: float = parameter(1.0, "1", 0, 100, "talk rises with the utility just read")
    recognition_gain: float = parameter(0.0, "1/reply", 0, 10, "talk rises with replies received")
    recognition_half_life: float = parameter(14.0, "day", 0.01, _INF, "fading of recognition")
    arrival: float = parameter(
        0.08, "1", 0, 1, "chance that a newcomer comes with something to say; 0: off", CHOSEN
    )
    recovery: float = parameter(
        0.21, "day", 0, 365, "time in which one has something to say again; 0: at once", CHOSEN
    )
    saturation: float = parameter(
        24.0,
        "messages",
        0.01,
        _INF,
        "messages of one's own in a visit that are hardly passed",
        CHOSEN,
    )
    effort: float = parameter(0.5, "minute", 0, 1440, "time that writing a message takes")
    conversation: float = parameter(
        0.943, "messages", 0, 0.99,
        "messages that follow upon one because of it, on average, at most; 0: off", CHOSEN,
    )  # fmt: skip
    follow_up: float = parameter(
        0.155, "1", 0, 1, "share of them that its author adds, while nobody has answered", CHOSEN
    )
    sharing: float = parameter(
        7.4, "1", 1.01, 20,
        "how fast they are used up: the h-th visitor to think of it adds h^-sharing", CHOSEN,
    )  # fmt: skip
    reserve: float = parameter(
        0.016, "1/visit", 0, 1000,
        "talk of someone who goes on half as often as the most talkative; 0: all go on alike",
        CHOSEN,
    )  # fmt: skip
    call: float = parameter(
        1.8, "1", 0, 100,
        "pull of a message that opens a thread, divided by 1 + answers it has; 0: off",
        "diffusion of responsibility: Barron & Yechiam 2002, Computers in Human Behavior 18(5)",
    )  # fmt: skip
    prompt: float = parameter(
        0.5, "1", 0, 100, "talk added, relative to the usual, by each question of the operator read"
    )
    most_posts: int = parameter(
        1, "messages", 0, 1000, "most messages in a look; who has more to say stays on"
    )
    reply_share: float = parameter(
        0.96,
        "1",
        0,
        1,
        "share of messages that answer the one read that calls most for it",
        EARLIER,
    )
    addressed: float = parameter(
        0.46, "1", 0, 1, "share of those answers that are addressed to the author, who notices",
        CHOSEN,
    )  # fmt: skip
    like: float = parameter(
        0.1, "1", 0, 1,
        "chance that the best message of a visit is liked (赞), at a utility of 1 or more; 0: off",
    )  # fmt: skip
    like_recognition: float = parameter(
        0.1, "replies", 0, 10, "recognition that a like received brings, in replies"
    )
    question_share: float = parameter(0.1, "1", 0, 0.99, "share of other messages that ask")
    mention: float = parameter(0.02, "1", 0, 1, "chance that a buyer's message is on the product")
    mention_extreme: float = parameter(
        0.1, "1", 0, 1, "added to it at satisfaction -1 or 1",
        "more talk at both extremes: Anderson 1998, J. Service Research 1(1); value assumed",
    )  # fmt: skip
    order_share: float = parameter(0.1, "1", 0, 1, "chance that an order is shown in the group")
    order_share_slope: float = parameter(
        0.5, "1", 0, 1, "how much more (or less) often a satisfied (or disappointed) buyer does"
    )
    complaint_threshold: float = parameter(
        0.3, "1", 0, 1, "dissatisfaction from which such a message is a complaint"
    )
    quality: float = parameter(0.35, "1", 0, 10, "mean quality of a member's message")
    quality_spread: float = parameter(0.25, "1", 0, 10, "SD of it; quality is cut off at 0")
    length: float = parameter(5.0, "second", 0, 3600, "median reading time of a message")
    length_spread: float = parameter(0.6, "SD of ln", 0, 5, "spread of the reading time")


@dataclass(frozen=True)
class Buy:
    """buy: what decides on a purchase occasion."""

    constant: float = parameter(-2.5, "1", -50, 50, "utility of the product before all else")
    reminder: float = parameter(0.5, "day/promotion", 0, 365, "days of need a promotion advances")
    reminder_overtness: float = parameter(
        0.0, "1", 0, 1,
        "share of a reminder that hangs on overtness; 0: a soft mention reminds as well",
    )  # fmt: skip
    awareness: float = parameter(1.0, "1", 0, 50, "weight of the effect of exposures")
    attitude: float = parameter(1.0, "1", 0, 50, "weight of attitude")
    herd: float = parameter(0.3, "1", 0, 50, "weight of visible orders, at conformity 1")
    match: float = parameter(
        0.7, "1", 0, 50, "weight of the match of the product with the person; 0: off"
    )
    rivals: float = parameter(
        1.0, "1", 0, 1,
        "how far rival products compete for one and the same need; 0: each has needs of its own",
    )  # fmt: skip
    patience: float = parameter(
        3.0, "day", 0.01, _INF,
        "mean time that a need waits for a visit before it is met elsewhere; inf: for ever",
    )  # fmt: skip
    carry: float = parameter(
        1.0, "1", 0, 1, "share of what the group adds to the utility that counts elsewhere, too"
    )
    payback: float = parameter(
        1.0, "1", 0, 1,
        "share of a need advanced by promotions that is missing later; 0: promotions make needs",
        "purchases moved in time: Neslin, Henderson & Quelch 1985, Marketing Science 4(2); value "
        "assumed",
    )  # fmt: skip
    irritation: float = parameter(
        0.35, "1", 0, 50, "what irritation takes from the utility; 0: off",
        "reactance and inferred motives: Brehm 1966; Campbell & Kirmani 2000, J. Consumer Research "
        "27(1); value set by hand to facts S1 and S7, which leave 0 to 0.5 open",
    )  # fmt: skip
    disbelief: float = parameter(
        0.0, "1", 0, 50, "how fast exposures stop counting with irritation; 0: off",
        "as above; off: buy.irritation has the effect already",
    )  # fmt: skip
    news: float = parameter(
        0.0, "1", 0, 50, "added to the utility in a visit in which a promotion was read; 0: off"
    )
    word: float = parameter(
        1.0, "1", 0, 50, "most that the word of people one knows adds or takes; 0: off",
        "strong ties: Brown & Reingen 1987, J. Consumer Research 14(3); value assumed",
    )  # fmt: skip
    threshold: float = parameter(
        0.0, "orders", 0, 1e6,
        "visible orders, at conformity 1, below which nobody buys in the group; 0: off",
        "thresholds: Granovetter 1978, American J. Sociology 83(6); off",
    )  # fmt: skip
    price_felt: float = parameter(
        0.3, "1", 0, 10, "what ln(price paid / fair price) takes from satisfaction; 0: off",
        "reference prices: Kalyanaram & Winer 1995, Marketing Science 14(3); value assumed",
    )  # fmt: skip
    visible_half_life: float = parameter(3.0, "day", 0.01, _INF, "fading of visible orders")
    noise: float = parameter(0.3, "quality", 0, 10, "SD of the experience of one purchase")
    expectation_start: float = parameter(0.7, "quality", -10, 10, "expectation at the start")
    expectation_rate: float = parameter(0.3, "1/order", 0, 1, "adaptation of the expectation")


@dataclass(frozen=True)
class Invite:
    """invite: who asks others in, and who comes."""

    rate: float = parameter(0.17, "1/day", 0, 1000, "invitations of any member", BY_HAND)
    from_satisfaction: float = parameter(0.02, "1/day", 0, 1000, "added at satisfaction 1")
    from_belonging: float = parameter(0.02, "1/day", 0, 1000, "added at belonging 1")
    reward: float = parameter(0.0, "CNY", 0, 1e6, "paid to the inviter for each who joins")
    reward_start: float = parameter(0.0, "day", 0, 1e6, "first day of rewards and gifts")
    reward_stop: float = parameter(1e6, "day", 0, 1e6, "day on which they have ended")
    gift: float = parameter(0.0, "CNY", 0, 1e6, "given to each who joins on an invitation")
    from_reward: float = parameter(0.1, "1/day", 0, 1000, "added by reward x prize taste")
    novelty_half_life: float = parameter(
        30.0, "day", 0.01, _INF, "fading of the zeal to invite after joining"
    )
    accept: float = parameter(0.3, "1", 0, 1, "chance that an invitation is accepted")
    trust: float = parameter(
        0.5, "1", 0, 1, "share of that chance that hangs on the inviter's voice v, as 2v / (1 + v)"
    )
    match: float = parameter(
        0.5, "SD of ln", 0, 5, "how much rather people accept whom the product suits; 0: all alike"
    )
    motive: float = parameter(
        0.3, "1", 0, 1,
        "share of acceptance lost, at wariness 1, while the inviter gets a reward; 0: none",
        "who is paid for a recommendation is thought to have a motive (Verlegh, Ryu, Tuk & Feick "
        "2013, J. Academy of Marketing Science 41(6)); value assumed",
    )  # fmt: skip
    friction: float = parameter(0.2, "1", 0, 1, "share lost at each click")
    clicks: int = parameter(1, "clicks", 0, 100, "clicks between invitation and group")
    threshold: int = parameter(
        1, "persons", 1, 250, "distinct members who must have invited before one joins",
        "1 = simple contagion; more = complex contagion (Centola & Macy 2007)",
    )  # fmt: skip
    refractory: float = parameter(
        30.0, "day", 0, _INF, "time after leaving in which one cannot be invited; inf: never again"
    )


@dataclass(frozen=True)
class Stay:
    """stay: what drives leaving and muting."""

    shape: str = word(
        "linear", ("linear", "exponential", "quadratic"),
        "how the hazard depends on the pressure; it decides where the best promo load lies",
    )  # fmt: skip
    scale: float = parameter(0.001, "1/day", 0, 10, "hazard for each unit of pressure")
    irritation: float = parameter(1.0, "1", 0, 1000, "pressure of irritation")
    overload: float = parameter(0.5, "1", 0, 1000, "pressure of overload")
    dissatisfaction: float = parameter(2.0, "1", 0, 1000, "pressure of dissatisfaction")
    attitude: float = parameter(0.0, "1", 0, 1000, "pressure of a bad opinion of the product")
    rivals: float = parameter(
        0.5, "1", 0, 1000, "pressure of attention that is given to other operators' groups"
    )
    belonging: float = parameter(
        2.0, "1", 0, 1000, "relief by belonging: the hazard x exp(-this x belonging)"
    )
    habit: float = parameter(0.5, "1", 0, 1000, "relief by habit, likewise")
    silent: float = parameter(
        0.00002, "1/day", 0, 10, "hazard of leaving in who has long stopped reading; 0: off"
    )
    silence: float = parameter(
        28.0, "day", 0.01, 3650, "time without a visit after which interest is lost to 1 - 1/e"
    )
    mute_rate: float = parameter(0.001, "1/day", 0, 10, "base hazard of muting the group")
    mute_irritation: float = parameter(0.004, "1/day", 0, 10, "added for each unit of irritation")
    mute_silent: float = parameter(
        0.004, "1/day", 0, 10, "hazard of muting in who has long stopped reading; 0: off"
    )
    unmute_rate: float = parameter(0.01, "1/day", 0, 10, "hazard of unmuting it")
