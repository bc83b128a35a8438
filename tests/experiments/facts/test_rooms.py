"""Measures of chat rooms on logs small enough to count by hand, and the figure made of them."""

import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib import rcParams

from shequn.agents.errors import ShequnError
from shequn.experiments.facts.rooms import (
    elasticity,
    established_rooms,
    real_rooms,
    room_measures,
)
from shequn.views.rooms import rooms_figure
from shequn.views.style import GROUP_SIZE_COLOURS, label_axes, new_figure, save, size_colours, style

SECOND = 1 / 86_400


def log_of(*rows: tuple[int, float, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["room", "time", "author"])


def room_of_counts(*counts: int) -> pd.DataFrame:
    """Build a room whose users post these numbers of messages, a day apart."""
    authors = np.repeat(np.arange(len(counts)), counts)
    return pd.DataFrame({"room": 1, "time": np.arange(authors.size) * 1.0, "author": authors})


@pytest.fixture
def four_users() -> pd.DataFrame:
    """Room 7: every window, week and cohort border is touched by a message."""
    user_1 = [(7, day, 1) for day in (0.0, 0.5, 2.0, 10.0, 40.0, 70.0)]
    user_2 = [(7, 0.0, 2), (7, 7.0, 2)]
    user_3 = [(7, 14.0, 3), (7, 15.0, 3)]
    user_4 = [(7, 14.0 + SECOND, 4)]
    return log_of(*user_1, *user_2, *user_3, *user_4)


def test_sizes(four_users):
    row = room_measures(four_users).iloc[0]
    assert (row["room"], row["messages"], row["users"], row["span_days"]) == (7, 11, 4, 70.0)


def test_concentration(four_users):
    # Messages per user, ascending: 1, 2, 2, 6. Gini = 2 * 35 / (4 * 11) - 5 / 4 = 15 / 44.
    row = room_measures(four_users).iloc[0]
    assert row["share_one_message"] == 1 / 4
    assert row["gini"] == pytest.approx(15 / 44, abs=1e-12)
    assert row["top1pct_share"] == row["top10pct_share"] == 6 / 11


@pytest.mark.parametrize(
    ("counts", "top_10_percent"),
    [
        ((5, 4) + (1,) * 9, 9 / 18),  # 11 users: 1.1 rounds up to 2
        ((5, 4) + (1,) * 8, 5 / 17),  # 10 users: exactly 1
        ((5, 4, 3) + (1,) * 18, 12 / 30),  # 21 users: 2.1 rounds up to 3
    ],
)
def test_top_share_rounds_users_up(counts, top_10_percent):
    row = room_measures(room_of_counts(*counts)).iloc[0]
    assert row["top10pct_share"] == pytest.approx(top_10_percent, abs=1e-12)
    assert row["top1pct_share"] == pytest.approx(5 / sum(counts), abs=1e-12)


def test_equal_users_have_no_inequality():
    assert room_measures(room_of_counts(3, 3, 3))["gini"].item() == pytest.approx(0.0, abs=1e-12)


def test_gaps_leave_out_zero_and_divide_by_n():
    # Gaps 0, 1 and 3 s. Of 1 and 3: mean 2, sd 1, median 2. With the zero the median would be 1.
    seconds = (0, 0, 1, 4)
    row = room_measures(log_of(*((1, second * SECOND, 1) for second in seconds))).iloc[0]
    assert row["median_iat_s"] == 2.0
    assert row["burstiness_B"] == pytest.approx(-1 / 3, abs=1e-12)


def test_a_metronome_has_burstiness_minus_one():
    assert room_measures(room_of_counts(4))["burstiness_B"].item() == -1.0


def test_room_without_a_positive_gap_has_no_rhythm():
    row = room_measures(log_of((1, 3.0, 1), (1, 3.0, 2))).iloc[0]
    assert math.isnan(row["burstiness_B"]) and math.isnan(row["median_iat_s"])


def test_weeks_count_from_the_first_message_and_silent_weeks_do_not_count(four_users):
    # Active users: weeks 0, 1, 2 two each (day 7.0 opens week 1), weeks 5 and 10 one each.
    row = room_measures(four_users).iloc[0]
    assert row["mean_weekly_active"] == 8 / 5
    assert row["max_weekly_active"] == 2


def test_returns(four_users):
    # Last day 70: users 1, 2 and 3 (day 14 exactly) are followed for 56 days, user 4 is not.
    # User 1 returns at ages 0.5, 2, 10, 40, 70; user 2 at 7 exactly; user 3 at 1 exactly.
    row = room_measures(four_users).iloc[0]
    assert row["cohort_n"] == 3
    assert row["ret_d1_7"] == pytest.approx(2 / 3, abs=1e-12)
    assert row["ret_d7_14"] == pytest.approx(2 / 3, abs=1e-12)
    assert row["ret_d14_28"] == 0.0
    assert row["ret_d28_56"] == pytest.approx(1 / 3, abs=1e-12)


@pytest.mark.parametrize(
    ("age", "window"),
    [(1, "ret_d1_7"), (7, "ret_d7_14"), (14, "ret_d14_28"), (28, "ret_d28_56"), (56, None)],
)
def test_a_window_takes_its_start_and_not_its_end(age, window):
    row = room_measures(log_of((1, 0.1, 1), (1, 0.1 + age, 1), (1, 90.0, 2))).iloc[0]
    windows = ("ret_d1_7", "ret_d7_14", "ret_d14_28", "ret_d28_56")
    assert [name for name in windows if row[name] > 0] == ([window] if window else [])


def test_short_room_has_no_cohort():
    row = room_measures(log_of((1, 0.0, 1), (1, 20.0, 1))).iloc[0]
    assert row["cohort_n"] == 0
    assert math.isnan(row["ret_d1_7"])


def test_order_origin_and_other_rooms_change_nothing(four_users):
    alone = room_measures(four_users)
    other = log_of((3, 5.0, 1), (3, 6.5, 1), (3, 90.0, 9))
    # 5.25 days later, weeks counted from zero would hold three users at once.
    moved = four_users.assign(time=four_users["time"] + 5.25)
    mixed = pd.concat([moved, other]).sample(frac=1.0, random_state=5)
    both = room_measures(mixed)
    assert list(both["room"]) == [3, 7]
    pd.testing.assert_frame_equal(both.iloc[[1]].reset_index(drop=True), alone)


def test_empty_log_gives_an_empty_table(four_users):
    empty = room_measures(four_users.iloc[:0])
    assert len(empty) == 0
    assert list(empty.columns) == list(room_measures(four_users).columns)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda log: log.drop(columns="author"), "author is missing"),
        (lambda log: log.assign(time=np.nan), "finite"),
        (lambda log: log.assign(time="noon"), "finite"),
        (lambda log: log.assign(author=0.5), "author must hold integers"),
    ],
)
def test_bad_logs_are_refused(four_users, change, message):
    with pytest.raises(ShequnError, match=message):
        room_measures(change(four_users))


