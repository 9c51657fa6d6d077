"""An ESPHome Bluetooth proxy on loopback: what it hears over the air goes to whoever subscribed, in batches."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.loopback import listening
from simulator.proxy_frames import NoiseFrames, PlainFrames, Refused, key_from
from simulator.proxy_messages import (
    SCANNER_RUNNING,
    SUBSCRIBE_RAW,
    Feature,
    Kind,
    device_info,
    hello,
    raw_advertisement,
    read_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simulator.proxy_frames import Frames

BATCH: Final = 16
"""Advertisements in one message (BLUETOOTH_PROXY_ADVERTISEMENT_BATCH_SIZE of the firmware)."""

FLUSH_SECONDS: Final = 0.1
"""Between two messages that are not full (`BluetoothProxy::loop` of the firmware). After a pause the first goes at once."""

_ANSWERS_BEFORE_HELLO: Final = frozenset({Kind.HELLO_REQUEST, Kind.PING_REQUEST, Kind.DISCONNECT_REQUEST})
_ANSWERS: Final = {
    Kind.AUTHENTICATION_REQUEST: (Kind.AUTHENTICATION_RESPONSE, b""),  # there are no passwords any more
    Kind.PING_REQUEST: (Kind.PING_RESPONSE, b""),
    Kind.LIST_ENTITIES_REQUEST: (Kind.LIST_ENTITIES_DONE, b""),
    Kind.SUBSCRIBE_CONNECTIONS_FREE: (Kind.CONNECTIONS_FREE, b""),  # none: it only listens
}
_SCANS: Final = Feature.PASSIVE_SCAN | Feature.RAW_ADVERTISEMENTS | Feature.STATE_AND_MODE


class Heard(NamedTuple):
    """One advertisement as this proxy heard it: address as a number of 48 bits, dBm, and all its advertising data."""

    address: int
    rssi: int
    data: bytes


class Proxy:
    """One proxy with its own port. `silent` and `hung` are switches that may be set at any time."""

    def __init__(self, name: str, noise_key: str | None = None, *, features: int = _SCANS) -> None:
        """`noise_key` in base64 as in an ESPHome configuration; `features` 0 is a device that is no Bluetooth proxy.

        Raises `ValueError` for a key that is not 32 bytes.
        """
        self.name = name
        self.mac = _mac_of(name)
        self.features = features
        self.noise_key = None if noise_key is None else key_from(noise_key)
        self.silent = False
        """Its radio hears nothing any more; the API goes on."""
        self.hung = False
        """Its firmware does nothing any more: what arrives is not answered, connections stay open."""
        self.sent = 0
        """Advertisements given to a subscriber."""
        self.dropped = 0
        """Advertisements that a subscriber did not fetch fast enough."""
        self.connections: set[_Connection] = set()
        self.subscriber: _Connection | None = None
        """Who gets the advertisements: one connection at a time, as in the firmware."""
        self._waiting: list[bytes] = []
        self._flushed_at = 0.0
        self._flush: asyncio.Handle | None = None
        self._server: asyncio.Server | None = None

    async def open(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen on loopback, on a free port for 0; returns the port. Raises `NotLoopback` or `PortTaken`."""
        self._server, bound = await listening(lambda: _Connection(self), host, port, "proxy port")
        return bound

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        self.drop()
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    def drop(self) -> None:
        """End every connection with a reset, as a proxy does whose power fails."""
        self.unsubscribe(self.subscriber)
        for connection in tuple(self.connections):
            connection.abort()

    def send(self, adverts: Iterable[Heard]) -> None:
        """What the radio heard now. Forgotten without a subscriber, while `silent` or `hung`, and while one does not fetch."""
        if self.subscriber is None or self.silent or self.hung:
            return
        for address, rssi, data in adverts:
            if self.subscriber.blocked:
                self.dropped += 1
                continue
            self._waiting.append(raw_advertisement(address, rssi, data))
            if len(self._waiting) >= BATCH:
                self._flush_now()
        if self._waiting and self._flush is None:
            loop = asyncio.get_running_loop()
            self._flush = loop.call_at(self._flushed_at + FLUSH_SECONDS, self._flush_now)

    def subscribe(self, connection: _Connection) -> None:
        """Give what is heard to this connection, unless another has it already."""
        if self.subscriber is None:
            self.subscriber = connection

    def unsubscribe(self, connection: _Connection | None) -> None:
        """No longer give it to this connection; what waits is forgotten."""
        if connection is None or connection is not self.subscriber:
            return
        self.subscriber = None
        self._waiting.clear()
        self._unschedule()

    def _flush_now(self) -> None:
        self._unschedule()
        self._flushed_at = asyncio.get_running_loop().time()
        if self.subscriber is not None:
            self.sent += len(self._waiting)
            self.subscriber.say(Kind.RAW_ADVERTISEMENTS, b"".join(self._waiting))
        self._waiting.clear()

    def _unschedule(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None


class _Connection(asyncio.Protocol):
    __slots__ = ("_frames", "_greeted", "_proxy", "_transport", "blocked")

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._transport: asyncio.Transport | None = None
        self._frames: Frames = PlainFrames()
        self._greeted = False
        self.blocked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a TCP server always passes
        self._transport = transport
        proxy = self._proxy
        if proxy.noise_key is not None:
            self._frames = NoiseFrames(proxy.name, proxy.mac, proxy.noise_key, transport.write)
        proxy.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature of asyncio
        self._transport = None
        self._proxy.connections.discard(self)
        self._proxy.unsubscribe(self)

    def pause_writing(self) -> None:
        self.blocked = True

    def resume_writing(self) -> None:
        self.blocked = False

    def data_received(self, data: bytes) -> None:
        if self._proxy.hung:
            return
        try:
            for kind, message in self._frames.messages(data):
                self._take(kind, message)
                if self._transport is None or self._transport.is_closing():
                    return
        except Refused as refused:
            self._hang_up(refused.last_words)

    def abort(self) -> None:
        """End the connection with a reset."""
        if self._transport is not None:
            self._transport.abort()

    def say(self, kind: Kind, message: bytes = b"") -> None:
        """Send a message, unless the connection is gone."""
        if self._transport is not None:
            self._transport.write(self._frames.frame(kind, message))

    def _take(self, kind: int, message: bytes) -> None:
        proxy = self._proxy
        if not self._greeted and kind not in _ANSWERS_BEFORE_HELLO:
            self._hang_up(b"")
            return
        if kind in _ANSWERS:
            self.say(*_ANSWERS[Kind(kind)])
            return
        match kind:
            case Kind.HELLO_REQUEST:
                self._greeted = True
                self.say(Kind.HELLO_RESPONSE, hello(proxy.name))
            case Kind.DISCONNECT_REQUEST:
                self.say(Kind.DISCONNECT_RESPONSE)
                self._hang_up(b"")
            case Kind.DEVICE_INFO_REQUEST:
                encrypted = proxy.noise_key is not None
                self.say(
                    Kind.DEVICE_INFO_RESPONSE, device_info(proxy.name, proxy.mac, proxy.features, encrypted=encrypted)
                )
            case Kind.SUBSCRIBE_ADVERTISEMENTS if proxy.features and read_number(message, 1) & SUBSCRIBE_RAW:
                proxy.subscribe(self)
                self.say(Kind.SCANNER_STATE, SCANNER_RUNNING)
            case Kind.UNSUBSCRIBE_ADVERTISEMENTS:
                proxy.unsubscribe(self)

    def _hang_up(self, last_words: bytes) -> None:
        if self._transport is not None:
            self._transport.write(last_words)
            self._transport.close()


def _mac_of(name: str) -> str:
    """An address that is the same in every run: locally administered, unicast (IEEE 802, section 8)."""
    number = bytearray(hashlib.sha256(name.encode()).digest()[:6])
    number[0] = number[0] & 0xFC | 0x02
    return number.hex(":").upper()
