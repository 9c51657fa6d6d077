"""Errors as RFC 9457 problem details: one shape for everything that goes wrong, and nothing of the inside."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request


class Problem(Exception):
    """An answer that is not what was asked for.

    `code` names the problem for the page's texts, `detail` is a sentence for people, and `errors` are the fields that are
    wrong: {"path": "body.reason", "why": "Field required"}.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers

    def response(self) -> Response:
        """The problem as an answer."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        return Response(to_json(body), self.status, self.headers, "application/problem+json")


def unknown(what: str, name: str) -> Problem:
    """404: there is no such thing, or it is not for this actor to see."""
    return Problem(404, f"{what}_unknown", f"there is no {what} {name[:80]!r} that you may see")


async def answer_problem(_request: Request, error: Exception) -> Response:
    """Say a problem that an endpoint raised."""
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class alone
    return error.response()


_ROUTING = {
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this address does not take this method"),
}


async def answer_routing(request: Request, error: Exception) -> Response:
    """Say what the router refused as a problem: 404, or 405 with every method that the address takes."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    code, detail = _ROUTING.get(error.status_code, ("refused", "the request cannot be answered"))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # the router names the methods of one route alone, and an address may have several
        here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
        headers["Allow"] = ", ".join(sorted({method for route in here for method in route.methods or ()}))
    return Problem(error.status_code, code, detail, headers=headers).response()
