"""The shapes of what is asked and answered about detectors out of service; see `shapes.py` and `asks.py`."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated

from pydantic import Field

from gateway.decide.answering.outages import LONGEST_HOURS
from gateway.serve.asks import Asked
from gateway.serve.detector_asks import Reason  # noqa: TC001 - pydantic reads annotations at run time
from gateway.serve.detector_shapes import DetectorPlace
from gateway.serve.shape import Shape


class OutageBody(Asked):
    """Why a detector is to be out of service, and for how long."""

    reason: Reason
    work_order: Annotated[str, Field(description="The work order.", min_length=1, max_length=80)]
    hours: Annotated[float, Field(description="For how long.", gt=0, le=LONGEST_HOURS)]
    household_told: Annotated[
        bool, Field(description="Whoever lives there knows that nothing watches over them; needed in a flat.")
    ] = False


class Outage(Shape):
    """A detector is out of service: what it says is recorded and shown, nobody is called, nothing follows by itself."""

    by: Annotated[str, Field(description="Both persons.")]
    reason: Annotated[str, Field(description="Why.")]
    work_order: Annotated[str, Field(description="The work order.")]
    household_told: Annotated[bool, Field(description="Whether whoever lives there knows.")]
    since: Annotated[datetime, Field(description="Since when.")]
    until: Annotated[datetime, Field(description="When it ends by itself.")]


class PendingOutage(Shape):
    """One person wants it out of service; a second one has to confirm it."""

    by: Annotated[str, Field(description="Who asked.")]
    reason: Annotated[str, Field(description="Why.")]
    work_order: Annotated[str, Field(description="The work order.")]
    household_told: Annotated[bool, Field(description="Whether whoever lives there knows.")]
    hours: Annotated[float, Field(description="For how long it is to be.")]
    until: Annotated[datetime, Field(description="Until when it may be confirmed.")]


class DetectorOutage(DetectorPlace):
    """A detector, and whether it is out of service or is to be."""

    outage: Annotated[Outage | None, Field(description="The outage, null while it is in service.")]
    pending: Annotated[PendingOutage | None, Field(description="What waits for a second person, null for nothing.")]


class DetectorOutages(Shape):
    """Detectors that are out of service or are to be."""

    detectors: Annotated[list[DetectorOutage], Field(description="In the order of their ids.")]
    out: Annotated[int, Field(description="How many are out of service.")]
