"""Files that tests write: a small scenario, and policies of the user's own."""

TINY = """\
title = "Tiny"
description = "A few people who talk much."
extends = "wechat-group"

[run]
days = 4
seed = 3

[market]
people = 60

[group]
capacity = 20
seed_members = 10
seed_fill = 0
talk = 1.0

[tiers.high]
talk = 0.3
session_rate = 1.5

[tiers.middle]
talk = 0.3
session_rate = 1.5

[tiers.base]
talk = 0.3
session_rate = 1.5

[policy]
name = "cadence"
content_per_day = 2
promo_share = 0.1
promos_per_day = 0
"""

POLICIES = '''\
from shequn import Post

class Quiet:
    def plan(self, day, seen):
        return []

class Counting:
    """Posts more every day, from a number that it keeps."""

    def __init__(self):
        self.days = 0
        self.log = []

    def plan(self, day, seen):
        self.days += 1
        self.log.append(float(seen.messages.sum()))
        hours = tuple(8.0 + k / 4.0 for k in range(self.days))
        return [Post("content", hours, quality=1.0 + len(self.log) / 10.0)]

class Tuples(Counting):
    def __init__(self):
        super().__init__()
        self.pair = (1, 2)

class Raising:
    def plan(self, day, seen):
        if day == 3:
            raise RuntimeError("no idea what to post, 社")
        return []

class Sevens:
    def plan(self, day, seen):
        return 7 if day == 3 else []

class Words:
    def plan(self, day, seen):
        return ["buy!"] if day == 3 else []
'''
