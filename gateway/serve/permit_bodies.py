"""Permits as plain JSON bodies, and who sees which; a test holds them against `permit_shapes.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.serve.instants import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.permit import Permit
    from gateway.serve.asks import Ask
    from gateway.serve.views import Body


def permit_body(permit: Permit) -> Body:
    """One permit. Its credential stays here: not even the hash is anybody's business."""
    return {
        "id": permit.id,
        "name": permit.name,
        "household": permit.household,
        "kind": permit.kind.value,
        "groups": permit.groups,
        "schedule": permit.schedule,
        "valid_from": moment(permit.from_utc),
        "valid_until": moment(permit.until_utc),
        "standing": permit.standing.value,
        "visitor": permit.visitor,
        "note": permit.note,
    }


def sees_household(ask: Ask, household: str) -> bool:
    """Whether a household's building is in the actor's grids."""
    building = ask.house.hub.views.layout.buildings.get(building_of(household))
    return not ask.scope or (building is not None and building.grid in ask.scope)


def sees_permit(ask: Ask, permit: Permit) -> bool:
    """Whether a permit is in the actor's grids: by its household, or by a door that it opens where it has none."""
    if not ask.scope:
        return True
    if permit.household:
        return sees_household(ask, permit.household)
    layout = ask.house.hub.views.layout
    return any(layout.grid_of(door.partition("/")[0]) in ask.scope for door in doors_of(ask, permit))


def doors_of(ask: Ask, permit: Permit) -> Iterator[str]:
    """The doors that a permit opens, as device/part."""
    groups = ask.house.keeper.permits.groups
    for group in permit.groups:
        if group in groups:
            yield from groups[group].doors


def building_of(household: str) -> str:
    """The building of "b3-2-501"."""
    return household.rsplit("-", 2)[0]
