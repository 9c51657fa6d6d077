"""Real files, really damaged: the journal always opens, saves what can be read, and names exactly what is missing."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Role
from gateway.keep.accounts import users
from gateway.keep.journal import Journal
from gateway.keep.opening import Rescued
from gateway.keep.watermark import Mark, read_mark
from gateway.model import Change, Entry
from tests.keep.facts import NOW, alarm_entry, event, said

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 4096
LAST = 1202
"""The log of `killed`: one start, 400 times an event, an alarm and a link, and an answered alarm."""

ROUNDS = 400 if os.environ.get("GRIDPOST_SOAK") else 5

Rows = dict[int, tuple[str, str, str]]

TRUTH: Rows = {}
"""What was committed before the damage; filled by `killed`."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `kill -9` leaves it: half of the journal in the database, half in its -wal, and no clean mark."""
    folder = tmp_path_factory.mktemp("killed")

    async def live() -> None:
        live_folder = tmp_path_factory.mktemp("live")
        async with Journal.open(live_folder, NOW) as journal:
            for number in range(1, 401):
                entry = Entry(
                    NOW, (*alarm_entry(number).outcomes, said("线路" * 20)), (event(number),), {"b1u1": number}
                )
                future = journal.submit(entry)
                if number % 20 == 0:
                    await future
                if number == 200:
                    journal._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            await journal.submit(alarm_entry(1, Change.ACKED, acked=True))
            for path in live_folder.iterdir():
                shutil.copy(path, folder)

    asyncio.run(live())
    TRUTH.update(_rows(_copy(folder, tmp_path_factory.mktemp("truth"))))
    assert len(TRUTH) == LAST
    assert (folder / "journal.db-wal").stat().st_size > 50 * PAGE
    assert (folder / "journal.db").stat().st_size > 50 * PAGE
    return folder


@pytest.fixture
def data(killed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(killed, tmp_path / "data")


def test_an_unclean_end_without_damage_loses_nothing_and_is_not_called_damage(data: Path) -> None:

    rescued, after = _open(data)

    assert rescued is None
    assert _told(after) == {
        **TRUTH,
        read_mark(data / "journal.mark").seq: ("started", "gateway", '{"version":"0.1.0"}'),
    }


@pytest.mark.parametrize("size", [0, 1, 99, 512, PAGE, 10 * PAGE + 7, 40 * PAGE])
def test_a_database_cut_short(data: Path, size: int) -> None:
    os.truncate(data / "journal.db", size)
    (data / "journal.db-wal").unlink()

    _check(data)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 5_000, 200_000])
def test_a_log_of_changes_cut_short_loses_its_tail_by_name(data: Path, size: int) -> None:
    os.truncate(data / "journal.db-wal", size)

    rescued = _check(data)

    assert rescued is not None
    assert rescued.rows > 400
    assert len(rescued.missing) == 1
    assert rescued.missing[0][1] == LAST


def test_a_header_of_zeros_costs_no_row(data: Path) -> None:
    _checkpoint(data)
    _overwrite(data / "journal.db", 0, bytes(100))

    rescued, after = _open(data)

    assert rescued is not None
    assert rescued.missing == ()
    assert {seq: row for seq, row in _told(after).items() if seq in TRUTH} == TRUTH


def test_a_first_page_of_noise_costs_no_row(data: Path) -> None:
    _checkpoint(data)
    _overwrite(data / "journal.db", 0, random.Random(1).randbytes(PAGE))

    rescued, after = _open(data)

    assert rescued is not None
    assert rescued.missing == ()
    assert {seq: row for seq, row in _told(after).items() if seq in TRUTH} == TRUTH


def test_a_file_that_is_something_else_is_set_aside_whole(data: Path) -> None:
    (data / "journal.db-wal").unlink()
    (data / "journal.db").write_text("this is a letter\n" * 9_000)

    rescued = _check(data)

    assert rescued is not None
    assert (data / rescued.set_aside).read_text().startswith("this is a letter")
    assert rescued.missing == ((1, LAST),)


def test_a_file_that_is_gone_is_missing_by_name(data: Path) -> None:
    for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
        (data / name).unlink()

    rescued = _check(data)

    assert rescued == Rescued("the file is gone", "", 0, ((1, LAST),))


def test_without_a_mark_the_holes_are_still_found(data: Path) -> None:
    (data / "journal.mark").unlink()
    _checkpoint(data)
    for page in _leaves_of_the_log(data)[5:8]:
        _overwrite(data / "journal.db", page * PAGE, bytes(PAGE))

    rescued, _ = _open(data)

    assert rescued is not None
    assert rescued.missing
    assert all(first <= last for first, last in rescued.missing)


def test_a_clean_mark_does_not_hide_damage_that_opening_meets(data: Path) -> None:
    _checkpoint(data)
    line = (data / "journal.mark").read_bytes()
    assert line.startswith(b"gridpost-mark")
    _mark_clean(data)
    _overwrite(data / "journal.db", PAGE, b"\xff" * 20 * PAGE)

    rescued, _ = _open(data)

    assert rescued is not None


