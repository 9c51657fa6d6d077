"""What a room draws, and what it may: above its limit nothing new begins, and after 10 s the newest chargings wait.

They come back one at a time, the one that waits longest first, when the room would stay a tenth below its limit with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.chargers.port import NO_CURRENT_AMPERES
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.returns import Returns
    from gateway.decide.chargers.sessions import Sessions
    from gateway.decide.rules import RoomRules
    from gateway.model import Now, Outcome

ABOVE_NS = 10 * NANOSECONDS
"""For so long a room may draw more than its limit: chargers tell their power every 10 s."""
ROOM_SHARE = 0.9
"""Of its limit a room may draw with the port that comes back."""
RETURN_NS = 30 * NANOSECONDS
"""Between two that come back: what the first one draws must be seen before the second."""


class RoomPower:
    """The loads of the rooms that have a limit."""

    def __init__(self, grounds: Grounds, sessions: Sessions, returns: Returns) -> None:
        self._grounds = grounds
        self._sessions = sessions
        self._returns = returns
        self._above_ns: dict[str, int] = {}
        self._changed_ns: dict[str, int] = {}

    def load(self, room: str) -> float:
        """What all its ports draw together, in W, as last heard: a charger that is out of reach may draw on."""
        return sum([port.watts or 0.0 for port in self._grounds.by_room.get(room, ())])

    def full(self, room: str) -> bool:
        """Whether nothing new may begin there."""
        rules = self._grounds.rooms.get(room)
        if rules is None or rules.limit_watts is None:
            return False
        return self.load(room) >= rules.limit_watts or bool(self._returns.paused(room))

    def sweep(self, now: Now) -> list[Outcome]:
        """Once a second."""
        out: list[Outcome] = []
        for room in self._grounds.rooms.values():
            if room.limit_watts is not None:
                out += self._look(room, room.limit_watts, now)
        return out

    def _look(self, room: RoomRules, limit: float, now: Now) -> list[Outcome]:
        drawing = [port for port in self._grounds.by_room[room.id] if port.watts and not port.holds]
        load = sum([port.watts or 0.0 for port in drawing])
        if load <= limit:
            self._above_ns.pop(room.id, None)
            return self._bring_back(room.id, load, limit, now)
        since_ns = self._above_ns.setdefault(room.id, now.boottime_ns)
        if now.boottime_ns - since_ns < ABOVE_NS:
            return []
        del self._above_ns[room.id]
        self._changed_ns[room.id] = now.boottime_ns
        out: list[Outcome] = []
        for port in sorted(filter(self._may_wait, drawing), key=self._began, reverse=True):
            out += self._returns.pause(port)
            load -= port.watts or 0.0
            if load <= limit:
                break
        return out

    def _bring_back(self, room: str, load: float, limit: float, now: Now) -> list[Outcome]:
        waiting = self._returns.paused(room)
        if not waiting or now.boottime_ns - self._changed_ns.get(room, 0) < RETURN_NS:
            return []
        key, watts = waiting[0]
        if load + watts > ROOM_SHARE * limit and load > 0:
            return []
        self._changed_ns[room] = now.boottime_ns
        return self._returns.unpause(key, now)

    def _may_wait(self, port: PortView) -> bool:
        return port.key in self._sessions.running and (port.amperes is None or port.amperes >= NO_CURRENT_AMPERES)

    def _began(self, port: PortView) -> float:
        return self._sessions.running[port.key].began_utc
