"""One connection to a broker: messages go out in one write each tick, confirmations come back, a silent broker is found out.

Why not the MQTT client library: a message through aiomqtt and paho costs 90 to 110 us of CPU (three reads of the socket
for each confirmation, a write for each message), through this file 5 us; at 2,000 messages a second that is a fifth of a
core against a hundredth. Only what a publisher needs is here. The tests listen with the library.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from gateway.deliver.mqtt import packets
from gateway.deliver.mqtt.packets import BrokenRules, Packets, Welcome

if TYPE_CHECKING:
    from gateway.deliver.mqtt.packets import Greeting, Reason

LOOK_SECONDS = 0.5
"""How often a connection looks whether the broker owes it something."""

BUFFER_BYTES = 256 * 1024
"""How much may wait in memory for the socket before nothing more is published."""

RETURN_SECONDS = 10.0
"""How long after the welcome a message that nobody was subscribed to goes again. A broker that was killed forgets its
subscriptions, and takes ours before its subscribers are back; later it is the broker's affair that nobody listens."""

CURED_BY_A_PERSON = {0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x9A, 0x9B, 0x9C, 0x9D}
"""Reasons to refuse a connection that do not pass with time."""


class Lost(Exception):
    """The connection is gone or did not come about; time may cure it."""


class Refused(Exception):
    """The broker will not have us as we are set up; only a person can cure it."""


