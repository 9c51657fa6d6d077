"""Current through a port that is told off: a relay that is welded, or a charger that does not obey.

What its own relay cannot part, the contactor of the room must.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.charging import Reach
from gateway.decide.chargers.holds import WELDED
from gateway.decide.chargers.port import NO_CURRENT_AMPERES
from gateway.decide.chargers.stop import Phase
from gateway.decide.rules import WELDED_RELAY

if TYPE_CHECKING:
    from gateway.decide.chargers.guard import Guard
    from gateway.decide.chargers.holds import Holds
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.stops import Stops
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome

LIVE = "live_though_off"
"""Its relay is told to be open, and current flows."""
DISOBEYS = "disobeys"
"""It is held, and current flows."""

LIVE_SECONDS = 2.0
"""Current through a relay that is told to be open: for so long (domain rule)."""
OBEY_SECONDS = 10.0
"""A charger that is told to end a charging has so long to do it."""
OLD_READING_SECONDS = 12.0
"""A current that is the same to the last digit as before the relay was told to open may be an old reading: chargers tell it
every 10 s."""


class Relays:
    """The relays of all ports."""

    def __init__(self, holds: Holds, stops: Stops, watches: Watches) -> None:
        self._holds = holds
        self._stops = stops
        self._watches = watches

    def said(self, port: PortView, guard: Guard, amperes: float, now: Now) -> None:
        """A port told its current."""
        flows = amperes >= NO_CURRENT_AMPERES
        if port.on is not guard.on:
            guard.on, guard.old_amperes = port.on, amperes if guard.on is not None else None
        elif amperes != guard.old_amperes and guard.old_amperes is not None:
            guard.old_amperes = None
            guard.stop(LIVE)  # this reading is a new one: it is waited for no longer than the rule says
        if flows and port.on is False:
            guard.wait(LIVE, LIVE_SECONDS if guard.old_amperes is None else OLD_READING_SECONDS, now)
        elif "amperes" not in port.doubted:
            guard.stop(LIVE)
        if flows and port.holds:
            off = self._stops.offs.get(port.key)
            if off is None or off.phase is Phase.PROVED:  # else the stop itself waits for the proof
                guard.wait(DISOBEYS, OBEY_SECONDS if off is None else LIVE_SECONDS, now)
        elif "amperes" not in port.doubted:
            guard.stop(DISOBEYS)

    def due(self, what: str, port: PortView, guard: Guard, now: Now) -> list[Outcome]:
        """It has lasted."""
        amperes = port.amperes or 0.0
        if what == LIVE:
            return self._welded(port, guard, f"{amperes:.1f} A flow although its relay is told to be open", now)
        if not port.holds or not port.reachable:
            return []
        return self._welded(port, guard, f"{amperes:.1f} A flow although it is told off", now)

    def over(self, port: PortView, guard: Guard, now: Now) -> list[Outcome]:
        """No current flows through a relay that was welded: the alarm waits for a person, and the port stays held."""
        guard.welded = False
        return self._watches.say(WELDED_RELAY, port.key, port.device, port.place, abnormal=False, why="", now=now)

    def _welded(self, port: PortView, guard: Guard, why: str, now: Now) -> list[Outcome]:
        self._holds.put(port.device, port.part, WELDED)
        guard.welded = True
        self._stops.automatic(Reach.PORT, port.key, why, f"{WELDED_RELAY}@{port.key}", now)
        self._stops.flows_again(port, now)
        return self._watches.say(WELDED_RELAY, port.key, port.device, port.place, abnormal=True, why=why, now=now)
