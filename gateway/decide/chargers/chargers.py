"""Everything about chargers, joined: ports, sessions, limits and trips, room loads, emergency stops, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charging import DropTags, LiftStop, PutTags, StopCharging
from gateway.decide.chargers import limits, returns, sessions, stops
from gateway.decide.chargers.asking import Asking
from gateway.decide.chargers.causes import Causes
from gateway.decide.chargers.delays import Delays
from gateway.decide.chargers.faults import Faults
from gateway.decide.chargers.grounds import Grounds, read
from gateway.decide.chargers.holds import SESSION_CAP, Holds
from gateway.decide.chargers.limits import Limits
from gateway.decide.chargers.network import NETWORK, on_the_network
from gateway.decide.chargers.port import PortView
from gateway.decide.chargers.returns import Returns
from gateway.decide.chargers.room_power import RoomPower
from gateway.decide.chargers.session import Session
from gateway.decide.chargers.sessions import Sessions
from gateway.decide.chargers.stop import Phase, Stop
from gateway.decide.chargers.stop_alarms import StopAlarms
from gateway.decide.chargers.stopping import Stopping
from gateway.decide.chargers.stops import Stops
from gateway.decide.chargers.tags import Tags
from gateway.model import AlarmChanged, Change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import DeviceEvent, Json, LinkChanged, Question
    from gateway.charging import ChargingAct, Reach, Tag
    from gateway.decide.detectors.detectors import Before
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.rules import CommandRules
    from gateway.decide.sending import Sending
    from gateway.decide.watches import Watches
    from gateway.model import Alarm, AskCommand, LineChanged, Now, Outcome, Said

__all__ = ["Chargers", "Phase", "PortView", "Session", "Stop"]

_TRIPS = frozenset({"overcurrent", "temperature", "leak"})
"""What a charger's own protection may say that it found."""


