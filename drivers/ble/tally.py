"""What a set of receivers brought so far, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Tally:
    """Counters since the driver was made; each only rises. The names are those that people read."""

    steps: int = 0
    """Rises while the line's loop lives."""
    packets: int = 0
    """Of sensors that are known, those given up under overload included."""
    ok: int = 0
    partial: int = 0
    repeat: int = 0
    late: int = 0
    replay: int = 0
    bad_mic: int = 0
    no_key: int = 0
    no_product: int = 0
    downgrade: int = 0
    malformed: int = 0
    strangers: int = 0
    """Packets of sensors that nobody enrolled."""
    shed_strangers: int = 0
    """Those that came under overload and were not even looked at."""
    unverified: int = 0
    """Alarms that were claimed by packets which cannot be believed."""

    def numbers(self) -> dict[str, float]:
        """All of them."""
        return asdict(self)
