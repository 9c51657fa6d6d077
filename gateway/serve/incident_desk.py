"""What the HTTP face needs of incidents: decide's memory, the staff by name, the table, the photos, the county's secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.secret import Secret
    from gateway.decide.incidents.incident import Incident
    from gateway.decide.incidents.staff import Staff
    from gateway.decide.incidents.table import IncidentRules
    from gateway.decide.people.rules import Department


class IncidentKeeper(Protocol):
    """The incidents as decide has them."""

    @property
    def known(self) -> Mapping[int, Incident]:
        """By number: those that are open, and those that ended in the last thirty days."""


class PhotoFolder(Protocol):
    """Where photos are kept."""

    async def put(self, content: bytes, /) -> str:
        """Keep a photo without its metadata; returns its SHA-256. Raises NoPhoto, NoRoom or OSError."""

    async def get(self, name: str, /) -> tuple[str, bytes] | None:
        """A photo and its media type; None where there is none of that name."""

    async def has(self, name: str, /) -> bool:
        """Whether there is one of that name."""


class CountyDoor(Protocol):
    """By what the county's platform proves itself."""

    @property
    def id(self) -> str:
        """What it calls this compound."""

    @property
    def secret(self) -> Secret:
        """Where the shared secret is to be found."""


@dataclass(frozen=True, slots=True)
class IncidentDesk:
    """Everything about incidents. `county` gives None where no platform is set up."""

    keeper: IncidentKeeper
    staff: Staff
    rules: Callable[[], IncidentRules]
    departments: Callable[[], Mapping[str, Department]]
    photos: PhotoFolder
    county: Callable[[], CountyDoor | None]
