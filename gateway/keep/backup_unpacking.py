"""Where a backup is unpacked: beside the folders that it is to become, which appear whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from gateway.keep.backup_manifest import CONFIG, DATA, PRIVATE, READ_BY_OTHERS, SECRETS_FOLDER, TLS_FOLDER
from gateway.keep.folder import LOCK_NAME, FolderError, open_folder
from gateway.keep.sealed import NotWhole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import ExitStack

    from gateway.keep.backup_manifest import Manifest

_PLAIN: Final = re.compile(r"[\w./ @+-]+")
"""A path that means the same in YAML with quotes and without."""


class PlaceTaken(Exception):
    """A folder cannot be restored to where it is wanted, as a sentence that names what is in the way and the way out."""


class Fresh:
    """Folders that are filled beside their places and then take them. `undoing` takes away what was made.

    Without a place for the configuration it is unpacked all the same: whether it has one in the data folder is only known when
    all is read. Raises `PlaceTaken` for a place that is taken.
    """

    def __init__(self, undoing: ExitStack, data: Path, config: Path | None) -> None:
        self.folders: dict[str, Path] = {}
        self._places = {DATA: data} | ({CONFIG: config} if config else {})
        self._undoing = undoing
        self._read_by_others = 0
        for place in self._places.values():
            _check_free(place)
        for top in (DATA, CONFIG):
            place = self._places.get(top, data)
            beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.restoring-", dir=place.parent))  # mode 0700
            undoing.callback(shutil.rmtree, beside, ignore_errors=True)
            self.folders[top] = beside

    @contextmanager
    def open(self, part: str, mode: int) -> Iterator[BinaryIO]:
        """Write a part: for its owner alone, but for the configuration's, which others may read as they could."""
        top, _, below = part.partition("/")
        path = self.folders[top] / below
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        others = mode & READ_BY_OTHERS if top == CONFIG else 0
        self._read_by_others |= others
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), PRIVATE | others)
            os.fsync(file.fileno())

    def home_of_configuration(self, file: Path, manifest: Manifest) -> Path | None:
        """Where the configuration will be: at its own place, or in the data folder if it lay there; None for nowhere."""
        if CONFIG in self._places:
            return self._places[CONFIG]
        unpacked = self.folders.pop(CONFIG)
        lay_in_data = manifest.config_folder in manifest.data_folders
        for path in [path for path in unpacked.rglob("*") if lay_in_data and path.is_file()]:
            target = self.folders[DATA] / path.relative_to(unpacked)
            if target.exists():
                raise NotWhole(f"{file} holds {target.name} twice. It is not restored.")
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.rename(target)
        shutil.rmtree(unpacked)
        return self._places[DATA] if lay_in_data else None

    def appear(self) -> None:
        """Let each folder take its place, which a new or empty one gives up."""
        if (configuration := self.folders.get(CONFIG)) is not None:
            for below in _folders(configuration):
                below.chmod(0o700 | self._read_by_others | self._read_by_others >> 2)  # who reads a file goes in
        for top, folder in self.folders.items():
            for below in _folders(folder):
                _sync(below)
            place = self._places[top]
            folder.rename(place)
            self._undoing.callback(shutil.rmtree, place, ignore_errors=True)
            _sync(place.parent)


def name_secrets_in(data: str, configuration: Path, before: Iterable[str]) -> int:
    """Let a configuration name secrets and certificates of a data folder by its new name; how many. Raises OSError."""
    old = [name for name in before if name.startswith("/")]
    if not old or data in old or _PLAIN.fullmatch(data) is None:
        return 0
    named = re.compile(rf"(?<![\w./-])(?:{'|'.join(map(re.escape, old))})/(?={SECRETS_FOLDER}/|{TLS_FOLDER}/)")
    moved = 0
    for path in (path for path in configuration.rglob("*") if path.is_file()):
        with path.open("r+b") as file, suppress(UnicodeDecodeError):
            text, found = named.subn(lambda _: f"{data}/", file.read().decode())
            if found:
                file.seek(0)
                file.write(text.encode())
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
                moved += found
    return moved


def _folders(top: Path) -> Iterator[Path]:
    yield top
    yield from (path for path in top.rglob("*") if path.is_dir())


def _check_free(place: Path) -> None:
    if not place.parent.is_dir():
        raise PlaceTaken(f"{place} cannot be made: {place.parent} is not there. Make it or name another folder.")
    if (place / LOCK_NAME).exists():
        try:
            open_folder(place).close()
        except FolderError as wrong:
            raise PlaceTaken(str(wrong)) from wrong
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise PlaceTaken(
            f"{place} is there already and is not empty. A backup is restored into a new folder: name one."
        )
    if place.is_mount():
        raise PlaceTaken(f"{place} is where a disk is mounted. Name a new folder on it, such as {place / 'gridpost'}.")


def _sync(folder: Path) -> None:
    """Put on disk which names stand in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
