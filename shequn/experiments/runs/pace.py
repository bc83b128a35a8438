"""How fast work goes, and so how long the rest of it takes."""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Callable


class Pace:
    """Time left, by the pace of the second half of what has been done.

    The beginning is no measure: the first days of a group are its loudest, workers have to start
    before the first run, and each round of a calibration takes longer than the one before.

    Parameters
    ----------
    most : float
        Seconds after which the work ends, finished or not.
    clock : callable
        Gives seconds.
    """

    def __init__(self, most: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._most = most
        self._times = [clock()]
        self._done = [0.0]

    def note(self, done: float) -> None:
        """Say how much has been done by now, in whatever unit; it never falls."""
        self._times.append(self._clock())
        self._done.append(done)

    def seconds_left(self, planned: float) -> float | None:
        """Time that the rest will take; None when nothing is known of it.

        Parameters
        ----------
        planned : float
            How much there is to do in all, in the unit of `note`.
        """
        done = self._done[-1]
        if done <= 0.0:
            return None
        half = bisect_right(self._done, done / 2.0) - 1
        seconds = self._times[-1] - self._times[half]
        end = self._times[-1] + seconds / (done - self._done[half]) * (planned - done)
        return max(0.0, min(end, self._times[0] + self._most) - self._clock())
