"""No value is ever taken for that of another register, whatever comes over the wire."""

from __future__ import annotations

import asyncio
import os
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import LineLost
from drivers.modbus.frame import ModbusError
from drivers.modbus.tcp_wire import TcpWire
from tests.drivers.modbus.servers import Host, Request, adu

if TYPE_CHECKING:
    from collections.abc import Callable

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
TIMEOUT = 0.02 if SOAK else 0.01
UNITS, FUNCTIONS, ADDRESSES, LONGEST = (1, 2), (3, 4), 8, 3


def register(unit: int, function: int, address: int) -> int:
    """Every register of the world holds its own place."""
    return unit << 12 | function << 8 | address


def payload(unit: int, function: int, address: int, count: int) -> bytes:
    return struct.pack(f">{count}H", *(register(unit, function, address + offset) for offset in range(count)))


def data(unit: int, function: int, address: int, count: int) -> bytes:
    return bytes((function, 2 * count)) + payload(unit, function, address, count)


def of(request: Request) -> tuple[int, int, int, int]:
    return request.unit, request.function, request.address, int.from_bytes(request.pdu[3:5], "big")


def right(request: Request) -> bytes:
    return adu(request.transaction, request.unit, data(*of(request)))


def as_if(**changes: int) -> Callable[[Request], bytes]:
    """The right answer to another question, under the right id."""

    def reply(request: Request) -> bytes:
        unit, function, address, count = of(request)
        asked = {"unit": unit, "function": function, "address": address, "count": count}
        other = {name: value + changes.get(name, 0) for name, value in asked.items()}
        return adu(request.transaction, other["unit"], data(**other))

    return reply


def lying_count(request: Request) -> bytes:
    function, count, *rest = data(*of(request))
    return adu(request.transaction, request.unit, bytes((function, count + 2, *rest)))


def under(transaction: Callable[[Request], int]) -> Callable[[Request], bytes]:
    def reply(request: Request) -> bytes:
        unit, function, address, count = of(request)
        return adu(transaction(request), unit, data(unit, function, address + 1, count))

    return reply


MISCHIEF: dict[str, Callable[[Request], bytes]] = {
    "right": right,
    "nothing": lambda _: b"",
    "twice": lambda request: right(request) * 2,
    "another unit": as_if(unit=1),
    "another function": as_if(function=1),
    "too long": as_if(count=1),
    "too short": as_if(count=-1),
    "byte count lies": lying_count,
    "id 0": under(lambda _: 0),
    "an id of the past": under(lambda request: request.transaction - 1),
    "an id of the future": under(lambda request: (request.transaction + 1) & 0xFFFF),
    "exception": lambda request: adu(request.transaction, request.unit, bytes((request.function | 0x80, 6))),
    "exception of another unit": lambda request: adu(request.transaction, 9, bytes((request.function | 0x80, 6))),
    "garbage": lambda _: b"\x00" * 3 + b"\xff" * 9,
}
Step = tuple[list[str], bool, bool, tuple[int, int, int, int]]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.lists(st.sampled_from(sorted(MISCHIEF)), min_size=1, max_size=3),
        st.booleans(),  # held back, and sent before the next answer
        st.booleans(),  # in single bytes
        st.tuples(
            st.sampled_from(UNITS),
            st.sampled_from(FUNCTIONS),
            st.integers(0, ADDRESSES),
            st.integers(1, LONGEST),
        ),
    ),
    min_size=1,
    max_size=40 if SOAK else 8,
)


async def play(steps: list[Step], timeout_seconds: float = TIMEOUT) -> int:
    """Ask every question of the steps; returns how many were answered. Raises where an answer is not the truth."""
    pending = iter(steps)
    owed = bytearray()

    async def misbehave(request: Request, writer: asyncio.StreamWriter) -> None:
        pranks, late, drip, _ = next(pending)
        reply = b"".join(MISCHIEF[prank](request) for prank in pranks)
        if late:
            owed.extend(reply)
            return
        reply = bytes(owed) + reply
        owed.clear()
        for at in range(0, len(reply), step := 1 if drip else max(1, len(reply))):
            if writer.transport.is_closing():
                return
            writer.write(reply[at : at + step])
            await asyncio.sleep(0)

    host = Host()
    host.misbehave = misbehave
    answered = 0
    async with host:
        wire = TcpWire("127.0.0.1", host.port)
        await wire.connect()
        for _, _, _, question in steps:
            try:
                content = await wire.read(*question, timeout_seconds)
            except ModbusError:
                continue
            except LineLost:
                owed.clear()
                wire = TcpWire("127.0.0.1", host.port)
                await wire.connect()
                continue
            assert content == payload(*question), f"{question} was answered with {content.hex(' ')}"
            answered += 1
        wire.close()
    return answered


@pytest.mark.soak
@settings(max_examples=3000 if SOAK else 20, deadline=None)
@given(steps=STEPS)
def test_no_value_is_ever_attributed_to_the_wrong_register(steps: list[Step]) -> None:
    asyncio.run(play(steps))


def test_honest_answers_all_arrive_between_the_mischief() -> None:
    question = (1, 3, 0, 2)
    steps: list[Step] = [
        (["nothing"], False, False, question),
        (["right"], True, False, question),
        (["right"], False, True, question),
        (["another unit", "byte count lies", "right"], False, False, question),
        (["right"], False, False, question),
    ]

    assert asyncio.run(play(steps, timeout_seconds=0.3)) == 3
