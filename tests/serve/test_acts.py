from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Outcome, Result
from gateway.auditing import Audited
from gateway.model import AskCommand
from gateway.serve import shapes, simulator
from gateway.serve.simulator import Stage
from tests.serve.compound import LAYOUT, Town

if TYPE_CHECKING:
    from collections.abc import Callable

UNLOCK = "/api/v1/devices/b1u1/commands/unlock"
STORY = "/api/v1/simulator/stories/forced-door"


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_a_command_is_answered_with_what_the_device_confirmed(town: Town, outcome: Outcome) -> None:
    town.road.result = Result(outcome, {"door1.unlocked": True} if outcome is Outcome.DONE else {}, "why")

    async with town.client("manager") as client:
        answer = await client.post(UNLOCK, json={"arguments": {"seconds": 5}, "reason": "resident locked out"})
    ended = shapes.Ended.model_validate_json(answer.text)

    [act] = town.road.acts
    assert isinstance(act, AskCommand)
    assert (act.device, act.name, act.arguments, act.reason) == (
        "b1u1",
        "unlock",
        {"seconds": 5},
        "resident locked out",
    )
    assert ended.outcome == outcome.value
    assert ended.confirmed == dict(town.road.result.confirmed)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x", "arguments": {"seconds": [1]}}])
async def test_a_command_without_a_reason_or_with_odd_arguments_is_not_sent(
    town: Town, body: dict[str, object]
) -> None:
    async with town.client("manager") as client:
        answer = await client.post(UNLOCK, json=body)

    assert answer.status_code == 422
    assert town.road.acts == []


@pytest.mark.parametrize("path", ["b9u9/commands/unlock", "b1u1/commands/explode"])
async def test_a_device_or_command_that_is_not_there_is_not_asked(town: Town, path: str) -> None:
    async with town.client("manager") as client:
        answer = await client.post(f"/api/v1/devices/{path}", json={"reason": "x"})

    assert answer.status_code == 404
    assert town.road.acts == []


async def test_a_command_that_came_too_soon_is_a_conflict(town: Town) -> None:
    town.road.refuses = ("too_soon", "b1u1 was asked less than 2 s ago")

    async with town.client("manager") as client:
        answer = await client.post(UNLOCK, json={"reason": "x"})

    assert (answer.status_code, answer.json()["code"]) == (409, "too_soon")


async def _simulator(town: Town, answers: Callable[[bytes], bytes]) -> tuple[asyncio.Server, list[bytes]]:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(answers(heard[-1]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    control = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    compound = replace(LAYOUT.compound, simulated=True)
    town.hub.views.adopt(replace(LAYOUT, compound=compound, control=control, stories=("forced-door",)))
    return server, heard


async def test_a_story_is_asked_of_the_simulator_in_one_line_of_json(town: Town) -> None:
    server, heard = await _simulator(town, lambda _: b'{"ok": true, "target": "b1u1/door1"}\n')

    async with server, town.client("manager") as client:
        answer = await client.post(STORY)

    assert answer.status_code == 202
    assert shapes.Started.model_validate_json(answer.text).target == "b1u1/door1"
    assert json.loads(heard[0]) == {"do": "story", "name": "forced-door", "target": None}


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        (b'{"ok": false, "why": "no such door"}\n', 409, "story_refused"),
        (b"", 503, "simulator_silent"),
        (b"nonsense\n", 503, "simulator_silent"),
        (b"[]\n", 409, "story_refused"),
        (b"x" * 70_000 + b"\n", 503, "simulator_silent"),
    ],
)
async def test_a_simulator_that_says_no_or_nonsense_is_a_problem(
    town: Town, line: bytes, status: int, code: str
) -> None:
    server, _ = await _simulator(town, lambda _: line)

    async with server, town.client("manager") as client:
        answer = await client.post(STORY)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_simulator_that_does_not_answer_is_waited_for_no_longer_than_the_limit(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulator, "SIMULATOR_SECONDS", 0.05)
    release = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    control = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    town.hub.views.adopt(replace(LAYOUT, compound=replace(LAYOUT.compound, simulated=True), control=control))

    async with server, town.client("manager") as client:
        answer = await client.post(STORY)
        release.set()

    assert (answer.status_code, answer.json()["code"]) == (503, "simulator_silent")


async def test_a_real_compound_plays_no_stories(town: Town) -> None:
    async with town.client("manager") as client:
        answer = await client.post(STORY)

    assert (answer.status_code, answer.json()["code"]) == (409, "not_simulated")


async def test_a_story_that_the_simulator_does_not_offer_is_not_asked(town: Town) -> None:
    server, heard = await _simulator(town, lambda _: b'{"ok": true}\n')

    async with server, town.client("manager") as client:
        answer = await client.post("/api/v1/simulator/stories/earthquake")

    assert answer.status_code == 404
    assert heard == []


async def test_the_stage_says_what_can_be_played_and_what_is_broken(town: Town) -> None:
    def answers(line: bytes) -> bytes:
        if b'"stories"' in line:
            return b'{"ok": true, "stories": [{"name": "forced-door", "about": "A door.", "target": "b1u1/door1"}]}\n'
        return b'{"ok": true, "controllers": [{"id": "b1u1", "fault": "late"}]}\n'

    server, _ = await _simulator(town, answers)
    async with server, town.client() as client:
        answer = await client.get("/api/v1/simulator")
    stage = Stage.model_validate_json(answer.text)

    assert ("forced-door", "b1u1/door1") in [(one.name, one.target) for one in stage.stories]
    assert [(one.controller, one.fault) for one in stage.controllers] == [("b1u1", "late")]


async def test_a_fault_is_asked_of_the_simulator_and_recorded(town: Town) -> None:
    server, heard = await _simulator(town, lambda _: b'{"ok": true}\n')
    async with server, town.client() as client:
        answer = await client.post("/api/v1/simulator/faults", json={"controller": "b1u1", "fault": "silent"})

    assert answer.status_code == 202
    assert json.loads(heard[0]) == {"do": "fault", "controller": "b1u1", "fault": "silent"}
    [act] = [act for act in town.road.acts if isinstance(act, Audited)]
    assert (act.what, act.subject) == ("simulator_fault", "b1u1")
