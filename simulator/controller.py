"""An ACP-1 door controller as a state machine: no clock, no I/O; what Modbus makes of it is in `registers`.

Every method takes `now`: seconds since 1970 on an axis that never jumps back. The controller's own clock is `now` plus an error.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from math import inf
from typing import TypeAlias

from simulator import system
from simulator.door import INPUTS, Door, Mode
from simulator.mailbox import Mailbox
from simulator.ring import RING_SLOTS, Event, Ring, crc16
from simulator.system import FIRE_INPUT, FIRE_LATCHED, HOST_LOST, LOCKDOWN, OFFLINE_MODE, RING_OVERRUN, SYSTEM_INPUTS

HOST_TIMEOUT_SECONDS = 60

Measure: TypeAlias = Callable[[float, bool], tuple[int, int, int]]
"""At a time, with mains failed or not: supply in mV, battery in mV, temperature in 0.1 degrees Celsius."""

_STATUS = struct.Struct(">HHHIIH4HHHh")  # 0x0100..0x010E; BLK_CRC follows
_IDENTITY = struct.Struct(">HHHHHIHHHHH")  # 0x0000..0x000B


class Controller:
    """A controller of two or four doors, from its boot at `now` on."""

    __slots__ = (
        "_block",
        "_block_beat",
        "_booted_at",
        "_clock_error",
        "_host_lost_at",
        "_hung_beat",
        "_measure",
        "acknowledged",
        "answers_from",
        "boot_id",
        "doors",
        "host_beat",
        "host_timeout",
        "mailbox",
        "model",
        "next_change",
        "ring",
        "serial",
        "system",
    )

    def __init__(self, serial: int, door_count: int, now: float, measure: Measure, boot_id: int = 1) -> None:
        if door_count not in (2, 4):
            raise ValueError(f"an ACP-1 has 2 or 4 doors, not {door_count}")
        self.serial = serial
        self.model = door_count
        self.boot_id = boot_id
        self.ring = Ring()
        self.doors = tuple(Door(number, self._log) for number in range(1, door_count + 1))
        self.mailbox = Mailbox()
        self.system = 0
        """The SYS register."""
        self.host_beat = 0
        self.host_timeout = HOST_TIMEOUT_SECONDS
        self.acknowledged = 0
        """EV_ACK: the host has stored every event below this one; 0 until it ever said so."""
        self.answers_from = -inf
        """While it boots it answers nothing; from this time on it does again."""
        self.next_change = inf
        self._measure = measure
        self._clock_error = 0.0
        self._booted_at = now
        self._hung_beat: int | None = None
        self._host_lost_at = inf
        self._block = b""
        self._block_beat = -1
        self._log(now, Event.BOOT, 0, 1)

    # ------------------------------------------------------------ people and wires

    def present_card(self, door: int, user: int, now: float, denied: Event | None = None) -> bool:
        """A card at the reader; True when the lock is released for it. `user` is an index, never a card number."""
        place = self.door(door)
        if denied is None and (place.barred or place.mode == Mode.LOCKED):
            denied = Event.DENIED_SCHEDULE
        self._log(now, Event.GRANTED if denied is None else denied, door, user)
        if denied is None:
            place.pulse(now, place.pulse_seconds)
        self.touched()
        return denied is None

    def press_exit(self, door: int, now: float) -> None:
        """The exit button is pressed."""
        self.door(door).press_exit(now)
        self.touched()

    def release_exit(self, door: int, now: float) -> None:
        """The exit button is let go."""
        self.door(door).release_exit(now)
        self.touched()

    def open_door(self, door: int, now: float) -> bool:
        """Somebody pushes the leaf; False when the lock holds it."""
        place = self.door(door)
        free = not place.locked
        if free:
            place.open(now)
            self.touched()
        return free

    def force_door(self, door: int, now: float) -> bool:
        """Somebody breaks the leaf open; False when the door stands free and nobody needs to."""
        place = self.door(door)
        place.secure(now)
        forced = place.locked
        if forced:
            place.open(now)
        self.touched()
        return forced

    def close_door(self, door: int, now: float) -> None:
        """The leaf shuts."""
        self.door(door).close(now)
        self.touched()

    def set_input(self, name: str, on: bool, now: float, door: int = 0) -> None:  # noqa: FBT001 - the wire is on or off
        """A condition of `INPUTS` (with a door) or `SYSTEM_INPUTS` (door 0) comes or goes."""
        bit, coming, going = INPUTS[name] if door else SYSTEM_INPUTS[name]
        before = self.door(door).inputs if door else self.system
        after = before | bit if on else before & ~bit
        if after == before:
            return
        if door:
            self.door(door).inputs = after
            self.door(door).settle(now)
        else:
            self.system = after
        event = coming if on else going
        if event is not None:
            self._log(now, event, door, 0)
        self.touched()

    # ------------------------------------------------------------ fire

    def set_fire_input(self, on: bool, now: float) -> None:  # noqa: FBT001 - the wire is on or off
        """The fire panel's contact. Coming, it releases every door whose fire action says so, until a person resets it."""
        if on == bool(self.system & FIRE_INPUT):
            return
        self.system ^= FIRE_INPUT
        self._log(now, Event.FIRE_INPUT if on else Event.FIRE_INPUT_END, 0, 0)
        if on:
            if not self.system & FIRE_LATCHED:
                self.system |= FIRE_LATCHED
                self._log(now, Event.RELEASE_LATCHED, 0, 0)
            self.release_by_fire(now)
        self.touched()

    def release_by_fire(self, now: float) -> None:
        """Release the doors that the active fire input concerns; also after a change of their fire action."""
        if not self.system & FIRE_INPUT:
            return
        for door in self.doors:
            if door.config[5]:
                door.released_by_fire = True
                door.settle(now)

    def release_by_command(self, mask: int, now: float) -> None:
        """Release the doors of `mask` whatever else is set; a level, so that saying it again changes nothing."""
        for door in self.in_mask(mask):
            if not door.released_by_command:
                door.released_by_command = True
                self._log(now, Event.RELEASE_LATCHED, door.number, 0)
            door.settle(now)
        self.system |= FIRE_LATCHED
        self.touched()

    def reset_fire(self, now: float, *, commanded_too: bool) -> bool:
        """Let go of the latch; False while the fire input is active. A commanded release ends only when named."""
        if self.system & FIRE_INPUT:
            return False
        for door in self.doors:
            door.released_by_fire = False
            door.released_by_command = door.released_by_command and not commanded_too
            door.settle(now)
        latched = any(door.released_by_command for door in self.doors)
        if self.system & FIRE_LATCHED and not latched:
            self.system &= ~FIRE_LATCHED
            self._log(now, Event.LATCH_RESET, 0, 0)
        self.touched()
        return True

    # ------------------------------------------------------------ the host's wishes

    def pulse(self, door: Door, seconds: float, command: int, now: float) -> bool:
        """Unlock once from afar; False in lockdown."""
        if door.barred:
            return False
        self._log(now, Event.REMOTE_UNLOCK, door.number, command)
        door.pulse(now, seconds)
        self.touched()
        return True

    def end_pulse(self, door: Door, now: float) -> None:
        """End an unlock early, though not before its 0.5 s."""
        door.end_pulse(now)
        self.touched()

    def set_mode(self, door: Door, mode: Mode, now: float) -> None:
        """Card, free, locked, or card and PIN."""
        if mode != door.mode:
            door.mode = mode
            self._log(now, Event.MODE_CHANGED, door.number, mode)
        door.settle(now)
        self.touched()

    def hold_free(self, door: Door, on: bool, now: float) -> None:  # noqa: FBT001 - the coil is on or off
        """Keep a door unlocked until told otherwise, or until a reboot."""
        if on != door.held_free:
            door.held_free = on
            self._log(now, Event.MODE_CHANGED, door.number, Mode.FREE if on else door.mode)
        door.settle(now)
        self.touched()

    def set_lockdown(self, on: bool, now: float) -> bool:  # noqa: FBT001 - the coil is on or off
        """Bar every door; False when asked for during a fire. It never holds back a fire release."""
        if on and self.system & (FIRE_INPUT | FIRE_LATCHED):
            return False
        self.system = self.system | LOCKDOWN if on else self.system & ~LOCKDOWN
        for door in self.doors:
            door.barred = on
            if on:
                door.end_pulse(now)
            door.settle(now)
        self.touched()
        return True

    def hear_host(self, beat: int, now: float) -> None:
        """HOST_HB was written. The host is missed only once it has been heard since the boot."""
        self.host_beat = beat
        if self.system & HOST_LOST:
            self.system &= ~(HOST_LOST | OFFLINE_MODE)
            self._log(now, Event.HOST_BACK, 0, 0)
        self._host_lost_at = now + self.host_timeout if self.host_timeout else inf
        self.touched()

    def set_host_timeout(self, seconds: int, now: float) -> None:
        """HOST_TIMEOUT in seconds; 0 stops missing the host."""
        self.host_timeout = seconds
        if self._host_lost_at < inf:
            self._host_lost_at = now + seconds if seconds else inf
        self.touched()

    def acknowledge(self, sequence: int) -> None:
        """EV_ACK: every event below `sequence` is stored; an overrun is over once the ring holds the rest."""
        self.acknowledged = min(sequence, self.ring.head)
        if self.ring.head - self.acknowledged <= RING_SLOTS:
            self.system &= ~RING_OVERRUN
        self.touched()

    def config_written(self, door: Door, now: float) -> None:
        """A door's configuration changed."""
        self.system |= system.CONFIG_CHANGED
        self._log(now, Event.CONFIG_CHANGED, door.number, 0)
        door.settle(now)
        self.release_by_fire(now)
        self.touched()

    # ------------------------------------------------------------ clock, boot, ring

    def utc(self, now: float) -> float:
        """What its clock says, in seconds since 1970; 0 when the clock is not to be believed."""
        return 0.0 if self.system & system.CLOCK_INVALID else max(0.0, now + self._clock_error)

    def set_clock(self, utc: float, now: float) -> None:
        """Set the clock; the event carries the old time."""
        old = int(self.utc(now))
        self._clock_error = utc - now
        self.system &= ~system.CLOCK_INVALID
        self._log(now, Event.CLOCK_SET, 0, old)
        self.touched()

    def reboot(self, now: float, silent_seconds: float, cause: int = 2) -> None:
        """Boot again (cause 1 power, 2 watchdog, 3 command): a new BOOT_ID, heartbeat from 0, no answer for a while.

        Modes, lockdown, the fire latch, the ring and the last executed command id live in non-volatile memory.
        """
        self.boot_id = self.boot_id + 1 & 0xFFFF
        self._booted_at = now + silent_seconds
        self.answers_from = now + silent_seconds
        self._hung_beat = None
        self._host_lost_at = inf
        self.host_beat = self.acknowledged = 0
        self.system &= ~(HOST_LOST | OFFLINE_MODE | system.CONFIG_CHANGED | RING_OVERRUN)
        self._log(now, Event.BOOT, 0, cause)
        for door in self.doors:
            door.restart(now)
        self.touched()

    def wipe_ring(self) -> None:
        """The ring is lost: a new EPOCH, sequence numbers from 1."""
        self.ring.wipe()
        self.acknowledged = 0
        self.touched()

    def hang(self, now: float, *, hung: bool) -> None:
        """The application hangs, or goes on: HEARTBEAT stands still while the communication chip answers."""
        self._hung_beat = self.heartbeat(now) if hung else None
        self.touched()

    # ------------------------------------------------------------ what is read

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        if now < self.next_change:
            return
        for door in self.doors:
            door.advance(now)
        if self._host_lost_at <= now:
            lost_at, self._host_lost_at = self._host_lost_at, inf
            self.system |= HOST_LOST | OFFLINE_MODE
            self._log(lost_at, Event.HOST_LOST, 0, 0)
        self.touched()

    def heartbeat(self, now: float) -> int:
        """HEARTBEAT: one more each second since the boot."""
        return self._hung_beat if self._hung_beat is not None else max(0, int(now - self._booted_at)) & 0xFFFF

    def door(self, number: int) -> Door:
        """The door of this number, from 1; raises `IndexError` for a door that it does not have."""
        if number < 1:
            raise IndexError(number)
        return self.doors[number - 1]

    def in_mask(self, mask: int) -> list[Door]:
        """The doors that a DOOR_MASK names, bit 0 = door 1; bits of absent doors name nothing."""
        return [door for door in self.doors if mask >> door.number - 1 & 1]

    def words(self) -> tuple[int, int, int, int]:
        """DOOR1..DOOR4; an absent door reads 0."""
        one, two, *more = (door.word for door in self.doors)
        return (one, two, more[0], more[1]) if more else (one, two, 0, 0)

    def measured(self, now: float) -> tuple[int, int, int]:
        """SUPPLY and BATT in mV, TEMP in 0.1 degrees Celsius."""
        return self._measure(now, bool(self.system & system.MAINS_FAIL))

    def identity(self) -> bytes:
        """Input registers 0x0000..0x000B."""
        doors = self.model
        return _IDENTITY.pack(
            system.MAGIC,
            system.MAP_VERSION,
            doors,
            doors,
            doors,
            self.serial,
            system.FIRMWARE,
            system.BUILD,
            system.CAPABILITIES,
            0,  # USER_CAP
            RING_SLOTS,
        )

    def status(self, now: float) -> bytes:
        """Input registers 0x0100..0x010F, consistent in itself and closed by BLK_CRC; packed anew only after a change."""
        beat = self.heartbeat(now)
        if beat != self._block_beat:
            ring = self.ring
            block = _STATUS.pack(
                beat, self.boot_id, ring.epoch, ring.head, ring.tail, self.system, *self.words(), *self.measured(now)
            )
            self._block = block + crc16(block).to_bytes(2, "big")
            self._block_beat = beat
        return self._block

    def touched(self) -> None:
        """Something changed: forget the packed status block, look again when the next thing is due."""
        self._block_beat = -1
        self.next_change = min(self._host_lost_at, *(door.next_change for door in self.doors))

    def _log(self, now: float, event: Event, door: int, ref: int) -> None:
        utc = int(self.utc(now))
        self.ring.append(utc, event, door, ref)
        unsent = self.ring.head - self.acknowledged
        if self.acknowledged and unsent > RING_SLOTS and not self.system & RING_OVERRUN:
            self.system |= RING_OVERRUN
            self.ring.append(utc, Event.RING_OVERRUN, 0, unsent + 1 - RING_SLOTS)  # this event displaces one as well
