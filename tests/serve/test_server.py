from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.serve.compound import OPEN, open_town, served, until
from tests.serve.sse import streaming

if TYPE_CHECKING:
    from pathlib import Path


async def test_an_open_stream_does_not_hold_up_the_end(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with open_town(tmp_path) as town, served(town), streaming(town, "overview") as events:
        await events.next("snapshot")
        began = loop.time()
        town.stop.set()

        with pytest.raises(EOFError):
            await events.next()

    assert loop.time() - began < 2.0


async def test_signals_stay_with_whoever_owns_them(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    async with open_town(tmp_path) as town, served(town), town.client(None) as client:
        await client.get("/healthz")
        during = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]

    assert during == before


async def test_after_the_end_the_port_is_free(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town:
        async with served(town), town.client(None) as client:
            await client.get("/healthz")

        with pytest.raises(httpx.ConnectError):
            async with town.client(None) as client:
                await client.get("/healthz")


async def test_a_hub_that_fails_ends_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExceptionGroup, match="unhandled errors") as caught:  # noqa: PT012 - it is raised where the server ends
        async with open_town(tmp_path) as town, served(town), streaming(town, "device:b1u1") as events:
            await events.next("snapshot")
            monkeypatch.setattr(town.hub.views, "points_of", lambda *_: 1 / 0)
            town.road.hear("b1u1", OPEN)
            with pytest.raises((EOFError, httpx.RemoteProtocolError)):
                await events.next("delta")

    assert caught.value.subgroup(ZeroDivisionError) is not None


async def test_a_client_that_reads_nothing_slows_nobody_and_ends_with_the_server(tmp_path: Path) -> None:
    async with open_town(tmp_path) as town, served(town):
        host, port = town.url.removeprefix("http://").split(":")
        _reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        request = f"GET /api/v1/stream?view=building:b1 HTTP/1.1\r\nHost: {host}\r\n"
        writer.write(f"{request}Authorization: Bearer {town.tokens['viewer']}\r\n\r\n".encode())
        await until(lambda: town.hub.listeners)

        async with streaming(town, "device:b1u1") as events:
            await events.next("snapshot")
            town.road.hear("b1u1", OPEN)
            delta = await events.next("delta")
        writer.transport.abort()

    assert delta.data["devices"]["b1u1"]["points"]["door1.open"][0] is True
