"""An outlet with everything real around it: outbox, journal, clock; what it says to the house is written down."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.deliver.influx.config import InfluxConfig
from gateway.deliver.outlet import TELEMETRY, Wiring
from gateway.keep.journal import Journal
from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.model import HouseSaid, Now, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from gateway.deliver.influx.outlet import InfluxOutlet

T0_NS = time.time_ns()
"""When the first reading is told: now, for the outbox lets go what is old."""
SETTINGS = OutboxSettings(max_bytes=64 * 1024 * 1024, max_age_seconds=7 * 86400, keep_free_bytes=0)
LIMIT_SECONDS = 15.0


def now() -> Now:
    return Now("boot-1", time.monotonic_ns(), time.time(), trusted=True)


def config(url: str, **more: Any) -> InfluxConfig:
    place = {"bucket": "gridpost", "org": "o"} if more.get("dialect") == "v2" else {"database": "gridpost"}
    return InfluxConfig.model_validate(
        {"id": "influx", "kind": "influxdb", "url": url, "dialect": "v1", **place, **more}
    )


@dataclass(slots=True)
class Wired:
    """What stands around an outlet."""

    outbox: Outbox
    journal: Journal
    wiring: Wiring
    said: list[HouseSaid] = field(default_factory=list)
    told: int = 0
    """How many readings were told; the next one has this number as its value."""

    def tell(self, readings: int) -> None:
        """Tell so many more readings, each with a time and a number of its own, of a hundred devices."""
        for n in range(self.told, self.told + readings):
            ns = T0_NS + n * 1_000_000
            self.outbox.append(b"door,building=b1,compound=c,device=d%d,grid=g1 n=%di %d\n" % (n % 100, n, ns), 1, ns)
        self.told += readings

    def put(self, line: bytes) -> None:
        """Tell a line of any kind."""
        self.outbox.append(line, 1, T0_NS)

    async def batches(self, number: int) -> None:
        """Tell so many full batches, of 2,000 readings each, and wait until they are on disk."""
        for _ in range(number):
            filling = self.outbox.filling
            self.tell(2000)
            await until(lambda filling=filling: self.outbox.committed >= filling)  # type: ignore[misc]

    async def stored(self, id_: str = "influx") -> None:
        """Wait until the destination has all that was told."""
        last = self.outbox.filling
        self.outbox.append(b"last n=1i 1\n", 1, T0_NS)
        await until(lambda: (self.outbox.cursor(id_, TELEMETRY) or 0) >= last)

    @asynccontextmanager
    async def outlet(self, config: InfluxConfig) -> AsyncIterator[InfluxOutlet]:
        """Run an outlet."""
        outlet = config.build(self.wiring)
        task = asyncio.create_task(outlet.run(), name="outlet")
        try:
            yield outlet
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                await task


async def until(condition: Callable[[], bool], limit_seconds: float = LIMIT_SECONDS) -> None:
    """Wait for a condition. Raises TimeoutError."""
    async with asyncio.timeout(limit_seconds):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def wired(
    folder: Path, destinations: Sequence[str] = ("influx",), *, simulated: bool = False
) -> AsyncIterator[Wired]:
    """Open outbox and journal in a folder."""
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(Journal.open(folder, now()))
        reader = stack.enter_context(closing(journal.reader()))
        outbox = Outbox.open(folder, SETTINGS, destinations, now())
        said: list[HouseSaid] = []
        wiring = Wiring(
            compound="xingfuli",
            simulated=simulated,
            outbox=outbox,
            records=reader,
            say=said.append,
            clock=now,
            place=lambda device: Place("b1", "1", device, "g1"),
            points=lambda _device, _group: (),
            recorded=lambda: journal.recorded,
        )
        running = asyncio.create_task(outbox.run(now), name="outbox")
        try:
            yield Wired(outbox, journal, wiring, said)
        finally:
            running.cancel()
            await asyncio.wait([running])
            await outbox.close()
