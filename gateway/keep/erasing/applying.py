"""Forgetting a person in the files of a data folder on which no gateway runs: after a restore, and after a power cut.

Whom the ledger names is looked for by his mark among the permits; what tells of him is then taken out of every table, and the
file is written anew, so that its free pages do not tell either. The same on a file of any age.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.permits.revoking import Revoking
from gateway.decide.permits.written import PERMIT, permit_from_json, permit_to_json
from gateway.decide.privacy.forgetting import nobodys
from gateway.keep.erasing.ledger import Ledger, mark_of, person_of
from gateway.keep.erasing.traces import INCIDENT, OWN, Traces, clean, finding, redacted
from gateway.keep.folder import COMPANIONS
from gateway.keep.schema import JOURNAL_NAME, connect, disk_source, migrate
from gateway.keep.writing import compact
from gateway.model import Remember

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from drivers.contract import Json
    from gateway.keep.audit.signing import Signer
    from gateway.model import Now
    from gateway.permit import Permit

_REMEMBER = "UPDATE remembered SET value = ? WHERE key = ?"
_OTHERS = tuple(sorted(set(OWN) - {INCIDENT}))
"""Rows that stay as they are. An incident is not one of them here: nobody keeps it in memory, who would change it himself."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was forgotten in a file: persons of whom it knew, their permits, rows of the log that named them."""

    persons: int
    permits: int
    rows: int


def complete_erasures(data: Path, site_key: bytes, signer: Signer, now: Now) -> Applied | None:
    """Complete what a power cut left half done; None where nothing is. Before the journal is opened. Blocks.

    Raises sqlite3.Error or OSError where that cannot be done: it is tried again at the next start.
    """
    ledger = Ledger(data, signer)
    begun = [each for each in ledger.read() if not each.complete]
    if not begun or not (data / JOURNAL_NAME).exists():
        return None
    applied = apply_erasures(data, site_key, {each.mark for each in begun}, now)
    for each in begun:
        ledger.complete(each.mark, now.utc, each.by)
    return applied


def apply_erasures(data: Path, site_key: bytes, marks: Collection[str], now: Now) -> Applied:
    """Forget the persons with these marks in the journal of a folder, and in old copies of it. Blocks; needs room for a copy.

    Raises sqlite3.Error, OSError.
    """
    path = data / JOURNAL_NAME
    with closing(connect(disk_source(path))) as connection:
        migrate(connection, None)
        several = [permit for permit in _permits(connection) if _marked(permit, site_key) in marks]
        traces = Traces.of(several)
        connection.execute("BEGIN IMMEDIATE")
        rows = 0
        for batch in list(finding(connection, traces)):
            rows += clean(connection, batch, traces, now, "")
        _forget_permits(connection, several)
        connection.execute("COMMIT")
        # the file anew, without what earlier changes left in its free pages
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    forget_copies(data, traces)
    persons = {person_of(permit, site_key) for permit in several}
    return Applied(len(persons), len(several), rows)


def forget_copies(data: Path, traces: Traces) -> list[str]:
    """Delete the copies of the journal that hold a trace: of before a migration, and damaged ones. Returns their names."""
    gone = []
    for pattern in (f"{JOURNAL_NAME}.version-*", f"{JOURNAL_NAME}.damaged-*"):
        for path in sorted(data.glob(pattern)):
            if path.exists() and traces.in_file(path):
                base = path.name.removesuffix("-wal").removesuffix("-shm")
                for companion in COMPANIONS:
                    path.with_name(base + companion).unlink(missing_ok=True)
                gone.append(base)
    return gone


def _marked(permit: Permit, site_key: bytes) -> str:
    person = person_of(permit, site_key)
    return mark_of(person, site_key) if person else ""


def _permits(connection: sqlite3.Connection) -> list[Permit]:
    rows = connection.execute("SELECT key, value FROM remembered WHERE key GLOB ?", (f"{PERMIT}p*",))
    found = []
    for key, value in rows:
        try:
            found.append(permit_from_json(key.removeprefix(PERMIT), json.loads(value)))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # a torn row: the judgement leaves it out too
    return found


def _forget_permits(connection: sqlite3.Connection, permits: Collection[Permit]) -> None:
    """What the judgement does with the same permits while it runs (`gateway/decide/privacy/privacy.py`)."""
    traces = Traces.of(permits)
    for permit in permits:
        connection.execute(_REMEMBER, (compact(permit_to_json(nobodys(permit))), PERMIT + permit.id))
    revoking = Revoking(_remembered(connection))
    for outcome in revoking.forget(traces.names, {permit.id for permit in _permits(connection) if permit.name}):
        if isinstance(outcome, Remember):
            connection.execute(_REMEMBER, (compact(outcome.value), outcome.key))
    for key, body in _remembered(connection).items():
        if not key.startswith(_OTHERS) and (cleaned := redacted(body, traces)) != body:
            connection.execute(_REMEMBER, (compact(cleaned), key))


def _remembered(connection: sqlite3.Connection) -> Mapping[str, Json]:
    return {key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM remembered")}
