"""Takes rows out of the journal whose time is over, a few at a time: a slice is one short transaction of the journal's writer.

Passages become counts first. Of a chained row the digest stays, so that the chain holds; digests go too where nothing before
them is left. In the same transaction a signed checkpoint says what is gone, so that verification never wonders.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.keep.audit.chain import NOISE, newest_head, open_gate
from gateway.keep.audit.checkpoints import PRUNED, checkpoints, put_checkpoint
from gateway.keep.audit.terms import Term, term_of
from gateway.keep.writing import log_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from drivers.contract import Json
    from gateway.keep.audit.signing import Signer
    from gateway.model import Now

SLICE_ROWS: Final = 400
"""Rows that one slice looks at: under 5 ms of the writing thread on a slow box."""

HOLD = "investigation:"
"""How the remembered rows of investigations begin; each may hold a slice of the past (docs/privacy.md)."""

_ROWS = "SELECT seq, utc, trusted, kind, subject, body FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
_FIRST = f"SELECT seq FROM log WHERE kind NOT IN ({', '.join(map(repr, sorted(NOISE)))}) ORDER BY seq LIMIT 1"  # noqa: S608
_HOLDS = "SELECT value FROM remembered WHERE key >= ? AND key < ?"
_COUNT = (
    "INSERT INTO passage_counts VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT(day, device, part, kind) DO UPDATE SET count = count + excluded.count"
)


class Hold(NamedTuple):
    """A slice of the past that an investigation holds: events of these devices between two moments."""

    devices: frozenset[str]
    from_utc: float
    to_utc: float

    def keeps(self, row: _Row) -> bool:
        """Whether it keeps a row."""
        if row.subject not in self.devices:
            return False
        measured = row.body.get("measured_utc") if isinstance(row.body, dict) else None
        moments = (row.utc, measured if isinstance(measured, int | float) else row.utc)
        return any(self.from_utc <= moment <= self.to_utc for moment in moments)


class _Row(NamedTuple):
    seq: int
    utc: float
    trusted: bool
    kind: str
    subject: str
    body: Json


@dataclass(slots=True)
class Night:
    """What one night's pruning has done so far, as its checkpoint says."""

    seq: int
    """The log row by which it began, at which its checkpoint stands."""
    utc: float
    below: dict[str, int]
    """By term: up to which row it was looked at."""
    begin: dict[str, int]
    """By term: after which row the next look begins; lower than `below` where something is held."""
    removed: tuple[int, str]
    """The last row whose digest is gone, and the head there."""
    chained: int = 0
    digests: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    oldest_utc: float | None = None
    newest_utc: float | None = None

    def body(self) -> dict[str, Json]:
        """What the checkpoint says."""
        return {
            "what": PRUNED,
            "below": self.below,
            "begin": self.begin,
            "removed": {"seq": self.removed[0], "head": self.removed[1]},
            "chained": self.chained,
            "digests": self.digests,
            "counts": dict(self.counts),
            "from_utc": self.oldest_utc,
            "to_utc": self.newest_utc,
        }


def stands(connection: sqlite3.Connection) -> Mapping[str, Json]:
    """How far earlier nights came: the body of the newest checkpoint of a pruning, empty before the first."""
    newest: Mapping[str, Json] = {}
    for checkpoint in checkpoints(connection):
        if checkpoint.body.get("what") == PRUNED:
            newest = checkpoint.body
    return newest


def is_due(connection: sqlite3.Connection, over: Mapping[Term, int]) -> bool:
    """Whether there is a row that may go. Reads alone, and stops at the first; what is held is not one."""
    before = stands(connection)
    return any(over[term] > _number(before, "below", term.value) for term in Term) or _held_no_more(connection, before)


def begin_night(connection: sqlite3.Connection, signer: Signer, now: Now, over: Mapping[Term, int]) -> Night:
    """Begin a night: a log row of its own, and a checkpoint there. Inside the caller's transaction."""
    before = stands(connection)
    removed = before.get("removed") or {"seq": 0, "head": ""}
    seq = log_row(connection, now, PRUNED, "journal", {"over": {term.value: over[term] for term in Term}})
    night = Night(
        seq,
        now.utc,
        below={term.value: _number(before, "below", term.value) for term in Term},
        begin={term.value: _number(before, "begin", term.value) for term in Term},
        removed=(removed["seq"], removed["head"]),
    )
    put_checkpoint(connection, signer, seq, now.utc, night.body())
    return night


