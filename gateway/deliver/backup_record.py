"""How the backups of each place stand, in a small file of the data folder, and when the next one is due there."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.deliver.backup_config import BackupConfig

RECORD_NAME = "backups.json"

RETRY_SECONDS = 900.0
"""After a failure. A backup reads all that there is, so it is not tried more often."""

FAILURES_TOLD = 2
"""After so many failures in a row a person is told, and not before: a share may be away for a minute."""

OVERDUE_INTERVALS = 2
"""When the last good one is older than so many intervals, a person is told whatever the reason."""

AHEAD_SECONDS = 60.0
"""A time that lies further ahead was told by a clock that was wrong, and is not believed."""

_DAY_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class Age:
    """How the backups at one place stand. Times are UTC in seconds."""

    place: str
    last_utc: float | None
    """When the newest one was made that was read back and found whole; None when there is none."""
    ok: bool
    """Whether the last try was good; True before the first one."""
    why: str
    """Why it was not, as a sentence."""
    due_utc: float
    failures: int = 0
    """In a row."""
    overdue_utc: float = 0.0
    """From when on a person is to be told."""

    def overdue(self, utc: float) -> str:
        """What a person is to be told now, "" while all is well."""
        if utc <= self.overdue_utc and self.failures < FAILURES_TOLD:
            return ""
        last = _said(self.last_utc) if self.last_utc else "never made"
        return f"The backup at {self.place} is overdue (last good one: {last}). {self.why or 'It was not finished.'}"


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """What is remembered of a place. `names` are the backups that were put there, oldest first."""

    first_utc: float
    tried_utc: float = 0.0
    good_utc: float = 0.0
    failures: int = 0
    why: str = ""
    names: tuple[str, ...] = ()


class Record:
    """The file. Written whole and renamed into place, so it is never half there; in memory while the disk takes nothing."""

    def __init__(self, data: Path) -> None:
        self._path = data / RECORD_NAME
        self._unwritten: dict[str, PlaceRecord] | None = None

    def places(self) -> dict[str, PlaceRecord]:
        """What is remembered; nothing where the file is missing or not understood: then backups begin anew."""
        if self._unwritten is not None:
            return dict(self._unwritten)
        try:
            told = json.loads(self._path.read_bytes())
            return {place: PlaceRecord(**{**one, "names": tuple(one["names"])}) for place, one in told.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}

    def tried(self, places: list[str], utc: float) -> None:
        """A backup for these places is begun."""
        known = self.places()
        for place in places:
            before = known.get(place, PlaceRecord(first_utc=utc))
            known[place] = replace(before, tried_utc=utc)
        self._write(known)

    def failed(self, place: str, utc: float, why: str) -> None:
        """The backup did not reach the place, or was not whole there."""
        known = self.places()
        before = known.get(place, PlaceRecord(first_utc=utc))
        known[place] = replace(before, failures=before.failures + 1, why=why)
        self._write(known)

    def good(self, place: str, utc: float, names: tuple[str, ...]) -> None:
        """A backup made at `utc` was read back from the place; `names` are those that are there now."""
        known = self.places()
        before = known.get(place, PlaceRecord(first_utc=utc))
        known[place] = replace(before, good_utc=utc, failures=0, why="", names=names)
        self._write(known)

    def ages(self, config: BackupConfig, utc: float) -> tuple[Age, ...]:
        """How each configured place stands."""
        known = self.places()
        return tuple(_age(place.target, known.get(place.target), config, utc) for place in config.to)

    def _write(self, known: dict[str, PlaceRecord]) -> None:
        fresh = self._path.with_name(f"{RECORD_NAME}.new")
        try:
            with fresh.open("w", encoding="utf-8") as file:
                json.dump({place: asdict(one) for place, one in known.items()}, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            fresh.chmod(0o600)
            if os.geteuid() == 0:  # `gridpost backup` by root: the gateway must be able to read it
                owner = self._path.parent.stat()
                os.chown(fresh, owner.st_uid, owner.st_gid)
            fresh.rename(self._path)
            self._unwritten = None
        except OSError:
            self._unwritten = known


def _age(place: str, known: PlaceRecord | None, config: BackupConfig, utc: float) -> Age:
    every = _DAY_HOURS if config.at else config.every_hours
    patience = OVERDUE_INTERVALS * every * 3600.0
    if known is None:
        return Age(place, None, ok=True, why="", due_utc=utc, overdue_utc=utc + patience)
    good, tried = (at if at <= utc + AHEAD_SECONDS else 0.0 for at in (known.good_utc, known.tried_utc))
    if not tried:
        due = utc
    elif known.failures or tried > good:
        due = tried + RETRY_SECONDS
    else:
        due = _next_at(config.at, good) if config.at else good + every * 3600.0
    overdue = (good or min(known.first_utc, utc)) + patience
    return Age(place, known.good_utc or None, not known.failures, known.why, due, known.failures, overdue)


def _next_at(at: str, utc: float) -> float:
    """The first moment after `utc` at which the clock on the wall shows `at` (HH:MM in the time zone of the process)."""
    hour, minute = map(int, at.split(":"))
    year, month, day, *_ = time.localtime(utc)
    moments = (time.mktime((year, month, day + ahead, hour, minute, 0, 0, 0, -1)) for ahead in (0, 1))
    return next(moment for moment in moments if moment > utc)


def _said(utc: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(utc))
