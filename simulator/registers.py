"""The register map of ACP-1 laid over a controller (zero-based PDU addresses, big-endian, 32-bit values as ABCD).

A read or write that touches one address outside the map fails whole with exception 02; a value that the map forbids, or
that the controller's state refuses, with 03. Nothing is half done.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simulator import table_registers
from simulator.door import CONFIG_LIMITS, Door
from simulator.mailbox import FRAME_REGISTERS
from simulator.ring import RING_SLOTS, SLOT_REGISTERS
from simulator.system import LOCKDOWN, MAP_DOORS
from simulator.table import TableRefused

if TYPE_CHECKING:
    from simulator.controller import Controller

ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3

IDENTITY, IDENTITY_COUNT = 0x0000, 12
STATUS, STATUS_COUNT = 0x0100, 16
MAILBOX = 0x0400
RESULT, RESULT_COUNT = 0x0410, 10
HOST, HOST_COUNT = 0x0500, 2
CLOCK, CLOCK_COUNT = 0x0510, 4
ZONE = 0x0513
ZONE_LIMITS = (-720, 840)
"""Minutes east of UTC: from Baker Island to the Line Islands."""
ACKNOWLEDGED, ACKNOWLEDGED_COUNT = 0x0520, 2
DOOR_CONFIG, DOOR_CONFIG_STRIDE, DOOR_CONFIG_COUNT = 0x0600, 0x20, 9
RING, RING_COUNT = 0x1000, RING_SLOTS * SLOT_REGISTERS

COIL_COUNT = 0x12
COIL_PULSE, COIL_HOLD_FREE, COIL_RESET_FIRE, COIL_LOCKDOWN = 0x00, 0x08, 0x10, 0x11
DISCRETE_COUNT = 64


class Refused(Exception):
    """A Modbus exception reply with its code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code:02X}")
        self.code = code


def read_input(controller: Controller, address: int, count: int, now: float) -> bytes:
    """Input registers (FC04) as bytes."""
    if address == STATUS and count == STATUS_COUNT:
        return controller.status(now)
    if address >= RING and address + count <= RING + RING_COUNT:
        return controller.ring.read(address - RING, count)
    if data := _slice(IDENTITY, controller.identity(), address, count):
        return data
    if data := _slice(STATUS, controller.status(now), address, count):
        return data
    if data := _slice(RESULT, _result(controller), address, count):
        return data
    if address >= table_registers.STATE and (
        data := _slice(table_registers.STATE, table_registers.state(controller.table), address, count)
    ):
        return data
    raise Refused(ILLEGAL_ADDRESS)


def read_holding(controller: Controller, address: int, count: int, now: float) -> bytes:
    """Holding registers (FC03, and the reading half of FC23) as bytes; the mailbox reads back with its result."""
    if table_registers.FIRST <= address <= table_registers.LAST:
        window = table_registers.block_at(controller.table, address)
        if window is not None and (data := _slice(*window, address, count)):
            return data
        raise Refused(ILLEGAL_ADDRESS)
    mailbox = controller.mailbox
    seconds, fraction = divmod(controller.utc(now), 1)
    blocks = [
        (MAILBOX, mailbox.frame + _result(controller)),
        (HOST, struct.pack(">HH", controller.host.beat, controller.host.timeout_seconds)),
        (CLOCK, struct.pack(">IHh", int(seconds), int(fraction * 1000), controller.zone_minutes)),
        (ACKNOWLEDGED, struct.pack(">I", controller.acknowledged)),
    ]
    for number in range(1, MAP_DOORS + 1):
        config = controller.doors[number - 1].config if number <= controller.model else [0] * DOOR_CONFIG_COUNT
        blocks.append((_config_address(number), struct.pack(f">{DOOR_CONFIG_COUNT}H", *config)))
    for start, block in blocks:
        if data := _slice(start, block, address, count):
            return data
    raise Refused(ILLEGAL_ADDRESS)


def write_holding(controller: Controller, address: int, values: tuple[int, ...], now: float) -> None:
    """Write holding registers (FC06, FC16). The mailbox takes its sixteen in one frame only; so does each 32-bit value."""
    if table_registers.FIRST <= address <= table_registers.LAST:
        _write_table(controller, address, values)
        return  # the status block shows nothing of it
    match address, len(values):
        case (0x0400, 16):
            controller.mailbox.take(struct.pack(f">{FRAME_REGISTERS}H", *values), controller, now)
        case (0x0500, 1):
            controller.host.hear(values[0], now)
        case (0x0500, 2) | (0x0501, 1):
            controller.host.set_timeout(values[-1], now)
            if address == HOST:
                controller.host.hear(values[0], now)
        case (0x0510, 2 | 3 | 4):
            _set_clock(controller, values, now)
        case (0x0513, 1):
            controller.zone_minutes = _zone(values[0])
        case (0x0520, 2):
            controller.acknowledge(values[0] << 16 | values[1])
        case _:
            _write_config(controller, address, values, now)
    controller.touched()


def read_coils(controller: Controller, address: int, count: int, now: float) -> list[bool]:
    """Coils (FC01); a spare address between them reads 0."""
    if address + count > COIL_COUNT:
        raise Refused(ILLEGAL_ADDRESS)
    coils = [False] * COIL_COUNT
    for door in controller.doors:
        coils[COIL_PULSE + door.number - 1] = door.pulsing(now)
        coils[COIL_HOLD_FREE + door.number - 1] = door.held_free
    coils[COIL_LOCKDOWN] = bool(controller.system_word() & LOCKDOWN)
    return coils[address : address + count]


