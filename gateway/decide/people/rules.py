"""What the configuration says of people: the tree of grids, departments, and what an empty store is seeded with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.duty import Person, Reach, Shift


@dataclass(frozen=True, slots=True)
class Department:
    """A department that can be called in 吹哨: "fire", "gas", "property", "police" ... Its answer is timed."""

    id: str
    name: str
    kind: str
    reach: tuple[Reach, ...]
    answer_minutes: float


@dataclass(frozen=True, slots=True)
class GridRules:
    """A grid, or a level above grids (community, street ...). `parent` is another of them, "" at the top.

    `kind` is "basic" 基础网格 or "exclusive" 专属网格 (an enterprise, a school).
    """

    id: str
    name: str
    parent: str = ""
    level: str = "grid"
    kind: str = "basic"
    code: str = ""


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """Grids and departments as they are in force; people, teams and shifts only to seed a store that has none.

    `channels` are the ids of those that there are: a person's way over any other leads nowhere. `chats` are those of them that
    are chat tools: whoever has a person's phone has them too.
    """

    grids: Mapping[str, GridRules] = field(default_factory=dict)
    departments: Mapping[str, Department] = field(default_factory=dict)
    channels: frozenset[str] = frozenset()
    persons: tuple[Person, ...] = ()
    teams: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    shifts: Mapping[str, tuple[Shift, ...]] = field(default_factory=dict)
    chats: frozenset[str] = frozenset()

    def upwards(self, grid: str) -> tuple[str, ...]:
        """A grid, its parent and so on up to the top; () for a grid that is not there. A loop ends where it closes."""
        way: list[str] = []
        while (rules := self.grids.get(grid)) is not None and grid not in way:
            way.append(grid)
            grid = rules.parent
        return tuple(way)

    @property
    def tops(self) -> tuple[str, ...]:
        """The grids that have none above them."""
        return tuple(grid.id for grid in self.grids.values() if grid.parent not in self.grids)
