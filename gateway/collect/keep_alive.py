"""One line kept alive: its driver runs, and runs again after it failed; people hear "lost" once and "back" once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from drivers.contract import CURSOR_LIMIT_BYTES, LineLost, Link, LinkChanged, Misconfigured, Post
from gateway.keep.writing import compact
from gateway.logs import log_of
from gateway.model import LineChanged

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping, Sequence

    from drivers.contract import Answer, Driver, Json, Kept, Question, Report
    from gateway.model import Now

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
PERSON_WAIT_SECONDS = 60.0
"""After `Misconfigured` only a person can help; a look once a minute sees that one did."""

log = log_of("collect")


class Road(Post, Protocol):
    """The road as a line sees it: all that a driver sees, and the line's own link."""

    def line_changed(self, changed: LineChanged, /) -> None:
        """Take the line's loss or return."""


class KeepAlive:
    """Runs one driver for ever. It is also the `Post` that the driver sees: the first word after a loss means "back"."""

    def __init__(self, line: str, driver: Driver, road: Road, clock: Callable[[], Now], chance: random.Random) -> None:
        self.line = line
        self.driver = driver
        self.attempts = 0
        self.waiting = False
        """Between two attempts: there is nothing that the driver's loop could be doing."""
        self._road = road
        self._clock = clock
        self._chance = chance
        self._link = Link.UNKNOWN

    async def run(self) -> None:
        """Until cancelled. A driver that breaks its contract (any other exception) loses its line, not the gateway."""
        wait = FIRST_WAIT_SECONDS
        while True:
            self.attempts += 1
            try:
                await self.driver.run(self)
                link, why = Link.LOST, "the driver stopped by itself"
            except LineLost as lost:
                link, why = Link.LOST, str(lost)
            except Misconfigured as wrong:
                link, why = Link.MISCONFIGURED, str(wrong)
            except Exception as bug:
                link, why = Link.LOST, f"fault in the driver: {bug!r}"
                log.exception("driver failed", line=self.line)
            was_up = self._link is Link.UP
            self._say(link, why)
            wait = FIRST_WAIT_SECONDS if was_up else min(2 * wait, LONGEST_WAIT_SECONDS)
            await self._pause(PERSON_WAIT_SECONDS if link is Link.MISCONFIGURED else wait)

    async def _pause(self, seconds: float) -> None:
        """Wait with 20 % of jitter, so that a hundred lines do not knock at the same moment."""
        self.waiting = True
        await asyncio.sleep(seconds * self._chance.uniform(0.8, 1.2))
        self.waiting = False

    def _say(self, link: Link, why: str) -> None:
        if link is self._link:
            return
        before, self._link = self._link, link
        if link is not Link.UP:
            log.warning("line lost", line=self.line, why=why)
        elif before is not Link.UNKNOWN:
            log.info("line back", line=self.line)
        self._road.line_changed(LineChanged(self.line, link, why, self._clock().boottime_ns))

    # ------------------------------------------------------------ the driver's post

    def report(self, x: Report) -> None:
        """See `Post.report`. That a device does not answer is no sign that its line is back."""
        if self._link is not Link.UP and not (isinstance(x, LinkChanged) and x.link is Link.LOST):
            self._say(Link.UP, "")
        self._road.report(x)

    async def keep(self, records: Sequence[Kept], cursors: Mapping[str, Json]) -> None:
        """See `Post.keep`."""
        if self._link is not Link.UP:
            self._say(Link.UP, "")
        for device, cursor in cursors.items():
            _small(device, cursor)
        await self._road.keep(records, cursors)

    def note(self, device: str, cursor: Json) -> None:
        """See `Post.note`."""
        _small(device, cursor)
        self._road.note(device, cursor)

    async def ask(self, question: Question) -> Answer:
        """See `Post.ask`."""
        if self._link is not Link.UP:
            self._say(Link.UP, "")
        return await self._road.ask(question)

    def cursor(self, device: str) -> Json:
        """See `Post.cursor`."""
        return self._road.cursor(device)


def _small(device: str, cursor: Json) -> None:
    size = len(compact(cursor).encode())
    if size > CURSOR_LIMIT_BYTES:
        raise ValueError(f"{device}: a cursor of {size} bytes, at most {CURSOR_LIMIT_BYTES}")
