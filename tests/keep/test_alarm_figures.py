"""The figures of alarms out of the journal's log."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from gateway.keep.alarm_figures import Load
from gateway.keep.journal import Journal
from gateway.model import NANOSECONDS, AlarmChanged, Change, Entry, Now, Place, Priority
from gateway.notice import Notice, Notify
from tests.keep.facts import T0, alarm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.keep.alarm_figures import Figures
    from gateway.model import Alarm, Outcome

HOUR = 3600.0


class Diary:
    """A journal in which a test writes what happened when, in seconds after T0."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def write(self, at: float, *outcomes: Outcome, boot: str = "boot-1", trusted: bool = True) -> None:
        boottime_ns = int((1000 + at) * NANOSECONDS)
        await self._journal.submit(Entry(Now(boot, boottime_ns, T0 + at, trusted), outcomes))

    async def figures(self, hours: float = 1.0, *grids: str) -> Figures:
        reader = self._journal.reader()
        try:
            return await reader.alarm_figures(T0, T0 + hours * HOUR, grids)
        finally:
            reader.close()


@pytest_asyncio.fixture
async def diary(tmp_path: Path) -> AsyncIterator[Diary]:
    async with Journal.open(tmp_path, Now("boot-1", 1, T0 - 1, trusted=True)) as journal:
        yield Diary(journal)


def told(number: int, grid: str = "g1", change: Change = Change.RAISED, **more: object) -> AlarmChanged:
    """People are told of an alarm."""
    return AlarmChanged(of(number, grid, **more), change, announce=True)


def of(number: int, grid: str = "g1", **more: object) -> Alarm:
    return replace(alarm(number), place=Place("b1", grid=grid), **more)  # type: ignore[arg-type] # fields of an alarm


async def test_the_load_is_counted_per_ten_minutes_of_each_grid(diary: Diary) -> None:
    for number in range(1, 13):
        await diary.write(60.0, told(number))
    await diary.write(700.0, told(20))
    await diary.write(700.0, told(21, "g2", priority=Priority.P1))

    found = {grid.grid: grid for grid in (await diary.figures()).grids}

    assert found["g1"].load == Load(13, 13 / 6, 12, 1 / 6)
    assert found["g2"].load == Load(1, 1 / 6, 1, 0.0)
    assert found["g2"].by_priority == {1: 1, 2: 0, 3: 0, 4: 0}


async def test_tests_trials_marks_and_what_people_were_spared_are_no_load(diary: Diary) -> None:
    await diary.write(1.0, told(1, test=True), told(2, trial=True), told(3, change=Change.UPDATED))
    await diary.write(2.0, AlarmChanged(of(4), Change.RAISED, announce=False))
    await diary.write(3.0, told(5, change=Change.UNSUPPRESSED))

    [grid] = (await diary.figures()).grids

    assert grid.load.annunciations == 1


async def test_only_what_happened_in_that_time_counts(diary: Diary) -> None:
    for at in (-1.0, 0.0, HOUR - 1, HOUR):
        await diary.write(at, told(1))

    [grid] = (await diary.figures()).grids

    assert grid.load.annunciations == 2


async def test_the_ten_worst_sources_come_first(diary: Diary) -> None:
    for number in range(1, 13):
        for _ in range(number):
            await diary.write(10.0, told(number))

    [grid] = (await diary.figures()).grids

    assert [(top.source, top.annunciations) for top in grid.top][:2] == [("b1u12", 12), ("b1u11", 11)]
    assert len(grid.top) == 10
    assert grid.top[0].share == pytest.approx(12 / 78)


async def test_stale_and_chattering_alarms_are_counted_once_each(diary: Diary) -> None:
    for _ in range(2):
        await diary.write(1.0, AlarmChanged(of(1, stale=True), Change.UPDATED, announce=False))
        await diary.write(1.0, AlarmChanged(of(2, chattering=True), Change.UPDATED, announce=False))

    [grid] = (await diary.figures()).grids

    assert (grid.stale, grid.chattering) == (1, 1)


