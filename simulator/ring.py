"""The event ring of an ACP-1 controller: FC04 at 0x1000 + 8 * (SEQ mod slots), eight registers each."""

from __future__ import annotations

import struct
from enum import IntEnum

RING_SLOTS = 256
SLOT_REGISTERS = 8

_SLOT = struct.Struct(">IIHI")  # SEQ, UTC, type << 8 | door << 4 | reader, REF; the CRC follows
_EMPTY_SLOT = bytes(2 * SLOT_REGISTERS)


class Event(IntEnum):
    """What an ACP-1 controller writes into its ring; the numbers are decimal, as the map prints them."""

    GRANTED = 1
    DENIED_UNKNOWN = 2
    DENIED_EXPIRED = 3
    DENIED_SCHEDULE = 4
    DENIED_PASSBACK = 5
    DURESS = 6
    EXIT_REQUEST = 10
    REMOTE_UNLOCK = 11
    MODE_CHANGED = 12
    BREAK_GLASS = 13
    OPENED = 20
    CLOSED = 21
    FORCED = 22
    FORCED_END = 23
    HELD = 24
    HELD_END = 25
    LOCK_FAULT = 26
    TAMPER = 30
    TAMPER_END = 31
    LINE_FAULT = 32
    LINE_OK = 33
    READER_LOST = 34
    READER_OK = 35
    FIRE_INPUT = 40
    FIRE_INPUT_END = 41
    RELEASE_LATCHED = 42
    LATCH_RESET = 43
    BOOT = 50
    MAINS_FAIL = 51
    MAINS_OK = 52
    BATTERY_LOW = 53
    CLOCK_SET = 54
    RING_OVERRUN = 55
    HOST_LOST = 56
    HOST_BACK = 57
    TABLE_COMMITTED = 58
    CONFIG_CHANGED = 59


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
        table.append(value)
    return tuple(table)


_CRC_TABLE = _crc_table()


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS (polynomial 0x8005 reflected, start 0xFFFF; Modbus over Serial Line V1.02, 6.2.2)."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return value


class Ring:
    """The last 256 events. A sequence number is given once; it starts at 1 again only with a new epoch."""

    __slots__ = ("_slots", "_spoilt", "epoch", "head")

    def __init__(self) -> None:
        self.epoch = 1
        self.head = 1
        """The next sequence number to be written."""
        self._slots: list[tuple[int, int, int, int] | None] = [None] * RING_SLOTS
        self._spoilt: set[int] = set()

    @property
    def tail(self) -> int:
        """The oldest sequence number still held; equal to `head` when the ring is empty."""
        return max(1, self.head - RING_SLOTS)

    def append(self, utc: int, event: int, door: int, ref: int) -> None:
        """Write an event: `utc` in whole seconds (0: the clock is invalid), `door` 0 for the controller as a whole."""
        sequence = self.head
        if self._spoilt:
            self._spoilt.discard(sequence % RING_SLOTS)
        self._slots[sequence % RING_SLOTS] = (sequence, utc, event << 8 | door << 4, ref)
        self.head = sequence + 1

    def wipe(self) -> None:
        """Forget everything, as after a flash error: a new epoch, and sequence numbers from 1."""
        self.epoch = self.epoch + 1 & 0xFFFF
        self.head = 1
        self._slots = [None] * RING_SLOTS
        self._spoilt.clear()

    def spoil(self, sequence: int) -> bool:
        """Damage the slot of an event that is still held, until it is written again; its CRC shows it."""
        held = self.tail <= sequence < self.head
        if held:
            self._spoilt.add(sequence % RING_SLOTS)
        return held

    def read(self, register: int, count: int) -> bytes:
        """`count` registers from `register` (0 = the first of slot 0), big-endian; an unwritten slot reads 0."""
        first, last = register // SLOT_REGISTERS, (register + count - 1) // SLOT_REGISTERS
        data = b"".join(_encoded(self._slots[slot], slot in self._spoilt) for slot in range(first, last + 1))
        start = 2 * (register - first * SLOT_REGISTERS)
        return data[start : start + 2 * count]


def _encoded(slot: tuple[int, int, int, int] | None, spoilt: bool) -> bytes:  # noqa: FBT001 - a slot is, or is not
    if slot is None:
        return _EMPTY_SLOT
    words = _SLOT.pack(*slot)
    return words + (crc16(words) ^ spoilt).to_bytes(2, "big")
