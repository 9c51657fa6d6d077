"""The outbox: telemetry waits here until every destination has it.

A line goes into the open batch, which outlives the process at once (gateway/keep/open_batch.py). Each second, or at 2,000
lines, the batch is sealed, and one thread puts it on disk in one transaction with all else that there is to write: what may
be deleted, cursors, counts of what was lost. Meanwhile the other half fills. The loop decides and counts, the thread writes.
"""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from gateway.keep.open_batch import OPEN_NAME, OpenBatch, Remains, remains
from gateway.keep.outbox_books import DAMAGED, Books, Noted
from gateway.keep.outbox_facts import Facts
from gateway.keep.outbox_file import VERSION, Batch, NewerOutbox, Work, is_damage
from gateway.keep.outbox_filling import Filling
from gateway.keep.outbox_quarantine import Quarantined, Refused, newest
from gateway.keep.outbox_reading import ANY_SEQ, EVER_NS, OutboxReader
from gateway.keep.outbox_stock import Backlog
from gateway.keep.outbox_store import OutboxSettings, OutboxStore, Turned
from gateway.keep.room import Room, RoomState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from gateway.keep.outbox_books import Forget
    from gateway.model import HouseSaid, Now

__all__ = ["Backlog", "Batch", "NewerOutbox", "Outbox", "OutboxSettings", "Quarantined", "Room", "RoomState"]

BATCH_LINES = 2_000
TURN_SECONDS = 1.0


