"""Charging rooms for tests of the whole judgement: e-bike piles, cars, a contactor board, detectors, and what they all say.

shed3    b1, grid g1   pile1 (p01 p02), pile2 (p01 p02)   contactor c1 of board, smoke detector s1, limit 1,000 W
shed4    b2, grid g2   pile3 (p01)                         no contactor
cars     b1, grid g1   car1 (connector1)                   32 A, speaks like OCPP: no relay bits
-        lone (p01) stands in no room
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from drivers.contract import (
    CHARGING_OFF,
    Answer,
    DeviceEvent,
    Fault,
    Link,
    LinkChanged,
    Quality,
    Question,
    Sample,
)
from gateway.actor import Actor, Role
from gateway.charging import LiftStop, Reach, StopCharging
from gateway.decide.fires.table import FireRules, HowFar, Row
from gateway.decide.rules import (
    FACTS,
    CommandRules,
    Contactor,
    DetectorRules,
    DeviceRules,
    GroupRules,
    PortLimits,
    PortRules,
    RoomRules,
    Rule,
    Rules,
    Watched,
)
from gateway.model import AlarmChanged, Answered, Outcome, Place, Priority, Recorded, Refused, Send, Want
from tests.decide.bench_of_rules import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Json, Value
    from gateway.decide.chargers.stop import Stop

P1, P2, P3 = Priority.P1, Priority.P2, Priority.P3
FACT_RULES = {name: Rule(name, P3) for name in FACTS} | {
    "charging_trip": Rule("charging_trip", P2, latching=True),
    "welded_relay": Rule("welded_relay", P2, latching=True),
    "charging_stopped": Rule("charging_stopped", P2),
    "charging_not_stopped": Rule("charging_not_stopped", P1, latching=True),
    "command_retained": Rule("command_retained", P3, latching=True),
    "identity_doubted": Rule("identity_doubted", P2, latching=True),
    "messages_lost": Rule("messages_lost", P3, latching=True),
}
SMOKE = Rule("smoke", P1, off_delay_seconds=60, latching=True)
FIRE = Rule("fire_input", P1, latching=True, releases=True)
TABLE = (
    Row("fire_panel", ("fire_input",), release=True, stop_charging=HowFar.BUILDING),
    Row("charging_fire", ("smoke", "charging_smoke"), stop_charging=HowFar.ROOM),
)
CHARGING_SMOKE = Rule("charging_smoke", P1, off_delay_seconds=60, latching=True)

OF_A_PORT: dict[str, Value] = {
    "port_state": "free",
    "port_session": "",
    "port_error": "",
    "current": 0.0,
    "voltage": 221.0,
    "active_power": 0.0,
    "import_energy": 100.0,
    "charge_energy": 0.0,
    "socket_temperature": 25.0,
    "residual_current": 0.5,
    "port_on": False,
    "port_live": False,
}
"""What an idle port of an e-bike pile says."""
_NOT_OF_A_CONNECTOR = ("port_on", "port_live", "residual_current")
OF_A_CONNECTOR = {key: value for key, value in OF_A_PORT.items() if key not in _NOT_OF_A_CONNECTOR}
OF_A_PILE: dict[str, Value] = {"mains_fail": False, "charging_smoke": False}

PEOPLE = {role: Actor(role.value, role.value, role) for role in Role}
STAFF, MANAGER, VIEWER = PEOPLE[Role.STAFF], PEOPLE[Role.MANAGER], PEOPLE[Role.VIEWER]
OF_G2 = Actor("staff2", "李四", Role.STAFF, frozenset({"g2"}))

CONTACTOR = Contactor("board", "c1", 10.0, (0, 0))
PILES = {"pile1": "shed3", "pile2": "shed3", "pile3": "shed4", "lone": ""}
BUILDINGS = {"shed3": "b1", "shed4": "b2", "cars": "b1", "": "b3"}


def pile(
    device: str, room: str, parts: Iterable[str], *, connector: bool = False, silent: float = 86_400.0
) -> DeviceRules:
    """A charger: a group for the whole, one for each part."""
    building = BUILDINGS[room]
    place = Place(building, name=f"{device}充电桩", grid=f"g{building[1:]}")
    says = OF_A_CONNECTOR if connector else OF_A_PORT
    watched = Watched(1, f"{device}/smoke", place, (CHARGING_SMOKE,))
    ports = {
        part: PortRules(
            part,
            Place(building, name=f"{device} {part}", grid=place.grid),
            32.0 if connector else 10.0,
            {meaning: (number, index) for index, meaning in enumerate(says)},
        )
        for number, part in enumerate(parts, 1)
    }
    commands = {f"{part}.start": CommandRules("start_charging", part) for part in parts}
    commands |= {f"{part}.unlock": CommandRules("unlock_connector", part) for part in parts}
    return DeviceRules(
        "l1",
        place,
        (GroupRules((watched,), silent), *(GroupRules((), silent) for _ in parts)),
        commands,
        frozenset({CHARGING_OFF}),
        points={meaning: (0, index) for index, meaning in enumerate(OF_A_PILE)},
        ports=ports,
        room=room,
    )


def sheds(
    *,
    limits: PortLimits | None = None,
    limit_watts: float | None = 1000.0,
    contactor: Contactor | None = CONTACTOR,
    without: Iterable[str] = (),
) -> Rules:
    """The rules of the rooms."""
    ebike = limits or PortLimits()
    car = PortLimits(cap_watts=None, step_watts=None)
    rooms = {
        "shed3": RoomRules(
            "shed3", Place("b1", name="3号车棚", grid="g1"), "配电箱 A", "ebike", ebike, limit_watts, contactor,
            frozenset({"s1"}),
        ),
        "shed4": RoomRules("shed4", Place("b2", name="4号车棚", grid="g2"), "配电箱 B", "ebike", ebike),
        "cars": RoomRules("cars", Place("b1", name="地库", grid="g1"), "配电间", "car", car),
    }  # fmt: skip
    devices = {
        "pile1": pile("pile1", "shed3", ["p01", "p02"]),
        "pile2": pile("pile2", "shed3", ["p01", "p02"]),
        "pile3": pile("pile3", "shed4", ["p01"]),
        "car1": pile("car1", "cars", ["connector1"], connector=True),
        "lone": pile("lone", "", ["p01"]),
        "board": DeviceRules(
            "l2", Place("b1", name="接触器"), (GroupRules((), None),), {"c1.close": CommandRules("", "c1")},
            frozenset({CHARGING_OFF}),
        ),
        "s1": DeviceRules(
            "l2", Place("b1", name="车棚烟感", grid="g1"),
            (GroupRules((Watched(0, "s1/smoke", Place("b1"), (SMOKE,)),), None),),
            points={"smoke_alarm": (0, 0)}, detector=DetectorRules("smoke"),
        ),
        "panel": DeviceRules(
            "l2", Place("b1", name="消防主机"), (GroupRules((Watched(0, "panel/fire", Place("b1"), (FIRE,)),), None),),
        ),
        "locker1": DeviceRules("l1", Place("b1", name="快递柜"), (GroupRules((), None),)),
    }  # fmt: skip
    kept = {device: rules for device, rules in devices.items() if device not in set(without)}
    return Rules(FACT_RULES, {"l1": Place(), "l2": Place()}, kept, rooms=rooms, fires=FireRules(TABLE))


@dataclass
class Sheds(Trial):
    """A trial in the rooms, where every device is up and has said that nothing happens."""

    rules: Rules = field(default_factory=sheds)
    started: bool = True

    def __post_init__(self) -> None:
        self.wants: dict[str, Json] = {}
        self.states: dict[tuple[str, int], dict[str, Value]] = {}
        self._sequence = count(1)
        super().__post_init__()
        if self.started:
            self.up()

    def up(self) -> None:
        """Every device is found, and says what it said last."""
        for device, rules in self.rules.devices.items():
            if rules.detector is None:
                self.take(LinkChanged(device, Link.UP, "", self.now.boottime_ns))
            if rules.ports:
                self.whole(device)
                for part in rules.ports:
                    self.port(device, part)
        if "board" in self.rules.devices:
            self.contactor(closed=True)

    def port(
        self,
        device: str,
        part: str,
        table: Mapping[str, Value] | None = None,
        *,
        bad: Iterable[str] = (),
        unsure: Iterable[str] = (),
        **more: Value,
    ) -> list[Outcome]:
        """A port says its values, with these changes."""
        changes = {**(table or {}), **more}
        rules = self.rules.devices[device]
        number = list(rules.ports).index(part) + 1
        says = OF_A_CONNECTOR if device == "car1" else OF_A_PORT
        state = self.states.setdefault((device, number), {**says})
        assert changes.keys() <= state.keys()
        state.update(changes)
        faults = tuple(
            Fault(Quality.BAD, "bad") if key in bad else Fault(Quality.UNCERTAIN, "unsure") if key in unsure else None
            for key in state
        )
        told = faults if any(faults) else None
        return self.take(Sample(device, number, tuple(state.values()), told, self.now.boottime_ns))

    def same(self, device: str, part: str) -> list[Outcome]:
        """A port says once more exactly what it said: the same object, as a driver passes it on."""
        number = list(self.rules.devices[device].ports).index(part) + 1
        values = self.judge._known.groups[device, number].values
        assert values is not None
        return self.take(Sample(device, number, values, None, self.now.boottime_ns))

    def whole(self, device: str, **changes: Value) -> list[Outcome]:
        """A charger says what is about all of it."""
        state = self.states.setdefault((device, 0), dict(OF_A_PILE))
        state.update(changes)
        return self.take(Sample(device, 0, tuple(state.values()), None, self.now.boottime_ns))

    def contactor(self, *, closed: bool) -> list[Outcome]:
        """The board tells what its contactor shows."""
        return self.take(Sample("board", 0, (closed,), None, self.now.boottime_ns))

    def charge(
        self, device: str = "pile1", part: str = "p01", watts: float = 300.0, session: str = "S1", tag: str = ""
    ) -> list[Outcome]:
        """A session begins and draws that much."""
        out = self.event(device, "session_started", part=part, session=session, tag=tag, meter_kwh=100.0, offline=False)
        return out + self.port(device, part, charging(watts, session, connector=device == "car1"))

    def end(
        self, device: str = "pile1", part: str = "p01", session: str = "S1", why: str = "unplugged"
    ) -> list[Outcome]:
        """A session ends, and nothing flows any more."""
        out = self.event(
            device, "session_ended", part=part, session=session, why=why, kwh=0.5, seconds=60, offline=False
        )
        off: dict[str, Value] = {"port_session": "", "current": 0.0, "active_power": 0.0}
        if device != "car1":
            off |= {"port_on": False, "port_live": False}
        return out + self.port(device, part, off, port_state="free" if why == "unplugged" else "finishing")

    def event(
        self, device: str, kind: str, table: Mapping[str, Json] | None = None, *, utc: float | None = None, **more: Json
    ) -> list[Outcome]:
        """A device reports an event."""
        body = {**(table or {}), **more}
        return self.take(DeviceEvent(device, "1", next(self._sequence), kind, body, self.now.boottime_ns, utc))

    def linked(self, device: str, link: Link) -> list[Outcome]:
        """A device is found or lost."""
        return self.take(LinkChanged(device, link, "why", self.now.boottime_ns))

    def smoke(self, *, on: bool = True) -> list[Outcome]:
        """The detector of shed3 says so."""
        return self.take(Sample("s1", 0, (on,), None, self.now.boottime_ns))

    def fire(self, *, on: bool = True) -> list[Outcome]:
        """The fire panel of b1 says so."""
        return self.take(Sample("panel", 0, (on,), None, self.now.boottime_ns))

    def press(self, reach: Reach = Reach.ROOM, what: str = "shed3", actor: Actor = STAFF) -> str:
        """A person orders a stop: its id, or the code of the refusal."""
        out = self.take(StopCharging(actor, reach, what, "烟味"))
        if refused := [each for each in out if isinstance(each, Refused)]:
            return refused[0].code
        rows = [each for each in out if isinstance(each, Recorded) and each.kind == "charging_stop"]
        assert len(rows) == 1
        wants = [isinstance(each, Want) for each in out]
        assert wants == sorted(wants, reverse=True)
        return rows[0].subject

    def lift(self, stop: str, actor: Actor = STAFF, note: str = "看过了") -> str:
        """A person lifts a stop: "" or the code of the refusal."""
        out = self.take(LiftStop(actor, stop, note))
        return next((each.code for each in out if isinstance(each, Refused)), "")

    def ask(self, device: str, tag: str, part: str = "p01") -> Answer:
        """A charger asks whether somebody may charge."""
        out = self.take(Question(device, "authorize", {"tag": tag, "part": part}, self.now.boottime_ns))
        answered = [each for each in out if isinstance(each, Answered)]
        assert len(answered) == 1
        return answered[0].answer

    def obey(self, *devices: str) -> None:
        """These piles do what they are told: what is held ends, and says so."""
        for device in devices:
            for part in (self.wants.get(device) or {}).get("parts", ()):
                number = list(self.rules.devices[device].ports).index(part) + 1
                session = self.states[device, number]["port_session"]
                if session:
                    self.end(device, part, str(session), "held")
                else:
                    relay: dict[str, Value] = {} if device == "car1" else {"port_on": False, "port_live": False}
                    self.port(device, part, relay, current=0.0, active_power=0.0)

    def holds(self, key: str) -> set[str]:
        """Why a port may not carry current."""
        return set(self.judge.chargers.ports[key].holds)

    def stop(self, name: str) -> Stop:
        """A stop that stands."""
        return self.judge.chargers.stops[name]

    @property
    def only(self) -> Stop:
        """The only stop that stands."""
        (stop,) = self.judge.chargers.stops.values()
        return stop

    def phases(self, name: str) -> dict[str, str]:
        """How far a stop is at each port."""
        return {key: phase.value for key, phase in self.stop(name).ports.items()}

    def rows(self, kind: str = "charging_session") -> list[Mapping[str, Json]]:
        """What was recorded, oldest first."""
        return [each.body for each in self.said if isinstance(each, Recorded) and each.kind == kind]

    def standing(self, rule: str) -> dict[str, str]:
        """The states of the alarms of a rule, by source."""
        return {alarm.source: alarm.state.value for alarm in self.alarms.values() if alarm.rule == rule}

    def raised(self, rule: str) -> list[str]:
        """What people were told of by this rule, by source."""
        told = [each.alarm for each in self.said if isinstance(each, AlarmChanged) and each.announce]
        return [alarm.source for alarm in told if alarm.rule == rule]

    def sends(self) -> list[str]:
        """The commands that were sent, oldest first."""
        return [f"{each.command.device}/{each.command.name}" for each in self.said if isinstance(each, Send)]

    def _keep(self, outcomes: object) -> list[Outcome]:
        kept = super()._keep(outcomes)  # type: ignore[arg-type] # as the trial hands it over
        for outcome in kept:
            if isinstance(outcome, Want) and outcome.state.name == CHARGING_OFF:
                self.wants[outcome.device] = outcome.state.level
        return kept

    def _start(self) -> None:
        self.wants.clear()  # drivers start anew as well
        super()._start()


def charging(watts: float, session: str = "S1", *, connector: bool = False) -> dict[str, Value]:
    """What a port says that draws so much."""
    says: dict[str, Value] = {
        "port_state": "charging",
        "port_session": session,
        "active_power": watts,
        "current": math.floor(watts / 2.21) / 100,
    }
    return says if connector else says | {"port_on": True, "port_live": True}
