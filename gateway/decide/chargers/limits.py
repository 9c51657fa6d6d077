"""What a port may do before it is warned of, ended or tripped: one pass over what it said last (docs/charging.md).

A bad value says nothing, a doubtful one may trip and never ends anything, and silence ends nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charging import Reach
from gateway.decide.chargers.guard import Guard
from gateway.decide.chargers.holds import CAP, FULL, IDLE, TRIP, UNTIL_UNPLUGGED
from gateway.decide.chargers.port import FAULT, FREE, NO_CURRENT_AMPERES, UNAVAILABLE
from gateway.decide.chargers.relays import DISOBEYS, LIVE, Relays
from gateway.decide.deadline import Deadline
from gateway.decide.rules import CHARGING_TRIP, RESIDUAL_HIGH, SOCKET_HOT, WELDED_RELAY
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from gateway.decide.chargers.delays import Delays
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.holds import Holds
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.session import Session
    from gateway.decide.chargers.sessions import Sessions
    from gateway.decide.chargers.stops import Stops
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome

OVER = "over_current"
GONE = "gone"
"""It was ended, and its charger shows nothing of a plug."""
WAITS = frozenset({OVER, GONE, CAP, FULL, IDLE, LIVE, DISOBEYS})

GONE_SECONDS = 60.0
"""A charger that holds a port off may not tell when the plug is pulled: the hold of an ended charging is over after so long."""
UNDER_WAY_SECONDS = 60.0
"""A charging that is younger than this still begins: its power may jump."""
LOADED_WATTS = 20.0
"""Below this nothing charges."""
COOLER_KELVIN = 2.0
LESS_MILLIAMPERES = 2.0
"""By how much a warning must be left before it is over."""

_MINUTE_NS = 60 * NANOSECONDS
_THERMAL = frozenset({"temperature", "rise"})


class Limits:
    """The limits of every port."""

    def __init__(
        self, grounds: Grounds, holds: Holds, sessions: Sessions, stops: Stops, watches: Watches, delays: Delays
    ) -> None:
        self._grounds = grounds
        self._holds = holds
        self._sessions = sessions
        self._stops = stops
        self._watches = watches
        self._delays = delays
        self._relays = Relays(holds, stops, watches)
        self._guards: dict[str, Guard] = {}

    def adopt(self, now: Now) -> None:
        """Take the ports that there are; what stood before a start stands on."""
        before, self._guards = self._guards, {}
        active = self._watches.book.active
        for key in self._grounds.ports:
            guard = before.get(key)
            if guard is None:
                guard = Guard(
                    key,
                    self._delays,
                    trips={"before"} if active(f"{CHARGING_TRIP}@{key}") else set(),
                    hot=active(f"{SOCKET_HOT}@{key}"),
                    leaking=active(f"{RESIDUAL_HIGH}@{key}"),
                    welded=active(f"{WELDED_RELAY}@{key}"),
                )
            self._guards[key] = guard
        for key, session in self._sessions.running.items():
            if session.low_since is not None and (port := self._grounds.ports.get(key)) is not None:
                left = Deadline(session.low_since, int(port.limits.full_minutes * _MINUTE_NS)).left(now)
                self._guards[key].waits.add(FULL)
                self._delays.start((FULL, key), now.boottime_ns + max(0, left))

    def said(self, port: PortView, held_ns: int, now: Now) -> list[Outcome]:
        """A port told its values; those before held until `held_ns`."""
        guard, limits = self._guards[port.key], port.limits
        session = self._sessions.running.get(port.key)
        out: list[Outcome] = []
        if (amperes := port.amperes) is not None:
            self._current(port, guard, amperes, session, now)
        if (watts := port.watts) is not None:
            out += self._power(port, guard, watts, session, held_ns, now)
        if (celsius := port.celsius) is not None:
            now_ns = now.boottime_ns
            speed = guard.rise.take(celsius, now_ns, held_ns, limits.rise_minutes, limits.rise_celsius_per_minute)
            if celsius >= limits.socket_warn_celsius or speed is not None or guard.hot:
                out += self._heat(port, guard, celsius, speed, now)
        if (leak := port.milliamperes) is not None and (leak >= limits.residual_warn_milliamperes or guard.leaking):
            out += self._leak(port, guard, leak, now)
        if guard.trips or guard.welded or port.holds:
            out += self._over(port, guard, session, now)
        return out

    def due(self, what: str, key: str, now: Now) -> list[Outcome]:
        """What was waited for has lasted."""
        port, guard = self._grounds.ports.get(key), self._guards.get(key)
        if port is None or guard is None or what not in guard.waits:
            return []
        guard.waits.discard(what)
        if what in (LIVE, DISOBEYS):
            return self._relays.due(what, port, guard, now)
        if what == OVER:
            why = f"{port.amperes or 0.0:.1f} A, rated for {port.amperes_rated:.0f} A"
            return self.trip(port, "overcurrent", why, now)
        if what == GONE:
            self._holds.drop(port.device, port.part, *UNTIL_UNPLUGGED)
            return []
        return self.end(port, what) if key in self._sessions.running or what == CAP else []

    def end(self, port: PortView, why: str) -> list[Outcome]:
        """End what charges there, in peace: nobody is called, and the port is held until the plug is pulled."""
        self._holds.put(port.device, port.part, why)
        return self._sessions.ending(port.key, why)

    def trip(self, port: PortView, what: str, why: str, now: Now) -> list[Outcome]:
        """A port does what it must not: it is stopped, and where it is about heat the whole room is."""
        guard = self._guards[port.key]
        if what in guard.trips:
            return []
        guard.trips.add(what)
        self._holds.put(port.device, port.part, TRIP)
        out = self._sessions.ending(port.key, "trip")
        out += self._say(CHARGING_TRIP, port, now, why=f"{what}: {why}")
        cause = f"{CHARGING_TRIP}@{port.key}"
        if what not in _THERMAL:
            self._stops.automatic(Reach.PORT, port.key, why, cause, now)
        elif port.room:
            self._stops.automatic(Reach.ROOM, port.room, why, cause, now)
        else:
            self._stops.automatic(Reach.CHARGER, port.device, why, cause, now)
        return out

    # ------------------------------------------------------------ one quantity each

    def _current(self, port: PortView, guard: Guard, amperes: float, session: Session | None, now: Now) -> None:
        limits = port.limits
        if amperes > limits.over_current * port.amperes_rated:
            guard.wait(OVER, limits.over_current_seconds, now)
        elif guard.waits and "amperes" not in port.doubted:
            guard.stop(OVER)
        if session is not None and amperes < limits.idle_amperes and not port.holds and port.state != FREE:
            guard.wait(IDLE, limits.idle_seconds, now)
        elif guard.waits:
            guard.stop(IDLE)
        if port.holds or guard.waits or port.on is not guard.on or guard.old_amperes is not None or port.on is False:
            self._relays.said(port, guard, amperes, now)

    def _power(
        self, port: PortView, guard: Guard, watts: float, session: Session | None, held_ns: int, now: Now
    ) -> list[Outcome]:
        limits = port.limits
        out: list[Outcome] = []
        if limits.cap_watts is not None and watts > limits.cap_watts and not port.holds:
            guard.wait(CAP, limits.over_current_seconds, now)
        elif CAP in guard.waits and "watts" not in port.doubted:
            guard.stop(CAP)
        step = guard.steps.take(watts, now.boottime_ns, held_ns)
        if session is None:
            if FULL in guard.waits:
                guard.stop(FULL)
            return []
        low = session.peak_watts > LOADED_WATTS and watts < limits.full_share * session.peak_watts
        if low and not port.holds and FULL not in guard.waits:
            guard.wait(FULL, limits.full_minutes * 60, now)
            out += self._sessions.low(session, now)
        elif not low and FULL in guard.waits and "watts" not in port.doubted:
            guard.stop(FULL)
            out += self._sessions.low(session, None)
        jumped = limits.step_watts is not None and step > limits.step_watts and watts - step > LOADED_WATTS
        if jumped and self._sessions.age_seconds(port.key, now) > UNDER_WAY_SECONDS:
            why = f"{step:.0f} W more within seconds, {watts:.0f} W now: another load on the socket"
            out += self.trip(port, "second_load", why, now)
        return out

    def _heat(self, port: PortView, guard: Guard, celsius: float, speed: float | None, now: Now) -> list[Outcome]:
        limits = port.limits
        out: list[Outcome] = []
        if celsius >= limits.socket_trip_celsius:
            out += self.trip(port, "temperature", f"the socket has {celsius:.0f} degrees", now)
        elif speed is not None:
            why = f"the socket warms by {speed:.1f} K a minute, {celsius:.0f} degrees now"
            out += self.trip(port, "rise", why, now)
        if not guard.hot and celsius >= limits.socket_warn_celsius:
            guard.hot = True
            out += self._say(SOCKET_HOT, port, now, why=f"the socket has {celsius:.0f} degrees")
        elif guard.hot and celsius < limits.socket_warn_celsius - COOLER_KELVIN and port.certain("celsius"):
            guard.hot = False
            out += self._say(SOCKET_HOT, port, now)
        return out

    def _leak(self, port: PortView, guard: Guard, leak: float, now: Now) -> list[Outcome]:
        limits = port.limits
        out: list[Outcome] = []
        if leak >= limits.residual_trip_milliamperes:
            out += self.trip(port, "leak", f"{leak:.0f} mA leak to earth", now)
        if not guard.leaking and leak >= limits.residual_warn_milliamperes:
            guard.leaking = True
            out += self._say(RESIDUAL_HIGH, port, now, why=f"{leak:.0f} mA leak to earth")
        elif (
            guard.leaking
            and leak < limits.residual_warn_milliamperes - LESS_MILLIAMPERES
            and port.certain("milliamperes")
        ):
            guard.leaking = False
            out += self._say(RESIDUAL_HIGH, port, now)
        return out

    def _over(self, port: PortView, guard: Guard, session: Session | None, now: Now) -> list[Outcome]:
        """What is over now that it was held, warned of or ended."""
        out: list[Outcome] = []
        quiet = port.amperes is not None and port.amperes < NO_CURRENT_AMPERES and port.certain("amperes")
        if guard.welded and quiet:
            out += self._relays.over(port, guard, now)
        calm = not (guard.hot or guard.leaking or guard.rise.fast or port.state == FAULT or port.error)
        if guard.trips and calm and (quiet or port.amperes is None) and port.certain("state"):
            guard.trips.clear()
            out += self._say(CHARGING_TRIP, port, now)
        if port.holds & UNTIL_UNPLUGGED and port.certain("state"):
            if port.state == FREE:
                self._holds.drop(port.device, port.part, *UNTIL_UNPLUGGED)
            elif port.state == UNAVAILABLE and session is None:
                guard.wait(GONE, GONE_SECONDS, now)
            elif GONE in guard.waits:
                guard.stop(GONE)
        return out

    def _say(self, rule: str, port: PortView, now: Now, *, why: str = "") -> list[Outcome]:
        abnormal = bool(why)
        return self._watches.say(rule, port.key, port.device, port.place, abnormal=abnormal, why=why, now=now)
