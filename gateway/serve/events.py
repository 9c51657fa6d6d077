"""`/api/v1/stream`: one response that never ends by itself.

Snapshots first, then what the log has after `Last-Event-ID`, then what the hub says. A client that fell behind is told to
start over and gets fresh snapshots on the same stream.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.decide.alarm_json import alarm_from_json
from gateway.model import Change
from gateway.serve.standing import Stood
from gateway.serve.views import sees_alarm

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from gateway.serve.house import Records
    from gateway.serve.listener import Listener
    from gateway.serve.stream import Hub

RETRY = b"retry: 1000\n\n"
"""Browsers come back a second after a lost stream."""

RESYNC = b"event: resync\ndata: {}\n\n"

REPLAY_LIMIT = 999
"""How many alarm changes are said again: one read of the log, less the row that tells that there are more. Who missed more
gets none of them: the snapshot says what is open now."""

CHECK_SECONDS = 2.0
"""How often it is asked whether the actor may still look. It is asked when there is something to say, at the
latest with the tick of every 5 s: a closed user's stream ends by then. Mostly it costs a look into a dictionary."""

HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back
}


class EventStream(Response):
    """An answer that is written as things happen. `still_welcome` says whether the actor may go on looking."""

    media_type = "text/event-stream"
    status_code = 200
    background = None

    def __init__(
        self, hub: Hub, records: Records, listener: Listener, still_welcome: Callable[[], Awaitable[bool]]
    ) -> None:
        self.init_headers(HEADERS)  # and nothing else of a Response: it has no body of a known length
        self._hub = hub
        self._records = records
        self._listener = listener
        self._still_welcome = still_welcome

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write until the client leaves, is no longer welcome, or the hub closes."""
        listener = self._listener
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if not scope.get("head"):
                async with asyncio.TaskGroup() as tasks:
                    leaving = tasks.create_task(self._until_left(receive), name="stream reader")
                    await self._write(send)
                    leaving.cancel()
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._hub.leave(listener)

    async def _until_left(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._listener.close()

    async def _write(self, send: Send) -> None:
        listener = self._listener
        loop = asyncio.get_running_loop()
        check_at = loop.time() + CHECK_SECONDS
        await _chunk(send, RETRY + self._hub.snapshots(listener) + await self._missed())
        while True:
            await listener.ready()
            if loop.time() >= check_at:
                check_at = loop.time() + CHECK_SECONDS
                if not await self._still_welcome():
                    return
            if listener.closed:
                return
            if listener.behind:
                listener.behind = False
                await _chunk(send, RESYNC + self._hub.snapshots(listener) + await self._missed())
            elif chunk := listener.taken():
                await _chunk(send, chunk)

    async def _missed(self) -> bytes:
        """The alarm changes after the last one that the client was told; the queue's copies of them are then skipped."""
        listener = self._listener
        if listener.seq >= self._hub.seq:
            return b""
        rows = await self._records.log(listener.seq, REPLAY_LIMIT + 1, "alarm")
        if len(rows) > REPLAY_LIMIT:
            listener.seq = self._hub.seq
            return b""
        chunks = []
        for row in rows:
            alarm = alarm_from_json(row.body["alarm"])
            if sees_alarm(listener.scope, Stood(alarm, recorded=True)):
                chunks.append(self._hub.alarm_event(alarm, Change(row.body["change"]), row.seq))
            listener.seq = row.seq
        return b"".join(chunks)


async def _chunk(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
