"""The journal's log, the lines, and what was heard but is not enrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from drivers.contract import PERMITS, Link
from gateway.serve import shapes
from gateway.serve.asks import Ask, Asking, EventsQuery, answer
from gateway.serve.instants import iso
from gateway.serve.masking import body_told

if TYPE_CHECKING:
    from starlette.responses import Response

    from drivers.contract import Json
    from gateway.model import LogRow
    from gateway.serve.views import Body


SECRETS = frozenset({"card", "tag", "code"})
"""Fields of events and questions that hold the keyed hash of something that a person carries or knows."""


async def events(ask: Asking, query: Annotated[EventsQuery, Query()]) -> Response:
    """Rows of the journal's log, oldest first; `next` is where to go on."""
    rows = await ask.house.records.log(query.after, query.limit, query.kind)
    return answer(
        {
            "events": [
                {
                    "seq": row.seq,
                    "at": iso(row.utc),
                    "trusted": row.trusted,
                    "kind": row.kind,
                    "subject": row.subject,
                    "body": body_told(_told(row), ask.actor.role),
                }
                for row in rows
                if _sees(ask, row)
            ],
            "next": rows[-1].seq if rows else query.after,
        }
    )


async def lines(ask: Asking) -> Response:
    """All lines with their links and their drivers' numbers."""
    house = ask.house
    counts: dict[str, int] = {}
    for held in house.latest.devices.values():
        counts[held.line] = counts.get(held.line, 0) + 1
    found = []
    for line, reached in house.hub.views.layout.lines.items():
        held_line = house.latest.lines.get(line)
        found.append(
            {
                "id": line,
                "driver": reached.driver,
                "address": reached.address,
                "link": (held_line.link if held_line else Link.UNKNOWN).value,
                "why": held_line.why if held_line else "",
                "since": iso(held_line.since_utc) if held_line and held_line.since_utc else None,
                "devices": counts.get(line, 0),
                "statistics": dict(house.statistics(line)),
                "units": _units(ask, line),
            }
        )
    return answer({"lines": found})


def _units(ask: Ask, line: str) -> list[Body]:
    house, views = ask.house, ask.house.hub.views
    numbers = house.device_statistics(line)
    return [
        {
            "device": device,
            "name": views.layout.in_words(views.layout.devices[device].place) if device in views.layout.devices else "",
            "link": held.link.value,
            "why": held.why,
            "statistics": dict(numbers.get(device, {})),
        }
        for device in views.others_seen(ask.scope)
        if (held := house.latest.devices[device]).line == line
    ]


async def strangers(ask: Asking) -> Response:
    """What was heard since the gateway started and nobody enrolled, newest first."""
    return answer(
        {"strangers": ask.house.hub.strangers.newest_first(ask.house.detector_keeper.detectors.register.sensors)}
    )


def _sees(ask: Ask, row: LogRow) -> bool:
    """An actor bound to grids sees rows about devices and alarms of those grids, and nothing else."""
    if not ask.scope:
        return True
    if row.kind == "alarm":
        return row.body["alarm"]["place"]["grid"] in ask.scope
    return ask.house.hub.views.sees_device(ask.scope, row.subject)


def _told(row: LogRow) -> Json:
    """A row's body without what tells of a person: the hash of a card, tag or code, and the table of everybody's permits."""
    match row.kind, row.body:
        case "event", {"body": dict(body)} if not SECRETS.isdisjoint(body):
            return {**row.body, "body": _without_secrets(body)}
        case "answer", {"question": dict(question)} if not SECRETS.isdisjoint(question):
            return {**row.body, "question": _without_secrets(question)}
        case "want", {"name": str(name)} if name == PERMITS:
            return {"name": name}
        case _:
            return row.body


def _without_secrets(body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in SECRETS}


def add_routes(router: APIRouter) -> None:
    """The routes of the log, the lines and the strangers."""
    router.add_api_route("/api/v1/events", events, response_model=shapes.Events)
    router.add_api_route("/api/v1/lines", lines, response_model=shapes.Lines)
    router.add_api_route("/api/v1/strangers", strangers, response_model=shapes.Strangers)
