"""Platforms: rows of numbers that a scenario takes over with ``platform = "name"``.

A row sets parameters; what the scenario says itself comes after it. The capacities of WeChat and
QQ groups are those of the services; every other number is assumed, in the order that the
mechanics of the platforms suggest.
"""

from __future__ import annotations

from typing import Any

_COLUMNS = (
    "group.capacity", "group.peers_post", "group.feed_length", "group.glance", "group.alert",
    "group.mention", "group.call", "group.call_muted", "group.found", "group.message_life",
    "group.selective", "invite.clicks", "invite.friction", "forward.groups", "forward.contacts",
    "forward.friction", "forward.steps", "forward.blocked",
)  # fmt: skip
_INF = float("inf")
_ROWS = {
    # capacity, peers, feed, glance, alert, mention, call, call_muted, found, life, selective,
    # clicks, friction, forward: groups, contacts, friction, steps, blocked
    "wechat": (500, True, 512, 0.15, 0.1, 0.77, 0.5, 0.5, 0.0, 7.0, 0.0,
               1, 0.1, 1, 2, 0.2, 2, 0.8),
    "qq": (2000, True, 1024, 0.1, 0.1, 0.77, 0.4, 0.5, 0.0, 30.0, 0.0,
           2, 0.15, 1, 1, 0.2, 2, 0.3),
    "weibo": (1_000_000, False, 256, 0.05, 0.0, 0.5, 0.1, 0.0, 0.0, 3.0, 0.0,
              1, 0.3, 3, 10, 0.3, 1, 0.3),
    "tieba": (1_000_000, True, 4096, 0.0, 0.0, 0.5, 0.2, 1.0, 0.0005, _INF, 0.4,
              2, 0.3, 1, 0, 0.4, 3, 0.3),
    "app": (1_000_000, True, 1024, 0.1, 0.0, 0.5, 0.2, 0.0, 0.0005, _INF, 0.2,
            4, 0.3, 1, 1, 0.3, 3, 0.0),
    "live": (100_000, True, 128, 0.2, 0.4, 0.0, 0.3, 0.0, 0.0, 0.1, 0.0,
             1, 0.2, 1, 2, 0.3, 2, 0.1),
}  # fmt: skip
PLATFORMS: dict[str, dict[str, Any]] = {
    name: dict(zip(_COLUMNS, row, strict=True)) for name, row in _ROWS.items()
}
MEANINGS = {
    "wechat": "WeChat group: small, chat scrolls by, one click to join, rewarded shares blocked",
    "qq": "QQ group: larger, messages stay longer",
    "weibo": "Weibo: one voice to many; readers cannot post, but pass on",
    "tieba": "Tieba, a forum: threads chosen by title, nothing scrolls away, found by search",
    "app": "an app of one's own: hard to join, the operator's rules",
    "live": "live stream: strong notification, nothing stays",
}
