"""Backups for tests: made at once, in a folder beside the data."""

from __future__ import annotations

import io
import tarfile
import threading
from typing import TYPE_CHECKING, BinaryIO, cast

from gateway.keep.backup import Made, Source, make_backup
from gateway.keep.sealed import Key, Sealing, new_key
from tests.keep.facts import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEY = Key.parse(new_key())


def back_up(
    data: Path,
    *,
    history: bool = True,
    files: dict[str, Path] | None = None,
    folder: Path | None = None,
    stop: threading.Event | None = None,
) -> Made:
    """A backup of a data folder, in the folder `made` beside it. `files` of the configuration lay in `folder`."""
    made = data.parent / "made"
    made.mkdir(exist_ok=True)
    for old in made.iterdir():
        old.unlink()
    source = Source(data, "xingfuli", history, files or {}, next(iter(files or {}), ""), str(folder or ""))
    return make_backup(source, KEY, made, NOW, stop or threading.Event())


def forge(path: Path, members: Sequence[tuple[tarfile.TarInfo, bytes]]) -> Path:
    """A sealed archive of these members, with the right key: what only a wrong or wicked Gridpost makes."""
    with path.open("wb") as file:
        sealing = Sealing(file, KEY)
        with tarfile.open(fileobj=cast("BinaryIO", sealing), mode="w|") as tar:
            for member, contents in members:
                member.size = len(contents)
                tar.addfile(member, io.BytesIO(contents))
        sealing.close()
    return path
