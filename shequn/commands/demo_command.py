"""The main job: sweep group size against promo share, and lay simulated rooms over real ones."""

from __future__ import annotations

import argparse

from shequn.commands.effort import Terminal, add_effort, width_of
from shequn.commands.options import add_length, add_out, progress
from shequn.commands.sweep_command import ask, show

EXAMPLES = """examples:
  shequn demo
  shequn demo --replicates 4 --days 90
"""
_VARY = ("group.capacity=50,100,200,500", "policy.promo_share=0:0.3:8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn demo``."""
    add_length(parser)
    add_effort(parser)
    add_out(parser, "results/sweep-wechat-group-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn demo``."""
    from shequn.experiments.designs.sweep_section import points_of
    from shequn.experiments.facts.rooms import real_rooms
    from shequn.experiments.facts.simulated_records import records
    from shequn.experiments.facts.tiers import archived_rooms, rooms_of
    from shequn.model.scenario import Scenario
    from shequn.views.rooms import rooms_figure
    from shequn.views.style import save

    values = {f"run.{name}": getattr(options, name) for name in ("days", "seed")}
    values = {path: value for path, value in values.items() if value is not None}
    scenario = Scenario.load("wechat-group").with_values(values)
    with Terminal(options, width_of(scenario.focus)) as terminal:
        result = ask(scenario, points_of(scenario, _VARY), terminal.effort(), options)
        rooms = Scenario.load("study-room")
        with progress("days of the rooms", rooms.days) as shown:
            found = records(rooms, seed=scenario.seed, progress=shown)
        target = result.results.folder / "rooms.png"
        target.unlink(missing_ok=True)
        save(rooms_figure(rooms_of(archived_rooms(found)), real_rooms()), target)
        show(result, options)
        return 1 if len(result.failures) else 0
    return 0
