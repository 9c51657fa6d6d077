"""What the fake bluetoothd tells everybody on the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dbus_fast import Message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dbus_fast import Variant
    from dbus_fast.aio import MessageBus

    Properties = dict[str, Variant]

OBJECT_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
ADAPTER: Final = "org.bluez.Adapter1"
DEVICE: Final = "org.bluez.Device1"


class Signals:
    """Sends signals while the bus is there, and forgets them otherwise."""

    __slots__ = ("bus",)

    def __init__(self) -> None:
        self.bus: MessageBus | None = None

    def changed(self, path: str, interface: str, values: Properties, invalidated: Sequence[str] = ()) -> None:
        """Properties of an object have these values now; those in `invalidated` have none any more."""
        self._send(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, values, list(invalidated)])

    def added(self, path: str, interfaces: Mapping[str, Properties]) -> None:
        """An object is there."""
        self._send("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, dict(interfaces)])

    def removed(self, path: str, interfaces: Sequence[str]) -> None:
        """An object is gone."""
        self._send("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, list(interfaces)])

    def _send(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if self.bus is not None and self.bus.connected:
            self.bus.send(Message.new_signal(path, interface, member, signature, body))