async def test_how_soon_alarms_were_taken_is_told_by_grid_and_by_person(diary: Diary) -> None:
    for number in range(1, 11):
        await diary.write(0.0, told(number))
        by = "王芳" if number < 6 else "李强"
        await diary.write(number * 10.0, AlarmChanged(of(number), Change.ACKED, announce=False, actor=by))

    found = await diary.figures()

    [grid] = found.grids
    assert (grid.answers.taken, grid.answers.p50_seconds, grid.answers.p90_seconds) == (10, 50.0, 90.0)
    assert (found.answered["王芳"].p50_seconds, found.answered["李强"].p50_seconds) == (30.0, 80.0)


async def test_a_wait_counts_from_the_first_word_until_it_was_taken_and_not_while_it_was_shelved(diary: Diary) -> None:
    await diary.write(0.0, told(1))
    await diary.write(50.0, told(1))
    await diary.write(60.0, AlarmChanged(of(1), Change.ACKED, announce=False, actor="王芳"))
    await diary.write(0.0, told(2))
    await diary.write(10.0, AlarmChanged(of(2), Change.SUPPRESSED, announce=False, actor="王芳"))
    await diary.write(1000.0, told(2, change=Change.UNSUPPRESSED))
    await diary.write(1020.0, AlarmChanged(of(2), Change.ACKED, announce=False, actor="王芳"))

    found = await diary.figures()

    assert (found.answered["王芳"].p50_seconds, found.answered["王芳"].p90_seconds) == (20.0, 60.0)


async def test_a_wait_across_a_reboot_is_known_only_by_a_clock_that_was_believed(diary: Diary) -> None:
    await diary.write(0.0, told(1), told(2))
    await diary.write(30.0, AlarmChanged(of(1), Change.ACKED, announce=False, actor="王芳"), boot="boot-2")
    await diary.write(
        40.0, AlarmChanged(of(2), Change.ACKED, announce=False, actor="王芳"), boot="boot-2", trusted=False
    )

    [grid] = (await diary.figures()).grids

    assert (grid.answers.taken, grid.answers.p50_seconds, grid.answers.p90_seconds) == (2, 30.0, 30.0)


async def test_the_last_verdict_on_an_alarm_counts(diary: Diary) -> None:
    for number, verdict in ((1, "false"), (1, "real"), (2, "false"), (3, "false")):
        said = AlarmChanged(of(number, verdict=verdict), Change.VERIFIED, announce=False, actor="王芳")
        await diary.write(1.0, said)

    [grid] = (await diary.figures()).grids

    assert (grid.answers.real, grid.answers.false) == (1, 2)


async def test_what_a_person_was_told_over_several_channels_is_one_alarm(diary: Diary) -> None:
    place = Place("b1", grid="g1")
    for number, (channel, alarm_number, at) in enumerate(
        (("wecom", 1, 0), ("voice", 1, 1), ("wecom", 2, 2), ("wecom", 1, 700))
    ):
        notice = Notice(number + 1, channel, "zhang", "raised", Priority.P1, f"alarm:{alarm_number}", place, T0 + at)
        await diary.write(float(at), Notify(notice))
    await diary.write(3.0, Notify(Notice(9, "wecom", "zhang", "proof", Priority.P4, "shift:1", place, T0)))

    assert (await diary.figures()).told == {"zhang": Load(3, 3 / 6, 2, 0.0)}


async def test_whoever_answers_for_some_grids_sees_these_alone(diary: Diary) -> None:
    await diary.write(0.0, told(1), told(2, "g2"))
    await diary.write(1.0, AlarmChanged(of(2, "g2"), Change.ACKED, announce=False, actor="王芳"))

    found = await diary.figures(1.0, "g1")

    assert ([grid.grid for grid in found.grids], found.answered) == (["g1"], {})


async def test_nothing_happened(diary: Diary) -> None:
    found = await diary.figures()

    assert (found.grids, found.told, found.answered) == ((), {}, {})
