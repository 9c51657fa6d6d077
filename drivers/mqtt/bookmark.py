"""How far a device was heard: so that what comes twice counts once, and what never came is named."""

from __future__ import annotations

from enum import Enum, auto
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

if TYPE_CHECKING:
    from drivers.contract import Json

WINDOW: Final = 64
"""So far back it is known of each number whether it was heard."""

DIGESTS: Final = 64
"""So many messages are remembered of a device that does not count."""

COUNTED_HERE: Final = "counted here"
"""The epoch of events of a device that does not count: their numbers are ours."""

GAPS: Final = 16
"""So many gaps are remembered of a device, lest one that counts wildly fills its cursor."""

BOOT_DIGITS: Final = 18
"""A longer number is no count of boots."""

_FULL: Final = (1 << WINDOW) - 1


class Heard(Enum):
    """What a number tells about its message."""

    NEW = auto()
    """It comes next, or later than next."""
    LATE = auto()
    """Others overtook it."""
    AGAIN = auto()
    """It was heard before."""
    OLD = auto()
    """It is from so long ago that nobody here knows: whoever keeps events for ever has to say."""


class Gap(NamedTuple):
    """Numbers of a boot, both included, that were not heard."""

    boot: str
    first: int
    last: int


class Count(NamedTuple):
    """The numbers heard of one boot: the highest, and which of the `WINDOW` below it (bit 0: the next lower one)."""

    boot: str
    highest: int
    below: int

    def take(self, seq: int) -> tuple[Count, Heard]:
        """Hear a number."""
        ahead = seq - self.highest
        if ahead > 0:
            below = ((self.below << 1 | 1) << (ahead - 1)) & _FULL if ahead <= WINDOW else 0
            return Count(self.boot, seq, below), Heard.NEW
        bit = -ahead - 1
        if bit >= WINDOW:
            return self, Heard.OLD
        if bit < 0 or self.below >> bit & 1:
            return self, Heard.AGAIN
        return Count(self.boot, self.highest, self.below | 1 << bit), Heard.LATE


class Bookmark(NamedTuple):
    """All that is remembered of a device. Immutable: each message that waits for the disk has the one that belongs to it."""

    now: Count | None = None
    before: Count | None = None
    """Of the boot before: its last messages may come after the first ones of the new boot."""
    ours: int = 0
    """The last number that we gave to an event of a device that does not count."""
    digests: tuple[str, ...] = ()
    """Of its last messages, the newest last."""
    gaps: tuple[Gap, ...] = ()
    """What was not heard and may yet come."""

    def take(self, boot: str, seq: int) -> tuple[Bookmark, Heard]:
        """Hear a message of a device that counts. What lies between it and the last one is a gap from now on."""
        now = self.now
        if now is None:
            return self._replace(now=Count(boot, seq, 0)), Heard.NEW
        if now.boot == boot:
            after, heard = now.take(seq)
            return self._replace(now=after, gaps=self._gaps(boot, now.highest + 1, seq - 1)), heard
        if self.before is not None and self.before.boot == boot:
            after, heard = self.before.take(seq)
            return self._replace(before=after), heard
        if _number(boot) < _number(now.boot):
            return self, Heard.OLD
        return self._replace(now=Count(boot, seq, 0), before=now, gaps=self._gaps(boot, 1, seq - 1)), Heard.NEW

    def news(self, boot: str, seq: int) -> bool:
        """Whether a message that lay at the broker is newer than the last one heard."""
        return self.now is None or (seq > self.now.highest if self.now.boot == boot else not self._past(boot))

    def _past(self, boot: str) -> bool:
        before = self.before is not None and self.before.boot == boot
        return before or (self.now is not None and _number(boot) < _number(self.now.boot))

    def _gaps(self, boot: str, first: int, last: int) -> tuple[Gap, ...]:
        if first > last:
            return self.gaps
        if len(self.gaps) < GAPS:
            return (*self.gaps, Gap(boot, first, last))
        newest = self.gaps[-1]
        if newest.boot == boot:  # as one with what was heard between them
            return (*self.gaps[:-1], Gap(boot, newest.first, last))
        return (*self.gaps[1:], Gap(boot, first, last))

    def closed(self, gap: Gap) -> Bookmark:
        """Nobody waits for this gap any more."""
        return self._replace(gaps=tuple(other for other in self.gaps if other != gap))

    def lacks(self, gap: Gap) -> Gap | None:
        """What of a gap has still not been heard: the whole stretch from the first to the last of it."""
        count = self.now if self.now is not None and self.now.boot == gap.boot else self.before
        if count is None or count.boot != gap.boot:
            return gap
        first, last = gap.first, gap.last
        while first <= last and _was_heard(count, first):
            first += 1
        while last >= first and _was_heard(count, last):
            last -= 1
        return Gap(gap.boot, first, last) if first <= last else None

    def knows(self, digest: str) -> bool:
        """Whether a message of a device that does not count was heard lately."""
        return digest in self.digests

    def took(self, digest: str, events: int) -> Bookmark:
        """A message of a device that does not count brought so many events."""
        return self._replace(ours=self.ours + events, digests=(*self.digests, digest)[-DIGESTS:])


def _number(boot: str) -> int:
    """Boots that are counted can be ordered; of others the one that is not known is the new one."""
    return int(boot) if boot.isascii() and boot.isdigit() and len(boot) <= BOOT_DIGITS else 0


def _was_heard(count: Count, seq: int) -> bool:
    bit = count.highest - seq - 1
    return bit < 0 or (bit < WINDOW and bool(count.below >> bit & 1))


def digest_of(topic: str, payload: bytes) -> str:
    """By what a message of a device that does not count is known again."""
    return blake2b(topic.encode() + b"\0" + payload, digest_size=8).hexdigest()


def to_cursor(mark: Bookmark) -> Json:
    """As the gateway keeps it."""
    cursor: dict[str, Json] = {}
    if mark.now is not None:
        cursor |= {"boot": mark.now.boot, "seq": mark.now.highest, "below": mark.now.below}
    if mark.before is not None:
        cursor["before"] = list(mark.before)
    if mark.ours or mark.digests:
        cursor |= {"ours": mark.ours, "digests": list(mark.digests)}
    if mark.gaps:
        cursor["gaps"] = [list(gap) for gap in mark.gaps]
    return cursor


def from_cursor(cursor: Json) -> Bookmark:
    """As it was kept. What another version may have written there counts as nothing."""
    if not isinstance(cursor, dict):
        return Bookmark()
    now = _three(Count, [cursor.get("boot"), cursor.get("seq"), cursor.get("below")])
    before = _three(Count, cursor.get("before"))
    gaps = tuple(gap for written in _list(cursor.get("gaps")) if (gap := _three(Gap, written)) is not None)
    ours = cursor.get("ours")
    digests = tuple(digest for digest in _list(cursor.get("digests")) if isinstance(digest, str))
    return Bookmark(now, before, ours if isinstance(ours, int) else 0, digests, gaps)


Three = TypeVar("Three", Count, Gap)


def _three(kind: type[Three], written: Json) -> Three | None:
    match written:
        case [str(boot), int(first), int(second)]:
            return kind(boot, first, second)
        case _:
            return None


def _list(written: Json) -> list[Json]:
    return written if isinstance(written, list) else []
