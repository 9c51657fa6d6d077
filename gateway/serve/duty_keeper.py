"""What the HTTP face needs of people and their shifts: decide's memory, read on the event loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.actor import Actor
    from gateway.decide.people.duty import Duty, Stint
    from gateway.decide.people.rules import Department, GridRules
    from gateway.decide.people.week import Spell
    from gateway.duty import Person, Shift


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

    def of_actor(self, actor: Actor, /) -> Person | None:
        """Who asks, as one of the staff; None for who is none of them."""

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
class DutyKeeper:
    """People and their shifts."""

    staff: Staff
