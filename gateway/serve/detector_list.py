"""The list of detectors: what is known of each, from the latest values and from decide. A page of it costs about 5 us a row.

A compound has 9,000 of them, so nothing here walks all of them where a building or a state can be skipped whole, and what does
not change of a detector between two reloads is made when it is first shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from drivers.ble.kinds import ALARMS, SAFETY
from drivers.contract import Link
from gateway.decide.rules import CO_DOSE, TEMPERATURE_RISE, UNVERIFIED_ALARM
from gateway.model import NANOSECONDS
from gateway.serve.instants import boot_utc, iso, moment
from gateway.serve.readings import last_value
from gateway.serve.views import MISSING, STATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gateway.decide.detectors.sensor import Sensor
    from gateway.serve.detector_keeper import DetectorKeeper
    from gateway.serve.layout import DetectorPlace, Layout
    from gateway.serve.standing import Stood
    from gateway.serve.views import Body, Scope, Views

_DANGER_POINTS: Final = ALARMS | {"gas_level", "co_level", "temperature"}
_DANGER_RULES: Final = frozenset({CO_DOSE, TEMPERATURE_RISE, UNVERIFIED_ALARM})
_FAULTS: Final = ("problem", "tamper")
_TALLY_NS: Final = NANOSECONDS
"""How old numbers may be for which the values of all detectors are looked at."""


class Wanted(NamedTuple):
    """Which detectors; "" for any. `state` is one of `STATES`, "missing" for any of `MISSING`, or the name of a tally."""

    building: str = ""
    entrance: str = ""
    kind: str = ""
    state: str = ""
    words: str = ""


class Page(NamedTuple):
    """Some detectors, how many there are in all, and after which the next page begins; None for no next page."""

    places: list[DetectorPlace]
    total: int
    next: str | None


class DetectorList:
    """Keeps what does not change between two reloads."""

    def __init__(self, views: Views, keeper: DetectorKeeper) -> None:
        self._views = views
        self._keeper = keeper
        self._layout: Layout | None = None
        self._order: dict[str, int] = {}
        self._in_building: dict[str, list[DetectorPlace]] = {}
        self._plans: dict[str, Body] = {}
        self._tallies: dict[str, dict[str, int]] = {}
        self._tallied_ns = -_TALLY_NS
        self._has: Mapping[str, Callable[[str], bool]] = {
            "alarm": self._alarms,
            "battery_low": self._battery_low,
            "fault": self._fault,
            "under_test": keeper.detectors.walk_tests.under_test,
        }

    # ------------------------------------------------------------ which

    def place(self, scope: Scope, detector: str) -> DetectorPlace | None:
        """The detector of that name, None where there is none in these grids."""
        layout = self._views.layout
        return layout.detectors.get(detector) if not scope or layout.grid_of(detector) in scope else None

    def among(self, scope: Scope, wanted: Wanted) -> Iterator[DetectorPlace]:
        """All that fit, in the order in which people walk."""
        self._adopt()
        fits = self._fitting(wanted.state)
        for building in [wanted.building] if wanted.building else self._in_building:
            if (scope and not self._views.sees_building(scope, building)) or not self._any(building, wanted.state):
                continue
            for place in self._in_building.get(building, ()):
                if (
                    (not wanted.entrance or place.entrance == wanted.entrance)
                    and (not wanted.kind or place.kind == wanted.kind)
                    and (fits is None or fits(place.device))
                    and (not wanted.words or self._says(place, wanted.words))
                ):
                    yield place

    def page(self, scope: Scope, wanted: Wanted, after: str, limit: int) -> Page:
        """At most `limit` of those that fit, after one of them ("" for the first). Raises KeyError for a strange `after`."""
        found = list(self.among(scope, wanted))
        begun = self._order[after] if after else -1
        rest = found if begun < 0 else [place for place in found if self._order[place.device] > begun]
        places = rest[:limit]
        return Page(places, len(found), places[-1].device if len(rest) > limit else None)

    def _adopt(self) -> None:
        layout = self._views.layout
        if layout is self._layout:
            return
        self._layout, self._plans, self._in_building = layout, {}, {}
        self._tallied_ns = -_TALLY_NS
        self._order = {device: number for number, device in enumerate(layout.detectors)}
        for place in layout.detectors.values():
            self._in_building.setdefault(place.building, []).append(place)

    def _any(self, building: str, state: str) -> bool:
        """Whether a building may have any in that state: where nobody does, its detectors are not looked at."""
        counts = self._keeper.detectors.counts(building)
        if state == "missing":
            return any(map(counts.get, MISSING))
        return state not in STATES or bool(counts.get(state))

    def _fitting(self, state: str) -> Callable[[str], bool] | None:
        states = self._keeper.detectors.states
        if state == "missing":
            return lambda device: states[device] in MISSING
        if state in STATES:
            return lambda device: states[device] == state
        return self._has.get(state)

    def _says(self, place: DetectorPlace, words: str) -> bool:
        """Whether these words, in small letters, stand in its id, its name, its building's name, or on its sensor."""
        if words in place.device or words in place.name.casefold():
            return True
        building = self._views.layout.buildings.get(place.building)
        if building is not None and words in building.name.casefold():
            return True
        sensor = self._keeper.detectors.register.mounted.get(place.device)
        return sensor is not None and (words in sensor.address.casefold() or words in sensor.label.casefold())

    # ------------------------------------------------------------ what is known

    def bodies(self, places: Iterable[DetectorPlace]) -> list[Body]:
        """What is known of each."""
        boot = boot_utc(self._views.now())
        return [self._body(place, boot) for place in places]

    def where(self, place: DetectorPlace) -> Body:
        """What does not change of a detector; not to be changed."""
        plan = self._plans.get(place.device)
        if plan is None or self._layout is not self._views.layout:
            self._adopt()
            building = self._views.layout.buildings.get(place.building)
            plan = self._plans[place.device] = {
                "id": place.device,
                "kind": place.kind,
                "building": place.building,
                "building_name": building.name if building else "",
                "entrance": place.entrance,
                "floor": place.floor,
                "flat": place.flat,
                "name": place.name,
            }
        return plan

    def _body(self, place: DetectorPlace, boot: float) -> Body:
        device, detectors = place.device, self._keeper.detectors
        held = self._views.latest.devices.get(device)
        heard_ns = held.groups[SAFETY].received_ns if held is not None else 0
        stood = [each for each in self._views.standing.of_device(device) if each.open]
        receiver = last_value(held, "heard_by")
        return {
            **self.where(place),
            "common": not place.household,
            "state": detectors.states[device],
            "blind": detectors.blind(device),
            "alarm": any(map(_is_danger, stood)),
            "worst": min((each.alarm.priority for each in stood), default=None),
            "fault": self._fault(device),
            "under_test": detectors.walk_tests.under_test(device),
            "heard": iso(boot + heard_ns / NANOSECONDS) if heard_ns else None,
            "sensor": self._sensor(detectors.register.mounted.get(device)),
            "battery": last_value(held, "battery"),
            "battery_low": last_value(held, "battery_low"),
            "signal": last_value(held, "signal"),
            "heard_by": receiver,
            "heard_by_name": self.name_of(receiver) if isinstance(receiver, str) else "",
        }

    def name_of(self, receiver: str) -> str:
        """What a receiver is called: 3号楼 一层弱电间."""
        stands = self._views.layout.devices.get(receiver)
        return self._views.layout.in_words(stands.place) if stands else ""

    def title_of(self, product: str) -> str:
        """What a product of sensors is called."""
        known = self._keeper.products().get(product)
        return known.title if known else product

    def _sensor(self, sensor: Sensor | None) -> Body | None:
        if sensor is None:
            return None
        return {
            "tail": sensor.tail,
            "product": sensor.product,
            "title": self.title_of(sensor.product),
            "mounted": moment(sensor.mounted_utc),
            "expires": moment(self._keeper.detectors.register.expires_utc(sensor.detector)),
        }

    # ------------------------------------------------------------ in numbers

    def counts(self, scope: Scope) -> tuple[Body, dict[str, Body]]:
        """Detectors in numbers: in these grids, and in each of their buildings that has any."""
        self._adopt()
        self._tally()
        buildings = {
            building: {**self._views.supervised(building), "detectors": len(places), **self._tallies[building]}
            for building, places in self._in_building.items()
            if not scope or self._views.sees_building(scope, building)
        }
        names = ("detectors", "mounted", *MISSING, *self._has)
        return {name: sum(each[name] for each in buildings.values()) for name in names}, buildings

    def _tally(self) -> None:
        now_ns = self._views.now().boottime_ns
        if now_ns - self._tallied_ns < _TALLY_NS:
            return
        self._tallied_ns = now_ns
        self._tallies = {
            building: {name: sum(has(place.device) for place in places) for name, has in self._has.items()}
            for building, places in self._in_building.items()
        }

    def _alarms(self, device: str) -> bool:
        return any(each.open and _is_danger(each) for each in self._views.standing.of_device(device))

    def _battery_low(self, device: str) -> bool:
        return last_value(self._views.latest.devices.get(device), "battery_low") is True

    def _fault(self, device: str) -> bool:
        held = self._views.latest.devices.get(device)
        if held is None:
            return False
        return held.link is Link.MISCONFIGURED or any(last_value(held, key) is True for key in _FAULTS)


def _is_danger(stood: Stood) -> bool:
    """Whether an alarm tells of smoke, gas, CO or heat, and not of the detector's own health."""
    alarm = stood.alarm
    of_danger = alarm.rule in _DANGER_RULES or alarm.source.rpartition("/")[2] in _DANGER_POINTS
    return of_danger and (alarm.active or alarm.latched)
