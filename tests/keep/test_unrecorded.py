"""Where nothing can be written the journal goes on in memory, with what can be read, and says so."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Role
from gateway.keep.accounts.accounts import Accounts
from gateway.keep.accounts.users import add_user
from gateway.keep.journal import Journal
from gateway.model import Entry, Remember
from tests.keep.facts import NOW, alarm_entry, event, said
from tests.keep.rights import as_nobody

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def used(readable_by_all: Path) -> Path:
    """A data folder with a past, closed in good order, that anybody may read."""
    folder = readable_by_all / "data"
    folder.mkdir(mode=0o755)
    async with Journal.open(folder, NOW) as journal:
        await journal.submit(alarm_entry(1))
        await journal.submit(Entry(NOW, (Remember("k", [1]),), (event(1),), {"b1u1": 5}))
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o755)
    return folder


@pytest.mark.parametrize("folder_mode", [0o755, 0o555])
async def test_a_read_only_file_is_taken_into_memory_and_everything_works(used: Path, folder_mode: int) -> None:
    used.chmod(folder_mode)

    with as_nobody():
        journal = Journal.open(used, NOW)

    async with journal:
        assert not journal.recorded
        assert f"{used}/journal.db cannot be written" in journal.why
        assert journal.remembered()["k"] == [1]
        assert journal.cursor("b1u1") == 5
        assert journal.known("b1u1", "7", 1)
        (seq,) = await journal.submit(Entry(NOW, (said(),)))
        reader = journal.reader()
        rows = await reader.log(0, 100)
        alarms = await reader.alarms(open_only=True)
        reader.close()

    assert seq is not None
    assert [row.kind for row in rows] == ["started", "alarm", "event", "started", "link"]
    assert [alarm.number for alarm in alarms] == [1]


async def test_nothing_of_it_reaches_the_file(used: Path) -> None:
    before = {path.name: path.read_bytes() for path in used.iterdir()}
    used.chmod(0o555)

    with as_nobody():
        journal = Journal.open(used, NOW)
    async with journal:
        await journal.submit(Entry(NOW, (said(),)))

    assert {path.name: path.read_bytes() for path in used.iterdir()} == before


async def test_a_damaged_file_in_a_read_only_folder_gives_what_can_be_read(used: Path) -> None:
    with (used / "journal.db").open("r+b") as file:
        file.write(bytes(100))
    used.chmod(0o555)

    with as_nobody():
        journal = Journal.open(used, NOW)
    async with journal:
        assert not journal.recorded
        await journal.submit(Entry(NOW, (said(),)))


async def test_a_folder_that_cannot_even_be_read_starts_empty(used: Path) -> None:
    used.chmod(0o000)
    try:
        with as_nobody():
            journal = Journal.open(used, NOW)
        async with journal:
            assert not journal.recorded
            assert journal.remembered() == {}
            assert await journal.submit(Entry(NOW, (said(),))) == (2,)
    finally:
        used.chmod(0o755)


async def test_a_full_disk_at_the_start_is_survived(tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes every write beyond a size fail, as a full disk does."""
    import resource
    import signal

    data = tmp_path / "data"
    data.mkdir()
    async with Journal.open(data, NOW) as journal:
        await journal.submit(alarm_entry(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        journal = Journal.open(data, NOW)
        async with journal:
            await journal.submit(alarm_entry(2))
            reader = journal.reader()
            alarms = await reader.alarms(open_only=False)
            reader.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)

    assert not journal.recorded
    assert "cannot be written" in journal.why
    assert [alarm.number for alarm in alarms] == [2, 1]
    async with Journal.open(data, NOW) as journal:
        assert journal.recorded
        assert journal.rescued is None


async def test_accounts_work_in_memory_beside_the_writer(used: Path) -> None:
    used.chmod(0o555)
    with as_nobody():
        journal = Journal.open(used, NOW)
    async with journal:
        accounts = Accounts(journal.source, lambda: NOW)
        connection = journal.connect()
        token = add_user(connection, "王芳", Role.STAFF, ["g1"], NOW, "test")
        connection.close()
        await journal.submit(Entry(NOW, (said(),)))
        actor = await accounts.by_token(token)
        accounts.close()

    assert actor is not None
    assert actor.name == "王芳"


async def test_two_journals_in_memory_know_nothing_of_each_other(tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    one, two = Journal.open(tmp_path / "no", NOW), Journal.open(tmp_path / "no", NOW)
    async with one, two:
        await one.submit(Entry(NOW, (Remember("k", 1), said())))

        assert await two.submit(Entry(NOW, (said(),))) == (2,)
        assert os.listdir(tmp_path.parent) is not None  # noqa: PTH208 - the folder was not made
