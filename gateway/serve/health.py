"""Whether the process lives, whether it is ready, and its numbers."""

from __future__ import annotations

from starlette.responses import Response

from gateway.serve import shapes
from gateway.serve.asks import Ask, answer
from gateway.serve.problems import Problem
from gateway.serve.row import Row


async def healthz(_ask: Ask) -> Response:
    """Whether the process lives: it answers."""
    return answer({"status": "ok"})


async def readyz(ask: Ask) -> Response:
    """Whether the journal takes what happens and every line's loop was started; 503 says what is missing."""
    if trouble := ask.house.trouble():
        raise Problem(503, "not_ready", "; ".join(trouble))
    return answer({"status": "ok"})


async def metrics(ask: Ask) -> Response:
    """Numbers in the text format of Prometheus; docs/reference/metrics.md lists them."""
    from gateway.serve.metrics import CONTENT_TYPE, exposition  # prometheus-client costs 0.1 s that no start needs

    return Response(exposition(ask.house, ask.actors), media_type=CONTENT_TYPE)


ROWS = (
    Row("GET", "/healthz", healthz, shapes.Health),
    Row("GET", "/readyz", readyz, shapes.Health, problems=(503,)),
    Row("GET", "/metrics", metrics, media="text/plain"),
)
