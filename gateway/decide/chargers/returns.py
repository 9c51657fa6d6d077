"""Ports that were interrupted by no fault of theirs, and how they come back: one by one, each when its turn has come.

After a mains failure the turns are spread over minutes, by the names of the ports: a compound that starts all its chargers in
one second is dark again in the next. After a room drew too much, a turn comes when there is room. A turn lets the port go, and
starts it where something still hangs at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from gateway.decide.chargers.holds import MAINS, ROOM_LIMIT
from gateway.decide.chargers.port import FREE, NO_CURRENT_AMPERES, PLUGGED
from gateway.decide.deadline import CHECKPOINT_NS, Deadline
from gateway.model import NANOSECONDS, Outcome, Recorded, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.chargers.delays import Delays
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.holds import Holds
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.sessions import Sessions
    from gateway.decide.known import KnownDevice
    from gateway.decide.sending import Sending
    from gateway.model import Now

TURN = "turn"
FREED = "freed"
"""What is waited for: a port's turn; that a port which was let go can be started, or has started."""

FREED_SECONDS = 3.0
"""What a charger takes to let a port go."""
AGAIN_SECONDS = 10.0
TRIES = 3
"""How often a start is sent: a charger that does not start within half a minute waits for its user."""

_RETURN = "charging_return:"
_START = "start_charging"
_INTERRUPTIONS = frozenset({MAINS, ROOM_LIMIT})


@dataclass(slots=True)
class _Return:
    """An interrupted port. `turn`: when it comes back, None while that is open; `freed`: it was let go, to be started."""

    why: str
    watts: float
    turn: Deadline | None = None
    freed: bool = False
    tries: int = 0

    def to_json(self) -> Json:
        return [self.why, self.watts, None if self.turn is None else self.turn.to_json(), self.freed, self.tries]

    @classmethod
    def from_json(cls, body: Json) -> _Return:
        why, watts, turn, freed, tries = body
        return cls(why, watts, None if turn is None else Deadline.from_json(turn), freed, tries)


