"""What each role is told of a person, in the answers themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import DeviceEvent
from gateway.keep.erasing.ledger import person_of
from gateway.model import Entry, Recorded
from gateway.permit import PutPermits
from gateway.serve import incident_shapes
from tests.serve.compound import Town, now
from tests.serve.doorkeeping import KEY, PEOPLE, SEED

if TYPE_CHECKING:
    from drivers.contract import Json

PHONE = "13812345678"
REPORT = {"building": "b1", "where": "501", "category": "other", "what": f"漏水,打 {PHONE}", "priority": 3}


async def _who_passed(town: Town, who: str) -> dict[str, Json]:
    """What somebody is told of 赵云, who lives in b2 of grid g2 and passed a door of b1, in grid g1."""
    moment = now()
    town.lodge.act(
        PutPermits(SEED, (replace(PEOPLE[2], groups=("north",), credential="00000000000000b3"),), ""), moment
    )
    town.lodge.settle(moment)
    named = ((ref, town.lodge.permits.named("b1u1", ref, moment.utc)) for ref in range(8))
    ref = next(ref for ref, permit in named if permit is not None and permit.id == "p5")
    event = DeviceEvent("b1u1", "7", 1, "granted", {"part": "door1", "ref": ref}, moment.boottime_ns, moment.utc)
    await town.journal.submit(Entry(moment, events=(event,)))
    async with town.client(who) as client:
        [passage] = (await client.get("/api/v1/doors/b1u1/door1/passages")).json()["passages"]
    return {name: passage[name] for name in ("name", "household", "person", "permit", "visitor")}


_NOBODY: dict[str, Json] = dict.fromkeys(("name", "household", "person", "permit", "visitor"))
_CLEAR: dict[str, Json] = {**_NOBODY, "name": "赵云", "household": "b2-1-301", "permit": "p5", "visitor": False}


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("viewer", _NOBODY),
        ("installer", _NOBODY),
        ("bound", {**_NOBODY, "name": "赵**", "household": "b2-1-***", "visitor": False}),
        ("staff", _CLEAR),
        ("manager", _CLEAR),
        ("administrator", _CLEAR),
    ],
)
async def test_who_passed_is_told_by_role(town: Town, who: str, told: dict[str, Json]) -> None:
    assert await _who_passed(town, who) == told


async def test_an_auditor_is_told_a_pseudonym_which_is_the_same_at_every_door(town: Town) -> None:
    told = await _who_passed(town, "auditor")

    assert told == {**_NOBODY, "person": person_of(replace(PEOPLE[2], id="p5"), KEY)}
    assert "赵云" not in str(told)


@pytest.mark.parametrize(
    ("who", "what"),
    [
        ("viewer", ""),
        ("auditor", "漏水,打 138****5678"),
        ("installer", "漏水,打 138****5678"),
        ("staff", REPORT["what"]),
        ("manager", REPORT["what"]),
    ],
)
async def test_what_was_typed_about_an_incident_is_told_by_role(town: Town, who: str, what: str) -> None:
    async with town.client("manager") as client:
        assert (await client.post("/api/v1/incidents", json=REPORT)).status_code == 201

    async with town.client(who) as client:
        incident = incident_shapes.IncidentDetail.model_validate_json((await client.get("/api/v1/incidents/1")).text)

    assert incident.what == what


async def test_the_staff_stand_by_their_ids_on_an_incidents_timeline_for_an_auditor(town: Town) -> None:
    async with town.client("manager") as client:
        await client.post("/api/v1/incidents", json=REPORT)

    async with town.client("auditor") as client:
        step = (await client.get("/api/v1/incidents/1")).json()["timeline"][0]

    assert step["by"].startswith("u-")


@pytest.mark.parametrize(
    ("who", "body"),
    [
        ("manager", {"household": "b1-1-501", "reason": f"打 {PHONE}"}),
        ("installer", {"reason": "打 138****5678"}),
        ("auditor", {"reason": "打 138****5678"}),
    ],
)
async def test_a_household_stands_in_the_log_for_those_who_may_see_permits(
    town: Town, who: str, body: dict[str, Json]
) -> None:
    row = Recorded("revocation", "r1", {"household": "b1-1-501", "reason": f"打 {PHONE}"}, "王芳")
    await town.journal.submit(Entry(now(), (row,)))

    async with town.client(who) as client:
        [row_told] = (await client.get("/api/v1/events?kind=revocation")).json()["events"]

    assert row_told["body"] == {**body, "actor": "王芳"}
