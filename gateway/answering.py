"""What people do about alarms beside taking and resetting them: verify, shelve, take a detector out of service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.actor import Actor


@dataclass(frozen=True, slots=True)
class VerifyAlarm:
    """A person who is there says what it is: 核实为真火警 (`real`), or 误报 with its cause.

    `cause` is one of `gateway.incident.FALSE_CAUSES` and is needed for a false alarm. To verify is not to take, but whoever
    verifies an alarm that nobody took takes it too.
    """

    actor: Actor
    number: int
    real: bool
    cause: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ShelveAlarm:
    """暂停提醒: people are spared an alarm for so many minutes; it is judged on. Never a P1."""

    actor: Actor
    number: int
    minutes: float
    reason: str


@dataclass(frozen=True, slots=True)
class UnshelveAlarm:
    """The shelf ends now."""

    actor: Actor
    number: int


@dataclass(frozen=True, slots=True)
class TakeOutOfService:
    """The first person: this one fire, gas or CO detector is to be out of service for so many hours, at most 24."""

    actor: Actor
    detector: str
    reason: str
    work_order: str
    hours: float
    household_told: bool
    """Whoever lives there knows that nothing watches over them."""


@dataclass(frozen=True, slots=True)
class ConfirmOutOfService:
    """The second person, who is another, agrees; from here on the detector is out of service."""

    actor: Actor
    detector: str


@dataclass(frozen=True, slots=True)
class BackInService:
    """The detector counts again, or the wish of the first person is taken back."""

    actor: Actor
    detector: str


AnsweringAct: TypeAlias = (
    VerifyAlarm | ShelveAlarm | UnshelveAlarm | TakeOutOfService | ConfirmOutOfService | BackInService
)
