"""History: what was recorded comes back as a plot, gaps stay gaps, and no clock and no damaged file stops it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Device, Fault, Group, Kind, Point, Quality
from gateway.keep.history import History
from tests.keep.facts import T0, device, near

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Value
    from gateway.keep.plot import Plot

BAD = Fault(Quality.BAD, "out of range")
DOUBTFUL = Fault(Quality.UNCERTAIN, "controller hung")
MINUTE = 60.0


def history_of(folder: Path, *devices: Device, keep_days: int = 7) -> History:
    history = History(folder, keep_days)
    history.adopt(devices or (device(),))
    return history


def numbers(history: History, utc: float, *values: Value, faults: tuple[Fault | None, ...] | None = None) -> None:
    history.record("b1u1", 1, values, faults, utc)


async def settle(history: History, utc: float) -> None:
    """Let everything that ended before `utc` reach the disk."""
    async with asyncio.timeout(10):
        while history.close_some(utc, 1.0) or history._commit is not None:
            await asyncio.sleep(0)


async def test_the_open_minute_is_in_the_plot_at_once(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0 + 1, 1, 0.5, 0.0)
    numbers(history, T0 + 3, 4, 0.5, 0.0)
    history.close_some(T0 + 5)

    plot = await history.query("b1u1", "count", T0, T0 + 10, 10)

    await history.close()
    assert plot.bucket_seconds == 1
    assert plot.t == [T0 + second for second in range(10)]
    assert plot.last == [None, 1, 1, 4, 4, None, None, None, None, None]
    assert plot.quality == ["gap"] + ["good"] * 4 + ["gap"] * 5
    assert list(tmp_path.glob("*.db")) == list(tmp_path.glob("history-20270115.db"))


@pytest.mark.parametrize("stage", ["open", "closing", "written", "after a restart"])
async def test_a_point_reads_the_same_at_every_stage_of_its_way_to_the_disk(tmp_path: Path, stage: str) -> None:
    history = history_of(tmp_path)
    for second in range(60):
        numbers(history, T0 + second, second, second / 2, 20.0)
    history.close_some(T0 + 59.999)
    end = T0 + MINUTE
    if stage == "closing":
        numbers(history, end, 60, 30.0, 20.0)
    elif stage == "written":
        await settle(history, end)
    elif stage == "after a restart":
        await history.close()
        history = history_of(tmp_path)

    fine = await history.query("b1u1", "level", T0, end, 60)
    coarse = await history.query("b1u1", "level", T0, end, 1)

    await history.close()
    assert fine.last == [second / 2 for second in range(60)]
    assert (coarse.min, coarse.max, coarse.last, coarse.quality) == ([0.0], [29.5], [29.5], ["good"])
    assert near(coarse.mean[0], 14.75)


async def test_booleans_are_nought_and_one_and_text_is_not_recorded(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    history.record("b1u1", 0, (False, "王芳", 12.0), None, T0)
    history.record("b1u1", 0, (True, "李雷", 12.0), None, T0 + 45)
    await settle(history, T0 + MINUTE)

    door = await history.query("b1u1", "door1.open", T0, T0 + MINUTE, 1)
    name = await history.query("b1u1", "door1.name", T0, T0 + MINUTE, 1)

    await history.close()
    assert (door.min, door.max, door.mean, door.last) == ([0], [1], [0.25], [1])
    assert name.quality == ["gap"]
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert "王芳".encode() not in content


async def test_an_unchanged_value_goes_on_through_the_minutes_and_costs_a_row_without_records(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 7, 0.5, 21.0)
    for minute in range(1, 41):
        await settle(history, T0 + minute * MINUTE)

    plot = await history.query("b1u1", "heat", T0 + 20 * MINUTE, T0 + 40 * MINUTE, 20)

    await history.close()
    assert plot.last == [21.0] * 20
    assert plot.quality == ["good"] * 20
    counts = _rows(tmp_path, "SELECT n FROM chunk ORDER BY t0")
    assert counts[:40] == ([(1,)] + [(0,)] * 14) * 2 + [(1,)] + [(0,)] * 9


async def test_silence_is_a_gap_from_its_first_moment_until_the_next_word(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 7, 0.5, 21.0)
    history.quiet("b1u1", 1, T0 + 90)
    history.quiet("b1u1", 1, T0 + 91)
    await settle(history, T0 + 240)
    numbers(history, T0 + 270, 7, 0.5, 21.0)
    await settle(history, T0 + 300)

    plot = await history.query("b1u1", "heat", T0, T0 + 300, 10)

    await history.close()
    assert plot.bucket_seconds == 30
    assert plot.quality == ["good"] * 3 + ["gap"] * 6 + ["good"]
    assert plot.last == [21.0] * 3 + [None] * 6 + [21.0]
    assert _rows(tmp_path, "SELECT n FROM chunk ORDER BY t0") == [(1,), (2,), (1,)]


async def test_the_same_values_after_a_silence_are_written_whole(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 7, 0.5, 21.0)
    history.quiet("b1u1", 1, T0 + 120)
    await settle(history, T0 + 240)
    numbers(history, T0 + 300, 7, 0.5, 21.0)
    await settle(history, T0 + 420)

    plot = await history.query("b1u1", "heat", T0, T0 + 420, 7)

    await history.close()
    assert plot.quality == ["good"] * 2 + ["gap"] * 3 + ["good"] * 2


async def test_a_minute_lost_within_a_bucket_makes_it_uncertain(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 7, 0.5, 21.0)
    for minute in range(1, 10):
        await settle(history, T0 + minute * MINUTE)
        if minute == 4:
            history.quiet("b1u1", 1, T0 + minute * MINUTE)
        if minute == 5:
            numbers(history, T0 + minute * MINUTE, 7, 0.5, 21.0)

    plot = await history.query("b1u1", "heat", T0, T0 + 540, 3)

    await history.close()
    assert plot.bucket_seconds == 180
    assert plot.quality == ["good", "uncertain", "good"]
    assert plot.mean == [21.0] * 3


async def test_bad_and_uncertain_values_carry_their_quality_and_bad_ones_no_number(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    numbers(history, T0 + 20, None, 2.0, 2.0, faults=(BAD, DOUBTFUL, None))
    numbers(history, T0 + 40, 3, 3.0, 3.0)
    numbers(history, T0 + 50, 3, 3.0, None)
    await settle(history, T0 + MINUTE)

    count, level, heat = [await history.query("b1u1", key, T0, T0 + MINUTE, 6) for key in ("count", "level", "heat")]
    coarse = await history.query("b1u1", "count", T0, T0 + MINUTE, 1)

    await history.close()
    assert count.last == [1, 1, None, None, 3, 3]
    assert count.quality == ["good", "good", "bad", "bad", "good", "good"]
    assert level.last == [1, 1, 2, 2, 3, 3]
    assert level.quality == ["good", "good", "uncertain", "uncertain", "good", "good"]
    assert heat.quality == ["good"] * 5 + ["bad"]
    assert (coarse.min, coarse.max, coarse.mean, coarse.quality) == ([1], [3], [2.0], ["bad"])


@pytest.mark.parametrize(
    "values",
    [
        ("text", [], 1.0), (10**400, -(10**400), float("nan")), (float("inf"), -float("inf"), 1e308), (None, None, None),
        (True, False, 2**63),
    ],
)  # fmt: skip
async def test_no_value_stops_it(tmp_path: Path, values: tuple[Value, ...]) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    numbers(history, T0 + 10, *values)
    history.record("b1u1", 0, values, None, T0 + 10)
    await settle(history, T0 + MINUTE)

    for key in ("count", "level", "heat", "door1.open"):
        plot = await history.query("b1u1", key, T0, T0 + MINUTE, 60)
        assert all(value is None or abs(value) <= 1e308 for value in (*plot.min, *plot.max, *plot.mean, *plot.last))
    await history.close()
    assert not history.lost


async def test_strangers_and_impossible_times_are_passed_over(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    history.record("nobody", 0, (1,), None, T0)
    history.record("b1u1", 9, (1,), None, T0)
    history.quiet("nobody", 0, T0)
    for utc in (-1.0, 1e15, float("nan"), float("inf")):
        numbers(history, utc, 1, 1.0, 1.0)
        history.quiet("b1u1", 1, utc)

    plot = await history.query("nobody", "x", T0, T0 + 10, 10)

    await history.close()
    assert plot.quality == ["gap"] * 10
    assert (await _query_after(tmp_path, "count", T0 + 10, T0, 10)).t == []


async def _query_after(folder: Path, key: str, start: float, end: float, pixels: int) -> Plot:
    history = history_of(folder)
    try:
        return await history.query("b1u1", key, start, end, pixels)
    finally:
        await history.close()


async def test_a_clock_set_back_an_hour_tells_that_hour_twice_and_overwrites_nothing(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    for minute in range(5):
        numbers(history, T0 + minute * MINUTE, minute, 10.0 + minute, 1.0)
        await settle(history, T0 + minute * MINUTE)
    for minute in range(5):
        numbers(history, T0 - 3 * MINUTE + minute * MINUTE, minute, 100.0 + minute, 1.0)
        await settle(history, T0 - 3 * MINUTE + minute * MINUTE)
    await settle(history, T0 + 2 * MINUTE)

    plot = await history.query("b1u1", "level", T0 - 3 * MINUTE, T0 + 5 * MINUTE, 8)

    await history.close()
    assert plot.min == [100, 101, 102, 10, 11, 12, 13, 14]
    assert plot.max == [100, 101, 102, 103, 104, 12, 13, 14]


async def test_a_clock_that_leaps_ten_years_ahead_and_back_forgets_no_day(tmp_path: Path) -> None:
    history = history_of(tmp_path, keep_days=3)
    ten_years = 3652 * 86_400.0
    for utc in (T0 - 86_400.0, T0, T0 + ten_years, T0 + 60):
        numbers(history, utc, 1, utc % 7, 1.0)
        await settle(history, utc + 1)
    await settle(history, T0 + 121)

    plot = await history.query("b1u1", "level", T0 - 86_400, T0 + 180, 10_000)

    await history.close()
    assert len(list(tmp_path.glob("history-*.db"))) == 3
    assert plot.min[0] == (T0 - 86_400) % 7
    assert not history.lost


async def test_seconds_set_back_within_a_minute_stand_still(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    for second, value in ((0, 1.0), (30, 2.0), (27, 3.0), (40, 4.0)):
        numbers(history, T0 + second, 0, value, 0.0)
    await settle(history, T0 + MINUTE)

    plot = await history.query("b1u1", "level", T0, T0 + MINUTE, 6)

    await history.close()
    assert plot.last == [1, 1, 1, 3, 4, 4]


async def test_the_sleep_of_a_box_is_a_gap(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    history.close_some(T0 + 10)
    history.close_some(T0 + 1200)  # it was suspended for 20 minutes

    await settle(history, T0 + 1260)
    plot = await history.query("b1u1", "level", T0, T0 + 1260, 21)

    await history.close()
    assert plot.quality[1:20] == ["gap"] * 19
    assert plot.last[20] == 1


async def test_days_are_files_and_the_oldest_is_forgotten(tmp_path: Path) -> None:
    history = history_of(tmp_path, keep_days=2)
    for day in range(4):
        numbers(history, T0 + day * 86_400, day, 1.0, 1.0)
        await settle(history, T0 + day * 86_400 + MINUTE)

    await history.close()
    assert sorted(path.name for path in tmp_path.glob("*.db*")) == ["history-20270117.db", "history-20270118.db"]


async def test_midnight_is_seamless(tmp_path: Path) -> None:
    midnight = T0 + 16 * 3600
    history = history_of(tmp_path)
    numbers(history, midnight - 150, 5, 1.5, 1.0)
    for minute in range(-2, 4):
        await settle(history, midnight + minute * MINUTE)

    plot = await history.query("b1u1", "level", midnight - 120, midnight + 120, 4)

    await history.close()
    assert plot.last == [1.5] * 4
    assert plot.quality == ["good"] * 4
    assert len(list(tmp_path.glob("history-*.db"))) == 2


async def test_a_restart_within_a_minute_shows_what_was_lost_between(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    history.close_some(T0 + 10)
    await history.close()
    history = history_of(tmp_path)
    numbers(history, T0 + 40, 2, 2.0, 2.0)
    await settle(history, T0 + 180)

    plot = await history.query("b1u1", "level", T0, T0 + 180, 18)

    await history.close()
    assert plot.last == [1.0] + [None] * 3 + [2.0] * 14
    assert plot.quality == ["good"] + ["gap"] * 3 + ["good"] * 14


async def test_a_device_that_changed_keeps_its_past_under_the_same_name(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    history.close_some(T0 + 30)
    changed = Device("b1u1", "test", (Group((Point("level", Kind.REAL), Point("new", Kind.INTEGER)), 1.0),))
    history.adopt((changed,))
    history.adopt((changed,))
    history.record("b1u1", 0, (5.0, 9), None, T0 + 30)
    numbers(history, T0 + 31, 1, 1.0, 1.0)
    await settle(history, T0 + MINUTE)

    plot = await history.query("b1u1", "level", T0, T0 + MINUTE, 6)
    history.forget(["b1u1", "unknown"])
    history.record("b1u1", 0, (6.0, 9), None, T0 + 61)

    await history.close()
    assert plot.last == [1, 1, 1, 5, 5, 5]


@pytest.mark.parametrize("damage", ["header", "middle", "text"])
@pytest.mark.parametrize("by", ["reading", "writing"])
async def test_a_damaged_day_is_set_aside_and_named_and_the_others_go_on(tmp_path: Path, damage: str, by: str) -> None:
    midnight = T0 + 16 * 3600
    chance = random.Random(5)
    devices = [device(f"d{number}") for number in range(40)]
    history = history_of(tmp_path, *devices)
    for second in range(-600, 1200, 20):
        for each in devices:
            history.record(each.id, 1, (second, chance.random(), 1.0), None, midnight + second)
        if second % 60 == 0:
            await settle(history, midnight + second)
    await settle(history, midnight + 1200)
    await history.close()
    today = tmp_path / "history-20270116.db"
    size = today.stat().st_size
    with today.open("r+b") as file:
        file.seek({"header": 0, "middle": 4096, "text": 0}[damage])
        file.write(b"no database" * 500 if damage == "text" else os.urandom(size - 4096 if damage == "middle" else 100))

    history = history_of(tmp_path, *devices)
    if by == "writing":
        for each in devices:
            history.record(each.id, 1, (1, 2.0, 3.0), None, midnight + 1201)
        await settle(history, midnight + 1260)
    before = await history.query("d1", "count", midnight - 600, midnight, 10)
    over = await history.query("d1", "count", midnight, midnight + 1260, 21)
    again = await history.query("d1", "count", midnight, midnight + 1260, 21)

    await history.close()
    assert before.quality == ["good"] * 10
    assert "gap" in over.quality
    assert again.quality[-1] == over.quality[-1]
    assert len(history.lost) == 1
    assert "history-20270116.db was damaged and is set aside as history-20270116.db.damaged-" in history.lost[0]
    assert list(tmp_path.glob("history-20270116.db.damaged-*"))


async def test_a_full_disk_drops_telemetry_and_says_so(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    await settle(history, T0 + MINUTE)
    day = history._files._open
    assert day is not None
    day.connection.execute("PRAGMA max_page_count = 1")
    many = device("other")
    history.adopt((many,))
    for minute in range(1, 30):
        for second in range(60):
            history.record(
                "other", 1, (second, random.Random(minute * 60 + second).random(), 1.0), None, T0 + minute * 60 + second
            )
    await settle(history, T0 + 31 * MINUTE)

    assert any("were dropped: database or disk is full" in sentence for sentence in history.lost)
    await history.close()


async def test_closing_goes_in_slices_and_a_minute_is_one_transaction(tmp_path: Path) -> None:
    devices = [device(f"d{number}") for number in range(200)]
    history = history_of(tmp_path, *devices)
    for second in range(60):
        for each in devices:
            history.record(each.id, 1, (second, second / 7, 1.0), None, T0 + second)

    slices = 0
    while history.close_some(T0 + MINUTE, 0.0005):
        slices += 1
        assert not list(tmp_path.glob("history-*.db"))
    await settle(history, T0 + MINUTE)

    await history.close()
    assert slices >= 3
    assert _rows(tmp_path, "SELECT count(*) FROM chunk WHERE n = 60") == [(200,)]


CHILD = """
import asyncio, sys, time
from pathlib import Path
from gateway.keep.history import History
from tests.keep.facts import T0, device
async def main():
    history = History(Path(sys.argv[1]), 7)
    history.adopt((device(),))
    second = 0
    while True:
        history.record("b1u1", 1, (second, 0.5, 1.0), None, T0 + second)
        while history.close_some(T0 + second) or history._commit is not None:
            await asyncio.sleep(0)
        print(second, flush=True)
        second += 1
