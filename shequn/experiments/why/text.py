"""The story of one member in plain sentences, week by week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from textwrap import wrap
from typing import Any

from shequn.experiments.runs.words import counted
from shequn.experiments.why.watching import BASE_RATE, CAUSES, ONLY_READ

_WEEK = 7
_WIDTH = 80
_MOST_NAMED = 5  # persons, orders: more are counted
_ROUTINE = ("session", "looked again")


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of a text, broken between words; no line begins with a percent sign."""
    lines = wrap(
        text.replace(" %", "\u00a0%"), width, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace("\u00a0", " ") for line in lines]


def heading(story: Any) -> str:
    """Which member of which run."""
    s = story.scenario
    return (
        f"member {story.member} ({story.tier} tier) of {s.name}, {amount(s.days, 'day')}, "
        f"seed {s.seed}"
    )


def amount(count: float, thing: str) -> str:
    """1 message, 2 messages, no messages."""
    return counted(count, thing) if count else f"no {counted(0, thing).removeprefix('0 ')}"


def tell(story: Any, width: int = _WIDTH) -> str:
    """The whole story.

    Parameters
    ----------
    story : Story
        The member.
    width : int
        Most columns of a line.

    Returns
    -------
    str
        A heading, a summary, one paragraph for each week in which something happened (quiet weeks
        together), and why the member left.
    """
    title = heading(story)
    parts = _wrapped(title[0].upper() + title[1:], width)
    parts += _wrapped(_summary(story), width)
    for first, last in _episodes(story):
        lines = _weeks(story, first, last)
        if lines:
            parts += ["", _name_of_weeks(first, last, story.scenario.days)]
            parts += [row for line in lines for row in _wrapped(line, width, "  ")]
    verdict = _against_record(story)
    return "\n".join([*parts, *(["", *_wrapped(verdict, width)] if verdict else [])])


def _summary(story: Any) -> str:
    events, daily = story.events, story.daily
    joins = story.of("joined")
    if joins.empty:
        return _never_joined(story)
    ends = story.of("left")
    how = [f"{_on(row.time)}, {row.what.partition(', ')[2]}" for row in joins.itertuples()]
    text = f"Came in {' and '.join(how)}"
    text += f"; left {_listed([_on(time) for time in ends['time']])}. " if len(ends) else ". "
    status = daily["status"].iloc[-1]
    text += {
        "member": "Still there at the end. ",
        "muted": "Still there at the end, with the group muted. ",
    }.get(status, "")
    sessions, looks = daily["sessions"].sum(), daily["looks"].sum()
    visits = amount(sessions, "visit")
    text += visits[0].upper() + visits[1:]
    text += f" and {amount(looks, 'further look')}" if looks else ""
    text += (
        f"; read {daily['read'].sum():,.0f} of "
        f"{amount(daily['waiting'].sum(), 'message')} waiting, "
        f"{amount(daily['promos'].sum(), 'promotion')} among them. "
    )
    counts = events["kind"].value_counts()
    orders, sent = story.of("order"), story.of("invitation sent")
    came = int(sent["what"].str.endswith(": joined").sum())
    paid = f", {orders['value'].sum():,.0f} CNY" if len(orders) else ""
    text += (
        f"Wrote {amount(counts.get('posted', 0), 'message')} and got "
        f"{amount(counts.get('reply received', 0), 'reply')}. "
        f"{amount(len(orders), 'order')}{paid}. Sent {amount(len(sent), 'invitation')}"
    ).replace(". no order", ". No order")
    return text + (f", of which {came} brought somebody in." if came else ".")


def _never_joined(story: Any) -> str:
    asked = story.of("invitation received")
    waited = story.of("waiting")
    text = f"Never joined in {amount(story.scenario.days, 'day')}."
    if len(waited):
        text += f" Asked to be let in {_on(waited['time'].iloc[0])}, but the group was full."
    if len(story.of("order")):
        text += f" Bought {_times(len(story.of('order')))} all the same, out of a rival's group."
    if asked.empty:
        return text + " Was not invited by anyone either."
    results = Counter(str(what).rpartition(": ")[2] for what in asked["what"])
    how = [f"{result} {_times(n)}" for result, n in results.most_common()]
    return text + f" Was invited {_times(len(asked))}: {_listed(how)}."


def _times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n:,} times")


