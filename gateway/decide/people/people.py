"""Everything about people, joined: who they are, whom a role means, who is on duty, and what time does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.people.desk import Desk
from gateway.decide.people.register import Register
from gateway.decide.people.roster import Roster
from gateway.decide.people.rules import PeopleRules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Json
    from gateway.actor import Actor
    from gateway.decide.known import Known
    from gateway.decide.people.duty import Duty, Stint
    from gateway.decide.people.rules import Department, GridRules
    from gateway.decide.people.week import Spell
    from gateway.decide.watches import Watches
    from gateway.duty import DutyAct, Person, Reach, Shift
    from gateway.model import Now, Said

_PERSON, _DEPARTMENT = "person:", "department:"


class People:
    """The people's side of the judgement; `known` and `watches` are shared with the rest of it. `adopt` comes first.

    What is asked here is answered as of the last `sweep`, act or `adopt`: at most a minute ago.
    """

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, now: Now) -> None:
        self._known = known
        self._register = Register(remembered)
        self._roster = Roster(remembered, self._register, watches, now)
        self._desk = Desk(remembered, self._register, self._roster)
        self._rules = PeopleRules()

    # ------------------------------------------------------------ who

    @property
    def persons(self) -> Mapping[str, Person]:
        """Everybody who works here, by id."""
        return self._register.persons

    @property
    def grids(self) -> Mapping[str, GridRules]:
        """The grids and the levels above them, by id."""
        return self._rules.grids

    @property
    def departments(self) -> Mapping[str, Department]:
        """Who can be called in, by id."""
        return self._rules.departments

    def person(self, name: str) -> Person | None:
        """The person of that id."""
        return self._register.persons.get(name)

    def of_actor(self, actor: Actor) -> Person | None:
        """Who asks, as one of the staff, by whatever way he comes; None for who is none of them."""
        return self._register.of_actor(actor)

    def by_reach(self, channel: str, to: str) -> str:
        """Whose number or account that is, "" for nobody's. A number that several share is his who answers for a grid now."""
        several = [
            each.id for each in self.persons.values() for way in each.reach if (way.channel, way.to) == (channel, to)
        ]
        answering = {self.on_duty(grid).responsible for grid in self._roster.stints}
        return next((one for one in several if one in answering), several[0] if several else "")

    def needed_by(self, person: str) -> frozenset[str]:
        """The grids whose roster or team names somebody."""
        return frozenset(self._register.needed_by(person))

    def upwards(self, grid: str) -> tuple[str, ...]:
        """A grid, its parent and so on up to the top."""
        return self._rules.upwards(grid)

    def reach(self, whom: str) -> tuple[Reach, ...]:
        """The ways to somebody ("zhang", "person:zhang") or to a department ("department:gas"), best first.

        Only over channels that there are; () for whoever is not known.
        """
        if whom.startswith(_DEPARTMENT):
            department = self._rules.departments.get(whom.removeprefix(_DEPARTMENT))
            ways = department.reach if department is not None else ()
        else:
            person = self.person(whom.removeprefix(_PERSON))
            ways = person.reach if person is not None else ()
        return tuple(way for way in ways if way.channel in self._rules.channels)

    # ------------------------------------------------------------ roles and duty

    def in_role(self, grid: str, role: str) -> tuple[str, ...]:
        """Who has a role in a grid and is not absent: persons' ids, each once, () for nobody.

        "duty" is whoever answers for the grid, and beside him whoever is to take it over; the leaders too, where nobody is on
        duty, and they alone where there is no roster. "deputy" stands in for them. Other roles are those of the team. Where a
        grid has none, those above it are asked. "all" is everybody whom any role there can mean. For no grid (a part of the
        house itself) the topmost grids are meant, and everybody on duty anywhere. "person:zhang" and "department:gas" mean
        themselves.
        """
        if role.startswith(_PERSON):
            return tuple(one for one in (role.removeprefix(_PERSON),) if one in self.persons)
        if role.startswith(_DEPARTMENT):
            return (role,) if role.removeprefix(_DEPARTMENT) in self._rules.departments else ()
        if grid not in self._rules.grids:
            rostered = self._roster.stints if role in ("duty", "deputy") else ()
            named = rostered or self._rules.tops
            return _once(one for each in named for one in self.in_role(each, role))
        if role == "all":
            return self._all(grid)
        if role in ("duty", "deputy"):
            return self._on_duty(grid, role)
        return self._roster.holders(grid, role)

    def on_duty(self, grid: str) -> Duty:
        """Who is on duty in a grid, by its own roster or the nearest one above it; nobody at all where there is none."""
        return self._roster.on_duty(grid)

    def _on_duty(self, grid: str, role: str) -> tuple[str, ...]:
        duty = self._roster.on_duty(grid)
        if duty.grid not in self._roster.stints:
            return self._roster.leaders(grid) if role == "duty" else ()
        called = self._roster.called(duty.grid)
        if role == "duty":
            return called
        return (duty.deputy,) if duty.deputy and duty.deputy not in called else ()

    def _all(self, grid: str) -> tuple[str, ...]:
        everybody = [*self._on_duty(grid, "duty"), *self._on_duty(grid, "deputy")]
        for each in self._rules.upwards(grid):
            for several in self._register.teams.get(each, {}).values():
                everybody += several
        return _once(one for one in everybody if not self._roster.away(one))

    # ------------------------------------------------------------ for the page

    @property
    def stints(self) -> Mapping[str, Stint]:
        """How duty stands in each grid that has a roster of its own."""
        return self._roster.stints

    @property
    def clock_lost(self) -> bool:
        """The clock stands before a time that was here already: shifts stand still, and whoever was on duty is."""
        return self._roster.clock_lost

    def team(self, grid: str) -> Mapping[str, tuple[str, ...]]:
        """The grid's own team: role to persons."""
        return self._register.teams.get(grid, {})

    def shifts(self, grid: str) -> tuple[Shift, ...]:
        """The grid's own roster."""
        return self._roster.shifts(grid)

    def following(self, grid: str) -> Spell | None:
        """The shift that comes next in a grid with a roster of its own."""
        return self._roster.following(grid)

    def by_roster(self, shift: Shift) -> str:
        """Who is on duty in a shift, with the absence of this moment counted; "" for nobody."""
        return self._roster.by_roster(shift)[0]

    # ------------------------------------------------------------ what comes in, and time

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        return self._roster.next_ns

    def adopt(self, now: Now) -> list[Said]:
        """Take the rules in force; what an empty store is seeded with is taken once."""
        self._rules = self._known.rules.people
        self._desk.adopt(self._rules)
        return [*self._register.seed(self._rules), *self._roster.adopt(self._rules, self._known.rules.timezone, now)]

    def act(self, act: DutyAct, now: Now) -> list[Said]:
        """What a person asks for."""
        return self._desk.act(act, now)

    def sweep(self, now: Now) -> list[Said]:
        """Once a second; there is work when a minute begins."""
        return self._roster.sweep(now)

    def wake(self, now: Now) -> list[Said]:
        """What time does: hand-overs that were not done."""
        due = self.next_ns
        return [] if due is None or due > now.boottime_ns else self._roster.wake(now)

    def checkpoint(self, now: Now) -> list[Said]:
        """Once a minute: what a restart would not count by itself."""
        return self._roster.checkpoint(now)


def _once(several: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(several))
