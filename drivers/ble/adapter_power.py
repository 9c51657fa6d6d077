"""The switch of a Bluetooth adapter, over a bus connection of its own: bleak has none, and its own may be what hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from drivers.contract import LineLost

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADAPTER: Final = "org.bluez.Adapter1"


async def switch(adapter: str, powers: Sequence[bool]) -> None:
    """Switch the adapter off (False) and on (True), in this order, each when the one before has been done.

    Raises LineLost when bluetoothd refuses, and OSError or a DBusFastError when the bus is not to be had. Has no time limit of
    its own.
    """
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        await bus.connect()
        for power in powers:
            reply = await bus.call(
                Message(
                    destination="org.bluez",
                    path=f"/org/bluez/{adapter}",
                    interface="org.freedesktop.DBus.Properties",
                    member="Set",
                    signature="ssv",
                    body=[_ADAPTER, "Powered", Variant("b", power)],
                )
            )
            if reply is None or reply.message_type is MessageType.ERROR:
                why = "the bus went away" if reply is None else _sentence(reply)
                raise LineLost(f"adapter {adapter} cannot be switched {'on' if power else 'off'}: {why}")
    finally:
        bus.disconnect()


def _sentence(reply: Message) -> str:
    words = reply.body[0] if reply.body and isinstance(reply.body[0], str) else ""
    return words or reply.error_name or "refused"
