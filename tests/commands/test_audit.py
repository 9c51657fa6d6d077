"""`gridpost audit`: what an auditor sees at a terminal, and the exit code that a script sees."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.__main__ import app
from gateway.keep.assisting.archive import write_archive
from gateway.keep.audit.signing import Signer, signer_of
from tests.keep.auditing import make_journal, write_rows, writing

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_rows(make_journal(tmp_path), "user", "event", "command", "result")
    with writing(tmp_path / "journal.db") as connection:
        connection.execute("DELETE FROM checkpoints")  # signed by the key of another test
    signer_of(tmp_path)
    return tmp_path


def audit(*words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words])


def test_a_whole_chain_is_told_as_whole(data: Path) -> None:
    done = audit("verify", "--data", str(data))

    assert done.exit_code == 0, done.output
    assert "3 rows hold; rows 1 to 4" in done.output


def test_the_first_broken_row_is_named_and_the_exit_code_is_1(data: Path) -> None:
    with writing(data / "journal.db") as connection:
        connection.execute("UPDATE log SET subject = 'b9' WHERE seq = 3")

    done = audit("verify", "--data", str(data))

    assert done.exit_code == 1
    assert "Row 3: the row was changed after it was written." in done.output
    assert "BROKEN first at row 3" in done.output


def test_a_head_that_left_the_box_is_compared(data: Path) -> None:
    head = audit("head", "--data", str(data)).output.strip()
    write_rows(data / "journal.db", "user")
    with writing(data / "journal.db") as connection:
        connection.execute("DELETE FROM checkpoints")

    right = audit("verify", "--data", str(data), "--head", head)
    wrong = audit("verify", "--data", str(data), "--head", f"{'0' * 64}@4")
    no_head = audit("verify", "--data", str(data), "--head", "4@abc")

    assert (right.exit_code, wrong.exit_code, no_head.exit_code) == (0, 1, 2)
    assert "another head stands here than the head that left the box says" in wrong.output
    assert "is no head" in no_head.output


def test_the_key_is_printed_and_a_noted_one_can_be_named(data: Path) -> None:
    key = audit("key", "--data", str(data)).output.strip()

    assert key == signer_of(data).public.hex()
    assert audit("verify", "--data", str(data), "--key", key).exit_code == 0
    assert audit("verify", "--data", str(data), "--key", "abc").exit_code == 2


def test_rows_are_listed_and_exported(data: Path) -> None:
    listed = audit("list", "--data", str(data), "--what", "user")
    exported = audit("export", "--data", str(data))

    assert listed.output.count("\n") == 1
    assert "\tuser\t" in listed.output
    rows = list(csv.DictReader(io.StringIO(exported.output)))
    assert [row["seq"] for row in rows] == ["1", "3", "4"]


def test_a_folder_without_a_journal_is_said_so(tmp_path: Path) -> None:
    done = audit("verify", "--data", str(tmp_path))

    assert done.exit_code == 2
    assert "There is no journal" in done.output


def test_an_archive_that_was_handed_out_is_checked_against_the_key_that_was_noted(tmp_path: Path) -> None:
    signer, other = Signer(b"k" * 32), Signer(b"o" * 32)
    file = tmp_path / "investigation.zip"
    with file.open("wb") as into:
        write_archive(into, [("passages.csv", b"time,door")], {"number": "i1"}, signer)

    assert audit("check-archive", str(file), "--key", signer.public.hex()).exit_code == 0
    assert audit("check-archive", str(file), "--key", other.public.hex()).exit_code == 1
    assert audit("check-archive", str(file), "--key", "half a key").exit_code == 2

    file.write_bytes(file.read_bytes()[:-40])
    assert audit("check-archive", str(file)).exit_code == 1
