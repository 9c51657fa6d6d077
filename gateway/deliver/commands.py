"""Commands and wanted states, to the driver that serves their device."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from drivers.contract import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.contract import Command, Driver, WantedState

ANSWER_LIMIT_SECONDS = 15.0
"""The longest that a command may take from its release to its confirmation; past it the answer is "unknown"."""


class Commands:
    """Which driver serves which device, and the way there."""

    def __init__(self) -> None:
        self._drivers: dict[str, Driver] = {}

    def adopt(self, driver: Driver, devices: Iterable[str]) -> None:
        """Take the devices that a driver serves now; those it served before and no longer does are forgotten."""
        self._drivers = {device: served for device, served in self._drivers.items() if served is not driver}
        self._drivers.update(dict.fromkeys(devices, driver))

    def forget(self, driver: Driver) -> None:
        """Drop a driver with its devices."""
        self.adopt(driver, ())

    async def perform(self, command: Command) -> Result:
        """Hand over a command once and wait for what its device confirms; never raises but on cancellation."""
        driver = self._drivers.get(command.device)
        if driver is None:
            return Result(Outcome.REFUSED, why="no driver serves this device any more")
        try:
            async with asyncio.timeout(ANSWER_LIMIT_SECONDS):
                return await driver.perform(command)
        except TimeoutError:
            return Result(Outcome.UNKNOWN, why="no confirmation in time")

    def want(self, device: str, state: WantedState) -> None:
        """Hand over a level to be reached and held."""
        driver = self._drivers.get(device)
        if driver is not None:
            driver.want(device, state)
