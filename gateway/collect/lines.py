"""All lines: started, watched, and changed one at a time while the others go on."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from drivers.contract import Inspectable
from gateway.collect.keep_alive import KeepAlive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from drivers.contract import Driver, LineConfig, Rejected
    from gateway.collect.keep_alive import Road
    from gateway.model import Now


class Line:
    """One line that runs: how it was configured, its driver, and the task that keeps it alive."""

    __slots__ = ("alive", "config", "driver", "steps", "task")

    def __init__(self, config: LineConfig, driver: Driver, alive: KeepAlive, task: asyncio.Task[None]) -> None:
        self.config = config
        self.driver = driver
        self.alive = alive
        self.task = task
        self.steps = 0.0


class Lines:
    """The lines of the compound. Tasks live in the group that is handed in."""

    def __init__(self, tasks: asyncio.TaskGroup, road: Road, clock: Callable[[], Now]) -> None:
        self._tasks = tasks
        self._road = road
        self._clock = clock
        self._lines: dict[str, Line] = {}

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines.values())

    def __getitem__(self, line: str) -> Line:
        return self._lines[line]

    def start(self, config: LineConfig, driver: Driver) -> None:
        """Start a line. Its devices must be known to the road already."""
        alive = KeepAlive(config.id, driver, self._road, self._clock, random.Random())  # noqa: S311 - jitter
        task = self._tasks.create_task(alive.run(), name=f"line {config.id}")
        self._lines[config.id] = Line(config, driver, alive, task)

    async def stop(self, line: str) -> Driver:
        """Stop a line; returns its driver once it has let go of its sockets."""
        ended = self._lines.pop(line)
        ended.task.cancel()
        await asyncio.wait([ended.task])
        return ended.driver

    def statistics(self, line: str) -> Mapping[str, float]:
        """The driver's own numbers of a line, with how often it was started."""
        known = self._lines[line]
        return {"starts": float(known.alive.attempts), **known.driver.statistics()}

    def device_statistics(self, line: str) -> Mapping[str, Mapping[str, float]]:
        """The driver's own numbers of the devices of a line, by device."""
        return self._lines[line].driver.device_statistics()

    def rejected(self, line: str) -> Sequence[Rejected]:
        """What a line brought lately and could not be taken as data, newest first; nothing for one that brings no messages."""
        driver = self._lines[line].driver
        return driver.rejected() if isinstance(driver, Inspectable) else ()

    def trouble(self) -> list[str]:
        """The lines that were not started yet, in sentences."""
        return [f"line {name} was not started yet" for name, line in self._lines.items() if not line.alive.attempts]

    def moving(self) -> Iterable[str]:
        """The lines whose loop moved since the last call: it took steps, or waits for its next attempt."""
        for name, line in self._lines.items():
            steps = line.driver.statistics().get("steps", 0.0) + line.alive.attempts
            if steps != line.steps or line.alive.waiting:
                line.steps = steps
                yield name