class Outbox:
    """An open outbox. Belongs to the event loop on which `run` runs; `close` it."""

    def __init__(
        self, settings: OutboxSettings, store: OutboxStore, books: Books, opened: OpenBatch, left: Remains, now: Now
    ) -> None:
        """Take the parts that `open` puts together."""
        self._settings = settings
        self._store = store
        self._books = books
        self._now = now
        self._facts = Facts(books.lost())
        self._filling = Filling(opened)
        self._refused = Refused()
        self._torn: set[int] = set()
        self._met = ""
        self._wakes: list[Callable[[], None]] = []
        self._due = asyncio.Event()
        self._next_end = asyncio.Event()  # of the turn that runs, or of the next one
        self._turning: asyncio.Future[Turned] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        self._reader = OutboxReader()
        self._away = False
        self.say: Callable[[HouseSaid], None] = _say_nothing
        """Who is told of a scarce disk, of dropped telemetry and of damage. Called on the loop, while `run` runs."""
        self.damaged: tuple[str, ...] = ()
        """Sentences about what was damaged, set aside and rescued at this start."""
        self.alive_until_utc = left.alive_until_utc
        """When the last process was last seen alive, to the second; 0.0 where nothing tells."""

    @classmethod
    def open(cls, folder: Path, settings: OutboxSettings, destinations: Sequence[str], now: Now) -> Outbox:
        """Open the outbox of a data folder: whole, rescued, or in memory. Blocks; long only after damage.

        Raises `NewerOutbox` alone, for a file of a newer Gridpost.
        """
        left = remains(folder / OPEN_NAME)
        noted = Noted.read(left.notes)
        store = OutboxStore(folder, settings)
        contents, damage = store.open(now.utc, max(0, noted.first - 1), version_noted=noted.version == VERSION)
        if not damage and not store.in_memory and contents.stock.newest < noted.last:
            damage = f"The outbox ends at batch {contents.stock.newest}, but batch {noted.last} was written."
        books = Books(destinations, contents, noted, on_disk=not damage and not store.in_memory)
        if damage and not books.cursors:
            books.begin_at_the_oldest()
        outbox = cls(settings, store, books, OpenBatch.open(folder / OPEN_NAME), left, now)
        outbox._take_over(left, noted, damage)
        return outbox

    # ------------------------------------------------------------ in

    def append(self, line: bytes, points: int, utc_ns: int) -> None:
        """Take a line (with its end) that holds so many points. It outlives the process when this returns.

        Never waits, never fails: what finds no place is dropped and counted.
        """
        half = self._filling.half
        if half.put(line, points, utc_ns):
            if half.lines == BATCH_LINES:
                self._due.set()
        elif reason := self._filling.place(line, points, utc_ns):
            self._books.lose(reason, points)
        else:
            self._due.set()

    @property
    def filling(self) -> int:
        """The number of the batch that `append` fills now. Numbers only rise, whatever becomes of the file."""
        return self._filling.seq

    @property
    def committed(self) -> int:
        """The highest number of a batch on disk, 0 before the first."""
        return self._books.stock.newest

    @property
    def room(self) -> Room:
        """The room on the disk, as it was a second ago."""
        return self._store.room

    # ------------------------------------------------------------ out

    def on_commit(self, wake: Callable[[], None]) -> None:
        """Have this called on the loop after each committed batch."""
        self._wakes.append(wake)

    async def read(self, after: int, most_bytes: int, *, before: int | None = None) -> Sequence[Batch]:
        """Committed batches with after < seq < before, oldest first: up to so many compressed bytes, at least one batch.

        A batch that is not what was written is passed over and counted. Nothing where the file cannot be read now.
        """
        if after >= self.committed or self._away:
            return ()
        return await self._read(after, ANY_SEQ if before is None else before, most_bytes)

    async def tail(self, since_ns: int) -> list[Batch]:
        """Committed batches with a reading received after that moment, oldest first. What was sent stays two minutes."""
        after = self._books.stock.before(since_ns / 1e9 - 1.0)
        return await self._read(after, ANY_SEQ, 1 << 62, since_ns)

    def cursor(self, destination: str, lane: str) -> int | None:
        """How far a destination is; None where it has not begun: it begins at `committed`, or where the journal ends."""
        return self._books.cursors.get((destination, lane))

    def move(self, destination: str, lane: str, to: int) -> None:
        """A destination has all up to here: on disk with the next commit, at most a second later. Only rises."""
        self._books.move(destination, lane, to)

    def adopt(self, destinations: Sequence[str]) -> None:
        """From now on there are these destinations; those that are gone are forgotten."""
        self._books.adopt(destinations)

    def quarantine(self, destination: str, line: bytes, why: str, utc: float) -> None:
        """Keep a line that a destination will never take, and its words; both are cut where they are very long."""
        self._refused.add(destination, line, why, utc)

    async def quarantined(self, destination: str = "", limit: int = 100) -> Sequence[Quarantined]:
        """Refused lines, newest first, of one destination if it is given."""
        waiting = self._refused.waiting(destination)
        if self._away:
            return newest(waiting, [], limit)
        try:
            on_disk = await self._reader.quarantined(self._store.sources, destination, limit)
        except sqlite3.Error as error:
            self._met_damage(error)
            on_disk = []
        return newest(waiting, on_disk, limit)

    # ------------------------------------------------------------ how it stands

    def backlog(self, destination: str) -> Backlog:
        """What waits for a destination, from memory."""
        return self._books.backlog(destination)

    def held(self) -> Backlog:
        """All that it holds, for whomever."""
        return self._books.held()

    def lost(self) -> Mapping[str, int]:
        """Points dropped, by reason: "full", "age", "room", "damaged", "overrun". Survives a restart."""
        return self._books.lost()

    # ------------------------------------------------------------ turns

    async def run(self, clock: Callable[[], Now]) -> None:
        """Put on disk what came, each second or at 2,000 lines, until cancelled. Never raises for what the disk does."""
        while True:
            if not self._away:
                self._begin_turn(clock())
            with suppress(TimeoutError):
                async with asyncio.timeout(TURN_SECONDS):
                    await self._due.wait()
            self._due.clear()
            await self._turn_ended()

    async def settled(self) -> None:
        """Wait until all that was appended before is on disk, or is lost and counted: at most a second on a disk that works."""
        last = self._filling.last
        while self._filling.holds(last):
            await self._next_end.wait()

    async def put_away(self) -> None:
        """Put everything on disk and close the database until `take_up`. Destinations get nothing meanwhile.

        Nothing is lost of what is appended all the same: it waits in the open batch, as far as that reaches.
        """
        if self._away:
            return
        await self._all_on_disk()
        self._away = True
        await self._turn_ended()
        await self._reader.let_go()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._store.put_away)

    async def take_up(self) -> None:
        """Open it again. Damage is met, and mended, by the next turn."""
        if not self._away:
            return
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._store.take_up)
        except (sqlite3.Error, OSError, ValueError) as error:
            self._met = str(error)
        self._away = False
        self._due.set()

    async def close(self) -> None:
        """Put everything on disk, if it takes it, and end the threads. What it did not take stays in the open batch."""
        await self._all_on_disk()
        await self._reader.close()  # first: who closes a database last tidies it up, and a reader cannot
        await asyncio.get_running_loop().run_in_executor(self._thread, self._store.close)
        self._thread.shutdown()
        self._filling.close()

    async def _all_on_disk(self) -> None:
        await self._turn_ended()
        for _ in range(2):  # halves
            self._begin_turn(self._now)
            await self._turn_ended()

    def _begin_turn(self, now: Now) -> None:
        self._now = now
        self._filling.opened.alive(now.utc)
        if not self._filling.sealed:
            self._filling.seal()
        forget, work = self._work(now)
        arguments = (work, self._met, self._books.needed_after(), now.utc, now.boottime_ns / 1e9)
        loop = asyncio.get_running_loop()
        self._turning = loop.run_in_executor(self._thread, self._store.turn, *arguments)
        self._turning.add_done_callback(partial(self._turned, work, forget))

    async def _turn_ended(self) -> None:
        while self._turning is not None:
            await asyncio.wait([self._turning])

    def _work(self, now: Now) -> tuple[Forget, Work]:
        forget = self._books.forgettable(now, self._settings.max_age_seconds, self._store.excess())
        cursors, gone, counts = self._books.to_write(forget)
        batch = self._filling.sealed[0] if self._filling.sealed else None
        return forget, Work(batch, forget.to, cursors, gone, counts, self._refused.waiting())

    def _turned(self, work: Work, forget: Forget, turning: asyncio.Future[Turned]) -> None:
        self._turning = None
        if (bug := turning.exception()) is not None:
            turned = Turned(self._store.room, failed=f"The outbox cannot be written: {bug!r}.")
        else:
            turned = turning.result()
        self._apply(work, forget, turned)
        self._facts.tell(self.say, self._now, self._store, turned, self._books.lost())
        self._next_end.set()
        self._next_end = asyncio.Event()
        if turned.row is not None:
            for wake in self._wakes:
                wake()
        if self._filling.sealed and (turned.row is not None or turned.replaced is not None):
            self._due.set()

    def _apply(self, work: Work, forget: Forget, turned: Turned) -> None:
        books = self._books
        if turned.replaced is not None:
            before = books.waiting_points()
            books.replace(turned.replaced)
            books.lose_since(before)
            self._met = ""
            self._torn.clear()
        if turned.done:
            books.forgot(forget)
            books.written(work.cursors, work.gone, work.tally)
            self._torn = {seq for seq in self._torn if seq > forget.to}
            self._refused.written(work.quarantined)
        if turned.row is not None:
            books.came(turned.row)
            self._filling.written()
        if turned.done or turned.replaced is not None:
            self._filling.opened.note(books.notes())
        self._filling.shut(self._store.shut())

    # ------------------------------------------------------------ what the last process left

    def _take_over(self, left: Remains, noted: Noted, damage: str) -> None:
        """Put on disk what the last process left in the open batch, and begin a new one."""
        books, filling, came = self._books, self._filling, 0
        for found in left.batches:
            if found.seq > self.committed:
                filling.take_over(found)
                came += found.points if found.seq > noted.last else 0
        filling.begin(1 + max(books.highest(), noted.last, *(found.seq for found in left.batches), 0))
        for _ in left.batches:
            if filling.sealed:
                forget, work = self._work(self._now)
                turned = self._store.turn(work, "", books.needed_after(), self._now.utc, self._now.boottime_ns / 1e9)
                self._apply(work, forget, turned)
        if damage:
            lost = books.lose_since(noted.waiting, came)
            damage += f" {lost} readings that were waiting are lost." if lost else " Nothing that waited is lost."
        if left.torn:
            books.lose(DAMAGED, left.torn_points)
        torn = "The open batch could not be read: the last second of telemetry is lost." if left.torn else ""
        self.damaged = tuple(filter(None, (damage, torn, self._store.in_memory, filling.opened.why)))
        self._facts.damaged(" ".join(filter(None, (damage, torn))), self._now)
        filling.shut(self._store.shut())

    # ------------------------------------------------------------ reading

    async def _read(self, after: int, before: int, most_bytes: int, since_ns: int = EVER_NS) -> list[Batch]:
        try:
            read = await self._reader.batches(self._store.sources, after, before, most_bytes, since_ns)
        except sqlite3.Error as error:
            self._met_damage(error)
            return []
        for seq in read.torn:
            if seq not in self._torn:
                self._torn.add(seq)
                self._books.lose_batch(seq, self._books.stock.sum(seq - 1, seq).points)
                self._facts.damaged(f"Batch {seq} of the outbox is damaged and was passed over.", self._now)
        return read.batches

    def _met_damage(self, error: sqlite3.Error) -> None:
        if is_damage(error):
            self._met = str(error)
            self._due.set()


def _say_nothing(_said: HouseSaid) -> None:
    pass
