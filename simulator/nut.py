"""A server of Network UPS Tools on loopback: the text protocol of upsd (RFC 9271), as far as a listener uses it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from simulator.loopback import listening

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.bus import Clock

LONGEST_BYTES: Final = 512
"""Of a request; upsd cuts them at that too."""


class Supply(Protocol):
    """A power supply behind the server."""

    stale: bool
    """The server has no fresh word of it."""

    def variables(self, now: float) -> Mapping[str, str]:
        """What it tells, by NUT's names."""
        ...


class NutServer:
    """A listening port that tells of `supplies`, by the names that it calls them by. `hung`: nothing is answered any more."""

    def __init__(self, supplies: Mapping[str, Supply], clock: Clock) -> None:
        self.supplies = supplies
        self.clock = clock
        self.number = 0
        """The TCP port, once it is open."""
        self.hung = False
        self.made = 0
        """How many connections were made."""
        self.connections: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Listen on loopback, on a free port for 0. Raises `NotLoopback` or `PortTaken`."""
        self._server, self.number = await listening(self._protocol, host, port)

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is None:
            return
        self._server.close()
        for writer in tuple(self.connections):
            writer.transport.abort()
        await self._server.wait_closed()

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(limit=LONGEST_BYTES), self._serve)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        self.connections.add(writer)
        try:
            while request := await reader.readline():
                if not self.hung:
                    writer.write(self.answer(request.decode("utf-8", "replace").split()).encode())
                    await writer.drain()
        except (OSError, ValueError):  # gone, or longer than a request may be
            pass
        finally:
            self.connections.discard(writer)
            writer.close()

    def answer(self, words: list[str]) -> str:  # noqa: PLR0911 - one return for each request
        """What the server says to a request."""
        match words:
            case ["VER"]:
                return "Network UPS Tools upsd 2.8.1 (simulated)\n"
            case ["USERNAME" | "PASSWORD", _]:
                return "OK\n"
            case ["LIST", "UPS"]:
                listed = "".join(f'UPS {name} "simulated"\n' for name in self.supplies)
                return f"BEGIN LIST UPS\n{listed}END LIST UPS\n"
            case ["LIST", "VAR", name] if (supply := self.supplies.get(name)) is not None:
                if supply.stale:
                    return "ERR DATA-STALE\n"
                told = "".join(f'VAR {name} {key} "{value}"\n' for key, value in supply.variables(self.clock()).items())
                return f"BEGIN LIST VAR {name}\n{told}END LIST VAR {name}\n"
            case ["LIST", "VAR", _]:
                return "ERR UNKNOWN-UPS\n"
            case ["LOGOUT"]:
                return "OK Goodbye\n"
        return "ERR UNKNOWN-COMMAND\n"
