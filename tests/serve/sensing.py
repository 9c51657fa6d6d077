"""The detectors of the tests: a real register with rounds and walk tests; who was heard is of cardboard.

b1 has smoke and gas in 101 and 102 and smoke on its landing, b2 has smoke in 101. Sensors hang in 101 of b1 and in b2;
three lie in stock. `rx1` and `rx2` hear them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from drivers.ble.kinds import CONDITION, GROUPS, RECEIVER_GROUP, SAFETY
from drivers.contract import SENSORS, Device, Stranger
from drivers.sealed_key import SensorKeys
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
    SkipInRound,
    StockSensor,
    TakeInRound,
    UndoInRound,
)
from gateway.model import NANOSECONDS, LogRow, Now, Outcome, Place
from gateway.serve.detector_keeper import DetectorKeeper
from gateway.serve.layout import Building, DetectorPlace, DevicePlace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from drivers.contract import Value
    from gateway.detecting import DetectorAct
    from gateway.serve.layout import Layout

Done: TypeAlias = "Sequence[Outcome]"
Record: TypeAlias = "Callable[[str, str, int], Awaitable[Sequence[LogRow]]]"

SITE_KEY = b"a site key of the tests, 32 bytes"
KEYS = SensorKeys(SITE_KEY)
PRODUCTS = {
    "gridpost-smoke": SensorRules("smoke", "烟感", 60.0, 180.0, 900.0, 10.0, -90),
    "gridpost-gas": SensorRules("gas", "燃气探测器", 60.0, 180.0, 900.0, 5.0, -90),
}
INSTALLER = Actor("seed", "种子", Role.ADMINISTRATOR)
RECEIVERS = ("rx1", "rx2")


def places() -> dict[str, DetectorPlace]:
    """Where sensors are to hang, in the order in which people walk."""
    found = [
        _flat(building, flat, kind)
        for building, flat, kind in (
            ("b1", "101", "smoke"),
            ("b1", "101", "gas"),
            ("b1", "102", "smoke"),
            ("b1", "102", "gas"),
        )
    ]
    found.append(DetectorPlace("b1-1-f2-smoke", "air", "smoke", "b1", "1", 2, "", "", "2层楼道 烟感"))
    found.append(_flat("b2", "101", "smoke"))
    return {place.device: place for place in found}


def _flat(building: str, flat: str, kind: str) -> DetectorPlace:
    household = f"{building}-1-{flat}"
    name = f"{flat} {'烟感' if kind == 'smoke' else '燃气'}"
    return DetectorPlace(f"{household}-{kind}", "air", kind, building, "1", int(flat[0]), flat, household, name)


DETECTORS = places()


def stands(buildings: Mapping[str, Building]) -> dict[str, DevicePlace]:
    """Receivers and detectors as the layout has them among the devices."""
    receivers = {
        f"rx{number}": DevicePlace(Place(building, "1", "弱电间", buildings[building].grid))
        for number, building in enumerate(("b1", "b2"), start=1)
    }
    return receivers | {
        place.device: DevicePlace(Place(place.building, place.entrance, place.name, buildings[place.building].grid))
        for place in DETECTORS.values()
    }


def devices(detectors: Mapping[str, DetectorPlace]) -> list[Device]:
    """The devices of the line, as its driver tells them: itself, its receivers, the detectors."""
    line = Device("air", "bluetooth-line", (), wants=(SENSORS,))
    proxies = [Device(receiver, "esphome-proxy", (RECEIVER_GROUP,)) for receiver in RECEIVERS]
    return [
        line,
        *proxies,
        *(Device(each.device, f"{each.kind}-detector", GROUPS[each.kind]) for each in detectors.values()),
    ]


def address(number: int) -> str:
    """The address of the sensor of that number."""
    return f"A4C13800{number:04X}"


def key(number: int) -> bytes:
    """The key of the sensor of that number."""
    return bytes([number]) * 16


def sensor(number: int, product: str = "gridpost-smoke", detector: str = "", label: str = "") -> StockSensor:
    """A sensor as a list has it, once its key is sealed."""
    return StockSensor(address(number), product, KEYS.seal(address(number), key(number)), label, detector)


HANGING = (
    sensor(1, "gridpost-smoke", "b1-1-101-smoke", "S-0001"),
    sensor(2, "gridpost-gas", "b1-1-101-gas"),
    sensor(3, "gridpost-smoke", "b2-1-101-smoke"),
)
STOCK = (sensor(4, label="S-0004"), sensor(5), sensor(6, "gridpost-gas"))


def rules_of(layout: Layout) -> Rules:
    """What decide knows of a layout's detectors and their line."""
    places_: dict[str, DeviceRules] = {"air": DeviceRules("air", Place(), (), wants=frozenset({SENSORS}))}
    for device, stands_ in layout.devices.items():
        place = layout.detectors.get(device)
        detector = DetectorRules(place.kind, place.floor, place.flat, place.household) if place else None
        places_[device] = DeviceRules("air", stands_.place, (), detector=detector, receiver=device in RECEIVERS)
    return Rules({}, {"air": Place()}, places_, sensors=PRODUCTS)


