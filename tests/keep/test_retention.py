"""Retention: what has been kept long enough goes, nothing else does, and the chain says of all of it that it was meant."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from gateway.keep.audit import retention as module
from gateway.keep.audit.chain import open_gate
from gateway.keep.audit.retention import Pruned, Retention, until_night
from gateway.keep.audit.terms import Term, Terms, last_before, term_of, why_not
from gateway.keep.journal import Journal
from gateway.keep.opening import open_journal
from gateway.keep.photos import FOLDER, Photos
from gateway.works import Works
from tests.keep.auditing import (
    DAY,
    SIGNER,
    TODAY,
    asked,
    make_journal,
    now_at,
    verified,
    write_row,
    write_rows,
    writing,
)
from tests.keep.facts import alarm_entry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.model import Now

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)


@asynccontextmanager
async def opened(folder: Path, now: Now, terms: Terms | None = None) -> AsyncIterator[tuple[Journal, Retention]]:
    async with Journal.open(folder, now) as journal:
        records = journal.reader()
        try:
            retention = Retention(
                journal,
                records,
                Photos(folder),
                SIGNER,
                terms=lambda: terms or Terms(),
                zone=lambda: SHANGHAI,
                works=Works(),
                clock=lambda: now,
            )
            yield journal, retention
        finally:
            records.close()


async def night(folder: Path, now: Now, terms: Terms | None = None) -> Pruned:
    async with opened(folder, now, terms) as (_, retention):
        return await retention.attend()


def counted(path: Path) -> dict[object, object]:
    return {row[0]: row[1] for row in asked(path, "SELECT kind, count(*) FROM log GROUP BY kind")}


def a_year(folder: Path, days: int = 200) -> Path:
    """A passage, an answer, a command with its result, a permit change, an alarm and an incident on each of many days."""
    path = make_journal(folder)
    with writing(path) as connection:
        for day in range(days, 0, -1):
            utc = TODAY - day * DAY
            for kind in ("event", "answer", "permits", "alarm", "incident"):
                write_row(connection, kind, utc)
            write_row(connection, "command", utc, id=day, name="unlock")
            write_row(connection, "result", utc, id=day, name="unlock", outcome="done")
            row = (day, "b1u1", "unlock", "{}", "u-1", "", "done", "null", "", day)
            connection.execute("INSERT INTO commands VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)", row[:9])
    write_rows(path)
    return path


async def test_each_kind_of_row_is_kept_as_long_as_its_term(tmp_path: Path) -> None:
    path = a_year(tmp_path)

    pruned = await night(tmp_path, now_at(TODAY))

    left = counted(path)
    assert left["event"] == left["answer"] == 90
    assert left["permits"] == left["command"] == left["result"] == 183
    assert left["alarm"] == left["incident"] == 200
    assert pruned.rows == 2 * 110 + 3 * 17
    assert asked(path, "SELECT count(*) FROM events") == [(90,)]
    assert asked(path, "SELECT count(*) FROM commands") == [(183,)]
    said = verified(path)
    assert said.ok, said.broken
    assert said.pruned == 110 + 3 * 17


async def test_a_row_of_which_a_failing_disk_left_no_json_goes_when_its_time_is_over(tmp_path: Path) -> None:
    path = a_year(tmp_path)
    async with opened(tmp_path, now_at(TODAY)) as (_, retention):
        with writing(path) as connection, open_gate(connection):
            connection.execute("UPDATE log SET body = substr(body, 1, 5) WHERE kind IN ('event', 'incident')")

        await retention.attend()

    assert counted(path)["event"] == 90


async def test_passages_become_counts_that_name_nobody(tmp_path: Path) -> None:
    path = a_year(tmp_path, 120)

    await night(tmp_path, now_at(TODAY))

    counts = asked(path, "SELECT * FROM passage_counts ORDER BY day LIMIT 1")
    assert counts == [("2026-09-17", "b1u1", "door1", "card_granted", 1)], "by the day of the place"
    assert asked(path, "SELECT sum(count) FROM passage_counts") == [(30,)]


async def test_digests_go_when_nothing_before_them_is_left(tmp_path: Path) -> None:
    path = a_year(tmp_path)

    await night(tmp_path, now_at(TODAY), Terms(30, 60, 100))

    said = verified(path)
    assert said.ok, said.broken
    (first,) = asked(path, "SELECT min(seq) FROM log WHERE kind NOT IN ('event', 'link', 'stranger', 'noticed')")[0]
    assert isinstance(first, int)
    assert first - 3 <= said.from_seq <= first
    with writing(path) as connection:
        connection.execute("DELETE FROM chain WHERE seq <= ?", (first,))
        connection.execute("DELETE FROM log WHERE seq = ?", (first,))
    assert not verified(path).ok, "what was cut off the beginning beside it is seen"


async def test_one_more_row_than_was_pruned_is_seen(tmp_path: Path) -> None:
    path = a_year(tmp_path)
    await night(tmp_path, now_at(TODAY))

    with writing(path) as connection:
        (seq,) = connection.execute("SELECT min(seq) FROM log WHERE kind = 'alarm'").fetchone()
        connection.execute("DELETE FROM log WHERE seq = ?", (seq,))
        connection.execute("UPDATE chain SET salt = NULL WHERE seq = ?", (seq,))

    assert "1 more row(s) are gone than were pruned" in verified(path).broken[0].why


async def test_nights_add_up(tmp_path: Path) -> None:
    path = a_year(tmp_path)

    for day in range(3):
        await night(tmp_path, now_at(TODAY + day * DAY), Terms(30, 60, 195))

    said = verified(path)
    assert said.ok, said.broken
    assert asked(path, "SELECT count(*) FROM log WHERE kind = 'event'") == [(28,)]


async def test_an_untrusted_clock_prunes_nothing(tmp_path: Path) -> None:
    path = a_year(tmp_path, 100)

    pruned = await night(tmp_path, now_at(TODAY, trusted=False))

    assert pruned == Pruned(0, 0, 0)
    assert asked(path, "SELECT count(*) FROM log WHERE kind = 'event'") == [(100,)]


async def test_a_clock_years_ahead_prunes_nothing(tmp_path: Path) -> None:
    path = a_year(tmp_path, 100)
    ahead = TODAY + 5 * 365 * DAY

    pruned = await night(tmp_path, now_at(ahead))

    assert pruned == Pruned(0, 0, 0)
    assert asked(path, "SELECT count(*) FROM log WHERE kind = 'incident'") == [(100,)]


async def test_a_box_that_was_off_for_a_year_is_believed_after_a_month(tmp_path: Path) -> None:
    path = a_year(tmp_path, 100)
    later = TODAY + 365 * DAY
    with writing(path) as connection:
        for day in range(32):
            write_row(connection, "user", later + day * DAY)

    assert (await night(tmp_path, now_at(later + 1 * DAY))).rows == 0
    assert (await night(tmp_path, now_at(later + 31 * DAY))).rows > 0


async def test_what_an_investigation_holds_stays_until_it_is_released(tmp_path: Path) -> None:
    path = make_journal(tmp_path)
    with writing(path) as connection:
        write_row(connection, "event", TODAY - 105 * DAY, "b2u1")
    a_year(tmp_path, 120)
    held = {"held": True, "from_utc": TODAY - 110.5 * DAY, "to_utc": TODAY - 100.5 * DAY, "devices": ["b1u1"]}
    with writing(path) as connection:
        connection.execute("INSERT INTO remembered VALUES ('investigation:1', ?)", (json.dumps(held),))

    await night(tmp_path, now_at(TODAY))
    kept = asked(
        path, "SELECT subject, count(*) FROM log WHERE kind = 'event' AND utc < ? GROUP BY 1", TODAY - 91 * DAY
    )
    with writing(path) as connection:
        connection.execute("UPDATE remembered SET value = ?", (json.dumps({**held, "held": False}),))
    await night(tmp_path, now_at(TODAY))

    assert kept == [("b1u1", 10)]
    assert asked(path, "SELECT count(*) FROM log WHERE kind = 'event' AND utc < ?", TODAY - 91 * DAY) == [(0,)]
    assert verified(path).ok


async def test_a_kill_between_two_slices_leaves_a_chain_that_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_year(tmp_path)
    slices = 0

    async with opened(tmp_path, now_at(TODAY)) as (journal, retention):
        tend = journal.tend

        async def dies(work: object) -> object:
            nonlocal slices
            slices += 1
            if slices > 3:
                raise asyncio.CancelledError
            return await tend(work)  # type: ignore[arg-type] # whatever it is, it is passed on

        monkeypatch.setattr(journal, "tend", dies)
        with pytest.raises(asyncio.CancelledError):
            await retention.attend()

    assert verified(path).ok
    await night(tmp_path, now_at(TODAY))
    assert asked(path, "SELECT count(*) FROM log WHERE kind = 'event'") == [(90,)]
    assert verified(path).ok


async def test_the_road_goes_on_while_the_journal_is_pruned(tmp_path: Path) -> None:
    path = a_year(tmp_path)

    async with opened(tmp_path, now_at(TODAY)) as (journal, retention):
        pruning = asyncio.create_task(retention.attend())
        for number in range(20):
            await journal.submit(alarm_entry(number + 1))
        await pruning

    assert asked(path, "SELECT count(*) FROM alarms") == [(20,)]
    assert verified(path).ok


async def test_a_rescue_does_not_mourn_what_was_pruned(tmp_path: Path) -> None:
    path = a_year(tmp_path, 120)
    await night(tmp_path, now_at(TODAY))
    before = counted(path)
    with path.open("r+b") as file:
        file.write(b"not a database at all")

    opened_again = open_journal(tmp_path, now_at(TODAY))
    opened_again.connection.close()

    assert opened_again.rescued is not None
    assert opened_again.rescued.missing == ()
    after = counted(path)
    assert {kind: after[kind] for kind in ("event", "permits", "alarm")} == {
        kind: before[kind] for kind in ("event", "permits", "alarm")
    }
    assert verified(path).ok, verified(path).broken


async def test_rows_lost_to_damage_are_named_as_lost_and_not_as_broken(tmp_path: Path) -> None:
    path = a_year(tmp_path, 60)
    with writing(path) as connection:
        connection.execute("DELETE FROM log WHERE seq BETWEEN 100 AND 103")
        connection.execute("DELETE FROM chain WHERE seq = 102")
        connection.execute("DELETE FROM chain WHERE seq = 205")
    with path.open("r+b") as file:
        file.write(b"not a database at all")

    open_journal(tmp_path, now_at(TODAY)).connection.close()

    said = verified(path)
    assert said.ok, said.broken
    assert said.lost == [[100, 103]]


async def test_photos_that_no_incident_names_any_more_go(tmp_path: Path) -> None:
    path = make_journal(tmp_path)
    folder = tmp_path / FOLDER
    folder.mkdir()
    named, orphan, fresh = ("a" * 64, "b" * 64, "c" * 64)
    for name in (named, orphan, fresh):
        (folder / f"{name}.jpg").write_bytes(b"photo")
        os.utime(folder / f"{name}.jpg", (TODAY - (1 if name == fresh else 30) * DAY,) * 2)
    with writing(path) as connection:
        write_row(connection, "incident", TODAY - 40 * DAY, incident={"photos": [named]})

    pruned = await night(tmp_path, now_at(TODAY))

    assert pruned.photos == 1
    assert sorted(each.stem for each in folder.iterdir()) == [named, fresh]


@pytest.mark.parametrize(
    ("kind", "term"),
    [
        ("event", Term.ACCESS), ("answer", Term.ACCESS), ("user", Term.AUDIT), ("configuration", Term.AUDIT),
        ("alarm", Term.INCIDENT), ("a kind of next year", Term.AUDIT),
    ],
)  # fmt: skip
def test_a_kind_that_nobody_named_is_audit(kind: str, term: Term) -> None:
    assert term_of(kind) is term


def test_the_border_is_found_by_order_and_not_beyond_a_clock_that_went_ahead(tmp_path: Path) -> None:
    path = make_journal(tmp_path)
    with writing(path) as connection:
        for day in range(100):
            write_row(connection, "user", TODAY + (day if not 40 <= day < 45 else 4000) * DAY)

        assert last_before(connection, TODAY + 20 * DAY) == 20
        assert last_before(connection, TODAY + 80 * DAY) in (40, 80)
        assert last_before(connection, TODAY) == 0
        assert last_before(connection, TODAY + 9000 * DAY) == 100
        assert why_not(connection, now_at(TODAY + 100 * DAY)) == ""


def test_a_night_begins_at_the_hour_of_the_place() -> None:
    at_three = 1_800_039_600.0  # 2027-01-16 03:00 in Shanghai

    assert until_night(at_three, SHANGHAI) == 17 * 60
    assert until_night(at_three + 17 * 60, SHANGHAI) == DAY
