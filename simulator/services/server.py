"""All the services on one port of this machine.

async with ChatServices() as services:
    ...  # a client works against services.url
    await services.wecom.say("zhang", "收到 12")
    assert services.record.of("wecom", "reply")
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Self

from aiohttp import web

from simulator.loopback import loopback_only
from simulator.services.aliyun import AliyunService
from simulator.services.dingtalk import DingTalkService
from simulator.services.feishu import FeishuService
from simulator.services.keys import Keys
from simulator.services.line import NobodyListens
from simulator.services.page import page
from simulator.services.record import Manner, Record
from simulator.services.wecom import WeComService

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

LARGEST_REQUEST = 256 * 1024


class ChatServices:
    """The services; `port` 0 takes a free one. `clock` is the time of day that they believe in."""

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        keys: Keys | None = None,
        clock: Callable[[], float] = time.time,
        slow_seconds: float = 3.0,
    ) -> None:
        self.keys = keys or Keys.simulated()
        self.record = Record(clock, slow_seconds)
        self.wecom = WeComService(self.record, self.keys)
        self.dingtalk = DingTalkService(self.record, self.keys)
        self.feishu = FeishuService(self.record, self.keys)
        self.aliyun = AliyunService(self.record, self.keys)
        self._host = loopback_only(host)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._manners: dict[str, WeComService | DingTalkService | FeishuService | AliyunService] = {}

    @property
    def address(self) -> str:
        """HOST:PORT."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}"

    @property
    def url(self) -> str:
        """Where they are, without a slash at the end."""
        return f"http://{self.address}"

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._in_its_manner], client_max_size=LARGEST_REQUEST)
        for service in (self.wecom, self.dingtalk, self.feishu, self.aliyun):
            for route in app.add_routes(service.routes()):
                resource = route.resource
                if resource is not None:
                    self._manners[resource.canonical] = service
        app.add_routes([web.get("/", self._page), web.post("/answer", self._answer)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            for service in (self.wecom, self.dingtalk, self.feishu):
                await service.line.drop()
            await self._runner.cleanup()

    @web.middleware
    async def _in_its_manner(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        resource = request.match_info.route.resource
        service = self._manners.get(resource.canonical) if resource is not None else None
        match service.manner if service is not None else Manner.WELL:
            case Manner.SILENT:
                await asyncio.Event().wait()
            case Manner.NONSENSE:
                return web.Response(text="<html><title>登录本网络</title></html>", content_type="text/html")
            case Manner.BROKEN:
                return web.Response(status=500, text="panic: runtime error")
            case Manner.SLOW:
                await asyncio.sleep(self.record.slow_seconds)
            case Manner.WELL:
                pass
        return await handler(request)

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=page(self.record), content_type="text/html")

    async def _answer(self, request: web.Request) -> web.Response:
        told = {name: str(value) for name, value in (await request.post()).items()}
        talkers: dict[str, WeComService | DingTalkService | FeishuService] = {
            "wecom": self.wecom,
            "dingtalk": self.dingtalk,
            "feishu": self.feishu,
        }
        try:
            if told.get("service") == "aliyun":
                self.aliyun.press(told.get("reference", ""), "1")
            else:
                await talkers[told.get("service", "")].say(told.get("user", ""), told.get("text", ""))
        except KeyError:
            return web.Response(status=404, text="没有这个服务或来电")
        except NobodyListens:
            return web.Response(status=409, text="网关没有建立长连接,听不到回答")
        return web.Response(status=303, headers={"Location": "/"})
