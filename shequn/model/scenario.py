"""Scenarios: named sets of parameters in TOML files, checked whole before anything runs."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.agents.files import is_file, read_text
from shequn.model.added import undefined
from shequn.model.blocks import (
    BLOCKS,
    PLATFORM,
    Block,
    blocks_of,
    checked,
    may_differ,
    numbered,
    variant,
)
from shequn.model.contradictions import contradictions
from shequn.model.own_outcome import OwnOutcome, read_own
from shequn.model.parameters import Parameters, declared, flatten, rebuild, unknown
from shequn.model.parameters.declare import Declaration
from shequn.model.past import (
    DAYS,
    PREFIX,
    Past,
    checked_past,
    declared_in_past,
    of_past,
    remembered,
)
from shequn.model.platforms import PLATFORMS
from shequn.model.reading import (
    READING,
    check_level,
    level,
    level_of,
    paths_of_reading,
    with_reading,
)
from shequn.model.toml_text import line_of, lines_of, parse_toml

ADDED, EARNED = "incremental_equity", "customer_equity"
_HEAD = {"title": str, "description": str, "extends": str, "focus": str}
_RAW = ("expect", "sweep")
_TAKEN_OVER = {"platform": PLATFORM, "reading": READING}  # each sets several parameters
OF_A_RUN = {
    "run.days": Declaration("run.days", int, 180, "day", 0, 100_000, "days of a run", "assumed"),
    "run.seed": Declaration("run.seed", int, 1, "1", 0, 2**64 - 1, "seed of a run", "assumed"),
    DAYS.path: DAYS,
}


@dataclass(frozen=True, repr=False)
class Scenario:
    """A world and an operator, ready to run.

    Attributes
    ----------
    name : str
        Name of the file, without ending.
    title, description : str
        For readers.
    parameters : Parameters
        Every value.
    days : int
        Length of a run unless said otherwise.
    seed : int
        Seed unless said otherwise.
    folder : Path
        Where relative file names belong.
    platform : str
        The platform whose numbers were taken over, "" for none.
    reading : float, optional
        The level of reading whose numbers were taken over, 0 quiet to 1 lively
        (`shequn.model.reading`); None: its own numbers hold.
    channels, rivals : tuple of dict
        What each channel of the operator, and each rival, has otherwise than the operator: values
        by path, and ``name``, ``platform``.
    alternatives : mapping
        Named changes to compare the scenario with: values by path.
    past : Past
        What is played before day 0.
    focus : str
        The outcome on which such a comparison looks first; what the group adds, or customer equity
        where that is not defined (`shequn.model.added.undefined`), unless the file names one.
    outcomes : tuple of str
        Outcomes of the user's own that runs give besides (`shequn.model.own_outcome`): FILE:NAME,
        files from the root on.
    expect, sweep : mapping
        The tables ``[expect]`` and ``[sweep]`` of the file, as they stand there; not taken over
        from the file that it extends. Their readers check them.
    """

    name: str
    title: str = ""
    description: str = ""
    parameters: Parameters = dataclasses.field(default_factory=Parameters)
    days: int = 180
    seed: int = 1
    folder: Path = Path()
    platform: str = ""
    reading: float | None = None
    channels: tuple[Block, ...] = ()
    rivals: tuple[Block, ...] = ()
    alternatives: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    past: Past = Past()
    focus: str = ADDED
    outcomes: tuple[str, ...] = ()
    expect: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    sweep: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Where it cannot be told what the group adds, what it earns comes first."""
        if self.focus == ADDED and undefined(self.parameters):
            object.__setattr__(self, "focus", EARNED)

    @property
    def main_values(self) -> dict[str, str]:
        """What tells the scenario from others at a glance: names and values in words."""
        q = self.parameters
        found = {
            "days": f"{self.days:,}",
            "seed": f"{self.seed}",
            "people": f"{q.market.people:,}",
            "largest group": f"{q.group.capacity:,}",
            "policy": q.policy.name,
        }
        more = {
            "past": f"{self.past.days:,} days" if self.past.days else "",
            "platform": self.platform,
            "reading": "" if self.reading is None else self.level,
            "channels": f"{len(self.channels)}" if self.channels else "",
            "rivals": f"{q.market.rivals}" if q.market.rivals else "",
            "alternatives": f"{len(self.alternatives)}" if self.alternatives else "",
        }
        return found | {name: words for name, words in more.items() if words}

    def __repr__(self) -> str:
        """Name, title and what tells it from others; every value: `shequn.model.parameters`."""
        words = ", ".join(f"{name} {value}" for name, value in self.main_values.items())
        title = f" ({self.title})" if self.title else ""
        return f"Scenario {self.name}{title}: {words}"

    def _repr_html_(self) -> str:
        """As a table, for notebooks."""
        from shequn.model.shown import html_table

        title = f"Scenario {self.name}" + (f": {self.title}" if self.title else "")
        return html_table(title, ("", "value"), self.main_values.items())

    @property
    def eras(self) -> tuple[Scenario, ...]:
        """What is played: its past, if it has one, and the scenario from day 0 on."""
        return (of_past(self), self) if self.past.days else (self,)

    @property
    def operators(self) -> list[list[Parameters]]:
        """For each operator its channels, the operator under study first.

        Elements that are switched off have their levers at zero. There are ``market.rivals``
        rivals: those listed, and copies of the last one listed, or of the operator.
        """
        own = [variant(self.parameters, changes) for changes in self.channels]
        listed = self.rivals or ({},)
        rivals = [
            [variant(self.parameters, listed[min(k, len(listed) - 1)])]
            for k in range(self.parameters.market.rivals)
        ]
        return [own or [variant(self.parameters, {})], *rivals]

    @property
    def operator_names(self) -> list[str]:
        """A name for each operator: ``operator``, then those of the rivals."""
        names = [str(changes.get("name", "")) for changes in self.rivals]
        count = self.parameters.market.rivals
        given = [names[k] if k < len(names) else "" for k in range(count)]
        return ["operator", *(name or f"rival {k + 1}" for k, name in enumerate(given))]

    @classmethod
    def load(cls, name: str | Path) -> Scenario:
        """Load a named scenario, or a file.

        Parameters
        ----------
        name : str or Path
            ``wechat-group``, or the path of a TOML file.

        Returns
        -------
        Scenario
            Checked.

        Raises
        ------
        ScenarioError
            With everything that is wrong with it.
        """
        if not isinstance(name, str | Path):
            raise ScenarioError([Problem("scenario", f"{name!r} is neither a name nor a file")])
        return _load(str(name), ())

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """A copy with some parameters changed.

        What an operator decides holds from day 0 on: in the past of a scenario that has one, it is
        as before, unless the past itself is changed (``past.policy.promo_share``).

        Parameters
        ----------
        values : mapping
            Values by path: ``{"policy.promo_share": 0.04, "group.capacity": 200}``.

        Returns
        -------
        Scenario
            Checked.

        Raises
        ------
        ScenarioError
            With every value that is wrong.
        """
        if not isinstance(values, Mapping) or not all(isinstance(path, str) for path in values):
            raise ScenarioError([Problem("values", f"{values!r} are no values by path")])
        return _apply(self, dict(values), lambda path: path, remember=True)

    def with_reading(self, name: str) -> Scenario:
        """A copy in which people read as at a level: what it sets lies over the scenario's values.

        Parameters
        ----------
        name : str
            ``quiet``, ``usual`` or ``lively``.

        Returns
        -------
        Scenario
            Checked.

        Raises
        ------
        ScenarioError
            If there is no such level.
        """
        check_level(name)
        return self.with_values({"reading": level(name).place})

    def with_outcomes(self, *outcomes: str) -> Scenario:
        """A copy whose runs give outcomes of the user's own besides.

        Parameters
        ----------
        *outcomes : str
            ``FILE.py:FUNCTION`` each; from then on an outcome by the name of the function.

        Returns
        -------
        Scenario
            Checked; nothing of the files is run before a run is.

        Raises
        ------
        ScenarioError
            If there is no such function.
        """
        found = [read_own(text) for text in outcomes]
        whole = tuple(dict.fromkeys([*self.outcomes, *map(str, found)]))
        return dataclasses.replace(self, outcomes=whole)

    @property
    def own_outcomes(self) -> list[OwnOutcome]:
        """The outcomes of the user's own."""
        return [read_own(text) for text in self.outcomes]

    @property
    def level(self) -> str:
        """The level of reading in words: that whose numbers the scenario has."""
        name = level_of(flatten(self.parameters))
        if name or self.reading is None:
            return name or "the scenario's own"
        return f"{self.reading:g} (0 quiet, 1 lively)"

    @property
    def arms(self) -> dict[str, Scenario]:
        """The scenario and its alternatives, by name."""
        title = self.title or self.name
        return {title: self} | {
            name: dataclasses.replace(self.with_values(values), title=name, alternatives={})
            for name, values in self.alternatives.items()
        }

    def value(self, path: str) -> Any:
        """The value of one parameter, by path."""
        values = flatten(self.parameters)
        if path not in values:
            raise ScenarioError([unknown(path, declared(), path)])
        return values[path]


