from __future__ import annotations

import pytest

from drivers.contract import Stranger
from gateway.actor import Actor, Role
from gateway.decide.detectors.rounds import CANDIDATES, PLACES
from gateway.decide.rules import DetectorRules, DeviceRules
from gateway.detecting import BeginRound, DropSensors, EndRound, ImportSensors, SkipInRound, TakeInRound, UndoInRound
from gateway.model import NANOSECONDS, Place
from tests.decide.detectors.stairwell import (
    FLATS,
    INSTALLER,
    OF_G1,
    PEOPLE,
    RULES,
    Stairwell,
    address,
    sensor,
)

B2 = ("b2-1-101-smoke", "b2-1-101-gas", "b2-1-102-smoke")
OTHER = Actor("u2", "赵强", Role.INSTALLER)


@pytest.fixture
def house() -> Stairwell:
    """Smoke sensors 1 to 9 and gas sensors 11 to 19 in stock."""
    house = Stairwell()
    house.stock(*(sensor(number) for number in range(1, 10)), *(sensor(number, "gas") for number in range(11, 20)))
    return house


# ---------------------------------------------------------------- walking


def test_each_pressed_sensor_takes_the_next_place(house: Stairwell) -> None:
    one = house.walk()

    for number in (1, 11, 2):
        house.press(number)

    state = house.rounds.rounds[one]
    assert house.hanging() == {FLATS[0]: address(1), FLATS[1]: address(11), FLATS[2]: address(2)}
    assert [(step.detector, step.address) for step in state.done] == list(house.hanging().items())
    assert (state.next, state.at, state.actor) == (FLATS[3], 3, "installer")
    assert house.register.mounted[FLATS[0]].mounted_by == "installer"
    assert house.record(FLATS[0])[-1]["reason"] == f"round {one}"
    house.check()


def test_places_that_have_their_sensor_are_passed_by(house: Stairwell) -> None:
    house.mount(FLATS[0], 9)
    house.mount(FLATS[2], 8)
    one = house.walk()

    house.press(11)

    assert house.hanging()[FLATS[1]] == address(11)
    assert house.rounds.rounds[one].next == FLATS[3]


def test_a_place_that_gets_its_sensor_by_another_way_while_it_is_next_is_passed_by(house: Stairwell) -> None:
    one = house.walk()

    house.mount(FLATS[0], 9)
    passed = house.rounds.rounds[one].next
    house.take_down(FLATS[0])

    assert passed == FLATS[1]
    assert house.rounds.rounds[one].next == FLATS[0]


def test_when_every_place_is_done_the_round_stands_until_it_is_ended(house: Stairwell) -> None:
    one = house.walk(*FLATS[:2])
    house.press(1)
    house.press(11)

    house.press(2)

    assert house.rounds.rounds[one].next == ""
    assert house.ask(TakeInRound(INSTALLER, one, address(2))) == "round_done"
    assert house.ask(SkipInRound(INSTALLER, one)) == "round_done"
    assert house.ask(EndRound(INSTALLER, one)) == ""
    assert house.record(one)[-1] == {"what": "ended", "taken": 2, "skipped": 0, "left": 0}
    assert not [key for key in house.disk if key.startswith(("round:", "round_progress:"))]


def test_a_skipped_place_keeps_nothing_and_the_next_press_takes_the_one_after_it(house: Stairwell) -> None:
    one = house.walk(FLATS[0], FLATS[2])

    refused = house.ask(SkipInRound(INSTALLER, one))
    house.press(1)

    assert refused == ""
    assert house.hanging() == {FLATS[2]: address(1)}
    assert [(step.detector, step.address) for step in house.rounds.rounds[one].done] == [
        (FLATS[0], ""),
        (FLATS[2], address(1)),
    ]


def test_a_sensor_is_taken_by_its_label_too(house: Stairwell) -> None:
    house.stock(sensor(3, label="SN 3"))
    one = house.walk()

    refused = house.ask(TakeInRound(PEOPLE[Role.MANAGER], one, "sn 3"))

    assert refused == ""
    assert house.hanging() == {FLATS[0]: address(3)}
    assert house.register.mounted[FLATS[0]].mounted_by == "manager"


@pytest.mark.parametrize(
    ("said", "code"), [("FFFF", "sensor_unknown"), (address(11), "wrong_kind"), (address(9), "sensor_mounted")]
)
def test_a_sensor_that_cannot_hang_at_the_next_place_is_not_taken(house: Stairwell, said: str, code: str) -> None:
    house.mount("b2-1-101-smoke", 9)
    one = house.walk()

    assert house.ask(TakeInRound(INSTALLER, one, said)) == code
    assert house.rounds.rounds[one].next == FLATS[0]


