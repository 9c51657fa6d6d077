"""The disk watch, on a real small file system where there is one and with told sizes where there is none."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from gateway.keep.room import BALLAST_BYTES, BALLAST_NAME, Disk, RoomState

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MEGABYTE = 1024 * 1024


class TellDisk:
    """Tells `os.statvfs` what it is to see; the ballast is a real file and counts as used."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, total: int = 10_000) -> None:
        self._folder = folder
        self.total_megabytes = total
        self.others_megabytes = 0.0
        monkeypatch.setattr(os, "statvfs", self._statvfs)

    def _statvfs(self, _path: object) -> os.statvfs_result:
        ballast = self._folder / BALLAST_NAME
        held = ballast.stat().st_size if ballast.exists() else 0
        free = int((self.total_megabytes - self.others_megabytes) * MEGABYTE) - held
        blocks = self.total_megabytes * 256
        return os.statvfs_result((4096, 4096, blocks, free // 4096, free // 4096, 0, 0, 0, 0, 255))


def test_ample_room_takes_the_ballast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TellDisk(tmp_path, monkeypatch)
    disk = Disk(tmp_path, 200 * MEGABYTE)

    seen = disk.look()

    assert seen.state is RoomState.AMPLE
    assert seen.free_bytes == 10_000 * MEGABYTE - BALLAST_BYTES
    assert (tmp_path / BALLAST_NAME).stat().st_blocks * 512 >= BALLAST_BYTES
    assert (tmp_path / BALLAST_NAME).stat().st_mode & 0o777 == 0o600


def test_it_is_scarce_below_what_is_to_stay_free_and_ample_again_only_well_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = TellDisk(tmp_path, monkeypatch)
    disk = Disk(tmp_path, 200 * MEGABYTE)
    disk.look()

    states = []
    for free in (201, 199, 201, 249, 251, 201):
        told.others_megabytes = 10_000 - 8 - free
        states.append(disk.look().state.value)

    assert states == ["ample", "scarce", "scarce", "scarce", "ample", "ample"]


def test_a_full_disk_lets_the_ballast_go_and_takes_it_back_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = TellDisk(tmp_path, monkeypatch)
    disk = Disk(tmp_path, 200 * MEGABYTE)
    disk.look()

    told.others_megabytes = 10_000 - 8 - 0.5
    full = disk.look()
    held_when_full = (tmp_path / BALLAST_NAME).exists()
    told.others_megabytes = 10_000 - 255
    still_full = disk.look()
    told.others_megabytes = 10_000 - 259
    ample = disk.look()

    assert (full.state, held_when_full) == (RoomState.FULL, False)
    assert still_full.state is RoomState.FULL
    assert ample.state is RoomState.AMPLE
    assert (tmp_path / BALLAST_NAME).stat().st_size == BALLAST_BYTES


def test_a_small_file_system_keeps_a_tenth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = TellDisk(tmp_path, monkeypatch, total=10)
    disk = Disk(tmp_path, 200 * MEGABYTE)

    first = disk.look()
    told.others_megabytes = 10 - 1 - 0.9
    scarce = disk.look()

    assert first.state is RoomState.AMPLE
    assert (tmp_path / BALLAST_NAME).stat().st_size == MEGABYTE
    assert scarce.state is RoomState.SCARCE


def test_a_write_that_met_a_full_disk_is_believed_more_than_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    TellDisk(tmp_path, monkeypatch)
    disk = Disk(tmp_path, 200 * MEGABYTE)
    disk.look()

    disk.met_full()
    held = (tmp_path / BALLAST_NAME).exists()

    assert not held
    assert disk.look().state is RoomState.AMPLE


def test_no_room_for_the_ballast_leaves_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    TellDisk(tmp_path, monkeypatch)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)

    seen = Disk(tmp_path, 200 * MEGABYTE).look()

    assert seen.state is RoomState.AMPLE
    assert not (tmp_path / BALLAST_NAME).exists()


def test_a_disk_that_cannot_be_measured_is_as_it_was(tmp_path: Path) -> None:
    disk = Disk(tmp_path / "nowhere", 200 * MEGABYTE)

    assert disk.look().state is RoomState.AMPLE
