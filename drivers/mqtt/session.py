"""One connection of a session that outlives it. Only here is aiomqtt's inside reached into.

aiomqtt acknowledges a message before anybody has looked at it, and throws away what its queue has no room for. The paho client
below it can leave the acknowledging to us and hands over each message with its packet identifier; aiomqtt reaches, keeps and
loses the connection. The version is pinned for it, and tests/drivers/mqtt/test_broker_words.py holds what is relied on.
"""

from __future__ import annotations

import asyncio
import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from drivers.contract import LineLost, Misconfigured
from drivers.mqtt.message import Message, Nobody, RefusedMessage
from drivers.mqtt.refusals import NOBODY, REFUSALS, TAKEN_OVER, clean, reason
from drivers.mqtt.ticking import boottime_ns
from drivers.mqtt.way import ANSWER_SECONDS, client_for, encrypted, failure, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from paho.mqtt.client import MQTTMessage
    from paho.mqtt.reasoncodes import ReasonCode

    from drivers.mqtt.way import Way

READ_PACKETS: Final = 32
"""Packets that are read in one turn of the event loop: about 2 ms of it."""

FILTERS_AT_ONCE: Final = 100
"""Filters in one SUBSCRIBE packet: brokers of clouds take no more, and a packet of a thousand is refused whole."""


SILENT_SECONDS: Final = 30.0
"""How long a broker that owes an answer to a subscription may say nothing at all."""

T = TypeVar("T")


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
        self.dropped = False
        """Whether the other side closed the connection without a word."""
        self._way = way
        self._taken = 0
        self._publishing: dict[int, asyncio.Future[None]] = {}
        self._said: Properties | None = None
        self.reading = True
        """Whether messages are taken; see `read_on`."""
        self._client = client_for(way)
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
            self._paho._ssl_wrap_socket = partial(encrypted, way)  # type: ignore[method-assign] # noqa: SLF001 - see there

    # ------------------------------------------------------------ its life

    async def reach(self) -> None:
        """Connect and be welcomed. Raises `LineLost` or `Misconfigured`."""
        try:
            await self._client.__aenter__()
        except MqttConnectError as refused:
            raise refusal(refused.rc, getattr(self._said, "ReasonString", "")) from None
        except aiomqtt.MqttError as failed:
            self._hang_up()
            why = self.lost.result() if self.lost.done() and not self.lost.cancelled() else failure(failed, self._way)
            raise why from None
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
            self.dropped = True
            self.give_up(LineLost("the broker closed the connection"))

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
        self._taken += 1
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
            asking = self._client.subscribe(some, timeout=math.inf)  # type: ignore[arg-type]  # as paho takes them
            answers: Iterable[Any] = await self._answered(asking)
            for (name, _), answer in zip(some, answers, strict=False):
                code = int(getattr(answer, "value", answer))
                if code >= REFUSALS:
                    refused[name] = reason(code)
        return refused

    async def unsubscribe(self, filters: Iterable[str]) -> None:
        """Hear no more of these. Raises `LineLost` when the broker does not answer."""
        some = list(filters)
        for start in range(0, len(some), FILTERS_AT_ONCE):
            await self._answered(self._client.unsubscribe(some[start : start + FILTERS_AT_ONCE], timeout=math.inf))

    async def _answered(self, asking: Coroutine[Any, Any, T]) -> T:
        """What the broker answers. It comes behind all that waited for us there, which may be a night's worth."""
        task = self._loop.create_task(asking, name="ask the broker")
        try:
            while not task.done():
                taken = self._taken
                both: list[asyncio.Future[Any]] = [task, self.lost]
                await asyncio.wait(both, timeout=SILENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if self.lost.done() or (not task.done() and self.reading and self._taken == taken):
                    raise LineLost("the broker did not answer a subscription")
            return task.result()
        except aiomqtt.MqttError as failed:
            raise LineLost(f"the broker did not take a subscription ({clean(str(failed))})") from None
        finally:
            task.cancel()

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
