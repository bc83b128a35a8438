"""Who buys never, once or often? Twelve groups of a brand beside the customers of a real shop.

Run by ``python -m shequn.experiments.studies.buyers``, and by ``make buyers``. Both are watched for
39 weeks: CDNOW's customers in weeks 40 to 78, the members of `brand-groups` from day 0 on, wherever
they buy. What share of members buys at all hangs on the product; how orders are spread over buyers
is what the two have in common.
"""

from __future__ import annotations

import numpy as np

import shequn as sq
from shequn.experiments.facts.purchases import real_customers
from shequn.model.outcomes import since_start

SCENARIO, DAYS, SEEDS = "brand-groups", 273, (1, 2, 3, 4, 5)
ROWS = (
    "buyers, of all", "bought once, of buyers", "twice", "three times or more",
    "orders a buyer", "orders of the top 2 % of buyers, of all orders",
)  # fmt: skip


def shares(orders: np.ndarray) -> np.ndarray:
    """How orders are spread over persons: the numbers of `ROWS`."""
    buyers = np.sort(orders[orders > 0])[::-1]
    top = buyers[: int(np.ceil(0.02 * len(buyers)))].sum() / buyers.sum()
    counts = [(buyers == 1).mean(), (buyers == 2).mean(), (buyers > 2).mean()]
    return np.array([len(buyers) / len(orders), *counts, buyers.mean(), top])


def observed() -> np.ndarray:
    """Days with a purchase of CDNOW's customers, weeks 40 to 78."""
    return real_customers().cohort["holdout_days"].to_numpy()


def simulated(seed: int) -> np.ndarray:
    """Orders of everyone who was a member, in the group or elsewhere."""
    members = sq.run(SCENARIO, days=DAYS, seed=seed).community.own_members
    members = members[members["joins"] > 0]
    return since_start(members, "orders") + since_start(members, "orders_elsewhere")


def tell(found: np.ndarray) -> None:
    """Print both as a table; a row of `found` for each seed."""
    print("| in 39 weeks | CDNOW | model | lowest | highest |\n|---|---|---|---|---|")
    for row, real, each in zip(ROWS, shares(observed()), found.T, strict=True):
        print(f"| {row} | {real:.2f} | {each.mean():.2f} | {each.min():.2f} | {each.max():.2f} |")


if __name__ == "__main__":
    tell(np.array([shares(simulated(seed)) for seed in SEEDS]))
