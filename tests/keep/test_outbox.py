"""The outbox as its users see it: lines in, batches out, cursors, bounds, and what is counted and told."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest

from gateway.decide.rules import STORE_DAMAGED, TELEMETRY_DROPPED
from gateway.keep import outbox_file, outbox_store
from gateway.keep.folder import FolderError
from gateway.keep.open_batch import HALF_BYTES, OpenBatch
from gateway.keep.outbox import BATCH_LINES, NewerOutbox, Outbox, OutboxSettings
from gateway.keep.outbox_filling import Filling
from gateway.keep.outbox_stock import Row
from tests.keep.outboxes import ROOMY, Told, at, everything, filled, line, numbers_in, opened, turn, utc_ns

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.model import Now

DAY = 86_400.0


async def test_lines_come_out_as_they_went_in(tmp_path: Path) -> None:
    outbox = opened(tmp_path)

    outbox.append(line(1, 0.1), 2, utc_ns(0.1))
    outbox.append(line(2, 0.2), 3, utc_ns(0.2))
    await turn(outbox, 1)

    (batch,) = await outbox.read(0, 1)
    assert batch.plain() == line(1, 0.1) + line(2, 0.2)
    assert (batch.seq, batch.t0_ns, batch.t1_ns, batch.lines, batch.points) == (1, utc_ns(0.1), utc_ns(0.2), 2, 5)
    await outbox.close()


async def test_a_second_without_lines_makes_no_batch(tmp_path: Path) -> None:
    outbox = opened(tmp_path)

    await turn(outbox, 1)
    await turn(outbox, 2)

    assert (outbox.committed, outbox.filling) == (0, 1)
    await outbox.close()


async def test_run_puts_a_batch_on_disk_each_second_and_wakes_who_waits(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    woken = asyncio.Event()
    outbox.on_commit(woken.set)

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(outbox.run(lambda: at(0)))
        outbox.append(line(1), 1, utc_ns(0))
        await woken.wait()
        running.cancel()

    assert await everything(outbox) == [1]
    await outbox.close()


async def test_run_does_not_wait_for_the_second_when_2000_lines_are_there(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    woken = asyncio.Event()
    outbox.on_commit(woken.set)

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(outbox.run(lambda: at(0)))
        await asyncio.sleep(0)
        begun = asyncio.get_running_loop().time()
        for number in range(BATCH_LINES):
            outbox.append(line(number), 1, utc_ns(0))
        await woken.wait()
        took = asyncio.get_running_loop().time() - begun
        running.cancel()

    assert outbox.committed == 1
    assert took < 0.9
    await outbox.close()


async def test_reading_gives_as_many_batches_as_fit_and_at_least_one(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    for number in range(1, 6):
        await filled(outbox, [number])
    size = len((await outbox.read(0, 1))[0].data)

    assert numbers_in(await outbox.read(0, 1)) == [1]
    assert numbers_in(await outbox.read(1, size * 2 + 1)) == [2, 3]
    assert numbers_in(await outbox.read(1, 10_000, before=4)) == [2, 3]
    assert numbers_in(await outbox.read(3, 10_000)) == [4, 5]
    assert await outbox.read(5, 10_000) == ()
    await outbox.close()


async def test_everything_is_there_after_a_restart_and_numbers_go_on(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.move("influx", "telemetry", 0)
    await filled(outbox, [1, 2])
    outbox.move("influx", "alarm", 77)
    outbox.append(line(3), 1, utc_ns(0))
    await outbox.close()

    outbox = opened(tmp_path)

    assert await everything(outbox) == [1, 2, 3]
    assert (outbox.committed, outbox.filling, outbox.damaged) == (2, 3, ())
    assert (outbox.cursor("influx", "telemetry"), outbox.cursor("influx", "alarm")) == (0, 77)
    assert outbox.backlog("influx").points == 3
    await outbox.close()


async def test_it_knows_when_the_last_process_was_alive(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    before_any = outbox.alive_until_utc
    await turn(outbox, 12)
    await outbox.close()

    outbox = opened(tmp_path, seconds=100)

    assert before_any == 0.0
    assert outbox.alive_until_utc == pytest.approx(at(12).utc)
    await outbox.close()


# ---------------------------------------------------------------- destinations


async def test_each_destination_has_its_own_cursor_and_backlog(tmp_path: Path) -> None:
    outbox = opened(tmp_path, ("influx", "city"))
    outbox.move("influx", "telemetry", 0)
    outbox.move("city", "telemetry", 0)
    for number in range(1, 5):
        await filled(outbox, [number], number, points=10)

    outbox.move("influx", "telemetry", 3)
    outbox.move("city", "telemetry", 1)
    outbox.move("city", "telemetry", 0)

    influx, city = outbox.backlog("influx"), outbox.backlog("city")
    assert (influx.batches, influx.points, influx.oldest_utc) == (1, 10, at(4).utc)
    assert (city.batches, city.points, city.oldest_utc) == (3, 30, at(2).utc)
    assert city.bytes == sum(len(batch.data) for batch in await outbox.read(1, 10_000))
    assert (outbox.held().batches, outbox.held().points, outbox.held().oldest_utc) == (4, 40, at(1).utc)
    await outbox.close()


async def test_a_new_destination_has_no_cursor_and_no_backlog(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    await filled(outbox, [1])

    assert outbox.cursor("influx", "telemetry") is None
    assert outbox.backlog("influx").batches == 0
    assert outbox.backlog("influx").oldest_utc is None
    await outbox.close()


async def test_a_destination_that_is_gone_is_forgotten_for_good(tmp_path: Path) -> None:
    outbox = opened(tmp_path, ("influx", "city"))
    for name in ("influx", "city"):
        outbox.move(name, "telemetry", 0)
    await filled(outbox, [1])

    outbox.adopt(["influx"])
    outbox.move("city", "telemetry", 1)
    await turn(outbox, 1)
    await outbox.close()
    outbox = opened(tmp_path, ("influx", "city"))

    assert outbox.cursor("city", "telemetry") is None
    assert outbox.cursor("influx", "telemetry") == 0
    await outbox.close()


async def test_what_everyone_has_stays_two_minutes_and_the_newest_for_ever(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.move("influx", "telemetry", 0)
    for seconds in range(5):
        await filled(outbox, [seconds], seconds)
    outbox.move("influx", "telemetry", 4)

    await turn(outbox, 121)
    one_gone = await everything(outbox)
    await turn(outbox, 1_000)
    await turn(outbox, 2_000)

    assert one_gone == [1, 2, 3, 4]
    assert await everything(outbox) == [4]
    assert outbox.lost() == {}
    await outbox.close()


async def test_what_one_destination_waits_for_stays(tmp_path: Path) -> None:
    outbox = opened(tmp_path, ("influx", "city"))
    outbox.move("influx", "telemetry", 0)
    outbox.move("city", "telemetry", 0)
    for seconds in range(3):
        await filled(outbox, [seconds], seconds)
    outbox.move("influx", "telemetry", 3)

    await turn(outbox, 500)

    assert await everything(outbox) == [0, 1, 2]
    await outbox.close()


async def test_without_a_destination_two_minutes_are_kept(tmp_path: Path) -> None:
    outbox = opened(tmp_path, ())
    for seconds in range(0, 200, 10):
        await filled(outbox, [seconds], seconds)

    assert await everything(outbox) == list(range(70, 200, 10))
    assert outbox.lost() == {}
    await outbox.close()


async def test_the_tail_is_what_ended_after_a_moment(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    for seconds in range(5):
        await filled(outbox, [seconds], seconds)
    outbox.append(line(9, 5), 1, utc_ns(5))

    assert numbers_in(await outbox.tail(utc_ns(2))) == [3, 4]
    assert numbers_in(await outbox.tail(0)) == [0, 1, 2, 3, 4]
    assert await outbox.tail(utc_ns(100)) == []
    await outbox.close()


async def test_numbers_rise_for_ever_although_the_file_is_taken_away(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.move("influx", "telemetry", 0)
    for number in range(6):
        await filled(outbox, [number])
    await outbox.close()
    (tmp_path / "outbox.db").unlink()

    outbox = opened(tmp_path)

    assert outbox.filling == 7
    assert outbox.cursor("influx", "telemetry") == 0
    assert "ends at batch" in outbox.damaged[0]
    assert outbox.lost() == {"damaged": 5}  # the last one still stood in its half of the open batch
    assert await everything(outbox) == [5]
    await outbox.close()


async def test_a_batch_that_comes_back_from_the_open_batch_waits_for_nobody_who_has_it(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    for number in range(3):
        await filled(outbox, [number])
    outbox.move("influx", "telemetry", 3)
    await outbox.close()
    (tmp_path / "outbox.db").unlink()

    outbox = opened(tmp_path)

    assert await everything(outbox) == [2]
    assert outbox.backlog("influx").batches == 0
    assert outbox.lost() == {}
    await outbox.close()


# ---------------------------------------------------------------- bounds


async def test_more_than_fits_drops_the_oldest_with_exact_counts(tmp_path: Path) -> None:
    settings = OutboxSettings(400_000, 7 * DAY, 1)
    outbox = opened(tmp_path, ("influx", "city"), settings)
    told = Told()
    outbox.say = told.append
    outbox.move("influx", "telemetry", 0)
    outbox.move("city", "telemetry", 0)
    for number in range(1, 121):
        outbox.append(line(number, number, width=60_000), 100, utc_ns(number))
        outbox.move("city", "telemetry", number - 1)
        await turn(outbox, number)
    await turn(outbox, 121)

    left = await everything(outbox)

    assert left == list(range(left[0], 121))
    assert outbox._store.size.used_bytes <= 400_000
    assert outbox.lost() == {"full": 100 * (left[0] - 1)}
    assert outbox.backlog("influx").dropped == 100 * (left[0] - 1)
    assert outbox.backlog("influx").points == 100 * len(left)
    assert outbox.backlog("city").dropped == 0
    assert told.last(TELEMETRY_DROPPED).abnormal
    assert "max_megabytes" in told.last(TELEMETRY_DROPPED).why
    await outbox.close()


async def test_what_is_too_old_is_dropped_and_counted_and_the_count_survives(tmp_path: Path) -> None:
    settings = OutboxSettings(10_000_000, DAY, 1)
    outbox = opened(tmp_path, settings=settings)
    outbox.move("influx", "telemetry", 0)
    for hours in (0, 1, 2, 3):
        await filled(outbox, [hours], hours * 3600, points=5)

    await turn(outbox, DAY + 2.5 * 3600)
    await outbox.close()
    outbox = opened(tmp_path, settings=settings)

    assert await everything(outbox) == [3]
    assert outbox.lost() == {"age": 15}
    assert outbox.backlog("influx").dropped == 15
    await outbox.close()


async def test_a_clock_that_is_not_believed_makes_nothing_old(tmp_path: Path) -> None:
    outbox = opened(tmp_path, settings=OutboxSettings(10_000_000, DAY, 1))
    outbox.move("influx", "telemetry", 0)
    await filled(outbox, [1])
    await filled(outbox, [2])

    await turn(outbox, 300 * DAY, trusted=False)

    assert await everything(outbox) == [1, 2]
    await outbox.close()


async def test_dropping_is_said_when_it_begins_and_when_a_minute_passed_without(tmp_path: Path) -> None:
    outbox = opened(tmp_path, settings=OutboxSettings(10_000_000, DAY, 1))
    told = Told()
    outbox.say = told.append
    outbox.move("influx", "telemetry", 0)
    await filled(outbox, [1])
    await filled(outbox, [2], 10)

    said = []
    for seconds in (DAY + 5, DAY + 6, DAY + 64, DAY + 66, DAY + 67):
        await turn(outbox, seconds)
        said.append((told.last(TELEMETRY_DROPPED).abnormal, len(told)))

    assert said == [(True, 4), (True, 4), (True, 4), (False, 5), (False, 5)]
    await outbox.close()


async def test_a_line_larger_than_a_half_is_dropped_and_stops_nothing(tmp_path: Path) -> None:
    outbox = opened(tmp_path)

    outbox.append(line(1), 1, utc_ns(0))
    outbox.append(bytes(HALF_BYTES), 7, utc_ns(0))
    outbox.append(line(2), 1, utc_ns(0))
    await turn(outbox)
    await turn(outbox, 1)

    assert await everything(outbox) == [1, 2]
    assert outbox.lost() == {"overrun": 7}
    await outbox.close()


# ---------------------------------------------------------------- quarantine


async def test_refused_lines_are_kept_newest_first_by_destination(tmp_path: Path) -> None:
    outbox = opened(tmp_path, ("influx", "city"))
    outbox.quarantine("influx", b"a", "first", 1.0)
    outbox.quarantine("city", b"b", "second", 2.0)
    outbox.quarantine("influx", b"c" * 100_000, "third" * 1_000, 3.0)
    at_once = [found.utc for found in await outbox.quarantined("influx")]
    await turn(outbox)
    on_disk = [found.utc for found in await outbox.quarantined("influx")]
    await outbox.close()
    outbox = opened(tmp_path)

    assert at_once == on_disk == [3.0, 1.0]
    assert [found.utc for found in await outbox.quarantined()] == [3.0, 2.0, 1.0]
    assert [found.utc for found in await outbox.quarantined("influx")] == [3.0, 1.0]
    newest = (await outbox.quarantined("", 1))[0]
    assert (len(newest.line), len(newest.why)) == (65_536, 1_000)
    await outbox.close()


async def test_quarantine_is_bounded_by_lines_and_by_bytes(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    for number in range(1_200):
        outbox.quarantine("influx", b"x", "short", number)
        if number % 400 == 0:
            await turn(outbox)
    await turn(outbox)
    by_lines = await outbox.quarantined("", 5_000)

    for number in range(30):
        outbox.quarantine("influx", b"x" * 60_000, "long", number)
    await turn(outbox)
    by_bytes = await outbox.quarantined("", 5_000)

    assert [found.utc for found in by_lines] == list(range(1_199, 199, -1))
    assert [found.utc for found in by_bytes] == list(range(29, 12, -1))
    await outbox.close()


# ---------------------------------------------------------------- the disk is slow, or says no


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)


class Gate:
    """What COMMIT goes through: `why` makes it fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.why = ""
        self._commit = outbox_file.commit
        monkeypatch.setattr(outbox_file, "commit", self)

    def __call__(self, connection: sqlite3.Connection) -> None:
        if self.why:
            error = sqlite3.OperationalError(self.why)
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        self._commit(connection)


