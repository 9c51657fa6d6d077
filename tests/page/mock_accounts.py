"""Accounts, sessions, tokens and screens of a mock compound, and their routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, Any, TypeAlias

import segno
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.page.mock_desk_routes import refused

if TYPE_CHECKING:
    from starlette.requests import Request

Json: TypeAlias = dict[str, Any]

DAY = 86_400.0
NOBODY: Json = {"sessions": 0, "tokens": 0, "closed": False, "password_set": True, "pin_set": True, "person": ""}


def way_in(kind: str) -> Json:
    """A link that is good once, as the real gateway draws it."""
    url = f"http://127.0.0.1/#code={kind}-code"
    svg = segno.make(url, error="m", micro=False).svg_inline(border=4, omitsize=True, light="#fff")
    return {"url": url, "svg": svg, "until_utc": time() + 600}


def wrong_field(path: str, code: str, why: str, **more: int) -> Response:
    """A field that is wrong, named."""
    errors = [{"path": f"body.{path}", "why": why, "code": code, **more}]
    return JSONResponse({"title": "Unprocessable", "status": 422, "code": "invalid", "errors": errors}, 422)


@dataclass
class MockAccounts:
    """Who may come in; `sent` is whatever was asked to change."""

    me: Json = field(
        default_factory=lambda: {"password_set": True, "pin_set": True, "way": "session", "person": "zhang"}
    )
    kind: str = "browser"
    """Of the session of whoever looks."""
    password: str = "correct horse"  # noqa: S105 - the one that opens this cardboard
    slow_seconds: int = 0
    """More than 0: guesses are held back for so long."""
    sessions: list[Json] = field(default_factory=list)
    tokens: list[Json] = field(default_factory=list)
    users: dict[str, Json] = field(default_factory=dict)
    screens: dict[str, Json] = field(default_factory=dict)
    sent: list[tuple[str, str, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A browser, a phone, a token; three users; one screen."""
        now = time()
        common = {"created_utc": now - DAY, "seen_utc": now - 60}
        self.sessions = [
            {"id": "s1", "kind": "browser", "label": "Chrome", "until_utc": now + 30 * DAY, "current": True, **common},
            {"id": "s2", "kind": "phone", "label": "Android", "until_utc": now + 90 * DAY, "current": False, **common},
        ]
        self.tokens = [
            {
                "id": "t1", "name": "大屏", "scopes": ["read", "answer"], "created_utc": now - DAY,
                "until_utc": now + 90 * DAY, "seen_utc": None,
            },
        ]  # fmt: skip
        self._add("u1", "张三", "administrator", [], sessions=2, tokens=1)
        self._add("u2", "李四", "staff", ["g1"], sessions=1, pin_set=False)
        self._add("u3", "王五", "auditor", [], closed=True, password_set=False)
        self.screens["s-1"] = {"id": "s-1", "name": "消控室", "grids": ["g1"], "sessions": 1, "seen_utc": now - 5}

    def _add(self, user: str, name: str, role: str, grids: list[str], **more: object) -> None:
        self.users[user] = {
            **NOBODY, "id": user, "name": name, "role": role, "grids": grids, "created_utc": time() - DAY, **more,
        }  # fmt: skip

    def body_of_me(self) -> Json:
        """What `me` says of it."""
        here = {**self.sessions[0], "kind": self.kind}
        return {"scopes": [], "people": [], "session": here, **self.me}


