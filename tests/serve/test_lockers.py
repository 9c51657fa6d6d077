from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Link, Outcome, Result
from gateway.decide.rules import COMPARTMENT_FORCED
from gateway.model import AskCommand, LinkSaid, Priority
from gateway.parcels import CompartmentState, ReserveCompartment, ResetCompartment, ServiceCompartment
from gateway.serve import locker_shapes, shapes
from tests.serve.compound import Town, forced, now
from tests.serve.tending import WHERE, compartment_values

if TYPE_CHECKING:
    import httpx

LOCKER = "/api/v1/lockers/locker1"
FORCED = replace(
    forced(),
    key=f"{COMPARTMENT_FORCED}@locker1/c02",
    rule=COMPARTMENT_FORCED,
    source="locker1/c02",
    device="locker1",
    place=WHERE["locker1"],
)


async def _get(town: Town, path: str, who: str = "viewer") -> httpx.Response:
    async with town.client(who) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer


async def _post(town: Town, path: str, body: object, who: str = "staff") -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(path, json=body)


async def _detail(town: Town, who: str = "viewer") -> locker_shapes.LockerDetail:
    return locker_shapes.LockerDetail.model_validate_json((await _get(town, LOCKER, who)).text)


async def test_a_locker_is_told_in_numbers(tended: Town) -> None:
    tended.tending.stored("locker1/c01", 30.0)
    tended.tending.compartment("locker1/c02", CompartmentState.FORCED, open=True)
    tended.tending.compartment("locker1/c03", CompartmentState.JAMMED)
    await tended.road.raise_alarm(FORCED)

    found = locker_shapes.Lockers.model_validate_json((await _get(tended, "/api/v1/lockers")).text)

    assert [each.id for each in found.lockers] == ["locker1", "locker2"]
    assert (found.total, found.next) == (2, None)
    told = found.lockers[0].model_dump(exclude={"why", "heard", "fresh"})
    assert told == {
        "id": "locker1",
        "name": "1号柜",
        "building": "b1",
        "building_name": "1号楼",
        "entrance": "1",
        "link": "unknown",
        "compartments": 3,
        "empty": 0,
        "reserved": 0,
        "occupied": 1,
        "overdue": 1,
        "open": 1,
        "forced": 1,
        "out": 1,
        "unknown": 0,
        "alarms": 1,
        "worst": 2,
    }


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("?building=b2", ["locker2"]),
        ("?state=overdue", ["locker1"]),
        ("?state=forced", ["locker2"]),
        ("?state=offline", ["locker1", "locker2"]),
        ("?state=out", []),
        ("?after=locker1", ["locker2"]),
    ],
)
async def test_lockers_are_found_by_place_and_by_how_they_are(tended: Town, query: str, ids: list[str]) -> None:
    tended.tending.stored("locker1/c01", 30.0)
    tended.tending.compartment("locker2/c02", CompartmentState.FORCED)

    found = (await _get(tended, f"/api/v1/lockers{query}")).json()

    assert [each["id"] for each in found["lockers"]] == ids


async def test_lockers_come_page_by_page_though_one_fits_no_more_meanwhile(tended: Town) -> None:
    for cabinet in ("locker1", "locker2"):
        tended.tending.compartment(f"{cabinet}/c01", CompartmentState.FORCED)

    first = (await _get(tended, "/api/v1/lockers?state=forced&limit=1")).json()
    tended.tending.compartment("locker1/c01", CompartmentState.EMPTY)
    second = (await _get(tended, f"/api/v1/lockers?state=forced&limit=1&after={first['next']}")).json()

    assert [each["id"] for each in first["lockers"]] == [first["next"]] == ["locker1"]
    assert ([each["id"] for each in second["lockers"]], second["next"]) == (["locker2"], None)


async def test_a_page_after_a_locker_that_there_is_not_is_not_found(tended: Town) -> None:
    async with tended.client("viewer") as client:
        answer = await client.get("/api/v1/lockers?after=locker9")

    assert (answer.status_code, answer.json()["code"]) == (404, "locker_unknown")


