"""A small compound with doors for tests of permits: a clock that the test moves, a disk, and controllers that hold tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.contract import PERMITS, DeviceEvent
from gateway.actor import Actor, Role
from gateway.decide.permits.permits import Permits
from gateway.decide.rules import FACTS, DeviceRules, DoorRules, Rule, Rules
from gateway.model import NANOSECONDS, Now, Outcome, Place, Priority, Recorded, Refused, Remember, Want
from gateway.permit import ALWAYS, Credential, Permit, PermitAct, PutPermits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Json, Value

MANAGER = Actor("u1", "王芳", Role.MANAGER)
STAFF = Actor("u2", "李强", Role.STAFF, frozenset({"g1"}))
START = Now("boot-1", 1_000 * NANOSECONDS, 1_777_600_000.0, True)
"""1 May 2026, 09:46 in Shanghai: a holiday."""
DAY = 86400

DOORS: Mapping[str, tuple[str, str, int]] = {"gate": ("", "", 2), "u1": ("b1", "g1", 2), "u2": ("b2", "g2", 1)}
"""Device to building, grid and number of doors."""


def rules(devices: Mapping[str, tuple[str, str, int]] = DOORS, timezone: str = "Asia/Shanghai") -> Rules:
    known = {}
    for device, (building, grid, count) in devices.items():
        place = Place(building, "", device, grid)
        doors = {
            f"door{n}": DoorRules(f"door{n}", place, escape=True, fail_safe=True, points={})
            for n in range(1, count + 1)
        }
        known[device] = DeviceRules("l1", place, (), wants=frozenset({PERMITS}), doors=doors)
    return Rules({name: Rule(name, Priority.P3) for name in FACTS}, {"l1": Place()}, known, timezone=timezone)


def hash_of(number: int) -> str:
    """Some credential."""
    return f"{number + 1:016x}"


def permit(number: int, *groups: str, person: str = "", household: str = "b1-1-101", **more: Json) -> Permit:
    """A card that opens the doors of these groups, "u1" when none is named."""
    body: dict[str, Json] = {"schedule": ALWAYS, **more}
    return Permit(
        body.pop("id", ""),
        person or f"person {number}",
        body.pop("name", f"name {number}"),
        household,
        body.pop("credential", hash_of(number)),
        body.pop("kind", Credential.CARD),
        groups or ("u1",),
        **body,
    )


@dataclass
class Gatehouse:
    """Permits with a clock, a disk, and what was said. `held` are the levels that controllers took."""

    rules: Rules = field(default_factory=rules)
    now: Now = START
    disk: dict[str, Json] = field(default_factory=dict)
    wanted: dict[str, Json] = field(default_factory=dict)
    facts: dict[tuple[str, str], bool] = field(default_factory=dict)
    told: list[tuple[str, str, bool, str]] = field(default_factory=list)
    out: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """A process begins: only what is on the disk is left."""
        self.permits = Permits(dict(self.disk), self.now, self._say)
        self.keep(self.permits.adopt(self.rules, self.now))

    def adopt(self, new: Rules) -> None:
        """A reload."""
        self.rules = new
        self.keep([*self.permits.adopt(new, self.now), *self.permits.again()])

    def act(self, act: PermitAct) -> list[Outcome]:
        return self.keep(self.permits.act(act, self.now))

    def put(self, *permits: Permit, actor: Actor = MANAGER) -> list[Outcome]:
        return self.act(PutPermits(actor, permits, ""))

    def refused(self, act: PermitAct) -> Refused:
        """Ask for what must be refused, and see that nothing changed."""
        before, disk = self.inside(), dict(self.disk)

        out = self.act(act)

        assert [type(one) for one in out] == [Refused], out
        assert (self.inside(), self.disk) == (before, disk)
        assert isinstance(out[0], Refused)
        return out[0]

    def inside(self) -> list[Json]:
        """Everything that can be read."""
        one = self.permits
        return [
            dict(one.permits),
            dict(one.groups),
            dict(one.schedules),
            dict(one.tables),
            dict(one.tasks),
            one.enrolment,
        ]

    def work(self) -> list[Outcome]:
        """Let all work on tables be done, without letting time pass to speak of."""
        out: list[Outcome] = []
        while (due := self.permits.next_ns) is not None and due - self.now.boottime_ns < NANOSECONDS:
            self._move(max(0, due - self.now.boottime_ns) / NANOSECONDS)
            out += self.keep(self.permits.wake(self.now))
        return out

    def wait(self, seconds: float) -> list[Outcome]:
        """Let time pass as the house does: woken at every deadline on the way."""
        end = self.now.boottime_ns + int(seconds * NANOSECONDS)
        out: list[Outcome] = []
        while (due := self.permits.next_ns) is not None and due <= end:
            self._move(max(0, due - self.now.boottime_ns) / NANOSECONDS)
            out += self.keep(self.permits.wake(self.now))
        self._move((end - self.now.boottime_ns) / NANOSECONDS)
        return out

    def hold(self, *devices: str, state: str = "current") -> list[Outcome]:
        """These controllers now hold what is wanted of them."""
        out: list[Outcome] = []
        for device in devices or tuple(self.wanted):
            table = self.permits.tables[device]
            values: dict[str, Value] = {
                "permits_version": table.wanted_version,
                "permits_sum": table.wanted_sum,
                "permits_state": state,
            }
            out += self.keep(self.permits.table(device, values, self.now))
        return out

    def event(self, device: str, kind: str, *, at: float | None = 0.0, **body: Json) -> list[Outcome]:
        """Something happened at a door, so many seconds ago (None: its clock is not to be had)."""
        utc = None if at is None else self.now.utc - at
        return self.keep(
            self.permits.event(DeviceEvent(device, "e", 1, kind, body, self.now.boottime_ns, utc), self.now)
        )

    def users(self, device: str) -> dict[str, list[Json]]:
        """The users of a wanted table by credential."""
        return {user[1]: user for user in self.wanted[device]["users"]}

    def keep(self, outcomes: Iterable[Outcome]) -> list[Outcome]:
        out = list(outcomes)
        for outcome in out:
            if isinstance(outcome, Remember) and outcome.value is None:
                self.disk.pop(outcome.key, None)
            elif isinstance(outcome, Remember):
                self.disk[outcome.key] = outcome.value
            elif isinstance(outcome, Want):
                self.wanted[outcome.device] = outcome.state.level
        self.out += out
        return out

    def recorded(self, kind: str) -> list[Recorded]:
        return [one for one in self.out if isinstance(one, Recorded) and one.kind == kind]

    def _move(self, seconds: float) -> None:
        self.now = self.now._replace(
            boottime_ns=self.now.boottime_ns + int(seconds * NANOSECONDS), utc=self.now.utc + seconds
        )

    def _say(
        self,
        rule: str,
        source: str,
        device: str,  # noqa: ARG002
        place: Place,  # noqa: ARG002
        *,
        abnormal: bool,
        why: str,
        now: Now,
    ) -> list[Outcome]:
        assert now == self.now
        if self.facts.get((rule, source), False) is not abnormal:
            self.told.append((rule, source, abnormal, why))
        self.facts[rule, source] = abnormal
        return []
