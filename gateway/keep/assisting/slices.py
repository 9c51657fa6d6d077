"""Slices of the past about people: what one person did, and what happened at some places in some time.

Read by connections of their own, a piece at a time: an export of months neither fills the memory nor holds up the journal.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.keep.erasing.traces import finding
from gateway.keep.schema import connect_to_read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from drivers.contract import Json
    from gateway.decide.permits.slots import Turn
    from gateway.keep.erasing.traces import Traces

BY_PERMIT: Final = ("granted", "denied_expired", "denied_schedule")
"""Events whose `ref` is an index in the controller's table (docs/acp1.md)."""

_EVENT = (
    "SELECT events.seq, log.utc, log.trusted, events.utc, events.device, events.kind, events.body"
    " FROM events JOIN log ON log.seq = events.seq"
)
_LOG = "SELECT seq, utc, trusted, kind, subject, body FROM log"


@dataclass(frozen=True, slots=True)
class Passed:
    """An event of a device. `measured_utc` is the device's own time, None where its clock is not to be had."""

    seq: int
    utc: float
    trusted: bool
    measured_utc: float | None
    device: str
    kind: str
    body: Json


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the log."""

    seq: int
    utc: float
    trusted: bool
    kind: str
    subject: str
    body: Json


def passages_of(source: str, turns: Sequence[tuple[str, Turn]]) -> list[Passed]:
    """What happened with somebody's permits: the events of the indices that were his while they were. Blocks."""
    kinds = ", ".join("?" * len(BY_PERMIT))
    when = "coalesce(events.utc, log.utc)"
    query = (
        f"{_EVENT} WHERE events.device = ? AND events.kind IN ({kinds}) AND json_extract(events.body, '$.ref') = ?"
        f" AND {when} >= ? AND (? = 0 OR {when} < ?)"
    )
    found = []
    with closing(connect_to_read(source)) as connection:
        for device, turn in turns:
            asked = (device, *BY_PERMIT, turn.index, turn.since_utc, turn.until_utc, turn.until_utc)
            found += [_passed(row) for row in connection.execute(query, asked)]
    return sorted(found, key=lambda each: each.seq)


def mentions_of(source: str, traces: Traces) -> list[Told]:
    """The rows of the log that name somebody, oldest first. Blocks."""
    with closing(connect_to_read(source)) as connection:
        seqs = [found.rowid for batch in finding(connection, traces) for found in batch if found.table == "log"]
        rows = [connection.execute(f"{_LOG} WHERE seq = ?", (seq,)).fetchone() for seq in sorted(seqs)]
        return [_told(row) for row in rows if row is not None]


def events_at(source: str, devices: Sequence[str], start_utc: float, end_utc: float) -> list[Passed]:
    """What some devices told of a window, by the device's own time where it has one, oldest first. Blocks."""
    when = "coalesce(events.utc, log.utc)"
    among = "events.device IN (SELECT value FROM json_each(?))"
    query = f"{_EVENT} WHERE {among} AND {when} >= ? AND {when} < ? ORDER BY events.seq"
    with closing(connect_to_read(source)) as connection:
        return [_passed(row) for row in connection.execute(query, (json.dumps(list(devices)), start_utc, end_utc))]


def log_of(source: str, kind: str, start_utc: float, end_utc: float) -> Iterator[Told]:
    """The rows of one kind that were written in a window, oldest first. Blocks."""
    with closing(connect_to_read(source)) as connection:
        query = f"{_LOG} WHERE kind = ? AND utc >= ? AND utc < ? ORDER BY seq"
        for row in connection.execute(query, (kind, start_utc, end_utc)):
            yield _told(row)


def _passed(row: sqlite3.Row) -> Passed:
    seq, utc, trusted, measured, device, kind, body = row
    return Passed(seq, utc, bool(trusted), measured, device, kind, json.loads(body))


def _told(row: sqlite3.Row) -> Told:
    seq, utc, trusted, kind, subject, body = row
    return Told(seq, utc, bool(trusted), kind, subject, json.loads(body))
