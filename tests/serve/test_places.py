from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Device, Fault, Group, Kind, Link, Point, Quality, Sample
from gateway.model import LinkSaid, Priority
from gateway.serve import shapes
from gateway.serve.shape import Problem
from tests.serve.compound import CALM, OPEN, Town, forced, now, open_town, served

if TYPE_CHECKING:
    from pathlib import Path

POINT = "/api/v1/devices/b1u1/points/door1.open"


async def test_what_is_said_under_test_is_listed_and_is_no_verdict(town: Town) -> None:
    await town.road.raise_alarm(forced(priority=Priority.P1, test=True))

    async with town.client("viewer") as client:
        overview = shapes.Overview.model_validate_json((await client.get("/api/v1/overview")).text)

    assert overview.verdict.state == "well"
    assert overview.verdict.critical == overview.verdict.unanswered == 0
    assert [tile.worst for tile in overview.buildings] == [None, None]
    assert [alarm.test for alarm in overview.alarms] == [True]


async def test_the_overview_of_a_quiet_compound_is_well_and_fits_its_shape(town: Town) -> None:
    async with town.client("viewer") as client:
        body = (await client.get("/api/v1/overview")).text
    overview = shapes.Overview.model_validate_json(body)

    assert overview.verdict.state == "well"
    assert overview.compound.name == "幸福里小区"
    assert [(tile.id, tile.devices, tile.doors, tile.open) for tile in overview.buildings] == [
        ("b1", 3, 2, 0),
        ("b2", 2, 1, 0),
    ]
    assert overview.lines.model_dump() == {"up": 3, "lost": 0, "unknown": 0}


async def test_before_anything_was_heard_nothing_is_well(tmp_path: Path) -> None:
    async with open_town(tmp_path, hears=False) as town, served(town), town.client() as client:
        verdict = (await client.get("/api/v1/overview")).json()["verdict"]
        point = (await client.get(POINT)).json()

    assert verdict["state"] == "unknown"
    assert verdict["unheard"] == 6, "the gate stands in no building and counts all the same"
    assert (point["value"], point["quality"], point["why"], point["heard"]) == (None, "bad", "never heard", None)


async def test_a_building_shows_its_devices_with_every_point(town: Town) -> None:
    town.road.hear("b1u2", OPEN)

    async with town.client("viewer") as client:
        building = shapes.BuildingView.model_validate_json((await client.get("/api/v1/buildings/b1")).text)

    assert building.building.open == 1
    assert [device.id for device in building.devices] == ["b1u1", "b1u2", "rx1"]
    second = building.devices[1]
    assert (second.name, second.entrance, second.parts) == ("2单元门禁", "2", {"door1": "单元大门"})
    assert second.points["door1.open"].value is True
    assert second.points["supply_voltage"].unit == "V"
    assert second.points["firmware"].value == "2.1.0"


async def test_a_bad_value_says_why(town: Town) -> None:
    fault = Fault(Quality.BAD, "out of range")
    values = (*CALM[:3], None)
    town.house.latest.take(Sample("b1u1", 0, values, (None, None, None, fault), now().boottime_ns, 1_700_000_000.5))

    async with town.client() as client:
        answer = await client.get("/api/v1/devices/b1u1/points/supply_voltage")
    point = shapes.NamedPoint.model_validate_json(answer.text)

    assert (point.value, point.quality, point.why) == (None, "bad", "out of range")
    assert answer.json()["measured"] == "2023-11-14T22:13:20.500Z"


async def test_a_tile_counts_alarms_and_devices_out_of_reach(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    await town.road.raise_alarm(forced(2, acked=True))
    await town.road.release(LinkSaid("b1u2", is_line=False, link=Link.LOST, why="no answer"))

    async with town.client() as client:
        tile = (await client.get("/api/v1/buildings/b1")).json()["building"]

    assert {key: tile[key] for key in ("worst", "alarms", "unanswered", "devices", "offline", "unheard")} == {
        "worst": 2,
        "alarms": 2,
        "unanswered": 1,
        "devices": 3,
        "offline": 1,
        "unheard": 1,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["b1u1", "b1u2", "b2u1", "gate", "rx1", "rx2"]),
        ("?building=b2", ["b2u1", "rx2"]),
        ("?grid=g1", ["b1u1", "b1u2", "rx1"]),
    ],
)
async def test_devices_are_listed_by_building_and_grid(town: Town, query: str, expected: list[str]) -> None:
    async with town.client() as client:
        devices = shapes.Devices.model_validate_json((await client.get(f"/api/v1/devices{query}")).text)

    assert [device.id for device in devices.devices] == expected


