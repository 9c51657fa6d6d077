"""Who is on duty over HTTP: the list, the hand-over sheet, and what people do about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from drivers.contract import Link
from gateway.detecting import BeginWalkTest
from gateway.model import LinkSaid
from gateway.serve import duty_shapes
from gateway.serve.duty_keeper import Entry
from tests.serve.compound import Town, forced, now
from tests.serve.doorkeeping import SEED

if TYPE_CHECKING:
    import httpx

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
    town.staffing.incidents.append(Entry("17", "暴力开门", "1号楼", 1_800_000_000.0))

    sheet = duty_shapes.Sheet.model_validate_json((await _ask(town, "GET", f"{DUTY}/g1/sheet", who="staff")).text)

    assert [alarm.number for alarm in sheet.alarms] == [1]
    assert [(line.id, line.down, line.devices) for line in sheet.lines] == [("north", False, 1)]
    assert [(test.what, test.until is None) for test in sheet.walk_tests] == [("1", False)]
    assert [(entry.id, entry.what, entry.until) for entry in sheet.incidents] == [("17", "暴力开门", None)]
    assert (sheet.outages, sheet.trials, sheet.doors_free) == ([], [], [])
    assert sheet.duty.grid == "g1"


async def test_a_line_that_is_lost_stands_on_the_sheet_with_all_its_devices(town: Town) -> None:
    await town.road.release(LinkSaid("north", is_line=True, link=Link.LOST, why="no route"))

    sheet = duty_shapes.Sheet.model_validate_json((await _ask(town, "GET", f"{DUTY}/g1/sheet", who="staff")).text)

    assert [(line.id, line.down, line.devices) for line in sheet.lines] == [("north", True, 2)]


async def test_a_test_call_names_whom_it_calls_and_where_its_fate_is_told(town: Town) -> None:
    rung = await _ask(town, "POST", f"{DUTY}/g1/ring", who="installer")
    again = await _ask(town, "POST", f"{DUTY}/g1/ring", who="installer")

    assert rung.status_code == 202
    assert duty_shapes.Rung.model_validate_json(rung.text).model_dump() == {
        "subject": "test:1",
        "called": [{"id": "zhang", "name": "张三"}],
    }
    assert (again.status_code, again.json()["code"]) == (409, "rung_already")
    assert [tell.subject for tell in town.staffing.told] == ["test:1"]


async def test_a_roster_is_written_whole(town: Town) -> None:
    shifts = [{**DAY, "from": "08:00", "to": "20:00", "deputy": "zhang"}, {**DAY, "from": "20:00", "to": "08:00"}]

    written = await _ask(town, "PUT", f"{DUTY}/g1/shifts", {"shifts": shifts})

    assert written.status_code == 200, written.text
    kept = duty_shapes.Duty.model_validate_json(written.text)
    assert [shift.model_dump(by_alias=True, exclude={"id"}) for shift in kept.shifts] == [
        {**shift, "deputy": shift.get("deputy", "")} for shift in shifts
    ]
    assert (kept.awaited, _name(kept.responsible)) == (True, "张三")


@pytest.mark.parametrize(
    ("shift", "status"),
    [
        ({**DAY, "from": "08:00", "to": "20:00"}, 409),
        ({**DAY, "from": "8", "to": "20:00"}, 422),
        ({**DAY, "from": "24:00", "to": "20:00"}, 422),
        ({**DAY, "from": "08:00", "to": "08:00", "days": ["mon", "sometimes"]}, 422),
        ({**DAY, "from": "08:00", "to": "08:00", "person": "nobody"}, 409),
    ],
)
async def test_a_roster_that_is_wrong_is_refused_with_every_reason(town: Town, shift: Any, status: int) -> None:
    refused = await _ask(town, "PUT", f"{DUTY}/g1/shifts", {"shifts": [shift]})

    assert refused.status_code == status
    assert status == 422 or refused.json()["details"]


async def test_a_team_is_written_whole(town: Town) -> None:
    written = await _ask(town, "PUT", f"{DUTY}/g1/team", {"team": {"guard": ["li", "li"], "property": []}})

    kept = duty_shapes.Duty.model_validate_json(written.text)
    assert {role: [one.id for one in several] for role, several in kept.team.items()} == {"guard": ["li"]}


async def test_the_staff_may_not_write_rosters(town: Town) -> None:
    refused = await _ask(town, "PUT", f"{DUTY}/g1/team", {"team": {}}, who="staff")

    assert refused.status_code == 403
