"""A client of the stream that is not a browser: reads events as the specification of server-sent events says."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.serve.compound import Town

LIMIT_SECONDS = 3.0


@dataclass(frozen=True)
class Event:
    """One event."""

    name: str
    data: Any
    id: str = ""


class Stream:
    """An open stream."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.seen: list[Event] = []

    async def next(self, name: str = "", fits: Callable[[Any], bool] = lambda _data: True) -> Event:
        """The next event (of a name, that fits); fails after three seconds."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                event = await self._event()
                self.seen.append(event)
                if (not name or event.name == name) and fits(event.data):
                    return event

    async def _event(self) -> Event:
        fields = {"event": "", "data": "", "id": ""}
        async for line in self._lines:
            if line:
                key, _, value = line.partition(": ")
                fields[key] = value
            elif fields["data"]:
                return Event(fields["event"], json.loads(fields["data"]), fields["id"])
        raise EOFError("the stream ended")


@asynccontextmanager
async def streaming(
    town: Town, *views: str, who: str = "administrator", last: str | None = None
) -> AsyncIterator[Stream]:
    """A stream of some views."""
    headers = {} if last is None else {"Last-Event-ID": last}
    params = {"view": views}
    async with (
        town.client(who) as client,
        client.stream("GET", "/api/v1/stream", params=params, headers=headers) as got,
    ):
        assert got.status_code == 200, await got.aread()
        yield Stream(got.aiter_lines())
