"""One unit behind a line's host: what is read from it and when, how fast it answers, and whether it can be reached."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final
from zlib import crc32

from drivers.contract import Fault, Link, Quality
from drivers.modbus.decode import Decoder
from drivers.modbus.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Device, Group, Value
    from drivers.modbus.decode import Answer
    from drivers.modbus.identity import Identity
    from drivers.modbus.plan import Read
    from drivers.product import Profile

FLOOR_SECONDS: Final = 0.15
"""No unit is given less time to answer."""
MISSES_TO_BE_LOST: Final = 3
SILENCE_SECONDS: Final = 10.0
"""A unit that was silent for so long is lost whatever the number of misses, and so is a line whose units all are."""
LONGEST_KNOCK_SECONDS: Final = 30.0
HUNG_SECONDS: Final = 5.0
"""ACP-1: a heartbeat that stands still for so long means that the application hangs while the network answers."""
HUNG: Final = Fault(Quality.UNCERTAIN, "controller hung")
_LEARN_FROM: Final = 100
_NANOSECONDS: Final = 1_000_000_000
_EARLIEST_BEAT: Final = 0.75
_LONG_KNOCK_EVERY: Final = 4


class Poll:
    """One read of one unit, on its beat."""

    __slots__ = (
        "_bad",
        "_plain",
        "_uncertain",
        "decoder",
        "due",
        "frame",
        "group",
        "heart_at",
        "keys",
        "period",
        "refusals",
        "unit",
    )

    def __init__(self, unit: Unit, number: int, group: Group, read: Read, credential_key: bytes) -> None:
        assert group.every_seconds is not None  # noqa: S101  the planner gives every read its interval
        self.unit = unit
        self.group = number
        self.period = group.every_seconds
        self.due = inf
        self.frame = Frame.reading(unit.number, read.function, read.address, read.count)
        self.decoder = Decoder(read, credential_key)
        self.keys = {point.key: place for place, point in enumerate(group.points)}
        self.heart_at = next((place for place, point in enumerate(group.points) if point.meaning == "heartbeat"), None)
        self.refusals = 0
        self._bad: tuple[str, Answer] | None = None
        self._plain: tuple[Fault | None, ...] | None = None
        self._uncertain: tuple[Fault | None, ...] | None = None

    def bad(self, why: str) -> Answer:
        """The answer of a device that gives none: every value bad. The same objects while the reason stays."""
        if self._bad is None or self._bad[0] != why:
            count = len(self.keys)
            self._bad = why, ((None,) * count, (Fault(Quality.BAD, why),) * count)
        return self._bad[1]

    def uncertain(self, faults: tuple[Fault | None, ...] | None) -> tuple[Fault | None, ...]:
        """The faults of an answer from a controller that hangs. The same object while they stay the same."""
        if self._uncertain is None or faults is not self._plain:
            self._plain = faults
            self._uncertain = tuple(fault or HUNG for fault in faults or (None,) * len(self.keys))
        return self._uncertain


class Greeting:
    """Asking a unit who it is: when the line comes up, again and again while it is silent, and then now and then."""

    __slots__ = ("due", "every_seconds", "period", "unit")

    def __init__(self, unit: Unit, every_seconds: float) -> None:
        self.unit = unit
        self.every_seconds = every_seconds
        self.due = inf
        # A silent unit is asked when nothing else is due, but not put off for ever on a line that is never idle.
        self.period = 2.0


class Unit:
    """A device behind the line and what the driver remembers of it. Times are seconds of the event loop's clock.

    `timeout_seconds` is how long the next answer may take: 1.5 times what 99 of 100 answers took and 50 ms, between
    `FLOOR_SECONDS` and the configured most. It doubles with each miss, so that a unit that became slow is heard again.
    """

    def __init__(
        self,
        device: Device,
        number: int,
        profile: Profile,
        reads: Sequence[Read],
        identity: Identity,
        *,
        recheck_seconds: float,
        longest_seconds: float,
        credential_key: bytes,
        made_from: object,
    ) -> None:
        self.device = device
        self.number = number
        self.profile = profile
        self.identity = identity
        self.made_from = made_from
        self.polls = tuple(
            Poll(self, place, group, read, credential_key)
            for place, (group, read) in enumerate(zip(device.groups, reads, strict=True))
        )
        self.greeting = Greeting(self, recheck_seconds)
        self.phase = crc32(device.id.encode()) / 2**32
        """Where in a beat it is asked, 0 to 1: units and lines that start together do not stay together."""
        self.gone = False
        """It was taken out of the configuration."""
        self.link = Link.UNKNOWN
        self.why = ""
        self.misses = 0
        self.heard = 0.0
        self.hung = False
        self.timeout_seconds = FLOOR_SECONDS
        self._longest_seconds = longest_seconds
        self._knocks = 0
        self._took_ns: list[int] = []
        self._heartbeat: Value = None
        self._heartbeat_changed = 0.0
        self._learn(0)

    def start(self, now: float) -> None:
        """Forget what was known of the link: a new connection is made."""
        self.link = Link.UNKNOWN
        self.why = ""
        self.misses = 0
        self.heard = now
        self.hung = False
        self._heartbeat = None
        self.greeting.due = inf
        for poll in self.polls:
            poll.due = inf
            poll.refusals = 0

    def first_beat(self, poll: Poll, now: float) -> float:
        """A beat that lies just behind, so that the first answer comes at once and the next ones at the unit's phase."""
        return now - poll.period * self.phase * _EARLIEST_BEAT

    def answered(self, now: float, took_ns: int) -> None:
        """It answered, after so long."""
        self.heard = now
        if self.misses:
            self.misses = 0
            self.timeout_seconds = self._learned_seconds
        self._took_ns.append(took_ns)
        if took_ns > self._most_ns:
            self._learn(took_ns)
        elif len(self._took_ns) == _LEARN_FROM:
            self._took_ns.sort()
            self._learn(self._took_ns[-2])
            self._took_ns.clear()

    def missed(self, now: float) -> bool:
        """It did not answer. True when that makes it lost."""
        self.misses += 1
        lost_now = False
        if self.link is Link.LOST:
            self._knocks += 1
        elif self.misses >= MISSES_TO_BE_LOST or now - self.heard > SILENCE_SECONDS:
            lost_now = True
            self.link = Link.LOST
            self._knocks = 0
        self.timeout_seconds = min(self._longest_seconds, self._learned_seconds * 2**self.misses)
        if self.link is Link.LOST:
            long_one = self._knocks % _LONG_KNOCK_EVERY == _LONG_KNOCK_EVERY - 1
            self.timeout_seconds = self._longest_seconds if long_one else self._learned_seconds
        return lost_now

    def knock_in_seconds(self) -> float:
        """How long to leave it alone after a miss: to its next beat, or, once it is lost, 1, 2, 4 ... 30 s."""
        if self.link is Link.LOST:
            return min(LONGEST_KNOCK_SECONDS, 2.0**self._knocks)
        return max(self.timeout_seconds, min(poll.period for poll in self.polls))

    def feel(self, heartbeat: Value, now: float, period: float) -> None:
        """Take the heartbeat and judge whether the application behind it still lives."""
        if heartbeat != self._heartbeat:
            self._heartbeat = heartbeat
            self._heartbeat_changed = now
        self.hung = now - self._heartbeat_changed > max(HUNG_SECONDS, 2 * period)

    def _learn(self, took_ns: int) -> None:
        self._learned_seconds = min(self._longest_seconds, max(FLOOR_SECONDS, 1.5 * took_ns / _NANOSECONDS + 0.05))
        self._most_ns = int((self._learned_seconds - 0.05) / 1.5 * _NANOSECONDS)
        self.timeout_seconds = self._learned_seconds
