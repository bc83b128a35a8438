"""The words of the glossary that a report uses: outcomes, levels, seedings, and what terms mean."""

from __future__ import annotations

from shequn.experiments.report.templates import Text

# As the glossary of README.zh.md has them; a test holds the two to one another.
OUTCOMES_ZH = {
    "readers": "日读者",
    "weekly_readers": "周读者",
    "readers_per_member": "日读者占比",
    "messages": "消息数",
    "members": "成员数",
    "groups": "群数",
    "joins": "进群人次",
    "exits": "退群人次",
    "silent": "沉默人数",
    "silent_share": "沉默占比",
    "left_share": "流失占比",
    "muted_share": "免打扰占比",
    "posters_share": "发言占比",
    "lurkers_share": "潜水占比",
    "stay_90": "90 天留存",
    "stay_365": "365 天留存",
    "stay_90_seed": "种子的 90 天留存",
    "stay_90_invite": "邀请的 90 天留存",
    "stay_90_ad": "广告的 90 天留存",
    "stay_90_spontaneous": "自来的 90 天留存",
    "stay_90_prize": "抽奖的 90 天留存",
    "likes": "点赞数",
    "attitude": "平均看法",
    "belonging": "平均归属感",
    "awareness": "平均认知",
    "promos_seen_per_member": "人均看到的推广",
    "contents_seen_per_member": "人均看到的内容",
    "incremental_orders": "增量订单",
    "incremental_orders_per_member": "人均增量订单",
    "incremental_share": "增量占比",
    "incremental_equity": "增量权益",
    "orders_without": "没有群时的订单",
    "orders": "群内订单",
    "orders_elsewhere": "别处订单",
    "orders_per_member": "人均订单",
    "repeat_share": "复购占比",
    "revenue": "收入",
    "costs": "成本",
    "hours": "工时",
    "customer_equity": "客户权益",
    "customer_equity_per_member": "人均客户权益",
    "customer_equity_30": "头 30 天的客户权益",
    "customer_equity_90": "头 90 天的客户权益",
    "customer_equity_365": "头 365 天的客户权益",
    "order_share": "订单份额",
    "answered_share": "答复率",
    "fast_share": "及时答复率",
    "answer_minutes": "答复用时",
    "wait_minutes": "其中等候",
    "negative_share": "负面占比",
    "incident_reach": "危机触达人次",
    "forwards": "转发数",
    "removed": "删除数",
    "promos_per_week": "每周推广条数",
    "promo_share_sent": "发出的推广占比",
    "promo_share_seen": "读到的推广占比",
    "reproduction": "人均带来人数",
    "tree_depth": "裂变层数",
    "gini": "发言的基尼系数",
    "top1_share": "前 1 % 占比",
    "dead": "死群",
    "days_alive": "存活天数",
    "retention_cost": "维系成本",
    "acquisition_cost": "获客成本",
}
LEVELS = {
    "quiet": Text("quiet", "冷清"),
    "usual": Text("usual", "一般"),
    "lively": Text("lively", "热闹"),
}
SEEDINGS = {
    "random": Text("anyone", "随便"),
    "high": Text("the high tier", "高层"),
    "hubs": Text("who has most contacts", "人脉广的"),
    "enthusiasts": Text("who likes the topic", "爱这话题的"),
    "loyal": Text("likeliest buyers", "最可能买的"),
    "bought": Text("who bought most before", "以前买得多的"),
}
UNITS_ZH = {
    "CNY": "元",
    "orders": "单",
    "persons": "人",
    "messages": "条",
    "groups": "个群",
    "hours": "小时",
    "day": "天",
    "minute": "分钟",
    "minutes": "分钟",
    "steps": "层",
    "1": "",
    "1/week": "每周",
    "exposures": "次",
}
TERMS = (
    (
        Text("added (incremental)", "增量"),
        Text(
            "with the group less without it: the same people, the same luck",
            "有群减去没有群：同样的人，同样的运气",
        ),
    ),
    (
        Text("interval", "区间"),
        Text(
            "where the mean lies in 95 of 100 such experiments; with 0 in it: cannot be told",
            "均值的 95 % 置信区间；里面有 0，就分不出多还是少",
        ),
    ),
    (
        Text("surely worse", "肯定更差"),
        Text(
            "the interval of the paired difference to the best lies below 0",
            "和最好的之间，配对差的区间全在 0 以下",
        ),
    ),
    (
        Text("paired difference", "配对差"),
        Text(
            "two settings with the same seed, one less the other, then the mean",
            "同一个种子下两种做法之差，再取平均",
        ),
    ),
    (
        Text("replicate", "重复"),
        Text("the same setting once more, with another seed", "同样的设置换一个种子再跑一次"),
    ),
    (
        Text("reading level: quiet, usual, lively", "阅读量：冷清、一般、热闹"),
        Text(
            "how many members read; no data settle it, so ask at all three",
            "群里有多少人在读；没有数据能定，所以三档都问",
        ),
    ),
    (
        Text("world", "世界"),
        Text("one set of the numbers that nobody has measured", "没人量过的那些数，取定一组"),
    ),
    (
        Text("promotion", "推广"),
        Text("a post of the operator that sells", "运营者发的推销帖子"),
    ),
    (
        Text("seed members", "种子成员"),
        Text("whom a group starts with", "一开始先拉的人"),
    ),
    (
        Text("incremental equity", "增量权益"),
        Text(
            "discounted margin of the added orders, less all costs",
            "增量订单的毛利（贴现）减去全部成本",
        ),
    ),
    (
        Text("assumed", "假定"),
        Text("a number without a source: replace it by your own", "没有出处的数，换成你自己的"),
    ),
)
