"""Emergency stops: what they order, how it is proved, and what happens when it is not.

A port is watched for as long as a stop stands for it. What is not proved in time is cut by the room's contactor, at once where
the charger cannot be told; and what neither proves is said to be not stopped, with the place where a person can pull a switch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.chargers.contactors import PROOF_NS, Contactors
from gateway.decide.chargers.holds import STOP
from gateway.decide.chargers.off import Off, is_quiet, unproved
from gateway.decide.chargers.stop import RULE, Phase, Stop, row_of
from gateway.decide.deadline import Deadline
from gateway.model import NANOSECONDS, Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.charging import Reach
    from gateway.decide.chargers.delays import Delays
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.holds import Holds
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.sessions import Sessions
    from gateway.model import Now

OFF = "off"
CUT = "cut"
"""What is waited for: that a port is proved off; that a room's contactor is proved open."""

PROOF_ALONE_SECONDS = 10.0
"""How long a port has to prove that it is off, where no contactor stands behind it (domain rule)."""

_STOP = "charging_stop:"
_OFF = "charging_off:"
_NUMBER = "charging_stop_number"


class Stops:
    """The stops that stand, by id, oldest first. What follows from anything comes out of `flush`."""

    def __init__(
        self,
        remembered: Mapping[str, Json],
        grounds: Grounds,
        holds: Holds,
        sessions: Sessions,
        delays: Delays,
        now: Now,
    ) -> None:
        self._grounds = grounds
        self._holds = holds
        self._sessions = sessions
        self._delays = delays
        self.contactors = Contactors(remembered, grounds, holds)
        self.offs: dict[str, Off] = {}
        """By "device/part": the ports that stops stand for."""
        self._next: int = remembered.get(_NUMBER, 1)
        found: list[Stop] = []
        for name, body in remembered.items():
            if name.startswith(_STOP):
                found.append(Stop.from_json(name.removeprefix(_STOP), body))
            elif name.startswith(_OFF):
                self.offs[name.removeprefix(_OFF)] = Off.from_json(body, now)
        self.standing = {stop.id: stop for stop in sorted(found, key=lambda stop: int(stop.id.removeprefix("stop")))}
        self._next = max([self._next, *(int(stop.removeprefix("stop")) + 1 for stop in self.standing)])
        self._phases = dict.fromkeys(self.standing, "")
        self._touched: dict[str, None] = {}
        self._notes: list[Outcome] = []

    # ------------------------------------------------------------ begin and end

    def begin(self, reach: Reach, what: str, by: str, reason: str, now: Now, *, cause: str = "") -> Stop:
        """Order a stop. Where the same stands already, it is ordered once more, and for this cause too."""
        stop = next((one for one in self.standing.values() if (one.reach, one.what) == (reach, what)), None)
        if stop is None:
            stop = Stop(f"stop{self._next}", reach, what, by, reason, now.utc)
            self._next += 1
            self.standing[stop.id] = stop
            self._notes.append(Remember(_NUMBER, self._next))
        if cause:
            stop.causes.add(cause)
        self._notes += [Remember(_STOP + stop.id, stop.to_json())]
        self._cover(stop, now)
        self._phases[stop.id] = stop.phase.value
        self._notes.append(row_of(stop, stop.phase.value, by, reason=reason))
        return stop

    def automatic(self, reach: Reach, what: str, reason: str, cause: str, now: Now) -> None:
        """An alarm orders a stop, once."""
        standing = self.standing.values()
        if not any((one.reach, one.what) == (reach, what) and cause in one.causes for one in standing):
            self.begin(reach, what, RULE, reason, now, cause=cause)

    def lift(self, stop: Stop, by: str, note: str) -> None:
        """The place was looked at. A port for which no other stop stands may be used again."""
        del self.standing[stop.id], self._phases[stop.id]
        still = {key for one in self.standing.values() for key in one.ports}
        for key in stop.ports:
            if key not in still:
                self._forget(key)
        for room in list(self.contactors.cut):
            if not any(port.key in self.offs for port in self._grounds.by_room.get(room, ())):
                self._delays.stop((CUT, room))
                self.contactors.release(room)
        self._notes += [Remember(_STOP + stop.id, None), row_of(stop, "lifted", by, note=note)]

    def flows_again(self, port: PortView, now: Now) -> None:
        """A port carries current although it is told off: its room is cut without waiting any longer."""
        off = self.offs[port.key]
        if off.phase is Phase.PROVED:
            off.at, off.since_ns = now, now.boottime_ns
            off.alone = self.contactors.closed(port.room) is False
            self._put(port.key, off, Phase.ORDERED, f"{port.amperes or 0.0:.1f} A flow again")
            self._wait(port, off, now)
        if port.room in self.contactors.cut:
            self._delays.start((OFF, port.key), now.boottime_ns + PROOF_NS)
        else:
            self._cut(port.room, now)

    # ------------------------------------------------------------ what comes in

    def adopt(self, now: Now) -> None:
        """Other rules, or a start: every stop covers what it reaches now, and what was waited for goes on."""
        for room, cut in list(self.contactors.cut.items()):
            contactor = self.contactors.of(room)
            if contactor is None or (contactor.device, contactor.part) != (cut.device, cut.part):
                self.contactors.release(room)
        for stop in self.standing.values():
            stop.ports, stop.why, stop.contactors = {}, {}, {}
            self._cover(stop, now)
        covered = {key for stop in self.standing.values() for key in stop.ports}
        for key in [key for key in self.offs if key not in covered]:
            self._forget(key)
        for room, cut in self.contactors.cut.items():
            left = Deadline(cut.at, PROOF_NS).left(now)
            if cut.phase is Phase.ORDERED:
                self._delays.start((CUT, room), now.boottime_ns + max(0, left))
            self._tell_contactor(room)

    def look(self, port: PortView) -> None:
        """A port that must be off was heard, or its contactor was."""
        key, off = port.key, self.offs[port.key]
        if off.phase is Phase.PROVED:
            return
        missing = unproved(port, off, session=key in self._sessions.running)
        if not missing:
            self._prove(key, off, by_contactor=False)
        elif not off.alone and self.contactors.open_since(port.room, off.since_ns):
            self._prove(key, off, by_contactor=True)
        elif missing != off.why:
            off.why = missing
            self._tell(key, off)

    def contactor_said(self, room: str, now: Now) -> None:
        """The contact of a room's contactor was heard."""
        cut, closed = self.contactors.cut.get(room), self.contactors.closed(room)
        if cut is not None and cut.phase is not Phase.PROVED and self.contactors.opened(room, now):
            self._delays.stop((CUT, room))
            self.contactors.put(room, Phase.PROVED)
            self._tell_contactor(room)
        elif cut is not None and cut.phase is Phase.PROVED and closed is True:
            cut.at = now
            self.contactors.put(room, Phase.ORDERED)
            self._wait_for_contactor(room, now)
        for port in self._grounds.by_room.get(room, ()):
            if (off := self.offs.get(port.key)) is None:
                continue
            if off.phase is Phase.PROVED and off.by_contactor and closed is True:
                off.at, off.since_ns, off.by_contactor = now, now.boottime_ns, False
                self._put(port.key, off, Phase.ORDERED, "the contactor was closed again")
                self._wait(port, off, now)
            elif off.phase is not Phase.PROVED:
                self.look(port)

    def linked(self, device: str, now: Now) -> None:
        """A charger was found or lost: who cannot be told any more is cut."""
        for port in self._grounds.by_device.get(device, ()):
            off = self.offs.get(port.key)
            if off is not None and off.phase is Phase.ORDERED and not port.reachable:
                self._cut(port.room, now)

    def due(self, what: str, whose: str, now: Now) -> None:
        """What was waited for did not come."""
        if what == OFF:
            off, port = self.offs.get(whose), self._grounds.ports.get(whose)
            if off is not None and port is not None:
                self._late(port, off, now)
        elif (cut := self.contactors.cut.get(whose)) is not None:
            self.contactor_said(whose, now)
            if cut.phase is not Phase.PROVED:
                self.contactors.put(whose, Phase.NOT_STOPPED)
                self._tell_contactor(whose)
            for port in self._grounds.by_room.get(whose, ()):
                off = self.offs.get(port.key)
                if off is not None and off.phase is Phase.ORDERED and (OFF, port.key) not in self._delays:
                    self._not_stopped(port, off)

    def sweep(self, now: Now) -> None:
        """Once a second: an answer that changed nothing is an answer too."""
        for room, cut in list(self.contactors.cut.items()):
            if cut.phase is not Phase.PROVED:
                self.contactor_said(room, now)
        for key, off in self.offs.items():
            if off.phase is not Phase.PROVED and (port := self._grounds.ports.get(key)) is not None:
                self.look(port)

    # ------------------------------------------------------------ reading

    def not_stopped(self) -> list[tuple[PortView, str]]:
        """The ports that are not stopped, each with why."""
        found = ((key, off.why) for key, off in self.offs.items() if off.phase is Phase.NOT_STOPPED)
        return [(self._grounds.ports[key], why) for key, why in found if key in self._grounds.ports]

    def flush(self) -> list[Outcome]:
        """What is to be remembered and recorded."""
        if not (self._notes or self._touched or self.contactors.changed):
            return []
        out, self._notes = self._notes, []
        for key in self._touched:
            off = self.offs.get(key)
            out.append(Remember(_OFF + key, None if off is None else off.to_json()))
        self._touched.clear()
        out += self.contactors.flush()
        for stop in self.standing.values():
            if (phase := stop.phase.value) != self._phases[stop.id]:
                if self._phases[stop.id]:
                    out.append(row_of(stop, phase, stop.by))
                self._phases[stop.id] = phase
        return out

    # ------------------------------------------------------------ parts of it

    def _cover(self, stop: Stop, now: Now) -> None:
        for port in self._grounds.covered(stop.reach, stop.what):
            key = port.key
            self._holds.put(port.device, port.part, STOP)
            off = self.offs.get(key)
            if off is None:
                self._notes += self._sessions.ending(key, STOP)
                quiet = is_quiet(port, session=key in self._sessions.running)
                off = self.offs[key] = Off(now, now.boottime_ns, quiet)
                self._touched[key] = None
            stop.ports[key], stop.why[key] = off.phase, off.why
            if off.phase is Phase.ORDERED:
                self._wait(port, off, now)
                if not port.reachable:
                    self._cut(port.room, now)
            if port.room in self.contactors.cut:
                self._tell_contactor(port.room)

    def _wait(self, port: PortView, off: Off, now: Now) -> None:
        contactor = self.contactors.of(port.room)
        seconds = PROOF_ALONE_SECONDS if contactor is None else contactor.after_seconds
        left = Deadline(off.at, int(seconds * NANOSECONDS)).left(now)
        self._delays.start((OFF, port.key), now.boottime_ns + max(0, left))

    def _cut(self, room: str, now: Now) -> None:
        if self.contactors.order(room, now):
            self._wait_for_contactor(room, now)
            self._tell_contactor(room)

    def _wait_for_contactor(self, room: str, now: Now) -> None:
        self._delays.start((CUT, room), now.boottime_ns + PROOF_NS)

    def _late(self, port: PortView, off: Off, now: Now) -> None:
        self.look(port)
        if off.phase is not Phase.ORDERED:
            return
        self._cut(port.room, now)
        if (CUT, port.room) not in self._delays:  # none, or its time is over as well
            self._not_stopped(port, off)

    def _not_stopped(self, port: PortView, off: Off) -> None:
        missing = unproved(port, off, session=port.key in self._sessions.running)
        self._put(port.key, off, Phase.NOT_STOPPED, missing or off.why)

    def _prove(self, key: str, off: Off, *, by_contactor: bool) -> None:
        off.by_contactor = by_contactor
        self._delays.stop((OFF, key))
        self._put(key, off, Phase.PROVED, "")

    def _put(self, key: str, off: Off, phase: Phase, why: str) -> None:
        off.phase, off.why = phase, why
        self._touched[key] = None
        self._tell(key, off)

    def _tell(self, key: str, off: Off) -> None:
        for stop in self.standing.values():
            if key in stop.ports:
                stop.ports[key], stop.why[key] = off.phase, off.why

    def _tell_contactor(self, room: str) -> None:
        cut = self.contactors.cut[room]
        for stop in self.standing.values():
            if any(port.key in stop.ports for port in self._grounds.by_room.get(room, ())):
                stop.contactors[cut.name] = cut.phase

    def _forget(self, key: str) -> None:
        self.offs.pop(key, None)
        self._delays.stop((OFF, key))
        self._touched[key] = None
        device, _, part = key.partition("/")
        self._holds.drop(device, part, STOP)