def place_of(scenario: Scenario, key: str, word: str = "") -> str:
    """Where a key stands in the file of a scenario, for messages.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    key : str
        Path of the key: ``expect.statements``.
    word : str
        For a list over several lines: the text between quotes in the line that is meant.

    Returns
    -------
    str
        ``mine.toml: line 12: expect.statements``; the key alone without a file that has it.
    """
    path = scenario.folder / f"{scenario.name}.toml"
    try:
        text = read_text(path)
    except OSError:
        text = ""  # made in Python, or gone: the key alone says enough
    line = line_of(lines_of(text), key)
    rest = enumerate(text.splitlines()[line - 1 :], start=line) if line and word else ()
    quoted = (f'"{word}"', f"'{word}'")
    line = next((number for number, words in rest if any(q in words for q in quoted)), line)
    return f"{path}: line {line}: {key}" if line else key


def policy_files(scenario: Scenario) -> list[Path]:
    """Files of a user's own: the code that a run of this scenario would run.

    Parameters
    ----------
    scenario : Scenario
        The scenario.

    Returns
    -------
    list of Path
        Policies of the operator and of rivals, now and in the past, and outcomes; empty where
        all are built in.
    """
    policies = [channels[0].policy for era in scenario.eras for channels in era.operators]
    own = [scenario.folder / policy.file for policy in policies if policy.name == "file"]
    own += [Path(text.rpartition(":")[0]) for text in scenario.outcomes]
    return list(dict.fromkeys(own))


