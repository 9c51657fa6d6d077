from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.actor import Role
from gateway.decide.detectors.importing import Weighed
from gateway.decide.detectors.register import YEAR_SECONDS
from gateway.detecting import BeginBatteryChange, DropSensors, ImportSensors, MountSensor, TakeDownSensor
from gateway.model import NANOSECONDS, Recorded, Refused, Remember, Want
from tests.decide.detectors.stairwell import (
    INSTALLER,
    OF_G1,
    PEOPLE,
    RULES,
    STAFF,
    VIEWER,
    Stairwell,
    address,
    sensor,
)

if TYPE_CHECKING:
    from gateway.decide.rules import DeviceRules

SMOKE, GAS, NEXT = "b1-1-101-smoke", "b1-1-101-gas", "b1-1-102-smoke"
MAY_ENROL = {Role.INSTALLER, Role.MANAGER, Role.ADMINISTRATOR}


@pytest.fixture
def house() -> Stairwell:
    """Smoke sensors 1 to 4 and gas sensor 5 in stock; 1 hangs in flat 101."""
    house = Stairwell()
    house.stock(sensor(1, detector=SMOKE), *(sensor(number) for number in (2, 3, 4)), sensor(5, "gas"))
    return house


# ---------------------------------------------------------------- hanging and taking down


def test_a_sensor_from_the_stock_hangs_where_it_was_put_and_its_line_listens_to_it(house: Stairwell) -> None:
    refused = house.mount(NEXT, 2)

    assert refused == ""
    hangs = house.register.mounted[NEXT]
    assert (hangs.address, hangs.mounted_by, hangs.mounted_utc) == (address(2), "installer", house.now.utc)
    assert house.wanted["air"]["mounted"][NEXT] == {
        "address": address(2),
        "product": "smoke",
        "sealed_key": "sealed 2",
        "swap_until_ns": 0,
    }
    assert address(2) not in house.wanted["air"]["stock"]
    house.check()


def test_only_the_entry_of_the_sensor_that_moved_is_another_object_in_the_next_level(house: Stairwell) -> None:
    before = house.wanted["air"]

    house.mount(NEXT, 2)

    after = house.wanted["air"]
    assert NEXT not in before["mounted"], "what was said is never changed"
    assert address(2) in before["stock"]
    assert after["mounted"][SMOKE] is before["mounted"][SMOKE]
    assert after["stock"][address(3)] is before["stock"][address(3)]


def test_a_line_on_which_nothing_changed_is_told_nothing(house: Stairwell) -> None:
    stock_before = house.wanted["far"]["stock"]

    out = house.act(BeginBatteryChange(STAFF, SMOKE))

    assert [outcome.device for outcome in out if isinstance(outcome, Want)] == ["air"]
    assert house.wanted["air"]["stock"] is stock_before


def test_a_replaced_sensor_is_out_of_service_and_the_record_of_the_place_says_why(house: Stairwell) -> None:
    refused = house.mount(SMOKE, 2, "it chirped")

    assert refused == ""
    assert house.hanging() == {SMOKE: address(2)}
    assert house.register.sensors[address(1)].retired
    assert address(1) not in house.wanted["air"]["stock"], "nobody listens to it any more"
    body = {"what": "replaced", "sensor": address(2), "product": "smoke", "before": address(1), "reason": "it chirped"}
    assert house.record(SMOKE)[-1] == body
    house.check()


def test_replacing_a_sensor_needs_a_reason(house: Stairwell) -> None:
    refused = house.mount(SMOKE, 2, "  ")

    assert refused == "reason_needed"
    assert house.hanging() == {SMOKE: address(1)}


@pytest.mark.parametrize("gone", [False, True])
def test_a_sensor_that_is_taken_down_goes_back_into_the_stock_or_for_good(house: Stairwell, *, gone: bool) -> None:
    refused = house.take_down(SMOKE, gone=gone)

    assert refused == ""
    one = house.register.sensors[address(1)]
    assert (one.detector, one.retired, one.in_stock, one.mounted_utc) == ("", gone, not gone, 0.0)
    assert (address(1) in house.wanted["air"]["stock"]) is not gone
    assert house.record(SMOKE)[-1]["what"] == "taken_down"
    house.check()


@pytest.mark.parametrize(
    ("detector", "reason", "code"),
    [(NEXT, "painting", "nothing_mounted"), ("b9", "painting", "detector_unknown"), (SMOKE, " ", "reason_needed")],
)
def test_taking_down_needs_a_place_where_something_hangs_and_a_reason(
    house: Stairwell, detector: str, reason: str, code: str
) -> None:
    assert house.ask(TakeDownSensor(INSTALLER, detector, reason)) == code
    assert house.hanging() == {SMOKE: address(1)}


