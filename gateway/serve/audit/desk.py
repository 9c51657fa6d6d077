"""What stands behind the audit's routes: the log as an audit reads it, the chain's head, and its verification."""

from __future__ import annotations

import asyncio
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gateway.keep.audit.chain import newest_head
from gateway.keep.audit.checkpoints import checkpoints
from gateway.keep.audit.reading import following, newest
from gateway.keep.audit.verifying import verify
from gateway.keep.schema import connect_to_read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator, Callable

    from gateway.keep.audit.reading import AuditRow, Wanted
    from gateway.keep.audit.signing import Signer
    from gateway.keep.audit.verifying import Verdict
    from gateway.keep.reading import Reader
    from gateway.model import Now
    from gateway.works import Works

EXPORT_ROWS = 500
"""Rows of an export that are read at a time."""


class Head(NamedTuple):
    """The newest head: what somebody off the box writes down. `checkpoint` is the newest signed one, by seq and time."""

    seq: int
    head: str
    utc: float
    rows: int
    since_utc: float
    checkpoint: tuple[int, float] | None
    key: str


class AuditDesk:
    """Reads alone. One verification at a time: a second asker gets the answer of the first."""

    def __init__(self, source: str, records: Reader, signer: Signer, works: Works, clock: Callable[[], Now]) -> None:
        self._source = source
        self._records = records
        self._signer = signer
        self._works = works
        self._clock = clock
        self._verifying: asyncio.Task[Verdict] | None = None

    async def rows(self, wanted: Wanted, before: int, limit: int) -> tuple[list[AuditRow], int | None]:
        """Rows below a seq, newest first, and below which seq there may be more."""
        return await self._records.ask(lambda connection: newest(connection, wanted, before, limit))

    async def pages(self, wanted: Wanted) -> AsyncIterator[list[AuditRow]]:
        """All rows, oldest first, some at a time; a page may be empty."""
        after: int | None = 0
        while after is not None:
            rows, after = await self._records.ask(partial(following, wanted=wanted, after=after, limit=EXPORT_ROWS))
            yield rows

    async def head(self) -> Head:
        """The newest head."""
        key = self._signer.public.hex()
        return await self._records.ask(lambda connection: _head(connection, key))

    async def verify(self, by: str) -> Verdict:
        """Verify the whole chain, beside the road; `by` asked for it."""
        if self._verifying is None or self._verifying.done():
            self._verifying = asyncio.create_task(self._verify(by), name="audit verify")
        return await asyncio.shield(self._verifying)

    async def _verify(self, by: str) -> Verdict:
        with self._works.doing("verify", "audit", self._clock().utc, by=by) as work:

            def tell(done: int, total: int) -> None:
                work.done, work.total = done, total

            def check() -> Verdict:
                with closing(connect_to_read(self._source)) as connection:
                    return verify(connection, self._signer.public, tell=tell)

            return await asyncio.to_thread(check)


def _head(connection: sqlite3.Connection, key: str) -> Head:
    seq, head = newest_head(connection)
    first = connection.execute("SELECT seq FROM chain ORDER BY seq LIMIT 1").fetchone()
    (rows,) = connection.execute("SELECT count(*) FROM chain").fetchone()
    newest_signed = max(((each.seq, each.utc) for each in checkpoints(connection)), default=None)
    return Head(
        seq, head.hex(), _utc(connection, seq), rows, _utc(connection, first[0]) if first else 0.0, newest_signed, key
    )


def _utc(connection: sqlite3.Connection, seq: int) -> float:
    """When a row, or the first one there is after it, was written."""
    found = connection.execute("SELECT utc FROM log WHERE seq >= ? ORDER BY seq LIMIT 1", (seq,)).fetchone()
    return float(found[0]) if found else 0.0
