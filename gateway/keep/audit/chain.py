"""The audit's chain: what happened stays said.

Every row of the log but machine noise has a row here, written in the same transaction. Its digest is over the whole log row and
a salt, its head over the head before it and that digest. So nobody changes, removes, adds or moves a row without every later
head being another one; and as the newest head leaves the box daily (docs/audit.md), nobody writes all of them anew either.

The salt lets a body be erased: without it the digest that stays says nothing of what stood there, and the chain still holds.
What is left of the row gets a salt of its own, and a chained row of kind `ERASED` its digest: nobody edits what is left either.
"""

from __future__ import annotations

import json
import os
import struct
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.contract import Json

    Row = tuple[str, int, float, bool, str, str, str]
    """A row of the log: boot, boottime, utc, trusted, kind, subject, body."""

NOISE: Final = frozenset({"event", "link", "stranger", "noticed"})
"""The kinds of log rows that machines write in bulk and that say nothing of what a person did: what devices tell (their own
sequence shows a gap), links that come and go, what is heard but not enrolled, and receipts of messages. They are not chained. A
kind that is not named here is."""

GENESIS: Final = bytes(32)
"""The head before the first row."""

SALT_BYTES: Final = 16
ERASED: Final = "erased"
"""The mark in the body of an erased row, and the kind of the row that says which were erased, by whom and why."""

_FIXED = struct.Struct(">qqd?")
_LENGTH = struct.Struct(">I")
_SEQ = struct.Struct(">q")

_NEWEST = "SELECT head FROM chain ORDER BY seq DESC LIMIT 1"
_APPEND = "INSERT INTO chain VALUES (?, ?, ?, ?)"
_ROW = "SELECT boot, boottime, utc, trusted, kind, subject, body FROM log WHERE seq = ?"
_GATE = "the_log_may_change"


def append(
    connection: sqlite3.Connection,
    seq: int,
    row: Row,
) -> None:
    """Chain a row that was just written to the log: boot, boottime, utc, trusted, kind, subject, body.

    Inside the caller's transaction, which must hold the write lock: other processes append too.
    """
    newest = connection.execute(_NEWEST).fetchone()
    salt = os.urandom(SALT_BYTES)
    digest = digest_of(salt, seq, row)
    connection.execute(_APPEND, (seq, salt, digest, head_of(newest[0] if newest else GENESIS, seq, digest)))


def digest_of(salt: bytes, seq: int, row: Row) -> bytes:
    """SHA-256 over the salt and the canonical encoding of a log row.

    The encoding: seq and boottime as 8 bytes, utc as an IEEE double, trusted as one byte, then boot, kind, subject and body,
    each as its length in 4 bytes and its UTF-8; all big-endian.
    """
    boot, boottime, utc, trusted, *texts = row
    parts = [salt, _FIXED.pack(seq, boottime, utc, trusted)]
    for text in (boot, *texts):
        encoded = text.encode()
        parts += (_LENGTH.pack(len(encoded)), encoded)
    return sha256(b"".join(parts)).digest()


def head_of(before: bytes, seq: int, digest: bytes) -> bytes:
    """SHA-256 over the head before, the seq as 8 bytes, and the row's digest."""
    return sha256(before + _SEQ.pack(seq) + digest).digest()


def newest_head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """The newest chained row and the head there; (0, `GENESIS`) before the first."""
    found = connection.execute("SELECT seq, head FROM chain ORDER BY seq DESC LIMIT 1").fetchone()
    return (int(found[0]), bytes(found[1])) if found else (0, GENESIS)


def erase(connection: sqlite3.Connection, left: Mapping[int, Mapping[str, Json]]) -> dict[int, str]:
    """Put what is left of the bodies of these log rows in their place, for ever. Inside the caller's transaction.

    Returns, of those that were there, the digest in hex of what stands there now, "" where the row is not chained. The caller
    says it in a log row of the same transaction (`erasure`): verification calls a row that was erased without a word broken.
    """
    erased = {}
    with open_gate(connection):
        for seq, body in sorted(left.items()):
            text = json.dumps({**body, ERASED: True}, ensure_ascii=False, separators=(",", ":"))
            if not connection.execute("UPDATE log SET body = ? WHERE seq = ?", (text, seq)).rowcount:
                continue
            row = connection.execute(_ROW, (seq,)).fetchone()
            salt = os.urandom(SALT_BYTES)
            chained = connection.execute("UPDATE chain SET salt = ? WHERE seq = ?", (salt, seq)).rowcount
            erased[seq] = digest_of(salt, seq, tuple(row)).hex() if chained else ""
    return erased


def erasure(erased: Mapping[int, str], why: str, by: str) -> dict[str, Json]:
    """The body of the log row of kind `ERASED` that says which rows `erase` erased, and what is left of them."""
    digests: dict[str, Json] = {str(seq): digest for seq, digest in erased.items() if digest}
    return {"rows": ranges(erased), "digests": digests, "why": why, "by": by}


def ranges(seqs: Iterable[int]) -> list[list[int]]:
    """Numbers as first and last of each unbroken range, in order."""
    found: list[list[int]] = []
    for seq in sorted(set(seqs)):
        if found and found[-1][1] == seq - 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found


def guard(connection: sqlite3.Connection) -> None:
    """From here on let no statement of this connection change or delete rows of the log and its chain but under `open_gate`.

    Against mistakes of ours. Triggers of the connection and not of the file: whoever opens the file with another program could
    drop those too, and what he does the chain shows.
    """
    for table in ("log", "chain", "checkpoints"):
        for change in ("UPDATE", "DELETE"):
            connection.execute(
                f"CREATE TEMP TRIGGER IF NOT EXISTS {table}_keeps_on_{change.lower()} BEFORE {change} ON main.{table}"
                f" WHEN NOT {_GATE}() BEGIN SELECT RAISE(ABORT, 'the log is not edited'); END"
            )
    connection.create_function(_GATE, 0, lambda: False)


@contextmanager
def open_gate(connection: sqlite3.Connection) -> Iterator[None]:
    """Let this connection alone change the log and its chain meanwhile: to prune, to erase."""
    connection.create_function(_GATE, 0, lambda: True)
    try:
        yield
    finally:
        connection.create_function(_GATE, 0, lambda: False)
