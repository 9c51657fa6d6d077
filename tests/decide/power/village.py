"""A village for tests of power: four buildings with two controllers each, a receiver, a detector, and the UPS of the box.

b1 (g1)  c11 c12 rx1 s1     b2 (g1)  c21 c22     b3 (g1)  c31 c32     b4 (g2)  c41 c42     -  ups
Each has a line of its own, named after it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.contract import Link, LinkChanged, Sample
from gateway.decide.rules import (
    FACTS,
    DetectorRules,
    DeviceRules,
    DoorRules,
    GroupRules,
    PowerRules,
    Rule,
    Rules,
    Watched,
)
from gateway.model import LineChanged, Outcome, Place, Priority
from tests.decide.bench_of_rules import Trial

if TYPE_CHECKING:
    from drivers.contract import Value
    from gateway.model import Alarm

GRIDS = {"b1": "g1", "b2": "g1", "b3": "g1", "b4": "g2"}
CONTROLLERS = tuple(f"c{building}{number}" for building in "1234" for number in (1, 2))
POINTS = ("mains_fail", "door1.door_unlocked", "door1.door_fire_released", "door2.door_unlocked")
OF_THE_UPS = ("mains_fail", "battery_level", "battery_runtime", "battery_low")

MAINS = Rule("mains_fail", Priority.P3, on_delay_seconds=30, off_delay_seconds=60)
SMOKE = Rule("smoke", Priority.P1, latching=True)
FACT_RULES = {name: Rule(name, Priority.P3) for name in FACTS} | {
    "line_lost": Rule("line_lost", Priority.P3, on_delay_seconds=10, off_delay_seconds=5),
    "device_lost": Rule("device_lost", Priority.P3, on_delay_seconds=10, off_delay_seconds=5),
    "power_cut": Rule("power_cut", Priority.P2, off_delay_seconds=60),
    "box_on_battery": Rule("box_on_battery", Priority.P3, on_delay_seconds=5, off_delay_seconds=30),
    "box_battery_low": Rule("box_battery_low", Priority.P2, off_delay_seconds=60),
}


def _controller(device: str) -> DeviceRules:
    building = f"b{device[1]}"
    place = Place(building, device[2], f"{device[2]}单元门禁", GRIDS[building])
    doors = {
        "door1": DoorRules(
            "door1",
            Place(building, device[2], "单元大门", GRIDS[building]),
            escape=True,
            fail_safe=True,
            points={"door_unlocked": (0, 1), "door_fire_released": (0, 2)},
        ),
        "door2": DoorRules(
            "door2",
            Place(building, device[2], "地下室门", GRIDS[building]),
            escape=False,
            fail_safe=False,
            points={"door_unlocked": (0, 3)},
        ),
    }
    watched = Watched(0, f"{device}/mains_fail", place, (MAINS,))
    return DeviceRules(device, place, (GroupRules((watched,), None),), doors=doors, points={"mains_fail": (0, 0)})


def village() -> Rules:
    """The village's rules."""
    home = Place("b1", "1", "1单元3层蓝牙", "g1")
    smoke = Watched(0, "s1/smoke", Place("b1", name="101"), (SMOKE,))
    ups = Watched(0, "ups/on_battery", Place(name="网关电源"), (MAINS,))
    devices = {device: _controller(device) for device in CONTROLLERS} | {
        "rx1": DeviceRules("rx1", home, (GroupRules((), None),), receiver=True),
        "s1": DeviceRules(
            "rx1", Place("b1", name="101"), (GroupRules((smoke,), None),), detector=DetectorRules("smoke")
        ),
        "ups": DeviceRules(
            "ups",
            Place(name="网关电源"),
            (GroupRules((ups,), None),),
            points={meaning: (0, index) for index, meaning in enumerate(OF_THE_UPS)},
        ),
    }
    lines = {device: known.place for device, known in devices.items() if device != "s1"}
    names = {f"building:{building}": f"{building[1]}号楼" for building in GRIDS}
    return Rules(FACT_RULES, lines, devices, power=PowerRules("ups", grids=GRIDS, names=names))


@dataclass
class Village(Trial):
    """A trial in the village, in which everything answers and the mains are there."""

    rules: Rules = field(default_factory=village)

    def __post_init__(self) -> None:
        super().__post_init__()
        for device in (*CONTROLLERS, "rx1", "ups"):
            self.line_of(device, Link.UP)
        self.mains(*CONTROLLERS)
        self.ups()
        self.wait(5)

    def mains(self, *controllers: str, fail: bool = False, unlocked: bool = False) -> list[Outcome]:
        """Controllers say whether their mains fail, and whether their first door is unlocked."""
        out: list[Outcome] = []
        for device in controllers:
            out += self.take(Sample(device, 0, (fail, unlocked, False, False), None, self.now.boottime_ns))
        return out

    def ups(self, *, fail: bool = False, percent: Value = 100.0, seconds: Value = 6_000, low: bool = False) -> None:
        """The UPS of the box says how it is."""
        self.take(Sample("ups", 0, (fail, percent, seconds, low), None, self.now.boottime_ns))

    def line_of(self, device: str, link: Link) -> None:
        """The line of a device is lost, or is back and the device answers."""
        self.take(LineChanged(device, link, "no answer", self.now.boottime_ns))
        if link is Link.UP:
            self.take(LinkChanged(device, Link.UP, "", self.now.boottime_ns))

    def cuts(self) -> dict[str, Alarm]:
        """The alarms of cuts that people see."""
        return {
            alarm.source: alarm
            for alarm in self.alarms.values()
            if alarm.rule == "power_cut" and alarm.active and not alarm.spared_by
        }
