"""`gridpost audit`: verifies and reads the audit of a data folder, of a running gateway or a restored one. Writes nothing."""

from __future__ import annotations

import csv
import sqlite3
import sys
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import typer

from gateway.commands import WRONG
from gateway.keep.assisting.archive import ArchiveWrong, check_archive
from gateway.keep.audit.chain import newest_head
from gateway.keep.audit.reading import Wanted, following, newest
from gateway.keep.audit.sheet import COLUMNS, cells, moment
from gateway.keep.audit.signing import found_signer
from gateway.keep.audit.verifying import verify
from gateway.keep.folder import FolderError
from gateway.keep.schema import CHAINED_SINCE, JOURNAL_NAME, connect_to_read, disk_source, version_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.keep.audit.reading import AuditRow
    from gateway.keep.audit.verifying import Verdict

BROKEN = 1
"""The exit code where a row does not hold."""

_PAGE = 500
_EVERYTHING = 2**63 - 1
_KEY_DIGITS = 64


class _Wrong(Exception):
    """It cannot be done, as a sentence."""


def verify_chain(data: Path, heads: list[str], key: str) -> int:
    """Verify every row; say which is broken and why. Returns 0, 1 when a row is broken, 2 when nothing could be verified."""

    def work(connection: sqlite3.Connection) -> int:
        known = dict(_parsed(head) for head in heads)
        begun = time.monotonic()
        verdict = verify(connection, _public(data, key), known, _progress)
        _say(verdict, time.monotonic() - begun)
        return 0 if verdict.ok else BROKEN

    return _on(data, work)


def show_head(data: Path) -> int:
    """Print the newest head as `--head` takes it back."""

    def work(connection: sqlite3.Connection) -> int:
        seq, head = newest_head(connection)
        typer.echo(f"{head.hex()}@{seq}")
        return 0

    return _on(data, work)


def show_key(data: Path) -> int:
    """Print the public key, in hex."""

    def work(_connection: sqlite3.Connection) -> int:
        public = _public(data, "")
        if public is None:
            raise _Wrong(f"{data} has no key yet: start the gateway once.")
        typer.echo(public.hex())
        return 0

    return _on(data, work)


def check_handed_out(file: Path, key: str) -> int:
    """Check an archive; say whose signature it carries. Returns 0, 1 when it does not hold, 2 for a key that is none."""
    try:
        checked = check_archive(file, _noted(key) if key else None)
    except _Wrong as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    except ArchiveWrong as wrong:
        typer.echo(str(wrong), err=True)
        return BROKEN
    typer.echo(f"All files are as they were when they were signed, with the key {checked.public}.")
    if not key:
        typer.echo("Compare that key with the box's own (gridpost audit key): an archive can name any.")
    return 0


def list_rows(data: Path, wanted: Wanted, limit: int) -> int:
    """Print the newest rows, oldest of them first."""

    def work(connection: sqlite3.Connection) -> int:
        found: list[AuditRow] = []
        before: int | None = _EVERYTHING
        while before is not None and len(found) < limit:
            rows, before = newest(connection, wanted, before, limit - len(found))
            found += rows
        for row in reversed(found):
            who = row.who.name or row.who.id or "-"
            told = f"{row.seq}\t{moment(row.utc)}\t{who}\t{row.what}\t{row.subject}\t{row.result}\t{row.reason}"
            typer.echo(told.replace("\n", " "))
        return 0

    return _on(data, work)


def export_rows(data: Path, wanted: Wanted) -> int:
    """Write all rows as CSV to stdout."""

    def work(connection: sqlite3.Connection) -> int:
        sheet = csv.writer(sys.stdout)
        sheet.writerow(COLUMNS)
        after: int | None = 0
        while after is not None:
            rows, after = following(connection, wanted, after, _PAGE)
            sheet.writerows(cells(row, row.body) for row in rows)
        return 0

    return _on(data, work)


def _on(data: Path, work: Callable[[sqlite3.Connection], int]) -> int:
    try:
        with closing(_opened(data)) as connection:
            return work(connection)
    except (_Wrong, FolderError) as wrong:
        typer.echo(str(wrong), err=True)
    except sqlite3.Error as error:
        typer.echo(f"The journal in {data} cannot be read: {error}.", err=True)
    return WRONG


def _opened(data: Path) -> sqlite3.Connection:
    path = data / JOURNAL_NAME
    if not path.exists():
        raise _Wrong(f"There is no journal in {data}: name the data folder of the gateway, or a restored one.")
    connection = connect_to_read(disk_source(path))
    with ExitStack() as unless_used:
        unless_used.callback(connection.close)
        if version_of(connection) < CHAINED_SINCE:
            raise _Wrong(
                f"The journal in {data} is of an older Gridpost and has no chain: start the gateway on it once."
            )
        unless_used.pop_all()
    return connection


def _public(data: Path, key: str) -> bytes | None:
    """The key that was named, else that of the folder; None where it has none. Raises `_Wrong` and FolderError."""
    if key:
        return _noted(key)
    signer = found_signer(data)
    return None if signer is None else signer.public


def _noted(key: str) -> bytes:
    """A public key as somebody noted it. Raises `_Wrong`."""
    try:
        public = bytes.fromhex(key)
    except ValueError:
        public = b""
    if len(public) * 2 != _KEY_DIGITS:
        raise _Wrong(f"{key} is no public key: it has {_KEY_DIGITS} hexadecimal digits.")
    return public


def _parsed(head: str) -> tuple[int, str]:
    digest, _, seq = head.partition("@")
    if not seq.isdecimal() or len(digest) != _KEY_DIGITS or set(digest.lower()) - set("0123456789abcdef"):
        raise _Wrong(f"{head} is no head: write it as it left the box, 64 hexadecimal digits, @, and the row.")
    return int(seq), digest.lower()


def _say(verdict: Verdict, seconds: float) -> None:
    for broken in verdict.broken:
        typer.echo(f"Row {broken.seq}: {broken.why}.", err=True)
    if verdict.more_broken:
        typer.echo(f"And {verdict.more_broken} more.", err=True)
    facts = [f"{verdict.rows:,} rows hold"] if verdict.ok else [f"BROKEN first at row {verdict.broken[0].seq}"]
    facts.append(f"rows {verdict.from_seq} to {verdict.to_seq}")
    if verdict.erased:
        facts.append(f"{verdict.erased:,} erased on purpose")
    if verdict.pruned:
        facts.append(f"{verdict.pruned:,} pruned when their time was over")
    if verdict.before:
        facts.append(f"{verdict.before:,} from before the chain began")
    for low, high in verdict.lost:
        facts.append(f"rows {low} to {high} lost to a damaged disk, as its rescue says")
    if verdict.signatures:
        facts.append(f"{verdict.checkpoints} signed checkpoint(s)")
    else:
        facts.append("signatures not checked: there is no key here, name one with --key")
    typer.echo("; ".join(facts) + f"; {seconds:.1f} s.")
    typer.echo(f"Head: {verdict.head}@{verdict.to_seq}")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{done:,} of {total:,}" + ("\n" if done == total else ""), err=True, nl=False)
