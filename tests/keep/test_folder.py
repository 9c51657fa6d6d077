"""The data folder is private, held by one, and whatever is wrong with it is one sentence."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gateway.keep.folder import FolderError, ReadOnlyFolder, aside_name, open_folder, set_aside
from tests.keep.rights import as_nobody

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys
from pathlib import Path
from gateway.keep.folder import open_folder
with open_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_missing_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with open_folder(tmp_path / "data") as folder:
        mode = folder.path.stat().st_mode & 0o777

    assert mode == 0o700


def test_a_missing_parent_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"cannot be made: .*/no is not there"):
        open_folder(tmp_path / "no" / "data")


def test_a_file_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(FolderError, match="data is not a folder"):
        open_folder(tmp_path / "data")


def test_a_folder_that_another_process_holds_is_refused_until_that_process_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

        with pytest.raises(FolderError, match=f"in use by another Gridpost .process {holder.pid}."):
            open_folder(tmp_path)

        holder.kill()

    open_folder(tmp_path).close()


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_without_the_right_to_write_is_told_apart(readable_by_all: Path, mode: int) -> None:
    folder = readable_by_all / "data"
    folder.mkdir()
    folder.chmod(mode)

    with as_nobody(), pytest.raises(ReadOnlyFolder, match="cannot be written"):
        open_folder(folder)


def test_a_folder_in_a_place_that_may_not_be_entered_is_one_sentence(readable_by_all: Path) -> None:
    readable_by_all.chmod(0o000)

    with as_nobody(), pytest.raises(FolderError, match="cannot be written"):
        open_folder(readable_by_all / "data")


def test_a_damaged_file_goes_aside_with_its_companions_under_a_name_of_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        for companion in ("", "-wal"):
            (tmp_path / f"journal.db{companion}").write_text("x")
        set_aside(tmp_path / "journal.db", aside_name(tmp_path / "journal.db", 1_800_000_000.0))

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "journal.db.damaged-20270115T080000Z",
        "journal.db.damaged-20270115T080000Z-2",
        "journal.db.damaged-20270115T080000Z-2-wal",
        "journal.db.damaged-20270115T080000Z-wal",
    ]
