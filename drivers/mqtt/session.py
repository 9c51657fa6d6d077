"""One connection of a session that outlives it. Only here is aiomqtt's inside reached into.

aiomqtt acknowledges a message before anybody has looked at it, and throws away what its queue has no room for. The paho client
below it can leave the acknowledging to us and hands over each message with its packet identifier; aiomqtt reaches, keeps and
loses the connection. The version is pinned for it, and tests/drivers/mqtt/test_session.py holds what is relied upon.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from drivers.contract import LineLost, Misconfigured
from drivers.mqtt.refusals import CURED_BY_A_PERSON, NOBODY, REFUSALS, TAKEN_OVER, clean, reason
from drivers.mqtt.ticking import boottime_ns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from paho.mqtt.client import MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

ANSWER_SECONDS: Final = 5.0
"""How long the broker may owe an answer to a connection or subscription."""

READ_PACKETS: Final = 32
"""Packets that are read in one turn of the event loop: about 2 ms of it."""

RECEIVE_MAXIMUM: Final = 2_000
"""MQTT 5: so many messages may wait for our acknowledgement. With a commit of 20 ms that lets 10,000 a second pass."""

PACKET_LIMIT_BYTES: Final = 1 << 20
"""MQTT 5: what is longer the broker keeps to itself. What is too long for us but not for this is counted and can be seen."""

FILTERS_AT_ONCE: Final = 100
"""Filters in one SUBSCRIBE packet: brokers of clouds take no more, and a packet of a thousand is refused whole."""

IN_FLIGHT: Final = 1_000
"""Of our own messages that wait for the broker: an order must never wait behind others."""


class Message(NamedTuple):
    """A message as it came. `retained`: it lay at the broker; `again`: the broker sent it before (DUP)."""

    topic: str
    payload: bytes
    qos: int
    retained: bool
    again: bool
    mid: int
    received_ns: int


@dataclass(frozen=True, slots=True)
class Way:
    """How a broker is reached, and who we are to it."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    v5: bool
    client_id: str
    session_seconds: int
    keepalive_seconds: int
    username: str = ""
    password: str = ""


class Nobody(Exception):
    """The broker took the message and knows nobody who listens."""


class RefusedMessage(Exception):
    """The broker did not take the message, and says why."""


