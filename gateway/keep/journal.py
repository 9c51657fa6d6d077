"""The journal: what a person must know is on disk here before anyone is told.

One thread writes. All entries that wait share one transaction (SQLite WAL, synchronous=FULL): at 20 ms a commit that is
hundreds of entries a second instead of 48. The event loop hands over one batch and is woken once for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, TypeVar

from gateway.keep.opening import Opened, Rescued, open_journal
from gateway.keep.reading import Reader
from gateway.keep.schema import connect, connect_to_read
from gateway.keep.sequences import Sequences
from gateway.keep.writing import write_cursors, write_entry

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from drivers.contract import Json
    from gateway.model import Entry, Now

    Seqs = tuple[int | None, ...]

NOTE_SECONDS = 0.9
"""A noted cursor waits so long for company; the commit has the rest of the second."""

BEAT_SECONDS = 1.0

_Done = TypeVar("_Done")


class JournalBroken(Exception):
    """A commit failed; the journal takes nothing more. A restart finds out whether the disk does."""


@dataclass(slots=True)
class _Batch:
    entries: list[tuple[Entry, asyncio.Future[Seqs]]] = field(default_factory=list)
    notes: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Tending:
    work: Callable[[sqlite3.Connection], Any]
    future: asyncio.Future[Any]


def _nothing() -> None:
    pass


class Journal:
    """An open journal. Belongs to the event loop that runs when it is first used; `close` it, or use `async with`."""

    def __init__(self, opened: Opened, beat: Callable[[], None] = _nothing) -> None:
        self.source = opened.source
        """The database as a URI: for `Reader` and for whoever needs a connection of his own (`connect`)."""
        self.recorded = not opened.unrecorded
        """Whether what is committed survives the process."""
        self.why = opened.unrecorded
        """Why nothing is recorded, as a sentence for people; "" while it is."""
        self.rescued: Rescued | None = opened.rescued
        """What was saved from a damaged file at this start."""
        self._connection = opened.connection
        self._watermark = opened.watermark
        self._beat = beat
        self._remembered = opened.remembered
        self._cursors = opened.cursors
        self._lookup = connect_to_read(opened.source)
        self._sequences = Sequences(self._lookup)
        self._waiting = _Batch()
        self._to_tend: deque[_Tending] = deque()
        self._broken = False
        self._handing_over = False
        self._writing = False
        self._noting: asyncio.TimerHandle | None = None
        self._queue: SimpleQueue[_Batch | _Tending | None] = SimpleQueue()
        self._idle = asyncio.Event()
        self._thread: Thread | None = None

    @classmethod
    def open(cls, folder: Path, now: Now, beat: Callable[[], None] = _nothing) -> Journal:
        """Open the journal of a data folder: whole, rescued (`rescued`), or in memory (`recorded` is False, `why`).

        Blocks, for long only after damage or an unclean end of a large journal. `beat` is called by the writing thread
        at least once a second while it makes progress. Raises `NewerJournal` for a file of a newer Gridpost.
        """
        return cls(open_journal(folder, now), beat)

    def submit(self, entry: Entry) -> asyncio.Future[Seqs]:
        """Put an entry on disk. The future gives the seq of each outcome's log row, None where an outcome makes none.

        Entries reach the disk in the order of submission. The future fails with `JournalBroken` when the commit failed,
        and so does everything submitted later.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Seqs] = loop.create_future()
        if self._broken:
            future.set_exception(JournalBroken(self.why))
            return future
        for event in entry.events:
            self._sequences.submitted(event.device, event.epoch, event.sequence)
        self._cursors.update(entry.cursors)
        for device in entry.cursors:
            self._waiting.notes.pop(device, None)  # an older word than this entry's
        self._waiting.entries.append((entry, future))
        self._hand_over_soon(loop)
        return future

    def note(self, device: str, cursor: Json) -> None:
        """Remember a cursor: on disk within a second, with the next commit if there is one sooner."""
        self._cursors[device] = cursor
        self._waiting.notes[device] = cursor
        if self._noting is None and not self._broken:
            loop = asyncio.get_running_loop()
            self._noting = loop.call_later(NOTE_SECONDS, self._hand_over_soon, loop)

    def cursor(self, device: str) -> Json:
        """Where the device stood when `submit` or `note` last took its cursor; None for a new device."""
        return self._cursors.get(device)

    def known(self, device: str, epoch: str, sequence: int) -> bool:
        """Whether that event was ever submitted, in this run or any before.

        It may still be on its way to the disk. Whoever must not answer before it is there submits an entry, even an empty
        one, and waits for that: entries reach the disk in order.
        """
        return self._sequences.known(device, epoch, sequence)

    def remembered(self) -> dict[str, Json]:
        """Everything that decide wanted remembered, as it stood when the journal was opened."""
        return self._remembered

    async def tend(self, work: Callable[[sqlite3.Connection], _Done]) -> _Done:
        """Do a small piece of work on the writing thread, in a transaction of its own: to prune, to erase. Returns its answer.

        What is submitted meanwhile waits for it, so keep it to a few milliseconds; of several one is done between two commits.
        What the work raises is raised here and changes nothing. Raises `JournalBroken` once a commit has failed.
        """
        if self._broken:
            raise JournalBroken(self.why)
        tending = _Tending(work, asyncio.get_running_loop().create_future())
        self._to_tend.append(tending)
        if not self._writing:
            self._go_on(tend=True)
        done: _Done = await asyncio.shield(tending.future)
        return done

    def reader(self) -> Reader:
        """A reader with connections of its own; the caller closes it."""
        return Reader(self.source)

    def connect(self) -> sqlite3.Connection:
        """One more connection that may write, for `gateway.keep.accounts.users`; the caller closes it."""
        return connect(self.source)

    async def close(self) -> None:
        """Write what waits, mark the journal as closed in good order, and end the thread."""
        if self._noting is not None:
            self._noting.cancel()
        if (self._waiting.notes or self._waiting.entries) and not self._broken:
            self._start_writing()
        while self._writing:
            self._idle.clear()
            await self._idle.wait()
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
        self._lookup.close()
        self._connection.close()
        if self._watermark is not None:
            self._watermark.close(clean=not self._broken)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ------------------------------------------------------------ on the event loop

    def _hand_over_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """At the end of this turn of the loop, so that all that this turn submits shares one commit."""
        if not self._handing_over and not self._writing:
            self._handing_over = True
            loop.call_soon(self._start_writing)

    def _start_writing(self) -> None:
        self._handing_over = False
        if self._writing:
            return
        if self._noting is not None:
            self._noting.cancel()
            self._noting = None
        batch, self._waiting = self._waiting, _Batch()
        self._hand_to_thread(batch)

    def _hand_to_thread(self, work: _Batch | _Tending) -> None:
        self._writing = True
        if self._thread is None:
            arguments = (asyncio.get_running_loop(),)
            self._thread = Thread(target=self._write_for_ever, args=arguments, name="journal", daemon=True)
            self._thread.start()
        self._queue.put(work)

    def _written(self, batch: _Batch, seqs: Sequence[Seqs], failure: Exception | None) -> None:
        self._writing = False
        if failure is not None:
            self._break(batch, failure)
        for (entry, future), numbers in zip(batch.entries, seqs, strict=False):
            for event in entry.events:
                self._sequences.committed(event.device, event.epoch, event.sequence)
            if not future.done():
                future.set_result(numbers)
        self._go_on(tend=True)

    def _tended(self, tending: _Tending, done: object, failure: Exception | None) -> None:
        self._writing = False
        if not tending.future.done():
            if failure is not None:
                tending.future.set_exception(failure)
            else:
                tending.future.set_result(done)
        self._go_on(tend=not self._waiting.entries)

    def _go_on(self, *, tend: bool) -> None:
        """Begin what waits: a piece of tending, where it is its turn, or a batch."""
        if self._to_tend and tend and not self._broken:
            self._hand_to_thread(self._to_tend.popleft())
        elif (self._waiting.entries or self._noting_overdue()) and not self._broken:
            self._start_writing()
        self._idle.set()

    def _noting_overdue(self) -> bool:
        return self._noting is not None and self._noting.when() <= asyncio.get_running_loop().time()

    def _break(self, batch: _Batch, failure: Exception) -> None:
        self._broken = True
        self.recorded = False
        self.why = f"The journal cannot be written: {failure}."
        for _, future in batch.entries + self._waiting.entries:
            if not future.done():
                future.set_exception(JournalBroken(self.why))
        for tending in self._to_tend:
            if not tending.future.done():
                tending.future.set_exception(JournalBroken(self.why))
        self._to_tend.clear()
        self._waiting = _Batch()

    # ------------------------------------------------------------ on the writing thread

    def _write_for_ever(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            self._beat()
            try:
                batch = self._queue.get(timeout=BEAT_SECONDS)
            except Empty:
                continue
            if batch is None:
                return
            failure: Exception | None = None
            seqs: list[Seqs] = []
            done: object = None
            try:
                if isinstance(batch, _Tending):
                    done = self._in_transaction(batch.work)
                else:
                    seqs = self._write(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits must hear of it
                failure = error
            with contextlib.suppress(RuntimeError):  # the loop was closed without closing the journal
                if isinstance(batch, _Tending):
                    loop.call_soon_threadsafe(self._tended, batch, done, failure)
                else:
                    loop.call_soon_threadsafe(self._written, batch, seqs, failure)

    def _write(self, batch: _Batch) -> list[Seqs]:
        def write(connection: sqlite3.Connection) -> list[Seqs]:
            seqs = [write_entry(connection, entry) for entry, _ in batch.entries]
            write_cursors(connection, batch.notes)
            return seqs

        return self._in_transaction(write)

    def _in_transaction(self, work: Callable[[sqlite3.Connection], _Done]) -> _Done:
        """Do it and put it on disk, all or nothing."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            done = work(connection)
            (last,) = connection.execute("SELECT max(seq) FROM log").fetchone()
            commit(connection)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if self._watermark is not None:
            self._watermark.put(last or 0, time.monotonic())
        return done


def commit(connection: sqlite3.Connection) -> None:
    """Put the transaction on disk. By itself, so that a test can make the disk slow or full."""
    connection.execute("COMMIT")
