"""The sentences about one's own group, in English and in Chinese."""

from __future__ import annotations

from shequn.experiments.report.templates import Text

OWN = {
    # The answer: one sentence for each question
    "own.best.one": Text("{what} {is_} best on average", "{what}平均最好"),
    "own.best.some": Text(
        "{what} {do_} best on average (which of these, the runs cannot tell)",
        "{what}平均最好（这几个之间分不出高下）",
    ),
    "own.gain.more": Text(
        ": between {low} and {high}{of} more than {base}", "：比{base}多 {low} 到 {high}{of}"
    ),
    "own.gain.less": Text(
        ": between {low} and {high}{of} less than {base}", "：比{base}少 {low} 到 {high}{of}"
    ),
    "own.gain.undecided": Text(
        ", but that it adds to {base} is not sure ({low} to {high}{of})",
        "，但不肯定比{base}多（{low} 到 {high}{of}）",
    ),
    "own.open.promotions": Text(
        "The number of promotions a week is not decided: {options} cannot be told apart",
        "每周推广条数定不下来：{options} 条分不出高下",
    ),
    "own.open.size": Text(
        "Group size is not decided: {options} cannot be told apart",
        "群规模定不下来：{options} 人分不出高下",
    ),
    "own.open.seeding": Text(
        "Whom to seed is not decided: {options} cannot be told apart",
        "种子成员定不下来：{options}，分不出高下",
    ),
    "own.open.path": Text(
        "The value of {path} is not decided: {options} cannot be told apart",
        "“{path}”定不下来：{options}，分不出高下",
    ),
    "own.among": Text(", and your {x} is one of them", "，你的 {x} 人也在其中"),
    "own.size": Text("your groups of {x}", "你的 {x} 人的群"),
    "own.yours": Text("Yours: {x}.", "你的：{x}。"),
    # The group beside the simulated ones
    "mine.title": Text("Your own group", "你自己的群"),
    "mine.head": Text("Your group looks like this", "你的群是这样的"),
    "mine.missed": Text(
        "Numbers that you gave: {n}; the simulated groups meet {met} of them and miss {k}: read "
        "what follows with that in mind.",
        "你给了 {n} 个数：模拟的群对得上 {met} 个，对不上 {k} 个，看下面时要记着。",
    ),
    "mine.met": Text(
        "Numbers that you gave: {n}; the simulated groups meet {met} of them.",
        "你给了 {n} 个数，模拟的群对得上 {met} 个。",
    ),
    "mine.more": Text("{n} more are in looks-like.csv.", "另外 {n} 项在 looks-like.csv 里。"),
    "mine.none": Text("The folder does not tell it.", "这个文件夹没有。"),
    "mine.without": Text("not in this folder", "这个文件夹里没有"),
    "own.unknown": Text("not known", "不知道"),
    "own.unit": Text("{name} [{unit}]", "{name}（{unit}）"),
    # What was simulated
    "own.caption": Text(
        "Means with 95 % intervals over {n} simulated groups like yours; {what}.",
        "{n} 个和你的群相像的模拟群的均值和 95 % 区间；{what}。",
    ),
    "own.part": Text(
        "{n} of {m} members were simulated; totals are those of all",
        "{m} 名成员里模拟了 {n} 名；总数已按全部成员换算",
    ),
    "own.all": Text("all {m}", "全部 {m} 名"),
    "design.part": Text("members simulated", "模拟的成员"),
    "design.replicates.own": Text(
        "simulated groups like yours, at each point", "每点的模拟群（和你的群相像）"
    ),
    "design.drawn.own": Text(
        "each simulated group is one; {n} numbers drawn", "每个模拟群一个，抽 {n} 个数"
    ),
    "method.over.own": Text("simulated groups like yours", "和你的群相像的模拟群"),
    "method.same.own": Text(
        "a simulated group has the same world and the same seed",
        "同一个模拟群在每个点是同一个世界、同一个种子",
    ),
    # What would change the answer
    "change.own.share": Text(
        "Of {n} simulated groups like yours, one of the options that hold is best in {k} (each is "
        "run once, so luck is in it).",
        "{n} 个和你的群相像的模拟群里，有 {k} 个最好的就在成立的做法之中"
        "（每个只跑一次，也有运气）。",
    ),
    "change.own.none": Text(
        "None of the {k} drawn numbers surely moves what is added, with {n} groups.",
        "{n} 个模拟群里，抽取的 {k} 个数没有一个肯定会改变增量。",
    ),
    "change.own.open": Text(
        "Whether it moves what is added cannot be told, with {n} groups.",
        "{n} 个模拟群里，分不出它会不会改变增量。",
    ),
    "change.unknown": Text(
        "What you told of your group does not settle {k} of {n} numbers: {paths}.",
        "你说的情况定不下 {n} 个数里的 {k} 个：{paths}。",
    ),
}
