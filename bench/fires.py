"""The benchmark's charging rooms in which batteries burn: the simulator's chargers and contactors, in a process of their own.

    python -m bench.fires --rooms 10 --mqtt 1883 --ocpp 9000

So many rooms of each sort of `SORTS`, a contactor before each. The first line of output is `{"boards": [...]}`, the ports of
the boards of contactors. Then one JSON object per line on stdin is obeyed and answered:

    {"do": "connect"}   all come to the broker and dial in
    {"do": "charge"}    at every charger somebody plugs in and shows a tag
    {"do": "spoil"}     those who will not obey cease to, and those who will not be heard lose their network
    {"do": "burn"}      within a second a battery in each room begins to burn
    {"do": "report"}    who is connected, and of each room how many sockets carry current, whether its contactor is closed, when
                        the first sample over the limit was said and when the current truly ended (CLOCK_BOOTTIME, 0: not yet)

The process ends when stdin closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from bench.devices import boottime_ns
from simulator.agenda import Agenda
from simulator.battery import car_charge, ebike_charge
from simulator.contactor_board import CONTACTORS, ContactorBoard
from simulator.contactor_port import ContactorPort
from simulator.ebike_pile import EbikePile
from simulator.mqtt_device import BrokerAddress, MqttDevice, Stream
from simulator.ocpp_pile import CONNECTOR, OcppPile
from simulator.ocpp_wire import OcppWire

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from simulator.bus import Clock
    from simulator.charging_charger import Charger
    from simulator.charging_socket import ChargingSocket
    from simulator.mqtt_device import Body

OBEYS, ACCEPTS, DEAF, OFFLINE = "obeys", "accepts", "deaf", "offline"
SORTS = (OBEYS, ACCEPTS, DEAF, OFFLINE)
"""A controller for e-bikes that obeys; a pile that accepts every order and does nothing; one that does not even answer, on a
connection that stands; one that lost its network, and whose neighbour burns."""

TRIP_CELSIUS = 75.0
"""The limit of a socket, where nothing else is configured (docs/charging.md)."""

_BURNS_FROM_CELSIUS = 73.0
_KELVIN_PER_MINUTE, _BURNS_SECONDS = 60.0, 60.0
_WITHIN_SECONDS = 1.0
_BREATH_SECONDS = 0.01
_NEARLY_EMPTY = 0.12
_NEVER_SECONDS = 3600.0
_TAG = "04A1B2C3"


def topic_of(charger: str) -> str:
    """The topic base of a controller."""
    return f"v1/bench/b1/charger/{charger}"


@dataclass(slots=True)
class Room:
    """A room, and what happened in it. `names` are those of its chargers, `charging` says where somebody plugs in."""

    id: str
    sort: str
    board: int
    contactor: int
    names: tuple[str, ...]
    chargers: list[Charger] = field(default_factory=list)
    charging: list[tuple[Charger, str]] = field(default_factory=list)
    over_ns: int = 0
    off_ns: int = 0

    @property
    def sockets(self) -> list[ChargingSocket]:
        """All of them."""
        return [charger.socket(part) for charger in self.chargers for part in charger.parts]

    @property
    def burns(self) -> tuple[Charger, str]:
        """The charger and the part at which it will burn: the first that charges."""
        return self.charging[0]

    def measured(self, celsius: float) -> None:
        """A socket said how warm it is, as it is written."""
        if celsius >= TRIP_CELSIUS and not self.over_ns:
            self.over_ns = boottime_ns()

    def look(self) -> None:
        """Note when the last current ended, after the fire began."""
        if not self.over_ns:
            return
        if any(socket.flows for socket in self.sockets):
            self.off_ns = 0
        elif not self.off_ns:
            self.off_ns = boottime_ns()


def rooms_of(each: int) -> list[Room]:
    """So many rooms of each sort, still empty, the sorts by turns."""
    rooms = []
    for number in range(each * len(SORTS)):
        sort = SORTS[number % len(SORTS)]
        chargers = 2 if sort == OFFLINE else 1
        names = tuple(f"room{number + 1}-pile{charger + 1}" for charger in range(chargers))
        rooms.append(Room(f"room{number + 1}", sort, *divmod(number, CONTACTORS), names))
    return rooms


class TimedDevice(MqttDevice):
    """The network side of a controller that notes what it says of its heat."""

    room: Room

    def say(self, stream: Stream, data: Body, now: float) -> str:
        """Say it, having noted it."""
        if stream is Stream.TELE:
            self.room.measured(data["st_c"])
        return super().say(stream, data, now)


class TimedPile(OcppPile):
    """A pile that notes what it says of its heat."""

    room: Room

    def say_values(self, now: float, context: str = "Sample.Periodic", measured: Any = None) -> None:
        """Say it, having noted it."""
        measured = measured or self.outlet.measure(now)
        self.room.measured(round(measured.celsius, 1))
        super().say_values(now, context, measured)


class Fires:
    """All rooms."""

    def __init__(self, rooms: int, mqtt: int, ocpp: int) -> None:
        shift = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)  # the clock must never jump back
        self._clock: Clock = lambda: time.clock_gettime(time.CLOCK_BOOTTIME) + shift
        self._agenda = Agenda()
        self._dice = Random(6)
        self._stirred = asyncio.Event()
        self._tasks: asyncio.TaskGroup
        self._coming: list[Callable[[], Coroutine[None, None, None]]] = []
        self._connected: list[MqttDevice | OcppWire] = []
        self.rooms = rooms_of(rooms)
        for room in self.rooms:
            for name in room.names:
                if room.sort == OBEYS:
                    self._add_controller(name, room, mqtt)
                else:
                    self._add_pile(name, room, ocpp)
        self.boards = [ContactorBoard(partial(self._moved, number)) for number in range(self.rooms[-1].board + 1)]
        self._ports = [ContactorPort(board, self._clock, self._heard) for board in self.boards]

    def _add_controller(self, name: str, room: Room, mqtt: int) -> None:
        controller = EbikePile(name, self._dice, self._agenda, self._clock(), sturdy=False)
        device = TimedDevice(name, topic_of(name), controller, self._clock, self._heard)
        device.room = room
        controller.telling.network = device
        room.chargers.append(controller)
        room.charging += [(controller, "p03"), (controller, "p07")]
        self._connected.append(device)
        self._coming.append(partial(device.run, BrokerAddress("127.0.0.1", mqtt)))

    def _add_pile(self, name: str, room: Room, ocpp: int) -> None:
        pile = TimedPile(name, self._dice, self._agenda, self._clock())
        pile.room = room
        pile.wire = wire = OcppWire(name, pile.station, self._clock, self._heard)
        room.chargers.append(pile)
        room.charging.append((pile, CONNECTOR))
        self._connected.append(wire)
        self._coming.append(partial(wire.run, "127.0.0.1", ocpp, ""))

    # ------------------------------------------------------------ living

    async def open(self) -> list[int]:
        """Open the boards; returns their ports."""
        for port in self._ports:
            await port.open("127.0.0.1", 0)
        return [port.number for port in self._ports]

    async def live(self) -> None:
        """Let time pass, and be on the network from the order to connect on, until cancelled."""
        async with asyncio.TaskGroup() as self._tasks:
            while True:
                self._pass()
                self._stirred.clear()
                next_at = min(self._agenda.next_at, *(board.next_at for board in self.boards))
                try:
                    async with asyncio.timeout(max(_BREATH_SECONDS, next_at - self._clock())):
                        await self._stirred.wait()
                except TimeoutError:
                    pass  # the next thing is due

    def _heard(self) -> None:
        self._look()
        self._stirred.set()

    def _pass(self) -> None:
        now = self._clock()
        for board in self.boards:
            board.advance(now)
        self._agenda.advance(now)
        self._look()

    def _look(self) -> None:
        for room in self.rooms:
            room.look()

    def _moved(self, board: int, number: int, now: float) -> None:
        room = self.rooms[board * CONTACTORS + number]
        for charger in room.chargers:
            charger.feed(now, mains=self.boards[board].closed[number])

    # ------------------------------------------------------------ orders

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what a line of stdin asks and return the line to print."""
        now = self._clock()
        match order["do"]:
            case "connect":
                for one in self._coming:
                    self._tasks.create_task(one())
            case "charge":
                self._charge(now)
            case "spoil":
                self._spoil()
            case "burn":
                for room in self.rooms:
                    self._agenda.plan(now + self._dice.uniform(0, _WITHIN_SECONDS), partial(self._burn, room))
            case "report":
                return self._report()
        self._stirred.set()
        return {}

    def _charge(self, now: float) -> None:
        for room in self.rooms:
            for charger, part in room.charging:
                charge = ebike_charge(self._dice) if room.sort == OBEYS else car_charge(self._dice)
                charger.plug(part, replace(charge, start=_NEARLY_EMPTY), _TAG, now, scan_after=self._dice.uniform(0, 1))

    def _spoil(self) -> None:
        for room in self.rooms:
            charger = room.chargers[-1]
            if room.sort == OFFLINE:
                charger.lose_network(_NEVER_SECONDS)
            elif isinstance(charger, OcppPile):
                charger.accepts_only = True
                charger.station.slow_seconds = _NEVER_SECONDS if room.sort == DEAF else 0.0

    def _burn(self, room: Room, now: float) -> None:
        charger, part = room.burns
        socket = charger.socket(part)
        socket.burn(_KELVIN_PER_MINUTE, _BURNS_SECONDS, _BURNS_FROM_CELSIUS - socket.celsius(now), now)
        charger.touch(part, now)

    def _report(self) -> dict[str, Any]:
        self._look()
        return {
            "connected": sum(one.connected for one in self._connected),
            "of": len(self._connected),
            "rooms": {
                room.id: {
                    "charging": sum(socket.flows for socket in room.sockets),
                    "closed": self.boards[room.board].closed[room.contactor],
                    "over_ns": room.over_ns,
                    "off_ns": room.off_ns,
                }
                for room in self.rooms
            },
        }


async def _serve(rooms: int, mqtt: int, ocpp: int) -> None:
    fires = Fires(rooms, mqtt, ocpp)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(partial(asyncio.StreamReaderProtocol, orders), sys.stdin)
    print(json.dumps({"boards": await fires.open()}), flush=True)
    living = asyncio.create_task(fires.live(), name="rooms")
    while line := await orders.readline():
        print(json.dumps(fires.obey(json.loads(line))), flush=True)
    living.cancel()
    await asyncio.wait([living])


def main() -> None:
    """Read the arguments and serve until stdin closes."""
    parser = argparse.ArgumentParser(prog="python -m bench.fires", description=__doc__)
    parser.add_argument("--rooms", type=int, default=10)
    parser.add_argument("--mqtt", type=int, required=True)
    parser.add_argument("--ocpp", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(_serve(given.rooms, given.mqtt, given.ocpp))


if __name__ == "__main__":
    main()
