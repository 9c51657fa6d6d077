"""A backup of a running gateway is whole, restores to the same house, and is not made of what is damaged."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from gateway.actor import Role
from gateway.keep import backup as backup_module
from gateway.keep.accounts import users
from gateway.keep.backup import KEEP_FREE, BackupFailed, Source, make_backup
from gateway.keep.backup_reading import verify_backup
from gateway.keep.backup_restore import restore_backup
from gateway.keep.history import History
from gateway.keep.journal import Journal
from gateway.keep.schema import TABLES, VERSION
from gateway.model import Entry
from tests.keep.backups import KEY, back_up
from tests.keep.facts import NOW, T0, alarm_entry, device, event, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.keep.plot import Plot

ENTRIES = 1_000


def rows(journal: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in a journal."""
    with closing(sqlite3.connect(journal)) as connection:
        query = "SELECT * FROM {} ORDER BY rowid"
        return {table: connection.execute(query.format(table)).fetchall() for table in TABLES}


async def a_lived_in_house(data: Path) -> None:
    """Alarms, events, cursors, a user, and two days of history."""
    async with Journal.open(data, NOW) as journal:
        for number in range(1, 4):
            await journal.submit(alarm_entry(number))
        await journal.submit(Entry(NOW, (), events=(event(1), event(2)), cursors={"b1u1": {"next": 3}}))
        with closing(journal.connect()) as connection:
            users.add_user(connection, "王芳", Role.STAFF, ("g1",), NOW, "test")
    history = History(data, 30)
    history.adopt([device()])
    for day in (0, 1):
        for second in range(150):
            history.record("b1u1", 1, (second, 20.5, 1.0), None, T0 + day * 86_400 + second)
        history.close_some(T0 + day * 86_400 + 200)
    await history.close()


async def plot(data: Path) -> Plot:
    history = History(data, 30)
    try:
        return await history.query("b1u1", "count", T0, T0 + 2 * 86_400, 100)
    finally:
        await history.close()


