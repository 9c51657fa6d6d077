from __future__ import annotations

from dataclasses import replace

from drivers.ble.kinds import CONDITION
from drivers.contract import Fault, Link, Quality, Sample
from gateway.decide.rules import DETECTOR_LOST
from gateway.model import Alarm, LinkSaid, Place, Priority
from gateway.serve import detector_shapes
from tests.serve.compound import Town, forced, now
from tests.serve.sensing import DETECTORS, address, condition, safety

IDS = list(DETECTORS)


async def _list(town: Town, query: str = "", who: str = "viewer") -> detector_shapes.Detectors:
    async with town.client(who) as client:
        answer = await client.get(f"/api/v1/detectors{query}")
    assert answer.status_code == 200, answer.text
    return detector_shapes.Detectors.model_validate_json(answer.text)


def _ids(found: detector_shapes.Detectors) -> list[str]:
    return [each.id for each in found.detectors]


async def test_every_place_is_listed_in_the_order_in_which_people_walk(town: Town) -> None:
    found = await _list(town)

    assert _ids(found) == IDS
    assert (found.total, found.next) == (6, None)
    assert [each.state for each in found.detectors] == [
        "heard",
        "heard",
        "unmounted",
        "unmounted",
        "unmounted",
        "heard",
    ]
    assert [each.common for each in found.detectors] == [False, False, False, False, True, False]


async def test_a_detector_says_what_hangs_there_and_how_it_is(town: Town) -> None:
    town.road.hear("b1-1-101-smoke", safety("smoke", problem=True))
    town.road.hear("b1-1-101-smoke", condition(battery=31.0, battery_low=True), CONDITION)

    [smoke, *_] = (await _list(town)).detectors

    assert smoke.model_dump(include={"building_name", "entrance", "floor", "flat", "name", "kind"}) == {
        "building_name": "1号楼",
        "entrance": "1",
        "floor": 1,
        "flat": "101",
        "name": "101 烟感",
        "kind": "smoke",
    }
    assert smoke.sensor is not None
    assert (smoke.sensor.tail, smoke.sensor.product, smoke.sensor.title) == ("0001", "gridpost-smoke", "烟感")
    assert smoke.sensor.mounted is not None
    assert smoke.sensor.expires is not None
    assert (smoke.sensor.expires - smoke.sensor.mounted).days == 3652
    assert (smoke.battery, smoke.battery_low, smoke.signal, smoke.fault, smoke.alarm) == (31.0, True, -71, True, False)
    assert (smoke.heard_by, smoke.heard_by_name) == ("rx1", "1号楼 弱电间")
    assert smoke.heard is not None


async def test_before_it_was_heard_nothing_is_known_of_a_detector(town: Town) -> None:
    town.watch.say(**{"b1-1-101-gas": "unknown"})

    [gas] = (await _list(town, "?state=unknown")).detectors

    assert (gas.heard, gas.battery, gas.battery_low, gas.signal, gas.heard_by_name) == (None, None, None, None, "")
    assert gas.sensor is not None


FOUND = {
    "?building=b2": ["b2-1-101-smoke"],
    "?building=nowhere": [],
    "?building=b1&entrance=1&kind=gas": ["b1-1-101-gas", "b1-1-102-gas"],
    "?entrance=9": [],
    "?state=unmounted": ["b1-1-102-smoke", "b1-1-102-gas", "b1-1-f2-smoke"],
    "?state=missing": ["b1-1-101-gas", "b2-1-101-smoke"],
    "?state=late": ["b1-1-101-gas"],
    "?state=lost&building=b1": [],
    "?state=battery_low": ["b1-1-101-smoke"],
    "?state=fault": ["b1-1-101-gas"],
    "?state=alarm": ["b2-1-101-smoke"],
    "?state=under_test": [],
    "?q=2层": ["b1-1-f2-smoke"],
    "?q=B2-1": ["b2-1-101-smoke"],
    "?q=2号楼": ["b2-1-101-smoke"],
    "?q=s-0001": ["b1-1-101-smoke"],
    f"?q={address(2).lower()}": ["b1-1-101-gas"],
    "?q=nothing": [],
}
"""What is asked for, and who is found."""


async def test_detectors_are_found_by_place_state_and_words(town: Town) -> None:
    town.watch.say(**{"b1-1-101-gas": "late", "b2-1-101-smoke": "lost"})
    town.road.hear("b1-1-101-smoke", condition(battery_low=True), CONDITION)
    town.road.hear("b1-1-101-gas", safety("gas", tamper=True))
    await town.road.raise_alarm(_smoke("b2-1-101-smoke", "b2", "g2"))

    found = {query: await _list(town, query) for query in FOUND}

    assert {query: _ids(page) for query, page in found.items()} == FOUND
    assert {query: page.total for query, page in found.items()} == {query: len(ids) for query, ids in FOUND.items()}


