"""What the road took is in InfluxDB exactly: through every fault of the network, kills of both sides and a long outage.

Some seconds of it here; whole, with ten minutes of outage, under GRIDPOST_SOAK=1.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bench.gateway import free_port
from tests.end_to_end.numbered import EVENTS, READINGS, Ledger
from tests.servers.influxd import Influxd
from tests.servers.proxy import BlackHole, Cut, Delay, FaultProxy, Half, Refuse, Reset

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from tests.servers.proxy import Fault

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
FAULTS: tuple[Fault, ...] = (Delay(0.2), Cut(3000), Half(), BlackHole(), Reset(), Refuse(), Half(0))
ROUNDS, FAULT_SECONDS, KILLS, DOWN_SECONDS = (20, 3.0, 30, 600.0) if SOAK else (1, 0.8, 2, 1.0)
LIMIT_SECONDS = 60.0
FIRST_MOMENTS = 3

CONFIG = {
    "compound": {"id": "count", "name": "数字小区", "households": 1, "timezone": "Asia/Shanghai", "language": "zh-CN"},
    "grids": [],
    "buildings": [],
    "lines": [],
}


@dataclass(slots=True)
class Gateway:
    """The counting gateway: started, killed, started again on the same data."""

    folder: Path
    config: Path
    ledger: Ledger
    process: Process | None = None
    kills: int = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    async def start(self) -> None:
        """Start it and wait until it counts."""
        before = self.ledger[READINGS]
        arguments = (str(self.config), f"{self.folder}/data", f"127.0.0.1:{free_port()}", f"{self.folder}/ledger")
        with (self.folder / "gateway.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.end_to_end.numbered", *arguments, stdout=log, stderr=log
            )
        await self.until(lambda: self.ledger[READINGS] > before + 100)

    async def kill(self) -> None:
        """SIGKILL, and a new life."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()
        self.kills += 1
        await self.start()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition while it lives. Raises TimeoutError."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while not condition():
                assert self.process is not None
                assert self.process.returncode is None, (self.folder / "gateway.log").read_text("utf-8")
                await asyncio.sleep(0.02)


async def test_nothing_that_was_taken_is_missing_and_nothing_is_there_twice(tmp_path: Path) -> None:
    chance = random.Random(3)
    ledger = Ledger(tmp_path / "ledger")
    async with Influxd(tmp_path / "influxd") as influxd, FaultProxy("127.0.0.1", influxd.port) as proxy:
        outlet = {"id": "influx", "kind": "influxdb", "url": proxy.url, "dialect": "v1", "database": "gridpost"}
        config = tmp_path / "compound.yaml"
        config.write_text(json.dumps({**CONFIG, "outlets": [{**outlet, "timeout_seconds": 1}]}))
        async with Gateway(tmp_path, config, ledger) as gateway:
            await until_stored(influxd, "SELECT max(n) FROM numbered", 1)  # it began before anything goes wrong

            for _ in range(ROUNDS):
                for fault in chance.sample(FAULTS, len(FAULTS)):
                    proxy.fault = fault
                    await asyncio.sleep(FAULT_SECONDS * chance.uniform(0.5, 1.5))
                proxy.fault = "pass"
                await influxd.kill()
                for _ in range(KILLS // ROUNDS or 1):
                    await asyncio.sleep(chance.uniform(0, 1))
                    await gateway.kill()
                await asyncio.sleep(DOWN_SECONDS / ROUNDS)
                await influxd.start()
                await asyncio.sleep(chance.uniform(0, 1))
                await gateway.kill()

            (tmp_path / "ledger.stop").touch()
            await until_stored(influxd, "SELECT max(n) FROM numbered", ledger[READINGS])
            await until_stored(influxd, "SELECT max(sequence) FROM gridpost_event", ledger[EVENTS])
            await until_quiet(influxd)

        readings = await column(influxd, "SELECT n FROM numbered")
        events = await column(influxd, "SELECT sequence FROM gridpost_event")

    assert_exact(readings, ledger[READINGS], gateway.kills)
    assert_exact(events, ledger[EVENTS], gateway.kills)
    assert gateway.kills >= KILLS
    print(f"{len(readings)} readings, {len(events)} events, {gateway.kills} kills")  # noqa: T201 - `make soak` shows it


def assert_exact(stored: list[int], last: int, kills: int) -> None:
    """Every number that was taken is there once. Of those under way at a kill nobody knows, and they were passed over."""
    first = min(stored)
    assert first <= 2 + FIRST_MOMENTS  # a destination that is new begins when it is there
    assert len(stored) == len(set(stored))
    passed_over = set(range(first, last + 1)) - set(stored)
    assert len(passed_over) <= kills
    assert not [number for number in passed_over if number + 1 in passed_over]
    assert sum(stored) + sum(passed_over) == sum(range(first, last + 1))


async def until_stored(influxd: Influxd, query: str, figure: int) -> None:
    """Wait until a query finds at least this."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while await influxd.figure(query) < figure:
            await asyncio.sleep(0.1)


async def until_quiet(influxd: Influxd) -> None:
    """Wait until the backlog is drained too: it goes beside what is fresh, so the newest number says nothing of it."""
    async with asyncio.timeout(LIMIT_SECONDS):
        before, since = -1, asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < since + 2.5:
            count = await influxd.figure("SELECT count(n) FROM numbered")
            if count != before:
                before, since = count, asyncio.get_running_loop().time()
            await asyncio.sleep(0.1)


async def column(influxd: Influxd, query: str) -> list[int]:
    """All that a query finds in its first column beside the time."""
    return [row[1] for row in (await influxd.query(query))[0]["values"]]
