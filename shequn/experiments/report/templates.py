"""Every sentence of a report, in English and in Chinese, with the places of its numbers.

`shequn.experiments.report.sentences` chooses which one the numbers allow. No sentence says more
than its interval: a sign only where the interval does not hold 0, one number only where every
other one tried is surely worse.
"""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """A sentence in each language."""

    en: str
    zh: str


LANGUAGES = Text._fields

TEMPLATES = {
    # 1 The question
    "ask.promotions": Text("how many promotions a week", "每周发几条推广"),
    "ask.size": Text("how large a group", "一个群开多大"),
    "ask.seeding": Text("whom to seed a group with", "先拉谁当种子成员"),
    "ask.arm": Text(
        "what {n} alternatives change against “{first}”",
        "{n} 种别的做法，和“{first}”比差在哪里",
    ),
    "ask.arm.1": Text(
        "what “{other}” changes against “{first}”", "“{other}”和“{first}”比，差在哪里"
    ),
    "ask.path": Text("which value of {path}", "“{path}”取什么值"),
    "by.incremental_equity": Text(
        "the margin of the orders that the group adds, less all costs (incremental equity)",
        "增量权益（增量订单的毛利减去全部成本）",
    ),
    "by.incremental_orders": Text(
        "the orders that the group adds (incremental orders)", "增量订单（群带来的订单）"
    ),
    "by.customer_equity": Text(
        "the margin of the orders in the group, less all costs (customer equity)",
        "客户权益（群内订单的毛利减去全部成本）",
    ),
    "ask.compared": Text(
        "Told by {outcome}, over {days} days, on the same people with the same luck.",
        "看的是{outcome}，共 {days} 天，同样的人、同样的运气。",
    ),
    "ask.each": Text(
        "Groups differ in how many they hold, so amounts are compared for each member.",
        "各种设置下人数不同，所以按每个成员来比。",
    ),
    # 2 The answer: of all that was varied what can be said alike, then what it adds
    "best.one": Text(
        "{what} {is_} best{where}: every other one tried is surely worse",
        "{what}最好{where}：试过的其他取值都肯定更差",
    ),
    "best.some": Text(
        "{what} {do_} best{where}: the others tried are surely worse, and between these the runs "
        "cannot tell",
        "{what}最好{where}：试过的其他取值都肯定更差，这几个之间分不出高下",
    ),
    "best.holds": Text(
        "at every level of reading, nothing that was tried surely beats {what}",
        "不论阅读量是哪一档，试过的没有一个肯定胜过{what}",
    ),
    "best.all": Text(
        "{question} cannot be told{where}: none that was tried is surely worse than the best",
        "{question}，分不出{where}：试过的没有一个肯定比最好的差",
    ),
    "best.hangs": Text(
        "{question} hangs on how much is read: {by_level}",
        "{question}，要看大家读多少：{by_level}",
    ),
    "best.single": Text(
        "{question} cannot be told: there is one run of each, so there is no interval",
        "{question}，说不了：每种只跑了一次，没有区间",
    ),
    "best.apart": Text(
        "; no one combination of these holds at every level",
        "；但没有一种组合在每一档都站得住",
    ),
    "gain.more": Text(
        "; against {base}, that adds between {low} and {high}{of}",
        "；和{base}比，多出 {low} 到 {high}{of}",
    ),
    "gain.less": Text(
        "; against {base}, that takes away between {low} and {high}{of}",
        "；和{base}比，少了 {low} 到 {high}{of}",
    ),
    "gain.undecided": Text(
        "; the difference to {base} lies between {low} and {high}{of}, so that the two cannot be "
        "told apart",
        "；和{base}的差在 {low} 到 {high}{of}之间，分不出多还是少",
    ),
    "gain.undecided.levels": Text(
        "; the difference to {base} lies between {low} and {high}{of}, so that it is not sure at "
        "every level of reading that anything is added",
        "；和{base}的差在 {low} 到 {high}{of}之间，不是每一档阅读量下都肯定有增量",
    ),
    "gain.hangs": Text(
        "; against {base}, whether that adds or takes away hangs on how much is read "
        "({low} to {high}{of})",
        "；和{base}比是多是少，要看大家读多少（{low} 到 {high}{of}）",
    ),
    "gain.same": Text("; it is the same as {base} in every run", "；和{base}在每一次里都一样"),
    "gain.each": Text(" for each member", "（每个成员）"),
    "gain.base": Text(
        "; {base} is among what may be best, so that nothing is known to add anything",
        "；{base}也可能是最好的，所以不能说别的做法有增量",
    ),
    "gain.own": Text(
        "; {base}, as it is now, is among what may be best, so that no change is known to add "
        "anything",
        "；现在的{base}也可能是最好的，所以不能说改了会有增量",
    ),
    "gain.of": Text(" ({outcome})", "（{outcome}）"),
    "where.levels": Text(" at every level of reading", "（不论阅读量是哪一档）"),
    # What was tried, in words
    "what.promotions": Text("{x} promotions a week", "每周 {x} 条推广"),
    "what.promotions.1": Text("1 promotion a week", "每周 1 条推广"),
    "what.promotions.0": Text("no promotion", "不发推广"),
    "what.size": Text("groups of {x}", "{x} 人的群"),
    "what.seeding": Text("seeding {x}", "种子成员“{x}”"),
    "what.arm": Text("{x}", "{x}"),
    "what.path": Text("a value of {x} for {path}", "“{path}”取“{x}”"),
    "range": Text("{low} to {high}", "{low} 到 {high}"),
    "range.broken": Text("some of {low} to {high}", "{low} 到 {high} 里的几个"),
    "and": Text(" and ", "、"),
    "comma": Text(", ", "、"),
    "semicolon": Text("; ", "；"),
    "or": Text(" or ", "或"),
    "more": Text(" and others", "等"),
    "colon": Text(": ", "："),
    "space": Text(" ", ""),
    "stop": Text(".", "。"),
    "end.question": Text("?", "？"),
    "end.arm": Text("", "？"),
    # 3 The cards
    "card.promotions": Text("Promotions a week", "每周推广条数"),
    "card.size": Text("Group size", "群规模"),
    "card.seeding": Text("Whom to seed", "种子成员"),
    "card.arm": Text("Alternatives", "做法"),
    "card.one": Text(
        "The only one not surely worse{where}. Tried: {tried}.",
        "只有它不肯定更差{where}。试过：{tried}。",
    ),
    "card.some": Text(
        "The others tried are surely worse{where}; between these the runs cannot tell. "
        "Tried: {tried}.",
        "试过的其他取值肯定更差{where}；这几个之间分不出。试过：{tried}。",
    ),
    "card.holds": Text(
        "At every level of reading nothing tried surely beats it; at one level or another "
        "{anywhere} may be as good. Tried: {tried}.",
        "不论阅读量是哪一档，试过的没有一个肯定更好；某一档里，{anywhere} 也可能一样好。"
        "试过：{tried}。",
    ),
    "card.all": Text(
        "Cannot be told apart{where}: none tried is surely worse than the best. Tried: {tried}.",
        "分不出{where}：试过的没有一个肯定比最好的差。试过：{tried}。",
    ),
    "card.hangs": Text(
        "It hangs on how much is read: {by_level}. Tried: {tried}.",
        "要看大家读多少：{by_level}。试过：{tried}。",
    ),
    "card.single": Text(
        "One run of each: no interval, no answer. Tried: {tried}.",
        "每种只跑了一次：没有区间，说不了。试过：{tried}。",
    ),
    "card.most": Text(
        "The largest tried is among them: larger ones were not tried.",
        "试过的最大值也在里面：更大的没试过。",
    ),
    "card.ends": Text(
        "Both ends of what was tried are among them: no more and no less was tried.",
        "试过的最小值和最大值都在里面：更小、更大的没试过。",
    ),
    "card.least": Text(
        "The smallest tried is among them: smaller ones were not tried.",
        "试过的最小值也在里面：更小的没试过。",
    ),
    "card.loyal": Text(
        "“Likeliest buyers” picks by traits that no operator sees: an upper limit.",
        "“最可能买的”是按运营者看不见的特质挑的：只是上限。",
    ),
    "card.not": Text("not asked", "没有问"),
    "card.ask": Text("This command asks it:", "用这条命令问："),
    "tried.few": Text("{all_}", "{all_}"),
    "tried.many": Text("{n} from {low} to {high}", "从 {low} 到 {high} 的 {n} 个"),
    # 4 The figure
    "figure.caption": Text(
        "Means with 95 % intervals, {n} replicates; {what}.",
        "均值和 95 % 区间，重复 {n} 次；{what}。",
    ),
    "figure.one": Text(
        "One run of each: no intervals; {what}.", "每种只跑了一次，没有区间；{what}。"
    ),
    "figure.added": Text(
        "what the group adds, against the same people with the same luck and no group",
        "群带来的增量：和同样的人、同样的运气、没有群时的差",
    ),
    "figure.within": Text("what is sold in the group", "群里卖出的"),
    "figure.differences": Text(
        "paired differences to “{first}”: right of 0 is more", "和“{first}”的配对差：0 右边是多"
    ),
    "figure.some": Text("{n} of {all_} points", "{all_} 个点里的 {n} 个"),
    "figure.rest": Text("all else as in {what}", "其余不变：{what}"),
    "axis.promotions": Text("promotions a week", "每周推广条数"),
    "axis.size": Text("people in a group", "群规模（人）"),
    "axis.orders": Text("orders per 100 members", "每 100 名成员的订单"),
    "axis.each": Text("{outcome}, each member", "每个成员的{outcome}"),
    "axis.difference": Text("difference in {outcome}", "差：{outcome}"),
    # 5 What it costs and adds
    "costs.at": Text("Of {what}, over {days} days.", "按{what}算，共 {days} 天。"),
    "costs.interval": Text("mean, and in brackets its 95 % interval", "均值；括号里是 95 % 区间"),
    "costs.whole": Text("whole run", "整段时间"),
    "costs.month": Text("a member and month", "每个成员每月"),
    "costs.costs": Text("costs, CNY", "成本（元）"),
    "costs.hours": Text("work, hours", "工时（小时）"),
    "costs.orders": Text("orders added", "增量订单"),
    "costs.money": Text("added margin less all costs, CNY", "增量毛利减全部成本（元）"),
    "costs.orders.within": Text("orders in the group", "群内订单"),
    "costs.money.within": Text("their margin less all costs, CNY", "其毛利减全部成本（元）"),
    "costs.costs/month": Text("costs, CNY", "成本（元）"),
    "costs.orders/hundred": Text("orders added, of 100 members", "每 100 名成员的增量订单"),
    "costs.money/month": Text("left after all costs, CNY", "除去全部成本后（元）"),
    "costs.orders/hundred.within": Text(
        "orders in the group, of 100 members", "每 100 名成员的群内订单"
    ),
    "costs.money/month.within": Text("left after all costs, CNY", "除去全部成本后（元）"),
    "costs.differences": Text(
        "Differences to “{first}”: their 95 % intervals.", "和“{first}”的差：95 % 区间。"
    ),
    "costs.differences.levels": Text(
        "Differences to “{first}”: from the least to the most of the 95 % intervals at all levels "
        "of reading.",
        "和“{first}”的差：各档阅读量的 95 % 区间里从最少到最多。",
    ),
    "costs.more": Text("{n} more are in differences.csv.", "另外 {n} 种在 differences.csv 里。"),
    "cell.one": Text("one run, no interval", "只一次，没有区间"),
    "cell.interval": Text("{low} to\u00a0{high}", "{low} 至\u00a0{high}"),
    "cell.nothing": Text("no value", "无值"),
    "earns.more": Text(
        "After all costs it earns between {low} and {high}{where}.",
        "除去全部成本，赚 {low} 到 {high}{where}。",
    ),
    "earns.less": Text(
        "After all costs it loses between {low} and {high}{where}.",
        "除去全部成本，亏 {low} 到 {high}{where}。",
    ),
    "earns.undecided": Text(
        "Whether it earns its costs cannot be told: between {low} and {high} are left.",
        "能不能挣回成本，分不出：除去全部成本后在 {low} 到 {high}之间。",
    ),
    "earns.undecided.levels": Text(
        "That it earns its costs is not sure at every level of reading: between {low} and {high} "
        "are left.",
        "能不能挣回成本，不是每一档阅读量下都肯定：除去全部成本后在 {low} 到 {high}之间。",
    ),
    "earns.hangs": Text(
        "Whether it earns its costs hangs on how much is read: between {low} and {high} are left.",
        "能不能挣回成本，要看大家读多少：除去全部成本后在 {low} 到 {high}之间。",
    ),
    "earns.single": Text(
        "One run: whether it earns its costs cannot be told.",
        "只跑了一次：能不能挣回成本，说不了。",
    ),
    "within": Text(
        "What the group adds is not defined in this world (rivals, or no world outside): told are "
        "orders in the group, some of which would have come without it.",
        "这个世界里算不出增量（有对手，或者没有群外的世界）：这里说的是群内订单，其中有些没有群也会来。",
    ),
    # 6 The funnel
    "funnel.joins": Text("know: joined since day 0, persons", "认知：第 0 天起进群的人次"),
    "funnel.readers_per_member": Text(
        "know: of 100 members, read on a day", "认知：100 名成员里，一天里来读的"
    ),
    "funnel.promos_seen_per_member": Text(
        "put out: promotions that a member read a week", "输出：每个成员每周读到几条推广"
    ),
    "funnel.posters_share": Text(
        "interact: of 100 who ever joined, wrote", "交互：进过群的 100 人里发过言的"
    ),
    "funnel.reproduction": Text(
        "bring others: persons brought in by 100 who joined", "裂变：进过群的 100 人带来几人"
    ),
    "funnel.orders_per_member": Text(
        "convert: orders in the group, of 100 members", "转化：100 名成员的群内订单"
    ),
    "funnel.repeat_share": Text(
        "convert: of 100 such orders, repeat ones", "转化：100 单里再次购买的"
    ),
    "funnel.note": Text(
        "Steps are facts about members, not gates. Persons at each step, by tier and source, are "
        "told by one run:",
        "各步是对成员的描述，不是关卡。每一步多少人、按层级和来源分，由单次运行给出：",
    ),
    "funnel.none": Text(
        "The folder does not tell it. One run does:", "这个文件夹没有。单次运行会给出："
    ),
    # 7 What would change the answer
    "change.level.same": Text(
        "How much is read: asked at {levels}. At all of them: {holds}.",
        "阅读量：问了{levels}。哪一档都站得住的是：{holds}。",
    ),
    "change.level.all": Text(
        "How much is read: asked at {levels}; at none of them the options can be told apart.",
        "阅读量：问了{levels}；哪一档都分不出各种取值的高下。",
    ),
    "change.level.hangs": Text(
        "How much is read changes the answer: {by_level}.", "阅读量会改变答案：{by_level}。"
    ),
    "change.level.single": Text(
        "How much is read: asked at {levels}, with one run of each, which tells nothing.",
        "阅读量：问了{levels}，但每种只跑了一次，说不了。",
    ),
    "change.level.gain": Text(
        "What is added against {base}, by level: {by_level}.",
        "和{base}比的增量（{by_level}）。",
    ),
    "change.level.drawn": Text(
        "How much is read was drawn with the worlds ({path}: {low} to {high}), so that the "
        "intervals hold it.",
        "阅读量是和世界一起抽的（{path}：{low} 到 {high}），区间里已经包含。",
    ),
    "change.level.half": Text(
        "What is added against {base}: where less is read ({path} at most {middle}), {small}; "
        "where more is read, {large}.",
        "和{base}比的增量：读得少时（{path} 不超过 {middle}），{small}；读得多时，{large}。",
    ),
    "change.level.moves": Text("So it surely moves what is added.", "所以它肯定会改变增量。"),
    "change.level.open": Text(
        "Whether it moves what is added cannot be told, with {n} worlds.",
        "{n} 个世界里，分不出它会不会改变增量。",
    ),
    "change.level.not": Text(
        "How much is read: run at one level only, so nothing is known of it. This command tells:",
        "阅读量：只跑了一档，所以它会不会改变答案，一无所知。用这条命令问：",
    ),
    "change.world.not": Text(
        "Numbers that nobody has measured, such as irritation: run in one world only, so nothing "
        "is known of them. This command tells:",
        "没人量过的数，例如反感：只跑了一个世界，所以它们会不会改变答案，一无所知。用这条命令问：",
    ),
    "change.world.share": Text(
        "Of {n} drawn worlds, one of the options that hold is best in {k} (each world is run once, "
        "so luck is in it).",
        "抽了 {n} 个世界，其中 {k} 个里最好的就在成立的做法之中（每个世界只跑一次，也有运气）。",
    ),
    "change.world.half": Text(
        "{path} moves what is added most: where it is at most {middle}, {small}; where it is "
        "larger, {large}.",
        "影响最大的是 {path}：不超过 {middle} 时，{small}；超过时，{large}。",
    ),
    "change.world.none": Text(
        "None of the {k} drawn numbers surely moves what is added, with {n} worlds.",
        "{n} 个世界里，抽取的 {k} 个数没有一个肯定会改变增量。",
    ),
    "change.part.more": Text("{low} to {high} more", "多 {low} 到 {high}"),
    "change.part.less": Text("{low} to {high} less", "少 {low} 到 {high}"),
    "change.part.undecided": Text(
        "{low} to {high}, which cannot be told from nothing", "{low} 到 {high}，和没有分不出"
    ),
    "change.part.single": Text("no interval", "没有区间"),
    "change.assumed": Text(
        "Prices, costs, and how people take promotions are assumed, as far as you have not set "
        "them: it is what these numbers imply, not what your group will do.",
        "价格、成本、人对推广的反应，凡是你没有自己定的都是假定：这是这些数推出来的，不是你的群会怎样。",
    ),
    "change.failed": Text("{n} runs failed and are left out.", "{n} 次运行失败，没有算进来。"),
    "change.model": Text(
        "Made by another version of the model ({model}): a run of today may give other numbers.",
        "由另一版模型（{model}）算出：今天再跑，数可能不同。",
    ),
    # 8 How to do it again
    "again.verify": Text(
        "This computes all {n} runs anew and compares every bit:",
        "这条命令把 {n} 次运行全部重算，逐位比较：",
    ),
    "again.other": Text(
        "It takes the version of the model that made it ({model}).",
        "要用算它的那一版模型（{model}）。",
    ),
    # For researchers
    "design.points": Text("points", "点"),
    "design.kind": Text("design", "设计"),
    "design.replicates": Text("replicates of each point", "每点重复"),
    "design.seeds": Text("seeds", "随机种子"),
    "design.days": Text("days, after a past of", "天数，之前的过去"),
    "design.levels": Text("levels of reading", "阅读量"),
    "design.worlds": Text("worlds", "世界"),
    "design.luck": Text("each world has its own", "每个世界有自己的"),
    "design.failed": Text("runs that failed", "失败的运行"),
    "design.outcome": Text("compared by", "比较的指标"),
    "design.model": Text("model", "模型"),
    "design.software": Text("software", "软件"),
    "design.one": Text("one: nothing is drawn", "一个：什么都不抽"),
    "design.drawn": Text("one for each replicate; {n} numbers drawn", "每次重复一个，抽 {n} 个数"),
    "design.asis": Text("as the scenario says", "照情景"),
    "design.read": Text("drawn with the worlds", "和世界一起抽"),
    "method": Text(
        "Intervals are Student's t at 95 % over {over}; of differences they are paired, as "
        "{same} at every point. Each option is looked at by itself beside "
        "the best mean, so that of many equal options a few will look worse. What the best adds is "
        "measured on the runs that chose it, a little too high for one option; a range takes the "
        "least and the most over all options that hold and all levels. Ends are rounded outwards.",
        "区间是 95 % 的 Student t 区间，按{over}算；差是配对的，因为{same}。"
        "每个选项单独和均值最好的比，所以很多一样好的选项里总有几个看起来更差。最好的选项的增量是在"
        "选出它的那些运行上量的，单个选项会略高；范围取所有成立的选项、所有各档里的最少和最多。两端向外取整。",
    ),
    "method.over": Text("replicates", "重复"),
    "method.same": Text("replicate r has the same seed", "第 r 次重复在每个点用同一个种子"),
    "method.until": Text(
        "Replicates were added until it was precise enough; intervals are widened for it.",
        "重复次数是边跑边定的；区间为此放宽了。",
    ),
    "differing.none": Text("Every value is the default.", "全部是默认值。"),
    "differing.more": Text("{n} more are in manifest.json.", "另外 {n} 个在 manifest.json 里。"),
    "points.more": Text("{n} more are in points.csv.", "另外 {n} 行在 points.csv 里。"),
    # For students
    "try.levels": Text(
        "Ask at every level of reading, and see what still holds.",
        "三档阅读量都问一遍，看什么还成立。",
    ),
    "try.irritation": Text(
        "Let irritation turn nobody from the product, and see how many promotions are best then.",
        "让反感不影响购买，看这时几条推广最好。",
    ),
    "try.replicates": Text(
        "Let the program say how many replicates tell two options apart.",
        "让程序说要重复多少次才分得出两种做法。",
    ),
    "try.why": Text("Ask why one member left.", "问一个成员为什么退群。"),
    # Heads
    "head.answer": Text("Answer", "答案"),
    "head.decide": Text("What to decide", "要定的三件事"),
    "head.figure": Text("The picture", "图"),
    "head.costs": Text("What it costs and what it adds", "花多少，多多少"),
    "head.funnel": Text("The funnel", "漏斗"),
    "head.change": Text("What would change the answer", "什么会改变答案"),
    "head.again": Text("Do it again", "再做一遍"),
    "head.design": Text("Design and method", "设计和方法"),
    "head.differing": Text("Values that are not the defaults", "不是默认值的数"),
    "head.points": Text("Table of points", "各点的表"),
    "head.terms": Text("What the words mean", "词的意思"),
    "head.try": Text("What to try next", "接着试什么"),
    "table.step": Text("step", "步骤"),
    "table.measure": Text("measure", "指标"),
    "table.option": Text("alternative", "做法"),
    "table.point": Text("point", "点"),
    "table.value": Text("value", "值"),
    "table.default": Text("default", "默认"),
    "table.path": Text("parameter", "参数"),
    "table.quantity": Text("quantity", "量"),
    "table.given": Text("yours", "你的群"),
    "table.simulated": Text("simulated: middle, 90 % of them", "模拟：中位数，其中 90 %"),
    "table.missed": Text("missed", "对不上"),
    "table.mean": Text("mean", "均值"),
    "foot": Text(
        "Made by shequn {version} from the folder {folder}. A simulation: it says what its "
        "assumptions imply. Nothing in this page is loaded from elsewhere or sent anywhere.",
        "由 shequn {version} 从文件夹 {folder} 做成。这是模拟：它说的是由假定推出什么。"
        "这一页不从别处读取、也不向外发送任何东西。",
    ),
}
