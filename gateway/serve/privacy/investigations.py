"""Assistance to an investigation 协助调查: asked by one person, confirmed by another, taken as a signed archive, released."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from starlette.responses import Response

from gateway.auditing import Audited
from gateway.keep.assisting.archive import write_archive
from gateway.keep.assisting.slices import BY_PERMIT, events_at, log_of
from gateway.model import Refused
from gateway.privacy import (
    AskInvestigation,
    ConfirmInvestigation,
    InvestigationState,
    RefuseInvestigation,
    ReleaseInvestigation,
)
from gateway.serve.acts import refusal, walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.privacy import shapes as privacy_shapes
from gateway.serve.privacy.asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    EndBody,
    InvestigationBody,
    InvestigationId,
)
from gateway.serve.privacy.handing_out import handed_out
from gateway.serve.privacy.routes import desk_of
from gateway.serve.privacy.slice_file import Slice, about, alarms_of, files_of, incidents_of, photos_of
from gateway.serve.problems import Problem, invalid, not_recorded, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter

    from gateway.keep.assisting.slices import Passed, Told
    from gateway.permit import Permit
    from gateway.privacy import Investigation
    from gateway.serve.problems import FieldError
    from gateway.serve.views import Body

_FIELDS: Final = {
    "body_missing": "body.body",
    "document_missing": "body.document",
    "places_missing": "body.places",
    "places_wrong": "body.places",
    "reason_needed": "body.reason",
    "window_empty": "body.to_utc",
    "window_long": "body.to_utc",
    "window_future": "body.to_utc",
}
"""Where on the form the refusals of decide belong."""


async def investigations(ask: Asking) -> Response:
    """All that were ever asked for and lie in the actor's grids, newest first."""
    several = [each for each in desk_of(ask).investigations().values() if _sees(ask, each)]
    return answer({"investigations": [_body(ask, each) for each in reversed(several)]})


async def ask_investigation(ask: Asking, body: InvestigationBody) -> Response:
    """Enter what a body asks for; nothing can be taken out before a second person confirms it."""
    desk, before = desk_of(ask), set(desk_of(ask).investigations())
    act = AskInvestigation(
        ask.actor, body.body, body.document, tuple(body.places), body.from_utc, body.to_utc, body.reason
    )
    await _walk(ask, act)
    new = next(each for name, each in desk.investigations().items() if name not in before)
    return answer(_body(ask, new), 201)


async def confirm(ask: Asking, investigation: InvestigationId) -> Response:
    """The second person: from here on the archive may be taken, and its slice is kept from retention."""
    _known(ask, investigation)
    await walk(ask, ConfirmInvestigation(ask.actor, investigation))
    return answer(_body(ask, _known(ask, investigation)))


async def refuse(ask: Asking, investigation: InvestigationId, body: EndBody) -> Response:
    """Refuse it, or take back what one asked for."""
    _known(ask, investigation)
    await walk(ask, RefuseInvestigation(ask.actor, investigation, body.reason))
    return answer(_body(ask, _known(ask, investigation)))


async def release(ask: Asking, investigation: InvestigationId, body: EndBody) -> Response:
    """Let the slice go: retention has it again, and no archive can be made any more."""
    _known(ask, investigation)
    await walk(ask, ReleaseInvestigation(ask.actor, investigation, body.reason))
    return answer(_body(ask, _known(ask, investigation)))


async def archive(ask: Asking, investigation: InvestigationId) -> Response:
    """The slice as a zip with a signed manifest. Each time it is taken is a row of the audit."""
    known, desk = _known(ask, investigation), desk_of(ask)
    if known.state is not InvestigationState.CONFIRMED:
        raise Problem(409, "not_confirmed", f"investigation {known.id} is {known.state.value}")
    events = await asyncio.to_thread(events_at, desk.source, known.devices, known.from_utc, known.to_utc)
    named = [(passed, _permit(ask, passed)) for passed in events]
    alarms, incidents = await asyncio.to_thread(_rows, desk.source, known)
    photos = [(name, content) for sha in photos_of(incidents) for name, content in await _photo(ask, sha)]
    found = Slice(named, alarms, incidents, photos)
    counts = {"passages": len(named), "alarms": len(alarms), "incidents": len(incidents), "photos": len(photos)}
    await walk(ask, Audited(ask.actor, "export", f"investigation:{known.id}", known.reason, counts))
    told = about(known, ask.actor.name, ask.house.now().utc)

    def write(file: BinaryIO) -> None:
        write_archive(file, files_of(found), told, desk.signer)

    return await handed_out(desk.folder, write, f"investigation-{known.id}.zip")


