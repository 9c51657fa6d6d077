"""What is asked about parcel lockers: the shapes of paths, queries and bodies; see `asks.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from gateway.serve.asks import Asked, Seen, Why

CabinetId = Annotated[str, Path(description="The cabinet's id, such as locker3.", max_length=80)]
CompartmentName = Annotated[str, Path(description="The compartment, such as c07.", max_length=40)]


class LockersQuery(Asked):
    """Which parcel lockers."""

    building: Annotated[str, Field(description="Only of this building.", max_length=80)] = ""
    state: Annotated[
        Literal["", "overdue", "forced", "open", "out", "offline"],
        Field(description="Only those with such a compartment; `offline`: those of which not all was heard in time."),
    ] = ""
    after: Annotated[str, Field(description="Only those after this one.", max_length=80)] = ""
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=500)] = 100


class OverdueQuery(Asked):
    """Which overdue parcels."""

    building: Annotated[str, Field(description="Only of this building.", max_length=80)] = ""
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=1000)] = 200


class OpenBody(Asked):
    """Why a compartment is opened from afar."""

    reason: Why
    request: Annotated[
        str, Field(description="Your own name for this wish: the same again is refused, not done again.", max_length=80)
    ] = ""


class ResetBody(Asked):
    """What was seen at a forced or jammed compartment."""

    note: Seen


class ServiceBody(Asked):
    """Whether a compartment is out of service."""

    out: Annotated[bool, Field(description="True: nobody may use it; false: it is in service again.")]
    reason: Annotated[str, Field(description="Why; needed for out of service.", max_length=500)] = ""


class ReserveBody(Asked):
    """A courier's order."""

    size: Annotated[
        Literal["s", "m", "l"], Field(description="The size; the next larger one is taken where none is free.")
    ]
    order: Annotated[
        str,
        Field(
            description="The courier's own word for it: the same again gets the same compartment.",
            min_length=1,
            max_length=80,
        ),
    ]


class OpenAllBody(Asked):
    """Why every compartment of a cabinet is to be opened."""

    reason: Why
