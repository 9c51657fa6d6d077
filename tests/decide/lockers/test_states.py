"""From which state to which: every way of the table in docs/lockers.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from gateway.model import Recorded
from tests.decide.lockers.hall import CODE, OTHER_CODE, Hall, hall

if TYPE_CHECKING:
    from collections.abc import Callable

Way: TypeAlias = "Callable[[Hall], object]"
C1 = "locker1/c1"


def nothing(_h: Hall) -> None:
    """It is empty."""


def opens_for_delivery(h: Hall) -> None:
    h.deliver("s")
    h.show(C1, door=True)


def brought(h: Hall) -> None:
    h.bring()


def opens_for_pick_up(h: Hall) -> None:
    h.bring()
    h.pick_up()
    h.show(C1, door=True)


def overdue(h: Hall) -> None:
    h.bring()
    h.live(24 * 3600, every=3600)


def opens_when_overdue(h: Hall) -> None:
    overdue(h)
    h.pick_up()
    h.show(C1, door=True)


def reserved(h: Hall) -> None:
    h.reserve()


def forced(h: Hall) -> None:
    h.show(C1, door=True)
    h.wait(1)


def forced_and_shut(h: Hall) -> None:
    forced(h)
    h.show(C1, door=False)


def forced_with_parcel(h: Hall) -> None:
    h.bring()
    forced(h)


def jammed(h: Hall) -> None:
    for _ in range(3):
        h.open(C1)
        h.wait(4)


def jammed_with_parcel(h: Hall) -> None:
    h.bring()
    jammed(h)


def failing(h: Hall) -> None:
    h.show(C1, fault=True)


def failing_with_parcel(h: Hall) -> None:
    h.bring()
    failing(h)


def out(h: Hall) -> None:
    h.service("c1", out=True)


def out_with_parcel(h: Hall) -> None:
    h.bring()
    out(h)


def closes(h: Hall) -> None:
    h.show(C1, door=False)


def closes_full(h: Hall) -> None:
    h.show(C1, door=False, full=True)


def closes_empty(h: Hall) -> None:
    h.show(C1, door=False, full=False)


def opened_from_afar(h: Hall) -> None:
    h.open(C1)
    h.show(C1, door=True)


def then(*steps: Way) -> Way:
    """One after the other."""

    def all_of_them(h: Hall) -> None:
        for step in steps:
            step(h)

    return all_of_them


WAYS: list[tuple[Way, Way, str]] = [
    (nothing, nothing, "empty"),
    (nothing, opens_for_delivery, "open_delivery"),
    (nothing, opened_from_afar, "open_delivery"),
    (nothing, reserved, "reserved"),
    (nothing, forced, "forced"),
    (nothing, jammed, "jammed"),
    (nothing, failing, "fault"),
    (nothing, out, "out_of_service"),
    (nothing, lambda h: h.deliver(), "empty"),
    (nothing, lambda h: h.stored(C1), "occupied"),
    (nothing, lambda h: h.opened(C1, "force"), "forced"),
    (nothing, lambda h: h.opened(C1, "command"), "forced"),
    (nothing, lambda h: h.opened(C1, "key"), "open_delivery"),
    (nothing, lambda h: h.opened(C1, "delivery"), "open_delivery"),
    (nothing, lambda h: h.show(C1, full=True), "occupied"),
    (reserved, lambda h: h.wait(599), "reserved"),
    (reserved, lambda h: h.live(600), "empty"),
    (reserved, lambda h: h.cancel("c1"), "empty"),
    (reserved, opened_from_afar, "open_delivery"),
    (reserved, forced, "forced"),
    (reserved, failing, "fault"),
    (reserved, out, "out_of_service"),
    (reserved, lambda h: h.show(C1, full=True), "occupied"),
    (opens_for_delivery, closes_full, "occupied"),
    (opens_for_delivery, closes_empty, "empty"),
    (opens_for_delivery, failing, "fault"),
    (opens_for_delivery, out, "out_of_service"),
    (opens_for_delivery, then(lambda h: h.stored(C1), closes_empty), "occupied"),
    (opens_for_delivery, lambda h: h.live(121), "open_delivery"),
    (nothing, opens_for_pick_up, "open_pickup"),
    (brought, opened_from_afar, "open_pickup"),
    (brought, lambda h: h.opened(C1, "code"), "open_pickup"),
    (brought, then(lambda h: h.opened(C1, "code"), lambda h: h.wait(3)), "occupied"),
    (brought, lambda h: h.show(C1, full=False), "occupied"),
    (brought, lambda h: h.event(C1, "parcel_taken"), "occupied"),
    (brought, then(lambda h: h.show(C1, full=False), lambda h: h.event(C1, "parcel_taken")), "empty"),
    (brought, forced, "forced"),
    (brought, jammed, "jammed"),
    (brought, failing, "fault"),
    (brought, out, "out_of_service"),
    (brought, lambda h: h.live(24 * 3600 - 10, every=3600), "occupied"),
    (nothing, overdue, "overdue"),
    (overdue, lambda h: h.open(C1), "overdue"),
    (overdue, opened_from_afar, "open_pickup"),
    (opens_when_overdue, closes_empty, "empty"),
    (opens_when_overdue, closes, "overdue"),
    (opens_for_pick_up, closes_empty, "empty"),
    (opens_for_pick_up, closes_full, "occupied"),
    (opens_for_pick_up, lambda h: h.live(600), "open_pickup"),
    (forced, lambda h: h.live(3600), "forced"),
    (forced, closes, "forced"),
    (forced, failing, "forced"),
    (forced, out, "forced"),
    (forced, lambda h: h.reset("c1"), "open_delivery"),
    (forced_with_parcel, lambda h: h.reset("c1"), "open_pickup"),
    (forced_and_shut, lambda h: h.reset("c1"), "empty"),
    (forced_with_parcel, then(closes, lambda h: h.reset("c1")), "occupied"),
    (forced_with_parcel, then(closes_empty, lambda h: h.reset("c1")), "empty"),
    (jammed, lambda h: h.live(3600), "jammed"),
    (jammed, opened_from_afar, "jammed"),
    (jammed, then(lambda h: h.wait(2), forced), "forced"),
    (jammed, lambda h: h.reset("c1"), "empty"),
    (jammed_with_parcel, lambda h: h.reset("c1"), "occupied"),
    (jammed_with_parcel, then(opened_from_afar, closes_empty, lambda h: h.reset("c1")), "empty"),
    (jammed, out, "out_of_service"),
    (failing, lambda h: h.show(C1, fault=False), "empty"),
    (failing, lambda h: h.reset("c1"), "fault"),
    (failing, forced, "forced"),
    (failing, opened_from_afar, "fault"),
    (failing, then(opened_from_afar, lambda h: h.show(C1, fault=False)), "open_delivery"),
    (failing_with_parcel, lambda h: h.show(C1, fault=False), "occupied"),
    (failing, then(lambda h: h.show(C1, door=True), lambda h: h.opened(C1, "key")), "fault"),
    (failing, then(lambda h: h.opened(C1, "key"), lambda h: h.show(C1, door=True), lambda h: h.wait(2)), "fault"),
    (out, then(lambda h: h.show(C1, door=True), lambda h: h.wait(2)), "out_of_service"),
    (out, lambda h: h.opened(C1, "force"), "out_of_service"),
    (out, lambda h: h.service("c1", out=False), "empty"),
    (out_with_parcel, lambda h: h.service("c1", out=False), "occupied"),
    (out, then(failing, lambda h: h.service("c1", out=False)), "fault"),
]


@pytest.mark.parametrize(("start", "step", "state"), WAYS)
def test_a_compartment_goes_from_state_to_state(start: Way, step: Way, state: str) -> None:
    h = Hall()
    start(h)

    step(h)

    assert h.state() == state
    before = h.c()
    h.restart()
    assert h.c() == before.counted_from(h.now), "after a restart everything stands as it was"


def test_nothing_is_known_of_a_compartment_that_never_showed_itself() -> None:
    h = Hall()
    h.disk.clear()

    h.restart()

    assert h.state() == "unknown"
    assert not h.lockers.sure("locker1", "c1")
    assert h.lockers.counts("locker1") == {"unknown": 6, "open": 0}


@pytest.mark.parametrize(
    ("shown", "state"),
    [((False, False), "empty"), ((False, True), "occupied"), ((True, False), "open_delivery")],
)
def test_at_first_sight_it_is_what_it_shows(shown: tuple[bool, bool], state: str) -> None:
    h = Hall()
    h.disk.clear()
    h.restart()

    h.show(C1, door=shown[0], full=shown[1])
    h.wait(10)

    assert h.state() == state


def test_the_code_is_spent_when_the_parcel_is_gone() -> None:
    h = Hall()
    opens_for_pick_up(h)

    closes_empty(h)
    h.wait(6)

    assert h.pick_up() == "code_wrong"


def test_what_is_put_back_has_the_same_code_and_the_same_age() -> None:
    h = Hall()
    opens_for_pick_up(h)
    stored = h.c().stored

    closes(h)
    h.wait(6)

    assert h.c().stored == stored
    assert h.pick_up() == "c1"


def test_a_new_code_replaces_the_old_one_and_counts_anew() -> None:
    h = Hall()
    overdue(h)

    h.stored(C1, OTHER_CODE)

    assert h.pick_up() == "code_wrong"
    assert h.pick_up(OTHER_CODE) == "c1"
    assert h.c().hours_stored(h.now) == pytest.approx(0.0)
    assert h.standing("parcel_overdue") == {C1: "D"}


def test_a_parcel_reported_late_has_lain_there_since_its_own_time() -> None:
    h = Hall()

    h.show(C1, full=True)
    h.stored(C1, measured_utc=h.now.utc - 26 * 3600)

    assert h.c().hours_stored(h.now) == pytest.approx(26.0)
    assert h.state() == "overdue"


def test_a_clock_that_is_not_trusted_makes_no_parcel_old() -> None:
    h = Hall()
    h.now = h.now._replace(trusted=False)

    h.stored(C1, measured_utc=h.now.utc - 26 * 3600)

    assert h.c().hours_stored(h.now) == pytest.approx(0.0)


@pytest.mark.parametrize("report_first", [True, False])
@pytest.mark.parametrize("by", ["code", "delivery", "key"])
def test_an_opening_that_the_cabinet_explains_is_none_by_force(by: str, report_first: bool) -> None:  # noqa: FBT001 - a parameter
    h = Hall()

    if report_first:
        h.opened(C1, by)
        h.show(C1, door=True)
    else:
        h.show(C1, door=True)
        h.wait(0.5)
        h.opened(C1, by)
    h.wait(10)

    assert h.state() == "open_delivery"
    closes_empty(h)
    assert h.state() == "empty"


def test_one_explanation_is_good_for_one_opening() -> None:
    h = Hall()
    h.opened(C1, "key")
    h.show(C1, door=True)
    h.show(C1, door=False)
    h.wait(10)

    h.show(C1, door=True)
    h.wait(1)

    assert h.state() == "forced"


def test_a_door_that_was_closed_again_before_anything_explained_it_was_forced() -> None:
    h = Hall()

    h.show(C1, door=True)
    h.show(C1, door=False)

    assert h.state() == "forced"


def test_a_late_report_of_an_opening_that_was_seen_changes_nothing() -> None:
    h = Hall()
    opens_for_pick_up(h)
    closes_empty(h)
    before = h.state()

    h.wait(20)
    h.opened(C1, "command")

    assert (before, h.state()) == ("empty", "empty")


def test_a_report_of_an_old_order_is_believed_by_the_cabinets_own_time() -> None:
    h = Hall()
    h.bring()
    h.pick_up()
    ordered_utc = h.now.utc
    h.down()
    h.wait(3600)
    h.up()

    h.event(C1, "compartment_opened", by="command", measured_utc=ordered_utc + 1)

    assert h.state() == "open_pickup"


def test_without_a_light_barrier_what_is_reported_lies_there_until_it_is_picked_up() -> None:
    h = Hall(rules=hall(with_occupancy=False))
    h.deliver("s")
    h.show(C1, door=True)
    h.show(C1, door=False)
    assert h.state() == "empty"

    h.stored(C1)
    h.wait(6)
    after_delivery = h.state()
    h.pick_up()
    h.show(C1, door=True)
    h.show(C1, door=False)

    assert (after_delivery, h.state(), h.c().code) == ("occupied", "empty", "")


def test_a_light_barrier_that_fails_hides_no_opening_and_empties_nothing() -> None:
    h = Hall()
    h.bring()

    h.show(C1, door=True, full=False, unsure=[1])
    h.wait(1)
    opened = h.state()
    h.show(C1, door=False, unsure=[1])

    assert (opened, h.state()) == ("forced", "forced")
    assert h.c().code == CODE
    assert not h.lockers.sure("locker1", "c1")


def test_a_door_switch_that_fails_says_nothing() -> None:
    h = Hall()

    h.show(C1, door=True, unsure=[0])
    h.wait(10)

    assert h.state() == "empty"
    assert not h.lockers.sure("locker1", "c1")


def test_what_is_reported_of_no_compartment_is_passed_over() -> None:
    h = Hall()

    said = [*h.opened("locker1/c99", "force"), *h.event(C1, "gap")]

    assert h.state() == "empty"
    assert not [outcome for outcome in said if "compartment" in str(outcome)]


def test_a_change_of_state_leaves_a_row_in_the_log() -> None:
    h = Hall()
    h.said.clear()

    h.opened(C1, "key")

    rows = [(o.subject, dict(o.body)) for o in h.said if isinstance(o, Recorded)]
    assert rows == [(C1, {"state": "open_delivery", "was": "empty", "note": "by key"})]
