"""Permits as the house speaks of them: who may open what and when, and what people may ask for about them.

A card or code is known by its keyed hash alone (16 hex digits, `drivers/credential.py`), a person by a keyed hash of whatever
names him outside and by the name that staff gave the permit. Daily data: kept in the journal, never in `compound.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.actor import Actor

ALWAYS = ""
"""The schedule of a permit that holds at all hours."""

WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOLIDAY = "holiday"
"""The day kinds of a schedule are the seven days of the week, and the public holidays."""


class Credential(Enum):
    """What a person shows."""

    CARD = "card"
    CODE = "code"


class Standing(Enum):
    """Whether a permit counts. A blocked card does not count either, and showing it is worth a record."""

    VALID = "valid"
    REVOKED = "revoked"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Permit:
    """One credential of one person and the doors that it opens.

    `id` is "" for a new one. `person` is a keyed hash, `household` such as "b3-2-501" (building, entrance, flat), "" for staff.
    Times in seconds since 1970, 0 for no bound. A permit of a visitor carries `visitor`.
    """

    id: str
    person: str
    name: str
    household: str
    credential: str
    kind: Credential
    groups: tuple[str, ...]
    schedule: str = ALWAYS
    from_utc: float = 0.0
    until_utc: float = 0.0
    standing: Standing = Standing.VALID
    visitor: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class DoorGroup:
    """Doors that are permitted together, as "device/part": ("b3u1/door1", "b3u1/door2")."""

    id: str
    name: str
    doors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A week: for each day kind at most two spans in minutes of the day, [from, until). A day kind that is left out: never."""

    id: str
    name: str
    days: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PutPermits:
    """New permits and changed ones, all or nothing. `origins` says for each where it stands ("row 7"), for refusals."""

    actor: Actor
    permits: tuple[Permit, ...]
    reason: str
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevokePermits:
    """Some permits end at once; with `block` their cards are blocked: a lost card."""

    actor: Actor
    permits: tuple[str, ...]
    reason: str
    block: bool = False


@dataclass(frozen=True, slots=True)
class RevokeHousehold:
    """Moving out, ended lease: every permit and code of a household ends."""

    actor: Actor
    household: str
    reason: str


@dataclass(frozen=True, slots=True)
class PutGroup:
    """A new or changed group of doors."""

    actor: Actor
    group: DoorGroup


@dataclass(frozen=True, slots=True)
class DropGroup:
    """A group that no permit names goes."""

    actor: Actor
    group: str


@dataclass(frozen=True, slots=True)
class PutSchedule:
    """A new or changed schedule."""

    actor: Actor
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class DropSchedule:
    """A schedule that no permit names goes."""

    actor: Actor
    schedule: str


@dataclass(frozen=True, slots=True)
class BeginEnrolment:
    """The next unknown card that is shown at this door within 60 s is to be enrolled."""

    actor: Actor
    device: str
    part: str


@dataclass(frozen=True, slots=True)
class EndEnrolment:
    """Never mind the card."""

    actor: Actor


PermitAct: TypeAlias = (
    PutPermits
    | RevokePermits
    | RevokeHousehold
    | PutGroup
    | DropGroup
    | PutSchedule
    | DropSchedule
    | BeginEnrolment
    | EndEnrolment
)
