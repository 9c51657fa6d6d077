"""Readers see the last commit and never stand in the writer's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.keep import reading
from gateway.keep.journal import Journal
from gateway.model import Change, Entry
from tests.keep.facts import NOW, alarm, alarm_entry, said

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_the_log_is_read_on_from_a_seq_by_kind_and_in_bounds(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        for number in range(1, 6):
            await journal.submit(Entry(NOW, (said(str(number)),)))
            await journal.submit(alarm_entry(number))
        reader = journal.reader()
        page = await reader.log(3, 2)
        links = await reader.log(3, 100, "link")
        nothing = await reader.log(0, -1)
        last = await reader.last_seq()
        reader.close()

    assert [(row.seq, row.kind) for row in page] == [(4, "link"), (5, "alarm")]
    assert [row.subject for row in links] == ["2", "3", "4", "5"]
    assert nothing == []
    assert last == 11
    assert page[0].boot == NOW.boot_id
    assert page[0].boottime_ns == NOW.boottime_ns
    assert page[0].utc == NOW.utc
    assert page[0].trusted is True
    assert page[0].body == {"is_line": True, "link": "up", "why": ""}


async def test_alarms_come_as_they_stand_newest_first(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(alarm_entry(1))
        await journal.submit(alarm_entry(2))
        await journal.submit(alarm_entry(1, Change.ACKED, acked=True))
        await journal.submit(alarm_entry(1, Change.CLEARED, active=False, acked=True))
        reader = journal.reader()
        open_ones = await reader.alarms(open_only=True)
        every = await reader.alarms(open_only=False)
        one, none = await reader.alarm(2), await reader.alarm(3)
        history = await reader.alarm_history(1)
        no_history = await reader.alarm_history(3)
        reader.close()

    assert open_ones == [alarm(2)]
    assert [found.number for found in every] == [2, 1]
    assert one == alarm(2)
    assert none is None
    assert [row.body["change"] for row in history] == ["raised", "acked", "cleared"]
    assert no_history == []


async def test_of_alarms_of_any_state_only_the_newest_are_read_and_of_open_ones_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ALARM_LIMIT", 2)
    async with Journal.open(tmp_path, NOW) as journal:
        for number in (1, 2, 3):
            await journal.submit(alarm_entry(number))
        reader = journal.reader()
        every = await reader.alarms(open_only=False)
        open_ones = await reader.alarms(open_only=True)
        reader.close()

    assert [found.number for found in every] == [3, 2]
    assert [found.number for found in open_ones] == [3, 2, 1]


async def test_a_reader_in_the_middle_of_a_table_does_not_hold_up_a_commit(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        for number in range(1, 50):
            await journal.submit(alarm_entry(number))
        reader = journal.reader()
        connection = reader._connections.get()
        half_read = connection.execute("SELECT * FROM log")
        half_read.fetchone()

        seqs = await journal.submit(Entry(NOW, (said(),)))

        assert seqs == (51,)
        half_read.close()
        connection.close()
        reader.close()
