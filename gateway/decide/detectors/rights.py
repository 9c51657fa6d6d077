"""Who may do what about sensors, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.actor import Role
from gateway.model import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from gateway.decide.rules import DetectorRules, Rules
    from gateway.detecting import DetectorAct

MAY_ENROL = frozenset({Role.INSTALLER, Role.MANAGER, Role.ADMINISTRATOR})
"""Who says which sensor hangs where. Who may answer alarms may also test detectors and change their batteries."""


def refused_by_role(act: DetectorAct, roles: AbstractSet[Role]) -> Refused | None:
    """Whether the actor's role may ask for this at all."""
    if act.actor.role in roles:
        return None
    return Refused(act, "role", f"{act.actor.role.value} may not do this")


def refused_by_grid(act: DetectorAct, devices: Iterable[str], rules: Rules) -> Refused | None:
    """Whether these places are in the actor's grids. One that is no longer in the configuration is in nobody's."""
    if not act.actor.grids:
        return None
    beyond = tuple(device for device in devices if grid_of(device, rules) not in act.actor.grids)
    return Refused(act, "grid", "this is not in your grid", beyond) if beyond else None


def refused_as_unknown(act: DetectorAct, devices: Iterable[str], rules: Rules) -> Refused | None:
    """Whether all of these are detectors."""
    unknown = tuple(device for device in devices if place_for_sensor(device, rules) is None)
    return Refused(act, "detector_unknown", f"there is no detector {unknown[0]}", unknown) if unknown else None


def place_for_sensor(device: str, rules: Rules) -> DetectorRules | None:
    """What a device is as a place for a sensor; None where it is none, or not in the configuration."""
    known = rules.devices.get(device)
    return known.detector if known is not None else None


def grid_of(device: str, rules: Rules) -> str:
    """The grid that a device is in, "" for none."""
    known = rules.devices.get(device)
    return known.place.grid if known is not None else ""
