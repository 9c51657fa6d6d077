"""An export is what was recorded, in the order of time, and reads a month without holding it."""

from __future__ import annotations

import asyncio
import os
import random
import resource
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Device, Fault, Group, Kind, Point, Quality
from gateway.keep.export import PIECE_BYTES, Stretch
from gateway.keep.history import MOST_EXPORTS, History
from tests.keep.facts import T0, device

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drivers.contract import Value

DAY = 86_400.0
MINUTE = 60.0
BAD = Fault(Quality.BAD, "out of range")
DOUBTFUL = Fault(Quality.UNCERTAIN, "controller hung")


def history_of(folder: Path, *devices: Device) -> History:
    history = History(folder, 7)
    history.adopt(devices or (device(),))
    return history


async def settle(history: History, utc: float) -> None:
    async with asyncio.timeout(10):
        while history.close_some(utc, 1.0) or history._commit is not None:
            await asyncio.sleep(0)


def asked(start: float, end: float, *keys: str, of: Device | None = None) -> Stretch:
    """What of a device is asked for: one point alone, or all that are recorded."""
    found = {point.key: point for group in (of or device()).groups for point in group.points}
    points = {key: found[key] for key in keys} if keys else found
    return Stretch("b1u1", points, start, end, named=not keys)


async def read(history: History, what: Stretch) -> list[list[str]]:
    """The rows of an export, its heading first."""
    export = history.export(what)
    assert export is not None
    content = b"".join([piece async for piece in export.pieces()])
    export.close()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    return [line.split(",") for line in content.decode("utf-8-sig").splitlines()]


def numbers(history: History, utc: float, *values: Value, faults: Sequence[Fault | None] | None = None) -> None:
    history.record("b1u1", 1, values, tuple(faults) if faults else None, utc)


@pytest.mark.parametrize("stage", ["open", "written", "after a restart"])
async def test_a_point_is_exported_as_it_was_recorded_at_every_stage_of_its_way_to_the_disk(
    tmp_path: Path, stage: str
) -> None:
    history = history_of(tmp_path)
    numbers(history, T0 + 1, 1, 0.5, 20.0)
    numbers(history, T0 + 2.5, 1, 0.75, 20.0)
    numbers(history, T0 + 3, 2, 0.75, 20.0, faults=(None, DOUBTFUL, None))
    numbers(history, T0 + 4, 2, None, 20.0, faults=(None, BAD, None))
    numbers(history, T0 + 5, 2, -3.25, 20.0)
    history.quiet("b1u1", 1, T0 + 6)
    numbers(history, T0 + 8, 2, -3.25, 20.0)
    if stage == "written":
        await settle(history, T0 + MINUTE)
    elif stage == "after a restart":
        await history.close()
        history = history_of(tmp_path)

    rows = await read(history, asked(T0, T0 + 30, "level"))

    await history.close()
    assert rows == [
        ["time", "value", "quality"],
        ["2027-01-15T08:00:01.000Z", "0.5", "good"],
        ["2027-01-15T08:00:02.500Z", "0.75", "good"],
        ["2027-01-15T08:00:03.000Z", "0.75", "uncertain"],
        ["2027-01-15T08:00:04.000Z", "", "bad"],
        ["2027-01-15T08:00:05.000Z", "-3.25", "good"],
        ["2027-01-15T08:00:06.000Z", "", "gap"],
        ["2027-01-15T08:00:08.000Z", "-3.25", "good"],
    ]


