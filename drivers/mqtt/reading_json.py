"""Strict JSON: what a device publishes becomes plain data, or is refused with a short reason that repeats nothing of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from drivers.contract import Json

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 16
MAX_ITEMS: Final = 4096
"""Members and elements of all objects and lists together."""

MAX_NUMBER: Final = 2**53
"""Beyond it a double no longer tells whole numbers apart (RFC 8259, 6), and no charger or locker measures that much."""


class Odd(Exception):
    """The message cannot be taken as data. The text is the reason: fixed words and what the profile says, never the payload."""


def read_json(payload: bytes) -> Json:
    """The payload as data. Raises Odd."""
    if len(payload) > MAX_BYTES:
        raise Odd("is larger than 64 kB")
    try:
        data = _DECODER.decode(payload.decode("utf-8"))
    except UnicodeDecodeError:
        raise Odd("is not UTF-8") from None
    except RecursionError:
        raise Odd("is nested too deep") from None
    except ValueError:
        raise Odd("is not JSON") from None
    openings = payload.count(b"{") + payload.count(b"[")
    # what opens so few objects and lists can be neither too deep nor too long: the usual message is not walked
    if openings > MAX_DEPTH or openings + payload.count(b",") > MAX_ITEMS:
        _measure(data)
    return data


def _measure(data: Json) -> None:
    depth = items = 0
    level = [data] if isinstance(data, dict | list) else []
    while level:
        depth += 1
        items += sum(map(len, level))
        if depth > MAX_DEPTH:
            raise Odd("is nested too deep")
        if items > MAX_ITEMS:
            raise Odd("has too many items")
        level = [
            below
            for each in level
            for below in (each.values() if type(each) is dict else each)
            if type(below) is dict or type(below) is list
        ]


def _told_apart(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Odd("has a key twice")
    return members


def _whole(digits: str) -> int:
    if len(digits) > len(str(-MAX_NUMBER)) or abs(number := int(digits)) > MAX_NUMBER:
        raise Odd("has a number beyond 2^53")
    return number


def _real(digits: str) -> float:
    number = float(digits)
    if abs(number) > MAX_NUMBER:
        raise Odd("has a number beyond 2^53")
    return number


def _no_number(_word: str) -> NoReturn:
    raise Odd("has NaN or Infinity")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_told_apart, parse_int=_whole, parse_float=_real, parse_constant=_no_number
)
