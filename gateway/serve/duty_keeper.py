"""What the HTTP face needs of people and their shifts: decide's memory, read on the event loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.decide.people.duty import Duty, Stint
    from gateway.decide.people.rules import Department, GridRules
    from gateway.decide.people.week import Spell
    from gateway.duty import Person, Shift
    from gateway.serve.views import Scope

SECTIONS = ("incidents", "outages", "trials")
"""What other parts of the house write on a hand-over sheet."""


class Staff(Protocol):
    """Who works here, and who is on duty; see `gateway.decide.people.people.People`."""

    @property
    def persons(self) -> Mapping[str, Person]:
        """Everybody, by id."""

    @property
    def grids(self) -> Mapping[str, GridRules]:
        """The grids and the levels above them, by id."""

    @property
    def departments(self) -> Mapping[str, Department]:
        """Who can be called in, by id."""

    @property
    def stints(self) -> Mapping[str, Stint]:
        """How duty stands in each grid that has a roster of its own."""

    @property
    def clock_lost(self) -> bool:
        """Shifts stand still, because the clock lost the time."""

    def on_duty(self, grid: str, /) -> Duty:
        """Who is on duty there."""

    def team(self, grid: str, /) -> Mapping[str, tuple[str, ...]]:
        """The grid's own team: role to persons."""

    def shifts(self, grid: str, /) -> tuple[Shift, ...]:
        """The grid's own roster."""

    def following(self, grid: str, /) -> Spell | None:
        """The shift that comes next in a grid with a roster of its own."""

    def by_roster(self, shift: Shift, /) -> str:
        """Who is on duty in a shift, "" for nobody."""

    def needed_by(self, person: str, /) -> frozenset[str]:
        """The grids whose roster or team names somebody."""

    def upwards(self, grid: str, /) -> tuple[str, ...]:
        """A grid and those above it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a hand-over sheet that another part of the house writes: an incident, an outage, a trial.

    `id` is how its own routes name it; `what` and `where` are for people; 0 for a time that it has not.
    """

    id: str
    what: str
    where: str = ""
    since_utc: float = 0.0
    until_utc: float = 0.0


@dataclass(frozen=True, slots=True)
class DutyKeeper:
    """People, and who writes each of the `SECTIONS` of a hand-over sheet, given grids; a part that writes none is left out."""

    staff: Staff
    sections: Mapping[str, Callable[[Scope], Iterable[Entry]]] = field(default_factory=dict)
