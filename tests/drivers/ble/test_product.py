from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.ble.bthome import decode
from drivers.ble.kinds import ALARMS, GROUPS
from drivers.ble.product import OUT_OF_RANGE, AirProduct, air_products, load_air_product
from drivers.contract import Fault, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.ble.bthome import Values
    from drivers.contract import Value

SHIPPED = {
    "bthome-smoke": "smoke",
    "gridpost-co": "co",
    "gridpost-gas": "gas",
    "gridpost-heat": "heat",
    "gridpost-smoke": "smoke",
}


def said(objects: str) -> Values:
    return decode(b"\x40" + bytes.fromhex(objects.replace(" ", "")), bytes(6), None, keyed=False).values


def told(product: AirProduct, values: Values) -> Mapping[str, Value | Fault]:
    """What the product takes from a packet, by the key of the point."""
    return {
        GROUPS[product.kind][group].points[index].key: value for (group, index), value in product.take(values).items()
    }


# ------------------------------------------------------------------ what is shipped


def test_five_sensor_products_are_shipped() -> None:
    assert {name: product.kind for name, product in air_products().items()} == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_product_tells_its_alarm_and_when_it_is_missed(name: str) -> None:
    product = load_air_product(name)

    assert product.kind in product.points
    assert product.product == name
    assert product.title.endswith(("(encrypted BTHome)", "BTHome smoke sensor"))
    assert product.interval_seconds < product.late_seconds <= product.lost_seconds < 7200
    assert 5 <= product.life_years <= 10
    assert (product.weak_dbm, product.counter_bits) == (-90, 32)


def test_the_numbers_of_a_product_are_what_the_standards_ask_where_it_says_nothing() -> None:
    smoke, slow = load_air_product("gridpost-smoke"), load_air_product("bthome-smoke")

    assert (smoke.interval_seconds, smoke.late_seconds, smoke.lost_seconds) == (60, 180, 900)
    assert (slow.interval_seconds, slow.late_seconds, slow.lost_seconds) == (300, 900, 3000)


# ------------------------------------------------------------------ what packets say


def test_a_heartbeat_of_a_smoke_alarm_tells_all_its_points() -> None:
    product = load_air_product("gridpost-smoke")

    heartbeat = told(product, said("0009 0161 02ca09 1500 2600 2900 2b00"))

    assert heartbeat == {
        "battery": 97.0, "temperature": 25.06, "battery_low": False, "problem": False, "smoke": False, "tamper": False,
        "test": False,
    }  # fmt: skip
    assert isinstance(heartbeat["battery"], float)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_a_product_takes_is_of_the_kind_of_its_points(name: str) -> None:
    product = load_air_product(name)
    points = {point.key: point for group in GROUPS[product.kind] for point in group.points}
    everything = said("0009 0161 02ca09 1501 1701 1c01 1d01 2601 2901 2b01 3a01 5406 01640032000f")

    heard = told(product, everything)

    assert heard.keys() == set(product.points)
    for key, value in heard.items():
        assert type(value) is (bool if points[key].kind is Kind.BOOLEAN else float), key


def test_a_packet_tells_only_what_it_carries() -> None:
    assert told(load_air_product("bthome-smoke"), said("0161")) == {"battery": 97.0}


def test_a_press_is_over_with_the_first_packet_that_does_not_tell_it() -> None:
    product = load_air_product("gridpost-smoke")

    assert [told(product, said(objects)).get("test") for objects in ("3a01", "2900", "3a00", "3a003a04")] == [
        True, False, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "objects", "pressed"),
    [
        ("gridpost-smoke", "00073a01", True),
        ("gridpost-smoke", "00073a80", True),
        ("gridpost-smoke", "00073a00", False),
        ("gridpost-smoke", "00072901", False),
        ("gridpost-smoke", "0007", False),
        ("bthome-smoke", "2901", True),
        ("bthome-smoke", "2900", False),
        ("bthome-smoke", "3a01", False),
    ],
)
def test_a_press_is_told_by_the_objects_that_the_product_names(name: str, objects: str, pressed: bool) -> None:  # noqa: FBT001 - pytest hands it over
    assert load_air_product(name).pressed(said(objects)) is pressed


