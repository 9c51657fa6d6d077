"""Real files, really damaged: the outbox always opens, saves the batches that can be read, and goes on."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from gateway.decide.rules import STORE_DAMAGED
from tests.keep.outboxes import Told, everything, filled, line, opened, turn, utc_ns

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 4096
BATCHES = 120
ROUNDS = 400 if os.environ.get("GRIDPOST_SOAK") else 40


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `kill -9` leaves it: half of the outbox in the database, half in its -wal."""
    folder = tmp_path_factory.mktemp("killed")

    async def live() -> None:
        live_folder = tmp_path_factory.mktemp("live")
        outbox = opened(live_folder)
        outbox.move("influx", "telemetry", 0)
        for number in range(1, BATCHES + 1):
            outbox.append(line(number, number, width=3_000 * (number % 4)), 10, utc_ns(number))
            outbox.move("influx", "alarm", number)
            await turn(outbox, number)
            if number == BATCHES // 2:
                _checkpoint(live_folder)
        for path in live_folder.iterdir():
            shutil.copy(path, folder)
        await outbox.close()

    asyncio.run(live())
    assert (folder / "outbox.db").stat().st_size > 30 * PAGE
    assert (folder / "outbox.db-wal").stat().st_size > 30 * PAGE
    return folder


@pytest.fixture
def data(killed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(killed, tmp_path / "data")


async def test_an_unclean_end_without_damage_is_not_called_damage(data: Path) -> None:
    outbox = opened(data)

    assert outbox.damaged == ()
    assert await everything(outbox) == list(range(1, BATCHES + 1))
    assert outbox.lost() == {}
    await outbox.close()


@pytest.mark.parametrize("size", [0, 1, 99, 512, PAGE, 10 * PAGE + 7, 30 * PAGE])
async def test_a_database_cut_short_keeps_what_is_left_and_counts_the_rest(data: Path, size: int) -> None:
    os.truncate(data / "outbox.db", size)
    (data / "outbox.db-wal").unlink()

    saved = await _check(data)

    assert saved < BATCHES


async def test_a_header_of_zeros_costs_no_batch(data: Path) -> None:
    _overwrite(data / "outbox.db", 0, bytes(100))

    assert await _check(data) == BATCHES


async def test_a_first_page_of_noise_costs_no_batch_and_no_cursor(data: Path) -> None:
    _overwrite(data / "outbox.db", 0, random.Random(1).randbytes(PAGE))

    assert await _check(data) == BATCHES


async def test_a_first_page_of_noise_and_no_notes_sends_again_rather_than_not_at_all(data: Path) -> None:
    _checkpoint(data)
    _overwrite(data / "outbox.db", 0, random.Random(1).randbytes(PAGE))
    (data / "outbox.open").unlink()

    outbox = opened(data)

    assert outbox.cursor("influx", "telemetry") == 0
    assert outbox.backlog("influx").points == 10 * BATCHES
    await outbox.close()


async def test_a_file_that_is_something_else_is_set_aside_whole(data: Path) -> None:
    (data / "outbox.db-wal").unlink()
    (data / "outbox.db").write_text("this is a letter\n" * 9_000)

    saved = await _check(data)

    (aside,) = data.glob("outbox.db.damaged-*Z")
    assert aside.read_text().startswith("this is a letter")
    assert saved == 1  # the last one, from the open batch


@pytest.mark.parametrize("size", [0, 1, 31, 32, 5_000, 100_000])
async def test_a_log_of_changes_cut_short_loses_its_tail_and_says_so(data: Path, size: int) -> None:
    os.truncate(data / "outbox.db-wal", size)

    saved = await _check(data)

    assert BATCHES // 2 <= saved < BATCHES


async def test_only_the_newest_damaged_file_is_kept(data: Path) -> None:
    for seconds in (0, 10):
        _checkpoint(data)
        _overwrite(data / "outbox.db", 0, bytes(100))
        outbox = opened(data, seconds=seconds)
        await outbox.close()

    assert len([path for path in data.iterdir() if ".damaged-" in path.name]) == 1


async def test_a_rescue_that_only_lacked_its_last_step_is_completed(data: Path) -> None:
    _checkpoint(data)
    (data / "outbox.db").rename(data / "outbox.db.rescued")

    outbox = opened(data)

    assert outbox.damaged == ()
    assert await everything(outbox) == list(range(1, BATCHES + 1))
    await outbox.close()


async def test_random_damage_never_raises_and_is_never_believed(killed: Path, tmp_path: Path) -> None:
    noise = random.Random(3)

    for number in range(ROUNDS):
        data = shutil.copytree(killed, tmp_path / str(number))
        victim = data / noise.choice(["outbox.db", "outbox.db", "outbox.db-wal", "outbox.open"])
        size = min(victim.stat().st_size, 1_000_000)
        for _ in range(noise.choice([1, 1, 20])):
            _overwrite(victim, noise.randrange(size), noise.randbytes(noise.choice([1, 16, 5_000])))
        if noise.random() < 0.2:
            os.truncate(victim, noise.randrange(size))

        await _check(data)

        shutil.rmtree(data)


async def test_damage_met_while_running_is_set_aside_and_told(data: Path) -> None:
    _checkpoint(data)
    outbox = opened(data)
    told = Told()
    outbox.say = told.append
    await turn(outbox, 200)
    _overwrite(data / "outbox.db", PAGE, random.Random(2).randbytes((data / "outbox.db").stat().st_size // 2))

    first = await everything(outbox)
    for number in range(5):
        await filled(outbox, [1_000 + number], 201 + number)
    then = await everything(outbox)

    saved = [number for number in then if number < 1_000]
    assert set(first) <= set(range(1, BATCHES + 1))
    assert then[-5:] == [1_000, 1_001, 1_002, 1_003, 1_004]
    assert 0 < len(saved) < BATCHES
    assert outbox.lost() == {"damaged": 10 * (BATCHES - len(saved))}
    assert told.last(STORE_DAMAGED).abnormal
    assert outbox.cursor("influx", "alarm") == BATCHES
    await outbox.close()
    outbox = opened(data, seconds=300)
    assert outbox.damaged == ()
    assert (outbox.cursor("influx", "telemetry"), outbox.cursor("influx", "alarm")) == (0, BATCHES)
    assert await everything(outbox) == then
    await outbox.close()


async def test_a_batch_that_is_not_what_was_written_is_passed_over_and_counted_once(data: Path) -> None:
    _checkpoint(data)
    with sqlite3.connect(data / "outbox.db") as connection:
        connection.execute("UPDATE batch SET data = zeroblob(length(data)) WHERE seq IN (7, 120)")
    connection.close()
    outbox = opened(data)
    told = Told()
    outbox.say = told.append

    numbers = await everything(outbox)
    again = await everything(outbox)
    await turn(outbox, 1)

    assert numbers == again == [number for number in range(1, 120) if number != 7]
    assert outbox.lost() == {"damaged": 20}
    assert "Batch 120" in told.last(STORE_DAMAGED).why
    await outbox.close()


async def test_a_rescue_takes_no_batch_that_is_not_what_was_written(data: Path) -> None:
    _checkpoint(data)
    with sqlite3.connect(data / "outbox.db") as connection:
        connection.execute("UPDATE batch SET t1 = t1 + 1 WHERE seq IN (7, 8)")
    connection.close()
    _overwrite(data / "outbox.db", 0, bytes(100))

    outbox = opened(data)

    assert f"{BATCHES - 2} batches were saved" in outbox.damaged[0]
    assert "20 readings that were waiting are lost" in outbox.damaged[0]
    await outbox.close()


async def _check(folder: Path) -> int:
    """Open, read, write, open again: nothing raises, nothing false is read, and what is lost is counted."""
    outbox = opened(folder)
    there = await everything(outbox)
    for number in range(3):
        await filled(outbox, [1_000 + number], 300 + number)
    await outbox.quarantined()
    then = await everything(outbox)
    waiting = outbox.backlog("influx")
    alarm = outbox.cursor("influx", "alarm")
    await outbox.close()

    assert set(there) <= set(range(1, BATCHES + 1))
    assert then == sorted(set(then))
    assert then[-3:] == [1_000, 1_001, 1_002]
    assert alarm == BATCHES
    saved = len(then) - 3
    assert waiting.points == 10 * saved + 3 or outbox._torn
    if saved < BATCHES:
        assert outbox.lost().get("damaged", 0) in {10 * (BATCHES - saved), 10 * (BATCHES - saved) + 10}

    outbox = opened(folder, seconds=400)
    assert await everything(outbox) == then
    await outbox.close()
    return saved


def _checkpoint(folder: Path) -> None:
    connection = sqlite3.connect(folder / "outbox.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _overwrite(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)
