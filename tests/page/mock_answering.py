"""Who was told, channels, outages, trials, drills and figures of a mock compound, in the shapes of the HTTP face."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.page.mock_desk import moment
from tests.page.mock_duty import NAMES, somebody

if TYPE_CHECKING:
    from tests.page.mock_compound import MockCompound

Json: TypeAlias = dict[str, Any]

PLACE = ("id", "kind", "building", "building_name", "entrance", "floor", "flat", "name")
LOAD = {"annunciations": 31, "mean": 0.3, "worst": 12, "share_over": 0.004}
ANSWERS = {"taken": 20, "p50_seconds": 41.0, "p90_seconds": 260.0, "real": 3, "false": 9, "false_share": 0.75}
EFFECTS = [
    {
        "name": "fire_panel", "when": ["fire_input"], "release": True, "stop_charging": "building",
        "freeze_lockers": True, "switch": [{"device": "lift1", "command": "home", "arguments": {}}], "note": "",
    },
    {
        "name": "charging_fire", "when": ["charging_smoke", "smoke"], "release": False, "stop_charging": "room",
        "freeze_lockers": False, "switch": [], "note": "",
    },
    {
        "name": "gas", "when": ["gas", "gas_high"], "release": False, "stop_charging": "none",
        "freeze_lockers": False, "switch": [], "note": "",
    },
]  # fmt: skip


@dataclass
class MockAnswering:
    """What the mock gateway knows of it, and what it was asked to do."""

    compound: MockCompound
    histories: dict[int, list[Json]] = field(default_factory=dict)
    notices: dict[int, list[Json]] = field(default_factory=dict)
    outages: dict[str, Json] = field(default_factory=dict)
    pending: dict[str, Json] = field(default_factory=dict)
    trials: dict[str, Json] = field(default_factory=dict)
    would_have: dict[str, list[Json]] = field(default_factory=dict)
    drills: list[Json] = field(default_factory=list)
    channels: list[Json] = field(default_factory=list)
    heartbeats: list[Json] = field(default_factory=list)
    sent: list[tuple[str, str, Json]] = field(default_factory=list)
    """Whatever was asked to change: method, path and body."""

    def __post_init__(self) -> None:
        """Two channels that work, and a heartbeat that is answered."""
        self.channels = [self._channel("wecom", "chat"), self._channel("voice", "ring")]
        self.heartbeats = [
            {
                "id": "city", "target": "https://ping.example.cn", "every_seconds": 60.0, "answered": moment(seconds=-20),
                "missed": 0, "unanswered": False, "why": "",
            }
        ]  # fmt: skip

    def alarm(self, number: int) -> Json | None:
        """An alarm with its history; None where there is none."""
        alarm = self.compound.alarms.get(number) or self.compound.ended.get(number)
        if alarm is None:
            return None
        raised = {"seq": 1, "at": alarm["since"], "change": "raised", "by": "", "note": ""}
        return {**alarm, "history": [raised, *self.histories.get(number, [])]}

    def happen(self, number: int, change: str, by: str, note: str = "") -> None:
        """Something happened to an alarm."""
        rows = self.histories.setdefault(number, [])
        rows.append({"seq": len(rows) + 2, "at": moment(), "change": change, "by": by, "note": note})

    def tell(self, number: int, person: str, channel: str, fate: str, *, step: int = 0, why: str = "") -> None:
        """Somebody is told."""
        rows = self.notices.setdefault(number, [])
        rows.append({
            "number": len(rows) + 1, "step": step, "kind": "raised", "channel": channel, "person": somebody(person),
            "fate": fate, "why": why, "made": moment(seconds=-90), "sent": moment(seconds=-89), "changed": moment(),
        })  # fmt: skip

    def verify(self, number: int, *, real: bool, who: str) -> Json:
        """Somebody on site says what it is."""
        alarm = self.compound.ack(number, who)
        assert alarm is not None
        alarm.update(verdict="real" if real else "false", verdict_by=who)
        self.happen(number, "verified", who)
        return alarm

    def shelve(self, number: int, minutes: float, reason: str, who: str) -> Json:
        """People are spared it for a while."""
        self.compound.row += 1
        alarm = self.compound.alarms[number]
        alarm.update(
            state="G", suppression="shelved", spared_by=who, spared_why=reason, spared_until=moment(minutes=minutes)
        )
        return alarm

    def unshelve(self, number: int) -> Json:
        """They are told again."""
        alarm = self.compound.alarms[number]
        alarm.update(suppression="none", spared_by="", spared_why="", spared_until=None)
        return self.compound.again(number)

    def outage(self, detector: str) -> Json:
        """Whether a detector is out of service."""
        row = self.compound.detectors.rows[detector]
        place = {name: row[name] for name in PLACE}
        return {**place, "outage": self.outages.get(detector), "pending": self.pending.get(detector)}

    def all_outages(self) -> Json:
        """All that are, or are to be."""
        names = sorted({*self.outages, *self.pending})
        return {"detectors": [self.outage(name) for name in names], "out": len(self.outages)}

    def ask_outage(self, detector: str, body: Json, who: str) -> None:
        """The first person."""
        self.pending[detector] = {**body, "by": who, "until": moment(minutes=30)}

    def confirm_outage(self, detector: str, who: str) -> None:
        """The second person."""
        asked = self.pending.pop(detector)
        self.outages[detector] = {
            "by": f"{asked['by']}、{who}", "reason": asked["reason"], "work_order": asked["work_order"],
            "household_told": asked["household_told"], "since": moment(), "until": moment(hours=asked["hours"]),
        }  # fmt: skip

    def end_outage(self, detector: str) -> None:
        """Back in service, or the wish is taken back."""
        self.outages.pop(detector, None)
        self.pending.pop(detector, None)

    def begin_trial(self, building: str, until: str, people: list[str]) -> None:
        """A building is on trial."""
        self.trials[building] = {
            "building": building, "name": f"{building[1:]}号楼", "by": "张三", "began": moment(days=-3), "until": until,
            "people": people,
        }  # fmt: skip

    def trial(self, building: str) -> Json:
        """Whether a building is on trial."""
        return {"trial": self.trials.get(building), "would_have": self.would_have.get(building, [])}

    def all_drills(self) -> Json:
        """Drills, and buildings on trial."""
        return {"drills": self.drills, "trials": list(self.trials.values())}

    def figures(self) -> Json:
        """Of a week."""
        top = [{"rule": "door_held", "source": "b7u2/door2", "annunciations": 12, "share": 0.39}]
        grid = {
            "load": LOAD, "by_priority": [2, 4, 20, 5], "stale": 1, "chattering": 2, "top": top, "answers": ANSWERS,
        }  # fmt: skip
        return {
            "start": moment(days=-7), "end": moment(), "grids": [{"grid": "g1", **grid}, {"grid": "g2", **grid}],
            "told": [{"person": person, "load": LOAD} for person in NAMES],
            "answered": [{"name": name, "answers": ANSWERS} for name in NAMES.values()],
        }  # fmt: skip

    @staticmethod
    def _channel(name: str, way: str) -> Json:
        return {
            "id": name, "kind": name, "way": way, "target": f"{name}.example.cn", "state": "up", "why": "",
            "since": moment(hours=-9), "waiting": 0, "sent": 41, "failed": 0, "tokens_left": 15,
            "last_sent": moment(minutes=-3),
        }  # fmt: skip


def weak_house(compound: MockCompound) -> None:
    """All that weakens the house: outages, a trial, a shelf, a channel that fails, nobody on duty, a power cut."""
    known = compound.answering
    wish: Json = {"reason": "室内施工", "work_order": "GD-118", "hours": 4.0, "household_told": True}
    known.ask_outage("b3-2-101-smoke", wish, "李四")
    known.confirm_outage("b3-2-101-smoke", "王五")
    known.ask_outage("b3-2-102-smoke", wish, "李四")
    known.begin_trial("b5", moment(days=9), ["zhang", "zhao"])
    fire = compound.raise_alarm("fire_input", "b5u1", part="1单元门禁", minutes=8)
    fire["trial"] = True
    known.would_have["b5"] = [
        {
            "alarm": fire["number"], "raised": fire["since"], "rule": "fire_input", "place": "5号楼 1单元",
            "rows": ["fire_panel"], "release": ["b5u1/door1", "b5u1/door2"], "stop_charging": ["b5"],
            "freeze_lockers": True, "switch": ["lift1/home"],
        }
    ]  # fmt: skip
    held = compound.raise_alarm("door_held", "b6u1", part="地下室门", minutes=50)
    known.shelve(held["number"], 240, "等配件", "张三")
    low = compound.raise_alarm("battery_low", "b8u1", part="1单元门禁", minutes=3_000)
    low.update(chattering=True, raises=7, stale=True)
    known.drills = [
        {
            "number": 1, "building": "b3", "name": "3号楼", "held": moment(days=-20), "what": "夜间疏散", "people": 46,
            "minutes": 18.0, "note": "地下室门要人扶", "by": "赵六",
        }
    ]  # fmt: skip
    known.channels[0].update(state="failing", why="does not answer", waiting=3, failed=2, tokens_left=0)
    known.heartbeats[0].update(unanswered=True, missed=4, why="does not answer", answered=moment(minutes=-6))
    compound.raise_house_alarm("channel_failing", "wecom", minutes=5, why="does not answer")
    compound.raise_house_alarm("nobody_on_duty", "g2", minutes=2)
    compound.raise_house_alarm(
        "power_cut", "b9", minutes=4, why="失电敞开的门:1单元大门。市电中断。网关电池还能用 42 分钟"
    )
