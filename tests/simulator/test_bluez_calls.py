"""The fake bluetoothd as its clients on the bus see it, where bleak asks nothing; and the bus itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from dbus_fast import MessageType, Variant

from simulator.bluez import FakeBlueZ
from simulator.dbus import DaemonMissing, PrivateBus
from tests.simulator.scanners import MAC, MANAGED_OBJECTS, Request, all_told, ask, scanning, until


def adapter_call(member: str, signature: str = "", *body: object) -> Request:
    return "/org/bluez/hci0", "org.bluez.Adapter1", member, signature, list(body)


def adapter_value(name: str) -> Request:
    return "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Get", "ss", ["org.bluez.Adapter1", name]


async def test_the_end_of_one_clients_scan_leaves_the_other_scanning(private_bus: PrivateBus, bluez: FakeBlueZ) -> None:
    scan = await scanning()

    await ask(private_bus, adapter_call("StartDiscovery"), adapter_call("StopDiscovery"))
    bluez.advertise("hci0", MAC, b"\x40\x29\x00", -60)
    await all_told(bluez, scan)

    assert [call.rssi for call in scan.calls] == [-60]


async def test_a_client_that_leaves_the_bus_scans_no_longer(private_bus: PrivateBus, bluez: FakeBlueZ) -> None:
    [_, before] = await ask(private_bus, adapter_call("StartDiscovery"), adapter_value("Discovering"))
    async with asyncio.timeout(5):
        while (await ask(private_bus, adapter_value("Discovering")))[0].body[0].value:
            pass

    assert bluez.running
    assert before.body[0].value is True


async def test_scanning_is_refused_as_bluez_refuses_it(private_bus: PrivateBus, bluez: FakeBlueZ) -> None:
    replies = await ask(
        private_bus,
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
        private_bus,
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


async def test_power_is_switched_by_its_property_and_nothing_else_is(private_bus: PrivateBus, bluez: FakeBlueZ) -> None:
    def setting(name: str, *, to: bool) -> Request:
        value = Variant("b", to)
        return "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Set", "ssv", ["org.bluez.Adapter1", name, value]

    [off, read_off] = await ask(private_bus, setting("Powered", to=False), adapter_value("Powered"))
    is_off = not bluez.powered("hci0")
    [on, other] = await ask(private_bus, setting("Powered", to=True), setting("Discoverable", to=True))

    assert off.message_type is on.message_type is MessageType.METHOD_RETURN
    assert is_off
    assert read_off.body[0].value is False
    assert bluez.powered("hci0")
    assert other.error_name == "org.freedesktop.DBus.Error.PropertyReadOnly"


async def test_a_device_is_removed_when_asked(private_bus: PrivateBus, bluez: FakeBlueZ) -> None:
    scan = await scanning()
    bluez.advertise("hci0", MAC, b"0", -60)

    await ask(private_bus, adapter_call("RemoveDevice", "o", "/org/bluez/hci0/dev_54_48_E6_8F_80_A5"))
    await until(lambda: scan.calls and not scan.scanner.discovered_devices)

    [objects] = await ask(private_bus, MANAGED_OBJECTS)
    assert objects.body[0].keys() == {"/org/bluez/hci0", "/org/bluez/hci1"}


async def test_there_is_one_bluetoothd_on_a_bus(private_bus: PrivateBus, bluez: FakeBlueZ) -> None:
    with pytest.raises(OSError, match=r"^org\.bluez is taken on this bus"):
        async with FakeBlueZ(private_bus.address):
            pass

    assert bluez.running


async def test_bluetoothd_leaves_no_file_open(private_bus: PrivateBus) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    async with FakeBlueZ(private_bus.address) as bluez:
        await bluez.come_back()

    assert len(list(Path("/proc/self/fd").iterdir())) == before


async def test_the_bus_is_for_this_user_only_and_leaves_nothing_behind() -> None:
    async with PrivateBus() as bus:
        about = bus.folder.stat()

    assert (about.st_mode & 0o777, about.st_uid) == (0o700, os.getuid())
    assert not bus.folder.exists()


async def test_a_box_without_the_daemon_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DaemonMissing, match="apt-get install dbus-daemon"):
        async with PrivateBus():
            pass
