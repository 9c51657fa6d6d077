"""Trial operation, drills and the table of cause and effect over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.serve import safety_shapes as shapes
from tests.serve.compound import now

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

TRIAL, OTHER = "/api/v1/buildings/b1/trial", "/api/v1/buildings/b2/trial"
DRILLS = "/api/v1/drills"


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def begin(town: Town, who: str = "manager", path: str = TRIAL, **body: Any) -> httpx.Response:
    async with town.client(who) as client:
        return await client.post(path, json={"until": in_days(30), "people": ["zhang"], **body})


async def seen(town: Town, who: str = "staff", path: str = TRIAL) -> shapes.TrialDetail:
    async with town.client(who) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return shapes.TrialDetail.model_validate_json(answer.text)


async def test_a_building_is_put_on_trial_and_everybody_who_works_there_sees_it(town: Town) -> None:
    assert (await seen(town)).trial is None

    answer = await begin(town, people=["zhang", "li"])

    assert answer.status_code == 200, answer.text
    trial = (await seen(town)).trial
    assert trial is not None
    assert (trial.building, trial.name, trial.by, trial.people) == ("b1", "1号楼", "manager", ["zhang", "li"])
    assert trial.until - trial.began > timedelta(days=29)


async def test_what_would_have_followed_is_told_newest_first(town: Town) -> None:
    await begin(town)
    body = {
        "alarm": 7, "raised": now().utc, "rule": "fire_confirmed", "place": "", "rows": ["fire_confirmed"],
        "release": ["d1/door1"], "stop_charging": ["b1"], "freeze_lockers": True, "switch": [],
    }  # fmt: skip
    town.staffing.safety.would_have_done("b1", body)
    town.staffing.safety.would_have_done("b1", {**body, "alarm": 8})

    told = (await seen(town)).would_have

    assert [each.alarm for each in told] == [8, 7]
    assert told[0].release == ["d1/door1"]


async def test_a_trial_ends_with_the_number_of_its_acceptance_report(town: Town) -> None:
    await begin(town)
    async with town.client("manager") as client:
        without = await client.request("DELETE", TRIAL, json={"report": " "})
        ended = await client.request("DELETE", TRIAL, json={"report": "XF-2026-17"})
        again = await client.request("DELETE", TRIAL, json={"report": "XF-2026-17"})

    assert (without.status_code, without.json()["code"]) == (409, "report_needed")
    assert ended.json()["trial"] is None
    assert (again.status_code, again.json()["code"]) == (409, "no_trial")


@pytest.mark.parametrize(
    ("who", "path", "body", "status", "code"),
    [
        ("staff", TRIAL, {}, 403, "role"),
        ("manager", "/api/v1/buildings/b9/trial", {}, 404, "building_unknown"),
        ("bound", OTHER, {}, 403, "role"),
        ("manager", TRIAL, {"until": in_days(-1)}, 409, "until_wrong"),
        ("manager", TRIAL, {"until": in_days(200)}, 409, "until_wrong"),
        ("manager", TRIAL, {"people": ["nobody"]}, 404, "person_unknown"),
        ("manager", TRIAL, {"people": []}, 422, "invalid"),
    ],
)
async def test_what_may_not_be_is_refused(
    town: Town, who: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await begin(town, who, path, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_building_of_another_grid_is_not_there(town: Town) -> None:
    async with town.client("bound") as client:
        assert (await client.get(OTHER)).status_code == 404
        assert (await client.get(TRIAL)).status_code == 200


async def test_drills_are_recorded_and_listed_within_the_grids_of_whoever_asks(town: Town) -> None:
    body = {"held": in_days(-1), "what": "疏散", "people": 40, "minutes": 15, "note": "快"}
    async with town.client("staff") as client:
        for building in ("b1", "b2"):
            answer = await client.post(DRILLS, json={**body, "building": building})
            assert answer.status_code == 201, answer.text
        unknown = await client.post(DRILLS, json={**body, "building": "b9"})
        everything = shapes.Drills.model_validate_json((await client.get(DRILLS)).text)
    async with town.client("bound") as client:
        of_g1 = shapes.Drills.model_validate_json((await client.get(DRILLS)).text)

    assert unknown.status_code == 404
    assert [(each.number, each.building, each.people, each.by) for each in everything.drills] == [
        (2, "b2", 40, "staff"),
        (1, "b1", 40, "staff"),
    ]
    assert [each.building for each in of_g1.drills] == ["b1"]


async def test_the_buildings_on_trial_stand_beside_the_drills(town: Town) -> None:
    await begin(town)
    await begin(town, path=OTHER)

    async with town.client("bound") as client:
        told = shapes.Drills.model_validate_json((await client.get(DRILLS)).text)

    assert [each.building for each in told.trials] == ["b1"]


async def test_the_table_in_force_is_told_in_its_order(town: Town) -> None:
    async with town.client("staff") as client:
        table = shapes.Effects.model_validate_json((await client.get("/api/v1/effects")).text)

    panel, gas = table.rows
    assert (panel.name, panel.when, panel.release, panel.stop_charging) == (
        "fire_panel",
        ["fire_input"],
        True,
        "building",
    )
    assert panel.switch[0].model_dump() == {"device": "lift1", "command": "relay1.switch", "arguments": {"on": True}}
    assert (gas.release, gas.stop_charging, gas.freeze_lockers, gas.note) == (False, "none", False, "不动电")
