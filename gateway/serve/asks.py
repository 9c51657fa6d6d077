"""What is asked: the shapes of paths, queries and bodies, and one request with what an endpoint needs to answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Depends, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.responses import Response

if TYPE_CHECKING:
    from datetime import datetime

    from drivers.contract import Json
    from gateway.actor import Actor
    from gateway.serve.accounts.actors import Actors
    from gateway.serve.house import House
    from gateway.serve.room_power import RoomPower
    from gateway.serve.views import Scope

SEQ_LIMIT = 2**63 - 1
"""The largest integer that SQLite holds."""

VIEWS = 16
"""More views in one stream than any page shows."""

BuildingId = Annotated[str, Path(description="The building's id.")]
DeviceId = Annotated[str, Path(description="The device's id.")]
PointKey = Annotated[str, Path(description="The point's key, such as door1.open.")]
AlarmNumber = Annotated[int, Path(description="The alarm's number.", ge=1, le=SEQ_LIMIT)]
CommandName = Annotated[str, Path(description="One of the commands that the device takes.")]
PartName = Annotated[str, Path(description="Which part of the device, such as door1.", max_length=80)]
StoryName = Annotated[str, Path(description="One of the simulator's stories.")]

Why = Annotated[str, Field(description="Why; it is journalled.", min_length=1, max_length=500)]
Seen = Annotated[str, Field(description="What was seen there; it is journalled.", min_length=1, max_length=500)]


class Asked(BaseModel):
    """A query or body; what it does not name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DevicesQuery(Asked):
    """Which devices."""

    building: Annotated[str, Field(description="Only of this building.", max_length=80)] = ""
    grid: Annotated[str, Field(description="Only of this grid.", max_length=80)] = ""


class HistoryQuery(Asked):
    """Which part of a point's past, and how finely."""

    start: Annotated[AwareDatetime | None, Field(description="From when on; 24 h before the end if left out.")] = None
    end: Annotated[AwareDatetime | None, Field(description="Until when; now if left out.")] = None
    pixels: Annotated[int, Field(description="How many buckets at most.", ge=1, le=4000)] = 600


class ExportQuery(Asked):
    """Which part of the past."""

    start: Annotated[AwareDatetime | None, Field(description="From when on; 24 h before the end if left out.")] = None
    end: Annotated[AwareDatetime | None, Field(description="Until when; now if left out.")] = None


class AlarmsQuery(Asked):
    """Which alarms."""

    state: Annotated[
        Literal["open", "all"],
        Field(description="`open`: those that are not normal; `all`: the latest 1,000 of any state."),
    ] = "open"


class EventsQuery(Asked):
    """Which rows of the log."""

    after: Annotated[int, Field(description="Only rows with a sequence above this one.", ge=0, le=SEQ_LIMIT)] = 0
    limit: Annotated[int, Field(description="How many rows at most.", ge=1, le=1000)] = 200
    kind: Annotated[str, Field(description="Only rows of this kind, such as `alarm`.", max_length=40)] = ""


class QuarantineQuery(Asked):
    """Which refused lines."""

    destination: Annotated[str, Field(description="Only those of this outlet.", max_length=80)] = ""
    limit: Annotated[int, Field(description="How many at most.", ge=1, le=1000)] = 100


class PassagesQuery(Asked):
    """Which part of what happened at a door."""

    limit: Annotated[int, Field(description="How many at most.", ge=1, le=1000)] = 50
    before: Annotated[int, Field(description="Only those below this sequence.", ge=0, le=SEQ_LIMIT)] = SEQ_LIMIT


class StreamQuery(Asked):
    """What to watch."""

    view: Annotated[
        list[str],
        Field(
            description="`overview`, `building:ID` or `device:ID`, repeated for more.", min_length=1, max_length=VIEWS
        ),
    ]


class Answering(Asked):
    """What somebody says when taking or resetting an alarm."""

    note: Annotated[str, Field(description="What was seen or will be done.", max_length=500)] = ""


class CommandBody(Asked):
    """What a command needs."""

    arguments: Annotated[
        dict[str, bool | int | float | str | None], Field(description="Arguments by name, as the device lists them.")
    ] = {}
    reason: Why
    request: Annotated[
        str, Field(description="Your own name for this wish: the same again is refused, not done again.", max_length=80)
    ] = ""


class SerialBody(Asked):
    """A replaced controller."""

    serial: Annotated[str, Field(description="The new one's serial number.", min_length=1, max_length=40)]
    reason: Why


class SignBody(Asked):
    """What an installer says when signing."""

    note: Annotated[str, Field(description="Why a check is missing.", max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    house: House
    actors: Actors
    power: RoomPower
    request: Request

    @property
    def actor(self) -> Actor:
        """Who asks. Only routes whose right names roles have one."""
        actor: Actor = self.request.scope["actor"]
        return actor

    @property
    def scope(self) -> Scope:
        """The grids that the actor may see; empty: all."""
        return self.actor.grids


async def _ask(request: Request) -> Ask:
    state = request.app.state
    return Ask(state.house, state.actors, state.power, request)


Asking = Annotated[Ask, Depends(_ask)]
"""The parameter by which an endpoint gets its `Ask`."""


def answer(body: Json, status: int = 200) -> Response:
    """A body as JSON; nothing here may be kept by a cache."""
    return Response(
        to_json(body, inf_nan_mode="null"), status, {"Cache-Control": "no-store"}, media_type="application/json"
    )


def utc_of(moment: datetime | None, otherwise: float) -> float:
    """A moment in seconds since 1970."""
    return otherwise if moment is None else moment.timestamp()
