"""From what stands in JSON to a point's value: numbers, switches, states and texts, each by what the profile says of it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from drivers.contract import Fault, Kind, Quality
from drivers.mqtt.reading_json import MAX_NUMBER, Odd
from drivers.mqtt.shape_values import word

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.contract import Json, Value
    from drivers.mqtt.shape_values import Taken

NO_VALUE: Final = Fault(Quality.BAD, "no value")
"""The device wrote null, nothing, or what it writes when it has none."""

OUT_OF_RANGE: Final = Fault(Quality.BAD, "out of range")
UNKNOWN_WORD: Final = Fault(Quality.BAD, "not a known state")
"""What stands in no map of the profile, such as a state that a newer firmware knows."""

TEXT_LIMIT: Final = 200

Convert: TypeAlias = "Callable[[Json], Value | Fault]"
"""Raises Odd for what is of another type than the profile says."""

_DECIMAL = re.compile(r"[+-]?\d{1,16}(\.\d{1,16})?", re.ASCII)
_HEX = re.compile(r"(0[xX])?([0-9a-fA-F]{1,512})")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, what turns the direction of writing around, and halves of characters: none belongs into a line of text."""


def text(said: Json) -> str:
    """A short line of text; a number is taken as it is written. Raises Odd."""
    if type(said) is str:
        if len(said) > TEXT_LIMIT:
            raise Odd("is too long a text")
        if _UNPRINTABLE.search(said):
            raise Odd("has characters that belong in no text")
        return said
    if type(said) is int or type(said) is float:
        return word(said)
    raise Odd("is not a text")


def numeric(said: Json, *, strings: bool) -> int | float:
    """A number; with `strings` also one that is written as text. Raises Odd."""
    if type(said) is int or type(said) is float:
        return said
    if strings and type(said) is str and _DECIMAL.fullmatch(said):
        found = float(said) if "." in said else int(said)
        if abs(found) <= MAX_NUMBER:
            return found
    raise Odd("is not a number")


def whole(said: Json, *, strings: bool) -> int:
    """A whole number; with `strings` also one that is written as text. Raises Odd."""
    found = numeric(said, strings=strings)
    if found != int(found):
        raise Odd("is not a whole number")
    return int(found)


def converter(taken: Taken, *, strings: bool, number: int = 0, index: int = 0) -> Convert:
    """How that value is read. `number` and `index` are of the part whose own bit or character it is."""
    convert = _of_map(taken) if taken.map else _of_kind(taken, strings=strings or taken.char is not None)
    if taken.bit is not None:
        convert = _of_bit(_at(taken.bit, number, index), convert, of_hex=taken.hex, strings=strings)
    elif taken.char is not None:
        convert = _of_char(_at(taken.char, number, index), convert)
    elif taken.hex:
        convert = _of_hex(convert)
    empty = () if "" in taken.map or (taken.sort is Kind.TEXT and not taken.map) else ("",)
    none = frozenset(map(word, (*taken.invalid, *empty)))
    if not none:
        return lambda said: NO_VALUE if said is None else convert(said)

    def read(said: Json) -> Value | Fault:
        if said is None or (type(said) in _SCALARS and word(said) in none):
            return NO_VALUE
        return convert(said)

    def read_number(said: Json) -> Value | Fault:
        # a plain number is none of the words that mean "no value" unless the profile names some
        return convert(said) if type(said) is float or type(said) is int else read(said)

    return read if taken.invalid else read_number


_SCALARS: Final = frozenset({str, int, float, bool})


def _at(which: int | str, number: int, index: int) -> int:
    return which if isinstance(which, int) else number if which == "{number}" else index


def _of_kind(taken: Taken, *, strings: bool) -> Convert:
    if taken.sort is Kind.TEXT:
        return text
    if taken.sort is Kind.BOOLEAN:
        return _strict_boolean if not strings else _boolean
    return _of_number(taken, strings=strings)


def _strict_boolean(said: Json) -> bool:
    if said is True or said is False:
        return said
    if type(said) is int and 0 <= said <= 1:
        return said == 1
    raise Odd("is neither true nor false")


def _boolean(said: Json) -> bool:
    if type(said) is str and said in ("0", "1", "true", "false"):
        return said in ("1", "true")
    return _strict_boolean(said)


def _of_number(taken: Taken, *, strings: bool) -> Convert:
    # a quotient is the float nearest to the decimal that is meant: 101 / 10, not 101 * 0.1
    scale, scale_over = Decimal(str(taken.scale)).as_integer_ratio()
    offset, offset_over = Decimal(str(taken.offset)).as_integer_ratio()
    times, plus, over = scale * offset_over, offset * scale_over, scale_over * offset_over
    low, high = taken.low, taken.high
    scaled = taken.scale != 1 or offset != 0
    integer = taken.sort is Kind.INTEGER
    low = float("-inf") if low is None else low
    high = float("inf") if high is None else high

    def read(said: Json) -> float | Fault:
        found = numeric(said, strings=strings)
        if scaled:
            found = (found * times + plus) / over
        if not low <= found <= high:
            return OUT_OF_RANGE
        return whole(found, strings=False) if integer else float(found)

    return read


def _of_map(taken: Taken) -> Convert:
    other: Value | Fault = UNKNOWN_WORD if taken.other is None else taken.other
    real = taken.sort is Kind.REAL
    meant: dict[str, Value] = {
        key: float(value) if real and not isinstance(value, str) else value for key, value in taken.map.items()
    }

    def read(said: Json) -> Value | Fault:
        if type(said) not in _SCALARS:
            raise Odd("is neither a text nor a number")
        return meant.get(word(said), other)

    return read


def _of_bit(bit: int, convert: Convert, *, of_hex: bool, strings: bool) -> Convert:
    def read(said: Json) -> Value | Fault:
        found = _hex(said) if of_hex else whole(said, strings=strings)
        if found < 0:
            raise Odd("is negative, and should be bits")
        return convert(found >> bit & 1)

    return read


def _of_char(at: int, convert: Convert) -> Convert:
    def read(said: Json) -> Value | Fault:
        if type(said) is not str:
            raise Odd("is not a text")
        return convert(said[at]) if at < len(said) else NO_VALUE

    return read


def _of_hex(convert: Convert) -> Convert:
    def read(said: Json) -> Value | Fault:
        found = _hex(said)
        if found > MAX_NUMBER:
            raise Odd("has a number beyond 2^53")
        return convert(found)

    return read


def _hex(said: Json) -> int:
    digits = _HEX.fullmatch(said) if type(said) is str else None
    if digits is None:
        raise Odd("is not written in hex digits")
    return int(digits[2], 16)
