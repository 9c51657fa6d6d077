"""Who asks, as one of the staff, and what he may do about incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.actor import Role
from gateway.decide.may import MAY_ANSWER, may
from gateway.model import Refused

if TYPE_CHECKING:
    from gateway.actor import Actor
    from gateway.decide.incidents.incident import Incident
    from gateway.duty import Person
    from gateway.model import Act

DESK = ("desk", "leader", "community")
"""The roles of a grid's team that accept, assign, verify and close."""

LEADERS = ("leader",)
"""Those that may give more time."""

_ABOVE = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


class OnDuty(Protocol):
    """Who is on duty in a grid: `responsible` answers for it, `person` by the roster; "" for nobody."""

    @property
    def person(self) -> str:
        """By the roster."""

    @property
    def responsible(self) -> str:
        """Who took over last by name."""


class Staff(Protocol):
    """What incidents need to know of people."""

    def person(self, name: str, /) -> Person | None:
        """One of the staff, by id."""

    def on_duty(self, grid: str, /) -> OnDuty:
        """Who is on duty there."""

    def in_role(self, grid: str, role: str, /) -> tuple[str, ...]:
        """The ids of those who have a role in a grid's team, or above it."""


def who(actor: Actor, staff: Staff) -> str:
    """The one id of a human, by whatever way he comes: of the staff, else of the user."""
    return actor.id if staff.person(actor.person) is None else actor.person


def has_role(actor: Actor, staff: Staff, grid: str, roles: tuple[str, ...]) -> bool:
    """Whether he is a manager, or has one of these roles in the grid."""
    if actor.role in _ABOVE:
        return True
    me = who(actor, staff)
    return any(me in staff.in_role(grid, role) for role in roles)


def may_work(act: Act, actor: Actor, grid: str) -> Refused | None:
    """The refusal for whoever may not work on incidents of a grid; None for who may."""
    return may(act, actor, MAY_ANSWER, grid)


def may_decide(act: Act, actor: Actor, staff: Staff, grid: str, roles: tuple[str, ...] = DESK) -> Refused | None:
    """The refusal for whoever is not of the desk (or of `roles`) in a grid."""
    if refused := may(act, actor, MAY_ANSWER, grid):
        return refused
    if has_role(actor, staff, grid, roles):
        return None
    return Refused(act, "role", f"this is for {', '.join(roles)} of the grid's team")


def may_touch(act: Act, actor: Actor, staff: Staff, incident: Incident) -> Refused | None:
    """The refusal for whoever neither has the incident nor is of the desk: a worker on the telephone is entered there."""
    grid = incident.place.grid
    if refused := may(act, actor, MAY_ANSWER, grid):
        return refused
    if incident.person == who(actor, staff) or has_role(actor, staff, grid, DESK):
        return None
    return Refused(act, "not_yours", "somebody else has this incident: take it first")
