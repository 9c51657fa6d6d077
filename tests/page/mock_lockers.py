"""Parcel lockers of a mock compound, in the shapes of the HTTP face."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tests.page.mock_desk import moment

if TYPE_CHECKING:
    from tests.page.mock_compound import MockCompound

Json: TypeAlias = dict[str, Any]

SIZES: Final = {"s": 36, "m": 16, "l": 8}
OUT: Final = frozenset({"jammed", "fault", "out_of_service"})
OPEN: Final = frozenset({"open_delivery", "open_pickup", "forced"})
HELD: Final = frozenset({"occupied", "overdue"})


def compartment(part: str, size: str) -> Json:
    """One that is free and shut."""
    return {
        "part": part, "size": size, "state": "empty", "since": None, "open": False, "occupied": False,
        "overdue_hours": None, "reserved_until": None, "alarm": None, "sure": True,
    }  # fmt: skip


@dataclass
class MockLockers:
    """What the mock gateway knows of parcel lockers, and what it was asked to do."""

    compound: MockCompound
    cabinets: dict[str, Json] = field(default_factory=dict)
    compartments: dict[str, dict[str, Json]] = field(default_factory=dict)
    sent: list[tuple[str, str, Json]] = field(default_factory=list)
    """Whatever was asked to change: method, path and body."""
    ended: Json = field(default_factory=lambda: {"id": 1, "outcome": "done", "why": ""})
    """What the lock says to being opened from afar."""

    def __post_init__(self) -> None:
        """A cabinet of sixty at every third building, a third of it occupied."""
        sizes = [size for size, count in SIZES.items() for _ in range(count)]
        for number in range(3, self.compound.size + 1, 3):
            name = f"locker{number}"
            self.cabinets[name] = {
                "id": name, "name": "快递柜", "building": f"b{number}", "building_name": f"{number}号楼", "entrance": "",
                "link": "up", "why": "", "fresh": True, "heard": moment(), "codes_locked_until": None, "open_all": None,
            }  # fmt: skip
            parts = {f"c{place:02}": compartment(f"c{place:02}", size) for place, size in enumerate(sizes, 1)}
            self.compartments[name] = parts
            for place in range(number, 60, 3):
                self.become(name, f"c{place:02}", state="occupied", occupied=True, since=moment(hours=-place / 4))

    def become(self, cabinet: str, part: str, **facts: object) -> None:
        """A compartment is other than it was."""
        self.compartments[cabinet][part].update(facts)

    def in_numbers(self) -> Json:
        """`lockers` of the overview."""
        states = [one["state"] for parts in self.compartments.values() for one in parts.values()]
        return {"overdue": states.count("overdue"), "forced": states.count("forced")}

    def overdue(self) -> list[Json]:
        """Parcels that have lain for too long."""
        found = [
            {
                "cabinet": cabinet, "cabinet_name": f"{self.cabinets[cabinet]['building_name']} 快递柜",
                "part": one["part"], "since": one["since"], "hours": one["overdue_hours"],
            }
            for cabinet, parts in self.compartments.items()
            for one in parts.values()
            if one["state"] == "overdue"
        ]  # fmt: skip
        return sorted(found, key=lambda parcel: -parcel["hours"])

    def listed(self) -> list[Json]:
        """All cabinets in numbers."""
        return [
            {
                **{name: value for name, value in body.items() if name not in {"codes_locked_until", "open_all"}},
                **self._counts(cabinet),
                "compartments": 60,
            }
            for cabinet, body in self.cabinets.items()
        ]

    def detail(self, cabinet: str) -> Json:
        """One of them with its compartments."""
        return {
            **self.cabinets[cabinet],
            **self._counts(cabinet),
            "line": "field", "product": "gridpost-locker-60", "points": {},
            "compartments": list(self.compartments[cabinet].values()),
            "commands": [f"{part}.open" for part in self.compartments[cabinet]],
            "open_alarms": self._alarms(cabinet),
        }  # fmt: skip

    def _alarms(self, cabinet: str) -> list[Json]:
        return [alarm for alarm in self.compound.alarms.values() if alarm["device"] == cabinet]

    def _counts(self, cabinet: str) -> Json:
        states = [one["state"] for one in self.compartments[cabinet].values()]
        alarms = self._alarms(cabinet)
        return {
            "empty": states.count("empty"), "reserved": states.count("reserved"),
            "occupied": sum(state in HELD for state in states), "overdue": states.count("overdue"),
            "open": sum(state in OPEN for state in states), "forced": states.count("forced"),
            "out": sum(state in OUT for state in states), "unknown": states.count("unknown"), "alarms": len(alarms),
            "worst": min((alarm["priority"] for alarm in alarms), default=None),
        }  # fmt: skip


def parcel_day(compound: MockCompound) -> None:
    """A cabinet with a compartment in every state, one that was forced, and somebody who wants all of it opened."""
    known = compound.lockers
    known.become("locker3", "c07", state="forced", open=True, occupied=True, since=moment(minutes=-2), alarm=2)
    known.become("locker3", "c08", state="jammed", since=moment(minutes=-40), alarm=3)
    known.become("locker3", "c09", state="overdue", occupied=True, since=moment(hours=-50), overdue_hours=50.2)
    known.become("locker3", "c10", state="reserved", reserved_until=moment(minutes=8))
    known.become("locker3", "c11", state="open_delivery", open=True, since=moment(minutes=-1))
    known.become("locker3", "c12", state="open_pickup", open=True, since=moment(minutes=-1))
    known.become("locker3", "c13", state="fault", since=moment(hours=-5))
    known.become("locker3", "c14", state="out_of_service", since=moment(hours=-9))
    known.become("locker3", "c16", state="unknown", sure=False, open=None, occupied=None)
    known.become("locker6", "c06", state="overdue", occupied=True, since=moment(hours=-30), overdue_hours=30.5)
    known.cabinets["locker3"]["open_all"] = {
        "by": "李四", "reason": "停电取件", "until": moment(minutes=2), "yours": False,
    }  # fmt: skip
    known.cabinets["locker9"].update(link="lost", why="does not answer", fresh=False)
    compound.raise_part_alarm("compartment_forced", "locker3", "c07", "3号楼快递柜 c07")
