"""What speaks for a fire in each building, and when it is enough (domain 4.4; GB 50116 asks for two independent detectors).

A piece of evidence counts while its alarm stands, and for three minutes from its raise. Tests are none, nor are detectors out
of service and those of which a person said that they are wrong, nor is a packet that nothing proves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.fires.table import Kind
from gateway.decide.rules import DETECTOR_LOST, FIRE_CONFIRMED
from gateway.model import Outcome, Remember, Suppression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.alarms import AlarmBook
    from gateway.decide.known import Known
    from gateway.decide.timers import Timers
    from gateway.model import Alarm, Now

WINDOW_SECONDS = 180.0
LOST_SECONDS = 120.0
"""Sensors that are lost within so long of each other were lost to one cause."""
LOST_TOGETHER = 3
NAMED = 3
"""So many places a sentence names."""

RECENT = "fire:recent:"
LOST = "fire:lost:"
_DISBELIEVED = "fire_disbelieved:"

_FIRE = frozenset({Kind.SMOKE, Kind.HEAT})
_SPEAKS = _FIRE | {Kind.CO, Kind.PANEL}


@dataclass(frozen=True, slots=True)
class Piece:
    """An alarm that may speak for a fire. `room` tells rooms and flats apart; `common`: nobody lives or cooks there."""

    key: str
    kind: Kind
    device: str
    building: str
    room: str
    floor: int
    common: bool
    name: str


class Evidence:
    """The pieces by building. `adopt` comes before anything else."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, book: AlarmBook, timers: Timers) -> None:
        self._known = known
        self._book = book
        self._timers = timers
        self._of: dict[str, dict[str, Piece]] = {}
        self._raised: dict[str, float] = {}
        """When each alarm that counts was raised: that it is said again, because it got worse, is no other raise."""
        self._disbelieved: dict[str, str] = {
            name.removeprefix(_DISBELIEVED): key for name, key in remembered.items() if name.startswith(_DISBELIEVED)
        }

    @property
    def buildings(self) -> tuple[str, ...]:
        """The buildings in which anything was said lately."""
        return tuple(self._of)

    def adopt(self) -> None:
        """Take the rules in force: what stands, and what was raised lately."""
        self._of.clear()
        for key, alarm in self._book.open.items():
            if self._put(key) is not None and alarm.active and self._counts(alarm):
                self._raised[key] = alarm.since_utc
        for timer in self._timers:
            if timer.startswith(RECENT):
                self._put(timer.removeprefix(RECENT))

    # ------------------------------------------------------------ what comes in

    def raised(self, alarm: Alarm, now: Now) -> tuple[Piece | None, list[Outcome]]:
        """An alarm was raised: the piece that it is, None where it speaks for no fire, or did so before."""
        piece = self._put(alarm.key)
        if piece is None or not self._counts(alarm) or self._raised.get(alarm.key) == alarm.since_utc:
            return None, []
        self._raised[alarm.key] = alarm.since_utc
        return piece, self._timers.start(RECENT + alarm.key, WINDOW_SECONDS, now)

    def lost(self, alarm: Alarm, now: Now) -> tuple[str, list[Outcome]]:
        """A detector fell silent: its building."""
        return alarm.place.building, self._timers.start(LOST + alarm.device, LOST_SECONDS, now)

    def cleared(self, key: str) -> list[Outcome]:
        """An alarm cleared: who was wrong may be right the next time."""
        return self._believe([device for device, of in self._disbelieved.items() if of == key])

    def doubt(self, alarm: Alarm) -> list[Outcome]:
        """A person said that it is wrong: its detector speaks for nothing until that alarm cleared."""
        if not alarm.active or not alarm.device:
            return self._timers.stop(RECENT + alarm.key)
        self._disbelieved[alarm.device] = alarm.key
        return [Remember(_DISBELIEVED + alarm.device, alarm.key), *self._timers.stop(RECENT + alarm.key)]

    def reset(self, alarm: Alarm) -> list[Outcome]:
        """A person was there and reset it: it speaks for nothing any more. With a fire, all of its building is over."""
        if alarm.rule != FIRE_CONFIRMED:
            return self._timers.stop(RECENT + alarm.key)
        keys = [piece for piece in self._of.get(alarm.place.building, {}) if not self._stands(piece)]
        return [outcome for key in keys for outcome in self._timers.stop(RECENT + key)]

    def real(self, alarm: Alarm) -> list[Outcome]:
        """A person said that it is right."""
        return self._believe([alarm.device] if alarm.device in self._disbelieved else [])

    def tidy(self) -> None:
        """Forget what speaks for nothing any more."""
        for building, pieces in list(self._of.items()):
            for key in [key for key in pieces if key not in self._book.open and RECENT + key not in self._timers]:
                del pieces[key]
                self._raised.pop(key, None)
            if not pieces:
                del self._of[building]

    # ------------------------------------------------------------ reading

    def piece(self, key: str) -> Piece | None:
        """The piece of that alarm."""
        return next((pieces[key] for pieces in self._of.values() if key in pieces), None)

    def standing(self, building: str) -> list[Piece]:
        """What detectors show of a fire there at this moment, believed or not, and what its panel shows."""
        pieces = self._of.get(building, {}).values()
        return [piece for piece in pieces if piece.kind is not Kind.CO and self._stands(piece.key)]

    def panel(self, building: str) -> bool:
        """Whether the fire panel of a building says that it burns."""
        return any(piece.kind is Kind.PANEL for piece in self.standing(building))

    def live(self, building: str) -> list[Piece]:
        """Smoke and heat that speak for a fire there."""
        return [piece for piece in self._speaking(building) if piece.kind in _FIRE]

    def speaks(self, key: str) -> bool:
        """Whether that alarm stands and is believed."""
        piece = self.piece(key)
        return piece is not None and self._stands(key) and piece.device not in self._disbelieved

    def confirms(self, building: str) -> str:
        """Why what is known of a building makes a fire of it, "" while it does not."""
        speaking = list(self._speaking(building))
        smokes = [piece for piece in speaking if piece.kind is Kind.SMOKE]
        if not smokes:
            return ""
        for piece in smokes:
            if piece.common:
                return f"smoke where nobody lives: {piece.name}"
        rooms = {piece.room: piece.name for piece in smokes}
        if len(rooms) > 1:
            return f"smoke in {len(rooms)} rooms: {_listed(rooms.values())}"
        if others := [piece for piece in speaking if piece.kind in (Kind.HEAT, Kind.CO)]:
            return f"smoke at {smokes[0].name}, {others[0].kind.value} at {others[0].name}"
        lost = self._lost_near(building, {piece.floor for piece in smokes})
        if len(lost) >= LOST_TOGETHER:
            return f"smoke at {smokes[0].name}, and {len(lost)} sensors of that floor were lost within two minutes"
        return ""

    # ------------------------------------------------------------ parts of it

    def _put(self, key: str) -> Piece | None:
        rule, _, source = key.partition("@")
        kind = self._known.rules.fires.kinds.get(rule)
        device = source.partition("/")[0]
        rules = self._known.rules.devices.get(device)
        if kind not in _SPEAKS or rules is None or not rules.place.building:
            return None
        household = rules.detector.household if rules.detector is not None else rules.household
        piece = Piece(
            key, kind, device, rules.place.building, household or rules.room or device,
            rules.detector.floor if rules.detector is not None else 0, not household, rules.place.name or device,
        )  # fmt: skip
        self._of.setdefault(piece.building, {})[key] = piece
        return piece

    def _speaking(self, building: str) -> Iterator[Piece]:
        for key, piece in self._of.get(building, {}).items():
            if piece.kind is Kind.PANEL or piece.device in self._disbelieved:
                continue
            if self._stands(key) or self._recent(key):
                yield piece

    def _stands(self, key: str) -> bool:
        alarm = self._book.open.get(key)
        return alarm is not None and alarm.active and self._counts(alarm)

    def _recent(self, key: str) -> bool:
        alarm = self._book.open.get(key)
        return RECENT + key in self._timers and (alarm is None or self._counts(alarm))

    def _counts(self, alarm: Alarm) -> bool:
        """A trial is not asked for here: on trial a fire is confirmed too, and nothing follows."""
        return not alarm.test and not alarm.orphaned and alarm.suppression is not Suppression.OUT_OF_SERVICE

    def _lost_near(self, building: str, floors: set[int]) -> list[str]:
        found = []
        for timer in self._timers:
            device = timer.removeprefix(LOST)
            rules = self._known.rules.devices.get(device) if timer.startswith(LOST) else None
            if rules is None or rules.place.building != building or rules.detector is None:
                continue
            alarm = self._book.open.get(f"{DETECTOR_LOST}@{device}")
            lost = alarm is not None and alarm.active and alarm.suppression is Suppression.NONE
            if lost and rules.detector.floor in floors:
                found.append(device)
        return found

    def _believe(self, devices: list[str]) -> list[Outcome]:
        for device in devices:
            del self._disbelieved[device]
        return [Remember(_DISBELIEVED + device, None) for device in devices]


def _listed(names: Iterable[str]) -> str:
    several = list(names)
    return ", ".join(several[:NAMED]) + (f" and {len(several) - NAMED} more" if len(several) > NAMED else "")
