"""A small town with doors for tests of decide: controllers with two doors each, a smoke detector, and people of every role.

b1   c1 (door1 escape, door2)   c2 (door1 escape, door2 escape)   s1, a detector
b2   c3 (door1, door2: no way out is known)
-    c4 (door1 escape), which belongs to no building
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from drivers.contract import FIRE_RELEASE, PERMITS, SERIAL, DeviceEvent, Link, LinkChanged, Sample
from gateway.actor import Actor, Role
from gateway.decide.rules import FACTS, CommandRules, DeviceRules, DoorRules, GroupRules, Rule, Rules, Watched
from gateway.model import AskCommand, Outcome, Place, Priority, Refused, Remember, Send, Want
from tests.decide.bench_of_rules import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Json, Value

FIRE = Rule("fire_input", Priority.P1, latching=True, releases=True)
SMOKE = Rule("smoke", Priority.P1, latching=True, releases=True)
FACT_RULES = {name: Rule(name, Priority.P3) for name in FACTS} | {
    "fire_doors_shut": Rule("fire_doors_shut", Priority.P1, on_delay_seconds=3.0),
    "unknown_unlock": Rule("unknown_unlock", Priority.P2, latching=True),
    "events_lost": Rule("events_lost", Priority.P3, latching=True),
}

PEOPLE = {role: Actor(role.value, role.value, role) for role in Role}
STAFF, MANAGER = PEOPLE[Role.STAFF], PEOPLE[Role.MANAGER]
INSTALLER, VIEWER = PEOPLE[Role.INSTALLER], PEOPLE[Role.VIEWER]

WHOLE = ("fire_input", "fire_release_latched", "lockdown", "ring_head")
OF_A_DOOR = ("relay_on", "door_unlocked", "door_open", "door_exit_request", "door_fire_released")
PARTS = ("door1", "door2")
POINTS = (*WHOLE, *(f"{part}.{meaning}" for part in PARTS for meaning in OF_A_DOOR))
TABLE = ("permits_version", "permits_sum", "permits_users", "permits_left", "permits_total", "permits_state")
COMMANDS = {
    **{f"{part}.unlock": CommandRules("unlock", part) for part in PARTS},
    **{f"{part}.hold_free": CommandRules("hold_free", part) for part in PARTS},
    **{f"{part}.relay_test": CommandRules("relay_test", part) for part in PARTS},
    "lockdown": CommandRules("lockdown"),
    "reset_fire_latch": CommandRules("fire_reset"),
    "beep": CommandRules(),
}

RELEASED = {f"{part}.{proof}": True for part in PARTS for proof in ("door_unlocked", "door_fire_released")}
"""What a controller says whose doors all stand released."""


def controller(
    device: str,
    building: str,
    escape: Iterable[str],
    *,
    serial: str = "",
    wants: Iterable[str] = (FIRE_RELEASE, SERIAL),
) -> DeviceRules:
    """A controller with a fire input, two doors, and a table of permits."""
    place = Place(building, "1", f"{device}门禁", "g1")
    doors = {
        part: DoorRules(
            part,
            Place(building, "1", f"{part}大门", "g1"),
            part in set(escape),
            fail_safe=True,
            points={meaning: (0, POINTS.index(f"{part}.{meaning}")) for meaning in OF_A_DOOR},
        )
        for part in PARTS
    }
    watched = Watched(0, f"{device}/fire_input", place, (FIRE,))
    points = {meaning: (0, POINTS.index(meaning)) for meaning in WHOLE}
    points |= {meaning: (1, number) for number, meaning in enumerate(TABLE)}
    groups = (GroupRules((watched,), 10.0), GroupRules((), None))
    return DeviceRules("l1", place, groups, COMMANDS, frozenset(wants), doors, points, serial)


def town(**changed: DeviceRules) -> Rules:
    """The town, with some of its devices as the test wants them."""
    smoke = Watched(0, "s1/smoke", Place("b1"), (SMOKE,))
    devices = {
        "c1": controller("c1", "b1", ["door1"]),
        "c2": controller("c2", "b1", PARTS),
        "s1": DeviceRules("l1", Place("b1", name="烟感"), (GroupRules((smoke,), None),)),
        "c3": controller("c3", "b2", []),
        "c4": controller("c4", "", ["door1"]),
        **changed,
    }
    return Rules(FACT_RULES, {"l1": Place()}, devices)


ESCAPES = {"c1": {"doors": ["door1"]}, "c2": {"doors": ["door1", "door2"]}}
"""What the controllers of b1 hold while it stands released."""


@dataclass
class Town(Trial):
    """A trial in the town; `wants` is what each controller was last told to hold."""

    rules: Rules = field(default_factory=town)
    wants: dict[tuple[str, str], Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.states: dict[str, dict[str, Value]] = {}
        self._sequence = count(1)
        super().__post_init__()

    def say(self, device: str, changes: Mapping[str, Value] | None = None) -> list[Outcome]:
        """A controller answers: its state with these changes."""
        state = self.states.setdefault(device, dict.fromkeys(POINTS, False))
        state.update(changes or {})
        return self.take(Sample(device, 0, tuple(state.values()), None, self.now.boottime_ns))

    def smoke(self, *, on: bool) -> list[Outcome]:
        """The detector says so."""
        return self.take(Sample("s1", 0, (on,), None, self.now.boottime_ns))

    def found(self, device: str, link: Link = Link.UP, serial: str = "") -> list[Outcome]:
        """A controller's link."""
        return self.take(LinkChanged(device, link, "why", self.now.boottime_ns, serial))

    def up(self, *devices: str) -> None:
        """These controllers are found, and answer."""
        for device in devices:
            self.found(device)
            self.say(device)

    def live(self, seconds: float, *devices: str) -> list[Outcome]:
        """Time passes while these controllers answer each second."""
        out: list[Outcome] = []
        for _ in range(int(seconds)):
            out += self.wait(1)
            for device in devices:
                out += self.say(device)
        return out

    def event(
        self, device: str, kind: str, body: Mapping[str, Json] | None = None, *, utc: float | None = None
    ) -> list[Outcome]:
        """A controller reports an event."""
        sequence = next(self._sequence)
        return self.take(DeviceEvent(device, "300101-1", sequence, kind, body or {}, self.now.boottime_ns, utc))

    def ask(
        self,
        actor: Actor = MANAGER,
        device: str = "c1",
        name: str = "door1.unlock",
        request: str = "",
        **arguments: Json,
    ) -> str:
        """Ask for a command; the code of its refusal, "" when it was sent."""
        out = self.take(AskCommand(actor, device, name, arguments, "courier", request))
        if refused := [outcome for outcome in out if isinstance(outcome, Refused)]:
            assert len(out) == 1
            assert refused[0].why
            return refused[0].code
        assert [type(outcome) for outcome in out if not isinstance(outcome, Remember)] == [Send]
        return ""

    def sent(self) -> list[int]:
        """The ids of all commands that were sent."""
        return [outcome.command.id for outcome in self.said if isinstance(outcome, Send)]

    @property
    def released(self) -> dict[str, Json]:
        """What each controller holds because of fire."""
        return {device: level for (device, name), level in self.wants.items() if name == FIRE_RELEASE and level}

    def _keep(self, outcomes: object) -> list[Outcome]:
        kept = super()._keep(outcomes)  # type: ignore[arg-type] # as the trial hands it over
        for outcome in kept:
            if isinstance(outcome, Want) and outcome.state.name != PERMITS:
                self.wants[outcome.device, outcome.state.name] = outcome.state.level
        return kept

    def _start(self) -> None:
        self.wants.clear()  # drivers start anew as well
        super()._start()