async def test_the_list_comes_a_page_at_a_time(town: Town) -> None:
    first = await _list(town, "?limit=4")
    second = await _list(town, f"?limit=4&after={first.next}")
    exact = await _list(town, "?limit=6")

    assert _ids(first) + _ids(second) == IDS
    assert (first.total, first.next, second.total, second.next) == (6, "b1-1-102-gas", 6, None)
    assert exact.next is None


async def test_whatever_the_configuration_wrote_first_people_walk_from_floor_to_floor(town: Town) -> None:
    layout = town.hub.views.layout
    town.hub.adopt(replace(layout, detectors=dict(sorted(layout.detectors.items(), key=lambda item: -item[1].floor))))

    seen, after = [], ""
    for _ in IDS:
        [one] = (page := await _list(town, f"?limit=1&after={after}")).detectors
        seen.append(one.id)
        after = page.next or ""

    assert seen == IDS


async def test_after_nothing_that_there_is_there_is_no_page(town: Town) -> None:
    async with town.client() as client:
        answer = await client.get("/api/v1/detectors?after=b9-9-999-smoke")

    assert (answer.status_code, answer.json()["code"]) == (404, "detector_unknown")


async def test_what_is_in_another_grid_is_not_there(town: Town) -> None:
    found = await _list(town, who="bound")
    async with town.client("bound") as client:
        one = await client.get("/api/v1/detectors/b2-1-101-smoke")
        numbers = (await client.get("/api/v1/detectors/counts")).json()
        named = await client.get("/api/v1/detectors?building=b2")

    assert (found.total, {each.building for each in found.detectors}) == (5, {"b1"})
    assert named.json()["total"] == 0
    assert (one.status_code, one.json()["code"]) == (404, "detector_unknown")
    assert (list(numbers["buildings"]), numbers["receivers"]["total"]) == (["b1"], 1)


async def test_smoke_is_an_alarm_of_its_detector_and_silence_is_not(town: Town) -> None:
    await town.road.raise_alarm(_smoke("b1-1-101-smoke", "b1", "g1"))
    lost = forced(2, rule=DETECTOR_LOST, source="b1-1-101-gas", device="b1-1-101-gas", priority=Priority.P3)
    await town.road.raise_alarm(lost)

    smoke, gas, *_ = (await _list(town)).detectors

    assert (smoke.alarm, smoke.worst) == (True, 2)
    assert (gas.alarm, gas.worst) == (False, 3)


async def test_an_alarm_stands_until_it_is_neither_active_nor_latched(town: Town) -> None:
    burning = _smoke("b1-1-101-smoke", "b1", "g1")
    seen = []
    latched, over = replace(burning, active=False), replace(burning, active=False, latched=False)
    for alarm in (burning, latched, over, replace(over, acked=True)):
        await town.road.raise_alarm(alarm)
        [smoke, *_] = (await _list(town)).detectors
        seen.append((smoke.alarm, smoke.worst))

    assert seen == [(True, 2), (True, 2), (False, 2), (False, None)]


async def test_a_detector_whose_key_does_not_open_has_a_fault(town: Town) -> None:
    said = LinkSaid("b1-1-101-gas", is_line=False, link=Link.MISCONFIGURED, why="its key does not open")
    await town.road.release(said)

    [gas] = (await _list(town, "?state=fault")).detectors

    assert gas.id == "b1-1-101-gas"


async def test_a_value_that_is_bad_is_not_shown(town: Town) -> None:
    faults = tuple(Fault(Quality.BAD, "out of range") for _ in condition())
    town.house.latest.take(Sample("b1-1-101-smoke", CONDITION, condition(), faults, now().boottime_ns))

    [smoke, *_] = (await _list(town)).detectors

    assert (smoke.battery, smoke.signal, smoke.heard_by) == (None, None, None)


