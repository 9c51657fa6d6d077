"""What the outbox holds, in memory: a row of 24 bytes for each batch, and how much each destination has yet to get.

A week of outage is 600,000 batches; nothing here walks over all of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


LARGEST_SEQ = 1 << 53
"""A batch a millisecond for 285,000 years. A number above it is a wild page speaking."""


class Row(NamedTuple):
    """A batch as the stock knows it. `ended_utc` is when its newest reading was received, `size` its bytes on disk."""

    seq: int
    ended_utc: float
    points: int
    size: int


class Sum(NamedTuple):
    """Several batches together."""

    batches: int = 0
    points: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for one destination. `dropped` counts the points that it never got and never will."""

    batches: int
    points: int
    bytes: int
    oldest_utc: float | None
    """When the newest reading of the oldest waiting batch was received."""
    dropped: int


class Stock:
    """Batches by rising number. The oldest go first."""

    def __init__(self) -> None:
        self._seqs = array("q")
        self._ended = array("d")
        self._points = array("I")
        self._sizes = array("I")
        self._gone = 0  # rows at the front that are forgotten and not yet cut off
        self._total = Sum()

    def __len__(self) -> int:
        return len(self._seqs) - self._gone

    @property
    def newest(self) -> int:
        """The highest number, 0 when there is none."""
        return self._seqs[-1] if len(self) else 0

    @property
    def total(self) -> Sum:
        """All that is held."""
        return self._total

    def add(self, row: Row) -> None:
        """Take a batch. Raises ValueError unless its number is above all others, OverflowError for what cannot be."""
        if not self.newest < row.seq < LARGEST_SEQ:
            raise ValueError(f"batch {row.seq} stands after batch {self.newest}")
        self._seqs.append(row.seq)
        self._ended.append(row.ended_utc)
        self._points.append(row.points)
        self._sizes.append(row.size)
        self._total = Sum(len(self), self._total.points + row.points, self._total.bytes + row.size)

    def sum(self, after: int, to: int) -> Sum:
        """The batches with after < seq <= to."""
        first, end = self._place(after), self._place(to)
        if first >= end:
            return Sum()
        if first == self._gone and end == len(self._seqs):
            return self._total
        return Sum(end - first, sum(islice(self._points, first, end)), sum(islice(self._sizes, first, end)))

    def next_ended(self, after: int) -> float | None:
        """When the first batch after this number ended; None when there is none."""
        place = self._place(after)
        return self._ended[place] if place < len(self._seqs) else None

    def oldest(self) -> Iterator[Row]:
        """The batches, oldest first."""
        for at in range(self._gone, len(self._seqs)):
            yield Row(self._seqs[at], self._ended[at], self._points[at], self._sizes[at])

    def before(self, ended_utc: float) -> int:
        """The number after which every batch ended later than that moment."""
        place = len(self._seqs)
        while place > self._gone and self._ended[place - 1] > ended_utc:
            place -= 1
        return self._seqs[place - 1] if place > self._gone else 0

    def forget(self, to: int) -> None:
        """Let the batches up to this number go."""
        gone = self.sum(0, to)
        self._gone = self._place(to)
        total = self._total
        self._total = Sum(len(self), total.points - gone.points, total.bytes - gone.bytes)
        if self._gone * 2 > len(self._seqs):
            for column in (self._seqs, self._ended, self._points, self._sizes):
                del column[: self._gone]
            self._gone = 0

    def _place(self, seq: int) -> int:
        return bisect_right(self._seqs, seq, self._gone)


class Waiting:
    """How much a destination has yet to get, kept up as batches come and go."""

    def __init__(self, stock: Stock, cursor: int) -> None:
        self.cursor = cursor
        """The last batch that it has."""
        self.sum = stock.sum(cursor, stock.newest)

    def came(self, row: Row) -> None:
        """A batch was added to the stock."""
        if row.seq > self.cursor:
            held = self.sum
            self.sum = Sum(held.batches + 1, held.points + row.points, held.bytes + row.size)

    def moved(self, stock: Stock, to: int) -> None:
        """The destination has all up to this number."""
        self._less(stock.sum(self.cursor, to))
        self.cursor = to

    def forgotten(self, stock: Stock, to: int) -> int:
        """The stock is about to forget up to this number; returns the points that the destination will never get."""
        gone = stock.sum(self.cursor, to)
        self._less(gone)
        return gone.points

    def _less(self, gone: Sum) -> None:
        held = self.sum
        self.sum = Sum(held.batches - gone.batches, held.points - gone.points, held.bytes - gone.bytes)
