"""Verifying, shelving, and detectors out of service, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.serve import alarm_shapes
from gateway.serve.outage_shapes import DetectorOutage, DetectorOutages
from tests.serve.compound import forced

if TYPE_CHECKING:
    import httpx

    from tests.serve.compound import Town

SMOKE = "b1-1-101-smoke"
OUTAGE = f"/api/v1/detectors/{SMOKE}/outage"
WISH = {"reason": "装修", "work_order": "WO-17", "hours": 8, "household_told": True}


def _alarm(answer: httpx.Response) -> alarm_shapes.Alarm:
    assert answer.is_success, answer.text
    return alarm_shapes.Alarm.model_validate_json(answer.text)


def _outage(answer: httpx.Response) -> DetectorOutage:
    assert answer.is_success, answer.text
    return DetectorOutage.model_validate_json(answer.text)


async def test_a_false_alarm_is_verified_with_its_cause_and_taken(town: Town) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client("staff") as client:
        seen = _alarm(
            await client.post("/api/v1/alarms/1/verify", json={"real": False, "cause": "cooking", "note": "炒菜"})
        )
        history = (await client.get("/api/v1/alarms/1")).json()["history"]

    assert (seen.verdict, seen.verdict_by, seen.acked_by, seen.note, seen.state) == (
        "false",
        "staff",
        "staff",
        "炒菜",
        "C",
    )
    assert [step["change"] for step in history] == ["raised", "verified", "acked"]


async def test_an_alarm_is_shelved_and_unshelved(town: Town) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client("staff") as client:
        shelved = _alarm(await client.post("/api/v1/alarms/1/shelve", json={"minutes": 30, "reason": "装修"}))
        back = _alarm(await client.post("/api/v1/alarms/1/unshelve"))

    assert (shelved.state, shelved.spared_by, shelved.spared_why) == ("G", "staff", "装修")
    assert shelved.spared_until is not None
    assert (back.state, back.spared_by, back.spared_until) == ("B", "", None)


@pytest.mark.parametrize(
    ("priority", "act", "body", "status", "code"),
    [
        (2, "verify", {"real": False}, 409, "cause_needed"),
        (2, "verify", {}, 422, "invalid"),
        (2, "shelve", {"minutes": 61, "reason": "x"}, 409, "shelf_too_long"),
        (2, "shelve", {"minutes": 0, "reason": "x"}, 422, "invalid"),
        (2, "shelve", {"minutes": 30}, 422, "invalid"),
        (1, "shelve", {"minutes": 1, "reason": "x"}, 409, "never_shelved"),
        (2, "unshelve", {}, 409, "not_shelved"),
    ],
)
async def test_what_may_not_be_is_refused(
    town: Town, priority: int, act: str, body: dict[str, object], status: int, code: str
) -> None:
    await town.road.raise_alarm(forced(1, priority=priority))

    async with town.client("staff") as client:
        answer = await client.post(f"/api/v1/alarms/1/{act}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_detector_goes_out_of_service_when_a_second_person_confirms_it(town: Town) -> None:
    async with town.client("staff") as first, town.client("manager") as second:
        asked = await first.post(OUTAGE, json=WISH)
        alone = await first.post(f"{OUTAGE}/confirm")
        waiting = DetectorOutages.model_validate_json((await first.get("/api/v1/detectors/outages")).text)
        confirmed = _outage(await second.post(f"{OUTAGE}/confirm"))
        listed = DetectorOutages.model_validate_json((await second.get("/api/v1/detectors/outages")).text)

    assert asked.status_code == 202
    assert (alone.status_code, alone.json()["code"]) == (409, "same_person")
    assert waiting.out == 0
    assert [(one.id, one.outage, one.pending and one.pending.by) for one in waiting.detectors] == [
        (SMOKE, None, "staff")
    ]
    assert confirmed.outage is not None
    assert (confirmed.outage.by, confirmed.outage.work_order, confirmed.pending) == ("staff, manager", "WO-17", None)
    assert (confirmed.outage.until - confirmed.outage.since).total_seconds() == 8 * 3600
    assert (listed.out, [one.name for one in listed.detectors]) == (1, ["101 烟感"])


async def test_it_comes_back_by_hand_and_a_wish_is_taken_back(town: Town) -> None:
    async with town.client("staff") as first, town.client("manager") as second:
        await first.post(OUTAGE, json=WISH)
        withdrawn = _outage(await second.delete(OUTAGE))
        await first.post(OUTAGE, json=WISH)
        await second.post(f"{OUTAGE}/confirm")
        back = _outage(await first.delete(OUTAGE))
        again = await first.delete(OUTAGE)
        seen = _outage(await first.get(OUTAGE))

    assert (withdrawn.outage, withdrawn.pending) == (None, None)
    assert (back.outage, back.pending) == (None, None)
    assert (again.status_code, again.json()["code"]) == (409, "in_service")
    assert seen == back


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (OUTAGE, {**WISH, "hours": 25}, 422, "invalid"),
        (OUTAGE, {**WISH, "work_order": ""}, 422, "invalid"),
        (OUTAGE, {**WISH, "household_told": False}, 409, "household_not_told"),
        ("/api/v1/detectors/b1-*/outage", WISH, 404, "detector_unknown"),
        ("/api/v1/detectors/b1/outage", WISH, 404, "detector_unknown"),
    ],
)
async def test_never_several_at_once_never_for_long_never_behind_a_households_back(
    town: Town, path: str, body: dict[str, object], status: int, code: str
) -> None:
    async with town.client("staff") as client:
        answer = await client.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_may_only_look_takes_nothing_out_of_service(town: Town) -> None:
    async with town.client("viewer") as client:
        refused = await client.post(OUTAGE, json=WISH)
        looked = await client.get("/api/v1/detectors/outages")

    assert (refused.status_code, looked.status_code) == (403, 200)
