"""The site key is made once, kept private, and never replaced behind anybody's back."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from gateway.keep.audit.signing import signer_of
from gateway.keep.folder import FolderError
from gateway.keep.secret_file import KEY_BYTES
from gateway.keep.site_key import SITE_KEY, site_key

if TYPE_CHECKING:
    from pathlib import Path


def test_a_key_is_made_once_and_is_the_same_ever_after(tmp_path: Path) -> None:
    data = tmp_path / "data"

    first, second = site_key(data), site_key(data)

    assert first == second
    assert len(first) == KEY_BYTES
    assert [path.name for path in data.iterdir()] == [SITE_KEY]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    site_key(tmp_path)

    assert stat.S_IMODE((tmp_path / SITE_KEY).stat().st_mode) == 0o600


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    assert site_key(tmp_path / "a") != site_key(tmp_path / "b")


def test_a_damaged_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / SITE_KEY).write_bytes(b"half")

    with pytest.raises(FolderError, match="Put it back from a backup"):
        site_key(tmp_path)

    assert (tmp_path / SITE_KEY).read_bytes() == b"half"


def test_what_a_killed_process_left_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / f".{SITE_KEY}.{os.getpid()}").write_bytes(b"half")

    assert len(site_key(tmp_path)) == KEY_BYTES


def test_a_key_of_which_a_kill_left_half_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", killed)
    for make in (site_key, signer_of):
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_a_key_lasts_as_long_as_the_process(tmp_path: Path) -> None:
    missing = tmp_path / "not there" / "data"

    assert len(site_key(missing)) == KEY_BYTES
    assert not missing.exists()
