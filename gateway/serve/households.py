"""A household as a whole: what it may open, and moving out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.permit import RevokeHousehold, Standing
from gateway.serve import permit_shapes
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.permit_asks import Household, MoveOutBody  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.permit_bodies import permit_body, sees_household
from gateway.serve.permits import revoked
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.permit import Permit


async def household(ask: Asking, household: Household) -> Response:
    """Every permit of a household, those that count first."""
    found = sorted(_of(ask, household), key=lambda permit: (permit.standing is not Standing.VALID, permit.id))
    return answer({"household": household, "permits": [permit_body(permit) for permit in found]})


async def move_out(ask: Asking, household: Household, body: MoveOutBody) -> Response:
    """End every permit and code of a household at once; the task says which controllers know already."""
    _of(ask, household)
    return answer(await revoked(ask, RevokeHousehold(ask.actor, household, body.reason)))


def _of(ask: Ask, household: str) -> Sequence[Permit]:
    found = ask.house.keeper.permits.household(household) if sees_household(ask, household) else ()
    if not found:
        raise unknown("household", household)
    return found


def add_routes(router: APIRouter) -> None:
    """The routes of households."""
    path = "/api/v1/households/{household}"
    router.add_api_route(path, household, response_model=permit_shapes.Household)
    acted: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
    path = f"{path}/revoke"
    router.add_api_route(path, move_out, methods=["POST"], response_model=permit_shapes.Revoked, responses=acted)