class Returns:
    """The interrupted ports."""

    def __init__(
        self,
        remembered: Mapping[str, Json],
        grounds: Grounds,
        holds: Holds,
        sessions: Sessions,
        sending: Sending,
        delays: Delays,
        now: Now,
    ) -> None:
        self._grounds = grounds
        self._holds = holds
        self._sessions = sessions
        self._sending = sending
        self._delays = delays
        self._waiting: dict[str, _Return] = {}
        self._failing: set[str] = set()
        """Chargers that said last that their mains fail."""
        for name, body in remembered.items():
            if name.startswith(_RETURN):
                back = self._waiting[name.removeprefix(_RETURN)] = _Return.from_json(body)
                back.turn = None if back.turn is None else back.turn.resumed(now)

    def adopt(self, now: Now) -> list[Outcome]:
        """What was waited for goes on; a port that is no more comes back no more."""
        out: list[Outcome] = []
        for key, back in list(self._waiting.items()):
            if key not in self._grounds.ports:
                out += self._forget(key)
            elif back.freed:
                self._delays.start((FREED, key), now.boottime_ns + int(AGAIN_SECONDS * NANOSECONDS))
            elif back.turn is not None:
                self._delays.start((TURN, key), now.boottime_ns + max(0, back.turn.left(now)))
        return out

    # ------------------------------------------------------------ mains

    def mains(self, device: KnownDevice, now: Now) -> list[Outcome]:
        """A charger says whether its mains fail."""
        fails, sure = device.seen(device.rules.points, "mains_fail")
        out: list[Outcome] = []
        ports = self._grounds.by_device.get(device.id, ())
        if fails is True and device.id not in self._failing:
            self._failing.add(device.id)
            for port in ports:
                if port.key in self._sessions.running:
                    out += self._interrupt(port, MAINS, None)
        elif fails is False and sure:
            self._failing.discard(device.id)
            for port in ports:
                back = self._waiting.get(port.key)
                if back is not None and back.why == MAINS and back.turn is None:
                    out += self._give_turn(port, self._spread(port), now)
        return out

    def ended_by_mains(self, port: PortView, now: Now) -> list[Outcome]:
        """A charger reports that a session ended with the mains; one that tells nothing else of them has them back."""
        if port.key in self._waiting:
            return []
        out = self._interrupt(port, MAINS, None)
        return out if port.device in self._failing else out + self._give_turn(port, self._spread(port), now)

    # ------------------------------------------------------------ a room that drew too much

    def pause(self, port: PortView) -> list[Outcome]:
        """A port must wait until its room has room for it."""
        return self._interrupt(port, ROOM_LIMIT, None)

    def paused(self, room: str) -> list[tuple[str, float]]:
        """The ports of a room that wait for room, those that wait longest first, and what each drew in W."""
        ports = self._grounds.ports
        return [
            (key, back.watts)
            for key, back in self._waiting.items()
            if back.why == ROOM_LIMIT and back.turn is None and ports[key].room == room
        ]

    def unpause(self, key: str, now: Now) -> list[Outcome]:
        """There is room for it."""
        return self._give_turn(self._grounds.ports[key], 0.0, now)

    # ------------------------------------------------------------ time

    def due(self, what: str, key: str, now: Now) -> list[Outcome]:
        """A turn has come, or a port that was let go is looked at."""
        back, port = self._waiting.get(key), self._grounds.ports.get(key)
        if back is None or port is None:
            return []
        if port.holds - _INTERRUPTIONS:
            return self._over(port, back, resumed=False)
        return self._let_go(port, back, now) if what == TURN else self._start(port, back, now)

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Once a minute: how long turns are still to come."""
        out = []
        for key, back in self._waiting.items():
            if back.turn is not None and now.boottime_ns - back.turn.at.boottime_ns >= CHECKPOINT_NS:
                back.turn = back.turn.resumed(now)
                out.append(self._remember(key))
        return out

    # ------------------------------------------------------------ parts of it

    def _interrupt(self, port: PortView, why: str, turn: Deadline | None) -> list[Outcome]:
        self._holds.put(port.device, port.part, why)
        self._waiting[port.key] = _Return(why, port.watts or 0.0, turn)
        return [*self._sessions.ending(port.key, why), self._remember(port.key)]

    def _give_turn(self, port: PortView, seconds: float, now: Now) -> list[Outcome]:
        turn = Deadline(now, int(seconds * NANOSECONDS))
        self._waiting[port.key].turn = turn
        self._delays.start((TURN, port.key), now.boottime_ns + turn.left_ns)
        return [self._remember(port.key)]

    def _let_go(self, port: PortView, back: _Return, now: Now) -> list[Outcome]:
        if not port.certain("state"):
            return self._later(TURN, port.key, AGAIN_SECONDS, now)
        self._holds.drop(port.device, port.part, *_INTERRUPTIONS)
        if port.state == FREE:
            return self._over(port, back, resumed=False)
        back.freed = True
        return [*self._later(FREED, port.key, FREED_SECONDS, now), self._remember(port.key)]

    def _start(self, port: PortView, back: _Return, now: Now) -> list[Outcome]:
        if (port.amperes or 0.0) >= NO_CURRENT_AMPERES:
            return self._over(port, back, resumed=True)
        if back.tries >= TRIES or port.state == FREE:
            return self._over(port, back, resumed=False)
        back.tries += 1
        out: list[Outcome] = [*self._later(FREED, port.key, AGAIN_SECONDS, now), self._remember(port.key)]
        command = self._command(port)
        if command is not None and port.state in PLUGGED and port.reachable:
            out += self._sending.by_rule(port.device, command, {}, actor=back.why, reason=_REASONS[back.why], now=now)
        return out

    def _command(self, port: PortView) -> str | None:
        """The command by which that port is started."""
        commands = port.known.rules.commands.items()
        return next((name for name, rules in commands if (rules.acts_as, rules.part) == (_START, port.part)), None)

    def _over(self, port: PortView, back: _Return, *, resumed: bool) -> list[Outcome]:
        self._holds.drop(port.device, port.part, *_INTERRUPTIONS)
        session = self._sessions.running.get(port.key)
        if resumed and session is not None and session.ending == back.why:
            session.ending = ""
        row = Recorded("charging_return", port.key, {"why": back.why, "resumed": resumed})
        return [row, *self._forget(port.key)]

    def _forget(self, key: str) -> list[Outcome]:
        del self._waiting[key]
        self._delays.stop((TURN, key))
        self._delays.stop((FREED, key))
        return [Remember(_RETURN + key, None)]

    def _later(self, what: str, key: str, seconds: float, now: Now) -> list[Outcome]:
        self._delays.start((what, key), now.boottime_ns + int(seconds * NANOSECONDS))
        return []

    def _spread(self, port: PortView) -> float:
        room = self._grounds.room_of(port)
        return (room.stagger_seconds if room is not None else 300.0) * crc32(port.key.encode()) / 2**32

    def _remember(self, key: str) -> Outcome:
        return Remember(_RETURN + key, self._waiting[key].to_json())


_REASONS = {MAINS: "the mains are back", ROOM_LIMIT: "there is room for it again"}
