"""The places off the box: a copy is put there, read back and compared before it counts, and old ones are taken away."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import ssl
import threading
from base64 import b64encode
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import quote

from drivers.secret import SecretMissing
from gateway.keep.backup import SUFFIX

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import ClientResponse, ClientSession

    from gateway.deliver.backup_config import BackupPlace

PLACE_SECONDS = 4 * 3600.0
"""The longest that a copy may take, there and back: 2 GB at 300 kB/s."""

SILENT_SECONDS = 120.0
"""How long a server may say nothing."""

PIECE = 2**20
PART = ".part"
"""What follows the name of a copy while it is written, behind a dot that hides it."""

_Given = TypeVar("_Given")


class PlaceFailed(Exception):
    """A copy is not at its place, as a sentence that names it and the way out."""


class Carried(Protocol):
    """A file that is carried off: a backup, or the ledger of erasures. At its place it has the name that it has here."""

    @property
    def path(self) -> Path:
        """Where it lies on the box."""

    @property
    def bytes(self) -> int:
        """How large it is."""

    @property
    def sha256(self) -> str:
        """What its copy must have too."""


class Place(Protocol):
    """Where copies go."""

    async def put(self, made: Carried) -> None:
        """Put a file there and read it back. Raises `PlaceFailed`."""

    async def prune(self, names: tuple[str, ...], compound: str, keep: int) -> tuple[str, ...]:
        """Take away all but the newest; return the names that are left, oldest first.

        `names` are the backups that this gateway has put there, the newest last. Nothing is touched that has not the
        name of a backup of this compound. What cannot be deleted stays and is tried again the next time.
        """


def place_of(place: BackupPlace, data: Path) -> Place:
    """The place that was configured; `data` is the folder that it should not share a disk with."""
    return FolderPlace(place, data) if place.folder else WebPlace(place)


async def in_thread(work: Callable[[], _Given]) -> _Given:
    """Run blocking work in a thread that does not keep the process from ending: a share that is gone can hang for ever."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_Given] = loop.create_future()

    def settle(given: _Given | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(given)  # type: ignore[arg-type] # without an error there is a result

    def run() -> None:
        given, failure = None, None
        try:
            given = work()
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            failure = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(settle, given, failure)

    threading.Thread(target=run, name="backup", daemon=True).start()
    return await future


class FolderPlace:
    """A folder: a mounted share, a stick."""

    def __init__(self, place: BackupPlace, data: Path) -> None:
        self._folder = Path(place.folder)
        self._same_disk_allowed = place.same_disk_allowed
        self._data = data

    async def put(self, made: Carried) -> None:
        """Copy, sync, read back from the medium, and only then give it its name."""
        try:
            async with asyncio.timeout(PLACE_SECONDS):
                await in_thread(lambda: self._put(made))
        except OSError as error:  # TimeoutError is one
            why = error.strerror or "it takes too long"
            raise PlaceFailed(
                f"The folder {self._folder} cannot take a backup: {why}. Look after that disk."
            ) from error

    async def prune(self, names: tuple[str, ...], compound: str, keep: int) -> tuple[str, ...]:
        """What is there decides, whoever put it there."""
        return await in_thread(lambda: self._prune(names, compound, keep))

    def _put(self, made: Carried) -> None:
        if not self._folder.is_dir():
            raise PlaceFailed(f"The folder {self._folder} is not there. Mount its disk or make the folder.")
        if not self._same_disk_allowed and self._folder.stat().st_dev == self._data.stat().st_dev:
            raise PlaceFailed(
                f"The folder {self._folder} is on the disk of the data folder. Mount the disk that belongs there, or write "
                "same_disk_allowed: true if something else carries the backups off."
            )
        part = self._folder / f".{made.path.name}{PART}"
        try:
            _copy(made, part)
            part.rename(self._folder / made.path.name)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _prune(self, names: tuple[str, ...], compound: str, keep: int) -> tuple[str, ...]:
        try:
            found = sorted(path.name for path in self._folder.iterdir())
        except OSError:
            return names
        there = [name for name in found if is_backup(name, compound)]
        for name in found:  # what a killed process was writing
            if name.startswith(".") and is_backup(name[1:].removesuffix(PART), compound):
                with suppress(OSError):
                    (self._folder / name).unlink()
        for name in too_many(there, names[-1], keep):
            with suppress(OSError):
                (self._folder / name).unlink()
                there.remove(name)
        return tuple(there)


def _copy(made: Carried, part: Path) -> None:
    """Copy a backup, and read it back from the medium. Raises `PlaceFailed` or OSError."""
    with made.path.open("rb") as source, part.open("wb") as target:
        shutil.copyfileobj(source, target, PIECE)
        target.flush()
        os.fsync(target.fileno())
        os.posix_fadvise(target.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # so that reading asks the medium
    with part.open("rb") as copy:
        if hashlib.file_digest(copy, "sha256").hexdigest() != made.sha256:
            raise PlaceFailed(f"The copy in {part.parent} is not what was written. Replace that disk.")


class WebPlace:
    """An address below which files can be PUT, read and deleted: WebDAV, or a web server that was told so."""

    def __init__(self, place: BackupPlace) -> None:
        self._place = place

    async def put(self, made: Carried) -> None:
        """PUT, then GET and compare. A copy that differs is deleted."""
        from aiohttp import ClientError

        try:
            async with asyncio.timeout(PLACE_SECONDS), self._session() as session:
                url = self._url(made.path.name)
                with made.path.open("rb") as file:
                    async with session.put(url, data=file, allow_redirects=False) as answer:
                        self._expect(answer, made)
                sha256 = hashlib.sha256()
                async with session.get(url, allow_redirects=False) as answer:
                    self._expect(answer, made)
                    async for piece in answer.content.iter_chunked(PIECE):
                        sha256.update(piece)
                if sha256.hexdigest() != made.sha256:
                    await session.delete(url)
                    raise PlaceFailed(
                        f"{self._place.url} gives back something else than it was sent. Look after that server."
                    )
        except (ClientError, OSError, SecretMissing) as error:
            why = str(error) or "it takes too long"
            raise PlaceFailed(f"{self._place.url} cannot take a backup: {why}.") from error

    async def prune(self, names: tuple[str, ...], compound: str, keep: int) -> tuple[str, ...]:
        """What this gateway has put there decides: nothing else is known of it."""
        from aiohttp import ClientError

        left = [name for name in dict.fromkeys(names) if is_backup(name, compound)]
        with suppress(ClientError, OSError, SecretMissing):
            async with asyncio.timeout(SILENT_SECONDS), self._session() as session:
                for name in too_many(sorted(left), names[-1], keep):
                    async with session.delete(self._url(name)) as answer:
                        if answer.ok or answer.status in (404, 410):
                            left.remove(name)
        return tuple(left)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[ClientSession]:
        from aiohttp import ClientSession, ClientTimeout, TCPConnector

        place = self._place
        headers = {}
        if place.password:
            both = f"{place.username}:{place.password.read()}".encode()
            headers["Authorization"] = f"Basic {b64encode(both).decode()}"
        tls = ssl.create_default_context(cafile=place.ca_file or None) if place.url.startswith("https:") else True
        limits = ClientTimeout(total=None, sock_connect=30.0, sock_read=SILENT_SECONDS)
        async with ClientSession(headers=headers, timeout=limits, connector=TCPConnector(ssl=tls)) as session:
            yield session

    def _url(self, name: str) -> str:
        return f"{self._place.url.rstrip('/')}/{quote(name)}"

    def _expect(self, answer: ClientResponse, made: Carried) -> None:
        if 200 <= answer.status < 300:  # noqa: PLR2004 - what HTTP calls successful
            return
        ways_out = {
            301: f"Write the address that it names: {answer.headers.get('Location', '')}.",
            308: f"Write the address that it names: {answer.headers.get('Location', '')}.",
            401: "Check username and password.",
            403: "Give that user the right to write and read there.",
            404: "Make that folder on the server, or correct the url.",
            405: "It takes no files there: name a WebDAV folder.",
            409: "Make that folder on the server, or correct the url.",
            413: f"It takes no file of {made.bytes:,} bytes: raise its limit, or leave the history out (history: false).",
            507: "Its disk is full: make room there.",
        }
        said = f"{answer.status} {answer.reason or ''}".strip()
        raise PlaceFailed(f"{self._place.url} answers {said}. {ways_out.get(answer.status, 'Look after that server.')}")


def is_backup(name: str, compound: str) -> bool:
    """Whether it is the name of a backup of this compound, as `backup_name` makes them."""
    return re.fullmatch(rf"gridpost-{re.escape(compound)}-\d{{8}}T\d{{6}}Z{re.escape(SUFFIX)}", name) is not None


def too_many(there: list[str], newest: str, keep: int) -> list[str]:
    """Which to take away: all but the last `keep` by name, and never the one just made, whatever its clock said."""
    return [name for name in there[:-keep] if name != newest]