@pytest.mark.parametrize("torn", ["{", "\udcff"])
@pytest.mark.parametrize("table", ["cursors", "remembered"])
@pytest.mark.parametrize("clean", [True, False])
def test_a_torn_memory_costs_that_row_alone(data: Path, table: str, torn: str, clean: bool) -> None:  # noqa: FBT001
    _mark_clean(data, clean=clean)
    column = "cursor" if table == "cursors" else "value"
    with closing(sqlite3.connect(data / "journal.db")) as connection:
        (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own table
        value = torn.encode("utf-8", "surrogateescape")
        connection.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE rowid = 1", (value,))  # noqa: S608
        connection.commit()

    rescued, after = _open(data)

    assert rescued is not None
    assert rescued.missing == ()
    with closing(sqlite3.connect(after)) as connection:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows - 1,)  # noqa: S608


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("kind", ["pages", "bytes", "wal", "both"])
def test_random_damage(data: Path, seed: int, kind: str) -> None:
    chance = random.Random(f"{seed}{kind}")
    if kind != "wal":
        _checkpoint(data) if chance.random() < 0.5 else None
        database = data / "journal.db"
        for _ in range(chance.choice((1, 2, 5, 20))):
            if kind == "bytes":
                _overwrite(
                    database, chance.randrange(database.stat().st_size), chance.randbytes(chance.randint(1, 300))
                )
            else:
                page = chance.randrange(database.stat().st_size // PAGE)
                _overwrite(database, page * PAGE, chance.choice((bytes(PAGE), chance.randbytes(PAGE))))
    wal = data / "journal.db-wal"
    if kind in {"wal", "both"} and wal.exists() and wal.stat().st_size:
        _overwrite(wal, chance.randrange(wal.stat().st_size), chance.randbytes(chance.randint(1, 9_000)))

    _check(data)


def test_a_second_rescue_does_not_name_the_same_rows_again(data: Path) -> None:
    _checkpoint(data)
    leaves = _leaves_of_the_log(data)
    _overwrite(data / "journal.db", leaves[3] * PAGE, bytes(PAGE))
    first, _ = _open(data)
    assert first is not None
    _mark_clean(data, clean=False)
    leaves = _leaves_of_the_log(data)
    _overwrite(data / "journal.db", leaves[9] * PAGE, bytes(PAGE))

    second, _ = _open(data)

    assert second is not None
    assert len(first.missing) == len(second.missing) == 1
    assert first.missing != second.missing
    assert first.set_aside != second.set_aside


def test_alarms_and_events_come_back_from_the_log_when_their_own_pages_are_gone(data: Path) -> None:
    _checkpoint(data)
    with closing(sqlite3.connect(data / "journal.db")) as connection:
        roots = [
            page
            for (page,) in connection.execute(
                "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name IN ('alarms', 'events')"
            )
        ]
    for page in roots:
        _overwrite(data / "journal.db", (page - 1) * PAGE, bytes(PAGE))

    rescued, after = _open(data)

    assert rescued is not None
    with closing(sqlite3.connect(after)) as connection:
        alarms = connection.execute("SELECT count(*), sum(body LIKE '%\"acked\":true%') FROM alarms").fetchone()
        events = connection.execute("SELECT count(*) FROM events").fetchone()
    assert alarms == (400, 1)
    assert events == (400,)


@pytest.mark.parametrize("kind", ["root", "interior"])
def test_a_damaged_page_above_the_leaves_costs_no_row_of_the_log(data: Path, kind: str) -> None:
    _checkpoint(data)
    with closing(sqlite3.connect(data / "journal.db")) as connection:
        above = [
            page - 1
            for (page,) in connection.execute(
                "SELECT pageno FROM dbstat WHERE name = 'log' AND pagetype = 'internal' ORDER BY path"
            )
        ]
    for page in above[:1] if kind == "root" else above[1:]:
        _overwrite(data / "journal.db", page * PAGE, bytes(PAGE))

    rescued, after = _open(data)

    assert above
    assert {seq: row for seq, row in _told(after).items() if seq in TRUTH} == TRUTH
    assert rescued is None or rescued.missing == ()


def test_rows_too_long_for_a_page_are_read_from_the_leaves_too(tmp_path: Path) -> None:
    sizes = (1, 3_900, 4_061, 4_062, 4_500, 8_000, 8_200, 70_000)

    async def live() -> None:
        async with Journal.open(tmp_path, NOW) as journal:
            for size in sizes:
                await journal.submit(Entry(NOW, (said("x" * size), said(str(size)))))

    asyncio.run(live())
    before = _rows(tmp_path / "journal.db")
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'log'").fetchone()
    _overwrite(tmp_path / "journal.db", (root - 1) * PAGE, bytes(PAGE))
    _mark_clean(tmp_path, clean=False)

    rescued, after = _open(tmp_path)

    assert rescued is not None
    assert rescued.missing == ()
    assert {seq: row for seq, row in _told(after).items() if seq in before} == before


def test_a_removed_user_does_not_come_back_from_a_page_that_was_freed(tmp_path: Path) -> None:
    async def live() -> None:
        async with Journal.open(tmp_path, NOW) as journal:
            with closing(journal.connect()) as connection:
                for number in range(200):
                    users.add_user(connection, f"user {number}", Role.STAFF, [], NOW, "test")
                for number in range(199):
                    users.remove_user(connection, f"user {number}", NOW, "test")

    asyncio.run(live())
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] > 0
    _overwrite(tmp_path / "journal.db", 0, bytes(100))
    _mark_clean(tmp_path, clean=False)

    rescued, after = _open(tmp_path)

    assert rescued is not None
    with closing(sqlite3.connect(after)) as connection:
        assert [user.name for user in users.list_users(connection)] == ["user 199"]


