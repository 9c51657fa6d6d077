"""What a body may be: JSON, and no larger than anything we ask for; files of permits, sensors or tags are CSV, photos images.

Looked at while it arrives, before it is parsed.
"""

from __future__ import annotations

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


class _Kind(NamedTuple):
    media: tuple[str, ...]
    limit_bytes: int
    limit: str


_JSON = _Kind(("application/json",), BODY_LIMIT_BYTES, "64 kB")
_FILES = dict.fromkeys(
    ("/api/v1/permits/import", "/api/v1/sensors/import", "/api/v1/charging/tags/import"),
    _Kind(("text/csv",), FILE_LIMIT_BYTES, "5 MB"),
) | {"/api/v1/incidents/photos": _Kind(tuple(KINDS.values()), LARGEST_BYTES, "5 MB")}


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
        taken = _FILES.get(scope["path"], _JSON)
        media = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
        read = 0

        async def looked_at() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > taken.limit_bytes:
                raise Problem(413, "too_large", f"the request's body is larger than {taken.limit}")
            if read and media not in taken.media:
                raise Problem(415, "media_type", f"the body must be {' or '.join(taken.media)}")
            return message

        await self._app(scope, looked_at, send)
