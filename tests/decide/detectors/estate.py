"""An estate with detectors for tests of the whole judgement: receivers, places, sensors that hang there, and their packets.

line air    b1: rx1, rx2, flats 101 to 106 with smoke, 101 with gas and CO, a landing with smoke    b2: rx3, flat 101 with smoke
line far    b3: rx4, a landing with smoke
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from drivers.ble.kinds import GROUPS
from drivers.contract import SENSORS, DeviceEvent, Fault, Link, LinkChanged, Quality, Sample, Stranger
from gateway.actor import Actor, Role
from gateway.decide.rules import (
    FACTS,
    DetectorRules,
    DeviceRules,
    GroupRules,
    Rule,
    Rules,
    SensorRules,
    Watched,
)
from gateway.detecting import BeginWalkTest, ImportSensors, StockSensor
from gateway.model import LineChanged, Outcome, Place, Priority
from tests.decide.bench_of_rules import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Group, Json, Value

P1, P2, P3, P4 = Priority.P1, Priority.P2, Priority.P3, Priority.P4

POINT_RULES = {
    "smoke_alarm": (Rule("smoke", P2, off_delay_seconds=60, latching=True, priority_common=P1),),
    "gas_alarm": (Rule("gas", P1, off_delay_seconds=60, latching=True),),
    "gas_level": (
        Rule("gas_high", P1, high=20, deadband=3, off_delay_seconds=60, latching=True),
        Rule("gas_rising", P2, high=10, deadband=3, off_delay_seconds=60),
    ),
    "co_alarm": (Rule("co", P1, off_delay_seconds=60, latching=True),),
    "detector_tamper": (Rule("detector_tamper", P2),),
    "battery_low": (Rule("battery_low", P4, on_delay_seconds=600, off_delay_seconds=600),),
}
FACT_RULES = {name: Rule(name, P3) for name in FACTS} | {
    "radio_blind": Rule("radio_blind", P2, off_delay_seconds=5),
    "radio_attack": Rule("radio_attack", P2, latching=True),
    "unverified_alarm": Rule("unverified_alarm", P2, latching=True),
    "co_dose": Rule("co_dose", P1, latching=True),
    "temperature_rise": Rule("temperature_rise", P2, off_delay_seconds=60, latching=True, priority_common=P1),
    "end_of_life": Rule("end_of_life", P4),
    "signal_weak": Rule("signal_weak", P4, on_delay_seconds=3600, off_delay_seconds=3600),
    "stale": Rule("stale", P3),
}
PRODUCTS = {kind: SensorRules(kind, kind, 60.0, 180.0, 900.0, 10.0, -90) for kind in GROUPS}
PRODUCTS["slow-smoke"] = SensorRules("smoke", "slow", 300.0, 900.0, 3000.0, 10.0, -90)

INSTALLER = Actor("i1", "李伟", Role.INSTALLER)

FLATS = tuple(f"b1-1-{flat}-smoke" for flat in range(101, 107))
GAS, CO, LANDING, ACROSS, FAR = "b1-1-101-gas", "b1-1-101-co", "b1-1-f1-smoke", "b2-1-101-smoke", "b3-1-f1-smoke"
SMOKE = FLATS[0]
PLACES = (*FLATS, GAS, CO, LANDING, ACROSS, FAR)
RECEIVERS = {"rx1": "b1", "rx2": "b1", "rx3": "b2", "rx4": "b3"}


def layout_of(groups: Iterable[Group]) -> Mapping[str, tuple[int, int]]:
    """Where each meaning stands."""
    return {
        point.meaning: (number, index)
        for number, group in enumerate(groups)
        for index, point in enumerate(group.points)
    }


def detector(device: str, kind: str, point_rules: Mapping[str, tuple[Rule, ...]], **changes: Json) -> DeviceRules:
    """A place, by its name: "b1-1-101-smoke" in a flat, "b1-1-f1-smoke" on a landing."""
    building, unit, where = device.split("-")[:3]
    flat = "" if where.startswith("f") else where
    place = Place(building, unit, f"{where} {kind}", f"g-{building}")
    groups = tuple(
        GroupRules(
            tuple(
                Watched(
                    index,
                    f"{device}/{point.key}",
                    place,
                    tuple(rule.where(common=not flat) for rule in point_rules[point.meaning]),
                )
                for index, point in enumerate(group.points)
                if point.meaning in point_rules
            ),
            None,
        )
        for group in GROUPS[kind]
    )
    rules = DetectorRules(kind, 1, flat, f"{building}-{unit}-{flat}" if flat else "")
    line = "far" if building == "b3" else "air"
    return DeviceRules(line, place, groups, points=layout_of(GROUPS[kind]), detector=rules, **changes)


def estate(
    *,
    without: Iterable[str] = (),
    point_rules: Mapping[str, tuple[Rule, ...]] = POINT_RULES,
    facts: Mapping[str, Rule] | None = None,
    products: Mapping[str, SensorRules] = PRODUCTS,
) -> Rules:
    """The rules of the estate."""
    devices = {line: DeviceRules(line, Place(), (), wants=frozenset({SENSORS})) for line in ("air", "far")}
    for receiver, building in RECEIVERS.items():
        line = "far" if building == "b3" else "air"
        place = Place(building, name=receiver, grid=f"g-{building}")
        devices[receiver] = DeviceRules(line, place, (GroupRules((), None),), receiver=True)
    devices |= {device: detector(device, device.rsplit("-", 1)[1], point_rules) for device in PLACES}
    kept = {device: rules for device, rules in devices.items() if device not in set(without)}
    return Rules({**FACT_RULES, **(facts or {})}, {"air": Place(), "far": Place()}, kept, sensors=products)


def address(device: str) -> str:
    """The address of the sensor that hangs there at first."""
    return f"A4C1380000{PLACES.index(device):02X}"


@dataclass
class Estate(Trial):
    """A trial in the estate, where sensors hang at all `hung` places and every receiver is up."""

    rules: Rules = field(default_factory=estate)
    hung: tuple[str, ...] = PLACES
    product: str = ""
    """Of what product they are; "" for the one that has the name of their kind."""

    def __post_init__(self) -> None:
        self.states: dict[tuple[str, int], dict[str, Value]] = {}
        self._sequence = count(1)
        self._samples: dict[tuple[str, int], Sample] = {}
        super().__post_init__()
        if self.hung:
            self.hang(*self.hung)
        self.receivers_up()

    def hang(self, *devices: str) -> None:
        """Sensors hang there from now on."""
        rows = tuple(
            StockSensor(address(one), self.product or one.rsplit("-", 1)[1], "sealed", "", one) for one in devices
        )
        self.take(ImportSensors(INSTALLER, rows))

    def receivers_up(self) -> None:
        """All receivers are found; they are no part of what a test waits for."""
        for receiver in RECEIVERS:
            if receiver in self.rules.devices:
                self.take(LinkChanged(receiver, Link.UP, "", self.now.boottime_ns))

    def beat(self, *devices: str) -> list[Outcome]:
        """These are heard with what they said last; the same tuple, as a driver does it."""
        out: list[Outcome] = []
        for device in devices:
            sample = self._samples.get((device, 0))
            if sample is None:
                out += self.say(device)
            else:
                out += self.take(Sample(device, 0, sample.values, sample.faults, self.now.boottime_ns))
        return out

    def say(
        self, device: str, *, unsure: Iterable[str] = (), bad: Iterable[str] = (), **changes: Value
    ) -> list[Outcome]:
        """A detector is heard with these changes, by point key, in its safety or its condition group."""
        kind = device.rsplit("-", 1)[1]
        out: list[Outcome] = []
        for number, group in enumerate(GROUPS[kind]):
            keys = [point.key for point in group.points]
            if number and not changes.keys() & set(keys):
                continue
            state = self.states.setdefault((device, number), dict.fromkeys(keys))
            if not state.get("tamper", True):
                state["tamper"] = False
            state.update({key: value for key, value in changes.items() if key in state})
            faults = tuple(
                Fault(Quality.UNCERTAIN, "warming up")
                if key in unsure
                else Fault(Quality.BAD, "out of range")
                if key in bad
                else None
                for key in keys
            )
            sample = Sample(
                device, number, tuple(state.values()), faults if any(faults) else None, self.now.boottime_ns
            )
            self._samples[device, number] = sample
            out += self.take(sample)
        return out

    def live(self, seconds: float, *devices: str, every: float = 60.0) -> list[Outcome]:
        """Time passes while these are heard once in so many seconds, the last time at the end."""
        out: list[Outcome] = []
        for _ in range(int(seconds / every)):
            out += self.wait(every)
            out += self.beat(*devices)
        return out

    def receiver(self, receiver: str, link: Link, why: str = "no answer") -> list[Outcome]:
        """A receiver is lost, or found."""
        return self.take(LinkChanged(receiver, link, why, self.now.boottime_ns))

    def line_is(self, link: Link, line: str = "air") -> list[Outcome]:
        """A whole line is lost, or back."""
        return self.take(LineChanged(line, link, "the line is broken", self.now.boottime_ns))

    def event(self, device: str, kind: str, **body: Json) -> list[Outcome]:
        """Something happened once at a detector."""
        return self.take(DeviceEvent(device, "e", next(self._sequence), kind, body, self.now.boottime_ns))

    def press(self, address: str, receiver: str) -> list[Outcome]:
        """The test button of a sensor in stock."""
        return self.take(Stranger(address, "", self.now.boottime_ns, receiver, -60, pressed=True))

    def walk(self, *devices: str, minutes: int = 120) -> list[Outcome]:
        """Somebody tests these."""
        return self.take(BeginWalkTest(INSTALLER, devices, minutes))

    def state(self, device: str) -> str:
        """What the page says of it."""
        return self.judge.detectors.states[device]

    def standing(self, rule: str) -> dict[str, str]:
        """The alarms of a rule that are not normal: their state by source."""
        return {alarm.source: alarm.state.value for alarm in self.judge.alarms if alarm.rule == rule}

    def restart(
        self, *, off_seconds: float = 0.0, reboot: bool = False, utc: float | None = None, trusted: bool = True
    ) -> None:
        """Kill the process; its drivers start anew too, and forget what they reported."""
        self._samples.clear()
        super().restart(off_seconds=off_seconds, reboot=reboot, utc=utc, trusted=trusted)
        self.receivers_up()