async def test_detectors_in_numbers(town: Town) -> None:
    town.watch.say(**{"b1-1-101-gas": "lost", "b2-1-101-smoke": "unknown"})
    town.watch.deaf.add("rx2")
    town.road.hear("b1-1-101-smoke", condition(battery_low=True), CONDITION)
    await town.road.raise_alarm(_smoke("b1-1-101-smoke", "b1", "g1"))

    async with town.client("viewer") as client:
        found = detector_shapes.Counts.model_validate_json((await client.get("/api/v1/detectors/counts")).text)

    numbers = {"detectors": 6, "mounted": 3, "unknown": 1, "late": 0, "lost": 1}
    assert found.all.model_dump() == {**numbers, "battery_low": 1, "fault": 0, "alarm": 1, "under_test": 0}
    assert {building: (one.detectors, one.mounted, one.lost) for building, one in found.buildings.items()} == {
        "b1": (5, 2, 1),
        "b2": (1, 1, 0),
    }
    assert (found.receivers.total, found.receivers.blind, found.stock, found.strangers) == (2, 1, 3, 0)


async def test_one_detector_is_told_with_its_points_alarms_and_record(town: Town) -> None:
    town.road.hear("b1-1-101-smoke", safety("smoke", smoke=True))
    await town.road.raise_alarm(_smoke("b1-1-101-smoke", "b1", "g1"))
    async with town.client("manager") as client:
        path = "/api/v1/detectors/b1-1-101-smoke"
        await client.post(f"{path}/sensor", json={"sensor": "S-0004", "reason": "烧坏"})
        changing = await client.post(f"{path}/battery-change", json={"minutes": 10})
        taken = await client.request("DELETE", f"{path}/sensor", json={"reason": "装修", "gone": True})
    async with town.client("viewer") as client:
        looked = (await client.get(path)).json()

    one = detector_shapes.DetectorDetail.model_validate_json(changing.text)
    assert one.sensor is not None
    assert (one.sensor.tail, one.state, one.line, one.link) == ("0004", "heard", "air", "unknown")
    assert one.battery_change_until is not None
    assert one.points["smoke"].value is True
    assert [alarm.rule for alarm in one.alarms] == ["smoke"]
    last = detector_shapes.DetectorDetail.model_validate_json(taken.text)
    assert [(step.what, step.actor, step.tail, step.why) for step in last.record] == [
        ("gone", "manager", "0004", "装修"),
        ("battery_change", "manager", "0004", ""),
        ("replaced", "manager", "0004", "烧坏"),
    ]
    assert (last.state, last.sensor, last.battery_change_until) == ("unmounted", None, None)
    assert {step["actor"] for step in looked["record"]} == {""}


async def test_what_a_silent_detector_said_last_is_not_to_be_relied_on(town: Town) -> None:
    town.road.hear("b1-1-101-smoke", safety("smoke"))
    town.watch.say(**{"b1-1-101-smoke": "late"})

    async with town.client() as client:
        points = (await client.get("/api/v1/detectors/b1-1-101-smoke")).json()["points"]

    assert (points["smoke"]["value"], points["smoke"]["quality"], points["smoke"]["why"]) == (
        False,
        "uncertain",
        "not heard in time",
    )
    assert points["battery"]["quality"] == "bad", "it was never heard at all"


async def test_what_decide_refuses_is_said(town: Town) -> None:
    async with town.client("installer") as client:
        wrong_kind = await client.post("/api/v1/detectors/b1-1-102-gas/sensor", json={"sensor": "S-0004"})
        nothing = await client.post("/api/v1/detectors/b1-1-102-gas/battery-change")
        nowhere = await client.post("/api/v1/detectors/b9-9-9-gas/sensor", json={"sensor": "S-0004"})

    assert (wrong_kind.status_code, wrong_kind.json()["code"]) == (409, "wrong_kind")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_mounted")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "detector_unknown")


async def test_receivers_tell_what_they_hear(town: Town) -> None:
    town.watch.deaf.add("rx1")

    async with town.client("staff") as client:
        body = (await client.get("/api/v1/receivers")).text
    async with town.client("bound") as client:
        bound = (await client.get("/api/v1/receivers")).json()["receivers"]

    first, second = detector_shapes.Receivers.model_validate_json(body).receivers
    assert (first.id, first.name, first.building_name, first.kind, first.link, first.line) == (
        "rx1",
        "弱电间",
        "1号楼",
        "proxy",
        "up",
        "air",
    )
    assert (first.heard_rate, first.sensors, first.blind, second.blind) == (12.5, 6, True, False)
    assert first.last_heard is not None
    assert [each["id"] for each in bound] == ["rx1"]


def _smoke(detector: str, building: str, grid: str) -> Alarm:
    place = Place(building, "1", DETECTORS[detector].name, grid)
    source = f"{detector}/smoke"
    return forced(9, key=f"smoke@{source}", rule="smoke", source=source, device=detector, place=place, latched=True)
