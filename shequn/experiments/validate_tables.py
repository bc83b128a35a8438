"""The tables of a validation as text, Markdown and files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from shequn.experiments import store
from shequn.experiments.checked import Checked, agrees
from shequn.experiments.declared import MET

if TYPE_CHECKING:
    from shequn.experiments.facts import Estimate
    from shequn.experiments.gauges import Gauge
    from shequn.experiments.validate import Validation

FACT_COLUMNS = ("fact", "unit", "observed", "accepted", "simulated", "inside")
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
    """The accepted range of a fact in words; a dash where the difference decides."""
    low, high = line.fact.accept_low, line.fact.accept_high
    if math.isnan(low) and math.isnan(high):
        return "-"
    if math.isnan(high):
        return f"at least {short(low)}"
    return f"at most {short(high)}" if math.isnan(low) else f"{short(low)} to {short(high)}"


def verdict(line: Checked) -> str:
    """Inside or not, and whether that is as declared."""
    word = "inside" if line.inside else "outside"
    if line.broken:
        return f"{word}, declared met"
    return f"{word}, declared missed" if line.inside and line.declared == "missed" else word


def fact_cells(line: Checked) -> list[str]:
    """A row of the table of facts: `FACT_COLUMNS`."""
    fact = line.fact
    return [
        fact.id, fact.unit, span(fact.value, fact.low, fact.high), accepted(line),
        of_estimate(line.simulated), verdict(line),
    ]  # fmt: skip


def misses_first(found: Validation) -> list[Checked]:
    """The facts in the order of every table: what is not met, then what is."""
    return sorted(found.checked, key=lambda line: line.inside)


def rival_names(found: Validation) -> list[str]:
    """Names of all rivals, in order of their first fact."""
    return list(dict.fromkeys(name for line in found.checked for name in line.rivals))


def rival_cells(found: Validation) -> list[list[str]]:
    """Rows of what simpler models give: fact, observed, simulated, each rival; * is outside."""
    rows = []
    for line in misses_first(found):
        if not line.rivals:
            continue
        cells = [line.fact.id, short(line.fact.value)]
        cells.append(short(line.simulated.value) + ("" if line.inside else "*"))
        for name in rival_names(found):
            if name not in line.rivals:
                cells.append("")
                continue
            rival = line.rivals[name]
            star = "" if math.isnan(rival.value) or agrees(line.fact, rival) else "*"
            cells.append(short(rival.value) + star)
        rows.append(cells)
    return rows


def gauge_cells(gauge: Gauge) -> list[str]:
    """A row of the closed forms: `GAUGE_COLUMNS`."""
    return [
        f"{gauge.id} {gauge.title}", f"{gauge.formula:.4g}", f"{gauge.measured:.4g}",
        f"{gauge.measured - gauge.formula:+.2g}", f"{gauge.allowed:.2g}",
        "inside" if gauge.inside else "outside",
    ]  # fmt: skip


def summary(found: Validation) -> list[str]:
    """What came out, in sentences."""
    lines = []
    if found.checked:
        inside, all_of_them = len(found.checked) - len(found.misses), len(found.checked)
        words = f"{inside} of {all_of_them} facts inside"
        for scenario in found.scenarios:
            rows = [line for line in found.checked if line.fact.scenario == scenario]
            words += f"; {scenario} {sum(line.inside for line in rows)} of {len(rows)}"
        lines.append(f"{words}.")
        lines += [_rival_score(found, name) for name in rival_names(found)]
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
    return lines


def _rival_score(found: Validation, name: str) -> str:
    """On how many of the facts that a rival speaks of it is inside, and shequn."""
    known = [
        line
        for line in found.checked
        if name in line.rivals and not math.isnan(line.rivals[name].value)
    ]
    theirs = sum(agrees(line.fact, line.rivals[name]) for line in known)
    ours = sum(line.inside for line in known)
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
            "Facts: what is not met first", list(FACT_COLUMNS),
            [fact_cells(line) for line in misses_first(found)],
        ),
        (
            "What simpler models give (* outside)",
            ["fact", "observed", "shequn", *rival_names(found)], rival_cells(found),
        ),
        (
            "Closed forms", list(GAUGE_COLUMNS), [gauge_cells(gauge) for gauge in found.gauges],
        ),
        (
            "Not simulated", ["fact", "reason"],
            [[fact.id, fact.note or "nothing measures it"] for fact in found.not_simulated],
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
        A heading and a table for facts, rivals, closed forms, and what is not simulated.
    """
    head = f"Seed {found.seed}, size {found.size:g}. A value stands with its 95 % interval."
    parts = ["# Held to the facts", "", head, "", *summary(found)]
    for title, columns, rows in tables(found):
        parts += ["", f"## {title}", "", _markdown(columns, rows)]
    return "\n".join(parts) + "\n"


def as_plain(found: Validation) -> dict[str, object]:
    """The whole validation as plain values for JSON."""
    return {
        "seed": found.seed,
        "size": found.size,
        "holds": found.holds,
        "facts": store.plain(found.table.to_dict("records")),
        "gauges": store.plain([vars(gauge) for gauge in found.gauges]),
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
    from importlib import import_module

    target = store.new_folder("validate", folder)
    names = list(found.scenarios)
    facts = store.manifest(
        found.scenarios[names[0]], "validate", seed=found.seed, size=found.size,
        scenarios={name: store.as_settings(one) for name, one in found.scenarios.items()},
    )  # fmt: skip
    store.write_manifest(target, facts)
    text = found.table.to_csv(index=False, lineterminator="\n")
    store.write_text(target / "facts.csv", text)
    text = json.dumps(as_plain(found), indent=1, ensure_ascii=False)
    store.write_text(target / "validation.json", text + "\n")
    store.write_text(target / "facts.md", as_markdown(found))
    # By name: figures are made one layer above, and only when somebody asks for them.
    views, save = (import_module(f"shequn.views.{name}") for name in ("validate_figures", "style"))
    if found.checked:
        save.save(views.facts_figure(found), target / "facts.png")
    if found.gauges:
        text = found.strip.to_csv(index=False, lineterminator="\n")
        store.write_text(target / "gauges.csv", text)
        save.save(views.gauges_figure(found.gauges), target / "gauges.png")
    return target
