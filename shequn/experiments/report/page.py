"""The page: its parts in order, each a heading and blocks of words, tables, commands, figures."""

from __future__ import annotations

from collections.abc import Callable

from shequn import __version__
from shequn.agents.errors import readable
from shequn.experiments.report import asking, changes, details, own
from shequn.experiments.report.answer import (
    GROUP,
    PROMOTIONS,
    SEEDING,
    SEEDS,
    Answer,
    Decision,
)
from shequn.experiments.report.blocks import (
    Block,
    Card,
    Cards,
    Command,
    Page,
    Picture,
    Points,
    Section,
    Table,
    Words,
)
from shequn.experiments.report.facts import HANGS, ONE, SINGLE
from shequn.experiments.report.folder import PARTS, Mine, Told
from shequn.experiments.report.panels import panels_of
from shequn.experiments.report.sentences import Language

AUDIENCES = ("strategist", "researcher", "student")
_PART_OF: dict[str, str] = dict(zip((PROMOTIONS, GROUP, SEEDS), PARTS, strict=True))
_ARMS = 8  # that are listed
_DRAWN = 3  # things that were varied, in the figure
_OPEN = 6  # numbers that are named of those that nothing settles
_LOOKS = 8  # rows of one's own group, for who wants the answer


def page_of(found: Told | Mine, language: str = "en", audience: str = AUDIENCES[0]) -> Page:
    """The page that tells a folder.

    Parameters
    ----------
    found : Told or Mine
        From `shequn.experiments.report.folder.open_folder`.
    language : str
        ``en`` or ``zh``.
    audience : str
        One of `AUDIENCES`: a strategist gets the answer, a researcher also how it was found, a
        student also what the words mean.

    Returns
    -------
    Page
        Nothing in it is escaped yet.
    """
    return _Making(found, Language(language), audience).page()


