"""How the fake bluetoothd fails: as bluetoothd does, without a word, and the old scanner stays deaf."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bleak.exc import BleakDBusError, BleakError

from simulator.bluez_adapter import BTHOME, Cure
from tests.simulator.scanners import MAC, NO_RSSI, all_told, scanning, until, until_quiet

if TYPE_CHECKING:
    from simulator.bluez import FakeBlueZ
    from simulator.dbus import PrivateBus


async def test_power_off_takes_the_strength_and_ends_the_scan_which_does_not_come_back(bluez: FakeBlueZ) -> None:
    deaf = await scanning()
    bluez.advertise("hci0", MAC, b"\x40\x29\x00", -60)

    bluez.power("hci0", on=False)
    bluez.power("hci0", on=True)
    bluez.advertise("hci0", MAC, b"\x40\x29\x01", -60)
    scan = await scanning()
    await all_told(bluez, scan)

    assert [(call.rssi, call.service_data[BTHOME]) for call in deaf.calls] == [
        (-60, b"\x40\x29\x00"),
        (NO_RSSI, b"\x40\x29\x00"),
    ]


@pytest.mark.parametrize(
    ("cure", "after_new_scan", "after_power_cycle"),
    [(Cure.NEW_SCAN, True, True), (Cure.POWER_CYCLE, False, True), (Cure.NOTHING, False, False)],
)
async def test_a_stalled_adapter_hears_again_after_its_cure(
    bluez: FakeBlueZ, cure: Cure, *, after_new_scan: bool, after_power_cycle: bool
) -> None:
    scan = await scanning()
    bluez.stall("hci0", cure)
    bluez.advertise("hci0", MAC, b"0", -60)

    await scan.scanner.stop()
    second = await scanning()
    bluez.advertise("hci0", MAC, b"1", -60)
    bluez.power("hci0", on=False)
    bluez.power("hci0", on=True)
    third = await scanning()
    bluez.advertise("hci0", MAC, b"2", -60)
    await until_quiet()

    assert scan.calls == []
    assert [call.service_data[BTHOME] for call in second.calls if call.rssi != NO_RSSI] == (
        (after_new_scan * [b"1"]) + (after_power_cycle * [b"2"])
    )
    assert bool(third.calls) is after_power_cycle


async def test_an_adapter_that_is_pulled_out_is_silent_and_another_scan_hears_after_its_return(
    bluez: FakeBlueZ,
) -> None:
    deaf = await scanning()
    bluez.unplug("hci0")
    bluez.advertise("hci0", MAC, b"0", -60)
    await until_quiet()
    with pytest.raises(BleakError, match="adapter 'hci0' not found"):
        await scanning()
    with pytest.raises(BleakDBusError, match="UnknownObject"):
        await deaf.scanner.stop()

    bluez.plug("hci0")
    await until_quiet()
    scan = await scanning()
    bluez.advertise("hci0", MAC, b"1", -60)
    await all_told(bluez, scan)

    assert deaf.calls == []
    assert [call.service_data for call in scan.calls] == [{BTHOME: b"1"}]


async def test_bluetoothd_dies_without_a_word_and_another_scan_hears_after_its_return(bluez: FakeBlueZ) -> None:
    deaf = await scanning()
    bluez.power("hci1", on=False)
    await bluez.die()
    bluez.advertise("hci0", MAC, b"0", -60)
    with pytest.raises(BleakDBusError, match="ServiceUnknown"):
        await scanning()

    await bluez.come_back()
    bluez.advertise("hci0", MAC, b"1", -60)
    with pytest.raises(BleakDBusError, match="No discovery started"):
        await deaf.scanner.stop()
    scan = await scanning()
    bluez.advertise("hci0", MAC, b"2", -60)
    await all_told(bluez, scan)

    assert deaf.calls == []
    assert [call.service_data for call in scan.calls] == [{BTHOME: b"2"}]
    assert bluez.powered("hci1")


async def test_the_bus_dies_with_all_on_it_and_all_work_after_its_return(
    private_bus: PrivateBus, bluez: FakeBlueZ
) -> None:
    await scanning()

    await private_bus.kill()
    await until(lambda: not bluez.running)
    bluez.advertise("hci0", MAC, b"0", -60)
    await private_bus.start()
    await bluez.come_back()
    scan = await scanning()
    bluez.advertise("hci0", MAC, b"1", -60)
    await all_told(bluez, scan)

    assert [call.service_data for call in scan.calls] == [{BTHOME: b"1"}]
