"""The audit on its way off the box, and out of the journal when its time is over: what keeps it is in `gateway/keep/audit`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.deliver.audit.head import HeadTeller
from gateway.deliver.audit.syslog import SyslogOutlet
from gateway.deliver.outlets import keep_running
from gateway.keep.audit.retention import Retention

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Iterator

    from gateway.config.plan import Plan
    from gateway.keep.audit.signing import Signer
    from gateway.keep.journal import Journal
    from gateway.keep.photos import Photos
    from gateway.keep.reading import Reader
    from gateway.model import HouseSaid, Now, Road
    from gateway.works import Works


class AuditTrail:
    """Syslog, the daily head and the nightly pruning. `plan` is the configuration that is in force.

    Where it leads is that of the start; how long things are kept may change while it runs.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        journal: Journal,
        records: Reader,
        photos: Photos,
        signer: Signer,
        *,
        road: Callable[[], Road],
        say: Callable[[HouseSaid], None],
        works: Works,
        clock: Callable[[], Now],
    ) -> None:
        self._plan = plan
        self._journal = journal
        self._records = records
        self._signer = signer
        self._road = road
        self._say = say
        self._clock = clock
        self._syslog = self._made_syslog()
        self._retention = Retention(
            journal,
            records,
            photos,
            signer,
            terms=lambda: plan().retention.terms,
            zone=self._zone,
            works=works,
            clock=clock,
        )

    def begin(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start all that there is of it; the tasks that are to be cancelled at the end."""
        return [tasks.create_task(keep_running(run, name, stopped), name=name) for name, run, stopped in self._edges()]

    def records_came(self) -> None:
        """The journal has new rows. Never waits."""
        if self._syslog is not None:
            self._syslog.records_came()

    def _edges(self) -> Iterator[tuple[str, Callable[[], Awaitable[None]], Callable[[Exception], None]]]:
        yield "retention", self._retention.run, self._retention.stopped
        if self._syslog is not None:
            yield "syslog", self._syslog.run, self._syslog.stopped
        if (head := self._head()) is not None:
            yield "audit head", head.run, head.stopped

    def _head(self) -> HeadTeller | None:
        config = self._plan().audit.head
        if config is None:
            return None
        channels = {channel.id for channel in self._plan().channels}
        return HeadTeller(
            config,
            tuple(f"{'channel' if each in channels else 'person'}:{each}" for each in config.to),
            journal=self._journal,
            records=self._records,
            signer=self._signer,
            road=self._road(),
            say=self._say,
            zone=self._zone,
            clock=self._clock,
        )

    def _made_syslog(self) -> SyslogOutlet | None:
        config, compound = self._plan().audit.syslog, self._plan().compound
        if config is None:
            return None
        return SyslogOutlet(
            config,
            self._records,
            self._journal,
            self._say,
            self._clock,
            compound=compound.id,
            simulated=compound.simulated,
        )

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._plan().compound.timezone)
