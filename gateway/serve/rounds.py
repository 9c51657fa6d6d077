"""Rounds: an installer goes from place to place, presses a sensor's test button, and it takes the next place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.detecting import BeginRound, EndRound, SkipInRound, TakeInRound, UndoInRound
from gateway.model import NANOSECONDS
from gateway.serve import sensor_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.detector_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    RoundBody,
    RoundId,
    TakeBody,
)
from gateway.serve.instants import iso
from gateway.serve.problems import unknown
from gateway.serve.walks import begun, chosen, sees_all, where

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.decide.detectors.round_state import RoundState
    from gateway.serve.views import Body


async def rounds(ask: Asking) -> Response:
    """The rounds that are under way."""
    states = ask.house.detector_keeper.detectors.rounds.rounds.values()
    return answer({"rounds": [_body(ask, state) for state in states if sees_all(ask, state.detectors)]})


async def begin_round(ask: Asking, body: RoundBody) -> Response:
    """Begin to walk: the sensor whose test button is pressed next takes the first place that is free.

    Several may walk at once, each with a round of their own; nobody walks where another round goes.
    """
    outcomes = await walk(ask, BeginRound(ask.actor, chosen(ask, body)))
    return answer(_body(ask, _seen(ask, begun(outcomes, "round"))), 201)


async def round_of(ask: Asking, round: RoundId) -> Response:  # noqa: A002 - the name in the path
    """A round as it stands: asked for once a second while somebody walks."""
    return answer(_body(ask, _seen(ask, round)))


async def take_in_round(ask: Asking, round: RoundId, body: TakeBody) -> Response:  # noqa: A002 - the name in the path
    """Say which sensor takes the next place: by what stands on it, or one of the candidates."""
    _seen(ask, round)
    await walk(ask, TakeInRound(ask.actor, round, body.sensor))
    return answer(_body(ask, _seen(ask, round)))


async def skip_in_round(ask: Asking, round: RoundId) -> Response:  # noqa: A002 - the name in the path
    """Leave the next place out: nobody opens."""
    _seen(ask, round)
    await walk(ask, SkipInRound(ask.actor, round))
    return answer(_body(ask, _seen(ask, round)))


async def undo_in_round(ask: Asking, round: RoundId) -> Response:  # noqa: A002 - the name in the path
    """Take the last step back; again for the one before it."""
    _seen(ask, round)
    await walk(ask, UndoInRound(ask.actor, round))
    return answer(_body(ask, _seen(ask, round)))


async def end_round(ask: Asking, round: RoundId) -> Response:  # noqa: A002 - the name in the path
    """End a round; what was done stays done. The answer is the round as it ended."""
    state = _seen(ask, round)
    await walk(ask, EndRound(ask.actor, round))
    return answer(_body(ask, state))


def _seen(ask: Ask, name: str) -> RoundState:
    state = ask.house.detector_keeper.detectors.rounds.rounds.get(name)
    if state is None or not sees_all(ask, state.detectors):
        raise unknown("round", name)
    return state


def _body(ask: Ask, state: RoundState) -> Body:
    register, listed = ask.house.detector_keeper.detectors.register, ask.house.detectors
    now_ns = ask.house.now().boottime_ns
    return {
        "id": state.id,
        "actor": state.actor,
        "next": where(ask, state.next) if state.next else None,
        "left": sum(detector not in register.mounted for detector in state.detectors[state.at :]),
        "total": len(state.detectors),
        "done": [
            {
                "detector": step.detector,
                "name": where(ask, step.detector)["name"],
                "tail": step.address[-4:],
                "at": iso(step.utc),
            }
            for step in reversed(state.done)
        ],
        "candidates": [
            {
                "address": candidate.address,
                "tail": candidate.address[-4:],
                "product": candidate.product,
                "title": listed.title_of(candidate.product),
                "receiver": candidate.receiver,
                "receiver_name": listed.name_of(candidate.receiver),
                "rssi": candidate.rssi,
                "seconds_ago": round((now_ns - candidate.pressed_ns) / NANOSECONDS, 1),
            }
            for candidate in reversed(state.candidates)
        ],
        "note": state.note,
    }


_ROUNDS = "/api/v1/rounds"
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of rounds."""
    shape, one = sensor_shapes.Round, f"{_ROUNDS}/{{round}}"
    router.add_api_route(_ROUNDS, rounds, response_model=sensor_shapes.Rounds)
    router.add_api_route(
        _ROUNDS, begin_round, methods=["POST"], status_code=201, response_model=shape, responses={404: {}, **_ACT}
    )
    router.add_api_route(one, round_of, response_model=shape)
    router.add_api_route(one, end_round, methods=["DELETE"], response_model=shape, responses=_ACT)
    for path, endpoint in (("take", take_in_round), ("skip", skip_in_round), ("undo", undo_in_round)):
        router.add_api_route(f"{one}/{path}", endpoint, methods=["POST"], response_model=shape, responses=_ACT)
