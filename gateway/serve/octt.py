"""A small trigger by which an outside conformance suite drives the central system; there under a test flag, on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path
from fastapi import Body as InBody

from gateway.serve.asks import Asking, answer
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from starlette.responses import Response

Version = Annotated[str, Path(description="The version of OCPP, such as 1.6.", pattern=r"^[0-9.]{1,8}$")]
Station = Annotated[str, Path(description="The charge point's identity.", max_length=48)]
Action = Annotated[
    str, Path(description="What is asked of it, such as RemoteStartTransaction.", pattern="^[A-Za-z]{2,40}$")
]
Fields = Annotated[dict[str, Any], InBody(description="The fields of the call.")]


class StationError(Exception):
    """A charge point answered with a CALLERROR, or not at all: `code` is the specification's, or says which of both."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code


async def call_station(ask: Asking, version: Version, station: Station, action: Action, fields: Fields) -> Response:
    """Call a charge point; the answer is the fields of its own."""
    assert ask.house.octt is not None  # noqa: S101 - without it there is no such route
    try:
        said = await ask.house.octt(version, station, action, fields)
    except KeyError:
        raise Problem(404, "station_unknown", "no such charge point is connected under this version") from None
    except StationError as error:
        raise Problem(502, "call_error", str(error)[:300], details=[error.code]) from None
    return answer(dict(said))


def add_routes(router: APIRouter) -> None:
    """The route of the trigger. It is no part of the API that is described."""
    path = "/api/octt/{version}/{station}/{action}"
    router.add_api_route(path, call_station, methods=["POST"], include_in_schema=False)
