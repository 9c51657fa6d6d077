"""What a power cut explains: people are told of the cut, and spared what follows from nothing else.

Only the rules of `EXPLAINED`, and never a P1: fire, gas, CO and duress are told as ever. What still stands when the mains are
back has another cause, and is told then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide import rules as names
from gateway.decide.known import DOWN
from gateway.decide.power.areas import COMPOUND, grid_of
from gateway.decide.power.dark import MAINS_FAIL
from gateway.model import AlarmChanged, Change, Outcome, Priority, Suppression

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from gateway.decide.known import Known
    from gateway.decide.power.box import Box
    from gateway.decide.watches import Watches
    from gateway.model import Alarm, Now, Said

OF_THE_BOX = frozenset({MAINS_FAIL, "battery_low", "battery_level"})
"""What the box's own supply tells, and its own alarms say better. Of any other device only the first of these is explained."""

EXPLAINED = frozenset(
    {
        *OF_THE_BOX,
        "supply_low",
        "compartment_fault",
        names.LINE_LOST,
        names.DEVICE_LOST,
        names.STALE,
        names.RADIO_BLIND,
        names.DETECTOR_LOST,
        names.CHARGER_FAULT,
        names.BOX_ON_BATTERY,
        names.POWER_CUT,
    }
)
"""What has no other cause than the missing mains. A cut of one building is explained by that of its grid or compound."""

WHY = "power cut"

_EXPLAINING = (names.POWER_CUT, names.BOX_ON_BATTERY)
_BEFORE_SECONDS = 120.0


