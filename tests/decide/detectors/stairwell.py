"""Three buildings with places for sensors, their receivers, and people: for tests of the register and what stands on it.

line air    b1 (grid g1): b1-1-101 .. b1-1-103, each smoke and gas; rx1 hears it     rx0 hangs in no building
            b2 (grid g2): b2-1-101, b2-1-102, each smoke and gas; rx2 hears it
line far    b3 (no grid): b3-1-f1-smoke, a landing
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from drivers.contract import SENSORS, DeviceEvent, Stranger
from gateway.actor import Actor, Role
from gateway.decide.detectors.register import Register
from gateway.decide.detectors.rounds import Rounds
from gateway.decide.detectors.walk_tests import WalkTests
from gateway.decide.known import Known
from gateway.decide.rules import DetectorRules, DeviceRules, Rules, SensorRules
from gateway.detecting import (
    BeginRound,
    BeginWalkTest,
    EndRound,
    EndWalkTest,
    ImportSensors,
    MountSensor,
    SkipInRound,
    StockSensor,
    TakeDownSensor,
    TakeInRound,
    UndoInRound,
)
from gateway.model import NANOSECONDS, Outcome, Place, Recorded, Refused, Remember, Want
from tests.decide.bench_of_rules import START

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json
    from gateway.detecting import DetectorAct
    from gateway.model import Now

PEOPLE = {role: Actor(role.value, role.value, role) for role in Role}
INSTALLER, STAFF, VIEWER = PEOPLE[Role.INSTALLER], PEOPLE[Role.STAFF], PEOPLE[Role.VIEWER]
OF_G1 = Actor("g1", "李伟", Role.INSTALLER, frozenset({"g1"}))

_NUMBERS = SensorRules("smoke", "", 60.0, 180.0, 900.0, 10.0, -90)
PRODUCTS = {
    kind: replace(_NUMBERS, kind=kind, title=kind, life_years=years) for kind, years in (("smoke", 10.0), ("gas", 5.0))
}


def _line(line: str) -> DeviceRules:
    return DeviceRules(line, Place(), (), wants=frozenset({SENSORS}))


def _receiver(building: str) -> DeviceRules:
    return DeviceRules("air", Place(building), (), receiver=True)


def _places() -> dict[str, DeviceRules]:
    found = {}
    for building, flats, grid in (("b1", ("101", "102", "103"), "g1"), ("b2", ("101", "102"), "g2")):
        for flat in flats:
            for kind in ("smoke", "gas"):
                household = f"{building}-1-{flat}"
                place = Place(building, "1", f"{flat} {kind}", grid)
                found[f"{household}-{kind}"] = DeviceRules(
                    "air", place, (), detector=DetectorRules(kind, 1, flat, household)
                )
    landing = DeviceRules("far", Place("b3", "1", "landing"), (), detector=DetectorRules("smoke", 1))
    return {**found, "b3-1-f1-smoke": landing}


PLACES = _places()
RULES = Rules(
    {},
    {"air": Place(), "far": Place()},
    {
        "air": _line("air"),
        "far": _line("far"),
        "rx1": _receiver("b1"),
        "rx2": _receiver("b2"),
        "rx0": _receiver(""),
        **PLACES,
        "door": DeviceRules("doors", Place("b1", grid="g1"), ()),
    },
    sensors=PRODUCTS,
)
FLATS = tuple(f"b1-1-{flat}-{kind}" for flat in ("101", "102", "103") for kind in ("smoke", "gas"))
"""The places of b1 in the order in which people walk."""


def sensor(
    number: int, kind: str = "smoke", *, detector: str = "", label: str = "", key: str = "sealed"
) -> StockSensor:
    """A row of a supplier's list."""
    return StockSensor(address(number), kind, f"{key} {number}", label, detector)


def address(number: int) -> str:
    """The address of the sensor of that number."""
    return f"A4C1380000{number:02X}"


