"""How long things take on a serial line, by its speed alone (Modbus over Serial Line V1.02, 2.5.1.1).

A character is a start bit, 8 data bits, a parity bit if any and the stop bits. The silence between frames, t3.5, is 3.5
characters up to 19200 baud and 1.75 ms above. A transaction takes the characters of request and reply, two silences and
the unit's turnaround.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from drivers.modbus.frame import Frame

Parity = Literal["even", "none", "odd"]

MAX_RTU_BYTES: Final = 256
"""Modbus over Serial Line V1.02, 2.3: unit, PDU and CRC. What a reply of unknown length is taken for."""

_FASTEST_BY_CHARACTERS: Final = 19200
_FIXED_SILENCE_SECONDS: Final = 0.00175
_SILENT_CHARACTERS: Final = 3.5


@dataclass(frozen=True, slots=True)
class WireTime:
    """A line's speed: baud, and the bits of a character on the wire (10 or 11)."""

    baud: int
    bits: int

    @classmethod
    def of(cls, baud: int, parity: Parity, stop_bits: int | None) -> WireTime:
        """From what an installer writes; without stop bits the standard's: 1 with parity, 2 without."""
        return cls(baud, 1 + 8 + (parity != "none") + stop_bits_of(parity, stop_bits))

    @property
    def character_seconds(self) -> float:
        """One character."""
        return self.bits / self.baud

    @property
    def silence_seconds(self) -> float:
        """t3.5: what must be silent between two frames."""
        by_characters = self.baud <= _FASTEST_BY_CHARACTERS
        return _SILENT_CHARACTERS * self.character_seconds if by_characters else _FIXED_SILENCE_SECONDS

    def seconds_of(self, frame: Frame) -> float:
        """A frame and a fitting answer with both silences, without the unit's turnaround."""
        characters = len(frame.rtu_request) + (frame.rtu_reply_bytes or MAX_RTU_BYTES)
        return characters * self.character_seconds + 2 * self.silence_seconds


def stop_bits_of(parity: Parity, stop_bits: int | None) -> int:
    """The stop bits as written, or the standard's for this parity (Modbus over Serial Line V1.02, 2.5.1)."""
    return stop_bits or (2 if parity == "none" else 1)


def speed_in_words(baud: int, parity: Parity, stop_bits: int | None) -> str:
    """As people write it: "19200 8E1"."""
    return f"{baud} 8{parity[0].upper()}{stop_bits_of(parity, stop_bits)}"
