"""Go on with a community that was saved at a midnight: the same bits as an uninterrupted run."""

from __future__ import annotations

import argparse
from pathlib import Path

from shequn.commands.options import (
    add_out,
    add_trust,
    at_least,
    compile_first,
    progress,
)
from shequn.commands.run_command import add_outputs, write

EXAMPLES = """examples:
  shequn run wechat-group --days 90 --save day90.shequn
  shequn continue day90.shequn --days 90
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn continue``."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a saved community")
    parser.add_argument("--days", type=at_least(0), required=True, metavar="N", help="further days")
    add_outputs(parser)
    add_trust(parser)
    add_out(parser, "results/continue-NAME-001, the next free number")


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn continue``."""
    from shequn.agents.errors import Problem, ScenarioError
    from shequn.experiments.runs.run import Run
    from shequn.experiments.runs.store import fresh_folder
    from shequn.model.snapshot import check_new
    from shequn.model.world import World

    community = World.resume(options.file, trust=options.trust)
    community.threads = options.threads
    if options.messages and community.message_log is None:
        words = f"{options.file} was saved by a run without --messages"
        raise ScenarioError([Problem("--messages", words)])
    with fresh_folder(f"continue-{community.settings.name}", options.out) as folder:
        if options.save:
            check_new(options.save)
        compile_first(community.settings)
        with progress("days", options.days) as show:
            community.play(options.days, lambda day: show(day, options.days))
        write(Run(community), folder, options)
    return 0
