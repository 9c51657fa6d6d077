"""Everything about detectors, joined: what hangs where, who is silent and why, what they say of themselves and of the air."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from gateway.decide.detectors.air_events import under_attack, unverified
from gateway.decide.detectors.batteries import Batteries
from gateway.decide.detectors.blindness import Blindness
from gateway.decide.detectors.co_dose import CoDoses
from gateway.decide.detectors.counted import CountedTime
from gateway.decide.detectors.life import Lives
from gateway.decide.detectors.register import Register
from gateway.decide.detectors.rounds import Rounds
from gateway.decide.detectors.signal import Signals
from gateway.decide.detectors.states import State
from gateway.decide.detectors.supervision import Supervision
from gateway.decide.detectors.temperature import TemperatureRises
from gateway.decide.detectors.walk_tests import WalkTests
from gateway.decide.detectors.ward import SAFETY
from gateway.decide.watch import no_value
from gateway.detecting import (
    BeginRound,
    BeginWalkTest,
    DetectorAct,
    EndRound,
    EndWalkTest,
    SkipInRound,
    TakeInRound,
    UndoInRound,
)
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import DeviceEvent, Json, LinkChanged, Stranger, Value
    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.watches import Watches
    from gateway.model import LineChanged, Now, Outcome

LOOK_NS = 600 * NANOSECONDS
"""How often it is looked at what changes by the day: batteries that are overdue, lives that end."""

_SAYS = (
    ("smoke", "smoke_alarm"),
    ("gas", "gas_alarm"),
    ("co", "co_alarm"),
    ("heat", "heat_alarm"),
    ("test", "detector_test"),
)
"""What a detector may say in a walk test, and by which point."""


class Before(NamedTuple):
    """What a group said before, None for nothing that counts, and until when that held (CLOCK_BOOTTIME)."""

    values: tuple[Value, ...] | None
    until_ns: int


class Detectors:
    """The detectors' side of the judgement; `known` and `watches` are shared with the rest of it.

    `register`, `rounds` and `walk_tests` may be read by others. `adopt` comes before anything else.
    """

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, now: Now) -> None:
        self._known = known
        self._watches = watches
        self.register = Register(remembered, known, now)
        self.rounds = Rounds(remembered, self.register, known, now)
        self.walk_tests = WalkTests(remembered, known, now)
        counted = CountedTime(remembered, now)
        self._supervision = Supervision(remembered, known, watches, counted, self.blind)
        self._blindness = Blindness(remembered, known, watches)
        self._doses = CoDoses(remembered, known, watches, now)
        self._rises = TemperatureRises(watches)
        self._batteries = Batteries(remembered, known, watches, counted)
        self._lives = Lives(self.register, known, watches)
        self._signals = Signals(watches)
        self._look_ns = now.boottime_ns
        watches.book.under_test = self.walk_tests.under_test

    # ------------------------------------------------------------ reading

    @property
    def states(self) -> Mapping[str, str]:
        """By detector: "unmounted", "unknown", "heard", "late" or "lost"."""
        return self._supervision.states.of

    @property
    def changes(self) -> int:
        """Rises with each change of a state."""
        return self._supervision.states.changes

    def counts(self, building: str, kind: str = "") -> Mapping[str, int]:
        """How many detectors of a building are in each state; of one kind, or of all."""
        return self._supervision.states.counts(building, kind)

    def blind(self, device: str) -> bool:
        """Whether a receiver hears nothing, or a detector is silent because its receivers hear nothing."""
        return self._blindness.blind(device) and self.states.get(device) != State.HEARD

    def dose(self, device: str) -> float:
        """The dose of carbon monoxide at a detector: an alarm at 1."""
        return self._doses.dose(device)

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        several = (self.register.next_ns, self.rounds.next_ns, self.walk_tests.next_ns)
        return min((due for due in several if due is not None), default=None)

    # ------------------------------------------------------------ what comes in

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force, and say again to every line what it is to listen to."""
        out = self.register.again(now)
        self.register.moved()  # what hangs there after a start is no news
        out += self._supervision.adopt(self.register.mounted, now)
        out += self._blindness.adopt(now)
        return out

    def act(self, act: DetectorAct, now: Now) -> list[Outcome]:
        """What a person asks for."""
        match act:
            case BeginRound() | TakeInRound() | SkipInRound() | UndoInRound() | EndRound():
                out = self.rounds.act(act, now)
            case BeginWalkTest() | EndWalkTest():
                return self.walk_tests.act(act, now)
            case _:
                out = self.register.act(act, now)
        return out + self._follow_register(now)

    def pressed(self, stranger: Stranger, now: Now) -> list[Outcome]:
        """The test button of a sensor in stock was pressed."""
        return self.rounds.pressed(stranger, now) + self._follow_register(now)

    def said(self, group: KnownGroup, before: Before, now: Now) -> Iterator[Outcome]:
        """A detector's values changed, or count again."""
        device = group.device
        if group.number == SAFETY:
            yield from self._supervision.heard(group, now)
            yield from self._tested(device, group, before, now)
            yield from self._measured(device, group, before, now)
        else:
            yield from self._condition(device, group, before, now)

    def linked(self, changed: LinkChanged, now: Now) -> None:
        """A receiver was found or lost."""
        self._blindness.linked(changed.device, changed.why, now)

    def line_linked(self, changed: LineChanged, now: Now) -> None:
        """A line was lost, or is back."""
        self._blindness.line_linked(changed.line, changed.why, now)

    def happened(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """Something happened once at a detector."""
        device = self._known.devices[event.device]
        match event.kind:
            case "radio_attack":
                return under_attack(event, device, self._watches, now)
            case "unverified_alarm":
                return unverified(event, device, self._watches, now)
            case "battery_changed":
                return self.register.battery_changed(event)
        return []

    # ------------------------------------------------------------ time

    def sweep(self, now: Now) -> Iterator[Outcome]:
        """Once a second."""
        turned = self._blindness.look(self._supervision, now)
        yield from turned.outcomes
        yield from self._supervision.spare(turned.deaf, now)
        self._supervision.listen_anew(turned.hearing, now)
        yield from self._supervision.wake(now)
        yield from self._doses.wake(now)
        if now.boottime_ns >= self._look_ns:
            self._look_ns = now.boottime_ns + LOOK_NS
            yield from self._batteries.look(now)
            yield from self._lives.look(self.register.mounted, now)

    def wake(self, now: Now) -> list[Outcome]:
        """What was granted for a time, and is over."""
        due = self.next_ns
        if due is None or due > now.boottime_ns:
            return []
        return [
            *self.register.wake(now),
            *self.rounds.wake(now),
            *self.walk_tests.wake(now),
            *self._follow_register(now),
        ]

    def checkpoint(self, now: Now) -> Iterator[Outcome]:
        """Once a minute: what must be known after a restart."""
        yield from self._supervision.checkpoint(now)
        yield from self._blindness.checkpoint()
        yield from self._doses.checkpoint()

    # ------------------------------------------------------------ parts of it

    def _follow_register(self, now: Now) -> list[Outcome]:
        """Nothing of what the last one said is known of another sensor at the same place."""
        moved = self.register.moved()
        if not moved:
            return []
        out = self._supervision.moved(moved, self.register.mounted, now)
        for device in moved:
            self._blindness.forget(device)
            self._doses.forget(device)
            self._rises.forget(device)
            self._signals.forget(device)
            out += self._batteries.forget(device)
        return out + self._lives.look(moved, now)

    def _tested(self, device: KnownDevice, group: KnownGroup, before: Before, now: Now) -> Iterator[Outcome]:
        if not self.walk_tests.under_test(device.id):
            return
        points = device.rules.points
        for what, meaning in _SAYS:
            if _news(group, before, points.get(meaning)) is True:
                receiver, dbm = device.seen(points, "heard_by").value, device.seen(points, "signal").value
                heard_by = receiver if isinstance(receiver, str) else ""
                rssi = int(dbm) if isinstance(dbm, int | float) else 0
                yield from self.walk_tests.said(device.id, what, now.utc, heard_by, rssi)

    def _measured(self, device: KnownDevice, group: KnownGroup, before: Before, now: Now) -> Iterator[Outcome]:
        points = device.rules.points
        if _is_number(ppm := _reading(group, points.get("co_level"))):
            yield from self._doses.said(device, ppm, sure=device.seen(points, "co_level").sure, now=now)
        where = points.get("detector_temperature")
        if where is None or before.values is None:
            return
        old, celsius = before.values[where[1]], group.seen(where[1])
        if _is_number(old) and _is_number(celsius.value) and celsius.sure and old != celsius.value:
            yield from self._rises.said(device, old, before.until_ns, celsius.value, now)

    def _condition(self, device: KnownDevice, group: KnownGroup, before: Before, now: Now) -> Iterator[Outcome]:
        points = device.rules.points
        heard_by = device.seen(points, "heard_by").value
        receiver = heard_by if isinstance(heard_by, str) else ""
        if receiver:
            self._blindness.heard_best(device.id, receiver)
        low = device.seen(points, "battery_low")
        if isinstance(low.value, bool) and low.sure:
            yield from self._batteries.said(device, low=low.value, now=now)
        if _is_number(dbm := _news(group, before, points.get("signal"))):
            yield from self._signals.said(device, dbm, receiver, self._supervision.weak_dbm(device.id), now)


def _reading(group: KnownGroup, where: tuple[int, int] | None) -> Value:
    """What a point of this group says; None where it says nothing."""
    if where is None or where[0] != group.number or group.values is None:
        return None
    value = group.values[where[1]]
    return None if no_value(value, None if group.faults is None else group.faults[where[1]]) else value


def _news(group: KnownGroup, before: Before, where: tuple[int, int] | None) -> Value:
    """What a point of this group says that it did not say before; None where it says nothing new."""
    value = _reading(group, where)
    if value is None or where is None:
        return None
    return None if before.values is not None and before.values[where[1]] == value else value


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
