"""What time does to compartments, and what is raised about them."""

from __future__ import annotations

import pytest

from gateway.decide.rules import LockerRules
from gateway.model import AlarmChanged, Change, Recorded
from tests.decide.lockers.hall import Hall, hall

C1, C2 = "locker1/c1", "locker1/c2"


def test_a_lock_that_does_not_move_three_times_in_a_row_is_jammed() -> None:
    h = Hall()
    h.bring()

    asked = []
    for _ in range(4):
        asked.append((h.pick_up(), h.state()))
        h.wait(3)

    assert asked == [("c1", "occupied")] * 3 + [("out_of_use", "jammed")]
    assert h.standing("compartment_jammed") == {C1: "B"}


def test_no_lock_is_tried_again_unasked() -> None:
    h = Hall()

    h.open(C1)
    h.wait(300)

    assert h.sent == [C1]
    assert h.c().tries == 1


def test_a_door_that_moves_wipes_out_failed_tries() -> None:
    h = Hall()
    for _ in range(2):
        h.open(C1)
        h.wait(4)

    h.open(C1)
    h.show(C1, door=True)

    assert (h.c().tries, h.state()) == (0, "open_delivery")


def test_a_door_that_moves_late_is_a_failed_try_and_no_break_in() -> None:
    h = Hall()

    h.open(C1)
    h.wait(4.5)
    h.show(C1, door=True)
    h.wait(2)

    assert h.state() == "open_delivery"


def test_a_door_that_opens_six_seconds_after_an_order_was_forced() -> None:
    h = Hall()

    h.open(C1)
    h.wait(6)
    h.show(C1, door=True)
    h.wait(1)

    assert h.state() == "forced"


@pytest.mark.parametrize("outage", ["link", "restart"])
def test_an_order_whose_outcome_nobody_saw_is_no_failed_try(outage: str) -> None:
    h = Hall()
    h.open(C1)

    if outage == "link":
        h.down()
        h.wait(60)
        h.up()
    else:
        h.restart(off_seconds=60)
        h.up()
    h.show(C1)
    h.wait(10)

    assert (h.c().tries, h.state()) == (0, "empty")


@pytest.mark.parametrize("outage", ["link", "restart"])
def test_a_door_that_opened_by_an_order_while_nobody_looked_was_not_forced(outage: str) -> None:
    h = Hall()
    h.open(C1)

    if outage == "link":
        h.down()
        h.wait(60)
        h.up()
    else:
        h.restart(off_seconds=60)
        h.up()
    h.show(C1, door=True)
    h.wait(10)

    assert h.state() == "open_delivery"


@pytest.mark.parametrize("outage", ["link", "restart"])
def test_a_door_that_opened_without_an_order_while_nobody_looked_was_forced(outage: str) -> None:
    h = Hall()
    h.bring()

    if outage == "link":
        h.down()
        h.wait(60)
        h.up()
    else:
        h.restart(off_seconds=60)
        h.up()
    h.show(C1, door=True)
    h.wait(2)

    assert h.state() == "forced"


def test_a_door_left_open_is_told_after_two_minutes_and_until_it_closes() -> None:
    h = Hall()
    h.deliver("s")
    h.show(C1, door=True)

    h.live(119, every=30)
    before = h.standing("compartment_ajar")
    h.live(1)
    during = h.standing("compartment_ajar")
    h.show(C1, door=False)

    assert (before, during) == ({}, {C1: "B"})
    assert h.standing("compartment_ajar") == {C1: "D"}


def test_a_door_of_a_silent_cabinet_is_left_open_only_when_it_is_heard_again() -> None:
    h = Hall()
    h.deliver("s")
    h.show(C1, door=True)
    h.down()

    h.wait(600)
    silent = h.standing("compartment_ajar")
    h.up()
    h.show(C1)

    assert silent == {}
    assert h.standing("compartment_ajar") == {C1: "B"}


