"""One simulated device on MQTT: its own client, its birth and its will, and what it says in numbered envelopes.

What the device *is* (a parcel locker, an e-bike charger) stands behind it as its `Works`. The connection is aiomqtt's and
speaks MQTT 3.1.1, as most such devices do; everything that must not get lost waits here and not in a session of the broker.
The device is made for a broker that is worse than it should be: it takes nothing but its own two topics, nothing that is
retained, no order twice, and no order whose time is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from simulator.mqtt_wire import heed, let_go, new_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import aiomqtt

    from simulator.bus import Clock

Body: TypeAlias = "Mapping[str, Any]"

KEPT_MESSAGES = 2_000
"""So many events wait for a network that is away; the oldest are then forgotten, with their numbers."""

BACK_AFTER_SECONDS = (0.5, 2.0)
"""A device tries again after a random time between these, so that a broker that returns is not met by all at once."""

SWAP_SECONDS = 0.5
"""A disordered device keeps a message back so long for another that overtakes it."""

_ORDERS_REMEMBERED = 64
_BOOTS_FROM = (
    1_577_836_800.0  # 2020-01-01: boots are counted in seconds since, and so rise from one simulator to the next
)


class Stream(Enum):
    """What a device says, by the last part of its topic."""

    STATE = "state"
    """All there is to know; retained, so that who comes later knows too."""
    TELE = "tele"
    """Measurements, sent once: one that got lost is not missed."""
    EVENT = "event"
    """Something happened. Waits while the network is away."""
    ASK = "ask"
    """A question whose answer somebody stands waiting for: never said later."""
    ACK = "ack"
    """What became of an order."""

    @property
    def qos(self) -> int:
        """0 for what is said once, 1 for what is said until the broker has it."""
        return 0 if self is Stream.TELE else 1

    @property
    def waits(self) -> bool:
        """Whether it is said later when it cannot be said now."""
        return self in (Stream.EVENT, Stream.ACK)


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker is, and as who a device comes to it. `v5`: it speaks MQTT 5 too, for those who want to."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    v5: bool = False


class Works(Protocol):
    """What is behind the network side of a device. Called on the loop, with the time; must not block."""

    def born(self, now: float) -> None:
        """The broker was reached, for the first time or again: say the whole state."""

    def ordered(self, order: Body, now: float) -> str | None:
        """Obey an order of `cmd`. Returns "" when it is obeyed, why not when it is refused, None to say nothing at all."""

    def answered(self, answer: Body, now: float) -> None:
        """Somebody answered a question; `answer["re"]` is what `say` returned for it."""


@dataclass(frozen=True, slots=True)
class _Letter:
    topic: str
    payload: bytes
    qos: int
    retain: bool


@dataclass(slots=True)
class Troubles:
    """What goes wrong with a device as the network sees it."""

    duplicate: bool = False
    """Everything at QoS 1 is said twice, under the same number."""
    disorder: bool = False
    """Of two messages the later one goes first."""
    hung: bool = False
    """Connected, and neither says nor hears anything."""
    slow_seconds: float = 0.0
    """It takes up orders and answers so much later."""
    clock_off_seconds: float = 0.0
    """Its clock is so far ahead of the real one."""


class MqttDevice:
    """A device called `id` that speaks below `topic`; its client id is `sim-{id}`.

    `stirred` is called when it heard something, which may have changed what is due in the world.
    """

    def __init__(
        self, id_: str, topic: str, works: Works, clock: Clock, stirred: Callable[[], None] | None = None
    ) -> None:
        self.id = id_
        self.topic = topic
        self.troubles = Troubles()
        self.connected = False
        self.boot = int(clock() - _BOOTS_FROM)
        self.forgotten = 0
        """Messages that found no room while the network was away."""
        self._works = works
        self._clock = clock
        self._stirred = stirred
        self._seq = 0
        self._outbox: deque[_Letter] = deque()
        self._more = asyncio.Event()
        self._dice = Random(f"mqtt {id_}")
        self._away_until = 0.0
        self._moved = asyncio.Event()
        """Set when that became another time."""
        self._client: aiomqtt.Client | None = None
        self._orders: dict[object, str | None] = {}

    # ------------------------------------------------------------ out

    def say(self, stream: Stream, data: Body, now: float) -> str:
        """Say something as of `now`, numbered and in an envelope; returns the message's id, "" where it was never said."""
        if self.troubles.hung or not (self.connected or stream.waits):
            return ""
        self._seq += 1
        id_ = f"{self.id}-{self.boot}-{self._seq}"
        envelope = {
            "v": 1,
            "id": id_,
            "ts": _written(now + self.troubles.clock_off_seconds),
            "seq": self._seq,
            "boot": self.boot,
            "q": "ok",
            "d": data,
        }
        self.post(
            stream.value, json.dumps(envelope, separators=(",", ":")).encode(), stream.qos, stream is Stream.STATE
        )
        return id_

    def post(self, stream: str, payload: bytes, qos: int = 1, retain: bool = False) -> None:  # noqa: FBT001, FBT002 - as MQTT has it
        """Publish bytes as they are below the device's topic, after all that waits."""
        self._outbox.append(_Letter(f"{self.topic}/{stream}", payload, qos, retain))
        if len(self._outbox) > KEPT_MESSAGES:
            self._outbox.popleft()
            self.forgotten += 1
        self._more.set()

    # ------------------------------------------------------------ what happens to it

    def lose_network(self, seconds: float) -> None:
        """Be gone from the network without a word; what happens meanwhile is said afterwards, with its old times.

        With infinity: until it is restarted.
        """
        self._away_until = self._loop_time() + seconds
        self._moved.set()
        self._cut()

    def restart(self, seconds: float) -> None:
        """Start again: a new boot counts from 1, and what was not said is forgotten."""
        self.boot += 1
        self._seq = 0
        self._outbox.clear()
        self._orders.clear()
        self.lose_network(seconds)

    def _cut(self) -> None:
        # A DISCONNECT would be a good-bye, and the will would not be published: the wire itself has to break.
        self.connected = False
        wire = None if self._client is None else self._client._client.socket()  # noqa: SLF001 - aiomqtt does not lend it
        if isinstance(wire, socket.socket):
            with contextlib.suppress(OSError):  # it is broken already
                wire.shutdown(socket.SHUT_RDWR)

    # ------------------------------------------------------------ the connection

    async def run(self, broker: BrokerAddress) -> None:
        """Be on the broker, again and again, until cancelled."""
        import aiomqtt  # it takes its time to load, and only who is on a broker needs it

        while True:
            await self._stay_away()
            client = new_client(broker, self.id, self.topic)
            try:
                async with client:
                    await self._live(client)
            except aiomqtt.MqttError:
                pass  # the broker or the network is away; both come back
            finally:
                self._client = None
                self.connected = False
                let_go(client)
            heed()
            await asyncio.sleep(self._dice.uniform(*BACK_AFTER_SECONDS))

    async def _stay_away(self) -> None:
        while (rest := self._away_until - self._loop_time()) > 0:
            self._moved.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if rest == inf else rest):
                    await self._moved.wait()

    async def _live(self, client: aiomqtt.Client) -> None:
        heed()
        self._client = client
        await client.subscribe([(f"{self.topic}/cmd", 1), (f"{self.topic}/answer", 1)])
        await client.publish(f"{self.topic}/lwt", b"online", qos=1, retain=True)
        heed()
        self.connected = True
        self._works.born(self._clock())
        # No TaskGroup: before Python 3.12 it may leave its parent marked as cancelled, and `_heed` could not tell.
        sending = asyncio.create_task(self._send(client), name=f"simulator: {self.id} says")
        sending.add_done_callback(lambda _: self._cut())
        try:
            await self._listen(client)
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            if not sending.cancelled():
                sending.result()

    async def _send(self, client: aiomqtt.Client) -> None:
        outbox, overtaken = self._outbox, None
        while True:
            while not outbox:
                self._more.clear()
                await self._more.wait()
            if self.troubles.disorder and outbox[0] is not overtaken:
                overtaken = await self._let_overtake()
                if not outbox:
                    continue  # it was restarted
            letter = outbox[0]
            for _ in range(2 if self.troubles.duplicate and letter.qos else 1):
                await client.publish(letter.topic, letter.payload, letter.qos, letter.retain)
                heed()
            if outbox and outbox[0] is letter:  # a restart may have emptied it, and a full one forgets from this end
                outbox.popleft()

    async def _let_overtake(self) -> _Letter | None:
        """Let the second message go first; returns the one that it overtook."""
        outbox = self._outbox
        if len(outbox) == 1:
            await asyncio.sleep(SWAP_SECONDS)
        if len(outbox) < 2:  # noqa: PLR2004 - two are needed for an order
            return None
        outbox[0], outbox[1] = outbox[1], outbox[0]
        return outbox[1]

    # ------------------------------------------------------------ in

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            if self.troubles.hung or message.retain:
                continue
            stream = str(message.topic).removeprefix(f"{self.topic}/")
            body = _read(message.payload) if stream in ("cmd", "answer") else None
            if body is None:
                continue
            if self.troubles.slow_seconds:
                await asyncio.sleep(self.troubles.slow_seconds)
            if stream == "cmd":
                self._obey(body)
            else:
                self._works.answered(body, self._clock())
            if self._stirred is not None:
                self._stirred()

    def _obey(self, order: Body) -> None:
        now, number, until = self._clock(), order.get("n"), order.get("until")
        if isinstance(until, int | float) and now > until:
            why: str | None = "expired"
        elif number is not None and number in self._orders:
            why = self._orders[number]
        else:
            why = self._works.ordered(order, now)
            if number is not None:
                self._orders[number] = why
                if len(self._orders) > _ORDERS_REMEMBERED:
                    del self._orders[next(iter(self._orders))]
        if number is not None and why is not None:
            self.say(Stream.ACK, {"re": number, "ok": not why, "why": why}, now)

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()


def _read(payload: object) -> Body | None:
    """The JSON object in a payload, None when there is none."""
    try:
        body = json.loads(payload) if isinstance(payload, bytes | bytearray) else None
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
