"""What a product says of itself before anything is connected."""

from __future__ import annotations

import pytest

from drivers.contract import ACTS, Kind
from drivers.mqtt.product import MqttProduct, load_mqtt_product, mqtt_products
from drivers.profile import ProfileError, load_profile, products
from drivers.vocabulary import MEANINGS

SHIPPED = (
    "ebike-ports-bits", "ebike-ports-json", "gridpost-ebike-12", "gridpost-locker-60", "homie-charger-4", "lock-board-sites",
    "parcel-boxes-json", "tasmota-socket",
)  # fmt: skip


@pytest.fixture(params=SHIPPED)
def product(request: pytest.FixtureRequest) -> MqttProduct:
    return load_mqtt_product(request.param)


def test_these_products_are_shipped() -> None:
    assert tuple(mqtt_products()) == products(protocol="mqtt") == SHIPPED


def test_a_device_has_a_group_for_itself_and_one_for_each_part(product: MqttProduct) -> None:
    device = product.device("d1")

    assert device.product == product.product
    assert len(device.groups) == 1 + len(device.parts)
    assert all(not point.place for point in device.groups[0].points)
    for part, group in zip(device.parts, device.groups[1:], strict=True):
        assert group.points
        assert {point.place for point in group.points} == {part}
    for key, (group_number, index) in product.places.items():
        assert device.groups[group_number].points[index].key == key
    assert product.device("d2").groups is device.groups


def test_everything_that_is_shipped_has_a_meaning_or_is_the_signal(product: MqttProduct) -> None:
    points = [point for group in product.device("d").groups for point in group.points]

    assert {point.meaning for point in points} <= MEANINGS | {""}
    assert {point.key for point in points if not point.meaning} <= {"signal", "uptime"}


def test_chargers_can_be_told_to_let_no_current_flow_and_show_it(product: MqttProduct) -> None:
    device = product.device("d")
    is_charger = any(point.meaning == "port_state" for group in device.groups for point in group.points)

    assert device.wants == (("charging_off",) if is_charger else ())
    if is_charger:
        assert set(product.shown("charging_off", level=True)) == {f"{part}.on" for part in device.parts}
        assert {spec.acts_as for spec in device.commands} == {"start_charging", "stop_charging"}
        assert all("amperes" in facts for facts in device.parts.values())
        for part in device.parts:
            meanings = {point.meaning for group in device.groups for point in group.points if point.place == part}
            assert {"port_state", "port_on", "current", "active_power"} <= meanings
    else:
        assert {spec.acts_as for spec in device.commands} == {"open_compartment"}
        assert all(facts["size"] in {"s", "m", "l"} for facts in device.parts.values())


def test_each_part_takes_its_commands_and_no_other_part_does(product: MqttProduct) -> None:
    device = product.device("d")

    assert {spec.place for spec in device.commands} == set(device.parts)
    assert all(spec.name.startswith(f"{spec.place}.") and spec.acts_as in ACTS for spec in device.commands)


def test_the_locker_and_the_charger_of_our_own_schema_are_as_large_as_they_say() -> None:
    locker = load_mqtt_product("gridpost-locker-60").device("l")
    charger = load_mqtt_product("gridpost-ebike-12").device("c")

    assert [facts["size"] for facts in locker.parts.values()] == ["s"] * 36 + ["m"] * 16 + ["l"] * 8
    assert list(charger.parts) == [f"p{number:02}" for number in range(1, 13)]
    assert [point.key for point in charger.groups[1].points] == [
        f"p01.{what}"
        for what in (
            "state", "on", "live", "session", "error", "voltage", "current", "power", "energy", "charged", "socket", "leakage",
        )
    ]  # fmt: skip


def test_a_product_with_a_time_has_a_point_for_its_clock_that_the_line_tells() -> None:
    charger, homie = load_mqtt_product("gridpost-ebike-12"), load_mqtt_product("homie-charger-4")

    assert charger.clock_place == charger.places["clock_wrong"] == (0, 3)
    clock = charger.device("c").groups[0].points[3]
    assert (clock.kind, clock.meaning) == (Kind.BOOLEAN, "clock_invalid")
    assert homie.clock_place is None
    assert "clock_wrong" not in homie.places


def test_a_line_subscribes_to_each_topic_once_with_the_quality_that_it_needs() -> None:
    own = "v1/garden/b1/charger/pile-1"

    assert load_mqtt_product("gridpost-ebike-12").subscriptions(own) == (
        (f"{own}/state", 1), (f"{own}/tele", 0), (f"{own}/event", 1), (f"{own}/ask", 1), (f"{own}/ack", 1), (f"{own}/lwt", 1),
    )  # fmt: skip
    assert load_mqtt_product("lock-board-sites").subscriptions("1015") == (
        ("device/lock/1015/+/info", 1), ("device/lock/1015/health", 0),
    )  # fmt: skip
    assert load_mqtt_product("tasmota-socket").subscriptions("shed")[0] == ("stat/shed/POWER", 1)


def test_it_is_known_on_which_topics_orders_go_out() -> None:
    assert load_mqtt_product("gridpost-ebike-12").command_topics("a/b") == ("a/b/cmd",)
    assert load_mqtt_product("lock-board-sites").command_topics("1015") == ("device/lock/1015/+/unlock",)
    assert load_mqtt_product("homie-charger-4").command_topics("homie/c1") == ("homie/c1/+/on/set",)


def test_a_product_is_loaded_once() -> None:
    assert load_mqtt_product("gridpost-ebike-12") is load_mqtt_product("gridpost-ebike-12")


def test_a_product_of_another_line_is_told_apart() -> None:
    with pytest.raises(
        ProfileError, match="the product 'relay-8' is for a Modbus line, and not for an MQTT broker's line"
    ):
        load_mqtt_product("relay-8")
    with pytest.raises(ProfileError, match="'tasmota-socket' is for an MQTT broker's line, and not for a Modbus line"):
        load_profile("tasmota-socket")
    with pytest.raises(
        ProfileError, match=r"there is no product 'gridpost-locker-6'; did you mean 'gridpost-locker-60'\? known"
    ):
        load_mqtt_product("gridpost-locker-6")
