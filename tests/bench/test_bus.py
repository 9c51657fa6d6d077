"""The serial bus of the benchmark, and both who poll it, as the processes that they are."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from bench import bus
from bench.bare import Bare
from bench.bus import GOALS, SIXTEEN, Bus, Plan, Units, Window
from bench.line import Sink, line_of

if TYPE_CHECKING:
    from bench.figures import Figure

BAUD = 115_200
SMALL = Plan(
    units=3,
    bauds=(BAUD,),
    turns=1,
    warm_cycles=1,
    window_cycles=12,
    dead_bauds=(),
    dead=(),
    dying_cycles=3,
    dead_seconds=0,
    settle_seconds=0,
    unlocks=2,
    unlocks_beside_dead=False,
)


def test_a_cycle_is_the_time_between_two_reads_of_the_same_unit_and_the_dead_are_left_out() -> None:
    polled = [[0, 1_000_000_000, 3_000_000_000], [500_000_000, 1_500_000_000], [100_000_000, 9_000_000_000]]
    window = Window({"polled": polled, "transactions": 4, "hasty": 1}, 0.0)

    assert window.cycles({3}) == [1.0, 2.0, 1.0]
    assert window.mean_cycle({3}) == pytest.approx(4 / 3)
    assert window.longest_cycle() == pytest.approx(8.9)
    assert window.hasty_percent == 25


def test_the_undisturbed_cycle_does_not_see_a_single_stall() -> None:
    polled = [[0, 2_000_000_000, 9_000_000_000], [1_000_000_000, 3_000_000_000, 10_000_000_000]]

    assert Window({"polled": polled}, 0.0).undisturbed_cycle(2) == 2.0


async def test_the_ideal_is_that_of_the_wire_time_formula() -> None:
    ideals = [Units(baud, 32).ideal_seconds for baud in (9600, 19_200, 38_400, 115_200)]

    assert [round(ideal, 2) for ideal in ideals] == [2.23, 1.27, 0.84, 0.57]


async def test_the_bare_master_and_ours_read_the_same_registers() -> None:
    async with Units(BAUD, 2) as units:
        bare = Bare(units.path, BAUD, 2)
        heard = await asyncio.to_thread(lambda: list(bare.round()))
        bare.close()
        sink = Sink(2)
        running = asyncio.create_task(line_of(units.path, BAUD, SIXTEEN, 2).run(sink))
        async with asyncio.timeout(5):
            await sink.all_read.wait()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    for unit, content in enumerate(heard, start=1):
        registers = tuple(int.from_bytes(content[at : at + 2]) for at in range(0, 32, 2))
        ours = sink.latest[f"unit{unit}"].values
        assert ours[1:15] == registers[1:15]  # the first counts seconds, and the last is a checksum of it
        assert registers[8] == 1 << 15  # the door is there, and locked


async def test_the_figures_of_a_cycle_come_out_of_both_masters_by_turns() -> None:
    figures: list[Figure] = []

    await Bus(SMALL, figures.append)._cycle(BAUD)

    found = {figure.name: figure for figure in figures}
    assert found[f"bus {BAUD}: poll cycle to ideal"].goal == GOALS[f"bus {BAUD}: poll cycle to ideal"]
    assert found[f"bus {BAUD}: poll cycle to ideal"].value >= 0.9
    assert found[f"bus {BAUD}: cpu per transaction"].value > 0
    assert found[f"bus {BAUD}: undisturbed poll cycle to ideal, bare master"].value >= 0.99
    assert all(figure.size == 3 and figure.bench == "doors" for figure in figures)


def test_each_goal_belongs_to_a_figure_of_the_whole_run() -> None:
    whole = bus.WHOLE
    cycles = {f"bus {baud}: poll cycle to ideal" for baud in whole.bauds}
    dead = {
        f"bus {baud}, {dead} dead: {which} cycle grows by"
        for baud in whole.dead_bauds
        for dead in whole.dead
        for which in ("mean", "longest")
    }
    unlocks = {
        f"bus 19200: {what}{beside}"
        for what in ("unlock to relay p99", "unlocks not done")
        for beside in ("", ", 1 dead")
    }

    assert set(GOALS) == cycles | dead | unlocks
