"""What is asked about detectors and sensors: the shapes of paths, queries and bodies; see `asks.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator, Field

from gateway.keep.sensor_csv import looks_like_key
from gateway.serve.asks import Asked

DETECTORS = 1_000
"""As many detectors as one round or walk test may have: more than the largest building has."""


def _no_key(said: str) -> str:
    """A key that was typed in the wrong place is taken by nobody and repeated nowhere."""
    if looks_like_key(said):
        raise ValueError("this looks like a sensor's key: keys come in by a list alone")
    return said


Reason = Annotated[
    str, Field(description="Why; it is journalled.", min_length=1, max_length=500), AfterValidator(_no_key)
]
SensorName = Annotated[
    str,
    Field(
        description="Its address, its label, or at least four last digits of its address.", min_length=4, max_length=40
    ),
    AfterValidator(_no_key),
]
DetectorKind = Literal["smoke", "gas", "co", "heat"]
BuildingName = Annotated[str, Field(description="Only of this building.", max_length=80)]
Entrance = Annotated[str, Field(description="Only of this entrance.", max_length=80)]

DetectorId = Annotated[str, Path(description="The detector's id, such as b3-2-501-smoke.", max_length=80)]
SensorAddress = Annotated[str, Path(description="The sensor's address, 12 hex digits.", pattern="^[0-9A-Fa-f]{12}$")]
RoundId = Annotated[str, Path(description="The round's id.", max_length=40)]
WalkTestId = Annotated[str, Path(description="The walk test's id.", max_length=40)]


class DetectorsQuery(Asked):
    """Which detectors."""

    building: BuildingName = ""
    entrance: Entrance = ""
    kind: Annotated[Literal["", "smoke", "gas", "co", "heat"], Field(description="Only of this kind.")] = ""
    state: Annotated[
        Literal[
            "",
            "unmounted",
            "unknown",
            "heard",
            "late",
            "lost",
            "missing",
            "alarm",
            "battery_low",
            "fault",
            "under_test",
        ],
        Field(description="Only those in this state; `missing`: unknown, late or lost."),
    ] = ""
    q: Annotated[
        str,
        Field(
            description="Only those with this in id, name, building, or the sensor's address or label.", max_length=80
        ),
    ] = ""
    after: Annotated[str, Field(description="Only those after this one.", max_length=80)] = ""
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=1000)] = 200


class StockQuery(Asked):
    """Which sensors of the stock."""

    q: Annotated[str, Field(description="Only those with this in address, label or product.", max_length=80)] = ""
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=1000)] = 100


class SensorsImportQuery(Asked):
    """How a list of sensors is taken."""

    dry: Annotated[bool, Field(description="Only say what it would do.")] = False


class MountBody(Asked):
    """Which sensor hangs at a detector now."""

    sensor: SensorName
    reason: Annotated[
        str, Field(description="Why; needed where one hangs there already.", max_length=500), AfterValidator(_no_key)
    ] = ""


class TakeDownBody(Asked):
    """Why nothing hangs at a detector any more."""

    reason: Reason
    gone: Annotated[bool, Field(description="Whether the sensor is gone for good instead of back in the stock.")] = (
        False
    )


class BatteryChangeBody(Asked):
    """How long a battery's change may take."""

    minutes: Annotated[int, Field(description="For so long the sensor's counter may begin anew.", ge=1, le=120)] = 30


class DropBody(Asked):
    """Why a sensor leaves the stock."""

    reason: Reason


class DetectorsBody(Asked):
    """Which detectors: those that are named, or those of a building."""

    detectors: Annotated[
        tuple[Annotated[str, Field(max_length=80)], ...],
        Field(description="Their ids, in the order of the walk; or give `building`.", max_length=DETECTORS),
    ] = ()
    building: Annotated[str, Field(description="All of this building, in the order of its floors.", max_length=80)] = ""
    entrance: Annotated[str, Field(description="Of the building, only this entrance.", max_length=80)] = ""
    floor_from: Annotated[int | None, Field(description="Of the building, only from this floor on.")] = None
    floor_to: Annotated[int | None, Field(description="Of the building, only up to this floor.")] = None
    kinds: Annotated[
        tuple[DetectorKind, ...], Field(description="Of the building, only these kinds.", max_length=4)
    ] = ()


class RoundBody(DetectorsBody):
    """Where an installer walks."""


class WalkTestBody(DetectorsBody):
    """What is tested, and for how long at most."""

    minutes: Annotated[int, Field(description="It ends by itself after so long.", ge=1, le=480)] = 120


class TakeBody(Asked):
    """Which sensor takes the next place."""

    sensor: SensorName
