"""The charging rooms as people see them: from what decide knows of every port. A port costs 5 us."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from gateway.decide.chargers.port import CHARGING, FREE, NO_CURRENT_AMPERES
from gateway.model import NANOSECONDS
from gateway.serve.alarm_bodies import worst_first
from gateway.serve.instants import boot_utc, iso, moment
from gateway.serve.parts import WHOLE, value_at, worst_by_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.decide.chargers.port import PortView
    from gateway.keep.latest import HeldDevice
    from gateway.serve.layout import RoomPlace
    from gateway.serve.standing import Stood
    from gateway.serve.views import Body, Scope, Views

COUNTED: Final = ("charging", "free", "held", "fault", "offline")
"""What a port counts as, if as anything."""


class RoomList:
    """Charging rooms as bodies. Keeps nothing: one is made for each request."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._keeper = views.chargers

    def seen(self, scope: Scope, building: str = "") -> Iterator[RoomPlace]:
        """The rooms in these grids, in the order of the configuration; of one building if it is given."""
        for room in self._views.layout.rooms.values():
            if (not scope or room.place.grid in scope) and (not building or room.place.building == building):
                yield room

    def room(self, scope: Scope, name: str) -> RoomPlace | None:
        """The room of that name; None where there is none in these grids."""
        room = self._views.layout.rooms.get(name)
        return room if room is not None and (not scope or room.place.grid in scope) else None

    def bodies(self, rooms: Iterable[RoomPlace]) -> list[Body]:
        """These rooms in numbers."""
        counts: dict[str, Counter[str]] = {}
        for port in self._keeper.ports.values():
            counts.setdefault(port.room, Counter())[self._counts_as(port)] += 1
        stops = self._stops()
        return [self._room(room, counts.get(room.id, Counter()), stops.get(room.id)) for room in rooms]

    def detail(self, room: RoomPlace) -> Body:
        """One room with its chargers."""
        [body] = self.bodies([room])
        devices = self._views.latest.devices
        stood = self._stood(room)
        return {
            **body,
            "chargers": [
                self._charger(held) for charger in room.chargers if (held := devices.get(charger)) is not None
            ],
            "open_alarms": worst_first(self._views.layout, stood),
        }

    def ports_of(self, held: HeldDevice) -> Sequence[PortView]:
        """The ports of a charger, in the order of its points."""
        ports, charger = self._keeper.ports, held.device.id
        parts = self._views.parts_of(held.device)
        return [port for part in parts if (port := ports.get(f"{charger}/{part}")) is not None]

    def _counts_as(self, port: PortView) -> str:
        """One of `COUNTED`, or "". What carries current counts as charging, whatever holds it; what is silent, as offline."""
        heard = all(group.values is not None and not group.stale for group in port.groups)
        if not heard or not port.reachable or port.state is None:
            return "offline"
        if port.state == "fault":
            return "fault"
        carries = port.amperes is not None and port.amperes >= NO_CURRENT_AMPERES
        if carries or port.state == CHARGING or port.key in self._keeper.sessions:
            return "charging"
        if port.holds:
            return "held"
        return "free" if port.state == FREE else ""

    def _room(self, room: RoomPlace, counts: Counter[str], stop: str | None) -> Body:
        layout = self._views.layout
        building = layout.buildings.get(room.place.building)
        open_alarms = [each.alarm for each in self._stood(room) if each.open and not each.alarm.test]
        return {
            "id": room.id,
            "name": room.place.name,
            "building": room.place.building,
            "building_name": building.name if building else "",
            "cabinet": room.cabinet,
            "kind": room.kind,
            "ports": counts.total(),
            **{name: counts[name] for name in COUNTED},
            "watts": round(self._keeper.room_load(room.id), 1),
            "limit_watts": room.limit_watts,
            "contactor": self._contactor(room),
            "stop": stop,
            "alarms": len(open_alarms),
            "worst": min((alarm.priority for alarm in open_alarms), default=None),
        }

    def _contactor(self, room: RoomPlace) -> Body | None:
        if room.contactor is None:
            return None
        device, part = room.contactor
        return {"device": device, "part": part, "closed": self._keeper.contactor_closed(room.id)}

    def _stops(self) -> Mapping[str, str]:
        """The stop that stands for each room or a part of it; the oldest where there are several."""
        found: dict[str, str] = {}
        for stop in self._keeper.stops.values():
            for port in stop.ports:
                if (known := self._keeper.ports.get(port)) is not None:
                    found.setdefault(known.room, stop.id)
        return found

    def _stood(self, room: RoomPlace) -> list[Stood]:
        """The alarms of a room and of its chargers that are not normal."""
        standing = self._views.standing
        chargers = frozenset(room.chargers)
        of_room = [
            each
            for each in standing.in_building(room.place.building)
            if each.alarm.device not in chargers and each.alarm.source.partition("/")[0] == room.id
        ]
        return of_room + [each for charger in room.chargers for each in standing.of_device(charger)]

    def _charger(self, held: HeldDevice) -> Body:
        charger = held.device.id
        stands = self._views.layout.devices.get(charger)
        boot = boot_utc(self._views.now())
        whole = self._views.parts_of(held.device)[WHOLE]
        worst = worst_by_part(charger, self._views.standing.of_device(charger))
        health = self._views.health(held, boot)
        names = stands.parts if stands else {}
        return {
            "id": charger,
            "name": stands.place.name if stands else charger,
            "link": health["link"],
            "why": health["why"],
            "fresh": health["fresh"],
            "product": held.device.product,
            "celsius": value_at(held, whole, "temperature"),
            "smoke": value_at(held, whole, "charging_smoke"),
            "mains_fail": value_at(held, whole, "mains_fail"),
            "commands": [command.name for command in held.device.commands],
            "ports": [self._port(port, names, worst, boot) for port in self.ports_of(held)],
        }

    def _port(self, port: PortView, names: Mapping[str, str], worst: Mapping[str, int], boot: float) -> Body:
        session = self._keeper.sessions.get(port.key)
        heard = min((group.heard_ns if group.values is not None else 0 for group in port.groups), default=0)
        return {
            "part": port.part,
            "name": names.get(port.part, port.part),
            "state": port.state or "unknown",
            "watts": port.watts,
            "amperes": port.amperes,
            "volts": port.volts,
            "celsius": port.celsius,
            "milliamperes": port.milliamperes,
            "charge": port.charge,
            "kwh": None if session is None else session.kwh,
            "session": None if session is None else session.session,
            "since": moment(session.began_utc) if session is not None else None,
            "holds": sorted(port.holds),
            "error": port.error or "",
            "alarm": worst.get(port.part),
            "sure": port.sure,
            "heard": iso(boot + heard / NANOSECONDS) if heard else None,
        }


def fits(body: Body, state: str) -> bool:
    """Whether a room in numbers is one of those that were asked for."""
    return body["stop"] is not None if state == "stopped" else not state or body[state] > 0
