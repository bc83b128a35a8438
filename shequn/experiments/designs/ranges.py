"""A range of values between two ends, from which designs and priors take theirs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Range:
    """All values between two ends, equally likely on a scale.

    Attributes
    ----------
    low, high : float
        Ends, low < high; above 0 on a logarithmic scale.
    log : bool
        Uniform in the logarithm.
    whole : bool
        Whole numbers only, both ends included.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def values(self, units: np.ndarray) -> np.ndarray:
        """Values at coordinates 0 .. 1: float64, the shape of ``units``, 10 digits kept."""
        low, high = self.low, self.high + (1.0 if self.whole else 0.0)
        if self.log:
            found = np.exp(np.log(low) + np.asarray(units) * (np.log(high) - np.log(low)))
        else:
            found = low + np.asarray(units) * (high - low)
        if self.whole:
            found = np.floor(found)
        short = [float(f"{value:.10g}") for value in np.ravel(found)]
        return np.clip(np.reshape(short, np.shape(found)), self.low, self.high)
