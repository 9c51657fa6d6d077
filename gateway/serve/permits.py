"""Permits one by one: listed, made, changed and revoked; and households, which move out as a whole."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from drivers.credential import card_hash, code_hash
from gateway.decide.doubt import surely_past
from gateway.decide.permits.rows import VISIT_DAYS
from gateway.keep.permit_csv import person_hash
from gateway.permit import Credential, EndEnrolment, Permit, PutPermits, RevokePermits, Standing
from gateway.serve import permit_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer, utc_of
from gateway.serve.permit_asks import (
    NewPermit,
    PermitBody,
    PermitId,
    PermitsQuery,
    PermitsSearch,
    RevokeBody,
    VisitorBody,
)
from gateway.serve.permit_bodies import permit_body, sees_permit
from gateway.serve.problems import Problem, invalid, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.responses import Response

    from gateway.permit import RevokeHousehold
    from gateway.serve.views import Body

CODE_DIGITS = 6
CARD_LIMIT = 2**64
"""A card's number has at most 64 bits."""


async def permits(ask: Asking, query: Annotated[PermitsQuery, Query()]) -> Response:
    """Permits by id: those that count, unless others are asked for."""
    return _page(ask, query, "")


async def search(ask: Asking, body: PermitsSearch) -> Response:
    """Permits by id in which some words stand: a name, a flat, a note."""
    return _page(ask, body, body.q.strip())


def _page(ask: Ask, query: PermitsQuery, words: str) -> Response:
    book = ask.house.keeper.permits
    among: Iterable[Permit] = book.ending(ask.house.now()) if query.ending else book.permits.values()
    found = sorted(
        (permit for permit in among if _fits(permit, query, words) and sees_permit(ask, permit)),
        key=lambda permit: permit.id,
    )
    page = [permit for permit in found if permit.id > query.after][: query.limit]
    more = bool(page) and page[-1] is not found[-1]
    return answer(
        {
            "permits": [permit_body(permit) for permit in page],
            "total": len(found),
            "next": page[-1].id if more else None,
        }
    )


async def new_permit(ask: Asking, body: NewPermit) -> Response:
    """Permit a card, a code, or the card that was just shown at an enrolment."""
    _check_times(ask, body)
    kind, credential = _credential(ask, body)
    permit = await _put(ask, _written(body, Permit("", _person(ask, body), "", "", credential, kind, ())), body.reason)
    if body.enrolled and ask.house.keeper.permits.enrolment is not None:
        await walk(ask, EndEnrolment(ask.actor))
    return answer({"permit": permit_body(permit)}, 201)


async def permit_visitor(ask: Asking, body: VisitorBody) -> Response:
    """Permit a visitor, who gets a code that is told this once."""
    _check_times(ask, body)
    key, held = ask.house.keeper.key, _credentials(ask)
    while code_hash(key, code := f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}") in held:
        pass
    permit = Permit(
        "",
        _person(ask, body),
        body.name.strip(),
        body.household,
        code_hash(key, code),
        Credential.CODE,
        tuple(body.groups),
        body.schedule,
        utc_of(body.valid_from, 0.0),
        utc_of(body.valid_until, 0.0),
        visitor=True,
    )
    return answer({"permit": permit_body(await _put(ask, permit, body.reason)), "code": code}, 201)


async def change_permit(ask: Asking, permit: PermitId, body: PermitBody) -> Response:
    """Change what is written of a permit; its card or code stays."""
    known = _known(ask, permit)
    _check_times(ask, body)
    return answer({"permit": permit_body(await _put(ask, _written(body, known), body.reason))})


async def revoke_permit(ask: Asking, permit: PermitId, body: RevokeBody) -> Response:
    """End a permit at once; a lost card is blocked, so that it is reported when somebody shows it."""
    known = _known(ask, permit)
    return answer(await revoked(ask, RevokePermits(ask.actor, (known.id,), body.reason, block=body.block)))


def _check_times(ask: Ask, body: PermitBody | VisitorBody) -> None:
    """Say beside its field what decide would refuse as a whole."""
    until, now = utc_of(body.valid_until, 0.0), ask.house.now()
    path = "body.valid_until"
    if not until:
        return
    if until <= utc_of(body.valid_from, 0.0):
        raise invalid({"path": path, "why": "it ends before it begins", "code": "not_after"})
    if surely_past(until, now):
        raise invalid({"path": path, "why": "it has ended already", "code": "datetime_future"})
    if isinstance(body, VisitorBody) and until > now.utc + VISIT_DAYS * 86_400:
        why = f"a visitor's permit ends within {VISIT_DAYS} days"
        raise invalid({"path": path, "why": why, "code": "visit_long", "limit": VISIT_DAYS})


