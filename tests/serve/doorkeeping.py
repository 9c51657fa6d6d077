"""The doorkeeper of the tests: real permits, and commissioning and serial numbers of cardboard."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from drivers.contract import PERMITS, DeviceEvent
from gateway.actor import Actor, Role
from gateway.decide.commissioning import CommissioningRecord
from gateway.decide.permits.permits import Permits
from gateway.decide.rules import DeviceRules, DoorRules, Rules
from gateway.installing import AcceptSerial, BeginCommissioning, InstallerAct, SignCommissioning
from gateway.model import NANOSECONDS, Now, Outcome
from gateway.permit import Credential, DoorGroup, Permit, PermitAct, PutGroup, PutPermits, PutSchedule, Schedule
from gateway.serve.doorkeeper import Doorkeeper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.serve.layout import Layout

KEY = b"a key of the tests, 32 bytes...."
SEED = Actor("seed", "种子", Role.ADMINISTRATOR)
Done: TypeAlias = "Sequence[Outcome]"

PEOPLE = (
    Permit("", "", "李梅", "b1-1-501", "00000000000000a1", Credential.CARD, ("north",)),
    Permit("", "", "王强", "b1-1-501", "00000000000000a2", Credential.CARD, ("north",), "days"),
    Permit("", "", "赵云", "b2-1-301", "00000000000000a3", Credential.CARD, ("south",)),
    Permit("", "", "保安", "", "00000000000000a4", Credential.CARD, ("south",)),
)
"""Permits p1 to p4."""


def silent(*_what: object, **_how: object) -> list[Outcome]:
    """No alarms here."""
    return []


def rules_of(layout: Layout) -> Rules:
    """Every door of a layout, at controllers that hold permits."""
    devices = {
        device: DeviceRules(
            "line",
            stands.place,
            (),
            wants=frozenset({PERMITS}),
            doors={
                door.part: DoorRules(door.part, stands.place, door.escape, fail_safe=True, points={})
                for door in layout.doors.values()
                if door.device == device
            },
        )
        for device, stands in layout.devices.items()
    }
    return Rules({}, devices=devices)


@dataclass
class Installing:
    """Records of commissioning, and serial numbers."""

    records: dict[str, CommissioningRecord] = field(default_factory=dict)
    serials: dict[str, str] = field(default_factory=lambda: {"b1u1": "300101"})
    replaced: set[str] = field(default_factory=set)

    def act(self, act: InstallerAct, now: Now) -> None:
        """Do as one is told."""
        match act:
            case AcceptSerial(device=device, serial=serial):
                self.serials[device] = serial
                self.replaced.add(device)
            case BeginCommissioning(device=device):
                doors = {"door1": {"link": now.utc, "card": None}}
                self.records[device] = CommissioningRecord(device, now.utc, act.actor.name, "300101", doors)
            case SignCommissioning(device=device, note=note) if device in self.records:
                signed = replace(self.records[device], signed_utc=now.utc, signed_by=act.actor.name, note=note)
                self.records[device] = signed

    def expected(self, device: str) -> str:
        """As it was accepted."""
        return self.serials.get(device, "")

    def replacing(self, device: str) -> bool:
        """Whether it was replaced."""
        return device in self.replaced


class Lodge:
    """Where the doorkeeper sits: four permits, three groups and two schedules."""

    def __init__(self, layout: Layout, now: Now) -> None:
        self.installing = Installing()
        self.permits = Permits({}, now, silent)
        self.permits.adopt(rules_of(layout), now)
        if "b1u1/door1" in layout.doors:
            for act in (
                PutGroup(SEED, DoorGroup("north", "1号楼", ("b1u1/door1", "b1u2/door1"))),
                PutGroup(SEED, DoorGroup("south", "2号楼", ("b2u1/door1",))),
                PutGroup(SEED, DoorGroup("spare", "备用", ("b1u1/door1",))),
                PutSchedule(SEED, Schedule("days", "白天", {"monday": ((480, 1080),)})),
                PutSchedule(SEED, Schedule("nights", "夜间", {"sunday": ((0, 60),)})),
                PutPermits(SEED, PEOPLE, "moved in"),
            ):
                self.act(act, now)
            self.settle(now)

    def act(self, act: PermitAct | InstallerAct, now: Now) -> Done:
        """Whatever is asked."""
        if isinstance(act, AcceptSerial | BeginCommissioning | SignCommissioning):
            self.installing.act(act, now)
            return ()
        return self.permits.act(act, now)

    def settle(self, now: Now) -> None:
        """Let the tables of all controllers be worked out."""
        for step in range(1, 100):
            self.permits.wake(now._replace(boottime_ns=now.boottime_ns + step * NANOSECONDS))

    def commits(self, device: str, now: Now) -> None:
        """A controller says that it holds what is wanted of it."""
        state = self.permits.tables[device]
        values = {"permits_version": state.wanted_version, "permits_sum": state.wanted_sum}
        values |= {"permits_users": state.wanted_users, "permits_left": 0, "permits_total": 3}
        self.permits.table(device, {**values, "permits_state": "current"}, now)

    def show_card(self, device: str, part: str, card: str, now: Now) -> None:
        """Somebody shows a card that nobody knows."""
        body = {"part": part, "ref": int(card[-8:], 16), "card": card}
        self.permits.event(DeviceEvent(device, "1-1", 1, "denied_unknown", body, now.boottime_ns), now)

    def keeper(self) -> Doorkeeper:
        """What the HTTP face is handed."""
        return Doorkeeper(self.permits, self.installing, self.installing, KEY, "Asia/Shanghai")
