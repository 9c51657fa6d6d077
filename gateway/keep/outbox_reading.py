"""Reading the outbox beside its writer: one thread with connections that cannot write."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from gateway.keep.outbox_file import Batch, checksum
from gateway.keep.outbox_quarantine import Quarantined
from gateway.keep.schema import connect_to_read

_BATCHES = "SELECT seq, t0, t1, lines, points, data, crc FROM batch WHERE seq > ? AND seq < ? AND t1 > ? ORDER BY seq"
_QUARANTINED = (
    "SELECT destination, utc, line, why FROM quarantine WHERE ?1 IN ('', destination) ORDER BY id DESC LIMIT ?2"
)
ANY_SEQ = 1 << 62
EVER_NS = -(1 << 63)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where batches are read from, oldest first. `generation` rises when a file took the place of another."""

    databases: tuple[str, ...]
    generation: int


@dataclass(frozen=True, slots=True)
class Read:
    """What was read, and the numbers of batches that are not what was written."""

    batches: list[Batch]
    torn: list[int]


class OutboxReader:
    """The outbox as it stood at the last commit. Raises sqlite3.Error where the file cannot be read."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox-reader")
        self._connections: dict[str, sqlite3.Connection] = {}
        self._generation = 0

    async def batches(
        self, sources: Sources, after: int, before: int, most_bytes: int, since_ns: int = EVER_NS
    ) -> Read:
        """Batches with after < seq < before that end after `since_ns`: as many as fit, at least one if there is one."""
        arguments = (sources, after, before, most_bytes, since_ns)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._batches, *arguments)

    async def quarantined(self, sources: Sources, destination: str, limit: int) -> list[Quarantined]:
        """Refused lines, newest first."""

        def find() -> list[Quarantined]:
            connection = self._connection(sources, sources.databases[-1])
            return [Quarantined(*row) for row in connection.execute(_QUARANTINED, (destination, limit))]

        return await asyncio.get_running_loop().run_in_executor(self._thread, find)

    async def let_go(self) -> None:
        """Close the connections; calls under way end first. The next call opens them again."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)

    async def close(self) -> None:
        """Close the connections for good."""
        await self.let_go()
        self._thread.shutdown()

    def _batches(self, sources: Sources, after: int, before: int, most_bytes: int, since_ns: int) -> Read:
        read = Read([], [])
        for database in sources.databases:
            try:
                # Closed at once: a read that is left open keeps the write-ahead log from beginning anew.
                with closing(self._connection(sources, database).execute(_BATCHES, (after, before, since_ns))) as rows:
                    for *columns, crc in rows:
                        batch = Batch(*columns)
                        most_bytes -= len(batch.data)
                        if most_bytes < 0 and read.batches:
                            return read
                        if checksum(batch, batch.data) == crc:
                            read.batches.append(batch)
                        else:
                            read.torn.append(batch.seq)
                        after = batch.seq
            except sqlite3.Error:
                if database == sources.databases[-1]:
                    raise  # of others, left on a disk that takes nothing, what can be read is read
        return read

    def _connection(self, sources: Sources, database: str) -> sqlite3.Connection:
        if sources.generation != self._generation:
            self._close()
            self._generation = sources.generation
        if database not in self._connections:
            self._connections[database] = connect_to_read(database)
        return self._connections[database]

    def _close(self) -> None:
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