def refuse_code(scenario: Scenario, place: str) -> None:
    """Refuse to run the policy files of a scenario that may be somebody else's.

    Parameters
    ----------
    scenario : Scenario
        What would be run.
    place : str
        Where it came from, for the message.

    Raises
    ------
    ScenarioError
        If it names a policy file.
    """
    words = "is code that this would run; read it, then give --trust (trust=True in Python)"
    found = [Problem(place, f"Python file {path} {words}") for path in policy_files(scenario)]
    if found:
        raise ScenarioError(found)


def declaration_of(path: str) -> Declaration | None:
    """What is known of a path that can be set: a parameter, ``platform``, one of a block."""
    block = numbered(path)
    if block and block.group(1) in BLOCKS and block.group(3):
        inside = block.group(3)
        known = may_differ(inside, block.group(1))
        return declared().get(inside) if known else PLATFORM if inside == "platform" else None
    if path.startswith(PREFIX):
        return declared_in_past(path)
    return _TAKEN_OVER.get(path) or declared().get(path)


def named_scenarios() -> list[str]:
    """Names of the scenarios that come with the package."""
    folder = resources.files("shequn") / "scenarios"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name[-5:] == ".toml")


def find(name: str) -> Path:
    """Path of a named scenario or of a scenario file.

    Parameters
    ----------
    name : str
        Name or path.

    Returns
    -------
    Path
        An existing file.

    Raises
    ------
    ScenarioError
        If there is none.
    """
    names = named_scenarios()
    if name in names:
        return Path(str(resources.files("shequn") / "scenarios" / f"{name}.toml"))
    path = Path(name)
    if is_file(path):
        return path
    if path.suffix or os.path.lexists(name):
        try:
            read_text(path)
        except FileNotFoundError as error:
            raise ScenarioError([Problem(name, "no such file")]) from error
        except OSError as error:
            raise ScenarioError([Problem(name, f"cannot be read: {error.strerror}")]) from error
    words = f"no such scenario; there are {', '.join(names)}"
    raise ScenarioError([Problem(name, words + nearest(name, names))])


