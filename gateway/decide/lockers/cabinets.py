"""All compartments as they stand: the only place where one changes, and is remembered, logged, raised as an alarm and woken."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

from gateway.decide import rules as names
from gateway.decide.lockers.compartment import Compartment
from gateway.decide.lockers.contents import shown
from gateway.decide.lockers.passing import next_ns, time_passed
from gateway.model import NANOSECONDS, Outcome, Recorded, Remember
from gateway.parcels import CompartmentState as State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.rules import CompartmentRules
    from gateway.decide.watches import Watches
    from gateway.model import Now

COMPARTMENT = "compartment"
"""The kind of log row that a change of state leaves: body {"state", "was"}, and a person's "note"."""

AGE_NS = 600 * NANOSECONDS
"""How old a written time may become where the clock is not trusted: the most by which another boot can lengthen it."""

_COMPARTMENT = "compartment:"

_LASTING = (
    (names.COMPARTMENT_FORCED, "it was opened, and nobody ordered it"),
    (names.COMPARTMENT_JAMMED, "it was told to open three times, and its door did not move"),
    (names.COMPARTMENT_AJAR, "its door was left open"),
)


class _Spot(NamedTuple):
    """Where a compartment's values stand."""

    key: str
    points: Mapping[str, tuple[int, int]]


