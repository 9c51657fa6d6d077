"""A bluetoothd that is none: `org.bluez` on a private bus, with adapters that hear what a test or the simulator transmits.

It shows what a program sees that scans: adapters, their power, discovery, devices. There is no pairing, no connecting, no
passive scan, and nothing below D-Bus.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, Self

from dbus_fast import DBusError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.constants import RequestNameReply

from simulator.bluez_adapter import BTHOME, Adapter, Cure
from simulator.bluez_signals import ADAPTER, OBJECT_MANAGER, PROPERTIES, Signals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.bluez_signals import Properties

NAME: Final = "org.bluez"
RSSI_DELTA: Final = 8
"""dB by which a signal must differ to be told (`RSSI_THRESHOLD` of BlueZ). 5.66 told every one under bleak's filter: 0."""

_DBUS: Final = "org.freedesktop.DBus"
_WATCH: Final = f"type='signal',sender='{_DBUS}',interface='{_DBUS}',member='NameOwnerChanged'"


class FakeBlueZ:
    """bluetoothd with its adapters; it runs as long as the context, unless it dies in between."""

    def __init__(self, bus_address: str, adapters: Iterable[str] = ("hci0",), rssi_delta: int = RSSI_DELTA) -> None:
        self._bus_address = bus_address
        self._rssi_delta = rssi_delta
        self._signals = Signals()
        self._bus: MessageBus | None = None
        self._adapters = {name: self._new(name) for name in adapters}

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.die()

    @property
    def running(self) -> bool:
        """Whether bluetoothd is there; a bus that died took it along."""
        return self._bus is not None and self._bus.connected

    @property
    def forgotten(self) -> int:
        """Signals that were never sent, for too many waited for the daemon."""
        return self._signals.forgotten

    def advertise(self, adapter: str, mac: str, service_data: bytes, rssi: int, *, uuid: str = BTHOME) -> None:
        """Let an adapter hear service data (after the UUID) from a device; in vain where nobody scans, or nothing runs."""
        if adapter in self._adapters:
            self._adapters[adapter].hear(mac, uuid, service_data, rssi)

    def stall(self, adapter: str, cure: Cure = Cure.NEW_SCAN) -> None:
        """Let an adapter hear nothing any more, without a word, until it is cured."""
        self._adapters[adapter].stalled = cure

    def connect(self, adapter: str, mac: str, *, connected: bool) -> None:
        """Change the property Connected of a device that was heard. Raises `KeyError` for one that was not."""
        self._adapters[adapter].connect(mac, connected=connected)

    def power(self, adapter: str, *, on: bool) -> None:
        """Switch an adapter off or on, as another program on the box may."""
        self._adapters[adapter].power(on=on)

    def powered(self, adapter: str) -> bool:
        """Whether an adapter is on."""
        return self._adapters[adapter].powered

    def unplug(self, adapter: str) -> None:
        """Pull an adapter out."""
        self._adapters.pop(adapter).gone()

    def plug(self, adapter: str, *, powered: bool = True) -> None:
        """Put an adapter in; bluetoothd switches it on by itself (`AutoEnable` of main.conf) unless told otherwise."""
        new = self._adapters[adapter] = self._new(adapter, powered=powered)
        self._signals.added(new.path, {ADAPTER: new.properties()})

    async def die(self) -> None:
        """End as if killed: nobody is told but by the bus itself that the name is free."""
        bus, self._bus = self._bus, None
        self._signals.detach()
        for adapter in self._adapters.values():
            adapter.vanish()
        if bus is None:
            return
        if bus.connected:
            bus.disconnect()
        with contextlib.suppress(OSError, EOFError):  # where the bus itself died first
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # has no annotations in dbus-fast

    async def come_back(self) -> None:
        """Start anew, on the same bus: the same adapters, switched on, and no device is known."""
        await self.die()
        self._adapters = {name: self._new(name) for name in self._adapters}
        bus = await MessageBus(bus_address=self._bus_address).connect()
        bus.add_message_handler(self._take)
        await bus.call(Message(_DBUS, "/org/freedesktop/DBus", _DBUS, "AddMatch", signature="s", body=[_WATCH]))
        self._bus = bus
        self._signals.attach(bus)
        if await bus.request_name(NAME) is not RequestNameReply.PRIMARY_OWNER:
            await self.die()
            raise OSError(f"{NAME} is taken on this bus")
        for adapter in self._adapters.values():
            self._signals.added(adapter.path, {ADAPTER: adapter.properties()})

    def _new(self, name: str, *, powered: bool = True) -> Adapter:
        return Adapter(name, self._signals, self._rssi_delta, powered=powered)

    def _take(self, message: Message) -> bool:
        """Whether the message was for BlueZ. Raises `DBusError`, which dbus-fast sends as the reply."""
        if message.message_type is MessageType.METHOD_CALL:
            reply = self._answer(message)
            if reply is not None:
                self._signals.post(reply)
            return reply is not None
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _, owner = message.body
            if not owner:
                for adapter in self._adapters.values():
                    adapter.left(name)
        return False

    def _answer(self, message: Message) -> Message | None:
        match message.interface, message.member:
            case (str(interface), "GetManagedObjects") if interface == OBJECT_MANAGER:
                objects = {path: faces for adapter in self._adapters.values() for path, faces in adapter.objects()}
                return Message.new_method_return(message, "a{oa{sa{sv}}}", [objects])
            case (str(interface), _) if interface == PROPERTIES:
                return self._properties(message)
            case (str(interface), _) if interface == ADAPTER:
                return self._adapter_call(message)
        return None  # Ping, Introspect and the like

    def _properties(self, message: Message) -> Message:
        interface, *rest = message.body
        if message.member == "Set":
            adapter = self._adapter_at(message.path)
            name, value = rest
            if interface != ADAPTER or name != "Powered":
                raise DBusError("org.freedesktop.DBus.Error.PropertyReadOnly", f"{name} is read-only here")
            adapter.power(on=value.value)
            return Message.new_method_return(message)
        values = self._values_at(message.path, interface)
        if message.member == "GetAll":
            return Message.new_method_return(message, "a{sv}", [values])
        if rest[0] not in values:
            raise DBusError("org.freedesktop.DBus.Error.InvalidArgs", f"No such property '{rest[0]}'")
        return Message.new_method_return(message, "v", [values[rest[0]]])

    def _adapter_call(self, message: Message) -> Message | None:
        adapter = self._adapter_at(message.path)
        client = message.sender or ""
        match message.member:
            case "SetDiscoveryFilter":
                adapter.set_filter(client, message.body[0])
            case "StartDiscovery":
                adapter.start(client)
            case "StopDiscovery":
                adapter.stop(client)
            case "RemoveDevice":
                adapter.remove(message.body[0])
            case _:
                return None
        return Message.new_method_return(message)

    def _adapter_at(self, path: str | None) -> Adapter:
        for adapter in self._adapters.values():
            if adapter.path == path:
                return adapter
        raise _unknown(path)

    def _values_at(self, path: str | None, interface: str) -> Properties:
        for adapter in self._adapters.values():
            for there, faces in adapter.objects():
                if there == path and interface in faces:
                    return faces[interface]
        raise _unknown(path)


def _unknown(path: str | None) -> DBusError:
    return DBusError("org.freedesktop.DBus.Error.UnknownObject", f"Method call on an object that is not there: {path}")
