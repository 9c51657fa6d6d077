"""A quarter of three buildings for tests of fires: the shipped rules and table, judged as a whole.

b1   d1 (door1 escape), flats 101 102 201 202 with smoke, heat, gas and CO, a landing with smoke on each floor, shed1 with
     pile1, lift1 (switched by fire_confirmed, in nobody's flat), fan101 in flat 101 (switched too)
b2, b3   d2, d3, the same flats and landings
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.contract import CHARGING_OFF, FIRE_RELEASE, DeviceEvent, Fault, Kind, Link, LinkChanged, Quality, Sample
from gateway.actor import Actor, Role
from gateway.answering import VerifyAlarm
from gateway.config.alarm_rules import rules_of
from gateway.config.load import load
from gateway.detecting import BeginWalkTest, ImportSensors, StockSensor
from gateway.model import AckAlarm, Outcome, Recorded, Refused, ResetAlarm, Send, Want
from gateway.safety import BeginTrial, EndTrial
from tests.decide.bench_of_rules import Trial

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Group, Json, Value
    from gateway.decide.rules import Rules

COMPOUND = """\
compound: {id: c1, name: 小区}
grids: [{id: g1, name: 第一网格, team: {leader: [zhang]}}, {id: g2, name: 第二网格, team: {leader: [zhang]}}]
channels: [{id: board, kind: mqtt, host: 127.0.0.1, topic: gridpost}]
people: [{id: zhang, name: 张三, reach: [{channel: board, to: zhang}]}]
buildings:
  - {id: b1, name: 1号楼, grid: g1, units: 1, floors: 2, flats_per_floor: 2}
  - {id: b2, name: 2号楼, grid: g2, units: 1, floors: 2, flats_per_floor: 2}
  - {id: b3, name: 3号楼, grid: g2, units: 1, floors: 2, flats_per_floor: 2}
rooms: [{id: shed1, name: 1号车棚, building: b1, cabinet: 配电箱 A}]
lines:
  - {id: air, driver: ble, devices: [{id: rx1, proxy: "127.0.0.1:6053"}]}
  - id: l1
    host: 127.0.0.1
    devices:
      - {id: d1, product: acp1-2door, unit: 1, building: b1, name: 1号楼门禁,
         parts: {door1: {escape: true, lock: fail_safe}, door2: {escape: false, lock: fail_secure}}}
      - {id: d2, product: acp1-2door, unit: 2, building: b2, name: 2号楼门禁, doors: {escape: true, lock: fail_safe}}
      - {id: d3, product: acp1-2door, unit: 3, building: b3, name: 3号楼门禁, doors: {escape: true, lock: fail_safe}}
      - {id: lift1, product: relay-8, unit: 4, building: b1, name: 电梯}
      - {id: fan101, product: relay-8, unit: 5, building: b1, entrance: "1", flat: "101", name: 101 排风}
  - id: field
    driver: mqtt
    host: 127.0.0.1
    devices:
      - {id: pile1, product: gridpost-ebike-12, topic: v1/c1/b1/charger/pile1, name: 1号桩, room: shed1}
      - {id: locker1, product: gridpost-locker-60, topic: v1/c1/b1/locker/locker1, building: b1, name: 快递柜}
detectors:
  - {line: air, kinds: [smoke, heat, gas, co], where: flats}
  - {line: air, kinds: [smoke], where: landings}
effects:
  fire_confirmed:
    switch:
      - {device: lift1, command: relay1.switch, arguments: {on: true}}
      - {device: fan101, command: relay1.switch, arguments: {on: true}}
"""

STAFF = Actor("u1", "王芳", Role.STAFF)
MANAGER = Actor("u2", "赵经理", Role.MANAGER)
INSTALLER = Actor("u3", "李伟", Role.INSTALLER)
SMOKE, NEXT, ABOVE = "b1-1-101-smoke", "b1-1-102-smoke", "b1-1-201-smoke"
LANDING, HEAT, GAS, CO = "b1-1-f1-smoke", "b1-1-101-heat", "b1-1-101-gas", "b1-1-101-co"
FIRE = "fire_confirmed@building:b1"
LIFT, FAN = "lift1/relay1.switch", "fan101/relay1.switch"

_UNKNOWN = Fault(Quality.BAD, "not told")


@cache
def quarter(more: str = "") -> tuple[Rules, Mapping[tuple[str, int], Group]]:
    """The rules, and the groups of every device. `more` is added to the configuration."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "compound.yaml"
        path.write_text(COMPOUND + more, "utf-8")
        plan = load(path)
    devices = {line: driver.devices for line, driver in plan.drivers.items()}
    groups = {
        (device.id, number): group
        for of_line in devices.values()
        for device in of_line
        for number, group in enumerate(device.groups)
    }
    return rules_of(plan, devices), groups


def smoke(device: str) -> str:
    """The key of its alarm."""
    return f"smoke@{device}/smoke"


