"""Former members: what fades in them, and what they buy elsewhere."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.tables import LEFT
from shequn.agents.verbs.buy import run_errands
from shequn.agents.verbs.wait import fading, need_rate


@compiled
def pass_days(time, members, first_row, tables, p):
    """A day of those who have left: stocks fade, needs are met elsewhere (eq. 7.7-5).

    Nothing happens with a ``buy.patience`` of inf: who has left then has no needs until a return.

    Parameters
    ----------
    time : float
        Midnight, in days.
    members : array of MEMBER_DTYPE
        The operator's rows of the members table; changed.
    first_row : int
        Number of the first of them.
    tables : Tables
        The state; orders elsewhere are counted in the group that was left.
    p : record
        Parameters of the operator's first channel, as `kernel_record` gives them.
    """
    if p.buy_patience == np.inf:
        return
    for k in range(members.shape[0]):
        member = members[k]
        if member.status != LEFT:
            continue
        elapsed = time - member.updated_at
        member.need_clock -= need_rate(member, p) * elapsed
        member.awareness *= fading(p.feel_awareness_decay * elapsed)
        member.irritation *= fading(p.feel_irritation_decay * elapsed)
        member.word *= fading(p.feel_word_decay * elapsed)
        member.recognition *= fading(p.speak_recognition_decay * elapsed)
        member.updated_at = time
        run_errands(member, first_row + k, time, tables.tally[member.group, member.tier], p)
