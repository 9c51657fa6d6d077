"""Modbus requests answered from a controller, after the Modbus Application Protocol V1.1b3.

Written against the specification and not with the codec that the drivers use: where both sides shared one, they would
agree about its mistakes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simulator.registers import (
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    Refused,
    read_coils,
    read_discrete,
    read_holding,
    read_input,
    write_coils,
    write_holding,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.controller import Controller

ILLEGAL_FUNCTION = 1
ON, OFF = 0xFF00, 0x0000
MEI_IDENTIFICATION = 14
ONE_OBJECT = 4

MAXIMUM_READ_BITS = 2000
MAXIMUM_READ_REGISTERS = 125
MAXIMUM_WRITE_BITS = 1968
MAXIMUM_WRITE_REGISTERS = 123
MAXIMUM_READ_WRITE_REGISTERS = 121
"""Limits of sections 6.1 to 6.17."""

IDENTIFICATION = ("Gridpost", "ACP-1", "1.0")
"""Objects 0 to 2 of FC43/14: vendor name, product code, revision."""

_TWO = struct.Struct(">HH")


def answer(controller: Controller, request: bytes, now: float) -> bytes:
    """The reply to a request, both from the function code on; whatever cannot be done is an exception reply."""
    function = request[0]
    try:
        return _ANSWERS.get(function, _unknown)(controller, request, now)
    except Refused as refusal:
        return exception(request, refusal.code)


def exception(request: bytes, code: int) -> bytes:
    """An exception reply to a request."""
    return bytes((request[0] | 0x80, code))


def _unknown(_controller: Controller, _request: bytes, _now: float) -> bytes:
    raise Refused(ILLEGAL_FUNCTION)


def _read_coils(controller: Controller, request: bytes, now: float) -> bytes:
    address, count = _span(request, MAXIMUM_READ_BITS)
    return _bits(request, read_coils(controller, address, count, now))


def _read_discrete(controller: Controller, request: bytes, _now: float) -> bytes:
    address, count = _span(request, MAXIMUM_READ_BITS)
    return _bits(request, read_discrete(controller, address, count))


def _read_holding(controller: Controller, request: bytes, now: float) -> bytes:
    address, count = _span(request, MAXIMUM_READ_REGISTERS)
    return _data(request, read_holding(controller, address, count, now))


def _read_input(controller: Controller, request: bytes, now: float) -> bytes:
    address, count = _span(request, MAXIMUM_READ_REGISTERS)
    return _data(request, read_input(controller, address, count, now))


def _write_coil(controller: Controller, request: bytes, now: float) -> bytes:
    address, value = _two(request)
    if value not in (ON, OFF):
        raise Refused(ILLEGAL_VALUE)
    write_coils(controller, address, [value == ON], now)
    return request


def _write_register(controller: Controller, request: bytes, now: float) -> bytes:
    address, value = _two(request)
    write_holding(controller, address, (value,), now)
    return request


def _two(request: bytes) -> tuple[int, int]:
    if len(request) != 5:  # noqa: PLR2004 - function code, address, value or count
        raise Refused(ILLEGAL_VALUE)
    first, second = _TWO.unpack_from(request, 1)
    return first, second


def _span(request: bytes, maximum: int) -> tuple[int, int]:
    address, count = _two(request)
    if not 1 <= count <= maximum:
        raise Refused(ILLEGAL_VALUE)
    if address + count > 0x10000:  # noqa: PLR2004 - addresses have 16 bits
        raise Refused(ILLEGAL_ADDRESS)
    return address, count


def _data(request: bytes, data: bytes) -> bytes:
    return bytes((request[0], len(data))) + data


def _bits(request: bytes, bits: list[bool]) -> bytes:
    number = sum(bit << index for index, bit in enumerate(bits))
    return _data(request, number.to_bytes((len(bits) + 7) // 8, "little"))


def _payload(request: bytes, start: int, expected: int) -> bytes:
    """The bytes after the byte count at `start`, where count, length and expectation agree."""
    if len(request) <= start or request[start] != expected or len(request) != start + 1 + expected:
        raise Refused(ILLEGAL_VALUE)
    return request[start + 1 :]


def _quantity(request: bytes, start: int, maximum: int) -> tuple[int, int]:
    if len(request) < start + 4:
        raise Refused(ILLEGAL_VALUE)
    address, count = _TWO.unpack_from(request, start)
    if not 1 <= count <= maximum:
        raise Refused(ILLEGAL_VALUE)
    return address, count


def _write_many_coils(controller: Controller, request: bytes, now: float) -> bytes:
    address, count = _quantity(request, 1, MAXIMUM_WRITE_BITS)
    number = int.from_bytes(_payload(request, 5, (count + 7) // 8), "little")
    write_coils(controller, address, [bool(number >> index & 1) for index in range(count)], now)
    return request[:5]


def _write_registers(controller: Controller, request: bytes, now: float) -> bytes:
    address, count = _quantity(request, 1, MAXIMUM_WRITE_REGISTERS)
    write_holding(controller, address, struct.unpack(f">{count}H", _payload(request, 5, 2 * count)), now)
    return request[:5]


def _write_then_read(controller: Controller, request: bytes, now: float) -> bytes:
    read_address, read_count = _quantity(request, 1, MAXIMUM_READ_REGISTERS)
    write_address, write_count = _quantity(request, 5, MAXIMUM_READ_WRITE_REGISTERS)
    values = struct.unpack(f">{write_count}H", _payload(request, 9, 2 * write_count))
    read_holding(controller, read_address, read_count, now)  # refused before anything is written
    write_holding(controller, write_address, values, now)
    return _data(request, read_holding(controller, read_address, read_count, now))


def _identify(_controller: Controller, request: bytes, _now: float) -> bytes:
    """FC43/14, section 6.21: basic identification, as a stream or as one object."""
    if len(request) != 4 or request[1] != MEI_IDENTIFICATION:  # noqa: PLR2004 - function, MEI type, code, object
        raise Refused(ILLEGAL_FUNCTION)
    code, wanted = request[2], request[3]
    if code not in (1, 2, 3, ONE_OBJECT):
        raise Refused(ILLEGAL_VALUE)
    if wanted >= len(IDENTIFICATION):
        if code == ONE_OBJECT:
            raise Refused(ILLEGAL_ADDRESS)
        wanted = 0
    objects = list(enumerate(IDENTIFICATION))[wanted:]
    if code == ONE_OBJECT:
        objects = objects[:1]
    # conformity 0x81: basic identification, as a stream and object by object; nothing follows
    reply = bytes((request[0], MEI_IDENTIFICATION, code, 0x81, 0, 0, len(objects)))
    return reply + b"".join(bytes((number, len(text))) + text.encode() for number, text in objects)


_ANSWERS: dict[int, Callable[[Controller, bytes, float], bytes]] = {
    1: _read_coils,
    2: _read_discrete,
    3: _read_holding,
    4: _read_input,
    5: _write_coil,
    6: _write_register,
    15: _write_many_coils,
    16: _write_registers,
    23: _write_then_read,
    43: _identify,
}
