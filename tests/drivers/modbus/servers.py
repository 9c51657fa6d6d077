"""A Modbus TCP device that does as it is told, also badly. Plain asyncio; shares no code with the driver."""

from __future__ import annotations

import asyncio
import struct
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Reply = bytes
"""A whole reply with its MBAP header."""


def adu(transaction: int, unit: int, pdu: bytes, protocol: int = 0) -> Reply:
    return struct.pack(">HHHB", transaction, protocol, len(pdu) + 1, unit) + pdu


@dataclass(frozen=True)
class Request:
    transaction: int
    unit: int
    pdu: bytes

    @property
    def function(self) -> int:
        return self.pdu[0]

    @property
    def address(self) -> int:
        return int.from_bytes(self.pdu[1:3], "big")


@dataclass
class Box:
    """One unit: its registers and bits by function, what it answers to a request and how it takes a write."""

    registers: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    silent: bool = False
    exception: int | None = None
    exceptions_at: dict[tuple[int, int], int] = field(default_factory=dict)
    """(function, first address of the request) -> exception code."""
    on_write: Callable[[Box, Request], None] | None = None
    """Called after a write took effect in registers or coils."""

    def set(self, function: int, address: int, *values: int) -> None:
        for offset, value in enumerate(values):
            self.registers[function][address + offset] = value

    def answer(self, request: Request) -> bytes:
        """The PDU of a correct device: exception 02 for addresses that it does not have."""
        pdu = request.pdu
        function, address = request.function, request.address
        code = self.exceptions_at.get((function, address), self.exception)
        if code is not None:
            return bytes((function | 0x80, code))
        if function in (1, 2, 3, 4):
            (count,) = struct.unpack_from(">H", pdu, 3)
            have = self.registers[function]
            if any(at not in have for at in range(address, address + count)):
                return bytes((function | 0x80, 2))
            values = [have[at] for at in range(address, address + count)]
            if function in (1, 2):
                packed = bytearray((count + 7) // 8)
                for place, value in enumerate(values):
                    packed[place // 8] |= bool(value) << place % 8
                return bytes((function, len(packed))) + packed
            return bytes((function, 2 * count)) + struct.pack(f">{count}H", *values)
        return self._write(request)

    def _write(self, request: Request) -> bytes:
        pdu, function, address = request.pdu, request.function, request.address
        if function == 5:
            self.set(1, address, int(pdu[3:5] == b"\xff\x00"))
        elif function == 6:
            self.set(3, address, int.from_bytes(pdu[3:5], "big"))
        elif function == 15:
            count = int.from_bytes(pdu[3:5], "big")
            self.set(1, address, *(pdu[6 + place // 8] >> place % 8 & 1 for place in range(count)))
        elif function == 16:
            count = int.from_bytes(pdu[3:5], "big")
            self.set(3, address, *struct.unpack_from(f">{count}H", pdu, 6))
        else:
            return bytes((function | 0x80, 1))
        if self.on_write is not None:
            self.on_write(self, request)
        return pdu if function in (5, 6) else pdu[:5]


class Host:
    """A TCP host with boxes behind it by unit id. `misbehave`, when set, writes the replies to a request itself.

    `requests` are all that came in, `writes` those that change something, `connections` how many were ever opened.
    """

    def __init__(self, boxes: dict[int, Box] | None = None, port: int = 0) -> None:
        self.boxes = boxes if boxes is not None else {}
        self.port = port
        self.requests: list[Request] = []
        self.connections = 0
        self.misbehave: Callable[[Request, asyncio.StreamWriter], Awaitable[None]] | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def units_asked(self) -> list[int]:
        return [request.unit for request in self.requests]

    @property
    def writes(self) -> list[Request]:
        """All but the heartbeats of the host."""
        return [
            request
            for request in self.requests
            if request.function not in (1, 2, 3, 4) and request.address != HOST_HEARTBEAT
        ]

    def hang_up(self) -> None:
        """Break every connection, as a device does that loses its power for a moment."""
        for writer in list(self._open):
            writer.transport.abort()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def right_reply(self, request: Request) -> Reply:
        return adu(request.transaction, request.unit, self.boxes[request.unit].answer(request))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while True:
                head = await reader.readexactly(7)
                transaction, _, length, unit = struct.unpack(">HHHB", head)
                request = Request(transaction, unit, await reader.readexactly(length - 1))
                self.requests.append(request)
                if self.misbehave is not None:
                    await self.misbehave(request, writer)
                elif (box := self.boxes.get(unit)) is not None and not box.silent:
                    writer.write(self.right_reply(request))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.close()


# ---------------------------------------------------------------- the reference controller

MAILBOX = 0x0400
HOST_HEARTBEAT = 0x0500
COMMIT = 0xA55A
PULSE, FIRE_RELEASE = 1, 9


def crc16(words: list[int]) -> int:
    """CRC-16/MODBUS (Modbus over Serial Line V1.02, 6.2.2), bit by bit."""
    crc = 0xFFFF
    for byte in struct.pack(f">{len(words)}H", *words):
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


class Controller(Box):
    """An ACP-1 with two doors: identity, status block with its sum, and the mailbox. `obeys` can be taken from it."""

    def __init__(self, serial: int = 300301) -> None:
        super().__init__(on_write=Controller.take)
        self.serial = serial
        self.status = [1, 1, 1, 0, 1, 0, 1, 0, 0x8000, 0x8000, 0, 0, 24000, 13200, 215]
        self.obeys = True
        self.result = 0
        self.executed: list[int] = []
        self.be(serial)
        self.set(4, 0x0410, 0, 0, 0)
        self.show()

    def be(self, serial: int) -> None:
        self.serial = serial
        self.set(4, 0, 0x4143, 0x0100, 2, 2, 2, serial >> 16, serial & 0xFFFF, 0x0102, 7, 0, 10000, 256)

    def show(self) -> None:
        self.set(4, 0x0100, *self.status, crc16(self.status))

    def beat(self) -> None:
        self.status[0] = (self.status[0] + 1) & 0xFFFF
        self.show()

    def door(self, number: int, bit: int, *, on: bool) -> None:
        at = 7 + number
        self.status[at] = self.status[at] | 1 << bit if on else self.status[at] & ~(1 << bit)
        self.show()

    def released(self) -> bool:
        return all(self.status[at] >> 9 & 1 for at in (8, 9))

    def lose_release(self) -> None:
        for number in (1, 2):
            self.door(number, 9, on=False)
            self.door(number, 1, on=False)

    @staticmethod
    def take(box: Box, request: Request) -> None:
        assert isinstance(box, Controller)
        words = [box.registers[3].get(MAILBOX + at, 0) for at in range(16)]
        if request.address != MAILBOX or words[15] != COMMIT:
            return
        box.executed.append(words[1])
        if not box.obeys:
            return
        if words[1] == FIRE_RELEASE:
            for number in (1, 2):
                if words[2] >> (number - 1) & 1:
                    box.door(number, 9, on=True)
                    box.door(number, 1, on=True)
            return
        box.set(4, 0x0410, words[0], box.result, 0)
        if words[1] == PULSE and box.result == 0:
            for number in (1, 2):
                if words[2] >> (number - 1) & 1:
                    box.door(number, 1, on=True)
