"""The staff: who they are, how they are reached, and when they are absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.duty import DropPerson, Person, PutAway, PutPerson, Reach
from gateway.keep.accounts.credentials import UserError
from gateway.serve import duty_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer, utc_of
from gateway.serve.duty_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    AwayBody,
    PersonBody,
    PersonId,
)
from gateway.serve.instants import iso
from gateway.serve.masking import Field, Sight, reach_told, sight
from gateway.serve.problems import Problem, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.serve.views import Body


async def people(ask: Asking) -> Response:
    """The staff and the departments; numbers and accounts in clear only for those who keep them."""
    staff, accounts = ask.house.duty.staff, await _accounts(ask)
    seen = [_body(ask, person, accounts) for _, person in sorted(staff.persons.items()) if _sees(ask, person.id)]
    departments = [
        {
            "id": each.id,
            "name": each.name,
            "kind": each.kind,
            "answer_minutes": each.answer_minutes,
            "reach": _ways(ask, each.reach),
        }
        for each in staff.departments.values()
    ]
    return answer({"people": seen, "departments": departments})


async def person(ask: Asking, person: PersonId) -> Response:
    """One of the staff."""
    return answer(_body(ask, _known(ask, person), await _accounts(ask)))


async def put_person(ask: Asking, person: PersonId, body: PersonBody) -> Response:
    """Enter somebody, or change who he is and how he is reached; his absences stay."""
    reach, account = tuple(Reach(way.channel, way.to.strip()) for way in body.reach), body.account.strip()
    if await ask.house.accounts.holder_of(person, account):
        raise _anothers(account)
    await walk(ask, PutPerson(ask.actor, Person(person, body.name.strip(), reach, account)))
    await _tie(ask, person, account)
    return answer(_body(ask, _known(ask, person), await _accounts(ask)))


async def drop_person(ask: Asking, person: PersonId) -> Response:
    """Take somebody out of the staff; refused while a roster, a team or a grid needs him."""
    body = _body(ask, _known(ask, person), await _accounts(ask))
    await walk(ask, DropPerson(ask.actor, person))
    await _tie(ask, person, "")
    return answer(body)


async def put_away(ask: Asking, person: PersonId, body: AwayBody) -> Response:
    """Somebody is absent for a while: his deputy is on duty for him, else the leader is told."""
    _known(ask, person)
    await walk(ask, PutAway(ask.actor, person, utc_of(body.from_, ask.house.now().utc), body.until.timestamp()))
    return answer(_body(ask, _known(ask, person), await _accounts(ask)))


async def end_away(ask: Asking, person: PersonId) -> Response:
    """Somebody is back; absences that are to come are given up too."""
    _known(ask, person)
    now = ask.house.now().utc
    await walk(ask, PutAway(ask.actor, person, now, now))
    return answer(_body(ask, _known(ask, person), await _accounts(ask)))


def _sees(ask: Ask, name: str) -> bool:
    """Who is bound to grids sees those who work there or above, and those who work nowhere yet."""
    staff = ask.house.duty.staff
    needed = staff.needed_by(name)
    return not ask.scope or not needed or any(not needed.isdisjoint(staff.upwards(grid)) for grid in ask.scope)


def _known(ask: Ask, name: str) -> Person:
    known = ask.house.duty.staff.persons.get(name)
    if known is None or not _sees(ask, name):
        raise unknown("person", name)
    return known


async def _accounts(ask: Ask) -> Mapping[str, str]:
    """The names of their accounts, for those who may see them."""
    return await ask.house.accounts.of_people() if sight(ask.actor.role, Field.REACH) is Sight.CLEAR else {}


async def _tie(ask: Ask, person: str, account: str) -> None:
    """From now on an account is his, by its id; whoever is signed in with it, or with the one before, is known anew."""
    try:
        await ask.house.accounts.tie(person, account, ask.actor.id)
    except UserError:
        raise _anothers(account) from None
    ask.actors.look_again()


def _anothers(account: str) -> Problem:
    why = f"the account {account!r} is another person's"
    return Problem(409, "person_wrong", why, details=(why,))


def _body(ask: Ask, known: Person, accounts: Mapping[str, str]) -> Body:
    clear = sight(ask.actor.role, Field.REACH) is Sight.CLEAR
    return {
        "id": known.id,
        "name": known.name,
        "account": accounts.get(known.id, known.account) if clear else "",
        "reach": _ways(ask, known.reach),
        "away": [{"from": iso(start), "until": iso(end)} for start, end in known.away],
        "grids": sorted(ask.house.duty.staff.needed_by(known.id)),
    }


def _ways(ask: Ask, reach: Iterable[Reach]) -> list[Body]:
    how = sight(ask.actor.role, Field.REACH)
    return [{"channel": way.channel, "to": reach_told(way.to, how)} for way in reach]


_ACT: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of the staff."""
    shape, path = duty_shapes.Person, "/api/v1/people/{person}"
    router.add_api_route("/api/v1/people", people, response_model=duty_shapes.People)
    router.add_api_route(path, person, response_model=shape, responses={404: {}})
    router.add_api_route(path, put_person, methods=["PUT"], response_model=shape, responses=_ACT)
    router.add_api_route(path, drop_person, methods=["DELETE"], response_model=shape, responses=_ACT)
    path = f"{path}/away"
    router.add_api_route(path, put_away, methods=["POST"], response_model=shape, responses=_ACT)
    router.add_api_route(path, end_away, methods=["DELETE"], response_model=shape, responses=_ACT)
