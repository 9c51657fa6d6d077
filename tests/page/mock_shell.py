"""The built page's own files as the gateway serves them; and a newer build of it, for who waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import FileResponse, Response
from starlette.routing import Route

from dashboards import PAGE
from gateway.serve.page import build_of

if TYPE_CHECKING:
    from starlette.requests import Request

NEWER = "newer"
ALWAYS_ASKED = {"cache-control": "no-cache"}


class Shell:
    """`newer`: as after an upgrade, the page and its service worker are others."""

    def __init__(self) -> None:
        self.newer = False

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/", self._page),
            Route("/manifest.webmanifest", self._manifest),
            Route("/service-worker.js", self._worker),
        ]

    async def _page(self, _: Request) -> Response:
        text = (PAGE / "index.html").read_text("utf-8")
        if self.newer:
            text = text.replace(f'content="{build_of(PAGE)}"', f'content="{NEWER}"')
        return Response(text, media_type="text/html", headers=ALWAYS_ASKED)

    async def _manifest(self, _: Request) -> Response:
        return FileResponse(PAGE / "manifest.webmanifest", media_type="application/manifest+json", headers=ALWAYS_ASKED)

    async def _worker(self, _: Request) -> Response:
        text = (PAGE / "service-worker.js").read_text("utf-8")
        if self.newer:
            text = text.replace('"gridpost-', '"gridpost-newer-')
        return Response(text, media_type="text/javascript", headers=ALWAYS_ASKED)