def test_a_retired_sensor_hangs_nowhere_again_until_it_was_dropped_and_imported(house: Stairwell) -> None:
    house.take_down(SMOKE, gone=True)

    refused = house.mount(NEXT, 1)
    house.act(DropSensors(INSTALLER, (address(1),), "wrong box"))
    house.stock(sensor(1))

    assert refused == "sensor_retired"
    assert house.mount(NEXT, 1) == ""


@pytest.mark.parametrize(
    ("detector", "said", "code"),
    [
        ("b9-1-101-smoke", address(2), "detector_unknown"),
        ("door", address(2), "detector_unknown"),
        (NEXT, "A4C1380000FF", "sensor_unknown"),
        (NEXT, "", "sensor_unknown"),
        (NEXT, "002", "sensor_unknown"),
        (NEXT, address(1), "sensor_mounted"),
        (SMOKE, address(1), "sensor_here"),
        (NEXT, address(5), "wrong_kind"),
    ],
)
def test_what_cannot_hang_there_is_refused_and_changes_nothing(
    house: Stairwell, detector: str, said: str, code: str
) -> None:
    before = dict(house.register.sensors)

    refused = house.ask(MountSensor(INSTALLER, detector, said, "because"))

    assert refused == code
    assert house.register.sensors == before
    house.check()


def test_a_sensor_whose_product_no_profile_describes_is_not_hung(house: Stairwell) -> None:
    house.rules = house.known.rules = type(RULES)({}, devices=RULES.devices)

    refused = house.mount(NEXT, 2)

    assert refused == "product_unknown"


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    "said", ["A4:C1:38:00:00:02", " a4c138000002 ", "a4-c1-38-00-00-02", "0002", "38000002", "Sn 77"]
)
def test_a_sensor_is_named_by_its_address_its_last_digits_or_its_label(house: Stairwell, said: str) -> None:
    house.stock(sensor(2, label="SN 77"))

    refused = house.ask(MountSensor(INSTALLER, NEXT, said))

    assert refused == ""
    assert house.hanging()[NEXT] == address(2)


def test_digits_that_name_several_sensors_are_refused_with_all_of_them(house: Stairwell) -> None:
    other = type(sensor(2))("B00000000002", "smoke", "sealed", "SN 1")
    house.stock(other)

    refused = house.refusal(MountSensor(INSTALLER, NEXT, "0002"))

    assert refused.code == "sensor_ambiguous"
    assert refused.details == (f"{address(2)} smoke", "B00000000002 smoke SN 1")


def test_digits_mean_the_one_in_stock_that_fits_when_others_hang_or_detect_something_else(house: Stairwell) -> None:
    row = type(sensor(2))
    house.stock(row("B00000000002", "gas", "sealed"), row("C00000000002", "smoke", "sealed", "", "b1-1-103-smoke"))

    refused = house.ask(MountSensor(INSTALLER, NEXT, "0002"))

    assert refused == ""
    assert house.hanging()[NEXT] == address(2)


def test_when_none_that_is_called_so_can_hang_there_the_one_in_stock_says_why(house: Stairwell) -> None:
    house.stock(type(sensor(1))("B00000000001", "gas", "sealed"))

    refused = house.refusal(MountSensor(INSTALLER, NEXT, "0001"))

    assert refused.code == "wrong_kind"
    assert refused.why == f"B00000000001 is a gas sensor, {NEXT} is for smoke"


# ---------------------------------------------------------------- dropping


def test_dropped_sensors_are_forgotten(house: Stairwell) -> None:
    out = house.act(DropSensors(INSTALLER, (address(2), address(3), address(2)), "sent back"))

    assert [outcome.value for outcome in out if isinstance(outcome, Remember)] == [None, None]
    assert address(2) not in house.register.sensors
    assert address(2) not in house.wanted["air"]["stock"]
    house.check()


def test_a_drop_that_cannot_be_whole_drops_nothing_and_names_each_sensor_that_stands_against_it(
    house: Stairwell,
) -> None:
    refused = house.refusal(DropSensors(INSTALLER, (address(2), address(1), "nobody"), "sent back"))

    assert refused.code == "sensors_wrong"
    assert refused.details == (
        f"{address(1)}: it hangs at {SMOKE}, take it down first",
        "nobody: there is no such sensor",
    )
    assert address(2) in house.register.sensors


@pytest.mark.parametrize(
    ("addresses", "reason", "code"), [(("x",), " ", "reason_needed"), ((), "why", "sensors_wrong")]
)
def test_a_drop_needs_a_reason_and_a_sensor(
    house: Stairwell, addresses: tuple[str, ...], reason: str, code: str
) -> None:
    assert house.ask(DropSensors(INSTALLER, addresses, reason)) == code


