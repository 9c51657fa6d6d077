from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.actor import Role
from gateway.detecting import ImportSensors, StockSensor
from gateway.model import Recorded, Refused, Remember, Want
from tests.decide.detectors.stairwell import INSTALLER, OF_G1, PEOPLE, RULES, Stairwell, address, sensor

SMOKE, GAS, NEXT = "b1-1-101-smoke", "b1-1-101-gas", "b1-1-102-smoke"


@pytest.fixture
def house() -> Stairwell:
    """Sensor 1 hangs in flat 101, 2 is in stock, 3 is out of service."""
    house = Stairwell()
    house.stock(sensor(1, detector=SMOKE), sensor(2, label="SN 2"), sensor(3, detector=NEXT))
    house.take_down(NEXT, gone=True)
    return house


def test_a_suppliers_list_fills_the_stock_of_every_line() -> None:
    house = Stairwell()

    house.stock(sensor(1), sensor(2, "gas"))

    stock = {
        address(1): {"product": "smoke", "sealed_key": "sealed 1"},
        address(2): {"product": "gas", "sealed_key": "sealed 2"},
    }
    assert house.wanted == {line: {"mounted": {}, "stock": stock} for line in ("air", "far")}
    house.check()


def test_a_list_of_what_hangs_where_hangs_it_and_tells_it_of_each_place() -> None:
    house = Stairwell()

    house.stock(sensor(1, detector=SMOKE), sensor(2, "gas", detector=GAS), sensor(3, detector="b3-1-f1-smoke"))

    assert house.hanging() == {SMOKE: address(1), GAS: address(2), "b3-1-f1-smoke": address(3)}
    assert set(house.wanted["air"]["mounted"]) == {SMOKE, GAS}
    assert set(house.wanted["far"]["mounted"]) == {"b3-1-f1-smoke"}
    assert house.record(GAS) == [{"what": "mounted", "sensor": address(2), "product": "gas", "reason": "import"}]
    assert house.record("stock") == [
        {"what": "imported", "rows": 3, "new": 3, "changed": 0, "unchanged": 0, "mounted": 3, "dry": False}
    ]
    house.check()


def test_what_a_list_hangs_without_a_clock_to_believe_hangs_since_nobody_knows_when() -> None:
    house = Stairwell()
    house.now = house.now._replace(trusted=False)

    house.stock(sensor(1, detector=SMOKE))

    assert house.register.mounted[SMOKE].mounted_utc == 0.0


def test_the_same_list_again_changes_nothing_and_tells_no_line(house: Stairwell) -> None:
    out = house.act(ImportSensors(INSTALLER, (sensor(1), sensor(2), sensor(3))))

    assert [type(outcome) for outcome in out] == [Recorded]
    assert house.record("stock")[-1]["unchanged"] == 3
    house.check()


def test_a_row_without_label_or_detector_leaves_them_as_they_are(house: Stairwell) -> None:
    house.stock(sensor(1, key="new"), sensor(2, key="new"))

    sensors = house.register.sensors
    assert (sensors[address(1)].detector, sensors[address(1)].sealed_key) == (SMOKE, "new 1")
    assert sensors[address(2)].label == "SN 2"


def test_a_new_key_of_a_sensor_that_hangs_reaches_its_line_and_the_record_of_its_place(house: Stairwell) -> None:
    since = house.register.mounted[SMOKE].mounted_utc
    list(house.register.moved())
    house.wait(60)

    house.stock(sensor(1, key="new"))

    assert house.wanted["air"]["mounted"][SMOKE]["sealed_key"] == "new 1"
    assert house.record(SMOKE)[-1]["what"] == "changed"
    assert house.register.mounted[SMOKE].mounted_utc == since
    assert list(house.register.moved()) == [], "the same sensor hangs there"
    house.check()


def test_a_dry_run_says_what_would_change_and_changes_nothing(house: Stairwell) -> None:
    before = dict(house.register.sensors)

    out = house.act(ImportSensors(INSTALLER, (sensor(1), sensor(4, detector=NEXT), sensor(5)), dry=True))

    assert [type(outcome) for outcome in out] == [Recorded]
    body = {"what": "imported", "rows": 3, "new": 2, "changed": 0, "unchanged": 1, "mounted": 1, "dry": True}
    assert house.record("stock")[-1] == body
    assert house.register.sensors == before


