"""The shapes of answers about incidents; see `shapes.py`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import Field

from gateway.serve.alarm_shapes import AlarmPlace  # noqa: TC001 - pydantic reads annotations at run time
from gateway.serve.shape import Reading, Shape


class IncidentCategory(Shape):
    """What kind of incident it is."""

    id: Annotated[str, Field(description="The category's id.")]
    code: Annotated[str, Field(description="What the county platform calls it.")]
    name: Annotated[str, Field(description="What people call it.")]


class IncidentLimit(Shape):
    """A time limit that runs."""

    stage: Annotated[
        str, Field(description="By what it ends: accept, assign, arrive, handle, feedback, verify or close.")
    ]
    began: Annotated[datetime, Field(description="When it began.")]
    due: Annotated[datetime, Field(description="When it is over.")]
    percent: Annotated[int, Field(description="What was told of it: 0 nothing, 80 soon over, 100 over.")]


class CalledDepartment(Shape):
    """A department that was called in."""

    id: Annotated[str, Field(description="The department's id.")]
    name: Annotated[str, Field(description="What people call it.")]
    called: Annotated[datetime, Field(description="When it was called.")]
    due: Annotated[datetime, Field(description="When its answer is due.")]
    answered: Annotated[datetime | None, Field(description="When it answered.")]
    arrived: Annotated[datetime | None, Field(description="When it was there.")]
    late: Annotated[bool, Field(description="It did not answer in time.")]


class NextStep(Shape):
    """The one button of whoever goes."""

    act: Annotated[
        Literal["go", "arrive", "handle", "feedback", "verify", "close"],
        Field(description="What to post: /api/v1/incidents/{number}/{act}."),
    ]
    label: Annotated[str, Field(description="What stands on the button.")]


class Incident(Shape):
    """A work item of the grid."""

    number: Annotated[int, Field(description="Names it here.")]
    id: Annotated[str, Field(description="Names it outside, for ever.")]
    category: Annotated[IncidentCategory, Field(description="What kind it is.")]
    priority: Annotated[int, Field(description="1 life, 2 security and safety, 3 degraded, 4 maintenance.")]
    state: Annotated[
        Literal[
            "reported",
            "accepted",
            "assigned",
            "arrived",
            "handled",
            "feedback",
            "verified",
            "closed",
            "false_alarm",
            "merged",
        ],
        Field(description="How it stands (docs/incidents.md)."),
    ]
    place: Annotated[AlarmPlace, Field(description="Where it is.")]
    where: Annotated[str, Field(description="Where exactly, in the words of whoever reported it.")]
    what: Annotated[str, Field(description="What was seen, in the same words.")]
    person: Annotated[str, Field(description="Who has it, by id; empty for nobody.")]
    person_name: Annotated[str, Field(description="His name, where the actor may see it.")]
    going: Annotated[bool, Field(description="He is on his way.")]
    opened: Annotated[datetime, Field(description="When it was opened.")]
    changed: Annotated[datetime, Field(description="When it last changed.")]
    alarms: Annotated[list[int], Field(description="The numbers of its alarms, the last hundred.")]
    photos: Annotated[list[str], Field(description="Its photos, by their SHA-256.")]
    cause: Annotated[str, Field(description="Why it happened, or why there was nothing.")]
    extended: Annotated[bool, Field(description="More time was given.")]
    returned: Annotated[int, Field(description="How often it went back.")]
    merged_into: Annotated[int, Field(description="The number of the incident that it was merged into; 0 for none.")]
    limits: Annotated[list[IncidentLimit], Field(description="The time limits that run.")]
    departments: Annotated[list[CalledDepartment], Field(description="Who was called in.")]
    county: Annotated[str, Field(description="What the county platform last said of it.")]
    simulated: Annotated[bool, Field(description="Whether it comes from a simulation.")]
    next: Annotated[NextStep | None, Field(description="What this actor does next, if anything.")]


class Incidents(Shape):
    """Incidents."""

    incidents: Annotated[list[Incident], Field(description="The incidents.")]
    total: Annotated[int, Field(description="How many there are in this answer.")]
    next: Annotated[int | None, Field(description="Where to go on with `before`; nothing where there are no more.")]


class IncidentStep(Shape):
    """One thing that happened to an incident, or to one of its alarms."""

    seq: Annotated[int, Field(description="Its row in the log.")]
    at: Annotated[datetime, Field(description="When.")]
    what: Annotated[str, Field(description="What happened; of an alarm: alarm_raised, alarm_cleared and so on.")]
    by: Annotated[str, Field(description="Who did it, where the actor may see it.")]
    note: Annotated[str, Field(description="What was said.")]
    alarm: Annotated[int | None, Field(description="The number of the alarm that it is about.")]
    details: Annotated[dict[str, Reading], Field(description="What else there is to say of it.")]


class IncidentDetail(Incident):
    """An incident, and everything that happened to it."""

    timeline: Annotated[list[IncidentStep], Field(description="Oldest first.")]


class PhotoTaken(Shape):
    """A photo that was kept."""

    sha256: Annotated[str, Field(description="Its name from now on; that of the file without its metadata.")]


class StatusTaken(Shape):
    """What the county platform said was taken."""

    received: Annotated[str, Field(description="The id of its message.")]
