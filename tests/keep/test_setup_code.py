from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

import pytest

from gateway.keep.accounts.setup_code import (
    CODE_FILE,
    in_groups,
    is_setup_code,
    is_waiting,
    make_setup_code,
    void_setup_code,
)
from gateway.keep.folder import FolderError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_code_is_eight_groups_of_three_digits_and_no_two_are_the_same(tmp_path: Path) -> None:
    codes = {make_setup_code(tmp_path, 1.0) for _ in range(50)}

    assert len(codes) == 50
    assert all(re.fullmatch(r"(\d{3} ){7}\d{3}", in_groups(code)) for code in codes)


def test_only_its_hash_is_kept_in_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    code = make_setup_code(tmp_path, 1.0)

    path = tmp_path / CODE_FILE
    assert code not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [CODE_FILE]


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1}"])
def test_it_is_known_however_it_is_grouped(tmp_path: Path, written: str) -> None:
    code = make_setup_code(tmp_path, 1.0)

    assert is_setup_code(tmp_path, written.format(code, in_groups(code).replace(" ", "-")))


def test_it_is_known_in_the_wide_digits_of_a_chinese_keyboard(tmp_path: Path) -> None:
    code = make_setup_code(tmp_path, 1.0)

    assert is_setup_code(tmp_path, code.translate({48 + n: 0xFF10 + n for n in range(10)}))


def test_another_code_is_not_it(tmp_path: Path) -> None:
    code = make_setup_code(tmp_path, 1.0)

    assert not is_setup_code(tmp_path, code[:-1])
    assert not is_setup_code(tmp_path, "")
    assert not is_setup_code(tmp_path, str((int(code) + 1) % 10**24).zfill(24))


def test_a_new_code_voids_the_old_one(tmp_path: Path) -> None:
    old = make_setup_code(tmp_path, 1.0)
    new = make_setup_code(tmp_path, 2.0)

    assert not is_setup_code(tmp_path, old)
    assert is_setup_code(tmp_path, new)


def test_it_is_voided_once(tmp_path: Path) -> None:
    code = make_setup_code(tmp_path, 1.0)

    assert is_waiting(tmp_path)
    assert [void_setup_code(tmp_path), void_setup_code(tmp_path)] == [True, False]
    assert not is_waiting(tmp_path)
    assert not is_setup_code(tmp_path, code)


def test_a_damaged_file_is_nobodys_code(tmp_path: Path) -> None:
    (tmp_path / CODE_FILE).write_text("{}")

    assert not is_setup_code(tmp_path, "")


def test_where_nothing_can_be_kept_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"cannot be kept in .*missing"):
        make_setup_code(tmp_path / "missing", 1.0)
