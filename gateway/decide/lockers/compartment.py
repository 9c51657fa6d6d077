"""A compartment of a parcel locker as it stands, and how it is remembered: everything about it is in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.deadline import Deadline
from gateway.model import NANOSECONDS, Now
from gateway.parcels import CompartmentState

if TYPE_CHECKING:
    from drivers.contract import Json

HOUR_NS = 3600 * NANOSECONDS

LONGEST_NS = 20 * 365 * 24 * HOUR_NS
"""What a parcel's time in a compartment is counted down from: no deadline, a stop-watch that survives restarts."""

IN_WORK = frozenset({CompartmentState.OPEN_DELIVERY, CompartmentState.OPEN_PICKUP})
"""Its door was opened as it should be, and is not closed yet."""

HELD = frozenset({CompartmentState.FORCED, CompartmentState.JAMMED, CompartmentState.OUT_OF_SERVICE})
"""Only a person ends these."""


@dataclass(frozen=True, slots=True)
class Compartment:
    """What is known of a compartment. `open`, `occupied` and `fault` are what it showed last, None where it never did.

    `code` is the keyed hash of the code that opens it, "" where there is none. `stored` runs while a parcel lies in it, whatever
    the state. `order` is the courier's word for whom it is kept. `ordered` is when it was last told to open.
    """

    cabinet: str
    part: str
    state: CompartmentState = CompartmentState.UNKNOWN
    since_utc: float = 0.0
    open: bool | None = None
    occupied: bool | None = None
    fault: bool = False
    code: str = ""
    stored: Deadline | None = None
    overdue_steps: int = 0
    """How many of the three terms of an overdue parcel have passed, each said once."""
    order: str = ""
    reserved: Deadline | None = None
    ordered: Now | None = None
    tries: int = 0
    """How often in a row it was told to open, and its door did not move."""
    missed: bool = False
    """The last of them is counted."""
    opened: Now | None = None
    """When its door was seen or told to open; None while it is closed."""
    ajar: bool = False
    worn: int = 0
    """How often it was told to open, for ever: what wears its lock."""

    @property
    def key(self) -> str:
        """Its name: "locker3/c07"."""
        return f"{self.cabinet}/{self.part}"

    @property
    def parcel(self) -> bool:
        """A parcel lies in it, as far as is known."""
        return self.stored is not None

    def hours_stored(self, now: Now) -> float | None:
        """For how long a parcel has lain in it; None where none does."""
        return None if self.stored is None else (LONGEST_NS - self.stored.left(now)) / HOUR_NS

    def reserved_until_utc(self, now: Now) -> float | None:
        """Until when it is kept for a courier; None where it is not."""
        return None if self.reserved is None else now.utc + self.reserved.left(now) / NANOSECONDS