# ---------------------------------------------------------------- undo


def test_undo_takes_the_last_sensor_down_again_and_goes_back_to_its_place(house: Stairwell) -> None:
    one = house.walk()
    house.press(1)
    before = dict(house.register.sensors), house.wanted, house.rounds.rounds[one]

    house.press(11)
    refused = house.ask(UndoInRound(INSTALLER, one))

    assert refused == ""
    assert (dict(house.register.sensors), house.wanted, house.rounds.rounds[one]) == before
    assert house.record(FLATS[1])[-1]["reason"] == f"undone in round {one}"
    house.check()


def test_undo_goes_back_step_by_step_skips_included_to_the_beginning(house: Stairwell) -> None:
    one = house.walk()
    house.press(1)
    house.ask(SkipInRound(INSTALLER, one))
    house.press(2)

    places = []
    while house.ask(UndoInRound(INSTALLER, one)) == "":
        places.append(house.rounds.rounds[one].next)

    assert places == [FLATS[2], FLATS[1], FLATS[0]]
    assert house.hanging() == {}
    assert house.ask(UndoInRound(INSTALLER, one)) == "nothing_to_undo"


def test_undo_goes_back_past_places_that_got_their_sensor_by_another_way(house: Stairwell) -> None:
    one = house.walk()
    house.press(1)
    house.mount(FLATS[1], 11)

    house.ask(UndoInRound(INSTALLER, one))

    assert house.rounds.rounds[one].next == FLATS[0]


def test_undo_leaves_a_sensor_that_somebody_hung_there_since(house: Stairwell) -> None:
    one = house.walk()
    house.press(1)
    house.mount(FLATS[0], 2, "the first was broken")

    refused = house.ask(UndoInRound(INSTALLER, one))

    assert refused == ""
    assert house.hanging() == {FLATS[0]: address(2)}
    assert house.rounds.rounds[one].next == FLATS[1]


# ---------------------------------------------------------------- what is pressed


def test_a_sensor_of_the_wrong_kind_takes_nothing_and_the_round_says_so_until_the_next_step(house: Stairwell) -> None:
    one = house.walk()

    out = house.press(11)
    note = house.rounds.rounds[one].note
    house.press(1)

    assert out == []
    assert note == "wrong_kind"
    assert house.rounds.rounds[one].note == ""


def test_a_sensor_whose_product_no_profile_describes_takes_nothing(house: Stairwell) -> None:
    one = house.walk()
    house.known.rules = type(RULES)({}, devices=RULES.devices)

    house.press(1)

    assert house.rounds.rounds[one].note == "product_unknown"
    assert house.hanging() == {}


@pytest.mark.parametrize(
    "stranger",
    [
        Stranger(address(1), "smoke", 0, "rx1", -60),
        Stranger("A4C1380000FF", "smoke", 0, "rx1", -60, pressed=True),
        Stranger(address(9), "smoke", 0, "rx1", -60, pressed=True),
    ],
    ids=["not pressed", "not in the register", "hangs somewhere"],
)
def test_only_a_pressed_sensor_from_the_stock_takes_a_place(house: Stairwell, stranger: Stranger) -> None:
    house.mount("b2-1-101-smoke", 9)
    house.walk()

    out = house.rounds.pressed(stranger, house.now)

    assert out == []
    assert house.hanging() == {"b2-1-101-smoke": address(9)}


def test_a_press_while_nobody_walks_has_no_consequence(house: Stairwell) -> None:
    assert house.press(1) == []


@pytest.mark.parametrize("receiver", ["rx1", "rx2", "rx0", "nobody knows", ""])
def test_one_round_alone_takes_what_any_receiver_heard(house: Stairwell, receiver: str) -> None:
    house.walk()

    house.press(1, receiver)

    assert house.hanging() == {FLATS[0]: address(1)}


# ---------------------------------------------------------------- two at once


def test_of_two_rounds_the_one_in_the_building_where_it_was_heard_best_takes_the_sensor(house: Stairwell) -> None:
    house.walk()
    house.walk(*B2, actor=OTHER)

    house.press(1, "rx2")
    house.press(2, "rx1")
    house.press(11, "rx2")

    assert house.hanging() == {B2[0]: address(1), FLATS[0]: address(2), B2[1]: address(11)}
    assert house.register.mounted[B2[0]].mounted_by == "赵强"
    house.check()


