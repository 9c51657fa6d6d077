"""The county's platform says what becomes of an incident there; it has no account here, it signs (docs/county.md)."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from drivers.secret import SecretMissing
from gateway.actor import Actor, Role
from gateway.decide.incidents.calling_in import COUNTY
from gateway.deliver.county.signature import (
    COMPOUND_HEADER,
    MESSAGE_HEADER,
    SIGNATURE_HEADER,
    STATUS,
    TIMESTAMP_HEADER,
    is_signed,
    is_timely,
)
from gateway.incident import CountySays, RefuseCounty
from gateway.serve import incident_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.incident_asks import StatusBody
from gateway.serve.problems import Problem, invalid

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.serve.incident_desk import CountyDoor

_MESSAGE = re.compile(r"[\x21-\x7e]{1,120}")
"""A message's id: printable, without spaces."""

_WHY = {
    "signature": "this was not signed with the secret that we share",
    "expired": "this was signed more than five minutes ago, or ahead of our time",
}


async def county_status(ask: Asking) -> Response:
    """Say how an incident stands at the county's. Signed with the shared secret; each message counts once.

    The answer names the message that was taken; `message_used` says that it was taken before.
    """
    door = ask.house.incidents.county()
    if door is None:
        raise Problem(404, "county_unknown", "no platform is set up here")
    actor = Actor(f"{COUNTY}:{door.id}", COUNTY, Role.VIEWER, way=COUNTY)
    content = await ask.request.body()
    message = await _proved(ask, door, actor, content)
    try:
        said = StatusBody.model_validate_json(content)
    except ValidationError as wrong:
        errors = ({"path": ".".join(map(str, ("body", *each["loc"]))), "why": each["msg"]} for each in wrong.errors())
        raise invalid(*errors) from None
    await walk(ask, CountySays(actor, said.incident, said.state, said.note, message))
    return answer({"received": message})


async def _proved(ask: Ask, door: CountyDoor, actor: Actor, content: bytes) -> str:
    """The message's id, when it is the platform's and fresh. Raises Problem; what is not is slowed and audited."""
    headers = ask.request.headers
    message, timestamp = headers.get(MESSAGE_HEADER, ""), headers.get(TIMESTAMP_HEADER, "")
    try:
        secret = await asyncio.to_thread(door.secret.read)
    except SecretMissing:
        raise Problem(503, "county_secret", "the shared secret cannot be read here at present") from None
    named = _MESSAGE.fullmatch(message) is not None and headers.get(COMPOUND_HEADER) == door.id
    if not named or not is_signed(secret, STATUS, timestamp, message, content, headers.get(SIGNATURE_HEADER, "")):
        await _refuse(ask, actor, "signature")
    if not is_timely(timestamp, ask.house.now().utc):
        await _refuse(ask, actor, "expired")
    return message


async def _refuse(ask: Ask, actor: Actor, code: str) -> None:
    await walk(ask, RefuseCounty(actor, code, _WHY[code]))
    await ask.actors.slow()
    raise Problem(401, code, _WHY[code])


_BODY: dict[str, Any] = {"required": True, "content": {"application/json": {"schema": StatusBody.model_json_schema()}}}
"""Described by hand: the endpoint reads the bytes themselves, which are what is signed."""


def add_routes(router: APIRouter) -> None:
    """The route of the county's platform."""
    wrong: dict[int | str, dict[str, Any]] = {401: {}, 404: {}, 409: {}, 429: {}, 503: {}}
    router.add_api_route(
        "/api/v1/county/status",
        county_status,
        methods=["POST"],
        response_model=incident_shapes.StatusTaken,
        responses=wrong,
        openapi_extra={"requestBody": _BODY},
    )
