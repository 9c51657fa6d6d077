"""The table route x role, asked of the gate itself: every row, every way in, every scope; and what grids hide."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import pytest_asyncio
from starlette.responses import PlainTextResponse
from starlette.routing import Match, Route

from gateway.actor import Role
from gateway.serve.gate import Gate
from gateway.serve.right import OWN, SCOPES, Right
from gateway.serve.rights import PIN_ON_A_PHONE, RIGHTS
from tests.serve.compound import LAYOUT, TENDED, Town, forced, now, open_town, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request
    from starlette.types import Message, Receive, Scope, Send

pytestmark = pytest.mark.asyncio(loop_scope="module")

OCTT = "/api/octt/"
SAFE = {"GET", "HEAD"}


class Caller(NamedTuple):
    """Somebody who asks, by what he shows: headers, and what the table knows of him."""

    name: str
    header: tuple[str, str] | None
    role: Role | None
    scope: str = ""
    way: str = "token"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A served compound with lockers, rooms and an alarm in each grid."""
    async with open_town(tmp_path_factory.mktemp("rights"), TENDED) as town, served(town):
        await town.road.raise_alarm(forced(1))
        place = LAYOUT.devices["b2u1"].place
        await town.road.raise_alarm(
            replace(
                forced(2), device="b2u1", source="b2u1/door1.forced", key="door_forced@b2u1/door1.forced", place=place
            )
        )
        yield town


@pytest.fixture(scope="module")
def callers(town: Town) -> list[Caller]:
    """Nobody, each role, each role with each scope, each role on a phone, and a duty screen."""
    made = [Caller("nobody", None, None)]
    connection = town.journal.connect()
    try:
        for role in Role:
            (user,) = connection.execute("SELECT id FROM users WHERE name = ?", (role.value,)).fetchone()
            made.append(Caller(role.value, _bearer(town.tokens[role.value]), role))
            for scope in SCOPES:
                token = _token(connection, user, scope)
                made.append(Caller(f"{role.value} with a token for {scope}", _bearer(token), role, scope))
            cookie = _session(connection, user, "phone")
            made.append(Caller(f"{role.value} on a phone", cookie, role, way="phone"))
        connection.execute(
            "INSERT INTO users(id, name, role, grids, kind, created) VALUES ('u-screen', 'lobby', 'viewer', '[]', 'screen', 0)"
        )
        made.append(Caller("a duty screen", _session(connection, "u-screen", "screen"), Role.VIEWER, way="screen"))
    finally:
        connection.close()
    return made


def _bearer(token: str) -> tuple[str, str]:
    return "authorization", f"Bearer {token}"


def _token(connection: Any, user: str, scope: str) -> str:
    token = secrets.token_urlsafe(32)
    row = sha256(token.encode()).hexdigest(), f"t-{token[:8]}", user, scope, json.dumps([scope]), 0.0, now().utc + 60
    connection.execute(
        "INSERT INTO tokens(hash, id, user, name, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)", row
    )
    return token


def _session(connection: Any, user: str, kind: str) -> tuple[str, str]:
    secret = secrets.token_urlsafe(32)
    row = sha256(secret.encode()).hexdigest(), f"s-{secret[:8]}", user, kind, "", 0.0, now().utc, now().utc + 60
    connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return "cookie", f"gridpost_session={secret}"


def _matching(town: Town, method: str, path: str) -> Any:
    """An app with no routes but those that match this request: to find them among all takes most of the time here."""
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    return SimpleNamespace(routes=[route for route in town.app.routes if route.matches(scope)[0] is not Match.NONE])


