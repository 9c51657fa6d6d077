"""A reload touches what changed and nothing else, and a wrong one touches nothing."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from tests.drivers.modbus.servers import Box, Host, Request
from tests.end_to_end.living import Living, living

if TYPE_CHECKING:
    from pathlib import Path

BEAT_SECONDS = 0.1


def board() -> Box:
    box = Box()
    box.set(1, 0, *[0] * 8)
    box.set(2, 0, *[0] * 8)
    return box


class Watched(Host):
    """Notes when each request came."""

    def __init__(self) -> None:
        super().__init__({1: board(), 2: board(), 3: board()})
        self.asked: list[tuple[float, Request]] = []
        self.misbehave = self._note

    async def _note(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.asked.append((time.monotonic(), request))
        writer.write(self.right_reply(request))

    def beats(self, unit: int) -> list[float]:
        return [at for at, request in self.asked if request.unit == unit and request.function == 2]


def config(first: Host, second: Host | None = None, units: tuple[int, ...] = (1, 2), name: str = "小区") -> str:
    lines = [(host, which) for host, which in ((first, "l1"), (second, "l2")) if host is not None]
    written = [f"compound: {{id: c1, name: {name}}}", "lines:"]
    for host, line in lines:
        written += [
            f"  - {{id: {line}, driver: modbus, host: 127.0.0.1, port: {host.port}, fast_seconds: {BEAT_SECONDS},"
        ]
        written += [f"     devices: [{', '.join(f'{{id: {line}u{u}, product: relay-8, unit: {u}}}' for u in units)}]}}"]
    return "\n".join(written) + "\n"


async def up(gateway: Living, *devices: str) -> None:
    await gateway.until("devices", lambda body: {d["id"] for d in body["devices"] if d["fresh"]} == set(devices))


async def test_adding_a_device_disturbs_no_other(tmp_path: Path) -> None:
    async with Watched() as first, Watched() as second, living(tmp_path, config(first, second)) as gateway:
        await up(gateway, "l1u1", "l1u2", "l2u1", "l2u2")
        before = {line["id"]: line["statistics"] for line in (await gateway.get("lines"))["lines"]}

        gateway.reload(config(first, second, units=(1, 2, 3)))
        await up(gateway, "l1u1", "l1u2", "l1u3", "l2u1", "l2u2", "l2u3")
        await gateway.until_said("configuration taken")
        await asyncio.sleep(5 * BEAT_SECONDS)

        after = {line["id"]: line["statistics"] for line in (await gateway.get("lines"))["lines"]}
        for host in (first, second):
            assert host.connections == 1
            transactions = [request.transaction for _, request in host.asked]
            assert len({(later - earlier) % 0xFFFF for earlier, later in pairwise(transactions)}) == 1
            for unit in (1, 2):
                beats = host.beats(unit)
                assert max(later - earlier for earlier, later in pairwise(beats)) < 6 * BEAT_SECONDS
        for line, numbers in before.items():
            assert after[line]["starts"] == numbers["starts"] == 1
            assert after[line]["polls"] > numbers["polls"]


async def test_removing_a_line_ends_its_connection_and_leaves_the_other_alone(tmp_path: Path) -> None:
    async with Watched() as first, Watched() as second, living(tmp_path, config(first, second)) as gateway:
        await up(gateway, "l1u1", "l1u2", "l2u1", "l2u2")

        gateway.reload(config(first))
        await gateway.until_said("configuration taken")
        asked = len(second.asked)
        await asyncio.sleep(5 * BEAT_SECONDS)

        assert len(second.asked) == asked
        assert first.connections == 1
        assert {d["id"] for d in (await gateway.get("devices"))["devices"]} == {"l1u1", "l1u2"}


async def test_a_line_that_moved_to_another_host_is_started_there(tmp_path: Path) -> None:
    async with Watched() as first, Watched() as second, living(tmp_path, config(first)) as gateway:
        await up(gateway, "l1u1", "l1u2")

        gateway.reload(config(second))
        await gateway.until_said("configuration taken")
        await gateway.until("lines", lambda body: body["lines"][0]["address"] == f"127.0.0.1:{second.port}")
        await up(gateway, "l1u1", "l1u2")

        assert second.connections == 1


async def test_a_wrong_configuration_is_named_and_the_last_good_one_stays(tmp_path: Path) -> None:
    async with Watched() as first, living(tmp_path, config(first)) as gateway:
        await up(gateway, "l1u1", "l1u2")

        gateway.reload(config(first).replace("relay-8", "relay-9"))
        await gateway.until_said("the new configuration is not taken")
        await gateway.until_said("relay-9")
        asked = len(first.asked)
        await asyncio.sleep(5 * BEAT_SECONDS)

        assert len(first.asked) > asked
        assert first.connections == 1
        assert gateway.process.returncode is None


async def test_what_only_the_page_shows_changes_without_touching_a_device(tmp_path: Path) -> None:
    async with Watched() as first, living(tmp_path, config(first)) as gateway:
        await up(gateway, "l1u1", "l1u2")

        gateway.reload(config(first, name="新名字"))
        await gateway.until("overview", lambda body: body["compound"]["name"] == "新名字")

        assert first.connections == 1
