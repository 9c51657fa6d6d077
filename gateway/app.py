"""The gateway run, changed while it runs, and ended in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
from typing import TYPE_CHECKING, Any

from gateway.assembly import assembled
from gateway.auditing import KIND as AUDIT
from gateway.auditing import Audited
from gateway.behind_the_page import names_of, opened_house
from gateway.box import RunningBox, said_of_config
from gateway.collect.clock_source import clock_source
from gateway.collect.lines import Lines
from gateway.config.digests import CONFIGURATION, file_digests, refused, section_digests, taken
from gateway.config.load import ConfigError, load
from gateway.deliver.audit.head import HOUSE
from gateway.deliver.outlets import keep_running
from gateway.logs import log_of
from gateway.parts import what_it_says
from gateway.serve.app import create_app, serve
from gateway.serve.box_keeper import Reloaded
from gateway.serve.certificate import CertificateWrong
from gateway.setting_up.as_written import AsWritten
from gateway.setting_up.wizard import Wizard
from gateway.watchdog import Systemd, keep_watch

if TYPE_CHECKING:
    import socket
    from collections.abc import Coroutine

    from drivers.contract import Driver, Json, LineConfig
    from gateway.config.plan import Plan
    from gateway.decide.rules import Rules
    from gateway.parts import Gateway, Parts
    from gateway.serve.layout import Layout

LOOP_SECONDS = 30.0
"""How long a loop may stand still before the watchdog is no longer fed."""

LOOK_SECONDS = 1.0
"""How often lines are looked at."""

OWN_NUMBERS_SECONDS = 10.0
"""How often the gateway's own numbers are told to the destinations of telemetry."""

AT_START = (
    "compound",
    "http",
    "history",
    "telemetry",
    "outbox",
    "backup",
    "simulator",
    "county",
    "heartbeats",
    "audit",
)
"""The sections of the configuration that a running gateway does not change."""

LAST_WORDS_SECONDS = 0.5
"""How long streams have to carry out "the journal failed" before the process ends."""

PAGE_SECONDS = 2.0
"""How long the page has to end its streams and answers."""

LATEST = 2**63 - 1
"""Above any row of the journal."""

log = log_of("gateway")


async def run(gateway: Gateway, listening: socket.socket, stop: asyncio.Event) -> int:
    """Run until told to stop; returns the exit code: 0, or 1 when the road or the journal failed.

    Raises FolderError or NewerJournal for what a person must mend.
    """
    with Systemd.from_environment(os.environ, os.getpid()) as systemd:
        async with assembled(gateway) as parts:
            return await _Life(parts, gateway, stop, systemd).run(listening)


