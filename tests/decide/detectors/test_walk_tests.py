from __future__ import annotations

import pytest

from gateway.actor import Role
from gateway.decide.detectors.walk_tests import KEPT, LEFT_TOLD, Said
from gateway.detecting import BeginWalkTest, EndWalkTest
from gateway.model import Remember
from tests.decide.detectors.stairwell import FLATS, OF_G1, PEOPLE, PLACES, STAFF, Stairwell

MAY_ANSWER = {Role.STAFF, Role.INSTALLER, Role.MANAGER, Role.ADMINISTRATOR}


@pytest.fixture
def house() -> Stairwell:
    return Stairwell()


def begin(house: Stairwell, *detectors: str, minutes: int = 120) -> str:
    assert house.ask(BeginWalkTest(STAFF, detectors or FLATS, minutes)) == ""
    return list(house.walks.walks)[-1]


def says(house: Stairwell, device: str, what: str = "smoke", receiver: str = "rx1", rssi: int = -70) -> int:
    """A detector speaks; how much there is to be remembered of it."""
    return len(house.keep(house.walks.said(device, what, house.now.utc, receiver, rssi)))


def test_only_the_detectors_that_were_named_are_under_test(house: Stairwell) -> None:
    one = begin(house, *FLATS[:2])

    assert house.walks.devices == dict.fromkeys(FLATS[:2], one)
    assert house.walks.under_test(FLATS[0])
    assert not house.walks.under_test(FLATS[2])
    assert house.record(one) == [{"what": "begun", "detectors": 2, "minutes": 120}]


def test_the_report_says_when_each_detector_said_what_and_who_heard_it(house: Stairwell) -> None:
    one = begin(house, *FLATS[:3])

    says(house, FLATS[0], "test", "rx1", -61)
    house.wait(5)
    says(house, FLATS[0], "smoke", "rx0", -80)

    walk = house.walks.walks[one]
    utc = house.now.utc
    assert walk.said == {FLATS[0]: (Said(utc - 5, "test", "rx1", -61), Said(utc, "smoke", "rx0", -80))}
    assert walk.left == FLATS[1:3]


def test_what_a_detector_says_again_is_not_said_anew(house: Stairwell) -> None:
    one = begin(house)
    first = says(house, FLATS[0])
    house.wait(5)

    again = says(house, FLATS[0])

    assert (first, again) == (1, 0)
    assert [each.at_utc for each in house.walks.walks[one].said[FLATS[0]]] == [house.now.utc - 5]


def test_a_detector_that_is_not_under_test_is_not_written_down(house: Stairwell) -> None:
    begin(house, FLATS[0])

    assert says(house, FLATS[1]) == 0


def test_the_report_stands_when_the_walk_is_over(house: Stairwell) -> None:
    one = begin(house, *FLATS[:3])
    says(house, FLATS[1])

    refused = house.ask(EndWalkTest(STAFF, one))

    walk = house.walks.walks[one]
    assert refused == ""
    assert (walk.ended_utc, list(walk.said)) == (house.now.utc, [FLATS[1]])
    assert not house.walks.under_test(FLATS[0])
    assert says(house, FLATS[0]) == 0
    assert house.record(one)[-1] == {
        "what": "ended",
        "detectors": 3,
        "tested": 1,
        "left": [FLATS[0], FLATS[2]],
    }


def test_a_walk_ends_by_itself_when_its_time_is_up(house: Stairwell) -> None:
    one = begin(house, minutes=10)
    ends = house.walks.walks[one].ends_utc

    house.wait(599)
    still = house.walks.under_test(FLATS[0])
    house.wait(1)

    assert still
    assert house.walks.devices == {}
    assert house.walks.walks[one].ended_utc == ends == house.now.utc
    assert house.walks.next_ns is None


def test_two_walks_go_on_side_by_side_and_never_to_the_same_detector(house: Stairwell) -> None:
    first = begin(house, FLATS[0])
    second = begin(house, FLATS[1])

    refused = house.refusal(BeginWalkTest(STAFF, (FLATS[2], FLATS[1])))
    house.ask(EndWalkTest(STAFF, first))

    assert refused.code == "under_test"
    assert refused.details == (f"{FLATS[1]}: {second}",)
    assert house.walks.devices == {FLATS[1]: second}