class Session:
    """A broker that welcomed us, or will. `lost` is done, with why, when the connection is over.

    `arrived` is called for every message on the event loop, from before `reach` returns: what waited for us comes at once.
    """

    arrived: Callable[[Message], None]

    def __init__(self, way: Way) -> None:
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[LineLost | Misconfigured] = self._loop.create_future()
        self.present = False
        """Whether the broker kept our session, and with it what came while we were away."""
        self._way = way
        self._publishing: dict[int, asyncio.Future[None]] = {}
        self._said: Properties | None = None
        self.reading = True
        """Whether messages are taken; see `read_on`."""
        self._client = aiomqtt.Client(
            way.host,
            way.port,
            username=way.username or None,
            password=way.password or None,
            identifier=way.client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if way.v5 else aiomqtt.ProtocolVersion.V311,
            clean_session=None if way.v5 else False,
            clean_start=False if way.v5 else MQTT_CLEAN_START_FIRST_ONLY,  # which is what 3.1.1 needs to hear
            properties=_greeting(way.session_seconds) if way.v5 else None,
            timeout=ANSWER_SECONDS,
            keepalive=way.keepalive_seconds,
            max_inflight_messages=IN_FLIGHT,
            tls_context=way.tls,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],  # an order waits for no other packet
        )
        self._paho = self._client._client  # noqa: SLF001 - see the module
        self._paho.connect_timeout = ANSWER_SECONDS
        self._paho.disable_logger()  # what is worth a line is said by whoever keeps the line alive, once
        self._paho.manual_ack_set(True)
        self._paho.on_connect = self._welcomed
        self._paho.on_disconnect = self._left
        self._paho.on_message = self._take
        self._paho.on_publish = self._confirmed
        self._paho.on_socket_open = self._opened
        self._paho.on_socket_register_write = self._write_soon
        if way.tls is not None:
            self._paho._ssl_wrap_socket = partial(self._encrypted, way.tls)  # type: ignore[method-assign] # noqa: SLF001 - see `_encrypted`

    # ------------------------------------------------------------ its life

    async def reach(self) -> None:
        """Connect and be welcomed. Raises `LineLost` or `Misconfigured`."""
        try:
            await self._client.__aenter__()
        except MqttConnectError as refused:
            raise self._refusal(refused.rc) from None
        except aiomqtt.MqttError as failed:
            self._hang_up()
            raise self._failure(failed) from None
        except asyncio.CancelledError:
            self._hang_up()
            raise
        self._not_cancelled()
        ended = self._client._disconnected  # noqa: SLF001 - see the module
        ended.add_done_callback(self._ended)
        if getattr(self._said, "MaximumQoS", 1) < 1:
            self._hang_up()
            raise Misconfigured("the broker does not take QoS 1, without which messages get lost")

    def close(self) -> None:
        """Leave the broker in order; the session stays there."""
        if not self.lost.done():
            self.lost.cancel()
        self._hang_up()

    def _hang_up(self) -> None:
        self._paho.disconnect()
        self._paho.loop_write()  # now: the loop may be about to end
        self._let_go()

    def _let_go(self) -> None:
        for waiting in self._publishing.values():
            waiting.cancel()
        self._publishing.clear()
        self._paho._sock_close()  # noqa: SLF001 - see the module; paho itself waits for the other side

    def give_up(self, why: LineLost | Misconfigured) -> None:
        """End the connection at once."""
        welcomed = self._client._connected  # noqa: SLF001 - see the module
        if not welcomed.done():
            welcomed.set_exception(aiomqtt.MqttError(str(why)))
        if not self.lost.done():
            self.lost.set_result(why)
        self._let_go()

    def _ended(self, ended: asyncio.Future[None]) -> None:
        """It is over: by the broker, by the network, or because we left."""
        error = None if ended.cancelled() else ended.exception()
        code = getattr(getattr(error, "rc", None), "value", 0)
        if code == TAKEN_OVER:
            self.give_up(Misconfigured(f"{reason(code)}: {self._way.client_id}; give one of them another `client_id`"))
        elif code > REFUSALS:  # which is what paho says for a connection that was just closed
            self.give_up(LineLost(f"the broker ended the connection: {reason(code)}"))
        else:
            self.give_up(LineLost("the broker closed the connection"))

    def _encrypted(self, tls: ssl.SSLContext, plain: socket.socket) -> ssl.SSLSocket:
        """In place of paho's, which leaves the connection open where the other side is not to be believed."""
        wire = tls.wrap_socket(plain, server_hostname=self._way.host, do_handshake_on_connect=False)
        try:
            wire.settimeout(ANSWER_SECONDS)
            wire.do_handshake()
        except BaseException:
            wire.close()
            raise
        return wire

    def _left(self, client: Any, userdata: Any, flags: Any, code: ReasonCode, said: Properties | None) -> None:
        if not self._client._connected.done():  # noqa: SLF001 - aiomqtt goes on to wait for a welcome that cannot come
            self.give_up(LineLost("the broker closed the connection before it had welcomed us"))
        self._client._on_disconnect(client, userdata, flags, code, said)  # noqa: SLF001 - see the module

    def _not_cancelled(self) -> None:
        """What aiomqtt waits by, `asyncio.wait_for`, in Python 3.11 swallows a cancellation that comes with the answer."""
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            self._hang_up()
            raise asyncio.CancelledError

    def _welcomed(self, client: Any, userdata: Any, flags: Any, code: ReasonCode, said: Properties | None) -> None:
        self._said = said
        self.present = bool(flags.session_present)
        self._client._on_connect(client, userdata, flags, code, said)  # noqa: SLF001 - see the module

    def _refusal(self, said: object) -> LineLost | Misconfigured:
        code = int(getattr(said, "value", REFUSALS))
        kind = Misconfigured if code in CURED_BY_A_PERSON else LineLost
        words = clean(getattr(self._said, "ReasonString", ""))
        return kind(f"the broker refused the connection: {reason(code, words)}")

    def _failure(self, failed: aiomqtt.MqttError) -> LineLost | Misconfigured:
        cause = failed.__context__
        where = f"{self._way.host}:{self._way.port}"
        if isinstance(cause, ssl.SSLCertVerificationError):
            believed = cause.verify_message or cause
            return Misconfigured(f"the certificate of {where} is not believed: {believed}; check `tls: ca` and `host`")
        if isinstance(cause, TimeoutError):
            return LineLost(f"the broker at {where} gave no answer within {ANSWER_SECONDS:g} s")
        if self.lost.done() and not self.lost.cancelled():
            return self.lost.result()
        words = (isinstance(cause, OSError) and cause.strerror) or clean(str(failed)) or type(failed).__name__
        return LineLost(f"the broker at {where} cannot be reached ({words})")

    # ------------------------------------------------------------ in

    def read_on(self, *, on: bool) -> None:
        """Take no more messages, or go on: what does not fit stays with the broker."""
        wire = self._paho.socket()
        if on is self.reading or wire is None or self.lost.done():
            return
        self.reading = on
        if on:
            self._loop.add_reader(wire.fileno(), self._read)
            self._loop.call_soon(self._read)  # what TLS has decrypted already shows at no file descriptor
        else:
            self._loop.remove_reader(wire.fileno())

    def ack(self, mid: int) -> None:
        """Acknowledge a message of this connection."""
        self._paho.ack(mid, 1)

    def _opened(self, _client: Any, _userdata: Any, wire: Any) -> None:
        # In place of aiomqtt's, which does not look whether the wire is still there, and reads one packet in a turn.
        self._loop.call_soon_threadsafe(self._listen, wire)

    def _listen(self, wire: Any) -> None:
        if wire.fileno() >= 0:
            self._loop.add_reader(wire.fileno(), self._read)
            ticking = self._loop.create_task(self._client._misc_loop())  # noqa: SLF001 - see the module
            self._client._misc_task = ticking  # noqa: SLF001 - see the module

    def _read(self) -> None:
        """Take what has come, several packets in a turn: one in each would halve what a core can take."""
        paho = self._paho
        try:
            for _ in range(READ_PACKETS):
                if not self.reading or not self._one_packet(paho):
                    return
            if self._way.tls is not None:
                self._loop.call_soon(self._read)  # what TLS has decrypted already shows at no file descriptor
        except Exception as failed:  # noqa: BLE001 - paho raises what it likes for a broken peer
            self.give_up(LineLost(f"the broker's words cannot be read ({failed!r:.200})"))

    @staticmethod
    def _one_packet(paho: Any) -> bool:
        """Read one packet. False: there was none whole."""
        begun = paho._in_packet  # noqa: SLF001 - see the module
        paho.loop_read()
        return paho._sock is not None and paho._in_packet is not begun  # noqa: SLF001 - see the module

    def _take(self, _client: Any, _userdata: Any, came: MQTTMessage) -> None:
        try:
            topic = came.topic
        except UnicodeDecodeError:
            topic = ""
        self.arrived(
            Message(
                topic,
                bytes(came.payload),
                came.qos,
                came.retain,
                came.dup,
                came.mid,
                boottime_ns(),
            )
        )

    # ------------------------------------------------------------ out

    async def subscribe(self, filters: Mapping[str, int], orders: Iterable[str]) -> Mapping[str, str]:
        """Subscribe to filters with their QoS, and to the topics of our own orders, to see what lies there retained.

        Returns those that the broker refused, with why. Raises `LineLost` when it does not answer.
        """
        asked = [(name, SubscribeOptions(qos=qos) if self._way.v5 else qos) for name, qos in filters.items()]
        asked += [
            (name, SubscribeOptions(qos=0, noLocal=True, retainAsPublished=True) if self._way.v5 else 0)
            for name in orders
        ]
        refused: dict[str, str] = {}
        for start in range(0, len(asked), FILTERS_AT_ONCE):
            some = asked[start : start + FILTERS_AT_ONCE]
            try:
                answers: Iterable[Any] = await self._client.subscribe(some)  # type: ignore[arg-type]  # as paho takes them
            except aiomqtt.MqttError:
                raise LineLost("the broker did not answer a subscription") from None
            self._not_cancelled()
            for (name, _), answer in zip(some, answers, strict=False):
                code = int(getattr(answer, "value", answer))
                if code >= REFUSALS:
                    refused[name] = reason(code)
        return refused

    async def unsubscribe(self, filters: Iterable[str]) -> None:
        """Hear no more of these. Raises `LineLost` when the broker does not answer."""
        some = list(filters)
        try:
            for start in range(0, len(some), FILTERS_AT_ONCE):
                await self._client.unsubscribe(some[start : start + FILTERS_AT_ONCE])
                self._not_cancelled()
        except aiomqtt.MqttError:
            raise LineLost("the broker did not answer that a subscription ends") from None

    def publish(
        self, topic: str, payload: bytes, qos: int, expiry_seconds: int = 0, correlation: bytes = b""
    ) -> asyncio.Future[None]:
        """Publish, never retained. The future is done when the broker has it (QoS 0: at once).

        It fails with `Nobody` or `RefusedMessage`, and is cancelled when the connection goes.
        """
        properties = None
        if self._way.v5 and (expiry_seconds or correlation):
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
            if expiry_seconds:
                properties.MessageExpiryInterval = expiry_seconds
            if correlation:
                properties.CorrelationData = correlation
        done: asyncio.Future[None] = self._loop.create_future()
        if self.lost.done():
            done.cancel()
            return done
        sent = self._paho.publish(topic, payload, qos, properties=properties)
        if qos == 0:
            done.set_result(None)
        else:
            self._publishing[sent.mid] = done
        return done

    def _confirmed(self, _client: Any, _userdata: Any, mid: int, code: ReasonCode, said: Properties | None) -> None:
        done = self._publishing.pop(mid, None)
        if done is None or done.done():
            return
        if code.value == NOBODY:
            done.set_exception(Nobody(reason(NOBODY)))
        elif code.value >= REFUSALS:
            done.set_exception(RefusedMessage(reason(code.value, clean(getattr(said, "ReasonString", "")))))
        else:
            done.set_result(None)
            return
        done.exception()  # an answer to a device has nobody who waits for it

    def _write_soon(self, _client: Any, _userdata: Any, wire: Any) -> None:
        # In the thread that connects, or on the loop. aiomqtt adds the file descriptor without looking whether it is still
        # that of this connection.
        self._loop.call_soon_threadsafe(self._watch, wire)

    def _watch(self, wire: Any) -> None:
        if wire.fileno() >= 0:
            self._loop.add_writer(wire.fileno(), self._write)

    def _write(self) -> None:
        try:
            self._paho.loop_write()
        except OSError as failed:
            self.give_up(LineLost(f"the connection to the broker broke ({failed.strerror or failed})"))


def _greeting(session_seconds: int) -> Properties:
    greeting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    greeting.SessionExpiryInterval = session_seconds
    greeting.ReceiveMaximum = RECEIVE_MAXIMUM
    greeting.MaximumPacketSize = PACKET_LIMIT_BYTES
    return greeting