async def test_a_locker_tells_of_each_compartment(tended: Town) -> None:
    tended.tending.stored("locker1/c01", 30.0)
    tended.tending.compartment("locker1/c02", CompartmentState.FORCED, open=True)
    tended.tending.locked_until_utc["locker1"] = now().utc + 60
    await tended.road.release(LinkSaid("locker1", is_line=False, link=Link.UP, why=""))
    tended.road.hear("locker1", (23.5, False))
    for group in (1, 2, 3):
        tended.road.hear("locker1", compartment_values(), group)
    await tended.road.raise_alarm(FORCED)

    found = await _detail(tended)

    assert [(each.part, each.size, each.state, each.alarm, each.sure) for each in found.compartments] == [
        ("c01", "s", "overdue", None, True),
        ("c02", "m", "forced", Priority.P2, True),
        ("c03", "l", "empty", None, False),
    ]
    assert found.compartments[0].overdue_hours == pytest.approx(30.0, abs=0.01)
    assert (found.compartments[1].open, found.compartments[1].overdue_hours) == (True, None)
    assert (found.link, found.fresh) == ("up", True)
    assert {key: point.value for key, point in found.points.items()} == {"temperature": 23.5, "mains_fail": False}
    assert found.commands == ["c01.open", "c02.open"]
    assert found.codes_locked_until is not None
    assert [alarm.source for alarm in found.open_alarms] == ["locker1/c02"]


async def test_parcels_that_lie_too_long_are_listed_the_longest_first(tended: Town) -> None:
    tended.tending.stored("locker1/c01", 30.0)
    tended.tending.stored("locker2/c02", 80.0)

    found = locker_shapes.OverdueParcels.model_validate_json((await _get(tended, "/api/v1/lockers/overdue")).text)
    of_g1 = (await _get(tended, "/api/v1/lockers/overdue", "bound")).json()
    one = (await _get(tended, "/api/v1/lockers/overdue?limit=1")).json()

    assert [(each.cabinet, each.part, round(each.hours)) for each in found.overdue] == [
        ("locker2", "c02", 80),
        ("locker1", "c01", 30),
    ]
    assert found.overdue[1].cabinet_name == "1号楼 1号柜"
    assert [each["cabinet"] for each in of_g1["overdue"]] == ["locker1"]
    assert (len(one["overdue"]), one["total"]) == (1, 2)


async def test_a_compartment_is_opened_by_the_command_of_its_cabinet(tended: Town) -> None:
    tended.road.result = Result(Outcome.DONE, {"c02.open": True})

    answer = await _post(tended, f"{LOCKER}/compartments/c02/open", {"reason": "漏送", "request": "r1"})

    assert answer.status_code == 200, answer.text
    ended = shapes.Ended.model_validate_json(answer.text)
    assert (ended.outcome, ended.confirmed) == ("done", {"c02.open": True})
    [act] = tended.road.acts
    assert isinstance(act, AskCommand)
    assert (act.device, act.name, act.reason, act.request) == ("locker1", "c02.open", "漏送", "r1")


async def test_what_decide_has_against_opening_is_told(tended: Town) -> None:
    tended.road.refuses = ("too_soon", "locker1/c02 was told to open less than 3 s ago")

    answer = await _post(tended, f"{LOCKER}/compartments/c02/open", {"reason": "漏送"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_soon")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("locker9/compartments/c01/open", "locker_unknown"),
        ("b1u1/compartments/c01/open", "locker_unknown"),
        ("locker1/compartments/c99/open", "compartment_unknown"),
        ("locker1/compartments/c03/open", "command_unknown"),
    ],
)
async def test_a_compartment_that_there_is_not_cannot_be_opened(tended: Town, path: str, code: str) -> None:
    answer = await _post(tended, f"/api/v1/lockers/{path}", {"reason": "漏送"})

    assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert tended.road.acts == []


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("compartments/c01/open", {}, "body.reason"),
        ("compartments/c01/open", {"reason": ""}, "body.reason"),
        ("compartments/c01/open", {"reason": "x", "force": True}, "body.force"),
        ("compartments/c01/reset", {"note": ""}, "body.note"),
        ("compartments/c01/service", {"reason": "x"}, "body.out"),
        ("reservations", {"size": "xl", "order": "o"}, "body.size"),
        ("reservations", {"size": "s", "order": ""}, "body.order"),
        ("open-all", {}, "body.reason"),
    ],
)
async def test_what_is_missing_or_strange_in_a_body_is_named(
    tended: Town, path: str, body: dict[str, object], wrong: str
) -> None:
    answer = await _post(tended, f"{LOCKER}/{path}", body, "administrator")

    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [wrong]
    assert tended.road.acts == []