def test_an_overdue_parcel_is_told_after_one_two_and_three_days_and_no_more() -> None:
    h = Hall()
    h.bring()
    h.said.clear()

    h.live(5 * 24 * 3600, every=3600)

    overdue = [o for o in h.said if isinstance(o, AlarmChanged) and o.alarm.rule == "parcel_overdue"]
    told = [(o.change, o.alarm.why) for o in overdue if o.announce]
    assert told == [
        (Change.RAISED, "a parcel has lain in it for 24 hours"),
        (Change.UPDATED, "a parcel has lain in it for 48 hours"),
        (Change.UPDATED, "a parcel has lain in it for 72 hours"),
    ]
    assert h.c().hours_stored(h.now) == pytest.approx(120, abs=0.1)


def test_an_overdue_parcel_that_is_picked_up_is_over() -> None:
    h = Hall()
    h.bring()
    h.live(25 * 3600, every=3600)

    h.pick_up()
    h.show(C1, door=True)
    h.show(C1, door=False, full=False)

    assert h.standing("parcel_overdue") == {C1: "D"}
    assert h.lockers.counts("locker1")["overdue"] == 0


def test_the_hours_of_an_overdue_parcel_are_the_compounds() -> None:
    h = Hall(rules=hall(lockers=LockerRules(overdue_hours=1.0)))
    h.bring()

    h.live(3600)

    assert h.state() == "overdue"


@pytest.mark.parametrize("reboot", [True, False])
def test_a_parcel_grows_old_while_the_gateway_is_off(reboot: bool) -> None:  # noqa: FBT001 - a parameter
    h = Hall()
    h.bring()

    h.restart(off_seconds=24 * 3600, reboot=reboot)

    assert h.state() == "overdue"
    assert h.standing("parcel_overdue") == {C1: "B"}


def test_with_a_clock_that_nobody_trusts_checkpoints_count_a_parcels_time() -> None:
    h = Hall()
    h.now = h.now._replace(trusted=False)
    h.bring()
    h.live(5 * 3600, every=600)

    h.restart(off_seconds=3600, reboot=True, trusted=False)

    assert h.c().hours_stored(h.now) == pytest.approx(5.0, abs=0.2)


def test_a_parcel_that_is_old_and_in_a_forced_compartment_is_still_told() -> None:
    h = Hall()
    h.bring()
    h.show(C1, door=True)
    h.wait(1)

    h.live(24 * 3600, every=3600)

    assert h.state() == "forced"
    assert h.standing("parcel_overdue") == {C1: "B"}


def test_a_forced_compartment_is_an_alarm_until_somebody_looked() -> None:
    h = Hall()
    h.show(C1, door=True)
    h.wait(1)
    forced = h.standing("compartment_forced")

    h.show(C1, door=False)
    closed = h.standing("compartment_forced")
    h.reset("c1")

    assert (forced, closed, h.standing("compartment_forced")) == ({C1: "B"}, {C1: "B"}, {C1: "E"})
    assert h.standing("compartment_ajar") == {}


def test_alarms_stand_after_a_restart_and_end_as_before() -> None:
    h = Hall()
    h.show(C1, door=True)
    h.wait(1)
    h.restart()
    h.up()

    h.reset("c1")

    assert h.standing("compartment_forced") == {C1: "E"}


def test_a_compartment_that_the_rules_lose_and_get_back_is_as_it_was() -> None:
    h = Hall()
    h.bring()
    all_of_it = h.rules
    without = dict(all_of_it.devices)
    del without["locker1"]

    h._keep(h.judge.adopt(type(all_of_it)(all_of_it.facts, all_of_it.lines, without), h.now))
    gone = C1 in h.lockers.compartments
    h._keep(h.judge.adopt(all_of_it, h.now))

    assert not gone
    assert h.state() == "occupied"


def test_samples_that_say_the_same_again_have_no_consequence() -> None:
    h = Hall()
    h.bring()
    h.said.clear()

    h.show_all()

    assert [o for o in h.said if not isinstance(o, Recorded)] == []


def test_a_reservation_ends_after_ten_minutes_also_across_a_restart() -> None:
    h = Hall()
    h.reserve()
    h.wait(300)

    h.restart(off_seconds=299)
    before = h.state()
    h.wait(1)

    assert (before, h.state(), h.c().order) == ("reserved", "empty", "")
