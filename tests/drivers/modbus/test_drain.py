from __future__ import annotations

import struct
from math import inf
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Misconfigured
from drivers.modbus.drain import MAP_IS_WRONG_SECONDS, RingDuty
from drivers.modbus.frame import Frame
from drivers.modbus.wire_time import WireTime
from simulator.controller import Controller
from simulator.pdu import answer
from simulator.ring import RING_SLOTS, Event, crc16
from tests.drivers.modbus.drained import Disk, Line, unit_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.contract import DeviceEvent
    from drivers.modbus.unit import Unit

NOW = 1_800_000_000.0
ACKNOWLEDGE = struct.pack(">BH", 16, 0x0520)
TAIL_AT = 12
TURNAROUND_SECONDS = 0.01
SLOTS_FROM, SLOTS_TO = 0x1000, 0x1000 + 8 * RING_SLOTS


@pytest.fixture(scope="module")
def unit() -> Unit:
    return unit_of("acp1-4door")


class Door:
    """A controller, the duty that drains it, and a line between them."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.disk = Disk()
        self.controller = Controller(300101, 4, NOW, lambda _now, _failed: (24000, 13000, 210))
        self.duty = RingDuty(unit)
        self.line = Line(self.duty, self.disk, self.answer)
        self.bend: Callable[[bytes, bytes], bytes | None] = lambda _request, reply: reply

    def answer(self, pdu: bytes) -> bytes | None:
        return self.bend(pdu, answer(self.controller, pdu, NOW))

    def pass_through(self, times: int = 1, event: Event | None = None, ref: int = 7, door: int = 2) -> None:
        for _ in range(times):
            self.controller.present_card(self.controller.doors[door - 1], ref, NOW, event)

    def poll(self) -> None:
        self.line.regular_poll(self.unit.polls[0])

    def drain(self, seconds: float = 0.0) -> None:
        self.poll()
        self.line.work(seconds)

    @property
    def events(self) -> list[DeviceEvent]:
        return self.disk.events

    @property
    def gaps(self) -> list[tuple[str, int, int | None, str]]:
        return [(gap.epoch, gap.body["from"], gap.body["to"], gap.body["why"]) for gap in self.disk.gaps]


@pytest.fixture
def door(unit: Unit) -> Door:
    door = Door(unit)
    door.drain(2.0)
    assert [event.kind for event in door.events] == ["boot"]
    return door


def test_an_event_says_what_who_where_and_when(door: Door) -> None:
    door.pass_through(ref=0x12345678)

    door.drain()

    event = door.events[-1]
    assert (event.device, event.epoch, event.sequence, event.kind) == ("d1", "300101-1", 2, "granted")
    assert event.body == {"door": 2, "part": "door2", "reader": 0, "ref": 0x12345678}
    assert event.measured_utc == NOW
    assert door.disk.cursor("d1") == {"serial": "300101", "epoch": 1, "next": 3}


def test_an_event_of_the_controller_as_a_whole_belongs_to_no_part(door: Door) -> None:
    assert door.events[0].body["part"] == ""


def test_an_event_without_a_time_was_measured_at_none(door: Door) -> None:
    door.controller.ring.append(0, Event.FORCED, 1, 0)
    door.controller.touched()

    door.drain()

    assert door.events[-1].measured_utc is None


def test_an_event_that_the_profile_does_not_know_is_kept_under_its_number(door: Door) -> None:
    door.controller.ring.append(int(NOW), 99, 1, 0)
    door.controller.touched()

    door.drain()

    assert door.events[-1].kind == "type_99"


def test_nothing_new_costs_no_transaction(door: Door) -> None:
    before = door.line.transactions

    for _ in range(10):
        door.poll()
        door.line.work(10)

    assert door.line.transactions - before == 10
    assert door.duty.due == inf


def test_an_event_costs_three_transactions_and_an_acknowledgement_and_fifteen_cost_no_more(door: Door) -> None:
    door.drain(5)
    for events in (1, 15):
        door.line.now += 10
        door.pass_through(events)
        before = door.line.transactions

        door.drain(5)

        assert door.line.transactions - before - 1 == 4


def test_events_are_acknowledged_only_once_they_are_on_disk(door: Door) -> None:
    door.drain(5)
    door.pass_through(3)
    door.line.frames.clear()
    door.poll()
    while not door.line.beside_it:
        door.line.step()

    door.line.step()
    assert not [frame for frame in door.line.frames if frame.startswith(ACKNOWLEDGE)]
    door.line.work(5)

    assert [frame for frame in door.line.frames if frame.startswith(ACKNOWLEDGE)]
    assert door.controller.acknowledged == door.controller.ring.head


def test_a_lost_acknowledgement_changes_nothing(door: Door) -> None:
    door.bend = lambda request, reply: None if request.startswith(ACKNOWLEDGE) else reply
    door.pass_through()

    door.drain(5)
    door.bend = lambda _request, reply: reply
    door.pass_through()
    door.drain(5)

    assert [event.sequence for event in door.events] == [1, 2, 3]
    assert door.controller.acknowledged == 4


def test_an_unknown_card_brings_its_hash_when_it_is_the_last_one(door: Door) -> None:
    for ref in (1, 2):
        door.pass_through(event=Event.DENIED_UNKNOWN, ref=ref)
    door.controller.last_card = (0x0123456789ABCDEF, 3)

    door.drain()

    first, last = door.events[-2:]
    assert "card" not in first.body
    assert last.body["card"] == "0123456789abcdef"


def test_a_slow_disk_gets_one_keep_at_a_time(door: Door) -> None:
    door.pass_through(40)
    door.poll()
    for _ in range(20):
        door.line.step()

    assert len(door.line.beside_it) == 1
    door.line.work()

    assert [event.sequence for event in door.events] == list(range(1, 42))


def test_a_keep_that_ended_with_its_connection_is_done_again(door: Door) -> None:
    door.pass_through(3)
    door.poll()
    while not door.line.beside_it:
        door.line.step()
    door.line.beside_it.popleft().close()  # it never began
    door.line = Line(door.duty, door.disk, door.answer)
    door.duty.unit_back()

    door.drain()

    assert [event.sequence for event in door.events] == [1, 2, 3, 4]


def test_a_damaged_slot_ends_as_a_gap_of_one_after_it_was_read_often_enough(door: Door) -> None:
    door.pass_through(4)
    door.controller.ring.spoil(3)

    door.drain(2.0)
    assert [event.sequence for event in door.events] == [1, 2]
    door.drain(20.0)

    assert [event.sequence for event in door.events] == [1, 2, 4, 5]
    assert door.gaps == [("300101-1/gap", 3, 4, "unreadable")]
    assert door.duty.numbers()["bad_slots"] >= 5


def test_damage_longer_than_a_read_is_passed_over_as_well(door: Door) -> None:
    door.pass_through(60)
    for sequence in range(5, 45):
        door.controller.ring.spoil(sequence)

    door.drain(60.0)

    assert door.events[-1].sequence == 61
    assert door.gaps == [("300101-1/gap", 5, 45, "unreadable")]


def test_a_damaged_slot_with_nothing_behind_it_is_waited_for(door: Door) -> None:
    door.pass_through(1)
    door.controller.ring.spoil(2)
    before = door.line.transactions

    door.drain(600.0)

    assert not door.gaps
    assert door.line.transactions - before < 600  # three transactions in five seconds

    door.pass_through(1)
    door.drain(20.0)

    assert door.gaps == [("300101-1/gap", 2, 3, "unreadable")]
    assert door.events[-1].sequence == 3


def test_a_head_that_lies_for_a_moment_loses_nothing(door: Door) -> None:
    door.pass_through(20)
    door.drain(5)
    truth, door.controller.ring.head = door.controller.ring.head, 3
    door.controller.touched()
    door.drain(0.5)
    door.controller.ring.head = truth
    door.controller.touched()

    door.pass_through(1)
    door.drain(20)

    assert not door.gaps
    assert [event.sequence for event in door.events] == list(range(1, 23))
    assert door.duty.numbers()["bad_pointers"] > 0


def test_a_ring_that_began_anew_without_a_new_epoch_is_another_ring_once_that_is_certain(door: Door) -> None:
    door.pass_through(20)
    door.drain(5)
    door.controller.ring.head = 1
    door.pass_through(2)

    door.drain(30)

    assert door.gaps == [("300101-1/gap", 22, None, "impossible pointer")]
    assert [(event.epoch, event.sequence) for event in door.events[-2:]] == [("300101-1.1", 1), ("300101-1.1", 2)]


def test_pointers_that_no_ring_can_have_are_counted_and_not_followed(door: Door) -> None:
    door.pass_through(400)
    status = door.unit.polls[0].frame.request[5:]
    door.bend = lambda request, reply: _with_tail(reply, 1) if request == status else reply
    before = door.line.transactions

    door.drain(60)

    assert door.duty.numbers()["bad_pointers"] == 1
    assert door.line.transactions == before + 1
    assert not door.gaps


def test_a_controller_that_has_no_such_registers_is_left_alone_for_ten_minutes(door: Door) -> None:
    door.bend = lambda request, reply: (
        bytes((0x84, 2)) if SLOTS_FROM <= int.from_bytes(request[1:3], "big") < SLOTS_TO else reply
    )
    door.pass_through()

    door.drain()

    assert door.duty.due == door.line.now + MAP_IS_WRONG_SECONDS


def test_a_silent_controller_is_asked_ever_less_often(door: Door) -> None:
    door.pass_through()
    door.poll()
    door.bend = lambda _request, _reply: None
    before = door.line.transactions

    door.line.work(60.0)

    assert door.line.transactions - before < 20


def test_a_swapped_controller_is_read_from_its_start_and_what_the_old_one_had_is_a_gap(door: Door) -> None:
    door.pass_through(5)
    door.drain(5)
    door.controller = Controller(300999, 4, NOW, lambda _now, _failed: (24000, 13000, 210))
    door.pass_through(9)

    door.drain(5)

    assert door.gaps == [("300101-1/gap", 7, None, "controller replaced")]
    assert {event.epoch for event in door.events} == {"300101-1", "300999-1"}
    assert sum(event.epoch == "300999-1" for event in door.events) == 10


def test_a_wiped_ring_that_is_still_empty_is_told_at_once(door: Door) -> None:
    door.controller.wipe_ring()

    door.drain(5)

    (gap,) = door.disk.gaps
    assert gap.body == {"from": 2, "to": None, "why": "ring wiped", "then": "300101-2"}
    assert gap.received_ns > 0
    assert door.disk.cursor("d1") == {"serial": "300101", "epoch": 2, "next": 1, "gaps": 1}


def test_a_controller_that_stands_at_the_same_place_in_its_ring_is_told_by_its_serial(door: Door) -> None:
    door.controller = Controller(300999, 4, NOW, lambda _now, _failed: (24000, 13000, 210))
    door.duty.unit_back()

    door.drain(5)

    assert door.gaps == [("300101-1/gap", 2, None, "controller replaced")]
    assert [event.epoch for event in door.events] == ["300101-1", "300999-1"]


def test_a_backlog_is_a_number_until_it_is_drained(door: Door) -> None:
    door.pass_through(40)
    door.poll()
    while door.disk.keeps < 2:
        door.line.step()
        door.line.write_on()
    assert door.duty.numbers()["backlog"] == 25

    door.line.work(5)

    assert door.duty.numbers()["backlog"] == 0
    assert door.duty.numbers()["events"] == 41


def test_a_burst_of_twenty_cards_a_second_is_drained_steadily_on_a_full_bus_at_19200(unit: Unit) -> None:
    door = Door(unit)
    wire = WireTime.of(19200, "even", 1)
    deepest, shown, seconds = 0, 0, 0.0
    others = wire.seconds_of(unit.polls[0].frame) + TURNAROUND_SECONDS
    line, spent = door.line, _Meter(door, wire)

    while seconds < 60.0:
        if door.duty.due <= line.now:
            line.step()
            line.write_on()
        elif int(seconds / 1.27) != int((seconds - others) / 1.27):
            door.poll()
        seconds += spent.since() + others  # every second transaction belongs to the polls of the bus
        line.now += spent.last + others
        while shown < 20 * min(seconds, 50.0):
            door.pass_through()
            shown += 1
        deepest = max(deepest, door.controller.ring.head - _next(door))

    assert not door.gaps
    assert len(door.events) == shown + 1
    assert deepest < RING_SLOTS / 4


class _Meter:
    """Wire time of the transactions of a door since it was asked last."""

    def __init__(self, door: Door, wire: WireTime) -> None:
        self._door = door
        self._wire = wire
        self.last = 0.0

    def since(self) -> float:
        frames = self._door.line.frames
        self.last = sum(_seconds(self._wire, pdu) for pdu in frames)
        frames.clear()
        return self.last


def _seconds(wire: WireTime, pdu: bytes) -> float:
    return wire.seconds_of(Frame(1, pdu)) + TURNAROUND_SECONDS


def _next(door: Door) -> int:
    cursor = door.disk.cursor("d1")
    return int(cursor["next"]) if cursor else 1


def _with_tail(reply: bytes, tail: int) -> bytes:
    block = reply[2:TAIL_AT] + struct.pack(">I", tail) + reply[TAIL_AT + 4 : -2]
    return reply[:2] + block + crc16(block).to_bytes(2, "big")


@pytest.mark.parametrize("product", ["relay-8", "inveo-rfid-ind"])
def test_a_product_without_a_ring_has_nothing_to_drain(product: str) -> None:
    with pytest.raises(Misconfigured, match="draining events needs"):
        RingDuty(unit_of(product))
