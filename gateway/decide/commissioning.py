"""Commissioning (调试): a device's doors gone through check by check, each ticked by what the door itself shows.

Nobody ticks a box by hand. An installer begins, does at each door what the checks name, and signs the record when nothing is
open, or with a note that says why something is.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from drivers.contract import SERIAL, Link
from gateway.decide.may import MAY_INSTALL, may
from gateway.model import NANOSECONDS, Outcome, Recorded, Refused, Remember

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import DeviceEvent, Json
    from gateway.decide.known import Known, KnownDevice
    from gateway.decide.ledger import Ledger
    from gateway.decide.rules import DeviceRules, DoorRules
    from gateway.decide.serials import Serials
    from gateway.installing import BeginCommissioning, SignCommissioning
    from gateway.model import Now

LINK = "link"
SERIAL_CHECK = "serial"
BOND = "bond"
CONTACT = "contact"
EXIT_REQUEST = "exit_request"
CARD = "card"
PULSE = "pulse"
FIRE_RELEASE = "fire_release"
CHECKS = (LINK, SERIAL_CHECK, BOND, CONTACT, EXIT_REQUEST, CARD, PULSE, FIRE_RELEASE)
"""In the order in which an installer goes through them. A door has those that its product can show."""

PULSE_SECONDS = 30
"""Where a product tells no events, a relay that moves so soon after our own unlock was moved by it."""

_POINTS = {
    BOND: "door_unlocked",
    CONTACT: "door_open",
    EXIT_REQUEST: "door_exit_request",
    FIRE_RELEASE: "door_fire_released",
}
_CARDS = ("card_shown", "granted")
_BOTH_WAYS = (BOND, CONTACT)
"""Seen on, then off again."""

_RELAY = "relay"
_ECHO = "echo"
"""The two halves of a pulse: the relay moved, and the door reported our command."""

_RING = "ring_head"
"""A product with a point of this meaning reports events."""

_RECORD = "commissioning:"


@dataclass(frozen=True, slots=True)
class CommissioningRecord:
    """A device's record. `doors`: for each part the checks that it has, and when each was ticked (UTC), None while it is open.

    `halves` are first halves seen of checks that take two, such as "door1/bond". `signed_utc` is None until it is signed.
    """

    device: str
    begun_utc: float
    begun_by: str
    serial: str
    doors: Mapping[str, Mapping[str, float | None]]
    halves: tuple[str, ...] = ()
    signed_utc: float | None = None
    signed_by: str = ""
    note: str = ""

    @property
    def open(self) -> tuple[str, ...]:
        """What is not ticked yet: "door1/card"."""
        return tuple(
            f"{part}/{check}" for part, checks in self.doors.items() for check, at in checks.items() if at is None
        )


@dataclass(slots=True)
class _Work:
    """A record while it is being changed by one input."""

    record: CommissioningRecord
    now: Now
    doors: dict[str, dict[str, float | None]] = field(init=False)
    halves: set[str] = field(init=False)
    changed: bool = False

    def __post_init__(self) -> None:
        self.doors = {part: dict(checks) for part, checks in self.record.doors.items()}
        self.halves = set(self.record.halves)

    def tick(self, part: str, check: str) -> None:
        if self.doors[part].get(check, 0.0) is None:
            self.doors[part][check] = self.now.utc
            self.changed = True

    def half(self, part: str, what: str) -> None:
        if f"{part}/{what}" not in self.halves:
            self.halves.add(f"{part}/{what}")
            self.changed = True

    def pulse(self, part: str, half: str) -> None:
        """One half of a pulse was seen; both make it whole."""
        self.half(part, half)
        if {f"{part}/{_RELAY}", f"{part}/{_ECHO}"} <= self.halves:
            self.tick(part, PULSE)


class Commissioning:
    """The records by device; `records` may be read by others."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, ledger: Ledger, serials: Serials) -> None:
        self._known = known
        self._ledger = ledger
        self._serials = serials
        self._records: dict[str, CommissioningRecord] = {
            key.removeprefix(_RECORD): CommissioningRecord(**{**body, "halves": tuple(body["halves"])})
            for key, body in remembered.items()
            if key.startswith(_RECORD)
        }
        self._running = {device for device, record in self._records.items() if record.signed_utc is None}

    @property
    def records(self) -> Mapping[str, CommissioningRecord]:
        """All records, signed ones included."""
        return self._records

    def begin(self, act: BeginCommissioning, now: Now) -> list[Outcome]:
        """Begin, or begin anew."""
        rules = self._known.rules.devices.get(act.device)
        if rules is None:
            return [Refused(act, "device_unknown", f"there is no device {act.device}")]
        if refused := may(act, act.actor, MAY_INSTALL, rules.place.grid):
            return [refused]
        if not rules.doors:
            return [Refused(act, "no_doors", f"{act.device} has no doors to commission")]
        doors = {part: dict.fromkeys(_checks(rules, door)) for part, door in rules.doors.items()}
        record = CommissioningRecord(act.device, now.utc, act.actor.name, "", doors)
        self._running.add(act.device)
        out = self._keep(record)
        out.append(Recorded("commissioning", act.device, {"doors": list(doors)}, act.actor.name))
        return out + self.linked(self._known.devices[act.device], now)

    def sign(self, act: SignCommissioning, now: Now) -> list[Outcome]:
        """Sign the record; what is open needs a note."""
        rules = self._known.rules.devices.get(act.device)
        if rules is None:
            return [Refused(act, "device_unknown", f"there is no device {act.device}")]
        if refused := may(act, act.actor, MAY_INSTALL, rules.place.grid):
            return [refused]
        record = self._records.get(act.device)
        if record is None:
            return [Refused(act, "not_begun", f"the commissioning of {act.device} was not begun")]
        if record.signed_utc is not None:
            return [Refused(act, "signed_already", f"the record was signed by {record.signed_by}")]
        note = act.note.strip()
        if record.open and not note:
            why = f"{len(record.open)} checks are open: do them, or say in a note why not"
            return [Refused(act, "checks_open", why, record.open)]
        self._running.discard(act.device)
        signed = replace(record, signed_utc=now.utc, signed_by=act.actor.name, note=note)
        body = {"serial": record.serial, "doors": record.doors, "open": list(record.open), "note": note}
        return [*self._keep(signed), Recorded("commissioned", act.device, body, act.actor.name)]

    def linked(self, device: KnownDevice, now: Now) -> list[Outcome]:
        """The device's link or serial may have changed."""
        if device.id not in self._running or device.link is not Link.UP:
            return []
        work = self._work(device, now)
        shown = self._serials.shown(device.id)
        for part in work.doors:
            work.tick(part, LINK)
            if shown and shown == self._serials.expected(device.id):
                work.tick(part, SERIAL_CHECK)
        return self._done(work, shown)

    def seen(self, device: KnownDevice, now: Now) -> list[Outcome]:
        """The device said something new about its points."""
        if device.id not in self._running:
            return []
        work = self._work(device, now)
        for part, door in device.rules.doors.items():
            if part in work.doors:
                self._look(work, device, door)
        return self._done(work)

    def happened(self, event: DeviceEvent, now: Now, *, ours: bool) -> list[Outcome]:
        """The device reported an event; `ours`: an unlock that the ledger knows."""
        device = self._known.devices.get(event.device)
        if device is None or event.device not in self._running:
            return []
        work = self._work(device, now)
        part = event.body.get("part", "")
        for each in device.rules.doors if not part else [part]:
            if each not in work.doors:
                continue
            if event.kind in _CARDS or event.kind.startswith("denied_"):
                work.tick(each, CARD)
            elif event.kind == "remote_unlock" and ours:
                work.pulse(each, _ECHO)
                if "relay_on" not in device.rules.doors[each].points:  # nothing more can be seen of it
                    work.pulse(each, _RELAY)
        return self._done(work)

    def _look(self, work: _Work, device: KnownDevice, door: DoorRules) -> None:
        for check, meaning in _POINTS.items():
            value, sure = device.seen(door.points, meaning)
            if not sure:
                continue
            if check not in _BOTH_WAYS:
                if value is True:
                    work.tick(door.part, check)
            elif value is True:
                work.half(door.part, check)
            elif f"{door.part}/{check}" in work.halves:
                work.tick(door.part, check)
        if device.seen(door.points, "relay_on") == (True, True):
            work.pulse(door.part, _RELAY)
            if _RING not in device.rules.points and self._ledger.worked(
                device.id, door.part, PULSE_SECONDS * NANOSECONDS, work.now
            ):
                work.pulse(door.part, _ECHO)

    def _work(self, device: KnownDevice, now: Now) -> _Work:
        return _Work(self._records[device.id], now)

    def _done(self, work: _Work, serial: str = "") -> list[Outcome]:
        serial = serial or work.record.serial
        if not work.changed and serial == work.record.serial:
            return []
        return self._keep(replace(work.record, serial=serial, doors=work.doors, halves=tuple(sorted(work.halves))))

    def _keep(self, record: CommissioningRecord) -> list[Outcome]:
        self._records[record.device] = record
        return [Remember(_RECORD + record.device, asdict(record))]


def _checks(rules: DeviceRules, door: DoorRules) -> Iterator[str]:
    """What this door can show of itself."""
    unlocks = any(command.acts_as == "unlock" and command.part == door.part for command in rules.commands.values())
    can = {
        LINK: True,
        SERIAL_CHECK: SERIAL in rules.wants,
        CARD: True,
        PULSE: unlocks and ("relay_on" in door.points or _RING in rules.points),
        **{check: meaning in door.points for check, meaning in _POINTS.items()},
    }
    return (check for check in CHECKS if can[check])
