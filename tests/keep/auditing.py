"""A journal with some years of the house in it, written by the house's own functions."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from gateway.keep.audit.checkpoints import begin_chain
from gateway.keep.audit.signing import Signer
from gateway.keep.audit.verifying import Verdict, verify
from gateway.keep.schema import JOURNAL_NAME, connect, connect_to_read, disk_source, migrate
from gateway.keep.writing import derive_event, log_row
from gateway.model import Now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.contract import Json

DAY = 86_400.0
TODAY = 1_800_000_000.0
SIGNER = Signer(b"0123456789abcdef0123456789abcdef")


def now_at(utc: float, *, trusted: bool = True) -> Now:
    """A moment of one long boot."""
    return Now("boot-1", int(utc * 1e9) % 2**62, utc, trusted)


def make_journal(folder: Path) -> Path:
    """A journal of the newest version, empty if it is new."""
    path = folder / JOURNAL_NAME
    if path.exists():
        return path
    with closing(connect(disk_source(path))) as connection:
        migrate(connection, None)
    return path


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction of a connection that may write anything: also what only a forger would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")


def write_rows(path: Path, *kinds: str, utc: float = TODAY) -> list[int]:
    """Rows of these kinds; returns their numbers."""
    with writing(path) as connection:
        seqs = [write_row(connection, kind, utc) for kind in kinds]
        begin_chain(connection, SIGNER, utc)
    return seqs


def write_row(connection: sqlite3.Connection, kind: str, utc: float, subject: str = "b1u1", **body: Json) -> int:
    """One row; an event stands in its table too."""
    told: dict[str, Json] = {"actor": "u-1", "reason": "because", **body}
    if kind == "event":
        (sequence,) = connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM log").fetchone()
        told = {"epoch": "e", "sequence": sequence, "kind": "card_granted", "body": {"part": "door1", "card": "hash"}}
        told |= {"measured_utc": utc, **body}
    if kind == "alarm":
        told = {"change": "raised", "normal": True, "alarm": {"number": 1, "key": "k"}, **told}
    seq = log_row(connection, now_at(utc), kind, subject, told)
    if kind == "event":
        derive_event(connection, seq, subject, told)
    return seq


def verified(path: Path, known: dict[int, str] | None = None, public: bytes | None = SIGNER.public) -> Verdict:
    """What verification says of a journal."""
    with closing(connect_to_read(disk_source(path))) as connection:
        return verify(connection, public, known)


def asked(path: Path, query: str, *arguments: object) -> list[tuple[object, ...]]:
    """What a query finds."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, arguments).fetchall()