async def test_all_that_was_committed_before_the_backup_began_is_in_it_and_nothing_is_torn(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with Journal.open(data, NOW) as journal:
        committed = 0

        async def write() -> None:
            nonlocal committed
            for number in range(1, ENTRIES + 1):
                await journal.submit(Entry(NOW, alarm_entry(number).outcomes, events=(event(number),)))
                committed = number

        writing = asyncio.create_task(write())
        while committed < ENTRIES // 10:
            await asyncio.sleep(0)
        before = committed
        made = await asyncio.to_thread(back_up, data)
        meanwhile = committed
        await writing
        restore_backup(made.path, KEY, tmp_path / "new", None, NOW)

    found = rows(tmp_path / "new" / "journal.db")
    alarms = [body for _, _, _, _, _, kind, _, body in found["log"] if kind == "alarm"]
    assert before <= len(alarms) <= meanwhile <= ENTRIES
    assert meanwhile > before  # the writer went on
    assert len(alarms) == len(found["alarms"]) == len(found["events"])  # all of each entry, or nothing
    assert made.manifest.journal_seq == max(row[0] for row in found["log"] if row[5] != "restored")


async def test_a_restored_house_is_the_same_in_every_table_and_every_plot(tmp_path: Path) -> None:
    data, new = tmp_path / "data", tmp_path / "new"
    data.mkdir()
    await a_lived_in_house(data)

    restored = restore_backup(back_up(data).path, KEY, new, None, NOW)

    names = sorted(path.name for path in new.iterdir())
    assert names == ["history-20270115.db", "history-20270116.db", "journal.db"]
    assert {(new / name).stat().st_mode & 0o777 for name in names} == {0o600}
    assert new.stat().st_mode & 0o777 == 0o700
    before, after = rows(data / "journal.db"), rows(new / "journal.db")
    (last,) = after["log"][len(before["log"]) :]
    assert (last[5], last[6]) == ("restored", "journal")
    assert before == {**after, "log": after["log"][:-1], "chain": after["chain"][:-1]}
    assert await plot(new) == await plot(data)
    assert restored.manifest.days == 2
    assert restored.manifest.journal_version == VERSION


async def test_a_gateway_goes_on_with_a_restored_journal(tmp_path: Path) -> None:
    data, new = tmp_path / "data", tmp_path / "new"
    data.mkdir()
    await a_lived_in_house(data)
    restore_backup(back_up(data).path, KEY, new, None, NOW)

    async with Journal.open(new, NOW) as journal:
        assert journal.recorded
        assert journal.rescued is None
        assert journal.cursor("b1u1") == {"next": 3}
        assert journal.known("b1u1", "7", 2)
        with closing(journal.reader()) as reader:
            assert [alarm.number for alarm in await reader.alarms(open_only=True)] == [3, 2, 1]


async def test_without_history_only_the_journal_and_the_configuration_are_in_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await a_lived_in_house(data)
    config = tmp_path / "compound.yaml"
    config.write_text("compound: {id: xingfuli}\n")

    manifest = verify_backup(back_up(data, history=False, files={"compound.yaml": config}).path, KEY)

    assert [part.path for part in manifest.parts] == ["data/journal.db", "config/compound.yaml"]
    assert manifest.main == "config/compound.yaml"


async def test_the_outbox_the_lock_and_what_is_set_aside_stay_where_they_are(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await a_lived_in_house(data)
    for name in ("outbox.db", "gridpost.lock", "journal.db.damaged-20270101T000000Z", "history-2027.db"):
        (data / name).write_bytes(b"x")

    parts = {part.path for part in back_up(data).manifest.parts}

    assert parts == {"data/journal.db", "data/history-20270115.db", "data/history-20270116.db"}


async def test_a_damaged_day_of_history_is_left_out_and_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await a_lived_in_house(data)
    (data / "history-20270115.db").write_bytes(b"rubbish" * 1_000)

    manifest = back_up(data, files={"compound.yaml": tmp_path / "gone.yaml"}).manifest

    assert "data/history-20270116.db" in {part.path for part in manifest.parts}
    day, file = manifest.left_out
    assert day == "history-20270115.db cannot be copied: file is not a database."
    assert file == f"{tmp_path / 'gone.yaml'} cannot be read: No such file or directory."


async def test_a_damaged_journal_is_not_copied_over_good_backups(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await a_lived_in_house(data)
    with (data / "journal.db").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)

    with pytest.raises(BackupFailed, match=r"^The journal .*/data/journal\.db is damaged \(.+\)"):
        back_up(data)


def test_a_folder_without_a_journal_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    with pytest.raises(BackupFailed, match=r"^There is no journal in .*/data: name the data folder of the gateway\.$"):
        back_up(tmp_path / "data")


async def test_a_backup_is_broken_off_soon_after_it_was_told_to(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await a_lived_in_house(data)
    stop = threading.Event()
    stop.set()

    with pytest.raises(BackupFailed, match="broken off"):
        make_backup(Source(data, "xingfuli"), KEY, tmp_path, NOW, stop)


class Pauses(threading.Event):
    """Does something in each pause between two steps of copying."""

    def __init__(self, in_a_pause: Callable[[], bool]) -> None:
        super().__init__()
        self.count = 0
        self._in_a_pause = in_a_pause

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.count += 1
        return self._in_a_pause()


async def test_a_writer_between_the_steps_does_not_begin_the_copying_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await a_lived_in_house(data)
    monkeypatch.setattr(backup_module, "PAGES", 1)
    pages = (data / "journal.db").stat().st_size // 4096
    with closing(sqlite3.connect(data / "journal.db")) as writer:

        def write() -> bool:
            assert pauses.count < 10 * pages, "it begins anew for ever"
            with writer:
                writer.execute("INSERT INTO remembered VALUES (?, '1')", (f"pause {pauses.count}",))
            return False

        pauses = Pauses(write)
        make_backup(Source(data, "xingfuli", history=False), KEY, tmp_path, NOW, pauses)

    assert pages <= pauses.count <= pages + 2


async def test_it_is_broken_off_between_two_steps_of_copying(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    await a_lived_in_house(data)

    with pytest.raises(BackupFailed, match="broken off"):
        make_backup(Source(data, "xingfuli"), KEY, tmp_path, NOW, Pauses(lambda: True))


async def test_a_backup_that_would_take_the_gateways_own_room_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with Journal.open(data, NOW) as journal:
        await journal.submit(Entry(NOW, (said(),)))
        disk = shutil._ntuple_diskusage(10 * KEEP_FREE * 2, 0, KEEP_FREE)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: disk)

        with pytest.raises(
            BackupFailed, match=r"^There is no room .* may need \d+ MB, 210 MB are free\. Make room, or"
        ):
            back_up(data)

    assert not list((tmp_path / "made").iterdir())
