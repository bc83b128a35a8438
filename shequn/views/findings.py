"""What a figure's title says: a finding made from intervals, and never more certain than they are.

Sure is what has a 95 % interval on one side of 0, each difference looked at by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from shequn.experiments.compare.comparison import Comparison
from shequn.experiments.compare.sweep import Sweep
from shequn.experiments.perform.statistics import Interval
from shequn.experiments.runs.words import be, counted
from shequn.model.outcomes import OUTCOMES
from shequn.views.scales import A_DAY, name_of, setting_of, value_of

_LONGEST = 30  # characters of a name in a title
_LONG = 50  # characters of a name in a note
_NAMED = 3  # names in a row; of more it is said how many


def named(outcome: str) -> str:
    """An outcome in words."""
    return outcome.replace("_", " ")


def capital(words: str) -> str:
    """Words with a capital letter."""
    return words[:1].upper() + words[1:]


def side(found: Interval) -> int:
    """1 surely more, -1 surely less, 0 not sure."""
    return 0 if found.n < 2 else (found.low > 0.0) - (found.high < 0.0)


def of_runs(replicates: int, intervals: str = "mean and 95 % interval") -> str:
    """How many runs there are, and what is drawn of them."""
    if replicates == 1:
        return "1 replicate: no intervals"
    return f"{intervals}, {replicates} replicates"


def best_of_sweeps(sweeps: Sequence[Sweep], outcome: str, name: str = "") -> str:
    """At which values of the last parameter an outcome is best, and which cannot be told from it.

    Parameters
    ----------
    sweeps : sequence of Sweep
        Of the same points: one, or one for each level of reading.
    outcome : str
        Name of the outcome.
    name : str
        What the reader calls it.

    Returns
    -------
    str
        What is shown where nothing can be said.
    """
    one = sweeps[0]
    name = capital(name or named(outcome))
    by = " and ".join(name_of(path) for path in one.vary if len(one.vary[path]) > 1)
    shown = f"{name} by {by}" if by else name
    known = [not np.isnan(each.rows[outcome].to_numpy(dtype=float)).all() for each in sweeps]
    if one.design.kind != "factorial" or not OUTCOMES[outcome].better or not all(known):
        return shown
    *_, last = one.vary
    lines = [line for each in sweeps for line in _lines(each, outcome)]
    values = one.vary[last]
    if len(values) < 2 or not lines:
        return shown
    if one.replicates == 1:
        return f"{shown}: one replicate, no difference is sure"
    bests, close = [best for best, _ in lines], [{best, *rest} for best, rest in lines]
    if all(len(each) == len(values) for each in close):
        return f"{name}: no {name_of(last)} tried is surely better than another"
    top = "lowest" if OUTCOMES[outcome].better == "less" else "highest"
    verb = "are" if " and " in name or name.split()[0].endswith("s") else be(outcome)
    head = f"{name} {verb} {top} at {values_in_words(last, values, bests)}"
    if len(lines) == 1:
        rest = close[0] - set(bests)
        if not rest:
            return f"{head}, surely better than the rest"
        return f"{head}; {values_in_words(last, values, rest, short=True)} cannot be told from it"
    where = _everywhere(one, len(sweeps))
    both = set.intersection(*close)
    if not both:
        return f"{head}; no value is among the best {where}"
    if len(set(bests)) == 1 and both == set(bests):
        if all(each == both for each in close):
            return f"{head} {where}, surely better than the rest"
        rest = values_in_words(last, values, set.union(*close) - both, short=True)
        return f"{head} {where}; at some {rest} cannot be told from it"
    return f"{head}; not surely worse {where}: {values_in_words(last, values, both, short=True)}"


def _everywhere(sweep: Sweep, levels: int) -> str:
    """At every level, at every value of the other parameters."""
    others = [path for path in sweep.design.paths[:-1] if len(sweep.vary[path]) > 1]
    parts = ["level of reading"] if levels > 1 else []
    return f"at every {' and '.join([*parts, *(name_of(path) for path in others)])}"


def _lines(sweep: Sweep, outcome: str) -> list[tuple[Any, list[Any]]]:
    """For each combination of the other parameters the best value, and those not surely worse."""
    *others, last = sweep.design.paths
    groups: dict[Hashable, list[int]] = {}
    for k, row in enumerate(sweep.design.rows):
        groups.setdefault(tuple(str(row[path]) for path in others), []).append(k)
    sign = -1.0 if OUTCOMES[outcome].better == "less" else 1.0
    found = []
    for points in groups.values():
        means = np.array([sign * sweep.interval(outcome, k).mean for k in points])
        if np.isnan(means).all():
            continue
        best = points[int(np.nanargmax(means))]
        gaps = {k: sweep.difference(outcome, k, best) for k in points if k != best}
        close = [k for k, gap in gaps.items() if not side(gap)]
        value = {k: sweep.design.rows[k][last] for k in points}
        found.append((value[best], [value[k] for k in close]))
    return found


def values_in_words(path: str, tried: Sequence[Any], chosen: Any, short: bool = False) -> str:
    """Values of a parameter as a list, or as a range where none between them is missing.

    Parameters
    ----------
    path : str
        The parameter.
    tried : sequence
        All its values.
    chosen : iterable
        Those that are told.
    short : bool
        Without the name of the parameter.
    """
    order = list(tried)
    scale = all(isinstance(value, int | float) for value in order)
    if scale:
        order = sorted(order)
    some = [value for value in order if value in set(chosen)]
    words = [f"{7.0 * v:.3g}" if path == A_DAY else value_of(path, v) for v in some]
    at = [order.index(value) for value in some]
    if scale and len(some) > 2 and at[-1] - at[0] == len(some) - 1:
        told = f"{words[0]} to {words[-1]}"
    else:
        told = listed(words)
    if short:
        return told
    if path == A_DAY:
        return f"{told} promotion{'' if told == '1' else 's'} a week"
    return f"{name_of(path)} {told}"


def listed(words: Sequence[str]) -> str:
    """Words as a list: ``4, 5 and 7``."""
    *some, last = words
    return f"{', '.join(some)} and {last}" if some else last


def differences_in_words(found: Mapping[str, Comparison], outcome: str) -> str:
    """What is surely more than with the first arm, surely less, and not sure.

    Parameters
    ----------
    found : mapping
        The comparison, or the comparison at each level of reading.
    outcome : str
        Name of the outcome.
    """
    one = next(iter(found.values()))
    name, others = capital(named(outcome)), list(one.arms)[1:]
    if not others:
        return name
    if one.replicates == 1:
        return f"{name}: one replicate, no difference is sure"
    sides = {
        arm: {side(each.difference(arm, outcome)) for each in found.values()} for arm in others
    }
    everywhere = " at every level of reading" if len(found) > 1 else ""
    kinds = {
        f"surely higher{everywhere} with": [a for a in others if sides[a] == {1}],
        f"surely lower{everywhere} with": [a for a in others if sides[a] == {-1}],
        "higher at one level and lower at another with": [a for a in others if {1, -1} <= sides[a]],
    }
    sure = [arm for names in kinds.values() for arm in names]
    rest = [arm for arm in others if arm not in sure]
    if not sure and all(sides[arm] == {0} for arm in rest):
        return f"{name}: no difference is sure"
    parts = [f"{how} {_arms(names, len(others))}" for how, names in kinds.items() if names]
    if rest:
        not_sure = "not sure at every level with" if everywhere else "not sure with"
        parts.append(f"{not_sure} {_arms(rest, len(others))}")
    return f"{name}: {'; '.join(parts)}"


def _arms(names: Sequence[str], several: int) -> str:
    if len(names) > _NAMED:
        return f"{len(names)} of {several}" if len(names) < several else f"all {several}"
    return listed([f"'{shortened(name)}'" for name in names])


def shortened(name: str, longest: int = _LONGEST) -> str:
    """A name that is not too long for a title."""
    return name if len(name) <= longest else f"{name[: longest - 1].rstrip()}…"


def left_out(names: Sequence[str], table: str) -> str:
    """Which of the things asked about are not drawn, and where their numbers are."""
    if not names:
        return ""
    told = [shortened(name, _LONG) for name in names[:12]]
    more = len(names) - len(told)
    some = f"{', '.join(told)} and {more} more" if more else listed(told)
    return f"Not drawn, {counted(len(names), 'line')}: {some}. The numbers are in {table}."


def settings_of(sweep: Sweep, point: int, paths: Sequence[str]) -> str:
    """What some parameters are set to at a point."""
    row = sweep.design.rows[point]
    return ", ".join(setting_of(path, row[path]) for path in paths)
