"""Whether the process lives, whether it is ready, and its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

from gateway.serve import shapes
from gateway.serve.asks import Asking, answer
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from fastapi import APIRouter


async def healthz() -> Response:
    """Whether the process lives: it answers."""
    return answer({"status": "ok"})


async def readyz(ask: Asking) -> Response:
    """Whether the journal takes what happens and every line's loop was started; 503 says what is missing."""
    if trouble := ask.house.trouble():
        raise Problem(503, "not_ready", "; ".join(trouble))
    return answer({"status": "ok"})


async def metrics(ask: Asking) -> Response:
    """Numbers in the text format of Prometheus; docs/reference/metrics.md lists them."""
    from gateway.serve.metrics import CONTENT_TYPE, exposition  # prometheus-client costs 0.1 s that no start needs

    return Response(exposition(ask.house, ask.actors), media_type=CONTENT_TYPE)


def add_routes(router: APIRouter) -> None:
    """The routes for whoever looks after the process."""
    router.add_api_route("/healthz", healthz, response_model=shapes.Health)
    router.add_api_route("/readyz", readyz, response_model=shapes.Health, responses={503: {}})
    router.add_api_route("/metrics", metrics, response_class=PlainTextResponse)
