"""The live lane: told readings go out within a tick, before their batch is on disk; what cannot is left to the late lane.

The open batch of the outbox holds each of these readings already, so nothing is lost when this process dies.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol, cast

from drivers.contract import Fault, Quality
from gateway.deliver.mqtt.gaps import FirstLive, Gaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drivers.contract import Point, Value
    from gateway.deliver.mqtt.connection import Connection
    from gateway.deliver.mqtt.ledger import Ledger
    from gateway.deliver.mqtt.messages import Payloads, Topics
    from gateway.deliver.mqtt.reasons import Reason

WAITING_LIMIT = 1_000
"""The most messages that wait for room in the window, half a second's worth of 400 controllers; more goes late."""


class Filling(Protocol):
    """What the live lane asks of the outbox."""

    @property
    def filling(self) -> int:
        """The number of the batch that is filled now."""


class _Message:
    """Readings of one device that came within one tick; no poll group is in it twice."""

    __slots__ = ("batch", "device", "faults", "groups", "last_ns", "utc_ns", "values")

    def __init__(self, device: _Device, batch: int, utc_ns: int) -> None:
        self.device = device
        self.batch = batch
        self.utc_ns = utc_ns
        self.last_ns = utc_ns
        self.groups: list[int] = []
        self.values: dict[str, Value] = {}
        self.faults: dict[str, Fault] | None = None


class _Device:
    """What stays the same of a device, and its message that may still grow."""

    __slots__ = ("forming", "keys", "name", "topic")

    def __init__(self, name: str, topic: str) -> None:
        self.name = name
        self.topic = topic
        self.keys: dict[int, tuple[Sequence[Point], tuple[str, ...]]] = {}
        self.forming: _Message | None = None

    def keys_of(self, group: int, points: Sequence[Point]) -> tuple[str, ...]:
        """The keys of a group's points; learnt anew when the device was changed."""
        known = self.keys.get(group)
        if known is None or known[0] is not points:
            known = self.keys[group] = points, tuple(point.key for point in points)
        return known[1]


class LiveLane:
    """Readings on their way. On the event loop; `reading` is on the hot path."""

    def __init__(
        self,
        outbox: Filling,
        gaps: Gaps,
        points: Callable[[str, int], Sequence[Point]],
        topics: Topics,
        payloads: Payloads,
        ledger: Ledger,
    ) -> None:
        self.going = False
        """Whether readings go out live. Not without a connection, nor where the broker fell behind."""
        self._outbox = outbox
        self._gaps = gaps
        self._points = points
        self._topics = topics
        self._payloads = payloads
        self._ledger = ledger
        self._devices: dict[str, _Device] = {}
        self._forming: list[_Message] = []
        self._waiting: deque[_Message] = deque()
        self._unconfirmed: dict[_Message, None] = {}

    # ------------------------------------------------------------ in

    def reading(
        self,
        device: str,
        group: int,
        indices: Sequence[int],
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None,
        utc_ns: int,
    ) -> bool:
        """Take a reading whose line was just appended. Returns whether it is the first one of a tick."""
        batch = self._outbox.filling
        if not self.going:
            if not self._gaps.open:
                self._gaps.begin(batch, utc_ns)
            return False
        if self._gaps.open:
            self._gaps.close(FirstLive(batch, device, utc_ns))
        known = self._devices.get(device)
        if known is None:
            known = self._devices[device] = _Device(device, self._topics.telemetry(device))
        message = known.forming
        if message is None or group in message.groups:
            message = known.forming = _Message(known, batch, utc_ns)
            self._forming.append(message)
        message.last_ns = utc_ns
        message.groups.append(group)
        keys = known.keys_of(group, self._points(device, group))
        if faults is not None:
            _put_faulty(message, keys, indices, values, faults)
        elif len(indices) == len(keys):
            message.values.update(zip(keys, values, strict=True))
        else:
            for i in indices:
                message.values[keys[i]] = values[i]
        return len(self._forming) == 1

    # ------------------------------------------------------------ out

    @property
    def waiting(self) -> bool:
        """Whether messages wait for room."""
        return bool(self._waiting)

    @property
    def oldest_batch(self) -> int | None:
        """The batch of the oldest reading that the broker did not confirm; None where there is none."""
        return next((message.batch for message in self._pending()), None)

    def tick(self) -> None:
        """The tick is over: what came in it may go. Where too much waits, it is left to the late lane."""
        self._waiting.extend(self._forming)
        self._forget_forming()
        if len(self._waiting) > WAITING_LIMIT:
            self.going = False
            self._gaps.begin(self._waiting[0].batch, self._waiting[0].utc_ns)
            self._waiting.clear()

    def pump(self, connection: Connection, leave: int) -> None:
        """Publish what waits, as far as there is room; so many places are left to others."""
        waiting, room = self._waiting, connection.room - leave
        while waiting and room > 0:
            message = waiting.popleft()
            payload = self._payload(message)
            if connection.publish(message.device.topic, payload, self, message):
                self._unconfirmed[message] = None
                room -= 1
            else:
                self._ledger.too_long(message.device.topic, payload)

    def confirmed(self, receipt: object, reason: Reason | None) -> None:
        """The broker has a message, or refused it."""
        message = cast("_Message", receipt)
        if message not in self._unconfirmed:
            return  # it was left to the late lane meanwhile
        if reason is None:
            self._ledger.took(self, points=len(message.values))
        elif not self._ledger.refused(self, message.device.topic, self._payload(message), reason):
            self.interrupt()
            return
        del self._unconfirmed[message]

    def interrupt(self) -> None:
        """Nothing goes live from here on, and all that was not confirmed goes late."""
        self.going = False
        first = next(self._pending(), None)
        if first is not None:
            self._gaps.begin(first.batch, first.utc_ns)
        self._forget_forming()
        self._waiting.clear()
        self._unconfirmed.clear()

    def _payload(self, message: _Message) -> bytes:
        return self._payloads.readings(message.last_ns, message.values, message.faults)

    def _pending(self) -> Iterator[_Message]:
        yield from self._unconfirmed
        yield from self._waiting
        yield from self._forming

    def _forget_forming(self) -> None:
        for message in self._forming:
            message.device.forming = None
        self._forming.clear()


def _put_faulty(
    message: _Message,
    keys: tuple[str, ...],
    indices: Sequence[int],
    values: tuple[Value, ...],
    faults: tuple[Fault | None, ...],
) -> None:
    """Values with their faults: a bad point has no value, whatever its device says."""
    if message.faults is None:
        message.faults = {}
    for i in indices:
        fault = faults[i]
        if fault is not None:
            message.faults[keys[i]] = fault
        if fault is None or fault.quality is not Quality.BAD:
            message.values[keys[i]] = values[i]
