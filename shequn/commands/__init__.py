"""The command line: ``shequn COMMAND``; each command in a module of its own.

A command parses, asks and prints. Imports all rooms, most of them when they are needed.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from shequn import __version__
from shequn.agents.errors import Problem, ShequnError
from shequn.commands import (
    branch_command,
    calibrate_command,
    check_command,
    compare_command,
    continue_command,
    demo_command,
    expect_command,
    import_command,
    mine_command,
    new_command,
    optimise_command,
    parameters_command,
    report_command,
    run_command,
    sensitivity_command,
    sweep_command,
    validate_command,
    verify_command,
    why_command,
)
from shequn.commands.layout import print_text
from shequn.commands.parser import Help, Parser

# The modules are light: what computes is imported when a command is carried out.
COMMANDS = {
    "run": (run_command, "run one scenario and write tables and figures"),
    "sweep": (sweep_command, "vary parameters, every point on the same people and the same luck"),
    "compare": (
        compare_command,
        "compare scenarios, or one with its alternatives, on the same luck",
    ),
    "branch": (branch_command, "play a run up to a day, then go on as before and with a change"),
    "why": (why_command, "the story of one member, with its causes: the run is played again"),
    "sensitivity": (
        sensitivity_command,
        "find which parameters matter for an outcome, luck set apart",
    ),
    "optimise": (
        optimise_command,
        "search for the best values of some parameters, then confirm them on fresh runs",
    ),
    "expect": (
        expect_command,
        "hold a scenario to what its section [expect] says: pass, fail or undecided",
    ),
    "calibrate": (
        calibrate_command,
        "fit parameters to facts; what the facts do not tell, and which are missed",
    ),
    "validate": (
        validate_command,
        "hold the named scenarios to measured facts, the model to closed forms",
    ),
    "import": (
        import_command,
        "read the chat export of your own group: who, when, which thread; no text, no name",
    ),
    "mine": (
        mine_command,
        "your own group: simulated groups like it, and what is best in them",
    ),
    "demo": (demo_command, "the main job: group size against promo share, beside real chat rooms"),
    "report": (report_command, "tell a results folder on one page: question, answer, how sure"),
    "continue": (continue_command, "go on with a saved community"),
    "verify": (
        verify_command,
        "compute some runs of a results folder again, to see that the same bits come out",
    ),
    "check": (check_command, "check a scenario file and show what differs from the defaults"),
    "new": (new_command, "write a commented scenario file to start from"),
    "parameters": (parameters_command, "look up parameters: unit, range, default, source"),
}

_EPILOG = """examples:
  shequn demo
  shequn run wechat-group --days 90
  shequn sweep wechat-group --vary policy.promo_share=0:0.3:8 --replicates 16
  shequn new my-group && shequn check my-group.toml && shequn run my-group.toml
  shequn parameters irritation

exit codes: 0 done, 1 some runs or expectations failed or verified runs differ, 2 the input is
wrong, 3 expectations undecided; when interrupted 130 (Ctrl-C), 143 (SIGTERM) or 129 (SIGHUP)
"""
_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="shequn",
        description="shequn (社群): an agent-based laboratory for community growth.",
        epilog=_EPILOG,
        formatter_class=Help,
    )
    parser.add_argument("--version", action="version", version=f"shequn {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, (module, meaning) in COMMANDS.items():
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
    """End the block with KeyboardInterrupt(signal) if it was signalled, whatever became of it.

    Compilers and compiled code swallow an interruption that reaches them, or turn it into an
    error of their own. What the caller has told us to ignore (``nohup``) stays ignored.
    """
    caught: list[int] = []

    def note(number: int, frame: object) -> None:
        caught.append(number)
        if number != signal.SIGINT:  # a closing terminal sends SIGHUP twice: time to write is left
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt(number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {n: it for n, it in before.items() if it not in (None, signal.SIG_IGN)}
    for number in before:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if caught:
            raise KeyboardInterrupt(caught[0])


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
        3 expectations undecided; 128 and the number of the signal (130: Ctrl-C) interrupted.
    """
    _open_streams()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        with _interruptible():
            code = options.execute(options)
        sys.stdout.flush()
        return code
    except ShequnError as error:
        _complain(str(error))
        return getattr(error, "exit_code", 2)
    except KeyboardInterrupt as error:
        _complain("interrupted")
        return 128 + (error.args[0] if error.args else signal.SIGINT)
    except BrokenPipeError:  # who reads has seen enough: shequn ... | head
        _stop_printing()
        return 0
    except MemoryError:
        _complain("this computer has too little memory for it")
        return 2
    except OSError as error:
        _complain(str(Problem(str(error.filename or ""), str(error.strerror or error))))
        _stop_printing()
        return 2


def _open_streams() -> None:
    """Make sure that there is something to print to, and that nothing is lost for a letter."""
    with suppress(OSError):
        while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass  # a stream that was closed would give its number to the next file opened
        os.close(handle)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ± or 社 shows ? instead


def _complain(message: str) -> None:
    with suppress(OSError):
        for line in message.splitlines():
            print_text(f"shequn: {line}", stream=sys.stderr)


def _stop_printing() -> None:
    """What is still waiting to be printed goes nowhere, also when the program ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
