"""Photos of incidents: a folder of files that are named by their SHA-256, written once and never changed."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.keep.photo_content import KINDS, bare

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

FOLDER = "photos"
"""In the data folder."""

KEEP_FREE_BYTES = 200_000_000
"""With less free on the disk no photo is taken: alarms have room before pictures."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


class NoRoom(Exception):
    """The disk has no room for photos."""


class Photos:
    """The photos of a data folder. Blocking work is done in threads."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    async def put(self, content: bytes) -> str:
        """Keep a photo without its metadata; returns its name, on disk. The same photo again has the same name.

        Raises `NoPhoto` for what is none, `NoRoom`, and OSError where the disk does not take it.
        """
        return await asyncio.to_thread(self._put, content)

    async def get(self, name: str) -> tuple[str, bytes] | None:
        """A photo and its media type; None where there is none of that name."""
        return await asyncio.to_thread(self._get, name)

    async def has(self, name: str) -> bool:
        """Whether there is a photo of that name."""
        return await asyncio.to_thread(lambda: self._path(name) is not None)

    async def drop_orphans(self, named: Collection[str], before_utc: float) -> int:
        """Delete photos that are not among these and are older than that moment; returns how many."""
        return await asyncio.to_thread(self._drop_orphans, named, before_utc)

    def _drop_orphans(self, named: Collection[str], before_utc: float) -> int:
        dropped = 0
        for path in self._folder.glob("*") if self._folder.is_dir() else ():
            left = path.suffix == ".new" or (_SHA256.fullmatch(path.stem) is not None and path.stem not in named)
            if left and path.stat().st_mtime < before_utc:
                path.unlink(missing_ok=True)
                dropped += 1
        return dropped

    def _put(self, content: bytes) -> str:
        ending, photo = bare(content)
        name = sha256(photo).hexdigest()
        if self._path(name) is not None:
            return name
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if shutil.disk_usage(self._folder).free < KEEP_FREE_BYTES:
            raise NoRoom("the disk has no room for photos")
        path = self._folder / f"{name}.{ending}"
        new = path.with_suffix(f".{os.urandom(8).hex()}.new")
        try:
            with new.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(photo)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name

    def _get(self, name: str) -> tuple[str, bytes] | None:
        path = self._path(name)
        if path is None:
            return None
        try:
            return KINDS[path.suffix.removeprefix(".")], path.read_bytes()
        except FileNotFoundError:
            return None

    def _path(self, name: str) -> Path | None:
        """Where it is. Only a hash is a name: nothing else is looked for on the disk."""
        if _SHA256.fullmatch(name) is None:
            return None
        several = (self._folder / f"{name}.{ending}" for ending in KINDS)
        return next((path for path in several if path.is_file()), None)
