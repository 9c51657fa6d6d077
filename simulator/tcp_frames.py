"""Modbus TCP frames out of a stream of bytes and into one (Messaging on TCP/IP 1.0b)."""

from __future__ import annotations

HEADER_BYTES = 7
LONGEST_PDU_BYTES = 253
BUFFER_BYTES = 4096
"""What a port reads at once. Left to itself, asyncio allocates 256 KiB for each of these small requests, which doubles what a
port costs."""


class NotModbus(ValueError):
    """Bytes that are no Modbus TCP frame."""


class Frames:
    """The requests of one connection."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def of(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Transaction id, unit and PDU of each frame that is whole now. Raises `NotModbus`."""
        if self._buffer:
            data, self._buffer = self._buffer + data, b""
        found = []
        while len(data) > HEADER_BYTES:
            length = int.from_bytes(data[4:6], "big")
            if data[2:4] != b"\0\0" or not 1 < length <= LONGEST_PDU_BYTES + 1:
                raise NotModbus
            end = HEADER_BYTES - 1 + length
            if len(data) < end:
                break
            found.append((data[0] << 8 | data[1], data[6], data[HEADER_BYTES:end]))
            data = data[end:]
        self._buffer = data
        return found


def frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """The frame around a PDU: MBAP header (transaction id, protocol 0, length, unit) and PDU."""
    return b"".join((transaction.to_bytes(2, "big"), b"\0\0", (len(pdu) + 1).to_bytes(2, "big"), bytes((unit,)), pdu))
