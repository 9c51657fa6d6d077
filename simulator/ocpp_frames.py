"""OCPP-J frames as JSON arrays (OCPP 1.6J, section 4).

Written against the specification and not with the library that the gateway uses: where both sides shared one, they would
agree about its mistakes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBPROTOCOL = "ocpp1.6"
CALL, RESULT, ERROR = 2, 3, 4

Fields: TypeAlias = "Mapping[str, Any]"


class NotOcpp(ValueError):
    """Text that is no frame of OCPP-J."""


@dataclass(frozen=True, slots=True)
class Call:
    """[2, id, action, fields]: one side asks the other."""

    id: str
    action: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Result:
    """[3, id, fields]: the answer."""

    id: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Failure:
    """[4, id, code, description, details]: why there is none."""

    id: str
    code: str
    description: str = ""


Frame: TypeAlias = Call | Result | Failure


def written(frame: Frame) -> str:
    """The text of a frame."""
    parts: list[object]
    match frame:
        case Call(id_, action, fields):
            parts = [CALL, id_, action, fields]
        case Result(id_, fields):
            parts = [RESULT, id_, fields]
        case Failure(id_, code, description):
            parts = [ERROR, id_, code, description, {}]
    return json.dumps(parts, separators=(",", ":"))


def read(text: str | bytes) -> Frame:
    """The frame in a text. Raises `NotOcpp`."""
    try:
        parts = json.loads(text)
    except ValueError:
        raise NotOcpp from None
    match parts:
        case [2, str(id_), str(action), dict(fields)]:
            return Call(id_, action, fields)
        case [3, str(id_), dict(fields)]:
            return Result(id_, fields)
        case [4, str(id_), str(code), str(description), dict()]:
            return Failure(id_, code, description)
        case _:
            raise NotOcpp


def stamp(at: float) -> str:
    """A time as OCPP writes it: RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lets_in(answer: Fields | None) -> bool:
    """Whether an answer accepts the tag that it is about."""
    info = answer.get("idTagInfo") if answer else None
    return isinstance(info, dict) and info.get("status") == "Accepted"
