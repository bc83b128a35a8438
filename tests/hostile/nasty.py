"""Values that do no good where a number, a word, a list or a table is expected."""

from __future__ import annotations

from pathlib import Path

import numpy as np

NASTY_TOML = (
    "nan", "-nan", "inf", "-inf", "-0.0", "1e308", "-1e308", "1e999", "9223372036854775807",
    "18446744073709551616", "-1", "0x" + "f" * 5000, "1" + "0" * 4000, "1" + "0" * 6000, "true",
    "false", '""', '"x"', '"\\u0000"', '"\\u001b[31m"', '"' + "社" * 3000 + '"',
    "'" + "a" * 9999 + "'",
    '"../../etc/passwd"', '"/dev/zero"', "[]", "[[]]", "[" * 500 + "]" * 500, "[1, 'x', true]",
    "{}", "{a = {b = {c = 1}}}", "1979-05-27T07:32:00Z", "07:32:00", "1_0", '"""\n\n"""',
    "[nan, nan, nan]", "[1e999]", '"\\U0001F600"', '"%s%n{0}"', '"[/red]"', '"[bold]"', "0b1",
)  # fmt: skip
NASTY_WORDS = (
    "", " ", "=", "==", "nan", "-nan", "inf", "1e999", "-1", "0", "0x10", "1" * 5000, "[", "]",
    "[" * 2000, "{", "}", "\"", "'", "\\", "\x1b[31m", "\x01", "社群", "a" * 100_000,
    " " * 2000,
    "\n", "\r\n", "\t", "--", "-", "-x", "--help=1", "../..", "/dev/zero", "/dev/stdin", ".",
    "..", "/", "~",
    "%s", "{0}", "[/red]", "[bold]", "1:2:3:4", "0:1:99999999999", "1:0:3", "a:b", ":::", ",",
    ",,,", "1,,2",
    "true", "True", "None", "null", "1e3", "１２", "١", "½", "\ud800", "\u202e",
    "members +-0", "+-", "± %",
)  # fmt: skip
OPTIONS = {
    "run": ("--set", "--days", "--seed", "--engine", "--threads", "--out", "--save", "--messages"),
    "check": ("--set", "--days", "--seed"),
    "sweep": ("--set", "--vary", "--design", "--points", "--design-file", "--replicates",
              "--workers", "--reuse", "--until", "--budget", "--worlds", "--outcome", "--seed"),
    "compare": ("--days", "--seed", "--replicates", "--until", "--budget", "--worlds", "--outcome"),
    "branch": ("--day", "--set", "--days", "--seed", "--replicates", "--worlds", "--outcome"),
    "expect": ("--set", "--replicates", "--worlds", "--seed"),
    "optimise": ("--over", "--goal", "--subject-to", "--trials", "--replicates", "--risk",
                 "--confirm"),
    "sensitivity": ("--over", "--outcome", "--method", "--replicates", "--worlds"),
    "calibrate": ("--to", "--over", "--particles", "--rounds", "--size", "--budget", "--workers"),
    "why": ("--member", "--days", "--seed"),
    "verify": ("--rows", "--seed"),
    "continue": ("--days", "--threads"),
    "parameters": ("--markdown",),
}  # fmt: skip


NASTY_JSON = (
    None, True, -1, 0, 1, 2**31, 2**63, 2**64, 10**30, 1e308, -1e308, float("nan"), float("inf"),
    "", "x", "\x00", "9" * 5000, [], {}, [[]], [None], {"a": 1}, [1, 2, 3], "../x", "/dev/zero",
)  # fmt: skip
NASTY_OBJECTS = (
    None, "", "x", "2", "社", b"x", -1, 0, 1.5, 10**30, float("nan"), float("inf"), True,
    np.bool_(True), np.int64(-3), np.float32(2.5), [], {}, (), [1, 2], {"a": 1}, object(), int,
    Path("nowhere"), "\0", "a" * 9999, np.zeros(3), 1j, lambda: 1, range(3), "members +-1", "lhs",
    "nowhere.toml", {"group.capacity": "x"}, {"group.capacity": [None]}, {"group.capacity": []},
    {1: 2}, {"x": [1]}, np.datetime64("2020-01-01"),
)  # fmt: skip
SECTIONS = (
    "[rivals]", "[[rivals]]", "[[channels]]", "[x]", "[[run]]", "[", "[[a]", "[alternatives]",
    "[sweep]", "[expect]",
)  # fmt: skip
