"""Rows of one or several facts.csv as a Markdown table: facts_table.py PREFIX [NAME=]FILE...

Facts whose id begins with PREFIX and a digit; with names, one column of figures for each file.
"""

import csv
import math
import re
import sys
from pathlib import Path

WORDS = {"yes": "yes", "no": "**no**"}


def number(text: str) -> str:
    """A number as one reads it; - where there is none."""
    value = float(text) if text else math.nan
    return "-" if math.isnan(value) else f"{value:.3g}"


def span(row: dict[str, str], low: str, high: str) -> str:
    """Two ends in words."""
    return f"{number(row[low])} to {number(row[high])}"


def rows_of(path: str, prefix: str) -> dict[str, dict[str, str]]:
    """The rows wanted, by id."""
    text = Path(path).read_text(encoding="utf-8").splitlines()
    found = {row["fact"]: row for row in csv.DictReader(text)}
    return {name: row for name, row in found.items() if re.match(rf"{prefix}\d", name)}


def told(row: dict[str, str]) -> str:
    """What was simulated, over the seeds, and whether it is met."""
    seeds = f"{row['seeds_inside']} of {row['seeds']}"
    ends = span(row, "lowest", "highest")
    return f"{number(row['simulated'])} | {ends} | {WORDS[row['inside']]}, {seeds}"


def main(prefix: str, *files: str) -> None:
    """Print the table."""
    named = [part.rpartition("=")[::2] for part in files]
    tables = {name: rows_of(path, prefix) for name, path in named}
    heads = [f"{name} {what}".strip() for name in tables
             for what in ("simulated", "over the seeds", "met, at single seeds")]  # fmt: skip
    print("| fact | community | real | accepted |", " | ".join(heads), "|")
    print("|---|---|---|---|" + "---|" * len(heads))
    for name, row in next(iter(tables.values())).items():
        value = number(row["observed"])
        real = value if value != "-" else span(row, "observed_low", "observed_high")
        cells = " | ".join(told(table[name]) for table in tables.values())
        accepted = span(row, "accept_low", "accept_high")
        fact = f"{name.split('_')[0]} {row['title']} | `{row['scenario']}`"
        print(f"| {fact} | {real} | {accepted} | {cells} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
