"""The page of money as a user reads it: figures that add up, sentences that say what follows."""

from __future__ import annotations

import re

import pytest

from shequn.commands import main
from shequn.commands.money import money, plain, sentences
from shequn.model.break_even import BreakEven


def said(**changes) -> str:
    """The sentences of 100 members, 10 orders of 40 CNY a month, 500 CNY fixed, 100 that grow."""
    month = {
        "members": 100.0, "orders": 10.0, "incremental": False, "margin": 40.0,
        "fixed": {"content_cost": 500.0}, "growing": {"coupon_cost": 100.0}, **changes,
    }  # fmt: skip
    return "\n".join(sentences(BreakEven(**month), 50))


class TestSentences:
    def test_by_hand(self):
        text = said()
        assert "Counted are all orders" in text
        assert "costs 500 CNY a month" in text
        assert "break even: 15 a month. The run has 10 orders a month." in text
        assert "0.1 orders a month, which bring 4.00 CNY, and costs 1.00 CNY" in text
        assert "beside the policy: 3.00 CNY are left. With the policy, a member costs 6.00" in text
        assert "167 (4 groups of at most 50), 1.67 times those that there are: 67 are" in text

    def test_incremental_orders_are_named(self):
        text = said(incremental=True)
        assert text.startswith("Counted are incremental orders")
        assert "The run has 10 incremental orders a month." in text

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"growing": {"coupon_cost": 900.0}}, "no number of members breaks even"),
            ({"margin": 0.0}, "no number of orders breaks even"),
            ({"orders": 40.0}, "needed to break even: 34. There are 100, so it does."),
            ({"members": 0.0, "orders": 0.0}, "Nobody is there"),
        ],
    )
    def test_what_cannot_be_said_is_said(self, changes, words):
        assert words in said(**changes)


def test_amounts():
    assert [money(value) for value in (0.0, 39.6, -4.0, -1500.0, -0.02)] == [
        "0", "+39.60", "-4.00", "-1,500", "-0.02",
    ]  # fmt: skip
    assert [plain(value) for value in (0.0, 0.00052, 0.25, 1234.5)] == [
        "0.00", "0.00052", "0.25", "1,234",
    ]  # fmt: skip


@pytest.mark.jit
class TestPage:
    WORDS = ("run", "wechat-group", "--out", "a", "--set", "past.days=0", "--explain", "money")

    def test_a_month_adds_up(self, capsys, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        assert main([*self.WORDS, "--days", "30"]) == 0
        page = capsys.readouterr().out.partition("A month")[2]
        rows = re.findall(r"^ *(\w+(?: \w+)*?)  +([-+\d.,]+)  ", page, re.MULTILINE)
        amounts = {name: float(amount.replace(",", "")) for name, amount in rows}
        balance = amounts.pop("balance")
        assert "content cost" in amounts and sum(amounts.values()) == pytest.approx(
            balance, abs=1.5
        )
        assert "needed to break even" in page

    def test_before_the_first_day(self, capsys, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        assert main([*self.WORDS, "--days", "0"]) == 0
        page = capsys.readouterr().out
        assert "price 99 x margin 0.4" in page and "No day has passed" in page


def test_anything_else_to_explain_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["run", "wechat-group", "--explain", "love"])
    assert "money" in capsys.readouterr().err
