"""Signing in and out, and who one is. How a request's actor is found is in `actors.py`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.keep.accounts.sessions import LIFE_SECONDS
from gateway.serve.accounts import shapes as account_shapes
from gateway.serve.accounts.asks import SignIn  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.accounts.cookies import drop_session, session_of, set_session
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.problems import invalid
from gateway.serve.right import ANSWERS

if TYPE_CHECKING:
    from fastapi import APIRouter


async def sign_in(ask: Asking, body: SignIn) -> Response:
    """Begin a session, by a one-time code or by name and password; the browser gets it as a cookie that scripts cannot read.

    The session that the browser had before ends.
    """
    actors, request = ask.actors, ask.request
    if body.code:
        signed_in = await actors.redeem(request, body.code)
    elif body.name and body.password:
        signed_in = await actors.signing_in.by_password(request, body.name, body.password)
    else:
        missing = "code" if not body.name and not body.password else "password" if body.name else "name"
        raise invalid({"path": f"body.{missing}", "why": "Field required", "code": "missing"})
    actors.look_again()
    return actors.signing_in.welcome(request, signed_in.user, signed_in.secret, signed_in.kind)


async def sign_out(ask: Asking) -> Response:
    """End the session."""
    await ask.actors.end(ask.request)
    signed_out = Response(status_code=204)
    drop_session(ask.request, signed_out)
    return signed_out


async def me(ask: Asking) -> Response:
    """Who one is, and what the page needs to know of the compound before it shows anything."""
    actor, compound, accounts = ask.actor, ask.house.hub.views.layout.compound, ask.house.accounts
    secret = "" if actor.way == "token" else session_of(ask.request)
    several = await accounts.sessions_of(actor.id, secret) if secret else ()
    person = ask.house.duty.staff.of_actor(actor)
    said = answer(
        {
            "id": actor.id,
            "name": actor.name,
            "role": actor.role.value,
            "grids": sorted(actor.grids),
            "way": actor.way,
            "scopes": sorted(actor.scopes),
            "session": next((asdict(each) for each in several if each.current), None),
            "password_set": bool(await accounts.held_by(actor.id, "password")),
            "pin_set": bool(await accounts.held_by(actor.id, "pin")),
            "person": "" if person is None else person.id,
            "people": await _people_here(ask) if actor.way == "screen" else [],
            "simulated": compound.simulated,
            "language": compound.language,
            "timezone": compound.timezone,
            "version": ask.house.version,
        }
    )
    if actor.way == "screen":  # no browser keeps a cookie for ever, and a screen stays signed in
        set_session(ask.request, said, secret, LIFE_SECONDS["screen"])
    return said


async def _people_here(ask: Ask) -> list[str]:
    """Who may act at this screen."""
    return [
        user.name
        for user in await ask.house.accounts.users()
        if user.pin_set
        and not user.closed
        and user.role in ANSWERS
        and (not user.grids or not ask.scope or not user.grids.isdisjoint(ask.scope))
    ]


def add_routes(router: APIRouter) -> None:
    """The routes of signing in and out."""
    session = "/api/v1/session"
    refused: dict[int | str, dict[str, Any]] = {401: {}, 429: {}, 503: {}}
    router.add_api_route(session, sign_in, methods=["POST"], status_code=204, responses=refused)
    router.add_api_route(session, sign_out, methods=["DELETE"], status_code=204, responses={503: {}})
    router.add_api_route("/api/v1/me", me, response_model=account_shapes.Me)
