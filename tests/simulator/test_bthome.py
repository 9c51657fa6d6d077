"""The sensors' sending side, against the published vector and against bthome-ble, which the gateway does not use."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from bleak.backends.device import BLEDevice
from bthome_ble import BTHomeBluetoothDeviceData
from bthome_ble.const import MEAS_TYPES
from habluetooth import BluetoothServiceInfoBleak

from simulator.bthome import (
    BATTERY,
    BUTTON,
    GAS,
    HUMIDITY,
    LOW_BATTERY,
    MAXIMUM_COUNTER,
    PACKET_ID,
    PRESSED,
    PROBLEM,
    RAW,
    SMOKE,
    TAMPER,
    TEMPERATURE,
    TEXT,
    Beacon,
    advertisement,
    body,
    plain,
)

if TYPE_CHECKING:
    from simulator.bthome import Value

ADDRESS = "54:48:E6:8F:80:A5"
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
UUID = "0000fcd2-0000-1000-8000-00805f9b34fb"
OF_NO_FIXED_LENGTH = (0x3B, TEXT, RAW)  # 0x3b, commands, are for lamps


def understood(service_data: bytes, key: bytes | None = None) -> dict[str, object]:
    """What bthome-ble makes of it: values and events by their keys."""
    update = BTHomeBluetoothDeviceData(key).update(
        BluetoothServiceInfoBleak(
            name="sensor",
            address=ADDRESS,
            rssi=-60,
            manufacturer_data={},
            service_data={UUID: service_data},
            service_uuids=[UUID],
            source="local",
            device=BLEDevice(ADDRESS, "sensor", {}),
            advertisement=None,
            connectable=False,
            time=0.0,
            tx_power=None,
        )
    )
    values: dict[str, object] = {
        key.key: value.native_value
        for entities in (update.entity_values, update.binary_entity_values)
        for key, value in entities.items()
    }
    return values | {key.key: event.event_type for key, event in update.events.items()}


def test_a_packet_is_encrypted_as_the_published_example() -> None:
    # https://bthome.io/encryption/, the example at its end
    beacon = Beacon(ADDRESS, KEY, int.from_bytes(bytes.fromhex("00112233"), "little"))

    packet = beacon.packet([(TEMPERATURE, 25.06), (HUMIDITY, 50.55)])

    assert packet == bytes.fromhex("41a47266c95f730011223378237214")


def test_a_packet_without_a_key_is_plain_as_the_published_example() -> None:
    # https://bthome.io/format/, the example at its beginning
    packet = Beacon(ADDRESS).packet([(TEMPERATURE, 25.0), (HUMIDITY, 50.55)])

    assert packet == bytes.fromhex("4002c40903bf13")


@pytest.mark.parametrize("number", sorted(MEAS_TYPES.keys() - set(OF_NO_FIXED_LENGTH)))
def test_every_object_has_the_width_the_sign_and_the_factor_that_bthome_ble_reads(number: int) -> None:
    form = MEAS_TYPES[number]
    signed = form.data_format == "signed_integer"
    largest = 2 ** (8 * form.data_length - signed) - 1

    highest = body([(number, largest * form.factor)])
    lowest = body([(number, -(largest + 1) * form.factor if signed else 0)])

    assert highest == bytes((number,)) + largest.to_bytes(form.data_length, "little")
    assert int.from_bytes(lowest[1:], "little", signed=signed) == (-(largest + 1) if signed else 0)


@pytest.mark.parametrize("key", [None, KEY])
def test_bthome_ble_reads_an_alarm_packet(key: bytes | None) -> None:
    objects: list[tuple[int, Value]] = [(PACKET_ID, 7), (BATTERY, 93), (TEMPERATURE, -3.5), (LOW_BATTERY, False)]
    objects += [(PROBLEM, False), (SMOKE, True), (TAMPER, False)]

    read = understood(Beacon(ADDRESS, key, 1000).packet(objects), key)

    assert (read["smoke"], read["tamper"], read["problem"]) == (True, False, False)
    assert read["temperature"] == -3.5
    assert read["packet_id"] == 7


def test_bthome_ble_reads_a_press_and_what_is_raw_or_text() -> None:
    read = understood(plain(body([(BUTTON, PRESSED), (RAW, b"\x01\x64\x00"), (TEXT, "煤气")])))

    assert read["button"] == "press"
    assert read["raw"] == "016400"
    assert read["text"] == "煤气"


def test_objects_go_out_in_the_order_of_their_ids_and_equal_ids_as_they_were_given(
    caplog: pytest.LogCaptureFixture,
) -> None:
    objects: list[tuple[int, Value]] = [(SMOKE, True), (TEMPERATURE, 20.0), (BATTERY, 5), (TEMPERATURE, 21.0)]

    with caplog.at_level(logging.WARNING):
        packet = Beacon(ADDRESS).packet(objects)
        understood(packet)

    assert packet == bytes.fromhex("40 0105 02d007 023408 2901")
    assert "numerical order" not in caplog.text


def test_a_sensor_that_sends_at_events_only_says_so() -> None:
    beacon = Beacon(ADDRESS, KEY)

    at_event = beacon.packet([(GAS, True)], on_event=True)
    without_key = Beacon(ADDRESS).packet([(GAS, True)], on_event=True)

    assert (at_event[0], without_key[0]) == (0x45, 0x44)
    assert understood(at_event, KEY)["gas"] is True


def test_each_packet_has_the_next_counter_and_after_the_last_comes_nought() -> None:
    beacon = Beacon(ADDRESS, KEY, MAXIMUM_COUNTER)

    counters = [int.from_bytes(beacon.packet([(SMOKE, False)])[-8:-4], "little") for _ in range(2)]

    assert counters == [MAXIMUM_COUNTER, 0]
    assert beacon.counter == 1


def test_a_whole_alarm_encrypted_fills_an_advertisement_and_one_byte_more_is_refused() -> None:
    objects: list[tuple[int, Value]] = [(PACKET_ID, 1), (BATTERY, 100), (TEMPERATURE, 60.0), (LOW_BATTERY, True)]
    objects += [(PROBLEM, True), (SMOKE, True), (TAMPER, True)]

    whole = advertisement(Beacon(ADDRESS, KEY).packet(objects))

    assert len(whole) == 31
    assert whole[:7] == bytes.fromhex("020106 1b16 d2fc")
    with pytest.raises(ValueError, match="32 bytes do not fit"):
        advertisement(bytes(25))


@pytest.mark.parametrize(
    ("number", "value", "why"),
    [
        (0x3B, 1, "BTHome has no object 0x3b"),
        (0xAA, 1, "BTHome has no object 0xaa"),
        (BATTERY, 256, "object 0x01 cannot be 256"),
        (BATTERY, -1, "object 0x01 cannot be -1"),
        (TEMPERATURE, 400.0, "object 0x02 cannot be 400.0"),
        (SMOKE, "yes", "object 0x29 is a number"),
        (RAW, 1, "object 0x54 is text or bytes"),
        (RAW, bytes(256), "object 0x54 holds up to 255 bytes"),
    ],
)
def test_what_no_object_can_say_is_refused(number: int, value: Value, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        body([(number, value)])
