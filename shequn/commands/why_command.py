"""The story of one member: the run is played again, bit for bit, while this member is watched.

Without --member: people of the run who are worth a look. With --out the story is also written as
text, tables and a picture.
"""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from shequn.commands.layout import print_table, print_text, screen_width
from shequn.commands.options import (
    add_length,
    add_out,
    add_reading,
    add_trust,
    compile_first,
    number,
    progress,
    unit_shown,
)
from shequn.experiments.runs.words import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from shequn.experiments.why.why import Source, Story

EXAMPLES = """examples:
  shequn why results/run-wechat-group-001
  shequn why results/run-wechat-group-001 --member 1723
  shequn why wechat-group --member 1723 --days 90 --seed 7 --out results/member-1723
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn why``."""
    parser.add_argument(
        "run", metavar="RUN",
        help="folder that shequn run wrote; or the name of a scenario, or a TOML file",
    )  # fmt: skip
    parser.add_argument(
        "--member", type=int, metavar="N", help="number of the person, as in members.csv"
    )
    add_length(parser)
    add_reading(parser)
    add_trust(parser)
    add_out(parser, "nothing is written without it")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn why``."""
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.why.why import check_member, source_of

    source = source_of(
        options.run, options.days, options.seed, reading=options.reading, trust=options.trust
    )
    if options.member is None:
        if options.out:
            raise ScenarioError([Problem("--out", "needs --member: whose story is written?")])
        compile_first(source.scenario)
        _show_people(source, options)
        return 0
    check_member(options.member, source.scenario, "--member")
    if options.out is None:
        _show(_story(source, options.member))
        return 0
    _write(source, options)
    return 0


def _show(story: Story) -> None:
    from shequn.experiments.why.text import tell

    width = screen_width()
    print_text(story if width is None else tell(story, min(width, 80)))


def _story(source: Source, member: int) -> Story:
    from shequn.experiments.why.why import tell_story, warm_up, work_of_days

    _compile(warm_up)
    work = work_of_days(source, member).tolist()
    with progress("days", source.scenario.days, work) as show:
        return tell_story(source, member, lambda day: show(day, source.scenario.days))


def _compile(warm_up: Callable[[], None]) -> None:
    """Compile what the watched days need; say so when it is slow."""
    words = "shequn: compiling the agents engine, once for this version: about a minute ..."
    timer = threading.Timer(2.5, lambda: print_text(words, stream=sys.stderr))
    timer.daemon = True
    timer.start()
    try:
        warm_up()
    finally:
        timer.cancel()


def _write(source: Source, options: argparse.Namespace) -> None:
    from shequn.experiments.runs import store
    from shequn.views.style import save
    from shequn.views.why_figures import life

    name = f"why-{source.scenario.name}-{options.member}"
    with store.fresh_folder(name, options.out) as folder:
        story = _story(source, options.member)
        facts = store.manifest(
            story.scenario, "why", member=story.member, seed=story.scenario.seed,
            days=story.scenario.days, run=Path(options.run),
        )  # fmt: skip
        store.write_manifest(folder, facts)
        store.write_text(folder / "story.txt", f"{story}\n")
        for table in ("events", "causes", "daily"):
            text = getattr(story, table).to_csv(index=False, lineterminator="\n")
            store.write_text(folder / f"{table}.csv", text)
        if story.scenario.days:
            save(life(story), folder / "life.png")
    _show(story)
    print_text(f"written to {folder}")


def _show_people(source: Source, options: argparse.Namespace) -> None:
    from shequn.experiments.why.why import find_people

    scenario = source.scenario
    with progress("days", scenario.days) as show:
        found = find_people(source, lambda day: show(day, scenario.days))
    rows = [
        [
            str(line["role"]), str(line["member"]), number(float(line["value"])),
            unit_shown(str(line["unit"])),
        ]
        for line in found.to_dict("records")
    ]  # fmt: skip
    title = f"People of {scenario.name}, {counted(scenario.days, 'day')}, seed {scenario.seed}"
    if not rows:
        print_text(f"{title}: nothing has happened")
        return
    print_table(title, ["who", "member", "value", "unit"], rows)
    length = [f"--{name} {value}" for name, value in _length(options).items()]
    words = " ".join(["shequn why", options.run, f"--member {rows[0][1]}", *length])
    print_text(f"to look at the life of the first of them: {words}")


def _length(options: argparse.Namespace) -> dict[str, int | str]:
    given = {name: getattr(options, name) for name in ("days", "seed", "reading")}
    return {name: value for name, value in given.items() if value is not None}