@dataclass
class Watch:
    """Detectors as decide sees them; a test says who was heard."""

    layout: Layout
    now: Now
    states: dict[str, str] = field(default_factory=dict)
    changes: int = 0
    deaf: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        known = Known()
        known.rules = rules_of(self.layout)
        self.register = Register({}, known, self.now)
        self.rounds = Rounds({}, self.register, known, self.now)
        self.walk_tests = WalkTests({}, known, self.now)
        self.register.again(self.now)
        hanging = [each for each in HANGING if each.detector in self.layout.detectors]
        self.register.act(ImportSensors(INSTALLER, (*hanging, *STOCK)), self.now)
        self.settle()

    def settle(self, state: str = "heard") -> None:
        """Wherever a sensor hangs it was heard, or so."""
        mounted = self.register.mounted
        self.say(**{device: state if device in mounted else "unmounted" for device in self.layout.detectors})

    def say(self, **states: str) -> None:
        """These are in these states now; ids with _ for -."""
        self.states |= {device.replace("_", "-"): state for device, state in states.items()}
        self.changes += 1

    def counts(self, building: str) -> Counter[str]:
        """As they stand."""
        places_ = self.layout.detectors.values()
        return Counter(self.states[place.device] for place in places_ if place.building == building)

    def blind(self, device: str) -> bool:
        """Whether the test made it so."""
        return device in self.deaf

    def act(self, act: DetectorAct, now: Now) -> Done:
        """Whatever is asked."""
        match act:
            case BeginRound() | TakeInRound() | SkipInRound() | UndoInRound() | EndRound():
                out = self.rounds.act(act, now)
            case BeginWalkTest() | EndWalkTest():
                out = self.walk_tests.act(act, now)
            case _:
                out = self.register.act(act, now)
        mounted = self.register.mounted
        for device in self.layout.detectors:
            if (device in mounted) is (self.states[device] == "unmounted"):
                self.say(**{device: "unknown" if device in mounted else "unmounted"})
        return out

    def press(self, number: int, now: Now, receiver: str = "rx1") -> Done:
        """Somebody presses the test button of a sensor."""
        heard_ns = now.boottime_ns - NANOSECONDS
        stranger = Stranger(address(number), "烟感", heard_ns, receiver, -61, pressed=True)
        return self.rounds.pressed(stranger, now)

    def keeper(self, record: Record) -> DetectorKeeper:
        """What the HTTP face is handed."""
        return DetectorKeeper(self, KEYS, lambda: PRODUCTS, record)


def safety(kind: str, **values: Value) -> tuple[Value, ...]:
    """What a detector tells of life; all is well unless told otherwise."""
    return tuple(
        values.get(point.key, 21.5 if point.key == "temperature" else False) for point in GROUPS[kind][SAFETY].points
    )


def condition(**values: Value) -> tuple[Value, ...]:
    """What a detector tells of itself."""
    usual: dict[str, Value] = {"battery_low": False, "battery": 88.0, "signal": -71, "heard_by": "rx1"}
    return tuple((usual | values).get(point.key) for point in GROUPS["smoke"][CONDITION].points)
