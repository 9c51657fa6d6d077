"""What is asked about people and their shifts: the shapes of paths, queries and bodies; see `asks.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import AwareDatetime, Field

from gateway.serve.asks import SEQ_LIMIT, Asked

_ID = r"^[a-z0-9][a-z0-9_-]{0,39}$"
_FROM = r"^([01]\d|2[0-3]):[0-5]\d$"
_TO = r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$"
_SHOWN = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
"""No control characters, and none that turn a line around: a number goes into headers, a name into messages."""

GridId = Annotated[str, Path(description="The grid's id, such as g1.", max_length=80)]
TestNumber = Annotated[int, Path(description="The number of a test call.", ge=1, le=SEQ_LIMIT)]
PersonId = Annotated[str, Path(description="The person's id, such as zhang.", pattern=_ID)]
Named = Annotated[str, Field(description="A person's id.", max_length=40)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class HandOverBody(Asked):
    """What whoever comes should know."""

    note: Annotated[str, Field(description="It stands on the hand-over sheet, and in the log.", max_length=1000)] = ""


class TakeOverBody(Asked):
    """Who takes over."""

    person: Annotated[str, Field(description="His id: he answers for the grid from now on.", max_length=40)]


class ShiftBody(Asked):
    """A shift of every week."""

    name: Annotated[str, Field(description="What people call it.", min_length=1, max_length=40)]
    days: Annotated[list[Day], Field(description="On which days it begins.", min_length=1, max_length=7)]
    from_: Annotated[str, Field(alias="from", description="When it begins, in the compound's time.", pattern=_FROM)]
    to: Annotated[
        str,
        Field(description="When it ends; at or before its beginning: on the next day. 24:00 is midnight.", pattern=_TO),
    ]
    person: Named
    deputy: Annotated[str, Field(description="Who stands in for him, empty for nobody.", max_length=40)] = ""


class ShiftsBody(Asked):
    """The roster of a grid, whole."""

    shifts: Annotated[
        list[ShiftBody],
        Field(description="All hours of the week, each once; none at all: the grid has no roster.", max_length=100),
    ]


class TeamBody(Asked):
    """Who has which role."""

    team: Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[list[Named], Field(max_length=50)]],
        Field(
            description="Role to persons: leader, guard, property, community, desk or any other word.", max_length=20
        ),
    ]


class WayBody(Asked):
    """One way to somebody."""

    channel: Annotated[str, Field(description="The channel's id.", min_length=1, max_length=40)]
    to: Annotated[
        str, Field(description="The number, address or account there.", min_length=1, max_length=200, pattern=_SHOWN)
    ]


class PersonBody(Asked):
    """Somebody of the staff."""

    name: Annotated[str, Field(description="What people call him.", min_length=1, max_length=40, pattern=_SHOWN)]
    account: Annotated[
        str, Field(description="The user that he signs in as, empty for none.", max_length=80, pattern=_SHOWN)
    ] = ""
    reach: Annotated[list[WayBody], Field(description="The best way first.", min_length=1, max_length=10)]


class AwayBody(Asked):
    """An absence."""

    from_: Annotated[
        AwareDatetime | None, Field(alias="from", description="From when on; null or left out: from now on.")
    ] = None
    until: Annotated[AwareDatetime, Field(description="Until when.")]
