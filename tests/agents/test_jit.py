"""A kernel is compiled anew when any kernel's source changes, and only then."""

from __future__ import annotations

import os
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numba
import pytest

import shequn.agents
import shequn.model
from shequn.agents import jit, sources
from shequn.model.addresses import model_version

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
    """A package of kernels in several files, compiled by the project's own decorator."""
    for folder in ("pkg", "pkg/agents", "pkg/model", "pkg/experiments"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("")
    for module in (jit, sources):
        text = Path(module.__file__).read_text().replace("shequn", "pkg")
        (tmp_path / "pkg" / "agents" / Path(module.__file__).name).write_text(text)
    (tmp_path / "pkg" / "experiments" / "other.py").write_text(_VERB)
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


@pytest.fixture(scope="module")
def copy_of_shequn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it stands, where its files may be changed."""
    place = tmp_path_factory.mktemp("copy") / "shequn"
    return shutil.copytree(sources.PACKAGE, place, ignore=shutil.ignore_patterns("__pycache__"))


def changed_by(path: Path, digest: Callable[[], str]) -> bool:
    """Whether a digest changes with a file, and comes back with it."""
    before, content = digest(), path.read_bytes()
    path.write_bytes(content + b"\n# changed\n")
    after = digest()
    path.write_bytes(content)
    assert digest() == before
    return after != before


def test_every_file_of_the_model_changes_its_version(copy_of_shequn):
    """A kernel, a parameter, a scenario: runs of another version are never taken for its own."""
    deciding = [
        path
        for room in ("agents", "model", "scenarios")
        for path in (copy_of_shequn / room).rglob("*")
        if path.suffix in (".py", ".toml")
    ]
    for part in ("verbs/read.py", "parameters/people.py", "scenarios/shop.toml"):
        assert any(str(path).endswith(part) for path in deciding)
    version = partial(model_version.__wrapped__, copy_of_shequn)
    assert version() == model_version()
    assert [path for path in deciding if not changed_by(path, version)] == []
    for part in ("views/style.py", "experiments/__init__.py", "commands/__init__.py"):
        assert not changed_by(copy_of_shequn / part, version)


def test_every_kernel_changes_the_stamp(copy_of_shequn):
    kernels = [
        path
        for path in copy_of_shequn.rglob("*.py")
        if any(f"\n@{mark}\n" in path.read_text() for mark in ("compiled", "inlined"))
        or path.parts[-2:] == ("agents", "tables.py")
    ]
    stamp = partial(jit.stamp_of_kernels, copy_of_shequn)
    assert len(kernels) > 20 and stamp() == jit._STAMP
    assert [path for path in kernels if not changed_by(path, stamp)] == []
    assert not changed_by(copy_of_shequn / "model" / "parameters" / "people.py", stamp)


def test_the_digest_of_nothing_is_refused(copy_of_shequn):
    with pytest.raises(RuntimeError, match="no sources that count"):
        sources.digest_of_rooms("agents", "no_such_room", package=copy_of_shequn)
    with pytest.raises(RuntimeError, match="no sources that count"):
        sources.digest_of_rooms("agents", counts=lambda *_: False, package=copy_of_shequn)


@pytest.mark.jit
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
def test_every_kernel_of_the_model_carries_the_stamp_and_no_fast_mathematics():
    kernels = {}
    for room in (shequn.agents, shequn.model):
        for found in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
            module = pkgutil.resolve_name(found.name)
            for value in vars(module).values():
                if hasattr(value, "py_func"):
                    kernels[f"{value.py_func.__module__}.{value.py_func.__name__}"] = value
    assert len(kernels) > 20
    for name, kernel in kernels.items():
        assert kernel._cache._cache_file._source_stamp == jit._STAMP, name
        assert kernel.targetoptions["nogil"], name
        assert not kernel.targetoptions.get("fastmath"), name
        assert kernel.targetoptions["error_model"] == "numpy", name
