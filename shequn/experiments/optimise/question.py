"""What a search for good values asks: the goal, what may be changed, what has to hold.

A goal and a constraint look at the outcomes of many runs of a candidate. A constraint holds for
their mean. The goal is their mean, or the mean of the worst tenth of them (conditional value at
risk; Rockafellar & Uryasev 2000, "Optimization of conditional value-at-risk", Journal of Risk 2).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import numpy as np

from shequn.agents.errors import Problem, ScenarioError, nearest
from shequn.experiments.designs.axes import Axis, axis_of
from shequn.experiments.designs.constraints import Constraint, complaint_of_outcome, constraints_of
from shequn.model.outcomes import OUTCOMES
from shequn.model.parameters import Declaration, declared, unknown
from shequn.model.scenario import Scenario

RISKS = ("mean", "worst-decile")
MOST_TRIALS = 10_000
WHOLE = 24.0  # an allowed range that is not wider is searched whole; assumed
FACTOR = 4.0  # else from a 4th of the scenario's own value to 4 times of it; assumed
_TAIL = 0.1
_NEW_PATH = re.compile(r",(?=\s*[a-z_]+\.[a-z_0-9.]+\s*(?:=|,|$))")

Over = str | Sequence[str] | Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """What is searched for.

    Attributes
    ----------
    goal : str
        One of `OUTCOMES`.
    more : bool
        Whether more of it is better.
    axes : tuple of Axis
        What may be changed.
    constraints : tuple of Constraint
        What has to hold.
    risk : str
        One of `RISKS`.
    trials, replicates, confirm : int
        Candidates that are tried, runs of each, and fresh runs of each finalist for the figures
        that are reported.
    """

    goal: str
    more: bool
    axes: tuple[Axis, ...]
    constraints: tuple[Constraint, ...]
    risk: str
    trials: int
    replicates: int
    confirm: int

    @property
    def outcomes(self) -> list[str]:
        """Outcomes that are looked at, the goal first."""
        return list(dict.fromkeys([self.goal, *(each.outcome for each in self.constraints)]))

    def score(self, values: np.ndarray) -> float:
        """What is optimised, in the unit of the goal.

        Parameters
        ----------
        values : numpy.ndarray
            The goal, one for each run; nan is left out.

        Returns
        -------
        float
            The mean, or that of the worst tenth; nan without values.
        """
        return mean_of(values) if self.risk == "mean" else worst_decile(values, self.more)

    def excess(self, samples: Mapping[str, np.ndarray]) -> float:
        """How far constraints are broken by the means, added up; 0 when all are met."""
        return sum(each.excess(mean_of(samples[each.outcome])) for each in self.constraints)

    def rank(self, samples: Mapping[str, np.ndarray]) -> tuple[float, float]:
        """What candidates are sorted by, the best first: broken constraints, then the goal."""
        score = self.score(samples[self.goal])
        if math.isnan(score):
            return math.inf, math.inf
        return self.excess(samples), -score if self.more else score

    def facts(self) -> dict[str, Any]:
        """What identifies the question, as plain values; the number of trials does not."""
        return {
            "goal": self.goal,
            "better": "more" if self.more else "less",
            "over": {axis.path: axis.facts for axis in self.axes},
            "subject_to": [str(each) for each in self.constraints],
            "risk": self.risk,
            "replicates": self.replicates,
            "confirm": self.confirm,
        }

    def __str__(self) -> str:
        """``customer_equity as large as possible, subject to left_share < 0.3``."""
        tail = "" if self.risk == "mean" else "worst tenth of "
        words = f"{tail}{self.goal} as {'large' if self.more else 'small'} as possible"
        rules = " and ".join(map(str, self.constraints))
        return f"{words}, subject to {rules}" if rules else words


def mean_of(values: np.ndarray) -> float:
    """Mean of what is not nan; nan when nothing is."""
    kept = values[~np.isnan(values)]
    return float(kept.mean()) if len(kept) else math.nan


def worst_decile(values: np.ndarray, more: bool) -> float:
    """Mean of the worst tenth of some runs.

    Parameters
    ----------
    values : numpy.ndarray
        One for each run; nan is left out.
    more : bool
        Whether more is better.

    Returns
    -------
    float
        The run at the edge of the tenth counts in part; with 10 runs or fewer it is the worst run.
    """
    kept = values[~np.isnan(values)]
    return float(worst_deciles(kept, more)) if len(kept) else math.nan


def worst_deciles(values: np.ndarray, more: bool) -> np.ndarray:
    """As `worst_decile` along the last axis of any number of samples without nan."""
    ordered = np.sort(values, axis=-1)
    n = values.shape[-1]
    weights = np.clip(_TAIL * n - np.arange(n), 0.0, 1.0)
    return (ordered if more else ordered[..., ::-1]) @ (weights / weights.sum())


class Searched(TypedDict, total=False):
    """What else can be said of a search: keywords of `optimise`."""

    direction: str | None
    risk: str
    trials: int
    confirm: int | None


def question_of(
    scenario: Scenario,
    goal: str,
    over: Over,
    subject_to: str | Sequence[str] = (),
    replicates: int = 16,
    **search: Unpack[Searched],
) -> Question:
    """Read and check a question.

    Parameters
    ----------
    scenario : Scenario
        As it will be run.
    goal : str
        One of `OUTCOMES`.
    over : str, sequence of str or mapping
        ``"policy.promo_share=0:0.3,group.capacity"``, several such texts, or by path a range, a
        list of values or None (`axis_over`).
    subject_to : str or sequence of str
        ``"left_share < 0.3"``.
    replicates : int
        As in `Question`.
    **search
        ``direction``: ``more`` or ``less`` is better, for a goal of which that is not clear;
        ``risk``: one of `RISKS` (``mean``); ``trials`` (40) and ``confirm`` (twice the replicates)
        as in `Question`.

    Returns
    -------
    Question
        Checked.

    Raises
    ------
    ScenarioError
        With everything that is wrong.
    """
    problems: list[Problem] = []
    risk, trials = search.get("risk", "mean"), search.get("trials", 40)
    more = _better(goal, search.get("direction"), scenario.days, problems)
    axes = _axes(scenario, over, problems)
    texts = [subject_to] if isinstance(subject_to, str) else list(subject_to)
    constraints = constraints_of(texts, scenario.days, problems)
    if risk not in RISKS:
        words = f"'{risk}' is none of {', '.join(RISKS)}{nearest(risk, RISKS)}"
        problems.append(Problem("--risk", words))
    confirm = search.get("confirm")
    confirm = 2 * replicates if confirm is None else confirm
    least = {"--trials": (trials, 2), "--replicates": (replicates, 2), "--confirm": (confirm, 2)}
    for place, (count, low) in least.items():
        if not low <= count <= MOST_TRIALS:
            words = f"{count:,} is out of range; allowed: {low} to {MOST_TRIALS:,}"
            problems.append(Problem(place, words))
    if problems:
        raise ScenarioError(problems)
    found = tuple(axes), tuple(constraints)
    return Question(goal, more, *found, risk, trials, replicates, confirm)


def _better(goal: str, direction: str | None, days: int, problems: list[Problem]) -> bool:
    """Whether more of the goal is better."""
    place = f"--goal {goal}"
    complaint = complaint_of_outcome(goal, days)
    if complaint:
        problems.append(Problem(place, complaint))
        return True
    known = OUTCOMES[goal].better
    if direction is not None and direction not in ("more", "less"):
        problems.append(Problem(place, f"direction '{direction}' is none of more, less"))
    elif known and direction and direction != known:
        problems.append(Problem(place, f"{known} of it is better; drop the other direction"))
    elif not known and not direction:
        words = "neither more nor less of it is better by itself; say --maximise or --minimise"
        problems.append(Problem(place, words))
    return (direction or known) != "less"


def _axes(scenario: Scenario, over: Over, problems: list[Problem]) -> list[Axis]:
    axes = []
    pairs = _pairs(over)
    for path, given in pairs:
        try:
            axes.append(axis_over(scenario, path, given))
        except ScenarioError as error:
            problems += error.problems
    if not pairs:
        problems.append(Problem("--over", "nothing to change; give PATH or PATH=LOW:HIGH"))
    paths = [path for path, _ in pairs]
    twice = dict.fromkeys(path for path in paths if paths.count(path) > 1)
    problems += [Problem(f"--over {path}", "is given twice") for path in twice]
    return axes


def _pairs(over: Over) -> list[tuple[str, Any]]:
    """Paths with what was given for each; None where nothing was."""
    if isinstance(over, Mapping):
        return list(over.items())
    texts = [over] if isinstance(over, str) else list(over)
    # A comma begins a new parameter only when a path follows: b in a=x,b is a value.
    parts = [part for text in texts for part in _NEW_PATH.split(text) if part.strip()]
    cut = [part.partition("=") for part in parts]
    return [(path.strip(), words if equals else None) for path, equals, words in cut]


def axis_over(scenario: Scenario, path: str, given: Any) -> Axis:
    """What may be tried for one parameter.

    Parameters
    ----------
    scenario : Scenario
        Its own value decides a range that is not given.
    path : str
        The parameter.
    given : str, sequence or None
        ``LOW:HIGH``, ``LOW:HIGH:log``, ``a,b,c`` or values. None: every choice of a word or a
        switch; of a number the allowed range if that is not wider than 24, else, on a logarithmic
        scale, from a quarter of the scenario's own value to four times of it.

    Returns
    -------
    Axis
        With at least two values.

    Raises
    ------
    ScenarioError
        If there is nothing to choose from.
    """
    place = f"--over {path}"
    about = declared().get(path)
    if about is None:
        raise ScenarioError([unknown(path, declared(), place)])
    if given is None:
        given = _default(about, scenario.value(path))
        if not given:
            words = f"what may be tried? give {path}=LOW:HIGH or {path}=a,b,c; {about.range}"
            raise ScenarioError([Problem(place, words)])
    axis = axis_of(path, given, place)
    if axis.range is None and len(set(axis.values)) < 2:
        raise ScenarioError([Problem(place, "a single value; at least 2 to choose from")])
    return axis


def _default(about: Declaration, own: Any) -> Any:
    """What is tried when nothing is said, None if that cannot be told."""
    if about.kind is bool:
        return [False, True]
    if about.choices:
        return list(about.choices)
    if about.kind not in (int, float):
        return None
    if about.high - about.low <= WHOLE:
        return f"{about.low!r}:{about.high!r}"
    if not 0.0 < own < math.inf:
        return None
    low, high = max(own / FACTOR, about.low), min(own * FACTOR, about.high)
    if about.kind is int:
        low, high = max(1, math.floor(low)), math.ceil(high)
    return f"{low!r}:{high!r}:log"
