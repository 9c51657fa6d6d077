from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from websockets.asyncio.server import ServerConnection, serve

from bench.fires import OFFLINE, SORTS, TRIP_CELSIUS, Room, rooms_of
from bench.piles import Pile
from bench.publisher import event, message, telemetry, topic_of
from drivers.mqtt.product import load_mqtt_product
from simulator.contactor_board import CONTACTORS

if TYPE_CHECKING:
    import pytest


class Socket:
    def __init__(self, *, flows: bool) -> None:
        self.flows = flows


class Charger:
    """One with a socket for each part."""

    def __init__(self, *sockets: Socket) -> None:
        self.parts = tuple(str(number) for number in range(len(sockets)))
        self._sockets = sockets

    def socket(self, part: str) -> Socket:
        return self._sockets[int(part)]


def _hashed(kind: str, secret: str) -> str:
    return f"{kind} {len(secret)}"


def test_what_the_publisher_says_is_what_a_charger_of_ours_would_say() -> None:
    product = load_mqtt_product("gridpost-ebike-12", ())
    own = topic_of(3)

    begun, ended = (
        product.read(f"{own}/event", own, message(3, 1, number, event(number)), _hashed) for number in range(2)
    )
    measured = product.read(f"{own}/tele", own, message(3, 2, 0, telemetry(0)), _hashed)

    assert [said.rejected for said in (begun, ended, measured)] == ["", "", ""]
    assert [said.events[0].kind for said in (begun, ended)] == ["session_started", "session_ended"]
    assert (begun.seq, ended.seq, measured.boot) == (1, 2, "2")
    assert len(measured.readings) > 5


def test_each_room_has_a_contactor_of_its_own() -> None:
    rooms = rooms_of(each=10)

    assert [sum(room.sort == sort for room in rooms) for sort in SORTS] == [10] * len(SORTS)
    assert len({(room.board, room.contactor) for room in rooms}) == len(rooms)
    assert all(room.contactor < CONTACTORS for room in rooms)
    assert {len(room.names) for room in rooms if room.sort == OFFLINE} == {2}


def test_a_room_is_off_when_the_last_current_ended_after_the_limit_was_passed() -> None:
    room = Room("room1", OFFLINE, 0, 0, ("pile",))
    burning, beside = Socket(flows=False), Socket(flows=True)
    room.chargers.append(Charger(burning, beside))  # type: ignore[arg-type]

    room.measured(TRIP_CELSIUS - 0.1)
    room.look()
    assert (room.over_ns, room.off_ns) == (0, 0)

    room.measured(TRIP_CELSIUS)
    room.look()
    assert room.over_ns > 0 == room.off_ns

    beside.flows = False
    room.look()
    assert room.off_ns >= room.over_ns

    burning.flows = True
    room.look()
    assert room.off_ns == 0


async def test_a_pile_tells_again_what_was_not_confirmed_when_its_connection_broke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bench.piles.TRY_AGAIN_SECONDS", 0.01)
    heard: list[tuple[str, dict[str, Any]]] = []

    async def central(connection: ServerConnection) -> None:
        async for text in connection:
            _, number, action, fields = json.loads(text)
            heard.append((action, fields))
            if [one for one, _ in heard].count("StartTransaction") == 1 and action == "StartTransaction":
                connection.transport.abort()
                return
            await connection.send(json.dumps([3, number, {"status": "Accepted", "transactionId": 7}]))

    pile = Pile("CP1")
    pile.begin()
    async with serve(central, "127.0.0.1", 0, subprotocols=["ocpp1.6"]) as server:  # type: ignore[list-item]
        async with asyncio.timeout(5):
            await pile.back(next(iter(server.sockets)).getsockname()[1])
        await pile.cut()

    started = [fields for action, fields in heard if action == "StartTransaction"]
    assert len(started) == 2
    assert started[0] == started[1]
    assert (pile.given, pile.waiting, pile.tries, pile.home) == ([7], [], 2, False)
