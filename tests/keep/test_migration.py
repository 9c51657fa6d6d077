"""Files of older versions are brought forward, copied aside first; newer ones are refused in a sentence."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from gateway.keep.journal import Journal
from gateway.keep.schema import CHAINED_SINCE, MIGRATIONS, VERSION, NewerJournal, migrate
from gateway.keep.writing import write_entry
from gateway.model import Change
from tests.keep.facts import NOW, alarm_entry

if TYPE_CHECKING:
    from pathlib import Path


def _build_version(path: Path, version: int) -> None:
    """A file as the Gridpost of that version left it, with an alarm that was raised and answered."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for steps in MIGRATIONS[:version]:
            connection.executescript(steps)
        connection.execute(f"PRAGMA user_version = {version}")
        with patch("gateway.keep.writing.append") if version < CHAINED_SINCE else nullcontext():
            if version:
                write_entry(connection, alarm_entry(1))
                write_entry(connection, alarm_entry(1, Change.ACKED, acked=True))


@pytest.mark.parametrize("version", range(VERSION + 1))
async def test_every_version_comes_to_the_newest_with_all_it_held(tmp_path: Path, version: int) -> None:
    _build_version(tmp_path / "journal.db", version)

    async with Journal.open(tmp_path, NOW) as journal:
        reader = journal.reader()
        history = await reader.alarm_history(1)
        reader.close()

    assert [row.body["change"] for row in history] == (["raised", "acked"] if version else [])
    assert _schema(tmp_path / "journal.db") == _schema_of_a_new_one()
    copies = [path.name for path in tmp_path.glob("journal.db.version-*")]
    assert copies == ([f"journal.db.version-{version}"] if 0 < version < VERSION else [])


async def test_the_copy_is_the_file_as_it_was(tmp_path: Path) -> None:
    _build_version(tmp_path / "journal.db", 1)

    async with Journal.open(tmp_path, NOW):
        pass

    with closing(sqlite3.connect(tmp_path / "journal.db.version-1")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM log").fetchone() == (2,)


async def test_a_newer_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW):
        pass
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 5}")

    with pytest.raises(NewerJournal, match=f"written by a newer Gridpost .its version is {VERSION + 5}"):
        Journal.open(tmp_path, NOW)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 5,)
        assert connection.execute("SELECT count(*) FROM log").fetchone() == (1,)


def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.db"
    _build_version(path, 1)
    monkeypatch.setattr("gateway.keep.schema.MIGRATIONS", (*MIGRATIONS, "CREATE TABLE extra(x); CREATE NONSENSE"))
    monkeypatch.setattr("gateway.keep.schema.VERSION", VERSION + 1)

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, path)

        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (0,)


def test_the_tables_of_a_new_file_are_described_on_its_first_page() -> None:
    """Rescue gives a file whose first page is lost the first page of a new one."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, None)
        first_page = connection.serialize()[:4096]

    assert first_page[100] == 0x0D, "the schema outgrew the page: it begins with a leaf no more"


def _schema(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return json.dumps(connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall())


def _schema_of_a_new_one() -> str:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, None)
        return json.dumps(connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall())
