"""A comparison at all levels of reading as a Markdown table: story_table.py differences.csv.

Bold where the 95 % interval of a paired difference leaves out 0.
"""

import csv
import sys
from pathlib import Path

OUTCOMES = {
    "readers": "readers a day",
    "messages": "messages",
    "exits": "exits",
    "incremental_orders": "orders it adds",
    "incremental_equity": "equity it adds, CNY",
}
# Where it cannot be told what the group adds.
INSTEAD = {
    "incremental_orders": ("orders", "orders"),
    "incremental_equity": ("customer_equity", "equity, CNY"),
}


def number(text: str) -> str:
    """A number with as many digits as one reads."""
    value = float(text)
    return f"{value:,.0f}" if abs(value) >= 20.0 else f"{value:.1f}"


def cell(row: dict[str, str]) -> str:
    """A difference with its interval."""
    words = f"{number(row['mean'])} [{number(row['low'])}, {number(row['high'])}]"
    decided = float(row["low"]) > 0.0 or float(row["high"]) < 0.0
    return f"**{words}**" if decided else words


def main(path: str) -> None:
    """Print the table."""
    text = Path(path).read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(text))
    told = {row["outcome"] for row in rows if row["mean"] not in ("", "nan")}
    outcomes = dict(
        (name, words) if name in told else INSTEAD[name] for name, words in OUTCOMES.items()
    )
    rows = [row for row in rows if row["outcome"] in outcomes]
    levels = list(dict.fromkeys(row["reading"] for row in rows))
    found = {(row["arm"], row["outcome"], row["reading"]): row for row in rows}
    print("| alternative | difference in |", " | ".join(levels), "|")
    print("|---|---|" + "---|" * len(levels))
    for arm in dict.fromkeys(row["arm"] for row in rows):
        for outcome, words in outcomes.items():
            cells = [cell(found[arm, outcome, level]) for level in levels]
            print(f"| {arm} | {words} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main(sys.argv[1])