async def test_a_forced_compartment_is_reset_and_one_is_taken_out_of_service(tended: Town) -> None:
    tended.tending.compartment("locker1/c02", CompartmentState.FORCED)

    reset = await _post(tended, f"{LOCKER}/compartments/c02/reset", {"note": "锁舌弯了,已修"})
    out = await _post(tended, f"{LOCKER}/compartments/c01/service", {"out": True, "reason": "门轴坏"})

    assert locker_shapes.Compartment.model_validate_json(reset.text).state == "empty"
    assert locker_shapes.Compartment.model_validate_json(out.text).state == "out_of_service"
    first, second = tended.road.acts
    assert isinstance(first, ResetCompartment)
    assert isinstance(second, ServiceCompartment)
    assert (first.note, second.out, second.reason) == ("锁舌弯了,已修", True, "门轴坏")


async def test_a_courier_gets_a_compartment_and_the_same_one_again(tended: Town) -> None:
    path = f"{LOCKER}/reservations"

    answers = [await _post(tended, path, {"size": "s", "order": " SF-1 "}, "manager") for _ in range(2)]
    async with tended.client("manager") as client:
        cancelled = await client.delete(f"{path}/c01")

    assert [answer.status_code for answer in answers] == [201, 201]
    kept = [locker_shapes.Reserved.model_validate_json(answer.text) for answer in answers]
    assert [each.part for each in kept] == ["c01", "c01"]
    assert kept[0].until is not None
    assert isinstance(tended.road.acts[0], ReserveCompartment)
    assert tended.road.acts[0].order == "SF-1"
    assert locker_shapes.Compartment.model_validate_json(cancelled.text).state == "empty"


async def test_a_whole_cabinet_opens_when_a_second_person_says_so(tended: Town) -> None:
    asked = await _post(tended, f"{LOCKER}/open-all", {"reason": "停用"}, "staff")
    same = await _post(tended, f"{LOCKER}/open-all/confirm", None, "staff")
    seen = await _detail(tended)
    other = await _post(tended, f"{LOCKER}/open-all/confirm", None, "manager")

    pending = locker_shapes.LockerDetail.model_validate_json(asked.text).open_all
    assert pending is not None
    assert (pending.by, pending.reason, pending.yours) == ("staff", "停用", True)
    assert (same.status_code, same.json()["code"]) == (409, "second_person")
    assert seen.open_all is not None
    assert (seen.open_all.by, seen.open_all.yours) == ("", False), "who only looks is told no names"
    assert other.json()["open_all"] is None


async def test_who_is_bound_to_a_grid_sees_and_works_the_lockers_of_it_alone(tended: Town) -> None:
    listed = (await _get(tended, "/api/v1/lockers", "bound")).json()
    async with tended.client("bound") as client:
        other = "/api/v1/lockers/locker2"
        answers = [
            await client.get(other),
            await client.post(f"{other}/compartments/c01/open", json={"reason": "x"}),
            await client.post(f"{other}/compartments/c01/reset", json={"note": "x"}),
            await client.post(f"{other}/open-all", json={"reason": "x"}),
            await client.post(f"{other}/open-all/confirm"),
        ]

    assert [each["id"] for each in listed["lockers"]] == ["locker1"]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert tended.road.acts == []
