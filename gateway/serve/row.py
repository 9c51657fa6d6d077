"""One row of the API: a route, what answers it, and what its description says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from starlette.responses import Response

from gateway.serve.asks import Ask

if TYPE_CHECKING:
    from pydantic import BaseModel

Endpoint: TypeAlias = Callable[[Ask], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Row:
    """`says` is the shape of the answer, None where it has no JSON body; `media` is its media type.

    `query` and `body` are the shapes that the endpoint reads; `problems` the statuses that it may answer beside those that
    any route may. The endpoint's docstring is the route's description.
    """

    method: str
    path: str
    endpoint: Endpoint
    says: type[BaseModel] | None = None
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    problems: tuple[int, ...] = ()
    media: str = "application/json"