def _fits(permit: Permit, query: PermitsQuery, words: str) -> bool:
    wanted = words.casefold()
    return (
        query.standing in {"all", permit.standing.value}
        and (not query.household or permit.household == query.household)
        and (not wanted or any(wanted in text.casefold() for text in (permit.name, permit.household, permit.note)))
    )


def _known(ask: Ask, name: str) -> Permit:
    permit = ask.house.keeper.permits.permits.get(name)
    if permit is None or not sees_permit(ask, permit):
        raise unknown("permit", name)
    return permit


def _written(body: PermitBody, permit: Permit) -> Permit:
    start, end = utc_of(body.valid_from, 0.0), utc_of(body.valid_until, 0.0)
    return replace(
        permit,
        name=body.name.strip(),
        household=body.household,
        groups=tuple(body.groups),
        schedule=body.schedule,
        from_utc=start,
        until_utc=end,
        note=body.note,
    )


def _credential(ask: Ask, body: NewPermit) -> tuple[Credential, str]:
    """What is shown at the door, as a hash. What was sent is not repeated in what is wrong with it."""
    if sum(map(bool, (body.card, body.code, body.enrolled))) != 1:
        raise Problem(409, "one_credential", "a permit has one of card, code and enrolled")
    key = ask.house.keeper.key
    if body.code:
        return Credential.CODE, code_hash(key, body.code)
    if body.card:
        if not 0 < int(body.card) < CARD_LIMIT:
            raise Problem(409, "card_wrong", "a card's number is above 0 and has at most 64 bits")
        return Credential.CARD, card_hash(key, int(body.card))
    enrolment = ask.house.keeper.permits.enrolment
    if enrolment is None or enrolment.card is None or not ask.house.hub.views.sees_device(ask.scope, enrolment.device):
        raise Problem(409, "no_card", "no card was shown: begin the enrolment again")
    return Credential.CARD, enrolment.card


def _person(ask: Ask, body: NewPermit | VisitorBody) -> str:
    """Who is meant, by household and name: as in a file that gives nothing better."""
    return person_hash(ask.house.keeper.key, f"{body.household}/{body.name.strip()}")


def _credentials(ask: Ask) -> set[str]:
    return {permit.credential for permit in ask.house.keeper.permits.permits.values()}


async def _put(ask: Ask, permit: Permit, reason: str) -> Permit:
    """Take a permit down the road; returns it as it is kept."""
    await walk(ask, PutPermits(ask.actor, (permit,), reason))
    kept = ask.house.keeper.permits.permits
    if permit.id:
        return kept[permit.id]
    same = [found for found in kept.values() if found.credential == permit.credential]
    return next(found for found in same if found.standing is Standing.VALID)


async def revoked(ask: Ask, act: RevokePermits | RevokeHousehold) -> Body:
    """Take a revocation down the road; returns how much it ended and the task by which it is followed up."""
    book = ask.house.keeper.permits
    valid, tasks = _valid(ask), set(book.tasks)
    await walk(ask, act)
    ended = valid - _valid(ask)
    return {"permits": len(ended), "task": next((task for task in book.tasks if task not in tasks), None)}


def _valid(ask: Ask) -> set[str]:
    return {name for name, permit in ask.house.keeper.permits.permits.items() if permit.standing is Standing.VALID}


_PERMITS = "/api/v1/permits"
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
_PUT: dict[int | str, dict[str, Any]] = {404: {}, **_ACT}


def add_routes(router: APIRouter) -> None:
    """The routes of permits one by one."""
    router.add_api_route(_PERMITS, permits, response_model=permit_shapes.Permits)
    router.add_api_route(
        _PERMITS,
        new_permit,
        methods=["POST"],
        status_code=201,
        response_model=permit_shapes.OnePermit,
        responses=_PUT,
    )
    path, found = f"{_PERMITS}/search", permit_shapes.Permits
    router.add_api_route(path, search, methods=["POST"], response_model=found)
    path = f"{_PERMITS}/visitor"
    router.add_api_route(
        path,
        permit_visitor,
        methods=["POST"],
        status_code=201,
        response_model=permit_shapes.VisitorPermit,
        responses=_PUT,
    )
    path = f"{_PERMITS}/{{permit}}/change"
    router.add_api_route(path, change_permit, methods=["POST"], response_model=permit_shapes.OnePermit, responses=_ACT)
    path = f"{_PERMITS}/{{permit}}/revoke"
    router.add_api_route(path, revoke_permit, methods=["POST"], response_model=permit_shapes.Revoked, responses=_ACT)
