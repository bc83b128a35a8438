"""The main job: sweep group size and promotions a week; lay simulated rooms over real ones."""

from __future__ import annotations

import argparse
from dataclasses import replace

from shequn.commands.effort import Terminal, add_effort, width_of
from shequn.commands.options import add_length, add_out, progress
from shequn.commands.report import report
from shequn.commands.sweep_command import show

EXAMPLES = """examples:
  shequn demo
  shequn demo --replicates 4 --days 90

The sweep is the study shequn.experiments.studies.group_size_and_promotions: a script of some 60
lines to copy and change.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn demo``."""
    add_length(parser)
    add_effort(parser)
    add_out(parser, "results/sweep-wechat-group-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn demo``."""
    from shequn.experiments.facts.rooms import real_rooms
    from shequn.experiments.facts.simulated_records import records
    from shequn.experiments.facts.tiers import archived_rooms, rooms_of
    from shequn.experiments.studies.group_size_and_promotions import (
        SCENARIO,
        otherwise,
        study,
        tell,
    )
    from shequn.model.scenario import Scenario
    from shequn.views.rooms import rooms_figure
    from shequn.views.style import save

    with Terminal(options, width_of(Scenario.load(SCENARIO).focus)) as terminal:
        effort = replace(terminal.effort(), days=options.days, seed=options.seed)
        result = study(effort)
        others = otherwise(effort)
        rooms = Scenario.load("study-room")
        with progress("days of the rooms", rooms.days) as shown:
            found = records(rooms, seed=result.one.scenario.seed, progress=shown)
        target = result.results.folder / "rooms.png"
        target.unlink(missing_ok=True)
        save(rooms_figure(rooms_of(archived_rooms(found)), real_rooms()), target)
        if options.json:
            show(result, options)
        else:
            tell(result, others)
            report(result.results)
        return 1 if len(result.failures) else 0
    return 0
