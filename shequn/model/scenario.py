"""Scenarios: named sets of parameters in TOML files, checked whole before anything runs."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from shequn.agents.errors import PolicyError, Problem, ScenarioError, nearest
from shequn.model.parameters import Parameters, check_value, declared, flatten, rebuild, unknown
from shequn.model.contradictions import contradictions_of, contradictions_of_size
from shequn.model.parameters.declare import Declaration
from shequn.model.parameters.levers import ELEMENTS
from shequn.model.platforms import PLATFORMS

_HEAD = {"title": str, "description": str, "extends": str}
_NAME = Declaration("name", str, "", "", 0, 0, "name of a rival or channel", "")
_PLATFORM = Declaration(
    "platform", str, "", "", 0, 0, "row of numbers of a platform", "see platforms.py",
    choices=("", *PLATFORMS),
)  # fmt: skip
# What may differ between the channels of an operator, and between operators; the rest is the world.
_OF_A_CHANNEL = ("group", "desk", "invite", "forward")
_OF_AN_OPERATOR = (
    *_OF_A_CHANNEL, "product", "discovery", "policy", "targeting", "coupon", "incident", "control",
    "onboarding", "event", "listening", "elements", "costs",
)  # fmt: skip
_BLOCKS = {"channels": _OF_A_CHANNEL, "rivals": _OF_AN_OPERATOR}
_RUN = {
    "run.days": Declaration("run.days", int, 180, "day", 0, 100_000, "days of a run", "assumed"),
    "run.seed": Declaration("run.seed", int, 1, "1", 0, 2**64 - 1, "seed of a run", "assumed"),
}


@dataclass(frozen=True)
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
    channels, rivals : tuple of dict
        What each channel of the operator, and each rival, has otherwise than the operator: values
        by path, and ``name``, ``platform``.
    """

    name: str
    title: str = ""
    description: str = ""
    parameters: Parameters = dataclasses.field(default_factory=Parameters)
    days: int = 180
    seed: int = 1
    folder: Path = Path()
    platform: str = ""
    channels: tuple[dict[str, Any], ...] = ()
    rivals: tuple[dict[str, Any], ...] = ()

    @property
    def operators(self) -> list[list[Parameters]]:
        """For each operator its channels, the operator under study first.

        Elements that are switched off have their levers at zero. There are ``market.rivals``
        rivals: those listed, and copies of the last one listed, or of the operator.
        """
        own = [_variant(self.parameters, changes) for changes in self.channels]
        listed = self.rivals or ({},)
        rivals = [
            [_variant(self.parameters, listed[min(k, len(listed) - 1)])]
            for k in range(self.parameters.market.rivals)
        ]
        return [own or [_variant(self.parameters, {})], *rivals]

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
        return _load(str(name), ())

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """A copy with some parameters changed.

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
        return _apply(self, dict(values), lambda path: path)

    def value(self, path: str) -> Any:
        """The value of one parameter, by path."""
        values = flatten(self.parameters)
        if path not in values:
            raise ScenarioError([unknown(path, declared(), path)])
        return values[path]


def _variant(parameters: Parameters, changes: Mapping[str, Any]) -> Parameters:
    """The parameters of a channel or rival, levers of elements that are off at zero."""
    values = {path: value for path, value in changes.items() if "." in path}
    changed = rebuild(parameters, values) if values else parameters
    off = {
        path: check_value(declared()[path], 0)[0]
        for element, paths in ELEMENTS.items()
        if not getattr(changed.elements, element)
        for path in paths
    }
    return rebuild(changed, off) if off else changed


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
    if path.is_file():
        return path
    if path.is_dir():
        raise ScenarioError([Problem(name, "is a folder, not a scenario file")])
    listed = ", ".join(names)
    what = "no such file" if path.suffix else f"no such scenario; there are {listed}"
    raise ScenarioError([Problem(name, what + nearest(name, names))])


def _load(name: str, above: tuple[str, ...]) -> Scenario:
    path = find(name)
    if str(path) in above:
        raise ScenarioError([Problem(str(path), "extends itself, by way of other files")])
    text, tree = _parse(path)

    def place(key: str) -> str:
        line = _line_of(text, key)
        return f"{path}: line {line}: {key}" if line else f"{path}: {key}"

    problems = _check_head(tree, place)
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
        folder=path.parent,
    )
    return _apply(scenario, _leaves(tree), place, problems)


def _relative(name: str, path: Path) -> str:
    beside = path.parent / name
    return str(beside) if name not in named_scenarios() and beside.is_file() else name


def _parse(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError([Problem(str(path), f"not valid TOML: {error}")]) from error
    except UnicodeDecodeError as error:
        raise ScenarioError([Problem(str(path), f"not UTF-8 text: {error.reason}")]) from error
    except OSError as error:
        raise ScenarioError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error


def _check_head(tree: dict[str, Any], place: Any) -> list[Problem]:
    return [
        Problem(place(key), f"{tree[key]!r} is not text")
        for key in _HEAD
        if key in tree and not isinstance(tree[key], str)
    ]


def _leaves(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        path = f"{prefix}.{key}" if prefix else key
        if path in _BLOCKS and isinstance(value, list):
            for number, block in enumerate(value, start=1):
                inside = _leaves(block, f"{path}.{number}") if isinstance(block, dict) else {}
                leaves.update(inside or {f"{path}.{number}": block})
        elif isinstance(value, dict) and (value or _is_section(path)):
            leaves.update(_leaves(value, path))
        elif prefix or key not in _HEAD:
            leaves[path] = value
    return leaves


def _is_section(path: str) -> bool:
    return any(known.startswith(f"{path}.") for known in (*declared(), *_RUN))


def _line_of(text: str, path: str) -> int:
    """Line of a key in TOML text, 0 when it cannot be found: the parser does not keep lines."""
    section, _, name = path.rpartition(".")
    current = ""
    blocks: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]", line)
        if header:
            current = header.group(2).replace('"', "").replace(" ", "")
            if header.group(1) == "[[":
                blocks[current] = blocks.get(current, 0) + 1
            first, dot, rest = current.partition(".")
            if first in blocks:
                current = f"{first}.{blocks[first]}{dot}{rest}"
            if current == path:
                return number
            continue
        key = re.match(r"""\s*["']?([\w.\s-]+?)["']?\s*=""", line)
        if not key:
            continue
        full = f"{current}.{key.group(1)}" if current else key.group(1)
        if full == path or (full == section and f"{name} " in line.replace("=", " ")):
            return number
    return 0


def _apply(
    scenario: Scenario, values: dict[str, Any], place: Any, problems: list[Problem] | None = None
) -> Scenario:
    """Check values, replace them, check what they contradict; raise everything at once."""
    found = list(problems or ())
    blocks, plain = _blocks_of(scenario, values, place, found)
    known = {"platform": _PLATFORM, **declared(), **_RUN}
    accepted = _checked(plain, known, lambda path: path, place, found)
    run = {path[4:]: accepted.pop(path) for path in _RUN if path in accepted}
    run["platform"] = accepted.pop("platform", scenario.platform)
    if "platform" in plain:
        accepted = {**PLATFORMS.get(run["platform"], {}), **accepted}
    if len(blocks["rivals"]) > len(scenario.rivals):
        accepted.setdefault("market.rivals", len(blocks["rivals"]))
    parameters = rebuild(scenario.parameters, accepted)
    changed = dataclasses.replace(scenario, parameters=parameters, **run, **blocks)
    found += [Problem(place(path), words) for path, words in contradictions(changed)]
    if found:
        raise ScenarioError(found)
    return changed


def _checked(
    values: Mapping[str, Any], known: Mapping[str, Declaration], whole: Any, place: Any,
    found: list[Problem],
) -> dict[str, Any]:  # fmt: skip
    """The values that are in range; problems with the others are added to ``found``."""
    accepted: dict[str, Any] = {}
    for path, value in values.items():
        declaration = known.get(path)
        if declaration is None:
            found.append(unknown(path, dict(known), place(whole(path))))
            continue
        checked, complaint = check_value(declaration, value)
        if complaint:
            found.append(Problem(place(whole(path)), complaint))
        else:
            accepted[path] = checked
    return accepted


def _blocks_of(
    scenario: Scenario, values: Mapping[str, Any], place: Any, found: list[Problem]
) -> tuple[dict[str, tuple[dict[str, Any], ...]], dict[str, Any]]:
    """Split values by place: those of channels and rivals, merged with what is there, and the rest.

    ``rivals.2.product.price`` is the price of the second rival.
    """
    plain: dict[str, Any] = {}
    given: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in _BLOCKS}
    for path, value in values.items():
        block = re.fullmatch(r"(\w+)\.([1-9]\d*)(?:\.(.+))?", path)
        if not block or block.group(1) not in _BLOCKS:
            plain[path] = value
        elif block.group(3) is None:
            words = f"{value!r} is no table of values; write [[{block.group(1)}]] above them"
            found.append(Problem(place(path), words))
        else:
            number = given[block.group(1)].setdefault(int(block.group(2)), {})
            number[block.group(3)] = value
    merged: dict[str, tuple[dict[str, Any], ...]] = {}
    for name, sections in _BLOCKS.items():
        known = {"name": _NAME, "platform": _PLATFORM}
        known |= {p: d for p, d in declared().items() if p.partition(".")[0] in sections}
        there = list(getattr(scenario, name))
        for number, inside in sorted(given[name].items()):
            if number > len(there) + 1:
                words = f"there are {len(there)} {name}; number {number} is none of them"
                found.append(Problem(place(f"{name}.{number}"), words))
                continue
            prefix = f"{name}.{number}."
            accepted = _checked(
                inside, known, lambda path, prefix=prefix: prefix + path, place, found
            )
            row = PLATFORMS.get(accepted.get("platform", ""), {})
            there[number - 1 : number] = [
                {**(there[number - 1] if number <= len(there) else {}), **row, **accepted}
            ]
        merged[name] = tuple(there)
    return merged, plain