def write_coils(controller: Controller, address: int, values: list[bool], now: float) -> None:
    """Write coils (FC05, FC15). There is no coil that holds back a fire release."""
    pairs = list(enumerate(values, start=address))
    if not all(_coil_exists(controller, coil) for coil, _ in pairs):
        raise Refused(ILLEGAL_ADDRESS)
    if any(on and _coil_refused(controller, coil) for coil, on in pairs):
        raise Refused(ILLEGAL_VALUE)
    for coil, on in pairs:
        _write_coil(controller, coil, on, now)
    controller.touched()


def read_discrete(controller: Controller, address: int, count: int) -> list[bool]:
    """Discrete inputs (FC02): the bits of the door words, sixteen for each of four doors."""
    if address + count > DISCRETE_COUNT:
        raise Refused(ILLEGAL_ADDRESS)
    words = controller.words()
    return [bool(words[bit >> 4] >> (bit & 15) & 1) for bit in range(address, address + count)]


def _slice(start: int, block: bytes, address: int, count: int) -> bytes:
    first = 2 * (address - start)
    return block[first : first + 2 * count] if first >= 0 and first + 2 * count <= len(block) else b""


def _result(controller: Controller) -> bytes:
    mailbox = controller.mailbox
    executed = (mailbox.last_id, mailbox.result, mailbox.door_after)
    return struct.pack(">HHHHQI", *executed, 0, *controller.last_card)


def _set_clock(controller: Controller, values: tuple[int, ...], now: float) -> None:
    high, low, *rest = values
    milliseconds = rest[0] if rest else 0
    if milliseconds >= 1000:  # noqa: PLR2004 - a second has 1000 milliseconds
        raise Refused(ILLEGAL_VALUE)
    if len(values) == CLOCK_COUNT:
        controller.zone_minutes = _zone(values[-1])
    controller.set_clock((high << 16 | low) + milliseconds / 1000, now)


def _zone(word: int) -> int:
    minutes = word - 0x10000 if word & 0x8000 else word
    if not ZONE_LIMITS[0] <= minutes <= ZONE_LIMITS[1]:
        raise Refused(ILLEGAL_VALUE)
    return minutes


def _write_table(controller: Controller, address: int, values: tuple[int, ...]) -> None:
    try:
        written = table_registers.write(controller.table, address, values)
    except TableRefused:
        raise Refused(ILLEGAL_VALUE) from None
    if not written:
        raise Refused(ILLEGAL_VALUE if table_registers.is_torn(address) else ILLEGAL_ADDRESS)


def _config_address(door: int) -> int:
    return DOOR_CONFIG + DOOR_CONFIG_STRIDE * (door - 1)


def _write_config(controller: Controller, address: int, values: tuple[int, ...], now: float) -> None:
    door_index, first = divmod(address - DOOR_CONFIG, DOOR_CONFIG_STRIDE)
    in_mailbox = MAILBOX <= address < MAILBOX + FRAME_REGISTERS
    torn = in_mailbox or address in (CLOCK, CLOCK + 1, CLOCK + 2, ACKNOWLEDGED, ACKNOWLEDGED + 1)
    if torn:
        raise Refused(ILLEGAL_VALUE)
    if not 0 <= door_index < controller.model or first + len(values) > DOOR_CONFIG_COUNT:
        raise Refused(ILLEGAL_ADDRESS)
    limits = CONFIG_LIMITS[first : first + len(values)]
    if not all(low <= value <= high for value, (low, high) in zip(values, limits, strict=True)):
        raise Refused(ILLEGAL_VALUE)
    controller.configure(controller.doors[door_index], first, values, now)


def _coil_exists(controller: Controller, coil: int) -> bool:
    return coil in (COIL_RESET_FIRE, COIL_LOCKDOWN) or _door_of(controller, coil) is not None


def _door_of(controller: Controller, coil: int) -> Door | None:
    index = coil - COIL_HOLD_FREE if coil >= COIL_HOLD_FREE else coil - COIL_PULSE
    return controller.doors[index] if index < controller.model else None


def _coil_refused(controller: Controller, coil: int) -> bool:
    if coil == COIL_RESET_FIRE:
        return controller.fire.input_active
    if coil == COIL_LOCKDOWN:
        return bool(controller.fire.bits)
    door = _door_of(controller, coil)
    return coil < COIL_HOLD_FREE and door is not None and door.barred


def _write_coil(controller: Controller, coil: int, on: bool, now: float) -> None:  # noqa: FBT001 - a coil is on or off
    door = _door_of(controller, coil)
    if coil == COIL_LOCKDOWN:
        controller.set_lockdown(on, now)
    elif coil == COIL_RESET_FIRE:
        if on:
            controller.fire.reset(now, commanded_too=False)
    elif door is None:
        raise Refused(ILLEGAL_ADDRESS)
    elif coil >= COIL_HOLD_FREE:
        controller.hold_free(door, on, now)
    elif on:
        controller.pulse(door, door.pulse_seconds, 0, now)
    else:
        door.end_pulse(now)
