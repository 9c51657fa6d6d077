"""Signing in and out, and who one is. How a request's actor is found is in `actors.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from gateway.serve import shapes
from gateway.serve.actors import COOKIE, SESSION_SECONDS
from gateway.serve.asks import Asking, SignIn, answer

if TYPE_CHECKING:
    from fastapi import APIRouter


async def sign_in(ask: Asking, body: SignIn) -> Response:
    """Turn a one-time code into a session; the browser gets it as a cookie that scripts cannot read."""
    session = await ask.actors.redeem(body.code)
    signed_in = Response(status_code=204)
    secure = ask.request.headers.get("origin", "").startswith("https://")  # a TLS proxy stands in front of us
    signed_in.set_cookie(COOKIE, session, SESSION_SECONDS, httponly=True, samesite="strict", secure=secure)
    return signed_in


async def sign_out(ask: Asking) -> Response:
    """End the session."""
    await ask.actors.end(ask.request)
    signed_out = Response(status_code=204)
    signed_out.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return signed_out


async def me(ask: Asking) -> Response:
    """Who one is, and what the page needs to know of the compound before it shows anything."""
    actor, compound = ask.actor, ask.house.hub.views.layout.compound
    return answer(
        {
            "id": actor.id,
            "name": actor.name,
            "role": actor.role.value,
            "grids": sorted(actor.grids),
            "simulated": compound.simulated,
            "language": compound.language,
            "version": ask.house.version,
        }
    )


def add_routes(router: APIRouter) -> None:
    """The routes of signing in and out."""
    session = "/api/v1/session"
    router.add_api_route(session, sign_in, methods=["POST"], status_code=204, responses={401: {}, 429: {}})
    router.add_api_route(session, sign_out, methods=["DELETE"], status_code=204)
    router.add_api_route("/api/v1/me", me, response_model=shapes.Me)
