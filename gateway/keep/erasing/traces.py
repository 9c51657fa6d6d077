"""By what a person is found in the journal beside his own permits, and how it is taken out of there.

What people type may name anybody: the reason of a command, the note of an alarm, what an incident is about. And what devices
told may hold the hash of a card. A row of the log is erased through the chain, so that the audit still verifies; what it said
about the thing itself stays readable, without the person.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.decide.privacy.forgetting import NO_CREDENTIAL, without
from gateway.keep.audit.chain import ERASED, erase, erasure, open_gate
from gateway.keep.writing import compact, log_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence
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

OWN: Final = ("permit:", "permit_task:", "incident:", "person:", "investigation:")
"""Remembered rows that are not looked at: permits, tasks and incidents are changed by those who keep them in memory; the staff
is the staff; and what a body asked for is a record of its own law."""

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
    def tails(self) -> frozenset[int]:
        """The last 32 bits of his cards' hashes: what a door tells as `ref` of a card that it does not know."""
        several = (int(word[-_TAIL:], 16) for word in self.hashes if len(word) == len(NO_CREDENTIAL))
        return frozenset(tail for tail in several if tail > _LARGEST_INDEX)

    def cleaned(self, text: str) -> str:
        """A text without them."""
        return without(text, self.words)

    def in_file(self, path: Path) -> bool:
        """Whether the bytes of a file hold any of them, free pages included."""
        words = [form for word in self.words for form in {word.encode(), _as_json(word).encode()}]
        longest, before = max(map(len, words), default=1), b""
        with path.open("rb") as file:
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
    """The rows that hold a trace, in batches; of the log and events only those above the seq `after`. Reads only."""
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
    return [key for key, value in rows if not key.startswith(OWN) and any(word in value for word in words)]


def clean(connection: sqlite3.Connection, batch: Sequence[Found], traces: Traces, now: Now, by: str) -> int:
    """Take the traces out of these rows, inside the caller's transaction; returns how many rows of the log were erased."""
    seqs = [found.rowid for found in batch if found.table == "log"]
    before = {seq: _body(connection, seq) for seq in seqs}
    erased = erase(connection, seqs)
    with open_gate(connection):
        for seq, body in before.items():
            cleaned = {**redacted(body, traces), ERASED: True} if isinstance(body, dict) else {ERASED: True}
            connection.execute("UPDATE log SET body = ? WHERE seq = ?", (compact(cleaned), seq))
    for table, rowid in batch:
        if table != "log":
            _clean_row(connection, table, rowid, traces)
    if erased:
        log_row(connection, now, ERASED, "privacy", erasure(erased, "a person was erased", by))
    return len(erased)


def redacted(body: Json, traces: Traces) -> Json:
    """A body without the traces; its shape stays, so that whoever reads such bodies still can."""
    if isinstance(body, str):
        return traces.cleaned(body)
    if isinstance(body, list):
        return [redacted(each, traces) for each in body]
    if isinstance(body, dict):
        told = {name: each if name in WHO else redacted(each, traces) for name, each in body.items()}
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
            yield Found(table, rowid)


def _clean_row(connection: sqlite3.Connection, table: str, rowid: int, traces: Traces) -> None:
    columns = _COLUMNS[table]
    named = ", ".join(columns)
    row = connection.execute(f"SELECT {named} FROM {table} WHERE rowid = ?", (rowid,)).fetchone()  # noqa: S608 - words of ours
    if row is None:
        return
    fresh = [
        value
        if value is None
        else traces.cleaned(value)
        if (table, column) in _TEXTS
        else compact(redacted(json.loads(value), traces))
        for column, value in zip(columns, row, strict=True)
    ]
    setting = ", ".join(f"{column} = ?" for column in columns)
    connection.execute(f"UPDATE {table} SET {setting} WHERE rowid = ?", (*fresh, rowid))  # noqa: S608 - words of ours


def _body(connection: sqlite3.Connection, seq: int) -> Json:
    found = connection.execute("SELECT body FROM log WHERE seq = ?", (seq,)).fetchone()
    return json.loads(found[0]) if found else None


def _words(table: str, column: str, traces: Traces) -> Sequence[str]:
    """What to look for in a column."""
    if (table, column) in _TEXTS:
        return traces.words
    refs = [f'"ref":{tail}{end}' for tail in sorted(traces.tails) for end in ",}"]
    return [*map(_as_json, traces.words), *(refs if table in {"log", "events"} else ())]


def _as_json(word: str) -> str:
    """As it stands in JSON that the journal wrote."""
    return json.dumps(word, ensure_ascii=False)[1:-1]
