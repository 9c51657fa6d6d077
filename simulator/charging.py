"""All that charges in a compound, as a realm of its world: controllers on MQTT, piles that dial in, and their contactors."""

from __future__ import annotations

import asyncio
import os
import socket
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final

from simulator.agenda import Agenda
from simulator.charging_habits import visits
from simulator.charging_layout import PASSWORD_VARIABLE, TOPIC, board_line, ebike_device, ocpp_line, rooms_section
from simulator.charging_life import ChargingLife
from simulator.charging_rooms import EBIKE, ChargingRoom, rooms_of, tags_of
from simulator.charging_verbs import CHARGING_VERBS
from simulator.contactor_board import CONTACTORS, ContactorBoard
from simulator.contactor_port import ContactorPort
from simulator.ebike_pile import EbikePile
from simulator.loopback import loopback_only
from simulator.mqtt_device import MqttDevice
from simulator.mqtt_verbs import MQTT_VERBS
from simulator.ocpp_pile import OcppPile
from simulator.ocpp_wire import OcppWire
from simulator.story import Target
from simulator.verb import ActRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from simulator.bus import Clock
    from simulator.charging_charger import Charger
    from simulator.compound import Compound
    from simulator.mqtt_device import BrokerAddress
    from simulator.verb import Arguments

_STURDY_SHARE: Final = 0.6
"""Of the controllers for e-bikes: those whose battery is still good."""


