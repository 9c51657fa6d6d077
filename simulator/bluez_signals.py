"""What the fake bluetoothd says on the bus: signals to everybody, and replies."""

from __future__ import annotations

import asyncio
import os
import select
from collections import deque
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

MOST_WAITING: Final = 20_000
"""Messages that wait for the daemon to read; more signals are forgotten and counted."""


class Signals:
    """Sends while the bus is there, and forgets otherwise.

    One message after the other, and only into a socket that takes it: dbus-fast counts a full socket as a broken bus.
    """

    __slots__ = ("_bus", "_held", "_poll", "_socket", "_waiting", "forgotten")

    def __init__(self) -> None:
        self.forgotten = 0
        self._bus: MessageBus | None = None
        self._socket = -1
        self._poll = select.poll()
        self._waiting: deque[Message] = deque()
        self._held = False

    def attach(self, bus: MessageBus) -> None:
        """Send over this bus from now on, which is connected."""
        connected = bus._fd  # noqa: SLF001 - dbus-fast shows it nowhere else
        assert connected is not None  # noqa: S101 - as long as it is connected
        self._bus = bus
        self._socket = os.dup(connected)  # the loop watches the other for dbus-fast, and tells files by their numbers
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLOUT)

    def detach(self) -> None:
        """Send no more; what waits is forgotten."""
        if self._bus is None:
            return
        self._bus = None
        asyncio.get_running_loop().remove_writer(self._socket)
        os.close(self._socket)
        self._waiting.clear()
        self._held = False

    def changed(self, path: str, interface: str, values: Properties, invalidated: Sequence[str] = ()) -> None:
        """Properties of an object have these values now; those in `invalidated` have none any more."""
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, values, list(invalidated)])

    def added(self, path: str, interfaces: Mapping[str, Properties]) -> None:
        """An object is there."""
        self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, dict(interfaces)])

    def removed(self, path: str, interfaces: Sequence[str]) -> None:
        """An object is gone."""
        self._signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, list(interfaces)])

    def post(self, message: Message) -> None:
        """Send a message after all that were posted before it."""
        if self._bus is not None:
            self._waiting.append(message)
            if not self._held:
                self._send_waiting()

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if len(self._waiting) < MOST_WAITING:
            self.post(Message.new_signal(path, interface, member, signature, body))
        else:
            self.forgotten += 1

    def _send_waiting(self) -> None:
        while self._waiting and self._bus is not None and self._bus.connected:
            if not self._poll.poll(0):
                self._held = True
                asyncio.get_running_loop().add_writer(self._socket, self._writable)
                return
            try:
                written = self._bus.send(self._waiting.popleft())
            except OSError:  # the bus broke under it
                break
            if not written.done():  # a long one; to send behind half of it is to send into a full socket
                self._held = True
                written.add_done_callback(self._written)
                return
        self._waiting.clear()

    def _writable(self) -> None:
        asyncio.get_running_loop().remove_writer(self._socket)
        self._go_on()

    def _written(self, written: asyncio.Future[None]) -> None:
        if not written.cancelled() and written.exception() is None:
            self._go_on()

    def _go_on(self) -> None:
        self._held = False
        self._send_waiting()
