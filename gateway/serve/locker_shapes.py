"""The shapes of answers about parcel lockers; see `shapes.py`. They never tell whose parcel lies where, nor its code."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from gateway.serve.alarm_shapes import Alarm  # noqa: TC001 - pydantic reads annotations at run time
from gateway.serve.shape import Link, Shape
from gateway.serve.shapes import Point  # noqa: TC001 - pydantic reads annotations at run time

Compartments: TypeAlias = Literal[
    "unknown",
    "empty",
    "reserved",
    "open_delivery",
    "occupied",
    "overdue",
    "open_pickup",
    "forced",
    "jammed",
    "fault",
    "out_of_service",
]


class LockerCounts(Shape):
    """Compartments in numbers."""

    empty: Annotated[int, Field(description="Those that are free and shut.")]
    reserved: Annotated[int, Field(description="Those that are kept for a courier.")]
    occupied: Annotated[int, Field(description="Those in which a parcel lies, the overdue ones among them.")]
    overdue: Annotated[int, Field(description="Those in which a parcel has lain for too long.")]
    open: Annotated[int, Field(description="Those whose door is open, as last heard.")]
    forced: Annotated[int, Field(description="Those that were opened by force; until somebody looked.")]
    out: Annotated[int, Field(description="Those that cannot be used: jammed, failing or out of service.")]
    unknown: Annotated[int, Field(description="Those of which nothing was heard yet.")]


class LockerPlace(LockerCounts):
    """A parcel locker."""

    id: Annotated[str, Field(description="The cabinet's id.")]
    name: Annotated[str, Field(description="What it is called.")]
    building: Annotated[str, Field(description="The building that it stands at, empty where there is none.")]
    building_name: Annotated[str, Field(description="The building's name.")]
    entrance: Annotated[str, Field(description="The entrance, empty where there is none.")]
    link: Annotated[Link, Field(description="Whether it can be reached.")]
    why: Annotated[str, Field(description="Why it cannot.")]
    fresh: Annotated[bool, Field(description="Whether all of it was heard in time.")]
    heard: Annotated[datetime | None, Field(description="When it was last heard.")]
    alarms: Annotated[int, Field(description="Open alarms of the cabinet and its compartments.")]
    worst: Annotated[int | None, Field(description="Priority of the worst of them, 1 to 4.")]


class Locker(LockerPlace):
    """A parcel locker in numbers."""

    compartments: Annotated[int, Field(description="How many compartments it has.")]


class Lockers(Shape):
    """Parcel lockers that the actor may see."""

    lockers: Annotated[list[Locker], Field(description="In the order of the configuration.")]
    total: Annotated[int, Field(description="How many fit what was asked, on all pages.")]
    next: Annotated[str | None, Field(description="Ask with `after` set to this for more; null: that was all.")]


class Compartment(Shape):
    """A compartment of a locker."""

    part: Annotated[str, Field(description="Its name, such as c07.")]
    size: Annotated[str, Field(description="s, m or l.")]
    state: Annotated[
        Compartments, Field(description="What it is doing; forced and jammed stay until somebody has looked at it.")
    ]
    since: Annotated[
        datetime | None, Field(description="Since when; null: it was so when the gateway began to know it.")
    ]
    open: Annotated[bool | None, Field(description="Whether its door is open, as last heard; null: that is not known.")]
    occupied: Annotated[bool | None, Field(description="Whether something lies in it; null: that is not known.")]
    overdue_hours: Annotated[
        float | None, Field(description="How long its parcel lies there; null: it is not overdue.")
    ]
    reserved_until: Annotated[datetime | None, Field(description="Until when it is kept; null: it is not reserved.")]
    alarm: Annotated[int | None, Field(description="Priority of its worst open alarm, 1 to 4.")]
    sure: Annotated[
        bool, Field(description="Whether what it shows was heard in time; otherwise it is what was heard last.")
    ]


class OpenAll(Shape):
    """Somebody asked to open every compartment; a second person is waited for."""

    by: Annotated[str, Field(description="Who asked; empty for those who only look.")]
    reason: Annotated[str, Field(description="Why.")]
    until: Annotated[datetime, Field(description="Until when a second person may confirm it.")]
    yours: Annotated[bool, Field(description="Whether it is you who asked: then another one confirms it.")]


class LockerDetail(LockerPlace):
    """A parcel locker with its compartments."""

    line: Annotated[str, Field(description="The line on which it is reached.")]
    product: Annotated[str, Field(description="The profile that describes it.")]
    points: Annotated[dict[str, Point], Field(description="The points of the cabinet as a whole, by key.")]
    compartments: Annotated[list[Compartment], Field(description="Its compartments, in the order of their names.")]
    commands: Annotated[list[str], Field(description="The commands that the cabinet takes, such as c07.open.")]
    codes_locked_until: Annotated[
        datetime | None,
        Field(description="Until when it takes no code after too many wrong ones; null: it takes codes."),
    ]
    open_all: Annotated[OpenAll | None, Field(description="What waits for a second person; null: nothing.")]
    open_alarms: Annotated[list[Alarm], Field(description="Alarms of it that are not normal, worst first.")]


class OverdueParcel(Shape):
    """A parcel that has lain in a locker for too long."""

    cabinet: Annotated[str, Field(description="The cabinet.")]
    cabinet_name: Annotated[str, Field(description="What it is called.")]
    part: Annotated[str, Field(description="The compartment.")]
    since: Annotated[datetime | None, Field(description="Since when it lies there; null: that is not known.")]
    hours: Annotated[float, Field(description="How many hours that is.")]


class OverdueParcels(Shape):
    """Parcels that have lain for too long."""

    overdue: Annotated[list[OverdueParcel], Field(description="The longest first.")]
    total: Annotated[int, Field(description="How many there are, on all pages.")]


class Reserved(Shape):
    """A compartment that is kept for a courier."""

    part: Annotated[str, Field(description="The compartment.")]
    until: Annotated[datetime | None, Field(description="Until when it is kept.")]
