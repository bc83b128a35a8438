"""The base of all agents: Mesa's, without its table that keeps every model for ever."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

import mesa


class _Counters(weakref.WeakKeyDictionary[Any, Any]):
    """For each living model the count from which its agents take their unique ids."""

    def __getitem__(self, model: Any) -> Any:
        return self.setdefault(model, itertools.count(1))


class NumberedAgent(mesa.Agent):
    """An agent of Mesa.

    Mesa 3.3 counts the agents of a model in a table of the class ``mesa.Agent`` whose keys are the
    models themselves: none of them, and none of their tables, would ever be freed. Here the keys
    are weak. Later versions of Mesa count in the model and do not look at this.
    """

    _ids: Any = _Counters()
