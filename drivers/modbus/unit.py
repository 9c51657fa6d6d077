"""One unit of a line: what is read from it and when, what it is known by, and whether it can be reached."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final
from zlib import crc32

from drivers.contract import Fault, Link, Quality
from drivers.modbus.decode import Decoder
from drivers.modbus.duties import duties_of
from drivers.modbus.frame import Frame
from drivers.modbus.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drivers.contract import Device, Group, Value
    from drivers.modbus.decode import Answer
    from drivers.modbus.identity import Found, Identity
    from drivers.modbus.patience import Patience
    from drivers.modbus.plan import Read
    from drivers.product import Profile

MISSES_TO_BE_LOST: Final = 3
SILENCE_SECONDS: Final = 10.0
"""A unit that was silent for so long is lost whatever the number of misses, and so is a line whose units all are."""
LONGEST_KNOCK_SECONDS: Final = 30.0
HUNG_SECONDS: Final = 5.0
"""ACP-1: a heartbeat that stands still for so long means that the application hangs while the network answers."""
HUNG: Final = Fault(Quality.UNCERTAIN, "controller hung")
_EARLIEST_BEAT: Final = 0.75
_MOST_DOUBLINGS: Final = 8


class Poll:
    """One read of one unit, on its beat."""

    __slots__ = (
        "_bad",
        "_plain",
        "_uncertain",
        "boot_at",
        "decoder",
        "due",
        "frame",
        "group",
        "heart_at",
        "keys",
        "period",
        "read",
        "refusals",
        "round",
        "unit",
        "wire_seconds",
    )

    def __init__(self, unit: Unit, number: int, group: Group, read: Read, credential_key: bytes) -> None:
        assert group.every_seconds is not None  # noqa: S101  the planner gives every read its interval
        self.unit = unit
        self.group = number
        self.period = group.every_seconds
        self.due = inf
        self.read = read
        self.frame = Frame.reading(unit.number, read.function, read.address, read.count)
        self.wire_seconds = 0.0
        """What question and answer take on the wire that is polled now."""
        self.decoder = Decoder(read, credential_key)
        self.keys = {point.key: place for place, point in enumerate(group.points)}
        self.heart_at = next((place for place, point in enumerate(group.points) if point.meaning == "heartbeat"), None)
        self.boot_at = next((place for place, point in enumerate(group.points) if point.meaning == "boot_id"), None)
        self.refusals = 0
        self.round = 0
        """In which round of the line it was served last."""
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
    """Asking a unit who it is: when the line comes up, when it starts anew, while it is silent, and now and then."""

    __slots__ = ("answers", "due", "every_seconds", "period", "unit")

    def __init__(self, unit: Unit, every_seconds: float) -> None:
        self.unit = unit
        self.every_seconds = every_seconds
        self.due = inf
        self.period = 0.25
        """Who it is must be known before anything else of it counts: not behind the polls of a line that is never idle."""
        self.answers: list[bytes] = []
        """What was answered so far, where it takes several reads."""


@dataclass(slots=True)
class Counts:
    """What came of the requests to one unit since it was configured."""

    answered: int = 0
    missed: int = 0
    refused: int = 0
    probes: int = 0
    """Knocks at it while it was lost."""


class Unit:
    """A device of the line and what the driver remembers of it. Times are seconds of the event loop's clock.

    `serial` is the serial number as it was last read, "" where none was. `doubted` says that it may be another one than it
    was, or have started anew: it is greeted before anything of it is believed. `mistaken` is set by whoever finds out in
    passing that it is not the one that is expected; the line then takes it for misconfigured.
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
        patience: Patience,
        credential_key: bytes,
        made_from: object,
    ) -> None:
        self.device = device
        self.number = number
        self.profile = profile
        self.identity = identity
        self.made_from = made_from
        self.polls = tuple(
            # a duty may report a group of its own: it has no read and stands behind those that have
            Poll(self, place, group, read, credential_key)
            for place, (group, read) in enumerate(zip(device.groups, reads, strict=False))
        )
        self.greeting = Greeting(self, recheck_seconds)
        self.phase = crc32(device.id.encode()) / 2**32
        """Where in a beat it is asked, 0 to 1: units and lines that start together do not stay together."""
        self.gone = False
        """It was taken out of the configuration."""
        self.link = Link.UNKNOWN
        self.why = ""
        self.serial = ""
        self.doubted = True
        self.mistaken: Found | None = None
        self.misses = 0
        self.heard = 0.0
        self.hung = False
        self.patience = patience
        self.quarantine = Quarantine(patience.longest_seconds)
        self.counts = Counts()
        self.duties = duties_of(self)
        self._knocks = 0
        self._boot: Value = None
        self._heartbeat: Value = None
        self._heartbeat_changed = 0.0

    def start(self, now: float) -> None:
        """Forget what was known of the link: a new connection is made."""
        self.link = Link.UNKNOWN
        self.why = ""
        self.doubted = True
        self.mistaken = None
        self.misses = 0
        self.heard = now
        self.hung = False
        self._heartbeat = None
        self.greeting.due = inf
        self.greeting.answers.clear()
        for poll in self.polls:
            poll.due = inf
            poll.refusals = 0

    @property
    def found(self) -> bool:
        """Whether it is there, is the one that is expected, and answered when it was asked last."""
        return self.link is Link.UP and not self.doubted and not self.misses

    def first_beat(self, poll: Poll, now: float) -> float:
        """A beat that lies just behind, so that the first answer comes at once and the next ones at the unit's phase."""
        return now - poll.period * self.phase * _EARLIEST_BEAT

    def answered(self, now: float, took_ns: int) -> None:
        """It answered, so long after the time that the bytes took on the wire."""
        self.heard = now
        if self.misses:
            self.misses = 0
            self.patience.restored()
        self.patience.answered(took_ns)

    def missed(self, now: float) -> bool:
        """It did not answer. True when that makes it lost."""
        self.misses += 1
        self.patience.missed(self.misses)
        lost_now = False
        if self.link is Link.LOST:
            self._knocks += 1
        elif self.misses >= MISSES_TO_BE_LOST or now - self.heard > SILENCE_SECONDS:
            lost_now = True
            self.link = Link.LOST
            self._knocks = 0
        if self.link is Link.LOST:
            self.patience.knocked(self._knocks)
        return lost_now

    def knock_in_seconds(self) -> float:
        """How long to leave it alone after a miss: to its next beat, or, once it is lost, 1, 2, 4 ... 30 s."""
        if self.link is Link.LOST:
            return min(LONGEST_KNOCK_SECONDS, float(2 ** min(self._knocks, _MOST_DOUBLINGS)))
        return max(self.patience.seconds, min(poll.period for poll in self.polls))

    def feel(self, heartbeat: Value, now: float, period: float) -> None:
        """Take the heartbeat and judge whether the application behind it still lives."""
        if heartbeat != self._heartbeat:
            self._heartbeat = heartbeat
            self._heartbeat_changed = now
        self.hung = now - self._heartbeat_changed > max(HUNG_SECONDS, 2 * period)

    def booted(self, boot: Value) -> bool:
        """Take the count of its starts; True when it started anew since it was read last."""
        if boot == self._boot or boot is None:
            return False
        before, self._boot = self._boot, boot
        return before is not None

    def fences(self) -> Iterator[Frame]:
        """Reads that it answers, whole ones first: what can be asked to flush a late answer."""
        yield from sorted((poll.frame for poll in self.polls), key=lambda frame: frame.rtu_reply_bytes)
        yield from self.identity.frames
        for poll in self.polls:
            for count in range(1, poll.read.count):
                yield Frame.reading(self.number, poll.read.function, poll.read.address, count)

    def numbers(self) -> Mapping[str, float]:
        """Its numbers for `Driver.device_statistics`, without what its wire counts."""
        counts = self.counts
        numbers: dict[str, float] = {
            "requests": counts.answered + counts.missed + counts.refused,
            "answered": counts.answered,
            "missed": counts.missed,
            "refused": counts.refused,
            "offline_probes": counts.probes,
            "p99_ms": self.patience.p99_seconds * 1e3,
            "timeout_ms": self.patience.seconds * 1e3,
        }
        for duty in self.duties:
            numbers |= duty.numbers()
        return numbers
