"""Parcel lockers as the house speaks of them, and what people may ask for about them.

A *compartment* is a part of a cabinet, "locker3/c07". Whose parcel lies in it nobody here knows: a compartment has a size, a
state, and the keyed hash of the code that opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.actor import Actor


class CompartmentState(Enum):
    """What a compartment is doing (docs/lockers.md)."""

    UNKNOWN = "unknown"
    EMPTY = "empty"
    RESERVED = "reserved"
    OPEN_DELIVERY = "open_delivery"
    OCCUPIED = "occupied"
    OVERDUE = "overdue"
    OPEN_PICKUP = "open_pickup"
    FORCED = "forced"
    JAMMED = "jammed"
    FAULT = "fault"
    OUT_OF_SERVICE = "out_of_service"


@dataclass(frozen=True, slots=True)
class ReserveCompartment:
    """A courier's order: an empty compartment of that size or the next larger one is kept for it for ten minutes.

    `order` is the courier's own word for it; the same again gets the same compartment.
    """

    actor: Actor
    cabinet: str
    size: str
    order: str


@dataclass(frozen=True, slots=True)
class CancelReservation:
    """It is not coming."""

    actor: Actor
    cabinet: str
    part: str


@dataclass(frozen=True, slots=True)
class OpenAll:
    """Every compartment of a cabinet is to be opened. It happens when a second person confirms it within two minutes."""

    actor: Actor
    cabinet: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConfirmOpenAll:
    """The second person, who is not the first."""

    actor: Actor
    cabinet: str


@dataclass(frozen=True, slots=True)
class ResetCompartment:
    """Somebody looked at a forced or jammed compartment: it is what it shows from now on. `note` says what was seen."""

    actor: Actor
    cabinet: str
    part: str
    note: str


@dataclass(frozen=True, slots=True)
class ServiceCompartment:
    """Out of service, or back into it. `reason` is needed for out."""

    actor: Actor
    cabinet: str
    part: str
    out: bool
    reason: str


ParcelAct: TypeAlias = (
    ReserveCompartment | CancelReservation | OpenAll | ConfirmOpenAll | ResetCompartment | ServiceCompartment
)
