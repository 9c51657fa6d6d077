"""The command mailbox of ACP-1: sixteen holding registers at 0x0400 written in one frame, the result at 0x0410.

Opcode 9, fire release, is a level: neither CMD_ID nor VALID_UNTIL is looked at, and no lockdown or mode holds it back.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import TYPE_CHECKING

from simulator.door import MINIMUM_PULSE_SECONDS, Mode

if TYPE_CHECKING:
    from simulator.controller import Controller
    from simulator.door import Door

FRAME_REGISTERS = 16
COMMIT = 0xA55A

_FRAME = struct.Struct(">HHHHII8s6sH")


class Opcode(IntEnum):
    """What the mailbox can be asked."""

    PULSE = 1
    SET_MODE = 2
    SET_TIME = 3
    RESET_FIRE = 4
    BEGIN_TABLE = 5
    COMMIT_TABLE = 6
    ABORT_TABLE = 7
    RELAY_TEST = 8
    FIRE_RELEASE = 9


class Result(IntEnum):
    """How it ended. Nothing here takes long, so `busy` (1) never comes; without a MAC, neither does `auth` (5)."""

    DONE = 0
    BAD_ARGUMENT = 2
    REFUSED = 3
    EXPIRED = 4
    DUPLICATE = 6


class Mailbox:
    """The last frame and its result."""

    __slots__ = ("_executed_id", "door_after", "frame", "last_id", "result")

    def __init__(self) -> None:
        self.frame = bytes(2 * FRAME_REGISTERS)
        self.last_id = 0
        """CMD_ID of the frame that `result` belongs to."""
        self.result = Result.DONE
        self.door_after = 0
        """The status word of the first door named, right after the command."""
        self._executed_id = 0

    def take(self, frame: bytes, controller: Controller, now: float) -> None:
        """Execute a frame of 32 bytes, or say why not."""
        self.frame = frame
        command_id, opcode, mask, argument, argument32, valid_until, _, reserved, commit = _FRAME.unpack(frame)
        self.last_id = command_id
        if commit != COMMIT or any(reserved):
            self.result = Result.BAD_ARGUMENT
        elif opcode == Opcode.FIRE_RELEASE:
            self.result = _release(controller, mask, now)
        elif command_id == self._executed_id:
            self.result = Result.DUPLICATE
        elif 0 < valid_until < controller.utc(now):
            self.result = Result.EXPIRED
        else:
            self.result = _execute(controller, opcode, mask, argument, argument32, command_id, now)
            if self.result is Result.DONE:
                self._executed_id = command_id
        named = controller.in_mask(mask)
        self.door_after = named[0].word if named else 0


def _release(controller: Controller, mask: int, now: float) -> Result:
    doors = controller.in_mask(mask)
    if not doors:
        return Result.BAD_ARGUMENT
    controller.fire.command(doors, now)
    controller.touched()
    return Result.DONE


def _execute(
    controller: Controller, opcode: int, mask: int, argument: int, argument32: int, command_id: int, now: float
) -> Result:
    doors = controller.in_mask(mask)
    match opcode:
        case Opcode.SET_TIME:
            controller.set_clock(argument32, now)
            return Result.DONE
        case Opcode.RESET_FIRE:
            done = controller.fire.reset(now, commanded_too=True)
            controller.touched()
            return Result.DONE if done else Result.REFUSED
        case Opcode.BEGIN_TABLE | Opcode.COMMIT_TABLE | Opcode.ABORT_TABLE:
            return _work_on_table(controller, Opcode(opcode), argument, argument32, now)
        case Opcode.PULSE | Opcode.RELAY_TEST if doors:
            seconds = argument / 10 if opcode == Opcode.PULSE else MINIMUM_PULSE_SECONDS
            return _pulse(controller, doors, seconds, command_id, now)
        case Opcode.SET_MODE if doors and argument <= max(Mode):
            return _set_mode(controller, doors, Mode(argument), now)
    return Result.BAD_ARGUMENT


def _work_on_table(controller: Controller, opcode: Opcode, argument: int, version: int, now: float) -> Result:
    match opcode:
        case Opcode.BEGIN_TABLE:
            done = controller.table.begin(argument, version)
        case Opcode.COMMIT_TABLE:
            done = controller.commit_table(argument, version, now)
        case _:
            done = controller.table.abort()
    return Result.DONE if done else Result.BAD_ARGUMENT


def _pulse(controller: Controller, doors: list[Door], seconds: float, command_id: int, now: float) -> Result:
    if any(door.barred for door in doors):
        return Result.REFUSED
    for door in doors:
        controller.pulse(door, seconds, command_id, now)
    return Result.DONE


def _set_mode(controller: Controller, doors: list[Door], mode: Mode, now: float) -> Result:
    if any(door.released for door in doors):
        return Result.REFUSED
    for door in doors:
        controller.set_mode(door, mode, now)
    return Result.DONE
