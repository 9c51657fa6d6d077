"""A client of `/api/v1/stream` with nothing between the socket and the clock: Server-Sent Events over HTTP/1.1."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

LARGEST_LINE = 64 * 1024 * 1024
"""A snapshot of a whole compound is one line."""


class StreamRefused(Exception):
    """The gateway answered something else than 200; the sentence holds its status line and body."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, its id ("" without one), its data as sent, and CLOCK_BOOTTIME in ns when it came in."""

    name: str
    id: str
    data: str
    received_ns: int

    def json(self) -> Any:
        """The data, read."""
        return json.loads(self.data)


@asynccontextmanager
async def stream(
    host: str, port: int, token: str, views: Sequence[str], last_event_id: str = ""
) -> AsyncIterator[AsyncIterator[Event]]:
    """Open the stream of these views; the events end when the gateway closes. Raises OSError and `StreamRefused`."""
    query = "&".join(f"view={view}" for view in views)
    headers = {"Host": f"{host}:{port}", "Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    if last_event_id:
        headers["Last-Event-ID"] = last_event_id
    reader, writer = await asyncio.open_connection(host, port, limit=LARGEST_LINE)
    try:
        writer.write(f"GET /api/v1/stream?{query} HTTP/1.1\r\n{_lines(headers)}\r\n".encode())
        status = (await reader.readline()).decode().rstrip()
        while await reader.readline() not in (b"\r\n", b""):
            pass
        if status.split()[1:2] != ["200"]:
            raise StreamRefused(f"{status}: {(await reader.read(2000)).decode(errors='replace')}")
        yield _events(reader)
    finally:
        writer.close()


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[Event]:
    """Read chunks (RFC 9112, 7.1) and cut them into events (HTML standard, 9.2)."""
    unfinished = b""
    while size := int((await reader.readline()).partition(b";")[0] or b"0", 16):
        try:
            chunk = await reader.readexactly(size + 2)
        except asyncio.IncompleteReadError:
            return
        received_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        *whole, unfinished = (unfinished + chunk[:-2]).replace(b"\r\n", b"\n").split(b"\n\n")
        for block in whole:
            event = parse(block.decode(), received_ns)
            if event is not None:
                yield event


def parse(block: str, received_ns: int) -> Event | None:
    """One event from its lines; None for a block without data, such as a comment that keeps the line warm."""
    name, event_id, data = "message", "", list[str]()
    for line in block.split("\n"):
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "event":
            name = value
        elif key == "id":
            event_id = value
        elif key == "data":
            data.append(value)
    return Event(name, event_id, "\n".join(data), received_ns) if data else None
