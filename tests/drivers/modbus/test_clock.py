from __future__ import annotations

import pytest

from drivers.modbus.clock import INVALID_SECONDS, LOOK_AGAIN_SECONDS, HostCareDuty
from tests.drivers.modbus.one_unit import NOON, Wire, door_controller, door_unit

HEARTBEAT, CLOCK = 0x0500, 0x0510


class Host:
    """A controller and the duty of being its host. Our own clock is right."""

    def __init__(self) -> None:
        self.controller = door_controller()
        self.wire = Wire(self.controller)
        self.unit = door_unit(serial=None)
        self.duty = HostCareDuty(self.unit, lambda: NOON + self.wire.now)
        self.duty.unit_back()

    def wrong_by(self) -> float:
        now = NOON + self.wire.now
        return self.controller.utc(now) - now

    def put_wrong(self, seconds: float) -> None:
        self.controller.set_clock(NOON + self.wire.now + seconds, NOON + self.wire.now)

    def frames(self, function: int, address: int) -> int:
        head = bytes((function,)) + address.to_bytes(2, "big")
        return sum(pdu.startswith(head) for pdu in self.wire.asked)


def test_a_controller_that_hears_the_heartbeat_never_misses_its_host() -> None:
    host = Host()

    for _ in range(30):
        host.wire.run(host.duty, seconds=10)
        host.controller.advance(NOON + host.wire.now)

    assert host.frames(6, HEARTBEAT) == 16
    assert not host.controller.host.lost
    assert host.controller.host.beat == 16


def test_two_heartbeats_may_be_lost_before_the_host_is_missed() -> None:
    host = Host()
    host.wire.run(host.duty, seconds=1)

    host.wire.mishaps = ["lost", "lost"]
    for _ in range(12):
        host.wire.run(host.duty, seconds=10)
        host.controller.advance(NOON + host.wire.now)

    assert not host.controller.host.lost


@pytest.mark.parametrize("seconds", [-5.0, 2.5, 86_400.0, -1_000_000_000.0])
def test_a_clock_that_is_off_is_set_and_looked_at_again(seconds: float) -> None:
    host = Host()
    host.put_wrong(seconds)

    host.duty.want(level=True)
    host.wire.run(host.duty)

    assert abs(host.wrong_by()) < 0.2
    assert host.duty.numbers()["clock_set"] == 1
    assert host.frames(3, CLOCK) == 2


@pytest.mark.parametrize("seconds", [-1.5, 0.0, 1.5])
def test_a_clock_that_is_nearly_right_is_left_alone(seconds: float) -> None:
    host = Host()
    host.put_wrong(seconds)

    host.duty.want(level=True)
    host.wire.run(host.duty, seconds=LOOK_AGAIN_SECONDS + 10)

    assert host.duty.numbers()["clock_set"] == 0
    assert host.frames(3, CLOCK) == 2


def test_a_clock_is_not_touched_while_ours_is_not_to_be_believed() -> None:
    host = Host()
    host.put_wrong(500)

    host.wire.run(host.duty)
    host.duty.want(level=True)
    host.duty.want(level=None)
    host.wire.run(host.duty)

    assert round(host.wrong_by()) == 500
    assert host.frames(3, CLOCK) == 0


def test_a_controller_that_does_not_know_the_time_is_told_without_waiting() -> None:
    host = Host()
    host.duty.want(level=True)
    host.wire.run(host.duty, seconds=INVALID_SECONDS + 5)
    host.controller.set_input("clock_invalid", on=True, now=NOON + host.wire.now)
    poll = next(poll for poll in host.unit.polls if "clock_invalid" in poll.keys)
    invalid = tuple(key == "clock_invalid" for key in poll.keys)

    host.duty.saw(poll, tuple(False for _ in invalid), host.wire.now)
    host.wire.run(host.duty, seconds=1)
    before = host.duty.numbers()["clock_set"]
    host.duty.saw(poll, invalid, host.wire.now)
    host.wire.run(host.duty, seconds=1)

    assert (before, host.duty.numbers()["clock_set"]) == (0, 1)
    assert abs(host.wrong_by()) < 0.2


def test_a_clock_that_takes_no_time_is_left_in_peace_after_three_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host()
    host.put_wrong(500)
    monkeypatch.setattr("simulator.controller.Controller.set_clock", lambda *_: None)

    host.duty.want(level=True)
    host.wire.run(host.duty, seconds=LOOK_AGAIN_SECONDS - 10)

    assert host.duty.numbers()["clock_set"] == 3


def test_a_unit_that_is_back_is_greeted_with_heartbeat_and_clock() -> None:
    host = Host()
    host.duty.want(level=True)
    host.wire.run(host.duty, seconds=10)
    host.put_wrong(100)

    host.duty.unit_back()
    host.wire.run(host.duty, seconds=1)

    assert host.duty.numbers() == {"heartbeats": 2, "clock_set": 1}
