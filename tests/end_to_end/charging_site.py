"""A gateway before charging rooms, and somebody who hears every word that goes over its broker."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiomqtt

from bench.children import say
from bench.gateway import free_port
from tests.end_to_end.living import living
from tests.end_to_end.yard import Yard, alive, topic_of, yard
from tests.servers.mosquitto import Listener, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from tests.end_to_end.living import Living

PASSWORD = "only-for-tests-0001"  # noqa: S105 - nothing is behind it


@dataclass(slots=True)
class Site:
    """A gateway before a yard, and somebody who hears every word on its broker."""

    folder: Path
    """Where the gateway lives."""
    gateway: Living
    yard: Yard
    ear: Listener
    basic_port: int
    """Where a charger needs its password."""
    secret: Path
    """The file in which that stands."""
    administrator: dict[str, str]
    """Who may see more than the manager that otherwise asks: the headers."""

    async def posted(self, path: str, **body: Any) -> httpx.Response:
        return await self.gateway.client.post(f"/api/v1/{path}", json=body)

    def orders(self, device: str) -> list[dict[str, Any]]:
        return [heard.body for heard in self.ear.on(f"{topic_of(device)}/cmd")]

    async def publish(self, topic: str, *payloads: bytes) -> None:
        async with aiomqtt.Client("127.0.0.1", self.yard.broker.port) as client:
            for payload in payloads:
                await client.publish(topic, payload, qos=1)


def config(one: Yard, basic_port: int, secret: Path, *, more: bool = False) -> str:
    """Sheds, garages with a contactor (1 and 2) and without, and a room for what nobody plays. `more`: two chargers more."""
    sheds = ["shed1-pile", "shed2-pile", "shed3-pile", "wild-pile", *(["late-pile"] if more else [])]
    piles = ["pile1", "pile2", "pile3", "pile4", "pile5", "wild", *(["late"] if more else [])]
    room = {"pile1": "cars1", "pile2": "cars2", "pile3": "cars2", "pile4": "cars3", "pile5": "cars4"}
    return "\n".join(
        [
            "compound: {id: c1, name: 小区, simulated: true}",
            "buildings: [{id: b1, name: 1号楼}]",
            "rooms:",
            "  - {id: shed1, name: 1号车棚, building: b1, cabinet: 配电箱 A, anybody: true}",
            "  - {id: shed2, name: 2号车棚, building: b1, cabinet: 配电箱 B, anybody: true}",
            "  - {id: shed3, name: 3号车棚, building: b1, cabinet: 配电箱 F, anybody: true}",
            "  - {id: cars4, name: 4号车库, building: b1, cabinet: 配电箱 G, kind: car, anybody: true}",
            "  - {id: wild, name: 试验区, building: b1, cabinet: 配电箱 Z, anybody: true}",
            "  - {id: cars1, name: 1号车库, building: b1, cabinet: 配电箱 C, kind: car, anybody: true,",
            "     contactor: {device: cut1, part: contactor1, after_seconds: 1}}",
            "  - {id: cars2, name: 2号车库, building: b1, cabinet: 配电箱 D, kind: car, anybody: true,",
            "     contactor: {device: cut1, part: contactor2, after_seconds: 60}}",
            "  - {id: cars3, name: 3号车库, building: b1, cabinet: 西墙配电箱 E, kind: car, anybody: true}",
            "rules: {charging_smoke: {off_delay_seconds: 0.2}}",
            "effects: {fire_confirmed: {stop_charging: none}}",  # here rooms stop for what is in them
            "lines:",
            f"  - {{id: board, driver: modbus, host: 127.0.0.1, port: {one.boards.number}, fast_seconds: 0.2,",
            "     devices: [{id: cut1, product: contactor-8, unit: 1, building: b1}]}",
            f"  - {{id: broker, driver: mqtt, host: 127.0.0.1, port: {one.broker.port}, devices: [",
            *(
                f"     {{id: {id_}, product: gridpost-ebike-12, topic: {topic_of(id_)}, building: b1,"
                f" room: {id_.removesuffix('-pile') if id_.startswith('shed') else 'wild'}}},"
                for id_ in sheds
            ),
            "     ]}",
            f"  - {{id: piles, driver: ocpp, listen: '127.0.0.1:{one.ocpp_port}', security: none, devices: [",
            *(f"     {{id: {id_}, identity: {id_}, building: b1, room: {room.get(id_, 'wild')}}}," for id_ in piles),
            "     ]}",
            f"  - {{id: basic, driver: ocpp, listen: '127.0.0.1:{basic_port}', security: basic,",
            f"     devices: [{{id: locked, identity: CP9, building: b1, room: wild, password: {{file: {secret}}}}}]}}",
            "",
        ]
    )


@asynccontextmanager
async def a_site(folder: Path) -> AsyncIterator[Site]:
    """Let all of it live in a folder."""
    secret = folder / "password"
    secret.write_text(PASSWORD, "utf-8")
    async with AsyncExitStack() as life:
        one = await life.enter_async_context(yard(folder, {0: ("pile1",), 1: ("pile2", "pile3")}))
        for shed in ("shed1-pile", "shed2-pile", "shed3-pile"):
            one.shed(shed)
        for pile in ("pile1", "pile2", "pile3", "pile4", "pile5"):
            one.pile(pile)
        ear = await life.enter_async_context(listening(one.broker.port))
        basic_port = free_port()
        gateway = await life.enter_async_context(living(folder, config(one, basic_port, secret)))
        data = str(folder / "data")
        token = (await say("gateway", "users", "add", "a", "--role", "administrator", "--data", data)).split()[-1]
        await life.enter_async_context(alive(one))
        yield Site(folder, gateway, one, ear, basic_port, secret, {"Authorization": f"Bearer {token}"})
