"""Scanners of bleak on a private bus, and when they have heard all that was transmitted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from bleak import BleakScanner
from bleak.backends.bluezdbus.manager import get_global_bluez_manager
from dbus_fast import Message
from dbus_fast.aio import MessageBus

if TYPE_CHECKING:
    from collections.abc import Callable

    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from simulator.bluez import FakeBlueZ
    from simulator.dbus import PrivateBus

MAC = "54:48:E6:8F:80:A5"
END = "02:00:00:00:00:EE"
OTHER = "0000fe95-0000-1000-8000-00805f9b34fb"
NO_RSSI = -127

Request = tuple[str, str, str, str, list[Any]]

MANAGED_OBJECTS: Request = ("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "", [])


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


async def ask(bus: PrivateBus, *requests: Request) -> list[Message]:
    """Replies to requests (path, interface, member, signature, body) of one client, which leaves the bus afterwards."""
    client = await MessageBus(bus_address=bus.address).connect()
    replies = [
        await client.call(Message("org.bluez", path, interface, member, signature=signature, body=body))
        for path, interface, member, signature, body in requests
    ]
    client.disconnect()
    await client.wait_for_disconnect()  # type: ignore[no-untyped-call]  # has no annotations in dbus-fast
    return [reply for reply in replies if reply is not None]


async def until_quiet() -> None:
    """What was sent before is read: two round trips over the bus by the connection that the scanners share."""
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
