"""Labels to be printed, what a scanned one is for, and saying by it that one has arrived."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query
from pydantic import Field

from gateway.decide.incidents.staff import who
from gateway.incident import ArriveAtIncident, IncidentState
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asked, Asking, answer
from gateway.serve.label_book import LabelKind, picture
from gateway.serve.problems import unknown
from gateway.serve.right import ANSWERS
from gateway.serve.shape import Shape

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.decide.incidents.incident import Incident
    from gateway.serve.label_book import Label, LabelBook
    from gateway.serve.views import Body

PAGE = 240
"""Ten sheets of A4."""

LabelId = Annotated[str, Path(description="What the QR code holds.", max_length=40)]


class LabelsQuery(Asked):
    """Which labels."""

    kind: Annotated[LabelKind, Field(description="What they are for.")]
    building: Annotated[str, Field(description="Only of this building.", max_length=80)] = ""
    after: Annotated[
        str, Field(description="Only those after this id: the `next` of the answer before.", max_length=40)
    ] = ""


class LabelShape(Shape):
    """A label to be printed."""

    id: Annotated[str, Field(description="The opaque id: the same whenever it is printed.")]
    kind: Annotated[LabelKind, Field(description="What it is for.")]
    target: Annotated[str, Field(description="The device, or device and part: b3u1/door1.")]
    title: Annotated[str, Field(description="What people call it.")]
    place: Annotated[str, Field(description="Where it is.")]
    url: Annotated[str, Field(description="What the QR code holds.")]
    svg: Annotated[str, Field(description="The QR code.")]


class LabelsShape(Shape):
    """Labels, at most 240."""

    labels: Annotated[list[LabelShape], Field(description="In the order of the configuration.")]
    total: Annotated[int, Field(description="How many there are of that choice.")]
    next: Annotated[str | None, Field(description="Ask for those after this id; null: these were the last.")]


class ScannedShape(Shape):
    """What a scanned label is for."""

    kind: Annotated[LabelKind, Field(description="What it is for.")]
    target: Annotated[str, Field(description="The device, or device and part.")]
    title: Annotated[str, Field(description="What people call it.")]
    place: Annotated[str, Field(description="Where it is.")]
    page: Annotated[str, Field(description="Where the page shows it, such as #/doors/b3u1/door1.")]
    incidents: Annotated[list[int], Field(description="Incidents here that the one who asks is on his way to.")]


class ArrivedShape(Shape):
    """Where somebody arrived."""

    incidents: Annotated[
        list[int], Field(description="The incidents that know it now; none: he was on his way to none.")
    ]


async def labels(ask: Asking, query: Annotated[LabelsQuery, Query()]) -> Response:
    """Labels of one kind with their QR codes."""
    seen = list((await _book(ask)).seen(query.kind, query.building, ask.scope))
    ids = [label.id for label in seen]
    start = ids.index(query.after) + 1 if query.after in ids else 0
    chosen = list(islice(seen, start, start + PAGE))
    base = _base(ask)
    bodies = await asyncio.to_thread(lambda: [_body(ask, label, base) for label in chosen])  # a picture takes 3 ms
    following = chosen[-1].id if start + PAGE < len(seen) else None
    return answer({"labels": bodies, "total": len(seen), "next": following})


async def label(ask: Asking, label: LabelId) -> Response:
    """What a label is for; nothing for who may not see that."""
    known = await _known(ask, label)
    going = [incident.number for incident in _going_to(ask, known)]
    place = ask.house.hub.views.layout.in_words(known.place)
    said = {"kind": known.kind, "target": known.target, "title": known.title, "place": place}
    return answer({**said, "page": known.page, "incidents": going})


async def arrive_at_label(ask: Asking, label: LabelId) -> Response:
    """到了, by scanning a label: every incident here that one is on his way to knows it."""
    going = _going_to(ask, await _known(ask, label))
    for incident in going:
        await walk(ask, ArriveAtIncident(ask.actor, incident.number))
    return answer({"incidents": [incident.number for incident in going]})


async def _book(ask: Ask) -> LabelBook:
    book = ask.house.labels
    if book is None:
        raise unknown("page", "labels")
    if not book.is_current:
        await asyncio.to_thread(book.look_through)
    return book


async def _known(ask: Ask, name: str) -> Label:
    known = (await _book(ask)).find(name, ask.scope)
    if known is None:
        raise unknown("label", name)
    return known


def _going_to(ask: Ask, label: Label) -> list[Incident]:
    """The incidents at that device, or at that entrance, that the actor is on his way to."""
    desk = ask.house.incidents
    if ask.actor.role not in ANSWERS:
        return []
    me = who(ask.actor, desk.staff)
    mine = (each for each in desk.keeper.known.values() if each.person == me and each.going)
    return [each for each in mine if each.state is IncidentState.ASSIGNED and _is_here(ask, each, label)]


def _is_here(ask: Ask, incident: Incident, label: Label) -> bool:
    standing = ask.house.hub.views.standing
    for number, _ in incident.alarms:
        stood = standing.get(number)
        if stood is not None and stood.alarm.device == label.device:
            return True
    there, here = incident.place, label.place
    if not there.building or there.building != here.building:
        return False
    return not there.unit or not here.unit or there.unit == here.unit


def _body(ask: Ask, label: Label, base: str) -> Body:
    url = f"{base}/#/q/{label.id}"
    return {
        "id": label.id,
        "kind": label.kind,
        "target": label.target,
        "title": label.title,
        "place": ask.house.hub.views.layout.in_words(label.place),
        "url": url,
        "svg": picture(url),
    }


def _base(ask: Ask) -> str:
    """The address that phones know this page by: the public one, else the one by which it was asked for."""
    if ask.house.public_url:
        return ask.house.public_url.rstrip("/")
    seen = ask.request.headers.get("x-forwarded-proto", "")  # a TLS proxy stands in front of us
    return f"{'https' if seen == 'https' else ask.request.url.scheme}://{ask.request.headers['host']}"


def add_routes(router: APIRouter) -> None:
    """The routes of labels."""
    path = "/api/v1/labels"
    router.add_api_route(path, labels, response_model=LabelsShape)
    router.add_api_route(f"{path}/{{label}}", label, response_model=ScannedShape, responses={404: {}})
    router.add_api_route(
        f"{path}/{{label}}/arrive",
        arrive_at_label,
        methods=["POST"],
        response_model=ArrivedShape,
        responses={404: {}, 409: {}, 503: {}},
    )