async def _walk(ask: Ask, act: AskInvestigation) -> None:
    """Take a wish down the road; all that is wrong with it is said at once, each beside its field."""
    try:
        outcomes = await ask.house.road.act(act)
    except TimeoutError:
        raise not_recorded() from None
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    if wrong := [_beside(one) for one in refused if one.code in _FIELDS]:
        raise invalid(*wrong)
    if refused:
        raise refusal(refused[0])


def _beside(refused: Refused) -> FieldError:
    code = "missing" if refused.code == "reason_needed" else refused.code
    return {"path": _FIELDS[refused.code], "why": refused.why, "code": code}


def _rows(source: str, known: Investigation) -> tuple[list[Told], list[Told]]:
    window = known.from_utc, known.to_utc
    alarms = alarms_of(known, log_of(source, "alarm", *window))
    return alarms, incidents_of(known, log_of(source, "incident", *window), alarms)


def _permit(ask: Ask, passed: Passed) -> Permit | None:
    ref = passed.body.get("ref")
    if passed.kind not in BY_PERMIT or not isinstance(ref, int):
        return None
    return ask.house.keeper.permits.named(passed.device, ref, passed.measured_utc or passed.utc)


async def _photo(ask: Ask, sha256: str) -> Sequence[tuple[str, bytes]]:
    found = await ask.house.incidents.photos.get(sha256)
    return [(f"{sha256}.{found[0].rpartition('/')[2]}", found[1])] if found else []


def _known(ask: Ask, name: str) -> Investigation:
    known = desk_of(ask).investigations().get(name)
    if known is None or not _sees(ask, known):
        raise unknown("investigation", name)
    return known


def _sees(ask: Ask, known: Investigation) -> bool:
    grids = {ask.house.hub.views.layout.grid_of(device) for device in known.devices}
    return not ask.scope or grids - {""} <= ask.scope


def _body(ask: Ask, known: Investigation) -> Body:
    return {
        "id": known.id,
        "state": known.state.value,
        "body": known.body,
        "document": known.document,
        "places": known.places,
        "from_utc": known.from_utc,
        "to_utc": known.to_utc,
        "reason": known.reason,
        "asked_by": {"id": known.asked_by_id, "name": known.asked_by},
        "confirmed_by": {"id": known.confirmed_by_id, "name": known.confirmed_by} if known.confirmed_by else None,
        "asked_utc": known.asked_utc,
        "confirmed_utc": known.confirmed_utc or None,
        "ended_by": known.ended_by,
        "why_ended": known.why_ended,
        "held": known.held,
        "mine": known.asked_by_id == ask.actor.id,
    }


_ACT: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
    404: {},
    409: {},
    503: {},
}


def add_routes(router: APIRouter) -> None:
    """The routes of investigations."""
    path, shape = "/api/v1/investigations", privacy_shapes.Investigation
    router.add_api_route(path, investigations, response_model=privacy_shapes.Investigations, responses={503: {}})
    asked: dict[int | str, dict[str, Any]] = {404: {}, 503: {}}
    router.add_api_route(
        path, ask_investigation, methods=["POST"], status_code=201, response_model=shape, responses=asked
    )
    path = f"{path}/{{investigation}}"
    router.add_api_route(f"{path}/confirm", confirm, methods=["POST"], response_model=shape, responses=_ACT)
    router.add_api_route(f"{path}/refuse", refuse, methods=["POST"], response_model=shape, responses=_ACT)
    router.add_api_route(f"{path}/release", release, methods=["POST"], response_model=shape, responses=_ACT)
    router.add_api_route(f"{path}/archive", archive, response_class=Response, responses=_ZIP)
