"""The operator: a policy that plans each day, and a journal of what it earns and costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shequn.agents.errors import PolicyError, Problem, ScenarioError
from shequn.agents.policies import Observation, PostingPolicy, check_post, lines_of


class PlainOperator:
    """Who posts; as an agent of Mesa it is a `shequn.Operator`.

    Parameters
    ----------
    model : World
        The world.
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
    """

    def __init__(
        self, model: Any, policy: PostingPolicy, number: int, channels: Sequence[Any],
        journal: Any, name: str,
    ) -> None:  # fmt: skip
        self.model = model
        self.policy = policy
        self.number = number
        self.channels = channels
        self.parameters = channels[0]
        self.journal = journal
        self.name = name
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
        return self.model.tables.operators[self.number]

    def look(self) -> None:
        """Take note of the open groups: rows ``groups`` of the groups table."""
        own = self.record
        first = int(own["first_group"])
        self.groups = slice(first, first + int(own["open_groups"]))

    def plan(self, day: int, seen: Observation) -> np.ndarray:
        """Plan the day's posts by a policy of the user's own.

        Parameters
        ----------
        day : int
            Today.
        seen : Observation
            What an operator can see.

        Returns
        -------
        numpy.ndarray
            LINE_DTYPE: what is to be posted (`shequn.agents.planning`).

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
        return lines_of(posts)
