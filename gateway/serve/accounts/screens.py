"""Duty screens: devices on a wall that stay signed in. They show; whoever acts there does it by name and PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.actor import Role
from gateway.keep.accounts.credentials import UserError
from gateway.serve.accounts import shapes as account_shapes
from gateway.serve.accounts.asks import NewScreen, ScreenId  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.accounts.invitations import invitation
from gateway.serve.accounts.user_admin import conflict, demand_grids, sees
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.problems import invalid, unknown

if TYPE_CHECKING:
    from fastapi import APIRouter


async def screens(ask: Asking) -> Response:
    """The duty screens."""
    several = await ask.house.accounts.users("screen")
    bodies = [
        {
            "id": each.id,
            "name": each.name,
            "grids": sorted(each.grids),
            "sessions": each.sessions,
            "seen_utc": each.seen_utc,
        }
        for each in several
        if sees(ask, each)
    ]
    return answer({"screens": bodies})


async def new_screen(ask: Asking, body: NewScreen) -> Response:
    """Add a duty screen. The device that opens the link, within a day, is signed in as it until somebody ends that."""
    demand_grids(ask, body.grids)
    accounts, by = ask.house.accounts, ask.actor.id
    try:
        screen = await accounts.create_user(body.name.strip(), Role.VIEWER, body.grids, by, "screen")
    except UserError as wrong:
        raise invalid({"path": "body.name", "why": str(wrong), "code": wrong.code}) from None
    return answer({"id": screen, **invitation(ask, await accounts.issue_code(screen, "screen", by))}, 201)


async def invite_screen(ask: Asking, screen: ScreenId) -> Response:
    """One more device for a screen, or another one in its place; the link before is void."""
    await _demand(ask, screen)
    return answer(invitation(ask, await ask.house.accounts.issue_code(screen, "screen", ask.actor.id)))


async def drop_screen(ask: Asking, screen: ScreenId) -> Response:
    """Take a screen down: its devices are signed out."""
    await _demand(ask, screen)
    try:
        await ask.house.accounts.drop_user(screen, ask.actor.id)
    except UserError as wrong:
        raise conflict(wrong) from None
    ask.actors.look_again()
    return Response(status_code=204)


async def _demand(ask: Ask, name: str) -> None:
    several = await ask.house.accounts.users("screen")
    if not any(each.id == name and sees(ask, each) for each in several):
        raise unknown("screen", name)


_PUT: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of duty screens."""
    path = "/api/v1/screens"
    router.add_api_route(path, screens, response_model=account_shapes.Screens)
    router.add_api_route(
        path, new_screen, methods=["POST"], status_code=201, response_model=account_shapes.NewAccount, responses=_PUT
    )
    shape, path = account_shapes.Invitation, f"{path}/{{screen}}"
    router.add_api_route(f"{path}/invite", invite_screen, methods=["POST"], response_model=shape, responses=_PUT)
    router.add_api_route(path, drop_screen, methods=["DELETE"], status_code=204, responses=_PUT)
