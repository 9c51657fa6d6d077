"""Whatever happens to a controller, these things stay true."""

from __future__ import annotations

import itertools
import os
import struct

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from simulator import system
from simulator.door import FIRE_RELEASED, FORCED, HELD, INPUTS, OPEN, RELAY_ON, Mode
from simulator.pdu import answer
from simulator.ring import RING_SLOTS, Event, crc16
from tests.simulator.box import T0, box, events, logged, mailbox, result

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"

doors = st.integers(0, 1)
requests = st.one_of(
    st.builds(
        lambda function, address, value: struct.pack(">BHH", function, address, value),
        st.sampled_from([1, 2, 3, 4, 5, 6, 22, 99]),
        st.one_of(st.integers(0, 0x12), st.integers(0x0400, 0x0680), st.integers(0, 0xFFFF)),
        st.one_of(st.sampled_from([0, 1, 16, 0xFF00]), st.integers(0, 0xFFFF)),
    ),
    st.binary(min_size=1, max_size=60),
)


class AnyHistory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.box = box()
        self.head = self.box.ring.head
        self.epoch = self.box.ring.epoch
        self.input_on = False

    @rule(seconds=st.sampled_from([0.0, 0.1, 0.5, 3.0, 31.0, 90.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.box.advance(self.now)

    @rule(door=doors, user=st.integers(0, 2**32 - 1))
    def a_card_comes(self, door: int, user: int) -> None:
        self.box.present_card(self.box.doors[door], user, self.now)

    @rule(door=doors, how=st.sampled_from(["push", "force", "close", "press", "release"]))
    def somebody_is_at_a_door(self, door: int, how: str) -> None:
        place = self.box.doors[door]
        match how:
            case "push":
                self.box.push_door(place, self.now)
            case "force":
                self.box.force_door(place, self.now)
            case "close":
                place.close(self.now)
            case "press":
                place.press_exit(self.now)
            case "release":
                place.release_exit(self.now)
        self.box.touched()

    @rule(door=doors, name=st.sampled_from(list(INPUTS)), on=st.booleans())
    def an_input_changes(self, door: int, name: str, on: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.box.set_input(name, on, self.now, self.box.doors[door])

    @rule(on=st.booleans())
    def the_fire_input_changes(self, on: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.input_on = on
        self.box.fire.set_input(on, self.now)
        self.box.touched()

    @rule(on=st.booleans())
    def lockdown(self, on: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        self.box.set_lockdown(on, self.now)

    @rule(
        command_id=st.integers(0, 3),
        opcode=st.integers(0, 10),
        mask=st.integers(0, 7),
        argument=st.integers(0, 400),
        valid_for=st.sampled_from([None, -5, 5]),
    )
    def a_command_comes(self, command_id: int, opcode: int, mask: int, argument: int, valid_for: int | None) -> None:
        valid_until = 0 if valid_for is None else int(self.now) + valid_for
        frame = mailbox(command_id, opcode, mask=mask, argument=argument, argument32=int(T0), valid_until=valid_until)
        answer(self.box, frame, self.now)

        code = result(self.box, self.now)[1]
        before = (self.box.ring.head, self.box.words())
        answer(self.box, frame, self.now)
        again = result(self.box, self.now)[1]

        if opcode == 9:
            assert again == code == (0 if mask & 3 else 2)
        elif code in (0, 6):
            assert again == 6
        if code != 3 or opcode != 4:
            assert (self.box.ring.head, self.box.words()) == before

    @rule(request=requests)
    def any_request_comes(self, request: bytes) -> None:
        reply = answer(self.box, request, self.now)

        assert reply[0] in (request[0], request[0] | 0x80)
        assert len(reply) <= 253

    @precondition(lambda self: self.box.ring.head > 20)
    @rule()
    def the_ring_is_wiped(self) -> None:
        self.box.wipe_ring()
        self.epoch, self.head = self.epoch + 1 & 0xFFFF, 1

    @rule(silent=st.sampled_from([0.0, 4.0]))
    def it_reboots(self, silent: float) -> None:
        boot_id = self.box.boot_id
        self.box.reboot(self.now, silent)

        assert self.box.boot_id == boot_id + 1

    @invariant()
    def the_ring_is_whole(self) -> None:
        ring = self.box.ring

        assert ring.epoch == self.epoch
        assert ring.head >= self.head
        assert ring.head - ring.tail <= RING_SLOTS
        assert [event[0] for event in events(self.box)] == list(range(ring.tail, ring.head))
        self.head = ring.head

    @invariant()
    def the_status_block_is_true_and_closed_by_its_crc(self) -> None:
        block = answer(self.box, struct.pack(">BHH", 4, 0x0100, 16), self.now)[2:]
        fields = struct.unpack(">HHHIIH4H", block[:24])

        assert crc16(block[:30]) == int.from_bytes(block[30:], "big")
        assert fields[1:3] == (self.box.boot_id, self.box.ring.epoch)
        assert fields[3:5] == (self.box.ring.head, self.box.ring.tail)
        assert fields[5] == self.box.system_word()
        assert fields[6:] == self.box.words()

    @invariant()
    def a_fire_release_beats_everything(self) -> None:
        for door in self.box.doors:
            if self.input_on and door.config[5] and self.box.fire.input_active:
                assert door.word & FIRE_RELEASED
            if door.word & FIRE_RELEASED:
                assert door.word & RELAY_ON
                assert self.box.system_word() & system.FIRE_LATCHED

    @invariant()
    def verdicts_need_an_open_door(self) -> None:
        for door in self.box.doors:
            if door.word & (FORCED | HELD):
                assert door.word & OPEN
            assert door.word & (FORCED | HELD) != FORCED | HELD
            assert door.mode in Mode

    @invariant()
    def nothing_due_is_left_undone(self) -> None:
        self.box.advance(self.now)

        assert self.box.next_change > self.now

    @invariant()
    def forced_comes_and_goes_in_turn(self) -> None:
        for number in (1, 2):
            turns = [type_ for type_, door in logged(self.box, Event.FORCED, Event.FORCED_END) if door == number]

            assert all(first != second for first, second in itertools.pairwise(turns))


AnyHistory.TestCase.settings = settings(
    max_examples=400 if SOAK else 25,
    stateful_step_count=60 if SOAK else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyHistory = AnyHistory.TestCase
