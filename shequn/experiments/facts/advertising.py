"""Facts about advertising: attitude by the number of promotions read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shequn.experiments.facts.estimate import Estimate, of_resampled
from shequn.experiments.facts.records import Records

WIDTH = 2.0  # exposures: standard deviation of the kernel that smooths (assumed)


def exposures_at_peak(records: Records) -> Estimate:
    """C17: promotions read at which attitude is highest.

    The mean attitude of people of all communities by promotions read, smoothed by a normal kernel
    of standard deviation `WIDTH` (Nadaraya 1964), is highest at a number of promotions that
    somebody has read. At the fewest or the most that anybody has read there is no peak: attitude
    may go on rising. Schmidt and Eisend (2015, J. Advertising 44(4), 415-428) found about ten in
    experiments.

    Parameters
    ----------
    records : Records
        Exposures.

    Returns
    -------
    Estimate
        Exposures, with a bootstrap interval over people; NaN where there is no peak.
    """
    exposures = records.exposures["exposures"].to_numpy(np.int64)
    attitude = records.exposures["attitude"].to_numpy(float)
    seen, place = np.unique(exposures, return_inverse=True)
    kernel = np.exp(-0.5 * ((seen[:, None] - seen[None, :]) / WIDTH) ** 2)

    def peak(rows: np.ndarray) -> float:
        people = np.bincount(place[rows], minlength=len(seen))
        total = np.bincount(place[rows], attitude[rows], minlength=len(seen))
        smooth = np.where(people > 0, (kernel @ total) / (kernel @ people), -np.inf)
        present = np.flatnonzero(people)
        best = int(smooth.argmax())
        inside = present[0] < best < present[-1]
        return float(seen[best]) if inside else np.nan

    return of_resampled(peak, len(exposures))


MEASURES: dict[str, Callable[[Records], Estimate]] = {
    "C17_exposures_at_peak": exposures_at_peak,
}
