"""The outlets that run: each in its own task, so that one that fails for ever hurts only itself."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Protocol

from gateway.deliver.outlet import BackOff, Standing, State
from gateway.keep.telemetry import Listener
from gateway.logs import log_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from drivers.contract import Fault, Value
    from gateway.deliver.outlet import Outlet, Wiring

FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0

log = log_of("outlets")


class OutletConfig(Protocol):
    """What an installer writes for one destination."""

    @property
    def id(self) -> str:
        """The outlet's name."""

    def build(self, wiring: Wiring, /) -> Outlet:
        """Make it; touches no network."""


class _Running:
    def __init__(self, config: OutletConfig, outlet: Outlet, task: asyncio.Task[None]) -> None:
        self.config = config
        self.outlet = outlet
        self.task = task


class Outlets:
    """All destinations. On the event loop; `tasks` outlives it."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._running: dict[str, _Running] = {}
        self._live: tuple[Listener, ...] = ()

    def __iter__(self) -> Iterator[Standing]:
        return (running.outlet.standing for running in self._running.values())

    def records_came(self) -> None:
        """The journal has new rows."""
        for running in self._running.values():
            running.outlet.records_came()

    def reading(
        self,
        device: str,
        group: int,
        indices: Sequence[int],
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None,
        utc_ns: int,
    ) -> None:
        """Hand a told reading to those that do not wait for the disk."""
        for live in self._live:
            live.reading(device, group, indices, values, faults, utc_ns)

    async def adopt(self, tasks: asyncio.TaskGroup, configs: Sequence[OutletConfig]) -> None:
        """Run these destinations: what stayed as it was goes on undisturbed."""
        wanted = {config.id: config for config in configs}
        for name in [name for name, running in self._running.items() if wanted.get(name) != running.config]:
            task = self._running.pop(name).task
            task.cancel()
            await asyncio.wait([task])
        self._wiring.outbox.adopt(list(wanted))
        for name, config in wanted.items():
            if name not in self._running:
                outlet = config.build(self._wiring)
                running = keep_running(outlet.run, f"outlet {name}", partial(_stopped, outlet.standing))
                task = tasks.create_task(running, name=f"outlet {name}")
                self._running[name] = _Running(config, outlet, task)
        self._live = tuple(running.outlet for running in self._running.values() if isinstance(running.outlet, Listener))

    async def stop(self) -> None:
        """End all of them; what they did not carry out waits in the outbox."""
        running = [running.task for running in self._running.values()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


async def keep_running(run: Callable[[], Awaitable[None]], name: str, said: Callable[[Exception], None]) -> None:
    """Run an edge of the house again whenever it stops: a bug of it hurts only itself. `said` hears of each."""
    back_off = BackOff(FIRST_SECONDS, MOST_SECONDS)
    while True:
        try:
            await run()
        except Exception as bug:
            said(bug)
            log.exception("it stopped and is started again", what=name)
        await asyncio.sleep(back_off.seconds())


def _stopped(standing: Standing, bug: Exception) -> None:
    standing.state, standing.why = State.FAILING, f"it stopped and is started again: {bug!r}"
