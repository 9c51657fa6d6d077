"""People, their shifts and the hand-over of a mock compound, in the shapes of the HTTP face."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.page.mock_desk import moment

if TYPE_CHECKING:
    from tests.page.mock_compound import MockCompound

Json: TypeAlias = dict[str, Any]

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
NAMES = {"zhang": "张三", "li": "李四", "wang": "王五", "zhao": "赵六"}


def somebody(person: str) -> Json:
    """A person by name."""
    return {"id": person, "name": NAMES.get(person, person)}


def shift(number: int, name: str, start: str, end: str, person: str) -> Json:
    """A shift of every day."""
    return {
        "id": f"g1-{number}", "name": name, "days": WEEK, "from": start, "to": end, "person": person, "deputy": "wang",
    }  # fmt: skip


@dataclass
class MockDuty:
    """What the mock gateway knows of people, and what it was asked to do."""

    compound: MockCompound
    grids: dict[str, Json] = field(default_factory=dict)
    people: dict[str, Json] = field(default_factory=dict)
    departments: list[Json] = field(default_factory=list)
    entries: dict[str, list[Json]] = field(default_factory=dict)
    """Of hand-over sheets, by what they are about."""
    lines: list[Json] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    """What became of the test call."""
    sent: list[tuple[str, str, Json]] = field(default_factory=list)
    """Whatever was asked to change: method, path and body."""

    def __post_init__(self) -> None:
        """Two shifts a day in each grid, all well."""
        for number in range(1, (self.compound.size - 1) // 10 + 2):
            self.grids[f"g{number}"] = self._grid(f"g{number}", f"第{'一二三四五六七八九十'[number - 1]}网格")
        for person, name in NAMES.items():
            self.people[person] = {
                "id": person, "name": name, "account": "", "away": [], "grids": ["g1"],
                "reach": [{"channel": "wecom", "to": "13****78"}, {"channel": "voice", "to": "13****78"}],
            }  # fmt: skip
        self.departments = [
            {"id": "gas", "name": "燃气公司", "kind": "gas", "answer_minutes": 15.0, "reach": []},
            {
                "id": "fire", "name": "微型消防站", "kind": "fire", "answer_minutes": 5.0,
                "reach": [{"channel": "voice", "to": "13****11"}],
            },
        ]  # fmt: skip

    def become(self, grid: str, **facts: object) -> None:
        """A grid is other than it was."""
        self.grids[grid].update(facts)

    def duties(self) -> Json:
        """All grids."""
        return {"now": moment(), "clock_lost": False, "grids": list(self.grids.values())}

    def sheet(self, grid: str) -> Json:
        """What whoever takes a grid over must know."""
        lists = ("incidents", "outages", "trials", "walk_tests", "doors_free")
        return {
            "duty": self.grids[grid], "now": moment(),
            "alarms": [alarm for alarm in self.compound.alarms.values() if alarm["place"]["grid"] == grid],
            **{name: self.entries.get(name, []) for name in lists},
            "lines": self.lines,
        }  # fmt: skip

    def staff(self) -> Json:
        """Everybody."""
        return {"people": list(self.people.values()), "departments": self.departments}

    def call(self) -> Json:
        """What became of the test call."""
        return {"test": 1, "messages": self.messages}

    @staticmethod
    def _grid(grid: str, name: str) -> Json:
        return {
            "grid": grid, "name": name, "code": "110101001001001", "level": "grid", "kind": "basic", "parent": "",
            "roster_of": grid,
            "shift": {"name": "白班", "begins": moment(hours=-4), "ends": moment(hours=8), "person": somebody("zhang")},
            "deputy": somebody("wang"), "responsible": somebody("zhang"), "awaited": False, "late": False,
            "following": {
                "name": "夜班", "begins": moment(hours=8), "ends": moment(hours=20), "person": somebody("li"),
            },
            "note": None, "team": {"leader": [somebody("zhao")], "guard": [somebody("wang"), somebody("li")]},
            "shifts": [shift(1, "白班", "08:00", "20:00", "zhang"), shift(2, "夜班", "20:00", "08:00", "li")],
        }  # fmt: skip


def change_of_shift(compound: MockCompound) -> None:
    """A hand-over that is late, a grid that nobody watches, somebody absent, and a full sheet."""
    known = compound.duty
    note = {"text": "3号楼 2单元门禁常开,等维修", "by": "李四", "at": moment(minutes=-30)}
    known.become("g1", awaited=True, late=True, responsible=somebody("li"), note=note)
    known.become("g2", responsible=None, deputy=None, shift={**known.grids["g2"]["shift"], "person": None})
    known.people["wang"]["away"] = [{"from": moment(hours=-2), "until": moment(hours=20)}]

    def entry(name: str, what: str, where: str, until: str | None = None) -> Json:
        return {"id": name, "what": what, "where": where, "since": moment(hours=-1), "until": until}

    known.entries = {
        "incidents": [entry("1", "火情", "3号楼 2单元 501 厨房")],
        "outages": [entry("b3-2-101-smoke", "smoke", "3号楼 2单元 101", moment(hours=3))],
        "trials": [entry("b5", "trial", "5号楼", moment(days=9))],
        "walk_tests": [entry("w1", "24", "6号楼 1单元", moment(minutes=50))],
        "doors_free": [entry("b1u1/door2", "地下室门", "1号楼 1单元 地下室门")],
    }
    known.lines = [{"id": "b9u1", "down": True, "devices": 1}]
