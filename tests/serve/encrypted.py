"""A town behind TLS, with the certificate of an authority of its own."""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.keep.own_ca import OwnCa
from gateway.serve.app import serve
from gateway.serve.listen import listen
from gateway.serve.tls import Tls
from tests.serve.compound import open_town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.serve.compound import Town


@dataclass(frozen=True, slots=True)
class Encrypted:
    """Where it is, and who believes it."""

    town: Town
    tls: Tls
    own_ca: OwnCa
    port: int

    def believer(self) -> ssl.SSLContext:
        """What a phone has that was told of the authority."""
        return ssl.create_default_context(cadata=self.own_ca.ca_der())

    async def connect(self, context: ssl.SSLContext | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection over TLS."""
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=context or self.believer())

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str = "/healthz") -> bytes:
        """The status line of an answer; the connection stays."""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(length)
        return head.split(b"\r\n")[0]


@asynccontextmanager
async def encrypted(folder: Path) -> AsyncIterator[Encrypted]:
    """Serve a town."""
    own_ca = OwnCa.of(folder)
    own_ca.make(["box.local"], ["127.0.0.1"], time.time())
    tls = Tls(own_ca.certificate, own_ca.key, own_ca)
    listening = listen("127.0.0.1:0", encrypted=True)
    async with open_town(folder) as town:
        serving = asyncio.create_task(serve(town.app, town.hub, listening, town.stop, tls))
        try:
            yield Encrypted(town, tls, own_ca, listening.getsockname()[1])
        finally:
            town.stop.set()
            await serving
