"""A group to which people come often, whatever the defaults are: what levers are tried on."""

from typing import Any

TIERS = ("high", "middle", "base")
# Habit that lasts, people who leave now and then, nobody who stays on: quick, and never silent.
STEADY: dict[str, Any] = {
    **{f"tiers.{tier}.session_rate": 2.0 for tier in TIERS},
    **{f"tiers.{tier}.exit_rate": 0.0015 for tier in TIERS},
    "tiers.middle.talk": 0.008,
    "tiers.middle.session_rate": 2.5,
    "spread.talk": 2.5,
    "spread.session_rate": 0.8,
    "spread.habit_half_life": 0.0,
    "spread.need_rate": 0.8,
    "shape.need_rate": "lognormal",
    "rhythm.linger": 0.0,
    "rhythm.pause": 3.0,
    "rhythm.lively": 15.0,
    "feel.habit_start": 0.6,
    "feel.habit_gain": 0.2,
    "feel.habit_loss": 0.2,
    "feel.habit_empty": 0.01,
    "feel.habit_half_life": 30.0,
    "group.alert": 0.0,
    "group.placement": "first",
    "group.home_spread": 0.0,
    "speak.conversation": 0.0,
    "speak.follow_up": 0.0,
    "speak.reserve": 0.0,
    "speak.call": 0.0,
    "speak.reply_share": 0.7,
    "discovery.in_need": 0.0,
    "rhythm.need": 0.0,
    "feel.belonging_start": 0.1,
    "feel.belonging_half_life": 60.0,
    "invite.rate": 0.01,
}
