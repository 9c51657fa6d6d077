"""People, their shifts and hand-overs as the house speaks of them, and what people may ask for about them.

Whom a message reaches where (numbers, accounts of chat tools) stands in `Person.reach` and nowhere else: not in a log, a notice
or an answer of the API to anyone who may not see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.actor import Actor

ROLES = ("duty", "deputy", "leader", "guard", "property", "community", "desk")
"""The roles of a grid's team that Gridpost itself speaks of; a compound may name more. "duty" and "deputy": the roster's."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to a person: the channel's id, and the number or account there."""

    channel: str
    to: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the staff; `reach` best way first.

    `account` is the name of the account that he has or waits for, "" for none: by it his first one is found, and nobody is
    known (`Actor.person` says who has signed in).
    """

    id: str
    name: str
    reach: tuple[Reach, ...]
    account: str = ""
    away: tuple[tuple[float, float], ...] = ()
    """When he is absent: (from, until) in UTC seconds."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of a grid that comes every week: on these days (0 Monday), from a minute of the day for so many minutes.

    `person` is on duty and `deputy` stands in for him ("" for nobody).
    """

    id: str
    grid: str
    name: str
    days: frozenset[int]
    from_minute: int
    minutes: int
    person: str
    deputy: str = ""


@dataclass(frozen=True, slots=True)
class PutPerson:
    """Enter or change a person."""

    actor: Actor
    person: Person


@dataclass(frozen=True, slots=True)
class DropPerson:
    """A person leaves; refused while a shift or a role needs him."""

    actor: Actor
    person: str


@dataclass(frozen=True, slots=True)
class ForgetChats:
    """A person lost his phone: his accounts of chat tools stand for him no longer, until somebody enters them again."""

    actor: Actor
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class PutAway:
    """Somebody is absent for a while; what he had goes to his deputy, else to the leader."""

    actor: Actor
    person: str
    from_utc: float
    until_utc: float


@dataclass(frozen=True, slots=True)
class PutShifts:
    """The roster of a grid, whole; refused with a hole in it."""

    actor: Actor
    grid: str
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class PutTeam:
    """Who has which role in a grid's team: role to persons."""

    actor: Actor
    grid: str
    team: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class HandOver:
    """Whoever leaves writes a note for whoever comes."""

    actor: Actor
    grid: str
    note: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The next person takes the grid over by name; until then the one before him answers for it."""

    actor: Actor
    grid: str
    person: str


@dataclass(frozen=True, slots=True)
class RingDuty:
    """`gridpost notify-test`: prove that whoever is on duty now can be reached, over each of his ways."""

    actor: Actor
    grid: str


DutyAct: TypeAlias = (
    PutPerson | DropPerson | ForgetChats | PutAway | PutShifts | PutTeam | HandOver | TakeOver | RingDuty
)
