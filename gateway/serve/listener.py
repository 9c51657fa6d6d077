"""One open stream: a bounded queue between the hub, which never waits, and a phone that may."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.serve.views import Scope
    from gateway.serve.watching import DevicesWatch, OverviewWatch

QUEUE_MESSAGES = 256
QUEUE_BYTES = 512 * 1024
"""What a client may lag behind before it is told to start over: a minute of a busy building, or about 60 snapshots."""


class Listener:
    """What waits to be written to one client. `seq` is the last row of the log that it was told."""

    __slots__ = ("_bytes", "_queue", "_wake", "behind", "closed", "scope", "seq", "watches")

    def __init__(self, scope: Scope, seq: int) -> None:
        self.scope = scope
        self.seq = seq
        self.watches: list[OverviewWatch | DevicesWatch] = []
        self.behind = False
        """Something was dropped: the client must start over from snapshots."""
        self.closed = False
        self._queue: deque[tuple[int, bytes]] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()

    def put(self, message: bytes, seq: int = 0) -> bool:
        """Queue a message; `seq` is its row in the log, 0 for none. False when the client has just fallen behind."""
        if self.behind:
            return True
        self._queue.append((seq, message))
        self._bytes += len(message)
        self._wake.set()
        if len(self._queue) > QUEUE_MESSAGES or self._bytes > QUEUE_BYTES:
            self.start_over()
            return False
        return True

    def start_over(self) -> None:
        """Forget what waits; the client gets fresh snapshots instead."""
        self.behind = True
        self._queue.clear()
        self._bytes = 0
        self._wake.set()

    def close(self) -> None:
        """Let the stream end."""
        self.closed = True
        self._wake.set()

    async def ready(self) -> None:
        """Wait until there is something to write, or to end for."""
        await self._wake.wait()
        self._wake.clear()

    def taken(self) -> bytes:
        """Everything that waits, in order, but rows of the log that the client has already had."""
        chunks = []
        for seq, message in self._queue:
            if seq and seq <= self.seq:
                continue
            self.seq = max(self.seq, seq)
            chunks.append(message)
        self._queue.clear()
        self._bytes = 0
        return b"".join(chunks)
