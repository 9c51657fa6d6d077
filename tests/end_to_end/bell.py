"""A driver for `ScriptedBell`: acknowledges a ring only after the gateway has kept it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.contract import Device, DeviceEvent, Group, Kind, LineLost, Outcome, Point, Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Post, WantedState

DEVICE = "bell"
EPOCH = "1"


class BellLine:
    """One connection to the bell."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._rings = 0

    @property
    def devices(self) -> Sequence[Device]:
        """The bell has one point, of which it never speaks."""
        return (Device(DEVICE, "bell", (Group((Point("ring", Kind.BOOLEAN),), None),)),)

    async def run(self, post: Post) -> None:
        """Keep each ring, then acknowledge it."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError as error:
            raise LineLost(f"bell: {error}") from error
        try:
            while line := await reader.readline():
                sequence = json.loads(line)["sequence"]
                received_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
                event = DeviceEvent(DEVICE, EPOCH, sequence, "rung", {}, received_ns)
                await post.keep([event], {DEVICE: sequence})
                self._rings += 1
                writer.write(b"%d\n" % sequence)
        finally:
            writer.close()
        raise LineLost("bell: the peer closed the connection")

    async def perform(self, command: Command) -> Result:
        """A bell takes no commands."""
        return Result(Outcome.REFUSED, why=f"a bell cannot {command.name}")

    def want(self, device: str, state: WantedState) -> None:
        """A bell has no states."""

    async def adopt(self, config: object) -> bool:
        """Nothing about it can change."""
        return isinstance(config, BellConfig) and config.port == self._port

    def statistics(self) -> Mapping[str, float]:
        """How often it rang."""
        return {"steps": float(self._rings)}

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        return {}


@dataclass(frozen=True, slots=True)
class BellConfig:
    """What an installer would write."""

    port: int
    id: str = "bell"
    driver: str = "bell"

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"127.0.0.1:{self.port}"

    def build(self) -> BellLine:
        """Make the driver."""
        return BellLine(self.port)
