"""What the peers of all TCP toys have in common: doors, and a server that can be taken away and given back."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Self

from tests.drivers.toys.door import Door


class TcpPeer:
    """Listens on loopback and serves each connection with `talk`."""

    live_loss = True

    def __init__(self) -> None:
        self.doors: defaultdict[str, Door] = defaultdict(Door)
        self.port = 0
        self.connections = 0
        self.writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.give_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.take_away()

    async def give_back(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def take_away(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in list(self.writers):
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None
        while self.writers:
            await asyncio.sleep(0)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            await self.talk(reader, writer)
        finally:
            self.writers.discard(writer)
            writer.close()
