"""The audit's chain: nobody changes, removes, adds or moves a row without verification naming it; an erased body is no lie."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.keep.audit.chain import (
    ERASED,
    GENESIS,
    NOISE,
    digest_of,
    erase,
    erasure,
    guard,
    head_of,
    newest_head,
    ranges,
)
from gateway.keep.audit.checkpoints import put_head
from gateway.keep.audit.signing import AUDIT_KEY, Signer, found_signer, signed, signer_of
from gateway.keep.journal import Journal
from gateway.keep.schema import connect, disk_source
from gateway.keep.site_key import site_key
from gateway.keep.writing import log_row
from tests.keep.auditing import SIGNER, TODAY, asked, make_journal, now_at, verified, write_rows, writing
from tests.keep.facts import NOW, alarm_entry

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("user", "command", "event", "result", "link", "permits", "audit", "incident")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = make_journal(tmp_path)
    write_rows(path, *KINDS)
    return path


def test_every_row_but_noise_is_chained_and_holds(journal: Path) -> None:
    said = verified(journal)

    assert said.ok
    assert said.rows == len([kind for kind in KINDS if kind not in NOISE])
    assert (said.from_seq, said.to_seq) == (1, len(KINDS))


def test_the_chain_is_as_documented_so_that_others_can_compute_it(journal: Path) -> None:
    (row,) = asked(journal, "SELECT boot, boottime, utc, trusted, kind, subject, body FROM log WHERE seq = 1")
    ((salt, digest, head),) = asked(journal, "SELECT salt, digest, head FROM chain WHERE seq = 1")
    assert isinstance(salt, bytes)
    assert isinstance(digest, bytes)

    boot, boottime, utc, trusted, *texts = row
    import struct

    encoded = salt + struct.pack(">qqd?", 1, boottime, utc, bool(trusted))
    for text in (boot, *texts):
        encoded += struct.pack(">I", len(str(text).encode())) + str(text).encode()

    assert sha256(encoded).digest() == digest
    assert sha256(bytes(32) + struct.pack(">q", 1) + digest).digest() == head


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE log SET body = replace(body, 'because', 'for fun') WHERE seq = 4",
        "UPDATE log SET utc = utc + 1 WHERE seq = 4",
        "UPDATE log SET kind = 'result2' WHERE seq = 4",
        "UPDATE log SET subject = 'b2u1' WHERE seq = 4",
        "UPDATE log SET trusted = 0 WHERE seq = 4",
        "UPDATE log SET boot = 'other' WHERE seq = 4",
        "UPDATE log SET boottime = 1 WHERE seq = 4",
    ],
)
def test_a_changed_row_is_named(journal: Path, change: str) -> None:
    with writing(journal) as connection:
        connection.execute(change)

    said = verified(journal)

    assert [(each.seq, each.why) for each in said.broken] == [(4, "the row was changed after it was written")]


def test_a_row_that_was_cut_out_is_named(journal: Path) -> None:
    with writing(journal) as connection:
        connection.execute("DELETE FROM log WHERE seq = 4")

    assert [each.seq for each in verified(journal).broken] == [4]

    with writing(journal) as connection:
        connection.execute("DELETE FROM chain WHERE seq = 4")

    (broken,) = verified(journal).broken
    assert broken.seq == 6
    assert "does not follow from that of row 2" in broken.why


def test_a_row_that_was_put_in_is_named(journal: Path) -> None:
    with writing(journal) as connection:
        row = ("boot-1", 1, TODAY, True, "permits", "p-1", '{"actor":"u-9"}')
        connection.execute(
            "INSERT INTO log(boot, boottime, utc, trusted, kind, subject, body) VALUES (?,?,?,?,?,?,?)", row
        )

    (broken,) = verified(journal).broken

    assert (broken.seq, broken.why.split(":")[0]) == (len(KINDS) + 1, "the row is not in the chain")


def test_rows_that_changed_places_are_named(journal: Path) -> None:
    with writing(journal) as connection:
        for old, new in ((2, 102), (4, 2), (102, 4)):
            connection.execute("UPDATE log SET seq = ? WHERE seq = ?", (new, old))
            connection.execute("UPDATE chain SET seq = ? WHERE seq = ?", (new, old))

    said = {each.seq: each.why for each in verified(journal).broken}

    assert any("moved here: it was written as row 4" in why for why in said.values())
    assert {2, 4} <= said.keys()


def test_a_head_that_was_written_anew_does_not_fit_what_left_the_box(journal: Path) -> None:
    before = verified(journal)
    with writing(journal) as connection:
        connection.execute("UPDATE log SET body = '{}' WHERE seq = 6")
        _forge(connection)

    assert verified(journal).ok, "the forger did it well"
    (broken,) = verified(journal, {before.to_seq: before.head}).broken
    assert "another head stands here than the head that left the box says" in broken.why


def test_a_signed_checkpoint_shows_a_chain_that_was_written_anew(journal: Path) -> None:
    with writing(journal) as connection:
        put_head(connection, SIGNER, TODAY)
    with writing(journal) as connection:
        connection.execute("UPDATE log SET body = '{}' WHERE seq = 6")
        _forge(connection)

    assert ["a signed checkpoint says" in each.why for each in verified(journal).broken] == [True]


def test_a_checkpoint_of_another_key_is_named(journal: Path) -> None:
    with writing(journal) as connection:
        put_head(connection, Signer(bytes(32)), TODAY)

    (broken,) = verified(journal).broken

    assert "signature" in broken.why
    assert verified(journal, public=None).ok, "without a key no signature is checked"
    assert not verified(journal, public=None).signatures


def test_rows_cut_off_the_end_are_named(journal: Path) -> None:
    with writing(journal) as connection:
        for table in ("log", "chain"):
            connection.execute(f"DELETE FROM {table} WHERE seq > 5")  # noqa: S608 - our names

    (broken,) = verified(journal).broken

    assert broken.why == "rows 6 to 8 were cut off the end"


def test_an_erased_body_is_gone_and_the_chain_still_holds(journal: Path) -> None:
    salt = asked(journal, "SELECT salt FROM chain WHERE seq = 4")
    with writing(journal) as connection:
        erased = erase(connection, {4: {"actor": "u-1"}, 6: {}, 99: {}})
        log_row(connection, now_at(TODAY), ERASED, "privacy", erasure(erased, "asked for", "u-2"))

    said = verified(journal)

    assert said.ok
    assert said.erased == 2
    assert list(erased) == [4, 6]
    assert asked(journal, "SELECT body FROM log WHERE seq = 4") == [('{"actor":"u-1","erased":true}',)]
    assert asked(journal, "SELECT salt FROM chain WHERE seq = 4") != salt


def test_what_is_erased_twice_is_bound_by_the_last_word(journal: Path) -> None:
    with writing(journal) as connection:
        for left in ({"reason": "a"}, {"reason": ""}):
            log_row(connection, now_at(TODAY), ERASED, "privacy", erasure(erase(connection, {4: left}), "asked", "u-2"))

    assert verified(journal).ok


@pytest.mark.parametrize("salt", ["salt", "NULL", "x'00'"])
def test_what_is_left_of_an_erased_row_is_not_edited_either(journal: Path, salt: str) -> None:
    with writing(journal) as connection:
        erased = erase(connection, {4: {"actor": "u-1"}})
        log_row(connection, now_at(TODAY), ERASED, "privacy", erasure(erased, "asked for", "u-2"))
        connection.execute("UPDATE log SET body = ? WHERE seq = 4", ('{"actor":"u-9","erased":true}',))
        connection.execute(f"UPDATE chain SET salt = {salt} WHERE seq = 4")  # noqa: S608 - of the test

    (broken,) = verified(journal).broken

    assert (broken.seq, broken.why) == (4, "the row was changed after its body was erased")


@pytest.mark.parametrize("salt", ["salt", "NULL"])
def test_a_row_that_claims_to_be_erased_is_named(journal: Path, salt: str) -> None:
    with writing(journal) as connection:
        connection.execute("UPDATE log SET body = ? WHERE seq = 4", ('{"erased":true}',))
        connection.execute(f"UPDATE chain SET salt = {salt} WHERE seq = 4")  # noqa: S608 - of the test

    (broken,) = verified(journal).broken

    assert (broken.seq, broken.why) == (4, "its body was erased, and no row of the log says by whom and why")


def test_a_row_that_was_erased_without_a_word_is_named(journal: Path) -> None:
    with writing(journal) as connection:
        erase(connection, {4: {}})

    (broken,) = verified(journal).broken

    assert (broken.seq, broken.why) == (4, "its body was erased, and no row of the log says by whom and why")


def test_a_row_that_looks_pruned_and_is_not_is_named(journal: Path) -> None:
    with writing(journal) as connection:
        connection.execute("DELETE FROM log WHERE seq = 4")
        connection.execute("UPDATE chain SET salt = NULL WHERE seq = 4")

    (broken, counted) = verified(journal).broken

    assert broken.seq == counted.seq == 4
    assert "no signed checkpoint says that it was pruned" in broken.why + counted.why


def test_no_statement_of_the_house_edits_the_log(tmp_path: Path) -> None:
    path = make_journal(tmp_path)
    write_rows(path, "user")
    with closing(connect(disk_source(path))) as connection:
        guard(connection)
        for statement in (
            "UPDATE log SET body = '{}'",
            "DELETE FROM log",
            "DELETE FROM chain",
            "DELETE FROM checkpoints",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="the log is not edited"):
                connection.execute(statement)

        connection.execute("BEGIN")
        erase(connection, {1: {}})
        connection.execute("COMMIT")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE log SET body = '{}'")


async def test_the_road_writes_the_chain(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        for number in range(1, 4):
            await journal.submit(alarm_entry(number))

        with closing(journal.connect()) as connection:
            seq, head = newest_head(connection)

    said = verified(tmp_path / "journal.db")
    assert said.ok
    assert (said.to_seq, said.head) == (seq, head.hex())
    assert said.rows == 4, "with the row that says that it started"


async def test_another_process_may_write_between_two_commits(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(alarm_entry(1))
        write_rows(tmp_path / "journal.db", "user")
        await journal.submit(alarm_entry(2))

    assert verified(tmp_path / "journal.db").ok


async def test_tending_shares_the_writer_with_the_road_and_fails_alone(tmp_path: Path) -> None:
    async with Journal.open(tmp_path, NOW) as journal:
        await journal.submit(alarm_entry(1))
        count = await journal.tend(lambda connection: int(connection.execute("SELECT count(*) FROM log").fetchone()[0]))

        written = journal.submit(alarm_entry(2))
        with pytest.raises(ZeroDivisionError):
            await journal.tend(lambda connection: log_row(connection, NOW, "user", "x", {}) // 0)

        seq, _remembered = await written
        assert count == 2, "the row that says that it started, and the first alarm"
        assert seq == count + 1

    assert asked(tmp_path / "journal.db", "SELECT count(*) FROM log WHERE kind = 'user'") == [(0,)]


def test_the_key_comes_from_the_site_key_else_from_a_file_of_its_own(tmp_path: Path) -> None:
    real, simulated = tmp_path / "real", tmp_path / "simulated"
    site_key(real)
    simulated.mkdir()

    of_real, of_simulated = signer_of(real), signer_of(simulated)

    assert not (real / AUDIT_KEY).exists()
    assert (simulated / AUDIT_KEY).stat().st_mode & 0o777 == 0o600
    for folder, signer in ((real, of_real), (simulated, of_simulated)):
        again = found_signer(folder)
        assert again is not None
        assert again.public == signer.public
        assert signed(b"x", signer.sign(b"x"), again.public)
        assert not signed(b"y", signer.sign(b"x"), again.public)
    assert found_signer(tmp_path) is None


@given(st.sets(st.integers(1, 60)))
def test_ranges_hold_the_numbers_and_no_others(seqs: set[int]) -> None:
    assert {seq for low, high in ranges(seqs) for seq in range(low, high + 1)} == seqs


@settings(max_examples=50)
@given(st.text(), st.text(), st.text())
def test_no_two_rows_have_one_encoding(kind: str, subject: str, body: str) -> None:
    """The lengths keep texts apart: what ends one field never begins the next."""
    row = ("b", 1, 1.0, True, kind, subject, body)

    assert digest_of(b"", 1, row) != digest_of(b"", 1, ("b", 1, 1.0, True, kind + "x", subject, body))
    if subject:
        moved = ("b", 1, 1.0, True, kind + subject[:1], subject[1:], body)
        assert digest_of(b"", 1, row) != digest_of(b"", 1, moved)


def _forge(connection: sqlite3.Connection) -> None:
    """Write the whole chain anew, as somebody with the file and our code could."""
    before = GENESIS
    rows = connection.execute(
        "SELECT seq, salt, boot, boottime, utc, trusted, kind, subject, body FROM chain JOIN log USING(seq) ORDER BY seq"
    ).fetchall()
    for seq, salt, *row in rows:
        digest = digest_of(salt, seq, tuple(row))
        before = head_of(before, seq, digest)
        connection.execute("UPDATE chain SET digest = ?, head = ? WHERE seq = ?", (digest, before, seq))
