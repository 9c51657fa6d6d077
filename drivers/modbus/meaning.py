"""What the raw contents of registers mean: one pure function for each point. Never raises for any bytes."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from drivers.contract import Fault, Kind, Quality, Value
from drivers.credential import card_hash

if TYPE_CHECKING:
    from drivers.modbus.plan import Mapped
    from drivers.product import Order

Raw: TypeAlias = int | bytes
"""The contents of a cell: a register or eight bits as a number, more registers as bytes in the order of the wire."""

Judged: TypeAlias = tuple[Value, Fault | None]
Judge: TypeAlias = Callable[[Raw], Judged]

NOT_A_NUMBER = Fault(Quality.BAD, "not a number")
NOT_TEXT = Fault(Quality.BAD, "not text")
MARKED_INVALID = Fault(Quality.BAD, "marked invalid")
OUT_OF_RANGE = Fault(Quality.BAD, "out of range")

_NAN = float("nan")


def ordered(data: bytes, order: Order) -> bytes:
    """The bytes of a value, most significant first; `data` is as it came over the wire."""
    match order:
        case "ABCD":
            return data
        case "DCBA":
            return data[::-1]
        case "CDAB":
            return b"".join(data[start : start + 2] for start in range(len(data) - 2, -1, -2))
        case "BADC":
            return ordered(data[::-1], "CDAB")


def judge(point: Mapped, credential_key: bytes, bit: int) -> Judge:
    """How to read a point from its cell. `bit` is its lowest bit there, for points that are bits."""
    if point.credential:
        return _credential(point, credential_key)
    if point.type == "bit":
        return _bits(point, bit)
    if point.type == "ascii":
        return _text(point)
    return _number(point)


def _bytes(raw: Raw, order: Order) -> bytes:
    return ordered(raw if isinstance(raw, bytes) else raw.to_bytes(2, "big"), order)


def _bits(point: Mapped, bit: int) -> Judge:
    mask = (1 << point.bits) - 1
    boolean = point.bits == 1
    invalid = frozenset(point.invalid)
    swapped = point.function in (3, 4) and point.order in ("BADC", "DCBA")

    def read(raw: Raw) -> Judged:
        number = int.from_bytes(_bytes(raw, point.order), "big") if swapped or isinstance(raw, bytes) else raw
        if number in invalid:
            return None, MARKED_INVALID
        field = number >> bit & mask
        return (field == 1 if boolean else field), None

    return read


def _text(point: Mapped) -> Judge:
    def read(raw: Raw) -> Judged:
        try:
            text = _bytes(raw, point.order).rstrip(b"\0 ").decode("ascii")
        except UnicodeDecodeError:
            return None, NOT_TEXT
        return (text, None) if text.isprintable() else (None, NOT_TEXT)

    return read


def _credential(point: Mapped, key: bytes) -> Judge:
    invalid = frozenset(point.invalid)

    def read(raw: Raw) -> Judged:
        data = _bytes(raw, point.order)
        if not any(data):  # no card on the reader
            return None, None
        number = int.from_bytes(data, "big")
        if number in invalid:
            return None, MARKED_INVALID
        if point.type == "ascii":  # the card's number is written out
            text = data.rstrip(b"\0 ")
            if not text.isdigit():
                return None, NOT_A_NUMBER
            number = int(text)
        return card_hash(key, number), None

    return read


def _number(point: Mapped) -> Judge:
    interpret = _interpretation(point)
    scaled = _scaling(point)
    invalid = frozenset(point.invalid)
    low = -math.inf if point.point.low is None else point.point.low
    high = math.inf if point.point.high is None else point.point.high

    def read(raw: Raw) -> Judged:
        number = int.from_bytes(_bytes(raw, point.order), "big")
        if number in invalid:
            return None, MARKED_INVALID
        value = scaled(interpret(number))
        if not math.isfinite(value):
            return None, NOT_A_NUMBER
        return (value, None) if low <= value <= high else (None, OUT_OF_RANGE)

    return read


def _interpretation(point: Mapped) -> Callable[[int], int | float]:
    """From the unsigned number that the registers make to the one that they mean; NaN for none."""
    width = 16 * point.count
    match point.type:
        case "s16" | "s32":
            return lambda number: number - (1 << width) if number >> (width - 1) else number
        case "f32":
            return lambda number: float(struct.unpack(">f", number.to_bytes(4, "big"))[0])
        case "bcd16" | "bcd32":
            return lambda number: int(digits) if (digits := f"{number:x}").isdecimal() else _NAN
        case _:
            return lambda number: number


def _scaling(point: Mapped) -> Callable[[int | float], int | float]:
    """Scale and offset, exact as decimals: 23915 * 0.001 is 23.915 and not 23.915000000000003."""
    if point.scale == 1 and point.offset == 0:
        return (lambda number: number) if point.point.kind is Kind.INTEGER else float
    scale, offset = Decimal(str(point.scale)), Decimal(str(point.offset))
    places = max(0, *(-int(part.as_tuple().exponent) for part in (scale, offset)))
    times, plus, over = int(scale.scaleb(places)), int(offset.scaleb(places)), 10**places
    if point.point.kind is Kind.INTEGER:
        return lambda number: number * times + plus
    return lambda number: (number * times + plus) / over
