"""How far permits have got: each controller's table, and revocations that wait for a controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Link
from gateway.serve import permit_shapes
from gateway.serve.asks import Ask, Asking, answer
from gateway.serve.door_list import REACHED, table_word
from gateway.serve.instants import iso, moment
from gateway.serve.permit_bodies import sees_household, sees_permit

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.decide.permits.states import Task
    from gateway.serve.views import Body


async def tables(ask: Asking) -> Response:
    """Every controller at which somebody was ever permitted, those that are behind first."""
    views, found = ask.house.hub.views, []
    for device, table in ask.house.keeper.permits.tables.items():
        if not table.wanted_version or not views.sees_device(ask.scope, device):
            continue
        held = views.latest.devices[device]
        found.append(
            {
                **_stands(ask, device),
                "state": table_word(table, reached=held.link in REACHED),
                "said": table.state,
                "wanted_version": table.wanted_version,
                "version": table.version,
                "users": table.wanted_users,
                "left": table.left,
                "total": table.total,
                "since": moment(table.since_utc),
            }
        )
    found.sort(key=lambda table: table["state"] == "current")
    return answer({"tables": found, "current": sum(table["state"] == "current" for table in found)})


async def tasks(ask: Asking) -> Response:
    """Revocations with what each controller knows of them: those that are open first, then the oldest."""
    seen = [task for task in ask.house.keeper.permits.tasks.values() if _sees(ask, task)]
    seen.sort(key=lambda task: (task.closed_utc is not None, task.at_utc))
    return answer({"tasks": [_task(ask, task) for task in seen]})


def _task(ask: Ask, task: Task) -> Body:
    return {
        "id": task.id,
        "household": task.household,
        "permits": task.permits,
        "at": iso(task.at_utc),
        "by": task.by,
        "reason": task.reason,
        "closed": moment(task.closed_utc),
        "done": len(task.done),
        "total": task.total,
        "controllers": [
            {**_stands(ask, device), "link": _link(ask, device).value, "done": done}
            for devices, done in ((task.open, False), (task.done, True))
            for device in devices
        ],
    }


def _sees(ask: Ask, task: Task) -> bool:
    """A household's task is seen with the household, another with one of its permits."""
    if task.household or not ask.scope:
        return sees_household(ask, task.household)
    known = ask.house.keeper.permits.permits
    return any(sees_permit(ask, known[permit]) for permit in task.permits if permit in known)


def _stands(ask: Ask, device: str) -> Body:
    layout = ask.house.hub.views.layout
    known = layout.devices.get(device)
    building = layout.buildings.get(known.place.building) if known else None
    return {
        "device": device,
        "name": known.place.name if known else "",
        "building": known.place.building if known else "",
        "building_name": building.name if building else "",
        "entrance": known.place.unit if known else "",
    }


def _link(ask: Ask, device: str) -> Link:
    held = ask.house.latest.devices.get(device)
    return held.link if held else Link.UNKNOWN


def add_routes(router: APIRouter) -> None:
    """The routes of progress."""
    router.add_api_route("/api/v1/permits/tables", tables, response_model=permit_shapes.Tables)
    router.add_api_route("/api/v1/permits/tasks", tasks, response_model=permit_shapes.Tasks)
