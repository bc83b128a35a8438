"""What a scenario is expected to do: its statements, tested over luck.

``X > v with P %`` says: the probability that a run satisfies X > v is at least P, over luck (every
run has a seed of its own) and, with sampled worlds, over worlds. It passes when runs show, whatever
their number, that the probability is above P, fails when they show that it is below, and is
undecided when the runs are spent (`expect.trials`). A statement that does not hold
passes with probability 0.05 at most, one that holds fails with probability 0.05 at most; that is
for each statement. `shequn.experiments.expect.statements` tells what can be stated.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from shequn.experiments.crews.crews import Crew
from shequn.experiments.designs.worlds import Worlds
from shequn.experiments.expect.statements import Statement, read_expectations
from shequn.experiments.expect.trials import Judgement, judge, least_trials
from shequn.experiments.perform.effort import Asked, Effort, effort_of
from shequn.experiments.perform.execute import RunFailed, singly
from shequn.experiments.perform.perform import check_numbers
from shequn.experiments.runs import store
from shequn.experiments.runs.cases import Case, Result, case_of
from shequn.experiments.runs.given import given
from shequn.experiments.runs.pictures import draw, draw_into
from shequn.experiments.runs.plan import LUCK
from shequn.experiments.runs.run import try_policies, warm_up
from shequn.experiments.runs.words import counted
from shequn.model.outcomes import OUTCOMES
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_BATCH = 16  # runs between two looks; changes nothing that is found


@dataclass(frozen=True)
class Expectation:
    """What became of the expectations.

    Attributes
    ----------
    scenario : Scenario
        What was run.
    statements : list of Statement
        What was expected.
    replicates : int
        At most so many runs.
    values : numpy.ndarray
        float64, shape (runs, statements): what each statement looks at; run r has the seed of the
        scenario + r.
    """

    scenario: Scenario
    statements: list[Statement]
    replicates: int
    values: np.ndarray

    @cached_property
    def judgements(self) -> list[Judgement]:
        """What the runs say of each statement, as of the run that decided it."""
        return [
            judge(statement.satisfied(self.values[:, k]), statement.demanded)
            for k, statement in enumerate(self.statements)
        ]

    @property
    def verdict(self) -> str:
        """``fail`` if any statement fails, else ``undecided`` if any is, else ``pass``."""
        found = {judgement.verdict for judgement in self.judgements}
        return next(word for word in ("fail", "undecided", "pass") if word in found)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each statement.

        Returns
        -------
        pandas.DataFrame
            statement, verdict, demanded (probability), share (of runs that satisfied it), low and
            high (95 % bounds, each by itself), runs (looked at until decided), undefined (runs
            among them without a value), median (of what they give, in the unit of the outcome).
        """
        import pandas as pd

        lines = [
            {
                "statement": str(statement),
                "verdict": found.verdict,
                "demanded": statement.demanded,
                "share": found.share,
                "low": found.low,
                "high": found.high,
                "runs": found.trials,
                "undefined": int(np.isnan(self.values[: found.trials, k]).sum()),
                "median": pd.Series(self.values[: found.trials, k]).median(),
            }
            for k, (statement, found) in enumerate(
                zip(self.statements, self.judgements, strict=True)
            )
        ]
        return pd.DataFrame(lines)

    @property
    def rows(self) -> pd.DataFrame:
        """One row for each run: seed, and what each statement looks at."""
        import pandas as pd

        names = [statement.quantity for statement in self.statements]
        columns = {name: self.values[:, k] for k, name in enumerate(names)}
        seeds = [self.scenario.seed + r for r in range(len(self.values))]
        return pd.DataFrame({"seed": seeds, **columns})

    @property
    def hints(self) -> list[str]:
        """What to know of statements that are undecided, or not defined in some runs: sentences."""
        found = []
        for k, (statement, judgement) in enumerate(
            zip(self.statements, self.judgements, strict=True)
        ):
            least = least_trials(statement.demanded)
            missing = int(np.isnan(self.values[: judgement.trials, k]).sum())
            if missing:
                words = f"{missing} of {judgement.trials} runs have no value for '{statement}'"
                about = OUTCOMES.get(statement.of.name)
                needs = about.needs if about else "members"
                found.append(f"{words}, for want of {needs}; they do not satisfy it")
            if judgement.verdict == "undecided" and least > self.replicates:
                words = f"'{statement}' cannot pass with fewer than {least} runs"
                found.append(f"{words}, even if every run satisfies it")
        return found

    def plot(self) -> Figure:
        """The probability of each statement with its bounds, beside what is demanded."""
        return draw("expect", self)

    def save(self, folder: Path) -> None:
        """Write manifest, scenario, statements.csv, runs.csv and expectations.png.

        Parameters
        ----------
        folder : Path
            An empty folder.
        """
        facts = store.manifest(
            self.scenario, "expect", replicates=self.replicates, verdict=self.verdict,
            statements=[str(statement) for statement in self.statements],
        )  # fmt: skip
        store.write_manifest(folder, facts)
        store.write_text(folder / "scenario.toml", store.scenario_toml(self.scenario))
        for name, frame in (("runs", self.rows), ("statements", self.table)):
            text = frame.to_csv(index=False, lineterminator="\n")
            store.write_text(folder / f"{name}.csv", text)
        draw_into(folder, "expect", self)

    def __str__(self) -> str:
        """A line for each statement, then the verdict."""
        lines = [
            f"{found.verdict}: {statement}: {found.share:.1%} of {counted(found.trials, 'run')} "
            f"(bounds {found.low:.1%} and {found.high:.1%})"
            for statement, found in zip(self.statements, self.judgements, strict=True)
        ]
        return "\n".join([*lines, *self.hints, f"{self.scenario.name}: {self.verdict}"])

    __repr__ = __str__


