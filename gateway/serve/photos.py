"""Photos of incidents: uploaded before they are named, kept without what a telephone writes into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from gateway.keep.photo_content import KINDS, NoPhoto
from gateway.keep.photos import NoRoom
from gateway.serve import incident_shapes
from gateway.serve.asks import Asking, answer
from gateway.serve.incident_asks import IncidentNumber, PhotoName  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.incidents import incident_of_any_age
from gateway.serve.problems import Problem, unknown

if TYPE_CHECKING:
    from fastapi import APIRouter


async def put_photo(ask: Asking) -> Response:
    """Upload a photo (JPEG, PNG or WebP, 5 MB at most); the answer is the name by which an incident then names it.

    What it is, is told by its content. Place, time, telephone and all else beside the picture are taken out of it.
    """
    try:
        name = await ask.house.incidents.photos.put(await ask.request.body())
    except NoPhoto as wrong:
        raise Problem(409, "photo_wrong", str(wrong)) from None
    except (NoRoom, OSError):
        raise Problem(503, "no_room", "the disk takes no photos at present") from None
    return answer({"sha256": name}, 201)


async def get_photo(ask: Asking, number: IncidentNumber, photo: PhotoName) -> Response:
    """A photo of an incident."""
    incident = await incident_of_any_age(ask, number)
    found = await ask.house.incidents.photos.get(photo) if photo in incident.photos else None
    if found is None:
        raise unknown("photo", photo)
    media, content = found
    return Response(content, 200, {"Cache-Control": "no-store"}, media)


_IMAGE: dict[str, Any] = {media: {"schema": {"type": "string", "format": "binary"}} for media in KINDS.values()}


def add_routes(router: APIRouter) -> None:
    """The routes of photos."""
    wrong: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}
    router.add_api_route(
        "/api/v1/incidents/photos",
        put_photo,
        methods=["POST"],
        status_code=201,
        response_model=incident_shapes.PhotoTaken,
        responses=wrong,
        openapi_extra={"requestBody": {"required": True, "content": _IMAGE}},
    )
    seen: dict[int | str, dict[str, Any]] = {200: {"content": _IMAGE}, 404: {}}
    path = "/api/v1/incidents/{number}/photos/{photo}"
    router.add_api_route(path, get_photo, response_class=Response, responses=seen)
