"""Feeds a scenario through the road with a clock of its own, kills and reboots included."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from drivers.contract import CHARGING_OFF, FIRE_RELEASE, DeviceEvent, Fault, Link, LinkChanged, Quality, Sample
from gateway.actor import Actor, Role
from gateway.answering import VerifyAlarm
from gateway.config.alarm_rules import rules_of
from gateway.config.load import load
from gateway.decide.judge import Judge
from gateway.decide.rules import DETECTORS, DOORS, FIRES, POWER
from gateway.deliver.commands import Commands
from gateway.detecting import BeginWalkTest, ImportSensors, StockSensor, TakeDownSensor
from gateway.flow import Flow
from gateway.keep.history import History
from gateway.keep.journal import Journal
from gateway.keep.latest import Latest
from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.keep.telemetry import Telemetry
from gateway.model import (
    NANOSECONDS,
    AckAlarm,
    AlarmChanged,
    AskCommand,
    Change,
    LineChanged,
    Now,
    Outcome,
    Recorded,
    Refused,
    ResetAlarm,
    Send,
    Want,
)
from gateway.numbers import Numbers
from gateway.safety import BeginTrial, EndTrial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.contract import Value

START_UTC = 1_800_000_000.0
PERSON = Actor("u1", "王芳", Role.STAFF)
MANAGER = Actor("u2", "赵经理", Role.MANAGER)
INSTALLER = Actor("u3", "李伟", Role.INSTALLER)

_TOLD = (Change.RAISED, Change.UPDATED)
_HELD = {FIRE_RELEASE: "want", CHARGING_OFF: "charging_off"}
_ROWS = ("would_have", "fire_held", "trial", "stores")


class Replay:
    """One run. It is the clock, and the audience that notes what follows."""

    def __init__(self, case: Path, folder: Path) -> None:
        self.followed: list[dict[str, Any]] = []
        self._plan = load(case / "compound.yaml")
        self._drivers = self._plan.drivers
        self._events = [json.loads(line) for line in (case / "events.jsonl").read_text("utf-8").splitlines() if line]
        self._folder = folder
        self._at = 0.0
        self._boots = 0
        self._booted_at = 0.0
        self._wall = START_UTC
        self._trusted = True
        self._values: dict[tuple[str, int], tuple[Value, ...]] = {}
        self._alive: set[str] = set()
        self._priorities: dict[str, int] = {}
        self._sequence = 0

    def now(self) -> Now:
        """The scenario's clocks."""
        boottime_ns = int((self._at - self._booted_at + 100) * NANOSECONDS)
        return Now(f"boot-{self._boots}", boottime_ns, self._wall + self._at, self._trusted)

    async def run(self) -> list[dict[str, Any]]:
        """Everything that followed, in order."""
        waiting = list(self._events)
        while waiting:
            async with AsyncExitStack() as life:
                await self._start(life)
                while waiting:
                    event = waiting.pop(0)
                    await self._pass(event.pop("at"))
                    if not await self._happen(event):
                        break
                if not waiting:
                    await self._pass(self._at)
        return self.followed

    # ------------------------------------------------------------ a life of the process

    async def _start(self, life: AsyncExitStack) -> None:
        journal = await life.enter_async_context(Journal.open(self._folder, self.now()))
        history = History(self._folder, 30)
        life.push_async_callback(history.close)
        outbox = Outbox.open(self._folder, OutboxSettings(1 << 24, 86_400.0, 0), (), self.now())
        life.push_async_callback(outbox.close)
        telemetry = Telemetry(outbox, Numbers(), compound="c", simulated=False, every_reading=False)
        self._latest = Latest()
        for line, driver in self._drivers.items():
            self._latest.adopt(line, driver.devices)
            history.adopt(driver.devices)
            telemetry.adopt(driver.devices, self._plan.place)
        rules = rules_of(self._plan, {line: driver.devices for line, driver in self._drivers.items()})
        self._judge = Judge(rules, journal.remembered(), self.now())
        self._flow = Flow(
            judge=self._judge,
            latest=self._latest,
            journal=journal,
            history=history,
            telemetry=telemetry,
            commands=Commands(),
            records_came=_nothing,
            recorded_late=lambda *_: None,
            settled=outbox.settled,
            audience=[self],
            numbers=Numbers(),
            clock=self.now,
        )
        life.callback(self._flow.stop)
        self._flow.start(rules)
        await self._settle()

    async def _pass(self, at: float) -> None:
        """Let time pass, waking the road at every deadline on the way."""
        while (due := self._judge.next_deadline / NANOSECONDS - 100 + self._booted_at) <= at:
            self._at = max(self._at, due)
            self._beat()
            self._flow._wake()
            await self._settle()
        self._at = at
        self._beat()

    async def _settle(self) -> None:
        await self._flow.keep([], {})

    # ------------------------------------------------------------ what happens

    async def _happen(self, event: dict[str, Any]) -> bool:  # noqa: C901, PLR0912 - one arm for each event
        """Let it happen; False when the process died of it."""
        ((what, body),) = event.items()
        match what:
            case "sample":
                for device, values in body.items():
                    self._sample(device, values)
            case "hang":
                await self._flow.act(ImportSensors(INSTALLER, tuple(self._sensors(body))))
            case "take_down":
                await self._flow.act(TakeDownSensor(INSTALLER, body, "seen to"))
            case "walk":
                await self._flow.act(BeginWalkTest(INSTALLER, tuple(body)))
            case "hear":
                for device, values in body.items():
                    self._hear(device, values)
            case "alive":
                self._alive = set(body)
            case "link":
                for device, link in body.items():
                    self._flow.report(LinkChanged(device, Link(link), "", self.now().boottime_ns))
            case "line":
                for line, link in body.items():
                    self._flow.line_changed(LineChanged(line, Link(link), "", self.now().boottime_ns))
            case "event":
                for device, said in body.items():
                    await self._event(device, **said)
            case "command":
                for device, name in body.items():
                    await self._flow.act(AskCommand(MANAGER, device, name, {}, "courier"))
            case "ask":
                for device, (name, arguments) in body.items():
                    await self._flow.act(AskCommand(MANAGER, device, name, arguments, "courier"))
            case "ack":
                await self._flow.act(AckAlarm(PERSON, self._number(body)))
            case "verify":
                for alarm, verdict in body.items():
                    cause = "" if verdict == "real" else "cooking"
                    await self._flow.act(
                        VerifyAlarm(PERSON, self._number(alarm), verdict == "real", cause, "was there")
                    )
            case "trial":
                for building, days in body.items():
                    until_utc = self.now().utc + days * 86_400
                    await self._flow.act(BeginTrial(MANAGER, building, until_utc, tuple(self._judge.people.persons)))
            case "accepted":
                for building, report in body.items():
                    await self._flow.act(EndTrial(MANAGER, building, report))
            case "reset":
                await self._flow.act(ResetAlarm(PERSON, self._number(body), "was there"))
            case "step":
                self._wall += body
            case "trust":
                self._trusted = body
            case "kill" | "reboot":
                await self._settle()
                self._at += body
                if what == "reboot":
                    self._boots += 1
                    self._booted_at = self._at
                return False
            case _:
                raise ValueError(f"a scenario knows no event {what!r}")
        await self._settle()
        return True

    def _sample(self, device: str, values: dict[str, Value]) -> None:
        held = self._latest.devices[device]
        for number in range(len(held.groups)):
            points = held.groups[number].points
            before = self._values.get((device, number)) or tuple(False for _ in points)
            new = tuple(values.get(point.key, old) for point, old in zip(points, before, strict=True))
            faults = tuple(Fault(Quality.BAD, "marked invalid") if value is None else None for value in new)
            self._values[device, number] = tuple(
                old if value is None else value for old, value in zip(before, new, strict=True)
            )
            self._flow.report(Sample(device, number, new, faults if any(faults) else None, self.now().boottime_ns))

    def _sensors(self, hung: dict[str, str]) -> Iterator[StockSensor]:
        places = list(self._plan.detectors)
        for device, product in hung.items():
            yield StockSensor(f"A4C138{places.index(device):06X}", product, "sealed", "", device)

    def _hear(self, device: str, values: dict[str, Value]) -> None:
        """A packet of a sensor: what it never told has no value."""
        for number, held in enumerate(self._latest.devices[device].groups):
            keys = [point.key for point in held.points]
            if number and not values.keys() & set(keys):
                continue
            before = self._values.get((device, number)) or (None,) * len(keys)
            new = tuple(values.get(key, old) for key, old in zip(keys, before, strict=True))
            self._values[device, number] = new
            self._flow.report(Sample(device, number, new, None, self.now().boottime_ns))

    async def _event(self, device: str, kind: str, **body: Any) -> None:
        self._sequence += 1
        now = self.now()
        await self._flow.keep([DeviceEvent(device, "1", self._sequence, kind, body, now.boottime_ns, now.utc)], {})

    def _beat(self) -> None:
        """Devices that are alive say again what they said last."""
        for (device, number), values in self._values.items():
            if device in self._alive:
                self._flow.report(Sample(device, number, values, None, self.now().boottime_ns))

    def _number(self, name: str) -> int:
        return next(alarm.number for alarm in self._judge.alarms if name in (alarm.rule, alarm.key))

    # ------------------------------------------------------------ what follows

    def values(self, device: str, group: int, changed: tuple[int, ...] | None) -> None:
        """Not what scenarios are about."""

    def tell(self, outcome: Outcome, seq: int | None) -> None:
        """Note what people hear of, and what fire means for doors, chargers and what else is switched."""
        said: dict[str, Any] = {"at": round(self._at, 1)}
        match outcome:
            case AlarmChanged(alarm, change, announce):
                said |= {"alarm": alarm.key, "change": change.value, "state": alarm.state.value, "announce": announce}
                if alarm.test:
                    said["test"] = True
                if alarm.trial:
                    said["trial"] = True
                if self._priorities.get(alarm.key, alarm.priority) != alarm.priority:
                    said["priority"] = int(alarm.priority)
                self._priorities[alarm.key] = alarm.priority
                if alarm.rule in (*DOORS, *DETECTORS, *FIRES, *POWER) and change in _TOLD:
                    said["why"] = alarm.why
            case Want(device, state) if state.name in _HELD:
                said |= {_HELD[state.name]: device, "level": state.level}
            case Send(command, "rule"):
                said |= {"switch": f"{command.device}/{command.name}", "arguments": command.arguments}
            case Recorded(kind, subject, body) if kind in _ROWS:
                said |= {kind: subject, **{key: value for key, value in body.items() if key not in ("raised", "until")}}
            case Refused(_, code):
                said |= {"refused": code}
            case _:
                return
        self.followed.append(said if seq is not None else {**said, "recorded": False})


def _nothing() -> None:
    """No outlet reads the journal here."""
