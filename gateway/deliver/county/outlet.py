"""The outlet to the county's platform: every change of an incident, in order, at least once, whatever happens to either side.

What goes out stands in the journal, and how far the platform is stands there too, as a cursor: a killed process sends the last
second's messages again, under their old names.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from gateway.decide.incidents.book import INCIDENT
from gateway.decide.rules import OUTLET_FAILING
from gateway.deliver.county.config import COUNTY
from gateway.deliver.county.messages import message_of
from gateway.deliver.county.platform import NotTaken, Platform
from gateway.deliver.outlet import BackOff, Standing, State
from gateway.logs import log_of
from gateway.model import HouseSaid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.contract import Json
    from gateway.deliver.county.config import CountyConfig
    from gateway.deliver.county.messages import Words
    from gateway.model import LogRow, Now

CURSOR = "county:"
"""Before the platform's name for us: no device's name has a colon."""

ROWS = 50
"""Read at a time."""

FAILING_SECONDS = 0.5, 30.0
"""Between tries while time may cure it."""

REFUSED_SECONDS = 30.0, 300.0
"""Between tries while only a person can cure it."""

log = log_of("county")


class Rows(Protocol):
    """The journal's log, read beside its writer."""

    async def log(self, after: int, limit: int, kind: str = "") -> Sequence[LogRow]:
        """At most `limit` rows of a kind with a sequence above `after`, oldest first."""

    async def last_seq(self) -> int:
        """The newest row's sequence."""


class Bookmarks(Protocol):
    """Where small positions are kept, in the journal itself: on disk within a second."""

    def cursor(self, device: str) -> Json:
        """The position of that name, None for none."""

    def note(self, device: str, cursor: Json) -> None:
        """Remember it."""


class CountyOutlet:
    """Carries incidents to the platform. A platform that is new begins with what happens from then on."""

    def __init__(
        self,
        config: CountyConfig,
        rows: Rows,
        bookmarks: Bookmarks,
        words: Callable[[], Words],
        say: Callable[[HouseSaid], None],
        clock: Callable[[], Now],
        *,
        simulated: bool,
    ) -> None:
        self.standing = Standing(COUNTY, "county", config.target)
        self._config = config
        self._rows = rows
        self._bookmarks = bookmarks
        self._words = words
        self._say = say
        self._clock = clock
        self._simulated = simulated
        self._cursor = CURSOR + config.id
        self._news = asyncio.Event()
        self._back_off = {State.FAILING: BackOff(*FAILING_SECONDS), State.REFUSED: BackOff(*REFUSED_SECONDS)}

    def records_came(self) -> None:
        """The journal has new rows. Never waits."""
        self._news.set()

    async def run(self) -> None:
        """Carry out what there is and what comes, until cancelled."""
        if self._simulated and not self._config.loopback and not self._config.allow_simulated:
            why = "the compound is simulated and this is not on loopback: set allow_simulated to send"
            self._stands(State.REFUSED, why)
            await asyncio.Event().wait()
        if self._bookmarks.cursor(self._cursor) is None:
            self._bookmarks.note(self._cursor, await self._rows.last_seq())
        while True:
            try:
                async with Platform(self._config, lambda: self._clock().utc) as platform:
                    await self._serve(platform)
            except NotTaken as trouble:
                await self._suffer(trouble)

    def stopped(self, bug: Exception) -> None:
        """It came to an end by a bug of ours, and is started again."""
        self._stands(State.FAILING, f"it stopped and is started again: {bug!r}")

    async def _serve(self, platform: Platform) -> None:
        """Send until only a person can help: then the client is made anew, with the secret as it is then."""
        while True:
            self._news.clear()
            rows = await self._rows.log(self._bookmarks.cursor(self._cursor), ROWS, INCIDENT)
            for row in rows:
                await self._send(row, platform)
            if len(rows) < ROWS:
                await self._news.wait()

    async def _send(self, row: LogRow, platform: Platform) -> None:
        """Send a row until the platform has it: what comes after it waits."""
        try:
            message = message_of(row, self._words())
        except (KeyError, TypeError, ValueError) as wrong:
            log.error("a row cannot be told", seq=row.seq, why=repr(wrong))  # noqa: TRY400 - it must not hold up what follows
            message = None
        while message is not None:
            self.standing.requests += 1
            try:
                await platform.hand_over(message)
            except NotTaken as trouble:
                if not trouble.curable:
                    raise
                await self._suffer(trouble)
            else:
                self.standing.records += 1
                self._stands(State.UP)
                break
        self._bookmarks.note(self._cursor, row.seq)

    async def _suffer(self, trouble: NotTaken) -> None:
        state = State.FAILING if trouble.curable else State.REFUSED
        self._stands(state, str(trouble))
        await asyncio.sleep(max(self._back_off[state].seconds(), trouble.pause_seconds))

    def _stands(self, state: State, why: str = "") -> None:
        standing = self.standing
        if state is State.UP:
            for back_off in self._back_off.values():
                back_off.succeeded()
        if (standing.state, standing.why) == (state, why):
            return
        was, standing.state, standing.why = standing.state, state, why
        standing.since_utc = self._clock().utc
        if state is State.UP:
            log.info("incidents go out again" if was is not State.STARTING else "incidents go out", to=standing.target)
        elif was in (State.STARTING, State.UP):
            log.warning("incidents do not go out", to=standing.target, why=why)
        self._say(HouseSaid(OUTLET_FAILING, COUNTY, state is not State.UP, why))
