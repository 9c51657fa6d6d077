"""The table of notices: on disk with what they follow from, brought forward by what channels say, made again after damage."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from gateway.keep.journal import Journal
from gateway.keep.rescue import rescue
from gateway.keep.schema import connect, disk_source, migrate
from gateway.model import Entry, Place, Priority
from gateway.notice import Fate, Notice, Noticed, Notify
from tests.keep.facts import NOW

if TYPE_CHECKING:
    from pathlib import Path


def notice(number: int, subject: str = "alarm:1", channel: str = "group") -> Notice:
    return Notice(
        number, channel, "zhang", "raised", Priority.P1, subject, Place("b1", "1", "厨房", "g1"), NOW.utc, rule="gas",
        first="大门 (离线)", facts={"after_seconds": 60},
    )  # fmt: skip


async def test_a_notice_comes_back_as_it_was_written_until_its_channel_has_it(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(Entry(NOW, (Notify(notice(1)), Notify(notice(2)), Notify(notice(3, "alarm:2")))))
        await journal.submit(Entry(NOW, (Noticed((1,), Fate.SENT),)))

    async with Journal.open(tmp_path, NOW) as journal:
        reader = journal.reader()
        waiting = await reader.notices_waiting()
        about = await reader.notices_about("alarm:1")
        reader.close()

    assert waiting == [notice(2), notice(3, "alarm:2")]
    assert [(kept.notice.number, kept.fate, kept.sent_utc) for kept in about] == [
        (1, Fate.SENT, NOW.utc),
        (2, Fate.WAITING, None),
    ]


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ([Fate.SENT, Fate.DELIVERED], Fate.DELIVERED),
        ([Fate.DELIVERED, Fate.SENT], Fate.DELIVERED),
        ([Fate.ANSWERED, Fate.DELIVERED], Fate.ANSWERED),
        ([Fate.WITHDRAWN, Fate.SENT], Fate.SENT),
        ([Fate.SENT, Fate.WITHDRAWN], Fate.SENT),
        ([Fate.FAILED, Fate.FOLDED], Fate.FOLDED),
        ([Fate.FOLDED, Fate.FAILED], Fate.FOLDED),
        ([Fate.SENT, Fate.FAILED], Fate.FAILED),
        ([Fate.FAILED, Fate.WITHDRAWN], Fate.WITHDRAWN),
        ([Fate.WAITING], Fate.WAITING),
    ],
)
async def test_a_notice_only_goes_forward_whoever_speaks_first(tmp_path: Path, said: list[Fate], stands: Fate) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(Entry(NOW, (Notify(notice(1)), *(Noticed((1,), fate, "why") for fate in said))))
        reader = journal.reader()
        (kept,) = await reader.notices_about("alarm:1")
        reader.close()

    assert kept.fate is stands


async def test_the_next_number_is_never_below_one_that_was_given(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(Entry(NOW, (Notify(notice(41)),)))

    async with Journal.open(tmp_path, NOW) as journal:
        assert journal.remembered()["notice_number"] == 42


async def test_a_lost_table_is_made_again_from_the_log(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        outcomes = (Notify(notice(1)), Notify(notice(2)), Noticed((1,), Fate.SENT), Noticed((1,), Fate.DELIVERED))
        await journal.submit(Entry(NOW, outcomes))
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT * FROM notices ORDER BY seq").fetchall()
        connection.execute("DELETE FROM notices")
        connection.commit()

    with closing(connect(disk_source(tmp_path / "new.db"))) as target:
        migrate(target, None)
        target.execute("BEGIN IMMEDIATE")
        rescue(path, target, 0)
        target.execute("COMMIT")
        after = target.execute("SELECT * FROM notices ORDER BY seq").fetchall()

    assert len(before) == 2
    assert after == before


async def test_what_is_rescued_keeps_its_fate(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(Entry(NOW, (Notify(notice(1)), Noticed((1,), Fate.SENT))))
    path = tmp_path / "journal.db"

    with closing(connect(disk_source(tmp_path / "new.db"))) as target:
        migrate(target, None)
        target.execute("BEGIN IMMEDIATE")
        rescue(path, target, 0)
        target.execute("COMMIT")
        fates = target.execute("SELECT number, fate FROM notices").fetchall()

    assert fates == [(1, "sent")]


async def test_a_later_notice_takes_a_number_that_a_damaged_journal_gave_twice(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(Entry(NOW, (Notify(notice(1)), Noticed((1,), Fate.SENT), Notify(notice(1, "alarm:9")))))
        reader = journal.reader()
        waiting = await reader.notices_waiting()
        reader.close()

    assert [each.subject for each in waiting] == ["alarm:9"]
