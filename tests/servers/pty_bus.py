"""Units on an RS-485 bus, at the end of a pty or behind a serial device server. Shares no code with the driver."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from pymodbus.framer.rtu import FramerRTU

from tests.drivers.modbus.servers import Box, Request
from tests.servers.pty import Pty

if TYPE_CHECKING:
    from collections.abc import Callable

    Say = Callable[[bytes], None]


def framed(unit: int, pdu: bytes) -> bytes:
    """Unit, PDU and CRC."""
    body = bytes((unit,)) + pdu
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


class RtuBus:
    """The units by id. `misbehave`, when set, says the replies to a request itself; `echo` repeats what it hears."""

    def __init__(self, boxes: dict[int, Box] | None = None) -> None:
        self.boxes = boxes if boxes is not None else {}
        self.requests: list[Request] = []
        self.misbehave: Callable[[Request, Say], None] | None = None
        self.echo = False
        self._heard = b""

    @property
    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.function not in (1, 2, 3, 4)]

    def right_reply(self, request: Request) -> bytes:
        return framed(request.unit, self.boxes[request.unit].answer(request))

    def hear(self, data: bytes, say: Say) -> None:
        if self.echo:
            say(data)
        self._heard += data
        while len(self._heard) >= (length := _request_bytes(self._heard)):
            whole, self._heard = self._heard[:length], self._heard[length:]
            assert framed(whole[0], whole[1:-2]) == whole, f"a request with a wrong CRC: {whole.hex(' ')}"
            request = Request(0, whole[0], whole[1:-2])
            self.requests.append(request)
            if self.misbehave is not None:
                self.misbehave(request, say)
            elif request.unit in self.boxes and not self.boxes[request.unit].silent:
                say(self.right_reply(request))


def _request_bytes(heard: bytes) -> int:
    """How long the request at the front is; more than there is while that cannot be told."""
    if len(heard) < 8:
        return 7 if heard[1:2] == b"\x2b" else 8
    match heard[1]:
        case 15 | 16:
            return 9 + heard[6]
        case 23:
            return 13 + heard[10] if len(heard) > 10 else 13
        case 43:
            return 7
        case _:
            return 8


class OnPty:
    """A bus on a serial port: `path` is what the driver opens."""

    def __init__(self, bus: RtuBus) -> None:
        self.bus = bus
        self.pty = Pty(lambda data: bus.hear(data, self.pty.say))
        self.path = self.pty.path

    async def __aenter__(self) -> Self:
        await self.pty.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.pty.unplug()


class OnTcp:
    """A bus behind a serial device server that passes bytes through."""

    def __init__(self, bus: RtuBus) -> None:
        self.bus = bus
        self.port = 0
        self.connections = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()

    def hang_up(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while data := await reader.read(512):
                self.bus.hear(data, writer.write)
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()
