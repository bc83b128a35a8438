"""What was found of one's own group, in English and Chinese: never surer than the intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shequn.experiments.mine.answers import BEFORE, QUESTIONS
from shequn.experiments.mine.questions import MONEY, ORDERS, SIZE, WEEK, curve, shares_of_best
from shequn.experiments.mine.written import label_of
from shequn.experiments.perform.curves import Curve
from shequn.experiments.perform.statistics import Interval

if TYPE_CHECKING:
    from shequn.experiments.mine.mine import Mined

_MOST = 0.8  # of the worlds in which the numbers that are told are best
_FAR = 2.0  # of `alike`, from which worlds are only roughly like a group (assumed)
_NAMES = {
    "members": ("members", "成员"), "readers": ("readers a day", "每天看群的人"),
    "messages": ("messages a day", "每天的消息"),
    "top_three": ("share of the top three", "前三名占比"),
    "joins": ("joining a month", "每月进群"), "exits": ("leaving a month", "每月退群"),
    "mutes": ("muting a month", "每月免打扰"), "orders": ("orders a month", "每月成交"),
    "answer_minutes": ("minutes to an answer", "答复分钟数"),
}  # fmt: skip
_TEXTS = {
    "en": {
        "found": "{worlds} simulated groups that are like yours, out of {tries} that were tried.",
        "rough": (
            "They are like it only roughly: the farthest lies {far:.1f} times as far away as would "
            "pass for alike. Read what follows as wide, and look at the table."
        ),
        "missed": "None is like it in {names}: the model does not do there what yours does.",
        "ads": "PROMOTIONS, money of {days} days (margin of what they add, less work):",
        "one": "  {best} a week is best; every other number tried is surely worse on average.",
        "several": "  {best} a week is best on average, and {beside} cannot be told apart from it.",
        "over": "  Over none: {gain}.",
        "worlds": "  In {share:.0f} of 100 of these groups the best lies in {low} to {high}.",
        "now": "  Over the {now} a week that you send now: {gain}.",
        "size": "SIZE, orders that the group adds per 100 members, against groups of {own}:",
        "no_size": "SIZE: your groups are too small to be split; nothing was tried.",
        "seeds": "WHOM TO SEED another group with, members after {days} days, against anyone:",
        "line": "  {name}: {gain}.",
        "undecided": "NOT DECIDED by your numbers: {what}.",
        "decided": "All three questions have an answer that is sure on average.",
        "promotions": "the number of promotions", "sizes": "the size", "starters": "whom to seed",
        "unknown": (
            "Known from your numbers: {known}. Only weakly: {weakly}. All else is drawn from what "
            "is plausible, and intervals hold it."
        ),
        "nothing": "nothing", "assumed": "ASSUMED, since nobody said: {what}.",
        "surely": "{low} to {high} {unit} {more}",
        "cannot": "cannot be told ({low} to {high} {unit})",
        "more": "more", "less": "less", "single": "{mean} {unit}, one world: no interval",
    },
    "zh": {
        "found": "试了 {tries} 个模拟群，找到 {worlds} 个和你的群相像的。",
        "rough": (
            "只是大致相像：最远的有“算得上相像”的 {far:.1f} 倍远。"
            "下面的结论请当作很宽的范围，并看对照表。"
        ),
        "missed": "在{names}上找不到相像的群：模型在这里做不到你的群那样。",
        "ads": "推广条数，今后 {days} 天的钱（群带来的毛利减去人工）：",
        "one": "  平均每周 {best} 条最好；试过的其他条数平均都更差。",
        "several": "  平均每周 {best} 条最好，{beside} 条与它分不出高下。",
        "over": "  比一条不发：{gain}。",
        "worlds": "  在 {share:.0f}% 的这些群里，最好的条数在 {low} 到 {high} 之间。",
        "now": "  比你现在的每周 {now} 条：{gain}。",
        "size": "群的大小，每百名成员由群带来的订单，与 {own} 人的群相比：",
        "no_size": "群的大小：你的群太小，拆不开，没有试。",
        "seeds": "另开一个群先拉谁，{days} 天后的成员数，与随便拉人相比：",
        "line": "  {name}：{gain}。",
        "undecided": "你的数字决定不了：{what}。",
        "decided": "三个问题平均都有确定的答案。",
        "promotions": "推广条数", "sizes": "群的大小", "starters": "先拉谁",
        "unknown": (
            "从你的数字能知道：{known}。只能大概知道：{weakly}。"
            "其余都从可能的范围里抽取，区间里已经包含。"
        ),
        "nothing": "没有", "assumed": "没有人说过，所以是假设的：{what}。",
        "surely": "{more} {low} 到 {high} {unit}", "cannot": "分不出来（{low} 到 {high} {unit}）",
        "more": "多", "less": "少", "single": "{mean} {unit}，只有一个世界，没有区间",
    },
}  # fmt: skip
_UNITS = {
    "CNY": "元", "orders": "单", "members": "人", "persons": "人", "persons a day": "人/天",
    "messages a day": "条/天", "persons a month": "人/月", "orders a month": "单/月",
    "minutes": "分钟", "1": "",
}  # fmt: skip
_ARMS = {
    "high tier": "高层", "most contacts": "人脉最广", "closest to the topic": "最贴近话题",
    "bought most often": "买得最多",
}  # fmt: skip


def name_of(quantity: str, language: str) -> str:
    """What a quantity is called: ``readers``, ``readers_before``."""
    base = quantity.removesuffix(BEFORE)
    name = _NAMES[base][language == "zh"]
    if base == quantity:
        return name
    return f"{name}（前一个月）" if language == "zh" else f"{name}, the month before"


def unit_of(quantity: str, language: str) -> str:
    """Its unit, "" for a share."""
    unit = QUESTIONS[quantity.removesuffix(BEFORE)].unit
    return _UNITS[unit] if language == "zh" else "" if unit == "1" else unit


def sentences(found: Mined, language: str) -> list[str]:
    """What was found, a line each.

    Parameters
    ----------
    found : Mined
        The answers.
    language : str
        ``en`` or ``zh``.

    Returns
    -------
    list of str
        Lines.
    """
    words, fit = _TEXTS[language], found.fit
    lines = [words["found"].format(worlds=len(fit.units), tries=fit.simulations)]
    missed = fit.looks_like[fit.looks_like["missed"]]["quantity"]
    if fit.distance > _FAR:
        lines.append(words["rough"].format(far=fit.distance))
    if len(missed):
        lines.append(
            words["missed"].format(names=_and([name_of(n, language) for n in missed], language))
        )
    lines += _unknown(found, language)
    open_ = []
    parts = (
        ("promotions", _promotions), ("sizes", _sizes), ("starters", _starters),
    )  # fmt: skip
    for name, tell in parts:
        told, decided = tell(found, language)
        lines += told
        if not decided:
            open_.append(words[name])
    lines.append(
        words["undecided"].format(what=_and(open_, language)) if open_ else words["decided"]
    )
    assumed = [
        f"{key} = {value:g}"
        for key, value in found.mining.world.assumed.items()
        if key in QUESTIONS
    ]
    if assumed:
        lines.append(words["assumed"].format(what=", ".join(assumed)))
    return lines


def _unknown(found: Mined, language: str) -> list[str]:
    words, table = _TEXTS[language], found.fit.parameters
    table = table[table["parameter"].isin(list(found.mining.world.sought))]  # the others by chance
    names = {kind: list(table[table["known"] == kind]["parameter"]) for kind in ("yes", "weakly")}
    between = "；" if language == "zh" else "; "
    told = {
        kind: between.join(label_of(path, language) for path in each) or words["nothing"]
        for kind, each in names.items()
    }
    return [words["unknown"].format(known=told["yes"], weakly=told["weakly"])]


def _promotions(found: Mined, language: str) -> tuple[list[str], bool]:
    """Lines, and whether one number is surely best on average."""
    words, whole = _TEXTS[language], 1.0 / found.mining.world.factor
    money = curve(found.promotions, MONEY)
    lines = [words["ads"].format(days=found.promotions.scenario.days)]
    others = [n for n in money.beside if n != money.top]
    key = "several" if others else "one"
    beside = ", ".join(f"{n:g}" for n in others)
    lines.append(words[key].format(best=f"{money.top:g}", beside=beside))
    if money.best:
        lines.append(words["over"].format(gain=gain(money.gain, "CNY", language, whole)))
    now = round(7.0 * float(found.mining.world.scenario.value(WEEK)), 6)
    if now in money.numbers and now != money.top and now > 0.0:
        gap = money.gap(money.best, list(money.numbers).index(now))
        lines.append(words["now"].format(now=f"{now:g}", gain=gain(gap, "CNY", language, whole)))
    low, high, share = _most(money)
    lines.append(words["worlds"].format(low=f"{low:g}", high=f"{high:g}", share=100.0 * share))
    return lines, not others


def _most(money: Curve) -> tuple[float, float, float]:
    """The shortest run of numbers that are best in most of the worlds, and in what share."""
    shares = list(shares_of_best(money).values())
    runs = [
        (b - a, a, b)
        for a in range(len(shares))
        for b in range(a, len(shares))
        if sum(shares[a : b + 1]) >= _MOST
    ]
    _, a, b = min(runs, key=lambda run: (run[0], -sum(shares[run[1] : run[2] + 1])))
    return money.numbers[a], money.numbers[b], sum(shares[a : b + 1])


def _sizes(found: Mined, language: str) -> tuple[list[str], bool]:
    words, sweep = _TEXTS[language], found.sizes
    if sweep is None:
        return [words["no_size"]], False
    values = [row[SIZE] for row in sweep.design.rows]
    own = values.index(int(found.mining.world.scenario.value(SIZE)))
    lines, gaps = [words["size"].format(own=values[own])], []
    for k, value in enumerate(values):
        if k != own:
            gap = sweep.difference(f"{ORDERS}_per_member", k, own)
            lines.append(
                words["line"].format(name=value, gain=gain(gap, "orders", language, 100.0))
            )
            gaps.append(gap)
    return lines, decides(gaps)


def _starters(found: Mined, language: str) -> tuple[list[str], bool]:
    words = _TEXTS[language]
    lines, gaps = [words["seeds"].format(days=found.seeds.base.days)], []
    for arm in list(found.seeds.arms)[1:]:
        gap = found.seeds.difference(arm, "members")
        name = _ARMS[arm] if language == "zh" else arm
        lines.append(words["line"].format(name=name, gain=gain(gap, "members", language)))
        gaps.append(gap)
    return lines, decides(gaps)


def decides(gaps: Sequence[Interval]) -> bool:
    """Whether differences to what one has tell what to do: some is surely more, or all are less."""
    return any(gap.low > 0.0 for gap in gaps) or all(gap.high < 0.0 for gap in gaps)


def gain(found: Interval, unit: str, language: str, times: float = 1.0) -> str:
    """A paired difference in words: with a direction only where its interval has one.

    Parameters
    ----------
    found : Interval
        Mean and 95 % interval.
    unit : str
        ``CNY``, ``orders`` or ``members``.
    language : str
        ``en`` or ``zh``.
    times : float
        What it is multiplied by, above 0.
    """
    words = _TEXTS[language]
    shown = _UNITS[unit] if language == "zh" else unit
    if found.n < 2:
        return words["single"].format(mean=_number(times * found.mean), unit=shown)
    low, high = times * found.low, times * found.high
    if low <= 0.0 <= high:
        return words["cannot"].format(low=_number(low), high=_number(high), unit=shown)
    more = words["more" if low > 0.0 else "less"]
    low, high = sorted((abs(low), abs(high)))
    return words["surely"].format(low=_number(low), high=_number(high), unit=shown, more=more)


def _number(value: float) -> str:
    """Two digits, or whole numbers from ten on."""
    return f"{value:,.0f}" if abs(value) >= 9.95 else f"{value:.2g}"


def _and(names: Sequence[str], language: str) -> str:
    if language == "zh":
        return "、".join(names)
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last
