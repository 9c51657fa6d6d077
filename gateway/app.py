"""The gateway put together, run, changed while it runs, and ended in order."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from gateway.collect.clock import Clock
from gateway.collect.lines import Lines
from gateway.config.alarm_rules import rules_of
from gateway.config.layout import layout_of, place_in_words
from gateway.config.load import ConfigError, load
from gateway.decide.judge import Judge
from gateway.deliver.board import Board
from gateway.deliver.commands import Commands
from gateway.flow import Flow
from gateway.keep.folder import ReadOnlyFolder, open_folder
from gateway.keep.history import History
from gateway.keep.journal import Journal
from gateway.keep.latest import Latest
from gateway.numbers import Numbers
from gateway.watchdog import Progress, Systemd, keep_watch

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from pathlib import Path

    from drivers.contract import Driver, LineConfig
    from gateway.config.plan import Plan
    from gateway.model import Audience
    from gateway.serve.stream import Hub

LOOP_SECONDS = 30.0
"""How long a loop may stand still before the watchdog is no longer fed."""

LOOK_SECONDS = 1.0
"""How often lines are looked at."""

LAST_WORDS_SECONDS = 0.5
"""How long streams have to carry out "the journal failed" before the process ends."""

log = structlog.get_logger("gateway")


@dataclass(slots=True)
class Gateway:
    """Everything that lives for as long as the process does."""

    plan: Plan
    data: Path
    drivers: dict[str, Driver]
    clock: Clock = field(default_factory=Clock)
    latest: Latest = field(default_factory=Latest)
    numbers: Numbers = field(default_factory=Numbers)
    commands: Commands = field(default_factory=Commands)
    progress: Progress = field(default_factory=Progress)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    flow_class: type[Flow] = Flow


async def run(gateway: Gateway, listening: socket.socket) -> int:
    """Run until told to stop; returns the process's exit code: 0, or 1 when the journal broke."""
    async with AsyncExitStack() as closing:
        try:
            closing.enter_context(open_folder(gateway.data))
        except ReadOnlyFolder as wrong:
            log.exception("nothing can be recorded", why=str(wrong))
        systemd = closing.enter_context(Systemd.from_environment(os.environ, os.getpid()))
        journal = await closing.enter_async_context(
            Journal.open(gateway.data, gateway.clock(), lambda: gateway.progress.beat("journal"))
        )
        if journal.rescued is not None:
            log.error("the journal was damaged", why=journal.rescued.why, missing=journal.rescued.missing)
        history = History(gateway.data, gateway.plan.history.keep_days)
        closing.push_async_callback(history.close)
        road = _Road(gateway, journal, history)
        return await road.run(listening, systemd)