def test_a_press_that_two_rounds_may_have_meant_waits_in_both_until_a_person_takes_it(house: Stairwell) -> None:
    first = house.walk(FLATS[0], FLATS[1])
    second = house.walk(FLATS[2], FLATS[3], actor=OTHER)

    house.press(1)
    both = [house.rounds.rounds[one] for one in (first, second)]
    refused = house.ask(TakeInRound(OTHER, second, both[1].candidates[0].address))

    assert [[each.address for each in state.candidates] for state in both] == [[address(1)], [address(1)]]
    assert (both[0].candidates[0].receiver, both[0].candidates[0].rssi, both[0].note) == ("rx1", -60, "several")
    assert refused == ""
    assert house.hanging() == {FLATS[2]: address(1)}
    assert [state.candidates for state in house.rounds.rounds.values()] == [(), ()]
    house.check()


@pytest.mark.parametrize("receiver", ["rx0", "gone"])
def test_a_receiver_in_no_building_speaks_for_no_round(house: Stairwell, receiver: str) -> None:
    house.adopt({**RULES.devices, "gate": DeviceRules("air", Place(), (), detector=DetectorRules("smoke"))})
    house.walk()
    house.walk("gate", actor=OTHER)

    house.press(1, receiver)

    assert house.hanging() == {}
    assert all(state.candidates for state in house.rounds.rounds.values())


def test_of_two_rounds_in_a_building_the_one_that_wants_such_a_sensor_takes_it_and_the_other_says_where_it_went(
    house: Stairwell,
) -> None:
    first = house.walk(FLATS[0])
    second = house.walk(FLATS[3], actor=OTHER)

    house.press(11)

    assert house.hanging() == {FLATS[3]: address(11)}
    assert (house.rounds.rounds[first].note, house.rounds.rounds[second].note) == ("elsewhere", "")


def test_a_round_without_a_place_left_stands_in_nobodys_way(house: Stairwell) -> None:
    house.walk(FLATS[0])
    house.press(1)
    house.walk(FLATS[2], actor=OTHER)

    house.press(2)

    assert house.hanging()[FLATS[2]] == address(2)


def test_pressing_the_same_again_waits_once_and_the_oldest_of_many_goes_first(house: Stairwell) -> None:
    one = house.walk(FLATS[0])
    house.walk(FLATS[2], actor=OTHER)

    for number in (1, 2, 1):
        house.press(number)
    once = [each.address for each in house.rounds.rounds[one].candidates]
    for number in range(3, 10):
        house.press(number)

    assert once == [address(2), address(1)]
    waiting = [each.address for each in house.rounds.rounds[one].candidates]
    assert waiting == [address(number) for number in (1, *range(3, 10))][-CANDIDATES:]


def test_a_candidate_that_nobody_takes_is_forgotten_after_two_minutes(house: Stairwell) -> None:
    one = house.walk(FLATS[0])
    house.walk(FLATS[2], actor=OTHER)
    house.press(1)

    house.wait(60)
    house.press(2)
    house.wait(61)

    assert [each.address for each in house.rounds.rounds[one].candidates] == [address(2)]


def test_a_candidate_that_was_dropped_or_hung_elsewhere_waits_no_more(house: Stairwell) -> None:
    one = house.walk(FLATS[0])
    house.walk(FLATS[2], actor=OTHER)
    house.press(1)
    house.press(2)

    house.mount("b2-1-101-smoke", 1)
    house.act(DropSensors(INSTALLER, (address(2),), "broken"))

    assert house.rounds.rounds[one].candidates == ()


# ---------------------------------------------------------------- beginning and end


@pytest.mark.parametrize(
    ("detectors", "code"),
    [
        ((), "nothing_free"),
        (("b9",), "detector_unknown"),
        ((FLATS[0], "door"), "detector_unknown"),
        (("b2-1-101-smoke",), "nothing_free"),
    ],
)
def test_a_round_needs_a_free_place_and_only_places(house: Stairwell, detectors: tuple[str, ...], code: str) -> None:
    house.mount("b2-1-101-smoke", 9)

    assert house.ask(BeginRound(INSTALLER, detectors)) == code
    assert house.rounds.rounds == {}


def test_a_round_has_no_more_places_than_a_building() -> None:
    place = RULES.devices[FLATS[0]]
    house = Stairwell()
    house.adopt({f"p{number}": place for number in range(PLACES + 1)})

    assert house.ask(BeginRound(INSTALLER, tuple(house.rules.devices))) == "round_too_large"
    assert house.ask(BeginRound(INSTALLER, tuple(house.rules.devices)[1:])) == ""


def test_two_rounds_do_not_go_to_the_same_place(house: Stairwell) -> None:
    house.walk(*FLATS[:3])
    house.press(1)

    refused = house.refusal(BeginRound(OTHER, FLATS))
    after_it = house.ask(BeginRound(OTHER, FLATS[3:]))

    assert refused.code == "round_overlaps"
    assert refused.details == ("r1, walked by installer, goes to 2 of them",)
    assert after_it == ""