async def _asked(town: Town, app: Any, method: str, path: str, caller: Caller) -> tuple[int, dict[str, Any]]:
    """What the gate says, before a route that does nothing, to a caller on another machine: status and problem."""
    said: list[Message] = []

    async def admitted(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    headers = [caller.header] if caller.header else []
    scope = {
        "type": "http",
        "app": app,
        "method": method,
        "path": path,
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "client": ("192.0.2.9", 50_000),
        "server": ("192.0.2.1", 8080),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    await Gate(admitted, town.app.state.actors)(scope, receive, send)
    return said[0]["status"], json.loads(said[1]["body"] or b"{}")


def _expected(asked: tuple[str, str], right: Right, caller: Caller) -> tuple[int, str]:  # noqa: PLR0911 - one return for each answer
    """Status and code that the table gives a caller."""
    if right.roles is None:
        return 204, ""
    if caller.role is None:
        return 401, "sign_in"
    if caller.way == "screen" and asked[0] not in SAFE:
        return 403, "pin_missing"
    if caller.role not in right.roles and not (right.screens and caller.way == "screen"):
        return 403, "role"
    own_ways = {"session", "phone"}
    if (caller.scope and right.scope != caller.scope) or (right.scope == OWN and caller.way not in own_ways):
        return 403, "scope"
    if caller.way == "phone" and asked in PIN_ON_A_PHONE:
        return 403, "pin_unset"
    return 204, ""


def _paths() -> Iterator[tuple[str, str, str]]:
    """Every row: its method, its path as the table has it, and one that matches it."""
    for method, path in RIGHTS:
        if not path.startswith(OCTT):  # under a test flag alone (test_octt.py)
            yield (
                method,
                path,
                re.sub(r"{(number|round|test|before)}", "1", re.sub(r"{(?!number|round|test)\w+}", "x", path)),
            )


async def test_each_way_in_is_admitted_and_refused_as_the_table_says_with_the_right_that_is_missing(
    town: Town, callers: list[Caller]
) -> None:
    wrong = []
    for method, path, filled in _paths():
        right, app = RIGHTS[method, path], _matching(town, method, filled)
        for caller in callers:
            status, problem = await _asked(town, app, method, filled, caller)
            expected = _expected((method, path), right, caller)
            if (status, problem.get("code", "")) != expected:
                wrong.append((method, path, caller.name, status, problem.get("code"), expected))
            if problem.get("code") in {"role", "scope"}:
                roles = sorted(role.value for role in right.roles or ())
                assert (problem["right"], sorted(problem["roles"])) == (right.scope, roles), (method, path)

    assert wrong == []
    assert len(callers) == 1 + len(Role) * (2 + len(SCOPES)) + 1


async def test_what_stands_in_no_row_is_nobodys(town: Town, callers: list[Caller]) -> None:
    async def forgotten(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("secret")

    route = Route("/api/v1/forgotten", forgotten)
    town.app.router.routes.append(route)
    try:
        answers = [await _asked(town, town.app, "GET", "/api/v1/forgotten", caller) for caller in callers]
        nowhere = [await _asked(town, town.app, "GET", "/api/v1/nowhere", caller) for caller in callers]
    finally:
        town.app.router.routes.remove(route)

    assert {(status, problem["code"]) for status, problem in answers} == {(403, "no_right")}
    assert {status for status, _ in nowhere} == {204}, "the router says 404, to everybody the same"


OF_THE_OTHER_GRID = {
    "building": "b2",
    "device": "b2u1",
    "key": "door1.open",
    "part": "door1",
    "number": "2",
    "detector": "b2-1-101-smoke",
    "cabinet": "locker2",
    "room": "shed2",
    "grid": "g2",
    "household": "b2-1-301",
}
"""Things of the second grid, for the parameters of the routes that name one."""

ELSEWHERE_TESTED = {
    "name", "token", "hash", "address", "stop", "group", "schedule", "permit", "round", "test", "person", "line", "photo",
    "session", "user", "screen", "id", "step", "label", "channel", "version", "station", "action", "investigation",
}  # fmt: skip
"""Parameters of things that a compound has none of unless a test makes them: the tests of each have its grids."""


def _of_the_other_grid() -> Iterator[tuple[str, str]]:
    for method, path in RIGHTS:
        names = set(re.findall(r"{(\w+)}", path))
        assert names <= OF_THE_OTHER_GRID.keys() | ELSEWHERE_TESTED, f"whose is {names}? say so above"
        if names and names <= OF_THE_OTHER_GRID.keys() and "/incidents/" not in path:
            yield method, re.sub(r"{(\w+)}", lambda found: OF_THE_OTHER_GRID[found[1]], path)


async def test_what_is_not_in_ones_grids_is_not_there(town: Town) -> None:
    before = len(town.road.acts)
    seen, leaked = 0, []
    async with town.client("administrator") as everywhere, town.client("bound") as bound:
        for method, path in _of_the_other_grid():
            answer = await bound.request(method, path, json={} if method != "GET" else None)
            if method == "GET" and answer.status_code != 403:
                there = await everywhere.get(path)
                seen += there.status_code == 200
                if answer.status_code != 404:
                    leaked.append((method, path, answer.status_code))
            elif answer.status_code not in {403, 404, 422}:
                leaked.append((method, path, answer.status_code))

    assert leaked == []
    assert seen >= 10
    assert len(town.road.acts) == before