class Chargers:
    """The chargers' side of the judgement; `known`, `watches` and `sending` are shared with the rest of it.

    `adopt` comes before anything else. What devices are told comes first in everything that is returned.
    """

    def __init__(
        self, remembered: Mapping[str, Json], known: Known, watches: Watches, sending: Sending, now: Now
    ) -> None:
        self._known = known
        self._watches = watches
        self._delays = Delays()
        self._grounds = Grounds()
        self._holds = Holds(remembered, self._grounds)
        self._sessions = Sessions(remembered, self._grounds, self._delays, now)
        self._stops = Stops(remembered, self._grounds, self._holds, self._sessions, self._delays, now)
        self._stop_alarms = StopAlarms(self._stops, self._grounds, watches)
        self._stopping = Stopping(self._stops, self._grounds, self._holds, known, watches)
        self._limits = Limits(self._grounds, self._holds, self._sessions, self._stops, watches, self._delays)
        self._faults = Faults(self._grounds, known, watches)
        self._returns = Returns(remembered, self._grounds, self._holds, self._sessions, sending, self._delays, now)
        self._power = RoomPower(self._grounds, self._sessions, self._returns)
        self._tags = Tags(remembered)
        self._asking = Asking(self._tags, self._grounds, self._holds, self._sessions, self._power)
        self._causes = Causes()

    # ------------------------------------------------------------ reading

    @property
    def ports(self) -> Mapping[str, PortView]:
        """Every port, by "device/part"."""
        return self._grounds.ports

    @property
    def sessions(self) -> Mapping[str, Session]:
        """The session that runs at a port, by "device/part"."""
        return self._sessions.running

    @property
    def stops(self) -> Mapping[str, Stop]:
        """The emergency stops that stand, by id, oldest first."""
        return self._stops.standing

    @property
    def tags(self) -> Mapping[str, Tag]:
        """Who may charge, by the keyed hash of the tag."""
        return self._tags.of

    def room_load(self, room: str) -> float:
        """What all ports of a room draw together, in W, as last heard."""
        return self._power.load(room)

    def contactor_closed(self, room: str) -> bool | None:
        """Whether the contactor of a room is closed; None where there is none, or nobody knows now."""
        return self._stops.contactors.closed(room)

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        return self._delays.next_ns

    # ------------------------------------------------------------ people

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force, and say again what must not carry current."""
        self._grounds.build(self._known, now)
        self._causes.build(self._grounds)
        out = self._sessions.adopt(now)
        self._limits.adopt(now)
        self._faults.adopt()
        self._stop_alarms.adopt()
        self._stops.adopt(now)
        for alarm in self._watches.book.open.values():
            if alarm.active:
                for reach, what in self._causes.stopped_by(alarm):
                    self._stop_because(alarm, reach, what, now)
        out = self._close(out + self._returns.adopt(now), now, again=True)
        return [*self._holds.again(), *out]

    def act(self, act: ChargingAct, now: Now) -> list[Outcome]:
        """What a person asks for. A stop that is taken gives one `Recorded` "charging_stop", its subject the stop's id."""
        match act:
            case StopCharging():
                return self._close(self._stopping.stop(act, now), now)
            case LiftStop():
                return self._close(self._stopping.lift(act), now)
            case PutTags() | DropTags():
                return self._tags.act(act)

    def forbids(self, _act: AskCommand, device: KnownDevice, command: CommandRules, _now: Now, /) -> Forbidden | None:
        """Why nobody may do that to a port or a contactor now; None when nothing stands against it."""
        return self._asking.forbids(device, command)

    def sent(self, _act: AskCommand, _device: KnownDevice, _command: CommandRules, _now: Now, /) -> list[Outcome]:
        """A person's command was sent: what follows from it, chargers tell themselves."""
        return []

    # ------------------------------------------------------------ what comes in

    def said(self, group: KnownGroup, before: Before, now: Now) -> Sequence[Outcome]:
        """The values of a group of any device changed: nothing follows for one that is no charger's and no contactor's."""
        told = self._grounds.told.get((group.device.id, group.number))
        if told is None:
            return ()
        out: list[Outcome] = []
        for reader in told.readers:
            read(reader, group, now)
            port = reader.port
            out += self._sessions.seen(port, now)
            out += self._limits.said(port, before.until_ns, now)
            out += self._faults.said(port, now)
            if port.key in self._stops.offs:
                self._stops.look(port)
        if told.whole:
            out += self._returns.mains(group.device, now)
            out += self._faults.whole(group.device, now)
        for room in told.rooms:
            self._stops.contactor_said(room, now)
        return self._close(out, now)

    def happened(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """Something happened once, at a charger or on the network of any device."""
        if event.kind in NETWORK:
            return on_the_network(event, self._known, self._watches, now)
        if event.device not in self._grounds.by_device:
            return []
        port = self._grounds.ports.get(f"{event.device}/{event.body.get('part', '')}")
        out: list[Outcome] = []
        match event.kind:
            case "session_started":
                out = self._sessions.started(event, now)
            case "session_ended":
                out = self._sessions.ended(event, now)
                if port is not None and event.body.get("why") == "mains":
                    out += self._returns.ended_by_mains(port, now)
            case "charger_trip" if port is not None and event.body.get("offline") is not True:
                what = str(event.body.get("what", ""))
                known = what if what in _TRIPS else "protection"
                out = self._limits.trip(port, known, f"its own protection tripped ({what})", now)
            case "charger_error":
                out = self._faults.reported(event, now)
        if port is not None and port.key in self._stops.offs:
            self._stops.look(port)
        return self._close(out, now)

    def linked(self, changed: LinkChanged, now: Now) -> list[Outcome]:
        """A device was found or lost."""
        if changed.device not in self._grounds.by_device:
            return []
        self._stops.linked(changed.device, now)
        return self._close([], now)

    def line_linked(self, changed: LineChanged, now: Now) -> list[Outcome]:
        """A line was lost, or is back."""
        line = self._known.lines.get(changed.line)
        for device in line.devices if line is not None else ():
            self._stops.linked(device.id, now)
        return self._close([], now)

    def asked(self, question: Question, now: Now) -> list[Outcome]:
        """A charger asks whether somebody may charge."""
        return self._asking.authorize(question, now)

    def follow(self, outcomes: Sequence[Said], now: Now) -> Sequence[Said]:
        """What alarms mean for the charging rooms, before all that they mean for people."""
        for outcome in outcomes:
            if not isinstance(outcome, AlarmChanged):
                continue
            alarm = outcome.alarm
            if outcome.change in (Change.RAISED, Change.UNSUPPRESSED) and alarm.active:
                for reach, what in self._causes.stopped_by(alarm):
                    self._stop_because(alarm, reach, what, now)
            elif outcome.change is Change.RESET:
                self._stopping.alarm_reset(alarm.rule, alarm.source, outcome.actor)
        ours = self._close([], now)
        return [*ours, *outcomes] if ours else outcomes

    # ------------------------------------------------------------ time

    def sweep(self, now: Now) -> list[Outcome]:
        """Once a second."""
        self._stops.sweep(now)
        return self._close(self._power.sweep(now), now)

    def wake(self, now: Now) -> list[Outcome]:
        """Let time pass."""
        out: list[Outcome] = []
        for what, whose in self._delays.ended(now.boottime_ns):
            if what in limits.WAITS:
                out += self._limits.due(what, whose, now)
            elif what in (stops.OFF, stops.CUT):
                self._stops.due(what, whose, now)
            elif what in (returns.TURN, returns.FREED):
                out += self._returns.due(what, whose, now)
            elif what == sessions.UNSEEN:
                out += self._sessions.unseen(whose, now)
            elif (port := self._grounds.ports.get(whose)) is not None:
                out += self._limits.end(port, SESSION_CAP)
        return self._close(out, now)

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Once a minute: what must be known after a restart."""
        return [*self._sessions.checkpoint(now), *self._returns.checkpoint(now)]

    # ------------------------------------------------------------ parts of it

    def _stop_because(self, alarm: Alarm, reach: Reach, what: str, now: Now) -> None:
        if self._grounds.covered(reach, what):
            place = alarm.place.name or alarm.source
            self._stops.automatic(reach, what, f"{alarm.rule} at {place}", alarm.key, now)

    def _close(self, out: list[Outcome], now: Now, *, again: bool = False) -> list[Outcome]:
        """What follows from all that was done: first what devices are told."""
        notes = self._stops.flush()
        alarms = self._stop_alarms.look(now) if notes or again else []
        wants = self._holds.flush()
        return [*wants, *notes, *alarms, *out] if wants or notes or alarms else out
