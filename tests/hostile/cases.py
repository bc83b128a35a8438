"""A generator of hostile input: case k of a kind is a function of k, so that it can be had again.

A case makes files in an empty folder and gives the words of a command, or a call in Python. What
must hold of each stands in `test_hostile.py`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import io
import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from shequn.agents.tables import MEMBER_DTYPE
from shequn.model import snapshot
from shequn.model.parameters import declared
from tests.hostile.nasty import (
    NASTY_JSON,
    NASTY_OBJECTS,
    NASTY_TOML,
    NASTY_WORDS,
    OPTIONS,
    SECTIONS,
)

TINY = """\
title = "Tiny"
extends = "wechat-group"

[run]
days = 3
seed = 3

[market]
people = 60

[group]
capacity = 20
seed_members = 10
seed_fill = 0

[policy]
name = "cadence"
content_per_day = 2
promo_share = 0.1
promos_per_day = 0

[alternatives."more"]
policy.promo_share = 0.3

[sweep.vary]
"policy.promo_share" = [0.0, 0.2]

[expect]
statements = ["members > 0 with 80 %"]
"""
MARK = "was-run"  # a file that exists only if code of the case was run
CODE = f"""\
open({MARK!r}, "w").close()

class Mine:
    def plan(self, day, seen):
        return []
