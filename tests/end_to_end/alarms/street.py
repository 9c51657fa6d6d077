"""A street of alarm panels with three people to tell: its configuration, its panels, and the service that brings the messages.

The service writes down every message and answers well. It has no limit: what is told here is told one by one.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from aiohttp import web

from bench.alarms_compound import PUBLIC
from bench.alarms_site import Panel, alarm_in
from bench.devices import Asked, Host

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from pathlib import Path

INPUTS: Final = 50
"""Of each panel."""

STEPS: Final[Mapping[int, Sequence[float]]] = {1: (0.0, 1.0, 2.0), 2: (0.0, 1.5)}
"""When each step is due after its alarm, by priority: short, so that a test sees all of them."""

PEOPLE: Final = {"zhang": "13000000001", "zhao": "13000000002", "qian": "13000000003"}
ROLES: Final = ("duty", "leader", "property")
BUSY_SECONDS = 0.001

_UNRECORDED = "【未留存】"
_KINDS: Final = {"gas": ("gas_alarm", 1), "forced": ("door_forced", 2)}


@dataclass(frozen=True, slots=True)
class Told:
    """A message as the service got it: when by the loop's clock, for whom, of which alarm (None: of several, or of none)."""

    at: float
    to: str
    alarm: int | None
    recorded: bool
    text: str


@dataclass(slots=True)
class Service:
    """What was told, in order. `came` hears of each message."""

    url: str
    told: list[Told] = field(default_factory=list)
    came: Callable[[Told], None] = lambda _: None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """One message."""
        body = await request.json()
        text = body["text"]
        at = asyncio.get_running_loop().time()
        told = Told(at, body["to"], alarm_in(text), _UNRECORDED not in text, text)
        self.told.append(told)
        self.came(told)
        self._news.set()
        return web.json_response({"code": 0})

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait until something holds, looked at whenever a message comes. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def service() -> AsyncIterator[Service]:
    """Serve on a free port."""
    app = web.Application()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    taking = Service("")
    app.add_routes([web.post("/sms", taking.take)])
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taking.url = f"http://127.0.0.1:{runner.addresses[0][1]}/sms"
    try:
        yield taking
    finally:
        await runner.cleanup()


@asynccontextmanager
async def panels(gas: int, forced: int) -> AsyncIterator[tuple[dict[str, Panel], int]]:
    """So many panels of gas inputs and of forced doors behind one port, by device id."""
    names = [f"gas{number}" for number in range(gas)] + [f"forced{number}" for number in range(forced)]
    known = {name: Panel(unit, INPUTS) for unit, name in enumerate(names, start=1)}
    units = {panel.number: panel for panel in known.values()}
    asked = Asked()
    server = await asyncio.get_running_loop().create_server(partial(Host, units, BUSY_SECONDS, asked), "127.0.0.1", 0)
    try:
        yield known, server.sockets[0].getsockname()[1]
    finally:
        server.close()


def write(folder: Path, known: Mapping[str, Panel], port: int, url: str) -> Path:
    """Write what a gateway needs and return the path of `compound.yaml`."""
    for kind, (meaning, _) in _KINDS.items():
        points = [
            {"key": f"{kind}{at}", "function": 2, "address": at, "meaning": meaning, "pace": "fast"}
            for at in range(INPUTS)
        ]
        product = {"product": f"test-{kind}", "title": kind, "source": "alarms/street.py", "points": points}
        (folder / f"test-{kind}.yaml").write_text(json.dumps(product))
    path = folder / "compound.yaml"
    path.write_text(json.dumps(_compound(known, port, url), ensure_ascii=False))
    return path


def _compound(known: Mapping[str, Panel], port: int, url: str) -> dict[str, object]:
    devices = [
        {
            "id": name,
            "product": f"test-{name.rstrip('0123456789')}",
            "unit": panel.number,
            "building": "b1",
            "name": name,
        }
        for name, panel in known.items()
    ]
    line = {"id": "l1", "driver": "modbus", "host": "127.0.0.1", "port": port, "fast_seconds": 0.1, "normal_seconds": 1}
    sms = {"id": "sms", "kind": "sms_http", "url": url, "body": {"to": "{to}", "text": "{text}"}, "per_minute": 6000}
    policies = [
        {
            "name": f"p{priority}",
            "priority": priority,
            "steps": [{"after_seconds": seconds, "to": [role]} for seconds, role in zip(due, ROLES, strict=False)],
        }
        for priority, due in STEPS.items()
    ]
    return {
        "compound": {"id": "street", "name": "试验街", "simulated": True},
        "http": {"public_url": PUBLIC},
        "codes": {"check_numbers": False},
        "grids": [
            {"id": "g1", "name": "网格", "code": "370102013006001", "team": {"leader": ["zhao"], "property": ["qian"]}}
        ],
        "buildings": [{"id": "b1", "name": "1号楼", "grid": "g1"}],
        "people": [{"id": id_, "name": id_, "reach": [{"channel": "sms", "to": to}]} for id_, to in PEOPLE.items()],
        "roster": [{"grid": "g1", "shifts": [{"name": "全天", "from": "00:00", "to": "24:00", "person": "zhang"}]}],
        "channels": [{**sms, "success": {"key": "code", "equals": 0}}],
        "escalation": policies,
        "rules": {"door_forced": {"latching": True}},
        "profiles": ["."],
        "lines": [{**line, "devices": devices}],
    }
