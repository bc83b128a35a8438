"""Check a scenario; show every problem at once, or what differs from the defaults."""

from __future__ import annotations

import argparse

from shequn.commands.layout import print_table, print_text
from shequn.commands.options import add_scenario, scenario_of, unit_shown
from shequn.experiments.runs.words import counted

EXAMPLES = """examples:
  shequn check my-group.toml
  shequn check wechat-group --set policy.promo_share=0.1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``shequn check``."""
    add_scenario(parser)


def execute(options: argparse.Namespace) -> int:
    """Carry out ``shequn check``."""
    from shequn.experiments.designs.sweep_section import design_of_section
    from shequn.experiments.expect.statements import read_expectations
    from shequn.model.needs import remarks
    from shequn.model.parameters import declared, flatten

    scenario = scenario_of(options)
    section = design_of_section(scenario)
    statements = read_expectations(scenario)[0] if scenario.expect else []
    values = flatten(scenario.parameters)
    rows = [
        [path, str(values[path]), str(about.default), unit_shown(about.unit)]
        for path, about in declared().items()
        if values[path] != about.default
    ]
    print_text(f"{scenario.name}: {scenario.title or 'no title'}")
    if scenario.description:
        for paragraph in scenario.description.split("\n\n"):
            print_text(" ".join(paragraph.split()))
    others = "none; shequn parameters platform shows what one would set"
    print_text(f"platform: {scenario.platform or others}")
    if rows:
        print_table("differs from the defaults", ["parameter", "value", "default", "unit"], rows)
    else:
        print_text("every parameter has its default")
    for kind in ("channels", "rivals"):
        for number, block in enumerate(getattr(scenario, kind), start=1):
            own = [[path, str(value)] for path, value in block.items() if path != "name"]
            title = f"{kind} {number}: {block.get('name', 'no name')}"
            print_table(title, ["differs in", "value"], own)
    if scenario.past.values:
        own = [[path, str(value)] for path, value in scenario.past.values.items()]
        print_table("otherwise before day 0", ["parameter", "value"], own)
    if scenario.alternatives:
        names = ", ".join(scenario.alternatives)
        print_text(f"alternatives: {names} (shequn compare {options.scenario})")
    if section.axes:
        paths = ", ".join(axis.path for axis in section.axes)
        print_text(f"a sweep over {paths} (shequn sweep {options.scenario})")
    if statements:
        print_text(f"{counted(len(statements), 'expectation')} (shequn expect {options.scenario})")
    for remark in remarks(scenario):
        print_text(f"note: {remark}")
    days = counted(scenario.days, "day")
    print_text(f"valid: {days}, seed {scenario.seed}{scenario.past.words}")
    return 0
