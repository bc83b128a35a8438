"""What cannot be true together in a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from shequn.agents.errors import PolicyError, ScenarioError
from shequn.model.latents import PAIRS, correlations
from shequn.model.parameters import Parameters, rebuild

if TYPE_CHECKING:
    from shequn.model.scenario import Scenario

Found = Iterator[tuple[str, str]]
_SMALLEST = 1e-6  # eigenvalue of a matrix of correlations below which it counts as singular


def contradictions(scenario: Scenario) -> list[tuple[str, str]]:
    """What cannot be true together.

    Parameters
    ----------
    scenario : Scenario
        Each of its values is in range.

    Returns
    -------
    list of (path, message)
        Empty when all is well.
    """
    q = scenario.parameters
    found = []
    total = q.tiers.high.share + q.tiers.middle.share + q.tiers.base.share
    if abs(total - 1.0) > 1e-6:
        found.append(("tiers.base.share", f"the three tier shares sum to {total:g}, not to 1"))
    longest = max(c.group.feed_length for channels in scenario.operators for c in channels)
    if q.speak.most_posts > longest:
        words = (
            f"{longest} messages cannot hold the {q.speak.most_posts} that a member "
            f"may write in a session (speak.most_posts)"
        )
        found.append(("group.feed_length", words))
    for k, channels in enumerate(scenario.operators):
        if k > max(1, len(scenario.rivals)):
            break  # copies of the last one
        for number, channel in enumerate(channels):
            own = k == 0 and bool(scenario.channels)
            kind, index = ("channels", number) if own else ("rivals", k - 1)
            found += [
                (place_in(scenario, kind, index, path), words)
                for path, words in contradictions_of(channel)
            ]
        found += [
            (place_in(scenario, "rivals", k - 1, path), words)
            for path, words in contradictions_of_size(channels)
        ]
    found += _contradictions_of_traits(q)
    found += _contradictions_of_shapes(scenario) + _contradictions_of_files(scenario)
    return list(dict.fromkeys(found))


def place_in(scenario: Scenario, kind: str, index: int, path: str) -> str:
    """The path of a problem: that of a block only if the block says something of that section."""
    blocks = getattr(scenario, kind)
    if not 0 <= index < len(blocks):
        return path
    section = path.partition(".")[0] + "."
    own = any(key.startswith(section) for key in blocks[index])
    return f"{kind}.{index + 1}.{path}" if own else path


def _contradictions_of_traits(q: Parameters) -> Found:
    """Correlations that no traits can have together: the matrix is not positive definite."""
    if _possible(q):
        return
    given = [pair for pair in PAIRS if getattr(q.correlation, pair) != 0.0]
    alone = [pair for pair in given if _possible(rebuild(q, {f"correlation.{pair}": 0.0}))]
    words = f"no traits can hang together as closely as {', '.join(alone or given)} say"
    yield f"correlation.{(alone or given)[0]}", f"{words}; nearer to 0 they can"


def _possible(q: Parameters) -> bool:
    """Whether the matrix of correlations is positive definite."""
    return bool(np.linalg.eigvalsh(correlations(q))[0] >= _SMALLEST)


def _contradictions_of_shapes(scenario: Scenario) -> list[tuple[str, str]]:
    q = scenario.parameters
    found = []
    for name in ("talk", "session_rate", "need_rate", "exit_rate"):
        shape, spread = getattr(q.shape, name), getattr(q.spread, name)
        if shape in ("gamma", "beta-geometric") and spread <= 0.0:
            found.append((f"spread.{name}", f"spread must be above 0 for a {shape} distribution"))
        if shape == "lognormal" and spread > 10.0:
            found.append((f"spread.{name}", f"SD of ln {spread:g} is out of range; at most 10"))
    if q.shape.exit_rate == "beta-geometric":
        for tier in ("high", "middle", "base"):
            rate = getattr(q.tiers, tier).exit_rate
            if getattr(q.tiers, tier).share > 0.0 and not 0.0 < rate < 1.0:
                words = f"{rate:g} must lie between 0 and 1 for a beta-geometric distribution"
                found.append((f"tiers.{tier}.exit_rate", words))
    return found


def _contradictions_of_files(scenario: Scenario) -> list[tuple[str, str]]:
    from shequn.agents.campaigns import check_policy
    from shequn.model.contacts import load_network

    q = scenario.parameters
    found = []
    for k, (first, *_) in enumerate(scenario.operators):
        if k > max(1, len(scenario.rivals)):
            break
        prefix = place_in(scenario, "rivals", k - 1, "policy.").removesuffix("policy.")
        policy = first.policy
        if policy.name in ("file", "schedule") and not policy.file:
            found.append((f"{prefix}policy.file", f"policy '{policy.name}' needs a file"))
        elif policy.name == "file" and not policy.class_name:
            words = "policy 'file' needs the name of a class"
            found.append((f"{prefix}policy.class_name", words))
        elif policy.file:
            try:
                check_policy(first, scenario.folder)
            except PolicyError as error:
                found.append((f"{prefix}policy.file", str(error)))
    if q.market.network:
        try:
            load_network(scenario.folder / q.market.network, q.market.people, "market.network")
        except ScenarioError as error:
            for problem in error.problems:
                own = problem.place == "market.network"
                found.append(("market.network", problem.message if own else str(problem)))
    return found


def contradictions_of(q: Parameters) -> Found:
    """Contradictions within the parameters of one channel.

    Parameters
    ----------
    q : Parameters
        Each value is in range.

    Yields
    ------
    (path, message)
        Nothing when all is well.
    """
    if q.group.capacity < q.group.seed_members:
        words = f"capacity {q.group.capacity} is below the {q.group.seed_members} seed members"
        yield "group.capacity", words
    if q.policy.promo_share > 0.0 and q.policy.promos_per_day > 0.0:
        yield "policy.promos_per_day", "give promo_share or promos_per_day, not both"
    yield from _windows(q)
    yield from _desks(q)
    yield from _policies(q)


def _windows(q: Parameters) -> Found:
    """Every time from which and until which something holds."""
    windows = (
        ("policy.first_hour", q.policy.first_hour, "policy.last_hour", q.policy.last_hour),
        ("policy.prize_start", q.policy.prize_start, "policy.prize_stop", q.policy.prize_stop),
        ("coupon.start", q.coupon.start, "coupon.stop", q.coupon.stop),
        ("invite.reward_start", q.invite.reward_start, "invite.reward_stop", q.invite.reward_stop),
    )
    for first, start, last, stop in windows:
        if stop < start:
            ends = [path.partition(".")[2].replace("_", " ") for path in (last, first)]
            yield last, f"{ends[0]} {stop:g} is before {ends[1]} {start:g}"


def _desks(q: Parameters) -> Found:
    if q.desk.staff > 0.0 and q.desk.last_hour <= q.desk.first_hour:
        words = f"{q.desk.last_hour:g} is not after desk.first_hour = {q.desk.first_hour:g}"
        yield "desk.last_hour", words
    if q.coupon.value > q.product.price:
        words = f"a coupon of {q.coupon.value:g} CNY is more than the price of {q.product.price:g}"
        yield "coupon.value", words
    if q.incident.from_complaint > 0.0 and not q.group.peers_post:
        words = "members cannot complain where they may not post (group.peers_post)"
        yield "incident.from_complaint", words
    if q.control.intensity > 0.0 and not q.group.peers_post:
        words = "there is nothing to moderate where members may not post (group.peers_post)"
        yield "control.intensity", words


def _policies(q: Parameters) -> Found:
    if q.policy.name == "bursts" and q.policy.burst_days > q.policy.burst_every:
        words = f"bursts of {q.policy.burst_days} d do not fit into {q.policy.burst_every} d"
        yield "policy.burst_days", words
    if q.policy.name == "weekly-loads" and q.policy.promo_share > 0.0:
        yield "policy.promo_share", "weekly-loads takes promotions from policy.loads alone"


def contradictions_of_size(channels: Sequence[Parameters]) -> Found:
    """Contradictions between the channels of one operator and the size of the market."""
    market = channels[0].market.people
    groups = [
        (q.group.count, max(q.group.seed_members, int(q.group.seed_fill * q.group.capacity)))
        for q in channels
    ]
    if sum(count * members for count, members in groups) > market:
        words = " and ".join(
            f"{count} {'group' if count == 1 else 'groups'} of {members}"
            for count, members in groups
        )
        wanted = f"{words} first members need more than the {market} persons of the market"
        yield "group.seed_members", wanted
