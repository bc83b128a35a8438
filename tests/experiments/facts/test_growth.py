"""Growth of groups and guests of gatherings: by hand, and on the real chapters."""

import math

import numpy as np
import pandas as pd
import pytest

from shequn.experiments.facts import growth
from shequn.experiments.facts.estimate import no_intervals
from shequn.experiments.facts.growth import MEASURES, real_chapters
from shequn.experiments.facts.records import Records


def weeks_of(*rows: tuple[int, int, int, int]) -> Records:
    table = pd.DataFrame(rows, columns=["community", "week", "members", "events"])
    return Records(days=7.0 * (table["week"].max() + 1), weeks=table)


def gatherings_of(*rows: tuple[int, float, int, int]) -> Records:
    table = pd.DataFrame(rows, columns=["community", "time", "members", "guests"])
    return Records(days=1000.0, gatherings=table)


@pytest.fixture
def two_groups() -> Records:
    """Group 1: +2 in a week, -2 in two weeks with an event, a gap of three, +90; group 2: +40."""
    first = [(1, 0, 100, 0), (1, 1, 102, 0), (1, 3, 100, 1), (1, 6, 110, 1), (1, 7, 200, 3)]
    return weeks_of(*first, (2, 0, 10, 5), (2, 1, 50, 5))


def test_net_adds_by_size(two_groups):
    # Sizes 0 to 100: group 1 at 100 gains 2, group 2 at 10 gains 40. 100 to 400: -2 in two weeks
    # is -1 a week, then +90; the step of three weeks does not count.
    assert growth.net_adds(two_groups, 0, 100).value == 21.0
    assert growth.net_adds(two_groups, 100, 400).value == pytest.approx((-1 + 90) / 2)
    assert growth.net_adds(two_groups, 0, 100).n == 2
    assert math.isnan(growth.net_adds(two_groups, 400, 1600).value)


def test_shrinking_weeks(two_groups):
    assert growth.shrinking(two_groups, 100, 400).value == 0.5
    assert growth.shrinking(two_groups, 0, 100).value == 0.0


def test_net_adds_by_events(two_groups):
    by_events = growth.net_adds_by_events
    assert by_events(two_groups, 0, 0).value == pytest.approx((2 + 40) / 2)
    assert by_events(two_groups, 1, np.inf).value == pytest.approx((-1 + 90) / 2)
    assert by_events(two_groups, 2, np.inf).value == 90.0


def test_order_of_rows_does_not_matter(two_groups):
    mixed = Records(days=56.0, weeks=two_groups.weeks.iloc[::-1])
    assert growth.net_adds(mixed, 0, 100) == growth.net_adds(two_groups, 0, 100)


def test_elasticity_of_an_exact_power_law():
    sizes = (25, 100, 400, 10_000)
    held = gatherings_of(*((k % 2, 9.0 * k, n, round(n**0.5)) for k, n in enumerate(sizes)))
    assert growth.elasticity_of_guests(held).value == pytest.approx(0.5, abs=1e-12)


def test_guests_per_member_is_a_median_of_gatherings_with_guests():
    held = gatherings_of((1, 0, 100, 10), (1, 9, 100, 0), (2, 0, 50, 10), (3, 0, 200, 100))
    assert growth.guests_per_member(held, 0, 100).value == pytest.approx(0.15)
    assert growth.guests_per_member(held, 100, 400).value == 0.5
    assert growth.guests_per_member(held, 100, 400).n == 1


def test_guests_by_gap():
    # ln guests 0, 1, 2 with mean 1; the gathering nobody came to is no gathering before.
    e = math.e
    rows = [(1, 0.9, 50, 1), (1, 3.0, 50, 0), (1, 7.1, 50, round(e * 1e6)), (1, 7.9, 50, 1)]
    held = gatherings_of(*rows)
    logs = np.log([1.0, round(e * 1e6), 1.0])
    excess = logs - logs.mean()
    # Days 0, 7 and 7: gaps of 7 and of 0 days, both in the first class.
    assert growth.guests_by_gap(held, -1, 7).value == pytest.approx(excess[1:].mean())
    assert math.isnan(growth.guests_by_gap(held, 7, 14).value)


def test_nothing_is_known_of_nothing():
    nothing = Records(days=10.0)
    assert all(math.isnan(measure(nothing).value) for measure in MEASURES.values())


PUBLISHED = {
    "groups_net_adds_0_100": (1.06327, 0.87746, 1.30256),
    "groups_net_adds_100_400": (2.12008, 1.83624, 2.56068),
    "groups_net_adds_400_1600": (3.57101, 2.88139, 4.34466),
    "groups_net_adds_1600_up": (5.54589, 3.8205, 7.39481),
    "groups_shrinking_0_100": (0.01821, 0.01365, 0.02314),
    "groups_shrinking_100_400": (0.04637, 0.03936, 0.054),
    "groups_shrinking_400_1600": (0.06791, 0.05467, 0.08195),
    "groups_shrinking_1600_up": (0.08219, 0.04991, 0.11893),
    "groups_net_adds_no_event": (1.68796, 1.47661, 1.93567),
    "groups_net_adds_event": (8.83058, 7.61121, 10.1977),
    "groups_net_adds_2_events": (11.17754, 8.13552, 13.82388),
    "group_events_elasticity_rsvp": (0.41684, 0.30399, 0.52054),
    "group_events_rsvp_ratio_0_100": (0.16784, 0.14606, 0.20833),
    "group_events_rsvp_ratio_100_400": (0.07056, 0.06122, 0.08012),
    "group_events_rsvp_ratio_400_1600": (0.04414, 0.03679, 0.05237),
    "group_events_rsvp_ratio_1600_up": (0.01765, 0.00943, 0.02838),
    "group_events_gap_0_7d": (-0.21936, -0.38258, -0.0715),
    "group_events_gap_7_14d": (0.01742, -0.08699, 0.11066),
    "group_events_gap_14_30d": (0.07393, -0.0145, 0.1677),
    "group_events_gap_30_60d": (0.13457, 0.05367, 0.21188),
    "group_events_gap_60_120d": (0.03987, -0.02951, 0.11108),
}


@pytest.fixture(scope="module")
def chapters() -> Records:
    return real_chapters()


def test_every_published_value_comes_out(chapters):
    assert set(PUBLISHED) == set(MEASURES)
    with no_intervals():
        found = {name: round(measure(chapters).value, 5) for name, measure in MEASURES.items()}
    assert found == {name: values[0] for name, values in PUBLISHED.items()}


@pytest.mark.parametrize("name", ["groups_net_adds_event", "group_events_elasticity_rsvp"])
def test_intervals_are_like_the_published_ones(chapters, name):
    # Ends of a percentile interval of 2,000 resamples have a standard error near 4 % of its width;
    # the difference of two 6 %. A quarter is four of these.
    found = MEASURES[name](chapters)
    _, low, high = PUBLISHED[name]
    allowed = (high - low) / 4
    assert abs(found.low - low) < allowed and abs(found.high - high) < allowed
