"""Walk tests: somebody makes one detector after the other speak, and the report says what each said and who heard it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.detecting import BeginWalkTest, EndWalkTest
from gateway.serve import sensor_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.detector_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    WalkTestBody,
    WalkTestId,
)
from gateway.serve.instants import iso, moment
from gateway.serve.problems import unknown
from gateway.serve.walks import begun, chosen, sees_all, where

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.decide.detectors.walk_tests import Said, WalkTest
    from gateway.serve.views import Body


async def walk_tests(ask: Asking) -> Response:
    """Walk tests in numbers: those under way, and the last that are over."""
    walks = ask.house.detector_keeper.detectors.walk_tests.walks.values()
    seen = [_summary(test) for test in walks if sees_all(ask, test.detectors)]
    return answer({"walk_tests": seen[::-1]})


async def begin_walk_test(ask: Asking, body: WalkTestBody) -> Response:
    """Begin to test: what these detectors say is told as a test until the walk ends."""
    outcomes = await walk(ask, BeginWalkTest(ask.actor, chosen(ask, body), body.minutes))
    return answer(_body(ask, _seen(ask, begun(outcomes, "walk_test"))), 201)


async def walk_test(ask: Asking, test: WalkTestId) -> Response:
    """A walk test with its report."""
    return answer(_body(ask, _seen(ask, test)))


async def end_walk_test(ask: Asking, test: WalkTestId) -> Response:
    """End a walk test; its report stands."""
    _seen(ask, test)
    await walk(ask, EndWalkTest(ask.actor, test))
    return answer(_body(ask, _seen(ask, test)))


def _seen(ask: Ask, name: str) -> WalkTest:
    test = ask.house.detector_keeper.detectors.walk_tests.walks.get(name)
    if test is None or not sees_all(ask, test.detectors):
        raise unknown("walk_test", name)
    return test


def _summary(test: WalkTest) -> Body:
    over = test.ended_utc is not None
    return {
        "id": test.id,
        "by": test.by,
        "began": iso(test.began_utc),
        "ends": None if over else iso(test.ends_utc),
        "ended": moment(test.ended_utc),
        "tested": len(test.said),
        "left": len(test.left),
    }


def _body(ask: Ask, test: WalkTest) -> Body:
    detectors = [
        {**where(ask, detector), "said": [_told(ask, said) for said in test.said.get(detector, ())]}
        for detector in test.detectors
    ]
    return {**_summary(test), "detectors": detectors}


def _told(ask: Ask, said: Said) -> Body:
    return {
        "at": iso(said.at_utc),
        "what": said.what,
        "receiver": said.receiver,
        "receiver_name": ask.house.detectors.name_of(said.receiver),
        "rssi": said.rssi,
    }


_TESTS = "/api/v1/walk-tests"
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of walk tests."""
    shape, one = sensor_shapes.WalkTest, f"{_TESTS}/{{test}}"
    router.add_api_route(_TESTS, walk_tests, response_model=sensor_shapes.WalkTests)
    router.add_api_route(
        _TESTS, begin_walk_test, methods=["POST"], status_code=201, response_model=shape, responses={404: {}, **_ACT}
    )
    router.add_api_route(one, walk_test, response_model=shape)
    router.add_api_route(one, end_walk_test, methods=["DELETE"], response_model=shape, responses=_ACT)
