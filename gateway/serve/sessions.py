"""Signing in and out, and who one is. How a request's actor is found is in `actors.py`."""

from __future__ import annotations

from starlette.responses import Response

from gateway.serve import asks, shapes
from gateway.serve.actors import COOKIE, SESSION_SECONDS
from gateway.serve.asks import Ask, answer
from gateway.serve.row import Row


async def sign_in(ask: Ask) -> Response:
    """Turn a one-time code into a session; the browser gets it as a cookie that scripts cannot read."""
    body = await ask.body(asks.SignIn)
    session = await ask.actors.redeem(body.code)
    signed_in = Response(status_code=204)
    secure = ask.request.headers.get("origin", "").startswith("https://")  # a TLS proxy stands in front of us
    signed_in.set_cookie(COOKIE, session, SESSION_SECONDS, httponly=True, samesite="strict", secure=secure)
    return signed_in


async def sign_out(ask: Ask) -> Response:
    """End the session."""
    await ask.actors.end(ask.request)
    signed_out = Response(status_code=204)
    signed_out.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return signed_out


async def me(ask: Ask) -> Response:
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


ROWS = (
    Row("POST", "/api/v1/session", sign_in, status=204, body=asks.SignIn, problems=(429,)),
    Row("DELETE", "/api/v1/session", sign_out, status=204),
    Row("GET", "/api/v1/me", me, shapes.Me),
)
