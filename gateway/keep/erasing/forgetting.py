"""Forgetting a person while the gateway runs: in small steps between the road's own commits.

In this order, so that a kill between any two of them leaves something that the next start completes: his permits are revoked
(they open nothing from then on), the ledger says that he is to be forgotten, everything that names him beside his permits is
cleaned, his permits are made nobody's, and the ledger says that it is complete. While his name still stands in his permits, the
next start finds him by it; once it does not, nothing is left to find but free pages, which the last step looks through.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.keep.erasing.applying import forget_copies
from gateway.keep.erasing.traces import clean, finding, still_naming
from gateway.keep.schema import JOURNAL_NAME, connect, connect_to_read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from gateway.keep.erasing.ledger import Erasure, Ledger
    from gateway.keep.erasing.traces import Found, Traces
    from gateway.keep.journal import Journal
    from gateway.model import Now

CHECKPOINT_TRIES = 50
"""A reader that began before the last commit keeps the write-ahead log from being emptied: waited for, 5 s at most."""
PAUSE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was taken out. `pages` says that free pages of the file still tell of the person: the next start writes it anew."""

    rows: int
    copies: tuple[str, ...]
    pages: bool


class Forgetting:
    """Forgets in the files of one data folder. `carry` takes a fresh ledger to the places of backups."""

    def __init__(
        self,
        data: Path,
        journal: Journal,
        ledger: Ledger,
        clock: Callable[[], Now],
        carry: Callable[[], Awaitable[None]],
    ) -> None:
        self._data = data
        self._journal = journal
        self._ledger = ledger
        self._clock = clock
        self._carry = carry
        self._looking: int | None = None
        """A descriptor of the journal's file, never closed: who closes one takes from this process all locks that SQLite has on
        that file (sqlite.org/howtocorrupt.html, 2.2), and the next process that opens the journal throws its log away."""

    async def erasures(self) -> tuple[Erasure, ...]:
        """What the ledger says. Raises OSError."""
        return await asyncio.to_thread(self._ledger.read)

    async def still_open(self, traces: Traces) -> list[str]:
        """The keys of what is open and names the person: it is to be ended before he can be forgotten."""
        return await asyncio.to_thread(self._still_open, traces)

    async def begin(self, mark: str, by: str) -> None:
        """The first step: from here on a restart completes it. Raises OSError."""
        await asyncio.to_thread(self._ledger.begin, mark, self._clock().utc, by)
        await self._carry()

    async def clean(self, traces: Traces, by: str) -> int:
        """The second: everything but the person's own permits. Returns how many rows of the log were erased."""
        rows, after = 0, 0
        while True:  # again, until nothing came meanwhile
            last, batches = await asyncio.to_thread(self._find, traces, after)
            for batch in batches:
                rows += await self._journal.tend(partial(clean, batch=batch, traces=traces, now=self._clock(), by=by))
            if not batches:
                return rows
            after = last

    async def complete(self, mark: str, traces: Traces, by: str, rows: int) -> Cleaned:
        """The last, once his permits are nobody's: what came meanwhile, the write-ahead log, old copies. Raises OSError."""
        rows += await self.clean(traces, by)
        re.purge()  # it keeps what was compiled to look for him
        copies, pages = await asyncio.to_thread(self._sweep, traces)
        if not pages:
            await asyncio.to_thread(self._ledger.complete, mark, self._clock().utc, by)
        await self._carry()
        return Cleaned(rows, tuple(copies), pages)

    def _still_open(self, traces: Traces) -> list[str]:
        with closing(connect_to_read(self._journal.source)) as connection:
            return still_naming(connection, traces)

    def _find(self, traces: Traces, after: int) -> tuple[int, list[list[Found]]]:
        with closing(connect_to_read(self._journal.source)) as connection:
            (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()
            return int(last), list(finding(connection, traces, after))

    def _sweep(self, traces: Traces) -> tuple[list[str], bool]:
        """Empty the write-ahead log, delete old copies; whether the file's bytes still hold a trace."""
        path = self._data / JOURNAL_NAME
        if not self._journal.recorded:
            return [], False
        with closing(connect(self._journal.source)) as connection:
            connection.execute("PRAGMA busy_timeout = 0")  # it waits holding the lock for which the road's commits wait
            for _ in range(CHECKPOINT_TRIES):
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    break
                time.sleep(PAUSE_SECONDS)
        copies = forget_copies(self._data, traces)
        return copies, self._in_journal(path, traces) or traces.in_file(path.with_name(f"{JOURNAL_NAME}-wal"))

    def _in_journal(self, path: Path, traces: Traces) -> bool:
        if self._looking is None:
            self._looking = os.open(path, os.O_RDONLY)
        with open(self._looking, "rb", closefd=False) as file:
            file.seek(0)
            return traces.in_bytes(file)
