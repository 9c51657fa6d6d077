"""Tags: who may charge. They come in one by one or as a file, are hashed at this border, and are told to nobody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query

from drivers.credential import tag_hash
from gateway.charging import DropTags, PutTags, Tag
from gateway.keep.tag_csv import read_tags
from gateway.serve import tag_shapes
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, Asking, answer, utc_of
from gateway.serve.charging_asks import (  # noqa: TC001 - FastAPI reads annotations at run time
    DropTagBody,
    TagBody,
    TagHash,
    TagsBody,
    TagsImportQuery,
    TagsQuery,
)
from gateway.serve.instants import moment
from gateway.serve.problems import Problem, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.responses import Response

    from gateway.serve.views import Body

WRONG = "tags_wrong"


async def tags(ask: Asking, query: Annotated[TagsQuery, Query()]) -> Response:
    """Tags by their hashes, a page at a time; what stands on one is not known here."""
    words = query.q.casefold()
    found = [
        tag
        for tag in _known(ask).values()
        if query.blocked in (None, tag.blocked)
        and any(words in text.casefold() for text in (tag.label, tag.note, tag.tag))
    ]
    following = sorted((tag for tag in found if tag.tag > query.after), key=lambda tag: tag.tag)
    page = following[: query.limit]
    more = page[-1].tag if len(page) < len(following) else None
    return answer({"tags": [_body(tag) for tag in page], "total": len(found), "next": more})


async def put_tags(ask: Asking, body: TagsBody) -> Response:
    """Take new and changed tags, all or none. Each is given in clear, or by the hash of one that is known already."""
    return await _put(ask, [_tag(ask, one) for one in body.tags], body.reason, dry=False)


async def import_tags(ask: Asking, query: Annotated[TagsImportQuery, Query()]) -> Response:
    """Take a file of tags, all or none; everything that is wrong with it is listed row by row. Tags of other files stay.

    Its columns: tag, label, until, blocked, note. Tags are hashed at once. With `dry` nothing is changed.
    """
    keeper, data = ask.house.keeper, await ask.request.body()
    file = await asyncio.to_thread(read_tags, data, keeper.key, keeper.timezone)
    if file.findings:
        details = f"{len(file.findings)} things are wrong; nothing was changed"
        raise Problem(409, WRONG, details, details=file.findings)
    return await _put(ask, file.tags, query.reason, dry=query.dry)


async def drop_tag(ask: Asking, hash: TagHash, body: DropTagBody) -> Response:  # noqa: A002 - the name in the path
    """Forget a tag: it may charge no more."""
    if hash not in _known(ask):
        raise unknown("tag", hash)
    await walk(ask, DropTags(ask.actor, (hash,), body.reason))
    return answer({"hash": hash})


def _known(ask: Ask) -> Mapping[str, Tag]:
    return ask.house.hub.views.chargers.tags


def _tag(ask: Ask, body: TagBody) -> Tag:
    """A tag as it is kept. Raises Problem for one that is given in no way or in both, and for a strange hash."""
    if bool(body.tag) is bool(body.hash):
        raise Problem(409, "which_tag", "a tag is given in clear or by its hash")
    if body.hash and body.hash not in _known(ask):
        raise unknown("tag", body.hash)
    hashed = body.hash or tag_hash(ask.house.keeper.key, body.tag)
    return Tag(hashed, body.label, utc_of(body.until, 0.0), blocked=body.blocked, note=body.note)


async def _put(ask: Ask, given: Sequence[Tag], reason: str, *, dry: bool) -> Response:
    known = _known(ask)
    if len({tag.tag for tag in given}) < len(given):
        raise Problem(409, WRONG, "a tag is given twice; nothing was changed")
    new = sum(tag.tag not in known for tag in given)
    fresh = tuple(tag for tag in given if known.get(tag.tag) != tag)
    if fresh and not dry:
        await walk(ask, PutTags(ask.actor, fresh, reason))
    counts = {"new": new, "changed": len(fresh) - new, "unchanged": len(given) - len(fresh)}
    return answer({"rows": len(given), **counts})


def _body(tag: Tag) -> Body:
    return {
        "hash": tag.tag,
        "label": tag.label,
        "until": moment(tag.until_utc),
        "blocked": tag.blocked,
        "note": tag.note,
    }


_TAGS = "/api/v1/charging/tags"
_CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of tags."""
    put = tag_shapes.TagsPut
    router.add_api_route(_TAGS, tags, response_model=tag_shapes.Tags)
    router.add_api_route(_TAGS, put_tags, methods=["POST"], response_model=put, responses={404: {}, **_ACT})
    router.add_api_route(
        f"{_TAGS}/import",
        import_tags,
        methods=["POST"],
        response_model=put,
        responses=_ACT,
        openapi_extra={"requestBody": {"required": True, "content": _CSV}},
    )
    path, shape = f"{_TAGS}/{{hash}}", tag_shapes.DroppedTag
    router.add_api_route(path, drop_tag, methods=["DELETE"], response_model=shape, responses=_ACT)
