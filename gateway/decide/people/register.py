"""The people, the teams of grids and their rosters, as they are remembered; the configuration seeds what was never there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.duty import Person, Reach, Shift
from gateway.model import Remember

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drivers.contract import Json
    from gateway.actor import Actor
    from gateway.decide.people.rules import PeopleRules
    from gateway.model import Outcome

_PERSON = "people:person:"
_TEAM = "people:team:"
_SHIFTS = "people:shifts:"


class Register:
    """See the module. What changes it gives the `Remember` that keeps it."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self.persons: dict[str, Person] = {}
        self.teams: dict[str, Mapping[str, tuple[str, ...]]] = {}
        self.shifts: dict[str, tuple[Shift, ...]] = {}
        for key, body in remembered.items():
            if key.startswith(_PERSON):
                person = person_from_json(key.removeprefix(_PERSON), body)
                self.persons[person.id] = person
            elif key.startswith(_TEAM):
                self.teams[key.removeprefix(_TEAM)] = {role: tuple(several) for role, several in body.items()}
            elif key.startswith(_SHIFTS):
                grid = key.removeprefix(_SHIFTS)
                self.shifts[grid] = tuple(_shift_from_json(grid, one) for one in body)

    def of_actor(self, actor: Actor) -> Person | None:
        """Who asks, as one of the staff; None for who is none of them."""
        return self.persons.get(actor.person)

    def away(self, person: str, utc: float) -> bool:
        """Whether somebody is absent then; who is not here at all is."""
        known = self.persons.get(person)
        return known is None or any(start <= utc < end for start, end in known.away)

    def needed_by(self, person: str) -> tuple[str, ...]:
        """The grids whose roster or team names somebody."""
        by_shift = {
            grid
            for grid, several in self.shifts.items()
            if any(person in (each.person, each.deputy) for each in several)
        }
        by_role = {grid for grid, team in self.teams.items() if any(person in several for several in team.values())}
        return tuple(sorted(by_shift | by_role))

    def seed(self, rules: PeopleRules) -> list[Outcome]:
        """Take from the configuration what this store never had.

        Everybody, when nobody is here yet; later only a grid that is new, with its team, its roster and those whom they name.
        """
        out: list[Outcome] = []
        if not self.persons:
            for person in rules.persons:
                out += self.put_person(person)
        by_id = {person.id: person for person in rules.persons}
        for grid in rules.grids:
            team, shifts = rules.teams.get(grid, {}), rules.shifts.get(grid, ())
            if (grid in self.teams or grid in self.shifts) or not (team or shifts):
                continue
            for name in _named(team, shifts) - self.persons.keys():
                out += self.put_person(by_id[name])
            out += self.put_team(grid, team)
            if shifts:
                out += self.put_shifts(grid, shifts)
        return out

    def put_person(self, person: Person) -> list[Outcome]:
        """Enter or change somebody."""
        self.persons[person.id] = person
        return [Remember(_PERSON + person.id, person_to_json(person))]

    def drop_person(self, person: str) -> list[Outcome]:
        """Forget somebody."""
        del self.persons[person]
        return [Remember(_PERSON + person, None)]

    def put_away(self, person: str, start: float, end: float, utc: float) -> list[Outcome]:
        """Somebody is absent; with nothing between start and end he is back from `start` on. What is past is forgotten."""
        known = self.persons[person]
        back = [(since, min(until, start)) for since, until in known.away]
        spans = [*known.away, (start, end)] if start < end else back
        kept = tuple(sorted({(since, until) for since, until in spans if until > max(since, utc)}))
        return self.put_person(replace(known, away=kept))

    def put_team(self, grid: str, team: Mapping[str, tuple[str, ...]]) -> list[Outcome]:
        """Who has which role."""
        self.teams[grid] = {role: several for role, several in team.items() if several}
        return [Remember(_TEAM + grid, {role: list(several) for role, several in self.teams[grid].items()})]

    def put_shifts(self, grid: str, shifts: Sequence[Shift]) -> list[Outcome]:
        """The roster of a grid, whole."""
        self.shifts[grid] = tuple(shifts)
        return [Remember(_SHIFTS + grid, [_shift_to_json(one) for one in shifts])]


def _named(team: Mapping[str, Iterable[str]], shifts: Iterable[Shift]) -> set[str]:
    on_shift = {name for shift in shifts for name in (shift.person, shift.deputy) if name}
    return on_shift | {name for several in team.values() for name in several}


def person_to_json(person: Person) -> Json:
    """Somebody as decide remembers him."""
    return {
        "name": person.name,
        "account": person.account,
        "reach": [[way.channel, way.to] for way in person.reach],
        "away": [list(span) for span in person.away],
    }


def person_from_json(name: str, body: Json) -> Person:
    """The inverse of `person_to_json`."""
    return Person(
        name,
        body["name"],
        tuple(Reach(channel, to) for channel, to in body["reach"]),
        body["account"],
        tuple((start, end) for start, end in body["away"]),
    )


def _shift_to_json(shift: Shift) -> Json:
    return [shift.id, shift.name, sorted(shift.days), shift.from_minute, shift.minutes, shift.person, shift.deputy]


def _shift_from_json(grid: str, body: Json) -> Shift:
    name, title, days, from_minute, minutes, person, deputy = body
    return Shift(name, grid, title, frozenset(days), from_minute, minutes, person, deputy)
