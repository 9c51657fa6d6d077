"""Where the ring of a unit stands, by its profile: the frames that read it, and records from what they bring."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from drivers.contract import DeviceEvent, Misconfigured
from drivers.modbus.decode import Decoder
from drivers.modbus.frame import Frame
from drivers.modbus.plan import mapped, plan
from drivers.modbus.ring import Pointers
from drivers.product import Quantity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Value
    from drivers.modbus.ring import Gap, Slot
    from drivers.modbus.unit import Poll, Unit

_ADDRESSES: Final = 0x10000
_WRITE_REGISTERS: Final = 16
_UNKNOWN_CARD: Final = struct.Struct(">QI")  # LAST_CARD, LAST_CARD_SEQ
_UNKNOWN_CARD_REGISTERS: Final = 6
_UNKNOWN: Final = "denied_unknown"
_POINTERS: Final = ("ring_epoch", "boot_id", "ring_head", "ring_tail")


class RingMap:
    """The ring of one unit.

    Raises `Misconfigured` where the profile has no ring, no serial number, or does not tell the pointers in one read.
    """

    def __init__(self, unit: Unit) -> None:
        profile, ring = unit.profile, unit.profile.ring
        if ring is None or profile.identity.serial is None:
            raise Misconfigured(f"{profile.product}: draining events needs `ring` and the serial number in `identity`")
        self._unit = unit
        self._ring = ring
        self.poll, self._places = _pointers_of(unit)
        self.epoch_at, _, self.head_at, _ = self._places
        serial = Quantity(key="serial", **profile.identity.serial.model_dump())
        (read,) = plan([mapped(serial)], profile.limits)
        self.serial_frame = Frame.reading(unit.number, read.function, read.address, read.count)
        self._serial_decoder = Decoder(read, b"")
        self.size_frame = Frame.reading(unit.number, ring.function, ring.slots_at, 1)
        self.most = profile.limits.max_registers // ring.slot_registers
        """How many slots one read may hold."""
        doors = profile.parts.get("door", {})
        self._parts = {numbers.get("offset", 0) + 1: name for name, numbers in doors.items()}

    # ------------------------------------------------------------ what is asked

    def slots_frame(self, first: int, count: int, size: int) -> Frame:
        """Reads `count` slots from sequence `first`; they must not run over the end of a ring of `size` slots."""
        width = self._ring.slot_registers
        address = self._ring.address + width * (first % size)
        return Frame.reading(self._unit.number, self._ring.function, address, width * count)

    def unknown_card_frame(self) -> Frame | None:
        """Reads the hash of the last unknown card; None where the controller does not tell it."""
        at = self._ring.unknown_card_at
        return (
            None if at is None else Frame.reading(self._unit.number, self._ring.function, at, _UNKNOWN_CARD_REGISTERS)
        )

    def acknowledging(self, sequence: int) -> Frame | None:
        """Says that all events below `sequence` are kept; None where the controller does not care."""
        at = self._ring.acknowledge_at
        words = sequence >> 16 & 0xFFFF, sequence & 0xFFFF
        return None if at is None else Frame.writing(self._unit.number, _WRITE_REGISTERS, at, words)

    # ------------------------------------------------------------ what is answered

    def pointers(self, values: tuple[Value, ...]) -> Pointers | None:
        """From the values of `poll`; None where one of them is missing."""
        epoch, boot, head, tail = (values[place] for place in self._places)
        if isinstance(epoch, int) and isinstance(boot, int) and isinstance(head, int) and isinstance(tail, int):
            return Pointers(epoch, boot, head, tail)
        return None

    def size(self, content: bytes) -> int:
        """How many slots the ring has; 0 for a number that cannot be."""
        size = int.from_bytes(content, "big")
        return size if self._ring.address + self._ring.slot_registers * size <= _ADDRESSES else 0

    def serial(self, content: bytes) -> str | None:
        """The serial number as text; None for one that is marked invalid."""
        ((serial,), _) = self._serial_decoder.decode(content)
        return None if serial is None else str(serial)

    def unknown_card(self, content: bytes) -> tuple[int, str]:
        """The sequence of the last unknown card's event, and the card's hash in 16 hex digits."""
        card, sequence = _UNKNOWN_CARD.unpack(content)
        return sequence, f"{card:016x}"

    # ------------------------------------------------------------ what is kept

    def of_unknown_card(self, slot: Slot) -> bool:
        """Whether somebody showed a card that the controller does not know."""
        return self._ring.kinds.get(slot.type) == _UNKNOWN

    def event(self, slot: Slot, ring: str, received_ns: int, cards: Mapping[int, str]) -> DeviceEvent:
        """What happened. `cards` are hashes of unknown cards by the sequence of their event."""
        kind = self._ring.kinds.get(slot.type, f"type_{slot.type}")
        body = {"door": slot.door, "part": self._parts.get(slot.door, ""), "reader": slot.reader, "ref": slot.ref}
        if kind == _UNKNOWN and slot.sequence in cards:
            body["card"] = cards[slot.sequence]
        measured = float(slot.utc) if slot.utc else None
        return DeviceEvent(self._unit.device.id, ring, slot.sequence, kind, body, received_ns, measured)

    def gap(self, gap: Gap, received_ns: int) -> DeviceEvent:
        """What was lost."""
        body = {"from": gap.first, "to": gap.end, "why": gap.why, "then": gap.then}
        return DeviceEvent(self._unit.device.id, f"{gap.ring}/gap", gap.number, "gap", body, received_ns)


def _pointers_of(unit: Unit) -> tuple[Poll, tuple[int, int, int, int]]:
    """The poll that reads the pointers of the ring, and where in its values epoch, boot, head and tail stand."""
    for poll in unit.polls:
        places = {point.meaning: place for place, point in enumerate(unit.device.groups[poll.group].points)}
        if places.keys() >= set(_POINTERS):
            epoch, boot, head, tail = (places[meaning] for meaning in _POINTERS)
            return poll, (epoch, boot, head, tail)
    raise Misconfigured(f"{unit.profile.product}: draining events needs {', '.join(_POINTERS)} in one read")
