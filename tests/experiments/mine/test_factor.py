"""A folder of one's own group says how many members are simulated for each real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shequn.agents.errors import ResultsError
from shequn.experiments.mine.mine import ABOUT, begin

MANY = {"members": 4000, "groups": 10}  # of which 1000 are simulated at most: two groups


def test_the_folder_tells_it(tmp_path: Path) -> None:
    assert begin(MANY, tmp_path / "many").world.factor == 0.2
    begin({"members": 200}, tmp_path / "few")
    told = [json.loads((tmp_path / name / ABOUT).read_text()) for name in ("many", "few")]
    assert [each["factor"] for each in told] == [0.2, 1.0]


def test_it_goes_on_also_where_the_folder_does_not_tell_it(tmp_path: Path) -> None:
    out = tmp_path / "it"
    begin(MANY, out)
    about = json.loads((out / ABOUT).read_text())
    del about["factor"]
    for text in ((out / ABOUT).read_text(), json.dumps(about)):
        (out / ABOUT).write_text(text)
        assert begin(MANY, out).folder == out
        assert (out / ABOUT).read_text() == text
    with pytest.raises(ResultsError, match=r"differs in answers\)"):
        begin({**MANY, "groups": 20}, out)
