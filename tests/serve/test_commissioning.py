from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.installing import AcceptSerial, BeginCommissioning, SignCommissioning
from gateway.model import Refused
from gateway.serve import installing_shapes, shapes
from gateway.serve.acts import refusal
from tests.serve.doorkeeping import SEED

if TYPE_CHECKING:
    from tests.serve.compound import Town

RECORD = "/api/v1/commissioning/b1u1"


async def test_a_record_is_begun_and_signed_and_printed_with_every_check(town: Town) -> None:
    async with town.client("installer") as client:
        before = installing_shapes.Commissioning.model_validate_json((await client.get(RECORD)).text)
        begun = installing_shapes.Commissioning.model_validate_json((await client.post(RECORD)).text)
        signed = await client.post(f"{RECORD}/sign", json={"note": "no card at hand"})
    record = installing_shapes.Commissioning.model_validate_json(signed.text)

    assert (before.begun, before.checks, before.serial, before.doors) == (None, [], "300101", {"door1": "单元大门"})
    assert [(check.part, check.name, check.at is None) for check in begun.checks] == [
        ("door1", "link", False),
        ("door1", "card", True),
    ]
    assert (begun.begun_by, begun.signed, record.signed_by, record.note) == (
        "installer",
        None,
        "installer",
        "no card at hand",
    )
    assert (record.name, record.building_name, record.entrance, record.seen) == ("1单元门禁", "1号楼", "1", "300101")
    assert [type(act) for act in town.road.acts] == [BeginCommissioning, SignCommissioning]


async def test_a_record_is_signed_without_a_body_where_there_is_nothing_to_say(town: Town) -> None:
    async with town.client("installer") as client:
        await client.post(RECORD)
        answer = await client.post(f"{RECORD}/sign")

    assert answer.status_code == 200
    assert answer.json()["note"] == ""


async def test_every_controller_with_doors_is_listed(town: Town) -> None:
    async with town.client("auditor") as client:
        all_of_them = (await client.get("/api/v1/commissioning")).text
    async with town.client("bound") as client:
        bound = (await client.get("/api/v1/commissioning")).text

    listed = installing_shapes.Commissionings.model_validate_json(all_of_them).devices
    assert [record.device for record in listed] == ["b1u1", "b1u2", "b2u1", "gate"]
    assert [one.device for one in installing_shapes.Commissionings.model_validate_json(bound).devices] == [
        "b1u1",
        "b1u2",
    ]


@pytest.mark.parametrize("path", ["commissioning/b9u9", "commissioning/b9u9/sign"])
async def test_a_device_that_is_not_there_is_not_commissioned(town: Town, path: str) -> None:
    async with town.client("installer") as client:
        answer = await client.post(f"/api/v1/{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "device_unknown")
    assert town.road.acts == []


async def test_a_new_controller_is_accepted_by_its_serial_number(town: Town) -> None:
    async with town.client("installer") as client:
        answer = await client.post("/api/v1/devices/b1u1/serial", json={"serial": "300777", "reason": "lightning"})
        nowhere = await client.post("/api/v1/devices/b9u9/serial", json={"serial": "300777", "reason": "lightning"})
        why = await client.post("/api/v1/devices/b1u1/serial", json={"serial": "300777", "reason": ""})

    [act] = town.road.acts
    assert isinstance(act, AcceptSerial)
    assert (act.device, act.serial, act.reason, act.actor.name) == ("b1u1", "300777", "lightning", "installer")
    assert installing_shapes.AcceptedSerial.model_validate_json(answer.text).serial == "300777"
    assert (nowhere.status_code, why.status_code) == (404, 422)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("role", 403),
        ("grid", 403),
        ("permit_unknown", 404),
        ("device_unknown", 404),
        ("repeated", 409),
        ("lockdown", 409),
    ],
)
def test_what_decide_refuses_is_a_problem_with_its_reason(code: str, status: int) -> None:
    act = AcceptSerial(SEED, "b1u1", "1", "x")

    problem = refusal(Refused(act, code, "because", ("row 2: so",)))

    assert (problem.status_code, problem.code, problem.detail, problem.details) == (
        status,
        code,
        "because",
        ("row 2: so",),
    )


async def test_lines_tell_of_each_unit_that_may_be_seen(town: Town) -> None:
    async with town.client("staff") as client:
        lines = shapes.Lines.model_validate_json((await client.get("/api/v1/lines")).text).lines
    async with town.client("bound") as client:
        bound = shapes.Lines.model_validate_json((await client.get("/api/v1/lines")).text).lines

    [first, second] = lines[0].units
    assert (first.device, first.name, first.link, first.statistics) == (
        "b1u1",
        "1号楼 1单元门禁",
        "up",
        {"missed": 2.0},
    )
    assert (second.device, second.statistics) == ("b1u2", {})
    assert [len(line.units) for line in bound] == [2, 0, 1]