@dataclass
class Quarter(Trial):
    """A trial in the quarter: everything is up, nothing happens. Sensors hang where `hung` says, or everywhere."""

    rules: Rules = field(default_factory=lambda: quarter()[0])
    hung: tuple[str, ...] = ()
    shown: dict[tuple[str, int], tuple[Value, ...]] = field(default_factory=dict)
    wants: dict[tuple[str, str], Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._groups = quarter()[1]
        self._sequence = count(1)
        super().__post_init__()
        self.hang()
        self.up()

    def hang(self) -> None:
        """Sensors hang at their places."""
        places = {device: known.detector.kind for device, known in self.rules.devices.items() if known.detector}
        kinds = {device: kind for device, kind in places.items() if not self.hung or device in self.hung}
        rows = (
            StockSensor(f"A4C138{number:06X}", f"gridpost-{kind}", "sealed", "", device)
            for number, (device, kind) in enumerate(kinds.items())
        )
        assert code(self.take(ImportSensors(INSTALLER, tuple(rows)))) == ""
        self.heard(*kinds)

    def heard(self, *devices: str) -> None:
        """These are heard, with what they showed last; all detectors, if none is named."""
        for device in devices or [device for device, known in self.rules.devices.items() if known.detector]:
            self.say(device, tamper=False)

    def live(self, seconds: int, *devices: str) -> None:
        """Time passes, and these are heard each minute; all detectors, if none is named."""
        for _ in range(seconds // 60):
            self.wait(60)
            self.heard(*devices)

    def up(self, *devices: str) -> None:
        """These are found, or everything is, and everything was heard."""
        for device, known in self.rules.devices.items():
            if known.detector is None and device in (devices or self.rules.devices):
                self.take(LinkChanged(device, Link.UP, "", self.now.boottime_ns))

    def say(self, device: str, **changes: Value) -> list[Outcome]:
        """A device shows something new, by the key of a point (with _ for .)."""
        out: list[Outcome] = []
        wanted = {key.replace("__", "."): value for key, value in changes.items()}
        known = {point.key for (owner, _), group in self._groups.items() if owner == device for point in group.points}
        assert wanted.keys() <= known, f"{device} has {sorted(known)}"
        for (owner, number), group in self._groups.items():
            keys = [point.key for point in group.points]
            if owner != device or not wanted.keys() & set(keys):
                continue
            calm = tuple(False if point.kind is Kind.BOOLEAN else None for point in group.points)
            before = self.shown.get((device, number), calm)
            values = tuple(wanted.get(key, old) for key, old in zip(keys, before, strict=True))
            self.shown[device, number] = values
            faults = tuple(_UNKNOWN if value is None else None for value in values)
            out += self.take(Sample(device, number, values, faults if any(faults) else None, self.now.boottime_ns))
        return out

    def unverified(self, device: str) -> list[Outcome]:
        """A packet that nothing proves says that there is smoke."""
        body = {"what": "smoke", "why": "plain"}
        return self.take(DeviceEvent(device, "e", next(self._sequence), "unverified_alarm", body, self.now.boottime_ns))

    def ack(self, key: str) -> list[Outcome]:
        """Somebody goes there."""
        return self.take(AckAlarm(STAFF, self.alarms[key].number))

    def reset(self, key: str) -> list[Outcome]:
        """Somebody was there, and resets it."""
        self.ack(key)
        return self.take(ResetAlarm(STAFF, self.alarms[key].number, "went there"))

    def verify(self, key: str, *, real: bool) -> list[Outcome]:
        """Somebody is there and says what it is."""
        return self.take(VerifyAlarm(STAFF, self.alarms[key].number, real, "" if real else "cooking", "seen"))

    def walk(self, *devices: str) -> list[Outcome]:
        """Somebody tests these."""
        return self.take(BeginWalkTest(STAFF, devices, 120))

    def begin_trial(self, building: str = "b1", days: float = 30, people: tuple[str, ...] = ("zhang",)) -> str:
        """The building is on trial: "" or the code of the refusal."""
        return code(self.take(BeginTrial(MANAGER, building, self.now.utc + days * 86_400, people)))

    def end_trial(self, building: str = "b1", report: str = "XF-1") -> str:
        """It is accepted: "" or the code of the refusal."""
        return code(self.take(EndTrial(MANAGER, building, report)))

    @property
    def released(self) -> set[str]:
        """The controllers whose doors are wanted open."""
        return {device for (device, name), level in self.wants.items() if name == FIRE_RELEASE and level}

    @property
    def stopped(self) -> set[str]:
        """The chargers that are to carry no current."""
        return {device for (device, name), level in self.wants.items() if name == CHARGING_OFF and level}

    @property
    def switched(self) -> list[str]:
        """What rules switched, oldest first."""
        return [
            f"{each.command.device}/{each.command.name}"
            for each in self.said
            if isinstance(each, Send) and each.actor == "rule"
        ]

    def rows(self, kind: str) -> list[Recorded]:
        """What was recorded, oldest first."""
        return [each for each in self.said if isinstance(each, Recorded) and each.kind == kind]

    def _keep(self, outcomes: object) -> list[Outcome]:
        kept = super()._keep(outcomes)  # type: ignore[arg-type] # as the trial hands it over
        for outcome in kept:
            if isinstance(outcome, Want):
                self.wants[outcome.device, outcome.state.name] = outcome.state.level
        return kept

    def _start(self) -> None:
        self.wants.clear()  # drivers start anew as well
        super()._start()


def code(outcomes: list[Outcome]) -> str:
    """Why it was refused, "" when it was not."""
    return next((each.code for each in outcomes if isinstance(each, Refused)), "")
