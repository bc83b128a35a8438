"""Hold what was built to what git tracks: ``git ls-files -z shequn | packages.py SDIST WHEEL``.

Both must have every file of the package and no other; the wheel has its metadata besides, the
source distribution whatever else a build needs. Neither has a link, nor the doors at the top of the
repository that lead into the package.
"""

import sys
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath

PACKAGE = "shequn"
DOORS = {"agents", "model", "experiments"}
LINK, KIND = 0o120000, 0o170000  # of the mode of a file, as zip archives keep it


def in_sdist(place: str) -> tuple[set[str], set[str]]:
    """Names below the folder that a source distribution unpacks to, and those that are links."""
    with tarfile.open(place) as archive:
        members = {
            member.name.partition("/")[2]: member for member in archive if not member.isdir()
        }
    return set(members), {name for name, member in members.items() if not member.isreg()}


def in_wheel(place: str) -> tuple[set[str], set[str]]:
    """Names in a wheel, and those that are links."""
    with zipfile.ZipFile(place) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
    links = {member.filename for member in members if member.external_attr >> 16 & KIND == LINK}
    return {member.filename for member in members}, links


def top(name: str) -> str:
    """The first part of a path."""
    return PurePosixPath(name).parts[0]


def faults(tracked: set[str], sdist: str, wheel: str) -> Iterable[str]:
    """What is wrong, a line for each file."""
    for place, (names, links) in ((sdist, in_sdist(sdist)), (wheel, in_wheel(wheel))):
        own = {name for name in names if top(name) == PACKAGE}
        yield from (f"{place}: lacks {name}" for name in sorted(tracked - own))
        yield from (f"{place}: {name} is not tracked by git" for name in sorted(own - tracked))
        yield from (f"{place}: {name} is a link" for name in sorted(links))
        yield from (f"{place}: {name} is a door" for name in sorted(names) if top(name) in DOORS)
        if place == wheel:
            others = {name for name in names - own if not top(name).endswith(".dist-info")}
            yield from (f"{place}: {name} is no part of {PACKAGE}" for name in sorted(others))


def main(sdist: str, wheel: str) -> None:
    """Read the names that git tracks, say what is wrong, and end with 1 if anything is."""
    tracked = set(filter(None, sys.stdin.read().split("\0")))
    wrong = list(faults(tracked, sdist, wheel)) if tracked else ["git tracks no file"]
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{sdist} and {wheel}: the {len(tracked)} files of {PACKAGE} that git tracks")


if __name__ == "__main__":
    main(*sys.argv[1:])
