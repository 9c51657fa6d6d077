"""The journal: entries become rows in order, wait together, and survive."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Answer, Command, Question, Result, WantedState
from drivers.contract import Outcome as CommandOutcome
from gateway.actor import Actor, Role
from gateway.keep import journal as journal_module
from gateway.keep.journal import Journal, JournalBroken
from gateway.keep.watermark import Mark, Watermark, read_mark
from gateway.model import (
    AckAlarm,
    Answered,
    Change,
    Ended,
    Entry,
    Refused,
    Remember,
    Send,
    StaleSaid,
    StrangerSaid,
    Want,
)
from tests.keep.facts import NOW, alarm_entry, event, said

if TYPE_CHECKING:
    from pathlib import Path

ACTOR = Actor("u-1", "王芳", Role.STAFF)


async def test_each_outcome_gets_the_number_of_its_row_and_rowless_ones_none(tmp_path: Path) -> None:
    command = Command(65537, "b1u1", "unlock", {"door": 1}, 9)
    outcomes = (
        said(),
        Remember("timer", {"due": 5}),
        StaleSaid("b1u1", 0, stale=True),
        *alarm_entry(1).outcomes[:1],
        StrangerSaid("aa:bb", "sensor"),
        Answered(Question("b1u1", "authorize", {}, 1), Answer(allowed=False, why="unknown")),
        Refused(AckAlarm(ACTOR, 9), "no_such_alarm", "there is no alarm 9"),
        Send(command, "王芳", "parcel"),
        Ended(command, Result(CommandOutcome.DONE, {"door1.open": True}), "王芳"),
        Want("b1u1", WantedState("fire_release", level=True)),
    )
    async with Journal.open(tmp_path, NOW) as journal:
        seqs = await journal.submit(Entry(NOW, outcomes))
        rows = await _log(journal)

    assert seqs == (2, None, None, 3, 4, 5, 6, 7, 8, 9)
    assert [row[1] for row in rows] == (
        ["started", "link", "alarm", "stranger", "answer", "refused", "command", "result", "want"]
    )


async def test_causes_stand_before_what_follows_from_them(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(Entry(NOW, (said(),), (event(1),)))
        rows = await _log(journal)

    assert [row[1] for row in rows] == ["started", "event", "link"]


async def test_memory_comes_back_after_a_restart(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(Entry(NOW, (Remember("a", 1), Remember("b", {"x": "门"})), cursors={"b1u1": [7, 40]}))
        await journal.submit(Entry(NOW, (Remember("a", None),)))

    async with Journal.open(tmp_path, NOW) as journal:
        assert journal.remembered() == {"b": {"x": "门"}}
        assert journal.cursor("b1u1") == [7, 40]
        assert journal.cursor("new") is None


async def test_a_noted_cursor_is_on_disk_within_a_second_and_the_last_one_wins(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        for step in range(100):
            journal.note("b1u1", step)
        noted_at = asyncio.get_running_loop().time()
        async with asyncio.timeout(5):
            while _cursor_on_disk(tmp_path) != "99":
                await asyncio.sleep(0.02)
        seconds = asyncio.get_running_loop().time() - noted_at

        assert journal.cursor("b1u1") == 99
        assert seconds < 1.5  # 1 s by contract; the rest is for a busy machine


async def test_a_noted_cursor_travels_with_the_next_commit_and_never_overwrites_a_newer_one(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        journal.note("b1u1", "old")
        journal.note("b1u2", "with company")
        await journal.submit(Entry(NOW, cursors={"b1u1": "new"}))

        assert _cursor_on_disk(tmp_path) == '"new"'
        assert _cursor_on_disk(tmp_path, "b1u2") == '"with company"'


async def test_closing_writes_what_was_noted(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        journal.note("b1u1", "last word")

    assert _cursor_on_disk(tmp_path) == '"last word"'


async def test_all_that_wait_share_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = 0
    real = journal_module.commit

    def slow(connection: sqlite3.Connection) -> None:
        nonlocal commits
        commits += 1
        time.sleep(0.02)
        real(connection)

    monkeypatch.setattr(journal_module, "commit", slow)
    async with Journal.open(tmp_path, NOW) as journal:

        async def device() -> None:
            for _ in range(5):
                await journal.submit(Entry(NOW, (said(),)))

        await asyncio.gather(*(device() for _ in range(20)))

    assert commits <= 6


async def test_entries_reach_the_disk_in_the_order_of_submission(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        futures = []
        for number in range(200):
            futures.append(journal.submit(Entry(NOW, (said(str(number)),))))
            if number % 7 == 0:
                await asyncio.sleep(0)
        seqs = [(await future)[0] for future in futures]
        rows = await _log(journal)

    assert seqs == list(range(2, 202))
    assert [row[2] for row in rows[1:]] == [str(number) for number in range(200)]


async def test_an_event_is_told_once_whenever_it_comes_again(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        under_way = journal.submit(Entry(NOW, events=(event(5), event(6), event(6))))

        assert journal.known("b1u1", "7", 5)
        await under_way
        assert journal.known("b1u1", "7", 5)
        assert not journal.known("b1u1", "7", 4)
        assert not journal.known("b1u1", "7", 7)
        assert not journal.known("b1u1", "8", 5)

    async with Journal.open(tmp_path, NOW) as journal:
        assert journal.known("b1u1", "7", 6)
        assert not journal.known("b1u1", "7", 4)
        await journal.submit(Entry(NOW, events=(event(4), event(5))))
        rows = [row for row in await _log(journal) if row[1] == "event"]

    assert len(rows) == 3


async def test_a_failed_commit_reaches_all_who_wait_and_the_journal_takes_nothing_more(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        journal._connection.execute("PRAGMA max_page_count = 1")  # SQLite's own "the disk is full"
        large = Entry(NOW, (StrangerSaid("aa", "x" * 100_000),))
        waiting = [journal.submit(large), journal.submit(Entry(NOW, (said(),)))]
        await asyncio.wait(waiting)
        later = journal.submit(Entry(NOW, (said(),)))
        journal.note("b1u1", 1)

        for future in (*waiting, later):
            with pytest.raises(JournalBroken, match="database or disk is full"):
                future.result()
        assert not journal.recorded
        assert "disk is full" in journal.why

    assert not read_mark(tmp_path / "journal.mark").clean
    async with Journal.open(tmp_path, NOW) as journal:
        assert [row[1] for row in await _log(journal)] == ["started", "started"]
        assert journal.rescued is None


async def test_a_row_that_cannot_be_written_fails_its_batch_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        good, bad = journal.submit(Entry(NOW, (said(),))), journal.submit(Entry(NOW, (Remember("k", object()),)))
        await asyncio.wait([good, bad])

        for future in (good, bad):
            with pytest.raises(JournalBroken, match="cannot be written"):
                future.result()
        assert [row[1] for row in await _log(journal)] == ["started"]


async def test_numbers_and_texts_that_json_does_not_have_do_not_stop_the_road(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(Entry(NOW, (Remember("k", {"x": [float("nan"), 1.5]}), StrangerSaid("\ud800", "\udfff"))))

    async with Journal.open(tmp_path, NOW) as journal:
        assert journal.remembered() == {"k": {"x": [None, 1.5]}}


async def test_the_writing_thread_tells_that_it_moves(tmp_path: Path) -> None:
    beats = asyncio.Event()
    loop = asyncio.get_running_loop()

    def beat() -> None:
        loop.call_soon_threadsafe(beats.set)

    async with Journal.open(tmp_path, NOW, beat) as journal:
        await journal.submit(Entry(NOW))
        beats.clear()
        async with asyncio.timeout(5):
            await beats.wait()


async def test_a_cancelled_waiter_costs_nobody_else_the_journal(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        first, second = journal.submit(Entry(NOW, (said(),))), journal.submit(Entry(NOW, (said(),)))
        first.cancel()

        assert await second == (3,)


async def test_the_mark_follows_the_log_and_tells_a_clean_end(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(alarm_entry(1, Change.RAISED))
        during = read_mark(tmp_path / "journal.mark")

    assert during == Mark(2, clean=False)
    assert read_mark(tmp_path / "journal.mark") == Mark(2, clean=True)


@pytest.mark.parametrize("content", [b"", b"gridpost-mark 1 seq=", b"\0" * 64, b"x" * 5000])
def test_a_mark_that_cannot_be_believed_is_no_mark(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal.mark").write_bytes(content)

    assert read_mark(tmp_path / "journal.mark") == Mark()


def test_a_mark_with_a_flipped_digit_is_no_mark(tmp_path: Path) -> None:
    path = tmp_path / "journal.mark"
    Watermark(path).close(clean=True)
    line = path.read_bytes()

    path.write_bytes(line.replace(b"seq=0", b"seq=1"))

    assert line.startswith(b"gridpost-mark 1 seq=0")
    assert read_mark(path) == Mark()


async def _log(journal: Journal) -> list[tuple[int, str, str, str]]:
    connection = journal.connect()
    try:
        return connection.execute("SELECT seq, kind, subject, body FROM log ORDER BY seq").fetchall()
    finally:
        connection.close()


def _cursor_on_disk(folder: Path, device: str = "b1u1") -> str | None:
    connection = sqlite3.connect(folder / "journal.db")
    try:
        found = connection.execute("SELECT cursor FROM cursors WHERE device = ?", (device,)).fetchone()
    finally:
        connection.close()
    return str(found[0]) if found else None
