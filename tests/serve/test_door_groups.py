from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.serve import permit_shapes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from tests.serve.compound import Town

NORTH = "/api/v1/door-groups/north"
WEEK = {"name": "清洁", "days": {"monday": [[480, 720], [840, 1080]], "holiday": []}}


async def _put(town: Town, path: str, body: Mapping[str, object], who: str = "manager") -> httpx.Response:
    async with town.client(who) as client:
        return await client.put(path, json=body)


async def test_groups_are_listed_with_how_many_permits_name_them(town: Town) -> None:
    async with town.client("installer") as client:
        groups = permit_shapes.DoorGroups.model_validate_json((await client.get("/api/v1/door-groups")).text)
    async with town.client("bound") as client:
        bound = permit_shapes.DoorGroups.model_validate_json((await client.get("/api/v1/door-groups")).text)

    assert [(group.id, group.permits) for group in groups.groups] == [("north", 2), ("south", 2), ("spare", 0)]
    assert [group.id for group in bound.groups] == ["north", "spare"]


async def test_a_group_is_made_changed_and_let_go(town: Town) -> None:
    path = "/api/v1/door-groups/gates"

    made = await _put(town, path, {"name": "大门", "doors": ["gate/door1"]}, "installer")
    changed = await _put(town, path, {"name": "所有门", "doors": ["gate/door1", "b1u1/door1"]})
    async with town.client("manager") as client:
        gone = await client.delete(path)
        again = await client.delete(path)

    assert permit_shapes.DoorGroup.model_validate_json(made.text).doors == ["gate/door1"]
    assert changed.json()["doors"] == ["gate/door1", "b1u1/door1"]
    assert gone.json() == changed.json()
    assert (again.status_code, again.json()["code"]) == (404, "group_unknown")


async def test_a_group_that_permits_name_stays(town: Town) -> None:
    async with town.client("manager") as client:
        answer = await client.delete(NORTH)

    assert (answer.status_code, answer.json()["code"]) == (409, "group_used")


@pytest.mark.parametrize(
    ("who", "path", "doors", "code"),
    [
        ("manager", NORTH, ["b9u9/door1"], "door_unknown"),
        ("manager", NORTH, ["b1u1/door7"], "door_unknown"),
        ("bound", NORTH, ["b2u1/door1"], "door_unknown"),
        ("bound", "/api/v1/door-groups/south", ["b1u1/door1"], "group_unknown"),
    ],
)
async def test_a_group_holds_doors_that_are_there_and_may_be_seen(
    town: Town, who: str, path: str, doors: list[str], code: str
) -> None:
    connection = town.journal.connect()
    connection.execute("UPDATE users SET role = 'manager' WHERE name = 'bound'")
    connection.close()

    answer = await _put(town, path, {"name": "x", "doors": doors}, who)

    assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert town.road.acts == []


async def test_a_schedule_is_made_and_let_go(town: Town) -> None:
    made = await _put(town, "/api/v1/schedules/cleaning", WEEK)
    async with town.client("staff") as client:
        listed = permit_shapes.Schedules.model_validate_json((await client.get("/api/v1/schedules")).text)
    async with town.client("manager") as client:
        gone = await client.delete("/api/v1/schedules/cleaning")
        used = await client.delete("/api/v1/schedules/days")
        unknown = await client.delete("/api/v1/schedules/cleaning")

    assert permit_shapes.Schedule.model_validate_json(made.text).days == {"monday": [(480, 720), (840, 1080)]}
    assert [(each.id, each.permits) for each in listed.schedules] == [("cleaning", 0), ("days", 1), ("nights", 0)]
    assert (gone.status_code, used.status_code, unknown.status_code) == (200, 409, 404)


@pytest.mark.parametrize(
    "days",
    [
        {"someday": [[0, 60]]},
        {"monday": [[60, 60]]},
        {"monday": [[0, 1441]]},
        {"monday": [[0, 1], [2, 3], [4, 5]]},
    ],
)
async def test_a_week_that_is_none_is_refused(town: Town, days: dict[str, object]) -> None:
    answer = await _put(town, "/api/v1/schedules/odd", {"name": "x", "days": days})

    assert answer.status_code in {409, 422}
    assert "odd" not in town.lodge.permits.schedules


async def test_holidays_say_which_weekends_are_worked_and_whether_the_year_is_known(town: Town) -> None:
    async with town.client("staff") as client:
        known = permit_shapes.Holidays.model_validate_json((await client.get("/api/v1/holidays?year=2025")).text)
        future = permit_shapes.Holidays.model_validate_json((await client.get("/api/v1/holidays?year=2090")).text)
        this = permit_shapes.Holidays.model_validate_json((await client.get("/api/v1/holidays")).text)

    kinds = {day.date.isoformat(): day.kind for day in known.days}
    assert known.known
    assert (kinds["2025-10-01"], kinds["2025-10-11"]) == ("holiday", "workday")
    assert (future.known, future.days) == (False, [])
    assert this.year >= 2026
