"""A notice as decide remembers it and the journal keeps it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from gateway.model import Place, Priority
from gateway.notice import Notice

if TYPE_CHECKING:
    from drivers.contract import Json

NUMBER = "notice_number"
"""Under which the next notice's number is remembered."""

_FIELDS = tuple(field.name for field in fields(Notice))
_PLACE_FIELDS = tuple(field.name for field in fields(Place))


def notice_to_json(notice: Notice) -> Json:
    """All of it."""
    return {name: getattr(notice, name) for name in _FIELDS} | {
        "place": {name: getattr(notice.place, name) for name in _PLACE_FIELDS},
        "priority": int(notice.priority),
        "facts": dict(notice.facts),
    }


def notice_from_json(body: Json) -> Notice:
    """The inverse of `notice_to_json`."""
    return Notice(**{**body, "place": Place(**body["place"]), "priority": Priority(body["priority"])})
