"""Whole days in one compiled call: morning, the day of each group, midnight, the books."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from shequn.agents.jit import compiled
from shequn.agents.planning import OWN, Board, Sheet, View, lay_out, plan_lines
from shequn.agents.tables import Tables
from shequn.model.books import Books, close_day, count_posts
from shequn.model.day import MORE_PAPER, MORE_POSTS, PLAYED, Scratch, Today, play_groups
from shequn.model.midnight import Night, Ties, play_night
from shequn.model.morning import (
    History,
    Orders,
    heard_topic,
    imitate,
    learn,
    look,
    news_of_day,
    offer_prizes,
    set_terms,
)

# What of the day comes next.
DAWN, NOON, DUSK = range(3)
_CLOCK = ("day", "first_day", "stage", "remembered", "forgotten", "groups", "needed")
CLOCK_DTYPE = np.dtype((np.record, np.dtype([(name, "i8") for name in _CLOCK])))
_WEEK = 7


class Plan(NamedTuple):
    """The day's posts, and paper to plan them on.

    Attributes
    ----------
    clocks : array of CLOCK_DTYPE
        One row: which day it is, and what of it comes next.
    sheet : Sheet
        Lines of one operator.
    board : Board
        The posts of all operators.
    order : numpy.ndarray
        int64, shape (groups,): the groups that are played.
    opened : numpy.ndarray
        int64, shape (operators,): groups open this morning.
    messages : numpy.ndarray
        float64, shape (groups,): what an operator sees of each of its groups.
    """

    clocks: np.ndarray
    sheet: Sheet
    board: Board
    order: np.ndarray
    opened: np.ndarray
    messages: np.ndarray


class Rhythm(NamedTuple):
    """When people come: factors of the weekdays (7,), quantiles of the time of day (257,)."""

    factors: np.ndarray
    quantiles: np.ndarray


@compiled
def plan_operator(operator, day, tables, rules, orders, history, plan):
    """The plan of an operator: look, imitate, plan, lay out the posts.

    Parameters
    ----------
    operator : int
        Row of the operators table; those before it have planned.
    day : int
        Today.
    tables : Tables
        The state; whom the operator copies is changed.
    rules : record array
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.
    orders : Orders
        What operators have set. A policy of a user's own has no line: its operator's turn comes
        when Python has laid out its posts (`shequn.model.world`).
    history : History
        What is remembered.
    plan : Plan
        The posts are added.

    Returns
    -------
    int
        `PLAYED`, or what there is too little room for: then it can be planned again.
    """
    clock, seed = plan.clocks[0], rules[0].seed
    own, habits = tables.operators[operator], orders.habits[operator]
    memory = (clock.remembered + clock.forgotten, clock.forgotten)
    seen = look(operator, (seed, day), memory, history, habits, own, plan.messages)
    imitate(operator, day, memory, history, orders, tables.operators)
    policy = orders.now[operator]
    if policy.name != OWN:
        topic = -1.0
        if own.open_groups > 0:
            topic = np.float64(tables.groups[own.first_group].topic)
        groups = np.int64(own.open_groups)
        heard = heard_topic(day, habits, tables, own)
        view = View(seed, groups, plan.messages, seen.trouble, heard, topic)
        n = plan_lines(policy, day, view, orders.schedule, plan.sheet)
        if n > plan.sheet.lines.shape[0]:
            clock.needed = n
            return MORE_PAPER
        return lay_out_lines(operator, n, day, tables, orders, plan, seed)
    return PLAYED


@compiled
def lay_out_lines(operator, n, day, tables, orders, plan, seed):
    """Make the day's posts of an operator's lines, and of news from outside.

    Parameters
    ----------
    operator : int
        Row of the operators table.
    n : int
        Lines of the sheet in use.
    day : int
        Today.
    tables, orders, plan
        As for `plan_operator`.
    seed : uint64
        Seed of the run.

    Returns
    -------
    int
        `PLAYED` or `MORE_POSTS`.
    """
    own, habits = tables.operators[operator], orders.habits[operator]
    news = news_of_day(operator, seed, day, habits, own.open_groups)
    end = lay_out(
        plan.sheet.lines[:n], news, day, (own, tables.groups),
        (habits.calls_per_week, habits.audience), plan.board,
    )  # fmt: skip
    if end > plan.board.posts.shape[0]:
        plan.clocks[0].needed = end
        return MORE_POSTS
    return PLAYED


@compiled
def begin_day(tables, rules, orders, history, books, plan):
    """The end of the morning: operators have learned, the terms of the day are set.

    Prizes and posts are counted, and the groups that are open.

    Parameters
    ----------
    tables, rules, orders, history, plan
        As for `plan_operator`; quality and terms are changed.
    books : Books
        Posts and prizes of the day are written down.

    Returns
    -------
    int
        Groups to be played; their rows are in ``plan.order``.
    """
    clock, seed = plan.clocks[0], rules[0].seed
    day, row, n = clock.day, clock.day - clock.first_day, 0
    memory = (clock.remembered + clock.forgotten, clock.forgotten)
    posts, starts, _ = plan.board
    count_posts(posts, starts[starts.shape[0] - 1], books.posts[row])
    for k in range(tables.operators.shape[0]):
        own, habits = tables.operators[k], orders.habits[k]
        if habits.product_gain > 0.0:
            seen = look(k, (seed, day), memory, history, habits, own, plan.messages)
            learn(k, seed, day, seen.negative, habits, own)
        set_terms(day, k, tables, orders.terms, rules)
        plan.opened[k] = own.open_groups
        books.prizes[row, k] = offer_prizes(k, posts, starts, own, habits, orders.terms, rules)
        for g in range(own.first_group, own.first_group + own.open_groups):
            plan.order[n] = g
            n += 1
    return n


@compiled
def end_day(tables, rules, books, history, plan):
    """The end of the night: the books are closed, and a new day begins."""
    clock = plan.clocks[0]
    close_day(clock, plan.opened, tables, rules, books, history)
    clock.remembered += 1
    clock.day += 1
    clock.stage = DAWN


class Going(NamedTuple):
    """A world as it goes: what kernels of whole days work on.

    Attributes
    ----------
    tables : Tables
        The state.
    rules : numpy.ndarray
        Parameters, as `kernel_record` gives them, a row for each channel of each operator.
    rosters : tuple
        Starts and rows: who is in which group.
    ties : Ties
        Who knows whom, and who has asked whom.
    rhythm : Rhythm
        When people come.
    orders : Orders
        What operators have set.
    """

    tables: Tables
    rules: np.ndarray
    rosters: tuple[np.ndarray, np.ndarray]
    ties: Ties
    rhythm: Rhythm
    orders: Orders


class Papers(NamedTuple):
    """All that days are played on (`shequn.model.paper.Paper`).

    Attributes
    ----------
    history : History
        What operators remember.
    books : Books
        What happens on each day.
    plan : Plan
        The day's posts, and where the days stand.
    scratch : Scratch
        For the day of a group.
    night : Night
        For midnight.
    """

    history: History
    books: Books
    plan: Plan
    scratch: Scratch
    night: Night


@compiled
def play_days(until, world, papers):
    """Play days in which nothing in Python has to look.

    Parameters
    ----------
    until : int
        The day before which it ends; the books have room for so many.
    world : Going
        The world; changed.
    papers : Papers
        Paper, and the place at which the days go on: no kernel asks for memory.

    Returns
    -------
    int
        `PLAYED`, or what there is too little room for: with more of it the days go on, from where
        they are.
    """
    tables, rules, rosters, ties, rhythm, orders = world
    history, books, plan, scratch, night = papers
    clock, board = plan.clocks[0], plan.board
    while True:
        day = clock.day
        if clock.stage == DAWN:
            if day >= until:
                return PLAYED
            board.starts[0] = 0
            for k in range(tables.operators.shape[0]):
                status = plan_operator(k, day, tables, rules, orders, history, plan)
                if status != PLAYED:
                    return status
            clock.groups = begin_day(tables, rules, orders, history, books, plan)
            clock.stage = NOON
        if clock.stage == NOON:
            weekday = rhythm.factors[day % _WEEK]
            today = Today(day, rosters, (board.starts, board.posts), weekday, rhythm.quantiles)
            status = play_groups(plan.order[: clock.groups], today, tables, rules, scratch)
            if status != PLAYED:
                return status
            clock.stage = DUSK
        status = play_night(day, tables, ties, rosters, rules, night)
        if status != PLAYED:
            return status
        end_day(tables, rules, books, history, plan)
