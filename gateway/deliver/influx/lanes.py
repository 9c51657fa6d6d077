"""What goes to a server: the journal's records and the outbox's telemetry, each lane with its own cursor."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from gateway.deliver.influx.annotations import Annotator
from gateway.deliver.influx.covered import Covered, Stretch
from gateway.deliver.influx.parcel import LARGEST_BYTES, Parcel
from gateway.deliver.outlet import RECORDS, TELEMETRY
from gateway.logs import log_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.deliver.outlet import Standing, Wiring
    from gateway.keep.outbox_file import Batch
    from gateway.model import LogRow

ROWS = 500
"""Records in one request: some 100 kB."""

LINES = 5000
"""Telemetry in one request: cheapest per point (docs/influxdb.md), and gone within a second on a slow link."""

READ_BYTES = 128 * 1024
"""Compressed telemetry read for one request: about a megabyte of lines."""

AT_ONCE_BYTES = 8 * 1024
"""Batches up to this size, compressed, are unpacked on the event loop: under 1 ms, and a thread costs as much."""

SMALLER_SECONDS = 600.0
"""How long requests stay smaller after a server took one for too large; then twice as much is tried."""

SMALLEST_BYTES = 4096
"""No server takes less than this."""

log = log_of("influx")


class Size:
    """How large a request may be."""

    def __init__(self) -> None:
        self._bytes = LARGEST_BYTES
        self._until = 0.0

    def now(self, time: float) -> int:
        """The most bytes at this time of the loop's clock."""
        if self._bytes < LARGEST_BYTES and time >= self._until:
            self._bytes = min(LARGEST_BYTES, self._bytes * 2)
            self._until = time + SMALLER_SECONDS
        return self._bytes

    def too_large(self, size: int, time: float) -> None:
        """A request of this size was too large."""
        self._bytes = max(SMALLEST_BYTES, min(self._bytes, size // 2))
        self._until = time + SMALLER_SECONDS


class Lane(Protocol):
    """One kind of thing that goes out."""

    def came(self) -> None:
        """There may be more."""

    async def parcel(self) -> Parcel | None:
        """What goes next: the same one until `finished`; None when all is done."""

    def finished(self, refused: int) -> None:
        """The parcel is done; so many values in it were refused."""


class RecordLane:
    """Alarms, ended commands or device events."""

    def __init__(self, lane: str, wiring: Wiring, standing: Standing, size: Size) -> None:
        self._lane = lane
        self._wiring = wiring
        self._standing = standing
        self._size = size
        self._annotator = Annotator(wiring.compound, wiring.place, simulated=wiring.simulated)
        self._more = True
        self._parcel: Parcel | None = None
        self._rows = 0
        self._last = 0

    def came(self) -> None:
        """The journal has new rows."""
        self._more = True

    async def parcel(self) -> Parcel | None:
        """The next rows. A destination that is new begins at the journal's present end."""
        wiring = self._wiring
        if self._parcel is not None:
            return self._parcel
        if not self._more or not wiring.recorded():
            return None
        self._more = False
        cursor = wiring.outbox.cursor(self._standing.id, self._lane)
        if cursor is None:
            wiring.outbox.move(self._standing.id, self._lane, await wiring.records.last_seq())
            return None
        rows = await wiring.records.log(cursor, ROWS, RECORDS[self._lane])
        if not rows:
            return None
        self._more = len(rows) == ROWS
        self._rows, self._last = len(rows), rows[-1].seq
        now = asyncio.get_running_loop().time()
        self._parcel = Parcel(map(self._line, rows), self._size.now(now))
        if not self._parcel.piece:
            self.finished(self._rows)
        return self._parcel

    def _line(self, row: LogRow) -> bytes:
        """The line of a row; none for a row in a form that nobody here writes, which must not hold up all that follow."""
        try:
            return self._annotator.line(self._lane, row)
        except (KeyError, TypeError, AttributeError) as error:
            log.error("a record cannot be written as a line", seq=row.seq, lane=self._lane, why=repr(error))  # noqa: TRY400
            return b""

    def finished(self, refused: int) -> None:
        """On to the next rows."""
        self._parcel = None
        self._standing.records += max(0, self._rows - refused)
        self._wiring.outbox.move(self._standing.id, self._lane, self._last)


class TelemetryLane:
    """What the outbox holds."""

    def __init__(self, wiring: Wiring, standing: Standing, size: Size) -> None:
        self._outbox = wiring.outbox
        self._standing = standing
        self._size = size
        cursor = self._outbox.cursor(standing.id, TELEMETRY)
        if cursor is None:  # said at once, before anything is measured: what comes from here on is not to be missed
            cursor = self._outbox.committed
            self._outbox.move(standing.id, TELEMETRY, cursor)
        self._covered = Covered(cursor)
        self._parcel: Parcel | None = None
        self._stretch = Stretch(0, 0)
        self._points = 0

    def came(self) -> None:
        """The outbox tells by its number."""

    async def parcel(self) -> Parcel | None:
        """The next batches, joined."""
        while self._parcel is None:
            stretch = self._covered.next(self._outbox.committed)
            if stretch is None:
                return None
            most = self._size.now(asyncio.get_running_loop().time())
            found = await self._outbox.read(stretch.after, READ_BYTES, before=stretch.last + 1)
            batches = _as_many_as_go(found)
            if not batches and not await self._gone(stretch):
                return None
            self._stretch = Stretch(stretch.after, batches[-1].seq) if batches else stretch
            self._points = sum(batch.points for batch in batches)
            if sum(len(batch.data) for batch in batches) <= AT_ONCE_BYTES:
                self._parcel = _packed(batches, most)
            else:
                self._parcel = await asyncio.to_thread(_packed, batches, most)
            if not self._parcel.piece:
                self.finished(self._points)
        return self._parcel

    async def _gone(self, stretch: Stretch) -> bool:
        """Whether the batches that were not found are not there: later ones are. Else they cannot be read just now."""
        later = await self._outbox.read(stretch.after, 1)
        return bool(later) and later[0].seq > stretch.last

    def finished(self, refused: int) -> None:
        """On to the next batches; the cursor rises when nothing is missing below."""
        self._parcel = None
        self._standing.points += max(0, self._points - refused)
        self._covered.done(self._stretch)
        self._outbox.move(self._standing.id, TELEMETRY, self._covered.cursor)


def _as_many_as_go(batches: Sequence[Batch]) -> Sequence[Batch]:
    """The first batches, with at most `LINES` lines; at least one if there is one."""
    lines = taken = 0
    for batch in batches:
        lines += batch.lines
        if taken and lines > LINES:
            break
        taken += 1
    return batches[:taken]


def _packed(batches: Sequence[Batch], most_bytes: int) -> Parcel:
    return Parcel([batch.plain() for batch in batches], most_bytes)
