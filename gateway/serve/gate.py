"""The gate in front of every route: what the table of rights says is done here, before any endpoint runs."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import Match, Route

from gateway.keep.accounts.credentials import AccountsDown
from gateway.serve.fence import SAFE
from gateway.serve.problems import Problem, not_recorded
from gateway.serve.right import OWN, SCOPES, Right
from gateway.serve.rights import PIN_ON_A_PHONE, RIGHTS

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from gateway.actor import Actor
    from gateway.serve.accounts.actors import Actors


class Gate:
    """Puts the actor into the request, or refuses. Routes that stand in no row of the table are refused."""

    def __init__(self, app: ASGIApp, actors: Actors) -> None:
        self._app = app
        self._actors = actors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass what the table allows. What matches no route goes on to the router, which says 404 or 405.

        HEAD is asked as GET, for FastAPI's routes know no HEAD; the server leaves the body out, and `head` tells the stream.
        """
        if scope["type"] == "http":
            if scope["method"] == "HEAD":
                scope = {**scope, "method": "GET", "head": True}
            try:
                await self._admit(scope, receive)
            except Problem as problem:
                await problem.response()(scope, receive, send)
                return
            except AccountsDown:
                await not_recorded().response()(scope, receive, send)
                return
        elif scope["type"] != "lifespan":
            return  # websockets are not spoken here
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> None:
        route = next((route for route in scope["app"].routes if route.matches(scope)[0] is Match.FULL), None)
        if route is None:
            return
        asked = (scope["method"], route.path_format) if isinstance(route, Route) else ("", "")
        right = RIGHTS.get(asked)
        if right is None:
            raise Problem(403, "no_right", "nobody has a right to this: it stands in no row of the table of rights")
        if right.roles is None or (right.loopback and _on_this_machine(scope)):
            return
        scope["actor"] = await self._allowed(asked, right, Request(scope, receive))

    async def _allowed(self, asked: tuple[str, str], right: Right, request: Request) -> Actor:
        actor = await self._actors.of(request)
        if actor.way == "screen" and request.method not in SAFE:
            actor = await self._actors.pins.at_screen(request, actor)
        elif actor.way == "phone":
            actor = await self._actors.pins.on_phone(request, actor)
        may = sorted(role.value for role in right.roles or ())
        if actor.role.value not in may and not (right.screens and actor.way == "screen"):
            detail = f"the role {actor.role.value} may not do this"
            raise Problem(403, "role", detail, right=right.scope, roles=may)
        if right.scope not in _held(actor):
            detail = f"this needs the right {right.scope!r}, which your {actor.way} does not have"
            raise Problem(403, "scope", detail, right=right.scope, roles=may)
        if actor.way == "phone" and asked in PIN_ON_A_PHONE:
            await self._actors.pins.demand_pin(actor)
        return actor


_FORWARDED = frozenset({b"forwarded", b"x-real-ip", b"via"})


def _held(actor: Actor) -> Collection[str]:
    """What an actor's way lets him do of what his role may. Only a person's browser or phone looks after his account."""
    if actor.scopes:
        return actor.scopes
    return (*SCOPES, OWN) if actor.way in {"session", "phone"} else SCOPES


def _on_this_machine(scope: Scope) -> bool:
    """Whether the caller is on this machine, and not somebody behind a proxy on this machine."""
    client = scope.get("client")
    forwarded = any(name in _FORWARDED or name.startswith(b"x-forwarded-") for name, _ in scope["headers"])
    return client is not None and not forwarded and ip_address(client[0]).is_loopback
