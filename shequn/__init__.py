"""shequn (社群): an agent-based laboratory for community growth.

Examples
--------
>>> import shequn as sq
>>> scenario = sq.Scenario.load("wechat-group")
>>> scenario = scenario.with_values({"policy.promo_share": 0.04, "group.capacity": 200})
>>> result = sq.run(scenario, days=20, seed=1)
>>> sorted(result.daily["tier"].unique())
['all', 'base', 'high', 'middle']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "BaseTierMember": "shequn.agents.members",
    "Calibration": "shequn.experiments.calibrate.posterior",
    "Community": "shequn.model.community",
    "Comparison": "shequn.experiments.compare.comparison",
    "Effort": "shequn.experiments.perform.effort",
    "Expectation": "shequn.experiments.expect.expectations",
    "Found": "shequn.experiments.calibrate.found",
    "HighTierMember": "shequn.agents.members",
    "LevelComparison": "shequn.experiments.compare.levels",
    "LevelSweep": "shequn.experiments.compare.levels",
    "MiddleTierMember": "shequn.agents.members",
    "Mined": "shequn.experiments.mine.mine",
    "Observation": "shequn.agents.policies",
    "Operator": "shequn.agents.members",
    "Optimum": "shequn.experiments.optimise.optimum",
    "PolicyError": "shequn.agents.errors",
    "Post": "shequn.agents.policies",
    "ResultsError": "shequn.agents.errors",
    "Run": "shequn.experiments.runs.run",
    "Scenario": "shequn.model.scenario",
    "ScenarioError": "shequn.agents.errors",
    "Sensitivity": "shequn.experiments.sensitivity.results",
    "ShequnError": "shequn.agents.errors",
    "SnapshotError": "shequn.agents.errors",
    "Story": "shequn.experiments.why.why",
    "Sweep": "shequn.experiments.compare.sweep",
    "Validation": "shequn.experiments.validate.validate",
    "Verification": "shequn.experiments.verify.verify",
    "World": "shequn.model.world",
    "branch": "shequn.experiments.compare.branch",
    "calibrate": "shequn.experiments.calibrate.calibrate",
    "compare": "shequn.experiments.compare.compare",
    "expect": "shequn.experiments.expect.expectations",
    "mine": "shequn.experiments.mine.mine",
    "open_records": "shequn.experiments.imports.folder",
    "optimise": "shequn.experiments.optimise.optimise",
    "run": "shequn.experiments.runs.run",
    "search": "shequn.experiments.calibrate.search",
    "sensitivity": "shequn.experiments.sensitivity.sensitivity",
    "sweep": "shequn.experiments.compare.sweep",
    "validate": "shequn.experiments.validate.validate",
    "verify": "shequn.experiments.verify.verify",
    "why": "shequn.experiments.why.why",
}
# `pictures` is the door to the figures, through which results ask for them.
_MODULES = {"facts": "shequn.experiments.facts", "pictures": "shequn.views.pictures"}
__all__ = [
    "BaseTierMember",
    "Calibration",
    "Community",
    "Comparison",
    "Effort",
    "Expectation",
    "Found",
    "HighTierMember",
    "LevelComparison",
    "LevelSweep",
    "MiddleTierMember",
    "Mined",
    "Observation",
    "Operator",
    "Optimum",
    "PolicyError",
    "Post",
    "ResultsError",
    "Run",
    "Scenario",
    "ScenarioError",
    "Sensitivity",
    "ShequnError",
    "SnapshotError",
    "Story",
    "Sweep",
    "Validation",
    "Verification",
    "World",
    "branch",
    "calibrate",
    "compare",
    "expect",
    "facts",
    "mine",
    "open_records",
    "optimise",
    "run",
    "search",
    "sensitivity",
    "sweep",
    "validate",
    "verify",
    "why",
    "__version__",
]

if TYPE_CHECKING:
    from shequn.agents.errors import (
        PolicyError,
        ResultsError,
        ScenarioError,
        ShequnError,
        SnapshotError,
    )
    from shequn.agents.members import BaseTierMember, HighTierMember, MiddleTierMember, Operator
    from shequn.agents.policies import Observation, Post
    from shequn.experiments import facts
    from shequn.experiments.calibrate.calibrate import calibrate
    from shequn.experiments.calibrate.found import Found
    from shequn.experiments.calibrate.posterior import Calibration
    from shequn.experiments.calibrate.search import search
    from shequn.experiments.compare.branch import branch
    from shequn.experiments.compare.compare import compare
    from shequn.experiments.compare.comparison import Comparison
    from shequn.experiments.compare.levels import LevelComparison, LevelSweep
    from shequn.experiments.compare.sweep import Sweep, sweep
    from shequn.experiments.expect.expectations import Expectation, expect
    from shequn.experiments.imports.folder import open_records
    from shequn.experiments.mine.mine import Mined, mine
    from shequn.experiments.optimise.optimise import optimise
    from shequn.experiments.optimise.optimum import Optimum
    from shequn.experiments.perform.effort import Effort
    from shequn.experiments.runs.run import Run, run
    from shequn.experiments.sensitivity.results import Sensitivity
    from shequn.experiments.sensitivity.sensitivity import sensitivity
    from shequn.experiments.validate.validate import Validation, validate
    from shequn.experiments.verify.verify import Verification, verify
    from shequn.experiments.why.why import Story, why
    from shequn.model.community import Community
    from shequn.model.scenario import Scenario
    from shequn.model.world import World


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: ``import shequn`` itself stays light."""
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name not in _HOMES:
        raise AttributeError(f"module 'shequn' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Public names."""
    return sorted(__all__)