def prune_slice(connection: sqlite3.Connection, signer: Signer, night: Night, place: Place, zone: ZoneInfo) -> bool:
    """Prune some rows of one term; returns whether there may be more. Inside the caller's transaction."""
    rows = [
        _Row(seq, utc, bool(trusted), kind, subject, _legible(body))
        for seq, utc, trusted, kind, subject, body in connection.execute(_ROWS, (place.at, place.until, SLICE_ROWS))
    ]
    term, holds = place.term, _holds(connection)
    going: list[_Row] = []
    for row in rows:
        if term_of(row.kind) is not term:
            continue
        if term is Term.ACCESS and any(hold.keeps(row) for hold in holds):
            place.held = place.held or row.seq
        else:
            going.append(row)
    place.at = rows[-1].seq if len(rows) == SLICE_ROWS else place.until
    if going:
        _count(connection, going, zone)
        night.chained += _delete(connection, going)
    night.below[term.value] = max(night.below[term.value], place.at)
    night.begin[term.value] = place.held - 1 if place.held else place.at
    night.counts.update(row.kind for row in going)
    for row in going:
        if row.trusted:
            night.oldest_utc = row.utc if night.oldest_utc is None else min(night.oldest_utc, row.utc)
            night.newest_utc = row.utc if night.newest_utc is None else max(night.newest_utc, row.utc)
    put_checkpoint(connection, signer, night.seq, night.utc, night.body())
    return place.at < place.until


def remove_digests(connection: sqlite3.Connection, signer: Signer, night: Night) -> bool:
    """Remove some digests before which no row is left; returns whether there may be more. Inside the caller's transaction."""
    first = connection.execute(_FIRST).fetchone()
    end = min(first[0] if first else 0, newest_head(connection)[0], min(night.below.values()) + 1)
    rows = connection.execute(
        "SELECT seq, head FROM chain WHERE seq < ? ORDER BY seq LIMIT ?", (end, SLICE_ROWS)
    ).fetchall()
    if not rows:
        return False
    with open_gate(connection):
        connection.execute("DELETE FROM chain WHERE seq <= ?", (rows[-1][0],))
    night.removed = (rows[-1][0], rows[-1][1].hex())
    night.digests += len(rows)
    put_checkpoint(connection, signer, night.seq, night.utc, night.body())
    return len(rows) == SLICE_ROWS


@dataclass(slots=True)
class Place:
    """How far one term is tonight."""

    term: Term
    at: int
    until: int
    held: int = 0
    """The first row that is held, 0 for none."""


def place_of(night: Night, term: Term, over: Mapping[Term, int]) -> Place:
    """Where a term's pruning begins and ends tonight."""
    return Place(term, night.begin[term.value], over[term])


def _delete(connection: sqlite3.Connection, rows: Sequence[_Row]) -> int:
    """Delete rows with what was derived from them; returns of how many a digest is left."""
    seqs = [(row.seq,) for row in rows]
    with open_gate(connection):
        connection.executemany("DELETE FROM log WHERE seq = ?", seqs)
        chained = [(row.seq,) for row in rows if row.kind not in NOISE]
        left = connection.executemany("UPDATE chain SET salt = NULL WHERE seq = ?", chained).rowcount
    for row in rows:
        match row.kind, row.body:
            case "event", _:
                connection.execute("DELETE FROM events WHERE seq = ?", (row.seq,))
            case "notice", _:
                connection.execute("DELETE FROM notices WHERE seq = ?", (row.seq,))
            case "command" | "result", {"id": int(number)}:
                connection.execute("DELETE FROM commands WHERE id = ? AND seq <= ?", (number, row.seq))
            case "alarm", {"alarm": {"number": int(number)}}:
                connection.execute("DELETE FROM alarms WHERE number = ? AND normal AND seq <= ?", (number, row.seq))
    return max(0, left)


def _count(connection: sqlite3.Connection, rows: Sequence[_Row], zone: ZoneInfo) -> None:
    """Enter in the counts by day what devices told: how often, and never of whom."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for row in rows:
        if row.kind == "event" and isinstance(row.body, dict):
            told = row.body.get("body")
            part = str(told.get("part", "")) if isinstance(told, dict) else ""
            day = datetime.fromtimestamp(row.utc, UTC).astimezone(zone).date().isoformat()
            counts[day, row.subject, part, str(row.body.get("kind", ""))] += 1
    connection.executemany(_COUNT, [(*key, count) for key, count in counts.items()])


def _holds(connection: sqlite3.Connection) -> list[Hold]:
    """What investigations hold now. One that cannot be read holds nothing: it is not one."""
    found = []
    for (text,) in connection.execute(_HOLDS, (HOLD, HOLD[:-1] + chr(ord(HOLD[-1]) + 1))):
        match _legible(text):
            case {
                "held": True,
                "from_utc": int() | float() as begin,
                "to_utc": int() | float() as end,
                "devices": list(devices),
            }:
                found.append(Hold(frozenset(map(str, devices)), float(begin), float(end)))
    return found


def _legible(text: str) -> Json:
    """A body; None for one of which a failing disk left no JSON: its time is over like any other's."""
    try:
        body: Json = json.loads(text)
    except ValueError:
        return None
    return body


def _held_no_more(connection: sqlite3.Connection, before: Mapping[str, Json]) -> bool:
    """Whether rows were passed over for an investigation, and none holds anything now."""
    access = Term.ACCESS.value
    return _number(before, "begin", access) < _number(before, "below", access) and not _holds(connection)


def _number(body: Mapping[str, Json], name: str, term: str) -> int:
    found = body.get(name)
    return int(found.get(term, 0)) if isinstance(found, dict) else 0
