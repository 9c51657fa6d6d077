"""An ACP-1 door controller as a state machine: no clock, no I/O; what Modbus makes of it is in `registers`.

Every method takes `now`: seconds since 1970 on an axis that never jumps back. The controller's own clock is `now` plus
an error.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from math import inf
from typing import TypeAlias

from simulator import system
from simulator.door import INPUTS, Door, Mode
from simulator.fire import FireRelease
from simulator.host import HostWatch
from simulator.mailbox import Mailbox
from simulator.ring import RING_SLOTS, Event, Ring, crc16
from simulator.table import USER_CAPACITY, Table

Measure: TypeAlias = Callable[[float, bool], tuple[int, int, int]]
"""At a time, and with mains failed or not: supply in mV, battery in mV, temperature in 0.1 degrees Celsius."""

_STATUS = struct.Struct(">HHHIIH4HHHh")  # 0x0100..0x010E; BLK_CRC follows
_IDENTITY = struct.Struct(">HHHHHIHHHHH")  # 0x0000..0x000B
_NEVER_PACKED = -1
_ZONE_MINUTES = 480  # China, as the controllers are delivered


class Controller:
    """A controller of two or four doors, from its boot at `now` on."""

    __slots__ = (
        "_block",
        "_block_beat",
        "_booted_at",
        "_clock_error",
        "_hung_beat",
        "_own_bits",
        "acknowledged",
        "answers_from",
        "boot_id",
        "doors",
        "fire",
        "host",
        "last_card",
        "mailbox",
        "measure",
        "model",
        "next_change",
        "ring",
        "serial",
        "table",
        "zone_minutes",
    )

    def __init__(self, serial: int, door_count: int, now: float, measure: Measure, boot_id: int = 1) -> None:
        if door_count not in (2, 4):
            raise ValueError(f"an ACP-1 has 2 or 4 doors, not {door_count}")
        self.serial = serial
        self.model = door_count
        self.boot_id = boot_id
        self.ring = Ring()
        self.doors = tuple(Door(number, self._log) for number in range(1, door_count + 1))
        self.fire = FireRelease(self.doors, self._log)
        self.host = HostWatch(self._log)
        self.mailbox = Mailbox()
        self.table = Table()
        self.zone_minutes = _ZONE_MINUTES
        """Local time is so many minutes east of UTC."""
        self.last_card = (0, 0)
        """The hash of the last unknown card or code, and the sequence of its event."""
        self.acknowledged = 0
        """EV_ACK: the host has stored every event below this one; 0 until it said so."""
        self.answers_from = -inf
        """While it boots it answers nothing; from this time on it does again."""
        self.next_change = inf
        """When `advance` has something to do."""
        self._own_bits = 0
        self.measure = measure
        self._clock_error = 0.0
        self._booted_at = now
        self._hung_beat: int | None = None
        self._block = b""
        self._block_beat = _NEVER_PACKED
        self._log(now, Event.BOOT, 0, 1)

    # ------------------------------------------------------------ people and wires

    def present_card(self, door: Door, user: int, now: float, denied: Event | None = None) -> bool:
        """A card at the reader; True when the lock is released for it. `user` is an index, never a card number."""
        if denied is None and (door.barred or door.mode == Mode.LOCKED):
            denied = Event.DENIED_SCHEDULE
        self._log(now, Event.GRANTED if denied is None else denied, door.number, user)
        if denied is None:
            door.pulse(now, door.pulse_seconds)
        self.touched()
        return denied is None

    def push_door(self, door: Door, now: float) -> bool:
        """Somebody pushes the leaf; False when the lock holds it."""
        if door.locked:
            return False
        door.open(now)
        self.touched()
        return True

    def force_door(self, door: Door, now: float) -> bool:
        """Somebody breaks the leaf open, shut before; False when the lock does not hold it and nobody needs to."""
        door.secure(now)
        forced = door.locked
        if forced:
            door.open(now)
        self.touched()
        return forced

    def set_input(self, name: str, on: bool, now: float, door: Door | None = None) -> None:  # noqa: FBT001 - a wire is on or off
        """A condition of `door.INPUTS`, or without a door of `system.INPUTS`, comes or goes."""
        bit, coming, going = INPUTS[name] if door else system.INPUTS[name]
        before = door.inputs if door else self._own_bits
        if bool(before & bit) == on:
            return
        event = coming if on else going
        if event is not None:
            self._log(now, event, door.number if door else 0, 0)
        if door:
            door.inputs ^= bit
            door.settle(now)
        else:
            self._own_bits ^= bit
        self.touched()

    # ------------------------------------------------------------ the host's wishes

    def pulse(self, door: Door, seconds: float, command: int, now: float) -> bool:
        """Unlock once from afar; False in lockdown."""
        if door.barred:
            return False
        self._log(now, Event.REMOTE_UNLOCK, door.number, command)
        door.pulse(now, seconds)
        self.touched()
        return True

    def set_mode(self, door: Door, mode: Mode, now: float) -> None:
        """Card, free, locked, or card and PIN."""
        if mode != door.mode:
            door.mode = mode
            self._log(now, Event.MODE_CHANGED, door.number, mode)
            door.settle(now)
            self.touched()

    def hold_free(self, door: Door, on: bool, now: float) -> None:  # noqa: FBT001 - a coil is on or off
        """Keep a door unlocked until told otherwise, or until a reboot."""
        if on != door.held_free:
            door.held_free = on
            self._log(now, Event.MODE_CHANGED, door.number, Mode.FREE if on else door.mode)
            door.settle(now)
            self.touched()

    def set_lockdown(self, on: bool, now: float) -> bool:  # noqa: FBT001 - a coil is on or off
        """Bar every door; False when asked for during a fire. It never holds back a fire release."""
        if on and self.fire.bits:
            return False
        self._own_bits = self._own_bits | system.LOCKDOWN if on else self._own_bits & ~system.LOCKDOWN
        for door in self.doors:
            door.barred = on
            if on:
                door.end_pulse(now)
            door.settle(now)
        self.touched()
        return True

    def acknowledge(self, sequence: int) -> None:
        """EV_ACK: every event below `sequence` is stored; an overrun is over once the ring holds the rest."""
        self.acknowledged = min(sequence, self.ring.head)
        if self.ring.head - self.acknowledged <= RING_SLOTS:
            self._own_bits &= ~system.RING_OVERRUN
        self.touched()

    def configure(self, door: Door, first: int, values: tuple[int, ...], now: float) -> None:
        """Set configuration registers of a door, from the one numbered `first`; the values are within their limits."""
        door.config[first : first + len(values)] = values
        self._own_bits |= system.CONFIG_CHANGED
        self._log(now, Event.CONFIG_CHANGED, door.number, 0)
        door.settle(now)
        self.fire.follow_input(now)
        self.touched()

    # ------------------------------------------------------------ clock, boot, ring

    def utc(self, now: float) -> float:
        """What its clock says, in seconds since 1970; 0 when the clock is not to be believed."""
        return 0.0 if self._own_bits & system.CLOCK_INVALID else max(0.0, now + self._clock_error)

    def set_clock(self, utc: float, now: float) -> None:
        """Set the clock; the event carries the old time."""
        old = int(self.utc(now))
        self._clock_error = utc - now
        self._own_bits &= ~system.CLOCK_INVALID
        self._log(now, Event.CLOCK_SET, 0, old)
        self.touched()

    def misset_clock(self, off_seconds: float) -> None:
        """The clock runs wrong by so much, and does not know it."""
        self._clock_error = off_seconds

    def reboot(self, now: float, silent_seconds: float, cause: int = 2) -> None:
        """Boot again (cause 1 power, 2 watchdog, 3 command): a new BOOT_ID, heartbeat from 0, no answer for a while.

        Modes, lockdown, the fire latch, the ring, the table, the zone and the last executed command id live in
        non-volatile memory.
        """
        self.boot_id = self.boot_id + 1 & 0xFFFF
        self._booted_at = self.answers_from = now + silent_seconds
        self._hung_beat = None
        self.acknowledged = 0
        self._own_bits &= ~(system.CONFIG_CHANGED | system.RING_OVERRUN)
        self.host.restart()
        self.table.restart()
        self._log(now, Event.BOOT, 0, cause)
        for door in self.doors:
            door.restart(now)
        self.touched()

    def wipe_ring(self) -> None:
        """The ring is lost: a new EPOCH, sequence numbers from 1."""
        self.ring.wipe()
        self.acknowledged = 0
        self.last_card = (self.last_card[0], 0)
        self.touched()

    def commit_table(self, argument: int, version: int, now: float) -> bool:
        """Make the staged bank count from now on; False when it is not the one that is meant."""
        committed = self.table.commit(argument, version)
        if committed:
            self._log(now, Event.TABLE_COMMITTED, 0, version)
            self.touched()
        return committed

    def hang(self, now: float, *, hung: bool) -> None:
        """The application hangs, or goes on: HEARTBEAT stands still while the communication chip answers."""
        self._hung_beat = self.heartbeat(now) if hung else None
        self.touched()

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        if now < self.next_change:
            return
        for door in self.doors:
            door.advance(now)
        self.host.advance(now)
        self.touched()

    # ------------------------------------------------------------ what is read

    def heartbeat(self, now: float) -> int:
        """HEARTBEAT: one more each second since the boot."""
        return self._hung_beat if self._hung_beat is not None else max(0, int(now - self._booted_at)) & 0xFFFF

    def in_mask(self, mask: int) -> list[Door]:
        """The doors that a DOOR_MASK names, bit 0 = door 1; bits of absent doors name nothing."""
        return [door for door in self.doors if mask >> (door.number - 1) & 1]

    def words(self) -> tuple[int, ...]:
        """DOOR1..DOOR4; an absent door reads 0."""
        one, two, *more = self.doors
        return (one.word, two.word, more[0].word, more[1].word) if more else (one.word, two.word, 0, 0)

    def system_word(self) -> int:
        """SYS."""
        return self._own_bits | self.fire.bits | self.host.bits

    def measured(self, now: float) -> tuple[int, int, int]:
        """SUPPLY and BATT in mV, TEMP in 0.1 degrees Celsius."""
        return self.measure(now, bool(self._own_bits & system.MAINS_FAIL))

    def identity(self) -> bytes:
        """Input registers 0x0000..0x000B."""
        sizes = (self.model, self.model, self.model)  # one reader at each door
        product = (system.FIRMWARE, system.BUILD, system.CAPABILITIES)
        return _IDENTITY.pack(
            system.MAGIC, system.MAP_VERSION, *sizes, self.serial, *product, USER_CAPACITY, RING_SLOTS
        )

    def status(self, now: float) -> bytes:
        """Input registers 0x0100..0x010F, whole and closed by BLK_CRC; packed anew only after a change."""
        beat = self.heartbeat(now)
        if beat != self._block_beat:
            ring, system_word = self.ring, self.system_word()
            block = _STATUS.pack(
                beat, self.boot_id, ring.epoch, ring.head, ring.tail, system_word, *self.words(), *self.measured(now)
            )
            self._block = block + crc16(block).to_bytes(2, "big")
            self._block_beat = beat
        return self._block

    def touched(self) -> None:
        """Something changed: forget the packed status block, look again when the next thing is due."""
        self._block_beat = _NEVER_PACKED
        self.next_change = self.host.lost_at
        for door in self.doors:
            if door.next_change < self.next_change:  # noqa: PLR1730 - min() costs three times as much, at each act
                self.next_change = door.next_change

    def _log(self, now: float, event: Event, door: int, ref: int) -> None:
        utc = int(self.utc(now))
        self.ring.append(utc, event, door, ref)
        unsent = self.ring.head - self.acknowledged
        if self.acknowledged and unsent > RING_SLOTS and not self._own_bits & system.RING_OVERRUN:
            self._own_bits |= system.RING_OVERRUN
            self.ring.append(utc, Event.RING_OVERRUN, 0, unsent + 1 - RING_SLOTS)  # this event displaces one as well
