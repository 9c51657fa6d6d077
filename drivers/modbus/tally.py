"""What a line counts, from its making on: over all its connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.modbus.wire import Traffic

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class Tally:
    """What the line did since it was made."""

    traffic: Traffic = field(default_factory=Traffic)
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
            "late_replies": self.traffic.late_replies,
            "wrong_replies": self.traffic.wrong_replies,
            "worst_ms": self.worst_ns / 1e6,
        }
