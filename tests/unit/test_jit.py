"""A kernel is compiled anew when any kernel's source changes, and only then."""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import shequn.agents
import shequn.model
from shequn.agents import jit

_MAIN = """\
import sys
sys.path.insert(0, sys.argv[1])
from pkg.model.day import play
from pkg.agents.verb import gain
print(play(1.0), sum(play.stats.cache_hits.values()))
"""
_VERB = """\
from pkg.agents.jit import compiled


@compiled
def gain(x):
    return x + 1.0
"""
_DAY = """\
from pkg.agents.jit import compiled
from pkg.agents.verb import gain


@compiled
def play(x):
    return 10.0 * gain(x)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of two kernels in two files, compiled by the project's own decorator."""
    for folder in ("pkg", "pkg/agents", "pkg/model"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("")
    shutil.copy(jit.__file__, tmp_path / "pkg" / "agents" / "jit.py")
    (tmp_path / "pkg" / "agents" / "verb.py").write_text(_VERB)
    (tmp_path / "pkg" / "model" / "day.py").write_text(_DAY)
    (tmp_path / "pkg" / "model" / "figures.py").write_text("WIDTH = 1\n")
    return tmp_path


def play(package: Path) -> list[str]:
    """Result of the outer kernel in a new process, and how often it came from the cache."""
    settings = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, "-c", _MAIN, str(package)],
        env=settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.jit
def test_a_verb_edited_in_one_file_is_compiled_into_the_kernel_of_another(package):
    assert play(package) == ["20.0", "0"]
    assert play(package) == ["20.0", "1"]
    (package / "pkg" / "agents" / "verb.py").write_text(_VERB.replace("1.0", "2.0"))
    assert play(package) == ["30.0", "0"]
    (package / "pkg" / "model" / "figures.py").write_text("WIDTH = 2\n")
    assert play(package) == ["30.0", "1"]


def test_the_digest_is_that_of_the_kernels_alone(package):
    path = package / "pkg" / "agents" / "jit.py"
    spec = importlib.util.spec_from_file_location("copied_jit", path)
    assert spec is not None and spec.loader is not None
    copied = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copied)
    digests = [copied._STAMP]
    for name, text in (
        ("agents/verb.py", _VERB + "\n"),
        ("model/day.py", _DAY.replace("10.0", "11.0")),
        ("agents/tables.py", "FIELDS = ()\n"),
        ("agents/tables.py", "FIELDS = (1,)\n"),
    ):
        (package / "pkg" / name).write_text(text)
        digests.append(copied._digest_of_kernels())
    assert len(set(digests)) == len(digests)
    (package / "pkg" / "model" / "figures.py").write_text("WIDTH = 3\n")
    assert copied._digest_of_kernels() == digests[-1]


@pytest.mark.jit
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_every_kernel_of_the_model_carries_the_stamp_and_no_fast_mathematics():
    kernels = {}
    for room in (shequn.agents, shequn.model):
        for found in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
            module = importlib.import_module(found.name)
            for value in vars(module).values():
                if hasattr(value, "py_func"):
                    kernels[f"{value.py_func.__module__}.{value.py_func.__name__}"] = value
    assert len(kernels) > 20
    for name, kernel in kernels.items():
        assert kernel._cache._cache_file._source_stamp == jit._STAMP, name
        assert kernel.targetoptions["nogil"], name
        assert not kernel.targetoptions.get("fastmath"), name
        assert kernel.targetoptions["error_model"] == "numpy", name
