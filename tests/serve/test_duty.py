"""Who is on duty over HTTP: the list, the hand-over sheet, and what people do about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from drivers.contract import Link
from gateway.decide.fires.trials import Trial
from gateway.detecting import BeginWalkTest
from gateway.model import LinkSaid, Place, Priority
from gateway.notice import Fate, Notice, Noticed, Notify
from gateway.serve import duty_shapes
from gateway.serve.door_list import DoorList
from gateway.serve.duty_sheet import sheet_body, somebody
from tests.serve.compound import Town, forced, now
from tests.serve.doorkeeping import SEED

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx

    from gateway.serve.views import Body, Scope

DUTY = "/api/v1/duty"
DAY = {"name": "白班", "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "person": "li"}


async def _ask(town: Town, method: str, path: str, body: Any = None, who: str = "manager") -> httpx.Response:
    async with town.client(who) as client:
        return await client.request(method, path, json=body)


async def _grids(town: Town, who: str = "staff") -> dict[str, duty_shapes.Duty]:
    answer = await _ask(town, "GET", DUTY, who=who)
    assert answer.status_code == 200, answer.text
    return {duty.grid: duty for duty in duty_shapes.Duties.model_validate_json(answer.text).grids}


def _name(somebody: duty_shapes.Somebody | None) -> str:
    return "" if somebody is None else somebody.name


async def test_who_is_on_duty_is_told_for_every_grid(town: Town) -> None:
    grids = await _grids(town)

    g1, g2 = grids["g1"], grids["g2"]
    assert list(grids) == ["c1", "g1", "g2"]
    assert (g1.name, g1.code, g1.parent, g1.roster_of) == ("第一网格", "370102013006001", "c1", "g1")
    assert g1.shift is not None
    assert (g1.shift.name, _name(g1.shift.person), _name(g1.deputy)) == ("全天", "张三", "李四")
    assert (_name(g1.responsible), g1.awaited, g1.late) == ("张三", False, False)
    assert g1.following is not None
    assert g1.following.begins == g1.shift.ends
    assert (g2.roster_of, g2.shift, g2.responsible, g2.following) == ("", None, None, None)
    assert {role: [_name(one) for one in several] for role, several in g2.team.items()} == {"guard": ["李四"]}


async def test_who_is_bound_to_a_grid_sees_that_one_alone(town: Town) -> None:
    assert list(await _grids(town, "bound")) == ["g1"]

    refused = await _ask(town, "POST", f"{DUTY}/g2/hand-over", {"note": ""}, who="bound")

    assert (refused.status_code, refused.json()["code"]) == (404, "grid_unknown")


async def test_a_grid_is_taken_over_by_name(town: Town) -> None:
    taken = await _ask(town, "POST", f"{DUTY}/g1/take-over", {"person": "li"}, who="staff")

    assert taken.status_code == 200, taken.text
    assert _name(duty_shapes.Duty.model_validate_json(taken.text).responsible) == "李四"
    assert _name((await _grids(town))["g1"].responsible) == "李四"


async def test_who_has_an_account_of_his_own_takes_over_with_it(town: Town) -> None:
    await _ask(town, "POST", f"{DUTY}/g1/take-over", {"person": "li"}, who="staff")

    refused = await _ask(town, "POST", f"{DUTY}/g1/take-over", {"person": "zhang"}, who="bound")
    taken = await _ask(town, "POST", f"{DUTY}/g1/take-over", {"person": "zhang"}, who="staff")

    assert (refused.status_code, refused.json()["code"]) == (403, "role")
    assert taken.json()["responsible"]["id"] == "zhang"


async def test_a_note_stands_on_the_sheet_and_is_told_to_whoever_comes(town: Town) -> None:
    noted = await _ask(town, "POST", f"{DUTY}/g1/hand-over", {"note": "2单元门锁待修"}, who="staff")

    note = duty_shapes.Duty.model_validate_json(noted.text).note
    assert note is not None
    assert (note.text, note.by) == ("2单元门锁待修", "staff")
    assert [(tell.kind, tell.to) for tell in town.staffing.told] == [("hand_over", ("person:zhang",))]


async def test_the_sheet_says_all_that_whoever_comes_must_know(town: Town) -> None:
    await town.road.raise_alarm(forced())
    await town.road.raise_alarm(replace(forced(2), place=town.hub.views.layout.devices["b2u1"].place))
    await town.road.release(LinkSaid("b1u2", is_line=False, link=Link.LOST, why="silent"))
    town.watch.act(BeginWalkTest(SEED, ("b1-1-101-smoke",), 30), now())
    outage, report = (
        "/api/v1/detectors/b1-1-102-smoke/outage",
        {"building": "b1", "category": "environment", "what": "垃圾"},
    )
    asked = {"reason": "装修", "work_order": "W-7", "hours": 1, "household_told": True}
    assert (await _ask(town, "POST", outage, asked)).status_code == 202
    assert (await _ask(town, "POST", f"{outage}/confirm", who="installer")).status_code == 200
    assert (await _ask(town, "POST", "/api/v1/incidents", {**report, "priority": 3})).status_code == 201
    town.staffing.safety.trials |= {each: Trial(each, "甲", 1.8e9, 1.9e9, ()) for each in ("b1", "b2")}

    sheet = duty_shapes.Sheet.model_validate_json((await _ask(town, "GET", f"{DUTY}/g1/sheet", who="staff")).text)

    assert [alarm.number for alarm in sheet.alarms] == [1]
    assert [(line.id, line.down, line.devices) for line in sheet.lines] == [("north", False, 1)]
    assert [(test.what, test.until is None) for test in sheet.walk_tests] == [("1", False)]
    assert [(entry.id, entry.what, entry.until is None) for entry in sheet.outages] == [
        ("b1-1-102-smoke", "smoke", False)
    ]
    assert [(entry.id, entry.where) for entry in sheet.incidents] == [("1", "1号楼")]
    assert [(entry.id, entry.where) for entry in sheet.trials] == [("b1", "1号楼")]
    assert sheet.duty.grid == "g1"


async def test_doors_that_are_held_free_stand_on_the_sheet(town: Town) -> None:
    doors = town.house.doors.bodies(frozenset())
    free = replace(
        town.house, doors=HeldFree({**body, "mode": "free" if n else "card"} for n, body in enumerate(doors))
    )

    sheet = sheet_body(free, town.staffing.people.grids["g1"])

    assert [(entry["id"], entry["where"]) for entry in sheet["doors_free"]] == [("b1u2/door1", "1号楼 2 单元大门")]


class HeldFree(DoorList):
    """Doors of which some are held free."""

    def __init__(self, bodies: Iterable[Body]) -> None:
        self._bodies = list(bodies)

    def bodies(self, scope: Scope) -> list[Body]:
        return [body for body in self._bodies if body["grid"] in scope]


async def test_a_line_that_is_lost_stands_on_the_sheet_with_all_its_devices(town: Town) -> None:
    await town.road.release(LinkSaid("north", is_line=True, link=Link.LOST, why="no route"))

    sheet = duty_shapes.Sheet.model_validate_json((await _ask(town, "GET", f"{DUTY}/g1/sheet", who="staff")).text)

    assert [(line.id, line.down, line.devices) for line in sheet.lines] == [("north", True, 2)]


async def test_a_test_call_names_whom_it_calls_and_where_its_fate_is_told(town: Town) -> None:
    rung = await _ask(town, "POST", f"{DUTY}/g1/ring", who="installer")
    again = await _ask(town, "POST", f"{DUTY}/g1/ring", who="installer")

    assert rung.status_code == 202
    assert duty_shapes.Rung.model_validate_json(rung.text).model_dump() == {
        "test": 1,
        "called": [{"id": "zhang", "name": "张三"}],
    }
    assert (again.status_code, again.json()["code"]) == (409, "rung_already")
    assert [tell.subject for tell in town.staffing.told] == ["test:1"]


async def test_what_became_of_a_test_call_is_told_within_its_grid(town: Town) -> None:
    place = Place(name="第一网格", grid="g1")
    called = Notice(7, "bot", "zhang", "test", Priority.P3, "test:1", place, now().utc)
    await town.road.release(Notify(called), Notify(replace(called, number=8, place=replace(place, grid="g2"))))
    await town.road.release(Noticed((7,), Fate.FAILED, "errcode 45009"))

    answer = await _ask(town, "GET", f"{DUTY}/tests/1", who="bound")
    whole = await _ask(town, "GET", f"{DUTY}/tests/1", who="staff")

    assert duty_shapes.TestCall.model_validate_json(answer.text).model_dump() == {
        "test": 1,
        "messages": [
            {"channel": "bot", "person": {"id": "zhang", "name": "张三"}, "fate": "failed", "why": "errcode 45009"}
        ],
    }
    assert [message["fate"] for message in whole.json()["messages"]] == ["failed", "waiting"]
    assert (await _ask(town, "GET", f"{DUTY}/tests/2", who="staff")).json()["messages"] == []


async def test_a_department_has_a_name_too(town: Town) -> None:
    staff = town.staffing.people

    assert somebody(staff, "department:gas") == {"id": "department:gas", "name": "燃气公司"}
    assert somebody(staff, "gone") == {"id": "gone", "name": "gone"}


async def test_a_roster_is_written_whole(town: Town) -> None:
    shifts = [{**DAY, "from": "08:00", "to": "20:00", "deputy": "zhang"}, {**DAY, "from": "20:00", "to": "08:00"}]

    written = await _ask(town, "PUT", f"{DUTY}/g1/shifts", {"shifts": shifts})

    assert written.status_code == 200, written.text
    kept = duty_shapes.Duty.model_validate_json(written.text)
    assert [shift.model_dump(by_alias=True, exclude={"id"}) for shift in kept.shifts] == [
        {**shift, "deputy": shift.get("deputy", "")} for shift in shifts
    ]
    assert (kept.awaited, _name(kept.responsible)) == (True, "张三")


WRONG_SHIFTS: list[tuple[dict[str, Any], int]] = [
    ({**DAY, "from": "08:00", "to": "20:00"}, 409),
    ({**DAY, "from": "8", "to": "20:00"}, 422),
    ({**DAY, "from": "24:00", "to": "20:00"}, 422),
    ({**DAY, "from": "08:00", "to": "08:00", "days": ["mon", "sometimes"]}, 422),
    ({**DAY, "from": "08:00", "to": "08:00", "person": "nobody"}, 409),
]


async def test_a_roster_that_is_wrong_is_refused_with_every_reason(town: Town) -> None:
    for shift, status in WRONG_SHIFTS:
        refused = await _ask(town, "PUT", f"{DUTY}/g1/shifts", {"shifts": [shift]})

        assert refused.status_code == status, shift
        assert status == 422 or refused.json()["details"]


async def test_a_team_is_written_whole(town: Town) -> None:
    written = await _ask(town, "PUT", f"{DUTY}/g1/team", {"team": {"guard": ["li", "li"], "property": []}})

    kept = duty_shapes.Duty.model_validate_json(written.text)
    assert {role: [one.id for one in several] for role, several in kept.team.items()} == {"guard": ["li"]}


async def test_the_staff_may_not_write_rosters(town: Town) -> None:
    refused = await _ask(town, "PUT", f"{DUTY}/g1/team", {"team": {}}, who="staff")

    assert refused.status_code == 403
