"""A page of a short list: what comes after one of its entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.serve.problems import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.serve.views import Body


class Page(NamedTuple):
    """Some bodies, and after which the next page begins; None for no next page."""

    bodies: Sequence[Body]
    next: str | None


def page_of(bodies: Sequence[Body], key: str, what: str, after: str, limit: int) -> Page:
    """At most `limit` bodies after the one whose `key` is `after` ("" for the first). Raises Problem for a strange `after`."""
    begin = 0
    if after:
        found = (number for number, body in enumerate(bodies, start=1) if body[key] == after)
        if (begin := next(found, -1)) < 0:
            raise unknown(what, after)
    page = bodies[begin : begin + limit]
    return Page(page, page[-1][key] if begin + limit < len(bodies) else None)
