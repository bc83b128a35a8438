"""Simple baselines: fits to data made with known parameters, and what they can and cannot say."""

import math

import numpy as np
import pandas as pd
import pytest

import shequn as sq
from shequn.agents.errors import ShequnError
from shequn.experiments.baselines.baselines import WITH_MEAN_FIELD, fitted_baselines
from shequn.experiments.baselines.buying import (
    BgNbdCustomers,
    ExponentialLifetimes,
    NegativeBinomial,
)
from shequn.experiments.baselines.growth import BassGrowth, BassJoins, ConstantChurn
from shequn.experiments.baselines.mean_field import MeanField
from shequn.experiments.baselines.posting import (
    ARCHIVE_POSTERS,
    ConstantHazard,
    GammaPoisson,
    Newcomers,
    fit_constant_hazard,
    fit_negative_binomial,
    newcomers_of,
)
from shequn.experiments.facts.estimate import no_intervals
from shequn.experiments.facts.growth import MEASURES as GROWTH
from shequn.experiments.facts.purchases import cohort_of, mean_holdout, real_customers
from shequn.experiments.facts.records import Records


def crowd(n: int = 3000, days: float = 200.0) -> Newcomers:
    """Newcomers of three communities, watched until the same day."""
    first = np.linspace(0.0, days / 2, n)
    return Newcomers(np.arange(n) % 3, first, np.full(n, days))


def test_newcomers():
    rows = [(1, 5, 2.0), (1, 5, 3.5), (1, 6, 9.0), (2, 5, 4.0)]
    log = pd.DataFrame(rows, columns=["community", "person", "time"]).assign(thread=-1)
    found = newcomers_of(Records(days=10.0, messages=log))
    assert list(found.first) == [2.0, 9.0, 4.0]
    assert list(found.end) == [9.0, 9.0, 4.0]
    assert list(found.repeats) == [1.0, 0.0, 0.0]
    assert list(found.last) == [3.5, 9.0, 4.0]
    with pytest.raises(ShequnError, match="messages"):
        newcomers_of(Records(days=10.0))


def test_constant_hazard_finds_its_own_parameters():
    # SE of a log hazard with n deaths is about 1 / sqrt(n); 8 % is over three of them for 3,000.
    made = ConstantHazard(0.3, 0.05, crowd()).records(seed=1)
    found = ConstantHazard.fit(made)
    assert found.rate == pytest.approx(0.3, rel=0.05)
    assert found.hazard == pytest.approx(0.05, rel=0.08)


def test_constant_hazard_of_one_person_is_the_likelihood_s_maximum():
    # Nobody leaves when the last event is at the end: rate = events / time.
    rate, hazard = fit_constant_hazard(np.array([50.0]), np.array([10.0]), np.array([10.0]))
    assert rate == pytest.approx(5.0, rel=1e-3) and hazard < 1e-3


def test_gamma_poisson_finds_its_own_parameters():
    made = GammaPoisson(0.5, 4.0, crowd()).records(seed=2)
    found = GammaPoisson.fit(made)
    assert found.shape == pytest.approx(0.5, rel=0.1)
    assert found.shape / found.scale == pytest.approx(0.125, rel=0.1)


def test_negative_binomial_leaves_out_who_was_not_watched():
    counts, watched = np.array([3.0, 0.0, 7.0, 1.0]), np.array([10.0, 0.0, 10.0, 5.0])
    kept = watched > 0
    assert fit_negative_binomial(counts, watched) == pytest.approx(
        fit_negative_binomial(counts[kept], watched[kept])
    )


def test_baselines_of_the_archive_have_its_figures():
    """Means over 1,000 posters: within four standard errors of what they were fitted to."""
    for baseline in (ConstantHazard.of_archive(), GammaPoisson.of_archive()):
        posts = baseline.records(seed=3).messages.groupby("person").size()
        assert len(posts) == ARCHIVE_POSTERS
        error = posts.std() / math.sqrt(ARCHIVE_POSTERS)
        assert abs(posts.mean() - 171.2) < 4.0 * error
    single = (posts == 1).mean()
    assert single == pytest.approx(0.122, abs=4.0 * math.sqrt(0.122 * 0.878 / ARCHIVE_POSTERS))


@pytest.fixture(scope="module")
def shop():
    return real_customers()


