"""Who may begin a charging, and where: what chargers ask, and what stands against a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Answer
from gateway.decide.chargers.holds import CUT
from gateway.decide.chargers.port import NO_CURRENT_AMPERES
from gateway.model import Answered, Outcome, Recorded

if TYPE_CHECKING:
    from drivers.contract import Question
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.holds import Holds
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.room_power import RoomPower
    from gateway.decide.chargers.sessions import Sessions
    from gateway.decide.chargers.tags import Tags
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.known import KnownDevice
    from gateway.decide.rules import CommandRules
    from gateway.model import Now


class Asking:
    """The answers."""

    def __init__(self, tags: Tags, grounds: Grounds, holds: Holds, sessions: Sessions, power: RoomPower) -> None:
        self._tags = tags
        self._grounds = grounds
        self._holds = holds
        self._sessions = sessions
        self._power = power

    def authorize(self, question: Question, now: Now) -> list[Outcome]:
        """Whether who shows that tag may charge there. Whoever charges there may always show it again, to end it."""
        tag, part = str(question.body.get("tag", "")), str(question.body.get("part", ""))
        why = self._tags.why_not(tag, now, anybody=self._grounds.anybody(question.device))
        row: list[Outcome] = []
        if why and (known := self._tags.of.get(tag)) is not None and known.blocked:
            row = [Recorded("charging_refused", question.device, {"tag": tag, "part": part, "why": why})]
        if not why and not self._charges(question.device, tag):
            why = self._full(question.device, part)
        return [*row, Answered(question, Answer(allowed=not why, why=why))]

    def forbids(self, device: KnownDevice, command: CommandRules) -> Forbidden | None:
        """Why nobody may do that to that part now; None when nothing stands against it. A cut contactor takes no command."""
        if CUT in self._holds.of(device.id, command.part):
            return "held", f"{device.id}/{command.part} is cut: lift the stop first"
        port = self._grounds.ports.get(f"{device.id}/{command.part}")
        if port is None:
            return None
        if command.acts_as == "start_charging":
            return self._against(port)
        if command.acts_as == "unlock_connector" and (port.amperes or 0.0) >= NO_CURRENT_AMPERES:
            return "under_load", f"{port.amperes:.1f} A flow at {port.key}: stop the charging first"
        return None

    def _full(self, device: str, part: str) -> str:
        """Why nobody may charge there; where the charger does not say at which port, all of them must stand against it."""
        ports = self._grounds.by_device.get(device, [])
        asked = [port for port in ports if part in ("", port.part)]
        if not asked:
            return "there is no such port"
        against = [self._against(port) for port in asked]
        first = against[0]
        return "" if first is None or None in against else first[1]

    def _against(self, port: PortView) -> Forbidden | None:
        if port.holds:
            return "held", f"{port.key} may not be used now: {', '.join(sorted(port.holds))}"
        if self._power.full(port.room):
            return "room_full", "the room draws as much as it may"
        return None

    def _charges(self, device: str, tag: str) -> bool:
        running = (self._sessions.running.get(port.key) for port in self._grounds.by_device.get(device, ()))
        return any(session is not None and session.tag == tag for session in running)
