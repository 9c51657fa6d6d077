"""The lockers and chargers of the tests: a layout with both, and a memory of cardboard that a test writes as decide would.

b1 has locker1 with three compartments and the room shed1 with pile1, of two ports, behind a contactor; b2 has locker2 and shed2
with pile2, of one port. b1 is in grid g1, b2 in g2.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from drivers.contract import CHARGING_OFF, CommandSpec, Device, Group, Kind, Point
from gateway.charging import DropTags, LiftStop, PutTags, StopCharging, Tag
from gateway.decide.chargers.port import PortView
from gateway.decide.chargers.session import Session
from gateway.decide.chargers.stop import Phase, Stop
from gateway.decide.deadline import Deadline
from gateway.decide.known import KnownDevice, KnownGroup, KnownLine
from gateway.decide.lockers.compartment import Compartment, stopwatch
from gateway.decide.lockers.opening_all import PendingOpenAll
from gateway.decide.rules import DeviceRules, PortLimits, Rule
from gateway.decide.watch import Watch
from gateway.model import NANOSECONDS, Now, Outcome, Place, Priority, Recorded, Refused
from gateway.parcels import (
    CancelReservation,
    CompartmentState,
    ConfirmOpenAll,
    OpenAll,
    ReserveCompartment,
    ResetCompartment,
    ServiceCompartment,
)
from gateway.serve.layout import DevicePlace, LinePlace, RoomPlace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Value
    from gateway.charging import ChargingAct
    from gateway.parcels import ParcelAct

Done: TypeAlias = "Sequence[Outcome]"

MINUTE_NS = 60 * NANOSECONDS
COMPARTMENTS = {"c01": "s", "c02": "m", "c03": "l"}
PORTS = {"pile1": ("p01", "p02"), "pile2": ("p01",)}
ROOMS = {"pile1": "shed1", "pile2": "shed2"}
LINES = {"boxes": ("locker1", "locker2"), "sheds": ("pile1", "pile2")}

WHERE = {
    "locker1": Place("b1", "1", "1号柜", "g1"),
    "locker2": Place("b2", "", "2号柜", "g2"),
    "pile1": Place("b1", "", "1号桩", "g1"),
    "pile2": Place("b2", "", "2号桩", "g2"),
}

PLACES = {
    name: DevicePlace(place, {part: f"{int(part[1:])}号口" for part in PORTS.get(name, ())})
    for name, place in WHERE.items()
}
LINE_PLACES = {"boxes": LinePlace("mqtt", "127.0.0.1:1883"), "sheds": LinePlace("ocpp", "ws://127.0.0.1:9000/ocpp")}
ROOM_PLACES = {
    "shed1": RoomPlace(
        "shed1", Place("b1", "", "1号车棚", "g1"), "配电箱 A", "ebike", ("pile1",), 5000.0, ("relays", "do1")
    ),
    "shed2": RoomPlace("shed2", Place("b2", "", "2号车棚", "g2"), "配电箱 B", "car", ("pile2",)),
}

_COMPARTMENT = ("compartment_open", "compartment_occupied", "compartment_fault")


def locker(name: str) -> Device:
    """A cabinet: temperature and mains, then a group for each compartment."""
    whole = Group(
        (
            Point("temperature", Kind.REAL, unit="Cel", meaning="temperature"),
            Point("mains_fail", Kind.BOOLEAN, meaning="mains_fail"),
        ),
        60.0,
    )
    groups = [
        Group(
            tuple(Point(f"{part}.{meaning}", Kind.BOOLEAN, meaning=meaning, place=part) for meaning in _COMPARTMENT),
            60.0,
        )
        for part in COMPARTMENTS
    ]
    commands = tuple(
        CommandSpec(f"{part}.open", acts_as="open_compartment", place=part) for part in COMPARTMENTS if part != "c03"
    )
    return Device(
        name, "gridpost-locker-60", (whole, *groups), commands, parts={p: {"size": s} for p, s in COMPARTMENTS.items()}
    )


def charger(name: str) -> Device:
    """A charger: temperature and smoke, then a group for each port."""
    whole = Group(
        (
            Point("temperature", Kind.REAL, unit="Cel", meaning="temperature"),
            Point("smoke", Kind.BOOLEAN, meaning="charging_smoke"),
        ),
        60.0,
    )
    groups = [
        Group(
            (
                Point(f"{part}.state", Kind.TEXT, meaning="port_state", place=part),
                Point(f"{part}.power", Kind.REAL, unit="W", meaning="active_power", place=part),
            ),
            60.0,
        )
        for part in PORTS[name]
    ]
    stop = tuple(CommandSpec(f"{part}.stop", acts_as="stop_charging", place=part) for part in PORTS[name])
    parts = {part: {"amperes": 10} for part in PORTS[name]}
    return Device(name, "gridpost-ebike-12", (whole, *groups), stop, (CHARGING_OFF,), parts)


def devices(line: str) -> list[Device]:
    """The devices of a line."""
    return [locker(name) if line == "boxes" else charger(name) for name in LINES[line]]


@dataclass
class Tending:
    """Lockers and chargers as decide tells of them; a test says how they are."""

    now: Now
    compartments: dict[str, Compartment] = field(default_factory=dict)
    pending_open_all: dict[str, PendingOpenAll] = field(default_factory=dict)
    ports: dict[str, PortView] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    locked_until_utc: dict[str, float] = field(default_factory=dict)
    closed: dict[str, bool | None] = field(default_factory=lambda: {"shed1": True})

    def __post_init__(self) -> None:
        for cabinet in LINES["boxes"]:
            for part in COMPARTMENTS:
                known = Compartment(cabinet, part, CompartmentState.EMPTY, self.now.utc, open=False, occupied=False)
                self.compartments[known.key] = known
        for device, parts in PORTS.items():
            for part in parts:
                port = self._port(device, part)
                self.ports[port.key] = port

    def _port(self, device: str, part: str) -> PortView:
        rule = Rule("line_lost", Priority.P3)
        line = KnownLine("sheds", Watch(rule, "sheds", "", Place(), simulated=False))
        known = KnownDevice(device, DeviceRules("sheds", WHERE[device], ()), line, None)
        group = KnownGroup(known, 1, None, (), self.now.boottime_ns, values=("free", 0.0))
        return PortView(
            device,
            part,
            WHERE[device],
            ROOMS[device],
            10.0,
            PortLimits(),
            known,
            (group,),
            state="free",
            watts=0.0,
            amperes=0.0,
        )

    # ------------------------------------------------------------ what a test says

    def compartment(self, key: str, state: CompartmentState, **how: object) -> None:
        """A compartment is in this state now."""
        self.compartments[key] = replace(self.compartments[key], state=state, **how)  # type: ignore[arg-type]

    def stored(self, key: str, hours: float) -> None:
        """A parcel has lain there for so long, and too long."""
        since = stopwatch(self.now, self.now.utc - hours * 3600)
        self.compartment(key, CompartmentState.OVERDUE, stored=since, occupied=True)

    def charges(self, key: str, watts: float = 300.0) -> None:
        """A session runs at a port."""
        port = self.ports[key]
        port.state, port.watts, port.amperes, port.session = "charging", watts, watts / 220, f"s-{key}"
        began = self.now.utc - 600
        self.sessions[key] = Session(
            port.device, port.part, port.room, f"s-{key}", "00000000000000aa", began, kwh=0.25, peak_watts=watts
        )

    def silent(self, key: str) -> None:
        """A port was not heard in time."""
        for group in self.ports[key].groups:
            group.stale = True

    # ------------------------------------------------------------ what serve reads

    def counts(self, cabinet: str) -> Counter[str]:
        """As they stand."""
        of = [known for known in self.compartments.values() if known.cabinet == cabinet]
        counts = Counter(known.state.value for known in of)
        counts["open"] = sum(known.open is True for known in of)
        return counts

    def sure(self, _cabinet: str, part: str) -> bool:
        """All but the last."""
        return part != "c03"

    def reserved_for(self, cabinet: str, order: str) -> Compartment | None:
        """The one with this order."""
        return next((c for c in self.compartments.values() if (c.cabinet, c.order) == (cabinet, order)), None)

    def keypad_locked_until_utc(self, cabinet: str, _now: Now) -> float | None:
        """Whatever the test says."""
        return self.locked_until_utc.get(cabinet)

    def room_load(self, room: str) -> float:
        """All that flows."""
        return sum(port.watts or 0.0 for port in self.ports.values() if port.room == room)

    def contactor_closed(self, room: str) -> bool | None:
        """Whatever the test says."""
        return self.closed.get(room)

    # ------------------------------------------------------------ what people ask for

    def act(self, act: ChargingAct | ParcelAct, now: Now) -> Done:  # noqa: PLR0911 - one return for each kind
        """Whatever is asked."""
        match act:
            case StopCharging():
                return self._stop(act, now)
            case LiftStop():
                del self.stops[act.stop]
                return [Recorded("charging_stop", act.stop, {"what": "lifted"}, act.actor.name)]
            case PutTags():
                self.tags |= {tag.tag: tag for tag in act.tags}
                return [Recorded("charging_tags", "", {"count": len(act.tags)}, act.actor.name)]
            case DropTags():
                for tag in act.tags:
                    del self.tags[tag]
                return [Recorded("charging_tags", "", {"dropped": len(act.tags)}, act.actor.name)]
            case OpenAll():
                ends = Deadline(now, 2 * MINUTE_NS)
                self.pending_open_all[act.cabinet] = PendingOpenAll(act.actor.id, act.actor.name, act.reason, ends)
                return []
            case ConfirmOpenAll():
                return self._confirm(act)
            case _:
                return self._one(act, now)

    def _stop(self, act: StopCharging, now: Now) -> Done:
        ports = {key: Phase.ORDERED for key, port in self.ports.items() if act.what in ("", *_reached_by(port))}
        stop = Stop(f"stop{len(self.stops) + 1}", act.reach, act.what, act.actor.name, act.reason, now.utc, ports=ports)
        self.stops[stop.id] = stop
        return [Recorded("charging_stop", stop.id, {"reach": act.reach.value}, act.actor.name)]

    def _confirm(self, act: ConfirmOpenAll) -> Done:
        pending = self.pending_open_all.get(act.cabinet)
        if pending is None:
            return [Refused(act, "nothing_to_confirm", "nobody asked for it")]
        if pending.person == act.actor.id:
            return [Refused(act, "second_person", "another person must confirm it")]
        del self.pending_open_all[act.cabinet]
        return []

    def _one(
        self, act: ReserveCompartment | CancelReservation | ResetCompartment | ServiceCompartment, now: Now
    ) -> Done:
        if isinstance(act, ReserveCompartment):
            free = (
                c for c in self.compartments.values() if c.cabinet == act.cabinet and c.state is CompartmentState.EMPTY
            )
            found = self.reserved_for(act.cabinet, act.order) or next(free, None)
            if found is None:
                return [Refused(act, "full", "there is no empty compartment")]
            until = Deadline(now, 10 * MINUTE_NS)
            self.compartment(found.key, CompartmentState.RESERVED, order=act.order, reserved=until)
            return []
        key = f"{act.cabinet}/{act.part}"
        if isinstance(act, ServiceCompartment) and act.out:
            self.compartment(key, CompartmentState.OUT_OF_SERVICE)
        else:
            self.compartment(key, CompartmentState.EMPTY, order="", reserved=None)
        return []


def compartment_values(*, is_open: bool = False, occupied: bool = False) -> tuple[Value, ...]:
    """What a compartment shows."""
    return (is_open, occupied, False)


def _reached_by(port: PortView) -> tuple[str, ...]:
    """What a stop may name that reaches a port."""
    return port.key, port.device, port.room, port.place.building
