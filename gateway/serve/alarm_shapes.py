"""The shapes of answers about alarms; see `shapes.py`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import Field

from gateway.serve.shape import Reading, Shape


class AlarmPlace(Shape):
    """Where an alarm is."""

    building: Annotated[str, Field(description="The building's id, empty where there is none.")]
    building_name: Annotated[str, Field(description="The building's name.")]
    unit: Annotated[str, Field(description="The entrance.")]
    name: Annotated[str, Field(description="What is there.")]
    grid: Annotated[str, Field(description="The grid that answers for it.")]


class Alarm(Shape):
    """An abnormal condition that needs a response."""

    number: Annotated[int, Field(description="Names this occurrence.")]
    key: Annotated[str, Field(description="Names the condition for ever: rule@source.")]
    rule: Annotated[str, Field(description="The rule that found it.")]
    source: Annotated[str, Field(description="The point, device or line that it is about.")]
    device: Annotated[str, Field(description="The device, empty where there is none.")]
    priority: Annotated[int, Field(description="1 life, 2 security and safety, 3 degraded, 4 maintenance.")]
    state: Annotated[Literal["A", "B", "C", "D", "E", "F", "G", "H", "I"], Field(description="The state of ISA-18.2.")]
    active: Annotated[bool, Field(description="Whether the condition stands.")]
    acked: Annotated[bool, Field(description="Whether somebody has taken it.")]
    latched: Annotated[bool, Field(description="Whether it stays until a person resets it.")]
    suppression: Annotated[str, Field(description="none, shelved, by_design or out_of_service.")]
    occurrences: Annotated[int, Field(description="How often it was raised.")]
    value: Annotated[Reading, Field(description="The value that raised it.")]
    why: Annotated[str, Field(description="What is abnormal.")]
    since: Annotated[datetime, Field(description="When it was last raised.")]
    since_trusted: Annotated[bool, Field(description="Whether the clock was to be believed then.")]
    changed: Annotated[datetime, Field(description="When it last changed.")]
    acked_by: Annotated[str, Field(description="Who took it first.")]
    note: Annotated[str, Field(description="What was said about it last.")]
    orphaned: Annotated[bool, Field(description="Whether its source has left the configuration.")]
    simulated: Annotated[bool, Field(description="Whether it comes from a simulation.")]
    test: Annotated[bool, Field(description="Whether its detector was being tested when it was raised.")]
    trial: Annotated[bool, Field(description="Whether its building was on trial when it was raised.")]
    verdict: Annotated[Literal["", "real", "false"], Field(description="What was found on site, empty: nobody said.")]
    verdict_by: Annotated[str, Field(description="Who found it.")]
    spared_by: Annotated[str, Field(description="Who or what suppressed it: people, or the alarm that explains it.")]
    spared_why: Annotated[str, Field(description="Why people are spared it.")]
    spared_until: Annotated[datetime | None, Field(description="When a shelf or an outage ends; null for neither.")]
    chattering: Annotated[bool, Field(description="Whether it comes and goes, and is held as one.")]
    raises: Annotated[int, Field(description="How often it was raised since it was last normal.")]
    stale: Annotated[bool, Field(description="Whether it has stood for longer than a day.")]
    recorded: Annotated[bool, Field(description="Whether its last change is in the journal.")]
    place: Annotated[AlarmPlace, Field(description="Where it is.")]


class AlarmStep(Shape):
    """One thing that happened to an alarm."""

    seq: Annotated[int, Field(description="Its row in the log.")]
    at: Annotated[datetime, Field(description="When.")]
    change: Annotated[
        str, Field(description="raised, updated, cleared, acked, reset, verified, suppressed, unsuppressed, orphaned.")
    ]
    by: Annotated[str, Field(description="Who did it, empty for nobody.")]
    note: Annotated[str, Field(description="What was said.")]


class AlarmWithHistory(Alarm):
    """An alarm, and what happened to it."""

    history: Annotated[list[AlarmStep], Field(description="Oldest first.")]


class Alarms(Shape):
    """Alarms, worst first."""

    seq: Annotated[int, Field(description="The last row of the log that is in it.")]
    alarms: Annotated[list[Alarm], Field(description="The alarms.")]
