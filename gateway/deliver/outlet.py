"""What every destination of telemetry and records has in common: its standing, its back-off, and what it is built from."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.contract import Point
    from gateway.keep.outbox import Outbox
    from gateway.keep.reading import Reader
    from gateway.model import HouseSaid, Now, Place

TELEMETRY, ALARM, COMMAND, EVENT = "telemetry", "alarm", "command", "event"
RECORDS = {ALARM: "alarm", COMMAND: "result", EVENT: "event"}
"""The lanes that read the journal, each with the kind of log row that travels on it. Telemetry reads the outbox."""


class State(Enum):
    """How an outlet stands with its destination."""

    STARTING = "starting"
    UP = "up"
    FAILING = "failing"
    """Time may cure it."""
    REFUSED = "refused"
    """Only a person can: wrong token, unknown database."""


@dataclass(slots=True)
class Standing:
    """How an outlet is doing, for the page and /metrics. Numbers count since the process started and only rise."""

    id: str
    kind: str
    target: str
    """Where it leads, for people; no secret in it."""
    state: State = State.STARTING
    why: str = ""
    since_utc: float = 0.0
    points: int = 0
    """Values that the destination has confirmed."""
    records: int = 0
    """Alarms, events and commands that it has confirmed."""
    requests: int = 0
    refused: int = 0
    """Lines that it will never take; they are in quarantine."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the house gives to an outlet.

    `place` says where a device stands, `points` what the indices of a reading mean (of a device and a group number);
    `recorded` whether the journal keeps.
    """

    compound: str
    simulated: bool
    outbox: Outbox
    records: Reader
    say: Callable[[HouseSaid], None]
    clock: Callable[[], Now]
    place: Callable[[str], Place]
    points: Callable[[str, int], Sequence[Point]]
    recorded: Callable[[], bool]


class Outlet(Protocol):
    """A destination."""

    @property
    def standing(self) -> Standing:
        """How it is doing."""

    async def run(self) -> None:
        """Carry out what there is and what comes, until cancelled. A destination's failure never leaves it."""

    def records_came(self) -> None:
        """The journal has new rows. Never waits."""


class BackOff:
    """How long to wait before the next try: doubling, with jitter, so that a hundred boxes do not knock together."""

    def __init__(self, first_seconds: float, most_seconds: float) -> None:
        self._first = first_seconds
        self._most = most_seconds
        self._next = first_seconds

    def seconds(self) -> float:
        """The next wait: between a half and the whole of what doubling says."""
        wait = self._next
        self._next = min(self._most, self._next * 2)
        return wait * random.uniform(0.5, 1.0)  # noqa: S311 - not cryptography

    def succeeded(self) -> None:
        """Begin again from the first wait."""
        self._next = self._first