@pytest.mark.parametrize(
    ("detectors", "minutes", "code"),
    [
        ((), 10, "no_detectors"),
        (("b9",), 10, "detector_unknown"),
        ((FLATS[0], "door"), 10, "detector_unknown"),
        (FLATS, 0, "minutes_wrong"),
        (FLATS, 481, "minutes_wrong"),
    ],
)
def test_a_walk_needs_detectors_and_a_sensible_time(
    house: Stairwell, detectors: tuple[str, ...], minutes: int, code: str
) -> None:
    assert house.ask(BeginWalkTest(STAFF, detectors, minutes)) == code
    assert house.walks.walks == {}


def test_a_walk_that_is_over_or_unknown_cannot_be_ended(house: Stairwell) -> None:
    one = begin(house)
    house.ask(EndWalkTest(STAFF, one))

    assert house.ask(EndWalkTest(STAFF, one)) == "walk_ended"
    assert house.ask(EndWalkTest(STAFF, "w9")) == "walk_unknown"


@pytest.mark.parametrize("role", Role)
def test_who_answers_alarms_may_test(house: Stairwell, role: Role) -> None:
    one = begin(house, FLATS[0])

    codes = {house.ask(BeginWalkTest(PEOPLE[role], FLATS[1:])), house.ask(EndWalkTest(PEOPLE[role], one))}

    assert codes == ({""} if role in MAY_ANSWER else {"role"})


def test_nobody_tests_outside_his_grids(house: Stairwell) -> None:
    one = begin(house, "b2-1-101-smoke")

    assert house.ask(BeginWalkTest(OF_G1, (FLATS[0], "b2-1-102-smoke"))) == "grid"
    assert house.ask(EndWalkTest(OF_G1, one)) == "grid"
    assert house.ask(BeginWalkTest(OF_G1, FLATS)) == ""


def test_a_walk_and_its_report_survive_a_restart(house: Stairwell) -> None:
    over = begin(house, FLATS[0])
    says(house, FLATS[0])
    house.ask(EndWalkTest(STAFF, over))
    begin(house, *FLATS[:2], minutes=10)
    says(house, FLATS[1], "gas")
    before = dict(house.walks.walks), dict(house.walks.devices)

    house.restart(off_seconds=60, reboot=True)

    assert (house.walks.walks, house.walks.devices) == before
    house.wait(539)
    assert house.walks.under_test(FLATS[1])
    house.wait(1)
    assert not house.walks.under_test(FLATS[1])


def test_after_a_reboot_without_a_clock_nothing_is_under_test(house: Stairwell) -> None:
    one = begin(house)

    house.restart(reboot=True, trusted=False)
    house.wait(0)

    assert house.walks.devices == {}
    assert house.walks.walks[one].ended_utc is not None


def test_the_last_walks_are_kept_and_older_ones_forgotten_whole(house: Stairwell) -> None:
    for _ in range(KEPT + 2):
        one = begin(house, FLATS[0])
        says(house, FLATS[0])
        house.ask(EndWalkTest(STAFF, one))

    assert len(house.walks.walks) == KEPT
    assert next(iter(house.walks.walks)) == "w3"
    assert len([key for key in house.disk if key.startswith(("walk_test:", "walk_said:"))]) == 2 * KEPT
    house.restart()
    assert list(house.walks.walks) == [f"w{number}" for number in range(3, KEPT + 3)]


def test_the_log_names_only_so_many_detectors_that_said_nothing() -> None:
    place = PLACES[FLATS[0]]
    house = Stairwell()
    house.adopt({f"p{number}": place for number in range(LEFT_TOLD + 5)})
    one = begin(house, *house.rules.devices)

    house.ask(EndWalkTest(STAFF, one))

    assert len(house.record(one)[-1]["left"]) == LEFT_TOLD


def test_what_one_detector_says_writes_that_alone(house: Stairwell) -> None:
    one = begin(house)

    out = house.keep(house.walks.said(FLATS[0], "smoke", 5.0, "rx1", -70))

    assert out == [Remember(f"walk_said:{one}/{FLATS[0]}", [[5.0, "smoke", "rx1", -70]])]
