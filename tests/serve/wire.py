"""HTTP as bytes, for what no client of good will would send."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.serve.compound import Town

LIMIT_SECONDS = 3.0
HOST = "Host: localhost"
JSON = "Content-Type: application/json"
SIGN_IN = "POST /api/v1/session HTTP/1.1"


class Answer(NamedTuple):
    """One answer: its status, its headers as they were sent, its body."""

    status: int
    head: str
    body: str


class Wire:
    """A connection to a town; what is sent on it is bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, *lines: str, body: bytes = b"") -> None:
        """Send a head of these lines, and a body."""
        self.send_bytes("".join(f"{line}\r\n" for line in lines).encode("latin-1") + b"\r\n" + body)

    def send_bytes(self, sent: bytes) -> None:
        """Send just this."""
        self._writer.write(sent)

    async def answer(self) -> Answer:
        """The next answer that is no "100 Continue"; EOFError when the gateway closed instead."""
        async with asyncio.timeout(LIMIT_SECONDS):
            try:
                head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            except (asyncio.IncompleteReadError, ConnectionResetError) as error:
                raise EOFError from error
            status = int(head.split(maxsplit=2)[1])
            length = next((line[15:] for line in head.split("\r\n") if line.startswith("content-length:")), "0")
            return Answer(status, head, (await self._reader.readexactly(int(length))).decode())

    async def ended(self) -> bytes:
        """What still comes until the gateway ends the connection; TimeoutError when it does not."""
        async with asyncio.timeout(LIMIT_SECONDS):
            try:
                return await self._reader.read()
            except ConnectionError:  # cut off while we wrote
                return b""


@asynccontextmanager
async def wire(town: Town, *, receive_buffer: int = 0) -> AsyncIterator[Wire]:
    """A connection; with `receive_buffer`, one whose kernel takes no more than about so many bytes that nobody reads."""
    host, port = town.url.removeprefix("http://").split(":")
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=client, limit=1024 if receive_buffer else 2**20)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


def authorised(town: Town, who: str = "administrator") -> str:
    """The header of somebody's token."""
    return f"Authorization: Bearer {town.tokens[who]}"


async def still_served(town: Town) -> None:
    """Everybody else gets an answer."""
    async with town.client() as client:
        assert (await client.get("/api/v1/me")).status_code == 200
