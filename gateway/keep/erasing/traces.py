"""By what a person is found in the journal beside his own permits, and how it is taken out of there.

What people type may name anybody: the reason of a command, the note of an alarm, what an incident is about. And what devices
told may hold the hash of a card. A row of the log is erased through the chain, so that the audit still verifies; what it said
about the thing itself stays readable, without the person.

A name is typed by somebody too, who may wish that a row were blank. So a row that would stay as it is is not erased, and what
the house itself says in its own words, of who did what to which thing, is no text in which names are looked for.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from gateway.decide.privacy.forgetting import GONE, NO_CREDENTIAL, telling, without
from gateway.keep.audit.chain import ERASED, erase, erasure
from gateway.keep.writing import compact, log_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from drivers.contract import Json
    from gateway.model import Now
    from gateway.permit import Permit

ROWS_LOOKED_AT: Final = 20_000
"""In one query, so that no reader holds the write-ahead log for long."""

BATCH: Final = 50
"""Rows cleaned in one transaction: a few milliseconds."""

WHO: Final = frozenset({"actor", "by", "by_id", "acked_by", "verdict_by", "spared_by", "asked_by", "confirmed_by"})
"""Fields that name who of the staff did something, which the audit keeps. Somebody who lives here may have the same name."""

CLOSED: Final = WHO | {
    "id", "key", "kind", "state", "role", "scopes", "rights", "way", "device", "part", "detector", "serial", "digest",
}  # fmt: skip
"""Fields that hold a word of the house, an id or somebody of the staff, wherever they stand."""

_SAID: Final = frozenset(
    {"what", "change", "act", "code", "outcome", "result", "place", "places", "proof", "head", "building"}
)
"""Fields that hold such a word in a row of the log itself; in an incident that it carries, `what` is what somebody typed."""

_OF_THINGS: Final = frozenset(
    {"command", "result", "want", "effect", "user", "person", "team", "roster", "permit_group", "permit_schedule"}
)
"""Kinds of log rows in which `name` is that of a thing or of somebody of the staff."""

_NAME = frozenset({"name"})

_KEPT: Final = (ERASED, "rescued", "pruned", "investigation")
"""Kinds of log rows that are not looked at: what the journal says of itself, by which the chain is verified; and, as in `OWN`,
what a body asked for."""

INCIDENT: Final = "incident:"

OWN: Final = ("permit:", "permit_group:", "permit_task:", INCIDENT, "people:person:", "investigation:")
"""Remembered rows that are not looked at: permits, tasks and incidents are changed by those who keep them in memory; a group is
a thing; the staff is the staff; and what a body asked for is a record of its own law."""

_COLUMNS: Final = {
    "log": ("body",),
    "events": ("body",),
    "alarms": ("body",),
    "commands": ("arguments", "reason", "confirmed", "why"),
    "notices": ("why", "body"),
}
_TEXTS = frozenset({("commands", "reason"), ("commands", "why"), ("notices", "why")})
"""Columns that are no JSON."""

_NUMBER = re.compile(r"\d{7,}")
_CALLED = r"(?<![0-9a-f])(?:(?:00)?86)?{}(?![0-9a-f])"
"""A number alone or behind the code of China, and not within the hash of a photo."""
_TAIL = 8
_LARGEST_INDEX = 0xFFFF
"""Of a table at a door: a larger `ref` is the end of a hash."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What tells of one person. It lives in memory for as long as he is being forgotten, and is never logged."""

    names: frozenset[str]
    hashes: frozenset[str]
    """Of his cards, his codes, and of himself."""
    numbers: frozenset[str] = frozenset()
    """That staff noted with his permits: at which he is called."""

    @classmethod
    def of(cls, permits: Iterable[Permit]) -> Traces:
        """The traces of whoever holds these permits."""
        several = list(permits)
        names = frozenset(permit.name for permit in several) - {""}
        hashes = {word for permit in several for word in (permit.credential, permit.person)}
        numbers = {number for permit in several for number in _NUMBER.findall(permit.note)}
        return cls(names, frozenset(hashes) - {"", NO_CREDENTIAL}, frozenset(numbers))

    @property
    def words(self) -> tuple[str, ...]:
        """All of them."""
        return (*sorted(self.names), *sorted(self.hashes), *sorted(self.numbers))

    @property
    def _exact(self) -> tuple[str, ...]:
        """Those that are nothing else wherever they stand."""
        return (*sorted(self.hashes), *sorted(self.numbers, key=len, reverse=True))

    @property
    def told_anywhere(self) -> tuple[str, ...]:
        """Those that tell of him within a text too."""
        return (*sorted(telling(self.names)), *self._exact)

    @property
    def tails(self) -> frozenset[int]:
        """The last 32 bits of his cards' hashes: what a door tells as `ref` of a card that it does not know."""
        several = (int(word[-_TAIL:], 16) for word in self.hashes if len(word) == len(NO_CREDENTIAL))
        return frozenset(tail for tail in several if tail > _LARGEST_INDEX)

    def cleaned(self, text: str) -> str:
        """A text without them."""
        for word in self.hashes:
            text = text.replace(word, GONE)
        for number in self.numbers:
            text = re.sub(_CALLED.format(number), GONE, text)
        return without(text, self.names)

    def in_file(self, path: Path) -> bool:
        """Whether the bytes of a file hold any of them. Not for a database that this process has open: see `Forgetting`."""
        with path.open("rb") as file:
            return self.in_bytes(file)

    def in_bytes(self, file: BinaryIO) -> bool:
        """Whether the rest of a file holds any of them, free pages included. A name that stands in every file says nothing."""
        words = [form for word in self.told_anywhere for form in {word.encode(), _as_json(word).encode()}]
        longest, before = max(map(len, words), default=1), b""
        while some := file.read(1 << 20):
            piece = before + some
            if any(word in piece for word in words):
                return True
            before = piece[-longest:]
        return False