def test_a_real_room_gives_its_published_row():
    # Room 86 of the freeCodeCamp Gitter history: seconds and authors of its 26 human messages.
    seconds = [0, 35367, 37712, 138532, 422055, 667442, 716029, 744679, 1291783, 1291798, 1371779]
    seconds += [2017980, 2018003, 3759474, 3759482, 3759495, 4053727, 4183115, 6209506, 6215629]
    seconds += [6217625, 6687533, 6687801, 6697421, 8048293, 37991550]
    authors = [3807, 4090, 3807, 4090, 3182, 4090, 3807, 4090, 2781, 2781, 4090, 2735, 2321, 2116]
    authors += [2116, 2116, 4090, 2116, 967, 263, 967, 3524, 3524, 263, 304, 1469]
    log = pd.DataFrame({"room": 86, "time": np.array(seconds) * SECOND, "author": authors})
    published = real_rooms().set_index("room").loc[86]
    measured = room_measures(log).iloc[0]
    digits = {"span_days": 1, "median_iat_s": 1, "mean_weekly_active": 2}
    shared = [name for name in measured.index if name in published.index]
    assert len(shared) == 15
    for name in shared:
        half_a_digit = 0.5 * 10.0 ** -digits.get(name, 4)
        assert measured[name] == pytest.approx(published[name], abs=half_a_digit + 1e-9), name


