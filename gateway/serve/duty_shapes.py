"""The shapes of answers about people and their shifts; see `shapes.py`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import Field

from gateway.serve.alarm_shapes import Alarm  # noqa: TC001 - pydantic reads annotations at run time
from gateway.serve.shape import Shape


class Somebody(Shape):
    """A person by name."""

    id: Annotated[str, Field(description="The person's id.")]
    name: Annotated[str, Field(description="What people call him; the id, where he is not here any more.")]


class Shift(Shape):
    """A shift of every week."""

    id: Annotated[str, Field(description="The shift's id.")]
    name: Annotated[str, Field(description="What people call it.")]
    days: Annotated[list[str], Field(description="On which days it begins: mon, tue, wed, thu, fri, sat, sun.")]
    from_: Annotated[str, Field(alias="from", description="When it begins, in the compound's time.")]
    to: Annotated[str, Field(description="When it ends; at or before its beginning: on the next day.")]
    person: Annotated[str, Field(description="Who is on duty.")]
    deputy: Annotated[str, Field(description="Who stands in for him, empty for nobody.")]


class Running(Shape):
    """A shift as it runs or comes next."""

    name: Annotated[str, Field(description="What people call it.")]
    begins: Annotated[datetime, Field(description="When it begins.")]
    ends: Annotated[datetime, Field(description="When it ends.")]
    person: Annotated[
        Somebody | None, Field(description="Who is on duty, with the absence of this moment counted; null: nobody.")
    ]


class Note(Shape):
    """What the last one who handed over wrote."""

    text: Annotated[str, Field(description="The note.")]
    by: Annotated[str, Field(description="Who wrote it.")]
    at: Annotated[datetime, Field(description="When.")]


class Duty(Shape):
    """A grid, and who is on duty in it."""

    grid: Annotated[str, Field(description="The grid's id.")]
    name: Annotated[str, Field(description="What it is called.")]
    code: Annotated[str, Field(description="Its official code, empty for none.")]
    level: Annotated[str, Field(description="`grid`, or a level above grids.")]
    kind: Annotated[str, Field(description="`basic` or `exclusive`.")]
    parent: Annotated[str, Field(description="What it belongs to, empty at the top.")]
    roster_of: Annotated[
        str, Field(description="Whose roster counts here: its own or one above; empty: there is none.")
    ]
    shift: Annotated[Running | None, Field(description="The shift that runs.")]
    deputy: Annotated[Somebody | None, Field(description="Who stands in.")]
    responsible: Annotated[
        Somebody | None, Field(description="Who answers for the grid: whoever took over last by name.")
    ]
    awaited: Annotated[bool, Field(description="Whether the hand-over to whoever is on duty was not done yet.")]
    late: Annotated[bool, Field(description="Whether it has not been done for ten minutes.")]
    following: Annotated[Running | None, Field(description="The shift that comes next.")]
    note: Annotated[Note | None, Field(description="What the last one who handed over wrote.")]
    team: Annotated[dict[str, list[Somebody]], Field(description="The grid's own team, by role.")]
    shifts: Annotated[list[Shift], Field(description="The grid's own roster.")]


class Duties(Shape):
    """The grids that the actor may see."""

    now: Annotated[datetime, Field(description="The box's clock.")]
    clock_lost: Annotated[
        bool, Field(description="The clock lost the time: shifts stand still, and whoever was on duty is.")
    ]
    grids: Annotated[list[Duty], Field(description="In the order of the configuration.")]


class Entry(Shape):
    """A line of a hand-over sheet."""

    id: Annotated[str, Field(description="How its own routes name it.")]
    what: Annotated[
        str,
        Field(
            description="An incident's category, a detector's kind, how many detectors are tested, a door's name; `trial`."
        ),
    ]
    where: Annotated[str, Field(description="Where it is.")]
    since: Annotated[datetime | None, Field(description="Since when.")]
    until: Annotated[datetime | None, Field(description="Until when.")]


class LostLine(Shape):
    """A line with devices of these grids that cannot be reached."""

    id: Annotated[str, Field(description="The line's id.")]
    down: Annotated[bool, Field(description="Whether the whole line is; else devices on it are.")]
    devices: Annotated[int, Field(description="How many devices of these grids cannot be reached.")]


class Sheet(Shape):
    """What whoever takes a grid over must know."""

    duty: Annotated[Duty, Field(description="The grid, and who is on duty.")]
    now: Annotated[datetime, Field(description="When the sheet was made.")]
    alarms: Annotated[list[Alarm], Field(description="Alarms that are not normal, the worst first.")]
    incidents: Annotated[list[Entry], Field(description="Incidents that are not closed.")]
    outages: Annotated[list[Entry], Field(description="Detectors that are out of service.")]
    trials: Annotated[list[Entry], Field(description="Buildings on trial.")]
    walk_tests: Annotated[list[Entry], Field(description="Detectors that somebody is testing.")]
    doors_free: Annotated[list[Entry], Field(description="Doors that are held free.")]
    lines: Annotated[list[LostLine], Field(description="Lines on which something cannot be reached.")]


class Rung(Shape):
    """A test call that goes out."""

    test: Annotated[int, Field(description="The test's number, by which it is asked what became of it.")]
    called: Annotated[list[Somebody], Field(description="Who is called.")]


class Message(Shape):
    """A message of a test call."""

    channel: Annotated[str, Field(description="The channel's id.")]
    person: Annotated[Somebody, Field(description="Who is called.")]
    fate: Annotated[
        Literal["waiting", "sent", "delivered", "answered", "failed", "folded", "withdrawn"],
        Field(description="What became of it; sent: the channel's server has it; delivered: the phone has it."),
    ]
    why: Annotated[str, Field(description="Why it failed.")]


class TestCall(Shape):
    """What became of a test call."""

    test: Annotated[int, Field(description="The test's number.")]
    messages: Annotated[list[Message], Field(description="One for each person and channel.")]


class Way(Shape):
    """One way to somebody."""

    channel: Annotated[str, Field(description="The channel's id.")]
    to: Annotated[
        str,
        Field(
            description="The number or account there; hidden but for two characters at each end for who may not see it."
        ),
    ]


class Absence(Shape):
    """An absence."""

    from_: Annotated[datetime, Field(alias="from", description="From when on.")]
    until: Annotated[datetime, Field(description="Until when.")]


class Person(Shape):
    """Somebody of the staff."""

    id: Annotated[str, Field(description="The person's id.")]
    name: Annotated[str, Field(description="What people call him.")]
    account: Annotated[
        str, Field(description="The user that he signs in as; empty for none, and for who may not see it.")
    ]
    reach: Annotated[list[Way], Field(description="How he is reached, the best way first.")]
    away: Annotated[list[Absence], Field(description="When he is absent.")]
    grids: Annotated[list[str], Field(description="The grids whose roster or team names him.")]


class Department(Shape):
    """A department that can be called in."""

    id: Annotated[str, Field(description="The department's id.")]
    name: Annotated[str, Field(description="What people call it.")]
    kind: Annotated[str, Field(description="What it is called for: fire, gas, property ...")]
    answer_minutes: Annotated[float, Field(description="How long its answer may take.")]
    reach: Annotated[list[Way], Field(description="How it is reached.")]


class People(Shape):
    """The staff, as far as the actor may see it."""

    people: Annotated[list[Person], Field(description="By id.")]
    departments: Annotated[list[Department], Field(description="In the order of the configuration.")]
