"""Random histories of a door and its controller, with us failing at every step: nothing is lost without being told.

150 histories here, 3,000 under GRIDPOST_SOAK=1.
"""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING

import pytest

from drivers.contract import DeviceEvent, LineLost
from drivers.modbus.drain import RingDuty
from simulator.controller import Controller
from simulator.pdu import answer
from simulator.ring import RING_SLOTS, Event, crc16
from tests.drivers.modbus.drained import Disk, Line, unit_of
from tests.drivers.modbus.points import SOAK

if TYPE_CHECKING:
    from drivers.modbus.unit import Unit

HISTORIES = 3000 if SOAK else 150
STEPS = 200 if SOAK else 70
POLL_SECONDS = 0.25
TRANSACTION_SECONDS = 0.04
STATUS = struct.pack(">BHH", 4, 0x0100, 16)
HEAD_AT = 2 + 2 * 3
BLOCK_BYTES = 30

Name = tuple[str, int]


@pytest.fixture(scope="module")
def unit() -> Unit:
    return unit_of("acp1-4door")


class Crash(Exception):
    """Everything in memory is gone."""


class World:
    """A door's life: what happened at it, in order, whatever controller told it."""

    def __init__(self, unit: Unit, seed: int) -> None:
        self.unit = unit
        self.dice = random.Random(seed)
        self.disk = Disk()
        self.disk.on_kept = self._kept
        self.happened: dict[Name, tuple[int, tuple[int, ...]]] = {}
        """Name of an event -> its place in the order, and what it says."""
        self.gaps: list[tuple[int, DeviceEvent]] = []
        """Each with how much had happened when it was told."""
        self.wrong: list[DeviceEvent] = []
        self.noted: dict[str, int] = {}
        self.now = 1_800_000_000.0
        self.swapped_at = 0.0
        self.kept_before = 0
        """How many events were on disk when the controller came that is here now."""
        self.lies: tuple[int, int] | None = None
        """How often the head is still told wrongly, and how."""
        self.quiet = False
        self.others: list[Controller] = []
        self.controller = self._new(300101, epoch=self.dice.choice([1, 1, 7]))
        self.duty = RingDuty(unit)
        self.line = Line(self.duty, self.disk, self.answer)

    # ------------------------------------------------------------ what happens at the door

    def _new(self, serial: int, epoch: int) -> Controller:
        controller = Controller(serial, 4, self.now, lambda _now, _failed: (24000, 13000, 210))
        controller.ring.epoch = epoch
        controller.touched()
        self._note(controller)
        self._burst(controller, self.dice.choice([0, 0, 5, 300]))
        return controller

    def _burst(self, controller: Controller, count: int) -> None:
        for number in range(count):
            controller.ring.append(int(self.now), Event.DURESS, 1 + number % 4, number)
            self._note(controller)
        controller.touched()

    def _pass(self, controller: Controller) -> None:
        door = self.dice.choice(controller.doors)
        denied = self.dice.choice([None, None, Event.DENIED_UNKNOWN, Event.DENIED_SCHEDULE])
        self.now += 0.001
        controller.present_card(door, self.dice.randrange(1 << 32), self.now, denied)
        self._note(controller)

    def _note(self, controller: Controller) -> None:
        ring = controller.ring
        name = f"{controller.serial}-{ring.epoch}"
        for sequence in range(self.noted.get(name, 1), ring.head):
            slot = ring._slots[sequence % RING_SLOTS]
            assert slot is not None
            self.happened[name, sequence] = len(self.happened), slot
        self.noted[name] = ring.head

    def live(self) -> None:
        """A moment passes at the door."""
        if self.quiet:
            return
        dice, controller = self.dice, self.controller
        self.now += TRANSACTION_SECONDS
        match dice.choices(range(7), [70, 25, 1.2, 0.8, 0.8, 1.2, 0.8])[0]:
            case 1:
                for _ in range(dice.choice([1, 1, 2, 3, 20])):
                    self._pass(controller)
            case 2:  # more than the ring holds, or nearly so
                self._burst(controller, dice.randrange(200, 700))
            case 3:
                controller.reboot(self.now, dice.choice([0.0, 0.3, 2.0]))
                self._note(controller)
            case 4:
                controller.wipe_ring()
                if dice.random() < 0.7:
                    controller.reboot(self.now, 0.3)
                self._note(controller)
            case 5:
                self.lies = dice.randrange(1, 4), dice.choice([-300, -20, -3, 4, 40, 5000])
            case 6 if self.now - self.swapped_at > 10.0:
                self._swap()
            case _:
                pass

    def _swap(self) -> None:
        self.swapped_at = self.now
        # whoever kept nothing of a controller's stay cannot tell that it was there, once the one before it is back
        stayed = list(self.disk.kept)[self.kept_before :]
        seen = any(ring.startswith(f"{self.controller.serial}-") for ring, _ in stayed)
        self.kept_before = len(self.disk.kept)
        back = seen and bool(self.others) and self.dice.random() < 0.3
        boot = self.controller.boot_id
        new = (
            self.others.pop(0)
            if back
            else self._new(300102 + len(self.noted), self.dice.choice([self.controller.ring.epoch, 1, 3]))
        )
        if not back:
            new.boot_id = boot
            new.touched()
        self.others.append(self.controller)
        self.controller = new

    # ------------------------------------------------------------ what the line makes of it

    def answer(self, pdu: bytes) -> bytes | None:
        dice = self.dice
        self.live()
        fate = 1.0 if self.quiet else dice.random()
        if fate < 0.01:
            raise Crash
        if fate < 0.02:
            raise LineLost("gone")
        if fate < 0.04 or self.controller.answers_from > self.now:
            return None
        reply = answer(self.controller, pdu, self.now)
        self._note(self.controller)
        if pdu == STATUS:
            reply = self._told(reply)
        self.live()
        if fate < 0.05:
            raise Crash
        return None if fate < 0.07 else reply

    def _told(self, reply: bytes) -> bytes:
        if self.lies is None:
            return reply
        left, by = self.lies
        self.lies = (left - 1, by) if left > 1 else None
        head = struct.unpack_from(">I", reply, HEAD_AT)[0]
        told = reply[:HEAD_AT] + struct.pack(">I", max(0, head + by)) + reply[HEAD_AT + 4 : -2]
        return told + crc16(told[2:]).to_bytes(2, "big")

    # ------------------------------------------------------------ what we do

    def run(self) -> None:
        for _ in range(STEPS):
            self._go_on()
        self.quiet, self.lies = True, None
        self.duty.unit_back()  # a controller that was swapped is greeted
        self.now += 10
        ring = self.controller.ring
        for _ in range(1000):
            self._go_on()
            cursor = self.disk.cursor("d1")
            if cursor and (cursor["epoch"], cursor["next"], cursor["serial"]) == (
                ring.epoch,
                ring.head,
                str(self.controller.serial),
            ):
                return
        raise AssertionError("it does not come to the end of the ring")

    def _go_on(self) -> None:
        line, duty, dice = self.line, self.duty, self.dice
        self.now = max(self.now, line.now)
        line.now = self.now
        try:
            if duty.due <= line.now:
                line.step()
                self.now += TRANSACTION_SECONDS
            else:
                self.now += POLL_SECONDS
                line.regular_poll(self.unit.polls[0])
        except Crash:
            self._crash()
        except LineLost:
            line.break_off(committed=dice.random() < 0.5)
            duty.unit_back()
            self.line = Line(duty, self.disk, self.answer)
        fate = 1.0 if self.quiet else dice.random()
        if fate < 0.01 or (line.beside_it and fate < 0.1):
            self._crash()
        elif fate < 0.15:
            duty.unit_back()
        elif fate > 0.3:  # else the disk is slow
            self.line.write_on()

    def _crash(self) -> None:
        self.line.break_off(committed=self.dice.random() < 0.5)
        self.duty = RingDuty(self.unit)
        self.line = Line(self.duty, self.disk, self.answer)

    # ------------------------------------------------------------ what came of it

    def _kept(self, record: DeviceEvent) -> None:
        if record.kind == "gap":
            self.gaps.append((len(self.happened), record))
            return
        known = self.happened.get((record.epoch, record.sequence))
        said = (
            record.sequence,
            int(record.measured_utc or 0),
            _type(record.kind) << 8 | record.body["door"] << 4 | record.body["reader"],
            record.body["ref"],
        )
        if known is None or known[1] != said:
            self.wrong.append(record)

    def undeclared(self) -> list[Name]:
        """What happened and is neither kept nor within a gap, since we first knew of the device."""
        first_ring = next(ring.removesuffix("/gap") for ring, _ in self.disk.kept)
        since = min(place for (ring, _), (place, _) in self.happened.items() if ring == first_ring)
        return [
            name
            for name, (place, _) in self.happened.items()
            if name not in self.disk.kept
            and place >= since
            and not any(self._covers(gap, told, name, place) for told, gap in self.gaps)
        ]

    def _covers(self, gap: DeviceEvent, told: int, name: Name, place: int) -> bool:
        """A gap with an open end covers all between what was kept before it and the ring behind it, whatever ring it was in."""
        ring, sequence = name
        lost_ring, first, end = gap.epoch.removesuffix("/gap"), gap.body["from"], gap.body["to"]
        if ring == lost_ring:
            return first <= sequence and (sequence < end if end is not None else place < told)
        before = self.happened.get((lost_ring, first - 1), (0, ()))[0]
        return end is None and ring != gap.body["then"] and before < place < told


def _type(kind: str) -> int:
    return int(kind.removeprefix("type_")) if kind.startswith("type_") else int(Event[kind.upper()])


@pytest.mark.parametrize("part", range(10))
def test_no_event_is_lost_undeclared_and_none_is_wrong_or_repeated(unit: Unit, part: int) -> None:
    lost, seen, declared = [], 0, 0
    for seed in range(part, HISTORIES, 10):
        world = World(unit, seed)

        world.run()

        assert not world.wrong, (seed, world.wrong[:3])
        assert not world.disk.repeated, (seed, world.disk.repeated[:3])
        if missing := world.undeclared():
            lost.append((seed, missing[:5], len(missing)))
        seen += len(world.happened)
        declared += len(world.gaps)
    assert not lost
    assert seen > 1000
    assert declared
