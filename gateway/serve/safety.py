"""Fire safety as a whole: trial operation of buildings, drills, and the table of cause and effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.safety import BeginTrial, EndTrial, RecordDrill
from gateway.serve import safety_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, BuildingId, answer
from gateway.serve.instants import iso
from gateway.serve.problems import unknown
from gateway.serve.safety_shapes import (  # noqa: TC001 - FastAPI reads annotations at run time
    DrillBody,
    EndTrialBody,
    TrialBody,
)

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.decide.fires.trials import Drill, Trial
    from gateway.serve.views import Body


async def trial(ask: Asking, building: BuildingId) -> Response:
    """Whether a building is on trial 试运行, and what would have followed in its last trial, newest first."""
    _must_be_seen(ask, building)
    return answer(_detail(ask, building))


async def begin_trial(ask: Asking, building: BuildingId, body: TrialBody) -> Response:
    """Put a building on trial, or change until when and who hears of it.

    Rules run; what would follow by itself is recorded and not done. The fire panel and what a person does are never on trial.
    """
    _must_be_seen(ask, building)
    await walk(ask, BeginTrial(ask.actor, building, body.until.timestamp(), tuple(body.people)))
    return answer(_detail(ask, building))


async def end_trial(ask: Asking, building: BuildingId, body: EndTrialBody) -> Response:
    """End a trial with its acceptance report: from here on the building is in earnest, and what stands there is told again."""
    _must_be_seen(ask, building)
    await walk(ask, EndTrial(ask.actor, building, body.report))
    return answer(_detail(ask, building))


async def drills(ask: Asking) -> Response:
    """Drills that were recorded, newest first, and the buildings on trial."""
    keeper = ask.house.safety
    sees = ask.house.hub.views.sees_building
    return answer(
        {
            "drills": [_drill(ask, one) for one in reversed(keeper.drills) if sees(ask.scope, one.building)],
            "trials": [_trial(ask, one) for one in keeper.trials.values() if sees(ask.scope, one.building)],
        }
    )


async def record_drill(ask: Asking, body: DrillBody) -> Response:
    """Record a drill 演练 that was held; who came is counted, not named."""
    _must_be_seen(ask, body.building)
    said = (body.what, body.people, body.minutes, body.note)
    await walk(ask, RecordDrill(ask.actor, body.building, body.held.timestamp(), *said))
    return answer(_drill(ask, ask.house.safety.drills[-1]), 201)


async def effects(ask: Asking) -> Response:
    """The table of cause and effect that is in force: what an alarm does by itself, beside people being told."""
    rows = [
        {
            "name": row.name,
            "when": row.when,
            "release": row.release,
            "stop_charging": row.stop_charging.value,
            "freeze_lockers": row.freeze_lockers,
            "switch": [
                {"device": one.device, "command": one.command, "arguments": dict(one.arguments)} for one in row.switch
            ],
            "note": row.note,
        }
        for row in ask.house.safety.rows
    ]
    return answer({"rows": rows})


def _must_be_seen(ask: Ask, building: str) -> None:
    if not ask.house.hub.views.sees_building(ask.scope, building):
        raise unknown("building", building)


def _detail(ask: Ask, building: str) -> Body:
    keeper = ask.house.safety
    on_trial = keeper.trials.get(building)
    return {
        "trial": None if on_trial is None else _trial(ask, on_trial),
        "would_have": [
            {**each, "raised": iso(each["raised"])} for each in reversed(keeper.would_have.get(building, ()))
        ],
    }


def _trial(ask: Ask, one: Trial) -> Body:
    return {
        "building": one.building,
        "name": _name(ask, one.building),
        "by": one.by,
        "began": iso(one.began_utc),
        "until": iso(one.until_utc),
        "people": one.people,
    }


def _drill(ask: Ask, one: Drill) -> Body:
    return {
        "number": one.number,
        "building": one.building,
        "name": _name(ask, one.building),
        "held": iso(one.held_utc),
        "what": one.what,
        "people": one.people,
        "minutes": one.minutes,
        "note": one.note,
        "by": one.by,
    }


def _name(ask: Ask, building: str) -> str:
    known = ask.house.hub.views.layout.buildings.get(building)
    return known.name if known is not None else building


_TRIAL = "/api/v1/buildings/{building}/trial"
_DRILLS = "/api/v1/drills"


def add_routes(router: APIRouter) -> None:
    """The routes of fire safety."""
    acts: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}
    shape = safety_shapes.TrialDetail
    router.add_api_route(_TRIAL, trial, response_model=shape, responses={404: {}})
    router.add_api_route(_TRIAL, begin_trial, methods=["POST"], response_model=shape, responses=acts)
    router.add_api_route(_TRIAL, end_trial, methods=["DELETE"], response_model=shape, responses=acts)
    router.add_api_route(_DRILLS, drills, response_model=safety_shapes.Drills)
    router.add_api_route(
        _DRILLS, record_drill, methods=["POST"], status_code=201, response_model=safety_shapes.Drill, responses=acts
    )
    router.add_api_route("/api/v1/effects", effects, response_model=safety_shapes.Effects)
