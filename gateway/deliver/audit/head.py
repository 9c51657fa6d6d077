"""The audit's head leaves the box once a day, as a message to people or channels; when none could leave for two days, an alarm.

What was told when, and whether it left, stands in the journal with every other notice: nothing else is remembered.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.actor import Actor, Role
from gateway.auditing import HEAD_SUBJECT, TellHead
from gateway.decide.rules import AUDIT_HEAD_OVERDUE
from gateway.keep.audit.checkpoints import put_head
from gateway.model import HouseSaid
from gateway.notice import Fate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from gateway.deliver.audit.config import HeadConfig
    from gateway.keep.audit.signing import Signer
    from gateway.keep.journal import Journal
    from gateway.keep.reading import Reader
    from gateway.model import Now, Road

SOURCE: Final = "audit"
"""Who speaks in `HouseSaid`."""

OVERDUE_SECONDS: Final = 48 * 3_600.0
LOOK_SECONDS: Final = 60.0
AGAIN_SECONDS: Final = 3_600.0
"""A head that nobody could be told of is tried again so much later."""

HOUSE: Final = Actor("gateway", "gateway", Role.AUDITOR, way="house")

_LEFT = (Fate.SENT.value, Fate.FOLDED.value, Fate.DELIVERED.value, Fate.ANSWERED.value)
_TOLD = "SELECT max(json_extract(body, '$.made_utc')) FROM notices WHERE subject = ?"
_LAST_LEFT = f"SELECT max(sent) FROM notices WHERE subject = ? AND fate IN ({', '.join('?' * len(_LEFT))})"  # noqa: S608


class Told(NamedTuple):
    """When a head was last told to anybody, and when one last left the box; 0 for never."""

    told_utc: float
    left_utc: float


class HeadTeller:
    """Tells the head each day at the hour that is configured."""

    def __init__(
        self,
        config: HeadConfig,
        to: tuple[str, ...],
        *,
        journal: Journal,
        records: Reader,
        signer: Signer,
        road: Road,
        say: Callable[[HouseSaid], None],
        zone: Callable[[], ZoneInfo],
        clock: Callable[[], Now],
    ) -> None:
        self._hour, self._minute = map(int, config.at.split(":"))
        self._to = to
        self._journal = journal
        self._records = records
        self._signer = signer
        self._road = road
        self._say = say
        self._zone = zone
        self._clock = clock
        self._begun_utc = clock().utc
        self._tried_utc = 0.0

    async def run(self) -> None:
        """Tell it when it is time, and say when it is overdue, until cancelled."""
        while True:
            await self.attend()
            await asyncio.sleep(LOOK_SECONDS)

    def stopped(self, bug: Exception) -> None:
        """It stopped by a bug of its own, and is started again: a person is to know."""
        self._say(
            HouseSaid(AUDIT_HEAD_OVERDUE, SOURCE, abnormal=True, why=f"It stopped and is started again: {bug!r}.")
        )

    async def attend(self) -> None:
        """Tell the head if it is time now; say how it stands."""
        now = self._clock()
        if not self._journal.recorded:
            return
        told = await self._records.ask(_told)
        due = self._last_hour(now.utc)
        if told.told_utc < due and now.utc - self._tried_utc >= AGAIN_SECONDS:
            self._tried_utc = now.utc
            seq, head = await self._journal.tend(partial(put_head, signer=self._signer, utc=now.utc))
            await self._road.act(TellHead(HOUSE, seq, head.hex(), self._to))
        since = told.left_utc or self._begun_utc
        late = now.utc - since > OVERDUE_SECONDS
        hours = (now.utc - since) / 3_600
        why = f"for {hours:.0f} hours no head of the audit left the box; look at the channels" if late else ""
        self._say(HouseSaid(AUDIT_HEAD_OVERDUE, SOURCE, late, why))

    def _last_hour(self, utc: float) -> float:
        """When it was last time."""
        local = datetime.fromtimestamp(utc, UTC).astimezone(self._zone())
        due = local.replace(hour=self._hour, minute=self._minute, second=0, microsecond=0)
        return (due if due <= local else due - timedelta(days=1)).timestamp()


def _told(connection: sqlite3.Connection) -> Told:
    (told,) = connection.execute(_TOLD, (HEAD_SUBJECT,)).fetchone()
    (left,) = connection.execute(_LAST_LEFT, (HEAD_SUBJECT, *_LEFT)).fetchone()
    return Told(told or 0.0, left or 0.0)