def _load(name: str, above: tuple[str, ...]) -> Scenario:
    path = find(name)
    if str(path) in above:
        raise ScenarioError([Problem(str(path), "extends itself, by way of other files")])
    text, tree = _parse(path)
    lines = lines_of(text)

    def place(key: str) -> str:
        line = line_of(lines, key)
        return f"{path}: line {line}: {key}" if line else f"{path}: {key}"

    outcomes = _own_outcomes(tree.pop("outcomes", []), path.parent, place("outcomes"))
    problems = _check_head(tree, place)
    raw = {name: _raw(tree.pop(name, {}), place(name), problems) for name in _RAW}
    base = Scenario(name=path.stem)
    if isinstance(tree.get("extends"), str):
        try:
            base = _load(_relative(tree["extends"], path), (*above, str(path)))
        except ScenarioError as error:
            where = place("extends")
            problems += [Problem(f"{where}: {p.place}", p.message) for p in error.problems]
    scenario = dataclasses.replace(
        base,
        name=path.stem,
        title=str(tree.get("title", base.title)),
        description=str(tree.get("description", base.description)).strip(),
        focus=str(tree.get("focus", ADDED)),
        outcomes=outcomes,
        folder=path.parent,
        alternatives={},
        **raw,
    )
    alternatives = tree.pop("alternatives", {})
    whole = _apply(scenario, _leaves(tree), place, problems)
    return dataclasses.replace(whole, alternatives=_alternatives(whole, alternatives, place))


def _alternatives(scenario: Scenario, tree: Any, place: Any) -> dict[str, dict[str, Any]]:
    """Named changes, each tried on the scenario."""
    if not isinstance(tree, dict) or not all(isinstance(values, dict) for values in tree.values()):
        words = 'alternatives are tables: [alternatives."a name"]'
        raise ScenarioError([Problem(place("alternatives"), words)])
    found = {name: _leaves(values) for name, values in tree.items()}
    problems: list[Problem] = []
    for name, values in found.items():
        try:
            scenario.with_values(values)
        except ScenarioError as error:
            where = place(f"alternatives.{name}")
            problems += [Problem(f"{where}: {p.place}", p.message) for p in error.problems]
    if problems:
        raise ScenarioError(problems)
    return found


def _raw(table: Any, place: str, problems: list[Problem]) -> dict[str, Any]:
    """A table that others read, as it stands; noted as a problem when it is none."""
    if isinstance(table, dict):
        return table
    problems.append(Problem(place, f"{table!r} is no table: [{place.rpartition(' ')[2]}]"))
    return {}


def _relative(name: str, path: Path) -> str:
    beside = path.parent / name
    return str(beside) if name not in named_scenarios() and is_file(beside) else name


