"""Users, as administrators look after them. Whoever is bound to grids sees those whose grids are all among his."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.duty import ForgetChats, PutPerson
from gateway.keep.credentials import UserError
from gateway.model import Recorded
from gateway.serve import account_shapes
from gateway.serve.account_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    LostPhoneBody,
    NewUser,
    UserChange,
    UserId,
)
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.invitations import invitation
from gateway.serve.problems import Problem, invalid, unknown

if TYPE_CHECKING:
    from collections.abc import Collection

    from fastapi import APIRouter

    from gateway.duty import Person
    from gateway.keep.users import User
    from gateway.serve.views import Body


async def users(ask: Asking) -> Response:
    """Who may come in, and with what."""
    several = await ask.house.accounts.users()
    return answer({"users": [_body(ask, user) for user in several if sees(ask, user)]})


async def new_user(ask: Asking, body: NewUser) -> Response:
    """Add a user. He comes in by the link, within three days, and chooses a password."""
    demand_grids(ask, body.grids)
    person = _person_for(ask, body.person)
    try:
        user = await ask.house.accounts.create_user(body.name, body.role, body.grids, ask.actor.id)
    except UserError as wrong:
        raise invalid({"path": "body.name", "why": str(wrong), "code": wrong.code}) from None
    if person is not None:
        await walk(ask, PutPerson(ask.actor, _replaced(person, body.name.strip())))
    code = await ask.house.accounts.issue_code(user, "invite", ask.actor.id)
    return answer({"id": user, **invitation(ask, code)}, 201)


async def change_user(ask: Asking, user: UserId, body: UserChange) -> Response:
    """Change what a user may, from now on, or close his account; never one's own."""
    known = await _other(ask, user)
    demand_grids(ask, body.grids)
    try:
        await ask.house.accounts.change_user(known.id, body.role, body.grids, ask.actor.id, closed=body.closed)
    except UserError as wrong:
        raise conflict(wrong) from None
    ask.actors.look_again()
    return answer(_body(ask, await _known(ask, user)))
