"""The fields of a call, taken out with care: a message that passed unchecked (`lenient`) has any shape. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.ocpp import codes
from drivers.ocpp.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json

SAFE_INTEGER: Final = 2**53
"""Past it JSON numbers are no longer the same everywhere (RFC 8259, 6)."""
TEXT_LIMIT: Final = 255


class Unfit(Exception):
    """A call is refused; `fault` says with what."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.fault = Fault(code, why)


def text(fields: Mapping[str, Json], name: str, instead: str | None = None) -> str:
    """A text, without what cannot be shown; `instead` where it is missing. Raises Unfit."""
    said = fields.get(name)
    if said is None:
        if instead is None:
            raise Unfit(codes.INCOMPLETE, f"{name} is missing")
        return instead
    if not isinstance(said, str | int | float):
        raise Unfit(codes.TYPE, f"{name}: type")
    return shown(str(said))


def whole(fields: Mapping[str, Json], name: str) -> int:
    """A whole number. Raises Unfit."""
    said = fields.get(name)
    if said is None:
        raise Unfit(codes.INCOMPLETE, f"{name} is missing")
    try:
        number = int(said)
    except (TypeError, ValueError, OverflowError):
        raise Unfit(codes.TYPE, f"{name}: type") from None
    if not -SAFE_INTEGER < number < SAFE_INTEGER:
        raise Unfit(codes.PROPERTY, f"{name}: too large")
    return number


def rows(fields: Mapping[str, Json], name: str) -> list[Mapping[str, Json]]:
    """The objects of a list; nothing where there is no such list."""
    said = fields.get(name)
    return [row for row in said if isinstance(row, dict)] if isinstance(said, list) else []


def shown(said: str) -> str:
    """A text without control characters, and not longer than anybody would read."""
    return "".join(letter for letter in said[:TEXT_LIMIT] if letter.isprintable())
