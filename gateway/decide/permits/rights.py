"""Who may do what about permits. Default deny; every refusal carries its reason.

Managers and administrators may do everything, staff what a day at the desk brings: visitors, revocations, enrolment. Installers
say which doors belong together. Who is bound to grids touches only households and doors of his grids; a door that stands in no
grid, such as the compound's gate, is everybody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.actor import Role
from gateway.model import Refused
from gateway.permit import (
    BeginEnrolment,
    DropGroup,
    DropSchedule,
    EndEnrolment,
    PutGroup,
    PutPermits,
    PutSchedule,
    RevokeHousehold,
    RevokePermits,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.actor import Actor
    from gateway.decide.permits.doors import Doors, Reach
    from gateway.permit import Permit, PermitAct

_LEADERS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
_DESK = _LEADERS | {Role.STAFF}
_MAY: dict[type[PermitAct], frozenset[Role]] = {
    PutPermits: _DESK,
    RevokePermits: _DESK,
    RevokeHousehold: _DESK,
    PutGroup: _LEADERS | {Role.INSTALLER},
    DropGroup: _LEADERS | {Role.INSTALLER},
    PutSchedule: _LEADERS,
    DropSchedule: _LEADERS,
    BeginEnrolment: _DESK,
    EndEnrolment: _DESK,
}


def refused_by_role(act: PermitAct) -> Refused | None:
    """Whether the actor's role may ask for this at all."""
    if act.actor.role not in _MAY[type(act)]:
        return Refused(act, "role", f"{act.actor.role.value} may not do this")
    if isinstance(act, PutPermits) and act.actor.role is Role.STAFF and not all(one.visitor for one in act.permits):
        return Refused(act, "role", "staff gives permits to visitors only")
    return None


def household_in_grid(actor: Actor, household: str, doors: Doors) -> bool:
    """Whether a household is in the actor's grids: one device of its building stands there."""
    building = household.rsplit("-", 2)[0]
    return not actor.grids or not actor.grids.isdisjoint(doors.buildings.get(building, ()))


def doors_in_grid(actor: Actor, named: Iterable[str], doors: Doors) -> bool:
    """Whether these doors are all in the actor's grids, or in none."""
    return not actor.grids or all((grid := doors.grids.get(door, "")) == "" or grid in actor.grids for door in named)


def permit_in_grid(actor: Actor, permit: Permit, reach: Reach) -> bool:
    """Whether somebody may end this permit: by its household, and where it has none, by its doors."""
    if permit.household:
        return household_in_grid(actor, permit.household, reach.doors)
    return doors_in_grid(actor, reach.doors_of(permit.groups), reach.doors)
