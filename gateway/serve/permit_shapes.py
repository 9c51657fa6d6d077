"""The shapes of answers about permits; see `shapes.py`. No credential and no hash of one is ever in them."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import Field

from gateway.serve.shape import Link, Shape


class Permit(Shape):
    """One card or code of one person, and the doors that it opens."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="Whose it is, as staff wrote it.")]
    household: Annotated[str, Field(description="building-entrance-flat, such as b3-2-501; empty for staff.")]
    kind: Annotated[Literal["card", "code"], Field(description="What is shown at the door.")]
    groups: Annotated[list[str], Field(description="The groups of doors that it opens.")]
    schedule: Annotated[str, Field(description="When in the week; empty: at all hours.")]
    valid_from: Annotated[datetime | None, Field(description="From when on; null: it has been.")]
    valid_until: Annotated[datetime | None, Field(description="Until when; null: for good.")]
    standing: Annotated[Literal["valid", "revoked", "blocked"], Field(description="Whether it counts.")]
    visitor: Annotated[bool, Field(description="Whether it is a visitor's.")]
    note: Annotated[str, Field(description="What staff noted.")]


class Permits(Shape):
    """Permits that the actor may see."""

    permits: Annotated[list[Permit], Field(description="By id.")]
    total: Annotated[int, Field(description="How many fit what was asked, on all pages.")]
    next: Annotated[str | None, Field(description="Ask with `after` set to this for more; null: that was all.")]


class OnePermit(Shape):
    """A permit that was made or changed."""

    permit: Annotated[Permit, Field(description="As it is now.")]


class VisitorPermit(Shape):
    """A visitor's permit and its code."""

    permit: Annotated[Permit, Field(description="As it is now.")]
    code: Annotated[str, Field(description="What the visitor types. It is told this once and kept nowhere.")]


class Imported(Shape):
    """What a file of permits did, or would do."""

    rows: Annotated[int, Field(description="Rows with a permit.")]
    new: Annotated[int, Field(description="Permits that are new.")]
    changed: Annotated[int, Field(description="Permits that are changed.")]
    unchanged: Annotated[int, Field(description="Permits that stay as they are.")]


class Revoked(Shape):
    """What was revoked, and how it is followed up."""

    permits: Annotated[int, Field(description="How many permits ended.")]
    task: Annotated[
        str | None, Field(description="The task that is open until every controller knows; null: none does.")
    ]


class Household(Shape):
    """A household with every permit that it ever had."""

    household: Annotated[str, Field(description="building-entrance-flat.")]
    permits: Annotated[list[Permit], Field(description="Valid ones first.")]


class _Stands(Shape):
    device: Annotated[str, Field(description="The controller.")]
    name: Annotated[str, Field(description="What it is called.")]
    building: Annotated[str, Field(description="The building's id, empty where there is none.")]
    building_name: Annotated[str, Field(description="The building's name.")]
    entrance: Annotated[str, Field(description="The entrance.")]


class Table(_Stands):
    """How far one controller has the permits that are meant for it."""

    state: Annotated[
        Literal["current", "writing", "behind", "unknown"],
        Field(description="As with the doors; `behind` when nothing moves."),
    ]
    said: Annotated[str, Field(description="What the driver says of it, such as why a table was refused.")]
    wanted_version: Annotated[int, Field(description="The version that it is to have.")]
    version: Annotated[int | None, Field(description="The version that it has; null: unknown.")]
    users: Annotated[int, Field(description="How many permits it is to have.")]
    left: Annotated[int | None, Field(description="Records that are still to be written or proved.")]
    total: Annotated[int | None, Field(description="Of how many.")]
    since: Annotated[datetime | None, Field(description="Since when it is so.")]


class Tables(Shape):
    """Every controller that holds permits."""

    tables: Annotated[list[Table], Field(description="Those that are not current first.")]
    current: Annotated[int, Field(description="How many are current.")]


class TaskController(_Stands):
    """One controller of a task."""

    done: Annotated[bool, Field(description="Whether it knows: the card opens nothing there any more.")]
    link: Annotated[Link, Field(description="Whether it can be reached.")]


class Task(Shape):
    """A revocation that is open until the last controller knows."""

    id: Annotated[str, Field(description="Its id.")]
    household: Annotated[str, Field(description="The household; empty where single permits were revoked.")]
    permits: Annotated[list[str], Field(description="The permits that ended.")]
    at: Annotated[datetime, Field(description="When it was asked for.")]
    by: Annotated[str, Field(description="By whom.")]
    reason: Annotated[str, Field(description="Why.")]
    closed: Annotated[datetime | None, Field(description="When the last controller knew; null: it is open.")]
    done: Annotated[int, Field(description="Controllers that know.")]
    total: Annotated[int, Field(description="Controllers that had one of the permits.")]
    controllers: Annotated[list[TaskController], Field(description="Those that do not know yet first.")]


class Tasks(Shape):
    """Revocations."""

    tasks: Annotated[list[Task], Field(description="Open ones first, then the oldest.")]


class DoorGroup(Shape):
    """Doors that are permitted together."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="What it is called.")]
    doors: Annotated[list[str], Field(description="device/part of each.")]
    permits: Annotated[int, Field(description="How many valid permits name it.")]


class DoorGroups(Shape):
    """Groups of doors."""

    groups: Annotated[list[DoorGroup], Field(description="By id.")]


class Schedule(Shape):
    """A week."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="What it is called.")]
    days: Annotated[
        dict[str, list[tuple[int, int]]],
        Field(
            description="By monday to sunday and holiday: spans [from, until) in minutes of the day; left out: never."
        ),
    ]
    permits: Annotated[int, Field(description="How many valid permits name it.")]


class Schedules(Shape):
    """Schedules."""

    schedules: Annotated[list[Schedule], Field(description="By id.")]


class Holiday(Shape):
    """A day that is not what its weekday says."""

    date: Annotated[date, Field(description="The day.")]
    name: Annotated[str, Field(description="Why, such as 春节.")]
    kind: Annotated[Literal["holiday", "workday"], Field(description="workday: a weekend that is worked, 调休.")]


class Holidays(Shape):
    """A year's holidays."""

    year: Annotated[int, Field(description="The year.")]
    known: Annotated[bool, Field(description="Whether the state has published it; if not, weekends alone are free.")]
    days: Annotated[list[Holiday], Field(description="In order.")]


class Enrolment(Shape):
    """Whether a card is waited for at a door."""

    state: Annotated[
        Literal["none", "waiting", "shown", "over"],
        Field(description="waiting: show the card now; shown: pick the person now; over: nobody showed one in time."),
    ]
    device: Annotated[str, Field(description="The controller; empty for none.")]
    part: Annotated[str, Field(description="The door.")]
    until: Annotated[datetime | None, Field(description="How long it is waited for.")]
    by: Annotated[str, Field(description="Who asked.")]
