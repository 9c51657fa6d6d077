"""The list of detectors: what is known of each, from the latest values and from decide; a row costs 10 us."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from drivers.ble.kinds import SAFETY
from gateway.model import NANOSECONDS
from gateway.serve.detector_search import SIGNS, DetectorSearch, has_fault, is_danger
from gateway.serve.instants import boot_utc, iso, moment
from gateway.serve.readings import last_value
from gateway.serve.supervising import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.decide.detectors.sensor import Sensor
    from gateway.serve.detector_keeper import DetectorKeeper
    from gateway.serve.layout import DetectorPlace, Layout
    from gateway.serve.views import Body, Scope, Views

_TALLY_NS: Final = NANOSECONDS
"""How old numbers may be for which the values of all detectors are looked at."""


class DetectorList:
    """Keeps what does not change between two reloads; `search` says which detectors are meant."""

    def __init__(self, views: Views, keeper: DetectorKeeper) -> None:
        self.search = DetectorSearch(views, keeper.detectors)
        self._views = views
        self._keeper = keeper
        self._layout: Layout | None = None
        self._plans: dict[str, Body] = {}
        self._names: dict[str, str] = {}
        self._tallies: Mapping[str, Mapping[str, int]] = {}
        self._tallied_ns = -_TALLY_NS

    def place(self, scope: Scope, detector: str) -> DetectorPlace | None:
        """The detector of that name, None where there is none in these grids."""
        layout = self._views.layout
        return layout.detectors.get(detector) if not scope or layout.grid_of(detector) in scope else None

    def bodies(self, places: Iterable[DetectorPlace]) -> list[Body]:
        """What is known of each."""
        boot = boot_utc(self._views.now())
        return [self._body(place, boot) for place in places]

    def where(self, place: DetectorPlace) -> Body:
        """What does not change of a detector; not to be changed."""
        self._adopt()
        plan = self._plans.get(place.device)
        if plan is None:
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

    def name_of(self, receiver: str) -> str:
        """What a receiver is called: 3号楼 一层弱电间."""
        self._adopt()
        name = self._names.get(receiver)
        if name is None:
            stands = self._views.layout.devices.get(receiver)
            name = self._names[receiver] = self._views.layout.in_words(stands.place) if stands else ""
        return name

    def title_of(self, product: str) -> str:
        """What a product of sensors is called."""
        known = self._keeper.products().get(product)
        return known.title if known else product

    async def counts(self, scope: Scope) -> tuple[Body, dict[str, Body]]:
        """Detectors in numbers: in these grids, and in each of their buildings that has any. Lets others go first between."""
        tallies = await self._tally()
        none = dict.fromkeys(SIGNS, 0)
        buildings = {
            building: {**self._views.supervised(building), "detectors": len(places), **tallies.get(building, none)}
            for building, places in self.search.buildings.items()
            if not scope or self._views.sees_building(scope, building)
        }
        names = ("detectors", "mounted", *MISSING, *SIGNS)
        return {name: sum(each[name] for each in buildings.values()) for name in names}, buildings

    def _adopt(self) -> None:
        if self._layout is not self._views.layout:
            self._layout, self._plans, self._names = self._views.layout, {}, {}
            self._tallied_ns = -_TALLY_NS

    async def _tally(self) -> Mapping[str, Mapping[str, int]]:
        """How many detectors of each building have each sign."""
        self._adopt()
        now_ns = self._views.now().boottime_ns
        if now_ns - self._tallied_ns < _TALLY_NS:
            return self._tallies
        tallies = {building: dict.fromkeys(SIGNS, 0) for building in self.search.buildings}
        for sign in SIGNS:
            for place in self.search.having(sign, self._views.layout.detectors.values()):
                tallies.setdefault(place.building, dict.fromkeys(SIGNS, 0))[sign] += 1
            await asyncio.sleep(0)  # each takes a few milliseconds
        self._tallied_ns, self._tallies = now_ns, tallies
        return tallies

    def _body(self, place: DetectorPlace, boot: float) -> Body:
        device, detectors = place.device, self._keeper.detectors
        held = self._views.latest.devices.get(device)
        heard_ns = held.groups[SAFETY].received_ns if held is not None else 0
        stood = [each for each in self._views.standing.of_device(device) if each.open]
        receiver = last_value(held, "heard_by")
        return {
            **self.where(place),
            "common": not place.household,
            "state": detectors.states.get(device, "unmounted"),
            "blind": detectors.blind(device),
            "alarm": any(map(is_danger, stood)),
            "worst": min((each.alarm.priority for each in stood), default=None),
            "fault": has_fault(held),
            "under_test": device in detectors.walk_tests.devices,
            "heard": iso(boot + heard_ns / NANOSECONDS) if heard_ns else None,
            "sensor": self._sensor(detectors.register.mounted.get(device)),
            "battery": last_value(held, "battery"),
            "battery_low": last_value(held, "battery_low"),
            "signal": last_value(held, "signal"),
            "heard_by": receiver,
            "heard_by_name": self.name_of(receiver) if isinstance(receiver, str) else "",
        }

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
