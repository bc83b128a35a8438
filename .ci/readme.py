"""Run the commands that the README and the tutorials show, in order, as a reader would.

Blocks fenced as ``sh`` are run as they stand, with the project's environment first on the path: a
file beside a Makefile where it lies, any other in an empty folder of its own, where its blocks
fenced as ``python`` are run, too (those of the README are run by the tests). A block fenced as
``output`` shows what the block run before it prints: it may leave lines out, but every number of
it has to be printed. Blocks fenced otherwise (``text``, ``toml``) are only shown. The demonstration
is run small, through the variable that the Makefile has for its options; tutorials are small.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

SMALL = {
    "make demo": 'make demo DEMO="--replicates 2 --days 30"',
    "make test": "make --dry-run test",  # the tests have run in this tree already
}
SECONDS = 300
BLOCK = re.compile(r"^```(sh|python|output)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def blocks(text: str) -> list[tuple[str, str]]:
    """Return kind and text of the blocks of a Markdown text, long lines replaced by short ones."""
    return [
        (kind, "".join(f"{SMALL.get(line.strip(), line)}\n" for line in block.splitlines()))
        for kind, block in BLOCK.findall(text)
    ]


def play(kind: str, block: str, folder: Path) -> str:
    """Run a block in `folder` and return what it prints; an exit status but 0 ends everything."""
    print("\n".join(f"$ {line}" for line in block.splitlines()), flush=True)
    shell = ["bash", "-euo", "pipefail", "-c"] if kind == "sh" else [sys.executable, "-c"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*shell, block],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    print(done.stdout, end="", flush=True)
    if done.returncode:
        sys.exit(f"the block ended with exit status {done.returncode}")
    return done.stdout


def check(shown: str, printed: str, place: Path) -> None:
    """Stop where a number of `shown` is not among those of `printed`."""
    missing = set(NUMBER.findall(shown)) - set(NUMBER.findall(printed))
    if missing:
        sys.exit(f"{place}: shown, but not printed any more: {', '.join(sorted(missing))}")


def follow(place: Path, folder: Path, kinds: tuple[str, ...]) -> None:
    """Run the blocks of a file that are of some kinds in a folder, and hold it to its output."""
    found = blocks(place.read_text(encoding="utf-8"))
    if not any(kind == "sh" for kind, _ in found):
        sys.exit(f"{place}: no block is fenced as sh")
    printed = ""
    for kind, block in found:
        if kind == "output":
            check(block, printed, place)
        elif kind in kinds:
            printed = play(kind, block, folder)


def main(places: list[Path]) -> None:
    """Follow each file and stop at the first block that fails."""
    for place in places:
        print(f"# {place}", flush=True)
        if (place.parent / "Makefile").exists():
            follow(place, place.resolve().parent, ("sh", "output"))
        else:
            with TemporaryDirectory() as empty:
                follow(place, Path(empty), ("sh", "python", "output"))


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
