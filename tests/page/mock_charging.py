"""Charging rooms, sessions, stops and tags of a mock compound, in the shapes of the HTTP face."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.page.mock_desk import moment

if TYPE_CHECKING:
    from tests.page.mock_compound import MockCompound

Json: TypeAlias = dict[str, Any]

BUCKETS = 288


def port(part: str) -> Json:
    """One at which nothing is plugged in."""
    return {
        "part": part, "name": part, "state": "free", "watts": 0.0, "amperes": 0.0, "volts": 228.4, "celsius": 24.0,
        "milliamperes": 0.4, "charge": None, "kwh": None, "session": None, "since": None, "holds": [], "error": "",
        "alarm": None, "sure": True, "heard": moment(),
    }  # fmt: skip


@dataclass
class MockCharging:
    """What the mock gateway knows of charging, and what it was asked to do."""

    compound: MockCompound
    rooms: dict[str, Json] = field(default_factory=dict)
    chargers: dict[str, Json] = field(default_factory=dict)
    """One in each room, by the room."""
    stops: dict[str, Json] = field(default_factory=dict)
    tags: dict[str, Json] = field(default_factory=dict)
    ordered: int = 0
    """How many stops there were."""
    sent: list[tuple[str, str, Json]] = field(default_factory=list)
    """Whatever was asked to change: method, path and body."""

    def __post_init__(self) -> None:
        """A shed with twelve ports at every second building, three of them in use."""
        for number in range(1, self.compound.size + 1, 2):
            room = f"shed{number}"
            self.rooms[room] = {
                "id": room, "name": f"{number}号车棚", "building": f"b{number}", "building_name": f"{number}号楼",
                "cabinet": "配电箱 A", "kind": "ebike", "limit_watts": 3000.0,
                "contactor": {"device": "cut1", "part": f"contactor{number}", "closed": True},
            }  # fmt: skip
            self.chargers[room] = {
                "id": f"{room}-pile", "name": f"{number}号车棚充电桩", "link": "up", "why": "", "fresh": True,
                "product": "gridpost-ebike-12", "celsius": 31.2, "smoke": False, "mains_fail": False,
                "commands": [], "ports": [port(f"p{place:02}") for place in range(1, 13)],
            }  # fmt: skip
            for place in (1, 4, 7):
                self.plug(room, place, watts=180.0 + place)
        for number in (1, 2):
            tag = f"{number:016x}"
            self.tags[tag] = {"hash": tag, "label": f"住户卡 {number}", "until": None, "blocked": False, "note": ""}

    def plug(self, room: str, place: int, *, watts: float) -> None:
        """A battery is charged there."""
        self.port(room, place).update(
            state="charging", watts=watts, amperes=round(watts / 228, 2), celsius=33.5, kwh=0.412,
            session=f"{room}-{place}", since=moment(minutes=-95),
        )  # fmt: skip

    def port(self, room: str, place: int) -> Json:
        """A port by its number."""
        found: Json = self.chargers[room]["ports"][place - 1]
        return found

    # ------------------------------------------------------------ what is to be seen

    def in_numbers(self) -> Json:
        """`charging` of the overview."""
        return {
            "charging": sum(self._room(room)["charging"] for room in self.rooms),
            "stops": len(self.stops),
            "not_stopped": sum(stop["ports"]["not_stopped"] for stop in self.stops.values()),
        }

    def listed(self) -> list[Json]:
        """All rooms in numbers."""
        return [self._room(room) for room in self.rooms]

    def detail(self, room: str) -> Json:
        """A room with its ports."""
        return {**self._room(room), "chargers": [self.chargers[room]], "open_alarms": self._alarms(room)}

    def _alarms(self, room: str) -> list[Json]:
        mine = {room, f"{room}-pile"}
        return [alarm for alarm in self.compound.alarms.values() if {alarm["device"], alarm["source"]} & mine]

    def _room(self, room: str) -> Json:
        ports = self.chargers[room]["ports"]
        alarms = self._alarms(room)
        stops = [stop["id"] for stop in self.stops.values() if stop["what"].partition("-")[0] in {room, ""}]
        return {
            **self.rooms[room], "ports": len(ports), "charging": sum(one["session"] is not None for one in ports),
            "free": sum(one["state"] == "free" for one in ports), "held": sum(bool(one["holds"]) for one in ports),
            "fault": sum(one["state"] == "fault" for one in ports), "offline": sum(not one["sure"] for one in ports),
            "watts": sum(one["watts"] or 0.0 for one in ports), "stop": next(iter(stops), None), "alarms": len(alarms),
            "worst": min((alarm["priority"] for alarm in alarms), default=None),
        }  # fmt: skip

    def power(self, room: str) -> Json:
        """A day of a shed: nothing by day, much in the evening; an hour of it not heard."""
        end = datetime.now(UTC).replace(second=0, microsecond=0)
        times = [(end - timedelta(minutes=5 * (BUCKETS - place))).timestamp() for place in range(BUCKETS)]
        means = [None if 100 <= place < 112 else 900 * math.sin(place / 92) ** 2 for place in range(BUCKETS)]
        return {
            "room": room, "unit": "W", "start": moment(hours=-24), "end": moment(), "bucket_seconds": 300.0, "t": times,
            "mean": means, "max": [None if mean is None else mean * 1.2 for mean in means], "told": [12] * BUCKETS,
            "ports": 12,
        }  # fmt: skip

    def sessions(self, room: str) -> list[Json]:
        """Those that run, and some that are over."""
        running = [
            self._session(room, one, why="", ended=None) for one in self.chargers[room]["ports"] if one["session"]
        ]
        over = [
            self._session(room, port(f"p{place:02}"), why=why, ended=moment(hours=-place))
            for place, why in enumerate(("full", "unplugged", "session_cap", "trip"), 2)
        ]
        return running + over

    def _session(self, room: str, one: Json, *, why: str, ended: str | None) -> Json:
        pile = self.chargers[room]
        return {
            "session": one["session"] or f"{room}-{one['part']}-{why}", "device": pile["id"], "device_name": pile["name"],
            "part": one["part"], "part_name": one["name"], "room": room, "room_name": self.rooms[room]["name"],
            "began": moment(hours=-7), "ended": ended, "seconds": 5700.0, "kwh": 0.83, "peak_watts": 210.0, "why": why,
            "offline": why == "trip",
        }  # fmt: skip

    # ------------------------------------------------------------ stops

    def stop(self, reach: str, what: str, reason: str, by: str = "张三") -> Json:
        """A stop is ordered: its ports are told, and nothing is proved."""
        self.ordered += 1
        room: str = what.partition("-")[0] or next(iter(self.rooms))
        count = 1 if reach == "port" else 12
        name = f"stop{self.ordered}"
        stop: Json = {
            "id": name, "reach": reach, "what": what,
            "name": "幸福里小区" if reach == "all" else f"{room[4:]}号楼 {self.rooms[room]['name']}", "by": by,
            "reason": reason, "began": moment(), "phase": "ordered",
            "ports": {"ordered": count, "proved": 0, "not_stopped": 0}, "not_stopped": [], "contactors": [],
        }  # fmt: skip
        self.stops[name] = stop
        return stop

    def prove(self, stop: str) -> None:
        """No current flows any more: it was measured."""
        body = self.stops[stop]
        body.update(phase="proved", not_stopped=[])
        body["ports"] = {"ordered": 0, "proved": sum(body["ports"].values()), "not_stopped": 0}

    def fail(self, stop: str) -> None:
        """One port goes on, and the contactor does not open."""
        body = self.stops[stop]
        room = body["what"].partition("-")[0] or next(iter(self.rooms))
        total = sum(body["ports"].values())
        body.update(
            phase="not_stopped",
            ports={"ordered": 0, "proved": total - 1, "not_stopped": 1},
            not_stopped=[
                {
                    "device": f"{room}-pile", "part": "p03", "place": f"{body['name']}充电桩 p03", "cabinet": "配电箱 A",
                    "why": "1.4 A still flow",
                }
            ],
            contactors=[{"device": "cut1", "part": "contactor1", "room": room, "state": "not_stopped"}],
        )  # fmt: skip


def hot_evening(compound: MockCompound) -> None:
    """A shed with something of everything, a stop that is proved, one that is not, and a pile that nobody enrolled."""
    known = compound.charging
    known.port("shed1", 9).update(state="fault")
    known.port("shed3", 2).update(state="fault", error="E07")
    known.port("shed3", 3).update(
        state="charging",
        watts=320.0,
        amperes=1.4,
        celsius=76.5,
        milliamperes=23.0,
        holds=["trip"],
        session="s3",
        alarm=1,
    )
    known.port("shed3", 5).update(state="finishing", holds=["full"])
    known.port("shed3", 6).update(state="unknown", sure=False, heard=None)
    known.chargers["shed5"].update(link="lost", why="does not answer", fresh=False)
    known.rooms["shed7"]["contactor"] = None
    known.fail(known.stop("room", "shed3", "charging_smoke at 3号车棚", "rule")["id"])
    known.prove(known.stop("port", "shed7-pile/p04", "检修")["id"])
    known.tags["0" * 15 + "2"]["blocked"] = True
    compound.detectors.strangers.append(
        {"address": "CP-7781", "what": "OCPP charge point", "at": moment(minutes=-3), "receiver": "", "rssi": 0}
    )
    compound.raise_part_alarm("charging_smoke", "shed3-pile", "", "3号车棚充电桩")
