"""What others may read of permits: how tables stand, revocations, an enrolment, days that are not as their weekday."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

    from gateway.model import Now, Outcome, Place


@dataclass(frozen=True, slots=True)
class TableState:
    """A controller's table: what is wanted of it and what it was last heard to hold (`version` and `sum` None: never heard).

    `left` of `total` records are still to be written, `state` is the driver's word or sentence for it. `current`: it holds what
    is wanted, and nothing that was changed since waits to be wanted. `since_utc`: since when it is current, or is not.
    """

    wanted_version: int
    wanted_sum: int
    wanted_users: int
    version: int | None
    sum: int | None
    users: int | None
    left: int | None
    total: int | None
    state: str
    since_utc: float
    current: bool


@dataclass(frozen=True, slots=True)
class Task:
    """A revocation that is over only when every controller's table is without it.

    `household` is "" where single permits were revoked. `open` are the controllers that may still open to them, `done` those
    that no longer do. `closed_utc` is None while one is open.
    """

    id: str
    household: str
    permits: tuple[str, ...]
    by: str
    reason: str
    at_utc: float
    open: tuple[str, ...]
    done: tuple[str, ...]
    closed_utc: float | None = None

    @property
    def total(self) -> int:
        """How many controllers knew the permits."""
        return len(self.open) + len(self.done)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The next unknown card at this door, until `until_ns` (CLOCK_BOOTTIME): `card` is its hash once it was shown."""

    device: str
    part: str
    by: str
    until_ns: int
    card: str | None = None


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which schedules do not follow the weekday. `kind` as in docs/acp1.md: 7 a holiday, 0 a make-up workday 调休."""

    day: date
    name: str
    kind: int


class Say(Protocol):
    """How permits make an alarm of a fact: `rule` is one of `gateway.decide.rules.FACTS`."""

    def __call__(
        self, rule: str, source: str, device: str, place: Place, *, abnormal: bool, why: str, now: Now
    ) -> list[Outcome]:
        """Take the fact; returns what follows from it."""
