"""Permits as a file: what the office keeps in a spreadsheet comes in, all or nothing, and what is known goes out."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.auditing import Audited
from gateway.keep.permit_csv import PermitFile, read_csv, write_csv
from gateway.model import Recorded, Refused
from gateway.permit import PutPermits
from gateway.serve import permit_shapes
from gateway.serve.acts import refusal, walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.permit_asks import ImportQuery  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.permit_bodies import sees_permit
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json

MARK = "\ufeff"
"""Without it in front, Excel takes UTF-8 for something else and shows no Chinese."""

_ROW = re.compile(r"row (\d+)")


async def import_permits(ask: Asking, query: Annotated[ImportQuery, Query()]) -> Response:
    """Take a file of permits, all or nothing; everything that is wrong with it is listed row by row.

    Its columns: person, name, building, entrance, flat, card, code, groups (parted by semicolons), schedule, from, until; or
    those of an export. Cards and codes are hashed at once. With `dry` nothing is changed.
    """
    keeper, body = ask.house.keeper, await ask.request.body()
    with ask.house.works.doing("import", "permits", ask.house.now().utc, by=ask.actor.id) as work:
        file = await asyncio.to_thread(read_csv, body, keeper.key, keeper.timezone)
        act = PutPermits(ask.actor, file.permits, query.reason, file.origins)
        if file.findings:
            raise _wrong(ask, file, act)
        counts = _weighed(ask, act) if query.dry or not file.permits else await _taken(ask, act)
        work.done = work.total = len(file.permits)
    return answer({"rows": len(file.permits), **counts})


async def export_permits(ask: Asking) -> Response:
    """Every valid permit that the actor may see, as a file that can be imported again; cards and codes as hashes."""
    keeper = ask.house.keeper
    seen = [permit for permit in keeper.permits.permits.values() if sees_permit(ask, permit)]
    text = await asyncio.to_thread(write_csv, seen, keeper.timezone)
    await walk(ask, Audited(ask.actor, "export", "permits", body={"permits": len(seen)}))
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="permits.csv"'}
    return Response(MARK + text, 200, headers, "text/csv")


async def _taken(ask: Ask, act: PutPermits) -> Mapping[str, Json]:
    outcomes = await walk(ask, act)
    said = next(outcome for outcome in outcomes if isinstance(outcome, Recorded) and outcome.kind == "permits")
    return {count: said.body[count] for count in ("new", "changed", "unchanged")}


def _weighed(ask: Ask, act: PutPermits) -> Mapping[str, Json]:
    found = ask.house.keeper.permits.weigh(act, ask.house.now())
    if isinstance(found, Refused):
        raise refusal(found)
    return {"new": found.new, "changed": found.changed, "unchanged": found.unchanged}


def _wrong(ask: Ask, file: PermitFile, act: PutPermits) -> Problem:
    """What is wrong with the file, and with the rows of it that could be read."""
    found = ask.house.keeper.permits.weigh(act, ask.house.now()) if file.permits else None
    details = [*file.findings, *(found.details if isinstance(found, Refused) else ())]
    details.sort(key=_row)
    return Problem(409, "permits_wrong", f"{len(details)} things are wrong; nothing was changed", details=details)


def _row(finding: str) -> int:
    found = _ROW.match(finding)
    return int(found[1]) if found else 0


_CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}


def add_routes(router: APIRouter) -> None:
    """The routes of files."""
    router.add_api_route(
        "/api/v1/permits/import",
        import_permits,
        methods=["POST"],
        response_model=permit_shapes.Imported,
        responses={409: {}, 503: {}},
        openapi_extra={"requestBody": {"required": True, "content": _CSV}},
    )
    path = "/api/v1/permits/export"
    answers: dict[int | str, dict[str, Any]] = {200: {"content": _CSV}}
    router.add_api_route(path, export_permits, response_class=Response, responses=answers)
