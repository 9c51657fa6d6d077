"""Detectors, rounds, walk tests and receivers of a mock compound, in the shapes of the HTTP face."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tests.page.mock_desk import moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.page.mock_compound import MockCompound

Json: TypeAlias = dict[str, Any]

MISSING: Final = ("unknown", "late", "lost")
KINDS: Final = {"smoke": "烟感", "gas": "燃气"}
FLOORS: Final = range(1, 7)
SIGNS: Final = ("battery_low", "fault", "alarm", "under_test")
POINTS: Final = {
    "smoke": ("boolean", "", "smoke_alarm", False),
    "temperature": ("real", "Cel", "detector_temperature", 22.5),
    "tamper": ("boolean", "", "detector_tamper", False),
    "battery": ("real", "%", "battery_level", 88.0),
    "signal": ("integer", "dBm", "signal", -68),
}


def sensor(number: int, kind: str = "smoke") -> Json:
    """A sensor as it hangs at a detector."""
    return {
        "tail": f"{number:04X}", "product": f"gridpost-{kind}", "title": KINDS[kind],
        "mounted": moment(days=-400), "expires": moment(days=3_000),
    }  # fmt: skip


@dataclass
class MockDetectors:
    """What the mock gateway knows of detectors, and what it was asked to do."""

    compound: MockCompound
    rows: dict[str, Json] = field(default_factory=dict)
    record: dict[str, list[Json]] = field(default_factory=dict)
    changing: dict[str, str] = field(default_factory=dict)
    """Until when a detector's battery is being changed."""
    stock: dict[str, Json] = field(default_factory=dict)
    rounds: dict[str, Json] = field(default_factory=dict)
    tests: dict[str, Json] = field(default_factory=dict)
    receivers: list[Json] = field(default_factory=list)
    strangers: list[Json] = field(default_factory=list)
    sent: list[tuple[str, str, Json]] = field(default_factory=list)
    """Whatever was asked to change: method, path and body."""

    def __post_init__(self) -> None:
        """Two flats on each of six floors of each unit, with two detectors each, all heard."""
        for building in range(1, self.compound.size + 1):
            for unit in (1, 2):
                self._hang(f"b{building}", unit)
            self.receivers.append(self._receiver(f"b{building}"))
        for number in range(0xA001, 0xA00D):
            address = f"C47A0000{number:04X}"
            self.stock[address] = {
                "address": address, "tail": f"{number:04X}", "product": "gridpost-smoke", "title": "烟感",
                "kind": "smoke", "label": f"YG{number}",
            }  # fmt: skip
        self.strangers = [
            {
                "address": "AABBCCDDEEFF",
                "what": "BTHome sensor",
                "at": moment(minutes=-4),
                "receiver": "rx-b3",
                "rssi": -71,
            }
        ]

    def _hang(self, building: str, unit: int) -> None:
        for floor in FLOORS:
            for flat in (f"{floor}01", f"{floor}02"):
                for kind, called in KINDS.items():
                    name = f"{building}-{unit}-{flat}-{kind}"
                    self.rows[name] = {
                        "id": name, "kind": kind, "building": building, "building_name": f"{building[1:]}号楼",
                        "entrance": str(unit), "floor": floor, "flat": flat, "name": f"{flat} {called}", "common": False,
                        "state": "heard", "blind": False, "alarm": False, "worst": None, "fault": False,
                        "under_test": False, "heard": moment(seconds=-20), "sensor": sensor(len(self.rows), kind),
                        "battery": 88.0, "battery_low": False, "signal": -68, "heard_by": f"rx-{building}",
                        "heard_by_name": f"{building[1:]}号楼 弱电间",
                    }  # fmt: skip

    @staticmethod
    def _receiver(building: str) -> Json:
        return {
            "id": f"rx-{building}", "name": "弱电间", "building": building, "building_name": f"{building[1:]}号楼",
            "entrance": "", "line": "air", "kind": "proxy", "link": "up", "why": "", "blind": False, "heard_rate": 3.4,
            "sensors": 48, "last_heard": moment(seconds=-3), "statistics": {"heard": 1_200, "restarts": 0},
        }  # fmt: skip

    # ------------------------------------------------------------ what happens

    def become(self, detector: str, **facts: object) -> None:
        """A detector is otherwise."""
        self.rows[detector].update(facts)

    def take_all_down(self, building: str) -> None:
        """Nothing hangs in a building."""
        for row in self.rows.values():
            if row["building"] == building:
                row.update(state="unmounted", sensor=None, heard=None, battery=None, signal=None, heard_by=None)

    def mount(self, detector: str, tail: str, *, what: str = "mounted", why: str = "") -> None:
        """Another sensor hangs at a detector."""
        self.become(detector, state="unknown", heard=None, sensor={**sensor(0), "tail": tail})
        self._noted(detector, what, tail, why)

    def take_down(self, detector: str, why: str, *, gone: bool) -> None:
        """Nothing hangs at a detector any more."""
        tail = self.rows[detector]["sensor"]["tail"]
        self.become(detector, state="unmounted", sensor=None)
        self._noted(detector, "gone" if gone else "taken_down", tail, why)

    def _noted(self, detector: str, what: str, tail: str, why: str) -> None:
        entry = {"at": moment(), "what": what, "actor": "张三", "tail": tail, "why": why}
        self.record.setdefault(detector, []).insert(0, entry)

    # ------------------------------------------------------------ what is to be seen

    def supervised(self, building: str = "") -> Json:
        """The detectors of a building, or of all, in numbers."""
        states = [row["state"] for row in self.rows.values() if building in ("", row["building"])]
        return {"mounted": len(states) - states.count("unmounted"), **{state: states.count(state) for state in MISSING}}

    def counts(self) -> Json:
        """Everything in numbers."""
        buildings = {row["building"] for row in self.rows.values()}
        return {
            "all": self._counted(""), "buildings": {building: self._counted(building) for building in sorted(buildings)},
            "receivers": {"total": len(self.receivers), "blind": sum(each["blind"] for each in self.receivers)},
            "stock": len(self.stock), "strangers": len(self.strangers),
        }  # fmt: skip

    def _counted(self, building: str) -> Json:
        rows = [row for row in self.rows.values() if building in ("", row["building"])]
        signs = {sign: sum(row[sign] is True for row in rows) for sign in SIGNS}
        return {**self.supervised(building), "detectors": len(rows), **signs}

    def find(self, query: dict[str, str]) -> Json:
        """A page of the list."""
        wanted = query.get("state", "")
        fitting = [
            row
            for row in self.rows.values()
            if query.get("building", "") in ("", row["building"])
            and (wanted in ("", row["state"]) or row.get(wanted) is True)
            and query.get("q", "") in f"{row['id']} {row['building_name']} {row['name']}"
        ]
        ids = [row["id"] for row in fitting]
        begin = ids.index(query["after"]) + 1 if query.get("after") else 0
        page = fitting[begin : begin + int(query.get("limit", "200"))]
        more = page and begin + len(page) < len(fitting)
        return {"detectors": page, "total": len(fitting), "next": page[-1]["id"] if more else None}

    def detail(self, detector: str) -> Json:
        """One detector with all that is known of it."""
        return {
            **self.rows[detector], "line": "air", "link": "up", "why": "",
            "battery_change_until": self.changing.get(detector), "points": self.points(detector), "alarms": [],
            "record": self.record.get(detector, []), "statistics": {"replay": 0.0},
        }  # fmt: skip

    def points(self, detector: str) -> Json:
        """Its points; none for what is no detector."""
        row = self.rows.get(detector)
        said = {} if row is None else POINTS
        return {
            key: {
                "kind": kind, "unit": unit, "meaning": meaning, "part": "", "value": value, "quality": "good", "why": "",
                "heard": row and row["heard"], "measured": None,
            }
            for key, (kind, unit, meaning, value) in said.items()
        }  # fmt: skip

    def where(self, detector: str) -> Json:
        """What does not change of a detector."""
        row = self.rows[detector]
        names = ("id", "kind", "building", "building_name", "entrance", "floor", "flat", "name")
        return {name: row[name] for name in names}

    def chosen(self, body: Json) -> list[str]:
        """The detectors that somebody goes to."""
        return [
            row["id"]
            for row in self.rows.values()
            if row["building"] == body["building"]
            and body["entrance"] in ("", row["entrance"])
            and (body["floor_from"] is None or row["floor"] >= body["floor_from"])
            and (body["floor_to"] is None or row["floor"] <= body["floor_to"])
            and (not body["kinds"] or row["kind"] in body["kinds"])
        ]

    # ------------------------------------------------------------ walks

    def begin_round(self, detectors: Iterable[str], actor: str = "张三") -> Json:
        """An installer begins to walk."""
        name = f"r{len(self.rounds) + 1}"
        self.rounds[name] = {
            "id": name,
            "actor": actor,
            "places": list(detectors),
            "done": [],
            "candidates": [],
            "note": "",
        }
        return self.round(name)

    def step(self, name: str, tail: str) -> None:
        """A sensor takes the next place of a round; an empty tail skips it."""
        state = self.rounds[name]
        place = state["places"][len(state["done"])]
        if tail:
            self.mount(place, tail)
        state["candidates"].clear()
        state["done"].insert(0, {"detector": place, "name": self.rows[place]["name"], "tail": tail, "at": moment()})

    def undo(self, name: str) -> None:
        """The last step of a round is taken back."""
        step = self.rounds[name]["done"].pop(0)
        if step["tail"]:
            self.become(step["detector"], state="unmounted", sensor=None)

    def offer(self, name: str, address: str, note: str = "several") -> None:
        """A sensor was pressed, and a person must say whether it is the one."""
        self.rounds[name].update(
            note=note,
            candidates=[
                {
                    "address": address, "tail": address[-4:], "product": "gridpost-smoke", "title": "烟感",
                    "receiver": "rx-b1", "receiver_name": "1号楼 弱电间", "rssi": -61, "seconds_ago": 2.0,
                }
            ],
        )  # fmt: skip

    def round(self, name: str) -> Json:
        """A round as it stands."""
        state = self.rounds[name]
        places, gone = state["places"], len(state["done"])
        return {
            "id": name, "actor": state["actor"], "next": self.where(places[gone]) if gone < len(places) else None,
            "left": len(places) - gone, "total": len(places), "done": state["done"], "candidates": state["candidates"],
            "note": state["note"],
        }  # fmt: skip

    def begin_test(self, detectors: Iterable[str], minutes: int = 120) -> Json:
        """Somebody begins to test."""
        name = f"w{len(self.tests) + 1}"
        self.tests[name] = {
            "id": name, "by": "张三", "began": moment(), "ends": moment(minutes=minutes), "ended": None,
            "detectors": [{**self.where(detector), "said": []} for detector in detectors],
        }  # fmt: skip
        return self.test(name)

    def speak(self, name: str, detector: str, what: str = "test") -> None:
        """A detector under test says something."""
        tested = next(each for each in self.tests[name]["detectors"] if each["id"] == detector)
        tested["said"].append(
            {"at": moment(), "what": what, "receiver": "rx-b1", "receiver_name": "1号楼 弱电间", "rssi": -64}
        )

    def end_test(self, name: str) -> None:
        """A test ends."""
        self.tests[name].update(ended=moment(), ends=None)

    def test(self, name: str) -> Json:
        """A walk test with its report."""
        test = self.tests[name]
        tested = sum(bool(each["said"]) for each in test["detectors"])
        return {**test, "tested": tested, "left": len(test["detectors"]) - tested}

    def summaries(self) -> list[Json]:
        """Walk tests in numbers, the latest first."""
        numbers = [self.test(name) for name in reversed(self.tests)]
        return [{key: value for key, value in test.items() if key != "detectors"} for test in numbers]