def _parse(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = read_text(path)
        return text, parse_toml(text)
    except ValueError as error:
        raise ScenarioError([Problem(str(path), f"not valid TOML: {error}")]) from error
    except OSError as error:
        raise ScenarioError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error


def _check_head(tree: dict[str, Any], place: Any) -> list[Problem]:
    from shequn.model.outcomes import OUTCOMES

    found = [
        Problem(place(key), f"{tree[key]!r} is not text")
        for key in _HEAD
        if key in tree and not isinstance(tree[key], str)
    ]
    focus = tree.get("focus", ADDED)
    if isinstance(focus, str) and focus not in OUTCOMES:
        words = f"'{focus}' is no outcome{nearest(focus, OUTCOMES)}"
        found.append(Problem(place("focus"), words))
    return found


def _own_outcomes(texts: Any, folder: Path, place: str) -> tuple[str, ...]:
    """The outcomes of the user's own that a file names, with whole paths."""
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ScenarioError([Problem(place, f"{texts!r} is no list of FILE.py:FUNCTION")])
    try:
        return tuple(str(read_own(text, folder)) for text in texts)
    except ScenarioError as error:
        found = [Problem(f"{place}: {p.place}", p.message) for p in error.problems]
        raise ScenarioError(found) from error


def _leaves(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        path = f"{prefix}.{key}" if prefix else key
        if path in BLOCKS and isinstance(value, list):
            for number, block in enumerate(value, start=1):
                inside = _leaves(block, f"{path}.{number}") if isinstance(block, dict) else {}
                leaves.update(inside or {f"{path}.{number}": block})
        elif isinstance(value, dict) and (value or _is_section(path)):
            leaves.update(_leaves(value, path))
        elif prefix or key not in _HEAD:
            leaves[path] = value
    return leaves


def _is_section(path: str) -> bool:
    inside = path.removeprefix(PREFIX)
    return any(known.startswith(f"{inside}.") for known in (*declared(), *OF_A_RUN))


def as_written(scenario: Scenario, values: Mapping[str, Any]) -> Scenario:
    """A scenario with values that stand in its own file: the past knows no others.

    Parameters
    ----------
    scenario : Scenario
        What the file begins with.
    values : mapping
        Values by path; those of the past, too.

    Returns
    -------
    Scenario
        Checked.

    Raises
    ------
    ScenarioError
        With every value that is wrong.
    """
    return _apply(scenario, dict(values), lambda path: path)


def _apply(
    scenario: Scenario, values: dict[str, Any], place: Any,
    problems: list[Problem] | None = None, *, remember: bool = False,
) -> Scenario:  # fmt: skip
    """Check values, replace them, check what they contradict; raise everything at once.

    With ``remember`` the past is as the scenario was; else it is as the values say.
    """
    found = list(problems or ())
    there = {name: getattr(scenario, name) for name in BLOCKS}
    in_past = [path for path in values if path.startswith(PREFIX) and path not in OF_A_RUN]
    before = {path.removeprefix(PREFIX): values.pop(path) for path in in_past}
    blocks, plain = blocks_of(there, values, place, found)
    known = {**_TAKEN_OVER, **declared(), **OF_A_RUN}
    accepted = checked(plain, known, "", place, found)
    past = dataclasses.replace(
        scenario.past,
        days=accepted.pop(DAYS.path, scenario.past.days),
        values={**scenario.past.values, **checked_past(before, blocks, place, found)},
    )
    run = {path[4:]: accepted.pop(path) for path in OF_A_RUN if path in accepted}
    run["platform"] = accepted.pop("platform", scenario.platform)
    if accepted.keys() & {"reading", *paths_of_reading()}:
        run["reading"], accepted = with_reading(accepted)
    if "platform" in plain:
        accepted = {**PLATFORMS.get(run["platform"], {}), **accepted}
    if len(blocks["rivals"]) > len(scenario.rivals):
        accepted.setdefault("market.rivals", len(blocks["rivals"]))
    parameters = rebuild(scenario.parameters, accepted)
    changed = dataclasses.replace(scenario, parameters=parameters, past=past, **run, **blocks)
    wrong = contradictions(changed)
    found += [Problem(place(path), words) for path, words in wrong]
    if past.days and remember:
        changed = dataclasses.replace(changed, past=remembered(scenario, changed))
    if past.days and changed.past.values:
        earlier = [pair for pair in contradictions(of_past(changed)) if pair not in wrong]
        found += [Problem(place(PREFIX + path), words) for path, words in earlier]
    if found:
        raise ScenarioError(found)
    return changed
