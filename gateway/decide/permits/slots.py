"""Which index of a controller's table is whose, and was whose: a passage tells an index and no more.

An index stays with its permit for as long as the permit is in the table, is its own again should it come back, and rests for 30
days before another permit may have it: by then every passage under the old meaning has long been drained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.permits.written import SLOTS
from gateway.model import Remember

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drivers.contract import Json
    from gateway.model import Now

REST_SECONDS = 30 * 86400
PAGE = 64
"""Indices that are remembered under one key: one change writes about 2 kB, a whole table of 8,000 in 125 keys."""
TURNS = 4
"""How many holders of an index are known by name; it takes at least a month to change one."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An index was somebody's from `since_utc` on, or from the beginning (0); `until_utc` is 0 while it still is."""

    index: int
    since_utc: float
    until_utc: float


@dataclass(slots=True)
class _Turn:
    """An index was this permit's from `since` on; `until` is 0 while it still is. Seconds since 1970."""

    permit: str
    since: int
    until: int = 0


class Slots:
    """The indices of one controller."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._turns: list[list[_Turn]] = []
        self._index: dict[str, int] = {}
        """Permit to the index that is its own, or would be again."""
        self._resting: dict[int, int] = {}
        """Index to since when it rests, the longest first."""
        self._changed: set[int] = set()

    def load(self, page: int, body: Json) -> None:
        """Take back what was remembered of a page; `loaded` after the last one."""
        while len(self._turns) < page * PAGE + len(body):
            self._turns.append([])
        for offset, turns in enumerate(body):
            self._turns[page * PAGE + offset] = [_Turn(*turn) for turn in turns]

    def loaded(self) -> None:
        """All pages are back."""
        for index, turns in enumerate(self._turns):
            if turns:
                self._index[turns[-1].permit] = index
        left = ((turns[-1].until, index) for index, turns in enumerate(self._turns) if turns and turns[-1].until)
        self._resting = {index: until for until, index in sorted(left)}

    def held(self) -> Iterator[str]:
        """The permits that have an index now."""
        return (permit for permit, index in self._index.items() if index not in self._resting)

    def index_of(self, permit: str) -> int | None:
        """Its index while it has one."""
        index = self._index.get(permit)
        return None if index is None or index in self._resting else index

    def take(self, permit: str, capacity: int, now: Now) -> int | None:
        """An index for a permit: its own, a new one, or the one that rested longest. None when there is none left."""
        index = self._index.get(permit)
        if index is not None and index >= capacity:  # a smaller controller took the place
            self.leave(permit, now)
        elif index is not None:
            if index in self._resting:
                del self._resting[index]
                self._turns[index][-1].until = 0
                self._changed.add(index // PAGE)
            return index
        index = self._free(capacity, now)
        if index is None:
            return None
        turns = self._turns[index]
        if turns:
            self._index.pop(turns[-1].permit, None)
        turns.append(_Turn(permit, int(now.utc)))
        del turns[:-TURNS]
        self._index[permit] = index
        self._changed.add(index // PAGE)
        return index

    def leave(self, permit: str, now: Now) -> int | None:
        """The permit is in the table no more; returns the index that it had."""
        index = self.index_of(permit)
        if index is not None:
            self._turns[index][-1].until = self._resting[index] = max(1, int(now.utc))
            self._changed.add(index // PAGE)
        return index

    def may_exceed(self, capacity: int, more: Iterable[str]) -> bool:
        """Whether these permits could need more than there is; a quick answer that may be a wrong yes."""
        return len(self._turns) + len({one for one in more if one not in self._index}) > capacity

    def shut(self, now: Now) -> set[str]:
        """The permits whose indices nobody else can have now: those that hold one, and those whose own rests."""
        return {
            permit
            for permit, index in self._index.items()
            if (since := self._resting.get(index)) is None or not _rested(since, now)
        }

    def at(self, index: int, utc: float | None) -> str | None:
        """Whose index it was at that time; without a time, or before the first: the nearest known."""
        if not 0 <= index < len(self._turns) or not self._turns[index]:
            return None
        turns = self._turns[index]
        if utc is None:
            return turns[-1].permit
        return next((turn.permit for turn in reversed(turns) if turn.since <= utc), turns[0].permit)

    def turns(self, permit: str) -> Iterator[Turn]:
        """When which index meant this permit, as `at` tells it: until the next one's; the first one's from the beginning."""
        for index, turns in enumerate(self._turns):
            for number, turn in enumerate(turns):
                if turn.permit == permit:
                    following = turns[number + 1].since if number + 1 < len(turns) else 0
                    yield Turn(index, float(turn.since if number else 0), float(following))

    def written(self) -> Iterator[Remember]:
        """What changed since this was last asked."""
        for page in sorted(self._changed):
            turns = self._turns[page * PAGE : (page + 1) * PAGE]
            body = [[[turn.permit, turn.since, turn.until] for turn in one] for one in turns]
            yield Remember(f"{SLOTS}{self._device}:{page}", body)
        self._changed.clear()

    def _free(self, capacity: int, now: Now) -> int | None:
        if len(self._turns) < capacity:
            self._turns.append([])
            return len(self._turns) - 1
        index, since = next(iter(self._resting.items()), (capacity, 0))
        if index >= capacity or not _rested(since, now):
            return None
        del self._resting[index]
        return index


def _rested(since: int, now: Now) -> bool:
    return now.trusted and now.utc - since >= REST_SECONDS
