"""Facts about promotions: how orders, sights and leavings hang on their number a week.

All are made of `Records.frequencies`: the same people with different numbers of promotions. No
randomised frequency of promotions in a chat group was found anywhere; the facts come from e-mail,
catalogues, text messages, display advertising and pages of brands. They bound the model and do not
fit it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from shequn.experiments.facts.estimate import Estimate
from shequn.experiments.facts.records import Records

_MANY = (5.0, 10.0)  # promotions a week between which "many" lies
_BY_THE_DAY = (7.0, 14.0, 28.0)


def _column(records: Records, name: str, per_week: float) -> float:
    """A number of the trial with so many promotions a week; NaN where there was none."""
    table = records.frequencies
    found = table[name].to_numpy()[np.isclose(table["per_week"].to_numpy(), per_week)]
    return float(found[0]) if len(found) == 1 else math.nan


def _added(records: Records, per_week: float) -> float:
    """Orders beyond those without the group; all of them where that is not known."""
    without = _column(records, "without", per_week)
    return _column(records, "orders", per_week) - (0.0 if math.isnan(without) else without)


def _exact(records: Records, value: float) -> Estimate:
    """A value without an interval of its own: what it is made of are sums over the same people."""
    return Estimate(value, math.nan, math.nan, int(records.frequencies["members"].to_numpy().sum()))


def gain(records: Records, per_week: float) -> float:
    """Orders gained in the second half of the trial by so many promotions a week over none."""
    return _added(records, per_week) - _added(records, 0.0)


def gain_ratio(records: Records, few: float, many: float) -> Estimate:
    """S1: orders gained by few promotions a week, for each gained by many.

    Measured by Hillstrom (2018) on e-mails of retailers; a practitioner's test, without error.

    Parameters
    ----------
    records : Records
        With `frequencies`.
    few, many : float
        Promotions a week.

    Returns
    -------
    Estimate
        Ratio, of all who were members at the start, wherever they buy.
    """
    return _exact(records, gain(records, few) / gain(records, many))


def orders_anyway(records: Records) -> Estimate:
    """S2: orders that come without any promotion, of those that come with 5 to 10 a week.

    Measured by Hillstrom (2025) on e-mails and catalogues and by Johnson, Lewis & Nubbemeyer (2017)
    on 432 campaigns of display advertising.

    Parameters
    ----------
    records : Records
        With `frequencies`.

    Returns
    -------
    Estimate
        Share, 0 to 1 and above where promotions cost orders.
    """
    anyway = _column(records, "orders", 0.0)
    many = anyway + np.mean([gain(records, each) for each in _MANY])
    return _exact(records, float(anyway / many))


def sight_elasticity(records: Records) -> Estimate:
    """S3: slope of ln(promotions seen) on ln(promotions sent), from one a day to four.

    Measured on the views of posts in 26,000 channels on Telegram.

    Parameters
    ----------
    records : Records
        With `frequencies`.

    Returns
    -------
    Estimate
        Slope by least squares; 1 if every post is seen as often as the only one.
    """
    seen = np.array([_column(records, "seen", each) for each in _BY_THE_DAY])
    if not (seen > 0.0).all():
        return _exact(records, math.nan)
    return _exact(records, float(np.polyfit(np.log(_BY_THE_DAY), np.log(seen), 1)[0]))


def lost_by(records: Records, per_week: float) -> Estimate:
    """S4: members who leave or mute within half a year because of the promotions.

    Measured by Cortes et al. (2021) on text messages to 2,920 parents: stopped by 3.0 % with one a
    week and by 7.9 % with five.

    Parameters
    ----------
    records : Records
        With `frequencies`.
    per_week : float
        Promotions a week.

    Returns
    -------
    Estimate
        Share of the members at the start, less that without promotions, for 180 days.
    """
    more = _column(records, "lost", per_week) - _column(records, "lost", 0.0)
    days = _column(records, "days", per_week)
    return _exact(records, more / _column(records, "members", per_week) * 180.0 / days)


def gain_of_one(records: Records, per_week: float) -> float:
    """Orders gained a promotion and member in the second half of the trial."""
    sent = per_week / 7.0 * _column(records, "days", per_week) / 2.0
    return gain(records, per_week) / _column(records, "members", per_week) / sent


def gain_a_promotion(records: Records) -> Estimate:
    """S7: orders gained a promotion and member, with one a week.

    Derived from `gain_ratio` and `orders_anyway`.

    Parameters
    ----------
    records : Records
        With `frequencies`.

    Returns
    -------
    Estimate
        Orders.
    """
    return _exact(records, gain_of_one(records, 1.0))


def wear_of_many(records: Records) -> Estimate:
    """S7: the same with ten a week, relative to one.

    Parameters
    ----------
    records : Records
        With `frequencies`.

    Returns
    -------
    Estimate
        Ratio.
    """
    return _exact(records, gain_of_one(records, 10.0) / gain_of_one(records, 1.0))


def lift_by_membership(records: Records, per_week: float) -> Estimate:
    """S10: orders of members, for each that they would place without the group.

    Measured by lot: Mochon, Johnson, Schwartz & Ariely (2017) on a brand's page, Algesheimer et al.
    (2010) on the community of eBay.

    Parameters
    ----------
    records : Records
        With `frequencies`.
    per_week : float
        Promotions a week.

    Returns
    -------
    Estimate
        Ratio.
    """
    orders, without = (_column(records, name, per_week) for name in ("orders", "without"))
    return _exact(records, orders / without if without > 0.0 else math.nan)


MEASURES: dict[str, Callable[[Records], Any]] = {
    "S1_one_of_five": partial(gain_ratio, few=1.0, many=5.0),
    "S1_three_of_five": partial(gain_ratio, few=3.0, many=5.0),
    "S2_orders_anyway": orders_anyway,
    "S3_sight_elasticity": sight_elasticity,
    "S4_lost_by_one": partial(lost_by, per_week=1.0),
    "S4_lost_by_five": partial(lost_by, per_week=5.0),
    "S7_gain_a_promotion": gain_a_promotion,
    "S7_wear_of_ten": wear_of_many,
    "S10_content_only": partial(lift_by_membership, per_week=0.0),
    "S10_two_a_week": partial(lift_by_membership, per_week=2.0),
}
