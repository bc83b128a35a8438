"""The tables of a validation as text, Markdown and files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shequn.experiments.runs import store
from shequn.experiments.runs.pictures import draw_into
from shequn.experiments.validate.checked import SHOWN_ONLY, Checked, agrees, judged, misses_first
from shequn.experiments.validate.declared import MET
from shequn.experiments.validate.kept_facts import KEPT
from shequn.experiments.validate.peer_tables import (
    PEER_COLUMNS,
    peer_cells,
    peer_summary,
    peers_as_plain,
)
from shequn.model.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from shequn.experiments.facts import Estimate
    from shequn.experiments.formulas.gauges import Gauge
    from shequn.experiments.validate.validate import Validation

FACT_COLUMNS = (
    "fact", "unit", "observed", "accepted", "simulated", "lowest", "highest", "met at", "inside",
)  # fmt: skip
SCORE_COLUMNS = ("community", "facts", "met", "at a seed", "lowest", "highest")
GAUGE_COLUMNS = ("closed form", "formula", "measured", "deviation", "allowed", "inside")


def short(value: float) -> str:
    """A number in three digits, thousands apart; a dash for nan."""
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000.0 else f"{value:.3g}"


def span(value: float, low: float, high: float) -> str:
    """A number with its interval in brackets, where there is one."""
    if math.isnan(low) or math.isnan(high):
        return short(value)
    return f"{short(value)} [{short(low)}, {short(high)}]"


def of_estimate(found: Estimate) -> str:
    """An estimate with its interval."""
    return span(found.value, found.low, found.high)


def accepted(line: Checked) -> str:
    """The accepted range of a fact in words; a dash where there is none."""
    low, high = line.fact.accept_low, line.fact.accept_high
    if math.isnan(low) and math.isnan(high):
        return "-"
    if math.isnan(high):
        return f"at least {short(low)}"
    return f"at most {short(high)}" if math.isnan(low) else f"{short(low)} to {short(high)}"


def verdict(line: Checked) -> str:
    """Inside, outside or shown only, and whether that is as declared."""
    word = {True: "inside", False: "outside", None: SHOWN_ONLY}[line.inside]
    if line.broken:
        return f"{word}, declared met"
    return f"{word}, declared missed" if line.inside and line.declared == "missed" else word


def fact_cells(line: Checked) -> list[str]:
    """A row of the table of facts: `FACT_COLUMNS`."""
    fact = line.fact
    seeds = len(line.at_seeds)
    alone = "-" if line.inside is None else f"{sum(map(bool, line.inside_at))} of {seeds}"
    shown = line.shown
    values = (
        [short(shown.value), short(shown.low), short(shown.high)]
        if seeds > 1
        else [of_estimate(shown), "-", "-"]
    )
    return [
        fact.id, fact.unit, span(fact.value, fact.low, fact.high), accepted(line),
        *values, alone, verdict(line),
    ]  # fmt: skip


def baseline_names(found: Validation) -> list[str]:
    """Names of all baselines, in order of their first fact."""
    return list(dict.fromkeys(name for line in found.checked for name in line.baselines))


def baseline_cells(found: Validation) -> list[list[str]]:
    """Rows of what simpler models give: fact, observed, simulated, each baseline; * is outside."""
    rows = []
    for line in misses_first(found.checked):
        if not line.baselines:
            continue
        cells = [line.fact.id, short(line.fact.value)]
        cells.append(short(line.simulated.value) + ("*" if line.inside is False else ""))
        for name in baseline_names(found):
            if name not in line.baselines:
                cells.append("")
                continue
            baseline = line.baselines[name]
            out = agrees(line.fact, baseline) is False and not math.isnan(baseline.value)
            cells.append(short(baseline.value) + ("*" if out else ""))
        rows.append(cells)
    return rows


def gauge_cells(gauge: Gauge) -> list[str]:
    """A row of the closed forms: `GAUGE_COLUMNS`."""
    return [
        f"{gauge.id} {gauge.title}", f"{gauge.formula:.4g}", f"{gauge.measured:.4g}",
        f"{gauge.measured - gauge.formula:+.2g}", f"{gauge.allowed:.2g}",
        "inside" if gauge.inside else "outside",
    ]  # fmt: skip


def counts(lines: list[Checked]) -> tuple[int, int, int]:
    """How many facts are met, missed, and shown only."""
    met, missed = (sum(line.inside is word for line in lines) for word in (True, False))
    return met, missed, len(lines) - met - missed


def scores(found: Validation) -> pd.DataFrame:
    """How many facts are met: `shequn.experiments.validate.validate.Validation.scores`."""
    import pandas as pd

    groups = {
        name: [line for line in found.checked if line.fact.scenario == name and judged(line.fact)]
        for name in found.scenarios
    }
    groups = {name: lines for name, lines in groups.items() if lines}
    rows = [_score(name, lines) for name, lines in groups.items()]
    rows.sort(key=lambda row: row["met"] / row["facts"])
    if len(groups) > 1:
        rows.append(_score("all", [line for lines in groups.values() for line in lines]))
    columns = ["scenario", "facts", "met", "at_a_seed", "lowest", "highest"]
    return pd.DataFrame(rows, columns=columns)


def _score(name: str, lines: list[Checked]) -> dict[str, Any]:
    at_seeds = np.array([line.inside_at for line in lines], dtype=bool).sum(axis=0)
    return {
        "scenario": name, "facts": len(lines), "met": sum(bool(line.inside) for line in lines),
        "at_a_seed": float(at_seeds.mean()), "lowest": int(at_seeds.min()),
        "highest": int(at_seeds.max()),
    }  # fmt: skip


def score_cells(found: Validation) -> list[list[str]]:
    """Rows of the table of communities: `SCORE_COLUMNS`."""
    return [
        [
            str(row["scenario"]), str(row["facts"]), str(row["met"]), f"{row['at_a_seed']:.1f}",
            str(row["lowest"]), str(row["highest"]),
        ]
        for row in found.scores.to_dict("records")
    ]  # fmt: skip


def over_which(found: Validation) -> str:
    """``mean over seeds 1 to 5``, ``seed 1``."""
    first, last = found.seeds[0], found.seeds[-1]
    return f"seed {first}" if first == last else f"mean over seeds {first} to {last}"


def at_single_seeds(found: Validation) -> str:
    """``76.2 of 101 (74 to 79)``: facts met at a seed; empty with one seed, or nothing to judge."""
    if len(found.seeds) == 1 or found.scores.empty:
        return ""
    last = found.scores.iloc[-1]
    ends = f"{last['lowest']} to {last['highest']}"
    return f"{last['at_a_seed']:.1f} of {last['facts']} ({ends})"


def summary(found: Validation) -> list[str]:
    """What came out, in sentences."""
    lines = []
    if found.checked:
        met, missed, shown = counts(found.checked)
        words = f"Facts ({over_which(found)}): {met} met, {missed} missed, {shown} shown only"
        lines.append(f"{words}, {len(found.not_simulated)} not simulated.")
        if alone := at_single_seeds(found):
            lines.append(f"At a single seed {alone} are met.")
        lines += [_baseline_score(found, name) for name in baseline_names(found)]
    if found.broken:
        names = ", ".join(line.fact.id for line in found.broken)
        lines.append(f"Declared as met and not met: {names}.")
    elif any(line.declared == MET for line in found.checked):
        lines.append("Every fact declared as met is met.")
    out = [f"{gauge.id} {gauge.title}" for gauge in found.gauges if not gauge.inside]
    if found.gauges:
        chance = 1.0 - 0.9973 ** len(found.gauges)
        kept = f"{len(found.gauges) - len(out)} of {len(found.gauges)} closed forms kept"
        lines.append(f"{kept}{': not ' + ', '.join(out) if out else ''}.")
        lines.append(f"(By luck alone, one or more of them is outside at {chance:.0%} of seeds.)")
    return lines + (peer_summary(found.peers) if found.peers is not None else [])


def _baseline_score(found: Validation, name: str) -> str:
    """On how many of the facts that a baseline speaks of it is inside, and shequn."""
    known = [
        line
        for line in found.checked
        if name in line.baselines
        and judged(line.fact)
        and not math.isnan(line.baselines[name].value)
    ]
    theirs = sum(bool(agrees(line.fact, line.baselines[name])) for line in known)
    ours = sum(bool(line.inside) for line in known)
    return f"Simpler model '{name}': {theirs} of the {len(known)} it speaks of (shequn {ours})."


def _aligned(title: str, columns: list[str], rows: list[list[str]]) -> str:
    table = [columns, *rows]
    widths = [max(len(row[k]) for row in table) for k in range(len(columns))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in table]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([title, *(line.rstrip() for line in lines)])


def _markdown(columns: list[str], rows: list[list[str]]) -> str:
    table = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in table)


def tables(found: Validation) -> list[tuple[str, list[str], list[list[str]]]]:
    """Every table that is not empty: title, columns, rows."""
    tables = [
        (
            f"Facts: what is not met first ({over_which(found)})", list(FACT_COLUMNS),
            [fact_cells(line) for line in misses_first(found.checked)],
        ),
        (
            "What simpler models give (* outside)",
            ["fact", "observed", "shequn", *baseline_names(found)], baseline_cells(found),
        ),
        (
            "Closed forms", list(GAUGE_COLUMNS), [gauge_cells(gauge) for gauge in found.gauges],
        ),
        (
            "Physicians: adoption with and without peers, hazards p and q a month",
            list(PEER_COLUMNS), peer_cells(found.peers) if found.peers is not None else [],
        ),
        (
            "Not simulated", ["fact", "reason"],
            [[fact.id, fact.note or "nothing measures it"] for fact in found.not_simulated],
        ),
        (
            f"Facts met ({over_which(found)}); at a single seed: mean, lowest, highest",
            list(SCORE_COLUMNS), score_cells(found),
        ),
    ]  # fmt: skip
    return [table for table in tables if table[2]]


def as_text(found: Validation) -> str:
    """The whole validation as plain text."""
    parts = [_aligned(*table) for table in tables(found)]
    return "\n\n".join([*parts, "\n".join(summary(found))])


def as_markdown(found: Validation) -> str:
    """The whole validation as Markdown.

    Parameters
    ----------
    found : Validation
        The result.

    Returns
    -------
    str
        A heading and a table for facts, baselines, closed forms, the physicians' network, and what
        is not simulated.
    """
    several = len(found.seeds) > 1
    head = (
        f"Values are the {over_which(found)} at size {found.size:g}, beside the lowest and the "
        "highest; `met at` says at how many seeds a fact is met by itself."
        if several
        else f"{over_which(found).capitalize()}, size {found.size:g}. A value stands with its 95 % "
        "interval."
    )
    parts = ["# Held to the facts", "", head, "", *summary(found)]
    for title, columns, rows in tables(found):
        parts += ["", f"## {title}", "", _markdown(columns, rows)]
    return "\n".join(parts) + "\n"


def as_plain(found: Validation) -> dict[str, object]:
    """The whole validation as plain values for JSON."""
    return {
        "seeds": list(found.seeds),
        "size": found.size,
        "holds": found.holds,
        "scores": store.plain(found.scores.to_dict("records")),
        "facts": store.plain(found.table.to_dict("records")),
        "gauges": store.plain([vars(gauge) for gauge in found.gauges]),
        "peers": store.plain(peers_as_plain(found.peers, found.peer_curves)),
    }


def write(found: Validation, folder: Path) -> Path:
    """Write tables, figures and a manifest into a new or empty folder.

    Parameters
    ----------
    found : Validation
        The result.
    folder : Path
        Where.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ResultsError
        If it holds files already, or cannot be written.
    """
    target = store.new_folder("validate", folder, begun=KEPT)
    first = next(iter(found.scenarios.values()), None) or Scenario.load("blank")
    facts = store.manifest(
        first, "validate", seeds=list(found.seeds), size=found.size,
        scenarios={name: store.as_settings(one) for name, one in found.scenarios.items()},
    )  # fmt: skip
    store.write_manifest(target, facts)
    if found.scenarios:
        _write_csv(found.table, target / "facts.csv")
    text = json.dumps(as_plain(found), indent=1, ensure_ascii=False)
    store.write_text(target / "validation.json", text + "\n")
    store.write_text(target / "facts.md", as_markdown(found))
    if found.gauges:
        _write_csv(found.strip, target / "gauges.csv")
    if found.peers is not None:
        _write_csv(found.peers.fits, target / "peers.csv")
    draw_into(target, "validate", found)
    (target / KEPT).unlink(missing_ok=True)  # it was for going on after an interruption
    return target


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    store.write_text(path, table.to_csv(index=False, lineterminator="\n"))
