"""A county platform on loopback: it checks each signature, keeps what it took, and fails as it is told to."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import web

from gateway.deliver.county.signature import INCIDENT, signature

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from drivers.contract import Json

SECRET = "county-demo-secret"  # noqa: S105 - the one of docs/county.md
Trick: TypeAlias = "Callable[[web.Request], Awaitable[web.StreamResponse]]"


@dataclass
class FakeCounty:
    """What came, in order; `tricks` answer the next requests instead of the platform's own answer."""

    url: str = ""
    taken: list[Json] = field(default_factory=list)
    requests: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    tricks: deque[Trick] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take a signed message, once."""
        self.requests += 1
        self.news.set()
        if self.tricks:
            return await self.tricks.popleft()(request)
        body = await request.read()
        heads = request.headers
        message = heads["X-Gridpost-Message"]
        wanted = signature(SECRET, INCIDENT, heads["X-Gridpost-Timestamp"], message, body)
        if heads["X-Gridpost-Signature"] != wanted:
            return web.Response(status=401)
        self.headers.append(dict(heads))
        said = json.loads(body)
        if said not in self.taken:
            self.taken.append(said)
        return web.json_response({"received": message})

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait until a fact holds, for five seconds at most."""
        async with asyncio.timeout(5):
            while not fact():
                self.news.clear()
                try:
                    async with asyncio.timeout(0.02):
                        await self.news.wait()
                except TimeoutError:
                    pass


def status(code: int, text: str = "", **headers: str) -> Trick:
    """An answer with that status."""

    async def trick(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text=text, headers=headers)

    return trick


async def nonsense(_request: web.Request) -> web.StreamResponse:
    """What a portal on the way says to everything."""
    return web.Response(text="<html>请登录</html>", content_type="text/html")


async def endless(request: web.Request) -> web.StreamResponse:
    """An answer that does not end."""
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        for _ in range(64):
            await response.write(b"x" * 65_536)
    except ConnectionError:
        pass
    return response


async def silent(_request: web.Request) -> web.StreamResponse:
    """No answer for as long as anybody waits."""
    await asyncio.sleep(30)
    return web.Response()


async def broken(request: web.Request) -> web.StreamResponse:
    """The connection breaks."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def another(_request: web.Request) -> web.StreamResponse:
    """The receipt of another message."""
    return web.json_response({"received": "another"})


@asynccontextmanager
async def county(port: int = 0) -> AsyncIterator[FakeCounty]:
    """A platform that listens."""
    fake = FakeCounty()
    app = web.Application(client_max_size=1 << 20)
    app.router.add_post("/events", fake.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    try:
        yield fake
    finally:
        await runner.cleanup()
