"""The command line: ``shequn COMMAND``; each command in a module of its own, loaded on use."""

from __future__ import annotations

import argparse
import io
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from shequn import __version__
from shequn.commands.layout import print_text
from shequn.commands.parser import Help, Parser

COMMANDS = {
    "run": "run one scenario and write tables and figures",
    "sweep": "vary parameters, every point on the same people and the same luck",
    "compare": "compare scenarios, or one with its alternatives, on the same luck",
    "branch": "play a run up to a day, then go on as before and with a change",
    "why": "the story of one member, with its causes: the run is played again",
    "sensitivity": "find which parameters matter for an outcome, luck set apart",
    "optimise": "search for the best values of some parameters, then confirm them on fresh runs",
    "expect": "hold a scenario to what its section [expect] says: pass, fail or undecided",
    "calibrate": "fit parameters to facts; what the facts do not tell, and which are missed",
    "validate": "hold the named scenarios to measured facts, the model to closed forms",
    "demo": "the main job: group size against promo share, beside real chat rooms",
    "continue": "go on with a saved community",
    "verify": "compute some runs of a results folder again, to see that the same bits come out",
    "check": "check a scenario file and show what differs from the defaults",
    "new": "write a commented scenario file to start from",
    "parameters": "look up parameters: unit, range, default, source",
}

_EPILOG = """examples:
  shequn demo
  shequn run wechat-group --days 90
  shequn sweep wechat-group --vary policy.promo_share=0:0.3:8 --replicates 16
  shequn new my-group && shequn check my-group.toml && shequn run my-group.toml
  shequn parameters irritation

exit codes: 0 done, 1 some runs or expectations failed or verified runs differ, 2 the input is
wrong, 3 expectations undecided, 130 interrupted
"""


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="shequn",
        description="shequn (社群): an agent-based laboratory for community growth.",
        epilog=_EPILOG,
        formatter_class=Help,
    )
    parser.add_argument("--version", action="version", version=f"shequn {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, meaning in COMMANDS.items():
        module = import_module(f"shequn.commands.{name}_command")
        sub = commands.add_parser(
            name,
            help=meaning,
            description=(module.__doc__ or "").strip(),
            epilog=module.EXAMPLES,
            formatter_class=Help,
        )
        module.add_arguments(sub)
        sub.set_defaults(execute=module.execute)
    return parser


@contextmanager
def _interruptible() -> Iterator[None]:
    """End the block with KeyboardInterrupt if there was one, whatever became of it.

    Compilers and compiled code swallow an interruption that reaches them, or turn it into an
    error of their own.
    """
    caught: list[int] = []

    def note(number: int, frame: object) -> None:
        caught.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if caught:
            raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words of the command line; ``sys.argv`` when None.

    Returns
    -------
    int
        Exit code: 0 done, 1 some runs or expectations failed, 2 the input is wrong,
        3 expectations undecided, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ± or 社 shows ? instead
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    from shequn.agents.errors import ShequnError

    try:
        with _interruptible():
            return options.execute(options)
    except ShequnError as error:
        for line in str(error).splitlines():
            print_text(f"shequn: {line}", stream=sys.stderr)
        return getattr(error, "exit_code", 2)
    except KeyboardInterrupt:
        print("shequn: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print_text(f"shequn: {place}{error.strerror or error}", stream=sys.stderr)
        return 2
