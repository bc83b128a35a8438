"""Facts of threaded communities on logs small enough to count by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from shequn.agents.errors import ShequnError
from shequn.experiments import facts
from shequn.experiments.facts import Records, participation, tenure, threads, trees

SECOND = 1 / 86_400


def log_of(*rows: tuple[int, float, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["community", "time", "person", "thread"])


def posts(*rows: tuple[float, int], community: int = 1) -> pd.DataFrame:
    """Messages (time, person) of one community, of no known thread."""
    return log_of(*((community, time, person, -1) for time, person in rows))


def counts_log(*counts: int, start: float = 0.0) -> pd.DataFrame:
    """Person 0 posts the first number of messages, person 1 the second, all at one time."""
    return posts(*((start, person) for person in np.repeat(np.arange(len(counts)), counts)))


def members(*rows: tuple[int, int, float, float, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["community", "person", "joined_at", "left_at", "inviter"])


def value(fact_id: str, records: Records) -> float:
    return facts.measure(fact_id, records, n_resamples=0).value


NEVER = math.nan
NOBODY = -1


def test_lurkers_count_windows_in_which_a_member_was_present_throughout():
    table = members(
        (1, 1, 0.0, NEVER, NOBODY),  # windows 0 and 1, silent in 1
        (1, 2, 0.0, 168.0, NOBODY),  # leaves as window 1 ends: 0 and 1, silent in both
        (1, 3, 84.0, NEVER, NOBODY),  # comes as window 1 begins, posts that moment
        (1, 4, 1.0, NEVER, NOBODY),  # missed the first day of window 0, in which he posts
        (1, 5, 0.0, 167.9, NOBODY),  # misses the end of window 1
        (2, 1, 0.0, NEVER, NOBODY),  # another community, silent throughout
    )
    log = posts((10.0, 1), (11.0, 1), (84.0, 3), (83.9, 4), (180.0, 5))
    estimate = participation.lurkers(Records(days=200.0, messages=log, members=table))
    assert estimate.value == pytest.approx((5 / 7 + 1.0) / 2, abs=1e-12)
    assert estimate.n == 2


def test_lurkers_need_somebody_present_for_a_window():
    table = members((1, 1, 0.0, NEVER, NOBODY))
    assert math.isnan(participation.lurkers(Records(days=83.0, members=table)).value)
    assert participation.lurkers(Records(days=84.0, members=table)).value == 1.0


def mean_absolute_difference_gini(counts):
    counts = np.array(counts, dtype=float)
    return np.abs(counts[:, None] - counts).mean() / (2 * counts.mean())


def test_whole_life_shares():
    # 11 posters: 10 % is 1.1 and rounds up to 2, 1 % to 1.
    counts = (5, 4) + (1,) * 9
    records = Records(days=400.0, messages=counts_log(*counts))
    assert value("C2_top_1_percent", records) == pytest.approx(5 / 18)
    assert value("C2_top_10_percent", records) == pytest.approx(9 / 18)
    assert value("C2_gini", records) == pytest.approx(mean_absolute_difference_gini(counts))


def test_communities_count_equally_and_posters_of_one_number_stay_apart():
    log = pd.concat([counts_log(3, 1), counts_log(1, 1, 1, 1).assign(community=2)])
    estimate = facts.measure("C2_gini", Records(days=400.0, messages=log))
    assert estimate.value == pytest.approx((0.25 + 0.0) / 2)
    assert (estimate.low, estimate.high, estimate.n) == pytest.approx((0.0, 0.25, 2), abs=1e-12)


def test_how_much_the_largest_community_and_the_busiest_person_write():
    rows = [(1, 0.2, 7, -1)] * 3 + [(1, 1.1, 7, -1)] * 4 + [(1, 1.9, 8, -1), (2, 1.5, 7, -1)]
    records = Records(days=4.0, messages=log_of(*rows))
    assert value("largest_community_share", records) == pytest.approx(8 / 9)
    assert value("most_messages_a_day", records) == 4  # in one room, in one day
    assert value("messages_a_day", records) == 9 / 4
    nothing = Records(days=4.0)
    assert math.isnan(value("largest_community_share", nothing))
    assert math.isnan(value("most_messages_a_day", nothing))
    assert math.isnan(value("messages_a_day", nothing))
    real = facts.real_records("study-room")
    assert value("messages_a_day", real) == pytest.approx(168.365, abs=5e-4)


def test_real_rooms_are_bounded():
    observed = {f.id: f for f in facts.facts("study-room")}
    for name, digits in (("largest_community_share", 5e-6), ("most_messages_a_day", 0.0)):
        found = value(name, facts.real_records("study-room"))
        assert found == pytest.approx(observed[name].value, abs=digits)
        assert 2.0 * observed[name].value == pytest.approx(observed[name].accept_high, rel=1e-3)


def test_months_need_30_posters_and_all_their_days():
    first = (11,) + (1,) * 29
    log = pd.concat(
        [
            counts_log(*first),  # month 0
            counts_log(*(50,) + (1,) * 28, start=30.0),  # month 1: 29 posters
            counts_log(*(2,) * 30, start=89.9),  # month 2
            counts_log(*(9,) + (1,) * 29, start=90.0),  # month 3 is not over on day 100
        ]
    )
    records = Records(days=100.0, messages=log)
    # 10 % of 30 posters are 3.
    assert value("C3_month_top_10_percent", records) == pytest.approx((13 / 40 + 3 / 30) / 2)
    expected = (mean_absolute_difference_gini(first) + 0.0) / 2
    assert value("C3_month_gini", records) == pytest.approx(expected)


def test_posts_per_poster():
    records = Records(days=9.0, messages=counts_log(1, 8, 1, 2))
    # Logarithms 0, 0, 1, 3 in units of ln 2: mean 1, mean square of deviations 6 / 4.
    assert value("C4_sd_ln_posts", records) == pytest.approx(math.log(2) * math.sqrt(1.5))
    assert value("C4_median_posts", records) == 1.5
    assert value("C4_single_post_share", records) == 0.5


@pytest.fixture
def three_threads() -> Records:
    """Threads 7, 8 and 9 of community 1; community 2 uses thread 7, too."""
    log = log_of(
        (1, 0.0, 10, 7),
        (1, 60 * SECOND, 10, 7),
        (1, 900 * SECOND, 11, 7),  # first reply after exactly 15 minutes
        (1, 901 * SECOND, 12, 7),
        (1, 0.1, 11, 8),
        (1, 0.2, 11, 8),  # nobody else
        (1, 0.5, 12, 9),
        (1, 0.5 + 3601 * SECOND, 10, 9),  # an hour and a second
        (1, 0.6, 13, -1),
        (2, 0.0, 20, 7),
        (2, 30 * SECOND, 21, 7),
    )
    return Records(days=1.0, messages=log)


@pytest.mark.parametrize(
    ("fact_id", "first", "second"),
    [
        ("C5_unanswered", 1 / 3, 0.0),
        ("C6_median_latency", 3601, 30),
        ("C6_within_15_min", 1 / 3, 1.0),
        ("C6_within_1_h", 1 / 3, 1.0),
        ("C13_messages_mean", 8 / 3, 2.0),
        ("C13_messages_median", 2.0, 2.0),
        ("C13_messages_q90", 2 + 0.8 * 2, 2.0),
        ("C13_messages_q99", 2 + 0.98 * 2, 2.0),
        ("C13_participants_mean", 2.0, 2.0),
    ],
)
def test_threads(three_threads, fact_id, first, second):
    assert value(fact_id, three_threads) == pytest.approx((first + second) / 2, abs=1e-9)
    log = three_threads.messages
    alone = Records(days=1.0, messages=log[log["community"] == 1].sample(frac=1.0, random_state=2))
    assert value(fact_id, alone) == pytest.approx(first, abs=1e-9)


def test_unanswered_threads_count_as_infinite():
    log = log_of((1, 0.0, 1, 0), (1, 0.1, 1, 1), (1, 0.2, 1, 2), (1, 0.3, 2, 2))
    assert value("C6_median_latency", Records(days=1.0, messages=log)) == math.inf
    two = log_of((1, 0.0, 1, 0), (1, 10 * SECOND, 2, 0), (1, 0.5, 1, 1), (1, 0.5 + SECOND, 2, 1))
    assert value("C6_median_latency", Records(days=1.0, messages=two)) == 5.5


def test_newcomers_first_threads():
    log = log_of(
        (1, 0.0, 1, 1),
        (1, 1.0, 2, 1),  # answers; his own first message opens nothing
        (1, 90.0, 1, 1),  # back after exactly 90 days
        (1, 5.0, 3, 2),
        (1, 6.0, 3, 5),  # not answered, and back
        (1, 6.0, 4, 3),  # not answered, not back
        (1, 5.5, 5, 4),
        (1, 96.0, 2, 4),  # answered after 90.5 days: too late
        (1, 2.0, 7, 6),
        (1, 2.1, 2, 6),
        (1, 92.5, 7, 6),  # answered, back after 90.5 days: too late
        (1, 11.0, 6, 8),  # followed for 89 days
        (1, 11.1, 2, 8),
        (1, 11.2, 6, 8),
    )
    records = Records(days=100.0, messages=log)
    assert value("C7_posts_again_replied", records) == pytest.approx(1 / 2)
    assert value("C7_posts_again_not_replied", records) == pytest.approx(1 / 3)
    assert value("C7_difference", records) == pytest.approx(1 / 6)


def test_monthly_retention():
    log = posts(
        *((3.0, person) for person in (1, 3, 4)),
        (30.43, 2),  # still month 0
        (31.0, 1),
        (30.44, 2),  # opens month 1
        *((50.0, person) for person in (5, 6, 7)),
        (80.0, 1),
        (80.0, 3),  # away for a month: did not stay
        (92.0, 1),  # month 3 is incomplete
    )
    assert value("C8_monthly_retention", Records(days=100.0, messages=log)) == pytest.approx(
        (2 / 4 + 1 / 5) / 2
    )


@pytest.fixture
def five_tenures() -> Records:
    """184 days, so ends can be seen up to day 100."""
    log = posts(
        (0.0, 1),
        (10.0, 1),  # ended after 10 days
        (20.0, 2),  # ended at once
        (50.0, 3),
        (150.0, 3),  # still active: followed for 50 days
        (100.0, 4),  # ended at once, on the last day that can be seen
        (101.0, 5),  # came too late
        (0.0, 6),
        (100.0, 6),  # ended after 100 days
    )
    return Records(days=184.0, messages=log)


@pytest.mark.parametrize(
    ("days", "survival"), [(1, 3 / 5), (7, 3 / 5), (30, 2 / 5), (90, 2 / 5), (365, 0.0), (730, 0.0)]
)
def test_tenure_survival(five_tenures, days, survival):
    assert value(f"C9_survival_{days}d", five_tenures) == pytest.approx(survival, abs=1e-12)


def test_survival_is_unknown_beyond_the_follow_up(five_tenures):
    log = five_tenures.messages
    records = Records(days=184.0, messages=log[log["person"] != 6])
    assert value("C9_survival_30d", records) == pytest.approx(2 / 4 * 1 / 2)
    assert math.isnan(value("C9_survival_90d", records))


def test_survival_without_censoring_is_the_plain_share():
    generator = np.random.Generator(np.random.Philox(key=4))
    tenure_days = generator.exponential(40.0, 200)
    tenure_days[:4] = (1.0, 7.0, 30.0, 90.0)  # "more than" leaves these out
    log = posts(*((0.0, p) for p in range(200)), *((t, p) for p, t in enumerate(tenure_days)))
    records = Records(days=1000.0, messages=log)
    for days in (1, 7, 30, 90):
        assert value(f"C9_survival_{days}d", records) == pytest.approx((tenure_days > days).mean())


@pytest.mark.parametrize(
    ("span", "hazard"),
    [
        ("0_1", 2 / 3),
        ("1_7", 0.0),
        ("7_30", 1 / (3 + 23 + 23)),
        ("30_90", 0.0),
        ("90_180", 1 / 10),
        ("180_365", math.nan),
        ("365_730", math.nan),
    ],
)
def test_hazards_are_events_over_exposure(five_tenures, span, hazard):
    found = value(f"C10_hazard_{span}d", five_tenures)
    assert found == pytest.approx(hazard, abs=1e-12, nan_ok=True)


def test_largest_step_of_the_hazards():
    # Ended after 0, 1 and 7 days: hazards 1 / (1 + 1), then 1 / 6; nobody is followed longer.
    log = posts((0.0, 1), (0.0, 2), (1.0, 2), (0.0, 3), (7.0, 3))
    assert tenure.largest_step(Records(days=400.0, messages=log)).value == pytest.approx(1 / 3)


def at_seconds(person: int, gaps: list[int]) -> list[tuple[float, int]]:
    return [(second * SECOND, person) for second in np.cumsum([0, *gaps])]


def test_burstiness():
    rows = at_seconds(1, [1, 3] * 25)  # mean 2, deviation 1: -1/3
    rows += at_seconds(2, [5] * 48 + [0])  # 50 messages, the gap of 0 does not count: -1
    rows += at_seconds(3, [1] * 24 + [1000] * 24)  # 49 messages are too few
    records = Records(days=1.0, messages=posts(*rows))
    assert value("C11_burstiness", records) == pytest.approx((-1 / 3 - 1) / 2)


def test_weekend():
    # Day 0 is a Monday: 4 weekend days with one message, 11 others with two; day 15 is incomplete.
    rows = [(day + 0.5, 1) for day in range(15)]
    rows += [(day + 0.6, 1) for day in range(15) if day % 7 < 5]
    rows += [(15.2, 1)] * 9
    records = Records(days=15.5, messages=posts(*rows))
    assert value("C12_weekend_to_weekday", records) == pytest.approx(0.5)


def test_hours():
    rows = [((hour + 0.5) / 24, 1) for hour in range(24)] + [(3 + 7.5 / 24, 2)] * 3
    records = Records(days=4.0, messages=posts(*rows))
    assert value("C12_busiest_to_quietest_hour", records) == 4.0
    quiet = Records(days=4.0, messages=posts(*rows[1:]))
    assert math.isnan(value("C12_busiest_to_quietest_hour", quiet))


def test_dispersion_removes_weekday_and_trend_and_nothing_else():
    day = np.arange(28)
    # The weekly swing is orthogonal to every weekday and to the trend: 28 squares of 3, 28 - 8
    # degrees of freedom.
    swing = np.array([3, -3, -3, 3])[day // 7]
    base = 20 + day + 4 * (day % 7 == 2)
    for extra, squares in ((0 * swing, 0.0), (swing, 28 * 9)):
        volume = base + extra
        log = posts(*((d + 0.5, 1) for d in np.repeat(day, volume)))
        expected = squares / 20 / volume.mean()
        records = Records(days=28.0, messages=log)
        assert value("C14_variance_to_mean", records) == pytest.approx(expected, abs=1e-9)
    assert math.isnan(value("C14_variance_to_mean", Records(days=13.9, messages=log)))


def test_trees():
    table = members(
        (1, 10, 0.0, NEVER, NOBODY),
        (1, 11, 1.0, NEVER, 10),
        (1, 12, 1.0, NEVER, 10),
        (1, 13, 0.0, NEVER, NOBODY),
        (1, 14, 1.0, 2.0, 13),
        (1, 14, 5.0, NEVER, NOBODY),  # joined again: counts once
        (1, 15, 2.0, NEVER, 14),
        (1, 16, 3.0, NEVER, 15),
        (1, 17, 0.0, NEVER, NOBODY),
        (1, 18, 0.0, NEVER, 99),  # invited by somebody who is no member
        (2, 10, 0.0, NEVER, NOBODY),
    )
    records = Records(days=9.0, members=table)
    assert trees.mean_offspring(records).value == pytest.approx((5 / 9 + 0) / 2)
    assert trees.within_one_step(records).value == pytest.approx((3 / 4 + 1) / 2)


def test_a_circle_of_invitations_has_no_tree():
    table = members((1, 1, 0.0, NEVER, 2), (1, 2, 0.0, NEVER, 1), (1, 3, 0.0, NEVER, NOBODY))
    assert trees.within_one_step(Records(days=9.0, members=table)).value == 1.0


SIMULATED = [fact.id for fact in facts.facts() if fact.scenario in ("interest-forum", "study-room")]


@pytest.mark.parametrize("fact_id", SIMULATED)
def test_without_records_a_fact_is_not_a_number(fact_id):
    assert math.isnan(facts.measure(fact_id, Records(days=400.0)).value)


@pytest.mark.parametrize("fact_id", SIMULATED)
def test_one_message_breaks_nothing(fact_id):
    log = posts((0.5, 3)).assign(thread=4, to=-1)
    table = members((1, 3, 0.0, NEVER, NOBODY))
    estimate = facts.measure(fact_id, Records(days=400.0, messages=log, members=table))
    assert isinstance(estimate.value, float) and math.isnan(estimate.low)


@pytest.mark.parametrize("fact_id", SIMULATED)
def test_order_and_names_of_communities_change_nothing(fact_id):
    generator = np.random.Generator(np.random.Philox(key=8))
    n = 3000
    log = log_of(*((1, 0.0, 1, 1),) * n).assign(
        community=generator.integers(0, 3, n),
        time=np.floor(generator.uniform(0, 400, n) * 86_400) / 86_400 + generator.random(n) * 1e-9,
        person=np.floor(generator.exponential(20, n)).astype(int),
        thread=generator.integers(0, 300, n),
        to=np.floor(generator.exponential(20, n)).astype(int) - 8,
    )
    # One message a second at most, so that the order given decides nothing.
    log = log[~(log["time"] * 86_400).round().duplicated()]
    table = log.drop_duplicates(["community", "person"])[["community", "person"]].assign(
        joined_at=0.0, left_at=NEVER
    )
    table["inviter"] = (table["person"] - 3).clip(lower=-1)
    shuffled = log.sample(frac=1.0, random_state=1)
    renamed = shuffled.assign(community=[(70, 2, 31)[c] for c in shuffled["community"]])
    moved = table.assign(community=[(70, 2, 31)[c] for c in table["community"]])
    given = value(fact_id, Records(days=400.0, messages=log, members=table))
    again = value(fact_id, Records(days=400.0, messages=renamed, members=moved))
    assert again == pytest.approx(given, rel=1e-12, nan_ok=True)


def test_communities_may_stand_in_any_order():
    log = log_of((5, 0.0, 1, -1), (5, 1.0, 1, -1), (2, 0.0, 1, -1))
    made = Records(days=2.0, messages=log).log
    assert made.communities.tolist() == [2, 5]
    assert made.second.tolist() == [0, 0, 86_400]
    assert (made.posts.tolist(), made.poster.tolist()) == ([1, 2], [0, 1, 1])


def test_a_person_who_never_wrote_is_no_poster_of_the_next_community():
    log = log_of((1, 0.0, 1, -1), (1, 0.1, 2, -1), (2, 0.0, 1, -1))
    made = Records(days=2.0, messages=log.assign(to=[3, 1, 2])).log
    # Person 3 would be the next number after person 2: the first of community 2.
    assert made.addressed is not None
    assert made.addressed.tolist() == [-2, 0, -2]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Records(days=0.0), "days must be a positive number, not 0.0"),
        (lambda: Records(days=math.nan), "days must be a positive number"),
        (lambda: Records(days=1.0, messages=pd.DataFrame({"time": [1.0]})), "messages has no col"),
        (lambda: Records(days=1.0, members=pd.DataFrame()), "members has no column community, pe"),
        (lambda: Records(days=1.0, messages=posts((math.nan, 1))).log, "finite"),
        (lambda: Records(days=1.0, messages=posts((0.0, 1)).assign(time="x")).log, "finite"),
        (lambda: Records(days=1.0, messages=posts((0.0, 1)).assign(person=0.5)).log, "integers"),
    ],
)
def test_bad_records_are_refused(make, message):
    with pytest.raises(ShequnError, match=message):
        make()


def test_what_facts_share_is_made_once(three_threads):
    assert three_threads.once(threads.threads_of) is three_threads.once(threads.threads_of)
    assert three_threads.log is three_threads.log
