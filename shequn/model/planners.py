"""What operators see and plan, where Python has to look: policies of a user's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from shequn.agents.campaigns import BuiltIn, make_policy
from shequn.agents.operator import PlainOperator
from shequn.agents.planning import OWN, POLICY_DTYPE, SCHEDULED_DTYPE, Sheet
from shequn.agents.policies import Observation
from shequn.agents.tables import Tables
from shequn.model.books import blank_history
from shequn.model.days import lay_out_lines, plan_operator
from shequn.model.morning import Orders, habits_of, heard_topic, look, terms_of
from shequn.model.paper import Paper, recall


class Standing:
    """What operators have set, for Python and for compiled code.

    Parameters
    ----------
    operators : sequence of Operator
        Everyone in the market.

    Attributes
    ----------
    kernel : Orders
        The same as numbers.
    needs_python : bool
        Whether Python has to look each morning: for a policy of a user's own.
    """

    def __init__(self, operators: Sequence[PlainOperator]) -> None:
        self.policies = [operator.policy for operator in operators]
        self._copies = [int(operator.record["copies"]) for operator in operators]
        parameters: list[Any] = [operator.parameters for operator in operators]
        own = self.policies
        alone = self._copies == list(range(len(operators)))
        if not alone or any(q.policy.imitation for q in parameters):
            own = [_own_policy(operator) for operator in operators]
        followed = zip(self.policies, self._copies, strict=True)
        self.kernel = Orders(
            np.concatenate([habits_of(q) for q in parameters]),
            np.concatenate(
                [
                    terms_of(channel, k)
                    for k, operator in enumerate(operators)
                    for channel in operator.channels
                ]
            ),
            np.concatenate([_record(policy, copied) for policy, copied in followed]),
            np.concatenate([_record(policy, k) for k, policy in enumerate(own)]),
            np.concatenate([_schedule(policy, k) for k, policy in enumerate(own)]),
        )
        self.needs_python = bool(
            (self.kernel.now["name"] == OWN).any() or (self.kernel.own["name"] == OWN).any()
        )

    def keep_up(self, operators: Sequence[PlainOperator]) -> None:
        """Who has begun to copy somebody else in compiled code does so in Python, too."""
        copies = [int(operator.record["copies"]) for operator in operators]
        if copies != self._copies:
            for k, operator in enumerate(operators):
                if copies[k] != self._copies[k]:
                    follow(operator, operators[copies[k]])
            self._copies = copies
            self.policies = [operator.policy for operator in operators]


def _own_policy(operator: PlainOperator) -> Any:
    """An operator's own policy, whomever it copies."""
    if int(operator.record["copies"]) == operator.number:
        return operator.policy
    return make_policy(operator.parameters, operator.model.settings.folder)


def _record(policy: Any, owner: int) -> np.ndarray:
    """A policy as numbers: POLICY_DTYPE, shape (1,)."""
    if isinstance(policy, BuiltIn):
        return policy.record(owner)
    row = np.zeros(1, POLICY_DTYPE)
    row["name"] = OWN
    return row


def _schedule(policy: Any, owner: int) -> np.ndarray:
    """The table of posts of a policy: SCHEDULED_DTYPE, no rows for most of them."""
    if isinstance(policy, BuiltIn):
        return policy.schedule(owner)
    return np.zeros(0, SCHEDULED_DTYPE)


def orders_of(operators: Sequence[PlainOperator]) -> Standing:
    """What operators have set now."""
    return Standing(operators)


def up_to_date(standing: Standing, operators: Sequence[PlainOperator]) -> bool:
    """Whether operators still have the policies that they had."""
    now = [operator.policy for operator in operators]
    return all(one is other for one, other in zip(now, standing.policies, strict=True))


def follow(operator: PlainOperator, model: PlainOperator) -> None:
    """Post from now on as another operator does by its own policy (or, again, by one's own)."""
    operator.record["copies"] = model.number
    operator.policy = make_policy(model.parameters, operator.model.settings.folder)


def observe(
    operator: PlainOperator, operators: Sequence[PlainOperator], seed: int, day: int
) -> Observation:
    """What an operator can see this morning; with a lag, what it could see some days ago.

    Parameters
    ----------
    operator : Operator
        The operator, with the journal of its days.
    operators : sequence of Operator
        Everyone in the market.
    seed : int
        Seed of the run.
    day : int
        Today.

    Returns
    -------
    Observation
        Counts, never hidden states.
    """
    tables: Tables = operator.model.tables
    groups = tables.groups[operator.groups]
    been = len(operator.journal.sums)
    history = blank_history(been, len(operators), len(tables.groups))
    recall(history, operator.number, operator, been)
    messages, habits = np.zeros(max(1, len(groups))), habits_of(operator.parameters)[0]
    seen = look(
        operator.number, (np.uint64(seed), day), (been, 0), history,
        habits, operator.record, messages,
    )  # fmt: skip
    return Observation(
        seed=seed,
        groups=len(groups),
        members=groups["n_members"].astype(float),
        messages=messages[: len(groups)],
        **seen._asdict(),
        heard_topic=heard_topic(day, habits, tables, operator.record),
        topics=tuple(groups["topic"].tolist()),
    )


def plan_morning(world: Any, standing: Standing, paper: Paper) -> None:
    """The plans of a morning; those of policies of a user's own are made in Python.

    Parameters
    ----------
    world : World
        The world.
    standing : Standing
        What operators have set.
    paper : Paper
        The plan is on it.
    """
    day, tables, orders = world.day, world.tables, standing.kernel
    operators: Sequence[PlainOperator] = world.operators
    paper.plan.board.starts[0] = 0
    for k, operator in enumerate(operators):

        def plan(paper: Paper, k: int = k) -> int:
            return plan_operator(k, day, tables, world.rules, orders, paper.history, paper.plan)

        world.in_full(plan)
        every = operator.parameters.policy.imitation
        if every > 0 and day % every == 0 and operator.journal.sums:
            follow(operator, operators[int(operator.record["copies"])])
            standing.policies[k] = operator.policy
        if orders.now["name"][k] != OWN:
            continue
        lines = operator.plan(day, observe(operator, operators, world.seed_of_run, day))

        def lay(paper: Paper, k: int = k, lines: np.ndarray = lines) -> int:
            own = paper.plan._replace(sheet=Sheet(lines, paper.plan.sheet.hours))
            return lay_out_lines(k, len(lines), day, tables, orders, own, world.rules["seed"][0])

        world.in_full(lay)
