"""What is asked about charging: the shapes of paths, queries and bodies; see `asks.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import AwareDatetime, Field

from gateway.keep.tag_csv import LABEL_LIMIT, NOTE_LIMIT, TAG_LIMIT, TAG_PATTERN
from gateway.serve.asks import SEQ_LIMIT, Asked, Seen, Why

TAGS = 500
"""As many tags as one body may have; more come by a file."""

RoomId = Annotated[str, Path(description="The room's id, such as shed3.", max_length=80)]
StopId = Annotated[str, Path(description="The stop's id.", max_length=80)]
TagHash = Annotated[str, Path(description="The tag's keyed hash, 16 hex digits.", pattern="^[0-9a-f]{16}$")]
LineId = Annotated[str, Path(description="The line's id.", max_length=80)]


class RoomsQuery(Asked):
    """Which charging rooms."""

    building: Annotated[str, Field(description="Only of this building.", max_length=80)] = ""
    state: Annotated[
        Literal["", "charging", "held", "fault", "offline", "stopped"],
        Field(description="Only those with such a port; `stopped`: those for which an emergency stop stands."),
    ] = ""
    after: Annotated[str, Field(description="Only those after this one.", max_length=80)] = ""
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=500)] = 100


class PowerQuery(Asked):
    """How much of a room's past."""

    hours: Annotated[int, Field(description="So many hours up to now.", ge=1, le=72)] = 24


class SessionsQuery(Asked):
    """Which charging sessions."""

    room: Annotated[str, Field(description="Only in this room.", max_length=80)] = ""
    device: Annotated[str, Field(description="Only at this charger.", max_length=80)] = ""
    running: Annotated[
        bool | None, Field(description="True: only those that run; false: only those that are over; left out: both.")
    ] = None
    before: Annotated[
        int, Field(description="Of those that are over, only older ones: see `next`.", ge=0, le=SEQ_LIMIT)
    ] = SEQ_LIMIT
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=500)] = 100


class StopBody(Asked):
    """What is to carry no current any more."""

    reach: Annotated[Literal["port", "charger", "room", "building", "all"], Field(description="How far it goes.")]
    what: Annotated[
        str,
        Field(
            description="The port (such as shed3-pile1/p04), charger, room or building; empty for all.", max_length=120
        ),
    ] = ""
    reason: Why


class LiftBody(Asked):
    """What was seen where charging was stopped."""

    note: Seen


class TagsQuery(Asked):
    """Which tags."""

    q: Annotated[str, Field(description="Only those with this in label, note or hash.", max_length=80)] = ""
    blocked: Annotated[bool | None, Field(description="Only those that are blocked, or are not; left out: both.")] = (
        None
    )
    after: Annotated[str, Field(description="Only those after this hash.", max_length=40)] = ""
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=1000)] = 200


class TagBody(Asked):
    """A tag. What stands on it is hashed at once and kept nowhere."""

    tag: Annotated[
        str,
        Field(
            description="What the charger reads from it, in clear; capital letters do not matter. Or give `hash`.",
            max_length=TAG_LIMIT,
            pattern=rf"^$|{TAG_PATTERN}",
            repr=False,
        ),
    ] = ""
    hash: Annotated[
        str, Field(description="The keyed hash of a tag that is known already.", pattern="^$|^[0-9a-f]{16}$")
    ] = ""
    label: Annotated[str, Field(description="What the property calls it.", max_length=LABEL_LIMIT)] = ""
    until: Annotated[AwareDatetime | None, Field(description="Until when it may charge; left out: for good.")] = None
    blocked: Annotated[bool, Field(description="Whether it is refused.")] = False
    note: Annotated[str, Field(description="A note; no name of a person.", max_length=NOTE_LIMIT)] = ""


class TagsBody(Asked):
    """Tags that are new or changed."""

    tags: Annotated[
        tuple[TagBody, ...], Field(description="All of them are taken, or none.", min_length=1, max_length=TAGS)
    ]
    reason: Why


class TagsImportQuery(Asked):
    """How a file of tags is taken."""

    reason: Annotated[str, Field(description="Why; it is journalled.", max_length=500)] = ""
    dry: Annotated[bool, Field(description="Only say what it would do.")] = False


class DropTagBody(Asked):
    """Why a tag may charge no more."""

    reason: Why
