"""Which compartment a courier gets: of the size or the next larger one, and among those the least worn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.lockers.compartment import Compartment, elapsed_ns
from gateway.decide.lockers.contents import ORDER_STANDS_NS
from gateway.parcels import CompartmentState as State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.model import Now

SIZES = ("s", "m", "l")
"""From the smallest to the largest."""


def chosen(free: Iterable[tuple[Compartment, str]], size: str) -> Compartment | None:
    """The best of these compartments with their sizes; None where none is large enough."""
    smallest = SIZES.index(size)
    large_enough = ((SIZES.index(of), c) for c, of in free if of in SIZES and SIZES.index(of) >= smallest)
    best = min(large_enough, key=lambda found: (found[0], found[1].worn, found[1].part), default=None)
    return None if best is None else best[1]


def is_free(c: Compartment, now: Now) -> bool:
    """Empty, closed, and not just told to open."""
    return c.state is State.EMPTY and c.open is False and elapsed_ns(c.ordered, now) > ORDER_STANDS_NS
