from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.charging import Reach, StopCharging
from gateway.decide.chargers.stop import Phase, Stop
from gateway.serve import charging_shapes
from gateway.serve.stop_list import LISTED
from tests.serve.compound import Town, now

if TYPE_CHECKING:
    import httpx

STOPS = "/api/v1/charging/stops"


async def _stop(town: Town, body: dict[str, str], who: str = "staff") -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(STOPS, json={"reason": "冒烟", **body})


async def _stops(town: Town, who: str = "viewer") -> list[charging_shapes.Stop]:
    async with town.client(who) as client:
        answer = await client.get(STOPS)
    assert answer.status_code == 200, answer.text
    return charging_shapes.Stops.model_validate_json(answer.text).stops


def stands(town: Town, **ports: Phase) -> Stop:
    """A stop of everything; ports by their names with _ for /."""
    stop = Stop("stop1", Reach.ALL, "", "rule", "smoke in shed1", now().utc)
    stop.ports = {name.replace("_", "/"): phase for name, phase in ports.items()}
    town.tending.stops[stop.id] = stop
    return stop


@pytest.mark.parametrize(
    ("reach", "what", "name", "ports"),
    [
        ("port", "pile1/p02", "1号楼 1号车棚 1号桩 2号口", 1),
        ("charger", "pile1", "1号楼 1号桩", 2),
        ("room", "shed1", "1号楼 1号车棚", 2),
        ("building", "b2", "2号楼", 1),
        ("all", "", "幸福里小区", 3),
    ],
)
async def test_a_stop_is_ordered_at_once_and_says_how_far_it_is(
    tended: Town, reach: str, what: str, name: str, ports: int
) -> None:
    answer = await _stop(tended, {"reach": reach, "what": what})

    assert answer.status_code == 201, answer.text
    stop = charging_shapes.Stop.model_validate_json(answer.text)
    assert (stop.reach, stop.what, stop.name, stop.by, stop.reason) == (reach, what, name, "staff", "冒烟")
    assert (stop.phase, stop.ports.ordered, stop.ports.proved) == ("ordered", ports, 0)
    [act] = tended.road.acts
    assert isinstance(act, StopCharging)
    assert (act.reach, act.what, act.reason) == (Reach(reach), what, "冒烟")


@pytest.mark.parametrize(
    ("reach", "what", "status", "code"),
    [
        ("port", "pile1/p99", 404, "port_unknown"),
        ("charger", "locker1", 404, "charger_unknown"),
        ("room", "shed9", 404, "room_unknown"),
        ("building", "b9", 404, "building_unknown"),
        ("room", "", 409, "which_place"),
        ("all", "shed1", 409, "which_place"),
    ],
)
async def test_a_place_that_there_is_not_cannot_be_stopped(
    tended: Town, reach: str, what: str, status: int, code: str
) -> None:
    answer = await _stop(tended, {"reach": reach, "what": what})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert tended.road.acts == []


async def test_a_stop_that_is_not_proved_says_where_to_go_and_why(tended: Town) -> None:
    stop = stands(tended, pile1_p01=Phase.NOT_STOPPED, pile1_p02=Phase.PROVED, pile2_p01=Phase.ORDERED)
    stop.why["pile1/p01"] = "1.4 A flow"
    stop.contactors["relays/do1"] = Phase.ORDERED

    [found] = await _stops(tended)

    assert (found.phase, found.by, found.name) == ("not_stopped", "rule", "幸福里小区")
    assert (found.ports.ordered, found.ports.proved, found.ports.not_stopped) == (1, 1, 1)
    [left] = found.not_stopped
    assert left.model_dump() == {
        "device": "pile1",
        "part": "p01",
        "place": "1号楼 1号车棚 1号桩 1号口",
        "cabinet": "配电箱 A",
        "why": "1.4 A flow",
    }
    [contactor] = found.contactors
    assert (contactor.device, contactor.part, contactor.room, contactor.state) == ("relays", "do1", "shed1", "ordered")


async def test_of_very_many_ports_that_did_not_stop_the_first_are_named_and_all_are_counted(tended: Town) -> None:
    many = {f"pile1_p{number}": Phase.NOT_STOPPED for number in range(LISTED + 5)}
    stands(tended, **many)

    [found] = await _stops(tended)

    assert (len(found.not_stopped), found.ports.not_stopped) == (LISTED, LISTED + 5)


async def test_who_only_looks_is_not_told_who_pressed(tended: Town) -> None:
    await _stop(tended, {"reach": "room", "what": "shed1"})

    [by_viewer], [by_staff] = await _stops(tended), await _stops(tended, "staff")

    assert (by_viewer.by, by_staff.by) == ("", "staff")


async def test_who_is_bound_to_a_grid_sees_its_part_of_a_stop_and_nothing_of_others(tended: Town) -> None:
    stop = stands(tended, pile1_p01=Phase.PROVED, pile2_p01=Phase.NOT_STOPPED)
    other = Stop("stop2", Reach.ROOM, "shed2", "rule", "", now().utc, ports={"pile2/p01": Phase.ORDERED})
    tended.tending.stops["stop2"] = other

    found = await _stops(tended, "bound")
    async with tended.client("bound") as client:
        answers = [
            await client.get(f"{STOPS}/stop2"),
            await client.post(f"{STOPS}/stop2/lift", json={"note": "看过了"}),
            await client.post(STOPS, json={"reach": "room", "what": "shed2", "reason": "x"}),
            await client.post(STOPS, json={"reach": "charger", "what": "pile2", "reason": "x"}),
            await client.post(STOPS, json={"reach": "port", "what": "pile2/p01", "reason": "x"}),
            await client.post(STOPS, json={"reach": "building", "what": "b2", "reason": "x"}),
        ]

    assert [(each.id, each.phase, each.ports.not_stopped) for each in found] == [(stop.id, "proved", 0)]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert tended.road.acts == []


async def test_a_stop_is_lifted_by_a_person_with_a_note_and_is_gone(tended: Town) -> None:
    stands(tended, pile1_p01=Phase.PROVED)

    async with tended.client("staff") as client:
        without = await client.post(f"{STOPS}/stop1/lift", json={"note": ""})
        standing = await client.get(f"{STOPS}/stop1")
        lifted = await client.post(f"{STOPS}/stop1/lift", json={"note": "现场已检查"})
        gone = await client.get(f"{STOPS}/stop1")

    assert (without.status_code, standing.status_code) == (422, 200)
    assert (lifted.status_code, lifted.json()) == (200, {"id": "stop1"})
    assert (gone.status_code, gone.json()["code"]) == (404, "stop_unknown")


async def test_what_decide_has_against_lifting_is_told(tended: Town) -> None:
    stands(tended, pile1_p01=Phase.PROVED)
    tended.road.refuses = ("alarm_active", "the smoke still stands")

    async with tended.client("staff") as client:
        answer = await client.post(f"{STOPS}/stop1/lift", json={"note": "现场已检查"})

    assert (answer.status_code, answer.json()["detail"]) == (409, "the smoke still stands")