asyncio.run(main())
"""


def test_kill_9_loses_at_most_the_open_minute_which_is_a_gap(tmp_path: Path) -> None:
    killed_after = 60 * 20 + random.Random(7).randrange(1, 59)
    with subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= killed_after:
                child.send_signal(signal.SIGKILL)
                break
        last = max([int(line) for line in child.stdout.read().split() if line.isdigit()], default=killed_after)
    minutes = last // 60  # or one more, closed between its last word and its end

    async def after() -> list[str]:
        history = history_of(tmp_path)
        numbers(history, T0 + (minutes + 3) * MINUTE, 1, 1.0, 1.0)
        await settle(history, T0 + (minutes + 4) * MINUTE)
        plot = await history.query("b1u1", "count", T0, T0 + (minutes + 4) * MINUTE, minutes + 4)
        await history.close()
        assert plot.last[:minutes] == [minute * 60 + 59 for minute in range(minutes)]
        assert not history.lost
        return plot.quality

    quality = asyncio.run(after())

    assert quality[:minutes] == ["good"] * minutes
    assert quality[minutes + 1 :] == ["gap"] * 2 + ["good"]


async def test_run_closes_minutes_by_itself(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    started = time.monotonic()
    task = asyncio.create_task(history.run(lambda: T0 + MINUTE + time.monotonic() - started))
    async with asyncio.timeout(5):
        while not list(tmp_path.glob("history-*.db")):
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])

    await history.close()


def _rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for path in sorted(folder.glob("history-????????.db")):
        with closing(sqlite3.connect(path)) as connection:
            found += connection.execute(query).fetchall()
    return found


async def test_a_day_of_another_version_is_set_aside_and_the_day_goes_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "history-20270115.db")) as old:
        old.executescript("CREATE TABLE groups(gid); CREATE TABLE chunk(t0); PRAGMA user_version = 1")
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)

    before = await history.query("b1u1", "level", T0 - 60, T0, 1)
    await settle(history, T0 + MINUTE)
    plot = await history.query("b1u1", "level", T0, T0 + MINUTE, 1)

    await history.close()
    assert before.quality == ["gap"]
    assert plot.last == [1.0]
    assert len(history.lost) == 1
    assert list(tmp_path.glob("history-20270115.db.damaged-*"))


async def test_without_room_minutes_are_dropped_counted_and_said_once_until_there_is_room_again(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    room = False
    history.writable = lambda: room
    for minute in range(3):
        numbers(history, T0 + minute * MINUTE, minute, 1.0, 1.0)
        await settle(history, T0 + (minute + 1) * MINUTE)
    files = list(tmp_path.glob("*.db"))
    room = True
    for minute in range(3, 5):
        numbers(history, T0 + minute * MINUTE, minute, 1.0, 1.0)
        await settle(history, T0 + (minute + 1) * MINUTE)

    plot = await history.query("b1u1", "count", T0, T0 + 5 * MINUTE, 5)

    await history.close()
    assert files == []
    assert plot.quality == ["gap"] * 3 + ["good"] * 2
    assert list(history.lost) == ["History: minutes are dropped for lack of room on the disk."]
    assert history.lost_minutes == 3


async def test_rows_fill_their_pages(tmp_path: Path) -> None:
    chance = random.Random(1)
    devices = [device(f"d{number}") for number in range(100)]
    history = history_of(tmp_path, *devices)
    for minute in range(5):
        for second in range(60):
            for each in devices:
                values = (second, chance.random(), chance.random())
                history.record(each.id, 1, values, None, T0 + minute * MINUTE + second)
        await settle(history, T0 + (minute + 1) * MINUTE)
    await history.close()

    ((content,),) = _rows(tmp_path, "SELECT sum(length(data) + length(aggregates)) FROM chunk")
    size = sum(path.stat().st_size for path in tmp_path.glob("history-*.db"))
    assert isinstance(content, int)
    assert size < 1.5 * content, "of a page that holds two rows and no third one up to a third is empty"
