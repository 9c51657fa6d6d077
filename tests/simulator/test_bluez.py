"""The fake bluetoothd, by bleak as the gateway uses it, and by D-Bus where bleak asks nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from bleak import BleakScanner
from bleak.exc import BleakDBusError, BleakError
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from simulator import bluez_adapter
from simulator.bluez import FakeBlueZ
from simulator.bluez_adapter import BTHOME, Cure
from simulator.dbus import DaemonMissing, PrivateBus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

MAC = "54:48:E6:8F:80:A5"
END = "02:00:00:00:00:EE"
OTHER = "0000fe95-0000-1000-8000-00805f9b34fb"
NO_RSSI = -127


class Call(NamedTuple):
    """One callback of bleak."""

    address: str
    rssi: int
    service_data: dict[str, bytes]


class Scan:
    """A scanner, and what it calls back with."""

    def __init__(self, *, duplicates: bool = True, adapter: str = "hci0") -> None:
        self.calls: list[Call] = []
        self.ends = 0
        self.scanner = BleakScanner(self._heard, bluez={"adapter": adapter, "filters": {"DuplicateData": duplicates}})

    def _heard(self, device: BLEDevice, heard: AdvertisementData) -> None:
        if device.address == END:
            self.ends += 1
        else:
            self.calls.append(Call(device.address, heard.rssi, dict(heard.service_data)))


@pytest.fixture
async def bus(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PrivateBus]:
    async with PrivateBus() as one:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", one.address)
        yield one


@pytest.fixture
async def bluez(bus: PrivateBus) -> AsyncIterator[FakeBlueZ]:
    async with FakeBlueZ(bus.address, ("hci0", "hci1")) as one:
        yield one


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.002)


async def scanning(*, duplicates: bool = True, adapter: str = "hci0") -> Scan:
    scan = Scan(duplicates=duplicates, adapter=adapter)
    await scan.scanner.start()
    return scan


async def all_told(bluez: FakeBlueZ, scan: Scan, adapter: str = "hci0") -> None:
    """Everything before this has arrived, for signals keep their order: an advert that is new each time came through."""
    ends = scan.ends
    bluez.advertise(adapter, END, (ends + 1).to_bytes(4, "big"), -50)
    await until(lambda: scan.ends > ends)


async def ask(bus: PrivateBus, *requests: tuple[str, str, str, str, list[Any]]) -> list[Message]:
    """Replies to requests (path, interface, member, signature, body) of one client, which leaves the bus afterwards."""
    client = await MessageBus(bus_address=bus.address).connect()
    replies = [
        await client.call(Message("org.bluez", path, interface, member, signature=signature, body=body))
        for path, interface, member, signature, body in requests
    ]
    client.disconnect()
    await client.wait_for_disconnect()  # type: ignore[no-untyped-call]  # has no annotations in dbus-fast
    return [reply for reply in replies if reply is not None]


def adapter_call(member: str, signature: str = "", *body: object) -> tuple[str, str, str, str, list[Any]]:
    return "/org/bluez/hci0", "org.bluez.Adapter1", member, signature, list(body)


def adapter_value(name: str) -> tuple[str, str, str, str, list[Any]]:
    return "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Get", "ss", ["org.bluez.Adapter1", name]


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


async def test_a_bluetoothd_without_the_threshold_tells_every_advert(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address, rssi_delta=0) as bluez:
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


async def test_the_end_of_one_clients_scan_leaves_the_other_scanning(bus: PrivateBus, bluez: FakeBlueZ) -> None:
    scan = await scanning()

    await ask(bus, adapter_call("StartDiscovery"), adapter_call("StopDiscovery"))
    bluez.advertise("hci0", MAC, b"\x40\x29\x00", -60)
    await all_told(bluez, scan)

    assert [call.rssi for call in scan.calls] == [-60]


async def test_a_client_that_leaves_the_bus_scans_no_longer(bus: PrivateBus, bluez: FakeBlueZ) -> None:
    [_, before] = await ask(bus, adapter_call("StartDiscovery"), adapter_value("Discovering"))
    async with asyncio.timeout(5):
        while (await ask(bus, adapter_value("Discovering")))[0].body[0].value:
            pass

    assert bluez.running
    assert before.body[0].value is True


async def test_scanning_is_refused_as_bluez_refuses_it(bus: PrivateBus, bluez: FakeBlueZ) -> None:
    replies = await ask(
        bus,
        adapter_call("StopDiscovery"),
        adapter_call("StartDiscovery"),
        adapter_call("StartDiscovery"),
        adapter_call("SetDiscoveryFilter", "a{sv}", {"RSSI": Variant("n", -70)}),
        adapter_call("RemoveDevice", "o", "/org/bluez/hci0/dev_none"),
        ("/org/bluez/hci9", "org.bluez.Adapter1", "StartDiscovery", "", []),
        adapter_value("Wings"),
    )
    bluez.power("hci0", on=False)
    off = await ask(
        bus,
        adapter_call("StartDiscovery"),
        adapter_call("StopDiscovery"),
        adapter_call("SetDiscoveryFilter", "a{sv}", {}),
    )

    assert [reply.error_name for reply in replies] == [
        "org.bluez.Error.Failed",
        None,
        "org.bluez.Error.InProgress",
        "org.bluez.Error.InvalidArguments",
        "org.bluez.Error.DoesNotExist",
        "org.freedesktop.DBus.Error.UnknownObject",
        "org.freedesktop.DBus.Error.InvalidArgs",
    ]
    assert {reply.error_name for reply in off} == {"org.bluez.Error.NotReady"}


async def test_power_is_switched_by_its_property_and_nothing_else_is(bus: PrivateBus, bluez: FakeBlueZ) -> None:
    def setting(name: str, *, to: bool) -> tuple[str, str, str, str, list[Any]]:
        value = Variant("b", to)
        return "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Set", "ssv", ["org.bluez.Adapter1", name, value]

    [off, read_off] = await ask(bus, setting("Powered", to=False), adapter_value("Powered"))
    is_off = not bluez.powered("hci0")
    [on, other] = await ask(bus, setting("Powered", to=True), setting("Discoverable", to=True))

    assert off.message_type is on.message_type is MessageType.METHOD_RETURN
    assert is_off
    assert read_off.body[0].value is False
    assert bluez.powered("hci0")
    assert other.error_name == "org.freedesktop.DBus.Error.PropertyReadOnly"


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


async def until_quiet() -> None:
    """What was sent before is read: two round trips over the bus by the connection that the scanners share."""
    from bleak.backends.bluezdbus.manager import get_global_bluez_manager

    manager = await get_global_bluez_manager()
    for _ in range(2):
        request = Message(
            "org.bluez",
            "/org/bluez/hci1",
            "org.freedesktop.DBus.Properties",
            "GetAll",
            signature="s",
            body=["org.bluez.Adapter1"],
        )
        assert manager._bus is not None
        await manager._bus.call(request)


async def test_adapters_hear_each_for_itself(bluez: FakeBlueZ) -> None:
    first = await scanning()
    second = await scanning(adapter="hci1")

    bluez.advertise("hci1", MAC, b"\x40\x29\x01", -71)
    bluez.advertise("hci7", MAC, b"\x40\x29\x01", -71)
    await all_told(bluez, second, "hci1")

    assert first.calls == []
    assert [call.rssi for call in second.calls] == [-71]


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


async def test_the_bus_dies_with_all_on_it_and_all_work_after_its_return(bus: PrivateBus, bluez: FakeBlueZ) -> None:
    await scanning()

    await bus.kill()
    await until(lambda: not bluez.running)
    bluez.advertise("hci0", MAC, b"0", -60)
    await bus.start()
    await bluez.come_back()
    scan = await scanning()
    bluez.advertise("hci0", MAC, b"1", -60)
    await all_told(bluez, scan)

    assert [call.service_data for call in scan.calls] == [{BTHOME: b"1"}]


async def test_a_device_that_is_not_heard_is_forgotten_and_new_when_it_is_heard_again(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluez_adapter, "TEMPORARY_SECONDS", 0.05)

    async with FakeBlueZ(bus.address) as bluez:
        scan = await scanning(duplicates=False)
        bluez.advertise("hci0", MAC, b"0", -60)
        await until(lambda: scan.calls and not scan.scanner.discovered_devices)
        bluez.advertise("hci0", MAC, b"0", -60)
        await until(lambda: len(scan.calls) == 2)

    assert scan.calls[0] == scan.calls[1]


async def test_a_connected_device_is_not_forgotten(bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluez_adapter, "TEMPORARY_SECONDS", 0.02)

    async with FakeBlueZ(bus.address) as bluez:
        scan = await scanning()
        bluez.advertise("hci0", MAC, b"0", -60)
        bluez.connect("hci0", MAC, connected=True)
        bluez.advertise("hci0", END, b"0", -60)
        await until(lambda: scan.ends)
        await until(lambda: [device.address for device in scan.scanner.discovered_devices] == [MAC])


async def test_a_device_is_removed_when_asked(bus: PrivateBus, bluez: FakeBlueZ) -> None:
    scan = await scanning()
    bluez.advertise("hci0", MAC, b"0", -60)

    await ask(bus, adapter_call("RemoveDevice", "o", "/org/bluez/hci0/dev_54_48_E6_8F_80_A5"))
    await until(lambda: scan.calls and not scan.scanner.discovered_devices)

    [objects] = await ask(bus, ("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "", []))
    assert objects.body[0].keys() == {"/org/bluez/hci0", "/org/bluez/hci1"}


async def test_there_is_one_bluetoothd_on_a_bus(bus: PrivateBus, bluez: FakeBlueZ) -> None:
    with pytest.raises(OSError, match="org.bluez is taken on this bus"):
        async with FakeBlueZ(bus.address):
            pass

    assert bluez.running


async def test_the_bus_is_for_this_user_only_and_leaves_nothing_behind() -> None:
    async with PrivateBus() as bus:
        folder = Path(bus.address.removeprefix("unix:path=")).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid == os.getuid()

    assert not folder.exists()


async def test_a_box_without_the_daemon_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DaemonMissing, match="apt-get install dbus-daemon"):
        async with PrivateBus():
            pass
