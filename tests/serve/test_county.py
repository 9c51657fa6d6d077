from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from gateway.decide.incidents import calling_in
from gateway.deliver.county.signature import INCIDENT, STATUS, signature
from gateway.serve import incident_shapes
from gateway.serve.accounts import actors
from tests.serve.compound import now
from tests.serve.working import SECRET, VARIABLE, Door

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    import pytest

    from tests.serve.compound import Town

PATH = "/api/v1/county/status"


@pytest_asyncio.fixture
async def joined(town: Town, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town whose county has a platform, and an incident there; wrong words are not slowed."""
    monkeypatch.setattr(actors, "DELAY_SECONDS", 0.0)
    monkeypatch.setenv(VARIABLE, SECRET)
    town.road.work.county = Door()
    await town.road.release(*town.road.work.alarm("s1", now()))
    yield town


def _id(town: Town) -> str:
    return town.road.work.incidents.known[1].external_id


async def _say(
    town: Town,
    body: object,
    *,
    message: str = "m-1",
    secret: str = SECRET,
    kind: str = STATUS,
    late: float = 0.0,
    compound: str = "c-17",
    signed: bytes | None = None,
) -> httpx.Response:
    content = json.dumps(body).encode()
    timestamp = str(int(now().utc + late))
    headers = {
        "Content-Type": "application/json",
        "X-Gridpost-Compound": compound,
        "X-Gridpost-Message": message,
        "X-Gridpost-Timestamp": timestamp,
        "X-Gridpost-Signature": signature(secret, kind, timestamp, message, signed or content),
    }
    async with town.client(None) as client:
        return await client.post(PATH, content=content, headers=headers)


async def test_the_platform_says_how_an_incident_stands_there_and_closes_nothing(joined: Town) -> None:
    said = await _say(joined, {"incident": _id(joined), "state": "closed", "note": "结案"})

    incident = joined.road.work.incidents.known[1]
    assert incident_shapes.StatusTaken.model_validate_json(said.text).received == "m-1"
    assert (incident.county_state, incident.state.value) == ("closed", "assigned")


async def test_the_same_message_counts_once(joined: Town) -> None:
    await _say(joined, {"incident": _id(joined), "state": "accepted"})

    again = await _say(joined, {"incident": _id(joined), "state": "closed"})

    assert (again.status_code, again.json()["code"]) == (409, "message_used")
    assert joined.road.work.incidents.known[1].county_state == "accepted"
    rows = await joined.house.records.log(0, 100, "refused")
    assert [(row.subject, row.body["code"]) for row in rows] == [("incidents", "message_used")]


UNPROVED: list[tuple[dict[str, Any], str]] = [
    ({"secret": "another-secret-of-16"}, "signature"),
    ({"kind": INCIDENT}, "signature"),
    ({"compound": "c-18"}, "signature"),
    ({"signed": b"{}"}, "signature"),
    ({"message": ""}, "signature"),
    ({"message": "a b"}, "signature"),
    ({"message": "m" * 121}, "signature"),
    ({"late": -400.0}, "expired"),
    ({"late": 400.0}, "expired"),
]


async def test_what_it_cannot_prove_changes_nothing_and_is_audited(
    joined: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling_in, "REFUSED_AGAIN_NS", 0)
    said = [await _say(joined, {"incident": _id(joined), "state": "closed"}, **wrong) for wrong, _ in UNPROVED]

    assert [(one.status_code, one.json()["code"]) for one in said] == [(401, code) for _, code in UNPROVED]
    assert joined.road.work.incidents.known[1].county_state == ""
    rows = await joined.house.records.log(0, 100, "county_refused")
    assert [row.body["code"] for row in rows] == [code for _, code in UNPROVED]


async def test_without_any_headers_it_is_refused(joined: Town) -> None:
    async with joined.client(None) as client:
        said = await client.post(PATH, json={"incident": "x", "state": "closed"})

    assert (said.status_code, said.json()["code"]) == (401, "signature")


async def test_a_flood_of_wrong_words_makes_one_row(joined: Town) -> None:
    for _ in range(20):
        await _say(joined, {}, secret="another-secret-of-16")  # noqa: S106 - a wrong one

    assert len(await joined.house.records.log(0, 100, "county_refused")) == 1


WRONG: list[tuple[object, int, str]] = [
    ({"incident": "happy-20200101-9", "state": "closed"}, 404, "incident_unknown"),
    ({"incident": "happy-1", "state": "burnt"}, 422, "invalid"),
    ({"state": "closed"}, 422, "invalid"),
    ({"incident": "x", "state": "closed", "more": 1}, 422, "invalid"),
    ([], 422, "invalid"),
    (7, 422, "invalid"),
]


async def test_what_the_platform_says_wrongly_is_told_to_it(joined: Town) -> None:
    said = [(body, await _say(joined, body)) for body, _, _ in WRONG]

    assert [(body, one.status_code, one.json()["code"]) for body, one in said] == WRONG


async def test_while_the_secret_cannot_be_read_nothing_is_believed(
    joined: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)

    said = await _say(joined, {"incident": _id(joined), "state": "closed"}, secret="")

    assert (said.status_code, said.json()["code"]) == (503, "county_secret")


async def test_where_no_platform_is_set_up_there_is_nothing_to_say(town: Town) -> None:
    said = await _say(town, {"incident": "x", "state": "closed"})

    assert (said.status_code, said.json()["code"]) == (404, "county_unknown")


async def test_what_the_county_sends_back_is_told_to_the_leader_and_stands_on_the_timeline(joined: Town) -> None:
    await _say(joined, {"incident": _id(joined), "state": "returned", "note": "不归我们管"})

    [told] = joined.road.work.told
    async with joined.client("manager") as client:
        detail = (await client.get("/api/v1/incidents/1")).json()

    assert told.to == ("leader",)
    assert (detail["county"], detail["timeline"][-1]["note"]) == ("returned", "不归我们管")