class AccountRoutes:
    """Answers for `MockAccounts`."""

    def __init__(self, known: MockAccounts) -> None:
        self._known = known

    def routes(self) -> list[Route]:
        """All of them."""
        change = ["GET", "POST", "PUT", "DELETE"]
        return [
            Route("/me/password", self._password, methods=["PUT"]),
            Route("/me/pin", self._pin, methods=["PUT"]),
            Route("/me/phone", self._invite, methods=["POST"]),
            Route("/me/sessions", self._sessions, methods=["GET", "DELETE"]),
            Route("/me/sessions/{id}", self._session, methods=["DELETE"]),
            Route("/me/tokens", self._tokens, methods=["GET", "POST"]),
            Route("/me/tokens/{id}", self._token, methods=["DELETE"]),
            Route("/users", self._users, methods=["GET", "POST"]),
            Route("/users/{id}", self._user, methods=change),
            Route("/users/{id}/invite", self._invite, methods=["POST"]),
            Route("/users/{id}/lost-phone", self._lost, methods=["POST"]),
            Route("/users/{id}/sessions", self._sign_out, methods=["DELETE"]),
            Route("/screens", self._screens, methods=["GET", "POST"]),
            Route("/screens/{id}", self._screen, methods=["DELETE"]),
            Route("/screens/{id}/invite", self._invite, methods=["POST"]),
        ]

    async def _take(self, request: Request) -> Json:
        body: Json = await request.json() if await request.body() else {}
        self._known.sent.append((request.method, request.url.path.removeprefix("/api/v1/"), body))
        return body

    async def _password(self, request: Request) -> Response:
        body = await self._take(request)
        if self._known.me["password_set"] and body.get("old") != self._known.password:
            return refused(403, "password_wrong", "this is not your password")
        if len(body["new"]) < 10:
            return wrong_field("new", "password_short", "a password has at least 10 characters", limit=10)
        self._known.password, self._known.me["password_set"] = body["new"], True
        return Response(status_code=204)

    async def _pin(self, request: Request) -> Response:
        body = await self._take(request)
        if body["pin"] == "1234":
            return wrong_field("pin", "pin_common", "this is among the first that a guesser tries")
        self._known.me["pin_set"] = True
        return Response(status_code=204)

    async def _invite(self, request: Request) -> Response:
        await self._take(request)
        return JSONResponse(way_in(request.url.path.rpartition("/")[2]))

    async def _sessions(self, request: Request) -> Response:
        if request.method == "DELETE":
            await self._take(request)
            return Response(status_code=204)
        return JSONResponse({"sessions": self._known.sessions})

    async def _session(self, request: Request) -> Response:
        await self._take(request)
        gone = request.path_params["id"]
        self._known.sessions = [each for each in self._known.sessions if each["id"] != gone]
        return Response(status_code=204)

    async def _tokens(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"tokens": self._known.tokens})
        await self._take(request)
        return JSONResponse({"id": "t2", "token": "gp_0123456789abcdef"}, 201)

    async def _token(self, request: Request) -> Response:
        await self._take(request)
        self._known.tokens = []
        return Response(status_code=204)

    async def _users(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"users": list(self._known.users.values())})
        body = await self._take(request)
        if body["name"] in {user["name"] for user in self._known.users.values()}:
            return wrong_field("name", "name_taken", "somebody has this name")
        self._known._add("u4", body["name"], body["role"], body["grids"])
        return JSONResponse({"id": "u4", **way_in("invite")}, 201)

    async def _user(self, request: Request) -> Response:
        body = await self._take(request)
        user = request.path_params["id"]
        if request.method == "DELETE":
            del self._known.users[user]
            return Response(status_code=204)
        self._known.users[user].update(body)
        return JSONResponse(self._known.users[user])

    async def _lost(self, request: Request) -> Response:
        await self._take(request)
        user = self._known.users[request.path_params["id"]]
        ended = {"sessions": user["sessions"], "tokens": user["tokens"], "chats": 1}
        user.update(sessions=0, tokens=0)
        return JSONResponse(ended)

    async def _sign_out(self, request: Request) -> Response:
        await self._take(request)
        self._known.users[request.path_params["id"]]["sessions"] = 0
        return JSONResponse({"sessions": 1})

    async def _screens(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"screens": list(self._known.screens.values())})
        body = await self._take(request)
        self._known.screens["s-2"] = {"id": "s-2", **body, "sessions": 0, "seen_utc": None}
        return JSONResponse({"id": "s-2", **way_in("screen")}, 201)

    async def _screen(self, request: Request) -> Response:
        await self._take(request)
        del self._known.screens[request.path_params["id"]]
        return Response(status_code=204)
