"""What a scanner hears of the fake bluetoothd, by bleak as the gateway uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator import bluez_adapter, bluez_signals
from simulator.bluez import FakeBlueZ
from simulator.bluez_adapter import BTHOME
from tests.simulator.scanners import END, MAC, MANAGED_OBJECTS, OTHER, Call, all_told, ask, scanning, until

if TYPE_CHECKING:
    from simulator.dbus import PrivateBus


async def test_a_scan_hears_a_sensor_with_its_strength_and_its_service_data(bluez: FakeBlueZ) -> None:
    scan = await scanning()

    bluez.advertise("hci0", MAC, b"\x40\x29\x01", -71)
    await all_told(bluez, scan)

    assert scan.calls == [Call(MAC, -71, {BTHOME: b"\x40\x29\x01"})]


@pytest.mark.parametrize(("duplicates", "told"), [(True, 4), (False, 1)])
async def test_equal_adverts_are_told_only_with_duplicate_data(
    bluez: FakeBlueZ, *, duplicates: bool, told: int
) -> None:
    scan = await scanning(duplicates=duplicates)

    for rssi in (-60, -60, -61, -62):
        bluez.advertise("hci0", MAC, b"\x40\x29\x00", rssi)
    await all_told(bluez, scan)

    assert [call.rssi for call in scan.calls] == told * [-60]


async def test_a_strength_that_differs_by_eight_is_told_and_one_that_differs_less_stays_as_it_was(
    bluez: FakeBlueZ,
) -> None:
    scan = await scanning(duplicates=False)

    for count, rssi in enumerate((-60, -67, -68, -61, -60)):
        bluez.advertise("hci0", MAC, bytes((count,)), rssi)
    bluez.advertise("hci0", MAC, b"\x04", -52)
    await all_told(bluez, scan)

    assert [call.rssi for call in scan.calls] == [-60, -60, -68, -68, -60, -52]


async def test_a_bluetoothd_without_the_threshold_tells_every_advert(private_bus: PrivateBus) -> None:
    async with FakeBlueZ(private_bus.address, rssi_delta=0) as bluez:
        scan = await scanning(duplicates=False)

        for rssi in (-60, -60, -61):
            bluez.advertise("hci0", MAC, b"\x40\x29\x00", rssi)
        await all_told(bluez, scan)

        assert [call.rssi for call in scan.calls] == [-60, -60, -61]


@pytest.mark.parametrize("duplicates", [True, False])
async def test_service_data_of_other_uuids_stays_unless_duplicates_are_wanted(
    bluez: FakeBlueZ, *, duplicates: bool
) -> None:
    scan = await scanning(duplicates=duplicates)

    bluez.advertise("hci0", MAC, b"one", -60, uuid=OTHER)
    bluez.advertise("hci0", MAC, b"two", -60)
    await all_told(bluez, scan)

    assert scan.calls[-1].service_data == ({BTHOME: b"two"} if duplicates else {OTHER: b"one", BTHOME: b"two"})


async def test_a_connection_calls_back_with_what_is_old_though_nothing_was_advertised(bluez: FakeBlueZ) -> None:
    scan = await scanning()
    bluez.advertise("hci0", MAC, b"\x40\x29\x00", -60)

    bluez.connect("hci0", MAC, connected=True)
    await all_told(bluez, scan)

    assert scan.calls == 2 * [Call(MAC, -60, {BTHOME: b"\x40\x29\x00"})]


async def test_adapters_hear_each_for_itself(bluez: FakeBlueZ) -> None:
    first = await scanning()
    second = await scanning(adapter="hci1")

    bluez.advertise("hci1", MAC, b"\x40\x29\x01", -71)
    bluez.advertise("hci7", MAC, b"\x40\x29\x01", -71)
    await all_told(bluez, second, "hci1")

    assert first.calls == []
    assert [call.rssi for call in second.calls] == [-71]


async def test_a_whole_compound_at_once_is_told_without_loss(private_bus: PrivateBus, bluez: FakeBlueZ) -> None:
    scan = await scanning()
    addresses = [f"54:48:E6:00:{number >> 8:02X}:{number & 0xFF:02X}" for number in range(1000)]

    for address in addresses:
        bluez.advertise("hci0", address, b"0", -60)
    [everything] = await ask(private_bus, MANAGED_OBJECTS)
    bluez.power("hci0", on=False)
    await until(lambda: len(scan.calls) == 2 * len(addresses))

    assert [call.address for call in scan.calls] == 2 * addresses
    assert len(everything.body[0]) == 2 + len(addresses)
    assert (bluez.running, bluez.forgotten) == (True, 0)


async def test_what_waits_for_the_bus_has_a_bound(bluez: FakeBlueZ, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = await scanning()
    monkeypatch.setattr(bluez_signals, "MOST_WAITING", 10)

    for count in range(3000):
        bluez.advertise("hci0", MAC, count.to_bytes(2, "big"), -60)
    told = 3000 - bluez.forgotten
    await until(lambda: len(scan.calls) == told)
    await all_told(bluez, scan)

    assert len(scan.calls) == told < 3000


async def test_a_device_that_is_not_heard_is_forgotten_and_new_when_it_is_heard_again(
    private_bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluez_adapter, "TEMPORARY_SECONDS", 0.05)

    async with FakeBlueZ(private_bus.address) as bluez:
        scan = await scanning(duplicates=False)
        bluez.advertise("hci0", MAC, b"0", -60)
        await until(lambda: scan.calls and not scan.scanner.discovered_devices)
        bluez.advertise("hci0", MAC, b"0", -60)
        await until(lambda: len(scan.calls) == 2)

    assert scan.calls[0] == scan.calls[1]


async def test_a_device_that_is_heard_again_and_again_is_not_forgotten(
    private_bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluez_adapter, "TEMPORARY_SECONDS", 0.2)

    async with FakeBlueZ(private_bus.address) as bluez:
        scan = await scanning(duplicates=False)
        bluez.advertise("hci0", END, b"0", -60)

        def still_heard() -> bool:
            bluez.advertise("hci0", MAC, b"0", -60)
            return scan.ends == 1 and [device.address for device in scan.scanner.discovered_devices] == [MAC]

        await until(still_heard)

    assert len(scan.calls) == 1


async def test_a_connected_device_is_not_forgotten(private_bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluez_adapter, "TEMPORARY_SECONDS", 0.02)

    async with FakeBlueZ(private_bus.address) as bluez:
        scan = await scanning()
        bluez.advertise("hci0", MAC, b"0", -60)
        bluez.connect("hci0", MAC, connected=True)
        bluez.advertise("hci0", END, b"0", -60)
        await until(lambda: scan.ends)
        await until(lambda: [device.address for device in scan.scanner.discovered_devices] == [MAC])