@pytest.mark.parametrize("kind", [ExponentialLifetimes, NegativeBinomial, BgNbdCustomers])
def test_buying_baselines_reproduce_the_calibration(shop, kind):
    # Mean repeats in 39 weeks are 2457 / 2357; the days of a customer have an SD below 2.7, so
    # four standard errors are 0.22. Real repeats are days, the baselines' are orders: a day with
    # two counts once, which takes off less than 0.03.
    baseline = kind.fit(shop)
    cohort = cohort_of(baseline.records(seed=1))
    assert len(cohort) == 2357
    assert cohort["repeat_days"].mean() == pytest.approx(2457 / 2357, abs=0.25)
    assert np.sort(cohort["observed_weeks"]) == pytest.approx(
        np.sort(shop.cohort["observed_weeks"].to_numpy())
    )
    assert baseline.records(seed=1).orders.equals(baseline.records(seed=1).orders)
    assert not baseline.records(seed=2).orders.equals(baseline.records(seed=1).orders)


def test_the_holdout_tells_buying_baselines_apart(shop):
    """One hazard for all forecasts too few, nobody leaving too many, BG/NBD about right."""
    found = {
        kind: mean_holdout(kind.fit(shop).records(seed=4)).value
        for kind in (ExponentialLifetimes, NegativeBinomial, BgNbdCustomers)
    }
    real = mean_holdout(shop).value
    assert found[ExponentialLifetimes] < 0.5 * real < 1.3 * real < found[NegativeBinomial]
    assert found[BgNbdCustomers] == pytest.approx(real, rel=0.25)


