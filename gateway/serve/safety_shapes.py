"""The shapes of what is asked and answered about trials, drills and cause and effect; see `shapes.py` and `asks.py`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from gateway.serve.asks import Asked
from gateway.serve.shape import Shape

PEOPLE = 50
"""More people than any trial list has."""


class TrialBody(Asked):
    """Until when a building is on trial, and who hears of it."""

    until: Annotated[AwareDatetime, Field(description="When it ends by itself; at most a quarter of a year from now.")]
    people: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=80)]],
        Field(
            description="The trial list: ids of the staff. Nobody else hears of it.", min_length=1, max_length=PEOPLE
        ),
    ]


class EndTrialBody(Asked):
    """The end of a trial."""

    report: Annotated[
        str, Field(description="The number of the acceptance report 验收报告.", min_length=1, max_length=80)
    ]


class DrillBody(Asked):
    """A drill that was held."""

    building: Annotated[str, Field(description="The building's id.", min_length=1, max_length=80)]
    held: Annotated[AwareDatetime, Field(description="When it was held.")]
    what: Annotated[str, Field(description="What was drilled.", min_length=1, max_length=200)]
    people: Annotated[int, Field(description="How many took part; nobody is named.", ge=0, le=100_000)]
    minutes: Annotated[float, Field(description="How long it took.", ge=0, le=1440)]
    note: Annotated[str, Field(description="What was learnt.", max_length=500)] = ""


class WouldHave(Shape):
    """What would have followed by itself from an alarm on trial."""

    alarm: Annotated[int, Field(description="The alarm's number.")]
    raised: Annotated[datetime, Field(description="When it was raised.")]
    rule: Annotated[str, Field(description="Its rule.")]
    place: Annotated[str, Field(description="Where it was.")]
    rows: Annotated[list[str], Field(description="The rows of the table that it falls under.")]
    release: Annotated[list[str], Field(description="Doors that would have been released, as device/part.")]
    stop_charging: Annotated[list[str], Field(description="Buildings or rooms in which charging would have stopped.")]
    freeze_lockers: Annotated[bool, Field(description="Whether lockers would have stayed shut.")]
    switch: Annotated[list[str], Field(description="Commands that would have been given, as device/command.")]


class Trial(Shape):
    """Trial operation 试运行 of a building: nothing follows by itself, and the trial list alone hears of its alarms."""

    building: Annotated[str, Field(description="The building's id.")]
    name: Annotated[str, Field(description="What people call it.")]
    by: Annotated[str, Field(description="Who began it.")]
    began: Annotated[datetime, Field(description="Since when.")]
    until: Annotated[datetime, Field(description="When it ends by itself.")]
    people: Annotated[list[str], Field(description="The trial list: ids of the staff.")]


class TrialDetail(Shape):
    """Whether a building is on trial, and what would have followed in its last one."""

    trial: Annotated[Trial | None, Field(description="The trial, null while there is none.")]
    would_have: Annotated[list[WouldHave], Field(description="Newest first.")]


class Drill(Shape):
    """A drill 演练 that was held."""

    number: Annotated[int, Field(description="Counts up.")]
    building: Annotated[str, Field(description="The building's id.")]
    name: Annotated[str, Field(description="What people call it.")]
    held: Annotated[datetime, Field(description="When.")]
    what: Annotated[str, Field(description="What was drilled.")]
    people: Annotated[int, Field(description="How many took part.")]
    minutes: Annotated[float, Field(description="How long it took.")]
    note: Annotated[str, Field(description="What was learnt.")]
    by: Annotated[str, Field(description="Who recorded it.")]


class Drills(Shape):
    """Drills."""

    drills: Annotated[list[Drill], Field(description="Newest first; the last 200.")]
    trials: Annotated[list[Trial], Field(description="The buildings that are on trial.")]


class Switch(Shape):
    """A command that an alarm gives."""

    device: Annotated[str, Field(description="The device.")]
    command: Annotated[str, Field(description="The command.")]
    arguments: Annotated[dict[str, bool | int | float | str], Field(description="Its arguments.")]


class Effect(Shape):
    """A row of the table of cause and effect."""

    name: Annotated[str, Field(description="The row.")]
    when: Annotated[list[str], Field(description="The rules whose alarms are the cause.")]
    release: Annotated[bool, Field(description="The escape doors of the building are released.")]
    stop_charging: Annotated[Literal["none", "room", "building"], Field(description="Where charging stops.")]
    freeze_lockers: Annotated[bool, Field(description="No parcel locker of the building opens.")]
    switch: Annotated[list[Switch], Field(description="What is switched.")]
    note: Annotated[str, Field(description="In words.")]


class Effects(Shape):
    """The table of cause and effect that is in force."""

    rows: Annotated[list[Effect], Field(description="In the order of the table.")]
