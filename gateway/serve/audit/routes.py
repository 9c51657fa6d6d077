"""The audit: who did what, the chain's head, its verification, and all of it as CSV. Nothing here changes a row."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from gateway.auditing import Audited
from gateway.keep.audit.reading import PAGE_LIMIT, Wanted
from gateway.keep.audit.sheet import COLUMNS, cells
from gateway.serve.acts import walk
from gateway.serve.asks import SEQ_LIMIT, Ask, Asked, Asking, answer
from gateway.serve.audit import shapes as audit_shapes
from gateway.serve.masking import body_told
from gateway.serve.problems import Problem, invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.responses import Response

    from gateway.keep.audit.reading import AuditRow
    from gateway.serve.audit.desk import AuditDesk
    from gateway.serve.views import Body

_LATEST = 253_402_300_799.0
"""The last second of the year 9999."""

_Moment = Annotated[float, Field(ge=0, le=_LATEST)]


class ExportQuery(Asked):
    """Which stretch of time."""

    from_utc: Annotated[_Moment, Field(description="Only rows from this moment on (seconds since 1970).")] = 0.0
    to_utc: Annotated[_Moment, Field(description="Only rows before this moment; 0: all.")] = 0.0


class AuditQuery(ExportQuery):
    """Which rows."""

    before: Annotated[int, Field(description="Only rows with a sequence below this one.", ge=0, le=SEQ_LIMIT)] = (
        SEQ_LIMIT
    )
    limit: Annotated[int, Field(description="How many rows at most.", ge=1, le=PAGE_LIMIT)] = 100
    who: Annotated[str, Field(description="Only what this user did, by id or name.", max_length=80)] = ""
    what: Annotated[str, Field(description="Only this, such as `export` or `user`.", max_length=80)] = ""
    subject: Annotated[str, Field(description="Only what was done to this.", max_length=200)] = ""

    def wanted(self) -> Wanted:
        """As the journal is asked."""
        return Wanted(self.who, self.what, self.subject, self.from_utc, self.to_utc)


def _desk(ask: Ask) -> AuditDesk:
    if ask.house.audit is None:
        raise Problem(503, "not_recorded", "there is no journal that could be read")
    if ask.scope:  # rows are about the whole house: no grid has an audit of its own
        raise Problem(403, "scope_of_grids", "the audit is for those who are bound to no grid")
    return ask.house.audit


def _checked(query: ExportQuery) -> None:
    if query.to_utc and query.to_utc <= query.from_utc:
        raise invalid({"path": "query.to_utc", "why": "must lie after from_utc", "code": "wrong"})


async def rows(ask: Asking, query: Annotated[AuditQuery, Query()]) -> Response:
    """Rows of the audit, newest first; `before` is where to go on, null at the end. A page may hold fewer than `limit`."""
    _checked(query)
    found, before = await _desk(ask).rows(query.wanted(), query.before, query.limit)
    return answer({"rows": [_told(ask, row) for row in found], "before": before})


async def head(ask: Asking) -> Response:
    """The chain's newest head: written down off the box, it proves later that nothing before it was changed."""
    found = await _desk(ask).head()
    checkpoint = None if found.checkpoint is None else {"seq": found.checkpoint[0], "utc": found.checkpoint[1]}
    return answer({**found._asdict(), "checkpoint": checkpoint})


async def verify(ask: Asking) -> Response:
    """Verify the whole chain now. It takes about 20 s for a million rows; `works` says how far it is."""
    verdict = await _desk(ask).verify(ask.actor.id)
    broken = [{"seq": each.seq, "why": each.why} for each in verdict.broken]
    result = "ok" if verdict.ok else "broken"
    await walk(
        ask, Audited(ask.actor, "verify", "audit", body={"rows": verdict.rows, "head": verdict.head, "result": result})
    )
    return answer(
        {
            "ok": verdict.ok,
            "rows": verdict.rows,
            "from_seq": verdict.from_seq,
            "to_seq": verdict.to_seq,
            "head": verdict.head,
            "erased": verdict.erased,
            "pruned": verdict.pruned,
            "before": verdict.before,
            "lost": verdict.lost,
            "broken": broken,
            "more_broken": verdict.more_broken,
        }
    )


async def export(ask: Asking, query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
    """All rows of a stretch of time as CSV, oldest first, each with the chain's head at it."""
    _checked(query)
    desk = _desk(ask)
    stretch = {"from_utc": query.from_utc, "to_utc": query.to_utc}
    await walk(ask, Audited(ask.actor, "export", "audit", body=stretch))
    wanted = Wanted(from_utc=query.from_utc, to_utc=query.to_utc)
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="gridpost-audit.csv"'}
    return StreamingResponse(_csv(ask, desk, wanted), media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(ask: Ask, desk: AuditDesk, wanted: Wanted) -> AsyncIterator[bytes]:
    """With a byte order mark, by which spreadsheets see that it is UTF-8."""
    yield ("\ufeff" + ",".join(COLUMNS) + "\r\n").encode()
    async for page in desk.pages(wanted):
        text = io.StringIO()
        csv.writer(text).writerows(cells(row, body_told(dict(row.body), ask.actor.role)) for row in page)
        if piece := text.getvalue():
            yield piece.encode()


def _told(ask: Ask, row: AuditRow) -> Body:
    return {
        "seq": row.seq,
        "utc": row.utc,
        "trusted": row.trusted,
        "who": row.who._asdict(),
        "what": row.what,
        "subject": row.subject,
        "reason": row.reason,
        "result": row.result,
        "body": body_told(dict(row.body), ask.actor.role),
        "erased": row.erased,
    }


_PATH = "/api/v1/audit"
_BUSY: dict[int | str, dict[str, Any]] = {503: {}}
_SHEET: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of the audit."""
    router.add_api_route(_PATH, rows, response_model=audit_shapes.Rows, responses=_BUSY, name="audit")
    router.add_api_route(f"{_PATH}/head", head, response_model=audit_shapes.Head, responses=_BUSY, name="audit_head")
    router.add_api_route(
        f"{_PATH}/verify",
        verify,
        methods=["POST"],
        response_model=audit_shapes.Verdict,
        responses=_BUSY,
        name="audit_verify",
    )
    router.add_api_route(
        f"{_PATH}/export", export, response_class=StreamingResponse, responses=_SHEET, name="audit_export"
    )
