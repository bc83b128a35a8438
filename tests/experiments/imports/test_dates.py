"""Day and month, told from the whole of an export; times of day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shequn.experiments.imports.dates import NO_DAY, Ambiguous, Dates
from tests.experiments.imports.made import of_text

YEAR = [date(2023, 1, 1) + timedelta(days=n) for n in range(0, 365, 3)]


def told(dates: list[str], order: str | None = None) -> tuple[list[str], Dates]:
    """The days of dates in order, and who told them."""
    found = Dates(order)
    numbers = [found.number(text) for text in dates]
    days = found.days()[numbers].tolist()
    epoch = date(1970, 1, 1)
    return ["-" if n == NO_DAY else str(epoch + timedelta(days=n)) for n in days], found


@pytest.mark.parametrize(
    "shape", ["{d}/{m}/{y}", "{m}/{d}/{y}", "{d:02}.{m:02}.{z:02}", "{y}/{m}/{d}", "{z:02}/{m}/{d}",
              "{y}年{m}月{d}日", "{y}. {m}. {d}."],
)  # fmt: skip
def test_a_year_tells_its_order(shape: str) -> None:
    texts = [shape.format(d=day.day, m=day.month, y=day.year, z=day.year % 100) for day in YEAR]
    assert told(texts)[0] == [str(day) for day in YEAR]


def test_a_single_day_above_12_decides() -> None:
    assert told(["1/2/23", "13/2/23"])[0] == ["2023-02-01", "2023-02-13"]
    assert told(["1/2/23", "2/13/23"])[0] == ["2023-01-02", "2023-02-13"]


def test_the_order_of_messages_decides() -> None:
    days, found = told(["3/1/23", "5/1/23", "2/2/23"])  # backwards if months came first
    assert days == ["2023-01-03", "2023-01-05", "2023-02-02"]
    assert found.told_by == "the order in which messages stand"


def test_each_file_begins_anew() -> None:
    found = Dates()
    for day in ("2/12/23", "20/12/23", None, "3/1/23", "4/1/23", None, "5/2/23"):
        if day is None:
            found.begin_file()
        else:
            found.number(day)
    assert found.days().tolist()[:2] == [19_693, 19_711] and found.order == "dmy"


def test_tables_may_stand_in_any_order(tmp_path) -> None:
    table = "time,author\n3/1/2023,a\n2/2/2023,a\n"
    with pytest.raises(Ambiguous):
        of_text(tmp_path, table, "table.csv")
    rows = "31/1/2023,a\n3/2/2023,a\n5/1/2023,a\n"
    got = of_text(tmp_path, "time,author\n" + rows, "table.csv")
    assert got.at() == ["2023-01-05 00:00:00", "2023-01-31 00:00:00", "2023-02-03 00:00:00"]


def test_years_of_two_digits_first() -> None:
    texts = [f"{day.year % 100}/{day.month}/{day.day}" for day in YEAR[:9]]
    assert told(texts)[0] == [str(day) for day in YEAR[:9]]


def test_dots_are_days_first() -> None:
    days, found = told(["03.04.23", "04.04.23"])
    assert days == ["2023-04-03", "2023-04-04"] and found.told_by == "dots between the numbers"


def test_nobody_can_say() -> None:
    for texts in (["3/4/23"], ["3/4/23", "4/4/23"]):
        with pytest.raises(Ambiguous, match="--dates dmy .* --dates mdy .* --dates ymd"):
            told(texts)
        assert told(texts, "dmy")[0][0] == "2023-04-03"
        assert told(texts, "mdy")[0][0] == "2023-03-04"
    assert told(["23/4/3"], "ymd")[0] == ["2023-04-03"]


def test_a_spoilt_line_does_not_decide() -> None:
    texts = [f"{day.month}/{day.day}/{day.year}" for day in YEAR]
    days = told([*texts[:50], "31/1/2023", *texts[50:]])[0]
    assert days[50] == "-" and days[-1] == str(YEAR[-1])


def test_asked_by_the_command(tmp_path) -> None:
    text = "3/4/23, 10:00 - Zorblat: Grelm\n"
    with pytest.raises(Ambiguous) as raised:
        of_text(tmp_path, text)
    assert "Zorblat" not in str(raised.value) and not (tmp_path / "out").exists()
    assert of_text(tmp_path, text, dates="mdy").at() == ["2023-03-04 10:00:00"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00", 0), ("23:59:59", 86_399), ("12:00 AM", 0), ("12:00 pm", 43_200),
        ("1:02 p. m.", 46_920),
        ("上午12:05", 300), ("下午1:00", 46_800), ("下午 12:30", 45_000), ("中午12:01", 43_260),
        ("凌晨1:00", 3_600), ("晚上11:00", 82_800), ("午後3:00", 54_000), ("오후 3:00", 54_000),
        ("14.08.18", 50_898), ("24:00", -1), ("10:60", -1), ("10:10:60", -1), ("ten", -1),
    ],
)  # fmt: skip
def test_times_of_day(text: str, seconds: int) -> None:
    assert Dates().clock(text) == seconds
