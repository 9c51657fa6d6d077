"""The parcel lockers as people see them: from decide's states, and from what was heard last. A compartment costs 5 us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.contract import Link
from gateway.parcels import CompartmentState
from gateway.serve.instants import boot_utc, iso, moment
from gateway.serve.parts import WHOLE, worst_by_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.decide.lockers.compartment import Compartment
    from gateway.keep.latest import HeldDevice
    from gateway.model import Now
    from gateway.serve.views import Body, Scope, Views

OUT: Final = ("jammed", "fault", "out_of_service")
"""States of compartments that cannot be used."""

HOUR_SECONDS = 3600.0

_UNKNOWN: Final = {"state": "unknown", "since": None, "open": None, "occupied": None}


class LockerList:
    """Parcel lockers as bodies. Keeps nothing: one is made for each request."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._keeper = views.lockers

    def seen(self, scope: Scope, building: str = "") -> Iterator[HeldDevice]:
        """The cabinets in these grids, in the order of the configuration; of one building if it is given."""
        layout, devices = self._views.layout, self._views.latest.devices
        for cabinet in layout.lockers:
            held = devices.get(cabinet)
            strange = held is None or (scope and layout.grid_of(cabinet) not in scope)
            if (
                held is not None
                and not strange
                and (not building or layout.devices[cabinet].place.building == building)
            ):
                yield held

    def cabinet(self, scope: Scope, name: str) -> HeldDevice | None:
        """The cabinet of that name; None where there is none in these grids."""
        layout = self._views.layout
        seen = name in layout.lockers and (not scope or layout.grid_of(name) in scope)
        return self._views.latest.devices.get(name) if seen else None

    def compartments(self, held: HeldDevice) -> Sequence[str]:
        """The names of a cabinet's compartments."""
        return [
            part
            for part, said in self._views.parts_of(held.device).items()
            if part != WHOLE and "compartment_open" in said
        ]

    def body(self, held: HeldDevice) -> Body:
        """One cabinet in numbers."""
        return {**self._cabinet(held), "compartments": len(self.compartments(held))}

    def detail(self, held: HeldDevice, person: str, *, named: bool) -> Body:
        """One cabinet with its compartments, for a person; `named` says whether that one is told who asked to open them all."""
        cabinet, now = held.device.id, self._views.now()
        worst = worst_by_part(cabinet, self._views.standing.of_device(cabinet))
        boot = boot_utc(now)
        return {
            **self._cabinet(held),
            "line": held.line,
            "product": held.device.product,
            "points": {
                point.key: self._views.point(held, number, index, boot)
                for number, group in enumerate(held.groups)
                for index, point in enumerate(group.points)
                if point.place == WHOLE
            },
            "compartments": [self.compartment(held, part, worst, now) for part in self.compartments(held)],
            "commands": [command.name for command in held.device.commands],
            "codes_locked_until": moment(self._keeper.keypad_locked_until_utc(cabinet, now)),
            "open_all": self._open_all(cabinet, person, named=named),
            "open_alarms": self._views.alarms_of(cabinet),
        }

    def compartment(self, held: HeldDevice, part: str, worst: Mapping[str, int], now: Now) -> Body:
        """One compartment; `worst` are the priorities of the open alarms of its cabinet, by part."""
        cabinet = held.device.id
        known = self._keeper.compartments.get(f"{cabinet}/{part}")
        return {
            "part": part,
            "size": str(held.device.parts.get(part, {}).get("size", "")),
            **(_UNKNOWN if known is None else _state(known)),
            "overdue_hours": _overdue_hours(known, now),
            "reserved_until": moment(known.reserved_until_utc(now)) if known is not None else None,
            "alarm": worst.get(part),
            "sure": known is not None and self._keeper.sure(cabinet, part),
        }

    def overdue(self, scope: Scope, building: str) -> list[Body]:
        """The parcels that have lain for too long, the longest first."""
        now = self._views.now()
        cabinets = {held.device.id: self._views.layout for held in self.seen(scope, building)}
        found = [
            {
                "cabinet": known.cabinet,
                "cabinet_name": layout.in_words(layout.devices[known.cabinet].place),
                "part": known.part,
                "since": iso(now.utc - hours * HOUR_SECONDS),
                "hours": round(hours, 2),
            }
            for known in self._keeper.compartments.values()
            if (layout := cabinets.get(known.cabinet)) is not None and (hours := _overdue_hours(known, now)) is not None
        ]
        return sorted(found, key=lambda each: -each["hours"])

    def _cabinet(self, held: HeldDevice) -> Body:
        layout, cabinet = self._views.layout, held.device.id
        place = layout.devices[cabinet].place
        building = layout.buildings.get(place.building)
        counts = self._keeper.counts(cabinet)
        worst = worst_by_part(cabinet, self._views.standing.of_device(cabinet))
        open_alarms = [each for each in self._views.standing.of_device(cabinet) if each.open and not each.alarm.test]
        return {
            "id": cabinet,
            "name": place.name,
            "building": place.building,
            "building_name": building.name if building else "",
            "entrance": place.unit,
            **self._views.health(held, boot_utc(self._views.now())),
            **{name: counts.get(name, 0) for name in ("empty", "reserved", "overdue", "open", "forced", "unknown")},
            "occupied": counts.get("occupied", 0) + counts.get("overdue", 0),
            "out": sum(counts.get(state, 0) for state in OUT),
            "alarms": len(open_alarms),
            "worst": min(worst.values(), default=None),
        }

    def _open_all(self, cabinet: str, person: str, *, named: bool) -> Body | None:
        pending = self._keeper.pending_open_all.get(cabinet)
        if pending is None:
            return None
        return {
            "by": pending.by if named else "",
            "reason": pending.reason,
            "until": iso(pending.until_utc),
            "yours": pending.person == person,
        }


def _state(known: Compartment) -> Body:
    return {
        "state": known.state.value,
        "since": moment(known.since_utc),
        "open": known.open,
        "occupied": known.occupied,
    }


def _overdue_hours(known: Compartment | None, now: Now) -> float | None:
    return known.hours_stored(now) if known is not None and known.state is CompartmentState.OVERDUE else None


def fits(body: Body, state: str) -> bool:
    """Whether a cabinet in numbers is one of those that were asked for."""
    if state == "offline":
        return body["link"] != Link.UP.value or not body["fresh"]
    return not state or body[state] > 0
