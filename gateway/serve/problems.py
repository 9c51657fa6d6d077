"""Errors as RFC 9457 problem details: one shape for everything that goes wrong, and nothing of the inside."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

FieldError: TypeAlias = "Mapping[str, str | float]"
"""A wrong field: `path`, `why` as a sentence, `code` for the page's texts, and the `limit` that it did not keep to."""


class Problem(HTTPException):
    """An answer that is not what was asked for; an HTTPException, because FastAPI lets nothing else out of a body's reading.

    `code` names the problem for the page's texts, `detail` is a sentence for people, `errors` are the fields that are
    wrong: {"path": "body.reason", "why": "Field required", "code": "missing"}, with the "limit" where there is one, and
    `details` a sentence for each thing that is wrong with what the fields say. `right` is the one that is missing, `roles`
    are those that have it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        details: Sequence[str] = (),
        right: str = "",
        roles: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.errors = errors
        self.details = details
        self.right = right
        self.roles = roles

    def response(self) -> Response:
        """The problem as an answer."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status_code).phrase,
            "status": self.status_code,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        if self.details:
            body["details"] = self.details
        if self.right:
            body["right"] = self.right
            body["roles"] = self.roles
        return Response(to_json(body), self.status_code, self.headers, "application/problem+json")


def unknown(what: str, name: str) -> Problem:
    """404: there is no such thing, or it is not for this actor to see."""
    return Problem(404, f"{what}_unknown", f"there is no {what} {name[:80]!r} that you may see")


def invalid(*errors: FieldError) -> Problem:
    """422: fields that are wrong. Where an error names no `code` of its own it is "wrong"."""
    named = [{"code": "wrong", **error} for error in errors]
    return Problem(422, "invalid", "the request is not as it should be", errors=named)


def unauthorised(code: str, detail: str, *, invalid: bool = False) -> Problem:
    """401: nobody is known by what was shown; `invalid`: a token or session that is not good any more."""
    error = ', error="invalid_token"' if invalid else ""
    return Problem(401, code, detail, headers={"WWW-Authenticate": f'Bearer realm="gridpost"{error}'})


def not_recorded() -> Problem:
    """503: the disk does not take it."""
    return Problem(503, "not_recorded", "the journal's disk does not answer; whether this was recorded is not known")


async def answer_problem(_request: Request, error: Exception) -> Response:
    """Say a problem that an endpoint raised."""
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class alone
    return error.response()


async def answer_invalid(_request: Request, error: Exception) -> Response:
    """Say which fields are wrong, without repeating what was sent: it may have been a secret. A wrong path leads nowhere."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    found = error.errors()
    if any(each["loc"][0] == "path" for each in found):
        return Problem(404, *_REFUSED[404]).response()
    return invalid(*map(_field_error, found[:_ERRORS_SAID])).response()


def _field_error(error: Mapping[str, Any]) -> FieldError:
    said: dict[str, str | float] = {"path": _path_of(error), "why": error["msg"], "code": error["type"]}
    about = error.get("ctx") or {}
    limit = next((about[name] for name in _LIMITS if isinstance(about.get(name), int | float)), None)
    return said if limit is None else {**said, "limit": limit}


def _path_of(error: Mapping[str, Any]) -> str:
    """Where the error is; what is no JSON at all has no fields, and the place of its character is no name of one."""
    where = error["loc"][:1] if error["type"] == "json_invalid" else error["loc"]
    return ".".join(map(str, where))[:_PATH_SHOWN]


_ERRORS_SAID = 50
_PATH_SHOWN = 120
_LIMITS = ("min_length", "max_length", "ge", "gt", "le", "lt", "multiple_of")
"""Under which names pydantic says what a field had to keep to."""

_REFUSED = {
    400: ("unreadable", "the request's body cannot be read"),
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this address does not take this method"),
}


async def answer_down(_request: Request, _error: Exception) -> Response:
    """Say that the disk of the accounts does not answer."""
    return not_recorded().response()


async def answer_refused(request: Request, error: Exception) -> Response:
    """Say what FastAPI refused: 400, 404, or 405 with every method that the address takes."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    code, detail = _REFUSED.get(error.status_code, ("refused", "the request cannot be answered"))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # the router names the methods of one route alone, and an address may have several
        here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
        methods = {method for route in here for method in route.methods or ()}
        headers["Allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    return Problem(error.status_code, code, detail, headers=headers).response()
