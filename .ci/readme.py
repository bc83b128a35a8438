"""Run the shell commands that the README shows, in order, as a reader would.

Every line of a block fenced as ``sh`` is run from the folder of the README, with the project's
environment first on the path; blocks fenced otherwise (``text``, ``console``) are only shown.
The demonstration is run small, through the variable that the Makefile has for its options.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

SMALL = {
    "make demo": 'make demo DEMO="--replicates 2 --days 30"',
    "make test": "make --dry-run test",  # the tests have run in this tree already
}
SECONDS = 300
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """Return the blocks of a Markdown text, with the long lines replaced by short ones."""
    return [
        "".join(f"{SMALL.get(line.strip(), line)}\n" for line in block.splitlines())
        for block in BLOCK.findall(text)
    ]


def main(readme: Path) -> None:
    """Run each block of `readme` and stop at the first one that fails."""
    blocks = commands(readme.read_text(encoding="utf-8"))
    if not blocks:
        sys.exit(f"{readme}: no block is fenced as sh")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in blocks:
        print("\n".join(f"$ {line}" for line in block.splitlines()), flush=True)
        subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=readme.resolve().parent,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
            check=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
