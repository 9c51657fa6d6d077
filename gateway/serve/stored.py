"""What the HTTP face needs of the stores: disk, journal, outbox, history, outlets and backup, each as it is at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from enum import Enum


class Recording(Protocol):
    """Whether the journal keeps what happens."""

    @property
    def recorded(self) -> bool:
        """Whether it does."""

    @property
    def why(self) -> str:
        """Why not, as a sentence; "" while it does."""


class Room(Protocol):
    """How much room the data folder's disk has."""

    @property
    def state(self) -> Enum:
        """Its value is "ample", "scarce" (telemetry is not written) or "full" (what was held back is given to the journal)."""

    @property
    def free_bytes(self) -> int:
        """What this process may still write there."""


class Waiting(Protocol):
    """Telemetry that waits in the outbox."""

    @property
    def batches(self) -> int:
        """Batches, of a second or 2,000 lines each."""

    @property
    def points(self) -> int:
        """Values in them."""

    @property
    def bytes(self) -> int:
        """What they take on disk."""

    @property
    def oldest_utc(self) -> float | None:
        """When the oldest value was received; None when nothing waits."""

    @property
    def dropped(self) -> int:
        """Values that were dropped before the destination got them."""


class Limits(Protocol):
    """How much the outbox may hold."""

    @property
    def max_bytes(self) -> int:
        """Beyond so much the oldest telemetry is dropped."""

    @property
    def max_age_seconds(self) -> float:
        """What is older is dropped."""

    @property
    def keep_free_bytes(self) -> int:
        """With less free on the disk no telemetry is written."""


class Quarantined(Protocol):
    """A line that a destination will never take."""

    @property
    def destination(self) -> str:
        """The outlet's id."""

    @property
    def utc(self) -> float:
        """When it was refused."""

    @property
    def line(self) -> bytes:
        """The line as it was sent."""

    @property
    def why(self) -> str:
        """The destination's own words."""


class Outbox(Protocol):
    """Telemetry on its way out."""

    @property
    def damaged(self) -> Sequence[str]:
        """Sentences about what was set aside or rescued when the gateway started."""

    @property
    def room(self) -> Room:
        """The room on its disk."""

    def held(self) -> Waiting:
        """All that it holds, for whomever; what is dropped counts once."""

    def backlog(self, destination: str) -> Waiting:
        """What one destination has not got yet."""

    def lost(self) -> Mapping[str, int]:
        """Values dropped, by reason: "full", "age", "room", "damaged", "overrun"."""

    async def quarantined(self, destination: str = "", limit: int = 100) -> Sequence[Quarantined]:
        """Lines that were refused, newest first; of one destination if it is given."""


class Destination(Protocol):
    """How an outlet stands with where it leads. Numbers count since the process started."""

    @property
    def id(self) -> str:
        """The outlet's id."""

    @property
    def kind(self) -> str:
        """What it speaks, such as influxdb."""

    @property
    def target(self) -> str:
        """Where it leads, for people; no secret in it."""

    @property
    def state(self) -> Enum:
        """Its value is "starting", "up", "failing" (time may cure it) or "refused" (only a person can)."""

    @property
    def why(self) -> str:
        """Why it is not up."""

    @property
    def since_utc(self) -> float:
        """When the state was taken; 0 when nothing was tried yet."""

    @property
    def points(self) -> int:
        """Values that the destination has confirmed."""

    @property
    def records(self) -> int:
        """Alarms, events and commands that it has confirmed."""

    @property
    def requests(self) -> int:
        """Requests made."""

    @property
    def refused(self) -> int:
        """Lines that it will never take."""


class Lost(Protocol):
    """What the history could not keep."""

    @property
    def lost(self) -> Sequence[str]:
        """Sentences about it, newest last."""

    @property
    def lost_minutes(self) -> int:
        """Minutes of poll groups that were dropped since the process started."""


class BackupAge(Protocol):
    """How old the newest good backup at one place is."""

    @property
    def last_utc(self) -> float | None:
        """When it was made; None when there is none."""

    @property
    def ok(self) -> bool:
        """Whether the last try went well."""

    @property
    def why(self) -> str:
        """Why it did not."""

    @property
    def due_utc(self) -> float | None:
        """When the next one is made; None when none is planned."""

    @property
    def place(self) -> str:
        """Where it goes, for people; no secret in it."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What the house keeps on disk and carries out, each part as it is. `backups` gives one for each place that is set up."""

    journal: Recording
    outbox: Outbox
    limits: Limits
    history: Lost
    keep_days: int
    outlets: Iterable[Destination]
    backups: Callable[[], Sequence[BackupAge]]
