"""People, departments, rosters and the codes of grids as the installer writes them, and what decide makes of them.

People, teams and rosters only seed a store that has none: afterwards they are changed on the page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator

from gateway.config.written import Id, Written
from gateway.decide.people.rules import Department as DepartmentRules
from gateway.decide.people.rules import GridRules, PeopleRules
from gateway.decide.people.week import DAY_MINUTES, DAYS
from gateway.deliver.channels.chat_config import ChatConfig
from gateway.duty import Person as DutyPerson
from gateway.duty import Reach
from gateway.duty import Shift as DutyShift

if TYPE_CHECKING:
    from gateway.config.plan import Plan

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


def minute_of(said: Any) -> int:
    """A time of day as minutes after midnight. YAML reads an unquoted 20:00 as a number to the base of 60: 1200, the same.

    Raises ValueError for anything else.
    """
    if isinstance(said, str) and (found := _CLOCK.fullmatch(said)) and int(found[2]) < 60:  # noqa: PLR2004 - minutes
        said = int(found[1]) * 60 + int(found[2])
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= DAY_MINUTES:
        raise ValueError("is not a time of day such as 08:00")
    return said


Clock = Annotated[
    int, BeforeValidator(minute_of), WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-4]):[0-5]\d$"})
]


class Way(Written):
    """One way to somebody."""

    channel: Id = Field(description="The channel, one of `channels`.")
    to: str = Field(
        min_length=1,
        max_length=200,
        description="The number, address or account there. It stands in no log and no message.",
    )


class Person(Written):
    """Somebody of the staff. Seeds an empty store."""

    id: Id = Field(description="A short name for rosters, teams and the log.")
    name: str = Field(min_length=1, max_length=40, description="What people call him.")
    account: str = Field(default="", max_length=80, description="The name of the user that he signs in as, if he does.")
    reach: tuple[Way, ...] = Field(default=(), description="How he is reached, the best way first; at least one.")


class Department(Written):
    """A department that is called in 吹哨. Its answer is timed."""

    id: Id = Field(description="A short name: escalation and incidents say `department:ID`.")
    name: str = Field(min_length=1, max_length=40, description="What people call it.")
    kind: Literal["fire", "gas", "property", "police", "power", "water", "lift", "medical", "community", "other"] = (
        Field(description="What it is called for.")
    )
    reach: tuple[Way, ...] = Field(default=(), description="How it is reached, the best way first; at least one.")
    answer_minutes: float = Field(
        default=15, gt=0, le=1440, description="How long its answer may take before the leader is told."
    )


class Codes(Written):
    """How the codes of grids and of the levels above them look."""

    patterns: dict[str, str] = Field(
        default={},
        description="The pattern (a regular expression) of each level's codes, over the usual ones: `grid` 15 digits, "
        "`community` 12, `street` 9, `county` 6.",
    )
    check_numbers: bool = Field(
        default=True,
        description="Whether county, street and community in a code must be numbers that GB/T 2260 and GB/T 10114 know, and a "
        "code begin with that of its parent.",
    )

    @field_validator("patterns")
    @classmethod
    def _compiles(cls, patterns: dict[str, str]) -> dict[str, str]:
        for level, pattern in patterns.items():
            try:
                re.compile(pattern)
            except re.error as wrong:
                raise ValueError(f"{level}: {pattern!r} is no pattern: {wrong}") from None
        return patterns


class Shift(Written):
    """A shift that comes every week."""

    name: str = Field(min_length=1, max_length=40, description="What people call it, such as 白班.")
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        default=("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
        min_length=1,
        description="On which days it begins: mon, tue, wed, thu, fri, sat, sun; left out: every day.",
    )
    from_: Clock = Field(alias="from", lt=DAY_MINUTES, description="When it begins, in the compound's time: 08:00.")
    to: Clock = Field(description="When it ends; at or before its beginning: on the next day.")
    person: str = Field(description="Who is on duty.")
    deputy: str = Field(default="", description="Who stands in for him.")


class Roster(Written):
    """The roster of a grid: at all times of the week one person is on duty. Seeds an empty store."""

    grid: Id = Field(description="The grid.")
    shifts: tuple[Shift, ...] = Field(min_length=1, description="Its shifts.")


def shifts_of(roster: Roster) -> tuple[DutyShift, ...]:
    """The shifts as the house speaks of them, named by their grid and place in the list."""
    return tuple(
        DutyShift(
            f"{roster.grid}-{number}",
            roster.grid,
            shift.name,
            frozenset(DAYS.index(day) for day in shift.days),
            shift.from_,
            shift.to - shift.from_ + (DAY_MINUTES if shift.to <= shift.from_ else 0),
            shift.person,
            shift.deputy,
        )
        for number, shift in enumerate(roster.shifts, 1)
    )


def people_rules(plan: Plan) -> PeopleRules:
    """What decide needs to know of people."""
    return PeopleRules(
        grids={
            grid.id: GridRules(grid.id, grid.name, grid.parent or "", grid.level, grid.kind, grid.code)
            for grid in plan.grids
        },
        departments={
            each.id: DepartmentRules(each.id, each.name, each.kind, _ways(each.reach), each.answer_minutes)
            for each in plan.departments
        },
        channels=frozenset(channel.id for channel in plan.channels),
        chats=frozenset(channel.id for channel in plan.channels if isinstance(channel, ChatConfig)),
        persons=tuple(DutyPerson(each.id, each.name, _ways(each.reach), each.account) for each in plan.people),
        teams={grid.id: grid.team for grid in plan.grids if grid.team},
        shifts={roster.grid: shifts_of(roster) for roster in plan.rosters},
    )


def _ways(reach: tuple[Way, ...]) -> tuple[Reach, ...]:
    return tuple(Reach(way.channel, way.to) for way in reach)
