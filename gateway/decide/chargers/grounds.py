"""Where chargers stand: ports by charger, room and building, and where in a sample each of their values is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import Quality
from gateway.charging import Reach
from gateway.decide.chargers.port import PortView
from gateway.decide.rules import PortLimits, Rules
from gateway.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.rules import PortRules, RoomRules
    from gateway.model import Now

_FIELDS = {
    "port_state": "state",
    "port_error": "error",
    "port_session": "session",
    "current": "amperes",
    "voltage": "volts",
    "active_power": "watts",
    "import_energy": "meter_kwh",
    "charge_energy": "session_kwh",
    "socket_temperature": "celsius",
    "residual_current": "milliamperes",
    "port_on": "on",
    "port_live": "live",
    "state_of_charge": "charge",
}
"""The field of `PortView` for each meaning."""

OF_THE_WHOLE = ("mains_fail", "port_state", "port_error")
"""What matters of a charger as a whole."""

_MAINS_VOLTS = 230.0
"""For a port that tells its current and not its power."""

_UNKNOWN_KIND = PortLimits(cap_watts=None, step_watts=None)
"""For a charger that stands in no room: what it charges nobody said."""


class Reader(NamedTuple):
    """What a group says of one port: fields with their indices. `derives`: its power follows from its current."""

    port: PortView
    fields: tuple[tuple[str, int], ...]
    names: frozenset[str]
    derives: bool


class Told(NamedTuple):
    """What a group tells: of which ports, whether of a charger as a whole, and of the contactors of which rooms."""

    readers: tuple[Reader, ...]
    whole: bool
    rooms: tuple[str, ...]


@dataclass(slots=True)
class ContactorPoint:
    """Where the auxiliary contact of a room's contactor is read."""

    device: KnownDevice
    group: KnownGroup
    index: int