def contradictions(scenario: Scenario) -> list[tuple[str, str]]:
    """What cannot be true together.

    Parameters
    ----------
    scenario : Scenario
        Each of its values is in range.

    Returns
    -------
    list of (path, message)
        Empty when all is well.
    """
    q = scenario.parameters
    found = []
    total = q.tiers.high.share + q.tiers.middle.share + q.tiers.base.share
    if abs(total - 1.0) > 1e-6:
        found.append(("tiers.base.share", f"the three tier shares sum to {total:g}, not to 1"))
    if q.speak.most_posts > q.group.feed_length:
        words = (
            f"{q.group.feed_length} messages cannot hold the {q.speak.most_posts} that a member "
            f"may write in a session (speak.most_posts)"
        )
        found.append(("group.feed_length", words))
    for k, channels in enumerate(scenario.operators):
        prefix = f"rivals.{k}." if 0 < k <= len(scenario.rivals) else ""
        for number, channel in enumerate(channels, start=1):
            start = f"channels.{number}." if scenario.channels and not k else prefix
            found += [(start + path, words) for path, words in contradictions_of(channel)]
        found += [(prefix + path, words) for path, words in contradictions_of_size(channels)]
    found += _contradictions_of_shapes(scenario) + _contradictions_of_files(scenario)
    return list(dict.fromkeys(found))