def test_bgnbd_baseline_finds_its_own_parameters(shop):
    made = BgNbdCustomers(0.5, 4.0, 2.0, 6.0, np.zeros(6000)).records(seed=7)
    found = BgNbdCustomers.fit(made)
    assert found.r / found.alpha == pytest.approx(0.125, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(0.25, rel=0.15)


def test_baselines_need_something_to_be_fitted_to():
    nothing = Records(days=600.0)
    for kind in (ExponentialLifetimes, NegativeBinomial, BgNbdCustomers, BassGrowth, ConstantChurn):
        with pytest.raises(ShequnError, match="fitted to"):
            kind.fit(nothing)


def groups_growing(change) -> Records:
    """Sixty groups of ten to 3,000 members over 52 weeks."""
    rows = []
    for group, size in enumerate(np.geomspace(10, 3000, 60)):
        for week in range(52):
            rows.append((group, week, int(size), 0))
            size = size + change(size)
    return Records(
        days=364.0,
        weeks=pd.DataFrame(rows, columns=["community", "week", "members", "events"]),
    )


def test_bass_growth_of_an_exact_curve():
    p, q, m = 0.001, 0.03, 5000.0
    found = BassGrowth.fit(groups_growing(lambda n: (p + q * n / m) * (m - n)))
    assert found.market == pytest.approx(m, rel=0.02)
    assert (found.p, found.q) == pytest.approx((p, q), rel=0.05)
    drawn = found.records(seed=1)
    assert (drawn.weeks.groupby("community")["members"].diff().dropna() >= 0).all()
    with no_intervals():
        values = {name: measure(drawn).value for name, measure in GROWTH.items()}
    assert values["groups_shrinking_400_1600"] == 0.0
    assert math.isnan(values["groups_net_adds_event"])
    assert math.isnan(values["group_events_elasticity_rsvp"])


def test_growth_that_speeds_up_has_no_end():
    found = BassGrowth.fit(groups_growing(lambda n: 1.0 + 0.001 * n + 1e-6 * n * n))
    assert found.market == math.inf and found.quadratic == 0.0
    assert found.q == found.linear > 0.0


def test_constant_churn_finds_its_own_parameters():
    generator = np.random.Generator(np.random.Philox(key=8))
    a, g, d = 2.0, 0.006, 0.004
    made = groups_growing(lambda n: generator.poisson(a + g * n) - generator.poisson(d * n))
    held = pd.DataFrame({"community": 0, "time": [1.0, 2.0], "members": 100, "guests": [8, 12]})
    found = ConstantChurn.fit(Records(days=364.0, weeks=made.weeks, gatherings=held))
    # 3,060 steps; gains and losses are told apart by the share of weeks that shrink alone.
    assert found.growth - found.exits == pytest.approx(g - d, abs=4e-4)
    assert found.exits == pytest.approx(d, rel=0.25)
    assert found.share == pytest.approx(0.1)
    drawn = found.records(seed=2)
    assert len(drawn.weeks) == len(made.weeks) and len(drawn.gatherings) == 2


def test_bass_joins_follow_the_curve():
    joined = BassJoins(people=4000, years=30.0).records(seed=1).members["joined_at"] / 365.25
    fade = np.exp(-0.43 * 6.0)
    share = (1 - fade) / (1 + 0.4 / 0.03 * fade)
    assert (joined < 6.0).mean() == pytest.approx(share, abs=4 * math.sqrt(0.25 / 4000))


def test_mean_field_reduces_to_closed_forms():
    """Everything off but discovery and leaving: members follow their difference equation."""
    values = {
        "market.people": 1000,
        "discovery.rate": 0.02,
        "tiers.base.exit_rate": 0.05,
        "run.days": 60,
    }
    course = MeanField.fit(sq.Scenario.load("blank").with_values(values)).course()
    outside, members = 1000.0, 0.0
    for day in range(60):
        came = outside * -math.expm1(-0.02)
        outside, members = outside - came, members * math.exp(-0.05) + came
        assert course.members[day + 1, 0] == pytest.approx(members, rel=1e-6)
    assert not course.posts.any()


def test_mean_field_of_invitations_is_the_logistic_curve():
    rate, days = 0.005, 1000
    values = {
        "market.people": 1000,
        "group.seed_members": 20,
        "invite.rate": rate,
        "run.days": days,
    }
    members = MeanField.fit(sq.Scenario.load("blank").with_values(values)).course().members[:, 0]
    growth = np.exp(rate * np.arange(days + 1))
    logistic = 20 * growth / (1 + 0.02 * (growth - 1))
    # Steps of a day grow by less than continuous time, by a share of at most the rate a day: the
    # curve lags by at most rate x days.
    assert (members <= logistic * (1 + 1e-9)).all()
    assert np.abs(members - logistic).max() < rate * days * np.diff(logistic).max()


def test_mean_field_posts_and_stays_as_people_do_on_the_mean():
    values = {
        "market.people": 2000,
        "group.seed_members": 2000,
        "tiers.base.talk": 0.01,
        "tiers.base.session_rate": 2.0,
        "tiers.base.exit_rate": 0.02,
        "spread.talk": 1.0,
        "shape.talk": "lognormal",
        "spread.exit_rate": 1.0,
        "shape.exit_rate": "gamma",
        "run.days": 50,
    }
    baseline = MeanField.fit(sq.Scenario.load("blank").with_values(values))
    person = baseline.person()
    assert person.talk == pytest.approx(0.01 * math.exp(0.5))
    # Gamma with shape 1 is exponential with mean 0.02: E (1 - e^-xT) / x = ln(1 + 0.02 T) / 0.02.
    stay = math.log(1 + 0.02 * 50) / 0.02
    assert -math.expm1(-person.exit_rate * 50) / person.exit_rate == pytest.approx(stay, rel=1e-3)
    course, drawn = baseline.course(), baseline.records(seed=1)
    # Posts are Poisson given the course, members differ from it by chance: five errors of 1 %.
    assert len(drawn.messages) == pytest.approx(course.posts.sum(), rel=0.1)
    here = drawn.members["left_at"].isna().sum()
    expected = course.members[-1, 0]
    assert abs(here - expected) < 4.0 * math.sqrt(expected)
    left = drawn.members.set_index("person")["left_at"]
    until = left.loc[drawn.messages["person"]].fillna(np.inf).to_numpy()
    assert (drawn.messages["time"].to_numpy() <= until).all()


def talking(**values) -> np.ndarray:
    """Messages of each of ten days, of 1,000 who come twice a day and say 0.1 each time."""
    room = {
        "market.people": 1000, "group.seed_members": 1000, "run.days": 10,
        "tiers.base.talk": 0.1, "tiers.base.session_rate": 2.0,
        **{path.replace("__", "."): value for path, value in values.items()},
    }  # fmt: skip
    return MeanField.fit(sq.Scenario.load("blank").with_values(room)).course().posts[:, 0]


def test_mean_field_of_own_talk():
    """200 messages a day; half of it, where two visits a day meet a recovery of half a day.

    Of 0.1 on the tongue 0.1 / (1 + 0.1 / 0.1) are said at a saturation of 0.1; a group in which
    people talk a quarter as much has a quarter of it; 30 % of 1,000 newcomers come with something.
    """
    assert talking() == pytest.approx(np.full(10, 200.0))
    assert talking(speak__recovery=0.5) == pytest.approx(np.full(10, 100.0))
    assert talking(speak__saturation=0.1) == pytest.approx(np.full(10, 100.0))
    assert talking(group__talk=0.25) == pytest.approx(np.full(10, 50.0))
    assert talking(speak__arrival=0.3)[:2] == pytest.approx([500.0, 200.0])


def test_mean_field_of_fading():
    """Habit and willingness each halve at a pace of their own: visits, and those that take part."""
    posts = talking(feel__habit_half_life=4.0, feel__willingness_half_life=5.0)
    assert posts == pytest.approx(200.0 * 0.5 ** (np.arange(10) * (1 / 4 + 1 / 5)))
    assert talking(feel__willingness_start=0.3) == pytest.approx(np.full(10, 60.0))


def test_mean_field_of_conversation():
    """200 / (1 - k), k = 0.8 x 1/2 x S at a reserve of 0.1.

    S is 1 where the author alone goes on, or where everyone is called; it is P(somebody comes)
    where the first reader takes all of it: of 2,000 visits a day in 0.72 minutes, 1 on average.
    """
    talk = {"speak__conversation": 0.8, "speak__reserve": 0.1}
    alone = {**talk, "speak__follow_up": 1.0}
    assert talking(**alone, rhythm__linger=0.5) == pytest.approx(np.full(10, 200.0 / 0.6))
    assert talking(**alone) == pytest.approx(np.full(10, 200.0))  # nobody stays on to go on
    called = talking(**talk, group__alert=1.0, speak__sharing=5.0)
    assert called == pytest.approx(np.full(10, 200.0 / 0.6), rel=1e-6)
    brief = talking(**talk, speak__sharing=20.0, rhythm__lively=0.72)
    assert brief == pytest.approx(np.full(10, 200.0 / (1.0 - 0.4 * -math.expm1(-1.0))), rel=1e-5)


def test_mean_field_of_habit_that_learns():
    """Nothing ever new: each empty visit takes 0.1; spaced by 1/2 day, two a day teach as one.

    v q = 2 / (1 + 2 x 0.5) = 1 at first, and less as people come less. All messages good, and
    many: what is taught is the gain itself.
    """
    still = {"feel.habit_empty": 0.1, "feel.spacing": 0.5, "tiers.base.session_rate": 2.0,
             "market.people": 10, "group.seed_members": 10, "stay.habit": 1.0,
             "tiers.base.exit_rate": 0.01, "run.days": 3}  # fmt: skip
    exits = MeanField.fit(sq.Scenario.load("blank").with_values(still)).course().exits[:, 0]
    habits, habit = [], 1.0
    for _ in range(3):
        visits = 2.0 * habit
        habit *= math.exp(-0.1 * visits / (1.0 + 0.5 * visits))
        habits.append(habit)
    assert exits == pytest.approx(0.01 * np.exp(-np.array(habits)))
    learning = {"feel__habit_start": 0.5, "feel__habit_gain": 0.2, "feel__enough": 0.001}
    ratio = talking(**learning)[1] / talking(**learning)[0]
    assert ratio == pytest.approx((1.0 - 0.5 * math.exp(-0.2)) / 0.5, rel=1e-3)


def test_mean_field_of_leaving():
    """A tie relieves by a factor, silence adds: visits once a day, interest lost in 19 days."""
    ties = {"stay.habit": 1.0, "stay.belonging": 2.0, "feel.belonging_start": 0.5,
            "stay.silent": 0.2, "stay.silence": 19.0, "tiers.base.exit_rate": 0.05,
            "group.seed_members": 10, "run.days": 2}  # fmt: skip
    exits = MeanField.fit(sq.Scenario.load("blank").with_values(ties)).course().exits[:, 0]
    assert exits == pytest.approx(0.05 * math.exp(-2.0) + 0.2 / 20.0)


def test_mean_field_of_glances():
    """Each of 1,000 finds 100 new messages: 0.5 x 0.8 x 100 / 101 glances beside two visits."""
    posts = talking(group__glance=0.5, feel__belonging_start=0.8)
    assert posts[0] == pytest.approx(200.0)
    assert posts[1] == pytest.approx(100.0 * (2.0 + 0.4 * 100.0 / 101.0))


def test_mean_field_divides_the_market_over_groups():
    values = {"group.count": 5, "group.home_spread": 1.0, "market.people": 1000, "run.days": 3}
    baseline = MeanField.fit(sq.Scenario.load("blank").with_values(values))
    markets = baseline.markets()
    assert markets.sum() == pytest.approx(1000.0)
    assert (np.diff(markets) > 0.0).all()
    assert baseline.course().members.shape == (4, 5)


def test_every_baseline_has_a_name_and_repeats_with_its_seed():
    for scenario in ("interest-forum", "study-room", "product-club", "chapters", "shop"):
        baselines = fitted_baselines(scenario)
        names = [baseline.name for baseline in baselines]
        assert len(set(names)) == len(names) >= 1
        first, again = (baselines[0].records(seed=5) for _ in range(2))
        for table in ("messages", "members", "weeks", "orders"):
            pd.testing.assert_frame_equal(getattr(first, table), getattr(again, table))
    assert fitted_baselines("crisis") == []
    assert "shop" not in WITH_MEAN_FIELD
