"""Read Device Identification, function 43/14: how some devices say who they are (V1.1b3, 6.21)."""

from __future__ import annotations

from typing import Final

VENDOR: Final = 0
PRODUCT: Final = 1
REVISION: Final = 2
"""The basic objects, which every device that knows the function has."""

_FUNCTION: Final = 43
_MEI_TYPE: Final = 14
_BASIC: Final = 1
_HEAD_BYTES: Final = 7  # function, MEI type, code, conformity, more follows, next object, number of objects


def question(first_object: int = VENDOR) -> bytes:
    """The PDU that asks for the basic objects from `first_object` on."""
    return bytes((_FUNCTION, _MEI_TYPE, _BASIC, first_object))


def objects(pdu: bytes) -> tuple[dict[int, str], int | None]:
    """The texts by object id, and the object to ask for next where the answer was too long for one reply.

    Raises ValueError for bytes that are no such answer. Texts come from a stranger: unprintable characters are left out.
    """
    if len(pdu) < _HEAD_BYTES or pdu[:2] != bytes((_FUNCTION, _MEI_TYPE)):
        raise ValueError("not a device identification")
    found: dict[int, str] = {}
    at = _HEAD_BYTES
    for _ in range(pdu[6]):
        if at + 2 > len(pdu) or at + 2 + pdu[at + 1] > len(pdu):
            raise ValueError("a device identification that is cut short")
        end = at + 2 + pdu[at + 1]
        text = pdu[at + 2 : end].decode("utf-8", errors="replace")
        found[pdu[at]] = "".join(character for character in text if character.isprintable()).strip()
        at = end
    return found, pdu[5] if pdu[4] else None
