"""What a line counts, from its making on: over all its connections."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from drivers.modbus.wire import Traffic

if TYPE_CHECKING:
    from collections.abc import Mapping

WINDOW_SECONDS: Final = 60.0
_NOTE_EVERY_SECONDS: Final = 5.0


class Load:
    """How much of the last minute a line was carrying something. Times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self._carried = 0.0
        self._notes: deque[tuple[float, float]] = deque()
        self._note_at = 0.0

    def add(self, seconds: float, now: float) -> None:
        """It carried something for so long."""
        if now >= self._note_at:
            self._notes.append((now - seconds, self._carried))
            self._note_at = now + _NOTE_EVERY_SECONDS
            self._forget(now)
        self._carried += seconds

    def share(self, now: float) -> float:
        """Of the last minute, or of the time since it began to count; 0.0 to 1.0."""
        self._forget(now)
        if not self._notes:
            return 0.0
        since, carried_then = self._notes[0]
        return min(1.0, (self._carried - carried_then) / max(now - since, _NOTE_EVERY_SECONDS))

    def _forget(self, now: float) -> None:
        while self._notes and self._notes[0][0] < now - WINDOW_SECONDS:
            self._notes.popleft()


@dataclass(slots=True)
class Tally:
    """What the line did since it was made."""

    traffic: Traffic = field(default_factory=Traffic)
    load: Load = field(default_factory=Load)
    connections: int = 0
    steps: int = 0
    """Turns of the loop; it turns at least every `LONGEST_REST_SECONDS`."""
    polls: int = 0
    """Answers that were reported."""
    late: int = 0
    """Beats that were skipped because they could not be served before the next one."""
    missed: int = 0
    """Requests without a fitting answer."""
    refused: int = 0
    """Requests answered with an exception."""
    fences: int = 0
    """Reads that were made only to flush an answer that might be late."""
    worst_ns: int = 0
    """The longest that an answer took."""

    def numbers(self) -> Mapping[str, float]:
        """The counters by name, and the longest answer in milliseconds."""
        return {
            "steps": self.steps,
            "connections": self.connections,
            "requests": self.traffic.requests,
            "polls": self.polls,
            "late": self.late,
            "missed": self.missed,
            "refused": self.refused,
            "fences": self.fences,
            "late_replies": self.traffic.late_replies,
            "wrong_replies": self.traffic.wrong_replies,
            "bad_crc": self.traffic.bad_crc,
            "worst_ms": self.worst_ns / 1e6,
        }
