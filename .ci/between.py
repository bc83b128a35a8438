"""Put what is read from stdin between two marks of a document: between.py FILE NAME.

The marks are lines of their own, ``<!-- NAME -->`` and ``<!-- end of NAME -->``.
"""

import sys
from pathlib import Path


def between(text: str, name: str, new: str) -> str:
    """A text with other lines between the marks of a name."""
    first, last = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    if text.count(first) != 1 or text.count(last) != 1:
        raise SystemExit(f"no marks, or several, of the name {name}")
    head, _, rest = text.partition(first)
    return f"{head}{first}{new.strip()}\n{last}{rest.partition(last)[2]}"


if __name__ == "__main__":
    path, name = Path(sys.argv[1]), sys.argv[2]
    path.write_text(between(path.read_text("utf-8"), name, sys.stdin.read()), encoding="utf-8")
