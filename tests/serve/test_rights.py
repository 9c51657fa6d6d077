from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.actor import Role
from gateway.serve.rights import RIGHTS, rights_page

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.serve.compound import Town

OCTT = ("POST", "/api/octt/{version}/{station}/{action}")
FILLED = {
    "{building}": "b1",
    "{device}": "b1u1",
    "{key}": "door1.open",
    "{name}": "nothing",
    "{number}": "1",
    "{hash}": "00000000000000aa",
}


def _routes(town: Town) -> list[tuple[str, str]]:
    found = []
    for route in town.app.routes:
        assert isinstance(route, Route)
        assert route.methods
        found += [(method, route.path_format) for method in route.methods if method != "HEAD"]
    return found


def _filled(path: str) -> str:
    for part, value in FILLED.items():
        path = path.replace(part, value)
    return path


async def test_every_route_stands_in_the_table_and_every_row_of_it_is_a_route(town: Town) -> None:
    routes = _routes(town)

    assert sorted([*routes, OCTT]) == sorted(RIGHTS), "that one is there under a test flag alone (test_octt.py)"


@pytest.mark.parametrize("who", [None, *(role.value for role in Role)])
async def test_what_a_role_may_ask_for_is_what_the_table_says(town: Town, who: str | None) -> None:
    async with town.client(who) as client:
        for method, path in _routes(town):
            right = RIGHTS[method, path]
            if path.endswith("/stream"):
                continue  # answers for ever; the tests of the stream have it
            answer = await client.request(method, _filled(path))

            if right.roles is None or (right.loopback and who is None):
                admitted = True
            else:
                admitted = who is not None and Role(who) in right.roles
            code = answer.json().get("code") if answer.headers.get("content-type", "").endswith("problem+json") else ""
            refused = code == ("sign_in" if who is None else "role")
            assert refused is not admitted, (method, path, who, answer.status_code, answer.text)


async def test_the_stream_is_refused_without_an_actor(town: Town) -> None:
    async with town.client(None) as client:
        answer = await client.get("/api/v1/stream?view=overview")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_route_that_stands_in_no_row_is_refused_to_everyone(town: Town) -> None:
    async def forgotten(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("secret")

    town.app.router.routes.append(Route("/api/v1/forgotten", forgotten))

    async with town.client("administrator") as client:
        answer = await client.get("/api/v1/forgotten")

    assert answer.status_code == 403
    assert answer.json()["code"] == "no_right"


async def test_a_collector_behind_a_proxy_on_this_machine_needs_an_actor_for_the_metrics(town: Town) -> None:
    async with town.client(None) as client:
        here = await client.get("/metrics")
        behind = await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert here.status_code == 200
    assert behind.status_code == 401


def test_the_page_of_rights_in_the_docs_is_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "rights.md"

    assert page.read_text(encoding="utf-8") == rights_page(), "run: make reference"
