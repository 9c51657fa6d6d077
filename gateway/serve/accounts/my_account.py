"""One's own account: password, PIN, phones, sessions and access tokens."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.keep.accounts.passwords import PIN_SHORTEST, SHORTEST, password_objection, pin_objection
from gateway.serve.accounts import shapes as account_shapes
from gateway.serve.accounts.asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    PasswordBody,
    PinBody,
    SessionId,
    TokenBody,
    TokenId,
)
from gateway.serve.accounts.cookies import drop_session, session_of
from gateway.serve.accounts.invitations import invitation
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.problems import Problem, invalid, unknown

if TYPE_CHECKING:
    from fastapi import APIRouter

_WHY = {
    "password_short": f"a password has at least {SHORTEST} characters; a Chinese one counts two",
    "password_long": "this is longer than a password can be",
    "password_name": "a password is not made of the name",
    "password_common": "this is among the first that a guesser tries",
    "pin_shape": "a PIN has 4 to 8 digits",
    "pin_common": "this is among the first that a guesser tries",
}
_LIMIT = {"password_short": SHORTEST, "pin_shape": PIN_SHORTEST}


async def put_password(ask: Asking, body: PasswordBody) -> Response:
    """Set the password; every other session ends. The first one needs no old one, but a browser that was let in by a link."""
    actor, accounts = ask.actor, ask.house.accounts
    if await accounts.held_by(actor.id, "password"):
        await _prove_password(ask, body.old, "old")
    elif actor.way == "phone":  # whoever finds a phone must not make a way in of his own
        raise Problem(403, "first_password", "choose your first password in a browser, by a one-time link")
    _demand("new", password_objection(body.new, actor.name))
    await accounts.set_password(actor.id, body.new, actor.id, session_of(ask.request))
    ask.actors.look_again()
    return Response(status_code=204)


async def put_pin(ask: Asking, body: PinBody) -> Response:
    """Set the PIN, by the password or by the PIN until now."""
    actor, accounts = ask.actor, ask.house.accounts
    has_pin = bool(await accounts.held_by(actor.id, "pin"))
    if has_pin and body.old_pin:
        await ask.actors.pins.prove_own(ask.request, actor, body.old_pin)
    elif has_pin or actor.way == "phone" or await accounts.held_by(actor.id, "password"):
        await _prove_password(ask, body.password, "password")
    _demand("pin", pin_objection(body.pin))
    await accounts.set_pin(actor.id, body.pin, actor.id)
    return Response(status_code=204)


async def my_sessions(ask: Asking) -> Response:
    """Where one is signed in."""
    several = await ask.house.accounts.sessions_of(ask.actor.id, session_of(ask.request))
    return answer({"sessions": [asdict(each) for each in several]})


async def end_my_sessions(ask: Asking) -> Response:
    """Sign out everywhere, here too."""
    await ask.house.accounts.end_all(ask.actor.id, ask.actor.id)
    ask.actors.look_again()
    signed_out = Response(status_code=204)
    drop_session(ask.request, signed_out)
    return signed_out


async def end_my_session(ask: Asking, session: SessionId) -> Response:
    """Sign out one device."""
    if not await ask.house.accounts.end_one(ask.actor.id, session, ask.actor.id):
        raise unknown("session", session)
    ask.actors.look_again()
    return Response(status_code=204)


async def bind_phone(ask: Asking) -> Response:
    """A QR code by which a phone is signed in for 90 days; good once, for ten minutes."""
    code = await ask.house.accounts.issue_code(ask.actor.id, "phone", ask.actor.id)
    return answer(invitation(ask, code))


async def my_tokens(ask: Asking) -> Response:
    """One's access tokens."""
    several = await ask.house.accounts.tokens_of(ask.actor.id)
    return answer({"tokens": [{**asdict(each), "seen_utc": each.seen_utc or None} for each in several]})


async def make_my_token(ask: Asking, body: TokenBody) -> Response:
    """Make an access token; it is shown this once."""
    actor = ask.actor
    token_id, token = await ask.house.accounts.make_token(actor.id, body.name, body.scopes, body.days, actor.id)
    return answer({"id": token_id, "token": token}, 201)


async def drop_my_token(ask: Asking, token: TokenId) -> Response:
    """End an access token."""
    if not await ask.house.accounts.drop_token(ask.actor.id, token, ask.actor.id):
        raise unknown("token", token)
    ask.actors.look_again()
    return Response(status_code=204)


async def _prove_password(ask: Ask, password: str, field: str) -> None:
    if not password:
        raise invalid({"path": f"body.{field}", "why": "Field required", "code": "missing"})
    await ask.actors.signing_in.prove_own(ask.request, ask.actor, password)


def _demand(field: str, objection: str | None) -> None:
    if objection is not None:
        limit = {"limit": _LIMIT[objection]} if objection in _LIMIT else {}
        raise invalid({"path": f"body.{field}", "why": _WHY[objection], "code": objection, **limit})


_PROVED: dict[int | str, dict[str, Any]] = {422: {}, 429: {}, 503: {}}
_DOWN: dict[int | str, dict[str, Any]] = {503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of one's own account."""
    router.add_api_route("/api/v1/me/password", put_password, methods=["PUT"], status_code=204, responses=_PROVED)
    router.add_api_route("/api/v1/me/pin", put_pin, methods=["PUT"], status_code=204, responses=_PROVED)
    path = "/api/v1/me/sessions"
    router.add_api_route(path, my_sessions, response_model=account_shapes.Sessions)
    router.add_api_route(path, end_my_sessions, methods=["DELETE"], status_code=204, responses=_DOWN)
    router.add_api_route(
        f"{path}/{{session}}", end_my_session, methods=["DELETE"], status_code=204, responses={404: {}, **_DOWN}
    )
    shape = account_shapes.Invitation
    router.add_api_route("/api/v1/me/phone", bind_phone, methods=["POST"], response_model=shape, responses=_DOWN)
    path = "/api/v1/me/tokens"
    router.add_api_route(path, my_tokens, response_model=account_shapes.Tokens)
    router.add_api_route(
        path, make_my_token, methods=["POST"], status_code=201, response_model=account_shapes.NewToken, responses=_DOWN
    )
    router.add_api_route(
        f"{path}/{{token}}", drop_my_token, methods=["DELETE"], status_code=204, responses={404: {}, **_DOWN}
    )
