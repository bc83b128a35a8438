"""One's own group: look for worlds like it, and ask in them what is best; kept, and resumable."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Unpack

from shequn.agents.errors import Problem, ResultsError, ScenarioError
from shequn.experiments.calibrate.evaluations import EVALUATIONS, Journal, load_evaluations
from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.mine import questions
from shequn.experiments.mine.answers import check, load, text_of
from shequn.experiments.mine.fit import TRIES, Fit, Fitting, fit
from shequn.experiments.mine.measures import QUANTITIES
from shequn.experiments.mine.own_world import OwnWorld, own_world
from shequn.experiments.mine.written import scenario_text
from shequn.experiments.perform.effort import Effort, Further, effort_of
from shequn.experiments.runs import store
from shequn.experiments.runs.run import warm_up
from shequn.model.addresses import model_version

ABOUT, SCHEMA = "mine.json", 1
LANGUAGES = ("en", "zh")
WORLDS = 48  # in which every question is asked, at most
_FEWEST_TRIES = 240
ASKED: dict[str, Callable[..., Any]] = {
    "promotions": questions.promotions, "sizes": questions.sizes, "seeds": questions.seeds,
}  # fmt: skip


@dataclass(frozen=True)
class Mining:
    """What is looked for, and where it is kept.

    Attributes
    ----------
    answers : dict
        Checked.
    world : OwnWorld
        What they put into the world.
    folder : Path or None
        Where everything is kept.
    tries, seed : int
        Simulations at most; seed of all draws.
    language : str
        ``en`` or ``zh``: of what is written.
    """

    answers: dict[str, float]
    world: OwnWorld
    folder: Path | None = None
    tries: int = TRIES
    seed: int = 1
    language: str = "en"

    def look(self, effort: Effort) -> Fit:
        """Look for worlds like the group; those simulated before are not simulated again."""
        with effort.watcher.compiling():
            warm_up(self.world.scenario)
        how = Fitting(self.tries, self.seed, effort.crew().size, progress=effort.tell)
        if self.folder is None:
            return fit(self.world, self.answers, how)
        how.known = load_evaluations(self.folder, len(self.world.ranges), len(QUANTITIES))
        with Journal(self.folder / EVALUATIONS) as journal:
            how.keep = journal.write
            found = fit(self.world, self.answers, how)
        self._write(found)
        return found

    def ask(self, name: str, found: Fit, effort: Effort) -> Sweep | Comparison | None:
        """Ask one of `ASKED` in the worlds that were found."""
        out = None if self.folder is None else self.folder / name
        many = min(effort.replicates or WORLDS, len(found.units))
        asked = replace(effort, out=out, replicates=many, seed=None)
        return ASKED[name](self.world.scenario, found.worlds, asked)

    def _write(self, found: Fit) -> None:
        assert self.folder is not None
        store.write_text(self.folder / "answers.toml", text_of(self.answers, self.language))
        store.write_text(
            self.folder / "mine.toml",
            scenario_text(self.world, self.answers, found.medians, self.language),
        )
        for name, table in (
            ("posterior", found.worlds), ("parameters", found.parameters),
            ("looks-like", found.looks_like),
        ):  # fmt: skip
            text = table.to_csv(index=False, lineterminator="\n")
            store.write_text(self.folder / f"{name}.csv", text)


@dataclass
class Mined:
    """What was found of one's own group.

    Attributes
    ----------
    mining : Mining
        What was looked for.
    fit : Fit
        Worlds like it.
    promotions : Sweep
        Numbers of promotions a week, in these worlds.
    sizes : Sweep or None
        Sizes of groups; None where no other fits.
    seeds : Comparison
        Whom to start another group with.
    """

    mining: Mining
    fit: Fit
    promotions: Sweep
    sizes: Sweep | None
    seeds: Comparison

    @cached_property
    def looks_like(self) -> Any:
        """The group beside the simulated ones (`shequn.experiments.mine.fit.Fit.looks_like`)."""
        return self.fit.looks_like

    @property
    def worlds(self) -> Any:
        """The worlds, for ``worlds=`` of any question."""
        return self.fit.worlds

    def sentences(self, language: str | None = None) -> list[str]:
        """What was found, in words (`shequn.experiments.mine.words`)."""
        from shequn.experiments.mine.words import sentences

        return sentences(self, language or self.mining.language)

    def __repr__(self) -> str:
        """What was found, in words."""
        return "\n".join(self.sentences())


def begin(
    answers: Mapping[str, float] | str | Path,
    out: str | Path | None = None,
    *,
    keeps: bool = False,
    tries: int = TRIES,
    seed: int = 1,
    language: str = "en",
) -> Mining:
    """Check what is known, and open the folder.

    Parameters
    ----------
    answers : mapping, str or Path
        By question, or a file of them (`shequn.experiments.mine.answers`).
    out : str or Path, optional
        The folder wanted; if it holds the same question it goes on.
    keeps : bool
        Whether a new folder is made where none is wanted.
    tries : int
        Simulations at most, at least 240.
    seed : int
        Seed of all draws.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    Mining
        Ready to look.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    ResultsError
        If the folder cannot be used.
    """
    problems = []
    if tries < _FEWEST_TRIES:
        problems.append(Problem("tries", f"{tries} is out of range; at least {_FEWEST_TRIES}"))
    if not 0 <= seed < 2**53:
        problems.append(Problem("seed", f"{seed} is out of range; allowed: 0 to 2**53 - 1"))
    if language not in LANGUAGES:
        problems.append(Problem("language", f"'{language}' is none of {', '.join(LANGUAGES)}"))
    known: dict[str, float] = {}
    try:
        known = load(answers) if isinstance(answers, str | Path) else check(answers)
    except ScenarioError as error:
        problems += error.problems
    if problems:
        raise ScenarioError(problems)
    world = own_world(known)
    facts = {
        "schema": SCHEMA, "answers": known, "tries": tries, "seed": seed, "lang": language,
        "model": model_version(),
    }  # fmt: skip
    folder = None
    if out is not None or keeps:
        told = {"factor": world.factor}  # which follows from the answers
        folder = _open(store.path_of(out), store.plain(facts), told)
    return Mining(known, world, folder, tries, seed, language)


def _open(out: Path | None, facts: Any, told: Any) -> Path:
    """A new folder, which says what is told besides; or one that was begun with the same facts."""
    if out is not None and (out / ABOUT).exists():
        there = store.read_json(out / ABOUT, "no folder of shequn mine")
        differ = [name for name in facts if there.get(name) != facts[name]]
        if differ:
            words = f"{out}: holds another group or question (differs in {', '.join(differ)})"
            raise ResultsError(f"{words}; nothing is overwritten")
        return out
    folder = store.new_folder("mine", out)
    text = json.dumps({**facts, **told}, indent=2, ensure_ascii=False)
    store.write_text(folder / ABOUT, text + "\n")
    return folder


def mine(
    answers: Mapping[str, float] | str | Path,
    *,
    tries: int = TRIES,
    language: str = "en",
    effort: Effort | None = None,
    **asked: Unpack[Further],
) -> Mined:
    """From what is known of a group to worlds like it, and to what holds in all of them.

    Parameters
    ----------
    answers : mapping, str or Path
        What is known, by question (`shequn.experiments.mine.answers.QUESTIONS`), or the file.
        Only ``members`` is needed.
    tries : int
        Simulations at most (3000), at least 240: more come nearer to the group.
    language : str
        Of what is written: ``en`` or ``zh``.
    effort : Effort, optional
        Who computes, and where it is kept.
    **asked
        Fields of the effort: ``out``, ``seed`` of all draws (1), ``workers``, ``progress``.

    Returns
    -------
    Mined
        Worlds, and what is best in them. With ``out`` everything is in the folder; the same call
        goes on after an interruption.

    Raises
    ------
    ScenarioError
        If something given is wrong.
    ResultsError
        If the folder cannot be used, or hardly any simulation can be compared with the answers.

    Examples
    --------
    >>> import shequn as sq
    >>> found = sq.mine({"members": 200, "readers": 40, "messages": 15})  # doctest: +SKIP
    """
    wanted = effort_of(effort, asked)
    seed = 1 if wanted.seed is None else wanted.seed
    mining = begin(answers, wanted.out, tries=tries, seed=seed, language=language)
    found = mining.look(wanted)
    answered = {name: mining.ask(name, found, wanted) for name in ASKED}
    return Mined(mining, found, **answered)  # pyright: ignore[reportArgumentType]
