"""What a line of chargers brought so far, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Tally:
    """Counters since the driver was made; each only rises. The names are those that people read."""

    steps: int = 0
    """Rises while the line's loop lives."""
    connections: int = 0
    """Of chargers that were let in."""
    refused_unknown: int = 0
    refused_password: int = 0
    refused_second: int = 0
    refused_protocol: int = 0
    """Those that do not speak `ocpp1.6`."""
    replaced: int = 0
    """Connections that gave way to a newer one of the same charger."""
    messages: int = 0
    calls: int = 0
    """Of ours, to chargers."""
    unanswered: int = 0
    late: int = 0
    """Answers to calls that were given up."""
    errors: int = 0
    """Calls that we answered with an error."""
    broken: int = 0
    """Frames that were none."""
    floods: int = 0
    too_large: int = 0
    repeats: int = 0
    """Transactions that were told once more."""
    old: int = 0
    """Messages of the time in which a charger was offline."""
    silent: int = 0
    """Connections given up because nothing came any more."""

    def numbers(self) -> dict[str, float]:
        """All of them."""
        return asdict(self)
