"""Whatever happens in whatever order: what is wanted follows from the holds, and what is called stopped was measured."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from drivers.contract import Link
from gateway.charging import Reach
from gateway.decide.chargers.stop import Phase
from gateway.model import AckAlarm, ResetAlarm
from tests.decide.chargers.sheds import MANAGER, Sheds

if TYPE_CHECKING:
    from drivers.contract import Json

SOAK = bool(os.environ.get("GRIDPOST_SOAK"))
PORTS = [
    ("pile1", "p01"),
    ("pile1", "p02"),
    ("pile2", "p01"),
    ("pile3", "p01"),
    ("car1", "connector1"),
    ("lone", "p01"),
]
PLACES = [
    (Reach.PORT, "pile1/p01"),
    (Reach.PORT, "pile3/p01"),
    (Reach.CHARGER, "car1"),
    (Reach.CHARGER, "pile1"),
    (Reach.ROOM, "shed3"),
    (Reach.ROOM, "shed4"),
    (Reach.BUILDING, "b1"),
    (Reach.ALL, ""),
]
AMPERES = st.sampled_from([0.0, 0.1, 0.2, 1.4, 12.0])


class ChargersMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.trial = Sheds()

    @rule(port=st.sampled_from(PORTS), watts=st.sampled_from([0.0, 200.0, 700.0]))
    def charge(self, port: tuple[str, str], watts: float) -> None:
        self.trial.charge(*port, watts, f"S{len(self.trial.said)}")

    @rule(port=st.sampled_from(PORTS), amperes=AMPERES)
    def measure(self, port: tuple[str, str], amperes: float) -> None:
        self.trial.port(*port, current=amperes)

    @rule(port=st.sampled_from(PORTS), celsius=st.sampled_from([25.0, 66.0, 76.0]))
    def warm(self, port: tuple[str, str], celsius: float) -> None:
        self.trial.port(*port, socket_temperature=celsius)

    @rule(port=st.sampled_from(PORTS), why=st.sampled_from(["unplugged", "held", "mains"]))
    def end(self, port: tuple[str, str], why: str) -> None:
        session = self.trial.judge.chargers.ports["/".join(port)].session
        self.trial.end(*port, str(session or ""), why)

    @rule(port=st.sampled_from(PORTS))
    def leak(self, port: tuple[str, str]) -> None:
        self.trial.event(port[0], "charger_trip", part=port[1], what="leak")

    @rule(device=st.sampled_from(["pile1", "pile2", "pile3", "car1", "lone"]))
    def obey(self, device: str) -> None:
        self.trial.obey(device)

    @rule(device=st.sampled_from(["pile1", "pile3", "board"]), link=st.sampled_from([Link.UP, Link.LOST]))
    def link(self, device: str, link: Link) -> None:
        self.trial.linked(device, link)

    @rule(device=st.sampled_from(["pile1", "pile2"]), fails=st.booleans())
    def mains(self, device: str, *, fails: bool) -> None:
        self.trial.whole(device, mains_fail=fails)

    @rule(closed=st.booleans())
    def contactor(self, *, closed: bool) -> None:
        self.trial.contactor(closed=closed)

    @rule(on=st.booleans())
    def smoke(self, *, on: bool) -> None:
        self.trial.smoke(on=on)

    @rule(place=st.sampled_from(PLACES))
    def press(self, place: tuple[Reach, str]) -> None:
        self.trial.press(*place, MANAGER)

    @rule(number=st.integers(0, 3))
    def lift(self, number: int) -> None:
        for stop in list(self.trial.judge.chargers.stops)[number : number + 1]:
            self.trial.lift(stop, MANAGER)

    @rule(number=st.integers(0, 5))
    def reset(self, number: int) -> None:
        for alarm in list(self.trial.judge.alarms)[number : number + 1]:
            self.trial.take(AckAlarm(MANAGER, alarm.number))
            self.trial.take(ResetAlarm(MANAGER, alarm.number, "seen"))

    @rule(seconds=st.sampled_from([0.3, 2.0, 6.0, 11.0, 65.0, 400.0]))
    def wait(self, seconds: float) -> None:
        self.trial.wait(seconds)

    @rule(reboot=st.booleans(), trusted=st.booleans())
    def restart(self, *, reboot: bool, trusted: bool) -> None:
        before = self._standing()

        self.trial.restart(off_seconds=1, reboot=reboot, trusted=trusted)

        assert self._standing() == before

    @rule()
    def reload(self) -> None:
        before = self._standing()

        self.trial._keep(self.trial.judge.adopt(self.trial.rules, self.trial.now))

        assert self._standing() == before

    @invariant()
    def what_is_wanted_follows_from_the_holds(self) -> None:
        if not hasattr(self, "trial"):
            return
        wanted: dict[str, list[str]] = {}
        for port in self.trial.judge.chargers.ports.values():
            if port.holds:
                wanted.setdefault(port.device, []).append(port.part)
        if "shed3" in self.trial.judge.chargers._stops.contactors.cut:
            wanted["board"] = ["c1"]
        said = {device: level["parts"] for device, level in self.trial.wants.items() if level is not None}
        assert said == wanted

    @invariant()
    def a_port_is_held_by_stops_exactly_while_one_reaches_it(self) -> None:
        if not hasattr(self, "trial"):
            return
        chargers = self.trial.judge.chargers
        reached = {key for stop in chargers.stops.values() for key in stop.ports}
        assert {key for key, port in chargers.ports.items() if "stop" in port.holds} == reached
        assert chargers._stops.offs.keys() == reached

    @invariant()
    def nothing_is_called_stopped_that_was_seen_to_carry_current(self) -> None:
        if not hasattr(self, "trial"):
            return
        chargers = self.trial.judge.chargers
        for stop in chargers.stops.values():
            for key, phase in stop.ports.items():
                off = chargers._stops.offs[key]
                assert phase is off.phase
                if phase is Phase.PROVED and not off.by_contactor:
                    waited = ("disobeys", key) in chargers._delays or ("live_though_off", key) in chargers._delays
                    assert (chargers.ports[key].amperes or 0.0) < 0.2 or waited

    @invariant()
    def a_port_that_is_not_proved_in_time_is_called_not_stopped(self) -> None:
        if not hasattr(self, "trial"):
            return
        chargers, now = self.trial.judge.chargers, self.trial.now
        for key, off in chargers._stops.offs.items():
            if off.phase is Phase.ORDERED and off.at.boot_id == now.boot_id:
                assert now.boottime_ns - off.at.boottime_ns <= 16 * 10**9, key
        unproved = [stop for stop in chargers.stops.values() if stop.phase is Phase.NOT_STOPPED]
        active = [a for a in self.trial.judge.alarms if a.rule == "charging_not_stopped" and a.active]
        assert bool(unproved) == bool(active)

    def _standing(self) -> Json:
        chargers = self.trial.judge.chargers
        return (
            {key: port.holds for key, port in chargers.ports.items() if port.holds},
            {name: (stop.reach, stop.what, stop.ports, stop.causes) for name, stop in chargers.stops.items()},
            {key: (one.session, one.ending) for key, one in chargers.sessions.items()},
            {device: level for device, level in self.trial.wants.items() if level is not None},
        )


ChargersMachine.TestCase.settings = settings(
    max_examples=2_000 if SOAK else 12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestChargers = ChargersMachine.TestCase
