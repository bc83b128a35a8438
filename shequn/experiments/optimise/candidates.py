"""The three stages of a search for good values, each on seeds of its own.

The best of many noisy trials looks better than it is (the winner's curse; Smith & Winkler 2006,
"The optimizer's curse", Management Science 52(3)). So a search ends with two more stages:

1. search: each trial is run on the same seeds; trials are proposed by a tree-structured Parzen
   estimator (Bergstra et al. 2011; constraints: Watanabe & Hutter 2023), the first trial being the
   scenario's own values;
2. choice: the best few and the scenario's own values are run again on fresh seeds, which decide
   their order;
3. confirmation: the same ones on seeds that decided nothing. Only these figures are reported.

The proposals depend on the seed and on what the runs gave, on nothing else: a search that was
interrupted proposes the same again, and finds its finished runs in the archive.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.agents.errors import ScenarioError
from shequn.experiments.designs.axes import Axis
from shequn.experiments.optimise.question import Question, mean_of

if TYPE_CHECKING:
    import optuna

FINALISTS = 5
_DIGITS = 4  # of a proposed number: more would suggest what no search can know

Values = Mapping[str, Any]
Samples = Mapping[str, np.ndarray]
Evaluate = Callable[[Values, range], Samples]


@dataclass(frozen=True)
class Trial:
    """A candidate, and what its runs gave.

    Attributes
    ----------
    number : int
        0: the scenario's own values.
    values : dict
        By path.
    samples : dict
        For each outcome of the question float64, shape (replicates,), nan where a run failed or
        the outcome is not defined.
    complaint : str
        Why it gave nothing, else empty.
    """

    number: int
    values: Values
    samples: Samples
    complaint: str = ""


@dataclass(frozen=True)
class Stages:
    """What the three stages gave.

    Attributes
    ----------
    trials : list of Trial
        The search.
    chosen : list of Trial
        The finalists on the seeds of the choice, the best first.
    confirmed : list of Trial
        The same in the same order, on the seeds of the confirmation.
    """

    trials: list[Trial]
    chosen: list[Trial]
    confirmed: list[Trial]


def find(
    question: Question,
    own: Values,
    evaluate: Evaluate,
    seed: int,
    note: Callable[[str, list[Trial]], None] | None = None,
) -> Stages:
    """Search, choose and confirm.

    Parameters
    ----------
    question : Question
        What is wanted.
    own : mapping
        The scenario's own values of what may be changed.
    evaluate : callable
        Given values by path and a range of replicates, gives for each outcome of the question one
        value for each replicate; the same replicate has the same luck for all candidates. Raises
        ScenarioError where values contradict one another.
    seed : int
        Of the proposals.
    note : callable, optional
        Called with the stage (``search``, ``choice``, ``confirmation``) and its trials so far,
        before each trial.

    Returns
    -------
    Stages
        All of it.
    """
    say = note or (lambda stage, trials: None)
    n = question.replicates
    trials: list[Trial] = []
    for trial in search(question, own, evaluate, seed, lambda: say("search", trials)):
        trials.append(trial)
    final = finalists(question, trials)
    stages: dict[str, list[Trial]] = {"choice": [], "confirmation": []}
    seeds = {"choice": range(n, 2 * n), "confirmation": range(2 * n, 2 * n + question.confirm)}
    for stage, done in stages.items():
        for trial in final:
            say(stage, done)
            done.append(tried(trial.number, trial.values, evaluate, seeds[stage], question))
        if stage == "choice":
            done.sort(key=lambda trial: question.rank(trial.samples))
            final = done
    return Stages(trials, stages["choice"], stages["confirmation"])


def search(
    question: Question, own: Values, evaluate: Evaluate, seed: int, before: Callable[[], None]
) -> Iterator[Trial]:
    """Try candidates one after the other.

    Parameters
    ----------
    question, own, evaluate, seed
        As in `find`.
    before : callable
        Called before each trial.

    Yields
    ------
    Trial
        The scenario's own values first, ``question.trials`` in all.
    """
    import optuna

    with _quiet():
        study = _study(question, seed)
    place = _place(question.axes, own)
    if place is not None:
        study.enqueue_trial(place)
    for number in range(question.trials):
        before()
        if number == 0 and place is None:  # outside of what may be tried: only for comparison
            yield tried(0, own, evaluate, range(question.replicates), question)
            continue
        asked = study.ask()
        proposed = {axis.path: _propose(asked, axis) for axis in question.axes}
        values = own if number == 0 else proposed
        found = tried(number, values, evaluate, range(question.replicates), question)
        if found.complaint:
            study.tell(asked, state=optuna.trial.TrialState.FAIL)
        else:
            asked.set_user_attr("excess", _excesses(question, found.samples))
            study.tell(asked, question.score(found.samples[question.goal]))
        yield found


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what Optuna says of studies and of arguments that have a successor."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _study(question: Question, seed: int) -> optuna.Study:
    import optuna

    sampler = optuna.samplers.TPESampler(
        seed=seed % 2**32,
        multivariate=True,
        # Known to every Optuna from 4.0 to 6; later ones want Trial.set_constraint.
        constraints_func=(lambda trial: trial.user_attrs["excess"])
        if question.constraints
        else None,
    )
    return optuna.create_study(
        direction="maximize" if question.more else "minimize", sampler=sampler
    )


def _excesses(question: Question, samples: Samples) -> list[float]:
    """How far each constraint is broken, 0 where it is met."""
    return [each.excess(mean_of(samples[each.outcome])) for each in question.constraints]


def _levels(axis: Axis) -> list[Any]:
    """The values of a list, numbers in rising order."""
    values = list(dict.fromkeys(axis.values))
    numbers = all(isinstance(value, int | float) for value in values)
    return sorted(values) if numbers else values


def _propose(asked: optuna.Trial, axis: Axis) -> Any:
    """The value that is proposed for one parameter, in its declared type."""
    span = axis.range
    if span is None:
        levels = _levels(axis)
        if isinstance(levels[0], int | float) and not isinstance(levels[0], bool):
            return levels[asked.suggest_int(axis.path, 0, len(levels) - 1)]
        return levels[asked.suggest_categorical(axis.path, list(range(len(levels))))]
    if span.whole:
        return asked.suggest_int(axis.path, int(span.low), int(span.high), log=span.log)
    value = asked.suggest_float(axis.path, span.low, span.high, log=span.log)
    return min(max(float(f"{value:.{_DIGITS}g}"), span.low), span.high)


def _place(axes: Sequence[Axis], own: Values) -> dict[str, Any] | None:
    """The scenario's own values as Optuna knows them; None if one of them may not be tried."""
    found: dict[str, Any] = {}
    for axis in axes:
        value = own[axis.path]
        if axis.range is None:
            if value not in axis.values:
                return None
            found[axis.path] = _levels(axis).index(value)
        elif axis.range.low <= value <= axis.range.high:
            found[axis.path] = value
        else:
            return None
    return found


def tried(
    number: int, values: Values, evaluate: Evaluate, replicates: range, question: Question
) -> Trial:
    """Run a candidate; one that gives nothing is a trial, too."""
    try:
        samples = evaluate(values, replicates)
    except ScenarioError as error:
        nothing = {name: np.full(len(replicates), np.nan) for name in question.outcomes}
        return Trial(number, values, nothing, str(error).replace("\n", "; "))
    if np.isnan(samples[question.goal]).all():
        return Trial(number, values, samples, f"no run gave {question.goal}")
    return Trial(number, values, samples)


def finalists(question: Question, trials: Sequence[Trial]) -> list[Trial]:
    """The scenario's own values, then the best of the search: `FINALISTS` different ones."""
    own = trials[0]
    seen = {_key(own)}
    found = [own]
    for trial in sorted(trials[1:], key=lambda trial: question.rank(trial.samples)):
        if not trial.complaint and _key(trial) not in seen and len(found) <= FINALISTS:
            seen.add(_key(trial))
            found.append(trial)
    return found


def _key(trial: Trial) -> tuple[str, ...]:
    return tuple(repr(value) for value in trial.values.values())