class Charging:
    """A realm; `stirred` is called when something was heard that may have changed what is due."""

    name = "chargers"

    def __init__(self, compound: Compound, clock: Clock, shift_seconds: float, stirred: Callable[[], None]) -> None:
        self.rooms = {room.id: room for room in rooms_of(compound)}
        self.room_of = {charger: room for room in self.rooms.values() for charger in room.chargers}
        self.tags = {room.id: tags_of(compound.seed, room) for room in self.rooms.values()}
        self.agenda = Agenda()
        self.ebikes: dict[str, EbikePile] = {}
        self.devices: dict[str, MqttDevice] = {}
        """The network sides of those."""
        self.piles: dict[str, OcppPile] = {}
        self.wires: dict[str, OcppWire] = {}
        """The network sides of those."""
        self.chargers: dict[str, Charger] = {}
        """Of both sorts."""
        self.boards: dict[str, ContactorBoard] = {}
        self._clock = clock
        self._stirred = stirred
        self._dark: set[str] = set()
        """Rooms that the city does not feed."""
        self._host, self._ocpp_port = "", 0
        self._ports: dict[str, ContactorPort] = {}
        self._life = ChargingLife(self.chargers, self.agenda, shift_seconds)
        for room in self.rooms.values():
            self._furnish(room, compound.seed, shift_seconds)

    def _furnish(self, room: ChargingRoom, seed: int, shift_seconds: float) -> None:
        now = self._clock()
        if room.contactor is not None:
            self.boards.setdefault(room.contactor[0], ContactorBoard(partial(self._moved, room.contactor[0])))
        for id_ in room.chargers:
            add = self._add_ebike if room.kind == EBIKE else self._add_pile
            self.chargers[id_] = add(id_, room, Random(f"charger {seed} {id_}"), now, shift_seconds)
            for part in self.chargers[id_].parts:
                coming = visits(seed, f"{id_}/{part}", room.kind, self.tags[room.id], now + shift_seconds)
                self._life.expect(Target(id_, part=part), coming, now)

    def _add_ebike(self, id_: str, room: ChargingRoom, rng: Random, now: float, shift_seconds: float) -> Charger:
        sturdy = rng.random() < _STURDY_SHARE
        self.ebikes[id_] = ebike = EbikePile(id_, rng, self.agenda, now, shift_seconds, sturdy=sturdy)
        topic = TOPIC.format(building=room.building, id=id_)
        ebike.telling.network = self.devices[id_] = MqttDevice(id_, topic, ebike, self._clock, self._stirred)
        return ebike

    def _add_pile(self, id_: str, _room: ChargingRoom, rng: Random, now: float, shift_seconds: float) -> Charger:
        self.piles[id_] = pile = OcppPile(id_, rng, self.agenda, now, shift_seconds)
        pile.wire = self.wires[id_] = OcppWire(id_, pile.station, self._clock, self._stirred)
        return pile

    # ------------------------------------------------------------ as a realm

    def __len__(self) -> int:
        """How many chargers there are."""
        return len(self.chargers)

    def __contains__(self, device: str) -> bool:
        """Whether a charger or a board of contactors has this name."""
        return device in self.chargers or device in self.boards

    @property
    def next_at(self) -> float:
        """When `advance` has something to do."""
        return min((self.agenda.next_at, *(board.next_at for board in self.boards.values())))

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        for board in self.boards.values():
            if board.next_at <= now:
                board.advance(now)
        self.agenda.advance(now)

    def like(self, target: Target) -> Target | None:
        """This target, or the first of its sort where there is no such device."""
        if target.device in self:
            return target
        for names, of_sort in (("shed", self.ebikes), ("pile", self.piles), ("cut", self.boards)):
            if target.device.startswith(names) and of_sort:
                return target.on(next(iter(of_sort)))
        return None

    def keep(self, target: Target, until: float) -> None:
        """Nobody comes to a socket that somebody has taken in hand."""
        self._life.keep(target, until)

    def refuse(self, target: Target, verb: str) -> None:
        """Raise `ActRefused` for a part that is not there, and for a word that does not fit."""
        charger = self.chargers.get(target.device)
        parts = tuple(f"contactor{number + 1}" for number in range(CONTACTORS)) if charger is None else charger.parts
        if target.door or (target.part and target.part not in parts):
            raise ActRefused(f"{target.device} has {parts[0]} to {parts[-1]}, not {target}")
        sort = "ebike" if target.device in self.ebikes else "pile" if target.device in self.piles else "board"
        word = CHARGING_VERBS.get(verb)
        fits = sort in word.of if word is not None else verb in MQTT_VERBS and sort == "ebike"
        if not fits:
            raise ActRefused(f"{verb!r} does not happen to {target.device}")

    def perform(self, target: Target, verb: str, arguments: Arguments, now: float) -> bool:
        """Let it happen; returns whether it had an effect."""
        if verb in MQTT_VERBS:
            MQTT_VERBS[verb].do(self.devices[target.device], arguments, now)
            return True
        return CHARGING_VERBS[verb].do(self, target, arguments, now)

    def state(self, now: float) -> list[Mapping[str, Any]]:
        """Each charger with its parts, and each board of contactors."""
        told: list[Mapping[str, Any]] = []
        for id_, charger in self.chargers.items():
            network = self.devices[id_] if id_ in self.devices else self.wires[id_]
            told.append({"id": id_, "connected": network.connected, **charger.state(now)})
        told += [{"id": id_, "closed": board.closed, "tripped": board.tripped} for id_, board in self.boards.items()]
        return told

    def before_lines(self) -> Iterator[str]:
        """The rooms."""
        return rooms_section(self.rooms.values())

    def mqtt_devices(self) -> Iterator[str]:
        """The controllers for e-bikes."""
        for id_, device in self.devices.items():
            yield from ebike_device(id_, self.room_of[id_], device.topic)

    def own_lines(self, host: str) -> Iterator[str]:
        """The line of the piles, and one for each board of contactors. Only once it is open."""
        if self.piles:
            password = bool(os.environ.get(PASSWORD_VARIABLE))
            yield from ocpp_line(self.piles, self.room_of, host, self._ocpp_port, with_password=password)
        for id_, port in self._ports.items():
            building = next(
                room.building for room in self.rooms.values() if room.contactor and room.contactor[0] == id_
            )
            yield from board_line(id_, building, host, port.number)

    async def open(self, host: str, first_port: int) -> None:
        """Serve the boards at `first_port` and those after it; the piles dial in at the one after those. 0: free ones.

        Raises `NotLoopback` or `PortTaken`.
        """
        for index, (id_, board) in enumerate(self.boards.items()):
            self._ports[id_] = port = ContactorPort(board, self._clock, self._stirred)
            await port.open(host, first_port + index if first_port else 0)
        self._host = host
        self._ocpp_port = first_port + len(self.boards) if first_port else _free_port(host)

    async def close(self) -> None:
        """Stop serving the boards."""
        for port in self._ports.values():
            await port.close()

    async def run(self, broker: BrokerAddress | None) -> None:
        """Be on the broker and dial in, until cancelled."""
        password = os.environ.get(PASSWORD_VARIABLE, "")
        async with asyncio.TaskGroup() as tasks:
            for id_, wire in self.wires.items():
                tasks.create_task(wire.run(self._host, self._ocpp_port, password), name=f"simulator: {id_}")
            if broker is not None:
                for id_, device in self.devices.items():
                    tasks.create_task(device.run(broker), name=f"simulator: {id_}")

    # ------------------------------------------------------------ the mains

    def feed(self, building: str, now: float, *, mains: bool) -> None:
        """The mains of a building come or go."""
        for room in self.rooms.values():
            if room.building == building:
                self.feed_room(room, now, mains=mains)

    def feed_room(self, room: ChargingRoom, now: float, *, mains: bool) -> None:
        """The mains before the contactor of a room come or go."""
        (self._dark.discard if mains else self._dark.add)(room.id)
        self._feed(room, now)

    def _moved(self, board: str, number: int, now: float) -> None:
        for room in self.rooms.values():
            if room.contactor == (board, number):
                self._feed(room, now)

    def _feed(self, room: ChargingRoom, now: float) -> None:
        closed = room.contactor is None or self.boards[room.contactor[0]].closed[room.contactor[1]]
        for id_ in room.chargers:
            self.chargers[id_].feed(now, mains=closed and room.id not in self._dark)


def _free_port(host: str) -> int:
    """A port that nobody listens on: the gateway will."""
    number = loopback_only(host)
    with socket.socket(socket.AF_INET6 if ":" in number else socket.AF_INET) as one:
        one.bind((number, 0))
        return int(one.getsockname()[1])
