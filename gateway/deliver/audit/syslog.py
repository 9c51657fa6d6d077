"""The audit by syslog: every row, in order, at least once over any outage; the road never waits for it.

How far the server is stands in the journal as a cursor. Syslog knows no receipt: rows count as arrived when the server's TCP
has confirmed them and the connection has lasted a while since; what was sent shortly before it broke goes again. Each message
bears its row's number, by which a receiver drops what it has.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from gateway.decide.rules import OUTLET_FAILING
from gateway.deliver.audit.config import SYSLOG
from gateway.deliver.audit.message import message
from gateway.deliver.audit.wire import WireLost, reach
from gateway.deliver.outlet import BackOff, Standing, State
from gateway.keep.audit.reading import Wanted, following
from gateway.logs import log_of
from gateway.model import HouseSaid

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from gateway.deliver.audit.config import SyslogConfig
    from gateway.deliver.audit.wire import Wire
    from gateway.keep.audit.reading import AuditRow
    from gateway.keep.journal import Journal
    from gateway.keep.reading import Reader
    from gateway.model import Now

CURSOR = "syslog:"
"""Before the server's address: no device's name has a colon."""

ROWS = 100
"""Read and sent at a time."""

GATHER_SECONDS = 0.2
"""How long rows gather before they are read: a busy road is not asked for each."""

SETTLE_SECONDS = 5.0
"""How long a connection must have lasted after something was sent: then the server itself has read it.

So long also after it was opened, before the server is said to be reached: one that wants another certificate of ours, or TLS
where we speak none, takes what it is sent and hangs up.
"""

FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0

log = log_of("syslog")


class SyslogOutlet:
    """Carries the audit to one server. A server that is new begins with what happens from then on."""

    def __init__(
        self,
        config: SyslogConfig,
        records: Reader,
        journal: Journal,
        say: Callable[[HouseSaid], None],
        clock: Callable[[], Now],
        *,
        compound: str,
        simulated: bool,
    ) -> None:
        self.standing = Standing(SYSLOG, SYSLOG, config.target)
        self._config = config
        self._records = records
        self._journal = journal
        self._say = say
        self._clock = clock
        self._compound = compound
        self._simulated = simulated
        self._cursor = CURSOR + config.target
        self._news = asyncio.Event()
        self._sent: deque[tuple[float, int, int]] = deque()
        """What the server's TCP has, not settled yet: when, up to which row, and how many of them are the audit's."""

    def records_came(self) -> None:
        """The journal has new rows. Never waits."""
        self._news.set()

    async def run(self) -> None:
        """Carry out what there is and what comes, until cancelled."""
        if self._simulated and not self._config.loopback and not self._config.allow_simulated:
            self._stands(State.REFUSED, "the compound is simulated and this is not on loopback: set allow_simulated")
            await asyncio.Event().wait()
        if self._journal.cursor(self._cursor) is None:
            self._journal.note(self._cursor, await self._records.last_seq())
        back_off = BackOff(FIRST_SECONDS, MOST_SECONDS)
        while True:
            try:
                wire = await reach(self._config)
                try:
                    await self._carry(wire, back_off)
                finally:
                    await wire.close()
            except WireLost as lost:
                self._stands(State.FAILING, str(lost))
            await asyncio.sleep(back_off.seconds())

    def stopped(self, bug: Exception) -> None:
        """It came to an end by a bug of ours, and is started again."""
        self._stands(State.FAILING, f"it stopped and is started again: {bug!r}")

    async def _carry(self, wire: Wire, back_off: BackOff) -> None:
        """Use a way until it is gone (`WireLost`)."""
        clock = asyncio.get_running_loop().time
        opened = clock()
        read = int(self._journal.cursor(self._cursor))
        self._sent.clear()
        while True:
            self._news.clear()
            rows, end = await self._records.ask(partial(_following, after=read))
            if rows:
                await wire.send([self._message(row) for row in rows])
                self.standing.requests += 1
            if end > read:
                self._sent.append((clock(), end, len(rows)))
            read = end
            before = clock() - SETTLE_SECONDS
            self._settle(before)
            if opened <= before:
                self._stands(State.UP)
                back_off.succeeded()
            if len(rows) < ROWS:
                await self._wait(wire)

    async def _wait(self, wire: Wire) -> None:
        """Until there are new rows, or something has settled. Raises `WireLost` when the other side leaves."""
        settling = self._sent or self.standing.state is not State.UP
        waits = [asyncio.ensure_future(event.wait()) for event in (self._news, wire.gone)]
        try:
            await asyncio.wait(waits, timeout=SETTLE_SECONDS if settling else None, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        if wire.gone.is_set():
            raise WireLost(wire.why)
        await asyncio.sleep(GATHER_SECONDS)

    def _settle(self, before: float) -> None:
        """Move the cursor to what was sent before a time of the loop's clock."""
        arrived = 0
        while self._sent and self._sent[0][0] <= before:
            _, arrived, rows = self._sent.popleft()
            self.standing.records += rows
        if arrived:
            self._journal.note(self._cursor, arrived)

    def _message(self, row: AuditRow) -> bytes:
        return message(row, self._config.facility, self._compound, simulated=self._simulated)

    def _stands(self, state: State, why: str = "") -> None:
        standing = self.standing
        if (standing.state, standing.why) == (state, why):
            return
        if standing.state is not state:
            standing.since_utc = self._clock().utc
            if state is State.UP:
                log.info("syslog server reached", server=standing.target)
            else:
                log.warning("syslog server lost", server=standing.target, why=why)
        standing.state, standing.why = state, why
        said = f"{standing.target}: {why}; it is tried again, and the audit waits on disk" if why else ""
        self._say(HouseSaid(OUTLET_FAILING, SYSLOG, state is not State.UP, said))


def _following(connection: sqlite3.Connection, after: int) -> tuple[list[AuditRow], int]:
    """Some rows after one, and up to which row that is all."""
    connection.execute("BEGIN")  # the end must be of the same moment
    try:
        (end,) = connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()
        rows, more = following(connection, Wanted(), after, ROWS)
    finally:
        connection.execute("COMMIT")
    return rows, more if more is not None else max(int(end), after)
