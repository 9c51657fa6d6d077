"""A gateway whose one line counts: every reading and every event has a number, and a ledger that survives a kill.

    python -m tests.end_to_end.numbered compound.yaml DATA HOST:PORT LEDGER

LEDGER is a file of two numbers that outlives the process as memory of the kernel: the last reading that the road took, and
the last event that it kept. A new life goes on behind them. It counts until a file LEDGER.stop is there.
"""

from __future__ import annotations

import asyncio
import mmap
import struct
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.contract import Device, DeviceEvent, Group, Kind, Outcome, Point, Result, Sample
from gateway.app import run
from gateway.commands.run import loop_factory
from gateway.config.load import load
from gateway.logs import log_to_stderr
from gateway.parts import Gateway
from gateway.serve.listen import listen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Post, WantedState

PRODUCT = "numbered"
DEVICES = 8
TICK_SECONDS = 0.02
EVENT_EVERY = 10
"""Ticks between two events."""

_NUMBER = struct.Struct("<q")


class Ledger:
    """Two numbers in a file, shared by every process that opens it."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(2 * _NUMBER.size))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 2 * _NUMBER.size)

    def __getitem__(self, place: int) -> int:
        return int(_NUMBER.unpack_from(self._map, place * _NUMBER.size)[0])

    def __setitem__(self, place: int, number: int) -> None:
        _NUMBER.pack_into(self._map, place * _NUMBER.size, number)


READINGS, EVENTS = 0, 1


class NumberedLine:
    """Some devices with one point each, that never has the same value twice."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = Ledger(ledger)
        self._stop = ledger.with_name(ledger.name + ".stop")
        self._ticks = 0

    @property
    def devices(self) -> Sequence[Device]:
        """All alike."""
        group = Group((Point("n", Kind.INTEGER),), TICK_SECONDS)
        return tuple(Device(f"n{i}", PRODUCT, (group,)) for i in range(DEVICES))

    async def run(self, post: Post) -> None:
        """Count. A number that may have been under way at a kill is passed over: nobody knows whether it was taken."""
        ledger = self._ledger
        reading, event = ledger[READINGS] + 2, ledger[EVENTS] + 2
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._ticks += 1
            if self._stop.exists():
                continue
            received_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            for i in range(DEVICES):
                post.report(Sample(f"n{i}", 0, (reading,), None, received_ns))
                ledger[READINGS] = reading
                reading += 1
            if self._ticks % EVENT_EVERY == 0:
                await post.keep([DeviceEvent("n0", "1", event, "counted", {}, received_ns)], {})
                ledger[EVENTS] = event
                event += 1

    async def perform(self, command: Command) -> Result:
        """It takes no commands."""
        return Result(Outcome.REFUSED, why=f"it cannot {command.name}")

    def want(self, device: str, state: WantedState) -> None:
        """It has no states."""

    async def adopt(self, config: object) -> bool:
        """Nothing about it changes."""
        return isinstance(config, NumberedConfig)

    def statistics(self) -> Mapping[str, float]:
        """How often it went round."""
        return {"steps": float(self._ticks)}

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        return {}


@dataclass(frozen=True, slots=True)
class NumberedConfig:
    """What an installer would write."""

    ledger: Path
    id: str = "numbered"
    driver: str = "numbered"
    address: str = "here"

    def build(self) -> NumberedLine:
        """Make the driver."""
        return NumberedLine(self.ledger)


async def live(config: str, data: str, http: str, ledger: str) -> int:
    """Run with the counting line beside the configured ones."""
    configured = load(Path(config))
    line = NumberedConfig(Path(ledger))
    drivers = {**configured.drivers, line.id: line.build()}
    plan = replace(configured, lines=(*configured.lines, line), drivers=drivers)
    return await run(Gateway(plan, Path(data), drivers), listen(http, plain_http_allowed=False), asyncio.Event())


if __name__ == "__main__":
    log_to_stderr()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        sys.exit(runner.run(live(*sys.argv[1:])))
