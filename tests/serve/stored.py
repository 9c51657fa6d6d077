"""Stores of cardboard: a test sets what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from gateway.deliver.outlet import Standing, State
from gateway.serve.stored import Stores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.serve.stored import Recording


class RoomState(Enum):
    """How much room there is."""

    AMPLE = "ample"
    SCARCE = "scarce"
    FULL = "full"


@dataclass
class FakeRoom:
    """A disk with room."""

    state: RoomState = RoomState.AMPLE
    free_bytes: int = 5_000_000_000


@dataclass(frozen=True)
class FakeWaiting:
    """Nothing waits."""

    batches: int = 0
    points: int = 0
    bytes: int = 0
    oldest_utc: float | None = None
    dropped: int = 0


@dataclass(frozen=True)
class FakeQuarantined:
    """A line that influx refused."""

    line: bytes
    utc: float = 1_732_226_400.0
    destination: str = "influx"
    why: str = "field type conflict"


@dataclass
class FakeOutbox:
    """Remembers nothing by itself."""

    damaged: tuple[str, ...] = ()
    room: FakeRoom = field(default_factory=FakeRoom)
    all: FakeWaiting = field(default_factory=FakeWaiting)
    waiting: dict[str, FakeWaiting] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    refused: list[FakeQuarantined] = field(default_factory=list)

    def held(self) -> FakeWaiting:
        """All that waits."""
        return self.all

    def backlog(self, destination: str) -> FakeWaiting:
        """What one destination has not got."""
        return self.waiting.get(destination, FakeWaiting())

    def lost(self) -> Mapping[str, int]:
        """What was dropped."""
        return self.reasons

    async def quarantined(self, destination: str = "", limit: int = 100) -> Sequence[FakeQuarantined]:
        """Refused lines."""
        return [line for line in self.refused if destination in {"", line.destination}][:limit]


@dataclass(frozen=True)
class FakeLimits:
    """An outbox of half a gigabyte and a week."""

    max_bytes: int = 512_000_000
    max_age_seconds: float = 604_800.0
    keep_free_bytes: int = 200_000_000


@dataclass
class FakeHistory:
    """Kept everything."""

    lost: list[str] = field(default_factory=list)
    lost_minutes: int = 0


@dataclass
class FakeBackup:
    """Made an hour after the line above was refused."""

    last_utc: float | None = 1_732_230_000.0
    ok: bool = True
    why: str = ""
    due_utc: float | None = 1_732_316_400.0
    place: str = "/mnt/stick"


@dataclass
class Cellar:
    """All stores of a town, for a test to change."""

    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    history: FakeHistory = field(default_factory=FakeHistory)
    outlets: list[Standing] = field(default_factory=list)
    backups: list[FakeBackup] = field(default_factory=list)

    def stores(self, journal: Recording) -> Stores:
        """The stores as the HTTP face gets them."""
        return Stores(
            journal=journal,
            outbox=self.outbox,
            limits=FakeLimits(),
            history=self.history,
            keep_days=14,
            outlets=self.outlets,
            backups=lambda: self.backups,
        )


def away(outlet: str = "influx") -> Standing:
    """An outlet whose destination is gone."""
    why = "cannot reach 10.0.0.9:8086: connection refused"
    return Standing(
        outlet,
        "influxdb",
        "http://10.0.0.9:8086 gridpost",
        State.FAILING,
        why,
        since_utc=1_732_226_400.0,
        points=7,
        records=2,
        requests=5,
        refused=1,
    )
