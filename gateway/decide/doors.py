"""Everything about doors, joined: commands, fire release, serials, commissioning, permits, and what doors report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import CLOCK, Link, WantedState
from gateway.decide.commissioning import Commissioning
from gateway.decide.fire import FireRelease
from gateway.decide.fire_doors import FireDoors
from gateway.decide.gate import Gate
from gateway.decide.known import table_of
from gateway.decide.ledger import Ledger
from gateway.decide.permits.permits import Permits
from gateway.decide.rules import EVENTS_LOST, UNKNOWN_UNLOCK
from gateway.decide.sending import Sending
from gateway.decide.serials import Serials
from gateway.installing import AcceptSerial, BeginCommissioning, SignCommissioning
from gateway.model import AskCommand, Outcome, Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from drivers.contract import DeviceEvent, Json, LinkChanged
    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.rules import Rules
    from gateway.decide.watches import Watches
    from gateway.installing import InstallerAct
    from gateway.model import Now, Said
    from gateway.permit import PermitAct


class Doors:
    """The doors' side of the judgement; `known` and `watches` are shared with the rest of it.

    `fire`, `sending` and `gate` are of all devices, and shared in turn.
    """

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, now: Now) -> None:
        self._known = known
        self._watches = watches
        self._ledger = Ledger(remembered)
        self.fire = FireRelease(remembered)
        self._fire_doors = FireDoors(self.fire, known, watches)
        self.sending = Sending(known, self._ledger)
        self.serials = Serials(remembered, known, watches)
        self.commissioning = Commissioning(remembered, known, self._ledger, self.serials)
        self.permits = Permits(remembered, now, watches.say)
        self.gate = Gate(known, self._ledger, self.fire, self.serials)
        self._releasing = _releasing(known.rules)
        self._clock_trusted: bool | None = None
        """Whether the devices' clocks were last said to follow ours."""

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        return self.permits.next_ns

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force, and say again what is wanted of every controller: fire release first."""
        rules = self._known.rules
        self._releasing = _releasing(rules)
        out = self.fire.again(rules, self._watches.book.open.values(), self._releasing)
        out += self._fire_doors.look_at_all(now)
        out += self._ledger.begin(now)
        out += self.serials.again()
        out += self.permits.adopt(rules, now)
        out += self.permits.again()
        out += self._clocks(now)
        return out

    def follow_fire(self, outcomes: Sequence[Said], now: Now) -> Sequence[Said]:
        """What alarms mean for the doors of their buildings, before all that they mean for people."""
        released = self.fire.follow(outcomes, self._known.rules, self._releasing)
        return [*released, *outcomes, *self._fire_doors.look_at_all(now)] if released else outcomes

    def act(self, act: AskCommand | InstallerAct | PermitAct, now: Now) -> list[Outcome]:
        """What a person asks for about doors."""
        match act:
            case AskCommand():
                return self.gate.ask(act, now)
            case AcceptSerial():
                return self.serials.accept(act, now)
            case BeginCommissioning():
                return self.commissioning.begin(act, now)
            case SignCommissioning():
                return self.commissioning.sign(act, now)
            case _:
                return self.permits.act(act, now)

    def said(self, group: KnownGroup, now: Now) -> Iterable[Outcome]:
        """A controller's values changed."""
        device = group.device
        yield from self._fire_doors.look(device, now)
        yield from self.commissioning.seen(device, now)
        if group.table:
            yield from self.permits.table(device.id, table_of(device), now)
            yield from self._in_service(device)

    def linked(self, changed: LinkChanged, now: Now) -> Iterable[Outcome]:
        """A controller was found, lost, or is another."""
        device = self._known.devices[changed.device]
        shown = self.serials.shown(device.id)
        yield from self.serials.read(changed, now)
        if shown and self.serials.shown(device.id) != shown:  # what another box said is not this one's word
            device.forget()
        yield from self._fire_doors.look(device, now)
        yield from self.commissioning.linked(device, now)
        yield from self._in_service(device)

    def happened(self, event: DeviceEvent, now: Now) -> Iterable[Outcome]:
        """A controller reported an event that happened once."""
        ours = False
        match event.kind:
            case "remote_unlock" if not self._ledger.history(event):
                echo = self._ledger.recognise(event, now)
                ours = echo is not None
                yield from self._unknown_unlock(event, now) if echo is None else echo
            case "gap":
                yield from self._events_lost(event, now)
        yield from self.commissioning.happened(event, now, ours=ours)
        yield from self.permits.event(event, now)

    def sweep(self, now: Now) -> Iterable[Outcome]:
        """Once a second."""
        yield from self._fire_doors.look_at_all(now)
        yield from self._ledger.begin(now)
        if now.trusted is not self._clock_trusted:
            yield from self._clocks(now)

    def wake(self, now: Now) -> list[Outcome]:
        """Let time pass for permits."""
        due = self.permits.next_ns
        return self.permits.wake(now) if due is not None and due <= now.boottime_ns else []

    def checkpoint(self, _now: Now) -> Iterable[Outcome]:
        """Once a minute: nothing here would be lost by a restart."""
        return ()

    def _clocks(self, now: Now) -> Iterator[Outcome]:
        """Devices follow our clock while it is to be believed, and else keep their own."""
        self._clock_trusted = now.trusted
        for device, rules in self._known.rules.devices.items():
            if CLOCK in rules.wants:
                yield Want(device, WantedState(CLOCK, level=True if now.trusted else None))

    def _in_service(self, device: KnownDevice) -> list[Outcome]:
        """A new controller is in service when it answers with its serial, and says itself that it holds the wanted table."""
        if not self.serials.replacing(device.id) or device.link is not Link.UP:
            return []
        if self.serials.shown(device.id) != self.serials.expected(device.id):
            return []
        table = self.permits.tables.get(device.id)
        said = device.seen(device.rules.points, "permits_version").sure
        if table is not None and table.wanted_version and not (table.current and said):
            return []
        return self.serials.in_service(device)

    def _unknown_unlock(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        why = f"an unlock with the id {event.body.get('ref')}, which was not sent from here or was reported before"
        return self._about(UNKNOWN_UNLOCK, event, why, now)

    def _events_lost(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        body = event.body
        first, end = body.get("from"), body.get("to")
        lost = f"events from {first} on" if end is None else f"{end - first} events ({first} to {end - 1})"
        return self._about(EVENTS_LOST, event, f"{lost} were lost: {body.get('why')}", now)

    def _about(self, rule: str, event: DeviceEvent, why: str, now: Now) -> list[Outcome]:
        device = self._known.devices.get(event.device)
        if device is None:  # its last word, after a reload has taken it away
            return []
        part = event.body.get("part", "")
        door = device.rules.doors.get(part)
        place = door.place if door is not None else device.rules.place
        source = f"{event.device}/{part}" if part else event.device
        return self._watches.say(rule, source, event.device, place, abnormal=True, why=why, now=now)


def _releasing(rules: Rules) -> frozenset[str]:
    """The rules whose alarms release doors."""
    watched = (each for device in rules.devices.values() for group in device.groups for each in group.watched)
    several = (rule for each in watched for rule in each.rules)
    return frozenset(rule.name for rule in (*several, *rules.facts.values()) if rule.releases)
