"""The API's description: OpenAPI from the rows and shapes, and a page that shows it without the Internet."""

from __future__ import annotations

from functools import cache
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic.json_schema import models_json_schema
from starlette.responses import HTMLResponse, Response

from gateway.serve.asks import Ask, answer
from gateway.serve.rights import RIGHTS, Right
from gateway.serve.row import Row
from gateway.serve.shape import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel

Schema: TypeAlias = dict[str, Any]

_REF = "#/components/schemas/{model}"
_ID = {"type": "string", "minLength": 1, "maxLength": 80}

STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
code { font: 14px ui-monospace, monospace } summary { cursor: pointer } details { margin: .4rem 0 }
table { border-collapse: collapse; margin: .5rem 0 1rem }
td { border: 1px solid #ccc; padding: .2rem .6rem; text-align: start }
td { vertical-align: top }
.method { display: inline-block; min-width: 4rem; font-weight: 600 }
:root { color-scheme: light dark }
@media (prefers-color-scheme: dark) { body { color: #ddd } td { border-color: #444 } a { color: #8ab4f8 } }
"""


def description(rows: Iterable[Row], version: str) -> Schema:
    """The OpenAPI 3.1 document."""
    rows = list(rows)
    bodies = [shape for row in rows for shape in (row.says, row.body) if shape is not None]
    modes: list[tuple[type[BaseModel], Any]] = [(shape, "validation") for shape in dict.fromkeys(bodies)]
    modes.append((Problem, "validation"))
    references, schemas = models_json_schema(modes, ref_template=_REF)
    paths: dict[str, Schema] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gridpost",
            "version": version,
            "description": "Doors, alarms and lines of a residential compound. Every error is a problem of RFC 9457.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "gridpost_session"},
            },
        },
    }


def _operation(row: Row, references: dict[Any, Schema]) -> Schema:
    right = RIGHTS[row.method, row.path]
    text = " ".join((row.endpoint.__doc__ or "").split())
    done: Schema = {"description": HTTPStatus(row.status).phrase}
    if row.says is not None:
        done["content"] = {row.media: {"schema": references[row.says, "validation"]}}
    elif row.status != HTTPStatus.NO_CONTENT:
        done["content"] = {row.media: {"schema": {"type": "string"}}}
    operation: Schema = {
        "operationId": row.endpoint.__name__,
        "summary": text.partition(". ")[0].rstrip("."),
        "description": text,
        "parameters": [*_path_parameters(row), *_query_parameters(row)],
        "responses": {str(row.status): done},
        "security": _security(right),
    }
    if row.body is not None:
        schema = references[row.body, "validation"]
        required = row.body.model_json_schema().get("required", [])
        operation["requestBody"] = {"required": bool(required), "content": {"application/json": {"schema": schema}}}
    for status in sorted(_problems(row, signed_in=right.roles is not None)):
        problem = {"application/problem+json": {"schema": references[Problem, "validation"]}}
        operation["responses"][str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    return operation


def _security(right: Right) -> list[Schema]:
    if right.roles is None:
        return []
    nobody: list[Schema] = [{}] if right.loopback else []
    return [*nobody, {"token": []}, {"session": []}]


def _problems(row: Row, *, signed_in: bool) -> set[int]:
    found = {400, 403, 421, 500, *row.problems}
    if signed_in or row.path.endswith("/session"):
        found |= {401, 429}
    if row.query is not None or row.path.endswith("/stream"):
        found.add(422)
    if row.body is not None:
        found |= {413, 415, 422}
    return found


def _path_parameters(row: Row) -> Iterable[Schema]:
    for part in row.path.split("/"):
        if part.startswith("{"):
            yield {"name": part.strip("{}"), "in": "path", "required": True, "schema": _ID}


def _query_parameters(row: Row) -> Iterable[Schema]:
    if row.path.endswith("/stream"):
        view = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 16}
        yield {"name": "view", "in": "query", "required": True, "explode": True, "schema": view}
    if row.query is not None:
        for name, schema in row.query.model_json_schema()["properties"].items():
            text = schema.pop("description")
            yield {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def rows(others: Sequence[Row], version: str) -> Iterable[Row]:
    """The routes of the description."""

    @cache
    def described() -> Schema:
        return description(every, version)

    async def openapi(_ask: Ask) -> Response:
        """This description, as OpenAPI 3.1."""
        return answer(described())

    async def page(_ask: Ask) -> Response:
        """This description, for people."""
        return HTMLResponse(_page(described()))

    async def style(_ask: Ask) -> Response:
        """How the description looks."""
        return Response(STYLE, media_type="text/css")

    own = (
        Row("GET", "/api/openapi.json", openapi),
        Row("GET", "/api/docs", page, media="text/html"),
        Row("GET", "/api/docs.css", style, media="text/css"),
    )
    every = (*others, *own)
    return own


def _page(document: Schema) -> str:
    parts = []
    for path, operations in document["paths"].items():
        parts += [_shown(path, method, operation) for method, operation in operations.items()]
    for name, schema in document["components"]["schemas"].items():
        parts.append(f'<h3 id="{name}">{name}</h3><p>{escape(schema.get("description", ""))}</p>{_fields(schema)}')
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>Gridpost API</title><link rel="stylesheet" href="/api/docs.css"><h1>Gridpost API {document["info"]["version"]}'
        f"</h1><p>{escape(document['info']['description'])} The same for programs: "
        f'<a href="/api/openapi.json">openapi.json</a>.</p>' + "".join(parts) + "</html>"
    )


def _shown(path: str, method: str, operation: Schema) -> str:
    asked = "".join(
        f"<tr><td><code>{each['name']}</code></td><td>{each['in']}</td><td>{escape(each.get('description', ''))}</td></tr>"
        for each in operation["parameters"]
    )
    takes = operation.get("requestBody", {}).get("content", {})
    says = [
        f"<li>{status} {escape(said['description'])} {_linked(said.get('content', {}))}</li>"
        for status, said in operation["responses"].items()
    ]
    return (
        f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> '
        f"{escape(operation['summary'])}</summary><p>{escape(operation['description'])}</p>"
        + (f"<table>{asked}</table>" if asked else "")
        + (f"<p>Body: {_linked(takes)}</p>" if takes else "")
        + f"<ul>{''.join(says)}</ul></details>"
    )


def _linked(content: Schema) -> str:
    references = [each["schema"].get("$ref", "") for each in content.values()]
    names = [reference.rpartition("/")[2] for reference in references if reference]
    return " ".join(f'<a href="#{name}">{name}</a>' for name in names)


def _fields(schema: Schema) -> str:
    shown = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(field.get('description', ''))}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    return f"<table>{shown}</table>" if shown else ""