# ---------------------------------------------------------------- rights


@pytest.mark.parametrize("role", Role)
def test_who_installs_or_leads_says_what_hangs_where(house: Stairwell, role: Role) -> None:
    actor = PEOPLE[role]

    codes = {
        house.ask(MountSensor(actor, NEXT, address(2))),
        house.ask(TakeDownSensor(actor, NEXT, "painting")),
        house.ask(DropSensors(actor, (address(2),), "sent back")),
    }

    assert codes == ({""} if role in MAY_ENROL else {"role"})


@pytest.mark.parametrize("role", Role)
def test_staff_too_may_change_a_battery(house: Stairwell, role: Role) -> None:
    refused = house.ask(BeginBatteryChange(PEOPLE[role], SMOKE))

    assert refused == ("" if role in MAY_ENROL | {Role.STAFF} else "role")


def test_nobody_touches_a_place_outside_his_grids(house: Stairwell) -> None:
    house.stock(sensor(6, detector="b2-1-101-smoke"))

    codes = [
        house.ask(MountSensor(OF_G1, "b2-1-102-smoke", address(2))),
        house.ask(TakeDownSensor(OF_G1, "b2-1-101-smoke", "painting")),
        house.ask(BeginBatteryChange(OF_G1, "b2-1-101-smoke")),
        house.ask(MountSensor(OF_G1, "b3-1-f1-smoke", address(2))),
        house.ask(MountSensor(OF_G1, NEXT, address(2))),
    ]

    assert codes == ["grid", "grid", "grid", "grid", ""]


# ---------------------------------------------------------------- battery changes


def test_while_a_battery_is_changed_its_counter_may_begin_anew_once(house: Stairwell) -> None:
    refused = house.ask(BeginBatteryChange(STAFF, SMOKE, minutes=30))
    opened = house.wanted["air"]["mounted"][SMOKE]["swap_until_ns"]
    house.swapped(SMOKE)

    assert refused == ""
    assert opened == house.now.boottime_ns + 30 * 60 * NANOSECONDS
    assert house.wanted["air"]["mounted"][SMOKE]["swap_until_ns"] == 0
    assert [body["what"] for body in house.record(SMOKE)] == ["mounted", "battery_change", "battery_changed"]
    assert not [key for key in house.disk if key.startswith("battery_change:")]
    house.check()


def test_the_time_to_change_a_battery_ends_by_itself(house: Stairwell) -> None:
    house.act(BeginBatteryChange(STAFF, SMOKE, minutes=5))

    house.wait(299)
    still = house.register.battery_change_until_ns(SMOKE)
    house.wait(2)

    assert still
    assert house.wanted["air"]["mounted"][SMOKE]["swap_until_ns"] == 0
    assert "battery_change:" + SMOKE not in house.disk
    house.check()


def test_a_restart_neither_lengthens_nor_ends_the_time_to_change_a_battery(house: Stairwell) -> None:
    house.act(BeginBatteryChange(STAFF, SMOKE, minutes=10))
    end = house.register.battery_change_until_ns(SMOKE)

    house.restart(off_seconds=60)
    after_restart = house.wanted["air"]["mounted"][SMOKE]["swap_until_ns"]
    house.restart(off_seconds=60, reboot=True)

    assert after_restart == end
    assert house.wanted["air"]["mounted"][SMOKE]["swap_until_ns"] == house.now.boottime_ns + 480 * NANOSECONDS
    house.check()


def test_after_a_reboot_without_a_clock_nobodys_battery_is_being_changed(house: Stairwell) -> None:
    house.act(BeginBatteryChange(STAFF, SMOKE, minutes=10))

    house.restart(reboot=True, trusted=False)

    assert house.wanted["air"]["mounted"][SMOKE]["swap_until_ns"] == 0
    assert "battery_change:" + SMOKE not in house.disk


def test_another_sensor_at_the_place_is_not_the_one_whose_battery_is_changed(house: Stairwell) -> None:
    house.act(BeginBatteryChange(STAFF, SMOKE))

    house.mount(SMOKE, 2, "broken")

    assert house.wanted["air"]["mounted"][SMOKE]["swap_until_ns"] == 0
    house.check()


@pytest.mark.parametrize(
    ("detector", "minutes", "code"),
    [
        (NEXT, 30, "nothing_mounted"),
        ("b9", 30, "detector_unknown"),
        (SMOKE, 0, "minutes_wrong"),
        (SMOKE, 121, "minutes_wrong"),
    ],
)
def test_a_battery_change_names_a_place_where_something_hangs_and_a_sensible_time(
    house: Stairwell, detector: str, minutes: int, code: str
) -> None:
    assert house.ask(BeginBatteryChange(STAFF, detector, minutes)) == code


