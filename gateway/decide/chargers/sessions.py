"""The sessions: begun and ended by what chargers report, measured by what their ports tell.

A charger that was out of reach reports later, with the old times: then only the record is made. A session that a port shows and
nobody reported is taken as one that begins when it is first seen, and one whose end nobody reports ends when the port has
shown none for a minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.decide.chargers.port import CHARGING, NO_CURRENT_AMPERES
from gateway.decide.chargers.session import Session
from gateway.decide.deadline import CHECKPOINT_NS, Deadline
from gateway.model import NANOSECONDS, Outcome, Recorded, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import DeviceEvent, Json
    from gateway.decide.chargers.delays import Delays
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.port import PortView
    from gateway.model import Now

SESSION_CAP = "session_cap"
UNSEEN = "unseen"
"""What is waited for: the longest that a session may last; that a port which shows no session had none all along."""

UNSEEN_SECONDS = 60.0
"""A state that shows no session comes before the event that ends it, and a lost event is no reason to charge for ever."""

_HOUR_NS = 3600 * NANOSECONDS
_SESSION = "charging_session:"


class Sessions:
    """The session that runs at each port. `delays` is shared with the limits."""

    def __init__(self, remembered: Mapping[str, Json], grounds: Grounds, delays: Delays, now: Now) -> None:
        self._grounds = grounds
        self._delays = delays
        self.running: dict[str, Session] = {}
        self._cap: dict[str, Deadline] = {}
        self._written: dict[str, Json] = {}
        self._unseen: set[str] = set()
        """The ports whose session does not show at this moment."""
        self._over: dict[str, str] = {}
        """The last session of a port that ended unreported."""
        for name, body in remembered.items():
            if name.startswith(_SESSION):
                key = name.removeprefix(_SESSION)
                self.running[key] = Session.from_json(body["session"])
                self._cap[key] = Deadline.from_json(body["cap"]).resumed(now)
                self._written[key] = body["session"]

    def adopt(self, now: Now) -> list[Outcome]:
        """Wait for the end of what runs. What ran at a port that is no more has ended."""
        gone = [session for key, session in self.running.items() if key not in self._grounds.ports]
        out = [each for session in gone for each in self._end(session, "removed", now)]
        for key, deadline in self._cap.items():
            self._delays.start((SESSION_CAP, key), now.boottime_ns + deadline.left(now))
        return out

    def started(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """A charger reports that a session began."""
        port = self._port(event)
        if port is None:
            return []
        name, tag = _text(event, "session"), _text(event, "tag")
        running = self.running.get(port.key)
        began = now.utc if event.measured_utc is None else event.measured_utc
        offline = event.body.get("offline") is True
        if running is not None and running.session in ("", name):
            running.session, running.tag, running.began_utc, running.offline = name, tag or running.tag, began, offline
            running.meter_kwh = _number(event, "meter_kwh", running.meter_kwh)
            return [self._remember(port.key)]
        out = self._end(running, "unreported", now) if running is not None else []
        session = Session(
            port.device, port.part, port.room, name, tag, began, offline, _number(event, "meter_kwh", port.meter_kwh)
        )
        return [*out, *self._begin(port, session, now)]

    def ended(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """A charger reports that a session ended."""
        port = self._port(event)
        if port is None:
            return []
        name, offline = _text(event, "session"), event.body.get("offline") is True
        ended = now.utc if event.measured_utc is None else event.measured_utc
        running = self.running.get(port.key)
        why = _text(event, "why")
        if running is not None and running.session in ("", name):
            running.kwh = _number(event, "kwh", running.kwh)
            running.offline = running.offline or offline
            return self._end(running, why, now, ended)
        if name and self._over.get(port.key) == name:
            return []
        began = ended - (_number(event, "seconds", None) or 0.0)
        past = Session(port.device, port.part, port.room, name, "", began, offline)
        past.kwh = _number(event, "kwh", None)
        return [_row(past, why, ended)]

    def seen(self, port: PortView, now: Now) -> list[Outcome]:
        """A port tells what it does."""
        session = self.running.get(port.key)
        if session is None:
            return self._found(port, now) if port.session or port.state == CHARGING else []
        if port.watts is not None and port.watts > session.peak_watts:
            session.peak_watts = port.watts
        if port.session_kwh is not None:
            session.kwh = port.session_kwh
        elif port.meter_kwh is not None and session.meter_kwh is not None:
            session.kwh = max(0.0, port.meter_kwh - session.meter_kwh)
        if port.session != session.session or port.state != CHARGING:
            return self._differs(port, session, now)
        if port.key in self._unseen:
            self._see_again(port.key)
        return []

    def unseen(self, key: str, now: Now) -> list[Outcome]:
        """A port has shown no session for a while, and nobody reported the end."""
        self._unseen.discard(key)
        session = self.running.get(key)
        if session is None:
            return []
        self._over[key] = session.session
        return self._end(session, "unreported", now)

    def ending(self, key: str, why: str) -> list[Outcome]:
        """We end what runs at a port, if anything does; the first reason counts."""
        session = self.running.get(key)
        if session is None or session.ending:
            return []
        session.ending = why
        return [self._remember(key)]

    def low(self, session: Session, since: Now | None) -> list[Outcome]:
        """A session draws so little that its battery may be full, or again more."""
        session.low_since = since
        return [self._remember(session.key)]

    def age_seconds(self, key: str, now: Now) -> float:
        """For how long the session at a port has run, by our own counting."""
        deadline = self._cap.get(key)
        return 0.0 if deadline is None else (self._cap_ns(key) - deadline.left(now)) / NANOSECONDS

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Once a minute: what sessions have drawn, and for how long they may go on."""
        out: list[Outcome] = []
        for key, session in self.running.items():
            old = now.boottime_ns - self._cap[key].at.boottime_ns >= CHECKPOINT_NS
            if old:
                self._cap[key] = self._cap[key].resumed(now)
            if old or self._written.get(key) != session.to_json():
                out.append(self._remember(key))
        return out

    def _found(self, port: PortView, now: Now) -> list[Outcome]:
        name = port.session or ""
        if not port.certain("state") or (name and self._over.get(port.key) == name):
            return []
        meter = port.meter_kwh
        if meter is not None and port.session_kwh is not None:
            meter -= port.session_kwh
        session = Session(port.device, port.part, port.room, name, "", now.utc, meter_kwh=meter)
        return self._begin(port, session, now)

    def _differs(self, port: PortView, session: Session, now: Now) -> list[Outcome]:
        """The port does not show that session as charging."""
        if port.session and session.session and port.session != session.session and port.certain("session"):
            self._over[port.key] = session.session
            return [*self._end(session, "unreported", now), *self._found(port, now)]
        quiet = not port.session and port.state != CHARGING and (port.amperes or 0.0) < NO_CURRENT_AMPERES
        told = port.session is not None or port.state == "free"
        if not quiet or not told or not port.certain("state"):
            self._see_again(port.key)
        elif port.key not in self._unseen:
            self._unseen.add(port.key)
            self._delays.start((UNSEEN, port.key), now.boottime_ns + int(UNSEEN_SECONDS * NANOSECONDS))
        return []

    def _see_again(self, key: str) -> None:
        if key in self._unseen:
            self._unseen.discard(key)
            self._delays.stop((UNSEEN, key))

    def _begin(self, port: PortView, session: Session, now: Now) -> list[Outcome]:
        key = port.key
        self.running[key] = session
        self._over.pop(key, None)
        self._see_again(key)
        ran = max(0.0, now.utc - session.began_utc) if now.trusted else 0.0
        left_ns = self._cap_ns(key) - int(ran * NANOSECONDS)
        self._cap[key] = Deadline(now, left_ns)
        self._delays.start((SESSION_CAP, key), now.boottime_ns + max(0, left_ns))
        return [self._remember(key)]

    def _end(self, session: Session, why: str, now: Now, ended_utc: float | None = None) -> list[Outcome]:
        key = session.key
        del self.running[key], self._cap[key]
        self._written.pop(key, None)
        self._delays.stop((SESSION_CAP, key))
        self._see_again(key)
        ended = now.utc if ended_utc is None else ended_utc
        return [Remember(_SESSION + key, None), _row(session, session.ending or why, ended)]

    def _remember(self, key: str) -> Outcome:
        self._written[key] = body = self.running[key].to_json()
        return Remember(_SESSION + key, {"session": body, "cap": self._cap[key].to_json()})

    def _cap_ns(self, key: str) -> int:
        port = self._grounds.ports.get(key)
        hours = port.limits.session_hours if port is not None else 12.0
        return int(hours * _HOUR_NS)

    def _port(self, event: DeviceEvent) -> PortView | None:
        return self._grounds.ports.get(f"{event.device}/{event.body.get('part', '')}")


def _row(session: Session, why: str, ended: float) -> Outcome:
    body: dict[str, Any] = {
        "device": session.device,
        "part": session.part,
        "room": session.room,
        "session": session.session,
        "began": session.began_utc,
        "ended": ended,
        "kwh": session.kwh,
        "peak_w": session.peak_watts,
        "why": why,
        "offline": session.offline,
    }
    return Recorded("charging_session", session.key, body)


def _text(event: DeviceEvent, field: str) -> str:
    value = event.body.get(field, "")
    return value if isinstance(value, str) else str(value)


def _number(event: DeviceEvent, field: str, default: float | None) -> float | None:
    value = event.body.get(field)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
