"""Telemetry's stores, closed before the battery of the box is empty: whole on disk, untouched, and back with the mains."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.contract import Sample
from gateway.keep.closing import Closing
from gateway.keep.history import History
from gateway.keep.outbox import Outbox
from gateway.keep.telemetry import Telemetry
from gateway.model import Now, Place, Recorded
from gateway.numbers import Numbers
from tests.keep.facts import T0, device
from tests.keep.outboxes import ROOMY, at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

CLOSE, OPEN = (Recorded("stores", "box", {"closed": closed}) for closed in (True, False))


@dataclass
class Stores:
    """The three with their tasks, and a clock that the test moves."""

    folder: Path
    history: History
    outbox: Outbox
    telemetry: Telemetry
    closing: Closing
    now: Now

    def hear(self, seconds: float, *values: float) -> None:
        """A device answers, so many seconds after the beginning."""
        self.now = at(seconds)
        sample = Sample("b1u1", 1, values, None, self.now.boottime_ns)
        if self.telemetry.take(sample, tuple(range(len(values))), self.now):
            self.history.record(sample.device, sample.group, sample.values, None, self.now.utc)

    def written(self) -> dict[str, int]:
        """When each file of telemetry was last written."""
        names = ("outbox.db", "outbox.db-wal", "history-*")
        return {path.name: path.stat().st_mtime_ns for name in names for path in sorted(self.folder.glob(name))}


@asynccontextmanager
async def stores(folder: Path, *, closed: bool = False) -> AsyncIterator[Stores]:
    outbox, history = Outbox.open(folder, ROOMY, ("influx",), at(0)), History(folder, 7)
    telemetry = Telemetry(outbox, Numbers(), compound="c", simulated=False, every_reading=False)
    telemetry.adopt([device()], lambda _device: Place())
    history.adopt([device()])
    held = Stores(folder, history, outbox, telemetry, None, at(0))  # type: ignore[arg-type]  # made on the next line
    held.closing = Closing(telemetry, history, outbox, lambda: held.now, closed=closed)
    tasks = [
        asyncio.create_task(work)
        for work in (outbox.run(lambda: held.now), history.run(lambda: held.now.utc), held.closing.run())
    ]
    try:
        yield held
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await history.close()
        await outbox.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.002)


async def test_what_was_told_is_whole_on_disk_before_the_files_are_closed(tmp_path: Path) -> None:
    async with stores(tmp_path) as held:
        held.hear(1, 1, 2.0, 3.0)

        held.closing.tell(CLOSE, 1)
        await until(lambda: held.outbox._store._file is None and held.closing.closed)

        assert sorted(held.written()) == ["history-20270115.db", "outbox.db"]  # a closed database has no log beside it
        for name in ("history-20270115.db", "outbox.db"):
            with closing(sqlite3.connect(tmp_path / name)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection:
            assert connection.execute("SELECT sum(points) FROM batch").fetchone()[0] >= 3


async def test_a_closed_store_is_not_written_to_whatever_comes(tmp_path: Path) -> None:
    async with stores(tmp_path) as held:
        held.hear(1, 1, 2.0, 3.0)
        held.closing.tell(CLOSE, 1)
        await until(lambda: held.outbox._store._file is None)
        before = held.written()

        for second in range(2, 200):
            held.hear(second, second, 2.0, 3.0)
        held.outbox.move("influx", "telemetry", 1)
        held.outbox._due.set()
        held.history.close_some(held.now.utc, 1.0)
        await asyncio.sleep(0)

        assert held.written() == before
        assert await held.outbox.read(0, 1 << 20) == ()


async def test_with_the_mains_everything_goes_on_and_the_gap_is_a_gap(tmp_path: Path) -> None:
    async with stores(tmp_path) as held:
        held.hear(1, 1, 2.0, 3.0)
        held.closing.tell(CLOSE, 1)
        await until(lambda: held.outbox._store._file is None)
        held.hear(20, 50, 7.0, 3.0)

        held.closing.tell(OPEN, 2)
        await until(lambda: not held.closing.closed)
        held.hear(61, 60, 4.0, 3.0)
        await held.outbox.settled()

        told = b"".join([batch.plain() for batch in await held.outbox.read(0, 1 << 20)])
        plot = await held.history.query("b1u1", "level", T0, T0 + 90, 90)
        assert b"count=1i" in told
        assert b"count=60i" in told
        assert b"count=50i" not in told
        assert not held.outbox.lost()
        assert [value for value in dict.fromkeys(plot.mean) if value is not None] == [2.0, 4.0]
        assert plot.mean[30] is None


async def test_a_box_that_died_with_closed_stores_starts_with_them_closed(tmp_path: Path) -> None:
    async with stores(tmp_path, closed=True) as held:
        await until(lambda: held.outbox._store._file is None)
        held.hear(1, 1, 2.0, 3.0)

        held.closing.tell(OPEN, 1)
        await until(lambda: not held.closing.closed)
        held.hear(2, 7, 2.0, 3.0)
        await held.outbox.settled()

        told = b"".join([batch.plain() for batch in await held.outbox.read(0, 1 << 20)])
        assert b"count=7i" in told
        assert b"count=1i" not in told


async def test_a_word_that_changes_while_it_is_carried_out_is_the_one_that_counts(tmp_path: Path) -> None:
    async with stores(tmp_path) as held:
        held.hear(1, 1, 2.0, 3.0)

        held.closing.tell(CLOSE, 1)
        await asyncio.sleep(0)
        held.closing.tell(OPEN, 2)
        await until(lambda: not held.closing.closed and not held.outbox._away)
        held.hear(2, 9, 2.0, 3.0)
        await held.outbox.settled()

        assert b"count=9i" in b"".join([batch.plain() for batch in await held.outbox.read(0, 1 << 20)])
