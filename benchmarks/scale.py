"""Many groups: cost and memory per member up to a million people, threads, building a world."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.table import Row
from benchmarks.timing import (
    Spread,
    advance,
    counts,
    full_groups,
    interleaved,
    per_session,
    ratios,
    seconds,
)
from shequn.agents.jit import compiled
from shequn.model.world import World

MILLION = 1_000_000
WARM_UP = 2


def size(quick: bool) -> Iterator[Row]:
    """Cost per session from 1,000 to a million people, the same days at every size.

    Small worlds are played in numbers: one of 1,000 people has too few sessions to time.
    """
    largest = 100_000 if quick else MILLION
    sizes = [people for people in (1_000, 10_000, 100_000, MILLION) if people <= largest]
    worlds = {people: _worlds(people, max(1, 50_000 // people)) for people in sizes}
    turns = {
        f"{people:,}": (lambda several=several: _mean_cost(several))
        for people, several in worlds.items()
    }
    figures = interleaved(turns, 3 if quick else 5)
    for name, costs in figures.items():
        yield Row(f"a session in a world of {name} people", Spread.of(costs), "ns")
    growth = ratios(figures[f"{largest:,}"], figures["1,000"])
    yield Row(f"  {largest:,} / 1,000 people", growth, "times", at_most=1.5)
    growth = ratios(figures[f"{largest:,}"], figures["10,000"])
    yield Row(f"  {largest:,} / 10,000 people", growth, "times", at_most=1.3)
    happened = [counts(several[0], WARM_UP) for several in (worlds[1_000], worlds[largest])]
    read = [one["read"] / one["sessions"] for one in happened]
    yield Row("  messages read in a session, both ends", Spread.of(read), "messages")


def _worlds(people: int, n: int) -> list[World]:
    return [advance(World(full_groups(people), seed), WARM_UP) for seed in range(1, n + 1)]


def _mean_cost(several: list[World]) -> float:
    return float(np.mean([per_session(community, 1) for community in several]))


def build(quick: bool) -> Iterator[Row]:
    """Seconds to build a world."""
    people = 100_000 if quick else MILLION
    World(full_groups(1_000), 1)
    took = [seconds(lambda: World(full_groups(people), 1), time.perf_counter) for _ in range(3)]
    yield Row(f"building a world of {people:,} people", Spread.of(took), "s")


def _resident() -> int:
    """Bytes of this process that are in memory now (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def _memory_of_world(people: int) -> tuple[float, float]:
    """Bytes per person: arrays of the state, and growth of a fresh process after two days."""
    advance(World(full_groups(1_000), 1), 2)
    before = _resident()
    community = advance(World(full_groups(people), 1), 2)
    grown = _resident() - before
    arrays = [*community.tables, *community.rosters]
    return sum(array.nbytes for array in arrays) / people, grown / people


def memory(quick: bool) -> Iterator[Row]:
    """Bytes per member of a world in which everyone is in a group."""
    people = 100_000 if quick else MILLION
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        arrays, grown = pool.apply(_memory_of_world, (people,))
    what = f"memory of a member, world of {people:,} people"
    yield Row(f"{what}: arrays", Spread.of([arrays]), "bytes", at_most=200)
    yield Row("  growth of the process", Spread.of([grown]), "bytes")


@compiled
def _spin(rounds):
    """Arithmetic that touches no memory: what two threads can gain at best here and now."""
    state = np.uint64(1)
    for _ in range(rounds):
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return state


def _spin_on(threads: int, rounds: int) -> Callable[[], float]:
    def turn() -> float:
        with ThreadPoolExecutor(threads) as pool:
            return seconds(lambda: list(pool.map(_spin, [rounds] * 2)), time.perf_counter)

    return turn


def _on_free_cores(world: World) -> float:
    """Gain that two free cores would give, from the processor time of one day on two threads."""
    whole, serial = time.process_time(), time.thread_time()
    world.step()
    whole, serial = time.process_time() - whole, time.thread_time() - serial
    return whole / (serial + (whole - serial) / 2.0)


def threads(quick: bool) -> Iterator[Row]:
    """Two threads against one: the same world played twice, beside the most there is to gain.

    By the clock on the wall, so other programs on the machine show; hence the loop that shares
    nothing, played in turn with the worlds, and the gain reckoned from processor time.
    """
    people = 50_000 if quick else 200_000
    worlds = {n: advance(World(full_groups(people), 1, threads=n), WARM_UP) for n in (1, 2)}
    _spin(1)
    rounds = 50_000_000 if quick else 200_000_000
    turns: dict[str, Callable[[], float]] = {}
    for n, world in worlds.items():
        turns[f"world on {n}"] = partial(per_session, world, 1, time.perf_counter)
        turns[f"spin on {n}"] = _spin_on(n, rounds)
    repetitions = 3 if quick else 7
    figures = interleaved(turns, repetitions)
    gain = ratios(figures["world on 1"], figures["world on 2"])
    ideal = ratios(figures["spin on 1"], figures["spin on 2"])
    reckoned = [_on_free_cores(worlds[2]) for _ in range(repetitions)]
    yield Row(f"two threads against one, {people // 500} groups", gain, "times", at_least=1.7)
    yield Row("  the same for a loop that shares nothing", ideal, "times")
    what = "  on two free cores, by processor time"
    yield Row(what, Spread.of(reckoned), "times", at_least=1.7)
