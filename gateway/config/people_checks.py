"""What is wrong with people, rosters and the tree of grids: every finding with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.config.grid_codes import wrong_in_code
from gateway.config.people import Codes, shifts_of
from gateway.decide.people.keeping import FROM_ROSTER
from gateway.decide.people.week import wrong_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from drivers.findings import Finding, Written
    from gateway.config.compound import CompoundFile, Grid
    from gateway.config.people import Department, Person, Roster
    from gateway.config.plan import Plan

_Files = list[tuple["Written", "CompoundFile"]]


def check_people(files: _Files, plan: Plan) -> Iterable[Finding]:
    """Whether everybody can be reached, every roster has somebody at all times, and every grid ends at a leader."""
    yield from _grids(files, plan)
    yield from _reached(files, {channel.id for channel in plan.channels})
    yield from _rosters(files, plan)
    if plan.people or plan.rosters or any(grid.team for grid in plan.grids):
        yield from _led(files, plan)


def _reached(files: _Files, channels: Collection[str]) -> Iterator[Finding]:
    seen: dict[tuple[str, str], Finding] = {}
    for written, file in files:
        both: Mapping[str, Sequence[Person | Department]] = {"people": file.people, "departments": file.departments}
        for section, several in both.items():
            for index, one in enumerate(several):
                at = written.finding((section, index), "")
                yield from _once(seen, section, one.id, at)
                if not one.reach:
                    yield at.saying(f"{one.id!r} cannot be reached: give at least one way", "reach")
                for number, way in enumerate(one.reach):
                    if way.channel not in channels:
                        place = written.finding((section, index, "reach", number), "")
                        yield place.saying(f"there is no channel {way.channel!r}", "channel")
        for index, person in enumerate(file.people):
            if person.account:
                yield from _once(seen, "account", person.account, written.finding(("people", index, "account"), ""))


def _rosters(files: _Files, plan: Plan) -> Iterator[Finding]:
    people, grids = {person.id for person in plan.people}, {grid.id for grid in plan.grids}
    seen: dict[tuple[str, str], Finding] = {}
    for written, file in files:
        for index, roster in enumerate(file.roster):
            at = written.finding(("roster", index), "")
            yield from _once(seen, "the roster of", roster.grid, at)
            if roster.grid not in grids:
                yield at.saying(f"there is no grid {roster.grid!r}", "grid")
            yield from _shifts(written, index, roster, people)


def _shifts(written: Written, index: int, roster: Roster, people: Collection[str]) -> Iterator[Finding]:
    for number, shift in enumerate(roster.shifts):
        for key, name in (("person", shift.person), ("deputy", shift.deputy)):
            at = written.finding(("roster", index, "shifts", number, key), "")
            if key == "person" and not name:
                yield at.saying("a shift has a person")
            elif name and name not in people:
                yield at.saying(f"there is no person {name!r}")
    if all(shift.person for shift in roster.shifts):
        for sentence in wrong_in(shifts_of(roster)):
            yield written.finding(("roster", index, "shifts"), sentence)


def _grids(files: _Files, plan: Plan) -> Iterator[Finding]:
    grids = {grid.id: grid for grid in plan.grids}
    people = {person.id for person in plan.people}
    codes = plan.codes or Codes()
    for written, file in files:
        for index, grid in enumerate(file.grids):
            at = written.finding(("grids", index), "")
            parent = grids.get(grid.parent or "")
            if grid.parent is not None and parent is None:
                yield at.saying(f"there is no grid {grid.parent!r}", "parent")
            elif _loops(grid, grids):
                yield at.saying("its parents lead back to itself", "parent")
            for sentence in wrong_in_code(codes, grid.level, grid.code, "" if parent is None else parent.code):
                yield at.saying(sentence, "code")
            for role, several in grid.team.items():
                if role in FROM_ROSTER:
                    yield at.saying("is no role of a team: it follows from the roster", f"team.{role}")
                for name in several:
                    if name not in people:
                        yield at.saying(f"there is no person {name!r}", f"team.{role}")


def _led(files: _Files, plan: Plan) -> Iterator[Finding]:
    grids = {grid.id: grid for grid in plan.grids}
    for written, file in files:
        for index, grid in enumerate(file.grids):
            if not any(each.team.get("leader") for each in _upwards(grid, grids)):
                what = "has no leader, nor has any above it: an alarm that nobody answers would end there"
                yield written.finding(("grids", index), what)


def _upwards(grid: Grid, grids: dict[str, Grid]) -> Iterator[Grid]:
    seen = set()
    here: Grid | None = grid
    while here is not None and here.id not in seen:
        yield here
        seen.add(here.id)
        here = grids.get(here.parent or "")


def _loops(grid: Grid, grids: dict[str, Grid]) -> bool:
    *_, top = _upwards(grid, grids)
    return top.parent == grid.id


def _once(seen: dict[tuple[str, str], Finding], what: str, name: str, at: Finding) -> Iterator[Finding]:
    first = seen.setdefault((what, name), at)
    if first is not at:
        yield at.saying(f"{what} {name!r} is there twice (first: {first.file}:{first.line})")