def test_real_rooms_and_their_published_slope():
    # 0.61228 [0.48582, 0.74549] was published for the slope. A percentile of 2,000 resamples has
    # a standard error of 0.004, the difference of two 0.006; 0.02 is over three of those.
    rooms = real_rooms()
    kept = established_rooms(rooms)
    fit = elasticity(kept["users"], kept["mean_weekly_active"], seed=1)
    assert (len(rooms), len(kept), fit.n) == (115, 54, 54)
    assert fit.value == pytest.approx(0.61228, abs=5e-6)
    assert (fit.low, fit.high) == pytest.approx((0.48582, 0.74549), abs=0.02)


def test_established_rooms_keeps_both_borders():
    rooms = pd.DataFrame({"users": [20, 19, 20], "messages": [100, 100, 99]})
    assert list(established_rooms(rooms).index) == [0]


def test_elasticity_of_an_exact_power_law():
    x = np.array([1.0, 4.0, 9.0, 100.0, np.nan])
    fit = elasticity(x, 3.0 * np.sqrt(x))
    assert (fit.value, fit.low, fit.high) == pytest.approx((0.5, 0.5, 0.5), abs=1e-9)
    assert fit.intercept == pytest.approx(math.log(3.0), abs=1e-9)
    assert fit.n == 4


def test_elasticity_repeats_with_its_seed_and_differs_without():
    generator = np.random.Generator(np.random.Philox(key=3))
    x, y = generator.lognormal(size=(2, 30))
    assert elasticity(x, y, seed=4) == elasticity(x, y, seed=4)
    assert elasticity(x, y, seed=4).low != elasticity(x, y, seed=5).low


@pytest.mark.parametrize("x", [[1.0, 2.0], [2.0, 2.0, 2.0]])
def test_elasticity_without_enough_rooms_is_not_a_number(x):
    fit = elasticity(x, x)
    assert math.isnan(fit.value) and fit.n == len(x)


@pytest.mark.parametrize(("x", "y"), [([1.0, 2.0], [1.0]), ([1.0, 0.0, 2.0], [1.0, 1.0, 1.0])])
def test_elasticity_refuses_bad_input(x, y):
    with pytest.raises(ShequnError):
        elasticity(x, y)


def test_figure_shows_every_room(four_users):
    simulated = room_measures(pd.concat([four_users, four_users.assign(room=8)]))
    before = dict(rcParams)
    figure = rooms_figure(simulated, real_rooms())
    assert dict(rcParams) == before
    assert len(figure.axes) == 4
    activity, gini, _, top = figure.axes
    for panel in (activity, gini, top):
        assert sum(len(cloud.get_offsets()) for cloud in panel.collections) == 115 + 2
    legend = [text.get_text() for text in activity.get_legend().get_texts()]
    assert "simulated: no line" in legend
    assert any(text.startswith("real: 0.61 [") for text in legend)


def test_figure_refuses_tables_it_cannot_draw(four_users):
    rooms = room_measures(four_users)
    with pytest.raises(ShequnError, match="simulated rooms: column gini is missing"):
        rooms_figure(rooms.drop(columns="gini"), real_rooms())
    with pytest.raises(ShequnError, match="no rows"):
        rooms_figure(rooms.iloc[:0], real_rooms())


def small_figure():
    with style():
        figure = new_figure(3.0, 2.0)
        axes = figure.subplots()
        label_axes(axes, title="Title", x="Time", x_unit="days", y="Count")
    return figure


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_save_makes_equal_bytes_and_never_overwrites(tmp_path, suffix):
    first = save(small_figure(), tmp_path / "new" / f"a{suffix}")
    second = save(small_figure(), tmp_path / f"b{suffix}")
    written = first.read_bytes()
    assert written == second.read_bytes()
    with pytest.raises(ShequnError, match="not overwritten"):
        save(small_figure(), first)
    assert first.read_bytes() == written


def test_save_refuses_other_endings(tmp_path):
    with pytest.raises(ShequnError, match="must end in"):
        save(small_figure(), tmp_path / "a.txt")


def test_labels_carry_units():
    axes = small_figure().axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Time [days]", "Count")


def test_larger_groups_are_darker():
    colours = size_colours([500, 50, 200, 50])
    assert list(colours) == [50, 200, 500]
    assert list(colours.values()) == [GROUP_SIZE_COLOURS[step] for step in (0, 3, 6)]
    with pytest.raises(ShequnError, match="8 in one figure"):
        size_colours(range(8))


def test_importing_the_style_chooses_no_backend():
    code = "import shequn.views.style, sys; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
