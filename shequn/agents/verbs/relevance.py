"""How much a topic matters to an interest: both are positions on a circle."""

from __future__ import annotations

import numpy as np

from shequn.agents.jit import compiled


@compiled
def relevance(topic, interest, focus):
    """Relevance of a topic to an interest, 1 at distance 0 (eq. 7-1).

    Parameters
    ----------
    topic, interest : float
        Positions on the circle [0, 1).
    focus : float
        1 / topic breadth; 0 switches relevance off (always 1).

    Returns
    -------
    float
        1 / (1 + (focus x distance)^2), in (0, 1]; the shape is assumed.
    """
    distance = abs(np.float64(topic) - np.float64(interest))
    distance = min(distance, 1.0 - distance) * focus
    return 1.0 / (1.0 + distance * distance)
