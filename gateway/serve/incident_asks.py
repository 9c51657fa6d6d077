"""What is asked about incidents: the shapes of paths, queries and bodies; see `asks.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from gateway.serve.asks import SEQ_LIMIT, Asked, Seen, Why

IncidentNumber = Annotated[int, Path(description="The incident's number.", ge=1, le=SEQ_LIMIT)]
PhotoName = Annotated[str, Path(description="The photo's SHA-256.", pattern="^[0-9a-f]{64}$")]
Note = Annotated[str, Field(description="A note; it is journalled.", max_length=500)]
Cause = Literal["cooking", "steam", "dust", "insects", "smoking", "works", "test", "malice", "device_fault", "unknown"]


class IncidentsQuery(Asked):
    """Which incidents."""

    state: Annotated[
        Literal["open", "closed"],
        Field(description="`open`: the most urgent first; `closed`: closed, false or merged, the latest first."),
    ] = "open"
    grid: Annotated[str, Field(description="Only of this grid.", max_length=80)] = ""
    before: Annotated[int, Field(description="Of closed ones, only older ones: see `next`.", ge=0, le=SEQ_LIMIT)] = (
        SEQ_LIMIT
    )
    limit: Annotated[int, Field(description="Of closed ones, how many at most.", ge=1, le=500)] = 100


class ReportBody(Asked):
    """What somebody saw."""

    building: Annotated[str, Field(description="The building's id.", max_length=80)]
    unit: Annotated[str, Field(description="The entrance.", max_length=40)] = ""
    where: Annotated[str, Field(description="Where exactly, in words.", max_length=200)] = ""
    category: Annotated[str, Field(description="One of the categories of the table.", max_length=80)]
    what: Seen
    priority: Annotated[
        int, Field(description="1 life, 2 security and safety, 3 degraded, 4 maintenance.", ge=1, le=4)
    ] = 3


class AcceptBody(Asked):
    """Who is to do it."""

    person: Annotated[
        str, Field(description="The id of one of the staff; empty: it is only accepted.", max_length=80)
    ] = ""


class HandleBody(Asked):
    """What was done."""

    what: Seen
    photos: Annotated[
        tuple[Annotated[str, Field(pattern="^[0-9a-f]{64}$")], ...],
        Field(description="Photos that were uploaded before, by their SHA-256.", max_length=12),
    ] = ()


class FeedbackBody(Asked):
    """What came of it."""

    cause: Annotated[str, Field(description="Why it happened.", max_length=80)] = ""
    note: Note = ""


class VerifyBody(Asked):
    """Whether it is good."""

    good: Annotated[bool, Field(description="False sends it back to whoever has it.")]
    note: Note = ""


class CloseBody(Asked):
    """What remains to be said."""

    note: Note = ""


class FalseBody(Asked):
    """Why there was nothing."""

    cause: Annotated[Cause, Field(description="What made the alarm.")]
    note: Note = ""


class ReturnBody(Asked):
    """Why it goes back."""

    reason: Why


class ExtendBody(Asked):
    """How much more time it needs."""

    hours: Annotated[
        float,
        Field(
            description="So many hours more, of the kind of time that its limit has.", gt=0, le=720, allow_inf_nan=False
        ),
    ]
    reason: Why


class MergeBody(Asked):
    """What it is the same as."""

    into: Annotated[int, Field(description="The number of the other incident.", ge=1, le=SEQ_LIMIT)]


class WhistleBody(Asked):
    """Whom to call in."""

    department: Annotated[str, Field(description="The department's id.", max_length=80)]
    what: Seen


class DepartmentBody(Asked):
    """What a department answered."""

    department: Annotated[str, Field(description="The department's id.", max_length=80)]
    arrived: Annotated[bool, Field(description="Whether it is there.")] = False
    note: Note = ""


class StatusBody(Asked):
    """What becomes of an incident at the county's."""

    incident: Annotated[str, Field(description="The id that it was handed over with.", min_length=1, max_length=120)]
    state: Annotated[
        Literal["received", "accepted", "handled", "closed", "returned"], Field(description="How it stands there.")
    ]
    note: Note = ""