def test_a_battery_that_was_changed_at_a_place_where_nothing_hangs_any_more_has_no_consequence(
    house: Stairwell,
) -> None:
    house.take_down(SMOKE)

    assert house.swapped(SMOKE) == []


# ---------------------------------------------------------------- what others read


def test_a_sensor_is_too_old_so_many_years_after_it_was_hung(house: Stairwell) -> None:
    house.mount(GAS, 5)

    assert house.register.expires_utc(SMOKE) == house.now.utc + 10 * YEAR_SECONDS
    assert house.register.expires_utc(GAS) == house.now.utc + 5 * YEAR_SECONDS
    assert house.register.expires_utc(NEXT) is None


def test_nobody_knows_how_old_a_sensor_is_that_was_hung_without_a_clock_to_believe(house: Stairwell) -> None:
    house.now = house.now._replace(trusted=False)

    house.mount(NEXT, 2)

    assert house.register.mounted[NEXT].mounted_utc == 0.0
    assert house.register.expires_utc(NEXT) is None


def test_places_where_something_else_hangs_are_told_once(house: Stairwell) -> None:
    first = list(house.register.moved())
    house.mount(SMOKE, 2, "broken")
    house.mount(NEXT, 3)
    second = list(house.register.moved())
    house.take_down(NEXT)
    house.act(BeginBatteryChange(STAFF, SMOKE))
    third = list(house.register.moved())

    assert first == [SMOKE]
    assert sorted(second) == [SMOKE, NEXT]
    assert third == [NEXT]
    assert list(house.register.moved()) == []


@pytest.mark.parametrize(
    "instead", [{}, {SMOKE: replace(RULES.devices["rx1"], receiver=False)}], ids=["gone", "a lamp"]
)
def test_a_sensor_at_a_place_that_left_the_configuration_stays_in_the_register_and_nobody_listens_to_it(
    house: Stairwell, instead: dict[str, DeviceRules]
) -> None:
    house.adopt({name: rules for name, rules in RULES.devices.items() if name != SMOKE} | instead)
    without = house.wanted["air"]
    house.adopt(RULES.devices)

    assert without["mounted"] == {}
    assert house.hanging() == {SMOKE: address(1)}
    assert SMOKE in house.wanted["air"]["mounted"]
    house.check()


def test_a_sensor_can_be_taken_down_from_a_place_that_left_the_configuration(house: Stairwell) -> None:
    house.adopt({name: rules for name, rules in RULES.devices.items() if name != SMOKE})

    refused = house.take_down(SMOKE)

    assert refused == ""
    assert house.register.sensors[address(1)].in_stock


def test_a_reload_that_changes_nothing_says_the_same_entries_again(house: Stairwell) -> None:
    before = house.wanted["air"]

    house.adopt(RULES.devices)

    assert house.wanted["air"]["mounted"][SMOKE] is before["mounted"][SMOKE]
    assert house.wanted["air"]["stock"][address(2)] is before["stock"][address(2)]


def test_a_restart_says_the_same_to_every_line(house: Stairwell) -> None:
    house.mount(NEXT, 2)
    house.take_down(SMOKE, gone=True)
    before, wanted = dict(house.register.sensors), dict(house.wanted)

    house.restart(off_seconds=3600, reboot=True)

    assert house.register.sensors == before
    assert house.wanted == wanted


def test_no_key_stands_in_what_people_read_or_in_the_words_of_a_sensor(house: Stairwell) -> None:
    house.mount(SMOKE, 2, "broken")
    house.take_down(SMOKE)
    house.act(BeginBatteryChange(VIEWER, SMOKE))

    told = [outcome for outcome in house.said if isinstance(outcome, Recorded)]
    assert told
    assert "sealed" not in repr(told)
    assert "sealed" not in repr(house.register.sensors)


def test_the_record_of_a_place_names_who_did_it(house: Stairwell) -> None:
    house.mount(NEXT, 2)

    told = [outcome for outcome in house.said if isinstance(outcome, Recorded) and outcome.subject == NEXT]

    assert [outcome.actor for outcome in told] == ["installer"]
    assert told[0].kind == "sensor"


def test_weighing_a_list_counts_and_changes_nothing(house: Stairwell) -> None:
    rows = (sensor(1), sensor(2, key="new"), sensor(7, detector=NEXT), sensor(8))

    found = house.register.weigh(ImportSensors(INSTALLER, rows), house.now)
    refused = house.register.weigh(ImportSensors(VIEWER, rows), house.now)

    assert isinstance(found, Weighed)
    assert (found.new, found.changed, found.unchanged, found.mounted) == (2, 1, 1, 1)
    assert isinstance(refused, Refused)
    assert address(7) not in house.register.sensors
