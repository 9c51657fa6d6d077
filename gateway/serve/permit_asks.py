"""What is asked about permits: the shapes of paths, queries and bodies; see `asks.py`.

A card's number and a code's digits come in here and go no further: `gateway/serve/permits.py` hashes them at once.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import AwareDatetime, Field

from gateway.serve.asks import Asked, Why

Name = Annotated[str, Field(description="Whose it is, for people.", min_length=1, max_length=80)]
HouseholdName = Annotated[
    str,
    Field(
        description="building-entrance-flat, such as b3-2-501; empty for staff.",
        max_length=80,
        pattern=r"^([^\s-]+(-[^\s-]+){2,})?$",
    ),
]
Groups = Annotated[
    list[Annotated[str, Field(max_length=80)]],
    Field(description="The groups of doors that it opens.", min_length=1, max_length=64),
]
ScheduleId = Annotated[str, Field(description="When in the week; empty: at all hours.", max_length=80)]
From = Annotated[AwareDatetime | None, Field(description="From when on; null: at once.")]
Until = Annotated[AwareDatetime | None, Field(description="Until when; null: for good.")]

PermitId = Annotated[str, Path(description="The permit's id.", max_length=80)]
Household = Annotated[str, Path(description="building-entrance-flat, such as b3-2-501.", max_length=80)]
GroupPath = Annotated[str, Path(description="The group's id.", max_length=40)]
SchedulePath = Annotated[str, Path(description="The schedule's id.", max_length=40)]


class PermitsQuery(Asked):
    """Which permits."""

    household: Annotated[str, Field(description="Only those of this household.", max_length=80)] = ""
    standing: Annotated[
        Literal["valid", "revoked", "blocked", "all"], Field(description="Only those that stand so.")
    ] = "valid"
    ending: Annotated[bool, Field(description="Only those that end within days.")] = False
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=1000)] = 100
    after: Annotated[str, Field(description="Only those after this id.", max_length=80)] = ""


class PermitsSearch(PermitsQuery):
    """Which permits, with words that may be a name: they come in a body, for a URL is logged on its way."""

    q: Annotated[str, Field(description="Only those whose name, household or note has this in it.", max_length=80)] = ""


class PermitBody(Asked):
    """What is written of a permit."""

    name: Name
    household: HouseholdName = ""
    groups: Groups
    schedule: ScheduleId = ""
    valid_from: From = None
    valid_until: Until = None
    note: Annotated[str, Field(description="What staff should know.", max_length=200)] = ""
    reason: Why


class NewPermit(PermitBody):
    """A new permit. What is shown at the door is a card, a code, or the card that was just shown at an enrolment."""

    card: Annotated[
        str,
        Field(description="The card's number in decimal; it is kept as a keyed hash alone.", pattern="^[0-9]{0,20}$"),
    ] = ""
    code: Annotated[
        str,
        Field(
            description="A code to type, 4 to 12 digits; it is kept as a keyed hash alone.", pattern="^([0-9]{4,12})?$"
        ),
    ] = ""
    enrolled: Annotated[bool, Field(description="Whether it is the card that was shown at the enrolment.")] = False


class VisitorBody(Asked):
    """A visitor, who gets a code."""

    household: HouseholdName
    name: Name
    groups: Groups
    schedule: ScheduleId = ""
    valid_from: From = None
    valid_until: Annotated[AwareDatetime, Field(description="Until when.")]
    reason: Why


class RevokeBody(Asked):
    """Why a permit ends."""

    reason: Why
    block: Annotated[bool, Field(description="Whether its card is to be reported when it is shown: a lost one.")] = (
        False
    )


class MoveOutBody(Asked):
    """Why all permits of a household end."""

    reason: Why


class ImportQuery(Asked):
    """How a file is taken."""

    dry: Annotated[bool, Field(description="Only say what it would do.")] = False
    reason: Annotated[str, Field(description="Why; it is journalled.", max_length=500)] = ""


class GroupBody(Asked):
    """Doors that are permitted together."""

    name: Annotated[str, Field(description="What it is called.", min_length=1, max_length=80)]
    doors: Annotated[
        list[Annotated[str, Field(max_length=161)]],
        Field(description="device/part of each.", min_length=1, max_length=1000),
    ]


Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "holiday"]
Minute = Annotated[int, Field(ge=0, le=1440)]


class ScheduleBody(Asked):
    """A week."""

    name: Annotated[str, Field(description="What it is called.", min_length=1, max_length=80)]
    days: Annotated[
        dict[Day, Annotated[list[tuple[Minute, Minute]], Field(max_length=2)]],
        Field(
            description="By monday to sunday and holiday: spans [from, until) in minutes of the day; left out: never."
        ),
    ]


class HolidaysQuery(Asked):
    """Which year."""

    year: Annotated[int | None, Field(description="The year; this one if left out.", ge=2000, le=2100)] = None


class EnrolmentBody(Asked):
    """At which door a card will be shown."""

    device: Annotated[str, Field(description="The controller.", max_length=80)]
    part: Annotated[str, Field(description="The door.", max_length=80)]