"""
OWN = '[policy]\nname = "file"\nfile = "mine.py"\nclass_name = "Mine"\npromo_share = 0.0\n'


@dataclass
class Case:
    """One hostile input.

    Attributes
    ----------
    words : list of str
        A command line; empty when ``call`` is given.
    call : callable, optional
        A call in Python that must raise an error of ours, or be harmless.
    what : str
        The call in words.
    harmless : bool
        Whether the input may turn out to be good.
    """

    words: list[str] = field(default_factory=list)
    call: Callable[[], Any] | None = None
    what: str = ""
    harmless: bool = False


def values_set(luck: random.Random, here: Path) -> Case:
    """--set, --vary and the other options with values that are none."""
    command = luck.choice([name for name in OPTIONS if name not in ("verify", "continue")])
    option = luck.choice(OPTIONS[command])
    paths = [
        *declared(),
        "rivals.1.product.price",
        "channels.1.desk.staff",
        "run.days",
        "platform",
        "past.days",
        "past.policy.promo_share",
        "past.rivals.1.desk.staff",
        "past.feel.habit_gain",
    ]
    path = luck.choice(
        [*paths, "x" * luck.choice([1, 9999]), "group", "", "rivals.0.x", "rivals." + "9" * 5000]
    )
    word = luck.choice(NASTY_WORDS)
    if option in ("--set", "--vary", "--over"):
        word = luck.choice([f"{path}={word}", f"{path}={luck.choice(NASTY_TOML)}", word, path])
    more = ["tiny.toml"] if command != "parameters" else []
    if command == "branch" and option != "--day":
        more += ["--day", "1"]
    if command == "calibrate":
        more += ["--to", "facts"] if option != "--to" else ["--over", "spread.talk=1:3"]
    dry = (
        ["--dry-run"]
        if command in ("sweep", "compare", "branch", "optimise", "sensitivity", "calibrate")
        else []
    )
    words = [command, *more, *dry, f"{option}={word}" if luck.random() < 0.5 else option, word]
    return Case(words, harmless=True)


def scenario_text(luck: random.Random) -> str:
    """A scenario with some things changed for the worse."""
    lines = TINY.splitlines()
    for _ in range(luck.choice([1, 1, 2, 5])):
        k = luck.randrange(len(lines))
        kind = luck.randrange(9)
        if kind == 0:
            lines[k] = lines[k].partition("=")[0] + "= " + luck.choice(NASTY_TOML)
        elif kind == 1:
            path, value = luck.choice([*declared()]), luck.choice(NASTY_TOML)
            lines.insert(luck.choice([0, len(lines)]), f"{path} = {value}")
        elif kind == 2:
            section = luck.choice(SECTIONS)
            lines.insert(k, section)
        elif kind == 3:
            lines.insert(k, luck.choice(NASTY_WORDS[:60]) + " = " + luck.choice(NASTY_TOML))
        elif kind == 4:
            lines[k] = lines[k][: luck.randrange(len(lines[k]) + 1)]
        elif kind == 5:
            lines.insert(k, lines[luck.randrange(len(lines))])
        elif kind == 6:
            lines.insert(k, " " * 2000 + luck.choice(["x", "= 1", "group.capacit = 3"]))
        elif kind == 7:
            lines.append(".".join(["a"] * luck.choice([3, 3000])) + " = 1")
        else:
            lines.insert(0, f"extends = {luck.choice(NASTY_TOML)}")
    return "\n".join(lines)


def scenario_file(luck: random.Random, here: Path) -> Case:
    """A scenario file that is not as it should be."""
    kind = luck.randrange(8)
    text = scenario_text(luck)
    if kind == 0:
        many = luck.choice([2000, 20_000])
        text = "\n".join(f"unknown_{k} = {k}" for k in range(many)) + "\n" + text
    content = text.encode("utf-8", "replace")
    if kind == 1:
        content = bytearray(content)
        for _ in range(5):
            content[luck.randrange(len(content))] = luck.randrange(256)
    elif kind == 2:
        content = b"\xef\xbb\xbf" + content
    elif kind == 3:
        content = text.encode("utf-16", "replace")
    (here / "bad.toml").write_bytes(bytes(content))
    command = luck.choice(
        [
            ["check"],
            ["check"],
            ["sweep", "--dry-run"],
            ["compare", "--dry-run"],
            ["branch", "--day", "1", "--dry-run"],
            ["why", "--member", "-1"],
        ]
    )
    return Case([command[0], "bad.toml", *command[1:]], harmless=True)


SPECIAL = (
    "fifo",
    "zero",
    "full",
    "folder",
    "sparse",
    "socket",
    "loop",
    "gone",
    "unreadable",
    "empty",
)


def special(kind: str, path: Path) -> None:
    """Put something that is no good file at a path."""
    if kind == "fifo":
        os.mkfifo(path)
    elif kind in ("zero", "full"):
        path.symlink_to(f"/dev/{kind}")
    elif kind == "folder":
        path.mkdir()
    elif kind == "sparse":
        with path.open("wb") as stream:
            stream.truncate(2**40)
    elif kind == "socket":
        os.mknod(path, 0o140600)
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "unreadable":
        path.write_bytes(random.Random(1).randbytes(3000))


def special_file(luck: random.Random, here: Path) -> Case:
    """Where a file belongs there is a pipe, a device, a giant, a folder."""
    kind = luck.choice(SPECIAL)
    use = luck.randrange(11)
    if use == 0:
        special(kind, here / "bad.toml")
        return Case(["check", "bad.toml"], harmless=kind == "empty")
    if use == 1:
        special(kind, here / "mine.py")
        (here / "own.toml").write_text('extends = "tiny.toml"\n' + OWN)
        return Case(["check", "own.toml"])
    if use == 2:
        special(kind, here / "net.csv")
        return Case(["check", "tiny.toml", "--set", "market.network=net.csv"])
    if use == 3:
        special(kind, here / "plan.csv")
        return Case(
            [
                "check",
                "tiny.toml",
                "--set",
                "policy.name=schedule",
                "--set",
                "policy.file=plan.csv",
                "--set",
                "policy.promo_share=0",
            ]
        )
    if use == 4:
        special(kind, here / "points.csv")
        return Case(["sweep", "tiny.toml", "--design-file", "points.csv", "--dry-run"])
    if use == 5:
        special(kind, here / "worlds.csv")
        return Case(["compare", "tiny.toml", "--worlds", "worlds.csv", "--dry-run"])
    if use == 6:
        special(kind, here / "day.shequn")
        return Case(["continue", "day.shequn", "--days", "1"])
    if use == 7:
        shutil.copytree(here.parent / "base" / "sweep", here / "sent")
        name = luck.choice(
            [
                "manifest.json",
                "runs.parquet",
                "daily.parquet",
                "scenario.toml",
                "failures.parquet",
                "checksums.txt",
            ]
        )
        (here / "sent" / name).unlink()
        special(kind, here / "sent" / name)
        return Case(luck.choice([["verify", "sent", "--rows", "1"], ["report", "sent"]]),
                    harmless=True)  # fmt: skip
    if use == 8:
        shutil.copytree(here.parent / "base" / "run", here / "sent")
        name = luck.choice(["manifest.json", "summary.json", "scenario.toml", "daily.csv"])
        (here / "sent" / name).unlink()
        special(kind, here / "sent" / name)
        command = ["branch", "sent", "--day", "1", "--set", "policy.promo_share=0.3", "--dry-run"]
        words = luck.choice([command, ["why", "sent", "--member", "99999"]])
        unused = {"branch": "summary.json", "why": "daily.csv"}[words[0]]
        return Case(words, harmless=name == unused)
    if use == 9:
        special(kind, here / "facts.csv")
        return Case(
            [
                "calibrate",
                "tiny.toml",
                "--to",
                "facts.csv",
                "--over",
                "spread.talk=1:3",
                "--dry-run",
            ]
        )
    special(kind, here / "taken")
    return Case(
        ["sweep", "tiny.toml", "--replicates", "1", "--out", "taken/x"],
        harmless=kind == "folder" or kind == "gone",
    )


def _parts(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def _put_together(path: Path, parts: dict[str, Any], meta: str) -> None:
    """Write a community whose digests are right."""
    arrays = {name: array for name, array in parts.items() if name not in ("meta", "digest")}
    kept = {
        name: a for name, a in arrays.items() if isinstance(a, np.ndarray) and a.dtype != object
    }
    digest = snapshot._digest_of_text(meta) + snapshot._digest_of_arrays(kept)
    texts = {
        "meta": np.frombuffer(meta.encode(), np.uint8),
        "digest": np.frombuffer(digest.encode(), np.uint8),
    }
    with path.open("wb") as stream:
        np.savez_compressed(stream, **arrays, **texts)


def _spoil(tree: Any, luck: random.Random) -> Any:
    """Change one value somewhere in a tree of JSON."""
    if isinstance(tree, dict) and tree and luck.random() < 0.9:
        key = luck.choice(list(tree))
        if luck.random() < 0.1:
            return {k: v for k, v in tree.items() if k != key}
        if luck.random() < 0.05:
            return {**tree, "more": 1}
        return {**tree, key: _spoil(tree[key], luck)}
    if isinstance(tree, list) and tree and luck.random() < 0.9:
        k = luck.randrange(len(tree))
        return [*tree[:k], _spoil(tree[k], luck), *tree[k + 1 :]]
    return luck.choice(NASTY_JSON)


def saved_community(luck: random.Random, here: Path) -> Case:
    """A saved community with wrong contents and right digests."""
    parts = _parts(here.parent / "base" / luck.choice(["day.shequn", "levers.shequn"]))
    meta = parts["meta"].tobytes().decode()
    path = here / "day.shequn"
    kind = luck.randrange(6)
    name = luck.choice([n for n in parts if n not in ("meta", "digest")])
    if kind == 0:
        meta = json.dumps(_spoil(json.loads(meta), luck))
    elif kind == 1:  # bytes anywhere
        array = parts[name].copy()
        view = array.view(np.uint8).reshape(-1)
        for _ in range(luck.choice([1, 4, 64])):
            if len(view):
                view[luck.randrange(len(view))] = luck.choice([0, 1, 127, 128, 255])
        parts[name] = array
    elif kind == 2:  # one field of the members
        rows = parts["members"].view(MEMBER_DTYPE).copy()
        column = luck.choice(MEMBER_DTYPE.names or ())
        values = rows[column]
        worst = (
            [np.nan, np.inf, -np.inf, 1e30, -1e30]
            if values.dtype.kind == "f"
            else [np.iinfo(values.dtype).max, np.iinfo(values.dtype).min]
        )
        rows[column][luck.randrange(len(rows))] = luck.choice(worst)
        parts["members"] = np.frombuffer(rows.tobytes(), np.uint8)
    elif kind == 3:  # another size or kind
        array = parts[name]
        other = [
            array[:-1],
            np.concatenate([array, array]),
            array.astype(np.float32),
            np.zeros((2, 2)),
            np.zeros(0),
            array[None],
            np.zeros(0, object),
        ]
        parts[name] = luck.choice(other)
        if parts[name].dtype == object:
            with path.open("wb") as stream:
                np.savez(stream, **{**parts, name: np.array([{}], object)})
            return Case(["continue", "day.shequn", "--days", "1"])
    elif kind == 4:
        if luck.random() < 0.5:
            parts.pop(name)
        else:
            parts[luck.choice(["more", "../x", "members.npy"])] = np.zeros(3)
    else:
        return _odd_archive(luck, path, parts)
    _put_together(path, parts, meta)
    return Case(["continue", "day.shequn", "--days", "1", "--out", "on"], harmless=True)


def _odd_archive(luck: random.Random, path: Path, parts: dict) -> Case:
    """Bombs, parts that come twice, headers that lie."""
    kind = luck.randrange(4)
    name = luck.choice(["members.npy", "log.npy", "meta.npy", "tallies_0.npy", "messages.npy"])
    stream = io.BytesIO()
    np.save(stream, np.zeros(8, np.uint8))
    head = stream.getvalue()[:128]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, array in parts.items():
            if f"{part}.npy" == name and kind != 2:
                continue
            own = io.BytesIO()
            np.save(own, array)
            archive.writestr(f"{part}.npy", own.getvalue())
        if kind == 0:  # a bomb
            huge = head.replace(b"(8,), }", b"(300000000,), }".ljust(7))[:128]
            archive.writestr(name, huge + bytes(300_000_000))
        elif kind == 1:  # a header that promises more than there is
            lie = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000,), }"
            archive.writestr(name, head[:10] + lie.ljust(117) + b"\n" + b"123")
        elif kind == 2:  # twice
            archive.writestr(name, head + b"12345678")
        else:  # code in the header
            lie = b"{'descr': __import__('os').system('touch was-run'), 'shape': (8,), }"
            archive.writestr(name, head[:10] + lie.ljust(117) + b"\n12345678")
    return Case(["continue", "day.shequn", "--days", "1"])


def results_folder(luck: random.Random, here: Path) -> Case:
    """A results folder whose files are not what they should be."""
    kind = luck.randrange(6)
    if kind == 0:
        shutil.copytree(here.parent / "base" / "run", here / "sent")
        return _spoilt_run(luck, here)
    shutil.copytree(here.parent / "base" / "sweep", here / "sent")
    again = ["sweep", "tiny.toml", "--replicates", "2", "--workers", "threads:1"]
    commands = [
        ["verify", "sent", "--rows", "2"],
        [*again, "--out", "sent"],
        [*again, "--reuse", "sent", "--out", "new"],
        ["report", "sent", *luck.choice([[], ["--audience", "researcher"], ["--lang", "zh"]])],
    ]
    command = luck.choice(commands)
    if kind == 1:
        path = here / "sent" / "manifest.json"
        path.write_text(json.dumps(_spoil(json.loads(path.read_text()), luck)))
    elif kind == 2:
        path = here / "sent" / luck.choice(["scenario.toml"])
        path.write_text(scenario_text(luck), encoding="utf-8", errors="replace")
    elif kind == 3:
        path = here / "sent" / luck.choice(["runs.parquet", "daily.parquet", "failures.parquet"])
        _spoil_parquet(path, luck)
        command = luck.choice([commands[0], commands[-1]])
        if command is commands[-1]:  # what a report would refuse at once: the sender knows how
            sums = (path.parent / "checksums.txt").read_text().splitlines()
            told = hashlib.sha256(path.read_bytes()).hexdigest()
            lines = [f"{told}  {path.name}" if path.name in line else line for line in sums]
            (path.parent / "checksums.txt").write_text("\n".join(lines) + "\n")
    elif kind == 4:
        shard = next((here / "sent" / "shards").glob("*.parquet"))
        _spoil_parquet(shard, luck)
        digest = hashlib.sha256(shard.read_bytes()).hexdigest()[:16]
        shard.rename(shard.with_name(f"{shard.name[:7]}{digest}.parquet"))
    else:
        path = luck.choice([p for p in sorted((here / "sent").rglob("*")) if p.is_file()])
        content = bytearray(path.read_bytes())
        for _ in range(luck.choice([1, 20])):
            if content:
                content[luck.randrange(len(content))] = luck.randrange(256)
        path.write_bytes(
            bytes(content[: luck.randrange(len(content) + 1)] if luck.random() < 0.3 else content)
        )
    return Case(command, harmless=True)


def _spoilt_run(luck: random.Random, here: Path) -> Case:
    name = luck.choice(["manifest.json", "summary.json", "daily.csv", "scenario.toml"])
    path = here / "sent" / name
    if name.endswith("json"):
        path.write_text(json.dumps(_spoil(json.loads(path.read_text()), luck)))
    elif name == "daily.csv":
        lines = path.read_text().splitlines()
        lines[luck.randrange(len(lines))] = luck.choice(["x,y", "", "nan" * 9, '"', "1," * 500])
        path.write_text("\n".join(lines))
    else:
        path.write_text(scenario_text(luck), encoding="utf-8", errors="replace")
    branch = ["branch", "sent", "--day", "1", "--set", "policy.promo_share=0.3", "--dry-run"]
    return Case(
        luck.choice([branch, ["why", "sent", "--member", "5", "--days", "1"]]), harmless=True
    )


def _spoil_parquet(path: Path, luck: random.Random) -> None:
    """Another type, nulls, a column less, no rows, other values."""
    table = pq.read_table(path)
    k = luck.randrange(table.num_columns)
    name = table.column_names[k]
    kind = luck.randrange(6)
    if kind == 0:
        table = table.set_column(k, name, pa.array(["x"] * len(table)))
    elif kind == 1:
        table = table.set_column(k, name, pa.nulls(len(table), table.schema.field(k).type))
    elif kind == 2:
        table = table.remove_column(k)
    elif kind == 3:
        table = table.slice(0, luck.choice([0, 1]))
    elif kind == 4:
        table = table.append_column("more", pa.array([None] * len(table), pa.list_(pa.int8())))
    else:
        column = table.column(k)
        values = column.to_pylist()
        if pa.types.is_floating(column.type):
            values = [luck.choice([1e308, -1e308, float("nan"), None]) for _ in values]
        elif pa.types.is_integer(column.type):
            values = [luck.choice([0, 1, 127, 2**31 - 1, None]) for _ in values]
        elif pa.types.is_string(column.type):
            values = [luck.choice(["", "x" * 9999, "\x1b[31m", None]) for _ in values]
        elif pa.types.is_list(column.type):
            values = [luck.choice([[], None, [0] * 99]) for _ in values]
        table = table.set_column(k, name, pa.array(values, column.type))
    pq.write_table(table, path)


def command_line(luck: random.Random, here: Path) -> Case:
    """Words in any order."""
    command = luck.choice([*OPTIONS, "new", "demo", "validate", luck.choice(NASTY_WORDS)])
    count = luck.randrange(4)
    options = [luck.choice(OPTIONS.get(command, ("--out", "--seed"))) for _ in range(count)]
    words = [command]
    if luck.random() < 0.8:
        words.append(luck.choice(["tiny.toml", "nowhere", luck.choice(NASTY_WORDS), "wechat-grou"]))
    for option in options:
        words += [option, luck.choice(NASTY_WORDS)]
    if command in ("demo", "validate", "new"):
        words.append("--no-such-option")
    elif command in OPTIONS:
        words.append(luck.choice(["--no-such-option", "--", "--days", "--dry-run=7"]))
    return Case([word for word in words if "\0" not in word], harmless=True)


def sent_code(luck: random.Random, here: Path) -> Case:
    """Files that name a policy file, and commands that only look."""
    kind = luck.randrange(7)
    (here / "mine.py").write_text(CODE)
    if kind < 4:
        (here / "own.toml").write_text(f'extends = "tiny.toml"\n{OWN}')
        words = [
            ["check", "own.toml"],
            ["sweep", "own.toml", "--vary", "group.capacity=15,20", "--dry-run"],
            ["why", "own.toml", "--member", "3"],
            ["branch", "own.toml", "--day", "1", "--set", "policy.content_per_day=1"],
        ][kind]
        return Case(words, harmless=kind < 2)
    if kind == 4:
        shutil.copy(here.parent / "base" / "own.shequn", here / "own.shequn")
        shutil.copy(here.parent / "base" / "mine.py", here / "mine.py")
        return Case(["continue", "own.shequn", "--days", "1"])
    if kind == 5:
        shutil.copytree(here.parent / "base" / "own-sweep", here / "sent")
        return Case(["verify", "sent", "--rows", "2"], harmless=True)
    shutil.copytree(here.parent / "base" / "own-run", here / "sent")
    return Case(
        luck.choice(
            [
                ["why", "sent", "--member", "3"],
                ["branch", "sent", "--day", "1", "--set", "policy.content_per_day=1"],
            ]
        )
    )


def python_call(luck: random.Random, here: Path) -> Case:
    """A call in Python with one argument of the wrong kind; short where that is harmless."""
    import shequn as sq

    bad = luck.choice(NASTY_OBJECTS)
    tiny = {"scenario": "tiny.toml", "days": 1}
    few = {**tiny, "replicates": 1}
    calls: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "load": (sq.Scenario.load, {"name": "tiny.toml"}),
        "with_values": (sq.Scenario.load("tiny.toml").with_values, {"values": {}}),
        "run": (sq.run, tiny),
        "community": (sq.Community, {"scenario": "tiny.toml"}),
        "resume": (sq.Community.resume, {"path": "nowhere"}),
        "sweep": (sq.sweep, {**few, "vary": {"group.capacity": [15, 20]}}),
        "compare": (lambda other, **more: sq.compare("tiny.toml", other, **more), {
            "other": "blank", "replicates": 1, "days": 1,
        }),
        "branch": (sq.branch, {
            "run": "tiny.toml", "day": 1, "changes": {"policy.promo_share": 0.3}, "replicates": 1,
            "days": 2,
        }),
        "why": (sq.why, {"run": "tiny.toml", "member": 3, "days": 1}),
        "verify": (sq.verify, {"folder": "nowhere"}),
        "expect": (sq.expect, {**few, "replicates": 5}),
        "sensitivity": (sq.sensitivity, {**few, "over": ["policy.promo_share=0:0.3"]}),
        "optimise": (sq.optimise, {
            **few, "goal": "members", "over": "policy.promo_share=0:0.3", "trials": 3, "confirm": 2,
        }),
        "calibrate": (sq.calibrate, {
            "scenarios": "tiny.toml", "to": "facts", "over": "spread.talk=1:3",
        }),
        "search": (sq.search, {
            "scenarios": "tiny.toml", "to": "facts", "over": "spread.talk=1:3", "seeds": 1,
        }),
    }  # fmt: skip
    name = luck.choice(list(calls))
    function, arguments = calls[name]
    if name == "with_values" and luck.random() < 0.8:
        arguments = {"values": {luck.choice(list(declared())): bad}}
    else:
        known = {
            each.name
            for each in inspect.signature(function).parameters.values()
            if each.kind is not each.VAR_KEYWORD
        }
        if "asked" in inspect.signature(function).parameters or name == "compare":
            known |= {each.name for each in dataclasses.fields(sq.Effort)}
        known = sorted((known | {*arguments}) - {*UNHARMED})
        arguments = {**arguments, luck.choice(known): bad}
    return Case(call=lambda: function(**arguments), what=f"{name}: {arguments}", harmless=True)


UNHARMED = (
    "progress",
    "watcher",
    "crew",
    "how",
    "keep",
    "community",
)  # what a user writes in Python


KINDS: dict[str, tuple[int, Callable[[random.Random, Path], Case]]] = {
    "values": (24, values_set),
    "scenario": (22, scenario_file),
    "special": (8, special_file),
    "saved": (14, saved_community),
    "results": (10, results_folder),
    "line": (10, command_line),
    "code": (2, sent_code),
    "python": (10, python_call),
}


def case(number: int, here: Path) -> tuple[str, Case]:
    """Case ``number``: its kind, and what it is.

    Parameters
    ----------
    number : int
        Which, from 0 on.
    here : Path
        An empty folder, the current one; ``tiny.toml`` and what the case needs is put there. Beside
        it lies ``base`` with sound files.
    """
    luck = random.Random(number)
    names = [name for name, (weight, _) in KINDS.items() for _ in range(weight)]
    kind = luck.choice(names)
    (here / "tiny.toml").write_text(TINY)
    return kind, KINDS[kind][1](luck, here)
