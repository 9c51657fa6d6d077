from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Link
from gateway.charging import Reach
from gateway.decide.chargers.stop import Phase, Stop
from gateway.decide.rules import CHARGING_STOPPED, SOCKET_HOT
from gateway.model import LinkSaid, Priority
from gateway.serve import charging_shapes
from gateway.serve.room_power import KEPT_SECONDS, RoomPower
from tests.serve.compound import FlatPlot, Town, forced, now
from tests.serve.tending import ROOM_PLACES, WHERE

if TYPE_CHECKING:
    from gateway.model import Alarm


def alarm(number: int, rule: str, source: str, device: str, priority: Priority = Priority.P2) -> Alarm:
    """An open alarm in building 1."""
    at = WHERE["pile1"]
    changes = {"key": f"{rule}@{source}", "rule": rule, "source": source, "device": device, "place": at}
    return replace(forced(number), priority=priority, **changes)  # type: ignore[arg-type]


async def _rooms(town: Town, query: str = "", who: str = "viewer") -> charging_shapes.Rooms:
    async with town.client(who) as client:
        answer = await client.get(f"/api/v1/rooms{query}")
    assert answer.status_code == 200, answer.text
    return charging_shapes.Rooms.model_validate_json(answer.text)


async def _room(town: Town, room: str = "shed1") -> charging_shapes.RoomDetail:
    async with town.client("viewer") as client:
        answer = await client.get(f"/api/v1/rooms/{room}")
    assert answer.status_code == 200, answer.text
    return charging_shapes.RoomDetail.model_validate_json(answer.text)


async def test_a_room_is_told_in_numbers(tended: Town) -> None:
    tended.tending.charges("pile1/p01", 311.16)
    tended.tending.ports["pile1/p02"].holds = {"idle"}
    tended.tending.stops["stop1"] = Stop(
        "stop1", Reach.PORT, "pile1/p02", "rule", "", now().utc, ports={"pile1/p02": Phase.PROVED}
    )
    await tended.road.raise_alarm(alarm(1, SOCKET_HOT, "pile1/p01", "pile1"))
    await tended.road.raise_alarm(alarm(2, CHARGING_STOPPED, "shed1", "", Priority.P3))

    [first, second] = (await _rooms(tended)).rooms

    assert first.model_dump() == {
        "id": "shed1",
        "name": "1号车棚",
        "building": "b1",
        "building_name": "1号楼",
        "cabinet": "配电箱 A",
        "kind": "ebike",
        "ports": 2,
        "charging": 1,
        "free": 0,
        "held": 1,
        "fault": 0,
        "offline": 0,
        "watts": 311.2,
        "limit_watts": 5000.0,
        "contactor": {"device": "relays", "part": "do1", "closed": True},
        "stop": "stop1",
        "alarms": 2,
        "worst": 2,
    }
    assert (second.id, second.free, second.contactor, second.stop, second.worst) == ("shed2", 1, None, None, None)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("?building=b2", ["shed2"]),
        ("?state=charging", ["shed1"]),
        ("?state=offline", ["shed2"]),
        ("?state=stopped", []),
        ("?after=shed1", ["shed2"]),
        ("?limit=1", ["shed1"]),
    ],
)
async def test_rooms_are_found_by_place_and_by_how_they_are(tended: Town, query: str, ids: list[str]) -> None:
    tended.tending.charges("pile1/p01")
    tended.tending.silent("pile2/p01")

    found = await _rooms(tended, query)

    assert [room.id for room in found.rooms] == ids
    assert found.next == ("shed1" if query == "?limit=1" else None)


async def test_a_held_port_that_still_carries_current_counts_as_charging(tended: Town) -> None:
    tended.tending.charges("pile1/p01")
    tended.tending.ports["pile1/p01"].holds = {"stop"}
    tended.tending.sessions.clear()
    tended.tending.ports["pile1/p01"].state = "finishing"

    [first, _] = (await _rooms(tended)).rooms

    assert (first.charging, first.held) == (1, 0)


async def test_a_port_that_was_not_heard_in_time_counts_as_nothing_else(tended: Town) -> None:
    tended.tending.charges("pile1/p01")
    tended.tending.silent("pile1/p01")

    [first, _] = (await _rooms(tended)).rooms
    port = (await _room(tended)).chargers[0].ports[0]

    assert (first.charging, first.offline) == (0, 1)
    assert (port.state, port.sure) == ("charging", False)


