"""The panels and the bots of the benchmark's compound, in the process that measures: one clock for all that happens.

A panel answers reads of discrete inputs over Modbus TCP on loopback. The bots' server speaks as a WeCom webhook does, the limit
of 20 messages a minute for each bot included, and notes when the first byte of each message came in.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import struct
import time
from collections import Counter, defaultdict, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

from bench import alarms_compound
from bench.alarms_compound import DISCRETE_INPUTS, INPUT_REGISTERS, MEASURED, panel
from bench.controller import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION
from bench.devices import Asked, Host, boottime_ns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

BUSY_SECONDS = 0.002
"""How long a panel takes for an answer."""

PER_MINUTE = 20
"""Messages of one bot (developer.work.weixin.qq.com 99110)."""

TOO_FAST = 45009

_MINUTE = 60.0
_LINK = re.compile(r"/a/([\w-]+)")
_LINK_HEAD = struct.Struct(">BQ")
_HEAD_ENDS = b"\r\n\r\n"


def alarm_in(text: str) -> int | None:
    """The number of the alarm that a message is about, by the link in it (`gateway/deliver/links.py`); None without one."""
    link = _LINK.search(text)
    if link is None:
        return None
    token = base64.urlsafe_b64decode(link[1] + "=" * (-len(link[1]) % 4))
    number: int = _LINK_HEAD.unpack_from(token)[1]
    return number


@dataclass(slots=True)
class Moved:
    """When an input changed, and when the first answer that carried it was written; CLOCK_BOOTTIME in nanoseconds."""

    changed_ns: int
    answered_ns: int = 0


class Panel:
    """So many discrete inputs behind one unit id, and a few registers that count the reads."""

    def __init__(self, number: int, inputs: int) -> None:
        self.dead = False
        self.number = number
        self.inputs = inputs
        self.moved: dict[int, Moved] = {}
        self._word = 0
        self._reads = 0
        self._uncarried: list[Moved] = []

    def alarm(self, *places: int) -> None:
        """These inputs are active from now on."""
        for place in places:
            self._word |= 1 << place
            self.moved[place] = moved = Moved(boottime_ns())
            self._uncarried.append(moved)

    def answer(self, function: int, address: int, count: int, now_ns: int) -> bytes:
        """The answer PDU of a read, an exception response for anything outside the map."""
        if function == INPUT_REGISTERS and address + count <= MEASURED:
            self._reads += 1
            return bytes((function, 2 * count)) + (self._reads & 0xFFFF).to_bytes(2) * count
        if function != DISCRETE_INPUTS:
            return bytes((function | 0x80, ILLEGAL_FUNCTION))
        if not 1 <= count <= self.inputs - address:
            return bytes((function | 0x80, ILLEGAL_ADDRESS))
        for moved in self._uncarried:
            moved.answered_ns = now_ns
        self._uncarried.clear()
        data = (self._word >> address & (1 << count) - 1).to_bytes((count + 7) // 8, "little")
        return bytes((function, len(data))) + data


@dataclass(slots=True)
class Heard:
    """What the bots' server was told. `first_ns`: by alarm, when its first message came in, by whichever bot."""

    first_ns: dict[int, int] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    """Messages beyond the bot's limit."""
    came: Callable[[int], None] = lambda _number: None
    """Called with the number of an alarm that was not told of before."""


class Bots(asyncio.Protocol):
    """One connection of a client that speaks HTTP/1.1."""

    def __init__(self, heard: Heard, lately: defaultdict[str, deque[float]]) -> None:
        self._heard = heard
        self._lately = lately
        self._buffer = b""
        self._began_ns = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._buffer:
            self._began_ns = boottime_ns()
        self._buffer += data
        head, ends, rest = self._buffer.partition(_HEAD_ENDS)
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not ends or length is None or len(rest) < int(length[1]):
            return
        self._buffer = rest[int(length[1]) :]
        self._take(head.split(b"/", 2)[1].decode(), json.loads(rest[: int(length[1])])["text"]["content"])

    def _take(self, bot: str, text: str) -> None:
        lately, now = self._lately[bot], time.monotonic()
        while lately and lately[0] <= now - _MINUTE:
            lately.popleft()
        if len(lately) >= PER_MINUTE:
            self._heard.refused += 1
            return self._answer(TOO_FAST)
        lately.append(now)
        self._heard.messages[bot] += 1
        self._answer(0)
        number = alarm_in(text)
        if number is not None and number not in self._heard.first_ns:
            self._heard.first_ns[number] = self._began_ns
            self._heard.came(number)
        return None

    def _answer(self, code: int) -> None:
        body = json.dumps({"errcode": code, "errmsg": "ok"}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


@dataclass(slots=True)
class Site:
    """All panels by device id, the ports of their hosts in the order of the configuration, and what the bots heard."""

    panels: dict[str, Panel]
    ports: Sequence[int]
    chat: str
    heard: Heard

    def stand(self) -> None:
        """Every watched point at normal pace is in alarm."""
        for number in range(alarms_compound.PANELS):
            self.panels[panel(number)].alarm(*range(alarms_compound.ZONES))


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Serve panels and bots."""
    loop = asyncio.get_running_loop()
    panels: dict[str, Panel] = {}
    asked = Asked()
    servers: list[asyncio.Server] = []
    for behind in alarms_compound.hosts():
        units = {unit: Panel(len(panels) + unit, inputs) for unit, (_, inputs) in enumerate(behind, start=1)}
        panels |= {name: units[unit] for unit, (name, _) in enumerate(behind, start=1)}
        servers.append(await loop.create_server(partial(Host, units, BUSY_SECONDS, asked), "127.0.0.1", 0))
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    heard, lately = Heard(), defaultdict[str, deque[float]](deque)
    servers.append(await loop.create_server(lambda: Bots(heard, lately), "127.0.0.1", 0))
    try:
        yield Site(panels, ports, f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}", heard)
    finally:
        for server in servers:
            server.close()
