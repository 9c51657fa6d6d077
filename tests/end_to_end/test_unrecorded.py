"""The journal fails in the middle of an alarm: it is still announced, marked "not recorded", and so is every one after it."""

from __future__ import annotations

import asyncio
import json
import resource
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from bench.stream import stream
from tests.drivers.modbus.servers import Controller, Host
from tests.end_to_end.living import Living, living

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

SYS, DOOR1 = 7, 8
FIRE_INPUT, FORCED = 1 << 3, 1 << 4
NO_ROOM = ("prlimit", "--fsize=0", "--")
"""Every write to a file fails, as on a disk that is full or mounted read-only, whoever the test runs as."""


def config(host: Host) -> str:
    device = (
        "{id: d1, product: acp1-2door, unit: 1, serial: 300301, name: 大门, doors: {escape: true, lock: fail_safe}}"
    )
    line = f"{{id: l1, driver: modbus, host: 127.0.0.1, port: {host.port}, devices: [{device}]}}"
    return f"compound: {{id: c1, name: 小区}}\nlines: [{line}]\n"


async def alarms(gateway: Living) -> AsyncGenerator[Any, None]:
    """What the stream tells of alarms."""
    url, token = gateway.client.base_url, gateway.client.headers["Authorization"].removeprefix("Bearer ")
    async with stream("127.0.0.1", url.port or 0, token, ["overview"]) as events:
        async for event in events:
            if event.name == "alarm":
                yield json.loads(event.data)


def recorded(body: Any) -> dict[str, bool]:
    """The rules of the alarms that are not normal, and whether each is on disk."""
    return {alarm["rule"]: alarm["recorded"] for alarm in body["alarms"]}


async def fresh(gateway: Living) -> None:
    await gateway.until("devices/d1", lambda body: body["fresh"])


async def test_an_alarm_goes_out_although_the_journal_fails_under_it(tmp_path: Path) -> None:
    controller = Controller()
    async with (
        Host({1: controller}) as host,
        living(tmp_path, config(host)) as gateway,
        aclosing(alarms(gateway)) as told,
    ):
        await fresh(gateway)
        waiting = asyncio.ensure_future(anext(told))
        await gateway.until("overview", lambda body: body["recorded"])

        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (0, 0))
        controller.status[SYS] |= FIRE_INPUT
        controller.show()
        first = await asyncio.wait_for(waiting, 10)
        second = await asyncio.wait_for(anext(told), 10)

        assert [(said["alarm"]["rule"], said["seq"], said["alarm"]["recorded"]) for said in (first, second)] == [
            ("fire_input", None, False),
            ("journal_failed", None, False),
        ]
        assert await asyncio.wait_for(gateway.process.wait(), 10) == 1
        assert "JournalBroken" in gateway.said.decode()


async def test_after_a_restart_without_a_writable_journal_the_gateway_runs_on_and_says_so(tmp_path: Path) -> None:
    controller = Controller()
    async with Host({1: controller}) as host:
        async with living(tmp_path, config(host)) as gateway:
            await fresh(gateway)
            controller.status[DOOR1] |= FORCED
            controller.show()
            (forced,) = (await gateway.until("alarms", lambda body: body["alarms"]))["alarms"]
            await gateway.client.post(f"/api/v1/alarms/{forced['number']}/ack", json={"note": "on my way"})

        async with living(tmp_path, config(host), *NO_ROOM) as gateway:
            body = await gateway.until("alarms", lambda body: len(body["alarms"]) == 3)
            by_rule = {alarm["rule"]: alarm for alarm in body["alarms"]}
            assert by_rule["journal_failed"]["recorded"] is False
            assert "outbox" in by_rule["store_damaged"]["why"]
            assert by_rule["door_forced"]["recorded"] is True
            assert by_rule["door_forced"]["acked_by"] == "tester"
            assert not (await gateway.get("overview"))["recorded"]
            assert (await gateway.client.get("/readyz")).status_code == 503

            controller.status[SYS] |= FIRE_INPUT
            controller.show()
            body = await gateway.until("alarms", lambda body: "fire_input" in recorded(body))
            assert recorded(body)["fire_input"] is False

        async with living(tmp_path, config(host)) as gateway:
            body = await gateway.until("alarms", lambda body: recorded(body).get("fire_input") is True)
            assert recorded(body)["door_forced"] is True
            assert "journal_failed" not in recorded(body)
            assert (await gateway.get("overview"))["recorded"]
            assert (await gateway.client.get("/readyz")).status_code == 200
