"""Our calls to one charger: one at a time, the urgent ones first, each with a limit."""

from __future__ import annotations

import asyncio
import heapq
from contextlib import suppress
from enum import IntEnum
from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from drivers.ocpp import frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from drivers.contract import Json
    from drivers.ocpp.tally import Tally

ANSWER_SECONDS: Final = 5.0
"""The longest wait for an answer."""
OVERTAKE_SECONDS: Final = 0.5
"""For so long a stop waits for the answer to a call that is out; then it is sent, and that answer may come later."""
WAITING_LIMIT: Final = 64
"""So many calls may wait for their turn; one more is refused."""


class Urgency(IntEnum):
    """Whose turn is first."""

    STOP = 0
    PROOF = 1
    """What shows whether a stop took effect."""
    COMMAND = 2
    OWN = 3
    """What we want to know or set ourselves."""


class CallFailed(Exception):
    """A call came to nothing, as a sentence."""


class NoAnswer(CallFailed):
    """It was sent, and nothing came back in time: it may have been done."""


class NotSent(CallFailed):
    """It never left: the connection ended, too much waited before it, or it was too late."""


class SaidNo(CallFailed):
    """The charger answered with an error. `code` is of OCPP-J 1.6, table 7."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"the charger answers {code}{': ' if why else ''}{why}")
        self.code = code


class _Call:
    __slots__ = ("answer", "name", "text")

    def __init__(self, name: str, text: str, answer: asyncio.Future[Mapping[str, Json]]) -> None:
        self.name = name
        self.text = text
        self.answer = answer


class Calling:
    """The calls of one connection. `send` writes one message."""

    def __init__(self, send: Callable[[str], Awaitable[None]], tally: Tally) -> None:
        self._send = send
        self._tally = tally
        self._waiting: list[tuple[Urgency, int, _Call]] = []
        self._out: dict[str, _Call] = {}
        """Sent, and not answered or given up."""
        self._order = count()
        self._prefix = token_hex(4)
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._closed = False

    async def call(self, action: str, fields: Mapping[str, Json], urgency: Urgency) -> Mapping[str, Json]:
        """Ask, and return the fields of the answer. Raises NoAnswer, NotSent or SaidNo."""
        if self._closed:
            raise NotSent("not sent: the charger is not connected")
        if len(self._waiting) >= WAITING_LIMIT and urgency is not Urgency.STOP:
            raise NotSent("not sent: too much waits for this charger")
        order = next(self._order)
        name = f"{self._prefix}-{order}"
        call = _Call(name, frame.call(name, action, fields), self._loop.create_future())
        heapq.heappush(self._waiting, (urgency, order, call))
        self._news.set()
        try:
            return await call.answer
        finally:
            self._out.pop(name, None)
            self._news.set()

    def answered(self, said: frame.Answered | frame.Refused) -> None:
        """Take an answer. One to no call of ours, or to one that was given up, is counted."""
        call = self._out.pop(said.id, None)
        if call is None or call.answer.done():
            self._tally.late += 1
            return
        if isinstance(said, frame.Answered):
            call.answer.set_result(said.fields)
        else:
            call.answer.set_exception(SaidNo(said.code, said.why))
        self._news.set()

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            self._news.clear()
            if not self._waiting or (self._out and self._waiting[0][0] > Urgency.PROOF):
                await (
                    self._news.wait()
                )  # what a stop overtook is still out: only what belongs to the stop goes beside it
                continue
            _, _, call = heapq.heappop(self._waiting)
            if call.answer.done():
                continue  # whoever asked has gone
            self._out[call.name] = call
            self._tally.calls += 1
            limit = self._loop.call_later(ANSWER_SECONDS, self._give_up, call)
            call.answer.add_done_callback(lambda _, limit=limit: limit.cancel())  # type: ignore[misc]  # a bound default
            await self._send(call.text)
            await self._turn(call)

    async def _turn(self, call: _Call) -> None:
        """Wait until the call is answered or given up, or a stop may wait no longer for it."""
        overtaken_at: float | None = None
        while not call.answer.done():
            self._news.clear()
            if overtaken_at is None and self._waiting and self._waiting[0][0] is Urgency.STOP:
                overtaken_at = self._loop.time() + OVERTAKE_SECONDS
            with suppress(TimeoutError):
                async with asyncio.timeout_at(overtaken_at):
                    await self._news.wait()
            if overtaken_at is not None and self._loop.time() >= overtaken_at:
                return

    def _give_up(self, call: _Call) -> None:
        if not call.answer.done():
            self._tally.unanswered += 1
            call.answer.set_exception(NoAnswer(f"no answer within {ANSWER_SECONDS:g} s"))

    def close(self) -> None:
        """The connection ended: what waits was never sent, what is out may have been done."""
        self._closed = True
        for _, _, call in self._waiting:
            if not call.answer.done():
                call.answer.set_exception(NotSent("not sent: the connection ended"))
        for call in self._out.values():
            if not call.answer.done():
                call.answer.set_exception(NoAnswer("the connection ended before the answer"))
        self._waiting.clear()
        self._out.clear()
