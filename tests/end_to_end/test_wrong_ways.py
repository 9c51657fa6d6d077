"""A real gateway before real controllers: what must not be done is refused and stands in the audit; a fire is let through."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.children import say
from simulator.controller import Controller
from simulator.faults import Station
from simulator.modbus import ModbusPort
from tests.end_to_end.living import LIMIT_SECONDS, living

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.living import Living

SERIALS = {"b1u1": 300101, "b1u2": 300102}


@dataclass(slots=True)
class Block:
    """Building 1 with two controllers, each at a port of its own."""

    boxes: dict[str, Controller] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    async def build(self, life: AsyncExitStack, **serials: int) -> None:
        """Put controllers with these serial numbers behind the ports; SERIALS unless told."""
        for device, serial in (SERIALS | serials).items():
            box = Controller(serial, 2, time.time(), lambda _now, _fails: (13_600, 13_200, 250))
            port = ModbusPort(Station(device, box), time.time)
            self.boxes[device] = box
            self.ports[device] = await port.open("127.0.0.1", 0)
            life.push_async_callback(port.close)

    def config(self) -> str:
        lines = [
            f"  - {{id: {device}, driver: modbus, host: 127.0.0.1, port: {port}, devices: [{{id: {device}, unit: 1,\n"
            f"     product: acp1-2door, serial: {SERIALS[device]}, building: b1, name: {device},\n"
            "     doors: {escape: true, lock: fail_safe}, parts: {door2: {escape: false}}}]}"
            for device, port in self.ports.items()
        ]
        head = "compound: {id: c1, name: 小区, simulated: true}\nbuildings: [{id: b1, name: 1号楼}]\nlines:\n"
        return head + "\n".join(lines) + "\n"


async def ask(gateway: Living, device: str, name: str, token: str = "", **more: Any) -> tuple[int, str]:
    """Ask for a command; returns the status with the refusal's code or the outcome."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"arguments": {}, "reason": "访客", **more}
    answer = await gateway.client.post(f"/api/v1/devices/{device}/commands/{name}", json=body, headers=headers)
    said = answer.json()
    return answer.status_code, said.get("code") or said["outcome"]


async def audited(gateway: Living) -> set[str]:
    """The codes of all refusals that stand in the audit."""
    rows = (await gateway.get("events?kind=refused&limit=1000"))["events"]
    return {row["body"]["code"] for row in rows}


async def heard(gateway: Living, *devices: str) -> None:
    await gateway.until("devices", lambda body: {d["id"] for d in body["devices"] if d["fresh"]} >= set(devices))


async def test_wrong_ways_are_refused_with_their_reason_and_stand_in_the_audit(tmp_path: Path) -> None:
    block = Block()
    async with AsyncExitStack() as life:
        await block.build(life, b1u2=999)  # a box that was swapped
        gateway = await life.enter_async_context(living(tmp_path, block.config()))
        viewer = (
            await say("gateway", "users", "add", "v", "--role", "viewer", "--data", str(tmp_path / "data"))
        ).split()
        await heard(gateway, "b1u1")
        await gateway.until("devices/b1u2", lambda body: body["link"] == "misconfigured")

        assert await ask(gateway, "b1u1", "door1.unlock", request="tap") == (200, "done")
        assert await ask(gateway, "b1u1", "door1.unlock", request="tap") == (409, "repeated")
        assert await ask(gateway, "b1u1", "door1.unlock", viewer[-1]) == (403, "role")
        assert await ask(gateway, "b1u2", "door1.unlock") == (409, "swapped")
        assert await ask(gateway, "b1u1", "door1.unlock", reason=" ") == (409, "reason_needed")
        block.boxes["b1u1"].fire.set_input(on=True, now=time.time())
        block.boxes["b1u1"].touched()
        await gateway.until("alarms", lambda body: "fire_input" in {alarm["rule"] for alarm in body["alarms"]})
        assert (await ask(gateway, "b1u1", "lockdown", arguments={"on": True}))[1] == "fire_release"
        assert (await ask(gateway, "b1u1", "reset_fire_latch"))[1] in {"fire_release", "fire_input"}

        assert await audited(gateway) >= {"repeated", "role", "swapped", "reason_needed", "fire_release"}
        assert sum(pulses(block.boxes["b1u1"])) == 1


def pulses(box: Controller) -> list[bool]:
    """Which events of the ring are remote unlocks."""
    slots = [box.ring.read(8 * (sequence % 256) + 4, 1)[0] for sequence in range(box.ring.tail, box.ring.head)]
    return [kind == 11 for kind in slots]


async def test_a_fire_releases_the_way_out_of_a_swapped_box_under_lockdown_and_moves_no_other_door(
    tmp_path: Path,
) -> None:
    block = Block()
    async with AsyncExitStack() as life:
        await block.build(life, b1u2=999)
        locked = block.boxes["b1u2"]
        locked.set_lockdown(on=True, now=time.time())
        gateway = await life.enter_async_context(living(tmp_path, block.config()))
        await heard(gateway, "b1u1")

        panel = block.boxes["b1u1"]
        panel.fire.set_input(on=True, now=time.time())
        panel.touched()

        async with asyncio.timeout(LIMIT_SECONDS):
            while not locked.doors[0].released:
                await asyncio.sleep(0.02)
        assert not locked.doors[1].released  # a cellar that leads nowhere


async def test_doors_that_did_not_open_are_named_first(tmp_path: Path) -> None:
    block = Block()
    async with AsyncExitStack() as life:
        await block.build(life)
        gateway = await life.enter_async_context(living(tmp_path, block.config()))
        await heard(gateway, "b1u1", "b1u2")
        stuck = block.boxes["b1u2"].doors[0]
        stuck.stick_relay(on=False, now=time.time())

        panel = block.boxes["b1u1"]
        panel.fire.set_input(on=True, now=time.time())
        panel.touched()

        def told(body: dict[str, Any]) -> bool:
            return any(alarm["rule"] == "fire_doors_shut" and "b1u2" in alarm["why"] for alarm in body["alarms"])

        await gateway.until("alarms", told)