@given()
def expect(
    scenario: Scenario | str | Path, *, effort: Effort | None = None, **asked: Unpack[Asked]
) -> Expectation:
    """Run a scenario until its expectations are decided, or the runs are spent.

    Parameters
    ----------
    scenario : Scenario, str or Path
        With a section ``[expect]``.
    effort : Effort, optional
        How much is run, by whom, and where it is kept.
    **asked
        Fields of the effort: ``replicates``, the most runs (what the section says, else 200),
        ``days``, ``seed``, ``worlds``, ``workers``, ``out``: an empty folder, in which the files
        are in the end.

    Returns
    -------
    Expectation
        The verdicts.

    Raises
    ------
    ScenarioError
        If the scenario cannot be used, or states no expectations.
    RunFailed
        If a run fails.

    Examples
    --------
    >>> import shequn as sq
    >>> from dataclasses import replace
    >>> stated = {"statements": ["members > 0 with 80 %"]}
    >>> sq.expect(replace(sq.Scenario.load("wechat-group"), expect=stated), days=5).verdict
    'pass'
    """
    wanted = effort_of(effort, asked)
    base = wanted.of(scenario)
    statements, own = read_expectations(base)
    most = wanted.most(own)
    check_numbers(base.seed, most)
    cases = _cases(base, most, wanted.worlds)
    crew = wanted.crew()
    kept: Any = nullcontext()
    if wanted.out is not None:
        kept = store.fresh_folder("expect", store.path_of(wanted.out))
    with kept as folder:
        with wanted.watcher.compiling():
            warm_up(base)
        try_policies([base])
        found = _decided(Expectation(base, statements, most, _NOTHING), cases, crew, wanted)
        if folder is not None:
            found.save(folder)
    return found


_NOTHING = np.zeros((0, 0))


def _decided(asked: Expectation, cases: Sequence[Case], crew: Crew, effort: Effort) -> Expectation:
    """Add runs until every statement is decided, or they are spent."""
    found, values = asked, []
    with closing(_in_order(cases, crew, effort.tell)) as results:
        for result in results:
            values.append([statement.value(result) for statement in asked.statements])
            if len(values) % _BATCH == 0 or len(values) == asked.replicates:
                found = replace(asked, values=np.array(values))
                if "undecided" not in {judgement.verdict for judgement in found.judgements}:
                    break
    looked_at = max(judgement.trials for judgement in found.judgements)
    return replace(found, values=found.values[:looked_at])


def _cases(base: Scenario, most: int, source: Any) -> list[Case]:
    """The runs, those with sampled worlds each in its own."""
    seeds = range(base.seed, base.seed + most)
    if source is None:
        one = case_of(base, base.seed)
        return [Case(base, seed, one.address) for seed in seeds]
    drawn = Worlds.of(source).draw(base, seeds)
    return [
        case_of(base.with_values(values), values.get(LUCK, seed))
        for values, seed in zip(drawn, seeds, strict=True)
    ]


def _in_order(
    cases: Sequence[Case], crew: Crew, progress: Callable[[int, int], None]
) -> Generator[Result, None, None]:
    """Results in the order of the cases: the runs that end first are no fair sample."""
    early: dict[str, Result] = {}
    given = 0
    with closing(crew.compute(singly(cases))) as computing:
        for (result,) in computing:
            early[result.key] = result
            while given < len(cases) and cases[given].key in early:
                yield _succeeded(early.pop(cases[given].key), cases[given])
                given += 1
            progress(given + len(early), len(cases))


def _succeeded(result: Result, case: Case) -> Result:
    if result.failure is not None:
        raise RunFailed(f"the run with seed {case.seed} failed: {result.failure.message}")
    return result
