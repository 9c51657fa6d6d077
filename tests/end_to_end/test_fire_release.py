"""A fire input on one controller releases the others of its building: past a full disk, a dead line and a kill."""

from __future__ import annotations

import asyncio
import resource
from typing import TYPE_CHECKING

from tests.drivers.modbus.servers import FIRE_RELEASE, Controller, Host
from tests.end_to_end.living import LIMIT_SECONDS, Living, living

if TYPE_CHECKING:
    from pathlib import Path

SYS = 7
FIRE_INPUT = 1 << 3


class Panel(Controller):
    """A controller whose fire input the test moves."""

    def fire(self, *, active: bool) -> None:
        self.status[SYS] = self.status[SYS] | FIRE_INPUT if active else self.status[SYS] & ~FIRE_INPUT
        self.show()

    @property
    def told(self) -> bool:
        return FIRE_RELEASE in self.executed

    async def until_released(self) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while not self.told:
                await asyncio.sleep(0.01)


def config(**ports: int) -> str:
    lines = [
        f"  - {{id: {name}, driver: modbus, host: 127.0.0.1, port: {port},\n     devices: "
        f"[{{id: {name}, product: acp1-2door, unit: 1, building: {name[:2]}, name: {name}, "
        "doors: {escape: true, lock: fail_safe}}]}"
        for name, port in ports.items()
    ]
    buildings = "buildings: [{id: b1, name: 1号楼}, {id: b2, name: 2号楼}]"
    return "\n".join(["compound: {id: c1, name: 小区}", buildings, "lines:", *lines]) + "\n"


async def fresh(gateway: Living, *devices: str) -> None:
    await gateway.until("devices", lambda body: {d["id"] for d in body["devices"] if d["fresh"]} == set(devices))


async def test_a_full_disk_holds_back_no_release(tmp_path: Path) -> None:
    one, two, elsewhere = Panel(1), Panel(2), Panel(3)
    async with (
        Host({1: one}) as a,
        Host({1: two}) as b,
        Host({1: elsewhere}) as c,
        living(tmp_path, config(b1u1=a.port, b1u2=b.port, b2u1=c.port)) as gateway,
    ):
        await fresh(gateway, "b1u1", "b1u2", "b2u1")

        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (0, 0))
        one.fire(active=True)
        await one.until_released()
        await two.until_released()

        assert not elsewhere.told


async def test_a_controller_that_comes_back_later_and_a_gateway_that_was_killed_are_told_again(tmp_path: Path) -> None:
    one, two = Panel(1), Panel(2)
    two.silent = True
    async with Host({1: one}) as a, Host({1: two}) as b:
        written = config(b1u1=a.port, b1u2=b.port)
        async with living(tmp_path, written) as gateway:
            await gateway.until("devices/b1u1", lambda body: body["fresh"])
            one.fire(active=True)
            await gateway.until("alarms", lambda body: "fire_input" in {alarm["rule"] for alarm in body["alarms"]})
            assert not two.told
            gateway.process.kill()
            await gateway.process.wait()

        async with living(tmp_path, written) as gateway:
            two.silent = False
            await two.until_released()

            # a panel that is normal again, and a person, end it
            one.fire(active=False)
            number = next(a["number"] for a in (await gateway.get("alarms"))["alarms"] if a["rule"] == "fire_input")
            await gateway.client.post(f"/api/v1/alarms/{number}/ack", json={"note": ""})
            early = await gateway.client.post(f"/api/v1/alarms/{number}/reset", json={"note": "went there"})
            assert early.status_code == 409
