"""The scenario of one's own group as a file: each value with what it is and where it is from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shequn.experiments.mine.own_world import BASE, OwnWorld

# What a value is, in English and Chinese.
_LABELS = {
    "run.days": ("days that are looked ahead", "向前看多少天"),
    "past.days": ("days that the group has lived when it begins", "开始时群已经开了多少天"),
    "market.people": ("everybody who could join: ten people for each member",
                      "所有可能进群的人：每个成员算十个"),
    "group.count": ("groups", "群数"),
    "group.capacity": ("most members of a group", "一个群最多多少人"),
    "group.placement": ("newcomers go where there is most room", "新人进空位最多的群"),
    "group.seed_fill": ("share of the capacity at the first day", "开群那天填到容量的几成"),
    "group.glance": ("visits a day because something is unread, at belonging 1",
                     "看到未读而进群，每天几次（归属感为 1 时）"),
    "group.talk": ("how much people talk, relative to an open community of interest",
                   "说话多少，相对开放的兴趣社群"),
    "spread.talk": ("how unequally they talk", "发言有多不平均"),
    "stay.silent": ("leaving of those who have long stopped reading, a day",
                    "早就不看的人每天退群的概率"),
    "stay.mute_silent": ("muting by those who have long stopped reading, a day",
                         "早就不看的人每天设免打扰的概率"),
    "discovery.rate": ("finding the group unasked, a day and person", "每人每天自己找来的概率"),
    "invite.accept": ("an invitation is accepted", "一次邀请被接受的概率"),
    "buy.constant": ("appeal of the product before all else", "产品本身的吸引力"),
    "policy.promo_share": ("promotions are not counted as a share of messages", "推广不按占比算"),
    "policy.promos_per_day": ("promotions a day in each group", "每个群每天几条推广"),
    "policy.content_per_day": ("pieces of content a day in each group", "每个群每天几条内容"),
    "product.price": ("price, CNY", "价格（元）"),
    "product.margin": ("margin as a share of the price", "毛利占价格的比例"),
    "costs.wage": ("an hour of work, CNY", "一小时人工（元）"),
    "costs.hours_content": ("work on one piece of content, hours", "一条内容几小时"),
    "costs.hours_promo": ("work on one promotion, hours", "一条推广几小时"),
    "desk.staff": ("people who answer", "答疑人数"),
    "desk.service_time": ("work on one answer, minutes", "答一次几分钟"),
    **{
        f"tiers.{tier}.need_rate": ("purchase occasions a day", "每天有几次购买机会")
        for tier in ("high", "middle", "base")
    },
}  # fmt: skip
_FROM = {  # which question a value answers
    "past.days": "months", "group.count": "groups", "group.capacity": "capacity",
    "policy.promos_per_day": "ads", "policy.content_per_day": "content", "product.price": "price",
    "product.margin": "margin", "costs.wage": "wage", "desk.staff": "staff",
    **{f"tiers.{tier}.need_rate": "needs" for tier in ("high", "middle", "base")},
}  # fmt: skip
_WORDS = {
    "en": {
        "title": "My own group",
        "text": (
            "Made from what its operator knows. This is one world like it, the middle of those "
            "found; ask your questions in all of them: --worlds posterior.csv"
        ),
        "given": "you said so", "assumed": "assumed: nobody said", "set": "",
        "found": "found: the middle of the groups that are like yours",
        "rest": "What is not said here is as in {base}. All parameters: shequn parameters [WORD]",
    },
    "zh": {
        "title": "我自己的群",
        "text": (
            "由运营者知道的数字生成。这只是像它的世界中居中的一个；"
            "提问时请用全部世界：--worlds posterior.csv"
        ),
        "given": "你说的", "assumed": "假设：没有人说过", "set": "",
        "found": "找出来的：和你的群相像的那些群的中位数",
        "rest": "这里没写的和 {base} 一样。全部参数：shequn parameters [词]",
    },
}  # fmt: skip


def label_of(path: str, language: str) -> str:
    """What a value of one's own group is called."""
    return _LABELS[path][language == "zh"]


def scenario_text(
    world: OwnWorld, answers: Mapping[str, float], medians: Mapping[str, float], language: str
) -> str:
    """A scenario file with a comment on every line.

    Parameters
    ----------
    world : OwnWorld
        What was looked for.
    answers : mapping
        What was known.
    medians : mapping
        Middle of the worlds found, by path.
    language : str
        ``en`` or ``zh``: of the comments.

    Returns
    -------
    str
        TOML that runs as it is.
    """
    words = _WORDS[language]
    values: dict[str, Any] = {
        "run.days": world.scenario.days, "past.days": world.days,
        **{path: world.scenario.value(path) for path in world.put},
        **{path: float(f"{medians[path]:.4g}") for path in world.ranges if path in world.sought},
    }  # fmt: skip
    sections: dict[str, list[str]] = {}
    for path, value in values.items():
        section, _, name = path.rpartition(".")
        question = _FROM.get(path, "")
        kind = "found" if path in world.sought else "set"
        if question:
            kind = "given" if question in answers else "assumed"
        label = "; ".join(part for part in (label_of(path, language), words[kind]) if part)
        text = f'"{value}"' if isinstance(value, str) else repr(value)
        sections.setdefault(section, []).append(f"{name} = {text}    # {label}")
    lines = [
        f'title = "{words["title"]}"', f'description = "{words["text"]}"', f'extends = "{BASE}"',
    ]  # fmt: skip
    for section, inside in sections.items():
        lines += ["", f"[{section}]", *inside]
    return "\n".join([*lines, "", f"# {words['rest'].format(base=BASE)}"]) + "\n"