class Lane(Protocol):
    """Who publishes, and hears what became of its messages."""

    def confirmed(self, receipt: object, reason: Reason | None, /) -> None:
        """The broker has the message that was published with this receipt; or it reached nobody, for a reason."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a broker is reached."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    v5: bool
    answer_seconds: float
    max_in_flight: int


class Connection(asyncio.Protocol):
    """Made by `connect`. `lost` is done, with why, when it is over."""

    def __init__(self, way: Way, greeting: Greeting) -> None:
        loop = asyncio.get_running_loop()
        self.welcome: asyncio.Future[Welcome] = loop.create_future()
        self.lost: asyncio.Future[Lost | Refused] = loop.create_future()
        self.published = 0
        self._loop = loop
        self._way = way
        self._greeting = greeting
        self._transport: asyncio.Transport | None = None
        self._packets = Packets()
        self._in_flight: dict[int, tuple[float, Lane, object]] = {}
        self._window = way.max_in_flight
        self._longest = 0
        self._mid = 0
        self._out: list[bytes] = []
        self._writable = True
        self._heard = self._said = loop.time()
        self._returned_at = 0.0
        self._asked: float | None = None
        self._overdue = False
        self._look: asyncio.TimerHandle | None = None
        self.on_room = _nothing
        """Called after confirmations came in: there is room again."""

    # ------------------------------------------------------------ out

    @property
    def room(self) -> int:
        """How many messages may be published now."""
        if not self._writable or self.lost.done():
            return 0
        return self._window - len(self._in_flight)

    @property
    def in_flight(self) -> int:
        """How many messages wait for the broker's confirmation."""
        return len(self._in_flight)

    @property
    def window(self) -> int:
        """The most that may wait."""
        return self._window

    def publish(self, topic: bytes, payload: bytes, lane: Lane, receipt: object, *, retain: bool = False) -> bool:
        """Publish at QoS 1 where `room` is; it leaves with the next `flush`. False: the broker takes none that long."""
        mid = self._mid % packets.IN_FLIGHT_LIMIT + 1
        while mid in self._in_flight:
            mid = mid % packets.IN_FLIGHT_LIMIT + 1
        packet = packets.publish(topic, mid, payload, v5=self._way.v5, retain=retain)
        if len(packet) > self._longest:
            return False
        self._mid = mid
        self._in_flight[mid] = (self._loop.time(), lane, receipt)
        self._out.append(packet)
        self.published += 1
        return True

    def flush(self) -> None:
        """Hand all that was published to the socket, in one write."""
        if self._out:
            self._write(b"".join(self._out))
            self._out.clear()

    def close(self, last: tuple[bytes, bytes] | None = None) -> None:
        """End it in order, with one last retained message; the will is then not published."""
        if self._transport is None or self.lost.done():
            return
        if last is not None:
            topic, payload = last
            self._out.append(
                packets.publish(topic, self._mid % packets.IN_FLIGHT_LIMIT + 1, payload, v5=self._way.v5, retain=True)
            )
        self._out.append(packets.GOODBYE)
        self.flush()
        self.lost.cancel()
        self._stop_looking()
        self._transport.close()

    def give_up(self, why: Lost | Refused) -> None:
        """End it at once."""
        self._stop_looking()
        if not self.welcome.done():
            self.welcome.set_exception(why)
            self.welcome.exception()  # whoever waits still gets it
        if not self.lost.done():
            self.lost.set_result(why)
        if self._transport is not None:
            self._transport.abort()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._said = self._loop.time()
            self._transport.write(data)

    # ------------------------------------------------------------ in

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say who we are."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one, but does not say so
        self._transport.set_write_buffer_limits(high=BUFFER_BYTES)
        self._write(self._greeting.packet(v5=self._way.v5))

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing comes any more."""
        self.give_up(Lost(_words_of(error) if error else "the broker closed the connection"))

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._writable = False

    def resume_writing(self) -> None:
        """It does again."""
        self._writable = True
        self.on_room()

    def data_received(self, data: bytes) -> None:
        """Take what the broker says."""
        self._heard = self._loop.time()
        confirmed = False
        try:
            for kind, body in self._packets.feed(data):
                if kind == packets.PUBACK:
                    self._confirm(body)
                    confirmed = True
                else:
                    self._seldom(kind, body)
        except BrokenRules as broken:
            self.give_up(Lost(f"this is no MQTT broker as the standard has it: {broken}"))
        if confirmed:
            self.on_room()

    def _confirm(self, body: bytes) -> None:
        mid, reason = packets.confirmation(body)
        found = self._in_flight.pop(mid, None)
        if found is not None:
            if reason is not None and reason.code == packets.NOBODY and self._heard >= self._returned_at:
                reason = None
            _, lane, receipt = found
            lane.confirmed(receipt, reason)

    def _seldom(self, kind: int, body: bytes) -> None:
        if kind == packets.PINGRESP:
            self._asked = None
        elif kind == packets.DISCONNECT:
            self.give_up(Lost(f"the broker ended the connection: {packets.farewell(body)}"))
        elif kind == packets.CONNACK and not self.welcome.done():
            self._welcomed(packets.welcome(body, v5=self._way.v5))
        else:
            raise BrokenRules(f"it sent a packet of type 0x{kind:02x}")

    def _welcomed(self, welcome: Welcome) -> None:
        reason = welcome.reason
        if reason.code:
            kind = Refused if reason.code in CURED_BY_A_PERSON else Lost
            self.give_up(kind(f"the broker refused the connection: {reason}"))
            return
        if not welcome.takes_qos_1:
            self.give_up(Refused("the broker does not take QoS 1, without which messages get lost"))
            return
        self._window = min(self._window, welcome.in_flight)
        self._longest = welcome.longest_packet
        self._returned_at = self._loop.time() + RETURN_SECONDS
        self.welcome.set_result(welcome)
        self._look = self._loop.call_later(LOOK_SECONDS, self._look_after)

    # ------------------------------------------------------------ time

    def _look_after(self) -> None:
        """Ask a silent broker whether it is there; give up one that owes an answer for too long.

        Twice in a row, so that answers which came while this process itself was stopped are read first.
        """
        self._look = self._loop.call_later(LOOK_SECONDS, self._look_after)
        now = self._loop.time()
        keepalive = self.welcome.result().keepalive_seconds or self._greeting.keepalive_seconds
        owed = next((since for since, _, _ in self._in_flight.values()), None)
        since = min(filter(None, (owed, self._asked)), default=now)
        overdue = now - since > self._way.answer_seconds
        if overdue and self._overdue:
            self.give_up(Lost(f"the broker has owed an answer for {now - since:.0f} s"))
        elif self._asked is None and now - min(self._heard, self._said) >= keepalive - LOOK_SECONDS:
            self._asked = now
            self._write(packets.PINGREQ)
        self._overdue = overdue

    def _stop_looking(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None


async def connect(way: Way, greeting: Greeting) -> Connection:
    """Reach the broker and be welcomed. Raises `Lost` or `Refused`."""
    connection: Connection | None = None

    def made() -> Connection:
        nonlocal connection
        connection = Connection(way, greeting)
        return connection

    server_hostname = way.host if way.tls else None
    try:
        async with asyncio.timeout(way.answer_seconds):
            await asyncio.get_running_loop().create_connection(
                made, way.host, way.port, ssl=way.tls, server_hostname=server_hostname
            )
            assert connection is not None  # noqa: S101 - create_connection called `made`
            await connection.welcome
    except TimeoutError:
        _drop(connection, "timed out")
        raise Lost(f"the broker gave no answer within {way.answer_seconds:g} s") from None
    except ssl.SSLCertVerificationError as wrong:
        raise Refused(
            f"the broker's certificate is not believed: {wrong.verify_message or wrong}; check `ca_file` and `host`"
        ) from None
    except OSError as wrong:
        raise Lost(_words_of(wrong)) from None
    except asyncio.CancelledError:
        _drop(connection, "cancelled")
        raise
    return connection


def _drop(connection: Connection | None, why: str) -> None:
    if connection is not None:
        connection.give_up(Lost(why))


def _words_of(error: Exception) -> str:
    """An error of the network in words."""
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__


def _nothing() -> None:
    """Nobody waits for room."""