@dataclass
class Stairwell:
    """The register, rounds and walk tests on a disk, with a clock that the test moves."""

    rules: Rules = RULES
    now: Now = START
    disk: dict[str, Json] = field(default_factory=dict)
    said: list[Outcome] = field(default_factory=list)
    wanted: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        known = Known()
        known.rules = self.rules
        self.known = known
        remembered = json.loads(json.dumps(self.disk))
        self.register = Register(remembered, known, self.now)
        self.rounds = Rounds(remembered, self.register, known, self.now)
        self.walks = WalkTests(remembered, known, self.now)
        self.wanted = {}
        self.keep(self.register.again(self.now))

    def keep(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """What came out goes to the disk and to the lines."""
        for outcome in outcomes:
            if isinstance(outcome, Remember):
                if outcome.value is None:
                    del self.disk[outcome.key]
                else:
                    self.disk[outcome.key] = outcome.value
            elif isinstance(outcome, Want):
                assert outcome.state.name == SENSORS
                self.wanted[outcome.device] = outcome.state.level
        self.said += outcomes
        return list(outcomes)

    def act(self, act: DetectorAct) -> list[Outcome]:
        """What a person asks for, handed to whom it concerns."""
        match act:
            case BeginRound() | TakeInRound() | SkipInRound() | UndoInRound() | EndRound():
                return self.keep(self.rounds.act(act, self.now))
            case BeginWalkTest() | EndWalkTest():
                return self.keep(self.walks.act(act, self.now))
            case _:
                return self.keep(self.register.act(act, self.now))

    def ask(self, act: DetectorAct) -> str:
        """What a person asks for; the code of the refusal, "" when it was done."""
        out = self.act(act)
        refused = [outcome for outcome in out if isinstance(outcome, Refused)]
        if not refused:
            return ""
        assert len(out) == 1
        assert refused[0].why
        assert refused[0].act is act
        return refused[0].code

    def refusal(self, act: DetectorAct) -> Refused:
        """The refusal of something that may not be."""
        (out,) = self.act(act)
        assert isinstance(out, Refused)
        return out

    def stock(self, *rows: StockSensor) -> None:
        """A list that is taken."""
        assert self.ask(ImportSensors(INSTALLER, rows)) == ""

    def mount(self, detector: str, number: int, reason: str = "") -> str:
        """Hang the sensor of that number."""
        return self.ask(MountSensor(INSTALLER, detector, address(number), reason))

    def take_down(self, detector: str, *, gone: bool = False) -> str:
        """Take down what hangs there."""
        return self.ask(TakeDownSensor(INSTALLER, detector, "painting", gone))

    def walk(self, *detectors: str, actor: Actor = INSTALLER) -> str:
        """Begin a round; its id."""
        assert self.ask(BeginRound(actor, detectors or FLATS)) == ""
        return list(self.rounds.rounds)[-1]

    def press(self, number: int, receiver: str = "rx1") -> list[Outcome]:
        """A sensor's test button, as the driver tells of it."""
        stranger = Stranger(address(number), "smoke", self.now.boottime_ns, receiver, -60, pressed=True)
        return self.keep(self.rounds.pressed(stranger, self.now))

    def swapped(self, detector: str) -> list[Outcome]:
        """The driver took a counter's new beginning."""
        event = DeviceEvent(detector, "e", 1, "battery_changed", {}, self.now.boottime_ns)
        return self.keep(self.register.battery_changed(event))

    def wait(self, seconds: float) -> None:
        """Let time pass as the flow does: woken at every deadline on the way."""
        end = self.now.boottime_ns + int(seconds * NANOSECONDS)
        while (due := self.next_ns) is not None and due <= end:
            self._move(max(due, self.now.boottime_ns))
            for part in (self.register, self.rounds, self.walks):
                self.keep(part.wake(self.now))
            assert self.next_ns != due, "who was woken has done its work"
        self._move(end)

    @property
    def next_ns(self) -> int | None:
        """When one of the three has work again."""
        parts = (self.register.next_ns, self.rounds.next_ns, self.walks.next_ns)
        return min((due for due in parts if due is not None), default=None)

    def restart(self, *, off_seconds: float = 0.0, reboot: bool = False, trusted: bool = True) -> None:
        """Kill the process: only what was remembered is left. A reboot also starts CLOCK_BOOTTIME again."""
        boottime = 5 * NANOSECONDS if reboot else self.now.boottime_ns + int(off_seconds * NANOSECONDS)
        boot = f"{self.now.boot_id}+" if reboot else self.now.boot_id
        self.now = self.now._replace(
            boot_id=boot, boottime_ns=boottime, utc=self.now.utc + off_seconds, trusted=trusted
        )
        self._start()

    def adopt(self, devices: Mapping[str, DeviceRules]) -> None:
        """Another configuration."""
        self.rules = self.known.rules = replace(self.rules, devices=devices)
        self.keep(self.register.again(self.now))

    def hanging(self) -> dict[str, str]:
        """What hangs where."""
        return {device: one.address for device, one in self.register.mounted.items()}

    def record(self, subject: str) -> list[Json]:
        """What the log says of a place."""
        return [outcome.body for outcome in self.said if isinstance(outcome, Recorded) and outcome.subject == subject]

    def check(self) -> None:
        """What must be so whatever came before."""
        sensors = self.register.sensors
        hanging = {one.detector: one for one in sensors.values() if one.detector}
        assert len(hanging) == sum(bool(one.detector) for one in sensors.values()), "two sensors at one detector"
        assert self.register.mounted == hanging
        assert all(one.address == name for name, one in sensors.items())
        assert not any(one.retired for one in hanging.values())
        for device, one in hanging.items():
            place = PLACES[device].detector
            assert place is not None
            assert place.kind == PRODUCTS[one.product].kind
        assert self.wanted == self.register.levels == self.expected_levels()

    def expected_levels(self) -> dict[str, Json]:
        """What each line is to listen to, made anew from what the register says."""
        sensors = self.register.sensors.values()
        stock = {
            one.address: {"product": one.product, "sealed_key": one.sealed_key}
            for one in sensors
            if not one.detector and not one.retired
        }
        return {
            line: {
                "mounted": {
                    one.detector: {
                        "address": one.address,
                        "product": one.product,
                        "sealed_key": one.sealed_key,
                        "swap_until_ns": self.register.battery_change_until_ns(one.detector),
                    }
                    for one in sensors
                    if one.detector in self.rules.devices and self.rules.devices[one.detector].line == line
                },
                "stock": stock,
            }
            for line, rules in self.rules.devices.items()
            if SENSORS in rules.wants
        }

    def _move(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self.now.boottime_ns) / NANOSECONDS
        self.now = self.now._replace(boottime_ns=boottime_ns, utc=self.now.utc + passed)
