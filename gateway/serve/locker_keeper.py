"""What the HTTP face needs of parcel lockers: decide's memory, read on the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.decide.lockers.compartment import Compartment
    from gateway.decide.lockers.opening_all import PendingOpenAll
    from gateway.model import Now


class LockerKeeper(Protocol):
    """How parcel lockers are, as decide sees them."""

    @property
    def compartments(self) -> Mapping[str, Compartment]:
        """By name, such as "locker3/c07"."""

    @property
    def pending_open_all(self) -> Mapping[str, PendingOpenAll]:
        """What waits for a second person, by cabinet."""

    def counts(self, cabinet: str, /) -> Mapping[str, int]:
        """How many compartments of a cabinet are in each state, by the state's word, and how many are "open".

        What there are none of may be left out.
        """

    def sure(self, cabinet: str, part: str, /) -> bool:
        """Whether what a compartment shows is good and was heard in time."""

    def reserved_for(self, cabinet: str, order: str, /) -> Compartment | None:
        """The compartment that is kept for a courier's order."""

    def keypad_locked_until_utc(self, cabinet: str, now: Now, /) -> float | None:
        """Until when a cabinet takes no code; None when it takes them."""
