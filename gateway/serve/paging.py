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


def page_of(bodies: Sequence[Body], order: Sequence[str], what: str, after: str, limit: int) -> Page:
    """At most `limit` of the bodies that come after one id ("" for the first), by the `order` in which all ids stand.

    `bodies` are those that fit what was asked; `after` may be one that fits no more. Raises Problem for a strange `after`.
    """
    if after:
        if after not in order:
            raise unknown(what, after)
        following = frozenset(order[order.index(after) + 1 :])
        bodies = [body for body in bodies if body["id"] in following]
    page = bodies[:limit]
    return Page(page, page[-1]["id"] if limit < len(bodies) else None)
