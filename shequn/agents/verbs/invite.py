"""invite: send the invitations that have fallen due; they are delivered at midnight."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import inlined
from shequn.agents.randomness import exponential, stream

INVITE_CLOCK = stream("invite.clock")
MOST_A_DAY = 255


@inlined
def invite(member, row, visit, p):
    """Send the invitations that have fallen due.

    Parameters
    ----------
    member : record of MEMBER_DTYPE
        Row of the members table; ``invitations`` and ``pending_invitations`` are counted up.
    row : int
        Its number.
    visit : record of VISIT_DTYPE
        This session (not read; a subclass may).
    p : record
        Parameters, as `kernel_record` gives them.
    """
    clock = np.float64(member.invite_clock)
    while clock <= 0.0 and member.pending_invitations < MOST_A_DAY and member.invitations < 65535:
        member.invitations += 1
        member.pending_invitations += 1
        clock += exponential(p.seed, INVITE_CLOCK, row, member.invitations)
    member.invite_clock = clock
