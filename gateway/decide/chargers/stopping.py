"""What people may do about stops: order one, and lift one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charging import Reach
from gateway.decide.chargers.holds import TRIP, WELDED
from gateway.decide.gate import MAY_WORK
from gateway.decide.may import MAY_ANSWER
from gateway.decide.rules import CHARGING_TRIP, WELDED_RELAY
from gateway.model import Outcome, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.actor import Actor
    from gateway.charging import LiftStop, StopCharging
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.holds import Holds
    from gateway.decide.chargers.stop import Stop
    from gateway.decide.chargers.stops import Stops
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Now

_OF_RULE = {CHARGING_TRIP: TRIP, WELDED_RELAY: WELDED}
"""Which hold a port has because of an alarm about it."""


class Stopping:
    """The acts on stops."""

    def __init__(self, stops: Stops, grounds: Grounds, holds: Holds, known: Known, watches: Watches) -> None:
        self._stops = stops
        self._grounds = grounds
        self._holds = holds
        self._known = known
        self._watches = watches

    def stop(self, act: StopCharging, now: Now) -> list[Outcome]:
        """Whoever may answer alarms there may stop: no reason is asked, nothing else stands before it."""
        if refused := self._beyond(act, act.actor, act.reach, act.what):
            return [refused]
        if self._grounds.place_of(act.reach, act.what) is None:
            return [Refused(act, "place_unknown", f"there is no charging {act.reach.value} {act.what!r}")]
        self._stops.begin(act.reach, act.what, act.actor.name, act.reason.strip(), now)
        return []

    def lift(self, act: LiftStop) -> list[Outcome]:
        """Only with a note of what was seen on site, and not while what it was made for goes on."""
        stop = self._stops.standing.get(act.stop)
        if stop is None:
            return [Refused(act, "stop_unknown", f"no stop {act.stop} stands")]
        if refused := self._beyond(act, act.actor, stop.reach, stop.what):
            return [refused]
        if not act.note.strip():
            return [Refused(act, "note_needed", "a stop is lifted only with a note of what was seen on site")]
        if going_on := tuple(self._going_on(stop)):
            return [Refused(act, "alarm_active", "what it was made for goes on", going_on)]
        self._stops.lift(stop, act.actor.name, act.note.strip())
        for key in stop.ports:
            if key not in self._stops.offs:
                device, _, part = key.partition("/")
                self._holds.drop(device, part, TRIP, WELDED)
        return []

    def alarm_reset(self, rule: str, source: str, actor: str) -> None:
        """A person reset the alarm of a trip or a welded relay: the port may be used again, unless more stands for it."""
        hold = _OF_RULE.get(rule)
        if hold is None or source not in self._grounds.ports:
            return
        device, _, part = source.partition("/")
        self._holds.drop(device, part, hold)
        for stop in [one for one in self._stops.standing.values() if (one.reach, one.what) == (Reach.PORT, source)]:
            stop.causes.discard(f"{rule}@{source}")
            if not stop.causes and stop.automatic:
                self._stops.lift(stop, actor, "its alarm was reset")

    def _going_on(self, stop: Stop) -> Iterator[str]:
        """The alarms that stand. One whose device nobody hears any more can never end by itself, and does not count."""
        for key in sorted(stop.causes):
            alarm = self._watches.book.open.get(key)
            if alarm is None or not alarm.active:
                continue
            device = self._known.devices.get(alarm.device)
            if device is not None and not any(group.stale for group in device.groups):
                yield f"{alarm.place.name or alarm.source}: {alarm.why or alarm.rule}"

    def _beyond(self, act: StopCharging | LiftStop, actor: Actor, reach: Reach, what: str) -> Refused | None:
        if actor.role not in MAY_ANSWER:
            return Refused(act, "role", f"{actor.role.value} may not do this")
        if not actor.grids or (reach is Reach.ALL and actor.role in MAY_WORK):
            return None
        if reach is Reach.ALL or actor.grids.isdisjoint(self._grounds.grids(reach, what)):
            return Refused(act, "grid", "this is not in your grid")
        return None
