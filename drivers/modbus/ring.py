"""Draining a ring of events without loss: what to read next, and what may be kept of what was read. Pure.

    1. `route` goes from the cursor and the ring's pointers to the slots that are to be read, and says what is lost already
    2. the slots are read, and then the pointers and the serial number once more
    3. `accepted` keeps what is proved: each slot by its own sequence and CRC, all of them together by a ring that is still the
       same one, in a controller that is still the same one, and has only moved forward

A sequence counts for one ring only: one life (epoch) of one controller's (serial) memory. Whatever was not read and cannot be
read any more is told as a `Gap`, in the same transaction as what comes after it. Nothing is skipped on the word of the
pointers alone: a gap with something behind it is told together with the first slot behind it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from drivers.modbus.crc import crc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json

SLOT_BYTES: Final = 16
"""Eight registers (docs/acp1.md, "The ring")."""

REPLACED: Final = "controller replaced"
WIPED: Final = "ring wiped"
OVERRUN: Final = "overrun"
IMPOSSIBLE: Final = "impossible pointer"
UNREADABLE: Final = "unreadable"

_SLOT: Final = struct.Struct(">IIHI")  # SEQ, UTC, type << 8 | door << 4 | reader, REF; the CRC follows
_FIRST: Final = 1
_REMEMBERED_RINGS: Final = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """An event as it stands in the ring. `utc` is in seconds since 1970, 0 when the controller does not know the time."""

    sequence: int
    utc: int
    type: int
    door: int
    reader: int
    ref: int


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where the ring stands: `head` is the next sequence to be written, `tail` the oldest that is held."""

    epoch: int
    boot: int
    head: int
    tail: int

    def sound(self, slots: int) -> bool:
        """Whether a ring of so many slots can stand so."""
        return 0 <= self.head - self.tail <= slots


@dataclass(frozen=True, slots=True)
class Gap:
    """Events from `first` to before `end` in `ring` that will never be read; the device's gap of that `number`.

    `end` is None where nobody knows how many there were: all that happened until reading went on in the ring `then`.
    """

    number: int
    ring: str
    first: int
    end: int | None
    why: str
    then: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """All before `next` is kept or told as a gap, in the ring of that serial and epoch.

    `turn` counts how often a ring began anew without a new epoch, which it must not do. `gaps` is how many were told so far.
    `past` are rings of controllers that were here before, as serial: (epoch, turn, next): one that comes back is read on from
    where it was left.
    """

    serial: str
    epoch: int
    next: int
    turn: int = 0
    gaps: int = 0
    past: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def ring(self) -> str:
        """The ring's name, under which a sequence is unique for ever."""
        return f"{self.serial}-{self.epoch}.{self.turn}" if self.turn else f"{self.serial}-{self.epoch}"

    def json(self) -> Json:
        """As it is kept beside the events."""
        seldom = {"turn": self.turn, "gaps": self.gaps, "past": {serial: list(at) for serial, at in self.past.items()}}
        always = {"serial": self.serial, "epoch": self.epoch, "next": self.next}
        return always | {key: value for key, value in seldom.items() if value}

    @classmethod
    def of(cls, kept: Json) -> Cursor | None:
        """From what was kept; None for a new device, and for what is no cursor of a ring."""
        try:
            past = {str(serial): (int(e), int(t), int(n)) for serial, (e, t, n) in kept.get("past", {}).items()}
            epoch, after, turn, gaps = (int(kept.get(key, 0)) for key in ("epoch", "next", "turn", "gaps"))
            return cls(str(kept["serial"]), epoch, after, turn, gaps, past)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Route:
    """What to read: `count` slots from sequence `first`, after having gone over to the ring of `start`.

    `held_from` is the oldest sequence from `start` on that should be there. With nothing to read, `count` is 0.
    """

    start: Cursor
    changes: tuple[Gap, ...]
    held_from: int
    first: int
    count: int

    @property
    def impossible(self) -> bool:
        """Whether the pointers say what they cannot say in an epoch that goes on."""
        return any(gap.why == IMPOSSIBLE for gap in self.changes)

    @property
    def leads_on(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.count or self.changes or self.held_from > self.start.next)


@dataclass(frozen=True, slots=True)
class Catch:
    """What is to be kept in one transaction: gaps, events in order, and the cursor after them."""

    gaps: tuple[Gap, ...]
    events: tuple[Slot, ...]
    cursor: Cursor


class Miss(Enum):
    """Why nothing may be kept of what was read."""

    MOVED = "the ring is not where it was any more: read anew"
    DAMAGED = "a slot that should be there cannot be read"


