"""A serial wire and the frames on it: how long bytes take, and where a request ends (Modbus over Serial Line V1.02)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.ring import crc16

LONGEST_FRAME_BYTES = 256
BROADCAST = 0
_DATA_BITS = 8
_EXACT_SILENCE_BELOW_BAUD = 19_200
_FIXED_SILENCE_SECONDS = 0.00175  # section 2.5.1.1: above 19200 baud
_CRC_BYTES = 2


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How a bus is set. `stop_bits` 0 is what the standard wants: one with parity, two without.

    `turnaround_seconds` is how long a unit thinks before it answers.
    """

    baud: int = 19_200
    parity: str = "even"
    stop_bits: int = 0
    turnaround_seconds: float = 0.010

    @property
    def stops(self) -> int:
        """Its stop bits."""
        return self.stop_bits or (2 if self.parity == "none" else 1)

    @property
    def character_seconds(self) -> float:
        """What one byte takes, with its start, parity and stop bits."""
        return (1 + _DATA_BITS + (self.parity != "none") + self.stops) / self.baud

    @property
    def silence_seconds(self) -> float:
        """t3.5: the silence that ends a frame."""
        if self.baud <= _EXACT_SILENCE_BELOW_BAUD:
            return 3.5 * self.character_seconds
        return _FIXED_SILENCE_SECONDS

    def seconds_of(self, request_bytes: int, reply_bytes: int) -> float:
        """What a transaction takes: both frames, the turnaround, and a silence after each."""
        characters = (request_bytes + reply_bytes) * self.character_seconds
        return characters + self.turnaround_seconds + 2 * self.silence_seconds


def adu(unit: int, pdu: bytes) -> bytes:
    """The frame that carries a PDU on the wire: unit, PDU, CRC with its low byte first."""
    body = bytes((unit,)) + pdu
    return body + crc16(body).to_bytes(_CRC_BYTES, "little")


def is_whole(frame: bytes) -> bool:
    """Whether the CRC at the end of a frame is right."""
    return len(frame) > _CRC_BYTES + 1 and crc16(frame[:-2]) == int.from_bytes(frame[-2:], "little")


def request_bytes(heard: bytes) -> int | None:
    """How long the request is that begins so; None while that cannot be told, or for a function nobody here knows."""
    if len(heard) < 2:  # noqa: PLR2004 - unit and function
        return None
    match heard[1]:
        case 1 | 2 | 3 | 4 | 5 | 6:
            return 8
        case 15 | 16:
            return 9 + heard[6] if len(heard) > 6 else None  # noqa: PLR2004 - where the byte count stands
        case 23:
            return 13 + heard[10] if len(heard) > 10 else None  # noqa: PLR2004 - where the byte count stands
        case 43:
            return 7
    return None
