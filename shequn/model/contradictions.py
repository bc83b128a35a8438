"""What cannot be true together in the parameters of one operator or channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shequn.model.parameters import Parameters

Found = Iterator[tuple[str, str]]


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
            yield last, f"{stop:g} is before {first} = {start:g}"


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
    first = 0
    for q in channels:
        members = max(q.group.seed_members, int(q.group.seed_fill * q.group.capacity))
        first += q.group.count * members
    if first > market:
        count = sum(q.group.count for q in channels)
        words = (
            f"{count} group(s) with {first} first members in all need more than the {market} "
            "persons of the market"
        )
        yield "group.seed_members", words
