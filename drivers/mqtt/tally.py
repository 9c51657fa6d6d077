"""What a broker brought so far, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Tally:
    """Counters since the driver was made; each only rises. The names are those that people read."""

    steps: int = 0
    """Rises while the line's loop lives."""
    messages: int = 0
    events: int = 0
    asks: int = 0
    late_asks: int = 0
    """Questions from before we were connected, which nobody waits for any more: not answered."""
    again: int = 0
    """Messages that came twice, and counted once."""
    late: int = 0
    """Messages that others overtook."""
    lost: int = 0
    """Numbers that devices counted and we never heard."""
    rejected: int = 0
    """What could not be taken as data."""
    unknown_topics: int = 0
    retained_orders: int = 0
    shed_telemetry: int = 0
    """Messages at QoS 0 that were given up because more came than could be judged."""
    pauses: int = 0
    """How often nothing more was read from the broker until the disk had caught up."""
    sent: int = 0
    batches: int = 0

    def numbers(self) -> dict[str, float]:
        """All of them."""
        return asdict(self)