class _Road:
    """One run of a gateway."""

    def __init__(self, gateway: Gateway, journal: Journal, history: History) -> None:
        self._gateway = gateway
        self._journal = journal
        self._history = history
        self._plan = gateway.plan
        self._layout = layout_of(gateway.plan)
        for line, driver in gateway.drivers.items():
            self._adopt_devices(line, driver)
        rules = rules_of(self._plan, {line: driver.devices for line, driver in gateway.drivers.items()})
        self._judge = judge = Judge(rules, journal.remembered(), gateway.clock())
        self._from_disk = judge.alarms
        self._audience: list[Audience] = []
        self._flow = gateway.flow_class(
            judge=judge,
            latest=gateway.latest,
            journal=journal,
            history=history,
            commands=gateway.commands,
            audience=self._audience,
            numbers=gateway.numbers,
            clock=gateway.clock,
        )
        self._rules = rules
        self._hub: Hub | None = None

    async def run(self, listening: socket.socket, systemd: Systemd) -> int:
        """Start the lines, then the page, then wait for the end."""
        gateway = self._gateway
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, gateway.stop.set)
        self._audience.append(Board(self._plan.compound.language, lambda place: place_in_words(self._layout, place)))
        async with asyncio.TaskGroup() as tasks:
            self._lines = Lines(tasks, self._flow, gateway.clock)
            self._flow.start(self._rules)
            for config in self._plan.lines:
                self._run_line(config, gateway.drivers[config.id])
            running = [
                tasks.create_task(self._serve(listening), name="serve"),
                tasks.create_task(self._look(), name="look"),
                tasks.create_task(self._history.run(lambda: gateway.clock().utc), name="history"),
                tasks.create_task(keep_watch(systemd, gateway.progress, "all is well"), name="watchdog"),
            ]
            loop.add_signal_handler(
                signal.SIGHUP, lambda: running.append(tasks.create_task(self.reload(), name="reload"))
            )
            for loop_name in ("road", "journal"):
                gateway.progress.expect(loop_name, LOOP_SECONDS)
            systemd.ready()
            stopping = tasks.create_task(gateway.stop.wait(), name="stop")
            ends: tuple[asyncio.Future[Any], ...] = (stopping, self._flow.broken)
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            broken = self._flow.broken.exception() if self._flow.broken.done() else None
            if broken is not None:
                log.error("ending, to be started again", why=repr(broken))
                await asyncio.sleep(LAST_WORDS_SECONDS)
            systemd.stopping()
            for line in list(self._lines):
                await self._lines.stop(line.config.id)
            self._flow.stop()
            gateway.stop.set()
            await asyncio.wait(running[:1], timeout=2)
            for task in (*running, stopping):
                task.cancel()
        return 1 if broken is not None else 0

    # ------------------------------------------------------------ while it runs

    async def _look(self) -> None:
        """Once a second: which loops move."""
        progress = self._gateway.progress
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            progress.beat("road")
            for line in self._lines.moving():
                progress.beat(_loop_of(line))

    async def _serve(self, listening: socket.socket) -> None:
        """The HTTP face. Imported here, after the lines were started: it takes longest to load."""
        from dashboards import PAGE
        from gateway import __version__
        from gateway.keep.accounts import Accounts
        from gateway.serve.app import create_app, serve
        from gateway.serve.house import House
        from gateway.serve.standing import Standing
        from gateway.serve.stream import Hub
        from gateway.serve.views import Views

        gateway, journal = self._gateway, self._journal
        with closing(journal.reader()) as reader, closing(Accounts(journal.source, gateway.clock)) as accounts:
            seq = await reader.last_seq()
            standing = Standing()
            for alarm in self._judge.alarms:
                standing.take(alarm, recorded=journal.recorded or alarm in self._from_disk)
            views = Views(gateway.latest, self._layout, standing, gateway.clock, lambda: journal.recorded)
            self._hub = hub = Hub(views, seq)
            self._audience.append(hub)
            house = House(
                road=self._flow,
                latest=gateway.latest,
                records=reader,
                accounts=accounts,
                past=self._history,
                hub=hub,
                numbers=gateway.numbers,
                now=gateway.clock,
                trouble=self._trouble,
                statistics=self._lines.statistics,
                names=self._plan.http.names,
                page=PAGE if PAGE.is_dir() else None,
                version=__version__,
            )
            await serve(create_app(house), hub, listening, gateway.stop)
            self._audience.remove(hub)

    def _trouble(self) -> Sequence[str]:
        """Why the gateway is not ready, in sentences."""
        waiting = [line.config.id for line in self._lines if not line.alive.attempts]
        not_started = [f"line {line} was not started yet" for line in waiting]
        return not_started if self._journal.recorded else [self._journal.why, *not_started]

    async def reload(self) -> None:
        """Read the configuration again; take it if it is right, else say what is wrong and go on with the last good one."""
        try:
            plan = await asyncio.to_thread(load, self._plan.path)
        except ConfigError as wrong:
            log.exception("the new configuration is not taken", findings=[str(finding) for finding in wrong.findings])
            return
        before = {config.id: config for config in self._plan.lines}
        after = {config.id: config for config in plan.lines}
        self._plan = self._gateway.plan = plan
        self._layout = layout_of(plan)
        for name in before.keys() - after.keys():
            driver = await self._stop_line(name)
            self._history.forget([device.id for device in driver.devices])
            self._gateway.latest.drop_line(name)
        for name, config in after.items():
            if name not in before:
                self._start(config)
            elif config != before[name]:
                await self._change(config)
        devices = {line.config.id: line.driver.devices for line in self._lines}
        self._flow.adopt(rules_of(plan, devices))
        if self._hub is not None:
            self._hub.adopt(self._layout)
        log.info("configuration taken", lines=len(after), devices=sum(map(len, devices.values())))

    def _start(self, config: LineConfig) -> None:
        driver = config.build()
        self._adopt_devices(config.id, driver)
        self._run_line(config, driver)

    def _run_line(self, config: LineConfig, driver: Driver) -> None:
        self._lines.start(config, driver)
        self._gateway.progress.expect(_loop_of(config.id), LOOP_SECONDS)

    async def _stop_line(self, line: str) -> Driver:
        self._gateway.progress.forget(_loop_of(line))
        driver = await self._lines.stop(line)
        self._gateway.commands.forget(driver)
        return driver

    async def _change(self, config: LineConfig) -> None:
        line = self._lines[config.id]
        if await line.driver.adopt(config):
            line.config = config
            self._adopt_devices(config.id, line.driver)
        else:
            await self._stop_line(config.id)
            self._start(config)

    def _adopt_devices(self, line: str, driver: Driver) -> None:
        latest = self._gateway.latest
        before = {known.device.id for known in latest.devices.values() if known.line == line}
        latest.adopt(line, driver.devices)
        self._history.forget(sorted(before - latest.devices.keys()))
        self._history.adopt(driver.devices)
        self._gateway.commands.adopt(driver, [device.id for device in driver.devices])


def _loop_of(line: str) -> str:
    """What the watchdog calls the loop of a line."""
    return f"line {line}"
