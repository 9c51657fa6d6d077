"""One WebSocket connection of one charger: what it says is taken apart and handed on, and its silence is noticed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from drivers.ocpp import frame
from drivers.ocpp.calling import CallFailed, Calling, NoAnswer, Urgency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from websockets.asyncio.server import ServerConnection

    from drivers.contract import Json
    from drivers.ocpp.oddities import Rejects
    from drivers.ocpp.tally import Tally
    from drivers.ocpp.turnstile import Turnstile

BROKEN_LIMIT: Final = 20
"""So many frames in a row that are none, and the connection ends."""
MESSAGES_A_SECOND: Final = 200
"""What comes faster is read slower. A charger that waits for each answer cannot be so fast."""
MISSED_PINGS: Final = 2
SEND_SECONDS: Final = 5.0
"""A message that cannot be written for so long is written to nobody."""
FAREWELL_SECONDS: Final = 0.5
"""One that is cut off has so long to take the reason."""
QUIET_SECONDS: Final = 90.0
QUIET_BEATS: Final = 2.5
"""A charger whose socket answers pings, but that said nothing for so many heartbeats, is asked something."""


class Listener(Protocol):
    """Who takes what the charger asks."""

    @property
    def identity(self) -> str:
        """What the charger calls itself."""

    def asked(self, conversation: Conversation, call: frame.Call, /) -> bool:
        """Take a call, to answer it later. False when too many wait already."""


class Conversation:
    """Lives as long as its connection."""

    def __init__(
        self,
        connection: ServerConnection,
        listener: Listener,
        turnstile: Turnstile,
        tally: Tally,
        rejects: Rejects,
    ) -> None:
        self._connection = connection
        self._listener = listener
        self._identity = listener.identity
        self._turnstile = turnstile
        self._tally = tally
        self._rejects = rejects
        self._calling = Calling(self._send, tally)
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._said_at = self._heard_at
        self._broken = 0
        self._ended = False
        self.why = "hung up"
        """Why it ended, in words."""

    async def run(self, ping_seconds: float, quiet_seconds: float | None) -> None:
        """Until the connection ends. A charger that says nothing for `quiet_seconds` is asked something (None: never)."""
        tasks = [
            asyncio.create_task(self._calling.run(), name=f"{self._identity}: call"),
            asyncio.create_task(self._watch(ping_seconds, quiet_seconds), name=f"{self._identity}: watch"),
        ]
        try:
            await self._hear()
        finally:
            self._ended = True
            self._calling.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def open(self) -> bool:
        """Whether the charger can be told something."""
        return not self._ended

    async def call(self, action: str, fields: Mapping[str, Json], urgency: Urgency) -> Mapping[str, Json]:
        """See `Calling.call`."""
        return await self._calling.call(action, fields, urgency)

    async def answer(self, text: str) -> None:
        """Send the answer to a call; nothing happens where the connection has ended."""
        with suppress(ConnectionClosed):
            await self._send(text)

    async def answers_ping(self, seconds: float) -> bool:
        """Whether anything comes back within that time."""
        heard_at = self._heard_at
        try:
            async with asyncio.timeout(seconds):
                await (await self._connection.ping())
        except TimeoutError:
            return self._heard_at != heard_at
        except ConnectionClosed:
            return False
        self._heard_at = self._loop.time()
        return True

    def drop(self, why: str) -> None:
        """End it without ceremony: the other side is not there, or not to be believed."""
        self.why = why
        self._ended = True
        self._connection.transport.abort()

    # ------------------------------------------------------------ what comes in

    async def _hear(self) -> None:
        second_ends, heard = 0.0, 0
        try:
            async for message in self._connection:
                self._heard_at = now = self._loop.time()
                self._tally.messages += 1
                await self._turnstile.pass_through()
                if not await self._take(message):
                    return
                heard += 1
                if now >= second_ends:
                    second_ends, heard = now + 1.0, 0
                elif heard >= MESSAGES_A_SECOND:
                    await asyncio.sleep(second_ends - now)
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code == CloseCode.MESSAGE_TOO_BIG:
                self._tally.too_large += 1
                self.why = f"sent a message of more than {frame.LIMIT_BYTES // 1024} kB"
                self._rejects.add(self._identity, "too large", "")

    async def _take(self, message: str | bytes) -> bool:
        said = frame.read(message)
        if isinstance(said, frame.Broken):
            return await self._not_taken(said, message)
        self._broken = 0
        self._said_at = self._heard_at
        if not isinstance(said, frame.Call):
            self._calling.answered(said)
        elif not self._listener.asked(self, said):
            self._tally.floods += 1
            self._rejects.add(self._identity, "too many calls at once", message)
            await self._end("sends calls without waiting for answers")
            return False
        return True

    async def _not_taken(self, said: frame.Broken, message: str | bytes) -> bool:
        self._tally.broken += 1
        self._broken += 1
        self._rejects.add(self._identity, said.why, message)
        if self._broken >= BROKEN_LIMIT:
            await self._end("sends nothing but broken messages")
            return False
        if said.answer:
            self._tally.errors += 1
            await self.answer(said.answer)
        return True

    async def _end(self, why: str) -> None:
        self.why = why
        self._ended = True
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._connection.close(CloseCode.POLICY_VIOLATION, why)
        self._connection.transport.abort()

    # ------------------------------------------------------------ what goes out

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._connection.send(text)
        except TimeoutError:
            self.drop("takes nothing any more")

    async def _watch(self, ping_seconds: float, quiet_seconds: float | None) -> None:
        missed = 0
        while missed < MISSED_PINGS:
            heard_at = self._heard_at
            await asyncio.sleep(ping_seconds)
            if self._heard_at == heard_at and not await self.answers_ping(ping_seconds):
                missed += 1
                continue
            missed = 0
            if quiet_seconds is not None and self._loop.time() - self._said_at > quiet_seconds:
                await self._ask_for_a_word()
        self._tally.silent += 1
        self.drop("does not answer any more")

    async def _ask_for_a_word(self) -> None:
        try:
            await self.call("TriggerMessage", {"requestedMessage": "Heartbeat"}, Urgency.OWN)
        except NoAnswer:
            self._tally.silent += 1
            self.drop("its socket lives, but it says nothing")
        except CallFailed:
            pass  # a no is a word, too