class Grounds:
    """Everything by name, as the rules in force have it."""

    def __init__(self) -> None:
        self.rules = Rules({})
        self.ports: dict[str, PortView] = {}
        self.by_device: dict[str, list[PortView]] = {}
        self.by_room: dict[str, list[PortView]] = {}
        self.contactors: dict[str, ContactorPoint] = {}
        """By room."""
        self.told: dict[tuple[str, int], Told] = {}
        """By device and number of the group."""

    @property
    def rooms(self) -> Mapping[str, RoomRules]:
        """The charging rooms."""
        return self.rules.rooms

    def build(self, known: Known, now: Now) -> None:
        """Take the rules in force: ports that stay are known as before."""
        self.rules = known.rules
        before, self.ports = self.ports, {}
        self.by_device, self.by_room, self.told = {}, {room: [] for room in self.rooms}, {}
        for device in known.devices.values():
            if device.rules.ports:
                self._add(device, before, now)
        self._find_contactors(known)

    def room_of(self, port: PortView) -> RoomRules | None:
        """The room in which a port is, None for a charger that stands alone."""
        return self.rooms.get(port.room)

    def anybody(self, device: str) -> bool:
        """Whether whoever plugs in at this charger may charge."""
        room = self.rooms.get(next((port.room for port in self.by_device.get(device, ())), ""))
        return room is not None and room.anybody

    def covered(self, reach: Reach, what: str) -> list[PortView]:
        """The ports that a stop reaches."""
        match reach:
            case Reach.PORT:
                return [self.ports[what]] if what in self.ports else []
            case Reach.CHARGER:
                return self.by_device.get(what, [])
            case Reach.ROOM:
                return self.by_room.get(what, [])
            case Reach.BUILDING:
                return [port for port in self.ports.values() if what in self._buildings(port)]
            case Reach.ALL:
                return list(self.ports.values())

    def place_of(self, reach: Reach, what: str) -> Place | None:
        """Where that is; None where there is no such thing."""
        match reach:
            case Reach.PORT:
                return self.ports[what].place if what in self.ports else None
            case Reach.CHARGER:
                return self.rules.devices[what].place if what in self.by_device else None
            case Reach.ROOM:
                return self.rooms[what].place if what in self.rooms else None
            case Reach.BUILDING:
                covered = self.covered(reach, what)
                return covered[0].place if covered and what else None
            case Reach.ALL:
                return Place()

    def grids(self, reach: Reach, what: str) -> set[str]:
        """The grids in which its ports are."""
        room = self.rooms.get(what) if reach is Reach.ROOM else None
        return {port.place.grid for port in self.covered(reach, what)} | ({room.place.grid} if room else set())

    def _buildings(self, port: PortView) -> tuple[str, str]:
        room = self.rooms.get(port.room)
        return port.place.building, room.place.building if room is not None else port.place.building

    def _add(self, device: KnownDevice, before: Mapping[str, PortView], now: Now) -> None:
        room = self.rooms.get(device.rules.room)
        limits = room.limits if room is not None else _UNKNOWN_KIND
        readers: dict[int, list[Reader]] = {}
        ports = self.by_device[device.id] = []
        for rules in device.rules.ports.values():
            where = device.rules.room if room is not None else ""
            port = PortView(device.id, rules.part, rules.place, where, rules.amperes, limits, device)
            numbers = sorted({group for group, _ in rules.points.values()})
            port.groups = tuple(device.groups[number] for number in numbers)
            port.measures = "current" in rules.points
            told = rules.points.get("current") or rules.points.get("port_state") or (numbers[0], 0)
            port.proving = device.groups[told[0]]
            self.ports[port.key] = port
            ports.append(port)
            for number in numbers:
                reader = _reader(port, number, rules)
                readers.setdefault(number, []).append(reader)
                if device.groups[number].values is not None:
                    read(reader, device.groups[number], now)
            if (old := before.get(port.key)) is not None:
                port.since_utc = old.since_utc
        if room is not None:
            self.by_room[room.id] += ports
        whole = {device.rules.points[meaning][0] for meaning in OF_THE_WHOLE if meaning in device.rules.points}
        for number in readers.keys() | whole:
            self.told[device.id, number] = Told(tuple(readers.get(number, ())), number in whole, ())

    def _find_contactors(self, known: Known) -> None:
        self.contactors = {}
        for room in self.rooms.values():
            contactor = room.contactor
            device = known.devices.get(contactor.device) if contactor is not None else None
            if contactor is not None and contactor.closed is not None and device is not None:
                number, index = contactor.closed
                self.contactors[room.id] = ContactorPoint(device, device.groups[number], index)
                told = self.told.get((device.id, number), Told((), False, ()))
                self.told[device.id, number] = told._replace(rooms=(*told.rooms, room.id))


def read(reader: Reader, group: KnownGroup, now: Now) -> None:
    """Take what a group says of a port."""
    port, values, faults = reader.port, group.values, group.faults
    if values is None:
        return
    state = port.state
    if faults is None:
        for name, index in reader.fields:
            setattr(port, name, values[index])
        if port.doubted:
            port.doubted -= reader.names
    else:
        doubted = set(port.doubted - reader.names)
        for name, index in reader.fields:
            fault = faults[index]
            setattr(port, name, None if fault is not None and fault.quality is Quality.BAD else values[index])
            if fault is not None:
                doubted.add(name)
        port.doubted = frozenset(doubted)
    if port.amperes is not None and port.amperes < 0:  # a meter that was wired the other way round
        port.amperes = -port.amperes
    if reader.derives and port.amperes is not None:
        port.watts = port.amperes * (port.volts or _MAINS_VOLTS)
    if port.state != state:
        port.since_utc = now.utc


def _reader(port: PortView, number: int, rules: PortRules) -> Reader:
    fields = tuple(
        (_FIELDS[meaning], index)
        for meaning, (group, index) in rules.points.items()
        if group == number and meaning in _FIELDS
    )
    names = frozenset(name for name, _ in fields)
    return Reader(port, fields, names, "amperes" in names and "active_power" not in rules.points)


def named(ports: Iterable[PortView]) -> str:
    """Some ports in words."""
    names = [port.place.name or port.key for port in ports]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")  # noqa: PLR2004 - a sentence