async def test_a_commit_that_fails_is_tried_again_until_it_does_not(tmp_path: Path, gate: Gate) -> None:
    outbox = opened(tmp_path)
    told = Told()
    outbox.say = told.append
    outbox.move("influx", "telemetry", 0)
    gate.why = "disk I/O error"
    for seconds in range(15):
        await filled(outbox, [seconds], seconds)
    outbox.quarantine("influx", b"bad", "why", 1.0)
    await turn(outbox, 15)
    while_failing = (outbox.committed, told.last(STORE_DAMAGED))

    gate.why = ""
    await turn(outbox, 16)
    await turn(outbox, 17)

    assert while_failing[0] == 0
    assert while_failing[1].abnormal
    assert "disk I/O error" in while_failing[1].why
    assert await everything(outbox) == list(range(15))
    assert outbox.lost() == {}
    assert len(await outbox.quarantined()) == 1
    assert not told.last(STORE_DAMAGED).abnormal
    await outbox.close()


async def test_a_commit_that_reached_the_disk_and_was_called_failed_is_not_done_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = outbox_file.commit

    def lies(connection: sqlite3.Connection) -> None:
        commit(connection)
        raise sqlite3.OperationalError("disk I/O error")

    outbox = opened(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(outbox_file, "commit", lies)
        patched.setattr(outbox_store, "is_damage", lambda _: False)
        await filled(outbox, [1])
    await filled(outbox, [2], 1)
    await turn(outbox, 2)

    assert await everything(outbox) == [1, 2]
    assert outbox.committed == 2
    await outbox.close()


async def test_a_shut_half_stays_shut_when_the_next_batch_begins(tmp_path: Path) -> None:
    opened_batch = OpenBatch.open(tmp_path / "outbox.open")
    filling = Filling(opened_batch)
    filling.begin(1)
    filling.half.put(line(1), 1, utc_ns(0))

    filling.shut("room")
    filling.seal()

    assert filling.seq == 2
    assert not filling.half.put(line(2), 1, utc_ns(0))
    assert filling.place(line(2), 1, utc_ns(0)) == "room"
    filling.close()


async def test_while_the_disk_takes_nothing_both_halves_fill_and_the_rest_is_counted(
    tmp_path: Path, gate: Gate
) -> None:
    outbox = opened(tmp_path)
    outbox.move("influx", "telemetry", 0)
    gate.why = "disk I/O error"
    taken = 2 * (HALF_BYTES - 64) // len(line(100_000, width=1_000))
    for number in range(100_000, 100_000 + taken + 500):
        outbox.append(line(number, width=1_000), 2, utc_ns(0))
    await turn(outbox)
    dropped = outbox.lost()["overrun"] // 2

    gate.why = ""
    for seconds in range(4):
        await turn(outbox, seconds)
    outbox.append(line(7), 2, utc_ns(4))
    await turn(outbox, 4)

    kept = await everything(outbox)
    assert 499 <= dropped <= 502
    assert kept == [*range(100_000, 100_000 + taken + 500 - dropped), 7]
    assert outbox.backlog("influx").dropped == 2 * dropped
    await outbox.close()


async def test_a_slow_disk_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = asyncio.Event()
    loop = asyncio.get_running_loop()
    commit = outbox_file.commit

    def slow(connection: sqlite3.Connection) -> None:
        asyncio.run_coroutine_threadsafe(let_go.wait(), loop).result(5)
        commit(connection)

    monkeypatch.setattr(outbox_file, "commit", slow)
    outbox = opened(tmp_path)
    outbox.append(line(1), 1, utc_ns(0))
    outbox._begin_turn(at(0))

    outbox.append(line(2), 1, utc_ns(0))
    outbox.move("influx", "telemetry", 0)
    held = outbox.backlog("influx")
    let_go.set()
    await outbox._turn_ended()
    await turn(outbox, 1)

    assert held.batches == 0
    assert await everything(outbox) == [1, 2]
    await outbox.close()


async def test_what_a_failing_disk_did_not_take_before_the_end_is_there_at_the_next_start(
    tmp_path: Path, gate: Gate
) -> None:
    outbox = opened(tmp_path)
    gate.why = "disk I/O error"
    await filled(outbox, [1])
    outbox.append(line(2), 1, utc_ns(0))
    await outbox.close()

    gate.why = ""
    outbox = opened(tmp_path)

    assert await everything(outbox) == [1, 2]
    assert (outbox.committed, outbox.filling, outbox.damaged) == (2, 3, ())
    await outbox.close()


async def test_a_disk_that_fails_at_the_start_too_keeps_the_halves_for_later(tmp_path: Path, gate: Gate) -> None:
    outbox = opened(tmp_path)
    gate.why = "disk I/O error"
    await filled(outbox, [1])
    outbox.append(line(2), 1, utc_ns(0))
    await outbox.close()

    outbox = opened(tmp_path)
    outbox.append(line(3), 1, utc_ns(0))
    gate.why = ""
    for seconds in range(3):
        await turn(outbox, seconds)
    outbox.append(line(4), 1, utc_ns(0))
    await turn(outbox, 4)

    assert await everything(outbox) == [1, 2, 4]
    assert outbox.lost() == {"overrun": 1}
    await outbox.close()


async def test_a_bug_in_the_thread_is_told_and_does_not_end_the_outbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = opened(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(outbox._store, "turn", lambda *_: 1 / 0)
        await filled(outbox, [1])

    await turn(outbox, 1)

    assert await everything(outbox) == [1]
    await outbox.close()


# ---------------------------------------------------------------- other files


async def test_a_file_of_a_newer_gridpost_is_refused_in_a_sentence(tmp_path: Path) -> None:
    _set_version(tmp_path, 99)

    with pytest.raises(NewerOutbox, match="newer Gridpost") as refused:
        opened(tmp_path)

    assert isinstance(refused.value, FolderError)


async def test_a_version_that_the_notes_deny_is_damage(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    await filled(outbox, [1])
    await outbox.close()
    _set_version(tmp_path, 99)

    outbox = opened(tmp_path)

    assert "newer Gridpost" in outbox.damaged[0]
    assert await everything(outbox) == [1]
    await outbox.close()


def _set_version(folder: Path, version: int) -> None:
    connection = sqlite3.connect(folder / "outbox.db")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


async def test_an_outage_costs_24_bytes_a_batch_in_memory(tmp_path: Path) -> None:
    outbox = opened(tmp_path)
    outbox.move("influx", "telemetry", 0)
    books = outbox._books

    for seq in range(1, 60_481):
        books.came(Row(seq, at(seq).utc, 100, 2_000))
    outbox.move("influx", "telemetry", 60_000)

    assert outbox.backlog("influx").batches == 480
    assert outbox.backlog("influx").points == 48_000
    columns = (books.stock._seqs, books.stock._ended, books.stock._points, books.stock._sizes)
    assert sum(column.itemsize * len(column) for column in columns) == 24 * 60_480
    await outbox.close()


def test_open_needs_no_running_loop(tmp_path: Path) -> None:
    outbox = Outbox.open(tmp_path, ROOMY, (), at(0))

    async def use() -> Now:
        await filled(outbox, [1])
        await outbox.close()
        return at(1)

    asyncio.run(use())

    assert outbox.committed == 1


async def test_settled_returns_when_all_that_was_appended_before_is_on_disk(tmp_path: Path, gate: Gate) -> None:
    outbox = opened(tmp_path)
    await asyncio.wait_for(outbox.settled(), 1)  # nothing was appended
    gate.why = "disk I/O error"
    outbox.append(line(1), 1, utc_ns(0))
    waiting = asyncio.create_task(outbox.settled())
    await turn(outbox)
    outbox.append(line(2), 1, utc_ns(1))
    await turn(outbox, 1)
    while_failing = waiting.done()

    gate.why = ""
    await turn(outbox, 2)
    await asyncio.wait_for(waiting, 1)

    assert not while_failing
    assert await everything(outbox) == [1]
    await outbox.close()
