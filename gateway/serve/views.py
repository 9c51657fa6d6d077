"""What the page sees, as plain JSON bodies built from the latest values: tiles, buildings, devices, alarms.

Plain dicts on purpose: they are encoded at once and never validated; a test holds them against `shapes.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from drivers.contract import Link
from gateway.model import NANOSECONDS
from gateway.serve.alarm_bodies import alarm_body, worst_first
from gateway.serve.instants import boot_utc, iso
from gateway.serve.parts import PartsOf
from gateway.serve.readings import reading
from gateway.serve.supervising import MISSING
from gateway.serve.tended import in_numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from drivers.contract import Device
    from gateway.keep.latest import HeldDevice, Latest
    from gateway.model import Now
    from gateway.serve.charging_keeper import ChargingKeeper
    from gateway.serve.layout import Layout
    from gateway.serve.locker_keeper import LockerKeeper
    from gateway.serve.standing import Standing, Stood
    from gateway.serve.supervising import Supervising

Scope: TypeAlias = frozenset[str]
"""The grids that somebody may see; empty: all of them."""

EVERYTHING: Final[Scope] = frozenset()
Body: TypeAlias = dict[str, Any]
Doors: TypeAlias = tuple[tuple[int, int, str], ...]

_COUNTED = {"door_open": "open", "door_held": "held", "door_forced": "forced"}


class Views:
    """Builds bodies. `recorded` says whether the journal takes what happens, `page` is the name of the page's build."""

    def __init__(
        self,
        latest: Latest,
        layout: Layout,
        standing: Standing,
        now: Callable[[], Now],
        recorded: Callable[[], bool],
        supervising: Supervising,
        lockers: LockerKeeper,
        chargers: ChargingKeeper,
        page: str,
    ) -> None:
        self.latest = latest
        self.lockers = lockers
        self.chargers = chargers
        self.parts_of = PartsOf()
        self.supervising = supervising
        self.standing = standing
        self.now = now
        self._recorded = recorded
        self._page = page
        self._doors: dict[str, tuple[Device, Doors]] = {}
        self._kinds_of_doors: dict[Doors, Doors] = {}
        """Each once, for there are few products among many devices."""
        self.adopt(layout)

    def adopt(self, layout: Layout) -> None:
        """Take a new layout after a reload."""
        self.layout = layout
        self._in_building: dict[str, list[str]] = {building: [] for building in layout.buildings}
        for device, stands in layout.devices.items():
            if device not in layout.detectors:
                self._in_building.setdefault(stands.place.building, []).append(device)

    # ------------------------------------------------------------ who sees what

    def sees_building(self, scope: Scope, building: str) -> bool:
        """Whether there is such a building in these grids."""
        known = self.layout.buildings.get(building)
        return known is not None and (not scope or known.grid in scope)

    def sees_device(self, scope: Scope, device: str) -> bool:
        """Whether there is such a device in these grids."""
        return device in self.latest.devices and (not scope or self.layout.grid_of(device) in scope)

    def others_seen(self, scope: Scope) -> Iterator[str]:
        """The devices in these grids but detectors, of which there are thousands, and lines that are devices to a driver."""
        layout = self.layout
        for device in self.latest.devices:
            strange = device in layout.detectors or device not in layout.devices
            if not strange and (not scope or layout.grid_of(device) in scope):
                yield device

    def devices_in(self, building: str) -> list[str]:
        """The devices of a building that are served, but for detectors; "" for those that stand in none."""
        return [device for device in self._in_building.get(building, ()) if device in self.latest.devices]

    # ------------------------------------------------------------ the whole

    def tiles(self, scope: Scope) -> dict[str, Body]:
        """A tile per building in these grids, and one under "" for what stands in no building, where all may be seen."""
        return {place: self.tile(place) for place in self._in_building if not scope or self.sees_building(scope, place)}

    def overview(self, scope: Scope, tiles: Mapping[str, Body]) -> Body:
        """The first screen, from the tiles of `tiles(scope)`."""
        layout, now = self.layout, self.now()
        compound = layout.compound
        return {
            "now": iso(now.utc),
            "clock_trusted": now.trusted,
            "recorded": self._recorded(),
            "page": self._page,
            "compound": {
                "id": compound.id,
                "name": compound.name,
                "households": compound.households,
                "simulated": compound.simulated,
            },
            "verdict": self.verdict(scope, tiles.values()),
            "detectors": self.supervised_in(tiles.values()),
            **self.tended(scope),
            "grids": [{"id": grid, "name": name} for grid, name in layout.grids.items() if not scope or grid in scope],
            "buildings": [tile for place, tile in tiles.items() if place in layout.buildings],
            "alarms": self.alarms(scope),
            "lines": self.links(),
            "stories": list(layout.stories),
        }

    def verdict(self, scope: Scope, tiles: Iterable[Body]) -> Body:
        """One line for everything; a test is no alarm.

        "well" only when nothing is open and every device was heard in time, and "empty" when there is none to be heard.
        """
        stood = [each for each in self.standing if each.open and not each.alarm.test and sees_alarm(scope, each)]
        offline = unheard = silent = heard_of = 0
        for tile in tiles:
            heard_of += tile["devices"] + tile["detectors"]["mounted"]
            offline += tile["offline"]
            unheard += tile["unheard"]
            silent += sum(tile["detectors"][state] for state in MISSING)
        return {
            "state": "alarm" if stood else "unknown" if unheard or silent else "well" if heard_of else "empty",
            "critical": sum(each.alarm.priority == 1 for each in stood),
            "unanswered": sum(not each.alarm.acked for each in stood),
            "open": len(stood),
            "unheard": unheard,
            "offline": offline,
            "silent": silent,
        }

    @staticmethod
    def supervised_in(tiles: Iterable[Body]) -> Body:
        """The detectors of these tiles in numbers."""
        found = dict.fromkeys(("mounted", *MISSING), 0)
        for tile in tiles:
            for name, count in tile["detectors"].items():
                found[name] += count
        return found

    def tended(self, scope: Scope) -> Body:
        """The lockers and the charging of these grids in numbers."""
        return in_numbers(self.lockers, self.chargers, self.layout, scope)

    def links(self) -> Body:
        """How many lines are reachable."""
        counts = {"up": 0, "lost": 0, "unknown": 0}
        for line in self.latest.lines.values():
            counts["lost" if line.link is Link.MISCONFIGURED else line.link.value] += 1
        return counts

    def alarms(self, scope: Scope) -> list[Body]:
        """Every alarm that is not normal: suppressed ones last, then the worst, the unanswered, the newest first."""
        return worst_first(self.layout, (each for each in self.standing if sees_alarm(scope, each)))

    def alarms_of(self, device: str) -> list[Body]:
        """Every alarm of a device that is not normal, in the same order."""
        return worst_first(self.layout, self.standing.of_device(device))

    # ------------------------------------------------------------ parts

    def tile(self, building: str) -> Body:
        """One building in numbers. A device is unheard when its link is not up or a group was not heard in time."""
        known = self.layout.buildings.get(building)
        offline = unheard = doors = 0
        counts = {"open": 0, "held": 0, "forced": 0}
        devices = self.devices_in(building)
        for device in devices:
            held = self.latest.devices[device]
            down = held.link in {Link.LOST, Link.MISCONFIGURED}
            offline += down
            unheard += down or held.link is Link.UNKNOWN or not held.fresh
            for group, index, count in self.doors(held):
                values = held.groups[group].values
                counts[count] += values is not None and values[index] is True
                doors += count == "open"
        stood = [each.alarm for each in self.standing.in_building(building) if each.open and not each.alarm.test]
        return {
            "id": building,
            "name": known.name if known else "",
            "grid": known.grid if known else "",
            "units": known.units if known else 0,
            "floors": known.floors if known else 0,
            "worst": min((alarm.priority for alarm in stood), default=None),
            "alarms": len(stood),
            "unanswered": sum(not alarm.acked for alarm in stood),
            "devices": len(devices),
            "offline": offline,
            "unheard": unheard,
            "doors": doors,
            **counts,
            "detectors": self.supervised(building),
        }

    def supervised(self, building: str) -> Body:
        """The detectors of a building in numbers: where sensors hang, and of which of them nobody can say that all is well."""
        counts = self.supervising.counts(building)
        mounted = sum(counts.values()) - counts.get("unmounted", 0)
        return {"mounted": mounted, **{state: counts.get(state, 0) for state in MISSING}}

    def doors(self, held: HeldDevice) -> Doors:
        """Which points of a device say what its doors do: (group, index, what they count as in a tile)."""
        known = self._doors.get(held.device.id)
        if known is not None and known[0] is held.device:
            return known[1]
        found = tuple(
            (number, index, _COUNTED[point.meaning])
            for number, group in enumerate(held.device.groups)
            for index, point in enumerate(group.points)
            if point.meaning in _COUNTED
        )
        found = self._kinds_of_doors.setdefault(found, found)
        self._doors[held.device.id] = held.device, found
        return found

    def building(self, building: str) -> Body:
        """A building with its devices and their values."""
        now = self.now()
        return {
            "now": iso(now.utc),
            "building": self.tile(building),
            "devices": [self.device(device, boot_utc(now)) for device in self.devices_in(building)],
        }

    def device(self, device: str, boot: float, *, points: bool = True) -> Body:
        """One device. `boot` is when the boot-time clock was zero (seconds since 1970)."""
        held = self.latest.devices[device]
        stands = self.layout.devices.get(device)
        place = stands.place if stands else None
        body: Body = {
            "id": device,
            "product": held.device.product,
            "name": place.name if place else "",
            "building": place.building if place else "",
            "entrance": place.unit if place else "",
            "line": held.line,
            **self.health(held, boot),
            "parts": dict(stands.parts) if stands else {},
        }
        if points:
            body["points"] = {
                point.key: self.point(held, number, index, boot)
                for number, group in enumerate(held.groups)
                for index, point in enumerate(group.points)
            }
        return body

    @staticmethod
    def health(held: HeldDevice, boot: float) -> Body:
        """Whether a device is reachable and was heard in time."""
        heard = held.heard_ns
        return {
            "link": held.link.value,
            "why": held.why,
            "fresh": held.fresh,
            "heard": iso(boot + heard / NANOSECONDS) if heard else None,
        }

    @staticmethod
    def point(held: HeldDevice, number: int, index: int, boot: float) -> Body:
        """One point with its value."""
        group = held.groups[number]
        point = group.points[index]
        value, quality, why = reading(held, group, index)
        return {
            "kind": point.kind.value,
            "unit": point.unit,
            "meaning": point.meaning,
            "part": point.place,
            "value": value,
            "quality": quality,
            "why": why,
            "heard": iso(boot + group.received_ns / NANOSECONDS) if group.received_ns else None,
            "measured": None if group.measured_utc is None else iso(group.measured_utc),
        }

    def points_of(self, held: HeldDevice, group: int, indices: Iterable[int], boot: float) -> Body:
        """Values as deltas carry them: {"door1.open": [value, quality, why, heard in ms since 1970]}."""
        of = held.groups[group]
        heard = round((boot + of.received_ns / NANOSECONDS) * 1000) if of.received_ns else None
        return {of.points[index].key: (*reading(held, of, index), heard) for index in indices}

    def alarm(self, stood: Stood) -> Body:
        """One alarm."""
        return alarm_body(self.layout, stood)


def sees_alarm(scope: Scope, stood: Stood) -> bool:
    """Whether an alarm is to be seen from these grids. One that belongs to no grid (the journal, a line) is everybody's."""
    grid = stood.alarm.place.grid
    return not scope or not grid or grid in scope
