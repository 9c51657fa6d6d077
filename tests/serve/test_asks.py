from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry import trace  # comes with FastAPI

from tests.serve.compound import Town, forced, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ACK = "/api/v1/alarms/1/ack"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/overview", "/api/openapi.json", "/api/v1/buildings/none"])
async def test_head_is_answered_as_get_is_without_the_body(town: Town, path: str) -> None:
    async with town.client() as client:
        head, got = await client.head(path), await client.get(path)

    assert (head.status_code, head.headers["content-type"]) == (got.status_code, got.headers["content-type"])
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.content == b""


async def test_head_of_the_stream_ends(town: Town) -> None:
    async with town.client() as client:
        answer = await client.head("/api/v1/stream?view=overview")
        await until(lambda: not town.hub.listeners)  # while the connection is still open

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_head_needs_the_right_that_get_needs(town: Town) -> None:
    async with town.client(None) as nobody, town.client("viewer") as viewer:
        answers = [await nobody.head("/api/v1/overview"), await viewer.head("/api/v1/events")]

    assert [answer.status_code for answer in answers] == [401, 403]


@pytest.mark.parametrize(("path", "methods"), [("overview", "GET, HEAD"), ("session", "DELETE, POST")])
async def test_a_refused_method_names_every_method_of_its_address(town: Town, path: str, methods: str) -> None:
    async with town.client() as client:
        answer = await client.put(f"/api/v1/{path}")

    assert (answer.status_code, answer.headers["allow"]) == (405, methods)


@pytest.mark.parametrize(
    ("content", "path"),
    [(b'{"code": ["hunter2"]}', "body.code"), (b'{"code": "hunter2', "body"), (b'"hunter2"', "body"), (b"", "body")],
)
async def test_what_is_wrong_is_said_without_repeating_what_was_sent(town: Town, content: bytes, path: str) -> None:
    async with town.client(None) as client:
        answer = await client.post("/api/v1/session", content=content, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [error["path"] for error in answer.json()["errors"]] == [path]
    assert "hunter2" not in answer.text


async def test_the_path_of_what_is_wrong_is_cut(town: Town) -> None:
    async with town.client() as client:
        answer = await client.get("/api/v1/devices", params={"x" * 1000: "1"})

    [error] = answer.json()["errors"]
    assert error["path"] == "query." + "x" * 114


@pytest.mark.parametrize("content", [b"[" * 50_000, b'{"note": "\xff"}'], ids=["too deep", "not UTF-8"])
async def test_a_body_that_cannot_be_read_is_a_problem(town: Town, content: bytes) -> None:
    async with town.client() as client:
        answer = await client.post(ACK, content=content, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


async def test_a_body_of_unknown_length_is_not_read_beyond_the_limit(town: Town) -> None:
    await town.road.raise_alarm(forced(1))

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"note": "'
        for _ in range(70):
            yield b" " * 1024

    async with town.client() as client:
        answer = await client.post(ACK, content=pieces(), headers=JSON)

    assert (answer.status_code, answer.json()["code"], town.road.acts) == (413, "too_large", [])


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/vnd.x+json"}])
async def test_a_body_must_say_that_it_is_json(town: Town, headers: dict[str, str]) -> None:
    await town.road.raise_alarm(forced(1))

    async with town.client() as client:
        answer = await client.post(ACK, content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["code"], town.road.acts) == (415, "media_type", [])


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("", "query.view"),
        ("?views=overview&view=overview", "query.views"),
        ("?view=overview" + "&view=x" * 16, "query.view"),
    ],
)
async def test_a_stream_of_no_views_of_too_many_or_with_unknown_words_is_refused(
    town: Town, query: str, path: str
) -> None:
    async with town.client() as client:
        answer = await client.get(f"/api/v1/stream{query}")

    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [path]
    assert town.hub.listeners == 0


async def test_nothing_is_told_to_a_tracer_that_somebody_put_into_the_process(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Tracers(trace.TracerProvider):
        asked = 0

        def get_tracer(self, *_: object, **__: object) -> trace.Tracer:
            Tracers.asked += 1
            return trace.NoOpTracer()

    monkeypatch.setattr(trace, "get_tracer_provider", Tracers)
    async with town.client() as client:
        answer = await client.get("/healthz")

    assert (answer.status_code, Tracers.asked) == (200, 0)
