"""The emergency stops as people see them: how far they are, and where somebody has to go."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from gateway.charging import Reach
from gateway.decide.chargers.stop import Phase
from gateway.serve.instants import iso
from gateway.serve.tended import ports_seen, worst_phase

if TYPE_CHECKING:
    from gateway.decide.chargers.stop import Stop
    from gateway.serve.layout import Layout, RoomPlace
    from gateway.serve.views import Body, Scope, Views

LISTED: Final = 100
"""As many ports or contactors of one stop are named one by one: more than somebody can walk to."""

RULE: Final = "rule"
"""Who made a stop that no person made."""


class StopList:
    """Emergency stops as bodies, limited to the grids of whoever asks. Keeps nothing: one is made for each request."""

    def __init__(self, views: Views, scope: Scope) -> None:
        self._views = views
        self._keeper = views.chargers
        self._scope = scope

    def newest_first(self, *, named: bool) -> list[Body]:
        """All that stand. `named` says whether persons are told by name."""
        bodies = (self.body(stop, named=named) for stop in reversed([*self._keeper.stops.values()]))
        return [body for body in bodies if body is not None]

    def of(self, name: str, *, named: bool) -> Body | None:
        """The stop of that id; None where none stands in these grids."""
        stop = self._keeper.stops.get(name)
        return None if stop is None else self.body(stop, named=named)

    def body(self, stop: Stop, *, named: bool) -> Body | None:
        """One stop; None for one that concerns other grids alone."""
        ports = ports_seen(stop, self._views.layout, self._scope)
        if not ports:
            return None
        counts = Counter(phase for _, phase in ports)
        left = [port for port, phase in ports if phase is Phase.NOT_STOPPED]
        return {
            "id": stop.id,
            "reach": stop.reach.value,
            "what": stop.what,
            "name": place_in_words(self._views, stop.reach, stop.what),
            "by": stop.by if named or stop.by == RULE else "",
            "reason": stop.reason,
            "began": iso(stop.began_utc),
            "phase": worst_phase(counts).value,
            "ports": {phase.value: counts[phase] for phase in Phase},
            "not_stopped": [self._left(port, stop.why.get(port, "")) for port in left[:LISTED]],
            "contactors": self._contactors(stop),
        }

    def _left(self, port: str, why: str) -> Body:
        device, _, part = port.partition("/")
        room = self._room_of(port)
        return {
            "device": device,
            "part": part,
            "place": place_in_words(self._views, Reach.PORT, port),
            "cabinet": room.cabinet if room is not None else "",
            "why": why,
        }

    def _contactors(self, stop: Stop) -> list[Body]:
        layout = self._views.layout
        rooms = {
            "/".join(room.contactor): room
            for room in layout.rooms.values()
            if room.contactor is not None and (not self._scope or room.place.grid in self._scope)
        }
        return [
            {
                "device": contactor.partition("/")[0],
                "part": contactor.partition("/")[2],
                "room": rooms[contactor].id,
                "state": phase.value,
            }
            for contactor, phase in list(stop.contactors.items())[:LISTED]
            if contactor in rooms
        ]

    def _room_of(self, port: str) -> RoomPlace | None:
        known = self._keeper.ports.get(port)
        return self._views.layout.rooms.get(known.room) if known is not None else None


def place_in_words(views: Views, reach: Reach, what: str) -> str:
    """A port, charger, room or building as people call it; the compound for all; the id of what has left the configuration."""
    layout = views.layout
    match reach:
        case Reach.ALL:
            return layout.compound.name
        case Reach.BUILDING:
            return layout.buildings[what].name if what in layout.buildings else what
        case Reach.ROOM:
            return layout.in_words(layout.rooms[what].place) if what in layout.rooms else what
        case _:
            return _device_in_words(views, layout, what)


def _device_in_words(views: Views, layout: Layout, what: str) -> str:
    device, _, part = what.partition("/")
    stands = layout.devices.get(device)
    if stands is None:
        return what
    port = views.chargers.ports.get(what)
    room = layout.rooms.get(port.room) if port is not None else None
    where = layout.in_words(stands.place)
    if room is not None and room.place.name not in where:
        where = f"{layout.in_words(room.place)} {stands.place.name}"
    return " ".join(filter(None, (where, stands.parts.get(part, part))))
