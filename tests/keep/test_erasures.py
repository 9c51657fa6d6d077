"""The ledger of erasures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.keep.audit.signing import Signer
from gateway.keep.erasing.ledger import LEDGER, Erasure, Ledger, mark_of, person_of, read_ledger
from gateway.permit import Credential, Permit

if TYPE_CHECKING:
    from pathlib import Path

SIGNER = Signer(bytes(32))
KEY = bytes(range(32))


def test_an_erasure_is_begun_and_then_complete(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, SIGNER)

    ledger.begin("aa", 5.0, "u1")
    begun = ledger.read()
    ledger.complete("aa", 9.0, "u2")

    assert begun == (Erasure("aa", 5.0, "u1", complete=False),)
    assert ledger.read() == (Erasure("aa", 5.0, "u1", complete=True),)
    assert (tmp_path / LEDGER).stat().st_mode & 0o777 == 0o600


def test_no_ledger_says_nothing(tmp_path: Path) -> None:
    assert Ledger(tmp_path, SIGNER).read() == ()


def test_a_line_of_which_a_power_cut_left_half_is_left_out_and_the_next_one_counts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, SIGNER)
    ledger.begin("aa", 5.0, "u1")
    whole = (tmp_path / LEDGER).read_bytes()
    (tmp_path / LEDGER).write_bytes(whole + whole[:40])

    ledger.begin("bb", 6.0, "u1")

    assert [each.mark for each in ledger.read()] == ["aa", "bb"]
    assert read_ledger(tmp_path / LEDGER, SIGNER.public)[1] == 1


def test_a_line_that_this_house_did_not_sign_says_nothing(tmp_path: Path) -> None:
    Ledger(tmp_path, SIGNER).begin("aa", 5.0, "u1")
    Ledger(tmp_path, Signer(bytes([1] * 32))).begin("bb", 5.0, "u1")
    line = json.loads((tmp_path / LEDGER).read_text().splitlines()[0])
    with (tmp_path / LEDGER).open("a") as file:
        file.write(json.dumps({**line, "mark": "cc"}) + "\nno json\n[]\n")

    found, strange = read_ledger(tmp_path / LEDGER, SIGNER.public)

    assert ([each.mark for each in found], strange) == (["aa"], 4)


def test_what_another_ledger_knows_is_begun_anew_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, SIGNER)
    ledger.begin("aa", 5.0, "u1")

    for _ in range(2):
        ledger.take([Erasure("aa", 1.0, "u9", complete=True), Erasure("bb", 2.0, "u9", complete=True)])

    assert ledger.read() == (Erasure("aa", 5.0, "u1", complete=False), Erasure("bb", 2.0, "u9", complete=False))


def test_a_person_is_told_by_his_hash_else_by_household_and_name_and_a_forgotten_one_is_nobody() -> None:
    one = Permit("p1", "0f1e", "张三", "b1-1-101", "a1", Credential.CARD, ())
    nameless = Permit("p2", "", "张三", "b1-1-101", "a1", Credential.CARD, ())
    gone = Permit("p3", "", "", "", "0" * 16, Credential.CARD, ())

    assert person_of(one, KEY) == "0f1e"
    assert len(person_of(nameless, KEY)) == 16
    assert person_of(nameless, KEY) != person_of(nameless, bytes(32))
    assert person_of(gone, KEY) == ""


def test_a_mark_says_nothing_without_the_site_key() -> None:
    assert mark_of("0f1e", KEY) != mark_of("0f1e", bytes(32))
    assert "0f1e" not in mark_of("0f1e", KEY)
