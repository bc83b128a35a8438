"""The folder of records: every fact works on it; what is damaged is told; what is printed."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ResultsError, ShequnError
from shequn.commands import main
from shequn.experiments.facts import Records, facts, measure
from shequn.experiments.facts.records import COLUMNS
from tests.experiments.imports import made

DAYS = 200


@pytest.fixture
def long_chat(tmp_path: Path) -> Path:
    """Half a year of a made-up chat with replies, joins and exits, from a Friday on."""
    rng = np.random.default_rng(1)
    messages = []
    start = pd.Timestamp("2023-09-01")

    def note(at: float, kind: str, who: int, **more) -> None:
        date = (start + pd.Timedelta(seconds=round(at * 86_400))).isoformat(timespec="seconds")
        name = "actor" if kind == "service" else "from"
        about = {"id": len(messages) + 1, "type": kind, "date": date}
        messages.append({**about, name: f"P{who}", f"{name}_id": f"user{who}", **more})

    for day in range(DAYS):
        if day % 7 == 0:
            note(day, "service", day // 7 % 40, action="join_group_by_link", inviter="P0")
        for at in np.sort(rng.random(3 + 5 * (day % 7 in (1, 2)))):
            more = {"reply_to_message_id": len(messages) - 1} if rng.random() < 0.4 else {}
            note(day + at, "message", int(rng.integers(40) * rng.random()), text="a", **more)
        if day % 30 == 29:
            who = day // 30
            note(day + 0.99999, "service", who, action="remove_members", members=[f"P{who}"])
    chat = {"name": "x", "type": "private_group", "id": 1, "messages": messages}
    made.of_json(tmp_path, chat)
    return tmp_path / "out"


def test_every_fact_works_on_imported_records(long_chat: Path) -> None:
    records = sq.open_records(long_chat)
    assert isinstance(records, Records) and records.days == DAYS and records.weekday == 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = {
            fact.id: measure(fact.id, records, n_resamples=0).value
            for fact in facts() if fact.measure is not None
        }  # fmt: skip
    known = {name for name, value in found.items() if not math.isnan(value)}
    told = {
        "messages_a_day", "C1_lurkers", "C2_top_10_percent", "C4_median_posts", "C5_unanswered",
        "C6_within_1_h", "C8_monthly_retention", "C9_survival_30d", "C12_weekend_to_weekday",
        "C13_messages_mean", "C14_variance_to_mean", "C16_mean_offspring",
        "gitter_share_messages_addressed", "gitter_next_message_by_other_within_10min",
    }  # fmt: skip
    assert told <= known
    # Eight messages on Saturdays and Sundays, three on other days: only with the right weekday.
    assert found["C12_weekend_to_weekday"] == pytest.approx(8 / 3)
    assert found["messages_a_day"] == pytest.approx(len(records.messages) / DAYS)


def test_columns_are_those_of_records(long_chat: Path) -> None:
    records = sq.open_records(long_chat)
    for name in ("messages", "members"):
        table = getattr(records, name)
        for column, kind in COLUMNS[name].items():
            assert table[column].dtype == kind
        assert len(table)
    assert records.messages["time"].between(0, DAYS).all()
    thread = records.messages["thread"]
    known = thread[thread >= 0]
    assert (known <= known.index).all() and (known < known.index).sum() > 100
    assert (thread.loc[known.to_numpy()].to_numpy() == known).all()  # a root opens its own thread


def test_facts_that_an_export_does_not_tell_are_unknown(tmp_path: Path) -> None:
    made.of_text(tmp_path, made.ANDROID)
    records = sq.open_records(tmp_path / "out")
    for name in ("C5_unanswered", "C6_within_1_h", "gitter_share_messages_addressed"):
        assert math.isnan(measure(name, records).value)
    assert len(records.weeks) == len(records.activity) == len(records.orders) == 0


def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch, capsys) -> None:
    page = Path(__file__).parents[3] / "docs" / "import.md"
    code = page.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    made.of_text(tmp_path, made.ANDROID).found.folder.rename("mygroup")
    exec(compile(code, str(page), "exec"), {})
    assert "value=2.0" in capsys.readouterr().out  # four messages in two days


def test_a_weekday_that_is_none() -> None:
    with pytest.raises(ShequnError, match="weekday must be 0 to 6"):
        Records(days=1.0, weekday=7)


def spoil_json(folder: Path, **more) -> None:
    about = json.loads((folder / "records.json").read_text())
    (folder / "records.json").write_text(json.dumps({**about, **more}))


def spoil_table(folder: Path, change) -> None:
    change(pd.read_parquet(folder / "messages.parquet")).to_parquet(folder / "messages.parquet")


SPOILT = {
    "no folder": (lambda f: f.rename(f.with_name("elsewhere")), "no records of shequn"),
    "no JSON": (lambda f: (f / "records.json").write_text("x"), "no records of shequn"),
    "version": (lambda f: spoil_json(f, schema=2), "no records of this version"),
    "days": (lambda f: spoil_json(f, days=-1), "days or weekday"),
    "weekday": (lambda f: spoil_json(f, weekday=True), "days or weekday"),
    "no table": (lambda f: (f / "messages.parquet").unlink(), "no table of an import"),
    "cut": (lambda f: (f / "messages.parquet").write_bytes(b"PAR1x"), "no table of an import"),
    "column": (lambda f: spoil_table(f, lambda t: t.drop(columns="person")), "column person is"),
    "type": (lambda f: spoil_table(f, lambda t: t.assign(time="x")), "column time is missing or"),
    "time": (lambda f: spoil_table(f, lambda t: t.assign(time=np.inf)), "a time that cannot be"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_damaged_records(name: str, tmp_path: Path) -> None:
    made.of_text(tmp_path, made.ANDROID)
    spoil, words = SPOILT[name]
    spoil(tmp_path / "out")
    with pytest.raises(ResultsError, match=words):
        sq.open_records(tmp_path / "out")


def test_what_is_printed(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    Path("e.json").write_text(json.dumps(made.telegram_chat()))
    assert main(["import", "e.json", "--zone", "Asia/Shanghai"]) == 0
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines["kind"] == "telegram (told from the file; --kind says otherwise)"
    assert lines["understood"] == "4 messages and 4 notices"
    assert lines["groups"] == "1" and lines["people who wrote"] == "2"
    assert lines["period"] == "2024-01-12 to 2024-01-13, 2 days"
    assert lines["clock"] == "Asia/Shanghai"
    assert lines["messages a day"] == "2"
    assert lines["written by the most active tenth"] == "50%"
    assert lines["median time to a reply"] == "1.75 min"
    assert lines["joined, left, taken out"] == "3, 1, 0"
    assert lines["not in it"].startswith("who reads; who only looks; what is bought; what 1 repl")
    assert lines["names"].endswith("import.key and stays there")
    assert lines["results"] == str(Path("results/import-telegram-001"))
    assert sq.open_records("results/import-telegram-001").days == 2


def test_progress_is_shown_when_it_takes_long(tmp_path: Path, monkeypatch, capsys) -> None:
    from shequn.commands import import_command

    shown = []

    class Bar:
        def __enter__(self):
            return lambda done, total: shown.append((done, total))

        def __exit__(self, *_):
            pass

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_command, "progress", lambda what, total: Bar())
    Path("chat.txt").write_text(made.ANDROID + "20/01/24, 10:00 - Zorblat: Grelm\n" * 60_000)
    assert main(["import", "chat.txt", "--out", "a"]) == 0
    assert shown == []
    monkeypatch.setattr(import_command, "_QUIET", 0.0)
    assert main(["import", "chat.txt", "--out", "b"]) == 0
    assert shown[0] == (1, 1) and len(shown) >= 2