@pytest.mark.parametrize(
    ("name", "objects", "alarm"),
    [
        ("gridpost-smoke", "2901", "smoke"),
        ("gridpost-smoke", "2900", ""),
        ("gridpost-smoke", "1701", ""),
        ("gridpost-smoke", "2601", ""),
        ("gridpost-heat", "1d01", "heat"),
        ("gridpost-gas", "1c01", "gas"),
        ("gridpost-gas", "4b010203", ""),
        ("gridpost-co", "1701", "co"),
    ],
)
def test_an_alarm_is_claimed_by_its_own_object_and_no_other(name: str, objects: str, alarm: str) -> None:
    assert load_air_product(name).alarm_claimed(said(objects)) == alarm
    assert alarm in ALARMS | {""}


def test_of_two_booleans_for_one_point_the_true_one_counts_and_of_two_numbers_the_first() -> None:
    product = load_air_product("gridpost-smoke")

    heard = told(product, said("0111 0122 2901 2900"))

    assert (heard["battery"], heard["smoke"]) == (17.0, True)


def test_a_temperature_is_read_from_whatever_object_tells_it() -> None:
    product = load_air_product("gridpost-heat")

    heard = [told(product, said(objects))["temperature"] for objects in ("02ca09", "451101", "57ea", "5802")]

    assert heard == [25.06, 27.3, -22.0, 0.7]


# ------------------------------------------------------------------ the maker's own object


@pytest.mark.parametrize(
    ("raw", "level", "preheat", "problem"),
    [
        ("01 0000 0000 00", 0.0, False, False),
        ("01 6500 0000 00", 10.1, False, False),
        ("01 6500 0000 01", 10.1, True, False),
        ("01 6500 0000 02", 10.1, False, True),
        ("01 6500 0000 04", 10.1, False, True),
        ("01 6500 0000 18", 10.1, False, False),
        ("01 4c04 0000 00", 110.0, False, False),
        ("01 4d04 0000 00", OUT_OF_RANGE, False, False),
        ("01 ffff 0000 00", OUT_OF_RANGE, False, False),
    ],
)
def test_a_gas_detector_tells_its_level_and_state_in_its_raw_object(
    raw: str, level: object, preheat: object, problem: object
) -> None:
    heard = told(load_air_product("gridpost-gas"), said(f"1c00 5406 {raw}"))

    assert (heard["gas_level"], heard["preheat"], heard["problem"]) == (level, preheat, problem)


def test_co_stands_in_the_same_raw_object() -> None:
    heard = told(load_air_product("gridpost-co"), said("1700 5406 01 0000 2c01 00"))

    assert heard["co_level"] == 300.0


@pytest.mark.parametrize("raw", ["", "02", "020000000000", "0265000000 07"])
def test_a_raw_object_of_another_layout_is_not_read(raw: str) -> None:
    data = bytes.fromhex(raw.replace(" ", ""))

    heard = told(load_air_product("gridpost-gas"), said(f"1c00 54{len(data):02x}{data.hex()}"))

    assert heard == {"gas": False, "test": False}


@pytest.mark.parametrize(
    ("raw", "told_of_it"), [("0165", {}), ("016500", {"gas_level": 10.1}), ("0165000000", {"gas_level": 10.1})]
)
def test_of_a_raw_object_that_is_too_short_only_what_is_whole_is_read(raw: str, told_of_it: dict[str, object]) -> None:
    heard = told(load_air_product("gridpost-gas"), said(f"54{len(raw) // 2:02x}{raw}"))

    assert heard == {**told_of_it, "test": False}


def test_a_fault_is_told_by_any_of_its_objects() -> None:
    product = load_air_product("gridpost-gas")

    heard = [
        told(product, said(objects))["problem"]
        for objects in ("2601", "2601 5406 010000000000", "2600 5406 010000000002")
    ]

    assert heard == [True, True, True]
