"""What is asked about alarms: the shapes of bodies; see `asks.py`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.incident import FALSE_CAUSES
from gateway.serve.asks import Asked, Why

_DAY_MINUTES = 24 * 60


class VerifyBody(Asked):
    """What somebody on site found."""

    real: Annotated[bool, Field(description="true: 核实为真火警, or whatever it says; false: 误报.")]
    cause: Annotated[
        str, Field(description=f"Why it was false, needed then: {', '.join(FALSE_CAUSES)}.", max_length=40)
    ] = ""
    note: Annotated[str, Field(description="What was seen.", max_length=500)] = ""


class ShelveBody(Asked):
    """For how long people are to be spared an alarm, and why."""

    minutes: Annotated[
        float, Field(description="For how long; the priority says how long it may be.", gt=0, le=_DAY_MINUTES)
    ]
    reason: Why
