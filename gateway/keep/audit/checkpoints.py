"""Signed checkpoints of the audit's chain: where it began, what was pruned, which head stood there each day.

A checkpoint says in a JSON body what is so at a row of the log. Its signature is over that row, the time and the body, so that
verification believes it where the rows themselves are gone.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, NamedTuple

from gateway.keep.audit.chain import newest_head, open_gate
from gateway.keep.audit.signing import signed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from gateway.keep.audit.signing import Signer

BEGINS = "begins"
"""The first one: the chain begins here. Rows of an older Gridpost before it are not chained."""

HEAD = "head"
"""The head as it was told to somebody off the box."""

PRUNED = "pruned"
"""What one night's pruning removed. `counts`: chained rows whose digest alone is left, and by kind all rows that are gone;
`below`: up to which row each kind of row was pruned; `removed`: the last row whose digest is gone too, and the head there."""

_FIXED = struct.Struct(">qd")
_PUT = "INSERT INTO checkpoints VALUES (?, ?, ?, ?) ON CONFLICT(seq) DO UPDATE SET utc = ?2, body = ?3, signature = ?4"


class Checkpoint(NamedTuple):
    """One checkpoint as it stands. `what` and the rest are in `body`; the signature is not checked yet."""

    seq: int
    utc: float
    text: str
    signature: bytes

    @property
    def body(self) -> Mapping[str, Json]:
        """What it says; nothing where it is no JSON object."""
        try:
            body = json.loads(self.text)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def signed_by(self, public: bytes) -> bool:
        """Whether its signature is of that key."""
        return signed(_content(self.seq, self.utc, self.text), self.signature, public)


def put_checkpoint(
    connection: sqlite3.Connection, signer: Signer, seq: int, utc: float, body: Mapping[str, Json]
) -> None:
    """Sign a checkpoint at a row, inside the caller's transaction; it takes the place of one that stands there."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    with open_gate(connection):
        connection.execute(_PUT, (seq, utc, text, signer.sign(_content(seq, utc, text))))


def put_head(connection: sqlite3.Connection, signer: Signer, utc: float) -> tuple[int, bytes]:
    """Sign the newest head, unless something is signed there already; returns where it stands and what it is."""
    seq, head = newest_head(connection)
    if connection.execute("SELECT 1 FROM checkpoints WHERE seq = ?", (seq,)).fetchone() is None:
        put_checkpoint(connection, signer, seq, utc, {"what": HEAD, "head": head.hex()})
    return seq, head


def begin_chain(connection: sqlite3.Connection, signer: Signer, utc: float) -> None:
    """Mark where the chain begins, once. Inside the caller's transaction."""
    first = connection.execute("SELECT seq, head FROM chain ORDER BY seq LIMIT 1").fetchone()
    if first is None or connection.execute("SELECT 1 FROM checkpoints LIMIT 1").fetchone() is not None:
        return
    put_checkpoint(connection, signer, first[0], utc, {"what": BEGINS, "head": first[1].hex()})


def checkpoints(connection: sqlite3.Connection) -> Iterator[Checkpoint]:
    """All of them, oldest first."""
    for seq, utc, text, signature in connection.execute("SELECT * FROM checkpoints ORDER BY seq"):
        yield Checkpoint(seq, utc, text, signature)


def _content(seq: int, utc: float, text: str) -> bytes:
    return b"gridpost checkpoint 1\n" + _FIXED.pack(seq, utc) + text.encode()
