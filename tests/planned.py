"""Plans laid out for tests."""

from collections.abc import Sequence

import numpy as np

from shequn.agents.planning import Board, News, lay_out
from shequn.agents.policies import Post, lines_of
from shequn.agents.tables import GROUP_DTYPE, OPERATOR_DTYPE, POST_DTYPE, table

NO_NEWS = News(0, 0.0, 0.0, 0, 0.0, 0.0, 0.0)


def laid_out(
    posts: Sequence[Post], day: int, groups: int, topics: np.ndarray, audience: float = 1.0,
    calls: float = 0.0, news: News = NO_NEWS,
) -> np.ndarray:  # fmt: skip
    """The posts of an operator with so many open groups, and one more in reserve."""
    own, rooms = table(1, OPERATOR_DTYPE), table(groups + 1, GROUP_DTYPE)
    own["open_groups"], own["most_groups"] = groups, groups + 1
    rooms["topic"][:groups] = topics[:groups]
    lines = lines_of(posts)
    plan = np.zeros(100 * (groups + 1), POST_DTYPE)
    starts, ends = np.zeros(groups + 2, np.int64), np.zeros(groups + 2, np.int64)
    board = Board(plan, starts, ends)
    used = lay_out(lines, news, day, (own[0], rooms), (calls, audience), board)
    assert starts[-1] == used <= len(plan)
    for g in range(groups):
        assert (plan["group"][starts[g] : starts[g + 1]] == g).all()
    return plan[:used]
