"""A seeded compound in the shapes of the HTTP face, for developing and testing the page without a gateway."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from dashboards import PAGE
from gateway.serve.page import build_of
from tests.page.mock_answering import MockAnswering
from tests.page.mock_charging import MockCharging
from tests.page.mock_desk import MockDesk
from tests.page.mock_detectors import MISSING, MockDetectors
from tests.page.mock_duty import MockDuty
from tests.page.mock_incidents import MockIncidents
from tests.page.mock_lockers import MockLockers
from tests.page.mock_stores import MockStores

Json: TypeAlias = dict[str, Any]

PRIORITIES = {
    "fire_input": 1,
    "smoke": 1,
    "gas": 1,
    "charging_smoke": 1,
    "charging_not_stopped": 1,
    "compartment_forced": 2,
    "unverified_alarm": 2,
    "journal_failed": 1,
    "door_forced": 2,
    "door_held": 3,
    "device_lost": 3,
    "battery_low": 4,
    "disk_scarce": 2,
    "store_damaged": 3,
    "telemetry_dropped": 3,
    "outlet_failing": 3,
    "outlet_refused": 4,
    "backup_overdue": 3,
    "channel_failing": 2,
    "nobody_on_duty": 2,
    "power_cut": 2,
}
LATCHING = {"fire_input", "smoke", "gas"}
DOOR_POINTS = {
    "open": "door_open",
    "unlocked": "door_unlocked",
    "forced": "door_forced",
    "held": "door_held",
    "rex": "door_exit_request",
    "tamper": "reader_tamper",
    "fault": "supervision_fault",
    "released": "door_fire_released",
}
WHOLE_POINTS = {
    "sys.mains_fail": "mains_fail",
    "sys.battery_low": "battery_low",
    "sys.fire_input": "fire_input",
    "sys.lockdown": "lockdown",
}
MEASURES = {
    "supply": ("supply_voltage", "V", 13.62),
    "battery": ("battery_voltage", "V", 13.1),
    "temperature": ("temperature", "Cel", 24.3),
}


def now_iso(at: datetime | None = None) -> str:
    """A moment as the gateway writes it."""
    return (at or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def point(kind: str, value: object, *, meaning: str, part: str = "", unit: str = "") -> Json:
    """A point that was heard just now."""
    return {
        "kind": kind, "unit": unit, "meaning": meaning, "part": part, "value": value,
        "quality": "good", "why": "", "heard": now_iso(), "measured": None,
    }  # fmt: skip


def controller(building: str, unit: int) -> Json:
    """A two-door controller, all quiet."""
    points: Json = {}
    for door in ("door1", "door2"):
        for key, meaning in DOOR_POINTS.items():
            points[f"{door}.{key}"] = point("boolean", False, meaning=meaning, part=door)
        points[f"{door}.mode"] = point("integer", 0, meaning="door_mode", part=door)
    for key, meaning in WHOLE_POINTS.items():
        points[key] = point("boolean", False, meaning=meaning)
    for key, (meaning, unit_of, value) in MEASURES.items():
        points[key] = point("real", value, meaning=meaning, unit=unit_of)
    points["serial"] = point("text", f"30{building[1:]}{unit:02}", meaning="serial")
    return {
        "id": f"{building}u{unit}", "product": "acp1-2door", "name": f"{unit}单元门禁", "building": building,
        "entrance": str(unit), "line": f"{building}u{unit}", "link": "up", "why": "", "fresh": True, "heard": now_iso(),
        "parts": {"door1": "单元大门", "door2": "地下室门"}, "points": points,
    }  # fmt: skip


@dataclass
class MockCompound:
    """What the mock gateway knows. Plain dicts: it plays the server, and the server sends JSON."""

    size: int = 59
    simulated: bool = True
    seed: int = 5
    alarms: dict[int, Json] = field(default_factory=dict)
    ended: dict[int, Json] = field(default_factory=dict)
    devices: dict[str, Json] = field(default_factory=dict)
    stores: MockStores = field(default_factory=MockStores)
    desk: MockDesk = field(init=False)
    detectors: MockDetectors = field(init=False)
    lockers: MockLockers = field(init=False)
    charging: MockCharging = field(init=False)
    incidents: MockIncidents = field(init=False)
    duty: MockDuty = field(init=False)
    answering: MockAnswering = field(init=False)
    recorded: bool = True
    clock_trusted: bool = True
    page: str = field(default_factory=lambda: build_of(PAGE))
    """The name of the page's build that the gateway has."""
    row: int = 100

    def __post_init__(self) -> None:
        """Build it."""
        for number in range(1, self.size + 1):
            for unit in (1, 2):
                device = controller(f"b{number}", unit)
                self.devices[device["id"]] = device
        self.desk = MockDesk(self)
        self.detectors = MockDetectors(self)
        self.lockers = MockLockers(self)
        self.charging = MockCharging(self)
        self.incidents = MockIncidents(self)
        self.duty = MockDuty(self)
        self.answering = MockAnswering(self)

    # ------------------------------------------------------------ what happens

    def set_point(self, device: str, key: str, value: object) -> None:
        """A point has a new value."""
        self.devices[device]["points"][key].update(value=value, heard=now_iso())

    def set_link(self, device: str, link: str, why: str = "") -> None:
        """A device is lost, found, or set up wrongly."""
        self.devices[device].update(link=link, why=why)

    def raise_alarm(self, rule: str, device: str, *, part: str = "单元大门", minutes: float = 0, why: str = "") -> Json:
        """An alarm is raised at a device; returns it."""
        building = self.devices[device]["building"]
        place = {
            "building": building, "building_name": f"{building[1:]}号楼", "unit": self.devices[device]["entrance"],
            "name": part, "grid": self.grid_of(building),
        }  # fmt: skip
        return self._raise(rule, f"{device}/door1.open", device, place, minutes, why)

    def raise_detector_alarm(self, rule: str, detector: str, *, test: bool = False, why: str = "") -> Json:
        """A detector raises an alarm; returns it."""
        row = self.detectors.rows[detector]
        place = {
            "building": row["building"], "building_name": row["building_name"], "unit": row["entrance"],
            "name": row["name"], "grid": self.grid_of(row["building"]),
        }  # fmt: skip
        alarm = self._raise(rule, f"{detector}/{row['kind']}", detector, place, 0, why)
        alarm["test"] = test
        return alarm

    def raise_part_alarm(self, rule: str, device: str, part: str, name: str, *, why: str = "") -> Json:
        """A part of a locker, of a charger or of no device raises an alarm; returns it."""
        place = {"building": "b3", "building_name": "3号楼", "unit": "", "name": name, "grid": "g1"}
        source = "/".join(filter(None, (device, part)))
        return self._raise(
            rule, source, "" if device.startswith("shed") and "-" not in device else device, place, 0, why
        )

    def raise_house_alarm(self, rule: str, source: str, *, minutes: float = 0, why: str = "") -> Json:
        """A part of the gateway itself raises an alarm; returns it."""
        nowhere = {"building": "", "building_name": "", "unit": "", "name": "", "grid": ""}
        return self._raise(rule, source, "", nowhere, minutes, why)

    def _raise(self, rule: str, source: str, device: str, place: Json, minutes: float, why: str) -> Json:
        self.row += 1
        number = len(self.alarms) + len(self.ended) + 1
        since = now_iso(datetime.now(UTC) - timedelta(minutes=minutes))
        alarm = {
            "number": number, "key": f"{rule}@{source}", "rule": rule, "source": source,
            "device": device, "priority": PRIORITIES[rule], "state": "B", "active": True, "acked": False,
            "latched": rule in LATCHING, "suppression": "none", "occurrences": 1, "value": True, "why": why,
            "since": since, "since_trusted": True, "changed": since, "acked_by": "", "note": "", "orphaned": False,
            "simulated": self.simulated, "test": False, "trial": False, "verdict": "", "verdict_by": "", "spared_by": "",
            "spared_why": "", "spared_until": None, "chattering": False, "raises": 1, "stale": False, "recorded": True,
            "place": place,
        }  # fmt: skip
        self.alarms[number] = alarm
        return alarm

    def ack(self, number: int, who: str) -> Json | None:
        """Someone answers; who was first stays. None for a number that never was."""
        alarm = self.alarms.get(number)
        if alarm is None:
            return self.ended.get(number)
        if not alarm["acked"]:
            alarm.update(acked=True, acked_by=who)
        return self._settle(alarm)

    def clear(self, number: int) -> Json:
        """The condition is gone."""
        self.alarms[number]["active"] = False
        return self._settle(self.alarms[number])

    def spare(self, number: int) -> None:
        """People are spared an alarm: another one says the same."""
        self.row += 1
        self.alarms[number].update(state="H", suppression="by_design")

    def again(self, number: int) -> Json:
        """What people were spared is told again."""
        return self._settle(self.alarms[number])

    def reset(self, number: int) -> Json | None:
        """A person resets a latched alarm; None when it cannot be."""
        alarm = self.alarms.get(number)
        if alarm is None or alarm["active"] or not alarm["acked"]:
            return None
        alarm["latched"] = False
        return self._settle(alarm)

    def wants_word(self, number: int) -> bool:
        """Whether an alarm is reset only by whoever says what he saw there."""
        return number in self.alarms and self.alarms[number]["rule"] in LATCHING and not self.alarms[number]["active"]

    def _settle(self, alarm: Json) -> Json:
        self.row += 1
        if alarm["active"]:
            alarm["state"] = "C" if alarm["acked"] else "B"
        elif alarm["latched"]:
            alarm["state"] = "F" if alarm["acked"] else "E"
        else:
            alarm["state"] = "A" if alarm["acked"] else "D"
        if alarm["state"] == "A":
            self.ended[alarm["number"]] = self.alarms.pop(alarm["number"])
        return alarm

    # ------------------------------------------------------------ what is to be seen

    def grid_of(self, building: str) -> str:
        """Ten buildings to a grid."""
        return f"g{(int(building[1:]) - 1) // 10 + 1}"

    def tile(self, building: str) -> Json:
        """One building in numbers."""
        devices = [device for device in self.devices.values() if device["building"] == building]
        mine = [alarm for alarm in self.alarms.values() if alarm["place"]["building"] == building]
        points = [point for device in devices for point in device["points"].values()]

        def true(meaning: str) -> int:
            return sum(point["meaning"] == meaning and point["value"] is True for point in points)

        return {
            "id": building, "name": f"{building[1:]}号楼", "grid": self.grid_of(building),
            "units": 1 + int(building[1:]) % 3, "floors": (6, 11, 18, 33)[int(building[1:]) % 4],
            "worst": min((alarm["priority"] for alarm in mine), default=None), "alarms": len(mine),
            "unanswered": sum(not alarm["acked"] for alarm in mine), "devices": len(devices),
            "offline": sum(device["link"] in {"lost", "misconfigured"} for device in devices),
            "unheard": sum(device["link"] != "up" or not device["fresh"] for device in devices),
            "doors": 2 * len(devices), "open": true("door_open"), "held": true("door_held"), "forced": true("door_forced"),
            "detectors": self.detectors.supervised(building),
        }  # fmt: skip

    def tiles(self) -> list[Json]:
        """All buildings in their order."""
        return [self.tile(f"b{number}") for number in range(1, self.size + 1)]

    def verdict(self) -> Json:
        """One line for everything."""
        tiles = self.tiles()
        unheard = sum(tile["unheard"] for tile in tiles)
        silent = sum(tile["detectors"][state] for tile in tiles for state in MISSING)
        stood = [alarm for alarm in self.alarms.values() if alarm["suppression"] == "none"]
        return {
            "state": "alarm" if stood else "unknown" if unheard or silent else "well" if self.devices else "empty",
            "critical": sum(alarm["priority"] == 1 for alarm in stood),
            "unanswered": sum(not alarm["acked"] for alarm in stood), "open": len(stood),
            "unheard": unheard, "offline": sum(tile["offline"] for tile in tiles), "silent": silent,
        }  # fmt: skip

    def lines(self) -> Json:
        """How many lines are reachable."""
        lost = sum(device["link"] == "lost" for device in self.devices.values())
        return {"up": len(self.devices) - lost, "lost": lost, "unknown": 0}

    def overview(self) -> Json:
        """The first screen."""
        grids = sorted({self.grid_of(f"b{number}") for number in range(1, self.size + 1)})
        return {
            "now": now_iso(), "clock_trusted": self.clock_trusted, "recorded": self.recorded, "page": self.page,
            "compound": {"id": "demo", "name": "幸福里小区", "households": 3040, "simulated": self.simulated},
            "verdict": self.verdict(), "detectors": self.detectors.supervised(),
            "grids": [{"id": grid, "name": f"第{'一二三四五六七八九十'[int(grid[1:]) - 1]}网格"} for grid in grids],
            "buildings": self.tiles(), "alarms": list(self.alarms.values()), "lines": self.lines(),
            "lockers": self.lockers.in_numbers(), "charging": self.charging.in_numbers(),
            "stories": ["ordinary-day", "forced-door", "controller-reboots"] if self.simulated else [],
        }  # fmt: skip

    def building(self, building: str) -> Json | None:
        """A building with its devices."""
        devices = [device for device in self.devices.values() if device["building"] == building]
        if not devices:
            return None
        return {"now": now_iso(), "building": self.tile(building), "devices": devices}

    def view(self, name: str) -> Json | None:
        """The body of a view of the stream; None where there is no such thing."""
        kind, _, subject = name.partition(":")
        if kind == "overview":
            return self.overview()
        return self.building(subject) if kind == "building" else self.devices.get(subject)

    def history(self, device: str, key: str, start: str, end: str) -> Json | None:
        """A seeded day in 288 buckets of 5 minutes, an hour of it not heard."""
        points = self.devices[device]["points"] if device in self.devices else self.detectors.points(device)
        known = points.get(key)
        if known is None:
            return None
        noise = random.Random(f"{self.seed}/{device}/{key}")
        begin = datetime.fromisoformat(start).timestamp()
        times = [begin + 300 * index for index in range(288)]
        means = [self._past(known, at, noise) for at in times]
        gap = range(100, 124)
        spread = 0.0 if known["kind"] == "boolean" else 0.02 * abs(float(known["value"] or 1))

        def column(shift: float) -> list[float | None]:
            return [None if index in gap else round(mean + shift, 3) for index, mean in enumerate(means)]

        return {
            "device": device, "key": key, "kind": known["kind"], "unit": known["unit"], "meaning": known["meaning"],
            "start": start, "end": end, "bucket_seconds": 300.0, "t": times, "min": column(-spread), "max": column(spread),
            "mean": column(0), "last": column(0), "quality": ["gap" if index in gap else "good" for index in range(288)],
        }  # fmt: skip

    @staticmethod
    def _past(known: Json, at: float, noise: random.Random) -> float:
        if known["kind"] == "boolean":
            return float(noise.random() < 0.06)
        wave = math.sin((at % 86_400) / 86_400 * math.tau)
        return float(known["value"] or 0) * (1 + 0.03 * wave) + noise.gauss(0, 0.02)
