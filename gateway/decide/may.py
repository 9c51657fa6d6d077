"""Who may, by role and grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.actor import Role
from gateway.model import Refused

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from gateway.actor import Actor
    from gateway.model import Act

MAY_ANSWER = frozenset({Role.STAFF, Role.MANAGER, Role.INSTALLER, Role.ADMINISTRATOR})
"""Who goes there: answers alarms and lets people in."""

MAY_INSTALL = frozenset({Role.INSTALLER, Role.ADMINISTRATOR})
"""Who stands at the door with the tools."""


def may(act: Act, actor: Actor, roles: AbstractSet[Role], grid: str) -> Refused | None:
    """The refusal, None when the actor may."""
    if actor.role not in roles:
        return Refused(act, "role", f"{actor.role.value} may not do this")
    if actor.grids and grid not in actor.grids:
        return Refused(act, "grid", "this is not in your grid")
    return None