def slots_of(content: bytes) -> tuple[Slot | None, ...]:
    """The slots of an answer; None for each whose CRC is wrong."""
    return tuple(_slot(content[at : at + SLOT_BYTES]) for at in range(0, len(content), SLOT_BYTES))


def route(cursor: Cursor | None, serial: str, pointers: Pointers, slots: int, most: int, beyond: int = 0) -> Route:
    """The way from the cursor (None: a new device) to the head of a ring of so many slots, at most `most` slots of it.

    `beyond` leaves out so many slots that turned out to be unreadable.
    """
    start, changes = _arrived(cursor, serial, pointers)
    held_from = max(start.next, pointers.tail)
    first = held_from + beyond
    count = max(0, min(most, pointers.head - first, slots - first % slots))
    return Route(start, changes, held_from, first, count)


def accepted(
    cursor: Cursor | None,
    way: Route,
    before: Pointers,
    read: Sequence[Slot | None],
    serial: str,
    after: Pointers,
    *,
    give_up: bool = False,
) -> Catch | Miss:
    """What may be kept of `read`, the slots of `way` in order.

    `before` are the pointers by which the way was found, `serial` and `after` what was read after the slots. `give_up` passes
    over unreadable slots, if there is a readable one behind them.
    """
    arrived, _ = _arrived(cursor, serial, after)
    if arrived.ring != way.start.ring or after.boot != before.boot:
        return Miss.MOVED
    if after.head < before.head or after.tail < before.tail:
        return Miss.MOVED
    if not way.count:
        return _catch(way, way.held_from, way.held_from, ())
    good = [slot is not None and slot.sequence == way.first + place for place, slot in enumerate(read)]
    if True not in good:
        return Miss.MOVED if after.tail > way.first else Miss.DAMAGED
    begin = good.index(True)
    reached = way.first + begin
    overwritten_to = way.held_from
    if reached > way.held_from:  # something is missing in front of the first good slot
        if reached <= after.tail:  # it was there when the pointers were read
            overwritten_to = reached
        elif not give_up:
            return Miss.DAMAGED
    end = good.index(False, begin) if False in good[begin:] else len(good)
    return _catch(way, overwritten_to, reached, tuple(slot for slot in read[begin:end] if slot is not None))


def _arrived(cursor: Cursor | None, serial: str, pointers: Pointers) -> tuple[Cursor, tuple[Gap, ...]]:
    """The cursor in the ring that is there now, and what was lost with rings that are not."""
    fresh = Cursor(serial, pointers.epoch, min(_FIRST, pointers.tail))
    if cursor is None:
        return fresh, ()
    lost: list[Gap] = []
    here = replace(fresh, gaps=cursor.gaps, past=cursor.past)
    if cursor.serial != serial:
        past = {**cursor.past, cursor.serial: (cursor.epoch, cursor.turn, cursor.next)}
        epoch, turn, after = past.pop(serial, (None, 0, 0))
        here = replace(here, past=dict(list(past.items())[-_REMEMBERED_RINGS:]))
        if epoch == pointers.epoch:
            here = replace(here, turn=turn, next=after)
        here = _told(here, lost, cursor, None, REPLACED)
    elif cursor.epoch != pointers.epoch:
        here = _told(here, lost, cursor, None, WIPED)
    else:
        here = cursor
    if here.next > pointers.head:
        here = _told(replace(here, turn=here.turn + 1, next=fresh.next), lost, here, None, IMPOSSIBLE)
    return here, tuple(lost)


def _told(here: Cursor, lost: list[Gap], since: Cursor, end: int | None, why: str) -> Cursor:
    """Add the gap that begins at `since`; returns `here` with one gap more."""
    lost.append(Gap(here.gaps + 1, since.ring, since.next, end, why, here.ring))
    return replace(here, gaps=here.gaps + 1)


def _catch(way: Route, overwritten_to: int, reached: int, events: tuple[Slot, ...]) -> Catch:
    here, lost = way.start, list(way.changes)
    if overwritten_to > here.next:
        here = replace(_told(here, lost, here, overwritten_to, OVERRUN), next=overwritten_to)
    if reached > here.next:
        here = _told(here, lost, here, reached, UNREADABLE)
    return Catch(tuple(lost), events, replace(here, next=reached + len(events)))


def _slot(words: bytes) -> Slot | None:
    if crc(words[:-2])[::-1] != words[-2:]:  # in a register the high byte comes first
        return None
    sequence, utc, what, ref = _SLOT.unpack_from(words)
    return Slot(sequence, utc, what >> 8, what >> 4 & 0xF, what & 0xF, ref)
