"""A web server that keeps files as a WebDAV folder does, and fails as it is told."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from ssl import SSLContext


@dataclass(slots=True)
class WebFolder:
    """What it holds, and how it fails: a status, "reset" the connection, or "rot" what it stored."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, name and authorisation of each request."""
    fault: int | str = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take, give or delete a file."""
        name = request.path.removeprefix("/dav/")
        self.asked.append((request.method, name, request.headers.get("Authorization", "")))
        if self.fault == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(self.fault, int) and self.fault:
            return web.Response(status=self.fault, headers={"Location": "/elsewhere"})
        if request.method == "PUT":
            assert request.content_length is not None
            contents = await request.read()
            self.files[name] = contents[:-1] + b"?" if self.fault == "rot" else contents
            return web.Response(status=201)
        if name not in self.files:
            return web.Response(status=404)
        if request.method == "DELETE":
            del self.files[name]
            return web.Response(status=204)
        return web.Response(body=self.files[name])


@asynccontextmanager
async def web_folder(tls: SSLContext | None = None) -> AsyncIterator[WebFolder]:
    """A server on a free port of loopback."""
    folder = WebFolder()
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/dav/{name}", folder.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        folder.port = runner.addresses[0][1]
        yield folder
    finally:
        await runner.cleanup()
