"""The shapes of answers about tags, and of messages that no line could take; see `shapes.py`. No tag is ever told in clear."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import Annotated

from pydantic import Field

from gateway.serve.shape import Shape


class Tag(Shape):
    """Something that a person shows at a charger."""

    hash: Annotated[str, Field(description="Its keyed hash, 16 hex digits: what stands on it is kept nowhere.")]
    label: Annotated[str, Field(description="What the property calls it.")]
    until: Annotated[datetime | None, Field(description="Until when it may charge; null: for good.")]
    blocked: Annotated[bool, Field(description="Whether it is refused.")]
    note: Annotated[str, Field(description="A note.")]


class Tags(Shape):
    """Tags that may charge, and those that are blocked."""

    tags: Annotated[list[Tag], Field(description="By label and hash.")]
    total: Annotated[int, Field(description="How many fit what was asked.")]
    next: Annotated[str | None, Field(description="Ask with `after` set to this for more; null: that was all.")]


class TagsPut(Shape):
    """What a list of tags came to, or would come to."""

    rows: Annotated[int, Field(description="Tags in it.")]
    new: Annotated[int, Field(description="Those that were not known.")]
    changed: Annotated[int, Field(description="Those that are other than before.")]
    unchanged: Annotated[int, Field(description="Those that are as they were.")]


class DroppedTag(Shape):
    """A tag that is forgotten."""

    hash: Annotated[str, Field(description="Its keyed hash.")]


class RejectedMessage(Shape):
    """A message that could not be taken as data."""

    source: Annotated[str, Field(description="The topic or charge point that it came from.")]
    why: Annotated[str, Field(description="Why it was not taken.")]
    size: Annotated[int, Field(description="Its size in bytes.")]
    excerpt: Annotated[str, Field(description="Its beginning; what may be a code or tag is masked.")]
    received: Annotated[datetime, Field(description="When it came last.")]
    times: Annotated[int, Field(description="How often the same came from there.")]


class RejectedMessages(Shape):
    """What a line could not take as data lately."""

    rejected: Annotated[list[RejectedMessage], Field(description="Newest first, 50 at most.")]
