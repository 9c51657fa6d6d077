"""Backups of a running gateway: made when they are due, carried to each place, and believed only when read back.

How each place stands is in `backups.json` in the data folder, so that the schedule outlives a restart and `gridpost backup`
counts too.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.secret import SecretMissing
from gateway.decide.rules import BACKUP_OVERDUE
from gateway.deliver.backup_files import configuration_files, secrets_elsewhere
from gateway.deliver.backup_places import PlaceFailed, in_thread, place_of
from gateway.deliver.backup_record import Record
from gateway.keep.backup import BackupFailed, Source, make_backup
from gateway.keep.backup_reading import verify_backup
from gateway.keep.erasing.ledger import LEDGER, ledger_beside
from gateway.keep.sealed import Key, KeyWrong, NotWhole
from gateway.logs import log_of
from gateway.model import HouseSaid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from gateway.deliver.backup_config import BackupConfig, BackupPlace
    from gateway.deliver.backup_places import Carried
    from gateway.deliver.backup_record import Age
    from gateway.keep.backup import Made
    from gateway.keep.backup_manifest import Manifest
    from gateway.model import Now
    from gateway.works import Works

SOURCE = "backup"
"""Who speaks in `HouseSaid`."""

LOOK_SECONDS = 30.0
"""How often the clock is looked at."""

WORKSHOP = "backup.part-"
"""How the folder in the data folder begins in which a backup is made. It is there for no longer."""

log = log_of("backup")


class Backups:
    """The backups of one gateway."""

    def __init__(
        self,
        config: BackupConfig,
        *,
        compound: str,
        data: Path,
        config_file: Path,
        say: Callable[[HouseSaid], None],
        clock: Callable[[], Now],
        works: Works,
    ) -> None:
        self._config = config
        self._compound = compound
        self._data = data
        self._config_file = config_file
        self._say = say
        self._clock = clock
        self._works = works
        self._record = Record(data)

    @property
    def ages(self) -> tuple[Age, ...]:
        """How each place stands, for the page; reads a small file."""
        return self._record.ages(self._config, self._clock().utc)

    async def run(self) -> None:
        """Make what is due and say when it is overdue, until cancelled. No failure of a place leaves it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_for_ever(), name="backup: tell")
            while True:
                await self.attend()
                await asyncio.sleep(LOOK_SECONDS)

    def stopped(self, bug: Exception) -> None:
        """It stopped by a bug of its own, and is started again: a person is to know."""
        self._say(
            HouseSaid(BACKUP_OVERDUE, SOURCE, abnormal=True, why=f"The backup stopped and is started again: {bug!r}.")
        )

    async def attend(self) -> None:
        """Make a backup for the places where one is due now."""
        utc = self._clock().utc
        due = {age.place for age in self._record.ages(self._config, utc) if age.due_utc <= utc}
        if not due:
            return
        try:
            await self.make([place for place in self._config.to if place.target in due])
        except Exception as error:  # an edge is supervised: whatever it is, the gateway goes on and tries again
            log.exception("a backup failed in a way that nobody thought of")
            self._failed(sorted(due), f"It failed in a way that nobody thought of ({error!r}); the log says where.")
        self.tell()

    async def make(self, places: Sequence[BackupPlace]) -> Manifest | None:
        """Make one backup now and carry it to these places; `ages` tells how that went. None when none was made."""
        now = self._clock()
        self._record.tried([place.target for place in places], now.utc)
        with self._works.doing("backup", ", ".join(place.target for place in places), now.utc) as work:
            made = await self._made(places, now)
            work.state = "failed" if made is None else "done"
        return made

    async def _made(self, places: Sequence[BackupPlace], now: Now) -> Manifest | None:
        try:
            async with made_backup(self._data, self._source, self._config.key.read, now) as made:
                for sentence in made.manifest.left_out:
                    log.warning("not in the backup", what=sentence)
                await asyncio.gather(*(self._carry(made, place) for place in places))
                await self.carry_ledger()
                return made.manifest
        except BackupFailed as wrong:
            log.warning("no backup was made", why=str(wrong))
            self._failed([place.target for place in places], str(wrong))
            return None

    async def carry_ledger(self) -> None:
        """Put the ledger of erasures beside the backups as it is now: a restore asks the newest that it can find.

        A place that cannot take it gets it with its next backup.
        """
        async with ledger_copy(self._data, self._compound) as ledger:
            if ledger is not None:
                await asyncio.gather(*(self._carry_ledger(ledger, place) for place in self._config.to))

    async def _carry_ledger(self, ledger: Carried, place: BackupPlace) -> None:
        try:
            await place_of(place, self._data).put(ledger)
        except PlaceFailed as wrong:
            log.warning("the ledger of erasures is not at its place", place=place.target, why=str(wrong))

    def tell(self) -> None:
        """Say whether the backups are as they should be."""
        utc = self._clock().utc
        why = " ".join(filter(None, (age.overdue(utc) for age in self._record.ages(self._config, utc))))
        self._say(HouseSaid(BACKUP_OVERDUE, SOURCE, bool(why), why))

    def _failed(self, places: Sequence[str], why: str) -> None:
        utc = self._clock().utc
        for place in places:
            self._record.failed(place, utc, why)

    async def _tell_for_ever(self) -> None:
        """Beside `attend`: a place that hangs must not keep this from being said."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.tell()

    def _source(self) -> Source:
        return source_of(self._data, self._compound, self._config_file, history=self._config.history)

    async def _carry(self, made: Made, place: BackupPlace) -> None:
        there = place_of(place, self._data)
        try:
            await there.put(made)
        except PlaceFailed as wrong:
            log.warning("a backup is not at its place", place=place.target, why=str(wrong))
            self._failed([place.target], str(wrong))
            return
        before = self._record.places().get(place.target)
        names = (*(before.names if before else ()), made.path.name)
        names = await there.prune(names, self._compound, self._config.keep)
        self._record.good(place.target, made.manifest.utc, names)
        log.info("backup made", place=place.target, file=made.path.name, bytes=made.bytes)


def source_of(data: Path, compound: str, config_file: Path, *, history: bool) -> Source:
    """What a backup of this gateway holds. Blocks: it looks which files the configuration is made of, and what it names."""
    files = configuration_files(config_file)
    elsewhere = secrets_elsewhere(files, data)
    return Source(data, compound, history, files.files, files.main, files.folder, elsewhere)


@asynccontextmanager
async def made_backup(
    data: Path, source: Callable[[], Source], key: Callable[[], str], now: Now
) -> AsyncIterator[Made]:
    """A backup, made in a thread and read back whole, for as long as it takes to carry it off. Raises `BackupFailed`."""
    stop = threading.Event()

    def make(folder: Path) -> Made:
        try:
            opened = Key.parse(key())
            made = make_backup(source(), opened, folder, now, stop)
            verify_backup(made.path, opened)
        except (KeyWrong, SecretMissing) as wrong:
            raise BackupFailed(f"No backup without its key: {wrong}") from wrong
        except (NotWhole, OSError) as wrong:
            raise BackupFailed(
                f"The backup that was just written cannot be read: {wrong} Look after that disk."
            ) from wrong
        return made

    with _workshop(data) as folder:
        try:
            yield await in_thread(lambda: make(folder))
        finally:
            stop.set()


@dataclass(frozen=True, slots=True)
class LedgerCopy:
    """A copy of the ledger of erasures, under the name that it has beside backups."""

    path: Path
    bytes: int
    sha256: str


@asynccontextmanager
async def ledger_copy(data: Path, compound: str) -> AsyncIterator[LedgerCopy | None]:
    """A copy to be carried off, gone afterwards; None where nobody was ever erased, or it cannot be read."""
    try:
        content = await asyncio.to_thread((data / LEDGER).read_bytes)
    except OSError:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ledger_beside(compound)
        path.write_bytes(content)
        yield LedgerCopy(path, len(content), hashlib.sha256(content).hexdigest())


@contextmanager
def _workshop(data: Path) -> Iterator[Path]:
    """An empty folder that is gone afterwards, as is what a killed process left of its own. One backup at a time."""
    try:
        lock = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BackupFailed(
            f"The data folder {data} cannot be read: {error.strerror}. Name that of the gateway."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in data.glob(f"{WORKSHOP}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=WORKSHOP, dir=data))  # mode 0700
    except BlockingIOError:
        os.close(lock)
        raise BackupFailed("Another backup of this gateway is being made. Wait until it is done.") from None
    except OSError as error:
        os.close(lock)
        raise BackupFailed(f"No backup can be made in {data}: {error.strerror}. Mend that folder.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
