"""Apprise, with its own JSON service on loopback."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from gateway.deliver.channels import apprise
from gateway.deliver.channels.apprise_config import AppriseConfig
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from tests.deliver.channels.sending import TEXT, message, wiring
from tests.deliver.channels.small_server import served

if TYPE_CHECKING:
    from gateway.deliver.channels.apprise import ByApprise

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise 2.2 imports it on Python 3.11


def channel(monkeypatch: pytest.MonkeyPatch, address: str) -> ByApprise:
    monkeypatch.setenv("APPRISE", address)
    written = {"id": "tg", "kind": "apprise", "address": {"env": "APPRISE"}}
    return AppriseConfig.model_validate(written).build(wiring())


async def test_a_message_goes_to_the_service_with_whom_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path, await request.json()))
        return web.Response()

    async with served(answer) as url:
        await channel(monkeypatch, f"{url.replace('http', 'json')}to/{{to}}").send(message(to="zhang", title="烟感"))

    path, body = asked[0]
    assert path.rstrip("/") == "/to/zhang"
    assert (body["title"], body["message"]) == ("烟感", TEXT)


async def test_a_service_that_fails_may_mend_and_one_that_is_unknown_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    async with served(answer) as url:
        with pytest.raises(ChannelDown):
            await channel(monkeypatch, url.replace("http", "json")).send(message())
    with pytest.raises(ChannelRefused, match="does not know"):
        await channel(monkeypatch, "nothing-of-that-kind://x").send(message())


async def test_services_that_hang_hold_up_neither_the_caller_nor_more_than_three_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apprise, "LIMIT_SECONDS", 0.05)
    hold = asyncio.Event()

    async def answer(_request: web.Request) -> web.Response:
        await hold.wait()
        return web.Response()

    async with served(answer) as url:
        hanging = channel(monkeypatch, url.replace("http", "json"))
        for _ in range(apprise.MOST_THREADS):
            with pytest.raises(ChannelDown, match="no answer within"):
                await hanging.send(message())
        with pytest.raises(ChannelDown, match="hang in Apprise already"):
            await hanging.send(message())
        hold.set()
        for thread in hanging._threads:
            await asyncio.to_thread(thread.join)
        monkeypatch.setattr(apprise, "LIMIT_SECONDS", 5.0)

        await hanging.send(message())
