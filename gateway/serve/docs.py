"""The API's description: what FastAPI finds in the signatures, with rights and problems, and a page of it without script."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from fastapi import APIRouter, Request  # noqa: TC002 - FastAPI reads annotations at run time
from starlette.responses import HTMLResponse, Response

from gateway.serve.accounts.cookies import COOKIE
from gateway.serve.rights import RIGHTS
from gateway.serve.shape import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.serve.right import Right

Schema: TypeAlias = dict[str, Any]

STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
code { font: 14px ui-monospace, monospace } summary { cursor: pointer } details { margin: .4rem 0 }
table { border-collapse: collapse; margin: .5rem 0 1rem }
td { border: 1px solid #ccc; padding: .2rem .6rem; text-align: start; vertical-align: top }
:root { color-scheme: light dark }
@media (prefers-color-scheme: dark) { body { color: #ddd } td { border-color: #444 } a { color: #8ab4f8 } }
"""

_MAY_BE_ABSENT = ("/api/v1/setup", "/api/v1/system", "/api/v1/labels", "/api/v1/history", "/api/v1/device-health")
"""What a house may be without, and what the query names: a 404, though the path has no parameter."""

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def completed(document: Schema) -> Schema:
    """FastAPI's document with what no signature says: who may ask, and that every error is a problem."""
    parts = document["components"]
    for unsaid in ("HTTPValidationError", "ValidationError"):
        del parts["schemas"][unsaid]
    parts["schemas"]["Problem"] = Problem.model_json_schema()
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            right = RIGHTS[method.upper(), path]
            operation["security"] = _security(right)
            said = {int(status): response for status, response in operation["responses"].items() if status != "422"}
            wrong = {status for status in said if status >= HTTPStatus.BAD_REQUEST}
            if path.startswith(_MAY_BE_ABSENT):
                wrong.add(404)
            for status in wrong.union(_problems(operation, right)):
                said[status] = {"description": HTTPStatus(status).phrase, "content": _PROBLEM}
            operation["responses"] = {str(status): said[status] for status in sorted(said)}
    return document


def _security(right: Right) -> list[Schema]:
    if right.roles is None:
        return []
    nobody: list[Schema] = [{}] if right.loopback else []
    return [*nobody, {"token": []}, {"session": []}]


def _problems(operation: Schema, right: Right) -> Iterable[int]:
    """The statuses of fence, gate and validation, which no route declares. A path that is no path is a 404, not a 422."""
    yield from (400, 403, 414, 421, 431, 500)
    if right.roles is not None:
        yield from (401, 429)
    if "requestBody" in operation:
        yield from (408, 413, 415, 422)
    for parameter in operation.get("parameters", ()):
        yield 404 if parameter["in"] == "path" else 422


async def docs(request: Request) -> Response:
    """This description, for people."""
    return HTMLResponse(_page(request.app.openapi()))


async def style() -> Response:
    """How the description looks."""
    return Response(STYLE, media_type="text/css")


def add_routes(router: APIRouter) -> None:
    """The routes of the page; FastAPI itself adds that of the document."""
    router.add_api_route("/api/docs", docs, response_class=HTMLResponse)
    css: Schema = {"content": {"text/css": {"schema": {"type": "string"}}}}
    router.add_api_route("/api/docs.css", style, response_class=Response, responses={200: css})


def _page(document: Schema) -> str:
    routes = [
        _route(f"{method.upper()} {path}", operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    shapes = [_shape(name, schema) for name, schema in document["components"]["schemas"].items()]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>Gridpost API</title><link rel="stylesheet" href="/api/docs.css"><h1>Gridpost API {document["info"]["version"]}'
        f"</h1><p>{escape(document['info']['description'])} The same for programs: "
        f'<a href="/api/openapi.json">openapi.json</a>.</p>{"".join(routes)}{"".join(shapes)}</html>'
    )


def _route(name: str, operation: Schema) -> str:
    asked = _table((each["name"], each.get("description", "")) for each in operation.get("parameters", ()))
    takes = _linked(operation.get("requestBody", {}))
    says = "".join(
        f"<li>{status} {escape(said['description'])} {_linked(said)}</li>"
        for status, said in operation["responses"].items()
    )
    text = escape(operation["description"])
    return (
        f"<details><summary><code>{escape(name)}</code> {text.partition('. ')[0]}</summary><p>{text}</p>{asked}"
        + (f"<p>Body: {takes}</p>" if takes else "")
        + f"<ul>{says}</ul></details>"
    )


def _shape(name: str, schema: Schema) -> str:
    fields = _table((field, said.get("description", "")) for field, said in schema.get("properties", {}).items())
    return f'<h3 id="{name}">{name}</h3><p>{escape(schema.get("description", ""))}</p>{fields}'


def _table(rows: Iterable[tuple[str, str]]) -> str:
    shown = "".join(f"<tr><td><code>{escape(name)}</code></td><td>{escape(text)}</td></tr>" for name, text in rows)
    return f"<table>{shown}</table>" if shown else ""


def _linked(said: Schema) -> str:
    references = [each["schema"].get("$ref", "") for each in said.get("content", {}).values()]
    names = [reference.rpartition("/")[2] for reference in references if reference]
    return " ".join(f'<a href="#{name}">{name}</a>' for name in names)