class Cabinets:
    """The compartments by name ("locker3/c07"), of all cabinets in the rules in force."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, now: Now) -> None:
        self._known = known
        self._watches = watches
        self._ever = {
            key: Compartment.from_json(key, body, now)
            for name, body in remembered.items()
            if name.startswith(_COMPARTMENT) and (key := name.removeprefix(_COMPARTMENT))
        }
        """Also those that the rules no longer have: what was taken out of the configuration by mistake comes back as it was."""
        self.of: dict[str, Compartment] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self._spots: dict[tuple[str, int], tuple[_Spot, ...]] = {}
        self._unwatched: set[str] = set()
        """Those that were out of sight, and have not shown themselves since."""
        self._due: dict[str, int] = {}
        self._clock: list[tuple[int, str]] = []

    # ------------------------------------------------------------ reading

    def __contains__(self, cabinet: str) -> bool:
        return cabinet in self._names

    def among(self, cabinet: str) -> Iterator[Compartment]:
        """The compartments of a cabinet, in the order of the rules."""
        return (self.of[key] for key in self._names.get(cabinet, ()))

    def rules_of(self, c: Compartment) -> CompartmentRules:
        """What the rules say of it."""
        return self._known.rules.devices[c.cabinet].compartments[c.part]

    def device(self, cabinet: str) -> KnownDevice:
        """The cabinet itself."""
        return self._known.devices[cabinet]

    def sure(self, c: Compartment) -> bool:
        """Whether all that it shows is good and fresh."""
        points = self.rules_of(c).points
        lies_sure = (
            "compartment_occupied" not in points or self.device(c.cabinet).seen(points, "compartment_occupied").sure
        )
        return lies_sure and self._in_sight(c)

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which time changes one of them."""
        while self._clock and self._due.get(self._clock[0][1]) != self._clock[0][0]:
            heapq.heappop(self._clock)
        return self._clock[0][0] if self._clock else None

    # ------------------------------------------------------------ what changes them

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force; what stays and what comes back is as it was."""
        rules = self._known.rules
        self.of, self._names = {}, {}
        spots: dict[tuple[str, int], list[_Spot]] = {}
        for cabinet, device in rules.devices.items():
            for part, compartment in device.compartments.items():
                c = Compartment(cabinet, part)
                self.of[c.key] = self._ever.setdefault(c.key, c)
                for number in {where[0] for where in compartment.points.values()}:
                    spots.setdefault((cabinet, number), []).append(_Spot(c.key, compartment.points))
            if device.compartments:
                self._names[cabinet] = tuple(f"{cabinet}/{part}" for part in device.compartments)
        self._spots = {where: tuple(several) for where, several in spots.items()}
        self._unwatched &= self.of.keys()
        self._due, self._clock = {}, []
        out: list[Outcome] = []
        for c in tuple(self.of.values()):
            if c.state is not State.UNKNOWN:
                out += [*self._raise_again(c, now), *self.look(c.key, now)]
        return out

    def see(self, group: KnownGroup, now: Now, *, gap: bool) -> Iterator[Outcome]:
        """The values of a group changed, or count again. `gap`: it was silent for longer than it may be, or never heard."""
        for key, points in self._spots.get((group.device.id, group.number), ()):
            c = self.of[key]
            door = group.device.seen(points, "compartment_open")
            if not door.sure or not isinstance(door.value, bool):
                self._unwatched.add(key)
                continue
            lies = group.device.seen(points, "compartment_occupied")
            occupied = lies.value if lies.sure and isinstance(lies.value, bool) else c.occupied
            failing = group.device.seen(points, "compartment_fault")
            fault = failing.value is True if failing.sure else c.fault
            blind = gap or key in self._unwatched
            if blind or door.value is not c.open or occupied is not c.occupied or fault is not c.fault:
                self._unwatched.discard(key)
                yield from self.put(shown(c, door.value, occupied, fault, now, blind=blind), now)

    def lose_sight(self, cabinet: str) -> None:
        """What is not sure at a cabinet now was out of sight when it shows itself again."""
        self._unwatched.update(c.key for c in self.among(cabinet) if not self._in_sight(c))

    def look(self, key: str, now: Now) -> list[Outcome]:
        """Let time do to it what it does."""
        return self.put(self.of[key], now)

    def wake(self, now: Now) -> Iterator[Outcome]:
        """Let time do to all of them what it does."""
        while (due := self.next_ns) is not None and due <= now.boottime_ns:
            key = heapq.heappop(self._clock)[1]
            del self._due[key]
            if not self._in_sight(self.of[key]):
                self._unwatched.add(key)
            yield from self.look(key, now)

    def checkpoint(self, now: Now) -> Iterator[Outcome]:
        """Times that a restart would not count by a trusted clock are written down anew; all others count by themselves."""
        for key, c in tuple(self.of.items()):
            old = [
                each for each in (c.stored, c.reserved) if each is not None and not (each.at.trusted and now.trusted)
            ]
            if any(now.boottime_ns - each.at.boottime_ns >= AGE_NS for each in old):
                self.of[key] = self._ever[key] = anew = c.counted_from(now)
                yield Remember(_COMPARTMENT + key, anew.to_json())

    def put(self, c: Compartment, now: Now, *, actor: str = "", note: str = "") -> list[Outcome]:
        """It is so from now on. What follows: it is remembered, logged and raised."""
        key, sure = c.key, self._in_sight(c)
        before = self.of[key]
        c = time_passed(c, self._known.rules.lockers, now, sure=sure)
        self._wake_at(key, next_ns(c, self._known.rules.lockers, now, sure=sure))
        if c is before or c == before:
            return []
        self.of[key] = self._ever[key] = c
        out: list[Outcome] = [Remember(_COMPARTMENT + key, c.to_json())]
        if c.state is not before.state:
            body = {"state": c.state.value, "was": before.state.value} | ({"note": note} if note else {})
            out.append(Recorded(COMPARTMENT, key, body, actor))
        return out + self._alarms(before, c, now)

    # ------------------------------------------------------------ parts of it

    def _in_sight(self, c: Compartment) -> bool:
        """Whether what its door shows is good and fresh."""
        device = self.device(c.cabinet)
        return not device.down and device.seen(self.rules_of(c).points, "compartment_open").sure

    def _wake_at(self, key: str, due: int | None) -> None:
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            heapq.heappush(self._clock, (due, key))

    def _alarms(self, before: Compartment, c: Compartment, now: Now) -> list[Outcome]:
        out: list[Outcome] = []
        for (rule, why), was, stands in zip(_LASTING, _conditions(before), _conditions(c), strict=True):
            if was is not stands:
                out += self._say(rule, c, now, abnormal=stands, why=why)
        if c.overdue_steps > before.overdue_steps:
            out += self._overdue(c, now)
        elif not c.overdue_steps and before.overdue_steps:
            out += self._say(names.PARCEL_OVERDUE, c, now, abnormal=False, why="")
        return out

    def _raise_again(self, c: Compartment, now: Now) -> Iterator[Outcome]:
        """After a start or a reload: what stands finds its watch."""
        for (rule, why), stands in zip(_LASTING, _conditions(c), strict=True):
            if stands:
                yield from self._say(rule, c, now, abnormal=True, why=why)
        if c.overdue_steps:
            yield from self._say(names.PARCEL_OVERDUE, c, now, abnormal=True, why=self._how_long(c))

    def _overdue(self, c: Compartment, now: Now) -> list[Outcome]:
        out = self._say(names.PARCEL_OVERDUE, c, now, abnormal=True, why=self._how_long(c))
        return out + self._watches.book.updated(f"{names.PARCEL_OVERDUE}@{c.key}", self._how_long(c), now)

    def _how_long(self, c: Compartment) -> str:
        return f"a parcel has lain in it for {c.overdue_steps * self._known.rules.lockers.overdue_hours:g} hours"

    def _say(self, rule: str, c: Compartment, now: Now, *, abnormal: bool, why: str) -> list[Outcome]:
        place = self.rules_of(c).place
        return self._watches.say(rule, c.key, c.cabinet, place, abnormal=abnormal, why=why, now=now)


def _conditions(c: Compartment) -> tuple[bool, bool, bool]:
    return c.state is State.FORCED, c.state is State.JAMMED, c.ajar
