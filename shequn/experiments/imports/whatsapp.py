"""WhatsApp: the text file of "Export chat", of Android and of iOS, in many languages.

Shapes: ``31.12.23, 23:59 - NAME: text`` (Android), ``[31/12/2023, 11:59:00 PM] NAME: text`` (iOS);
lines without a time go on with the message above. What the program writes has no name (Android), or
begins with a mark that steers the direction of writing (iOS).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from shequn.experiments.imports.collector import Collector, clean_name
from shequn.experiments.imports.dates import CLOCK, DATE, SECONDS_PER_DAY
from shequn.experiments.imports.marks import KIND, marked, marks_of
from shequn.experiments.imports.notices import NO_NAME, WHATSAPP, notice_of, take
from shequn.experiments.imports.sources import Source, encoding_of, lines_of

_AT = r",?\s?(?:klo |kl\. ?|um |at |à |às |alle )?"
HEADER = re.compile(
    rf"[\u200e\u200f\u202a-\u202e\ufeff]*(\[)?({DATE}){_AT}({CLOCK})(?(1)\]| [-–—]) ?"
)
_BEFORE_MESSAGE = "words before the first message"
_NONE = "\n"  # what no line begins with


def is_it(head: str, source: Source) -> bool:
    """Whether a text begins as an export of WhatsApp."""
    lines = head.split("\n", 20)[:20]
    return source.ending == ".txt" and any(HEADER.match(line) for line in lines)


def read(sources: list[Source], collector: Collector, told: Callable[[int], None]) -> None:
    """Take every message of an export; each file is a group of its own.

    Parameters
    ----------
    sources : list of Source
        Its text files.
    collector : Collector
        Takes them.
    told : callable
        Called with the number of bytes that have been read since the last call.
    """
    for source in sources:
        _read_one(source, collector, told)


def _read_one(source: Source, collector: Collector, told: Callable[[int], None]) -> None:
    collector.dates.begin_file()
    community = collector.community_of(source.stem)
    dates, people = collector.dates, collector.people
    length, marks = collector.length, collector.marks
    seconds, persons, communities = collector.second, collector.person, collector.community
    first_seen = collector.first_seen
    match, goes_on, number = HEADER.match, False, 0
    bracket, last_date, last_clock, midnight, of_day, second = None, "", "", 0, 0, 0
    stamp = _NONE
    for batch in lines_of(source, encoding_of(source.head()), told):
        for line in batch:
            number += 1
            if line is None:
                collector.miss(f"{source.place}, line {number:,}", "a line longer than any message")
                continue
            if line.startswith(stamp):  # of the same minute as the message above
                rest = line[len(stamp) :]
            else:
                found = match(line)
                if found is None:
                    if goes_on:
                        length[-1] += len(line) + (length[-1] > 0)
                        marks[-1] |= marks_of(line)
                    elif line and not line.isspace() and not len(collector):
                        collector.miss(f"{source.place}, line {number:,}", _BEFORE_MESSAGE)
                    continue
                bracket, date, clock = found.groups()
                if date != last_date:
                    last_date, code = date, dates.number(date)
                    first_seen.setdefault(code, f"{source.place}, line {number:,}")
                    midnight = code * SECONDS_PER_DAY
                if clock != last_clock:
                    last_clock, of_day = clock, dates.clock(clock)
                stamp, rest = found.group(), line[found.end() :]
                second = midnight + of_day
            if of_day < 0:
                goes_on = False
                collector.miss(f"{source.place}, line {number:,}", "an impossible time of day")
                continue
            name, colon, text = rest.partition(": ")
            if not colon and rest.endswith(":"):
                name, colon, text = rest[:-1], ":", ""
            person = people.get(name)
            if person is None or not colon or (bracket and text[:1] == "\u200e"):
                person = _author(collector, second, community, rest, name, colon, text)
                if person < 0:
                    goes_on = False
                    continue
            mark, characters = marked(text)
            goes_on = True
            seconds.append(second)
            communities.append(community)
            persons.append(person)
            marks.append(mark)
            length.append(characters)


def _author(
    collector: Collector, second: int, community: int, rest: str, name: str, colon: str, text: str
) -> int:
    """Who wrote a line whose name is new, or that may be the program's; -1: it is a notice."""
    shown = clean_name(name)
    marked_text = bool(colon) and text[:1] == "\u200e"  # the program's, or in place of a picture
    if marked_text and shown and marked(text)[0] & KIND:
        pass
    elif not colon or not shown or marked_text or NO_NAME.search(name):
        notice = notice_of(text if marked_text else rest, WHATSAPP)
        if notice is not None:
            take(collector, second, community, notice)
        collector.notices += 1
        return -1
    person = collector.person_of(shown)
    collector.people[name] = person
    collector.alias(community, shown, person)
    return person
