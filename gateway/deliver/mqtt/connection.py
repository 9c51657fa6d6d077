"""One connection to a broker, with many messages on their way at once. Only here is aiomqtt's inside reached into.

`aiomqtt.Client.publish` waits for each message's confirmation and says neither that a broker refused one nor why. The
paho client below it takes messages without waiting and tells what became of each; aiomqtt reaches, keeps and loses the
connection. The version is pinned for it, and tests/deliver/mqtt/test_connection.py holds what is relied upon.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY

from drivers.mqtt.refusals import CURED_BY_A_PERSON, NOBODY, REFUSALS, clean
from gateway.deliver.mqtt.reasons import Reason

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

LOOK_SECONDS = 0.5
"""How often a connection looks whether the broker owes it something."""

RETURN_SECONDS = 10.0
"""For so long after we came, a message that nobody is subscribed to is said again: the subscribers come back as we do."""

IN_FLIGHT_LIMIT = 65_535
"""Packet identifiers are 16 bits and never 0 (2.2.1); also the Receive Maximum where a broker names none (3.2.2.3.3)."""

LONGEST_PACKET = 268_435_455
"""The longest that the protocol has (2.1.4), where the broker names none."""

HEAD_BYTES = 12
"""What a PUBLISH packet at QoS 1 has beside topic and payload: type, length, the topic's length, identifier, no properties."""


class Lost(Exception):
    """The connection is gone or did not come about; time may cure it."""


class Refused(Exception):
    """The broker will not have us as we are set up; only a person can cure it."""


