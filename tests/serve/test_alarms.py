from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.keep import reading
from gateway.model import AckAlarm, AlarmState, Change, ResetAlarm, Suppression
from gateway.serve import alarm_shapes
from tests.serve.compound import Town, forced


async def test_open_alarms_come_worst_and_unanswered_first_and_suppressed_ones_last(town: Town) -> None:
    for alarm in (
        forced(1, acked=True),
        forced(2, since_utc=100.0),
        forced(3, since_utc=200.0),
        forced(4, priority=1),
        forced(5, priority=1, suppression=Suppression.OUT_OF_SERVICE),
    ):
        await town.road.raise_alarm(alarm)

    async with town.client("viewer") as client:
        listed = alarm_shapes.Alarms.model_validate_json((await client.get("/api/v1/alarms")).text)

    assert [alarm.number for alarm in listed.alarms] == [4, 3, 2, 1, 5]
    assert listed.alarms[-1].state == AlarmState.OUT_OF_SERVICE.value
    assert listed.seq == town.hub.seq


async def test_an_alarm_that_went_back_to_normal_is_found_among_all_and_by_its_number(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    await town.road.raise_alarm(forced(1, active=False, acked=True, acked_by="王五"), Change.CLEARED)

    async with town.client() as client:
        open_ones = (await client.get("/api/v1/alarms")).json()["alarms"]
        every = (await client.get("/api/v1/alarms?state=all")).json()["alarms"]
        one = alarm_shapes.AlarmWithHistory.model_validate_json((await client.get("/api/v1/alarms/1")).text)

    assert open_ones == []
    assert [alarm["state"] for alarm in every] == ["A"]
    assert [step.change for step in one.history] == ["raised", "cleared"]


async def test_of_all_alarms_only_the_latest_are_listed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ALARM_LIMIT", 2)
    for number in (1, 2, 3):
        await town.road.raise_alarm(forced(number))

    async with town.client() as client:
        listed = (await client.get("/api/v1/alarms?state=all")).json()["alarms"]

    assert [alarm["number"] for alarm in listed] == [3, 2]


async def test_taking_an_alarm_is_done_by_the_road_and_answered_with_the_alarm(town: Town) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client("staff") as client:
        answer = await client.post("/api/v1/alarms/1/ack", json={"note": "on my way"})
    alarm = alarm_shapes.Alarm.model_validate_json(answer.text)

    [act] = town.road.acts
    assert isinstance(act, AckAlarm)
    assert (act.actor.name, act.number, act.note) == ("staff", 1, "on my way")
    assert (alarm.state, alarm.acked_by, alarm.recorded) == ("C", "staff", True)


async def test_taking_it_again_changes_nothing_and_shows_who_was_first(town: Town) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client("staff") as first, town.client("manager") as second:
        await first.post("/api/v1/alarms/1/ack")
        again = await second.post("/api/v1/alarms/1/ack", json={})

    assert again.status_code == 200
    assert again.json()["acked_by"] == "staff"
    assert len(town.road.acts) == 1


async def test_taking_one_that_closed_meanwhile_answers_with_what_became_of_it(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    await town.road.raise_alarm(forced(1, active=False, acked=True, acked_by="王五"), Change.ACKED)

    async with town.client("staff") as client:
        answer = await client.post("/api/v1/alarms/1/ack")

    assert (answer.status_code, answer.json()["acked_by"], town.road.acts) == (200, "王五", [])


async def test_a_latched_alarm_is_reset_by_the_road(town: Town) -> None:
    await town.road.raise_alarm(forced(1, active=False, acked=True, latched=True))

    async with town.client("manager") as client:
        answer = await client.post("/api/v1/alarms/1/reset", json={"note": "checked on site"})

    assert isinstance(town.road.acts[0], ResetAlarm)
    assert answer.json()["state"] == "A"


@pytest.mark.parametrize(
    ("code", "status"), [("alarm_active", 409), ("alarm_unacked", 409), ("grid", 403), ("role", 403)]
)
async def test_what_decide_refuses_is_a_problem_with_its_code(town: Town, code: str, status: int) -> None:
    await town.road.raise_alarm(forced(1, latched=True))
    town.road.refuses = (code, "not so")

    async with town.client("manager") as client:
        answer = await client.post("/api/v1/alarms/1/reset")

    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (status, code, "not so")


async def test_a_disk_that_does_not_answer_is_said_and_not_taken_for_done(town: Town) -> None:
    await town.road.raise_alarm(forced(1))
    town.road.stuck = True

    async with town.client("staff") as client:
        answer = await client.post("/api/v1/alarms/1/ack")

    assert (answer.status_code, answer.json()["code"]) == (503, "not_recorded")


@pytest.mark.parametrize("act", ["ack", "reset"])
async def test_an_alarm_of_another_grid_cannot_be_worked(town: Town, act: str) -> None:
    await town.road.raise_alarm(replace(forced(1), place=replace(forced().place, grid="g2")))

    async with town.client("bound") as client:
        answer = await client.post(f"/api/v1/alarms/1/{act}")

    assert answer.status_code == 404
    assert town.road.acts == []


@pytest.mark.parametrize(
    ("content", "kind", "status", "path"),
    [
        (b'{"note": 7}', "application/json", 422, "body.note"),
        (b'{"not": ""}', "application/json", 422, "body.not"),
        (b'{"note": "' + b"x" * 501 + b'"}', "application/json", 422, "body.note"),
        (b"{", "application/json", 422, "body"),
        (b"[]", "application/json", 422, "body"),
        (b"note=1", "application/x-www-form-urlencoded", 415, None),
        (b'{"note": "' + b"x" * 70_000 + b'"}', "application/json", 413, None),
    ],
)
async def test_a_wrong_body_is_named_by_its_field(
    town: Town, content: bytes, kind: str, status: int, path: str | None
) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client("staff") as client:
        answer = await client.post("/api/v1/alarms/1/ack", content=content, headers={"Content-Type": kind})

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["path"] for error in answer.json().get("errors", [])] == ([] if path is None else [path])
    assert town.road.acts == []
