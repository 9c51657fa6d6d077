"""How one walk down the road becomes rows: the log, and the tables that follow from it, in the same transaction."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from drivers.contract import SENSORS
from gateway.keep.audit.chain import NOISE, append
from gateway.keep.log_words import said_of
from gateway.keep.notices import derive_notice, derive_noticed
from gateway.model import (
    AlarmChanged,
    Ended,
    Now,
    Outcome,
    Remember,
    Send,
    StaleSaid,
    Want,
)
from gateway.notice import Noticed, Notify

if TYPE_CHECKING:
    import sqlite3

    from drivers.contract import DeviceEvent, Json
    from gateway.actor import Actor
    from gateway.keep.audit.chain import Row
    from gateway.model import Entry

_LOG = "INSERT INTO log(boot, boottime, utc, trusted, kind, subject, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
_CURSOR = "INSERT INTO cursors VALUES (?, ?) ON CONFLICT(device) DO UPDATE SET cursor = excluded.cursor"
_REMEMBER = "INSERT INTO remembered VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
_FORGET = "DELETE FROM remembered WHERE key = ?"
_KNOWN = "SELECT 1 FROM events WHERE device = ? AND epoch = ? AND sequence = ?"
_EVENT = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)"
_ALARM = (
    "INSERT INTO alarms VALUES (?, ?, ?, ?, ?) ON CONFLICT(number) DO UPDATE SET"
    " key = excluded.key, normal = excluded.normal, body = excluded.body, seq = excluded.seq WHERE excluded.seq > seq"
)
_SENT = "INSERT OR REPLACE INTO commands VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL, ?)"
_ENDED = "UPDATE commands SET outcome = ?, confirmed = ?, why = ?, seq = ? WHERE id = ?"


def compact(body: Json) -> str:
    """JSON as the journal keeps it: no spaces, Chinese as it is, never anything that another reader would refuse.

    A number that JSON does not have (NaN, infinity) becomes null and half a surrogate pair "?": neither may stop the road.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=dict)
    except ValueError:
        text = json.dumps(_finite(body), ensure_ascii=False, separators=(",", ":"), default=dict)
    return _encodable(text)


def _finite(body: Json) -> Json:
    if isinstance(body, float):
        return body if math.isfinite(body) else None
    if isinstance(body, Mapping):
        return {key: _finite(value) for key, value in body.items()}
    if isinstance(body, list | tuple):
        return [_finite(value) for value in body]
    return body


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def log_row(connection: sqlite3.Connection, now: Now, kind: str, subject: str, body: Json) -> int:
    """Append one row to the log inside the caller's transaction, chained unless it is noise; return its seq."""
    seq, row = _plain_row(connection, now, kind, subject, body)
    if kind not in NOISE:
        append(connection, seq, row)
    return seq


def row_of_an_older_log(connection: sqlite3.Connection, now: Now, kind: str, subject: str, body: Json) -> None:
    """Append one row to the log of a journal that is not migrated yet and may have no chain."""
    _plain_row(connection, now, kind, subject, body)


def _plain_row(connection: sqlite3.Connection, now: Now, kind: str, subject: str, body: Json) -> tuple[int, Row]:
    row = (now.boot_id, now.boottime_ns, now.utc, now.trusted, kind, _encodable(subject), compact(body))
    seq = connection.execute(_LOG, row).lastrowid
    assert seq is not None  # noqa: S101 - an INSERT that returned has a rowid
    return seq, row


def write_entry(connection: sqlite3.Connection, entry: Entry) -> tuple[int | None, ...]:
    """Write an entry inside the caller's transaction: causes before what follows from them.

    Returns the seq of each outcome's log row in order, None where an outcome makes no row.
    """
    for event in entry.events:
        _write_event(connection, entry.now, event)
    seqs = tuple(_write_outcome(connection, entry.now, outcome, entry.actor) for outcome in entry.outcomes)
    write_cursors(connection, entry.cursors)
    return seqs


def write_cursors(connection: sqlite3.Connection, cursors: Mapping[str, Json]) -> None:
    """Write cursors inside the caller's transaction."""
    for device, cursor in cursors.items():
        connection.execute(_CURSOR, (device, compact(cursor)))


def _write_event(connection: sqlite3.Connection, now: Now, event: DeviceEvent) -> None:
    if connection.execute(_KNOWN, (event.device, event.epoch, event.sequence)).fetchone():
        return
    body = {
        "epoch": event.epoch,
        "sequence": event.sequence,
        "kind": event.kind,
        "body": event.body,
        "measured_utc": event.measured_utc,
    }
    derive_event(connection, log_row(connection, now, "event", event.device, body), event.device, body)


def derive_event(connection: sqlite3.Connection, seq: int, device: str, body: Mapping[str, Json]) -> None:
    """Enter a log row of kind "event" in the table that tells events apart."""
    row = (seq, device, body["epoch"], body["sequence"], body["kind"], compact(body["body"]), body["measured_utc"])
    connection.execute(_EVENT, row)


def derive_alarm(connection: sqlite3.Connection, seq: int, body: Mapping[str, Json], *, normal: bool) -> None:
    """Bring an alarm to what a log row of kind "alarm" says, unless a later row spoke already."""
    connection.execute(_ALARM, (body["number"], body["key"], normal, compact(body), seq))


def _with_id(body: dict[str, Json], by: Actor | None) -> dict[str, Json]:
    """A body that says the name of who asked says his id too: the name is somebody else's once his account is gone."""
    if by is None or by.id == by.name or body.get("actor") != by.name:
        return body
    return {**body, "by_id": by.id}


def _write_outcome(connection: sqlite3.Connection, now: Now, outcome: Outcome, by: Actor | None) -> int | None:
    match outcome:
        case Remember(key, None):
            connection.execute(_FORGET, (key,))
            return None
        case Remember(key, value):
            connection.execute(_REMEMBER, (key, compact(value)))
            return None
        case StaleSaid():
            return None
        case Want(state=state) if state.name == SENSORS:  # what hangs where is recorded as it changes, a row for each
            return None
    kind, subject, body = said_of(outcome)
    seq = log_row(connection, now, kind, subject, _with_id(body, by))
    match outcome:
        case AlarmChanged():
            derive_alarm(connection, seq, body["alarm"], normal=body["normal"])
        case Notify():
            derive_notice(connection, seq, now.utc, body, compact(body))
        case Noticed():
            derive_noticed(connection, now.utc, body)
        case Send(command, actor, reason):
            arguments = compact(command.arguments)
            connection.execute(_SENT, (command.id, command.device, command.name, arguments, actor, reason, seq))
        case Ended(command, result):
            confirmed = compact(result.confirmed)
            connection.execute(_ENDED, (result.outcome.value, confirmed, result.why, seq, command.id))
    return seq