class Children:
    """Which alarms are spared by which cut; that a cut stands is its alarm's own state. `areas` are the dark ones."""

    def __init__(self, known: Known, watches: Watches, box: Box) -> None:
        self.areas: Mapping[str, Collection[str]] = {}
        self.began_utc = 0.0
        """When the first building of those that are dark went dark."""
        self._known = known
        self._book = watches.book
        self._box = box
        self._parents: list[str] = []
        self._returning: set[str] = set()
        """Spared ones without a cut whose condition is gone, or is not seen: they end by themselves, or are told after all."""

    def adopt(self) -> None:
        """Know again, after a start or a reload, what stands and what is spared by it."""
        book = self._book.open
        self._parents = [key for key, alarm in book.items() if alarm.rule in _EXPLAINING and alarm.active]
        self._returning = {
            key for key, alarm in book.items() if _spared_here(alarm) and alarm.spared_by not in self._parents
        }

    def follow(self, outcomes: Sequence[Said], now: Now) -> Sequence[Said]:
        """Spare what a cut explains before people hear of it, and let go of it when the cut is over."""
        changed = [outcome for outcome in outcomes if type(outcome) is AlarmChanged]
        if not changed:
            return outcomes
        raised = [
            outcome.alarm.key
            for outcome in changed
            if outcome.alarm.rule in _EXPLAINING and outcome.change is Change.RAISED
        ]
        self._parents += [key for key in raised if key not in self._parents]  # also for what stands before them
        return list(self._followed(outcomes, now))

    def look(self, now: Now) -> Iterator[Outcome]:
        """Once a second: what had begun to end and stands again is told."""
        for key in tuple(self._returning):
            alarm = self._book.open.get(key)
            if alarm is None or not _spared_here(alarm):
                self._returning.discard(key)
            elif self._stands(alarm):
                self._returning.discard(key)
                yield from self._tell_again(alarm, now)

    # ------------------------------------------------------------ one outcome after the other

    def _followed(self, outcomes: Sequence[Said], now: Now) -> Iterator[Said]:
        for outcome in outcomes:
            if type(outcome) is not AlarmChanged or outcome.alarm.rule not in EXPLAINED:
                yield outcome
                continue
            alarm = outcome.alarm
            parent = self._parent_of(alarm) if alarm.active and alarm.suppression is Suppression.NONE else ""
            if parent:
                yield replace(outcome, announce=False)
                yield from self._spare(alarm, parent, now)
            else:
                yield outcome
            if outcome.change is Change.CLEARED:
                yield from self._ended(alarm, now)
            if alarm.rule in _EXPLAINING:
                yield from self._parent_changed(alarm, outcome.change, now)

    def _parent_changed(self, parent: Alarm, change: Change, now: Now) -> Iterator[Outcome]:
        if change is Change.RAISED:
            for alarm in tuple(self._book.open.values()):
                recent = alarm.since_utc >= self.began_utc - _BEFORE_SECONDS or alarm.rule == names.POWER_CUT
                free = alarm.suppression is Suppression.NONE or _spared_here(alarm)
                if alarm.active and recent and free and self._parent_of(alarm) == parent.key:
                    yield from self._spare(alarm, parent.key, now)
        elif change is Change.CLEARED and parent.key in self._parents:
            self._parents.remove(parent.key)
            for alarm in tuple(self._book.open.values()):
                if _spared_here(alarm) and alarm.spared_by == parent.key:
                    yield from self._let_go(alarm, now)

    def _let_go(self, alarm: Alarm, now: Now) -> Iterator[Outcome]:
        if not alarm.active:
            yield from self._ended(alarm, now)
        elif other := self._parent_of(alarm):
            yield from self._spare(alarm, other, now)
        elif self._stands(alarm):
            yield from self._tell_again(alarm, now)
        else:
            self._returning.add(alarm.key)

    def _ended(self, alarm: Alarm, now: Now) -> Iterator[Outcome]:
        """Nobody was called for it, so nobody has to answer for its end."""
        if not _spared_here(alarm):
            return
        self._returning.discard(alarm.key)
        if (left := self._book.open.get(alarm.key)) is not None and not left.active:
            yield from self._book.acked(left, alarm.spared_by, WHY, now)
            yield from self._book.spare(alarm.key, Suppression.NONE, alarm.spared_by, WHY, 0.0, now)

    def _spare(self, alarm: Alarm, parent: str, now: Now) -> list[Outcome]:
        return self._book.spare(alarm.key, Suppression.BY_DESIGN, parent, WHY, 0.0, now)

    def _tell_again(self, alarm: Alarm, now: Now) -> list[Outcome]:
        return self._book.spare(alarm.key, Suppression.NONE, alarm.spared_by, WHY, 0.0, now)

    # ------------------------------------------------------------ what belongs to what

    def _parent_of(self, alarm: Alarm) -> str:
        """The alarm that explains this one, "" for none; the widest first."""
        of_the_box = alarm.rule in OF_THE_BOX and alarm.device == self._box.device
        explained = of_the_box or (alarm.rule in EXPLAINED and alarm.rule not in OF_THE_BOX - {MAINS_FAIL})
        if not explained or alarm.priority is Priority.P1:
            return ""
        for area, buildings in self.areas.items():
            key = f"{names.POWER_CUT}@{area}"
            if key != alarm.key and key in self._parents and self._within(alarm, area, buildings):
                return key
        own = f"{names.BOX_ON_BATTERY}@{self._box.device}"
        return own if of_the_box and own in self._parents else ""

    def _within(self, alarm: Alarm, area: str, buildings: Collection[str]) -> bool:
        if alarm.place.building:
            return alarm.place.building in buildings
        if area == COMPOUND or (grid_of(area) and alarm.place.grid == grid_of(area)):
            return True
        line = self._known.lines.get(alarm.source)  # of several buildings: all of them must be dark
        served = {device.rules.place.building for device in line.devices} - {""} if line is not None else set()
        return bool(served) and served <= set(buildings)

    def _stands(self, alarm: Alarm) -> bool:
        """Whether the condition is there now; an alarm waits for the end of its delay."""
        device = self._known.devices.get(alarm.device)
        if alarm.rule == names.LINE_LOST:
            line = self._known.lines.get(alarm.source)
            return line is None or line.link in DOWN
        if alarm.rule == names.BOX_ON_BATTERY or (alarm.rule in OF_THE_BOX and alarm.device == self._box.device):
            return self._box.on_battery is not False
        if device is not None and alarm.rule == names.DEVICE_LOST:
            return device.down
        if device is not None and alarm.rule == MAINS_FAIL:
            return device.seen(device.rules.points, MAINS_FAIL) == (True, True)  # of one that is lost, its loss is told
        return True


def _spared_here(alarm: Alarm) -> bool:
    return alarm.suppression is Suppression.BY_DESIGN and alarm.spared_by.partition("@")[0] in _EXPLAINING
