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
    Exception_,
    read_coils,
    read_discrete,
    read_holding,
    read_input,
    write_coils,
    write_holding,
)

if TYPE_CHECKING:
    from simulator.controller import Controller

ILLEGAL_FUNCTION = 1

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
        if function == 4:  # noqa: PLR2004 - the function codes are named by the match below; this one is asked all day
            address, count = _span(request, MAXIMUM_READ_REGISTERS)
            data = read_input(controller, address, count, now)
            return bytes((4, len(data))) + data
        return _answer(controller, function, request, now)
    except Exception_ as refused:
        return bytes((function | 0x80, refused.code))


def exception(request: bytes, code: int) -> bytes:
    """An exception reply to a request."""
    return bytes((request[0] | 0x80, code))


def _answer(controller: Controller, function: int, request: bytes, now: float) -> bytes:
    match function:
        case 1:
            address, count = _span(request, MAXIMUM_READ_BITS)
            return _bits(function, read_coils(controller, address, count, now))
        case 2:
            address, count = _span(request, MAXIMUM_READ_BITS)
            return _bits(function, read_discrete(controller, address, count))
        case 3:
            address, count = _span(request, MAXIMUM_READ_REGISTERS)
            return _registers(function, read_holding(controller, address, count, now))
        case 5:
            address, value = _two(request)
            if value not in (0x0000, 0xFF00):
                raise Exception_(ILLEGAL_VALUE)
            write_coils(controller, address, [value == 0xFF00], now)  # noqa: PLR2004 - 6.5: FF00 is on
            return request
        case 6:
            address, value = _two(request)
            write_holding(controller, address, (value,), now)
            return request
        case 15:
            return _write_coils(controller, request, now)
        case 16:
            return _write_registers(controller, request, now)
        case 23:
            return _write_then_read(controller, request, now)
        case 43:
            return _identify(request)
    raise Exception_(ILLEGAL_FUNCTION)


def _two(request: bytes) -> tuple[int, int]:
    if len(request) != 5:  # noqa: PLR2004 - function code, address, value or count
        raise Exception_(ILLEGAL_VALUE)
    first, second = _TWO.unpack_from(request, 1)
    return first, second


def _span(request: bytes, maximum: int) -> tuple[int, int]:
    address, count = _two(request)
    if not 1 <= count <= maximum:
        raise Exception_(ILLEGAL_VALUE)
    if address + count > 0x10000:  # noqa: PLR2004 - addresses have 16 bits
        raise Exception_(ILLEGAL_ADDRESS)
    return address, count


def _registers(function: int, data: bytes) -> bytes:
    return bytes((function, len(data))) + data


def _bits(function: int, bits: list[bool]) -> bytes:
    number = sum(bit << index for index, bit in enumerate(bits))
    return _registers(function, number.to_bytes((len(bits) + 7) // 8, "little"))


def _payload(request: bytes, start: int, expected: int) -> bytes:
    """The bytes after the byte count at `start`, where count, length and expectation agree."""
    if len(request) <= start or request[start] != expected or len(request) != start + 1 + expected:
        raise Exception_(ILLEGAL_VALUE)
    return request[start + 1 :]


def _quantity(request: bytes, start: int, maximum: int) -> tuple[int, int]:
    if len(request) < start + 4:
        raise Exception_(ILLEGAL_VALUE)
    address, count = _TWO.unpack_from(request, start)
    if not 1 <= count <= maximum:
        raise Exception_(ILLEGAL_VALUE)
    return address, count


def _write_coils(controller: Controller, request: bytes, now: float) -> bytes:
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
    return _registers(23, read_holding(controller, read_address, read_count, now))


def _identify(request: bytes) -> bytes:
    """FC43/14, section 6.21: basic identification, as a stream (code 1) or one object (code 4)."""
    if len(request) != 4 or request[1] != 14:  # noqa: PLR2004 - function, MEI type 14, code, object
        raise Exception_(ILLEGAL_FUNCTION)
    code, wanted = request[2], request[3]
    if not 1 <= code <= 4:  # noqa: PLR2004 - the four read codes of 6.21
        raise Exception_(ILLEGAL_VALUE)
    single = code == 4  # noqa: PLR2004 - one named object
    if wanted >= len(IDENTIFICATION):
        if single:
            raise Exception_(ILLEGAL_ADDRESS)
        wanted = 0
    objects = list(enumerate(IDENTIFICATION))[wanted : wanted + 1 if single else None]
    reply = bytes((43, 14, code, 0x81, 0, 0, len(objects)))
    return reply + b"".join(bytes((number, len(text))) + text.encode() for number, text in objects)