async def test_a_device_is_exported_in_the_order_of_time_with_each_point_in_its_own_form(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    history.record("b1u1", 0, (True, "王芳", 12.5), None, T0 + 2)
    numbers(history, T0 + 1, 7, 0.5, 21.0)
    history.record("b1u1", 0, (False, "李雷", 12.5), None, T0 + 130)
    numbers(history, T0 + 125, 8, 0.5, 21.0)
    await settle(history, T0 + 180)

    rows = await read(history, asked(T0, T0 + 180))

    await history.close()
    assert [[row[0][14:19], *row[1:]] for row in rows[1:]] == [
        ["00:01", "count", "7", "", "good"],
        ["00:01", "heat", "21.0", "", "good"],
        ["00:01", "level", "0.5", "", "good"],
        ["00:02", "door1.open", "true", "", "good"],
        ["00:02", "supply", "12.5", "", "good"],
        ["02:05", "count", "8", "", "good"],
        ["02:10", "door1.open", "false", "", "good"],
    ]


async def test_the_first_row_is_what_was_in_force_at_the_start_and_nothing_is_told_of_the_end_and_later(
    tmp_path: Path,
) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    for minute in range(1, 30):
        await settle(history, T0 + minute * MINUTE)
    numbers(history, T0 + 29 * MINUTE + 30, 2, 1.0, 1.0)
    numbers(history, T0 + 29 * MINUTE + 40, 3, 1.0, 1.0)
    await settle(history, T0 + 30 * MINUTE)

    rows = await read(history, asked(T0 + 14.5 * MINUTE, T0 + 29 * MINUTE + 40, "count"))

    await history.close()
    assert rows[1:] == [["2027-01-15T08:14:30.000Z", "1", "good"], ["2027-01-15T08:29:30.000Z", "2", "good"]]


async def test_where_the_gateway_was_down_there_is_a_gap_even_in_the_minute_of_the_restart(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0 + 1, 1, 1.0, 1.0)
    history.close_some(T0 + 10)
    await history.close()
    history = history_of(tmp_path)
    numbers(history, T0 + 40, 1, 1.0, 1.0)
    await settle(history, T0 + 120)
    await history.close()
    history = history_of(tmp_path)

    rows = await read(history, asked(T0, T0 + 600, "count"))

    await history.close()
    assert [[row[0][14:19], *row[1:]] for row in rows[1:]] == [
        ["00:01", "1", "good"],
        ["00:10", "", "gap"],
        ["00:40", "1", "good"],
        ["02:00", "", "gap"],
    ]


async def test_days_follow_each_other_without_a_row_for_midnight(tmp_path: Path) -> None:
    midnight = T0 + 16 * 3600
    history = history_of(tmp_path)
    numbers(history, midnight - 90, 1, 1.0, 1.0)
    for minute in range(-1, 4):
        await settle(history, midnight + minute * MINUTE)
    numbers(history, midnight + 200, 2, 1.0, 1.0)
    await settle(history, midnight + 230)

    rows = await read(history, asked(midnight - DAY, midnight + DAY, "count"))

    await history.close()
    assert [row[1:] for row in rows[1:]] == [["1", "good"], ["2", "good"], ["", "gap"]]


async def test_every_recorded_change_of_a_busy_day_is_there_in_pieces_of_a_bounded_length(tmp_path: Path) -> None:
    chance = random.Random(7)
    history = history_of(tmp_path)
    expected = []
    for second in range(6 * 3600 if os.environ.get("GRIDPOST_SOAK") == "1" else 1800):
        value = chance.random()
        numbers(history, T0 + second, 1, value, 1.0)
        expected.append(repr(value))
        if second % 60 == 59:
            await settle(history, T0 + second + 1)
    export = history.export(asked(T0, T0 + DAY, "level"))
    assert export is not None

    pieces = [piece async for piece in export.pieces()]

    export.close()
    await history.close()
    rows = b"".join(pieces).decode("utf-8-sig").splitlines()[1:]
    assert [row.split(",")[1] for row in rows if row.endswith("good")] == expected
    assert max(map(len, pieces)) <= PIECE_BYTES


async def test_a_minute_that_comes_to_disk_while_it_is_exported_is_told_once(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    for second in range(1, 10):
        numbers(history, T0 + second, second, 1.0, 1.0)
    export = history.export(asked(T0, T0 + 90, "count"))
    assert export is not None

    await settle(history, T0 + MINUTE)
    numbers(history, T0 + 100, 10, 1.0, 1.0)
    await settle(history, T0 + 2 * MINUTE)
    rows = b"".join([piece async for piece in export.pieces()]).decode("utf-8-sig").splitlines()[1:]

    export.close()
    await history.close()
    assert [row.split(",")[1] for row in rows] == [str(second) for second in range(1, 10)]


async def test_a_month_is_read_without_being_held(tmp_path: Path) -> None:
    days = 30 if os.environ.get("GRIDPOST_SOAK") == "1" else 2
    history = History(tmp_path, 40)
    history.adopt((device(),))
    for minute in range(int(days * DAY / 60)):
        numbers(history, T0 + minute * 60, minute, minute / 7, 1.0)
        numbers(history, T0 + minute * 60 + 30, minute, minute / 9, 1.0)
        if minute % 60 == 0:
            await settle(history, T0 + minute * 60)
    await settle(history, T0 + days * DAY)
    export = history.export(asked(T0, T0 + days * DAY))
    assert export is not None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    length = sum([len(piece) async for piece in export.pieces()])

    export.close()
    await history.close()
    assert length > days * 1440 * 3 * 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8_000, "kilobytes"


async def test_only_so_many_are_under_way_at_once_and_who_leaves_makes_room(tmp_path: Path) -> None:
    history = history_of(tmp_path)
    numbers(history, T0, 1, 1.0, 1.0)
    first, second = (history.export(asked(T0, T0 + 60, "count")) for _ in range(MOST_EXPORTS))
    assert first is not None
    assert second is not None

    third = history.export(asked(T0, T0 + 60, "count"))
    assert await anext(first.pieces()) is not None
    first.close()
    fourth = history.export(asked(T0, T0 + 60, "count"))

    assert third is None
    assert fourth is not None
    for export in (second, fourth):
        export.close()
    await history.close()


async def test_a_damaged_day_is_set_aside_and_missing_and_the_others_are_there(tmp_path: Path) -> None:
    midnight = T0 + 16 * 3600
    chance = random.Random(5)
    history = history_of(tmp_path)
    said: list[str] = []
    history.say = lambda each: said.append(f"{each.rule}@{each.source} {each.why}") if each.abnormal else None
    for second in range(-3600, 3600, 5):
        numbers(history, midnight + second, second, chance.random(), 1.0)
        if second % 60 == 0:
            await settle(history, midnight + second)
    await settle(history, midnight + 3600)
    history._files.close()
    first = tmp_path / "history-20270115.db"
    with first.open("r+b") as file:
        file.seek(4096)
        file.write(random.Random(1).randbytes(first.stat().st_size - 4096))

    rows = await read(history, asked(midnight - 3600, midnight + 3600, "count"))

    await history.close()
    assert {row[0][:10] for row in rows[1:]} == {"2027-01-16"}
    assert len(rows) == 1 + 720
    assert [each.partition(" and ")[0] for each in said] == [
        "store_damaged@history The history history-20270115.db was damaged"
    ]


async def test_no_name_and_no_unit_is_taken_for_a_formula(tmp_path: Path) -> None:
    odd = Device("b1u1", "test", (Group((Point("=1+1", Kind.INTEGER, unit="@x"), Point('a,"b', Kind.REAL)), 1.0),))
    history = history_of(tmp_path, odd)
    history.record("b1u1", 0, (1, -2.5), None, T0 + 1)

    export = history.export(asked(T0, T0 + 60, of=odd))
    assert export is not None
    text = b"".join([piece async for piece in export.pieces()]).decode("utf-8-sig")
    export.close()
    await history.close()

    assert ",'=1+1,1,'@x,good\r\n" in text
    assert ',"a,""b",-2.5,,good\r\n' in text


async def test_a_person_s_points_are_not_recorded_at_all(tmp_path: Path) -> None:
    reader = Device(
        "b1u1", "test", (Group((Point("card", Kind.INTEGER, personal=True), Point("waiting", Kind.BOOLEAN)), 1.0),)
    )
    history = history_of(tmp_path, reader)
    history.record("b1u1", 0, (1234567, True), None, T0 + 1)

    rows = await read(history, asked(T0, T0 + 30, of=reader))

    await history.close()
    assert [row[1] for row in rows[1:]] == ["waiting"]
