"""Facts about invitations: who brought whom, as trees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shequn.experiments.facts.estimate import Estimate, over_communities
from shequn.experiments.facts.records import Records


def inviters(records: Records) -> tuple[np.ndarray, np.ndarray, int]:
    """Who invited whom, as places in the list of members.

    Parameters
    ----------
    records : Records
        Members. Somebody who joined more than once counts once, with the first row.

    Returns
    -------
    tuple
        Community of each member, int64, shape (n,); place of the inviter, int64, shape (n,), -1
        for nobody or somebody who is not a member; number of communities.
    """
    rows = records.members.drop_duplicates(["community", "person"])
    communities, community = np.unique(rows["community"].to_numpy(np.int64), return_inverse=True)
    person, inviter = rows["person"].to_numpy(np.int64), rows["inviter"].to_numpy(np.int64)
    lowest = min(int(person.min(initial=0)), int(inviter.min(initial=0)))
    width = max(int(person.max(initial=0)), int(inviter.max(initial=0))) - lowest + 1
    key = community * width + (person - lowest)
    order = np.argsort(key)
    wanted = community * width + (inviter - lowest)
    place = order[np.minimum(np.searchsorted(key[order], wanted), max(len(key) - 1, 0))]
    known = (inviter >= 0) & (key[place] == wanted) if len(key) else np.zeros(0, dtype=bool)
    return community, np.where(known, place, -1), len(communities)


def mean_offspring(records: Records) -> Estimate:
    """C16: members invited by other members, for each member.

    Below 1 each tree of invitations ends; with R of them for each member, trees have 1 / (1 - R)
    members on average.

    Parameters
    ----------
    records : Records
        Members.

    Returns
    -------
    Estimate
        Mean over communities.
    """
    community, inviter, n_communities = records.once(inviters)
    invited = np.bincount(community, inviter >= 0, minlength=n_communities)
    return over_communities(invited / np.bincount(community, minlength=n_communities))


def within_one_step(records: Records) -> Estimate:
    """C16: share of trees in which nobody who was invited invites again.

    A tree begins with each member whom no member invited; most are that member alone.

    Parameters
    ----------
    records : Records
        Members.

    Returns
    -------
    Estimate
        Mean over communities.
    """
    community, inviter, n_communities = records.once(inviters)
    root = np.where(inviter >= 0, inviter, np.arange(len(inviter)))
    second_step = (inviter >= 0) & (inviter[root] >= 0)
    for _ in range(len(inviter).bit_length()):
        root = root[root]  # doubles the number of steps climbed
    deep = np.zeros(len(inviter), dtype=bool)
    deep[root[second_step]] = True
    trees = inviter < 0
    n_trees = np.bincount(community[trees], minlength=n_communities)
    n_deep = np.bincount(community[trees & deep], minlength=n_communities)
    share = np.divide(n_deep, n_trees, out=np.full(n_communities, np.nan), where=n_trees > 0)
    return over_communities(1.0 - share)


MEASURES: dict[str, Callable[[Records], Estimate]] = {
    "C16_mean_offspring": mean_offspring,
    "C16_trees_within_one_step": within_one_step,
}
