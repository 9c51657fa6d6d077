from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.serve import sensor_shapes
from tests.serve.compound import now

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

TESTS = "/api/v1/walk-tests"


def _test(answer: httpx.Response) -> sensor_shapes.WalkTest:
    assert answer.is_success, answer.text
    return sensor_shapes.WalkTest.model_validate_json(answer.text)


async def test_what_a_detector_says_under_test_is_in_the_report(town: Town) -> None:
    async with town.client("staff") as client:
        begun = _test(await client.post(TESTS, json={"building": "b1", "kinds": ["smoke"], "minutes": 30}))
        under = (await client.get("/api/v1/detectors?state=under_test")).json()["detectors"]
        town.watch.walk_tests.said("b1-1-101-smoke", "smoke", now().utc, "rx1", -64)
        seen = _test(await client.get(f"{TESTS}/{begun.id}"))
        ended = _test(await client.delete(f"{TESTS}/{begun.id}"))
        again = await client.delete(f"{TESTS}/{begun.id}")
        listed = sensor_shapes.WalkTests.model_validate_json((await client.get(TESTS)).text).walk_tests

    assert (begun.by, begun.tested, begun.left, begun.ended) == ("staff", 0, 3, None)
    assert begun.ends is not None
    assert (begun.ends - begun.began).total_seconds() == 1800
    assert [one["id"] for one in under] == ["b1-1-101-smoke", "b1-1-102-smoke", "b1-1-f2-smoke"]
    assert all(one["under_test"] for one in under)
    assert (seen.tested, seen.left) == (1, 2)
    assert (seen.detectors[0].name, seen.detectors[1].said) == ("101 烟感", [])
    [said] = seen.detectors[0].said
    assert (said.what, said.receiver, said.receiver_name, said.rssi) == ("smoke", "rx1", "1号楼 弱电间", -64)
    assert (ended.ended is not None, ended.ends, ended.tested) == (True, None, 1)
    assert (again.status_code, again.json()["code"]) == (409, "walk_ended")
    assert [one.id for one in listed] == [begun.id]


async def test_a_detector_that_has_left_the_configuration_stays_in_the_report(town: Town) -> None:
    layout = town.hub.views.layout
    async with town.client("staff") as client:
        begun = _test(await client.post(TESTS, json={"detectors": ["b2-1-101-smoke"]}))
        town.hub.adopt(type(layout)(layout.compound, layout.grids, layout.buildings))
        seen = _test(await client.get(f"{TESTS}/{begun.id}"))

    [gone] = seen.detectors
    assert (gone.id, gone.kind, gone.name) == ("b2-1-101-smoke", None, "b2-1-101-smoke")


async def test_a_walk_that_leads_nowhere_is_refused(town: Town) -> None:
    refusals: list[tuple[dict[str, object], int, str]] = [
        ({"building": "b1", "minutes": 0}, 422, "invalid"),
        ({"building": "b9"}, 409, "no_detectors"),
        ({"detectors": ["nowhere"]}, 404, "detector_unknown"),
    ]

    async with town.client("staff") as client:
        answers = [await client.post(TESTS, json=body) for body, _, _ in refusals]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (status, code) for _, status, code in refusals
    ]


async def test_what_is_tested_in_another_grid_is_not_there(town: Town) -> None:
    async with town.client("manager") as client:
        there = _test(await client.post(TESTS, json={"building": "b2"}))

    async with town.client("bound") as client:
        seen = await client.get(f"{TESTS}/{there.id}")
        ended = await client.delete(f"{TESTS}/{there.id}")
        listed = (await client.get(TESTS)).json()["walk_tests"]

    assert (seen.status_code, ended.status_code, listed) == (404, 404, [])
