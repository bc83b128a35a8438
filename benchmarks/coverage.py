"""What "as precise as asked" and "expect" keep: ``python -m benchmarks.coverage [TRIALS]``.

No run of the model: values are drawn from distributions whose mean is known, a rule decides how
many, and it is counted how often its interval holds the mean. The numbers of docs/precision.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np

from shequn.experiments.expect.trials import judge
from shequn.experiments.perform.statistics import mean_interval
from shequn.experiments.perform.stopping import Precision, Stopping

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
BUDGET = 4000
# Each with mean 0 and SD 1, beside its shape: Student t with 4 degrees of freedom has an infinite
# fourth moment, the lognormal ones have a skewness of 1.75 and 6.2.
SHAPES: dict[str, Draw] = {
    "normal": lambda g, size: g.standard_normal(size),
    "Student t, 4": lambda g, size: g.standard_t(4, size) / np.sqrt(2.0),
    "lognormal 0.5": lambda g, size: _lognormal(g, size, 0.5),
    "lognormal 1": lambda g, size: _lognormal(g, size, 1.0),
}


def _lognormal(g: np.random.Generator, size: tuple[int, ...], sigma: float) -> np.ndarray:
    mean, variance = np.exp(sigma**2 / 2.0), np.exp(sigma**2) * np.expm1(sigma**2)
    return (g.lognormal(0.0, sigma, size) - mean) / np.sqrt(variance)


def stopped(rule: Stopping, arms: np.ndarray) -> int:
    """How many replicates a rule uses: ``arms`` has the shape (arms, budget)."""
    n = 0
    while more := rule.plan([arm[:n] for arm in arms]):
        n += more
    return n


def coverage(
    rule: Stopping, draw: Callable[[np.random.Generator], np.ndarray], truth: float, trials: int
) -> tuple[float, float]:
    """How often the first interval of a rule holds the truth, and the mean number of replicates."""
    generator = np.random.default_rng(1)
    hits, used = 0, 0
    for _ in range(trials):
        arms = draw(generator)
        n = stopped(rule, arms)
        found = rule.intervals([arm[:n] for arm in arms])[0]
        hits += found.low <= truth <= found.high
        used += n
    return hits / trials, used / trials


def naive(draw: Draw, width: float, trials: int) -> tuple[float, float]:
    """The same for a t interval looked at after 4, 8, 12, ... values, until it is narrow."""
    generator = np.random.default_rng(1)
    hits, used = 0, 0
    for _ in range(trials):
        values, n = draw(generator, (BUDGET,)), 4
        found = mean_interval(values[:n])
        while found.high - found.low > 2.0 * width:
            n += 4
            found = mean_interval(values[:n])
        hits += found.low <= 0.0 <= found.high
        used += n
    return hits / trials, used / trials


def of_shapes(trials: int) -> Iterator[tuple[str, float, float]]:
    """Coverage and cost for absolute widths, percent, pairs, and the naive rule."""
    for name, draw in SHAPES.items():
        for width in (0.5, 0.3, 0.2):
            rule = Stopping(Precision("members", width), BUDGET)
            found = coverage(rule, lambda g, d=draw: d(g, (1, BUDGET)), 0.0, trials)
            yield f"{name}, +-{width} SD", *found
        # A mean of 2 SD: 10 % of it are 0.2 SD.
        rule = Stopping(Precision("members", 0.1, relative=True), BUDGET)
        found = coverage(rule, lambda g, d=draw: 2.0 + d(g, (1, BUDGET)), 2.0, trials)
        yield f"{name}, +-10% of a mean of 2 SD", *found
        rule = Stopping(Precision("members", 0.1, relative=True), BUDGET)
        found = coverage(rule, lambda g, d=draw: _pairs(g, d), 0.5, trials)
        yield f"{name}, differences of three arms, +-10% of the base", *found
        yield f"{name}, +-0.5 SD, naive", *naive(draw, 0.5, trials)


def _pairs(g: np.random.Generator, draw: Draw) -> np.ndarray:
    """Three arms with means 2, 2.5 and 3 SD and a correlation of 0.5."""
    common, own = draw(g, (1, BUDGET)), draw(g, (3, BUDGET))
    return np.array([[2.0], [2.5], [3.0]]) + np.sqrt(0.5) * (common + own)


def of_expectations(trials: int) -> Iterator[tuple[str, float, float, float, float]]:
    """How often a statement passes, fails and stays undecided, and the mean number of runs."""
    for demanded in (0.5, 0.8, 0.95):
        for true in sorted({demanded, *(demanded + np.array([-0.1, -0.05, 0.03, 0.045]))}):
            generator = np.random.default_rng(1)
            found = [judge(generator.random(200) < true, demanded) for _ in range(trials)]
            passed = sum(j.verdict == "pass" for j in found) / trials
            failed = sum(j.verdict == "fail" for j in found) / trials
            runs = float(np.mean([j.trials for j in found]))
            name = f"{demanded:.0%} demanded, true {true:.1%}"
            yield name, passed, failed, 1.0 - passed - failed, runs


def main() -> int:
    """Print both tables."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"{trials:,} trials each; standard error of 95 %: {np.sqrt(0.0475 / trials):.2%}\n")
    print("| values and rule | coverage | replicates |\n|---|---|---|")
    for name, share, used in of_shapes(trials):
        print(f"| {name} | {share:.1%} | {used:.0f} |", flush=True)
    print("\n| statement | passes | fails | undecided | runs |\n|---|---|---|---|---|")
    for name, passed, failed, left, runs in of_expectations(trials):
        print(f"| {name} | {passed:.1%} | {failed:.1%} | {left:.1%} | {runs:.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
