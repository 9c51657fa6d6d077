"""A door controller as the benchmark sees it: 52 points and a door bit, and a share of the values moving at each poll.

    FC1 0-15    16 coils               FC3 0-9   10 holding registers
    FC2 0-15    16 discrete inputs     FC4 0-9   10 input registers
    FC2 32      the door bit

Discrete input 15 says "door forced": it moves only when the benchmark moves it, and so does the door bit.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

COILS, DISCRETE_INPUTS, HOLDING, INPUT = 1, 2, 3, 4
"""Function codes of the Modbus Application Protocol 1.1b3, section 6."""

BITS: Final = 16
REGISTERS: Final = 10
BLOCK: Final = 125
"""Registers in one request (Modbus Application Protocol V1.1b3, 6.3)."""
DOOR: Final = 32
FORCED: Final = 15
POINTS: Final = 2 * BITS + 2 * REGISTERS

_STEPS: Final = 10
"""Polls after which the turns of the moving values begin anew; every share in tenths comes out whole."""

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2
"""Exception codes of the same document, section 7."""


def turns(width: int, share: float) -> tuple[tuple[int, ...], ...]:
    """Which of `width` values move at each of ten successive polls, so that on average `share` of them do."""
    moved, cursor, due = [], 0, 0.0
    for _ in range(_STEPS):
        due += share * width
        count = int(due + 1e-9)
        due -= count
        moved.append(tuple((cursor + i) % width for i in range(count)))
        cursor += count
    return tuple(moved)


class MovingBits:
    """Sixteen bits of which the first `moving` move in turns."""

    def __init__(self, moving: int, share: float) -> None:
        self.word = 0
        self._moving = moving
        self._poll = 0
        self.let_move(share)

    def let_move(self, share: float) -> None:
        """From the next poll on, let this share of the moving bits move."""
        self._masks = [sum(1 << bit for bit in turn) for turn in turns(self._moving, share)]

    def read(self, address: int, count: int) -> bytes:
        """Move, then pack `count` bits from `address`, low bit first."""
        self._poll = (self._poll + 1) % _STEPS
        self.word ^= self._masks[self._poll]
        return (self.word >> address & (1 << count) - 1).to_bytes((count + 7) // 8, "little")


class MovingRegisters:
    """Ten registers that count up in turns."""

    def __init__(self, share: float) -> None:
        self._values = [0] * REGISTERS
        self._poll = 0
        self.let_move(share)

    def let_move(self, share: float) -> None:
        """From the next poll on, let this share of the registers move."""
        self._turns = turns(REGISTERS, share)

    def read(self, address: int, count: int) -> bytes:
        """Move, then pack `count` registers from `address`."""
        self._poll = (self._poll + 1) % _STEPS
        values = self._values
        for i in self._turns[self._poll]:
            values[i] = values[i] + 1 & 0xFFFF
        return struct.pack(f">{count}H", *values[address : address + count])


@dataclass(slots=True)
class Change:
    """One change of a watched bit: when it happened, and when the first answer that carried it was written.

    Times are CLOCK_BOOTTIME in nanoseconds; `answered_ns` is 0 while no answer has carried it.
    """

    controller: int
    bit: int
    value: bool
    changed_ns: int
    answered_ns: int = 0


class Controller:
    """One controller (or one unit behind a shared host)."""

    def __init__(self, number: int, share: float) -> None:
        self.number = number
        self.dead = False
        self.door = False
        self._uncarried: dict[int, Change] = {}
        self._coils = MovingBits(BITS, share)
        self._inputs = MovingBits(FORCED, share)
        self._holding = MovingRegisters(share)
        self._input = MovingRegisters(share)

    def let_move(self, share: float) -> None:
        """From the next poll on, let this share of the values move."""
        for block in (self._coils, self._inputs, self._holding, self._input):
            block.let_move(share)

    def change(self, bit: int, *, value: bool, now_ns: int) -> Change:
        """Move the door bit (`DOOR`) or the forced bit (`FORCED`)."""
        if bit == DOOR:
            self.door = value
        else:
            self._inputs.word = self._inputs.word & ~(1 << FORCED) | value << FORCED
        change = Change(self.number, bit, value, now_ns)
        self._uncarried[bit] = change
        return change

    def answer(self, function: int, address: int, count: int, now_ns: int) -> bytes:
        """The answer PDU of a read, an exception response for anything outside the map."""
        if function == DISCRETE_INPUTS and address == DOOR and count == 1:
            self._carry(DOOR, now_ns)
            return b"\x02\x01\x01" if self.door else b"\x02\x01\x00"
        if function not in (COILS, DISCRETE_INPUTS, HOLDING, INPUT):
            return bytes((function | 0x80, ILLEGAL_FUNCTION))
        width = BITS if function in (COILS, DISCRETE_INPUTS) else REGISTERS
        if not 1 <= count <= width - address:
            return bytes((function | 0x80, ILLEGAL_ADDRESS))
        if function == DISCRETE_INPUTS:
            if address <= FORCED < address + count:
                self._carry(FORCED, now_ns)
            data = self._inputs.read(address, count)
        elif function == COILS:
            data = self._coils.read(address, count)
        else:
            data = (self._holding if function == HOLDING else self._input).read(address, count)
        return bytes((function, len(data))) + data

    def _carry(self, bit: int, now_ns: int) -> None:
        change = self._uncarried.pop(bit, None)
        if change is not None:
            change.answered_ns = now_ns


class Meter:
    """A unit of nothing but holding registers, read in blocks of at most `BLOCK`; a share of each block moves at each read."""

    def __init__(self, number: int, share: float, registers: int) -> None:
        self.number = number
        self.dead = False
        self.door = False
        self._values = [0] * registers
        self._reads = 0
        self.let_move(share)

    def let_move(self, share: float) -> None:
        """From the next poll on, let this share of the values move."""
        self._turns = turns(BLOCK, share)

    def change(self, bit: int, *, value: bool, now_ns: int) -> Change:
        """It has no watched bits: the change is carried at once, and by nobody."""
        return Change(self.number, bit, value, now_ns)

    def answer(self, function: int, address: int, count: int, now_ns: int) -> bytes:  # noqa: ARG002 - as a controller's
        """The answer PDU of a read, an exception response for anything outside the map."""
        if function != HOLDING:
            return bytes((function | 0x80, ILLEGAL_FUNCTION))
        values = self._values
        if not 1 <= count <= min(BLOCK, len(values) - address):
            return bytes((function | 0x80, ILLEGAL_ADDRESS))
        self._reads += 1
        for i in self._turns[self._reads % _STEPS]:
            if i < count:
                values[address + i] = values[address + i] + 1 & 0xFFFF
        return bytes((function, 2 * count)) + struct.pack(f">{count}H", *values[address : address + count])
