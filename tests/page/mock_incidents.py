"""Incidents of a mock compound, in the shapes of the HTTP face."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tests.page.mock_desk import moment

if TYPE_CHECKING:
    from tests.page.mock_compound import MockCompound

Json: TypeAlias = dict[str, Any]

NEXT: Final = {
    "reported": "go", "assigned": "go", "arrived": "handle", "handled": "feedback", "feedback": "verify",
    "verified": "close",
}  # fmt: skip
"""The next step by state, for somebody who goes and sits at the desk as well."""

NAMES: Final = {"fire": "火情", "gas": "燃气泄漏", "repair": "报修", "environment": "环境卫生"}
ENDED: Final = frozenset({"closed", "false_alarm", "merged"})
PHOTO: Final = "ab" * 32
SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3" fill="#889"/></svg>'


def limit(stage: str, began: float, due: float, percent: int = 0) -> Json:
    """A time limit, in minutes from now."""
    return {"stage": stage, "began": moment(minutes=began), "due": moment(minutes=due), "percent": percent}


@dataclass
class MockIncidents:
    """What the mock gateway knows of incidents, and what it was asked to do."""

    compound: MockCompound
    known: dict[int, Json] = field(default_factory=dict)
    timelines: dict[int, list[Json]] = field(default_factory=dict)
    photos: int = 0
    """How many photos were uploaded."""
    sent: list[tuple[str, str, Json]] = field(default_factory=list)
    """Whatever was asked to change: method, path and body."""

    def open(self, category: str, building: str, priority: int, **more: object) -> Json:
        """An incident is there; returns it."""
        number = len(self.known) + 1
        incident = {
            "number": number, "id": f"demo-20261122-{number}",
            "category": {"id": category, "code": "0101", "name": NAMES.get(category, category)}, "priority": priority,
            "state": "reported",
            "place": {
                "building": building, "building_name": f"{building[1:]}号楼", "unit": "2", "name": "",
                "grid": self.compound.grid_of(building),
            },
            "where": "", "what": "", "person": "", "person_name": "", "going": False, "opened": moment(minutes=-6),
            "changed": moment(minutes=-6), "alarms": [], "photos": [], "cause": "", "extended": False, "returned": 0,
            "merged_into": 0, "limits": [], "departments": [], "county": "", "simulated": True, **more,
        }  # fmt: skip
        self.known[number] = incident
        self.timelines[number] = []
        alarms: list[int] = self.known[number]["alarms"]
        self.step(number, "opened", alarm=alarms[0] if alarms else None)
        return self.body(number)

    def step(self, number: int, what: str, *, by: str = "", note: str = "", alarm: int | None = None) -> None:
        """Something happened to it."""
        seq = sum(map(len, self.timelines.values())) + 1
        row = {"seq": seq, "at": moment(), "what": what, "by": by, "note": note, "alarm": alarm, "details": {}}
        self.timelines[number].append(row)

    def body(self, number: int) -> Json:
        """One of them, with what comes next."""
        incident = self.known[number]
        act = "arrive" if incident["going"] else NEXT.get(incident["state"])
        return {**incident, "next": None if act is None else {"act": act, "label": act}}

    def detail(self, number: int) -> Json:
        """One of them with all that happened."""
        return {**self.body(number), "timeline": self.timelines[number]}

    def listed(self, *, ended: bool) -> Json:
        """Those that are open, or those that ended."""
        found = [self.body(number) for number, one in self.known.items() if (one["state"] in ENDED) is ended]
        return {"incidents": found, "total": len(found), "next": None}

    def act(self, number: int, act: str, body: Json) -> Json:
        """Somebody does something about it."""
        known = self.known[number]
        match act:
            case "go":
                known.update(state="assigned", going=True, person="zhang", person_name="张三")
            case "arrive":
                known.update(state="arrived", going=False)
            case "handle":
                known.update(state="handled", photos=list(body["photos"]))
            case "whistle":
                known["departments"].append({
                    "id": body["department"], "name": "燃气公司", "called": moment(), "due": moment(minutes=15),
                    "answered": None, "arrived": None, "late": False,
                })  # fmt: skip
            case "false":
                known.update(state="false_alarm", cause=body["cause"])
            case "accept":
                known.update(state="assigned", person=body["person"], person_name="李四")
        self.step(number, {"go": "went", "arrive": "arrived", "handle": "handled"}.get(act, act), by="张三")
        return self.detail(number)


def busy_desk(compound: MockCompound) -> None:
    """A fire that is gone to, a gas leak that is late, a thing to be mended, and one that ended."""
    known = compound.incidents
    known.open(
        "fire", "b3", 1, state="assigned", person="zhang", person_name="张三", alarms=[1], where="2单元 501 厨房",
        limits=[limit("arrive", -6, 4.2)],
    )  # fmt: skip
    known.open(
        "gas", "b7", 2, state="arrived", person="li", person_name="李四", alarms=[2], photos=[PHOTO], county="received",
        limits=[limit("handle", -100, -2.1, 100), limit("feedback", -100, 10, 80)], returned=1,
        departments=[
            {
                "id": "gas", "name": "燃气公司", "called": moment(minutes=-20), "due": moment(minutes=-5),
                "answered": None, "arrived": None, "late": True,
            }
        ],
    )  # fmt: skip
    known.step(2, "whistled", by="李四", note="请到现场")
    known.open("repair", "b2", 3, what="单元门闭门器漏油", where="1单元门口", limits=[limit("accept", -2, 28)])
    known.open("environment", "b5", 4, state="closed", cause="rubbish")
