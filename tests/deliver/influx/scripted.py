"""A server that answers what a test tells it to, byte for byte: for answers that no real one gives."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable
    from types import TracebackType


@dataclass(frozen=True, slots=True)
class Request:
    """What came in."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def lines(self) -> list[bytes]:
        """The lines of its body."""
        return self.body.splitlines()


@dataclass(frozen=True, slots=True)
class Drip:
    """An answer that comes byte by byte."""

    answer: bytes
    seconds: float


Reply: TypeAlias = "bytes | Drip | Callable[[Request], bytes]"


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    """A well-formed answer; `headers` with _ for -."""
    told = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


RESET = b"reset"
"""The connection is reset instead of an answer."""

STORED = b"HTTP/1.1 204 No Content\r\n\r\n"


class Scripted:
    """Answers with `replies` in their order, then with `otherwise`. A connection is closed after a malformed answer."""

    def __init__(self, *replies: Reply, otherwise: Reply = STORED) -> None:
        self.requests: list[Request] = []
        self.replies = deque(replies)
        self.otherwise: Reply = otherwise
        self.port = 0
        self._writers: set[StreamWriter] = set()
        self._tasks: set[asyncio.Task[None] | None] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lines(self) -> list[bytes]:
        """All lines that came in."""
        return [line for request in self.requests for line in request.lines]

    async def until(self, requests: int) -> None:
        """Wait until so many requests came in."""
        async with asyncio.timeout(10):
            while len(self.requests) < requests:
                await asyncio.sleep(0.005)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*filter(None, self._tasks))
        await self._server.wait_closed()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        self._tasks.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                request = Request(head[0].split()[1], headers, body)
                self.requests.append(request)
                told = self.replies.popleft() if self.replies else self.otherwise
                await self._say(writer, told(request) if callable(told) else told)
        self._writers.discard(writer)
        writer.transport.abort()

    async def _say(self, writer: StreamWriter, told: bytes | Drip) -> None:
        if told is RESET:
            raise ConnectionResetError
        if isinstance(told, bytes):
            writer.write(told)
        else:
            for byte in told.answer:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(told.seconds)
        await writer.drain()
