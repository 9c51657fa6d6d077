"""The gateway's parts, put together in the order in which they stand on each other, and closed in the reverse order."""

from __future__ import annotations

from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dashboards import PAGE
from gateway import __version__
from gateway.collect.clock import Clock
from gateway.config.alarm_rules import rules_of
from gateway.config.layout import layout_of, place_in_words
from gateway.decide.judge import Judge
from gateway.deliver.board import Board
from gateway.deliver.commands import Commands
from gateway.flow import Flow
from gateway.keep.accounts import Accounts
from gateway.keep.folder import ReadOnlyFolder, open_folder
from gateway.keep.history import History
from gateway.keep.journal import Journal
from gateway.keep.latest import Latest
from gateway.logs import log_of
from gateway.numbers import Numbers
from gateway.serve.house import House
from gateway.serve.standing import Standing
from gateway.serve.stream import Hub
from gateway.serve.views import Views
from gateway.watchdog import Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from drivers.contract import Driver
    from gateway.collect.lines import Lines
    from gateway.config.plan import Plan
    from gateway.model import Audience

log = log_of("gateway")


@dataclass(slots=True)
class Gateway:
    """What a gateway is made from: a checked configuration with its drivers, and a data folder."""

    plan: Plan
    data: Path
    drivers: Mapping[str, Driver]
    clock: Clock = field(default_factory=Clock)
    flow_class: type[Flow] = Flow


class Parts:
    """Everything that lives for as long as the process does, and how a reload changes it."""

    def __init__(self, gateway: Gateway, journal: Journal, history: History, progress: Progress, last_seq: int) -> None:
        self.plan = gateway.plan
        self.clock = gateway.clock
        self.journal = journal
        self.history = history
        self.progress = progress
        self.latest = Latest()
        self.numbers = Numbers()
        self.commands = Commands()
        self.layout = layout_of(gateway.plan)
        for line, driver in gateway.drivers.items():
            self.adopt_devices(line, driver)
        self.rules = rules_of(self.plan, {line: driver.devices for line, driver in gateway.drivers.items()})
        judge = Judge(self.rules, journal.remembered(), self.clock())
        standing = Standing(judge.alarms)
        self.hub = Hub(Views(self.latest, self.layout, standing, self.clock, lambda: journal.recorded), last_seq)
        board = Board(self.plan.compound.language, lambda place: place_in_words(self.layout, place))
        audience: Sequence[Audience] = (board, self.hub)
        self.flow = gateway.flow_class(
            judge=judge,
            latest=self.latest,
            journal=journal,
            history=history,
            commands=self.commands,
            audience=audience,
            numbers=self.numbers,
            clock=self.clock,
        )

    def adopt_devices(self, line: str, driver: Driver) -> None:
        """Take the devices of a line as they are now, wherever devices are known."""
        before = {known.device.id for known in self.latest.devices.values() if known.line == line}
        self.latest.adopt(line, driver.devices)
        self.history.forget(sorted(before - self.latest.devices.keys()))
        self.history.adopt(driver.devices)
        self.commands.adopt(driver, [device.id for device in driver.devices])

    def drop_devices(self, line: str, driver: Driver) -> None:
        """Let a line go with its devices; their past stays."""
        self.commands.forget(driver)
        self.history.forget([device.id for device in driver.devices])
        self.latest.drop_line(line)

    def adopt_plan(self, plan: Plan, drivers: Mapping[str, Driver]) -> None:
        """Take what a new configuration says of rules and names, once its devices are taken."""
        self.plan = plan
        self.layout = layout_of(plan)
        self.rules = rules_of(plan, {line: driver.devices for line, driver in drivers.items()})
        self.flow.adopt(self.rules)
        self.hub.adopt(self.layout)


@asynccontextmanager
async def assembled(gateway: Gateway) -> AsyncIterator[Parts]:
    """Open everything. Raises FolderError or NewerJournal for what a person must mend."""
    progress = Progress()
    with _held(gateway.data):
        opened = Journal.open(gateway.data, gateway.clock(), lambda: progress.beat("journal"))
        async with opened as journal:
            if journal.rescued is not None:
                log.error("the journal was damaged", why=journal.rescued.why, missing=journal.rescued.missing)
            history = History(gateway.data, gateway.plan.history.keep_days)
            try:
                with closing(journal.reader()) as reader:
                    last_seq = await reader.last_seq()
                yield Parts(gateway, journal, history, progress, last_seq)
            finally:
                await history.close()


@asynccontextmanager
async def opened_house(parts: Parts, lines: Lines) -> AsyncIterator[House]:
    """What stands behind the HTTP face."""
    journal = parts.journal
    with closing(journal.reader()) as reader, closing(Accounts(journal.source, parts.clock)) as accounts:
        yield House(
            road=parts.flow,
            latest=parts.latest,
            records=reader,
            accounts=accounts,
            past=parts.history,
            hub=parts.hub,
            numbers=parts.numbers,
            now=parts.clock,
            trouble=lambda: lines.trouble() if journal.recorded else [journal.why, *lines.trouble()],
            statistics=lines.statistics,
            names=parts.plan.http.names,
            page=PAGE if PAGE.is_dir() else None,
            version=__version__,
        )


def _held(data: Path) -> AbstractContextManager[object]:
    """The data folder, held; or nothing, where nothing can be written: then the gateway runs on unrecorded."""
    try:
        return open_folder(data)
    except ReadOnlyFolder as wrong:
        log.error("nothing can be recorded", why=str(wrong))  # noqa: TRY400 - a sentence for people, not a traceback
        return nullcontext()
