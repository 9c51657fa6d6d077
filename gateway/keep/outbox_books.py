"""The outbox's books: who has got what, what was lost and why, and which batches may go. No input or output here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.keep.outbox_file import VERSION, Contents
from gateway.keep.outbox_stock import Backlog, Row, Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drivers.contract import Json
    from gateway.keep.outbox_file import Pair
    from gateway.model import Now

TELEMETRY = "telemetry"
"""The lane that reads the outbox; every other lane's cursor is a number that only its outlet understands."""

AGE, DAMAGED = "age", "damaged"
"""Why points are lost. What there is no room for is lost for the reasons of the store and of the open batch."""

KEPT_SECONDS = 120.0
"""How long a batch stays that every destination has: the open minute of history is rebuilt from it."""

AT_ONCE_BATCHES = 2_000
AT_ONCE_BYTES = 32 * 1024 * 1024
"""At most so much goes in one transaction, or it would take too long."""

EVERYONE = ""
"""In the tally: points that at least one destination has not got, each counted once."""


@dataclass(slots=True)
class Forget:
    """Which batches go: all up to `to`, and what is lost with them."""

    to: int = 0
    lost: Counter[Pair] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Noted:
    """What the open batch's notes say about `outbox.db`: only needed where that is damaged."""

    version: int = 0
    first: int = 0
    last: int = 0
    cursors: Mapping[Pair, int] = field(default_factory=dict)
    tally: Mapping[Pair, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, notes: Json) -> Noted:
        """Notes as `Books.notes` wrote them; empty ones for anything else."""
        match notes:
            case {
                "version": int(version), "first": int(first), "last": int(last),
                "cursors": list(cursors), "tally": list(tally), "waiting": dict(waiting),
            }:  # fmt: skip
                return cls(version, first, last, _pairs(cursors), _pairs(tally), waiting)
        return cls()


