"""The operator: a policy that plans each day, and a ledger of what it earns and costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shequn.agents.errors import PolicyError, Problem, ScenarioError
from shequn.agents.numbered import NumberedAgent
from shequn.agents.policies import (
    APPEALS,
    Observation,
    Post,
    PostingPolicy,
    check_post,
    whole_number,
)
from shequn.agents.tables import (
    ASK,
    CONTENT,
    EVIDENCE,
    OPERATOR_AUTHOR,
    POST_DTYPE,
    PRIZE,
    PROMO,
)

_KINDS = {"content": CONTENT, "promo": PROMO, "prize": PRIZE, "ask": ASK, "evidence": EVIDENCE}


class Operator(NumberedAgent):
    """The agent that posts.

    Parameters
    ----------
    model : Community
        The community.
    policy : PostingPolicy
        Its posting policy.
    number : int
        Row of the operators table; 0 is the operator under study, the others are rivals.
    channels : sequence of Parameters
        What holds in each of its channels; decisions follow the first one.
    journal : Journal
        The record of its days.
    name : str
        For reports.

    Attributes
    ----------
    parameters : Parameters
        Those of the first channel.
    groups : slice
        Its open groups: rows of the groups table.
    terms : dict
        What holds today (`shequn.model.parameters.terms_of_day`).
    """

    def __init__(
        self, model: Any, policy: PostingPolicy, number: int, channels: Sequence[Any],
        journal: Any, name: str,
    ) -> None:  # fmt: skip
        super().__init__(model)
        self.policy = policy
        self.number = number
        self.channels = channels
        self.parameters = channels[0]
        self.journal = journal
        self.name = name
        self.terms: dict[str, float] = {}
        self.groups = slice(0, 0)
        self.look()

    def remove(self) -> None:
        """Refused: groups, books and rules hang on their operator.

        Raises
        ------
        ScenarioError
            Always.
        """
        words = (
            "an operator cannot be removed; policy.name = 'none' falls silent, market.rivals = 0 "
            "makes a world without rivals"
        )
        raise ScenarioError([Problem(self.name, words)])

    @property
    def record(self) -> Any:
        """Its row of the operators table."""
        return self.model.tables.operators[self.number]  # type: ignore[attr-defined]

    def look(self) -> None:
        """Take note of the open groups: rows ``groups`` of the groups table."""
        own = self.record
        first = int(own["first_group"])
        self.groups = slice(first, first + int(own["open_groups"]))

    def plan(self, day: int, seen: Observation, topics: np.ndarray) -> np.ndarray:
        """Plan the day's posts.

        Parameters
        ----------
        day : int
            Today.
        seen : Observation
            What an operator can see.
        topics : numpy.ndarray
            Topic centre of each group, for posts without a topic of their own.

        Returns
        -------
        numpy.ndarray
            POST_DTYPE, sorted by group and time.

        Raises
        ------
        PolicyError
            If the policy raises, or returns what is no list of posts.
        """
        name = type(self.policy).__name__
        try:
            posts = self.policy.plan(day, seen)
        except PolicyError:
            raise
        except (Exception, SystemExit) as error:  # a user's policy may raise anything
            raise PolicyError(
                f"policy {name}: day {day}: {type(error).__name__}: {error}"
            ) from error
        if not isinstance(posts, Sequence) or isinstance(posts, str):
            raise PolicyError(f"policy {name}: day {day}: {posts!r} is no list of posts")
        for k, post in enumerate(posts):
            check_post(post, f"policy {name}: day {day}: post {k + 1}")
        plan = expand(posts, day, seen.groups, topics, self.parameters.targeting.audience)
        if whole_number(self.parameters.policy.calls_per_week / 7.0, day):
            call_everyone(plan)
        return plan


def call_everyone(plan: np.ndarray) -> None:
    """The first post of each group calls everyone (@all), the first promotion where there is one.

    Parameters
    ----------
    plan : numpy.ndarray
        POST_DTYPE, sorted by group and time; changed.
    """
    order = np.lexsort((np.arange(len(plan)), plan["kind"] != PROMO, plan["group"]))
    first = np.unique(plan["group"][order], return_index=True)[1]
    plan["call"][order[first]] = 1.0


def expand(
    posts: Sequence[Post], day: int, groups: int, topics: np.ndarray, audience: float = 1.0
) -> np.ndarray:
    """Lay out posts as a table, one row for each group and hour.

    Parameters
    ----------
    posts : sequence of Post
        Checked posts.
    day : int
        Today.
    groups : int
        Open groups; posts to groups that are not open are dropped.
    topics : numpy.ndarray
        Topic centre of each group.
    audience : float
        Share of the members to whom promotions are shown that do not say it themselves.

    Returns
    -------
    numpy.ndarray
        POST_DTYPE, sorted by group and time; groups are counted from the operator's first.
    """
    only = 0 if groups == 1 else -1
    lines = [
        (
            day + hour / 24.0, max(post.group, only), OPERATOR_AUTHOR, _KINDS[post.kind],
            APPEALS.index(post.appeal), *post[2:6], post.topic, post.valence, 1.0, post.audience,
            post.call,
        )
        for post in posts
        if post.group < groups
        for hour in post.hours
    ]  # fmt: skip
    plan = np.array(lines, POST_DTYPE)
    everywhere = plan["group"] < 0
    if everywhere.any():
        shared = np.repeat(plan[everywhere], groups)
        shared["group"] = np.tile(np.arange(groups), int(everywhere.sum()))
        plan = np.concatenate([plan[~everywhere], shared])
    own = plan["topic"] < 0.0
    plan["topic"][own] = topics[plan["group"][own]]
    plan["audience"][plan["audience"] < 0.0] = audience
    return plan[np.lexsort((plan["time"], plan["group"]))]
