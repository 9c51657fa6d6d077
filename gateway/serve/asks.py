"""What is asked: the shapes of queries and bodies, and one request with what an endpoint needs to answer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import to_json
from starlette.responses import Response

from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request

    from drivers.contract import Json
    from gateway.model import Actor
    from gateway.serve.actors import Actors
    from gateway.serve.house import House
    from gateway.serve.views import Scope

Shape = TypeVar("Shape", bound=BaseModel)

BODY_LIMIT_BYTES = 64 * 1024
SEQ_LIMIT = 2**63 - 1
"""The largest integer that SQLite holds."""

_LONGEST_NUMBER = len(str(SEQ_LIMIT))
_PATH_SHOWN = 120


class Asked(BaseModel):
    """A query or body; what it does not name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class DevicesQuery(Asked):
    """Which devices."""

    building: Annotated[str, Field(description="Only of this building.", max_length=80)] = ""
    grid: Annotated[str, Field(description="Only of this grid.", max_length=80)] = ""


class HistoryQuery(Asked):
    """Which part of a point's past, and how finely."""

    start: Annotated[AwareDatetime | None, Field(description="From when on; 24 h before the end if left out.")] = None
    end: Annotated[AwareDatetime | None, Field(description="Until when; now if left out.")] = None
    pixels: Annotated[int, Field(description="How many buckets at most.", ge=1, le=4000)] = 600


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


class SignIn(Asked):
    """A one-time code."""

    code: Annotated[
        str, Field(description="The code of a one-time link; used once, within 10 minutes.", max_length=512)
    ]


class Answering(Asked):
    """What somebody says when taking or resetting an alarm."""

    note: Annotated[str, Field(description="What was seen or will be done.", max_length=500)] = ""


class CommandBody(Asked):
    """What a command needs."""

    arguments: Annotated[
        dict[str, bool | int | float | str | None], Field(description="Arguments by name, as the device lists them.")
    ] = {}
    reason: Annotated[str, Field(description="Why; it is journalled.", min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    house: House
    actors: Actors
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

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def number(self, name: str) -> int:
        """A part of the path that is a number; 0, which names nothing, for anything else."""
        text = self.part(name)
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else 0
        return number if number <= SEQ_LIMIT else 0

    def query(self, shape: type[Shape]) -> Shape:
        """The query. Raises Problem 422."""
        params = self.request.query_params
        twice = [{"path": f"query.{key}", "why": "given twice"} for key in params if len(params.getlist(key)) > 1]
        if twice:
            raise Problem(422, "invalid", "the request is not as it should be", errors=twice)
        try:
            return shape.model_validate(dict(params))
        except ValidationError as error:
            raise _invalid("query", error) from None

    async def body(self, shape: type[Shape]) -> Shape:
        """The body as JSON; an empty one counts as {}. Raises Problem 422, 413 or 415."""
        raw = bytearray()
        async for chunk in self.request.stream():
            raw += chunk
            if len(raw) > BODY_LIMIT_BYTES:
                raise Problem(413, "too_large", "the request's body is larger than 64 kB")
        if raw and self.request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Problem(415, "media_type", "the body must be application/json")
        try:
            return shape.model_validate_json(bytes(raw) or b"{}")
        except ValidationError as error:
            raise _invalid("body", error) from None


def answer(body: Json, status: int = 200) -> Response:
    """A body as JSON; nothing here may be kept by a cache."""
    return Response(
        to_json(body, inf_nan_mode="null"), status, {"Cache-Control": "no-store"}, media_type="application/json"
    )


def _invalid(where: str, error: ValidationError) -> Problem:
    """What is wrong where, without repeating what was sent: it may have been a secret."""
    errors = [
        {"path": ".".join((where, *map(str, each["loc"])))[:_PATH_SHOWN], "why": each["msg"]}
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Problem(422, "invalid", "the request is not as it should be", errors=errors)


def utc_of(moment: datetime | None, otherwise: float) -> float:
    """A moment in seconds since 1970."""
    return otherwise if moment is None else moment.timestamp()
