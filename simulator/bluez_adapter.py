"""One Bluetooth adapter as BlueZ shows it: who scans, which devices were heard, and what of that is told.

The rules are what bluetoothd 5.66 was seen to do and what its source says (`src/adapter.c`, `src/device.c`, at 690c16df6).
"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING, Final

from dbus_fast import DBusError, Variant

from simulator.bluez_signals import ADAPTER, DEVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.bluez_signals import Properties, Signals

BTHOME: Final = "0000fcd2-0000-1000-8000-00805f9b34fb"

TEMPORARY_SECONDS: Final = 30.0
"""After that long without an advertisement BlueZ forgets a device that nobody paired (`TemporaryTimeout` of main.conf)."""

_UNDERSTOOD: Final = frozenset({"Transport", "DuplicateData"})


class Cure(Enum):
    """What makes a stalled adapter hear again. Pulling it out and restarting bluetoothd always do."""

    NEW_SCAN = "new scan"
    POWER_CYCLE = "power cycle"
    NOTHING = "nothing"


class _Device:
    __slots__ = ("address", "connected", "path", "rssi", "seen", "service_data")

    def __init__(self, adapter_path: str, address: str) -> None:
        self.address = address
        self.path = f"{adapter_path}/dev_{address.replace(':', '_')}"
        self.rssi: int | None = None
        self.connected = False
        self.service_data: dict[str, bytes] = {}
        self.seen = 0.0

    def properties(self, adapter_path: str) -> Properties:
        values = {
            "Address": Variant("s", self.address),
            "AddressType": Variant("s", "public"),
            "Alias": Variant("s", self.address.replace(":", "-")),
            "Adapter": Variant("o", adapter_path),
            "Paired": Variant("b", False),
            "Bonded": Variant("b", False),
            "Trusted": Variant("b", False),
            "Blocked": Variant("b", False),
            "LegacyPairing": Variant("b", False),
            "Connected": Variant("b", self.connected),
            "ServicesResolved": Variant("b", False),
            "UUIDs": Variant("as", []),
            "ServiceData": self.service_data_value(),
            "AdvertisingFlags": Variant("ay", b"\x06"),
        }
        if self.rssi is not None:
            values["RSSI"] = Variant("n", self.rssi)
        return values

    def service_data_value(self) -> Variant:
        return Variant("a{sv}", {uuid: Variant("ay", data) for uuid, data in self.service_data.items()})


class Adapter:
    """`/org/bluez/hciN`. A client is the unique name of a connection to the bus."""

    def __init__(self, name: str, signals: Signals, rssi_delta: int, *, powered: bool) -> None:
        self.path = f"/org/bluez/{name}"
        self.powered = powered
        self.stalled: Cure | None = None
        self._address = f"02:00:00:00:00:{int(name.removeprefix('hci')):02X}"
        self._signals = signals
        self._rssi_delta = rssi_delta
        self._filters: dict[str, bool] = {}  # DuplicateData by client
        self._scanning: set[str] = set()
        self._devices: dict[str, _Device] = {}  # in the order of when they were heard last
        self._forget: asyncio.TimerHandle | None = None

    def objects(self) -> Iterator[tuple[str, Mapping[str, Properties]]]:
        """The adapter and its devices, as GetManagedObjects lists them."""
        yield self.path, {ADAPTER: self.properties()}
        for device in self._devices.values():
            yield device.path, {DEVICE: device.properties(self.path)}

    def properties(self) -> Properties:
        """Of the adapter itself."""
        return {
            "Address": Variant("s", self._address),
            "AddressType": Variant("s", "public"),
            "Name": Variant("s", "gridpost simulator"),
            "Alias": Variant("s", "gridpost simulator"),
            "Class": Variant("u", 0),
            "Powered": Variant("b", self.powered),
            "Discoverable": Variant("b", False),
            "Pairable": Variant("b", False),
            "Discovering": Variant("b", bool(self._scanning)),
            "UUIDs": Variant("as", []),
            "Roles": Variant("as", ["central", "peripheral"]),
        }

    def set_filter(self, client: str, filters: Mapping[str, Variant]) -> None:
        """SetDiscoveryFilter. A filter that is not simulated is refused, so that nobody believes that it works."""
        self._want_power()
        if not filters.keys() <= _UNDERSTOOD:
            raise DBusError("org.bluez.Error.InvalidArguments", "Invalid arguments in method call")
        if filters:
            duplicates = filters.get("DuplicateData")
            self._filters[client] = duplicates is not None and bool(duplicates.value)
        else:
            self._filters.pop(client, None)

    def start(self, client: str) -> None:
        """StartDiscovery."""
        self._want_power()
        if client in self._scanning:
            raise DBusError("org.bluez.Error.InProgress", "Operation already in progress")
        if not self._scanning:
            if self.stalled is Cure.NEW_SCAN:
                self.stalled = None
            self._scanning.add(client)
            self._tell_discovering()
        self._scanning.add(client)

    def stop(self, client: str) -> None:
        """StopDiscovery."""
        self._want_power()
        if client not in self._scanning:
            raise DBusError("org.bluez.Error.Failed", "No discovery started")
        self.left(client)

    def left(self, client: str) -> None:
        """A client stopped, or is gone from the bus."""
        self._filters.pop(client, None)
        if client in self._scanning:
            self._scanning.remove(client)
            if not self._scanning:
                self._scan_ended()

    def power(self, *, on: bool) -> None:
        """Powered. Off ends every scan, and none goes on by itself when it is on again."""
        if on is self.powered:
            return
        self.powered = on
        if on:
            if self.stalled is not Cure.NOTHING:
                self.stalled = None
        else:
            self._filters.clear()
            if self._scanning:
                self._scanning.clear()
                self._scan_ended()
        self._signals.changed(self.path, ADAPTER, {"Powered": Variant("b", on)})

    def hear(self, address: str, uuid: str, service_data: bytes, rssi: int) -> None:
        """An advertisement arrives at the antenna; it is told as far as BlueZ tells it."""
        if not self._scanning or self.stalled is not None:
            return
        now = asyncio.get_running_loop().time()
        device = self._devices.pop(address, None)
        if device is None:
            device = self._devices[address] = _Device(self.path, address)
            device.rssi, device.service_data, device.seen = rssi, {uuid: service_data}, now
            self._signals.added(device.path, {DEVICE: device.properties(self.path)})
        else:
            self._devices[address] = device
            device.seen = now
            changed = self._taken(device, uuid, service_data, rssi)
            if changed:
                self._signals.changed(device.path, DEVICE, changed)
        if self._forget is None:
            self._forget_later()

    def connect(self, address: str, *, connected: bool) -> None:
        """A connection to a device begins or ends: a property changes and nothing was advertised."""
        device = self._devices[address]
        device.connected = connected
        self._signals.changed(device.path, DEVICE, {"Connected": Variant("b", connected)})

    def remove(self, path: str) -> None:
        """RemoveDevice."""
        for device in self._devices.values():
            if device.path == path:
                self._removed(device)
                return
        raise DBusError("org.bluez.Error.DoesNotExist", "Does Not Exist")

    def gone(self) -> None:
        """The adapter was pulled out."""
        self.vanish()
        for device in list(self._devices.values()):
            self._removed(device)
        self._signals.removed(self.path, [ADAPTER])

    def vanish(self) -> None:
        """End without a word: bluetoothd is no more."""
        self._scanning.clear()
        if self._forget is not None:
            self._forget.cancel()
            self._forget = None

    def _taken(self, device: _Device, uuid: str, service_data: bytes, rssi: int) -> Properties:
        changed: Properties = {}
        duplicates = any(self._filters.get(client, False) for client in self._scanning)
        if duplicates:
            device.service_data.clear()  # which makes all of it new; without it other UUIDs stay for ever
        if device.service_data.get(uuid) != service_data:
            device.service_data[uuid] = service_data
            changed["ServiceData"] = device.service_data_value()
        if device.rssi is None or abs(device.rssi - rssi) >= self._rssi_delta:
            device.rssi = rssi
            changed["RSSI"] = Variant("n", rssi)
        return changed

    def _want_power(self) -> None:
        if not self.powered:
            raise DBusError("org.bluez.Error.NotReady", "Resource Not Ready")

    def _tell_discovering(self) -> None:
        self._signals.changed(self.path, ADAPTER, {"Discovering": Variant("b", bool(self._scanning))})

    def _scan_ended(self) -> None:
        for device in self._devices.values():
            if device.rssi is not None:
                device.rssi = None
                self._signals.changed(device.path, DEVICE, {}, ["RSSI"])
        self._tell_discovering()

    def _removed(self, device: _Device) -> None:
        del self._devices[device.address]
        self._signals.removed(device.path, [DEVICE])

    def _forget_later(self) -> None:
        loop = asyncio.get_running_loop()
        oldest = next((device.seen for device in self._devices.values() if not device.connected), None)
        self._forget = None if oldest is None else loop.call_at(oldest + TEMPORARY_SECONDS, self._forget_some)

    def _forget_some(self) -> None:
        due = asyncio.get_running_loop().time() - TEMPORARY_SECONDS
        for device in list(self._devices.values()):
            if device.seen > due:
                break
            if not device.connected:
                self._removed(device)
        self._forget_later()
