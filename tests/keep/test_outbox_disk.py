"""A real small file system that fills up: telemetry gives way, the journal goes on, and all recovers by itself."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from gateway.decide.rules import DISK_SCARCE, STORE_DAMAGED, TELEMETRY_DROPPED
from gateway.keep.journal import Journal
from gateway.keep.outbox import OutboxSettings, RoomState
from gateway.keep.room import BALLAST_NAME
from tests.keep.facts import NOW, alarm_entry
from tests.keep.outboxes import Told, everything, filled, line, opened, turn, utc_ns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEGABYTE = 1024 * 1024
SETTINGS = OutboxSettings(512 * MEGABYTE, 7 * 86_400, 200 * MEGABYTE)
"""As the configuration has them: on so small a disk a tenth is kept free."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 MB, of which 60 are taken. Mounting it takes root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m,mode=0700", "tmpfs", str(folder)], check=True)
    with (folder / "firmware").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 60 * MEGABYTE)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """Something else takes all the room there is."""
    foreign = folder / "somebody.log"
    with foreign.open("ab", buffering=0) as file:
        for size in (MEGABYTE, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass
    return foreign


def _free(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


async def test_telemetry_that_fills_the_disk_leaves_room_for_the_journal(small_disk: Path) -> None:
    outbox = opened(small_disk, settings=SETTINGS)
    told = Told()
    outbox.say = told.append
    outbox.move("influx", "telemetry", 0)

    async with Journal.open(small_disk, NOW) as journal:
        for second in range(60):
            for number in range(10):
                outbox.append(line(second * 10 + number, second, width=80_000), 1, utc_ns(second))
            await turn(outbox, second)
            await journal.submit(alarm_entry(second + 1))
        state, free = outbox.room.state, _free(small_disk)

    kept = await everything(outbox)
    lost = outbox.lost()
    assert state is RoomState.SCARCE
    assert free > MEGABYTE
    assert (small_disk / BALLAST_NAME).exists()
    assert told.last(DISK_SCARCE).abnormal
    assert told.last(TELEMETRY_DROPPED).abnormal
    assert set(lost) == {"room"}
    assert len(kept) + lost["room"] == 600
    assert kept[-1] == 599  # the oldest go first
    await outbox.close()


async def test_a_scarce_disk_takes_telemetry_again_once_a_destination_has_got_some(small_disk: Path) -> None:
    outbox = opened(small_disk, settings=SETTINGS)
    outbox.move("influx", "telemetry", 0)
    second = 0
    while outbox.room.state is RoomState.AMPLE:
        for number in range(10):
            outbox.append(line(number, second, width=80_000), 1, utc_ns(second))
        await turn(outbox, second)
        second += 1

    outbox.move("influx", "telemetry", outbox.committed)
    await turn(outbox, second + 200)
    await turn(outbox, second + 201)
    lost = dict(outbox.lost())
    for more in range(20):
        await filled(outbox, [5_000 + more], second + 300 + more)

    assert (await everything(outbox))[-20:] == [5_000 + more for more in range(20)]
    assert outbox.lost() == lost
    await outbox.close()


async def test_a_disk_that_somebody_else_filled_gives_its_ballast_to_the_journal_and_recovers(small_disk: Path) -> None:
    outbox = opened(small_disk, settings=SETTINGS)
    told = Told()
    outbox.say = told.append
    outbox.move("influx", "telemetry", 0)
    await filled(outbox, [1])

    async with Journal.open(small_disk, NOW) as journal:
        foreign = _fill(small_disk)
        outbox.append(line(2), 1, utc_ns(1))
        await turn(outbox, 1)
        full, ballast_held = outbox.room.state, (small_disk / BALLAST_NAME).exists()
        for number in range(1, 201):
            await journal.submit(alarm_entry(number))
        for seconds in (2, 3):
            outbox.append(line(90 + seconds), 7, utc_ns(seconds))
            await turn(outbox, seconds)
        lost = dict(outbox.lost())

        foreign.unlink()
        await turn(outbox, 4)
        await filled(outbox, [3], 5)
        await turn(outbox, 6)

    assert (full, ballast_held) == (RoomState.FULL, False)
    assert lost == {"room": 14}
    assert await everything(outbox) == [1, 2, 3]
    assert outbox.room.state is RoomState.AMPLE
    assert (small_disk / BALLAST_NAME).exists()
    assert not told.last(DISK_SCARCE).abnormal
    await outbox.close()


async def test_a_disk_that_is_full_from_the_start_is_waited_for_in_memory(small_disk: Path) -> None:
    outbox = opened(small_disk, settings=SETTINGS)
    outbox.move("influx", "telemetry", 0)
    await filled(outbox, [1, 2])
    await outbox.close()
    (small_disk / BALLAST_NAME).unlink()
    foreign = _fill(small_disk)

    outbox = opened(small_disk, settings=SETTINGS, seconds=10)
    told = Told()
    outbox.say = told.append
    await filled(outbox, [3], 11)
    await filled(outbox, [4], 12)
    in_memory = await everything(outbox)
    why = told.last(STORE_DAMAGED)
    outbox.move("influx", "telemetry", 1)
    outbox.quarantine("influx", b"bad", "why", 1.0)
    await turn(outbox, 13)
    foreign.unlink()
    await turn(outbox, 20)
    await filled(outbox, [5], 21)
    then = await everything(outbox)
    await outbox.close()

    assert in_memory == [1, 2, 3, 4]
    assert why.abnormal
    assert "cannot be written" in why.why
    assert then == [1, 2, 3, 4, 5]
    assert not told.last(STORE_DAMAGED).abnormal
    outbox = opened(small_disk, settings=SETTINGS, seconds=30)
    assert outbox.damaged == ()
    assert await everything(outbox) == then
    assert outbox.cursor("influx", "telemetry") == 1
    assert outbox.lost() == {}
    assert len(await outbox.quarantined()) == 1
    await outbox.close()


async def test_a_read_only_disk_is_read_and_what_comes_is_bounded_in_memory(small_disk: Path) -> None:
    outbox = opened(small_disk, settings=SETTINGS)
    outbox.move("influx", "telemetry", 0)
    await filled(outbox, [1, 2])
    await outbox.close()
    _remount(small_disk, "ro")

    outbox = opened(small_disk, settings=SETTINGS, seconds=10)
    first = await everything(outbox)
    for second in range(11, 41):
        for number in range(10):
            outbox.append(line(second * 100 + number, second, width=60_000), 1, utc_ns(second))
        await turn(outbox, second)
    kept = await everything(outbox)
    lost = outbox.lost()
    outbox.move("influx", "telemetry", outbox.committed)
    await turn(outbox, 500)
    await turn(outbox, 501)
    await filled(outbox, [7], 502)
    drained = await everything(outbox, outbox.cursor("influx", "telemetry") or 0)
    _remount(small_disk, "rw")
    await turn(outbox, 600)
    await filled(outbox, [8], 601)

    assert first == [1, 2]
    assert kept[:2] == [1, 2]
    assert len(kept) - 2 + lost["full"] == 300
    assert 100 < lost["full"] < 250
    assert any("until the next start" in sentence for sentence in outbox.damaged)
    assert drained == [7]
    assert (await everything(outbox))[-2:] == [7, 8]
    await outbox.close()
