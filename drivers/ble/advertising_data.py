"""Advertising data as it was on the air: what a proxy hands over, untrusted and of any length."""

from __future__ import annotations

from typing import Final

_BTHOME: Final = b"\x16\xd2\xfc"
"""AD type 0x16, service data of a 16 bit UUID, then 0xFCD2 with its low byte first (Core Specification Supplement, A 1.11)."""


def bthome_data(data: bytes) -> bytes | None:
    """The service data of UUID 0xFCD2 after the UUID, of the first AD structure that has it; None where there is none.

    A structure that says to be longer than what came ends the walk (Core Specification, volume 3, part C, 11). Never raises.
    """
    if _BTHOME not in data:
        return None  # nearly everything on the air ends here
    at = 0
    while at < len(data):
        length = data[at]
        after = at + 1 + length
        if after > len(data):
            return None
        if length >= len(_BTHOME) and data.startswith(_BTHOME, at + 1):
            return data[at + 1 + len(_BTHOME) : after]
        at = after  # a length of zero is padding: what a scan response said may stand after it
    return None