class Books:
    """The accounts of an open outbox."""

    def __init__(self, destinations: Iterable[str], contents: Contents, noted: Noted, *, on_disk: bool) -> None:
        """Begin with what the file holds and what the notes say. `on_disk` is False where the file says less than we know."""
        self.stock = contents.stock
        self.cursors = {pair: max(at, noted.cursors.get(pair, at)) for pair, at in contents.cursors.items()}
        self.cursors |= {pair: at for pair, at in noted.cursors.items() if pair not in self.cursors}
        self.tally = Counter(noted.tally) | Counter(contents.tally)
        self._cursors_on_disk = dict(contents.cursors) if on_disk else {}
        self._tally_on_disk = dict(contents.tally) if on_disk else {}
        self._destinations: tuple[str, ...] = ()
        self._waiting: dict[str, Waiting] = {}
        self.adopt(destinations)

    def adopt(self, destinations: Iterable[str]) -> None:
        """From now on there are these; what is known of others is forgotten."""
        self._destinations = tuple(destinations)
        known = {EVERYONE, *self._destinations}
        self.cursors = {pair: at for pair, at in self.cursors.items() if pair[0] in known}
        self.tally = Counter({pair: points for pair, points in self.tally.items() if pair[0] in known})
        old = self._waiting
        self._waiting = {
            who: old.get(who) or Waiting(self.stock, self.cursors[who, TELEMETRY])
            for who in self._destinations
            if (who, TELEMETRY) in self.cursors
        }

    # ------------------------------------------------------------ who has got what

    def move(self, destination: str, lane: str, to: int) -> None:
        """A destination has all up to here. Only rises."""
        if destination not in self._destinations or to <= self.cursors.get((destination, lane), -1):
            return
        self.cursors[destination, lane] = to
        if lane != TELEMETRY:
            return
        if (waiting := self._waiting.get(destination)) is not None:
            waiting.moved(self.stock, to)
        else:
            self._waiting[destination] = Waiting(self.stock, to)

    def begin_at_the_oldest(self) -> None:
        """Every destination without a telemetry cursor gets all that is there."""
        oldest = next(self.stock.oldest(), None)
        for destination in self._destinations:
            if oldest is not None and (destination, TELEMETRY) not in self.cursors:
                self.move(destination, TELEMETRY, oldest.seq - 1)

    def came(self, row: Row) -> None:
        """A batch is on disk."""
        if row.seq > self.stock.newest:
            self.stock.add(row)
            for waiting in self._waiting.values():
                waiting.came(row)

    def backlog(self, destination: str) -> Backlog:
        """What waits for a destination; nothing for one that has not begun."""
        dropped = sum(points for (who, _), points in self.tally.items() if who == destination)
        waiting = self._waiting.get(destination)
        if waiting is None:
            return Backlog(0, 0, 0, None, dropped)
        return Backlog(*waiting.sum, self.stock.next_ended(waiting.cursor), dropped)

    def held(self) -> Backlog:
        """All that there is."""
        dropped = sum(self.lost().values())
        return Backlog(*self.stock.total, self.stock.next_ended(0), dropped)

    def highest(self) -> int:
        """The highest batch number that anybody has heard of."""
        return max(self.stock.newest, *(at for (_, lane), at in self.cursors.items() if lane == TELEMETRY), 0)

    def needed_after(self) -> int:
        """Batches up to this number are needed by nobody any more."""
        return next((row.seq - 1 for row in self.stock.oldest()), self.stock.newest)

    # ------------------------------------------------------------ what is lost

    def lose(self, reason: str, points: int) -> None:
        """Points that were never put into a batch, and that no destination will get."""
        for who in (EVERYONE, *self._destinations):
            self.tally[who, reason] += points

    def lose_batch(self, seq: int, points: int) -> None:
        """A batch cannot be read: lost to those that have not got it."""
        missing = [who for who, waiting in self._waiting.items() if seq > waiting.cursor]
        for who in [EVERYONE, *missing] if missing else []:
            self.tally[who, DAMAGED] += points

    def lost(self) -> dict[str, int]:
        """Points by reason, each counted once."""
        return {reason: points for (who, reason), points in self.tally.items() if who == EVERYONE and points}

    def waiting_points(self) -> dict[str, int]:
        """How many points wait for each destination."""
        return {who: waiting.sum.points for who, waiting in self._waiting.items()}

    def lose_since(self, before: Mapping[str, int], came: int = 0) -> int:
        """Count what waited `before` and does not now, though `came` points more were put in; returns how many."""
        now = self.waiting_points()
        missing = {who: max(0, points + came - now.get(who, 0)) for who, points in before.items()}
        most = max(missing.values(), default=0)
        for who, points in [(EVERYONE, most), *missing.items()]:
            if points:
                self.tally[who, DAMAGED] += points
        return most

    def replace(self, contents: Contents) -> None:
        """Another file took the place of the one before. What was known is written into it with the next turn."""
        self.stock = contents.stock
        self._cursors_on_disk = dict(contents.cursors)
        self._tally_on_disk = dict(contents.tally)
        self._waiting = {who: Waiting(self.stock, waiting.cursor) for who, waiting in self._waiting.items()}

    # ------------------------------------------------------------ what goes, and what is written

    def forgettable(self, now: Now, max_age_seconds: float, excess: tuple[int, str]) -> Forget:
        """Which of the oldest batches may go: those that everyone has, are too old, or are in `excess` (bytes and reason).

        The newest always stays: its number is how the next one is known. Age is only believed of a clock that is.
        """
        forget = Forget()
        freed = 0
        excess_bytes, reason = excess
        everyone_has = min((waiting.cursor for waiting in self._waiting.values()), default=self.stock.newest)
        too_old = now.utc - max_age_seconds if now.trusted else float("-inf")
        for count, row in enumerate(self.stock.oldest()):
            if row.seq == self.stock.newest or count == AT_ONCE_BATCHES or freed > AT_ONCE_BYTES:
                break
            if row.seq <= everyone_has and row.ended_utc < now.utc - KEPT_SECONDS:
                pass
            elif row.ended_utc < too_old:
                self._count_lost(forget, row, AGE)
            elif freed < excess_bytes:
                self._count_lost(forget, row, reason)
            else:
                break
            freed += row.size
            forget.to = row.seq
        return forget

    def forgot(self, forget: Forget) -> None:
        """Those batches are deleted."""
        for waiting in self._waiting.values():
            waiting.forgotten(self.stock, forget.to)
        self.stock.forget(forget.to)
        self.tally += forget.lost

    def to_write(self, forget: Forget) -> tuple[dict[Pair, int], list[str], dict[Pair, int]]:
        """Cursors, destinations that are gone, and counts that the disk does not have yet."""
        tally = self.tally + forget.lost
        cursors = {pair: at for pair, at in self.cursors.items() if self._cursors_on_disk.get(pair) != at}
        counts = {pair: points for pair, points in tally.items() if self._tally_on_disk.get(pair) != points}
        there = {who for who, _ in (*self._cursors_on_disk, *self._tally_on_disk)}
        return cursors, sorted(there - {EVERYONE, *self._destinations}), counts

    def written(self, cursors: Mapping[Pair, int], gone: Sequence[str], counts: Mapping[Pair, int]) -> None:
        """The disk has them now."""
        self._cursors_on_disk.update(cursors)
        self._tally_on_disk.update(counts)
        for on_disk in (self._cursors_on_disk, self._tally_on_disk):
            for pair in [pair for pair in on_disk if pair[0] in gone]:
                del on_disk[pair]

    def notes(self) -> Json:
        """What `Noted.read` reads."""
        oldest = next(self.stock.oldest(), Row(0, 0.0, 0, 0))
        return {
            "version": VERSION,
            "first": oldest.seq,
            "last": self.stock.newest,
            "cursors": [[*pair, at] for pair, at in self.cursors.items()],
            "tally": [[*pair, points] for pair, points in self.tally.items()],
            "waiting": dict(self.waiting_points()),
        }

    def _count_lost(self, forget: Forget, row: Row, reason: str) -> None:
        missing = [who for who, waiting in self._waiting.items() if row.seq > waiting.cursor]
        for who in [EVERYONE, *missing] if missing else []:
            forget.lost[who, reason] += row.points


def _pairs(rows: Sequence[Json]) -> dict[Pair, int]:
    return {(row[0], row[1]): row[2] for row in rows}
