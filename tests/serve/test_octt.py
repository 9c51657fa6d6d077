from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest_asyncio

from drivers.ocpp.calling import NoAnswer, SaidNo
from gateway.serve.octt import NO_ANSWER, trigger
from tests.serve.compound import Town, open_town, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from drivers.contract import Json

PATH = "/api/octt/1.6/CP001/Reset"


@dataclass(frozen=True)
class Central:
    """A line of one charge point, which knows no firmware and sleeps when it is asked for diagnostics."""

    station: str

    async def call(self, station: str, action: str, fields: Mapping[str, Json], /) -> Mapping[str, Json]:
        """As the driver does."""
        if station != self.station:
            raise LookupError(station)
        if action == "UpdateFirmware":
            raise SaidNo("NotImplemented", "never heard of it")
        if action == "GetDiagnostics":
            raise NoAnswer("no answer came within 5 s")
        return {"status": "Accepted", "said": fields["type"]}


CENTRALS = (Central("CP000"), Central("CP001"))


@pytest_asyncio.fixture
async def tested(tmp_path: Path) -> AsyncIterator[Town]:
    """A compound beside a conformance suite."""
    async with open_town(tmp_path, octt=trigger(lambda: CENTRALS)) as town, served(town):
        yield town


async def test_a_charge_point_is_called_with_the_fields_of_the_body_and_its_answer_is_the_answer(tested: Town) -> None:
    async with tested.client(None) as suite:
        answer = await suite.post(PATH, json={"type": "Soft"})

    assert answer.status_code == 200
    assert answer.json() == {"status": "Accepted", "said": "Soft"}


async def test_an_error_of_the_charge_point_or_its_silence_is_a_bad_gateway_with_a_code(tested: Town) -> None:
    async with tested.client(None) as suite:
        actions = ("UpdateFirmware", "GetDiagnostics")
        answers = [await suite.post(f"/api/octt/1.6/CP001/{action}", json={}) for action in actions]

    assert [answer.status_code for answer in answers] == [502, 502]
    said = [(answer.json()["code"], answer.json()["details"]) for answer in answers]
    assert said == [("call_error", ["NotImplemented"]), ("call_error", [NO_ANSWER])]
    assert "never heard of it" in answers[0].json()["detail"]


async def test_a_strange_station_or_version_is_not_found(tested: Town) -> None:
    async with tested.client(None) as suite:
        answers = [
            await suite.post(path, json={}) for path in ("/api/octt/1.6/CP9/Reset", "/api/octt/2.0.1/CP001/Reset")
        ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["code"] == "station_unknown"


async def test_a_body_that_is_no_object_is_refused(tested: Town) -> None:
    async with tested.client(None) as suite:
        answers = [await suite.post(PATH, json=body) for body in ([1], "Soft", None)]
        answers.append(await suite.post(PATH, content=b"{", headers={"Content-Type": "application/json"}))

    assert [answer.status_code for answer in answers] == [422] * 4


async def test_whoever_is_not_on_this_machine_is_refused_whatever_the_role(tested: Town) -> None:
    async with tested.client("administrator") as outside:
        answer = await outside.post(PATH, json={"type": "Soft"}, headers={"X-Forwarded-For": "203.0.113.9"})

    assert (answer.status_code, answer.json()["code"]) == (403, "role")


async def test_without_the_test_flag_there_is_no_such_route(town: Town) -> None:
    async with town.client("administrator") as client:
        answer = await client.post(PATH, json={"type": "Soft"})

    assert answer.status_code == 404


async def test_the_description_of_the_api_does_not_speak_of_it(tested: Town) -> None:
    async with tested.client(None) as client:
        document = (await client.get("/api/openapi.json")).json()

    assert not any("octt" in path for path in document["paths"])
