"""A small trigger by which an outside conformance suite drives the central system; there under a test flag, on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, runtime_checkable

from fastapi import APIRouter, Path
from fastapi import Body as InBody

from gateway.serve.asks import Asking, answer
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.responses import Response

    from drivers.contract import Json
    from gateway.serve.house import Octt

Version = Annotated[str, Path(description="The version of OCPP, such as 1.6.", pattern=r"^[0-9.]{1,8}$")]
Station = Annotated[str, Path(description="The charge point's identity.", max_length=48)]
Action = Annotated[
    str, Path(description="What is asked of it, such as RemoteStartTransaction.", pattern="^[A-Za-z]{2,40}$")
]
Fields = Annotated[dict[str, Any], InBody(description="The fields of the call.")]


VERSIONS: Final = frozenset({"1.6", "1.6j", "1.6J"})
"""How suites name the one version that is spoken."""

NO_ANSWER: Final = "NoAnswer"
"""The code of an answer that did not come."""


@runtime_checkable
class Central(Protocol):
    """A line of charge points that runs beside a conformance suite."""

    async def call(self, station: str, action: str, fields: Mapping[str, Json], /) -> Mapping[str, Json]:
        """Call a charge point. Raises LookupError for one that is not connected, `drivers.ocpp.calling.CallFailed` else."""


class StationError(Exception):
    """A charge point answered with a CALLERROR, whose code this has, or not at all (`NO_ANSWER`); the text is a sentence."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


def trigger(centrals: Callable[[], Iterable[Central]]) -> Octt:
    """What `House.octt` is under the test flag: calls whichever of these lines has the charge point."""
    from drivers.ocpp.calling import CallFailed, SaidNo  # the package of OCPP is loaded for a suite alone

    async def call(version: str, station: str, action: str, fields: Mapping[str, Json], /) -> Mapping[str, Json]:
        for central in centrals() if version in VERSIONS else ():
            try:
                return await central.call(station, action, fields)
            except LookupError:
                continue  # it is another line's
            except SaidNo as error:
                raise StationError(error.code, str(error)) from None
            except CallFailed as failed:
                raise StationError(NO_ANSWER, str(failed)) from None
        raise LookupError(station)

    return call


async def call_station(ask: Asking, version: Version, station: Station, action: Action, fields: Fields) -> Response:
    """Call a charge point; the answer is the fields of its own."""
    assert ask.house.octt is not None  # noqa: S101 - without it there is no such route
    try:
        said = await ask.house.octt(version, station, action, fields)
    except LookupError:
        raise Problem(404, "station_unknown", "no such charge point is connected under this version") from None
    except StationError as error:
        raise Problem(502, "call_error", str(error)[:300] or error.code, details=[error.code]) from None
    return answer(dict(said))


def add_routes(router: APIRouter) -> None:
    """The route of the trigger. It is no part of the API that is described."""
    path = "/api/octt/{version}/{station}/{action}"
    router.add_api_route(path, call_station, methods=["POST"], include_in_schema=False)
