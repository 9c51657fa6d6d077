"""What waits for one channel, and what of it goes next: P1 ahead and one by one, the rest together where it is much.

Nothing here sends, and nothing is forgotten: a notice leaves only in a parcel, withdrawn, or missed. Times are those of one
steady clock, in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.model import Priority

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from gateway.deliver.notify.bucket import Bucket
    from gateway.notice import Notice

    _Key = tuple[str, ...]

TOGETHER_SECONDS = 30.0
"""What is no P1 and of the same grid and rule goes out once in so long (domain 5.4)."""

DIGEST_SECONDS = 60.0
"""One summary a minute while there are more alarms than messages (domain 4.2)."""

MOST_MISSED = 500
"""So many notices that could not be told are held for the summary when a channel is back; those before them are counted."""

_NEVER = float("-inf")


class Form(Enum):
    """What a message says."""

    ONE = "one"
    """One thing, to one or several."""
    SEVERAL = "several"
    """Several alarms of the same rule in the same grid."""
    DIGEST = "digest"
    RESTORED = "restored"
    """What could not be told while there was no way."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to be. `since` is how long the oldest of it has waited; `uncounted`: so many more were missed before them."""

    form: Form
    notices: tuple[Notice, ...]
    since: float
    uncounted: int = 0

    @property
    def urgent(self) -> bool:
        """It is a P1's, and goes ahead of all else."""
        return self.form is Form.ONE and self.notices[0].priority is Priority.P1

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of its notices."""
        return tuple(notice.number for notice in self.notices)


@dataclass(slots=True)
class _Pile:
    """Notices that go out as one, by number. `ready_at`: not before."""

    notices: dict[int, Notice]
    since: float
    ready_at: float


class Queues:
    """See the module. `group`: one message of the channel may be for several people."""

    def __init__(self, *, group: bool) -> None:
        self._group = group
        self._first: dict[_Key, _Pile] = {}
        """P1s of which this channel has not told yet; they go before what tells of the same once more."""
        self._urgent: dict[_Key, _Pile] = {}
        self._ordinary: dict[_Key, _Pile] = {}
        self._folded: dict[_Key, _Pile] = {}
        self._missed: dict[_Key, _Pile] = {}
        self._waiting: dict[int, Notice] = {}
        """All that waits, wherever it does, by number."""
        self._uncounted = 0
        self._went: dict[_Key, float] = {}
        """When the last message of each grid and rule went out."""
        self._folded_at: dict[_Key, float] = {}

    # ------------------------------------------------------------ in

    def push(self, notice: Notice, now: float) -> None:
        """A notice is to go out."""
        if notice.priority is Priority.P1:
            piles = self._first if notice.step == 0 else self._urgent
            key = self._alike(notice)
            self._put(self._first if key in self._first else piles, key, notice, now, now)
        elif notice.facts.get("flood"):
            self._fold([notice], now)
        else:
            key = self._kin(notice)
            self._put(self._ordinary, key, notice, now, max(now, self._went.get(key, _NEVER) + TOGETHER_SECONDS))

    def back(self, parcel: Parcel) -> None:
        """It did not go out: each of its notices waits where it waited before, first of all."""
        for notice in parcel.notices:
            if parcel.form is Form.RESTORED:
                self.miss([notice], parcel.since)
            elif parcel.form is Form.DIGEST:
                self._fold([notice], parcel.since)
            elif parcel.urgent:
                self._put(self._first, self._alike(notice), notice, parcel.since, parcel.since)
            else:
                self._put(self._ordinary, self._kin(notice), notice, parcel.since, parcel.since)
        self._uncounted += parcel.uncounted
        if parcel.urgent:
            key = self._alike(parcel.notices[0])
            self._first = {key: self._first.pop(key), **self._first}

    def miss(self, notices: Iterable[Notice], now: float) -> None:
        """These were given up: they are told of together when there is a way again."""
        for notice in notices:
            pile = self._missed.setdefault(self._whose(notice), _Pile({}, now, now))
            pile.notices[notice.number] = self._waiting[notice.number] = notice
            if len(pile.notices) > MOST_MISSED:
                oldest = next(iter(pile.notices))
                del pile.notices[oldest], self._waiting[oldest]
                self._uncounted += 1

    def withdraw(self, gone: Callable[[Notice], bool]) -> None:
        """What waits of these needs nobody any more."""
        self.withdraw_numbers([number for number, notice in self._waiting.items() if gone(notice)])

    def withdraw_numbers(self, numbers: Iterable[int]) -> None:
        """The same by their numbers. In a storm this is said of thousands, a few at a time: nothing is searched for."""
        for number in numbers:
            notice = self._waiting.pop(number, None)
            if notice is None:
                continue
            alike, kin, whose = self._alike(notice), self._kin(notice), self._whose(notice)
            for piles, key in zip(self._all(), (alike, alike, kin, whose, whose), strict=True):
                pile = piles.get(key)
                if pile is not None and pile.notices.pop(number, None) is not None:
                    if not pile.notices:
                        del piles[key]
                    break

    # ------------------------------------------------------------ out

    def next(self, bucket: Bucket, now: float) -> Parcel | None:
        """Take out what goes now; None while nothing may."""
        if self._first or self._urgent:
            if not bucket.left(now, urgent=True):
                return None
            piles = self._first or self._urgent
            key = next(iter(piles))
            alike = [pile for pile in (self._first.pop(key, None), self._urgent.pop(key, None)) if pile is not None]
            notices = [notice for pile in alike for notice in pile.notices.values()]
            return self._out(Form.ONE, notices, min(pile.since for pile in alike))
        left = bucket.left(now, urgent=False)
        ready = [key for key, pile in self._ordinary.items() if pile.ready_at <= now]
        if len(ready) > left:
            for key in ready:
                pile = self._ordinary.pop(key)
                self._fold(pile.notices.values(), pile.since)
            ready = []
        if not left:
            return None
        if ready:
            key = min(ready, key=lambda key: next(iter(self._ordinary[key].notices.values())).priority)
            pile = self._ordinary.pop(key)
            self._went[key] = now
            subjects = {notice.subject for notice in pile.notices.values()}
            return self._out(Form.ONE if len(subjects) == 1 else Form.SEVERAL, pile.notices.values(), pile.since)
        return self._summary(now)

    def next_at(self, bucket: Bucket, now: float) -> float | None:
        """When to look again, None when nothing waits."""
        if self._first or self._urgent:
            return bucket.next_at(now, urgent=True)
        ready = [pile.ready_at for pile in self._ordinary.values()]
        ready += [self._folded_at.get(whose, _NEVER) + DIGEST_SECONDS for whose in self._folded]
        ready += [now for _ in self._missed]
        if not ready:
            return None
        return max(min(ready), bucket.next_at(now, urgent=False))

    def overdue(self, patience: Callable[[Notice], float], now: float) -> Iterator[Notice]:
        """What has waited for longer than one can be patient with it. It stays."""
        for piles in (self._first, self._urgent, self._ordinary, self._folded):
            for pile in piles.values():
                yield from (notice for notice in pile.notices.values() if now - pile.since >= patience(notice))

    def drain(self) -> list[Notice]:
        """Take out everything that waits, and what is only to be told of in a summary."""
        notices = [notice for piles in self._all() for pile in piles.values() for notice in pile.notices.values()]
        self.withdraw(lambda _: True)
        return notices

    def __len__(self) -> int:
        return len(self._waiting)

    # ------------------------------------------------------------ parts of it

    def _summary(self, now: float) -> Parcel | None:
        for whose, pile in self._folded.items():
            if now >= self._folded_at.get(whose, _NEVER) + DIGEST_SECONDS:
                self._folded_at[whose] = now
                return self._out(Form.DIGEST, self._folded.pop(whose).notices.values(), pile.since)
        for whose, pile in self._missed.items():
            uncounted, self._uncounted = self._uncounted, 0
            return self._out(Form.RESTORED, self._missed.pop(whose).notices.values(), pile.since, uncounted)
        return None

    def _out(self, form: Form, notices: Collection[Notice], since: float, uncounted: int = 0) -> Parcel:
        for notice in notices:
            self._waiting.pop(notice.number, None)
        return Parcel(form, tuple(notices), since, uncounted)

    def _fold(self, notices: Collection[Notice], since: float) -> None:
        for notice in notices:
            self._put(self._folded, self._whose(notice), notice, since, since)

    def _alike(self, notice: Notice) -> _Key:
        """What goes out in one message: of one thing, to one person or to a group."""
        return (notice.subject, *self._whose(notice))

    def _kin(self, notice: Notice) -> _Key:
        """What goes out once in a while: of one grid and rule; what is no alarm's by itself."""
        if not notice.rule:
            return (notice.kind, notice.subject, *self._whose(notice))
        return (notice.kind, notice.place.grid, notice.rule, *self._whose(notice))

    def _whose(self, notice: Notice) -> _Key:
        return () if self._group else (notice.person,)

    def _all(self) -> tuple[dict[_Key, _Pile], ...]:
        return self._first, self._urgent, self._ordinary, self._folded, self._missed

    def _put(self, piles: dict[_Key, _Pile], key: _Key, notice: Notice, since: float, ready_at: float) -> None:
        self._waiting[notice.number] = notice
        pile = piles.get(key)
        if pile is None:
            piles[key] = _Pile({notice.number: notice}, since, ready_at)
        else:
            pile.notices[notice.number] = notice
            pile.since, pile.ready_at = min(pile.since, since), min(pile.ready_at, ready_at)
