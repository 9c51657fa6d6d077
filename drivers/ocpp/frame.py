"""OCPP-J frames: JSON text in, a call, an answer or what is wrong with it out (OCPP-J 1.6, 4.1 and 4.2). Pure; never raises.

The package `ocpp` gives the schemas and the names of errors. Its routing is not used: it answers with codes of OCPP 2.0.1
("FormatViolation") and with NotImplemented and NotSupported the wrong way round, writes whole messages with people's tags into
the log, checks each message in a thread, and lets a stop wait in line behind whatever else is asked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeAlias

from drivers.ocpp import codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json

CALL: Final = 2
CALL_RESULT: Final = 3
CALL_ERROR: Final = 4

LIMIT_BYTES: Final = 64 * 1024
"""No message of OCPP 1.6 comes near; a longer one ends the connection before it was read (WebSocket code 1009)."""
ID_LIMIT: Final = 128
"""OCPP-J 1.6, 4.2.1 has 36 characters; chargers with longer ids are common, and repeating one costs nothing."""
UNREADABLE_ID: Final = "-1"
"""To whom an error goes when the id cannot be read. OCPP 1.6 has no rule; this is that of OCPP 2.0.1 (part 4, 4.2.3), which
implementations of both follow."""
DESCRIPTION_LIMIT: Final = 255
CODE_LIMIT: Final = 40


class Call(NamedTuple):
    """The charger asks or tells."""

    id: str
    action: str
    fields: Mapping[str, Json]


class Answered(NamedTuple):
    """The charger answers a call of ours."""

    id: str
    fields: Mapping[str, Json]


class Refused(NamedTuple):
    """The charger answers a call of ours with an error."""

    id: str
    code: str
    why: str


class Broken(NamedTuple):
    """Not a frame. `answer` is what the charger is to be told, "" for nothing: an answer is never answered."""

    why: str
    answer: str


Frame: TypeAlias = Call | Answered | Refused | Broken


def read(text: str | bytes) -> Frame:
    """What one WebSocket message says."""
    if isinstance(text, bytes):
        return _malformed("a binary message")
    try:
        said = json.loads(text, parse_constant=_no_number)
        if "\\u" in text:
            json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair could not be kept anywhere
    except (ValueError, RecursionError):
        return _malformed("not JSON")
    return _frame(said) if isinstance(said, list) and said else _malformed("not a list")


def _frame(said: list[Any]) -> Frame:
    frame: Frame
    match said:
        case [2, str(name), str(action), dict(fields)] if 0 < len(name) <= ID_LIMIT:
            frame = Call(name, action, fields)
        case [3, str(name), dict(fields)]:
            frame = Answered(name, fields)
        case [4, str(name), str(code), *rest]:
            why = rest[0] if rest and isinstance(rest[0], str) else ""
            frame = Refused(name, code[:CODE_LIMIT], why[:DESCRIPTION_LIMIT])
        case [2, str(name), *_] if 0 < len(name) <= ID_LIMIT:
            frame = _malformed("a call must be [2, id, action, {fields}]", name)
        case [2, *_]:
            frame = _malformed("a call needs an id of 1 to 36 characters")
        case [3 | 4, *_]:
            frame = Broken("a malformed answer", "")
        case _:
            frame = Broken("an unknown kind of message", "")  # OCPP-J 1.6, 4.1.3: is ignored
    return frame


def call(name: str, action: str, fields: Mapping[str, Json]) -> str:
    """The text of a call."""
    return _text([CALL, name, action, fields])


def result(name: str, fields: Mapping[str, Json]) -> str:
    """The text of an answer."""
    return _text([CALL_RESULT, name, fields])


def error(name: str, code: str, why: str) -> str:
    """The text of an error."""
    return _text([CALL_ERROR, name, code, why[:DESCRIPTION_LIMIT], {}])


def _malformed(why: str, name: str = UNREADABLE_ID) -> Broken:
    return Broken(why, error(name, codes.FORMATION, why))


def _text(frame: list[Any]) -> str:
    return json.dumps(frame, separators=(",", ":"))


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")
