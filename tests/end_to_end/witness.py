"""A page that is open all the time: it comes back after every end of its stream and asks for what it missed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bench.stream import StreamRefused, stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

TRY_AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Told:
    """One change of an alarm as the stream told it; `seq` is its row in the journal, None when it has none."""

    seq: int | None
    change: str
    alarm: dict[str, Any]


class Witness:
    """Follows the overview and remembers every alarm change that it was told, in order."""

    def __init__(self, port: int, token: str) -> None:
        self.told: list[Told] = []
        self.connections = 0
        self._port = port
        self._token = token
        self._last_id = "0"
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._follow(), name="witness")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, condition: Callable[[], bool], limit_seconds: float) -> None:
        """Wait for something that the stream brings about. Raises TimeoutError."""
        async with asyncio.timeout(limit_seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _follow(self) -> None:
        while True:
            try:
                async with stream("127.0.0.1", self._port, self._token, ["overview"], self._last_id) as events:
                    self.connections += 1
                    self._changed.set()
                    async for event in events:
                        if event.name == "alarm":
                            said = event.json()
                            self.told.append(Told(said["seq"], said["change"], said["alarm"]))
                            self._last_id = event.id or self._last_id
                            self._changed.set()
            except (OSError, StreamRefused, ValueError):
                await asyncio.sleep(TRY_AGAIN_SECONDS)
