"""One person's data: found by name or household, handed out as a copy, and forgotten.

Nothing of it goes into a URL, a log line or a work's title; each look, copy and erasure is a row of the audit, by mark.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.auditing import Audited
from gateway.decide.privacy.privacy import ERASURE
from gateway.keep.assisting.slices import mentions_of, passages_of
from gateway.keep.erasing.ledger import mark_of, person_of
from gateway.keep.erasing.traces import Traces
from gateway.keep.journal import JournalBroken
from gateway.permit import RevokePermits, Standing
from gateway.privacy import ErasePerson
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.permit_bodies import sees_permit
from gateway.serve.privacy import shapes as privacy_shapes
from gateway.serve.privacy.asks import FindBody, PersonBody  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.privacy.handing_out import handed_out
from gateway.serve.privacy.person_file import AboutPerson, write_person
from gateway.serve.problems import Problem, invalid, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import APIRouter

    from gateway.decide.permits.slots import Turn
    from gateway.permit import Permit
    from gateway.serve.privacy.desk import PrivacyDesk

FOUND_AT_MOST = 50
"""More are no search for a person."""

REVOKED_BECAUSE = "erasure"
"""The reason of the revocation that comes first."""


def desk_of(ask: Ask) -> PrivacyDesk:
    """What stands behind these routes. Raises Problem in a house that was put together without it."""
    if ask.house.privacy is None:
        raise Problem(503, "not_recorded", "there is no journal that could be searched")
    return ask.house.privacy


async def find(ask: Asking, body: FindBody) -> Response:
    """Look for persons; the audit has that somebody looked, and how many were found."""
    name, household = body.name.strip().casefold(), body.household.strip()
    if not name and not household:
        raise invalid({"path": "body.name", "why": "a name or a household is needed", "code": "missing"})
    people: dict[str, list[Permit]] = {}
    for permit in ask.house.keeper.permits.permits.values():
        person = person_of(permit, ask.house.keeper.key)
        fits = name in permit.name.casefold() and household in {"", permit.household}
        if person and fits and sees_permit(ask, permit):
            people.setdefault(person, []).append(permit)
    await walk(ask, Audited(ask.actor, "look", "persons", body={"found": len(people)}))
    several = sorted(people.items(), key=lambda each: (each[1][0].household, each[1][0].name))[:FOUND_AT_MOST]
    return answer({"people": [await _found(ask, person, permits) for person, permits in several]})


async def export(ask: Asking, body: PersonBody) -> Response:
    """A copy of all that the house keeps of a person, as a zip with JSON and a page to read."""
    permits = _permits_of(ask, body.person)
    desk, now = desk_of(ask), ask.house.now()
    traces = Traces.of(permits)
    passages = await asyncio.to_thread(passages_of, desk.source, _turns(ask, permits))
    tags = [
        tag
        for tag in ask.house.hub.views.chargers.tags.values()
        if any(name in text for name in traces.names for text in (tag.label, tag.note))
    ]
    wider = Traces(traces.names, traces.hashes | {tag.tag for tag in tags})
    mentions = await asyncio.to_thread(mentions_of, desk.source, wider)
    compound = ask.house.hub.views.layout.compound.name
    about = AboutPerson(body.person, now.utc, compound, permits, passages, tags, mentions)
    counts = {"permits": len(permits), "passages": len(passages), "rows": len(mentions)}
    mark = mark_of(body.person, ask.house.keeper.key)
    await walk(ask, Audited(ask.actor, "export", f"person:{mark}", body.reason, counts))
    return await handed_out(desk.folder, lambda file: write_person(file, about), "person.zip")


async def erase(ask: Asking, body: PersonBody) -> Response:
    """Forget a person. It cannot be undone, not by a backup either."""
    permits = _permits_of(ask, body.person)
    desk, me = desk_of(ask), ask.actor.id
    traces, mark = Traces.of(permits), mark_of(body.person, ask.house.keeper.key)
    await _check_erasable(ask, desk, permits, traces, body.reason)
    valid = tuple(permit.id for permit in permits if permit.standing is Standing.VALID)
    if valid:
        await walk(ask, RevokePermits(ask.actor, valid, REVOKED_BECAUSE))
    try:
        await desk.forgetting.begin(mark, me)
        rows = await desk.forgetting.clean(traces, me)
        ids = tuple(permit.id for permit in permits)
        await walk(ask, ErasePerson(ask.actor, mark, ids, body.reason))
        cleaned = await desk.forgetting.complete(mark, traces, me, rows)
    except (OSError, JournalBroken) as wrong:
        why = f"the disk does not take it ({wrong}); what is missing is done at the next start"
        raise Problem(503, "not_recorded", why) from wrong
    told = {"permits": len(permits), "rows": cleaned.rows, "copies": len(cleaned.copies)}
    return answer({"erased": told, "complete": not cleaned.pages})


async def erasures(ask: Asking) -> Response:
    """The ledger: whom the house was told to forget, without a name."""
    rows, names = [], {user.id: user.name for user in await ask.house.accounts.users()}
    for each in reversed(await desk_of(ask).forgetting.erasures()):
        said = await ask.house.records.about(ERASURE, each.mark, 1)
        reason = said[0].body.get("reason", "") if said else ""
        by = {"by": each.by, "by_name": names.get(each.by, each.by)}
        rows.append({"person": each.mark, "utc": each.utc, **by, "reason": reason, "complete": each.complete})
    return answer({"erasures": rows})


async def _check_erasable(ask: Ask, desk: PrivacyDesk, permits: Sequence[Permit], traces: Traces, reason: str) -> None:
    """Refuse before anything is begun: what is begun is completed, at the next start if not now."""
    if not all(ask.house.keeper.permits.in_grid(ask.actor, permit) for permit in permits):
        raise Problem(403, "grid", "this is not in your grid")
    if any(name in reason for name in traces.names):
        raise invalid(
            {"path": "body.reason", "why": "the reason names the person who is to be forgotten", "code": "names_person"}
        )
    for passed in await asyncio.to_thread(passages_of, desk.source, _turns(ask, permits)):
        at = passed.utc if passed.measured_utc is None else passed.measured_utc
        for each in desk.investigations().values():
            if each.held and passed.device in each.devices and each.from_utc <= at < each.to_utc:
                raise Problem(
                    409,
                    "held_for_investigation",
                    f"investigation {each.id} holds passages of this person: release it first",
                )
    if still := await desk.forgetting.still_open(traces):
        why = "this person is named in what is still open: end that first"
        raise Problem(409, "still_named", why, details=[key.split(":", 1)[0] for key in still])


async def _found(ask: Ask, person: str, permits: Sequence[Permit]) -> dict[str, Any]:
    passages = await asyncio.to_thread(passages_of, desk_of(ask).source, _turns(ask, permits))
    first = permits[0]
    counts = {"permits": len(permits), "passages": len(passages)}
    return {"person": person, "name": first.name, "household": first.household, **counts}


def _permits_of(ask: Ask, person: str) -> list[Permit]:
    """All permits of a person. One whose permits the actor may not all see is not there for him."""
    known, key = ask.house.keeper.permits.permits.values(), ask.house.keeper.key
    permits = [permit for permit in known if person_of(permit, key) == person]
    if not permits or not all(sees_permit(ask, permit) for permit in permits):
        raise unknown("person", person)
    return permits


def _turns(ask: Ask, permits: Sequence[Permit]) -> list[tuple[str, Turn]]:
    return [turn for permit in permits for turn in ask.house.keeper.permits.turns(permit)]


_REFUSED: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
    404: {},
    503: {},
}


def add_routes(router: APIRouter) -> None:
    """The routes of one person's data."""
    path = "/api/v1/privacy"
    router.add_api_route(
        f"{path}/find", find, methods=["POST"], response_model=privacy_shapes.FoundPeople, responses={503: {}}
    )
    router.add_api_route(f"{path}/export", export, methods=["POST"], response_class=Response, responses=_ZIP)
    router.add_api_route(
        f"{path}/erase", erase, methods=["POST"], response_model=privacy_shapes.Erased, responses=_REFUSED
    )
    router.add_api_route(f"{path}/erasures", erasures, response_model=privacy_shapes.Erasures, responses={503: {}})
