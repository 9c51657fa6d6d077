"""One charger through all its connections: what is known of it, its transactions, and who is told when something changes."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from drivers.contract import DeviceEvent, Link, LinkChanged, Sample
from drivers.ocpp.oddities import IDENTITY_DOUBTED, Rejects, Seldom
from drivers.ocpp.product import CONNECTOR, CONNECTOR_KEYS, WHOLE, WHOLE_KEYS, described, part_of
from drivers.ocpp.readings import BEFORE, LATE, Readings
from drivers.ocpp.tally import Tally
from drivers.ocpp.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.contract import Json, Post
    from drivers.ocpp.config import Charger
    from drivers.ocpp.conversation import Conversation
    from drivers.ocpp.frame import Call
    from drivers.ocpp.transactions import Transaction

CALLS_LIMIT: Final = 32
"""A charger has one call out (OCPP-J 1.6, 4.1.1). One that sends so many without waiting for answers is cut off."""
REMOTE_START_SECONDS: Final = 120.0
"""So long a tag that we made for a remote start is good: the plug has its time (ConnectionTimeOut), and thieves have none."""
UNORDERED_SECONDS: Final = 30
"""After a start the house has so long to say what must be held off, before what is held by the cursor is given back."""
UNMEASURED_SAMPLES: Final = 2.5
UNMEASURED_SECONDS: Final = 150.0
"""After so long without a reading the last one is doubted: in samples while it charges, in seconds else."""

SAME_TIME_SECONDS: Final = 1.0
"""Chargers tell times in seconds, and not always by the same clock."""

WHOLE_CHARGER: Final = 0
"""The connector id of the charger as a whole."""

STATE: Final = CONNECTOR_KEYS["state"]
SESSION: Final = CONNECTOR_KEYS["session"]
CURRENT: Final = CONNECTOR_KEYS["current"]
MEASURED: Final = tuple(range(CURRENT, len(CONNECTOR)))

_SECOND_NS: Final = 1_000_000_000


@dataclass(slots=True)
class Shared:
    """What the chargers of one line have in common. `epoch` names the events of this start of the driver."""

    tag_key: bytes
    epoch: str
    heartbeat_seconds: int
    sample_seconds: int
    tally: Tally = field(default_factory=Tally)
    rejects: Rejects = field(default_factory=Rejects)
    doubts: Seldom = field(default_factory=Seldom)


class Station:
    """Read by whoever works with the charger; it is a `drivers.ocpp.conversation.Listener`."""

    def __init__(self, charger: Charger, shared: Shared) -> None:
        self.charger = charger
        self.shared = shared
        self.device = described(charger)
        self.whole = Readings(
            WHOLE, {WHOLE_KEYS["state"]: "", WHOLE_KEYS["error"]: "", WHOLE_KEYS["clock_wrong"]: False}
        )
        self.connectors = {number: Readings(CONNECTOR, {SESSION: ""}) for number in range(1, charger.connectors + 1)}
        self.status_utc: dict[int, float] = {}
        """When the last status was, by connector id."""
        self.transactions = Transactions()
        self.conversation: Conversation | None = None
        self.boots = 0
        """How often it said that it started, in this life of the driver."""
        self.told_of: set[int] = set()
        """Connectors of which it told the state on this connection."""
        self.settled = False
        """It was configured once."""
        self.off: frozenset[int] = frozenset()
        """Connectors at which no current may flow."""
        self.off_since_ns: dict[int, int] = {}
        self._ordered = False
        """Somebody said in this life of the driver what is to be held off, if anything."""
        self._begun_ns = 0
        self.inbox: deque[tuple[Conversation, Call]] = deque()
        self.asked_something = asyncio.Event()
        self.heard: dict[str, int] = {}
        """How often each action was heard."""
        self._remote_tags: dict[str, tuple[int, int]] = {}
        self._link = Link.UNKNOWN
        self._post: Post | None = None
        self._disk = asyncio.Lock()
        self._sequence = 0
        self._news = asyncio.Event()

    # ------------------------------------------------------------ its life

    @property
    def identity(self) -> str:
        """What it calls itself."""
        return self.charger.identity

    def begin(self, post: Post) -> None:
        """A run begins: go on where the cursor stands."""
        self._post = post
        self.transactions = Transactions(post.cursor(self.device.id))
        self._link = Link.UNKNOWN
        self._begun_ns = boottime_ns()
        self.inbox.clear()

    def close(self) -> None:
        """The run ends: nothing is told any more."""
        self._post = None
        self.conversation = None

    @property
    def post(self) -> Post:
        """Where things are told; there is one while a run lasts."""
        if self._post is None:
            raise RuntimeError(f"{self.device.id} is not run")
        return self._post

    def connected(self, conversation: Conversation) -> None:
        """It dialled in, and this is where it listens from now on."""
        self.conversation = conversation
        self.told_of = set()
        self.say(Link.UP, "")
        self.changed()

    def disconnected(self, conversation: Conversation) -> None:
        """A connection of it ended."""
        if self.conversation is conversation:
            self.conversation = None
            self.say(Link.LOST, conversation.why)
            self.changed()

    def say(self, link: Link, why: str) -> None:
        """Tell whether it can be reached, where that changed."""
        if link is not self._link and self._post is not None:
            self._link = link
            self._post.report(LinkChanged(self.device.id, link, why, boottime_ns()))

    @property
    def silent(self) -> bool:
        """Nothing was told of its link in this run."""
        return self._link is Link.UNKNOWN

    # ------------------------------------------------------------ what it asks

    def asked(self, conversation: Conversation, call: Call) -> bool:
        """See `drivers.ocpp.conversation.Listener`."""
        if len(self.inbox) >= CALLS_LIMIT:
            return False
        self.inbox.append((conversation, call))
        self.asked_something.set()
        return True

    # ------------------------------------------------------------ what is told of it

    def report(self, connector: int, measured_utc: float | None = None) -> None:
        """Tell what is known of a connector, or of the charger as a whole."""
        now_ns = boottime_ns()
        readings = self.whole
        if connector != WHOLE_CHARGER:
            readings = self.connectors[connector]
            running = self.running(connector)
            readings.put(SESSION, "" if running is None else str(running.number), now_ns)
            self._doubt(connector, readings, now_ns)
        readings.settle()
        self.post.report(Sample(self.device.id, connector, readings.values, readings.faults, now_ns, measured_utc))
        self.changed()

    def doubt_unmeasured(self) -> None:
        """Tell of connectors that charge and were not measured for too long."""
        for connector, readings in self.connectors.items():
            if readings.told(STATE) == "charging":
                self._doubt(connector, readings, boottime_ns())
                if readings.settle():
                    self.report(connector)

    def _doubt(self, connector: int, readings: Readings, now_ns: int) -> None:
        if connector in self.off:
            readings.doubt(MEASURED, self.off_since_ns[connector], BEFORE)
        charging = readings.told(STATE) == "charging"
        seconds = UNMEASURED_SAMPLES * self.shared.sample_seconds if charging else UNMEASURED_SECONDS
        readings.doubt(MEASURED, now_ns - int(seconds * _SECOND_NS), LATE)

    def event(
        self, kind: str, body: Mapping[str, Json], measured_utc: float | None = None, *, number: int = 0
    ) -> DeviceEvent:
        """A device event. One of a transaction has its `number`, so that it is the same one whenever it is told."""
        now_ns = boottime_ns()
        if number:
            sequence = 2 * number + (kind == "session_ended")
            return DeviceEvent(self.device.id, "transaction", sequence, kind, body, now_ns, measured_utc)
        self._sequence += 1
        return DeviceEvent(self.device.id, self.shared.epoch, self._sequence, kind, body, now_ns, measured_utc)

    async def keep(self, *events: DeviceEvent) -> None:
        """Put events on disk, with how the transactions stand."""
        async with self._disk:
            await self.post.keep(events, {self.device.id: self.transactions.cursor()})

    def idle(self) -> asyncio.Lock:
        """Held while nothing of it is on its way to the disk."""
        return self._disk

    def doubted(self, what: str, origin: str) -> DeviceEvent | None:
        """Somebody else may have dialled in by its name: the event, None where that was told a minute ago."""
        count = self.shared.doubts.due(self.device.id, boottime_ns())
        return self.event(IDENTITY_DOUBTED, {"what": what, "count": count, "from": origin}) if count else None

    # ------------------------------------------------------------ transactions

    def running(self, connector: int) -> Transaction | None:
        """The transaction at a connector; None where the charger said since that the connector is free."""
        transaction = self.transactions.at(connector)
        if transaction is None:
            return None
        free = self.connectors[connector].told(STATE) == "free"
        freed = self.status_utc.get(connector, 0.0) > transaction.began_utc + SAME_TIME_SECONDS
        return None if free and freed else transaction

    def carries(self, connector: int) -> bool:
        """Whether, by what the charger says, current may flow at a connector."""
        return self.running(connector) is not None or self.connectors[connector].told(STATE) == "charging"

    def expect(self, tag: str, connector: int) -> None:
        """A tag was made for a remote start."""
        now_ns = boottime_ns()
        self._remote_tags = {known: end for known, end in self._remote_tags.items() if end[1] > now_ns}
        self._remote_tags[tag] = connector, now_ns + int(REMOTE_START_SECONDS * _SECOND_NS)

    def expected(self, tag: str) -> bool:
        """Whether a tag is one that we made for a remote start a moment ago."""
        known = self._remote_tags.get(tag)
        return known is not None and known[1] > boottime_ns()

    # ------------------------------------------------------------ what is held off

    def hold(self, connectors: frozenset[int]) -> None:
        """From now on no current may flow at these connectors, and at the others it may."""
        now_ns = boottime_ns()
        self.off_since_ns = {connector: self.off_since_ns.get(connector, now_ns) for connector in connectors}
        self.off, self._ordered = connectors, True
        self.changed()

    @property
    def may_give_back(self) -> bool:
        """Whether what we hold by the cursor, and nobody wants held, is really wanted by nobody."""
        return self._ordered or boottime_ns() - self._begun_ns > UNORDERED_SECONDS * _SECOND_NS

    # ------------------------------------------------------------ waiting for it

    def changed(self) -> None:
        """Something is otherwise than before: whoever waits looks again."""
        self._news.set()
        self._news = asyncio.Event()

    async def until(self, true: Callable[[], bool], seconds: float | None) -> bool:
        """Wait until something is true of it. False when it did not become so in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not true():
                    await self._news.wait()
        return true()

    async def next_news(self, seconds: float | None) -> None:
        """Wait until anything changes, or so long."""
        news = self._news
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await news.wait()


def boottime_ns() -> int:
    """CLOCK_BOOTTIME."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def part(connector: int) -> str:
    """The name of a connector in events; "" for the charger as a whole."""
    return part_of(connector) if connector else ""
