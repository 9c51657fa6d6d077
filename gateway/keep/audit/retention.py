"""Retention: once a night what has been kept long enough goes, in small pieces, and never by a clock that may be wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from gateway.keep.audit.checkpoints import put_head
from gateway.keep.audit.pruning import begin_night, is_due, place_of, prune_slice, remove_digests
from gateway.keep.audit.terms import DAY, Term, over, why_not
from gateway.logs import log_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from gateway.keep.audit.signing import Signer
    from gateway.keep.audit.terms import Terms
    from gateway.keep.journal import Journal
    from gateway.keep.photos import Photos
    from gateway.keep.reading import Reader
    from gateway.model import Now
    from gateway.works import Work, Works

AT: Final = timedelta(hours=3, minutes=17)
"""Local time of the nightly look: people sleep, and the daily backup (03:30 in the example) comes after it."""

FIRST_SECONDS: Final = 600.0
"""After a start: a box that is off at night is pruned too."""

PAUSE_SECONDS: Final = 0.05
"""Between two slices: the writer belongs to the road."""

PHOTO_DAYS: Final = 7
"""A photo that no incident names after so long was taken for nothing, or its incident's time is over."""

log = log_of("retention")


@dataclass(frozen=True, slots=True)
class Pruned:
    """What one night did."""

    rows: int
    digests: int
    photos: int


class Retention:
    """The retention of one journal. `terms` says how long by the configuration that is in force."""

    def __init__(
        self,
        journal: Journal,
        records: Reader,
        photos: Photos,
        signer: Signer,
        *,
        terms: Callable[[], Terms],
        zone: Callable[[], ZoneInfo],
        works: Works,
        clock: Callable[[], Now],
    ) -> None:
        self._journal = journal
        self._records = records
        self._photos = photos
        self._signer = signer
        self._terms = terms
        self._zone = zone
        self._works = works
        self._clock = clock

    async def run(self) -> None:
        """Look soon after the start and then every night, until cancelled."""
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            await self.attend()
            await asyncio.sleep(until_night(self._clock().utc, self._zone()))

    def stopped(self, _bug: Exception) -> None:
        """It stopped by a bug of its own, and is started again: the log has it."""

    async def attend(self) -> Pruned:
        """Prune what is due now."""
        now = self._clock()
        if not self._journal.recorded:
            return Pruned(0, 0, 0)
        if why := await self._records.ask(lambda connection: why_not(connection, now)):
            log.warning("nothing is pruned", why=why)
            return Pruned(0, 0, 0)
        with self._works.doing("prune", "journal", now.utc) as work:
            rows, digests = await self._prune_rows(now, work)
        named = await self._records.ask(_named_photos)
        photos = await self._photos.drop_orphans(named, now.utc - PHOTO_DAYS * DAY)
        await self._journal.tend(partial(put_head, signer=self._signer, utc=now.utc))
        pruned = Pruned(rows, digests, photos)
        if rows or digests or photos:
            log.info("pruned", rows=rows, digests=digests, photos=photos)
        return pruned

    async def _prune_rows(self, now: Now, work: Work) -> tuple[int, int]:
        terms, zone, signer = self._terms(), self._zone(), self._signer
        ends: Mapping[Term, int] = await self._records.ask(lambda connection: over(connection, terms, now))
        if not await self._records.ask(lambda connection: is_due(connection, ends)):
            return 0, 0
        night = await self._journal.tend(lambda connection: begin_night(connection, signer, now, ends))
        for term in Term:
            await self._repeat(
                partial(prune_slice, signer=signer, night=night, place=place_of(night, term, ends), zone=zone)
            )
            work.done = night.counts.total()
        await self._repeat(partial(remove_digests, signer=signer, night=night))
        return night.counts.total(), night.digests

    async def _repeat(self, slice_: Callable[[sqlite3.Connection], bool]) -> None:
        """Do a slice again while there may be more, with pauses for the road."""
        more = True
        while more:
            more = await self._journal.tend(slice_)
            await asyncio.sleep(PAUSE_SECONDS)


def until_night(utc: float, zone: ZoneInfo) -> float:
    """How many seconds it is until the next `AT`, by the clock of the place."""
    local = datetime.fromtimestamp(utc, UTC).astimezone(zone)
    begin = local.replace(hour=0, minute=0, second=0, microsecond=0)
    due = begin + AT
    if due <= local:
        due = begin + timedelta(days=1) + AT
    return max(60.0, due.timestamp() - utc)


def _named_photos(connection: sqlite3.Connection) -> frozenset[str]:
    """The photos that some incident in the log names."""
    rows = connection.execute(
        "SELECT DISTINCT value FROM log, json_each(CASE WHEN json_valid(log.body) THEN log.body END, '$.incident.photos')"
        " WHERE kind = 'incident'"
    )
    return frozenset(str(name) for (name,) in rows)
