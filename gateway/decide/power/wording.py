"""What people are told of a power cut, in the language in which doors and buildings are named: the open doors first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.power.areas import area_of_building, building_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.decide.power.fallen import Fallen

MOST_DOORS = 12
MOST_BUILDINGS = 8
"""What one message can name; the rest are counted."""


def sentence(
    area: str,
    doors: Sequence[Fallen],
    buildings: Sequence[str],
    unheard: Sequence[str],
    battery: str,
    names: Mapping[str, str],
) -> str:
    """`names` are those of areas. `unheard`: buildings whose detectors nobody hears; `battery`: what the box has left."""
    alone = bool(building_of(area))  # the alarm's place names the building already
    open_doors = [door.name if alone else f"{_named([door.building], names)[0]} {door.name}" for door in doors]
    parts = []
    if open_doors:
        parts.append(f"失电敞开的门:{_counted(open_doors, MOST_DOORS, '扇')}")
    parts.append("市电中断" if alone else f"停电:{_counted(_named(buildings, names), MOST_BUILDINGS, '栋')}")
    if unheard:
        parts.append(
            "烟感燃气暂无人监听" + ("" if alone else f":{_counted(_named(unheard, names), MOST_BUILDINGS, '栋')}")
        )
    if battery:
        parts.append(battery)
    return "。".join(parts)


def _named(buildings: Iterable[str], names: Mapping[str, str]) -> list[str]:
    return [names.get(area_of_building(building), building) for building in buildings]


def _counted(names: Sequence[str], most: int, unit: str) -> str:
    shown = "、".join(names[:most])
    return shown if len(names) <= most else f"{shown} 等 {len(names)} {unit}"
