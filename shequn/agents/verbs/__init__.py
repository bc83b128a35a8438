"""The seven verbs of a member: stay, wait, read, feel, speak, buy, invite.

Each verb is one compiled scalar function on rows of the tables. Both engines call these functions;
to change a behaviour, change its file, or override the method of the same name in a subclass of a
member class.

Every rate is spent on a unit-exponential clock that the member carries: the clock runs down by
rate x time, and the event takes place when it reaches zero (Anderson 2007, J. Chem. Phys. 127,
214107, section II: the random time change). A clock needs a draw only when an event happens, is
exact for any course of the rate, and gives paired runs the same luck for as long as possible (the
common reaction path method: Rathinam, Sheppard & Khammash 2010, J. Chem. Phys. 132, 034103).
"""

from shequn.agents.verbs.buy import buy, run_errands
from shequn.agents.verbs.feel import feel
from shequn.agents.verbs.invite import invite
from shequn.agents.verbs.read import read
from shequn.agents.verbs.speak import Draft, append_message, speak
from shequn.agents.verbs.stay import stay
from shequn.agents.verbs.wait import wait

__all__ = [
    "Draft",
    "append_message",
    "buy",
    "feel",
    "invite",
    "read",
    "run_errands",
    "speak",
    "stay",
    "wait",
]