async def test_a_room_tells_of_each_port(tended: Town) -> None:
    tended.tending.charges("pile1/p01", 440.0)
    port = tended.tending.ports["pile1/p01"]
    port.volts, port.celsius, port.milliamperes, port.charge, port.error = 221.0, 41.5, 1.2, 63.0, "E7"
    port.holds = {"trip", "stop"}
    await tended.road.release(LinkSaid("pile1", is_line=False, link=Link.UP, why=""))
    tended.road.hear("pile1", (31.0, True))
    await tended.road.raise_alarm(alarm(1, SOCKET_HOT, "pile1/p01", "pile1"))

    room = await _room(tended)

    [charger] = room.chargers
    assert (charger.id, charger.name, charger.link, charger.celsius, charger.smoke) == (
        "pile1",
        "1号桩",
        "up",
        31.0,
        True,
    )
    assert (charger.mains_fail, charger.commands) == (None, ["p01.stop", "p02.stop"])
    told = charger.ports[0].model_dump(exclude={"since", "heard"})
    assert told == {
        "part": "p01",
        "name": "1号口",
        "state": "charging",
        "watts": 440.0,
        "amperes": 2.0,
        "volts": 221.0,
        "celsius": 41.5,
        "milliamperes": 1.2,
        "charge": 63.0,
        "kwh": 0.25,
        "session": "s-pile1/p01",
        "holds": ["stop", "trip"],
        "error": "E7",
        "alarm": 2,
        "sure": True,
    }
    assert charger.ports[0].since is not None
    assert (charger.ports[1].session, charger.ports[1].kwh, charger.ports[1].holds) == (None, None, [])
    assert [each.rule for each in room.open_alarms] == [SOCKET_HOT]


async def test_nobody_is_told_who_charges(tended: Town) -> None:
    tended.tending.charges("pile1/p01")

    async with tended.client("administrator") as client:
        said = [(await client.get(path)).text for path in ("/api/v1/rooms/shed1", "/api/v1/charging/sessions")]

    assert not any(tended.tending.sessions["pile1/p01"].tag in text for text in said)


async def test_who_is_bound_to_a_grid_sees_the_rooms_of_it_alone(tended: Town) -> None:
    listed = await _rooms(tended, who="bound")
    async with tended.client("bound") as client:
        answers = [await client.get(f"/api/v1/rooms/{path}") for path in ("shed2", "shed2/power", "shed9")]

    assert [room.id for room in listed.rooms] == ["shed1"]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "room_unknown")] * 3


# ---------------------------------------------------------------- what a room drew


@dataclass
class Ports:
    """A past in which p01 drew 100 W all the time and p02 200 W in the last five minutes alone."""

    asked: list[tuple[str, float, float, int]] = field(default_factory=list)

    async def query(self, device: str, key: str, start: float, end: float, pixels: int) -> FlatPlot:
        """As History does it: buckets of five minutes."""
        self.asked.append((f"{device}/{key}", start, end, pixels))
        await asyncio.sleep(0)
        t = tuple(start + 300.0 * bucket for bucket in range(pixels))
        drawn = (100.0,) * pixels if key == "p01.power" else (None,) * (pixels - 1) + (200.0,)
        return FlatPlot(300.0, t, drawn, drawn, drawn, drawn, ("good",) * pixels)


async def test_what_a_room_drew_is_what_its_ports_drew_together(tended: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    past = Ports()
    monkeypatch.setattr(tended.past, "query", past.query)

    async with tended.client("viewer") as client:
        answer = await client.get("/api/v1/rooms/shed1/power?hours=1")

    plot = charging_shapes.RoomPower.model_validate_json(answer.text)
    assert (len(plot.t), plot.bucket_seconds, plot.ports) == (12, 300.0, 2)
    assert plot.mean == plot.max == [100.0] * 11 + [300.0]
    assert plot.told == [1] * 11 + [2]
    assert (plot.end - plot.start).total_seconds() == 3600
    assert plot.t[0] % 300 == 0
    assert [point for point, *_ in past.asked] == ["pile1/p01.power", "pile1/p02.power"]


async def test_buckets_of_which_nothing_is_known_are_no_zeros(tended: Town) -> None:
    async with tended.client("viewer") as client:
        answer = await client.get("/api/v1/rooms/shed2/power")

    plot = charging_shapes.RoomPower.model_validate_json(answer.text)
    assert (set(plot.mean), set(plot.told), len(plot.mean)) == ({None}, {0}, 288)


async def test_a_plot_is_read_once_for_all_who_ask_within_half_a_minute(
    tended: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    past, moment = Ports(), [now()]
    monkeypatch.setattr(tended.past, "query", past.query)
    power = RoomPower(replace(tended.house, now=lambda: moment[0]))
    room = ROOM_PLACES["shed1"]

    first, second = await asyncio.gather(power.of(room, 24), power.of(room, 24))
    moment[0] = moment[0]._replace(utc=moment[0].utc + KEPT_SECONDS)
    later = await power.of(room, 24)

    assert first is second
    assert later is not first
    assert len(past.asked) == 4