def _episodes(story: Any) -> Iterable[tuple[int, int]]:
    """First and last of weeks that are told together: weeks of reading alone are one episode."""
    weeks = (story.scenario.days + _WEEK - 1) // _WEEK
    told = story.events[~story.events["kind"].isin(_ROUTINE)]
    busy = {max(0, int(day) - 1) // _WEEK for day in told["day"]}
    first = 0
    while first < max(1, weeks):
        last = first
        while first not in busy and last + 1 < weeks and last + 1 not in busy:
            last += 1
        yield first, last
        first = last + 1


def _name_of_weeks(first: int, last: int, days: int) -> str:
    name = f"Week {first + 1}" if first == last else f"Weeks {first + 1} to {last + 1}"
    end = max(1, min(days, (last + 1) * _WEEK))
    return f"{name} (days {first * _WEEK + 1} to {end})"


def _weeks(story: Any, first: int, last: int) -> list[str]:
    """The lines of some weeks, empty when there is nothing to tell."""
    events, daily = story.events, story.daily
    low, high = first * _WEEK, (last + 1) * _WEEK
    days = daily[(daily["day"] > low) & (daily["day"] <= high)]
    of_weeks = events[(events["day"] > low) & (events["day"] <= high)]
    if first == 0:
        of_weeks = events[events["day"] <= high]
    lines = _comings(of_weeks, ("invitation received", "waiting", "joined"))
    lines += _reading(days, of_weeks[of_weeks["kind"] == "session"]["what"])
    lines += _talk(of_weeks)
    lines += _purchases(story, of_weeks)
    lines += _sent(of_weeks[of_weeks["kind"] == "invitation sent"])
    lines += _comings(of_weeks, ("removed", "passed on", "muted", "unmuted"))
    left = of_weeks[of_weeks["kind"] == "left"]["time"]
    lines += _state(days) if lines or len(left) else []
    return lines + [line for time in left for line in _exit(story, time)]


def _comings(events: Any, kinds: tuple[str, ...]) -> list[str]:
    chosen = events[events["kind"].isin(kinds)]
    return [f"{_dated(row.time)}: {row.what}." for row in chosen.itertuples()]


def _reading(days: Any, visits: Any) -> list[str]:
    sessions, looks = days["sessions"].sum(), days["looks"].sum()
    if not sessions + looks:
        return []
    looked = f" and {amount(looks, 'further look')}" if looks else ""
    waiting, read, promos = (days[name].sum() for name in ("waiting", "read", "promos"))
    text = f"{amount(sessions, 'visit')}{_why(visits)}{looked}: "
    text += f"{read:,.0f} of {amount(waiting, 'message')} read" if waiting else "nothing to read"
    return [text + (f", {amount(promos, 'promotion')} among them." if waiting else ".")]


def _why(visits: Any) -> str:
    """What brought the visits, the most frequent first; nothing where all were planned."""
    about = [str(what).partition(": ")[0].partition(", ") for what in visits]
    causes = Counter(cause for cause, _, _ in about)
    reading = sum(how == ONLY_READ for _, _, how in about)
    parts = [f"{n} {cause}" for cause, n in causes.most_common()]
    parts = [] if set(causes) <= {CAUSES[0]} else parts
    parts += [f"{reading} {ONLY_READ}"] if reading else []
    return f" ({', '.join(parts)})" if parts else ""


def _talk(events: Any) -> list[str]:
    posted = events[events["kind"] == "posted"]
    replies = events[events["kind"] == "reply received"]
    lines = []
    if len(posted):
        kinds = Counter(str(what).partition(",")[0] for what in posted["what"])
        text = ", ".join(amount(n, kind) for kind, n in kinds.most_common())
        whom = _persons(posted["who"])
        lines.append(f"Wrote {text}{f'; answered {whom}' if whom else ''}.")
    if len(replies):
        operator = " and the operator" if (replies["who"] < 0).any() else ""
        whom = _persons(replies["who"]) + operator
        whom = whom.removeprefix(" and ")
        lines.append(f"Got {amount(len(replies), 'reply')}, from {whom}.")
    return lines


def _persons(numbers: Any) -> str:
    """Whom: the most frequent by number, the others counted."""
    found = Counter(int(number) for number in numbers if number >= 0).most_common()
    named = [f"{row} ({_times(n)})" if n > 1 else str(row) for row, n in found[:_MOST_NAMED]]
    if not named:
        return ""
    more = len(found) - len(named)
    named += [amount(more, "other")] if more else []
    return f"{'member' if len(found) == 1 else 'members'} {_listed(named)}"


def _purchases(story: Any, events: Any) -> list[str]:
    lines = []
    orders = events[events["kind"] == "order"]
    told = set()
    for row in list(orders.itertuples())[:_MOST_NAMED]:
        reasons = "Reasons as above." if row.time in told else _reasons(story, row.time)
        lines.append(f"{_dated(row.time)}: {row.what}. {reasons}".rstrip())
        told.add(row.time)
    if len(orders) > _MOST_NAMED:
        lines.append(f"{amount(len(orders) - _MOST_NAMED, 'further order')}.")
    missed = events[events["kind"] == "no order"]
    if len(missed):
        chances = [_cause(story, time, "no order", "chance") for time in missed["time"]]
        text = f"{amount(len(missed), 'need')} ended without an order"
        first = missed["time"].iloc[0]
        reasons = "Reasons as above." if first in told else _reasons(story, first)
        if len(missed) > 1 and first not in told:
            reasons = f"{reasons.removesuffix('.')} at the first of them."
        lines.append(f"{text} (chance {_range(chances)}). {reasons}")
    return lines


def _range(chances: list[float]) -> str:
    low, high = f"{100 * min(chances):.1f}", f"{100 * max(chances):.1f}"
    return f"{low} %" if low == high else f"{low} to {high} %"


def _cause(story: Any, time: float, of: str, term: str) -> float:
    rows = story.causes
    chosen = rows[(rows["time"] == time) & (rows["of"] == of) & (rows["term"] == term)]
    return float(chosen["value"].iloc[0])


def _reasons(story: Any, time: float) -> str:
    """The terms of the utility at a purchase occasion, the heaviest first."""
    rows = story.causes
    rows = rows[(rows["time"] == time) & rows["of"].isin(("order", "no order"))]
    if rows.empty:  # the need arose in the group of a rival, who knows the reasons
        return ""
    terms = {
        str(row.term): float(row.value)
        for row in rows.drop_duplicates("term").itertuples()
        if row.term not in ("chance", "luck") and abs(row.value) >= 0.005
    }
    ordered = sorted(terms.items(), key=lambda item: -item[1])
    for_it = [f"{name} +{value:.2f}" for name, value in ordered if value > 0]
    against = [f"{name} {value:.2f}" for name, value in reversed(ordered) if value < 0]
    sides = [f"{side}: {', '.join(t)}" for side, t in (("For", for_it), ("against", against)) if t]
    return f"{'; '.join(sides)}; in all {sum(terms.values()):+.2f}."


def _sent(sent: Any) -> list[str]:
    if sent.empty:
        return []
    parts = []
    results = sent["what"].str.rpartition(": ")[2]
    for result, n in Counter(results).most_common():
        if result == "joined":
            parts.append(f"{_persons(sent['who'][results == result])} joined")
        else:
            parts.append(f"{n} {result}")
    return [f"Sent {amount(len(sent), 'invitation')}: {', '.join(parts)}."]


def _exit(story: Any, time: float) -> list[str]:
    """Why the member left: the terms at that moment, and over the whole membership."""
    rows = story.causes[story.causes["time"] == time]
    now = _terms(rows[rows["of"] == "exit"])
    whole = now.pop("whole")
    names = sorted(now, key=lambda name: -abs(now[name]))
    shown = ", ".join(f"{name} {now[name]:+.2g}" for name in names if now[name])
    lines = [f"{_dated(time)}: left. The hazard was {whole:.2g} a day (by term: {shown})."]
    most = max(now, key=lambda name: now[name])
    if now[most] > 0.0:
        lines[0] += f" What weighed most: {_plainly(most)}."
    total = _terms(rows[rows["of"] == "membership"])
    joins = story.of("joined")["time"]
    from_start = joins[joins <= time].iloc[-1] >= 0.0
    since, lot = ("joining", "") if from_start else ("day 0", "what was left of ")
    lines.append(
        f"Since {since} the risk had added up to {total['whole']:.3g}, which was {lot}"
        f"this member's lot (1 on average){_shares(total)}."
    )
    return lines


def _shares(total: dict[str, float]) -> str:
    """What the risk of leaving was made of: what pushed first, then what held back."""
    shares = {name: value / total["whole"] for name, value in total.items() if name != "whole"}
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    words = [f"{name} {100 * value:+.0f} %" for name, value in ordered if abs(value) >= 0.005]
    return f": {', '.join(words)}; what is below 0 held back"


def _terms(rows: Any) -> dict[str, float]:
    return {str(row.term): float(row.value) for row in rows.itertuples()}


def _plainly(term: str) -> str:
    return "the base rate that everyone has" if term == BASE_RATE else term


def _state(days: Any) -> list[str]:
    here = days[days["habit"].notna()]
    if here.empty:
        return []
    last = here.iloc[-1]
    stocks = ", ".join(
        f"{name} {last[name]:.2f}"
        for name in ("habit", "willingness", "belonging", "irritation", "attitude")
    )
    awareness = f"awareness {last['awareness']:.1f} exposures"
    return [f"At the end of day {int(last['day'])}: {stocks}, {awareness}."]


def _against_record(story: Any) -> str:
    if story.differs is None:
        return ""
    if not story.differs:
        return "Played again: every outcome is the one recorded."
    named = ", ".join(story.differs[:_MOST_NAMED])
    verb = "differs" if len(story.differs) == 1 else "differ"
    return (
        f"Played again, {amount(len(story.differs), 'outcome')} {verb} from what was recorded "
        f"({named}). Another version of shequn made that run, or parameters were changed on its "
        "way; this is the story as it is played now."
    )


def _dated(time: float) -> str:
    return f"Day {_short(time)}"


def _on(time: float) -> str:
    if time < 0.0:
        return f"{amount(-round(time), 'day')} before day 0"
    return "at the start" if time == 0.0 else f"on day {_short(time)}"


def _short(time: float) -> str:
    return f"{time:.1f}".removesuffix(".0")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
