"""The shapes of answers about doors and who passed them; see `shapes.py`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import Field

from gateway.serve.shape import Link, Shape


class DoorCommands(Shape):
    """Which command of the door's device does what; null where the door cannot do it."""

    unlock: Annotated[str | None, Field(description="Opens this door for a moment.")]
    hold_free: Annotated[str | None, Field(description="Keeps this door open, or ends that; argument `on`.")]
    lockdown: Annotated[str | None, Field(description="Shuts all doors of the device to cards; argument `on`.")]
    fire_reset: Annotated[str | None, Field(description="Ends a fire release of the device.")]
    relay_test: Annotated[str | None, Field(description="Pulls this door's relay for a moment.")]


class DoorTable(Shape):
    """How far the controller has the permits that are meant for it."""

    state: Annotated[
        Literal["current", "writing", "behind", "unknown", "none"],
        Field(
            description="current: it has them; writing: under way; behind: it has older ones and nothing moves; unknown: it "
            "was not asked yet; none: it holds no permits."
        ),
    ]
    left: Annotated[int | None, Field(description="Records that are still to be written or proved.")]
    total: Annotated[int | None, Field(description="Of how many.")]


class Door(Shape):
    """A door as last heard. Null where its device does not tell, or what it tells cannot be believed."""

    id: Annotated[str, Field(description="device/part, such as b3u1/door1.")]
    device: Annotated[str, Field(description="The controller.")]
    part: Annotated[str, Field(description="Which part of the controller it is.")]
    name: Annotated[str, Field(description="What it is called.")]
    building: Annotated[str, Field(description="The building's id, empty where there is none.")]
    building_name: Annotated[str, Field(description="The building's name.")]
    entrance: Annotated[str, Field(description="The entrance.")]
    grid: Annotated[str, Field(description="The grid that answers for it.")]
    escape: Annotated[bool, Field(description="Whether people flee through it.")]
    lock: Annotated[
        Literal["fail_safe", "fail_secure", ""],
        Field(description="Without power it is open (fail_safe) or shut (fail_secure); empty: nobody said."),
    ]
    owner: Annotated[str, Field(description="Who answers for it.")]
    maintainer: Annotated[str, Field(description="Who mends it.")]
    link: Annotated[Link, Field(description="Whether its controller can be reached.")]
    fresh: Annotated[
        bool, Field(description="Whether its state was heard in time: without it, it is the last that was heard.")
    ]
    heard: Annotated[datetime | None, Field(description="When its state was last heard.")]
    open: Annotated[bool | None, Field(description="Whether its leaf is open.")]
    unlocked: Annotated[bool | None, Field(description="Whether its bond is open.")]
    mode: Annotated[
        Literal["card", "free", "locked", "card_and_pin"] | None, Field(description="By what it lets people in.")
    ]
    forced: Annotated[bool | None, Field(description="Whether it was opened by force.")]
    held: Annotated[bool | None, Field(description="Whether it has been open for too long.")]
    fire_released: Annotated[bool | None, Field(description="Whether it stands released because of fire.")]
    lockdown: Annotated[bool | None, Field(description="Whether its controller is locked down.")]
    commands: Annotated[DoorCommands, Field(description="What it can be told.")]
    table: Annotated[DoorTable, Field(description="How far its controller has the permits.")]
    standing: Annotated[
        Literal["in_service", "replacing", "not_commissioned"],
        Field(
            description="replacing: its controller was replaced and has not the permits yet; not_commissioned: nobody has "
            "signed that it was gone through."
        ),
    ]


class Doors(Shape):
    """The doors that the actor may see."""

    doors: Annotated[list[Door], Field(description="In the order of the configuration.")]


class RemoteUnlock(Shape):
    """Who opened a door from afar."""

    actor: Annotated[str, Field(description="Who.")]
    reason: Annotated[str, Field(description="Why.")]
    command: Annotated[int, Field(description="The command's number.")]


class Gap(Shape):
    """Events of the controller that could not be read any more."""

    first: Annotated[int, Field(description="The first sequence that is missing.")]
    until: Annotated[int | None, Field(description="The first that is not; null where it cannot be known.")]
    why: Annotated[str, Field(description="overrun, ring wiped, controller replaced, or what else happened.")]


class Passage(Shape):
    """Something that a controller recorded at a door. How much of who it was is told depends on the role (docs/privacy.md)."""

    seq: Annotated[int, Field(description="Its row in the journal.")]
    at: Annotated[datetime, Field(description="When it was received.")]
    measured: Annotated[datetime | None, Field(description="The controller's own time, if its clock is to be had.")]
    kind: Annotated[
        str, Field(description="granted, denied_unknown, remote_unlock, gap, and what else the product tells.")
    ]
    name: Annotated[str | None, Field(description="Whose permit it was; 张** to staff where it is of another grid.")]
    household: Annotated[
        str | None, Field(description="The household of that permit; b3-2-*** where the name is masked.")
    ]
    person: Annotated[str | None, Field(description="A pseudonym in the place of name and household, for the auditor.")]
    permit: Annotated[str | None, Field(description="That permit, where the actor may see it.")]
    visitor: Annotated[bool | None, Field(description="Whether it is a visitor's.")]
    remote: Annotated[RemoteUnlock | None, Field(description="Who opened it from afar; not told to viewers.")]
    gap: Annotated[Gap | None, Field(description="What is missing here.")]
    maybe_repeated: Annotated[bool, Field(description="Whether it may be the row before it, told twice.")]


class Passages(Shape):
    """What happened at a door."""

    passages: Annotated[list[Passage], Field(description="Newest first.")]
    next: Annotated[
        int | None, Field(description="Ask with `before` set to this for older ones; null: there are none.")
    ]