WRONG = [
    (StockSensor("A4C13800000G", "smoke", "k"), "an address has 12 hex digits"),
    (StockSensor("a4c138000009", "smoke", "k"), "an address has 12 hex digits"),
    (StockSensor("", "smoke", "k"), "an address has 12 hex digits"),
    (replace(sensor(9), product="xiaomi"), "the product 'xiaomi' is not known; known are gas, smoke"),
    (replace(sensor(9), sealed_key=""), "its key is missing"),
    (sensor(9, label="x" * 41), "a label has up to 40 characters that can be printed"),
    (sensor(9, label="a\nb"), "a label has up to 40 characters that can be printed"),
    (sensor(9, detector="b9-1-101-smoke"), "there is no detector 'b9-1-101-smoke'"),
    (sensor(9, detector="door"), "there is no detector 'door'"),
    (sensor(9, "gas", detector=NEXT), f"it is a gas sensor, {NEXT} is for smoke"),
    (sensor(9, detector=SMOKE), f"{address(1)} hangs at {SMOKE}: take it down first"),
    (sensor(1, detector=NEXT), f"it hangs at {SMOKE}: take it down there first"),
    (sensor(1, "gas"), f"it is a gas sensor, {SMOKE} is for smoke"),
    (sensor(3, detector=NEXT), "it is out of service: drop it first if it is to hang again"),
]


@pytest.mark.parametrize(("row", "why"), WRONG)
def test_a_bad_row_is_refused_with_what_is_wrong_and_the_good_ones_are_not_taken(
    house: Stairwell, row: StockSensor, why: str
) -> None:
    before = dict(house.register.sensors)

    refused = house.refusal(ImportSensors(INSTALLER, (sensor(7), row, sensor(8))))

    assert refused.code == "sensors_wrong"
    assert refused.details == (f"{row.address}: {why}",)
    assert house.register.sensors == before
    house.check()


def test_what_hangs_at_a_place_that_left_the_configuration_stays_of_its_kind(house: Stairwell) -> None:
    house.adopt({name: rules for name, rules in RULES.devices.items() if name != SMOKE})

    refused = house.refusal(ImportSensors(INSTALLER, (sensor(1, "gas"),)))

    assert refused.details == (f"{address(1)}: it is a gas sensor, {SMOKE} is for smoke",)
    assert house.ask(ImportSensors(INSTALLER, (sensor(1, key="new"),))) == ""


def test_all_bad_rows_are_named_at_once_and_no_key_in_them(house: Stairwell) -> None:
    rows = (
        sensor(4, detector=NEXT),
        sensor(5, detector=NEXT),
        replace(sensor(6, detector="nowhere"), product="x", sealed_key=""),
        sensor(4),
    )

    refused = house.refusal(ImportSensors(INSTALLER, rows))

    assert refused.details == (
        f"{address(5)}: {NEXT} is to have {address(4)} already",
        f"{address(6)}: the product 'x' is not known; known are gas, smoke",
        f"{address(6)}: its key is missing",
        f"{address(6)}: there is no detector 'nowhere'",
        f"{address(4)}: it is named twice",
    )
    assert refused.why == "5 things are wrong with these 4 sensors; nothing was changed"
    assert "sealed" not in refused.why + " ".join(refused.details)


@pytest.mark.parametrize("role", Role)
def test_who_installs_or_leads_may_import(role: Role) -> None:
    refused = Stairwell().ask(ImportSensors(PEOPLE[role], (sensor(1),)))

    assert refused == ("" if role in {Role.INSTALLER, Role.MANAGER, Role.ADMINISTRATOR} else "role")


def test_who_is_bound_to_grids_hangs_and_changes_nothing_in_others_and_fills_the_stock(house: Stairwell) -> None:
    house.stock(sensor(4, detector="b2-1-101-smoke"))

    hangs = house.refusal(ImportSensors(OF_G1, (sensor(5, detector="b2-1-102-smoke"), sensor(6, detector=NEXT))))
    changes = house.refusal(ImportSensors(OF_G1, (sensor(4, key="new"),)))
    stocks = house.ask(ImportSensors(OF_G1, (sensor(4), sensor(6, detector=NEXT), sensor(7))))

    assert (hangs.code, hangs.details) == ("grid", ("b2-1-102-smoke",))
    assert (changes.code, changes.details) == ("grid", ("b2-1-101-smoke",))
    assert stocks == ""


def test_an_import_remembers_one_entry_for_each_sensor_that_changed_and_says_each_line_one_level(
    house: Stairwell,
) -> None:
    out = house.act(ImportSensors(INSTALLER, (sensor(1), sensor(2, key="new"), sensor(4), sensor(5, detector=NEXT))))

    remembered = {outcome.key for outcome in out if isinstance(outcome, Remember)}
    assert remembered == {f"sensor:{address(number)}" for number in (2, 4, 5)}
    assert [outcome.device for outcome in out if isinstance(outcome, Want)] == ["air", "far"]
    assert not any(isinstance(outcome, Refused) for outcome in out)
