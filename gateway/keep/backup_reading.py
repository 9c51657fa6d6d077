"""Reads a backup from its first byte to its last, and gives its parts out one by one to whoever wants them."""

from __future__ import annotations

import hashlib
import tarfile
from contextlib import nullcontext
from typing import TYPE_CHECKING, BinaryIO, cast

from gateway.keep.backup_manifest import MANIFEST, Manifest, Part, is_part
from gateway.keep.sealed import CHUNK, NotWhole, Unsealing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from gateway.keep.sealed import Key

    Went = Callable[[int], None]
    """Told how many bytes more were read."""
    OpenPart = Callable[[str, int], AbstractContextManager[BinaryIO]]
    """Given a part's path and mode."""

LARGEST_MANIFEST = 16 * 2**20
"""Bytes: a hundred thousand files."""


def _unheard(_bytes: int) -> None:
    """Nobody asks how far it is."""


class _Told:
    """A file of which somebody is told how far it was read."""

    def __init__(self, file: BinaryIO, went: Went) -> None:
        self._file = file
        self._went = went

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._went(len(data))
        return data


def verify_backup(path: Path, key: Key, went: Went = _unheard) -> Manifest:
    """Read all of a backup and check every part. Raises `NotWhole`, `KeyWrong`, or OSError where it cannot be read."""
    return read_backup(path, key, None, went)


def read_backup(path: Path, key: Key, open_part: OpenPart | None, went: Went = _unheard) -> Manifest:
    """Write each part into what `open_part` opens for its path, which is sound (`is_part`). Blocks.

    Only when this returns is it known that the parts are whole: what was written before an exception is to be thrown away.
    `went` is told the bytes of the file as they are read.
    """
    with path.open("rb") as file:
        unsealing = Unsealing(cast("BinaryIO", _Told(file, went)), key, str(path))
        parts: list[Part] = []
        manifest = b""
        try:
            with tarfile.open(fileobj=cast("BinaryIO", unsealing), mode="r|") as tar:
                for member in tar:
                    contents = tar.extractfile(member) if member.isreg() and not manifest else None
                    if contents is None or not (is_part(member.name) or member.name == MANIFEST):
                        raise NotWhole(f"{path} holds {member.name!r}, which no backup does. It is not restored.")
                    if member.name == MANIFEST:
                        manifest = contents.read(LARGEST_MANIFEST)
                    else:
                        with open_part(member.name, member.mode) if open_part else nullcontext() as target:
                            parts.append(_copied(member.name, cast("BinaryIO", contents), target))
            unsealing.drain()
            told = Manifest.from_json(manifest)
        except (tarfile.TarError, ValueError) as error:
            raise NotWhole(f"{path} was sealed before it was complete: {error}. Take another backup.") from error
    if told.parts != tuple(parts) or len({part.path for part in parts}) != len(parts):
        raise NotWhole(f"{path} does not hold what its manifest says. Take another backup.")
    return told


def _copied(name: str, source: BinaryIO, target: BinaryIO | None) -> Part:
    sha256 = hashlib.sha256()
    size = 0
    while some := source.read(CHUNK):
        sha256.update(some)
        size += len(some)
        if target is not None:
            target.write(some)
    return Part(name, size, sha256.hexdigest())
