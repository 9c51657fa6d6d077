from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.routing import Route

if TYPE_CHECKING:
    from tests.serve.compound import Town


async def test_every_route_is_described_with_its_problems_and_every_field_in_words(town: Town) -> None:
    async with town.client(None) as client:
        document = (await client.get("/api/openapi.json")).json()

    paths = {(method.upper(), path) for path, each in document["paths"].items() for method in each}
    routes = {
        (method, route.path_format)
        for route in town.app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
        if route.path.startswith(("/api", "/healthz", "/readyz", "/metrics"))
    }
    assert paths == routes - {("GET", town.app.openapi_url)}, "the document does not describe its own address"
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            assert described.get("description"), (name, field)
    for each in document["paths"].values():
        for operation in each.values():
            assert operation["description"]
            assert "application/problem+json" in operation["responses"]["500"]["content"]


async def test_only_what_is_validated_is_described_as_refused_for_it(town: Town) -> None:
    async with town.client(None) as client:
        paths = (await client.get("/api/openapi.json")).json()["paths"]

    found = {
        f"{method} {path}": operation["responses"].keys() & {"404", "413", "415", "422"}
        for path, each in paths.items()
        for method, operation in each.items()
    }
    assert found["get /api/v1/me"] == set()
    assert found["get /api/v1/alarms"] == {"422"}
    assert found["get /api/v1/alarms/{number}"] == {"404"}, "a number that is none leads nowhere"
    assert found["post /api/v1/alarms/{number}/ack"] == {"404", "413", "415", "422"}


async def test_who_may_ask_is_described(town: Town) -> None:
    async with town.client(None) as client:
        document = (await client.get("/api/openapi.json")).json()

    paths, known = document["paths"], document["components"]["securitySchemes"]
    assert paths["/healthz"]["get"]["security"] == []
    assert paths["/metrics"]["get"]["security"] == [{}, {"token": []}, {"session": []}]
    assert paths["/api/v1/me"]["get"]["security"] == [{"token": []}, {"session": []}]
    assert known.keys() == {"token", "session"}


async def test_the_page_of_the_api_needs_nothing_from_outside_and_no_script(town: Town) -> None:
    async with town.client(None) as client:
        page = (await client.get("/api/docs")).text
        style = await client.get("/api/docs.css")

    assert "/api/v1/alarms/{number}/ack" in page
    assert re.findall(r"https?://", page) == []
    assert "<script" not in page
    assert "style=" not in page
    assert style.headers["content-type"].startswith("text/css")
    links = set(re.findall(r'href="#(\w+)"', page))
    assert links <= set(re.findall(r'id="(\w+)"', page))