class Found(NamedTuple):
    """A row that holds a trace."""

    table: str
    rowid: int


def finding(connection: sqlite3.Connection, traces: Traces, after: int = 0) -> Iterator[list[Found]]:
    """The rows that `clean` would change, in batches; of the log and events only those above the seq `after`. Reads only."""
    batch: list[Found] = []
    for table, columns in _COLUMNS.items():
        for found in _rows(connection, table, columns, traces, after if table in {"log", "events"} else 0):
            batch.append(found)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def still_naming(connection: sqlite3.Connection, traces: Traces) -> list[str]:
    """The keys of what is remembered and open and names him: a shelf, a hand-over, an alarm that somebody wrote a note to."""
    rows = connection.execute("SELECT key, value FROM remembered")
    words = [_as_json(word) for word in traces.words]
    return [
        key
        for key, value in rows
        if not key.startswith(OWN) and any(word in value for word in words) and _anew(value, traces) != value
    ]


def clean(connection: sqlite3.Connection, batch: Sequence[Found], traces: Traces, now: Now, by: str) -> int:
    """Take the traces out of these rows, inside the caller's transaction; returns how many rows of the log were erased.

    A row that holds none stays as it is, with its salt.
    """
    left: dict[int, dict[str, Json]] = {}
    for found in batch:
        fresh = _fresh(connection, found, traces)
        if fresh is None:
            continue
        if found.table == "log":
            left[found.rowid] = _object(fresh[0])
        else:
            setting = ", ".join(f"{column} = ?" for column in _COLUMNS[found.table])
            connection.execute(f"UPDATE {found.table} SET {setting} WHERE rowid = ?", (*fresh, found.rowid))  # noqa: S608 - words of ours
    erased = erase(connection, left)
    if erased:
        log_row(connection, now, ERASED, "privacy", erasure(erased, "a person was erased", by))
    return len(erased)


def redacted(body: Json, traces: Traces, closed: AbstractSet[str] = CLOSED) -> Json:
    """A body without the traces; its shape stays, so that whoever reads such bodies still can.

    What stands in the `closed` fields of the body itself, and in those that are closed wherever they stand, stays.
    """
    if isinstance(body, str):
        return traces.cleaned(body)
    if isinstance(body, list):
        return [redacted(each, traces) for each in body]
    if isinstance(body, dict):
        told = {name: each if name in closed else redacted(each, traces) for name, each in body.items()}
        return {**told, "ref": 0} if _tells_of_card(body, traces) else told
    return body


def _tells_of_card(body: dict[str, Json], traces: Traces) -> bool:
    ref = body.get("ref")
    return isinstance(ref, int) and (body.get("card") in traces.hashes or ref in traces.tails)


def _rows(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], traces: Traces, after: int
) -> Iterator[Found]:
    looked_for = [(column, word) for column in columns for word in _words(table, column, traces)]
    if not looked_for:
        return
    tests = [f"instr({column}, ?)" for column, _ in looked_for]
    arguments = [word for _, word in looked_for]
    (last,) = connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()  # noqa: S608 - words of ours
    query = f"SELECT rowid FROM {table} WHERE rowid > ? AND rowid <= ? AND ({' OR '.join(tests)})"  # noqa: S608 - the same
    for first in range(after, last, ROWS_LOOKED_AT):
        for (rowid,) in connection.execute(query, (first, first + ROWS_LOOKED_AT, *arguments)).fetchall():
            found = Found(table, rowid)
            if _fresh(connection, found, traces) is not None:
                yield found


def _fresh(connection: sqlite3.Connection, found: Found, traces: Traces) -> list[Any] | None:
    """The columns of a row without the traces; None where the row stays as it is, or is gone."""
    table, rowid = found
    kind, columns = "kind" if table == "log" else "''", _COLUMNS[table]
    query = f"SELECT {kind}, {', '.join(columns)} FROM {table} WHERE rowid = ?"  # noqa: S608 - words of ours
    row = connection.execute(query, (rowid,)).fetchone()
    if row is None or row[0] in _KEPT:
        return None
    closed = CLOSED | (_SAID if table == "log" else frozenset()) | (_NAME if row[0] in _OF_THINGS else frozenset())
    fresh = [
        value if value is None else traces.cleaned(value) if (table, column) in _TEXTS else _anew(value, traces, closed)
        for column, value in zip(columns, row[1:], strict=True)
    ]
    return None if fresh == list(row[1:]) else fresh


def _anew(text: str, traces: Traces, closed: AbstractSet[str] = CLOSED) -> str:
    """JSON without the traces; the same text where it holds none. What a failing disk left of a body is cleaned as a text."""
    try:
        body = json.loads(text)
    except ValueError:
        return traces.cleaned(text)
    left = redacted(body, traces, closed)
    return text if left == body else compact(left)


def _object(text: str) -> dict[str, Json]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _words(table: str, column: str, traces: Traces) -> Sequence[str]:
    """What to look for in a column."""
    if (table, column) in _TEXTS:
        return traces.words
    alone = [f'"{_as_json(name)}"' for name in sorted(traces.names - telling(traces.names))]
    refs = [f'"ref":{tail}{end}' for tail in sorted(traces.tails) for end in ",}"]
    return [*map(_as_json, traces.told_anywhere), *alone, *(refs if table in {"log", "events"} else ())]


def _as_json(word: str) -> str:
    """As it stands in JSON that the journal wrote."""
    return json.dumps(word, ensure_ascii=False)[1:-1]
