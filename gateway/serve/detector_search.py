"""Which detectors are meant: by place, by how they are, by words. Thousands are looked through in a few milliseconds."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

from drivers.ble.kinds import ALARMS, CONDITION, GROUPS, SAFETY
from drivers.contract import Link
from gateway.decide.rules import CO_DOSE, TEMPERATURE_RISE, UNVERIFIED_ALARM
from gateway.serve.supervising import MISSING, STATES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from gateway.keep.latest import HeldDevice
    from gateway.serve.detector_keeper import Detectors
    from gateway.serve.layout import DetectorPlace, Layout
    from gateway.serve.standing import Stood
    from gateway.serve.views import Scope, Views

SIGNS: Final = ("battery_low", "fault", "alarm", "under_test")
"""What a detector may have besides its state."""

_DANGER_POINTS: Final = ALARMS | {"gas_level", "co_level", "temperature"}
_DANGER_RULES: Final = frozenset({CO_DOSE, TEMPERATURE_RISE, UNVERIFIED_ALARM})


def _from_the_end(group: int, key: str) -> int:
    """Where a point stands in a group: what every kind of detector tells is told last."""
    several = (tuple(point.key for point in groups[group].points) for groups in GROUPS.values())
    [index] = {keys.index(key) - len(keys) for keys in several}
    return index


_LOW: Final = _from_the_end(CONDITION, "battery_low")
_PROBLEM: Final = _from_the_end(SAFETY, "problem")
_TAMPER: Final = _from_the_end(SAFETY, "tamper")


class Wanted(NamedTuple):
    """Which detectors; "" for any. `state` is one of `STATES`, "missing" for any of `MISSING`, or one of `SIGNS`.

    `words`, in small letters, are looked for in id, name and building, and in the sensor's address and label.
    """

    building: str = ""
    entrance: str = ""
    kind: str = ""
    state: str = ""
    words: str = ""


class Page(NamedTuple):
    """Some detectors, how many there are in all, and after which the next page begins; None for no next page."""

    places: Sequence[DetectorPlace]
    total: int
    next: str | None


class DetectorSearch:
    """Keeps what does not change between two reloads."""

    def __init__(self, views: Views, detectors: Detectors) -> None:
        self._views = views
        self._detectors = detectors
        self._layout: Layout | None = None
        self._order: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._buildings: dict[str, list[DetectorPlace]] = {}

    @property
    def buildings(self) -> Mapping[str, Sequence[DetectorPlace]]:
        """The detectors by building, in the order in which people walk: whatever hangs on a floor stands together."""
        layout = self._views.layout
        if layout is not self._layout:
            self._layout, self._buildings = layout, {}
            for place in layout.detectors.values():
                self._buildings.setdefault(place.building, []).append(place)
            for places in self._buildings.values():
                places.sort(
                    key=lambda place: (len(place.entrance), place.entrance, place.floor)
                )  # entrance 2 before 10
            walked = [place for places in self._buildings.values() for place in places]
            self._order = {place.device: number for number, place in enumerate(walked)}
            self._texts = {
                place.device: f"{place.device}\n{place.name}\n{self._name(place.building)}".casefold()
                for place in walked
            }
        return self._buildings

    def among(self, scope: Scope, wanted: Wanted) -> list[DetectorPlace]:
        """All that fit, in the order in which people walk."""
        buildings = self.buildings
        found: list[DetectorPlace] = []
        labelled = self._labelled(wanted.words) if wanted.words else ()
        for building in (wanted.building,) if wanted.building else buildings:
            if (scope and not self._views.sees_building(scope, building)) or not self._any(building, wanted.state):
                continue
            places: Sequence[DetectorPlace] = buildings.get(building, ())
            if wanted.entrance:
                places = [place for place in places if place.entrance == wanted.entrance]
            if wanted.kind:
                places = [place for place in places if place.kind == wanted.kind]
            if wanted.words:
                places = [
                    place for place in places if wanted.words in self._texts[place.device] or place.device in labelled
                ]
            found += self._so(wanted.state, places) if wanted.state else places
        return found

    def page(self, scope: Scope, wanted: Wanted, after: str, limit: int) -> Page:
        """At most `limit` of those that fit, after one of them ("" for the first). Raises KeyError for a strange `after`."""
        found, order = self.among(scope, wanted), self._order
        begin = bisect_right(found, order[after], key=lambda place: order[place.device]) if after else 0
        places = found[begin : begin + limit]
        return Page(places, len(found), places[-1].device if begin + limit < len(found) else None)

    # ------------------------------------------------------------ how they are

    def having(self, sign: str, places: Iterable[DetectorPlace]) -> Iterable[DetectorPlace]:
        """Those of these detectors that have one of `SIGNS`. Written out, not called: 0.3 us each."""
        match sign:
            case "alarm":
                alarming = {stood.alarm.device for stood in self._views.standing if is_danger(stood)}
                return [place for place in places if place.device in alarming] if alarming else ()
            case "under_test":
                tested = self._detectors.walk_tests.devices
                return [place for place in places if place.device in tested] if tested else ()
            case "battery_low":
                of = self._views.latest.devices
                return [
                    place
                    for place in places
                    if (held := of.get(place.device)) is not None
                    and (values := held.groups[CONDITION].values) is not None
                    and values[_LOW] is True
                ]
            case _:
                of, misconfigured = self._views.latest.devices, Link.MISCONFIGURED
                return [
                    place
                    for place in places
                    if (held := of.get(place.device)) is not None
                    and (
                        held.link is misconfigured
                        or (
                            (values := held.groups[SAFETY].values) is not None
                            and (values[_PROBLEM] is True or values[_TAMPER] is True)
                        )
                    )
                ]

    def _so(self, state: str, places: Sequence[DetectorPlace]) -> Iterable[DetectorPlace]:
        if state in SIGNS:
            return self.having(state, places)
        states, wanted = self._detectors.states, MISSING if state == "missing" else (state,)
        return (place for place in places if states.get(place.device, "unmounted") in wanted)

    def _any(self, building: str, state: str) -> bool:
        """Whether a building may have any in that state: where nobody does, its detectors are not looked at."""
        if state != "missing" and state not in STATES:
            return True
        counts = self._detectors.counts(building)
        return any(map(counts.get, MISSING)) if state == "missing" else bool(counts.get(state))

    def _labelled(self, words: str) -> Container[str]:
        digits = words.upper()
        return {
            detector
            for detector, sensor in self._detectors.register.mounted.items()
            if digits in sensor.address or (sensor.label and words in sensor.label.casefold())
        }

    def _name(self, building: str) -> str:
        known = self._views.layout.buildings.get(building)
        return known.name if known else ""


def is_danger(stood: Stood) -> bool:
    """Whether an open alarm tells of smoke, gas, CO or heat, and not of the detector's own health."""
    alarm = stood.alarm
    of_danger = alarm.rule in _DANGER_RULES or alarm.source.rpartition("/")[2] in _DANGER_POINTS
    return of_danger and stood.open and (alarm.active or alarm.latched)


def has_fault(held: HeldDevice | None) -> bool:
    """Whether a detector tells of a fault or of tampering, or its key does not open."""
    if held is None:
        return False
    values = held.groups[SAFETY].values or ()
    return held.link is Link.MISCONFIGURED or (bool(values) and (values[_PROBLEM] is True or values[_TAMPER] is True))
