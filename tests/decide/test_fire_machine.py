"""Whatever else happens: while an alarm holds a building released, its escape doors are wanted open, and no other door is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from drivers.contract import FIRE_RELEASE, Link
from gateway.installing import AcceptSerial, BeginCommissioning
from gateway.model import AckAlarm, LineChanged, Remember, ResetAlarm, Want
from tests.decide.town import COMMANDS, INSTALLER, PARTS, PEOPLE, STAFF, Town, controller, town

if TYPE_CHECKING:
    from drivers.contract import Json
    from gateway.decide.rules import Rules
    from gateway.model import Outcome

CONTROLLERS = ("c1", "c2", "c3", "c4")
BUILDING = {"c1": "b1", "c2": "b1", "s1": "b1", "c3": "b2", "c4": ""}
SOURCES = ("c1", "c2", "c3", "c4", "s1")


class Fires(RuleBasedStateMachine):
    """`self.held` is the model: which sources hold their zone, from the moment they say so until a person resets them."""

    def __init__(self) -> None:
        super().__init__()
        self.trial = Town()
        self.active = dict.fromkeys(SOURCES, False)
        self.held: set[str] = set()
        self.escapes: dict[str, tuple[str, ...]] = {"c1": ("door1",), "c2": PARTS, "c3": (), "c4": ("door1",)}

    @initialize(devices=st.sets(st.sampled_from(CONTROLLERS)))
    def some_are_found(self, devices: set[str]) -> None:
        self.trial.up(*devices)

    @rule(source=st.sampled_from(SOURCES), on=st.booleans())
    def a_source_speaks(self, source: str, *, on: bool) -> None:
        out = self.trial.smoke(on=on) if source == "s1" else self.trial.say(source, {"fire_input": on})
        if on:
            if not self.active[source]:
                self.doors_come_first(out)
            self.held.add(source)
        self.active[source] = on

    def doors_come_first(self, out: list[Outcome]) -> None:
        first_other = next(n for n, outcome in enumerate(out) if not isinstance(outcome, Want))
        assert first_other > 0
        assert not any(isinstance(o, Want) and o.state.name == FIRE_RELEASE for o in out[first_other:])

    @rule(source=st.sampled_from(SOURCES))
    def a_person_resets(self, source: str) -> None:
        key = "smoke@s1/smoke" if source == "s1" else f"fire_input@{source}/fire_input"
        alarm = self.trial.alarms.get(key)
        if alarm is None:
            return
        self.trial.take(AckAlarm(STAFF, alarm.number))
        self.trial.take(ResetAlarm(STAFF, alarm.number, "went there"))
        if not self.active[source]:
            self.held.discard(source)

    @rule(
        actor=st.sampled_from(list(PEOPLE.values())),
        device=st.sampled_from(CONTROLLERS),
        name=st.sampled_from(list(COMMANDS)),
        on=st.booleans(),
    )
    def a_person_asks(self, actor: object, device: str, name: str, *, on: bool) -> None:
        stands = any(self.zone(source) == self.zone(device) for source in self.held)
        code = self.trial.ask(actor, device, name, on=on)  # type: ignore[arg-type] # an actor of the table
        if stands and COMMANDS[name].acts_as in ("fire_reset", "relay_test"):
            assert code in ("role", "fire_release", "swapped")
        if stands and COMMANDS[name].acts_as == "lockdown" and on:
            assert code in ("role", "fire_release", "swapped")

    @rule(device=st.sampled_from(CONTROLLERS), on=st.booleans())
    def a_controller_locks_down(self, device: str, *, on: bool) -> None:
        self.trial.say(device, {"lockdown": on, "fire_input": self.active[device]})

    @rule(
        device=st.sampled_from(CONTROLLERS),
        link=st.sampled_from(list(Link)),
        serial=st.sampled_from(["", "1", "2", "3"]),
    )
    def a_link_changes(self, device: str, link: Link, serial: str) -> None:
        self.trial.found(device, link, serial)

    @rule(link=st.sampled_from(list(Link)))
    def the_line_changes(self, link: Link) -> None:
        self.trial.take(LineChanged("l1", link, "cable", self.trial.now.boottime_ns))

    @rule(device=st.sampled_from(CONTROLLERS), serial=st.sampled_from(["1", "2", "3"]))
    def a_controller_is_replaced(self, device: str, serial: str) -> None:
        self.trial.take(AcceptSerial(INSTALLER, device, serial, "lightning"))

    @rule(device=st.sampled_from(CONTROLLERS))
    def a_door_is_commissioned(self, device: str) -> None:
        self.trial.take(BeginCommissioning(INSTALLER, device))

    @rule(device=st.sampled_from(CONTROLLERS), kind=st.sampled_from(["remote_unlock", "gap", "granted"]))
    def an_event_happens(self, device: str, kind: str) -> None:
        self.trial.event(device, kind, {"part": "door1", "ref": 1, "from": 1, "to": 9, "why": "overrun"})

    @rule(seconds=st.sampled_from([0.5, 3, 15, 100]))
    def time_passes(self, seconds: float) -> None:
        self.trial.wait(seconds)

    @rule(reboot=st.booleans(), trusted=st.booleans())
    def the_process_is_killed(self, *, reboot: bool, trusted: bool) -> None:
        self.trial.restart(reboot=reboot, off_seconds=5, trusted=trusted)

    @rule(device=st.sampled_from(CONTROLLERS), escapes=st.sampled_from([(), ("door1",), ("door2",), PARTS]))
    def the_configuration_changes(self, device: str, escapes: tuple[str, ...]) -> None:
        self.escapes[device] = escapes
        self.trial.rules = self.town()
        self.trial._keep(self.trial.judge.adopt(self.trial.rules, self.trial.now))

    def town(self) -> Rules:
        changed = {device: controller(device, BUILDING[device], self.escapes[device]) for device in CONTROLLERS}
        return town(**changed)

    def zone(self, device: str) -> str:
        return BUILDING[device] or device

    @invariant()
    def the_escape_doors_are_wanted_open_and_no_others(self) -> None:
        expected: dict[str, Json] = {}
        for zone in {self.zone(source) for source in self.held}:
            members = [device for device in CONTROLLERS if self.zone(device) == zone]
            asked = [device for device in members if device in self.held] or members
            known = any(self.escapes[device] for device in members)
            for device in members:
                doors = self.escapes[device] if known else PARTS if device in asked else ()
                if doors:
                    expected[device] = {"doors": list(doors)}
        assert self.trial.released == expected

    @invariant()
    def what_is_remembered_is_small_and_plain(self) -> None:
        assert all(
            isinstance(o.value, str | int | float | list | dict | None)
            for o in self.trial.said
            if isinstance(o, Remember)
        )
        self.trial.said.clear()


SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
TestFires = Fires.TestCase
TestFires.settings = settings(max_examples=2_000 if SOAK else 40, stateful_step_count=60 if SOAK else 30, deadline=None)
