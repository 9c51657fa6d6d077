"""Forgetting a person in a data folder: after a power cut at any moment, and after the restore of an older backup."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.decide.permits.written import PERMIT, permit_from_json, permit_to_json
from gateway.decide.privacy.forgetting import NO_CREDENTIAL, nobodys
from gateway.keep.audit.signing import signer_of
from gateway.keep.audit.verifying import verify
from gateway.keep.backup_restore import RestoreRefused, restore_backup
from gateway.keep.erasing.applying import apply_erasures, complete_erasures
from gateway.keep.erasing.forgetting import Forgetting
from gateway.keep.erasing.ledger import LEDGER, ledger_beside
from gateway.keep.erasing.traces import Traces, redacted, still_naming
from gateway.keep.journal import Journal
from gateway.keep.site_key import site_key
from gateway.keep.writing import log_row
from gateway.model import Entry, Recorded, Remember
from tests.keep.backups import KEY, back_up
from tests.keep.facts import NOW
from tests.keep.forgotten import HERS, HIS, NAME, PHONE, TRACES, ledger_of, live, naming

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from drivers.contract import Json


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def _carry() -> None:
    pass


def _forgetting(data: Path, journal: Journal) -> Forgetting:
    return Forgetting(data, journal, ledger_of(data), lambda: NOW, _carry)


def _rows(data: Path, query: str) -> Sequence[tuple[Json, ...]]:
    with closing(sqlite3.connect(data / "journal.db")) as connection:
        return connection.execute(query).fetchall()


def _chain_holds(data: Path) -> bool:
    with closing(sqlite3.connect(data / "journal.db", isolation_level=None)) as connection:
        return verify(connection, None).ok


def _permit(data: Path, name: str) -> object:
    [[body]] = _rows(data, f"SELECT value FROM remembered WHERE key = '{PERMIT}{name}'")  # noqa: S608 - of the test
    return permit_from_json(name, json.loads(body))


async def test_every_file_that_names_him_is_found_before_and_none_after(data: Path) -> None:
    mark = await live(data)
    assert naming(data) == ["journal.db"]

    applied = apply_erasures(data, site_key(data), {mark}, NOW)

    assert naming(data) == []
    assert (applied.persons, applied.permits) == (1, 1)
    assert applied.rows == len(_rows(data, "SELECT seq FROM log WHERE json_extract(body, '$.erased') = 1"))


async def test_the_chain_still_verifies_and_says_which_rows_were_erased(data: Path) -> None:
    mark = await live(data)

    apply_erasures(data, site_key(data), {mark}, NOW)

    assert _chain_holds(data)
    assert len(_rows(data, "SELECT seq FROM log WHERE kind = 'erased'")) == 1


async def test_what_a_row_said_of_the_thing_itself_and_of_who_did_it_stays(data: Path) -> None:
    mark = await live(data)

    apply_erasures(data, site_key(data), {mark}, NOW)

    said = {kind: json.loads(body) for kind, body in _rows(data, "SELECT kind, body FROM log ORDER BY seq")}
    assert (said["command"]["name"], said["command"]["actor"], said["command"]["reason"]) == (
        "unlock",
        "王芳",
        "为〔…〕开门",
    )
    assert (said["alarm"]["alarm"]["note"], said["alarm"]["alarm"]["acked_by"]) == ("〔…〕在搬家", "王芳")
    assert said["permits"]["reason"] == "〔…〕搬入, 〔…〕"
    assert [ref for (ref,) in _rows(data, "SELECT json_extract(body, '$.ref') FROM events ORDER BY seq")] == [0, 0]


async def test_somebody_else_of_the_same_household_is_not_touched(data: Path) -> None:
    mark = await live(data)

    apply_erasures(data, site_key(data), {mark}, NOW)

    assert _permit(data, "p2") == HERS
    assert _permit(data, "p1") == nobodys(HIS)


async def test_a_mark_of_nobody_here_changes_nothing(data: Path) -> None:
    await live(data)

    applied = apply_erasures(data, site_key(data), {"00" * 16}, NOW)

    assert (applied.persons, applied.permits, applied.rows) == (0, 0, 0)
    assert _permit(data, "p1") == HIS


@pytest.mark.parametrize("step", ["begun", "cleaned", "nobodys"])
async def test_a_kill_after_any_step_is_completed_at_the_next_start(data: Path, step: str) -> None:
    mark = await live(data)
    traces = Traces.of([HIS])
    async with Journal.open(data, NOW) as journal:
        forgetting = _forgetting(data, journal)
        await forgetting.begin(mark, "u1")
        if step != "begun":
            await forgetting.clean(traces, "u1")
        if step == "nobodys":
            shell = Remember(PERMIT + "p1", permit_to_json(nobodys(HIS)))
            others = (Remember("permit_task:r1", None), Remember("incident:1", None))
            await journal.submit(Entry(NOW, (shell, *others)))
    # killed: nobody came to say that it is complete

    complete_erasures(data, site_key(data), signer_of(data), NOW)

    assert naming(data) == []
    assert [each.complete for each in ledger_of(data).read()] == [True]
    assert _permit(data, "p2") == HERS
    assert _chain_holds(data)
    assert complete_erasures(data, site_key(data), signer_of(data), NOW) is None


async def test_one_of_the_staff_with_his_name_stays_one_when_a_start_completes_it(data: Path) -> None:
    mark = await live(data)
    staff: dict[str, Json] = {"id": "s1", "name": NAME, "grids": ["g1"]}
    async with Journal.open(data, NOW) as journal:
        await journal.submit(Entry(NOW, (Remember("people:person:s1", staff),)))
        await _forgetting(data, journal).begin(mark, "u1")

    complete_erasures(data, site_key(data), signer_of(data), NOW)

    [[body]] = _rows(data, "SELECT value FROM remembered WHERE key = 'people:person:s1'")
    assert json.loads(body) == staff
    [[incident]] = _rows(data, "SELECT value FROM remembered WHERE key = 'incident:1'")
    assert NAME not in incident


async def test_a_row_of_which_a_failing_disk_left_no_json_is_cleaned_as_a_text(data: Path) -> None:
    mark = await live(data)
    with closing(sqlite3.connect(data / "journal.db")) as connection, connection:
        connection.execute("UPDATE notices SET body = substr(body, 1, 9) || ?", (NAME,))

    apply_erasures(data, site_key(data), {mark}, NOW)

    assert naming(data) == []


async def test_a_kill_before_the_first_step_forgets_nobody(data: Path) -> None:
    await live(data)

    assert complete_erasures(data, site_key(data), signer_of(data), NOW) is None

    assert _permit(data, "p1") == HIS


async def test_what_is_written_while_he_is_being_forgotten_is_cleaned_too(data: Path) -> None:
    mark = await live(data)
    traces = Traces.of([HIS])
    async with Journal.open(data, NOW) as journal:
        forgetting = _forgetting(data, journal)
        await forgetting.begin(mark, "u1")
        rows = await forgetting.clean(traces, "u1")
        late = await journal.tend(
            lambda connection: (
                connection.execute(
                    "INSERT INTO commands VALUES (9, 'u1', 'unlock', '{}', '王芳', ?, NULL, NULL, NULL, 9)",
                    (f"{NAME}来电",),
                ).rowcount
            )
        )

        cleaned = await forgetting.complete(mark, traces, "u1", rows)

    assert late == 1
    assert cleaned.rows == rows > 0
    assert _rows(data, "SELECT reason FROM commands WHERE id = 9") == [("〔…〕来电",)]


async def test_free_pages_that_still_tell_of_him_are_written_anew_at_the_next_start(data: Path) -> None:
    mark = await live(data)
    with closing(sqlite3.connect(data / "journal.db", isolation_level=None)) as careless:
        careless.execute("PRAGMA secure_delete = OFF")
        careless.execute("CREATE TABLE diary(text TEXT)")
        careless.executemany("INSERT INTO diary VALUES (?)", [(NAME * 900,)] * 20)
        careless.execute("DROP TABLE diary")
    async with Journal.open(data, NOW) as journal:
        forgetting = _forgetting(data, journal)
        await forgetting.begin(mark, "u1")

        cleaned = await forgetting.complete(mark, Traces.of([HIS]), "u1", 0)

    assert cleaned.pages
    complete_erasures(data, site_key(data), signer_of(data), NOW)
    assert naming(data) == []


async def test_another_process_that_opens_the_journal_after_an_erasure_leaves_its_log_alone(data: Path) -> None:
    mark = await live(data)
    opened = "import sqlite3, sys; it = sqlite3.connect(sys.argv[1]); it.execute('SELECT 1 FROM log'); it.close()"
    async with Journal.open(data, NOW) as journal:
        forgetting = _forgetting(data, journal)
        await forgetting.begin(mark, "u1")
        await forgetting.complete(mark, Traces.of([HIS]), "u1", 0)
        log = (data / "journal.db-wal").stat()

        other = await asyncio.create_subprocess_exec(sys.executable, "-c", opened, str(data / "journal.db"))
        code = await other.wait()

        assert code == 0
        assert (data / "journal.db-wal").stat().st_ino == log.st_ino


async def test_an_older_backup_that_is_restored_does_not_bring_him_back(data: Path, tmp_path: Path) -> None:
    mark = await live(data)
    backup = back_up(data)
    beside = tmp_path / "place"
    beside.mkdir()
    carried = backup.path.rename(beside / backup.path.name)
    ledger_of(data).begin(mark, NOW.utc, "u1")
    (data / LEDGER).rename(beside / ledger_beside("xingfuli"))

    restored = restore_backup(carried, KEY, tmp_path / "again", None, NOW._replace(utc=NOW.utc + 86_400))

    assert naming(tmp_path / "again") == []
    assert restored.forgotten.in_words == (
        "Erasures: 1 in gridpost-xingfuli.erasures; forgotten again: persons 1, permits 1, rows of the log 6."
    )
    [line] = ledger_of(tmp_path / "again").read()
    assert (line.mark, line.utc, line.complete) == (mark, NOW.utc, True)
    assert _chain_holds(tmp_path / "again")


async def test_the_ledger_may_be_named_where_the_place_has_none(data: Path, tmp_path: Path) -> None:
    mark = await live(data)
    backup = back_up(data)
    ledger_of(data).begin(mark, NOW.utc, "u1")

    without = restore_backup(backup.path, KEY, tmp_path / "one", None, NOW)
    restored = restore_backup(backup.path, KEY, tmp_path / "two", None, NOW, data / LEDGER)

    assert "no ledger was found" in without.forgotten.in_words
    assert naming(tmp_path / "one") == ["journal.db"]
    assert naming(tmp_path / "two") == []
    assert restored.forgotten.erasures == 1


async def test_a_backup_holds_the_ledger_of_its_time(data: Path, tmp_path: Path) -> None:
    mark = await live(data)
    ledger_of(data).begin(mark, NOW.utc, "u1")
    backup = back_up(data)

    restored = restore_backup(backup.path, KEY, tmp_path / "again", None, NOW)

    assert restored.forgotten.ledgers == ("the backup",)
    assert naming(tmp_path / "again") == []


async def test_a_strange_ledger_beside_a_backup_forgets_nobody_and_is_told(data: Path, tmp_path: Path) -> None:
    mark = await live(data)
    backup = back_up(data)
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    ledger_of(stranger).begin(mark, NOW.utc, "u1")
    (stranger / LEDGER).rename(backup.path.parent / ledger_beside("xingfuli"))

    restored = restore_backup(backup.path, KEY, tmp_path / "again", None, NOW)

    assert _permit(tmp_path / "again", "p1") == HIS
    assert restored.forgotten.in_words.endswith("1 lines were not signed by this gateway and say nothing.")


async def test_a_ledger_that_is_not_there_restores_nothing(data: Path, tmp_path: Path) -> None:
    await live(data)
    backup = back_up(data)

    with pytest.raises(RestoreRefused, match="is not there: name the ledger of erasures"):
        restore_backup(backup.path, KEY, tmp_path / "again", None, NOW, tmp_path / "nowhere")

    assert not (tmp_path / "again").exists()


def test_one_of_the_staff_who_has_the_same_name_stays_where_he_did_something() -> None:
    body = {"actor": NAME, "by": "u1", "note": f"{NAME}来电", "alarm": {"acked_by": NAME, "why": [NAME, 7, None]}}

    left = redacted(body, Traces.of([HIS]))

    assert left == {
        "actor": NAME,
        "by": "u1",
        "note": "〔…〕来电",
        "alarm": {"acked_by": NAME, "why": ["〔…〕", 7, None]},
    }


def test_a_trace_is_found_across_the_pieces_in_which_a_file_is_read(tmp_path: Path) -> None:
    traces = Traces.of([HIS])
    file = tmp_path / "file"

    file.write_bytes(b"x" * (2**20 - 4) + NAME.encode())
    across = traces.in_file(file)
    file.write_bytes(b"x" * (2**20 - 4) + NAME.encode()[:-1])

    assert across
    assert not traces.in_file(file)
    assert set(TRACES) == set(traces.words)


def _named(name: str) -> Traces:
    return Traces.of([replace(HIS, name=name, note="", person="", credential=NO_CREDENTIAL)])


async def _cleaned(data: Path, traces: Traces) -> int:
    async with Journal.open(data, NOW) as journal:
        return await asyncio.wait_for(_forgetting(data, journal).clean(traces, "root"), 5)


async def _signed_in(data: Path, *bodies: Json) -> None:
    """A journal with rows about users, as accounts write them."""
    several = bodies or (
        {"change": "signed in", "id": "root", "role": "administrator", "way": "session"},
        {"change": "created", "id": "u2", "role": "viewer", "name": "root"},
    )
    site_key(data)
    async with Journal.open(data, NOW) as journal:
        await journal.tend(lambda connection: sum(log_row(connection, NOW, "user", "root", each) for each in several))
        await journal.submit(Entry(NOW, (Recorded("audit", "audit", {"what": "export", "reason": "root"}, "root"),)))


@pytest.mark.parametrize("name", ["signed in", "administrator", "Administrator", "session", "user", "u2", "viewer"])
async def test_whoever_invents_a_name_blanks_no_row_of_the_audit(data: Path, name: str) -> None:
    await _signed_in(data)
    before = _rows(data, "SELECT log.seq, body, hex(salt) FROM log JOIN chain USING (seq) ORDER BY seq")

    rows = await _cleaned(data, _named(name))

    assert rows == 0
    after = _rows(data, "SELECT log.seq, body, hex(salt) FROM log JOIN chain USING (seq) ORDER BY seq")
    assert after[: len(before)] == before


def test_a_number_is_meant_where_it_is_called_and_not_within_the_hash_of_a_photo() -> None:
    body = {"photos": [f"ab{PHONE}cd"], "what": f"电话{PHONE}, +86{PHONE}"}

    left = redacted(body, Traces.of([HIS]))

    assert left == {"photos": [f"ab{PHONE}cd"], "what": "电话〔…〕, +〔…〕"}


async def test_a_row_that_stays_as_it_is_keeps_its_salt_and_is_not_called_erased(data: Path) -> None:
    await _signed_in(data)

    rows = await _cleaned(data, _named("root"))

    erased = _rows(
        data, "SELECT kind, json_extract(body, '$.reason') FROM log WHERE json_extract(body, '$.erased') = 1"
    )
    assert (rows, list(erased)) == (1, [("audit", "〔…〕")])
    assert _rows(data, "SELECT count(*) FROM chain WHERE salt IS NULL") == [(0,)]
    assert _chain_holds(data)


async def test_what_is_left_of_an_erased_row_cannot_be_edited(data: Path) -> None:
    mark = await live(data)
    apply_erasures(data, site_key(data), {mark}, NOW)
    with closing(sqlite3.connect(data / "journal.db", isolation_level=None)) as other:
        other.execute("UPDATE log SET body = replace(body, '王芳', '李四') WHERE json_extract(body, '$.erased') = 1")

    assert not _chain_holds(data)


async def test_two_persons_in_one_row_are_forgotten_one_after_the_other_and_the_chain_holds(data: Path) -> None:
    await _signed_in(data, {"change": "changed", "reason": "李梅与王小明"})

    assert await _cleaned(data, _named("李梅")) == 1
    assert await _cleaned(data, _named("王小明")) == 1

    assert _rows(data, "SELECT json_extract(body, '$.reason') FROM log WHERE kind = 'user'") == [("〔…〕与〔…〕",)]
    assert _chain_holds(data)


async def test_whoever_acknowledged_an_alarm_under_the_same_name_does_not_keep_it_from_ending(data: Path) -> None:
    await live(data)

    rows = await _cleaned(data, _named("王芳"))

    assert rows == 0


@pytest.mark.parametrize("name", ["李", "李建国"])
async def test_somebody_of_the_staff_under_the_same_name_keeps_nobody_from_being_forgotten(
    data: Path, name: str
) -> None:
    await live(data)
    with closing(sqlite3.connect(data / "journal.db", isolation_level=None)) as connection:
        for key in ("people:person:li", "permit_group:north"):
            value = json.dumps({"name": "李建国"}, ensure_ascii=False)
            connection.execute("INSERT INTO remembered VALUES (?, ?)", (key, value))
        duty = json.dumps({"by": "李建国", "note": "李建国交班"}, ensure_ascii=False)
        connection.execute("INSERT INTO remembered VALUES ('people:duty:north', ?)", (duty,))

        open_ones = still_naming(connection, _named(name))

    assert open_ones == ([] if name == "李" else ["people:duty:north"])
