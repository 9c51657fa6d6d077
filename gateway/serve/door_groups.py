"""Groups of doors: what permits are given for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from gateway.permit import DoorGroup, DropGroup, PutGroup, Standing
from gateway.serve import permit_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.permit_asks import GroupBody, GroupPath  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.serve.views import Body


async def door_groups(ask: Asking) -> Response:
    """The groups with a door that the actor may see."""
    book = ask.house.keeper.permits
    counts = Counter(
        group for permit in book.permits.values() if permit.standing is Standing.VALID for group in permit.groups
    )
    found = [_body(group, counts[name]) for name, group in sorted(book.groups.items()) if _sees(ask, group)]
    return answer({"groups": found})


async def put_group(ask: Asking, group: GroupPath, body: GroupBody) -> Response:
    """Make a group, or change it: permits that name it open its doors at once."""
    known = ask.house.keeper.permits.groups.get(group)
    if known is not None and not _sees(ask, known):
        raise unknown("group", group)
    for door in body.doors:
        if door not in ask.house.hub.views.layout.doors or not _sees_door(ask, door):
            raise unknown("door", door)
    await walk(ask, PutGroup(ask.actor, DoorGroup(group, body.name.strip(), tuple(body.doors))))
    return answer(_one(ask, group))


async def drop_group(ask: Asking, group: GroupPath) -> Response:
    """Let a group go that no permit names."""
    known = ask.house.keeper.permits.groups.get(group)
    if known is None or not _sees(ask, known):
        raise unknown("group", group)
    body = _one(ask, group)
    await walk(ask, DropGroup(ask.actor, group))
    return answer(body)


def _one(ask: Ask, name: str) -> Body:
    book = ask.house.keeper.permits
    count = sum(name in permit.groups for permit in book.permits.values() if permit.standing is Standing.VALID)
    return _body(book.groups[name], count)


def _body(group: DoorGroup, permits: int) -> Body:
    return {"id": group.id, "name": group.name, "doors": group.doors, "permits": permits}


def _sees(ask: Ask, group: DoorGroup) -> bool:
    return not ask.scope or any(_sees_door(ask, door) for door in group.doors)


def _sees_door(ask: Ask, door: str) -> bool:
    return ask.house.hub.views.sees_device(ask.scope, door.rpartition("/")[0])


def add_routes(router: APIRouter) -> None:
    """The routes of groups."""
    router.add_api_route("/api/v1/door-groups", door_groups, response_model=permit_shapes.DoorGroups)
    path, acted = "/api/v1/door-groups/{group}", _ACT
    router.add_api_route(path, put_group, methods=["PUT"], response_model=permit_shapes.DoorGroup, responses=acted)
    router.add_api_route(path, drop_group, methods=["DELETE"], response_model=permit_shapes.DoorGroup, responses=acted)


_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