class Lane(Protocol):
    """Who publishes, and hears what became of its messages."""

    def confirmed(self, receipt: object, reason: Reason | None, /) -> None:
        """The broker has the message that was published with this receipt, or it reached nobody for a reason."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a broker is reached, and who we are to it. The will is published, retained, by a broker that loses us."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    v5: bool
    answer_seconds: float
    max_in_flight: int
    keepalive_seconds: int
    client_id: str
    will_topic: str
    will: bytes
    username: str = ""
    password: str = ""


class Connection:
    """A broker that welcomed us. Made by `connect`. `lost` is done, with why, when it is over."""

    def __init__(self, way: Way) -> None:
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[Lost | Refused] = self._loop.create_future()
        self.on_room = _nothing
        """Called after confirmations came in: there is room again."""
        self._way = way
        self._in_flight: dict[int, tuple[float, Lane, object]] = {}
        self._window = way.max_in_flight
        self._longest = LONGEST_PACKET
        self._returned_at = 0.0
        self._said_room = False
        self._overdue = False
        self._look: asyncio.TimerHandle | None = None
        self._limits: Properties | None = None
        # A clean start, because the outbox is our session.
        self._client = aiomqtt.Client(
            way.host,
            way.port,
            username=way.username or None,
            password=way.password or None,
            identifier=way.client_id,
            protocol=aiomqtt.ProtocolVersion.V5 if way.v5 else aiomqtt.ProtocolVersion.V311,
            will=aiomqtt.Will(way.will_topic, way.will, qos=1, retain=True),
            clean_session=None if way.v5 else True,
            clean_start=True if way.v5 else MQTT_CLEAN_START_FIRST_ONLY,  # which is what 3.1.1 needs to hear
            timeout=way.answer_seconds,
            keepalive=way.keepalive_seconds,
            max_inflight_messages=IN_FLIGHT_LIMIT,  # the window is kept here
            tls_context=way.tls,
        )
        self._paho = self._client._client  # noqa: SLF001 - see the module
        self._paho.connect_timeout = way.answer_seconds
        self._paho.disable_logger()  # what is worth a line is said by the outlet, once
        self._paho.on_connect = self._welcomed
        self._paho.on_publish = self._confirm
        self._paho.on_socket_register_write = self._write_soon

    # ------------------------------------------------------------ out

    @property
    def room(self) -> int:
        """How many messages may be published now."""
        return 0 if self.lost.done() else self._window - len(self._in_flight)

    @property
    def in_flight(self) -> int:
        """How many messages wait for the broker's confirmation."""
        return len(self._in_flight)

    @property
    def window(self) -> int:
        """The most that may wait."""
        return self._window

    def publish(self, topic: str, payload: bytes, lane: Lane, receipt: object, *, retain: bool = False) -> bool:
        """Publish at QoS 1 where `room` is. False: the broker takes none that long."""
        if len(topic) + len(payload) + HEAD_BYTES > self._longest:  # topics are ASCII
            return False
        sent = self._paho.publish(topic, payload, 1, retain)
        self._in_flight[sent.mid] = (self._loop.time(), lane, receipt)
        return True

    def close(self, last: tuple[str, bytes] | None = None) -> None:
        """End it in order, with one last retained message; the will is then not published."""
        if self.lost.done():
            return
        if last is not None:
            self._paho.publish(*last, 1, retain=True)
        self.lost.cancel()
        self._hang_up()

    def give_up(self, why: Lost | Refused) -> None:
        """End it at once."""
        if not self.lost.done():
            self.lost.set_result(why)
        self._let_go()

    def _hang_up(self) -> None:
        self._paho.disconnect()
        self._paho.loop_write()  # now: the loop may be about to end
        self._let_go()

    def _let_go(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None
        self._paho._sock_close()  # noqa: SLF001 - see the module; paho itself waits for the other side

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
            self.give_up(Lost(failed.strerror or str(failed)))

    # ------------------------------------------------------------ in

    async def reach(self) -> None:
        """Connect and be welcomed. Raises `Lost` or `Refused`."""
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
        ended = self._client._disconnected  # noqa: SLF001 - see the module
        ended.add_done_callback(self._ended)
        self._take_limits()
        self._returned_at = self._loop.time() + RETURN_SECONDS
        self._look = self._loop.call_later(LOOK_SECONDS, self._look_after)

    def _welcomed(self, client: Any, userdata: Any, flags: Any, code: ReasonCode, said: Properties | None) -> None:
        self._limits = said
        self._client._on_connect(client, userdata, flags, code, said)  # noqa: SLF001 - see the module

    def _take_limits(self) -> None:
        said = self._limits
        if getattr(said, "MaximumQoS", 1) < 1:
            why = Refused("the broker does not take QoS 1, without which messages get lost")
            self.give_up(why)
            raise why
        self._window = min(self._window, getattr(said, "ReceiveMaximum", IN_FLIGHT_LIMIT) or 1)
        self._longest = getattr(said, "MaximumPacketSize", LONGEST_PACKET)

    def _refusal(self, said: object) -> Lost | Refused:
        code = int(getattr(said, "value", REFUSALS))
        kind = Refused if code in CURED_BY_A_PERSON else Lost
        words = clean(getattr(self._limits, "ReasonString", ""))
        return kind(f"the broker refused the connection: {Reason(code, words)}")

    def _failure(self, failed: aiomqtt.MqttError) -> Lost | Refused:
        cause = failed.__context__
        if isinstance(cause, ssl.SSLCertVerificationError):
            believed = cause.verify_message or cause
            return Refused(f"the broker's certificate is not believed: {believed}; check `ca_file` and `host`")
        if isinstance(cause, TimeoutError):
            return Lost(f"the broker gave no answer within {self._way.answer_seconds:g} s")
        return Lost((isinstance(cause, OSError) and cause.strerror) or clean(str(failed)) or type(failed).__name__)

    def _ended(self, ended: asyncio.Future[None]) -> None:
        """It is over: by the broker, by the network, or because we gave it up."""
        error = None if ended.cancelled() else ended.exception()
        code = getattr(getattr(error, "rc", None), "value", 0)
        said = f"the broker ended the connection: {Reason(code)}" if code > REFUSALS else ""
        self.give_up(Lost(said or "the broker closed the connection"))

    def _confirm(self, _client: Any, _userdata: Any, mid: int, code: ReasonCode, said: Properties | None) -> None:
        found = self._in_flight.pop(mid, None)
        if found is None:
            return
        reason = None
        if code.value >= REFUSALS or (code.value == NOBODY and self._loop.time() < self._returned_at):
            reason = Reason(code.value, clean(getattr(said, "ReasonString", "")))
        _, lane, receipt = found
        lane.confirmed(receipt, reason)
        if not self._said_room:  # once for all that came together
            self._said_room = True
            self._loop.call_soon(self._say_room)

    def _say_room(self) -> None:
        self._said_room = False
        self.on_room()

    # ------------------------------------------------------------ time

    def _look_after(self) -> None:
        """Give up a broker that owes an answer for too long; a silent one is asked by aiomqtt.

        Twice in a row, so that answers which came while this process itself was stopped are read first.
        """
        self._look = self._loop.call_later(LOOK_SECONDS, self._look_after)
        now = self._loop.time()
        owed = next((since for since, _, _ in self._in_flight.values()), now)
        overdue = now - owed > self._way.answer_seconds
        if overdue and self._overdue:
            self.give_up(Lost(f"the broker has owed an answer for {now - owed:.0f} s"))
        self._overdue = overdue


async def connect(way: Way) -> Connection:
    """Reach the broker and be welcomed. Raises `Lost` or `Refused`."""
    connection = Connection(way)
    await connection.reach()
    return connection


def _nothing() -> None:
    """Nobody waits for room."""
