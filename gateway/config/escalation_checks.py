"""What is wrong with an escalation: names that are not there, policies that end at nobody; and what had better be otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.config.escalation import OF_NOBODY, WAY_OF, policies_of
from gateway.decide.escalation.policy import RING, SITE
from gateway.duty import ROLES
from gateway.model import Priority

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.findings import Finding, Written
    from gateway.config.compound import CompoundFile, Grid
    from gateway.config.escalation import PolicyConfig, StepConfig
    from gateway.config.plan import Plan

_Files = list[tuple["Written", "CompoundFile"]]

_FEWEST = 2
"""A P1 goes over so many channels at least: what does not depend on one server, nor on one radio."""


def check_escalation(files: _Files, plan: Plan) -> Iterable[Finding]:
    """Whether every policy names what is there and ends at somebody."""
    seen: dict[str, Finding] = {}
    for written, file in files:
        for index, policy in enumerate(file.escalation):
            at = written.finding(("escalation", index), "")
            first = seen.setdefault(policy.name, at)
            if first is not at:
                yield at.saying(f"policy {policy.name!r} is there twice (first: {first.file}:{first.line})", "name")
            yield from _names(at, policy, plan)
            yield from (at.saying(f"{word!r} is nobody that there is", "to") for word in _unknown(policy, plan))
    if not plan.people:
        return
    at_all = files[0][0].finding(("escalation",), "")
    if not plan.grids:
        yield at_all.saying("there are people and no grid: nobody has a role in any, so every alarm ends at nobody")
    for policy in policies_of(plan.escalation):
        for grid in _grids_of(policy, plan):
            if not _ends_at(policy, grid, plan):
                yield seen.get(policy.name, at_all).saying(f"policy {policy.name!r} ends at nobody in grid {grid.id!r}")


def escalation_warnings(files: _Files, plan: Plan) -> Iterator[Finding]:
    """P1s that depend on a single channel, or by which no telephone rings; and a compound that tells nobody of anything."""
    at = files[0][0].finding(("escalation",), "")
    if not plan.people:
        yield at.saying("there are no people: alarms stand on the page, and nobody is told of any")
        return
    for policy in policies_of(plan.escalation):
        if policy.priority != Priority.P1:
            continue
        for grid in _grids_of(policy, plan):
            channels = _channels_of(policy.steps[0], grid, plan)
            ways = {WAY_OF[channel.kind] for channel in plan.channels if channel.id in channels}
            if len(channels) < _FEWEST:
                yield at.saying(
                    f"a P1 in grid {grid.id!r} depends on a single channel: {', '.join(channels) or 'none'}"
                )
            if RING not in ways:
                yield at.saying(f"a P1 in grid {grid.id!r} rings nobody's telephone: it goes by chat or text alone")


def _names(at: Finding, policy: PolicyConfig, plan: Plan) -> Iterator[Finding]:
    there = {
        "rules": set(plan.rules),
        "grids": {grid.id for grid in plan.grids},
        "buildings": {building.id for building in plan.buildings},
    }
    for key, known in there.items():
        for name in getattr(policy, key):
            if name not in known:
                yield at.saying(f"there is no {key.removesuffix('s')} {name!r}", key)


def _unknown(policy: PolicyConfig, plan: Plan) -> Iterator[str]:
    roles = {*ROLES, "all", SITE, *(role for grid in plan.grids for role in grid.team)}
    people = {f"person:{person.id}" for person in plan.people}
    departments = {f"department:{department.id}" for department in plan.departments}
    site = {f"channel:{channel.id}" for channel in plan.channels if channel.kind in OF_NOBODY}
    return (word for word in policy.words if word not in roles | people | departments | site)


def _grids_of(policy: PolicyConfig, plan: Plan) -> list[Grid]:
    """The grids in which alarms can meet a policy: those that have buildings, as far as it names no others."""
    of_building = {building.id: building.grid for building in plan.buildings}
    there = {of_building.get(building) for building in policy.buildings or of_building}
    return [grid for grid in plan.grids if grid.id in there and (not policy.grids or grid.id in policy.grids)]


def _ends_at(policy: PolicyConfig, grid: Grid, plan: Plan) -> bool:
    """Whether its last step means anybody there."""
    words = policy.weekly.to if policy.weekly is not None else policy.steps[-1].to
    return any(_persons(word, grid, plan) for word in words)


def _channels_of(step: StepConfig, grid: Grid, plan: Plan) -> list[str]:
    """By which channels a step can be heard of: those of its persons, and what sounds at the site."""
    reach = {person.id: person.reach for person in plan.people}
    persons = {person for word in step.to for person in _persons(word, grid, plan)}
    ways = {way.channel for person in persons for way in reach.get(person, ())}
    ways |= {
        channel.id
        for channel in plan.channels
        if channel.kind in OF_NOBODY and {SITE, f"channel:{channel.id}"}.intersection(step.to)
    }
    wanted: frozenset[str] = frozenset(step.by or WAY_OF.values())
    return sorted(channel.id for channel in plan.channels if channel.id in ways and WAY_OF[channel.kind] in wanted)


def _persons(word: str, grid: Grid, plan: Plan) -> set[str]:
    """Whom a word can mean in a grid, by what the configuration seeds a store with."""
    kind, _, name = word.partition(":")
    if kind == "person":
        return {name}
    if kind == "department":
        return {word}
    above = list(_upwards(grid, {each.id: each for each in plan.grids}))
    shifts = [shift for roster in plan.rosters if roster.grid in {each.id for each in above} for shift in roster.shifts]
    on_duty = {"duty": {shift.person for shift in shifts}, "deputy": {shift.deputy for shift in shifts if shift.deputy}}
    if word == "duty" and not shifts:
        return _persons("leader", grid, plan)
    if word in on_duty:
        return on_duty[word]
    team = {
        person for each in above for role, several in each.team.items() if word in (role, "all") for person in several
    }
    return team | on_duty["duty"] | on_duty["deputy"] if word == "all" else team


def _upwards(grid: Grid, grids: Mapping[str, Grid]) -> Iterator[Grid]:
    """A grid and those above it; a loop, which is a finding of its own, ends where it closes."""
    seen: set[str] = set()
    here: Grid | None = grid
    while here is not None and here.id not in seen:
        yield here
        seen.add(here.id)
        here = grids.get(here.parent or "")
