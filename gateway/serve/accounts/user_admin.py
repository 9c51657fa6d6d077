"""Users, as administrators look after them. Whoever is bound to grids sees those whose grids are all among his."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.duty import ForgetChats, Person, PutPerson
from gateway.keep.accounts.credentials import UserError
from gateway.model import Recorded
from gateway.serve.accounts import shapes as account_shapes
from gateway.serve.accounts.asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    LostPhoneBody,
    NewUser,
    UserChange,
    UserId,
)
from gateway.serve.accounts.invitations import invitation
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.problems import Problem, invalid, unknown

if TYPE_CHECKING:
    from collections.abc import Collection

    from fastapi import APIRouter

    from gateway.keep.accounts.users import User
    from gateway.serve.views import Body


async def users(ask: Asking) -> Response:
    """Who may come in, and with what."""
    several = await ask.house.accounts.users()
    return answer({"users": [_body(ask, user) for user in several if sees(ask, user)]})


async def new_user(ask: Asking, body: NewUser) -> Response:
    """Add a user. He comes in by the link, within three days, and chooses a password."""
    accounts, name = ask.house.accounts, body.name.strip()
    demand_grids(ask, body.grids)
    person = ask.house.duty.staff.persons.get(body.person)
    if body.person and person is None:
        raise _nobody()
    try:
        user = await accounts.create_user(name, body.role, body.grids, ask.actor.id, person=body.person)
    except UserError as wrong:
        if wrong.code == "person_taken":
            raise _nobody() from None
        raise invalid({"path": "body.name", "why": str(wrong), "code": wrong.code}) from None
    if person is not None:
        await _enter(ask, person, user, name)
    return answer({"id": user, **invitation(ask, await accounts.issue_code(user, "invite", ask.actor.id))}, 201)


async def change_user(ask: Asking, user: UserId, body: UserChange) -> Response:
    """Change what a user may, from now on, or close his account; never one's own."""
    await _another(ask, user)
    demand_grids(ask, body.grids)
    try:
        await ask.house.accounts.change_user(user, body.role, body.grids, ask.actor.id, closed=body.closed)
    except UserError as wrong:
        raise conflict(wrong) from None
    ask.actors.look_again()
    return answer(_body(ask, await _known(ask, user)))


async def drop_user(ask: Asking, user: UserId) -> Response:
    """Remove a user with all that lets him in; never oneself."""
    await _another(ask, user)
    try:
        await ask.house.accounts.drop_user(user, ask.actor.id)
    except UserError as wrong:
        raise conflict(wrong) from None
    ask.actors.look_again()
    return Response(status_code=204)


async def invite_user(ask: Asking, user: UserId) -> Response:
    """A new way in for a user; the one before is void. Whoever opens it chooses a new password: the old one ends with that."""
    await _another(ask, user)
    try:
        code = await ask.house.accounts.issue_code(user, "invite", ask.actor.id)
    except UserError as wrong:
        raise conflict(wrong) from None
    return answer(invitation(ask, code))


async def lost_phone(ask: Asking, user: UserId, body: LostPhoneBody) -> Response:
    """A phone was lost: sessions, access tokens and open links of its user end at once, then his ways over chat tools.

    In that order, so that what fails half-way has shut what opens doors; the same again does the rest.
    """
    known = await _known(ask, user)
    sessions, tokens = await ask.house.accounts.lose_phone(user, ask.actor.id, body.reason)
    ask.actors.look_again()
    chats = 0
    if person := _person_of(ask, known):
        for outcome in await walk(ask, ForgetChats(ask.actor, person, body.reason)):
            if isinstance(outcome, Recorded):
                chats = outcome.body["chats"]
    return answer({"sessions": sessions, "tokens": tokens, "chats": chats})


async def end_sessions(ask: Asking, user: UserId) -> Response:
    """Sign a user out everywhere."""
    await _known(ask, user)
    ended = await ask.house.accounts.end_all(user, ask.actor.id)
    ask.actors.look_again()
    return answer({"sessions": ended})


def sees(ask: Ask, user: User) -> bool:
    """Whether the actor may see a user or screen."""
    return not ask.scope or (bool(user.grids) and user.grids <= ask.scope)


def demand_grids(ask: Ask, grids: Collection[str]) -> None:
    """Raise Problem 422 for grids that there are not, 403 where somebody would get more than the actor has."""
    known = ask.house.hub.views.layout.grids
    for number, grid in enumerate(grids):
        if grid not in known or (ask.scope and grid not in ask.scope):
            why = "there is no such grid that you may see"
            raise invalid({"path": f"body.grids.{number}", "why": why, "code": "grid_unknown"})
    if ask.scope and not grids:
        raise Problem(403, "grid", "you are bound to grids yourself: name some of yours")


def conflict(wrong: UserError) -> Problem:
    """What cannot be changed as a problem: 404 for what is gone meanwhile, else 409."""
    return Problem(404 if wrong.code.endswith("_unknown") else 409, wrong.code, str(wrong))


async def _known(ask: Ask, name: str) -> User:
    for user in await ask.house.accounts.users():
        if user.id == name and sees(ask, user):
            return user
    raise unknown("user", name)


async def _another(ask: Ask, name: str) -> None:
    await _known(ask, name)
    if name == ask.actor.id:
        raise Problem(409, "own_account", "your own account is changed by another administrator")


async def _enter(ask: Ask, person: Person, user: str, name: str) -> None:
    """Let the register say that he has an account; where that cannot be, nothing was added."""
    try:
        await walk(ask, PutPerson(ask.actor, replace(person, account=name)))
    except Problem:
        await ask.house.accounts.drop_user(user, ask.actor.id)
        raise


def _nobody() -> Problem:
    why = "nobody of the staff without an account"
    return invalid({"path": "body.person", "why": why, "code": "person_unknown"})


def _person_of(ask: Ask, user: User) -> str:
    return user.person if user.person in ask.house.duty.staff.persons else ""


def _body(ask: Ask, user: User) -> Body:
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role.value,
        "grids": sorted(user.grids),
        "person": _person_of(ask, user),
        "closed": user.closed,
        "created_utc": user.created_utc,
        "password_set": user.password_set,
        "pin_set": user.pin_set,
        "sessions": user.sessions,
        "tokens": user.tokens,
    }


_PUT: dict[int | str, dict[str, Any]] = {404: {}, 409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of users."""
    path, shape = "/api/v1/users", account_shapes.Invitation
    router.add_api_route(path, users, response_model=account_shapes.Users)
    router.add_api_route(
        path, new_user, methods=["POST"], status_code=201, response_model=account_shapes.NewAccount, responses=_PUT
    )
    path = f"{path}/{{user}}"
    router.add_api_route(path, change_user, methods=["PUT"], response_model=account_shapes.User, responses=_PUT)
    router.add_api_route(path, drop_user, methods=["DELETE"], status_code=204, responses=_PUT)
    router.add_api_route(f"{path}/invite", invite_user, methods=["POST"], response_model=shape, responses=_PUT)
    router.add_api_route(
        f"{path}/lost-phone", lost_phone, methods=["POST"], response_model=account_shapes.LostPhone, responses=_PUT
    )
    router.add_api_route(
        f"{path}/sessions", end_sessions, methods=["DELETE"], response_model=account_shapes.Ended, responses=_PUT
    )
