"""A controller on the test bench, and frames for its mailbox."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simulator.controller import Controller
from simulator.pdu import answer
from simulator.ring import RING_SLOTS, crc16

if TYPE_CHECKING:
    from simulator.ring import Event

T0 = 1_795_000_000.0


def box(doors: int = 2) -> Controller:
    return Controller(serial=300_301, door_count=doors, now=T0, measure=lambda _now, _failed: (13_700, 13_400, -25))


def mailbox(
    command_id: int, opcode: int, mask: int = 0, argument: int = 0, argument32: int = 0, valid_until: int = 0
) -> bytes:
    words = struct.pack(">HHHHII8s6sH", command_id, opcode, mask, argument, argument32, valid_until, b"", b"", 0xA55A)
    return struct.pack(">BHHB", 16, 0x0400, 16, 32) + words


def send(controller: Controller, request: bytes, now: float) -> bytes:
    controller.advance(now)
    return answer(controller, request, now)


def result(controller: Controller, now: float) -> tuple[int, int, int]:
    """LAST_ID, RESULT, DOORx after."""
    reply = send(controller, struct.pack(">BHH", 4, 0x0410, 3), now)
    last_id, code, door = struct.unpack(">HHH", reply[2:])
    return last_id, code, door


def order(controller: Controller, frame: bytes, now: float) -> int:
    """Write a mailbox frame; returns the RESULT that reads back."""
    assert send(controller, frame, now) == frame[:5]
    return result(controller, now)[1]


def events(controller: Controller) -> list[tuple[int, int, int, int, int]]:
    """Every event that the ring still holds, read as a gateway reads it: SEQ, UTC, type, door, REF."""
    found = []
    for sequence in range(controller.ring.tail, controller.ring.head):
        slot = controller.ring.read(8 * (sequence % RING_SLOTS), 8)
        number, utc, code, ref, crc = struct.unpack(">IIHIH", slot)
        assert crc == crc16(slot[:14])
        assert number == sequence
        found.append((number, utc, code >> 8, code >> 4 & 15, ref))
    return found


def logged(controller: Controller, *types: Event) -> list[tuple[int, int]]:
    """Type and door of the events of these types, in order."""
    return [(type_, door) for _, _, type_, door, _ in events(controller) if type_ in types]
