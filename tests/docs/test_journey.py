"""The journey of one parameter: the example is run, and passes what the document names."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "journey.md").read_text(encoding="utf-8")
STOPS = re.findall(r"^\| `([\w.]+)` \| `(shequn/[\w/]+\.py)` \|", TEXT, re.MULTILINE)

# Kernels are Python functions when the JIT is off. Compiling first would call everything once.
PROGRAM = """
import json, sys
from shequn.commands import main, run_command
stops, root, words = json.loads(sys.argv[1])
wanted = {(f"{root}/{file}", name) for name, file in stops}
calls = []
def note(frame, event, _):
    code = frame.f_code
    if event == "call" and (code.co_filename, code.co_qualname) in wanted:
        calls.append((code.co_qualname, code.co_filename[len(root) + 1 :]))
run_command.compile_first = lambda scenario: None
sys.setprofile(note)
code = main(words)
sys.setprofile(None)
print(json.dumps([code, list(dict.fromkeys(calls))]))
"""


def test_the_example_passes_every_function_in_the_order_of_the_document(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert example is not None
    assert len(STOPS) > 30
    (tmp_path / "journey.toml").write_text(example[1], encoding="utf-8")
    small = ["market.people=60", "group.capacity=20", "group.seed_members=10"]
    words = ["run", "journey.toml", "--days", "2", "--out", "run"]
    words += [word for value in small for word in ("--set", value)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([STOPS, str(ROOT), words])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    code, passed = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    assert [tuple(stop) for stop in passed] == STOPS
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["feel.habit_gain"] == 0.2


def test_what_else_it_names_is_there() -> None:
    for name, file in re.findall(r"`(\w+)` in\s+`(shequn/[\w/]+\.py)`", TEXT):
        assert re.search(
            rf"^(?:def|class) {name}\b", (ROOT / file).read_text("utf-8"), re.MULTILINE
        )
