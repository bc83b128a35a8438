"""Talk dies down by itself in a room of any size: fewer than one message follows upon another."""

import math

import numpy as np
import pytest

import shequn as sq
from tests.levers.steady import TIERS

CONVERSATION, DAYS = 0.97, 60


def cascades(people: int, seed: int, plan: str) -> np.ndarray:
    """Messages of each day, on which one post calls everyone there is; nobody is reserved."""
    values = {
        "market.people": people, "group.seed_members": people, "group.feed_length": 65_536,
        "group.alert": 1.0, "rhythm.linger": 0.9, "rhythm.pause": 0.5, "rhythm.lively": 10.0,
        "speak.conversation": CONVERSATION, "speak.follow_up": 0.1, "speak.sharing": 2.0,
        "speak.reserve": 0.0, "speak.reply_share": 1.0, "speak.most_posts": 1,
        "policy.name": "schedule", "policy.file": plan,
        **{f"tiers.{tier}.session_rate": 0.0 for tier in TIERS},
        **{f"tiers.{tier}.talk": 1.0 for tier in TIERS},
    }  # fmt: skip
    community = sq.Community(sq.Scenario.load("blank").with_values(values), seed=seed)
    for _ in range(DAYS):
        community.step()
    assert community.journal.total("alerts").min() > 0.9 * people
    return community.journal.total("replies") + 1.0


@pytest.mark.jit
@pytest.mark.parametrize(("people", "seeds"), [(50, 8), (5000, 2)])
def test_a_post_is_followed_by_no_more_than_1_in_1_minus_conversation(tmp_path, people, seeds):
    """A branching process whose mean is at most 0.97 has at most 1 / 0.03 messages on average.

    Its variance is at most 0.97 / 0.03^3 (Poisson offspring; a day ends at midnight): the mean
    over n days lies below the bound plus four standard errors, 3e-5. Twice the number of readers
    would double the talk if each brought as much of it. It is no silence either: most of the
    successors come, for the first readers take the most part in it.
    """
    plan = tmp_path / "plan.csv"
    plan.write_text("day,hour,kind,every\n0,9,content,1\n", encoding="utf-8")
    sizes = np.concatenate([cascades(people, seed, str(plan)) for seed in range(1, seeds + 1)])
    spread = math.sqrt(CONVERSATION / (1.0 - CONVERSATION) ** 3 / len(sizes))
    print(f"{people} people: {sizes.mean():.1f} messages a day, at most {sizes.max():.0f}")
    assert 3.0 < sizes.mean() < 1.0 / (1.0 - CONVERSATION) + 4.0 * spread
