"""What the HTTP face needs of permits, commissioning and serial numbers: decide's memory, read on the event loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.actor import Actor
    from gateway.decide.commissioning import CommissioningRecord
    from gateway.decide.permits.rows import Weighed
    from gateway.decide.permits.slots import Turn
    from gateway.decide.permits.states import Enrolment, SpecialDay, TableState, Task
    from gateway.model import Now, Refused
    from gateway.permit import DoorGroup, Permit, PutPermits, Schedule


class Permits(Protocol):
    """Everybody's permits, and where they have got to."""

    @property
    def permits(self) -> Mapping[str, Permit]:
        """All of them by id, ended ones too."""

    @property
    def groups(self) -> Mapping[str, DoorGroup]:
        """Groups of doors by id."""

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """Schedules by id."""

    @property
    def tables(self) -> Mapping[str, TableState]:
        """By controller."""

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Revocations by id, oldest first."""

    @property
    def enrolment(self) -> Enrolment | None:
        """The one that is under way; None for none."""

    def ending(self, now: Now, /) -> Sequence[Permit]:
        """Permits that end within days."""

    def household(self, household: str, /) -> Sequence[Permit]:
        """Every permit of a household."""

    def named(self, device: str, ref: int, utc: float | None, /) -> Permit | None:
        """Whose record a controller's event meant at that moment; None where nobody knows any more."""

    def turns(self, permit: Permit, /) -> Sequence[tuple[str, Turn]]:
        """Which index of which controller's table was this permit's, and when."""

    def in_grid(self, actor: Actor, permit: Permit, /) -> bool:
        """Whether somebody may end this permit."""

    def holidays(self, year: int, /) -> Sequence[SpecialDay]:
        """The days of a year on which schedules do not follow the weekday, in order."""

    def holidays_known(self, year: int, /) -> bool:
        """Whether the state has published that year."""

    def weigh(self, act: PutPermits, now: Now, /) -> Weighed | Refused:
        """What new and changed permits would come to, without taking them."""


class Commissioning(Protocol):
    """What installers have gone through."""

    @property
    def records(self) -> Mapping[str, CommissioningRecord]:
        """By device, signed ones included."""


class Serials(Protocol):
    """Which controller is which."""

    def expected(self, device: str, /) -> str:
        """The serial number that a device is to have; "" where none is known."""

    def replacing(self, device: str, /) -> bool:
        """Whether a new controller was accepted that is not in service yet."""


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """What stands behind the routes of doors.

    `key` is the site key: card numbers are hashed with it at the border. `timezone` (IANA name) is that of files of permits.
    """

    permits: Permits
    commissioning: Commissioning
    serials: Serials
    key: bytes
    timezone: str
