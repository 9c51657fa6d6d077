"""What a body may be: JSON, and no larger than anything we ask for; files of permits, sensors or tags are CSV, photos images.

Looked at while it arrives, before it is parsed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from starlette.datastructures import Headers

from gateway.keep.photo_content import KINDS, LARGEST_BYTES
from gateway.serve.fence import SAFE
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT_BYTES = 64 * 1024
FILE_LIMIT_BYTES = 5_000_000
"""A file of permits, sensors or tags: about 40,000 of them, more than any compound has."""

BODY_SECONDS = 20.0
FILE_SECONDS = 300.0
"""How long a body may take to come: 64 kB over a network of the second generation, 5 MB over a bad one of the third."""


class _Kind(NamedTuple):
    media: tuple[str, ...]
    limit_bytes: int
    limit: str
    seconds: float


_JSON = _Kind(("application/json",), BODY_LIMIT_BYTES, "64 kB", BODY_SECONDS)
_FILES = dict.fromkeys(
    ("/api/v1/permits/import", "/api/v1/sensors/import", "/api/v1/charging/tags/import"),
    _Kind(("text/csv",), FILE_LIMIT_BYTES, "5 MB", FILE_SECONDS),
) | {"/api/v1/incidents/photos": _Kind(tuple(KINDS.values()), LARGEST_BYTES, "5 MB", FILE_SECONDS)}


class Bodies:
    """Refuses bodies with 408, 413 and 415.

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
        taken = _FILES.get(scope["path"], _JSON)
        headers = Headers(scope=scope)
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        announced, read = int(headers.get("content-length", 0)), 0  # the server has refused what is no number
        give_up_at: float | None = asyncio.get_running_loop().time() + taken.seconds

        async def looked_at() -> Message:
            nonlocal read, give_up_at
            if announced > taken.limit_bytes:  # asked for before "100 Continue" invites it
                raise _too_large(taken)
            try:
                async with asyncio.timeout_at(give_up_at):
                    message = await receive()
            except TimeoutError:
                closing = {"Connection": "close"}
                raise Problem(408, "too_slow", "the request's body did not come in time", headers=closing) from None
            if not message.get("more_body", False):
                give_up_at = None  # from here on it is waited for the client to leave
            read += len(message.get("body", b""))
            if read > taken.limit_bytes:
                raise _too_large(taken)
            if read and media not in taken.media:
                raise Problem(415, "media_type", f"the body must be {' or '.join(taken.media)}")
            return message

        await self._app(scope, looked_at, send)


def _too_large(kind: _Kind) -> Problem:
    return Problem(413, "too_large", f"the request's body is larger than {kind.limit}")
