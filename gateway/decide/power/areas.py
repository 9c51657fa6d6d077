"""From dark buildings to areas: one alarm for one cut. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

WIDE_FROM = 3
"""From so many buildings on a cut is one of the grid, or of the compound (domain rule)."""

COMPOUND = "compound"
_GRID = "grid:"
_BUILDING = "building:"


def area_of_building(building: str) -> str:
    """Under which name a building's own cut is known."""
    return f"{_BUILDING}{building}"


def area_of_grid(grid: str) -> str:
    """Under which name the cut of a whole grid is known."""
    return f"{_GRID}{grid}"


def wide_area(dark: Collection[str], grids: Mapping[str, str], before: str) -> str:
    """The area that all these buildings are one cut of; "" while each is its own.

    `before` is the area that stands: as buildings come back, the cut stays what it was, and it only ever grows.
    """
    if not dark or (not before and len(dark) < WIDE_FROM):
        return ""
    of = {grids.get(building, "") for building in dark}
    if before.startswith(_GRID):
        of.add(before.removeprefix(_GRID))
    if before == COMPOUND or len(of) > 1 or "" in of:
        return COMPOUND
    return area_of_grid(of.pop())


def areas(dark: Collection[str], wide: str) -> dict[str, tuple[str, ...]]:
    """The buildings of each area that is without mains."""
    if wide:
        return {wide: tuple(dark)}
    return {area_of_building(building): (building,) for building in dark}


def building_of(area: str) -> str:
    """The building of an area that is one, "" for a wider one."""
    return area.removeprefix(_BUILDING) if area.startswith(_BUILDING) else ""


def grid_of(area: str) -> str:
    """The grid of an area that is one, "" for any other."""
    return area.removeprefix(_GRID) if area.startswith(_GRID) else ""
