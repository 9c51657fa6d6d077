"""The gateway's parts: everything that lives for as long as the process does, and how a reload changes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dashboards import PAGE
from gateway.audit_trail import AuditTrail
from gateway.collect.clock import Clock
from gateway.config.alarm_rules import rules_of
from gateway.config.layout import layout_of
from gateway.decide.judge import Judge
from gateway.decide.memory import with_sound_memory
from gateway.deliver.backups import Backups
from gateway.deliver.board import Board
from gateway.deliver.commands import Commands
from gateway.deliver.outlet import Wiring
from gateway.deliver.outlets import Outlets
from gateway.flow import Flow
from gateway.keep.audit.signing import signer_of
from gateway.keep.closing import Closing
from gateway.keep.days import DAY
from gateway.keep.latest import Latest
from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.keep.photos import Photos
from gateway.keep.telemetry import Telemetry
from gateway.logs import log_of
from gateway.numbers import Numbers
from gateway.outreach import Outreach
from gateway.own_numbers import own_numbers
from gateway.serve.doorkeeper import Doorkeeper
from gateway.serve.page import build_of
from gateway.serve.standing import Standing
from gateway.serve.stored import Stores
from gateway.serve.stream import Hub
from gateway.serve.views import EVERYTHING, Views
from gateway.works import Works

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Driver
    from gateway.config.plan import Plan
    from gateway.decide.rules import Rules
    from gateway.keep.history import History
    from gateway.keep.journal import Journal
    from gateway.keep.reading import Reader
    from gateway.model import Audience, HouseSaid, Place
    from gateway.notice import NoticesSaid
    from gateway.serve.layout import Layout
    from gateway.serve.tls import Tls
    from gateway.setting_up.wizard import SettingUp
    from gateway.watchdog import Progress

log = log_of("gateway")

MEGABYTE = 1_000_000


@dataclass(slots=True)
class Gateway:
    """What a gateway is made from: a checked configuration with its drivers, and a data folder."""

    plan: Plan
    data: Path
    drivers: Mapping[str, Driver]
    clock: Clock = field(default_factory=Clock)
    flow_class: type[Flow] = Flow
    conformance: bool = False
    """An outside suite works the chargers over HTTP."""
    tls: Tls | None = None
    """What the page is served with; None: plain HTTP."""
    setting_up: SettingUp | None = None
    """The box is new, and the page asks what it is to watch."""


class Parts:
    """Everything that lives for as long as the process does, and how a reload changes it."""

    def __init__(
        self,
        gateway: Gateway,
        journal: Journal,
        history: History,
        outbox: Outbox,
        records: Reader,
        progress: Progress,
        last_seq: int,
    ) -> None:
        self.plan = gateway.plan
        self.data = gateway.data
        self.conformance = gateway.conformance
        self.tls = gateway.tls
        self.clock = gateway.clock
        self.journal = journal
        self.history = history
        self.outbox = outbox
        self.records = records
        self.progress = progress
        self.latest = Latest()
        self.numbers = Numbers()
        self.commands = Commands()
        self.telemetry = Telemetry(
            outbox,
            self.numbers,
            compound=self.plan.compound.id,
            simulated=self.plan.compound.simulated,
            every_reading=self.plan.telemetry.tell == "everything",
        )
        self.outlets = Outlets(self._wiring())
        self.telemetry.live.append(self.outlets)
        self.photos = Photos(gateway.data)
        self.works = Works()
        self.signer = signer_of(gateway.data)
        self.backups = self._backups(gateway)
        self.layout, self.rules = what_it_says(gateway.plan)
        for line, driver in gateway.drivers.items():
            self.adopt_devices(line, driver)
        judge, damaged = with_sound_memory(
            lambda remembered: Judge(self.rules, remembered, self.clock()), journal.remembered()
        )
        for key in damaged:
            log.error("a remembered row was damaged and is left out", key=key)
        self.keeper = Doorkeeper(
            permits=judge.permits,
            commissioning=judge.commissioning,
            serials=judge.serials,
            key=self.plan.site_key,
            timezone=self.plan.compound.timezone,
        )
        self.standing = Standing(judge.alarms)
        self.hub = Hub(
            Views(
                self.latest,
                self.layout,
                self.standing,
                self.clock,
                lambda: journal.recorded,
                supervising=judge.detectors,
                lockers=judge.lockers,
                chargers=judge.chargers,
                page=build_of(PAGE),
            ),
            last_seq,
        )
        self.judge = judge
        self.outreach = Outreach(
            self.plan,
            judge,
            journal,
            records,
            said=self._notices_said,
            say=self.say,
            where=self._in_words,
            clock=self.clock,
        )
        self.audit = AuditTrail(
            lambda: self.plan,
            journal,
            records,
            self.photos,
            self.signer,
            road=lambda: self.flow,
            say=self.say,
            works=self.works,
            clock=self.clock,
        )
        self.closing = Closing(self.telemetry, history, outbox, self.clock, closed=judge.power.box.stores_closed)
        board = Board(self.plan.compound.language, self._in_words)
        audience: Sequence[Audience] = (self.outreach.notifier, board, self.hub, self.closing)
        self.flow = gateway.flow_class(
            judge=judge,
            latest=self.latest,
            journal=journal,
            history=history,
            telemetry=self.telemetry,
            commands=self.commands,
            records_came=self._records_came,
            recorded_late=self.hub.recorded_late,
            settled=outbox.settled,
            audience=audience,
            numbers=self.numbers,
            clock=self.clock,
        )

    def stores(self) -> Stores:
        """What the page shows of disk, outbox, history, outlets and backup."""
        return Stores(
            journal=self.journal,
            outbox=self.outbox,
            limits=bounds_of(self.plan),
            history=self.history,
            keep_days=self.plan.history.keep_days,
            outlets=self.outlets,
            backups=lambda: () if self.backups is None else self.backups.ages,
        )

    def own_numbers(self) -> dict[str, bool | float]:
        """What the gateway tells of itself."""
        devices = [self.latest.devices[device] for device in self.hub.views.others_seen(EVERYTHING)]
        return own_numbers(self.numbers, devices, self.standing, self.outbox, self.clock().utc)

    def say(self, said: HouseSaid) -> None:
        """Take a word of a store or outlet down the road."""
        self.flow.house_said(said)

    def _notices_said(self, said: NoticesSaid) -> None:
        self.flow.notices_said(said)

    def _records_came(self) -> None:
        self.outlets.records_came()
        self.outreach.records_came()
        self.audit.records_came()

    def _wiring(self) -> Wiring:
        return Wiring(
            compound=self.plan.compound.id,
            simulated=self.plan.compound.simulated,
            outbox=self.outbox,
            records=self.records,
            say=self.say,
            clock=self.clock,
            place=self._place,
            points=lambda device, group: self.latest.held(device, group).points,
            recorded=lambda: self.journal.recorded,
        )

    def _place(self, device: str) -> Place:
        """Where a device stands, by the configuration that is in force."""
        return self.plan.place(device)

    def _in_words(self, place: Place) -> str:
        """A place by its names, by the configuration that is in force."""
        return self.layout.in_words(place)

    def _backups(self, gateway: Gateway) -> Backups | None:
        if gateway.plan.backup is None:
            return None
        return Backups(
            gateway.plan.backup,
            compound=gateway.plan.compound.id,
            data=gateway.data,
            config_file=gateway.plan.path,
            say=self.say,
            clock=gateway.clock,
            works=self.works,
        )

    def adopt_devices(self, line: str, driver: Driver) -> None:
        """Take the devices of a line as they are now, wherever devices are known."""
        before = {known.device.id for known in self.latest.devices.values() if known.line == line}
        self.latest.adopt(line, driver.devices)
        gone = sorted(before - self.latest.devices.keys())
        self.history.forget(gone)
        self.telemetry.forget(gone)
        self.history.adopt(driver.devices)
        self.telemetry.adopt(driver.devices, self.plan.place)
        self.commands.adopt(driver, [device.id for device in driver.devices])

    def drop_devices(self, line: str, driver: Driver) -> None:
        """Let a line go with its devices; their past stays."""
        devices = [device.id for device in driver.devices]
        self.commands.forget(driver)
        self.history.forget(devices)
        self.telemetry.forget(devices)
        self.latest.drop_line(line)

    def adopt_plan(self, plan: Plan, said: tuple[Layout, Rules], drivers: Mapping[str, Driver]) -> None:
        """Take what a new configuration says of rules and names, once its devices are taken."""
        self.plan = plan
        self.layout, self.rules = said
        self.flow.adopt(self.rules)
        self.hub.adopt(self.layout)
        for driver in drivers.values():  # what moved to another building is told from there
            self.telemetry.adopt(driver.devices, plan.place)


def what_it_says(plan: Plan) -> tuple[Layout, Rules]:
    """What a configuration says of names and rules. It takes a while with thousands of detectors: not for the event loop."""
    return layout_of(plan), rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()})


def bounds_of(plan: Plan) -> OutboxSettings:
    """How much the outbox may hold, and what it leaves free on the disk."""
    written = plan.outbox
    return OutboxSettings(
        written.max_megabytes * MEGABYTE, written.max_days * DAY, written.keep_free_megabytes * MEGABYTE
    )