@pytest.mark.parametrize("built", [False, True])
def test_a_rescue_that_was_interrupted_is_done_again(data: Path, built: bool) -> None:  # noqa: FBT001 - a table's column
    _checkpoint(data)
    if built:  # killed between the two renamings at the end
        (data / "journal.db").rename(data / "journal.db.rescued")
        rescued, after = _open(data)

        assert rescued is None
        assert len(_told(after)) == LAST + 1
    else:  # killed while it copied
        _overwrite(data / "journal.db", _leaves_of_the_log(data)[3] * PAGE, bytes(PAGE))
        (data / "journal.db.rescued").write_bytes(b"SQLite format 3\0 half")
        rescued, after = _open(data)

        assert rescued is not None
        assert len(_told(after)) > 1000


def _check(data: Path) -> Rescued | None:
    """Open damaged files and compare with what an independent reader finds in a copy of them, row by row."""
    mark = read_mark(data / "journal.mark")
    assert mark == Mark(LAST, clean=False)
    oracle = _rows(_copy(data, data.parent / "oracle"), by_one=True)

    rescued, after = _open(data)
    told = _told(after)

    mine = {seq: row for seq, row in told.items() if row[0] not in {"rescued", "started"} or seq <= mark.seq}
    if rescued is None:
        assert mine.keys() >= set(range(1, mark.seq + 1))
        return None
    assert oracle.items() <= mine.items()
    assert mine.items() <= (oracle.items() | TRUTH.items())
    assert _as_ranges(set(range(1, mark.seq + 1)) - mine.keys()) == list(rescued.missing)
    assert json.loads(told[max(told) - 1][2])["missing"] == [list(pair) for pair in rescued.missing]
    assert min(seq for seq in told if seq not in mine) > mark.seq
    if rescued.set_aside:
        assert (data / rescued.set_aside).exists()
    return rescued


def _open(data: Path) -> tuple[Rescued | None, Path]:

    async def go() -> Rescued | None:
        async with Journal.open(data, NOW) as journal:
            assert journal.recorded, journal.why
            return journal.rescued

    return asyncio.run(go()), data / "journal.db"


def _told(database: Path) -> Rows:
    return _rows(database)


def _rows(database: Path, *, by_one: bool = False) -> Rows:
    """The log; with `by_one` each row in a query of its own, those that cannot be read left out."""
    found: Rows = {}
    with closing(sqlite3.connect(database)) as connection:
        if not by_one:
            return {seq: tuple(row) for seq, *row in connection.execute("SELECT seq, kind, subject, body FROM log")}
        for wanted in range(1, LAST + 1):
            try:
                row = connection.execute("SELECT * FROM log WHERE seq = ?", (wanted,)).fetchone()
                if row and [type(value) for value in row] == [int, str, int, float, int, str, str, str]:
                    json.loads(row[7])
                    found[row[0]] = row[5:]
            except (sqlite3.Error, ValueError):
                continue
    return found


def _copy(folder: Path, to: Path) -> Path:
    """A copy for the independent reader, so that it leaves the damaged files as they are."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
    return to / "journal.db"


def _checkpoint(data: Path) -> None:
    with closing(sqlite3.connect(data / "journal.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _leaves_of_the_log(data: Path) -> list[int]:
    """Numbers (from 0) of the pages that hold rows of the log, in order of the rows."""
    with closing(sqlite3.connect(data / "journal.db")) as connection:
        return [
            page - 1
            for (page,) in connection.execute(
                "SELECT pageno FROM dbstat WHERE name = 'log' AND pagetype = 'leaf' ORDER BY path"
            )
        ]


def _mark_clean(data: Path, *, clean: bool = True) -> None:
    from gateway.keep.watermark import Watermark

    seq = read_mark(data / "journal.mark").seq
    watermark = Watermark(data / "journal.mark")
    watermark.put(seq, 0.0)
    watermark.close(clean=clean)


def _overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def _as_ranges(seqs: set[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for seq in sorted(seqs):
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1] = (ranges[-1][0], seq)
        else:
            ranges.append((seq, seq))
    return ranges