def test_a_place_that_one_round_skipped_may_be_another_rounds(house: Stairwell) -> None:
    one = house.walk(*FLATS[:2])
    house.ask(SkipInRound(INSTALLER, one))

    assert house.ask(BeginRound(OTHER, FLATS[:1])) == ""


@pytest.mark.parametrize("role", Role)
def test_who_installs_or_leads_walks(house: Stairwell, role: Role) -> None:
    one = house.walk()

    codes = {
        house.ask(BeginRound(PEOPLE[role], B2)),
        house.ask(TakeInRound(PEOPLE[role], one, address(1))),
        house.ask(SkipInRound(PEOPLE[role], one)),
        house.ask(UndoInRound(PEOPLE[role], one)),
        house.ask(EndRound(PEOPLE[role], one)),
    }

    assert codes == ({""} if role in {Role.INSTALLER, Role.MANAGER, Role.ADMINISTRATOR} else {"role"})


def test_nobody_walks_outside_his_grids(house: Stairwell) -> None:
    one = house.walk(*B2)

    assert house.ask(BeginRound(OF_G1, ("b2-1-102-gas",))) == "grid"
    assert house.ask(TakeInRound(OF_G1, one, address(1))) == "grid"
    assert house.ask(BeginRound(OF_G1, FLATS)) == ""


def test_a_round_that_is_over_is_not_known(house: Stairwell) -> None:
    one = house.walk()
    house.ask(EndRound(INSTALLER, one))

    assert house.ask(SkipInRound(INSTALLER, one)) == "round_unknown"
    house.restart()
    assert house.walk() != one, "an id is never used again"


def test_a_round_ends_by_itself_an_hour_after_the_last_step(house: Stairwell) -> None:
    one = house.walk()
    house.wait(3000)
    house.press(1)

    house.wait(3599)
    still = one in house.rounds.rounds
    house.wait(1)

    assert still
    assert house.rounds.rounds == {}
    assert house.record(one)[-1] == {"what": "ended", "taken": 1, "skipped": 0, "left": 5}


# ---------------------------------------------------------------- restarts and reloads


def test_a_round_goes_on_after_a_restart_where_it_was(house: Stairwell) -> None:
    one = house.walk()
    house.press(1)
    house.ask(SkipInRound(INSTALLER, one))
    before = house.rounds.rounds[one]

    house.restart(off_seconds=60, reboot=True)

    assert house.rounds.rounds[one] == before
    house.press(2)
    assert house.hanging()[FLATS[2]] == address(2)


def test_after_a_restart_the_oldest_round_is_the_first_again_however_it_was_kept(house: Stairwell) -> None:
    for _ in range(8):
        house.ask(EndRound(INSTALLER, house.walk()))
    both = [house.walk(FLATS[0]), house.walk(FLATS[1])]

    house.disk = dict(sorted(house.disk.items()))
    house.restart()

    assert both == ["r9", "r10"]
    assert list(house.rounds.rounds) == both


def test_a_restart_does_not_lengthen_a_rounds_hour(house: Stairwell) -> None:
    one = house.walk()

    house.restart(off_seconds=3000, reboot=True)
    house.wait(599)
    still = one in house.rounds.rounds
    house.wait(1)

    assert still
    assert house.rounds.rounds == {}


def test_after_a_reboot_without_a_clock_no_round_is_walked(house: Stairwell) -> None:
    house.walk()

    house.restart(reboot=True, trusted=False)
    house.wait(0)

    assert house.rounds.rounds == {}
    house.press(1)
    assert house.hanging() == {}


def test_a_place_that_left_the_configuration_is_no_next_place(house: Stairwell) -> None:
    one = house.walk()

    house.adopt({name: rules for name, rules in RULES.devices.items() if name != FLATS[0]})

    assert house.rounds.rounds[one].next == FLATS[1]
    assert house.ask(EndRound(OF_G1, one)) == "grid", "what is in no grid is nobody's who is bound to one"
    assert house.ask(EndRound(INSTALLER, one)) == ""


def test_a_list_that_hangs_sensors_moves_a_round_on(house: Stairwell) -> None:
    one = house.walk()

    house.act(ImportSensors(INSTALLER, (sensor(1, detector=FLATS[0]), sensor(11, "gas", detector=FLATS[1]))))

    assert house.rounds.rounds[one].next == FLATS[2]


def test_a_round_asks_to_be_woken_when_it_may_end(house: Stairwell) -> None:
    assert house.rounds.next_ns is None

    house.walk()

    assert house.rounds.next_ns == house.now.boottime_ns + 3600 * NANOSECONDS