class _Making:
    """A page that is being made."""

    def __init__(self, found: Told | Mine, words: Language, audience: str) -> None:
        self.words, self.audience = words, audience
        self.mine = found if isinstance(found, Mine) else None
        told = found.parts if isinstance(found, Mine) else {"": found}
        self.answers = {name: Answer(each) for name, each in told.items()}
        self.main = next(iter(self.answers.values()))
        self.folder = found.folder
        self.say = words.say

    def page(self) -> Page:
        """All of it."""
        parts: list[tuple[str, Callable[[], list[Block]], bool]] = [
            ("mine.head", self.group, self.mine is not None),
            ("head.decide", self.cards, True),
            ("head.change", self.change, self.mine is not None),
            ("head.figure", self.figure, True),
            ("head.costs", self.costs, True),
            ("head.funnel", self.funnel, True),
            ("head.change", self.change, self.mine is None),
            ("head.again", self.again, True),
            ("head.design", self.design, self.audience == "researcher"),
            ("head.differing", self.differing, self.audience == "researcher"),
            ("head.points", self.points, self.audience == "researcher"),
            ("head.terms", self.terms, self.audience == "student"),
            ("head.try", self.tries, self.audience == "student"),
        ]
        halves = {"head.costs", "head.funnel"} if self.slim else set()
        sections = [
            Section(self.say(head), make(), head in halves)
            for head, make, wanted in parts
            if wanted
        ]
        above = self.say("mine.title") if self.mine else readable(self.main.told.title, 120)
        folder = readable(self.folder.resolve().name, 80)
        return Page(
            self.words.name, self.question(), above, self.lead(), self.say("head.answer"),
            self.answer(), sections, self.say("foot", version=__version__, folder=folder),
        )  # fmt: skip

    @property
    def slim(self) -> bool:
        """Whether tables have one column of numbers."""
        return len(self.main.levels) == 1 and not self.main.told.compares

    # 1, 2 The question and the answer

    def asked(self) -> list[tuple[Answer, Decision, str]]:
        """What was varied, with the question about it: arms together where they vary many things.

        Of a group of one's own each part has one question.
        """
        found = []
        for part, answer in self.answers.items():
            own = list(answer.decisions.values())
            if answer.told.compares and part != PARTS[2]:
                whole = [each for each in own if len(each.places) == len(answer.points)]
                own = whole or [self.arms(answer)]
            elif part == PARTS[2]:
                own = [self.seeds(answer)]
            elif part:
                own = [each for each in own if _PART_OF.get(each.key) == part] or own
            found += [(answer, each, self.question_of(answer, each)) for each in own]
        return found

    def arms(self, answer: Answer) -> Decision:
        """The choice among whole arms."""
        return Decision("arm", "arm", answer.choice, {k: k for k in answer.points})

    def seeds(self, answer: Answer) -> Decision:
        """The choice among arms that differ in whom they seed with."""
        own = answer.decisions.get(SEEDS)
        if own and len(own.places) == len(answer.points):
            return own
        return Decision(SEEDS, SEEDING, answer.choice, {k: k for k in answer.points})

    def question_of(self, answer: Answer, decision: Decision) -> str:
        """What is asked of one thing, without a question mark."""
        if decision.key != "arm":
            return self.words.question(decision.key, decision.path)
        first = self.words.named(answer.choice.options[0])
        n = len(answer.choice.options) - 1
        if n == 1:
            other = self.words.named(answer.choice.options[1])
            return self.say("ask.arm.1", first=first, other=other)
        return self.words.question("arm", "arm", n=n, first=first)

    def question(self) -> str:
        """The question: what the title says."""
        asked = self.asked()
        arms = all(decision.key == "arm" for _, decision, _ in asked)
        text = self.words.listed([question for _, _, question in asked])
        text += self.say(f"end.{'arm' if arms else 'question'}")
        return text[:1].upper() + text[1:]

    def lead(self) -> str:
        """How options were compared."""
        told = self.main.told
        outcome = self.words.by(self.main.main)
        text = self.say("ask.compared", outcome=outcome, days=told.days or "?")
        return text + self.say("space") + self.say("ask.each") if self.main.each else text

    def answer(self) -> str:
        """One sentence, no surer than its intervals; of one's own group one for each question."""
        if self.mine:
            said = [own.answered(a, d, question, self.words) for a, d, question in self.asked()]
            stop = self.say("stop")
            return self.say("space").join(each[:1].upper() + each[1:] + stop for each in said)
        parts: list[str] = []
        for answer in self.answers.values():
            asked = [(decision, question) for a, decision, question in self.asked() if a is answer]
            said = self.words.best(asked, answer.levels)
            if len(asked) > 1 and answer.choice.kind == HANGS:
                said += self.say("best.apart")
            parts.append(said + self.gain(answer, asked[0][0]))
        text = self.say("semicolon").join(parts) + self.say("stop")
        return text[:1].upper() + text[1:]

    def base(self, answer: Answer, decision: Decision) -> str:
        """What options are told against."""
        place = (decision.places.get(0) if answer.told.compares else decision.base) or 0
        option = self.words.option(decision.key, decision.choice.options[place])
        return self.words.what(decision.key, decision.path, option)

    def gain(self, answer: Answer, decision: Decision) -> str:
        """What the options that hold add."""
        choice = answer.choice
        if choice.kind == SINGLE or (choice.kind == ONE and answer.base_holds) or not answer.base:
            return ""
        base = self.base(answer, decision)
        if answer.base_holds:
            return self.say("gain.own" if decision.key == GROUP else "gain.base", base=base)
        of = self.say("gain.each") if answer.each else ""
        if answer.main not in (answer.money, answer.orders):
            of += self.say("gain.of", outcome=self.words.outcome(answer.main))
        return self.words.gain(answer.gain(answer.compared), base, answer.levels, of)

    # 3 The cards

    def cards(self) -> list[Block]:
        """Promotions, size, seeds, and whatever else was varied."""
        found: dict[str, Card] = {}
        for answer, decision in self.all_decisions():
            if decision.key not in found:
                found[decision.key] = self.card(answer, decision)
        first = [found.pop(key, None) or self.not_asked(key) for key in (PROMOTIONS, GROUP, SEEDS)]
        return [Cards([*first, *list(found.values())[:6]])]

    def all_decisions(self) -> list[tuple[Answer, Decision]]:
        """Everything that is told of one thing to decide, the best told first."""
        asked = [(answer, decision) for answer, decision, _ in self.asked()]
        more = [(a, d) for a in self.answers.values() for d in a.decisions.values()]
        return [(a, d) for a, d in [*asked, *more] if d.key != "arm"]

    def card(self, answer: Answer, decision: Decision) -> Card:
        """What holds of one thing."""
        words, key = self.words, decision.key
        small = [words.card(decision, answer.levels)]
        if self.mine and decision.own is not None:
            yours = words.option(key, decision.choice.options[decision.own])
            small.append(self.say("own.yours", x=yours))
        ends = {(True, True): "ends", (True, False): "least", (False, True): "most"}
        end = ends.get((decision.least, decision.most))
        small += [self.say(f"card.{end}")] if end else []
        small += [self.say("card.loyal")] * ("loyal" in decision.choice.options)
        known = key in (PROMOTIONS, GROUP, SEEDS)
        head = self.say(f"card.{key}") if known else readable(decision.path, 60)
        return Card(head, words.range_(decision), small)

    def not_asked(self, key: str) -> Card:
        """That nothing is told of one thing, and what asks it."""
        head, large = self.say(f"card.{key}"), self.say("card.not")
        if self.mine:
            return Card(head, large, [self.say("mine.without")])
        return Card(
            head,
            large,
            [self.say("card.ask")],
            asking.sweep(self.main.told, key, "--reading", "all"),
        )

    # 4 The figure

    def figure(self) -> list[Block]:
        """A panel for each thing that was varied, of orders and of money."""
        main = self.main
        asked = self.asked()
        panels = [panels_of(answer, each, self.words) for answer, each, _ in asked[:_DRAWN]]
        drawn = [len(line.x) for row in panels for panel in row for line in panel.lines]
        if main.told.compares and not asked[0][1].choice.numeric:
            first = self.words.named(main.choice.options[0])
            what = self.say("figure.differences", first=first)
        else:
            what = self.say("figure.added" if main.adds else "figure.within")
        if len(main.decisions) > 1 and main.told.factorial:
            rest = self.say("figure.rest", what=self.label(main, main.reference))
            what = self.say("semicolon").join([what, rest])
        if not main.told.factorial and not main.told.compares and max(drawn) < len(main.points):
            some = self.say("figure.some", n=max(drawn), all_=f"{len(main.points):,}")
            what = self.say("semicolon").join([what, some])
        many = sorted({answer.told.replicates for answer in self.answers.values()})
        n = " ... ".join(dict.fromkeys(f"{each:,}" for each in (many[0], many[-1])))
        key = "own.caption" if self.mine else "figure.caption"
        key = key if many[0] > 1 else "figure.one"
        return [Picture(panels, self.say(key, n=n, what=what))]

    # 5, 6 Costs and the funnel

    def label(self, answer: Answer, point: int) -> str:
        """A point in words."""
        if answer.told.compares and not self.mine:
            return self.words.option("arm", answer.choice.options[point])
        parts = []
        for decision in answer.decisions.values():
            option = decision.choice.options[decision.places[point]]
            named = self.words.option(decision.key, option)
            parts.append(self.words.what(decision.key, decision.path, named))
        named = self.words.option("arm", answer.choice.options[point])
        return self.say("comma").join(parts) or named

    def costs(self) -> list[Block]:
        """What the best option costs and adds; of a comparison also how the others differ."""
        answer, words = self.main, self.words
        rows = answer.costs()
        what = self.label(answer, answer.reference)
        said = self.say("costs.at", what=what, days=answer.told.days or "?") + self.say("space")
        earns = answer.over_levels(answer.money, answer.reference)
        said += words.earns(earns, answer.levels) if answer.adds else self.say("within")
        blocks: list[Block] = [Words(said)]
        shown, groups = [], {}
        for name, cells in rows.items():
            whole, _, each = name.partition("/")
            if each and "costs.month" not in groups.values():
                groups[len(shown)] = "costs.month"
            elif not each and not groups:
                groups[0] = "costs.whole"
            kind = {answer.money: "money", answer.orders: "orders"}.get(whole)
            key = f"costs.{kind or whole}{'/' * bool(each)}{each}"
            inside = ".within" if kind and not answer.adds else ""
            shown.append([(self.say(key + inside), ""), *map(words.cell, cells)])
        heads = [words.level(each) if each else self.say("table.mean") for each in answer.levels]
        named = {row: self.say(key) for row, key in groups.items()}
        blocks.append(Table([self.say("table.measure"), *heads], shown, named))
        if self.mine and answer.told.factor < 1.0:
            scaled = own.simulated(self.mine, words) + self.say("stop")
            blocks.append(Words(scaled, "small"))
        return blocks + (self.differences(answer) if answer.told.compares else [])

    def differences(self, answer: Answer) -> list[Block]:
        """How the arms of a comparison differ from the first."""
        names = ["costs", answer.orders, answer.money]
        names += [answer.main] * (answer.main not in names)
        rows = [
            [
                (self.words.named(answer.choice.options[k]), ""),
                *(self.words.cell(answer.over_levels(name, k, 0)) for name in names),
            ]
            for k in answer.points[1 : _ARMS + 1]
        ]
        first = self.words.named(answer.choice.options[0])
        key = f"costs.differences{'.levels' * (len(answer.levels) > 1)}"
        heads = [self.words.with_unit(name, answer.unit(name)) for name in names]
        more = len(answer.points) - 1 - len(rows)
        return [
            Words(self.say(key, first=first)),
            Table([self.say("table.option"), *heads], rows),
            *([Words(self.say("costs.more", n=more), "small")] if more > 0 else []),
        ]

    def funnel(self) -> list[Block]:
        """How far people get, as far as the folder tells it."""
        answer = self.main
        run = asking.run(answer.told)
        rows = [
            [(self.say(f"funnel.{name.partition('/')[0]}"), ""), *map(self.words.cell, cells)]
            for name, cells in answer.funnel().items()
        ]
        if not rows:
            return [Words(self.say("funnel.none")), Command(run)]
        heads = [self.words.level(e) if e else self.say("table.mean") for e in answer.levels]
        table = Table([self.say("table.step"), *heads], rows)
        return [table, Words(self.say("funnel.note"), "small"), Command(run)]

    # 7 What would change the answer

    def change(self) -> list[Block]:
        """Levels of reading, worlds, assumptions, failures, another version of the model."""
        told = self.main.told
        asked = [decision for answer, decision, _ in self.asked() if answer is self.main]
        against = self.main.against
        base = ""
        if against is not None:
            base = (
                self.base(self.main, asked[0]) if told.compares else self.label(self.main, against)
            )
        items = [
            changes.of_levels(self.main, asked, self.words, base, bool(self.mine)),
            changes.of_worlds(self.main, self.words, bool(self.mine)),
        ]
        if self.mine:
            open_, n = own.unknown(self.mine.folder)
            few = self.words.listed_few(open_, _OPEN)
            said = self.say("change.unknown", k=len(open_), n=n, paths=few)
            items += [(said, "")] if open_ else []
        items.append((self.say("change.assumed"), ""))
        failed = sum(each.told.failed for each in self.answers.values())
        items += [(self.say("change.failed", n=f"{failed:,}"), "")] if failed else []
        if told.other_model:
            model = readable(told.manifest.get("model"), 40)
            items.append((self.say("change.model", model=model), ""))
        return [Points(items)]

    # 8 Do it again, and what only some want

    def again(self) -> list[Block]:
        """The command that computes all of it anew."""
        told = [answer.told for answer in self.answers.values()]
        n = sum(len(each.frame) for each in told)
        blocks: list[Block] = [Words(self.say("again.verify", n=f"{n:,}"))]
        for each in told:
            blocks.append(Command(asking.verify(each)))
        if self.main.told.other_model:
            model = readable(self.main.told.manifest.get("model"), 40)
            blocks.append(Words(self.say("again.other", model=model), "small"))
        return blocks

    def group(self) -> list[Block]:
        """What is given of one's own group, beside what is simulated; misses first."""
        assert self.mine is not None
        few = self.audience == AUDIENCES[0]
        return own.looks_like(self.mine.folder, self.words, _LOOKS if few else 60)

    def design(self) -> list[Block]:
        """Design, seeds, replicates, method, versions."""
        mine = ".own" * (self.mine is not None)
        over, same = self.say(f"method.over{mine}"), self.say(f"method.same{mine}")
        return [
            block
            for answer in self.answers.values()
            for block in details.design(answer, self.words, self.mine)
        ] + [Words(self.say("method", over=over, same=same))]

    def differing(self) -> list[Block]:
        """Parameters that are not the defaults."""
        return details.differing(self.main.told, self.words)

    def points(self) -> list[Block]:
        """The outcome compared at every point and level."""
        return [
            details.points(answer, self.words, lambda k, a=answer: self.label(a, k))
            for answer in self.answers.values()
        ]

    def terms(self) -> list[Block]:
        """What the words mean."""
        return [details.terms(self.words)]

    def tries(self) -> list[Block]:
        """What to try next."""
        told = self.main.told
        at_levels, until = asking.levels(told), f"{self.main.main} +-5%"
        irritation = ("--set", "buy.irritation=0", *at_levels)
        each = {
            "try.irritation": asking.sweep(told, PROMOTIONS, *irritation),
            "try.replicates": asking.anew(told, *at_levels, "--until", until),
            "try.why": asking.why(told),
        }
        if len(told.levels) == 1 and not told.reads:
            each = {"try.levels": asking.anew(told, "--reading", "all"), **each}
        return [Points([(self.say(key), command) for key, command in each.items()])]