def _contradictions_of_shapes(scenario: Scenario) -> list[tuple[str, str]]:
    q = scenario.parameters
    found = []
    for name in ("talk", "session_rate", "need_rate", "exit_rate"):
        shape, spread = getattr(q.shape, name), getattr(q.spread, name)
        if shape in ("gamma", "beta-geometric") and spread <= 0.0:
            found.append((f"spread.{name}", f"spread must be above 0 for a {shape} distribution"))
        if shape == "lognormal" and spread > 10.0:
            found.append((f"spread.{name}", f"SD of ln {spread:g} is out of range; at most 10"))
    if q.shape.exit_rate == "beta-geometric":
        for tier in ("high", "middle", "base"):
            rate = getattr(q.tiers, tier).exit_rate
            if getattr(q.tiers, tier).share > 0.0 and not 0.0 < rate < 1.0:
                words = f"{rate:g} must lie between 0 and 1 for a beta-geometric distribution"
                found.append((f"tiers.{tier}.exit_rate", words))
    return found


def _contradictions_of_files(scenario: Scenario) -> list[tuple[str, str]]:
    from shequn.agents.campaigns import make_policy
    from shequn.model.contacts import load_network

    q = scenario.parameters
    found = []
    for k, (first, *_) in enumerate(scenario.operators):
        prefix = f"rivals.{k}." if 0 < k <= len(scenario.rivals) else ""
        policy = first.policy
        if policy.name in ("file", "schedule") and not policy.file:
            found.append((f"{prefix}policy.file", f"policy '{policy.name}' needs a file"))
        elif policy.name == "file" and not policy.class_name:
            words = "policy 'file' needs the name of a class"
            found.append((f"{prefix}policy.class_name", words))
        elif policy.file:
            try:
                make_policy(first, scenario.folder)
            except PolicyError as error:
                found.append((f"{prefix}policy.file", str(error)))
    if q.market.network:
        try:
            load_network(scenario.folder / q.market.network, q.market.people, "market.network")
        except ScenarioError as error:
            for problem in error.problems:
                own = problem.place == "market.network"
                found.append(("market.network", problem.message if own else str(problem)))
    return found
