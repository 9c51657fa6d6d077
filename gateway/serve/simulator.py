"""The simulator behind a simulated compound: its stories, and what can be made to go wrong with its controllers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import Field

from gateway.auditing import Audited
from gateway.serve import shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asked, Asking, StoryName, answer
from gateway.serve.listen import split
from gateway.serve.problems import Problem, unknown
from gateway.serve.shape import Shape

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from drivers.contract import Json

SIMULATOR_SECONDS = 2.0
LINE_LIMIT_BYTES = 1024 * 1024
"""Three hundred controllers tell of themselves in 80 kB."""

Fault = Literal[
    "silent", "slow", "late", "jitter", "dropped", "duplicated", "short", "corrupt",
    "wrong-id", "wrong-unit", "exception", "half-open", "bad-crc", "hung",
]  # fmt: skip
"""How a controller's answers go wrong, as simulator/faults.py has them."""


class FaultBody(Asked):
    """What goes wrong, and where."""

    controller: Annotated[str, Field(description="The controller.", min_length=1, max_length=80)]
    fault: Annotated[Fault | None, Field(description="What goes wrong; null mends it.")] = None


class Story(Shape):
    """Something that the simulator can let happen."""

    name: Annotated[str, Field(description="Its name.")]
    about: Annotated[str, Field(description="What happens, in a sentence; empty where the simulator does not answer.")]
    target: Annotated[str, Field(description="What it happens to.")]


class Station(Shape):
    """A simulated controller."""

    controller: Annotated[str, Field(description="The controller.")]
    fault: Annotated[str | None, Field(description="What goes wrong with it now; null: nothing.")]


class Stage(Shape):
    """What can be played here."""

    stories: Annotated[list[Story], Field(description="The stories, in the order of the configuration.")]
    controllers: Annotated[list[Station], Field(description="The controllers whose answers can go wrong.")]
    faults: Annotated[list[str], Field(description="How they can go wrong.")]


async def stage(ask: Asking) -> Response:
    """What the simulator can let happen."""
    control = _control(ask)
    told = await _say(control, {"do": "stories"})
    known = {str(one["name"]): one for one in _dicts(told.get("stories"))}
    state = await _say(control, {"do": "state"})
    names = ask.house.hub.views.layout.stories or tuple(known)
    return answer(
        {
            "stories": [
                {
                    "name": name,
                    "about": str(known.get(name, {}).get("about", "")),
                    "target": str(known.get(name, {}).get("target", "")),
                }
                for name in names
            ],
            "controllers": [
                {"controller": str(one.get("id")), "fault": one.get("fault")}
                for one in _dicts(state.get("controllers"))
            ],
            "faults": list(get_args(Fault)),
        }
    )


async def story(ask: Asking, name: StoryName) -> Response:
    """Have the simulator play a story."""
    control, stories = _control(ask), ask.house.hub.views.layout.stories
    if stories and name not in stories:
        raise unknown("story", name)
    said = _done(await _say(control, {"do": "story", "name": name, "target": None}), "story_refused")
    await walk(ask, Audited(ask.actor, "simulator_story", name))
    target = said.get("target")
    return answer({"name": name, "target": None if target is None else str(target)}, 202)


async def fault(ask: Asking, body: FaultBody) -> Response:
    """Let a simulated controller's answers go wrong, or mend it."""
    control = _control(ask)
    _done(await _say(control, {"do": "fault", "controller": body.controller, "fault": body.fault}), "fault_refused")
    await walk(ask, Audited(ask.actor, "simulator_fault", body.controller, body={"fault": body.fault}))
    return answer({"controller": body.controller, "fault": body.fault}, 202)


def _control(ask: Ask) -> str:
    """Where the simulator listens. Raises Problem for a real compound."""
    layout = ask.house.hub.views.layout
    if not layout.compound.simulated or not layout.control:
        raise Problem(409, "not_simulated", "this compound is real: there is no simulator to play a story")
    return layout.control


def _done(said: dict[str, Json], code: str) -> dict[str, Json]:
    if not said.get("ok"):
        raise Problem(409, code, str(said.get("why") or said.get("error") or "the simulator refused")[:300])
    return said


def _dicts(told: Json) -> list[dict[str, Json]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


async def _say(control: str, line: Json) -> dict[str, Json]:
    """Say one line of JSON to the simulator and return its answer; it listens on loopback only."""
    host, port = split(control)
    try:
        async with asyncio.timeout(SIMULATOR_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, limit=LINE_LIMIT_BYTES)
            try:
                writer.write(json.dumps(line).encode() + b"\n")
                await writer.drain()
                said = json.loads(await reader.readline())
            finally:
                writer.close()
    except (OSError, ValueError, TimeoutError):
        raise Problem(503, "simulator_silent", f"the simulator at {control} does not answer") from None
    return said if isinstance(said, dict) else {}


def add_routes(router: APIRouter) -> None:
    """The routes of the simulator."""
    refusals: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
    router.add_api_route("/api/v1/simulator", stage, response_model=Stage, responses=refusals)
    for path, endpoint, shape in (
        ("stories/{name}", story, shapes.Started),
        ("faults", fault, Station),
    ):
        router.add_api_route(
            f"/api/v1/simulator/{path}",
            endpoint,
            methods=["POST"],
            status_code=202,
            response_model=shape,
            responses=refusals,
        )
