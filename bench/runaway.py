"""How long a battery that burns goes on being charged: from the first sample over the limit until it is verified to be off."""

from __future__ import annotations

import asyncio
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.charging_gateway import ChargingGateway
from bench.children import ChildFailed, Fires
from bench.figures import Figure, Goal, percentile
from bench.fires import ACCEPTS, DEAF, OBEYS, OFFLINE, SORTS, Room, rooms_of, topic_of
from bench.gateway import free_port
from tests.servers.mosquitto import Mosquitto

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

_VERIFIED_SECONDS = {OBEYS: 5, ACCEPTS: 15, DEAF: 15, OFFLINE: 5}
"""A contactor is cut 10 s after the order, at once where a charger cannot be reached, and has 5 s to show open."""

GOALS: Mapping[str, Goal] = {
    **{f"{sort}: verified off p99": Goal("<=", seconds) for sort, seconds in _VERIFIED_SECONDS.items()},
    **{f"{sort}: left charging": Goal("<=", 0) for sort in SORTS},
    **{f"{sort}: said to be off while current flowed": Goal("<=", 0) for sort in SORTS},
}
_READY_SECONDS = 30.0
_OFF_SECONDS = 40.0
_LOOK_AGAIN_SECONDS = 0.2


class Runaway:
    """So many rooms of each sort of `bench.fires.SORTS`, all burning at once."""

    def __init__(self, rooms: int, tell: Callable[[Figure], None]) -> None:
        self._each = rooms
        self._rooms = rooms_of(rooms)
        self._tell = tell

    async def run(self) -> None:
        """Let them burn. Raises `ChildFailed` when they do not even charge."""
        ocpp = free_port()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            async with (
                Mosquitto(folder / "broker") as broker,
                Fires(self._each, broker.port, ocpp) as fires,
                ChargingGateway(folder, _written(self._rooms, broker.port, ocpp, fires.boards)) as gateway,
            ):
                await self._begin(fires, gateway)
                await fires.do("burn")
                await self._until_off(fires, gateway)
                self._figures((await fires.do("report"))["rooms"], _verified(gateway))

    async def _begin(self, fires: Fires, gateway: ChargingGateway) -> None:
        """All charge, the gateway knows it, and those who will fail have begun to."""

        async def connected() -> bool:
            report = await fires.do("report")
            return bool(report["connected"] == report["of"])

        async def charging() -> bool:
            rooms = await gateway.rooms()
            return all(rooms[room.id]["charging"] == (1 if room.sort in (ACCEPTS, DEAF) else 2) for room in self._rooms)

        async def spoiled() -> bool:
            rooms = await gateway.rooms()
            return all(rooms[room.id]["offline"] for room in self._rooms if room.sort == OFFLINE)

        await fires.do("connect")
        await _until(connected, "not every charger came to the gateway")
        await fires.do("charge")
        await _until(charging, "not every charger charges")
        await fires.do("spoil")
        await _until(spoiled, "not every lost charger is known to be lost")

    async def _until_off(self, fires: Fires, gateway: ChargingGateway) -> None:
        """Wait until all is verified to be off, or is too late for any goal."""

        async def off() -> bool:
            rooms = (await fires.do("report"))["rooms"]
            return all(room["off_ns"] for room in rooms.values()) and len(_verified(gateway)) == len(self._rooms)

        try:
            await _until(off, "", _OFF_SECONDS)
        except ChildFailed:
            return  # the figures say it

    def _figures(self, rooms: Mapping[str, Mapping[str, Any]], verified: Mapping[str, int]) -> None:
        for sort in SORTS:
            of_sort = {room.id: rooms[room.id] for room in self._rooms if room.sort == sort}
            proved = [_seconds(room["over_ns"], verified.get(name, 0)) for name, room in of_sort.items()]
            truly = [_seconds(room["over_ns"], room["off_ns"]) for room in of_sort.values()]
            early = sum(0 < verified.get(name, 0) < room["off_ns"] for name, room in of_sort.items())
            for what, times in (("verified off", proved), ("no current", truly)):
                self._figure(f"{sort}: {what} p50", percentile(times, 0.50), "s")
                self._figure(f"{sort}: {what} p99", percentile(times, 0.99), "s")
            self._figure(f"{sort}: left charging", sum(bool(room["charging"]) for room in of_sort.values()), "rooms")
            self._figure(f"{sort}: said to be off while current flowed", early, "rooms")
            self._figure(f"{sort}: contactors cut", sum(not room["closed"] for room in of_sort.values()), "")

    def _figure(self, name: str, value: float, unit: str) -> None:
        value = math.nan if math.isinf(value) else value
        self._tell(Figure("chargers", f"runaway, {name}", value, unit, self._each, GOALS.get(name)))


def _verified(gateway: ChargingGateway) -> dict[str, int]:
    """By room: when the stop of it was proved for the first time, by the journal (CLOCK_BOOTTIME in ns)."""
    proved: dict[str, int] = {}
    for boottime_ns, stop in gateway.recorded("charging_stop"):
        if stop["reach"] == "room" and stop["phase"] == "proved":
            proved.setdefault(stop["what"], boottime_ns)
    return proved


def _seconds(since_ns: int, until_ns: int) -> float:
    """From then until then; infinite for what never came."""
    return (until_ns - since_ns) / 1e9 if since_ns and until_ns else float("inf")


async def _until(true: Callable[[], Awaitable[bool]], otherwise: str, seconds: float = _READY_SECONDS) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await true():  # noqa: ASYNC110 - another process
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError:
        raise ChildFailed(f"{otherwise} within {seconds:.0f} s") from None


def _written(rooms: list[Room], mqtt: int, ocpp: int, boards: Sequence[int]) -> str:
    """The compound of these rooms."""
    here = "\n".join(
        f"  - {{id: {room.id}, name: {room.id}, building: b1, cabinet: none, anybody: true, "
        f"kind: {'ebike' if room.sort == OBEYS else 'car'}, "
        f"contactor: {{device: cut{room.board + 1}, part: contactor{room.contactor + 1}}}}}"
        for room in rooms
    )
    controllers = "\n".join(
        f"      - {{id: {name}, product: gridpost-ebike-12, topic: {topic_of(name)}, room: {room.id}}}"
        for room in rooms
        for name in room.names
        if room.sort == OBEYS
    )
    piles = "\n".join(
        f"      - {{id: {name}, identity: {name}, room: {room.id}}}"
        for room in rooms
        for name in room.names
        if room.sort != OBEYS
    )
    cutting = "\n".join(
        f"  - {{id: cut{number}, driver: modbus, host: 127.0.0.1, port: {port}, "
        f"devices: [{{id: cut{number}, product: contactor-8, unit: 1}}]}}"
        for number, port in enumerate(boards, start=1)
    )
    return f"""\
compound: {{id: bench, name: bench, simulated: true}}
buildings: [{{id: b1, name: b1}}]
rooms:
{here}
lines:
  - id: field
    driver: mqtt
    host: 127.0.0.1
    port: {mqtt}
    devices:
{controllers}
  - id: piles
    driver: ocpp
    listen: 127.0.0.1:{ocpp}
    security: none
    devices:
{piles}
{cutting}
"""
