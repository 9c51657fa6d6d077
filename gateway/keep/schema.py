"""The journal's tables, how a file is brought to them, and how connections to it are opened.

Every table has rowids: rescue walks them. A new file runs through the same steps as an old one, so there is one way to
each version. A step that was released is never edited; a change is a new step.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL_NAME = "journal.db"
BUSY_SECONDS = 5.0
"""How long a short transaction waits for another: the gateway and `gridpost users` may write at the same time."""

TABLES = (
    "log", "cursors", "remembered", "alarms", "events", "commands", "users", "codes", "sessions", "notices", "tokens",
    "chain", "checkpoints", "passage_counts",
)  # fmt: skip

MIGRATIONS: tuple[str, ...] = (
    # Version 1. Kept short: with its indexes it must fit on the file's first page, which rescue can make anew.
    # alarms: seq is the log row that changed it last, normal says whether it needs nobody. events: seq is its log row.
    """
    CREATE TABLE log(seq INTEGER PRIMARY KEY AUTOINCREMENT, boot TEXT NOT NULL, boottime INTEGER NOT NULL,
        utc REAL NOT NULL, trusted INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL);
    CREATE INDEX log_kind ON log(kind);
    CREATE TABLE cursors(device TEXT PRIMARY KEY, cursor TEXT NOT NULL);
    CREATE TABLE remembered(key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE alarms(number INTEGER PRIMARY KEY, key TEXT NOT NULL, normal INTEGER NOT NULL, body TEXT NOT NULL,
        seq INTEGER NOT NULL);
    CREATE TABLE events(seq INTEGER PRIMARY KEY, device TEXT NOT NULL, epoch TEXT NOT NULL, sequence INTEGER NOT NULL,
        kind TEXT NOT NULL, body TEXT NOT NULL, utc REAL, UNIQUE(device, epoch, sequence));
    CREATE TABLE commands(id INTEGER PRIMARY KEY, device TEXT NOT NULL, name TEXT NOT NULL, arguments TEXT NOT NULL,
        actor TEXT NOT NULL, reason TEXT NOT NULL, outcome TEXT, confirmed TEXT, why TEXT, seq INTEGER NOT NULL);
    CREATE TABLE users(id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, grids TEXT NOT NULL,
        token_hash TEXT NOT NULL UNIQUE, created REAL NOT NULL);
    CREATE TABLE codes(hash TEXT PRIMARY KEY, user TEXT NOT NULL, expires REAL NOT NULL, used INTEGER NOT NULL);
    CREATE TABLE sessions(hash TEXT PRIMARY KEY, user TEXT NOT NULL, expires REAL NOT NULL)
    """,
    # Version 2: the history of one alarm without reading that of all others.
    "CREATE INDEX log_alarm ON log(subject) WHERE kind = 'alarm'",
    # Version 3: who passed one door without reading what happened at all others.
    "CREATE INDEX events_part ON events(device, coalesce(json_extract(body, '$.part'), ''))",
    # Version 4: what is told to people and what became of it (seq is the log row of the notice); the history of an incident.
    """
    CREATE TABLE notices(seq INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, subject TEXT NOT NULL,
        fate TEXT NOT NULL, why TEXT NOT NULL, sent REAL, changed REAL NOT NULL, body TEXT NOT NULL);
    CREATE INDEX notices_subject ON notices(subject);
    CREATE INDEX notices_waiting ON notices(number) WHERE fate = 'waiting';
    CREATE INDEX log_incident ON log(subject) WHERE kind = 'incident'
    """,
    # Version 5: accounts with passwords, PINs, tokens of their own and sessions of three kinds; the audit's chain over salted
    # digests (seq is the log row), signed checkpoints where rows were pruned, and what passages become when they are old. The
    # name of an account told whose of the staff it is: that of a removed one is nobody's from now on (accounts/ties.py).
    """
    CREATE TABLE accounts(id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, grids TEXT NOT NULL,
        kind TEXT NOT NULL DEFAULT 'person', created REAL NOT NULL, password TEXT NOT NULL DEFAULT '',
        pin TEXT NOT NULL DEFAULT '', closed INTEGER NOT NULL DEFAULT 0);
    INSERT INTO accounts(id, name, role, grids, created) SELECT id, name, role, grids, created FROM users;
    CREATE TABLE tokens(hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL, name TEXT NOT NULL,
        scopes TEXT NOT NULL, created REAL NOT NULL, expires REAL NOT NULL, seen REAL NOT NULL DEFAULT 0);
    INSERT INTO tokens(hash, id, user, name, scopes, created, expires)
        SELECT token_hash, 't' || substr(id, 2), id, 'first', '[]', created, created + 31536000 FROM users;
    DROP TABLE users;
    ALTER TABLE accounts RENAME TO users;
    DROP TABLE sessions;
    CREATE TABLE sessions(hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, user TEXT NOT NULL, kind TEXT NOT NULL,
        label TEXT NOT NULL, created REAL NOT NULL, seen REAL NOT NULL, expires REAL NOT NULL);
    DROP TABLE codes;
    CREATE TABLE codes(hash TEXT PRIMARY KEY, user TEXT NOT NULL, kind TEXT NOT NULL, expires REAL NOT NULL,
        used INTEGER NOT NULL);
    CREATE TABLE chain(seq INTEGER PRIMARY KEY, salt BLOB, digest BLOB NOT NULL, head BLOB NOT NULL);
    CREATE TABLE checkpoints(seq INTEGER PRIMARY KEY, utc REAL NOT NULL, body TEXT NOT NULL, signature BLOB NOT NULL);
    CREATE TABLE passage_counts(day TEXT, device TEXT, part TEXT, kind TEXT, count INTEGER, UNIQUE(day, device, part, kind));
    INSERT OR IGNORE INTO remembered SELECT 'account:' || substr(key, 15), '""' FROM remembered JOIN log
        ON CASE WHEN json_valid(value) THEN json_extract(value, '$.account') END = subject
        WHERE key GLOB 'people:person:*' AND kind = 'user' AND body LIKE '%"change":"removed"%'
        AND subject NOT IN (SELECT name FROM users)
    """,
)
VERSION = len(MIGRATIONS)
CHAINED_SINCE = 5
"""The version from which on rows of the log are chained."""


class NewerJournal(Exception):
    """The file was written by a newer Gridpost. Only a person can cure it."""


def disk_source(path: Path) -> str:
    """The URI of a database file."""
    return "file:" + quote(str(path.absolute()))


def memory_source(name: str) -> str:
    """The URI of a database in memory that every connection of this process shares (SQLite's memdb, 3.36 and later).

    Not `cache=shared`: memdb locks as a file does, so that the busy time-out works and the same code runs on it.
    """
    return f"file:/{quote(name)}?vfs=memdb"


def connect(source: str) -> sqlite3.Connection:
    """A connection that may write, in autocommit mode: transactions are written out where they are made."""
    connection = sqlite3.connect(source, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON").fetchone()  # what is erased is no longer in the file's bytes
        connection.execute("PRAGMA journal_size_limit=4194304")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_to_read(source: str) -> sqlite3.Connection:
    """A connection that cannot write. Never blocks the writer of a file, nor waits for it."""
    mode = "&mode=ro" if "?" in source else "?mode=ro"
    return sqlite3.connect(
        source if "vfs=memdb" in source else source + mode,
        uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False,
    )  # fmt: skip


def version_of(connection: sqlite3.Connection) -> int:
    """Which version the file has; 0 when it is new."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, path: Path | None) -> None:
    """Bring a database to `VERSION`, all or nothing; `path` is copied aside first when it holds anything.

    Raises `NewerJournal` for a file of a newer Gridpost, which is left as it is.
    """
    version = version_of(connection)
    if version > VERSION:
        raise NewerJournal(
            f"The journal {path} was written by a newer Gridpost (its version is {version}, this one knows {VERSION}). "
            f"Install that Gridpost again or name another data folder."
        )
    if version == VERSION:
        return
    if version and path is not None:
        _copy_aside(connection, path.with_name(f"{path.name}.version-{version}"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        for steps in MIGRATIONS[version_of(connection) :]:  # asked again: another process may have been quicker
            for statement in steps.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _copy_aside(connection: sqlite3.Connection, copy: Path) -> None:
    copy.unlink(missing_ok=True)
    target = sqlite3.connect(copy)
    try:
        connection.backup(target)
    finally:
        target.close()
    copy.chmod(0o600)