async def test_a_device_fits_its_shape(town: Town) -> None:
    async with town.client() as client:
        device = shapes.Device.model_validate_json((await client.get("/api/v1/devices/gate")).text)

    assert (device.line, device.building, device.link, device.fresh) == ("south", "", "up", True)


async def test_history_is_asked_of_the_past_in_seconds(town: Town) -> None:
    query = {"start": "2026-11-20T00:00:00+08:00", "end": "2026-11-20T16:00:00Z", "pixels": "300"}

    async with town.client() as client:
        answer = await client.get(f"{POINT}/history", params=query)
    history = shapes.History.model_validate_json(answer.text)

    start, end = (datetime(2026, 11, day, 16, tzinfo=UTC).timestamp() for day in (19, 20))
    assert town.past.asked == [("b1u1", "door1.open", start, end, 300)]
    assert (history.mean, history.quality, history.meaning) == ([0.5, None], ["good", "gap"], "door_open")


async def test_history_is_of_the_last_day_unless_asked_otherwise(town: Town) -> None:
    async with town.client() as client:
        await client.get(f"{POINT}/history")

    [(_, _, start, end, pixels)] = town.past.asked
    assert (end - start, pixels) == (86_400, 600)
    assert end == pytest.approx(now().utc, abs=5)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"start": "yesterday"}, "query.start"),
        ({"start": "2026-11-20T00:00:00"}, "query.start"),
        ({"start": "2026-11-21T00:00:00Z", "end": "2026-11-20T00:00:00Z"}, "query.start"),
        ({"start": "2020-01-01T00:00:00Z", "end": "2026-11-20T00:00:00Z"}, "query.start"),
        ({"pixels": "0"}, "query.pixels"),
        ({"pixel": "600"}, "query.pixel"),
    ],
)
async def test_a_wrong_query_is_named_by_its_field(town: Town, query: dict[str, str], path: str) -> None:
    async with town.client() as client:
        answer = await client.get(f"{POINT}/history", params=query)

    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [path]
    assert town.past.asked == []


@pytest.mark.parametrize(
    "path",
    [
        "buildings/b9",
        "devices/b9u9",
        "devices/b1u1/points/door9.open",
        "devices/b1u1/points/firmware/history",
        "alarms/99999999999999999999999",
        "alarms/x",
        "alarms/",
        "nothing",
    ],
)
async def test_what_is_not_there_is_a_problem_of_rfc_9457(town: Town, path: str) -> None:
    async with town.client() as client:
        answer = await client.get(f"/api/v1/{path}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    Problem.model_validate_json(answer.text)


@pytest.mark.parametrize(
    "path", ["buildings/b2", "devices/b2u1", "devices/gate", "devices/b2u1/points/door1.open", "alarms/1"]
)
async def test_what_is_in_another_grid_is_not_there_for_an_actor_bound_to_one(town: Town, path: str) -> None:
    place = replace(forced().place, building="b2", grid="g2")
    await town.road.raise_alarm(forced(1, place=place))

    async with town.client("bound") as client:
        answer = await client.get(f"/api/v1/{path}")
        listed = (await client.get("/api/v1/devices")).json()["devices"]

    assert answer.status_code == 404
    assert [device["id"] for device in listed] == ["b1u1", "b1u2", "rx1"]


async def test_a_method_that_a_route_does_not_take_is_a_problem_that_names_those_it_takes(town: Town) -> None:
    async with town.client() as client:
        answer = await client.put("/api/v1/overview")

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"]


async def test_a_clock_gone_mad_does_not_break_the_page(town: Town) -> None:
    await town.road.raise_alarm(forced(since_utc=-1e15, changed_utc=1e18))

    async with town.client() as client:
        [alarm] = (await client.get("/api/v1/overview")).json()["alarms"]

    assert (alarm["since"][:4], alarm["changed"][:4]) == ("1970", "9999")


async def test_a_point_that_tells_of_a_person_is_shown_to_nobody(town: Town) -> None:
    card = Device("reader", "reader", (Group((Point("card", Kind.TEXT, personal=True),), 1.0),))
    town.house.latest.adopt("south", [card])
    town.road.hear("reader", ("00c0ffee00c0ffee",))

    async with town.client("administrator") as client:
        answer = await client.get("/api/v1/devices/reader")

    point = shapes.Device.model_validate_json(answer.text).points["card"]
    assert (point.value, point.why) == (None, "not shown: it tells of a person")
    assert "c0ffee" not in answer.text
