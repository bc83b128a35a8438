"""The words of a new scenario file, in each language that there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shequn.commands.layout import FIXED

if TYPE_CHECKING:
    from shequn.model.parameters import Declaration


@dataclass(frozen=True)
class Words:
    """What a new scenario file says in one language.

    Attributes
    ----------
    description : str
        Value of its ``description``.
    extends, more : str
        What is said of the scenario it builds on, and of the parameters that it leaves out.
    sections : mapping
        What each section is about.
    shape : str
        How a comment is put together: ``{meaning}``, ``{range}`` and ``{default}``.
    meanings : mapping
        What each parameter means, by path; where there is none, as it is declared.
    ranges : mapping
        Words of a range that are said otherwise here: units, and ``to``.
    """

    description: str
    extends: str
    more: str
    sections: Mapping[str, str]
    shape: str
    meanings: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, str] = field(default_factory=dict)

    def comment(self, about: Declaration, default: str) -> str:
        """What is said of one parameter: meaning, range with its unit, default.

        Parameters
        ----------
        about : Declaration
            The parameter.
        default : str
            Its default in words.

        Returns
        -------
        str
            One line; it is not to be broken at `layout.FIXED`.
        """
        meaning = self.meanings.get(about.path, about.meaning)
        allowed = " ".join(self.ranges.get(word, word) for word in about.range.split(" "))
        allowed = allowed.replace(" | ", f"{FIXED}| ")
        return self.shape.format(meaning=meaning, range=allowed, default=default)


LANGUAGES = {
    "en": Words(
        description="What this scenario is about, for a reader.",
        extends="what is not said here is as there",
        more="All parameters, with unit, range and source",
        sections={
            "market": "everyone who could ever join",
            "group": "the groups",
            "product": "what is sold",
            "policy": "what the operator posts",
            "discovery": "how people come in without an invitation",
            "invite": "how members bring others in",
            "costs": "what it costs",
        },
        shape="{meaning}; {range}; default" + FIXED + "{default}",
    ),
    "zh": Words(
        description="一句话说明这个情景研究什么。",
        extends="这里没写的，都和它一样",
        more="全部参数的单位、范围和来源",
        sections={
            "market": "市场：所有可能进群的人",
            "group": "群",
            "product": "卖什么",
            "policy": "运营者发什么",
            "discovery": "没人邀请的人怎么进来",
            "invite": "成员怎么拉新",
            "costs": "成本",
        },
        shape="{meaning}; 范围 {range}; 默认" + FIXED + "{default}",
        meanings={
            "market.people": "市场总人数",
            "group.count": "一开始有几个群",
            "group.capacity": "一个群最多多少人",
            "group.seed_fill": "开群时填到容量的几成 (若比种子成员多)",
            "group.overflow": "群满了怎么办: turn-away 拒绝, wait 排队, open 另开新群",
            "product.quality": "产品用起来平均有多好",
            "product.price": "价格",
            "product.margin": "毛利占价格的比例",
            "policy.name": "发帖策略; file 表示用自己写的类 (见 docs/policies.md)",
            "policy.content_per_day": "每个群每天几条内容",
            "policy.promo_share": (
                "推广占群内全部消息的比例, 按最近一周算; 1: 运营者只发推广, 条数同 content_per_day"
            ),
            "policy.overtness": "推广有多硬: 0 是软文, 1 是硬广",
            "discovery.rate": "每人自己找到群的概率",
            "discovery.ad_budget": "在群外投广告拉新的预算",
            "invite.accept": "一次邀请被接受的概率",
            "invite.reward": "每拉进一人, 付给邀请人的奖励",
            "costs.wage": "运营人员的工资",
        },
        ranges={
            "to": "到",
            "persons": "人",
            "groups": "个群",
            "quality": "(质量分)",
            "CNY": "元",
            "1/day": "(每天)",
            "CNY/day": "元/天",
            "CNY/hour": "元/小时",
        },
    ),
}
