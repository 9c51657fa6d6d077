"""What a body may be: JSON, and no larger than anything we ask for. Looked at while it arrives, before it is parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from gateway.serve.fence import SAFE
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT_BYTES = 64 * 1024


class Bodies:
    """Refuses bodies with 413 and 415.

    FastAPI's own `max_body_size` answers in plain text past every handler of ours, and a body of another media type would
    be a 422 that says something about objects.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass; whoever reads the body gets the Problem."""
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self._app(scope, receive, send)
            return
        media = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
        read = 0

        async def looked_at() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY_LIMIT_BYTES:
                raise Problem(413, "too_large", "the request's body is larger than 64 kB")
            if read and media != "application/json":
                raise Problem(415, "media_type", "the body must be application/json")
            return message

        await self._app(scope, looked_at, send)
