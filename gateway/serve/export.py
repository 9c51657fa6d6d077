"""The recorded past as a CSV file, written while it is read: neither a month nor the loop's patience is held."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.auditing import Audited
from gateway.keep.chunks import is_recorded
from gateway.keep.export import Stretch
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, DeviceId, ExportQuery, PointKey, utc_of
from gateway.serve.problems import Problem, invalid, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from starlette.types import Receive, Scope, Send

    from drivers.contract import Point
    from gateway.keep.export import Export
    from gateway.works import Work

DAY_SECONDS = 86_400
LONGEST_SECONDS = 400 * DAY_SECONDS

PATIENCE_SECONDS = 30.0
"""Who takes no piece for so long has left without a word."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class CsvStream(Response):
    """A CSV file that is sent as it is read. It ends, and the reading with it, when the client leaves or takes nothing."""

    media_type = "text/csv"
    status_code = 200
    background = None

    def __init__(self, export: Export, name: str, work: AbstractContextManager[Work]) -> None:
        # and nothing else of a Response: it has no body of a known length
        self.init_headers({"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'})
        self._export = export
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            with self._work as work:
                if scope.get("head") or await self._send_pieces(receive, send, work):
                    await send({"type": "http.response.body", "body": b""})
                else:
                    work.state = "failed"
        finally:
            self._export.close()

    async def _send_pieces(self, receive: Receive, send: Send, work: Work) -> bool:
        """Returns whether all were sent: without its end the server cuts the answer off, and nobody takes it for whole."""
        async with asyncio.TaskGroup() as tasks, aclosing(self._export.pieces()) as pieces:
            leaving = tasks.create_task(_until_left(receive), name="export reader")
            try:
                async for piece in pieces:
                    if leaving.done():
                        return False
                    if piece:
                        async with asyncio.timeout(PATIENCE_SECONDS):
                            await send({"type": "http.response.body", "body": piece, "more_body": True})
                        work.done += len(piece)
            except TimeoutError:
                return False
            finally:
                leaving.cancel()
        return True


async def point_export(
    ask: Asking, device: DeviceId, key: PointKey, query: Annotated[ExportQuery, Query()]
) -> CsvStream:
    """A point's past as CSV: `time,value,quality`, one row for each change.

    Times are ISO 8601 in UTC with milliseconds. A row holds from its time on; the first one is what was in force at the
    start. Quality is good, uncertain, bad (no value) or gap (nothing was heard from here on). Truth values are `true` and
    `false`.
    """
    points = _points(ask, device)
    if key not in points:
        raise unknown("point", key)
    if not is_recorded(points[key]):
        raise Problem(404, "not_recorded", "texts, and what tells of a person, have no recorded past")
    return await _stream(ask, query, device, {key: points[key]}, f"{device}-{key}", named=False)


async def device_export(ask: Asking, device: DeviceId, query: Annotated[ExportQuery, Query()]) -> CsvStream:
    """The past of all recorded points of a device as CSV: `time,point,value,unit,quality`, one row for each change.

    Rows are as those of one point; those of one moment stand in the order of the points' keys.
    """
    recorded = {key: point for key, point in _points(ask, device).items() if is_recorded(point)}
    return await _stream(ask, query, device, recorded, device, named=True)


def _points(ask: Ask, device: str) -> Mapping[str, Point]:
    if not ask.house.hub.views.sees_device(ask.scope, device):
        raise unknown("device", device)
    return {point.key: point for group in ask.house.latest.devices[device].groups for point in group.points}


async def _stream(
    ask: Ask, query: ExportQuery, device: str, points: Mapping[str, Point], name: str, *, named: bool
) -> CsvStream:
    now = ask.house.now().utc
    end = min(utc_of(query.end, now), now)
    start = utc_of(query.start, end - DAY_SECONDS)
    if not 0 <= start < end:
        raise invalid({"path": "query.start", "why": "must lie before the end and before now, and not before 1970"})
    if end - start > LONGEST_SECONDS:
        raise invalid({"path": "query.start", "why": "at most 400 days can be exported"})
    return await begin(ask, [Stretch(device, points, start, end, named=named)], name)


async def begin(ask: Ask, stretches: Sequence[Stretch], name: str) -> CsvStream:
    """Begin an export that is called `name`, and record who took it. Raises Problem while too many are under way."""
    export = ask.house.past.export(*stretches)
    if export is None:
        raise Problem(
            429,
            "exports_busy",
            "other exports are under way; try again when they are done",
            headers={"Retry-After": "5"},
        )
    start, end = stretches[0].start, stretches[0].end
    points = sum(len(stretch.points) for stretch in stretches)
    body = {"points": points, "from_utc": start, "to_utc": end}
    subject = ",".join(stretch.device for stretch in stretches)
    try:
        if not ask.request.scope.get("head"):  # which takes nothing out
            await walk(ask, Audited(ask.actor, "export", subject, body=body))
    except BaseException:
        export.close()
        raise
    since = datetime.fromtimestamp(start, UTC)
    work = ask.house.works.doing("export", name, ask.house.now().utc, by=ask.actor.id)
    return CsvStream(export, f"{_UNSAFE.sub('_', name)[:100]}-{since:%Y%m%dT%H%MZ}.csv", work)


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


_DEVICE = "/api/v1/devices/{device}"
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def add_routes(router: APIRouter) -> None:
    """The routes of the exports."""
    for path, endpoint in ((f"{_DEVICE}/export", device_export), (f"{_DEVICE}/points/{{key}}/export", point_export)):
        router.add_api_route(path, endpoint, status_code=200, response_class=CsvStream, responses=_CSV)
