"""A device's connection to its broker, and what aiomqtt leaves undone about one. Only here is its inside reached into.

aiomqtt is imported where it is used: it takes its time to load, and only who is on a broker needs it.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import socket

    import aiomqtt

    from simulator.mqtt_device import BrokerAddress

KEEPALIVE_SECONDS: Final = 30
ANSWER_SECONDS: Final = 5.0


def new_client(broker: BrokerAddress, id_: str, topic: str) -> aiomqtt.Client:
    """A client called `sim-{id_}` whose will is "offline", retained, on the device's `lwt`."""
    import aiomqtt

    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username or None,
        password=broker.password or None,
        identifier=f"sim-{id_}",
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=True,  # an order that waited for a device to come back would be an order to nobody
        will=aiomqtt.Will(f"{topic}/lwt", b"offline", qos=1, retain=True),
        keepalive=KEEPALIVE_SECONDS,
        timeout=ANSWER_SECONDS,
    )
    _watch_open_wires_only(client)
    return client


def heed() -> None:
    """End when we are to end: what aiomqtt waits with loses a cancellation that comes with the answer, before Python 3.12."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def let_go(client: aiomqtt.Client) -> None:
    """What aiomqtt leaves undone when it is cancelled while it connects, or loses the connection before it is listened to."""
    welcomed = client._connected  # noqa: SLF001 - see above
    if not welcomed.done() or welcomed.cancelled():
        client._client._sock_close()  # noqa: SLF001 - see above
    ended = client._disconnected  # noqa: SLF001 - asyncio complains of an exception that nobody looked at
    if ended.done() and not ended.cancelled():
        ended.exception()


def _watch_open_wires_only(client: aiomqtt.Client) -> None:
    """Watch it when it can be written to; aiomqtt does so a moment late, and does not look whether it is closed by then."""
    loop = asyncio.get_running_loop()
    paho = client._client  # noqa: SLF001 - aiomqtt does not lend it

    def watch(wire: socket.socket) -> None:
        if wire.fileno() >= 0:
            loop.add_writer(wire.fileno(), write)

    def write() -> None:
        with contextlib.suppress(OSError):  # the reading side notices, and says so
            paho.loop_write()

    def soon(_client: object, _userdata: object, wire: Any) -> None:
        loop.call_soon_threadsafe(watch, wire)  # it may be the thread that connects

    paho.on_socket_register_write = soon
