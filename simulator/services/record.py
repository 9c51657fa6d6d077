"""What happened at the services, in order, and how a service behaves for the time being."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

KEPT = 5000


class Manner(Enum):
    """How a service answers every request."""

    WELL = "well"
    SILENT = "silent"
    """It takes the request and says nothing."""
    NONSENSE = "nonsense"
    """HTTP 200 and a page that has nothing to do with the question."""
    BROKEN = "broken"
    """HTTP 500."""
    SLOW = "slow"
    """It answers well, after `Record.slow_seconds`."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: `what` is message, reply, call, sms, refused, limited, connected, closed or answer.

    `to` are those who were named in it, as the service knows them; `code` is the error that was answered, "" for none.
    """

    number: int
    service: str
    what: str
    at: float
    text: str = ""
    to: tuple[str, ...] = ()
    code: str = ""
    reference: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Record:
    """All that happened, the newest `KEPT` of it. `clock` tells the time of day in seconds."""

    def __init__(self, clock: Callable[[], float], slow_seconds: float = 3.0) -> None:
        self.clock = clock
        self.slow_seconds = slow_seconds
        self._happened: deque[Happening] = deque(maxlen=KEPT)
        self._number = 0
        self._news = asyncio.Event()

    def __iter__(self) -> Iterator[Happening]:
        return iter(tuple(self._happened))

    def note(
        self,
        service: str,
        what: str,
        text: str = "",
        to: tuple[str, ...] = (),
        code: str = "",
        reference: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> Happening:
        """Write down what happened."""
        self._number += 1
        happening = Happening(self._number, service, what, self.clock(), text, to, code, reference, facts or {})
        self._happened.append(happening)
        news, self._news = self._news, asyncio.Event()
        news.set()
        return happening

    def of(self, service: str, *what: str) -> list[Happening]:
        """What happened at one service, oldest first; all of it when nothing is named."""
        return [each for each in self._happened if each.service == service and (not what or each.what in what)]

    async def until(self, true: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until something holds, looked at whenever something happens. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while not true():
                await self._news.wait()


class Rate:
    """At most so many in a sliding minute; whoever exceeds it is refused for `blocked_seconds` more."""

    def __init__(self, clock: Callable[[], float], per_minute: int, blocked_seconds: float = 0.0) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._blocked_seconds = blocked_seconds
        self._taken: deque[float] = deque()
        self._blocked_until = float("-inf")

    def take(self) -> bool:
        """Whether one more is let through."""
        now = self._clock()
        while self._taken and self._taken[0] <= now - 60:
            self._taken.popleft()
        if now < self._blocked_until:
            return False
        if len(self._taken) >= self.per_minute:
            self._blocked_until = now + self._blocked_seconds
            return False
        self._taken.append(now)
        return True