class _Life:
    """One run: the tasks, and what signals do to them."""

    def __init__(self, parts: Parts, gateway: Gateway, stop: asyncio.Event, systemd: Systemd) -> None:
        self._parts = parts
        self._drivers = gateway.drivers
        self._gateway = gateway
        self._data = gateway.data
        self._stop = stop
        self._systemd = systemd
        self._reloads = not gateway.conformance
        """Beside a conformance suite no line is taken that was not there at the start."""
        self._reloading = asyncio.Lock()

    async def run(self, listening: socket.socket) -> int:
        """Start the page and the lines, and wait for the end."""
        parts, systemd = self._parts, self._systemd
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop.set)
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._lines = Lines(tasks, parts.flow, parts.clock)
            setup, box = self._setup(), self._box(listening)
            async with opened_house(parts, self._lines, setup, box) as house:
                serving = serve(create_app(house), parts.hub, listening, self._stop, parts.tls)
                page = tasks.create_task(serving, name="page")
                await parts.outreach.resume()
                parts.flow.start(parts.rules)
                reaching = await parts.outreach.begin(tasks, parts.flow)
                await parts.outlets.adopt(tasks, parts.plan.outlets)  # before the first reading: a new one gets it too
                for config in parts.plan.lines:
                    self._start(config, self._drivers[config.id])
                running = [
                    *reaching,
                    tasks.create_task(parts.closing.run(), name="closing"),
                    tasks.create_task(self._look(), name="look"),
                    tasks.create_task(parts.history.run(lambda: parts.clock().utc), name="history"),
                    tasks.create_task(parts.outbox.run(parts.clock), name="outbox"),
                    tasks.create_task(self._tell_of_the_house(), name="own numbers"),
                    tasks.create_task(keep_watch(systemd, parts.progress, "all is well"), name="watchdog"),
                ]
                if parts.backups is not None:
                    backups = keep_running(parts.backups.run, "backup", parts.backups.stopped)
                    running.append(tasks.create_task(backups, name="backup"))
                running += parts.audit.begin(tasks)
                if parts.tls is not None:
                    running.append(tasks.create_task(parts.tls.run(parts.clock), name="certificate"))
                self._running = running
                self._beside(self._tell_start(), "configuration")
                if self._reloads:
                    loop.add_signal_handler(signal.SIGHUP, lambda: self._beside(self._read_again(), "reload"))
                for name_of_loop in ("road", "journal"):
                    parts.progress.expect(name_of_loop, LOOP_SECONDS)
                gc.freeze()  # no later collection walks through code, configuration and points
                gc.enable()
                systemd.ready()
                broken = await self._until_the_end()
                if not self._goes_on():
                    systemd.stopping()
                for line in list(self._lines):
                    await self._lines.stop(line.config.id)
                parts.flow.stop()
                await parts.outreach.notifier.stop()
                await parts.outlets.stop()
                self._stop.set()
                await asyncio.wait([page], timeout=PAGE_SECONDS)
                for task in (page, *running):
                    task.cancel()
        return 1 if broken else 0

    async def _until_the_end(self) -> bool:
        """Wait for a signal, or for the road to fail; returns whether it failed."""
        broken = self._parts.flow.broken
        stopping = asyncio.ensure_future(self._stop.wait())
        ends: tuple[asyncio.Future[Any], ...] = (stopping, broken)
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not broken.done():
            return False
        log.error("ending, to be started again", why=repr(broken.exception()))
        await asyncio.sleep(LAST_WORDS_SECONDS)
        return True

    async def _look(self) -> None:
        """Once a second: which loops move."""
        progress = self._parts.progress
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            progress.beat("road")
            for line in self._lines.moving():
                progress.beat(_loop_of(line))

    async def _tell_of_the_house(self) -> None:
        """The gateway's own numbers, on their way to the destinations of telemetry like any reading."""
        parts = self._parts
        while True:
            parts.telemetry.house(parts.own_numbers(), parts.clock())
            await asyncio.sleep(OWN_NUMBERS_SECONDS)

    # ------------------------------------------------------------ the box itself

    def _setup(self) -> Wizard | AsWritten:
        """Who answers the set-up page: the wizard on a new box, else the file that a person wrote."""
        parts, setting_up = self._parts, self._gateway.setting_up
        if setting_up is None:
            return AsWritten(self._data, lambda: parts.plan, parts.clock, clock_source)
        return Wizard(
            setting_up,
            road=parts.flow,
            clock=parts.clock,
            clock_source=clock_source,
            works=parts.works,
            beside=self._beside,
            stop=self._stop.set,
        )

    def _goes_on(self) -> bool:
        """Whether this run ends for another one to begin at once, with the configuration that was just written."""
        return self._gateway.setting_up is not None and self._gateway.setting_up.finished

    def _box(self, listening: socket.socket) -> RunningBox:
        host, port, *_ = listening.getsockname()
        return RunningBox(
            self._parts,
            data=self._data,
            bind=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            names=tuple(names_of(self._parts.plan.http, self._parts.tls)),
            tls=self._parts.tls,
            set_up=self._gateway.setting_up is not None,
            read_again=self._reload,
            beside=self._beside,
        )

    def _beside(self, work: Coroutine[None, None, None], name: str) -> None:
        """Run something that ends with the gateway at the latest."""
        self._running.append(self._tasks.create_task(work, name=name))

    # ------------------------------------------------------------ lines come and go

    async def _read_again(self) -> None:
        """As a signal asks for it; what is wrong stands in the log."""
        await self._reload()

    async def _reload(self) -> Reloaded:
        """Read the configuration again; take it if it is right, else say what is wrong and go on with the last good one."""
        async with self._reloading:
            try:
                plan = await asyncio.to_thread(load, self._parts.plan.path, self._data)
                said = await asyncio.to_thread(what_it_says, plan)
            except ConfigError as wrong:
                log.error("the new configuration is not taken", findings=list(map(str, wrong.findings)))  # noqa: TRY400
                await self._tell_configuration(refused("reload", await self._file_digests(), len(wrong.findings)))
                return Reloaded(said_of_config(wrong.findings))
            later = tuple(name for name in AT_START if getattr(plan, name) != getattr(self._parts.plan, name))
            if later:
                log.warning("these sections are taken at the next start", sections=", ".join(later))
            before = section_digests(self._parts.plan)
            await self._take(plan, said)
            await self._tell_configuration(taken("reload", await self._file_digests(), before, plan, later))
            await self._read_certificate()
            log.info("configuration taken", lines=len(plan.lines), devices=len(self._parts.latest.devices))
            return Reloaded(warnings=said_of_config(plan.warnings), later=later)

    # ------------------------------------------------------------ what the audit has of the configuration

    async def _tell_start(self) -> None:
        """Which configuration this run began with, and what is other than at the last one."""
        rows, _ = await self._parts.records.newest(AUDIT, 1, LATEST, {"what": [CONFIGURATION]})
        before = rows[0].body.get("sections", {}) if rows else {}
        await self._tell_configuration(taken("start", await self._file_digests(), before, self._parts.plan))

    async def _file_digests(self) -> dict[str, str]:
        return await asyncio.to_thread(file_digests, self._parts.plan.path)

    async def _tell_configuration(self, body: Json) -> None:
        with contextlib.suppress(TimeoutError):  # the disk fails, and that is told elsewhere
            await self._parts.flow.act(Audited(HOUSE, CONFIGURATION, self._parts.plan.path.name, body=body))

    async def _take(self, plan: Plan, said: tuple[Layout, Rules]) -> None:
        before = {config.id: config for config in self._parts.plan.lines}
        after = {config.id: config for config in plan.lines}
        for name in before.keys() - after.keys():
            self._parts.drop_devices(name, await self._end(name))
        for name, config in after.items():
            if name not in before:
                self._add(config, plan.drivers[name])
            elif config != before[name]:
                await self._change(config, plan.drivers[name])
        self._parts.adopt_plan(plan, said, {line.config.id: line.driver for line in self._lines})
        await self._parts.outlets.adopt(self._tasks, plan.outlets)
        await self._parts.outreach.adopt(self._tasks, self._parts.flow, plan)

    async def _read_certificate(self) -> None:
        """The same files may hold another certificate."""
        if self._parts.tls is not None:
            try:
                await asyncio.to_thread(self._parts.tls.read)
            except CertificateWrong as wrong:
                log.error("the certificate is not taken", why=str(wrong))  # noqa: TRY400 - a sentence for people

    def _start(self, config: LineConfig, driver: Driver) -> None:
        self._lines.start(config, driver)
        self._parts.progress.expect(_loop_of(config.id), LOOP_SECONDS)

    def _add(self, config: LineConfig, driver: Driver) -> None:
        self._parts.adopt_devices(config.id, driver)
        self._start(config, driver)

    async def _end(self, line: str) -> Driver:
        self._parts.progress.forget(_loop_of(line))
        return await self._lines.stop(line)

    async def _change(self, config: LineConfig, fresh: Driver) -> None:
        """Let the running driver take its new configuration; where it cannot, a fresh one takes its place."""
        line = self._lines[config.id]
        if await line.driver.adopt(config):
            line.config = config
            self._parts.adopt_devices(config.id, line.driver)
        else:
            self._parts.commands.forget(await self._end(config.id))
            self._add(config, fresh)


def _loop_of(line: str) -> str:
    """What the watchdog calls the loop of a line."""
    return f"line {line}"
