"""The duty of fetching a controller's events: read, proved, kept on disk, and only then acknowledged.

A batch costs three transactions for up to fifteen events (slots, pointers, serial number), one more where an unknown card's
hash is to be had, and an acknowledgement at most once a second. While nothing happens it costs one comparison for each answer
that the polls bring anyway.

The memory of this object is worth nothing: whatever is lost with it is read again, from the cursor that was kept with the
events.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Final

from drivers.modbus.act import Rank
from drivers.modbus.frame import ExceptionReply, ModbusError
from drivers.modbus.refusal import MAP_IS_WRONG
from drivers.modbus.ring import Catch, Cursor, Miss, accepted, route, slots_of
from drivers.modbus.ring_map import RingMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Value
    from drivers.modbus.act import Talk
    from drivers.modbus.ring import Pointers, Route, Slot
    from drivers.modbus.unit import Poll, Unit

PATIENCE: Final = 5
"""So often an unreadable slot or an impossible pointer is read again, over some six seconds, before it is believed."""
FIRST_WAIT_SECONDS: Final = 0.2
LONGEST_WAIT_SECONDS: Final = 5.0
"""From `FIRST_WAIT_SECONDS` up to this, doubled each time, a drain waits after a failure before it tries again."""
MAP_IS_WRONG_SECONDS: Final = 600.0
STALE_SECONDS: Final = 5.0
"""What was read and could not be proved for so long is forgotten: within it nobody swaps a controller there and back."""
ACKNOWLEDGE_SECONDS: Final = 1.0
"""At most so often a controller is told how far its events are kept."""

_BEFORE_ALL_OTHERS: Final = 0.0
"""Due before the drains of other units: what was read is to be proved soon, however many of them are busy."""


@dataclass(slots=True)
class _Batch:
    """Slots on their way from the ring to the disk."""

    way: Route
    before: Pointers
    began: float
    read: tuple[Slot | None, ...] = ()
    card_wanted: bool = False
    received_ns: int = field(default_factory=lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    cards: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Known:
    """What is known of the unit that answers at present."""

    pointers: Pointers | None = None
    serial: str | None = None
    size: int = 0
    """How many slots its ring has; 0 until it was asked."""
    drained: tuple[int, int] | None = None
    """Epoch and head of a ring that holds nothing new."""
    batch: _Batch | None = None
    resting: bool = True
    """Nothing is under way and nothing failed: new pointers bring it to work at once."""
    failures: int = 0
    doubts: int = 0
    """How often its pointers were impossible."""
    damaged: int = 0
    """How often the next slot could not be read."""
    beyond: int = 0
    """How many slots behind it could not be read either."""
    acknowledged: int = -1
    acknowledge_after: float = 0.0


class RingDuty:
    """Drains the event ring of a unit whose profile has one. Implements `drivers.modbus.act.Duty`.

    Raises `Misconfigured` where the profile has no serial number, or does not tell the ring's pointers in one read.
    """

    rank = Rank.DRAIN

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.due = inf
        self.over = False
        self._map = RingMap(unit)
        self._known = _Known()
        self._cursor: Cursor | None = None
        self._cursor_is_read = False
        self._keeping: Talk | None = None
        self._numbers = dict.fromkeys(("backlog", "events", "gaps", "bad_slots", "bad_pointers"), 0)

    # ------------------------------------------------------------ what the line calls

    def saw(self, poll: Poll, values: tuple[Value, ...], now: float) -> None:
        """Go to work when the pointers show something new."""
        ring, known = self._map, self._known
        if poll is not ring.poll or known.drained == (values[ring.epoch_at], values[ring.head_at]):
            return
        if self._point(values) is not None and known.resting:
            self.due = min(self.due, now)

    def unit_back(self) -> None:
        """Forget what was read and not kept: it may be another controller."""
        self._known = _Known()
        self.due = inf

    def numbers(self) -> Mapping[str, float]:
        """`backlog` is how many events wait in the ring; the others count what was kept, lost and damaged."""
        return self._numbers

    async def step(self, talk: Talk, now: float) -> None:
        """Do the next transaction, or the two that prove a batch."""
        if self._keeping is talk:
            self.due = inf
            return
        self._keeping = None  # what a connection was keeping when it ended has ended with it
        self._known.resting = False
        self.due = now
        try:
            await self._go_on(talk, now)
        except ExceptionReply as refusal:
            self._wait(now, MAP_IS_WRONG_SECONDS if refusal.code in MAP_IS_WRONG else None)
        except ModbusError:
            self._wait(now)

    # ------------------------------------------------------------ one step

    async def _go_on(self, talk: Talk, now: float) -> None:
        known, ring = self._known, self._map
        if not self._cursor_is_read:
            self._cursor = Cursor.of(talk.post.cursor(self.unit.device.id))
            self._cursor_is_read = True
        if known.batch is not None and now - known.batch.began > STALE_SECONDS:
            known.batch = None
        if not known.size:
            known.size = ring.size(await talk.ask(self.unit, ring.size_frame))
            if not known.size:
                self._numbers["bad_pointers"] += 1
                self._wait(now)
        elif known.serial is None and self._cursor is None:
            await self._ask_serial(talk, now)
        elif known.batch is None:
            await self._set_out(talk, now)
        elif known.batch.card_wanted:
            await self._learn_card(talk, known.batch)
        else:
            await self._prove(talk, known.batch, now)

    async def _set_out(self, talk: Talk, now: float) -> None:
        """Find what is to be read, and read it."""
        known, cursor = self._known, self._cursor
        pointers = known.pointers
        if pointers is None or not pointers.sound(known.size):
            self._rest(inf)
            return
        serial = known.serial or (cursor.serial if cursor else "")
        way = route(cursor, serial, pointers, known.size, self._map.most, known.beyond)
        if not way.impossible:
            known.doubts = 0
        if way.impossible and known.doubts < PATIENCE:
            known.doubts += 1
            self._numbers["bad_pointers"] += 1
            await self._look(talk)
            self._wait(now)
        elif way.count:
            await self._read(talk, way, pointers, now)
        elif known.beyond:  # unreadable up to the head: wait for a slot behind it
            known.beyond = 0
            self._wait(now)
        elif way.leads_on:
            known.batch = _Batch(way, pointers, now)
        elif known.serial is None:  # another controller may stand at the same place in its ring by chance
            await self._ask_serial(talk, now)
        else:
            await self._settle(talk, pointers, now)

    async def _read(self, talk: Talk, way: Route, pointers: Pointers, now: float) -> None:
        ring, known = self._map, self._known
        content = await talk.ask(self.unit, ring.slots_frame(way.first, way.count, known.size))
        slots = slots_of(content)
        unknown_card = any(slot is not None and ring.of_unknown_card(slot) for slot in slots)
        known.batch = _Batch(way, pointers, now, slots, unknown_card)
        self.due = _BEFORE_ALL_OTHERS

    async def _learn_card(self, talk: Talk, batch: _Batch) -> None:
        batch.card_wanted = False
        self.due = _BEFORE_ALL_OTHERS
        if (frame := self._map.unknown_card_frame()) is not None:
            sequence, card = self._map.unknown_card(await talk.ask(self.unit, frame))
            batch.cards[sequence] = card

    async def _prove(self, talk: Talk, batch: _Batch, now: float) -> None:
        """Read pointers and serial number again, and keep what they allow."""
        known = self._known
        after = await self._look(talk)
        if after is None or not after.sound(known.size):
            self._wait(now)
            return
        serial = await self._ask_serial(talk, now)
        if serial is None:
            return
        known.batch = None
        give_up = known.damaged >= PATIENCE
        catch = accepted(self._cursor, batch.way, batch.before, batch.read, serial, after, give_up=give_up)
        if isinstance(catch, Catch):
            self._cursor_is_read = False
            self._keeping = talk
            self.due = inf
            talk.beside(self._keep(talk, batch, catch, now), f"keep events of {self.unit.device.id}")
        elif catch is Miss.MOVED:
            known.damaged = known.beyond = 0
            known.failures += 1
            if known.failures > PATIENCE:
                self._wait(now)
        else:
            known.damaged += 1
            self._numbers["bad_slots"] += 1
            if give_up:  # look behind it
                known.beyond += len(batch.read)
            else:
                self._wait(now)

    async def _keep(self, talk: Talk, batch: _Batch, catch: Catch, now: float) -> None:
        ring, device = self._map, self.unit.device.id
        gaps = [ring.gap(gap, batch.received_ns) for gap in catch.gaps]
        events = [ring.event(slot, catch.cursor.ring, batch.received_ns, batch.cards) for slot in catch.events]
        try:
            await talk.post.keep([*gaps, *events], {device: catch.cursor.json()})
            self._cursor, self._cursor_is_read = catch.cursor, True
        finally:
            self._keeping = None
            self.due = now
        self._numbers["events"] += len(events)
        self._numbers["gaps"] += len(gaps)
        known = self._known
        known.failures = known.doubts = known.damaged = known.beyond = 0
        if known.pointers is not None:
            self._numbers["backlog"] = known.pointers.head - catch.cursor.next
        talk.wake()

    async def _settle(self, talk: Talk, pointers: Pointers, now: float) -> None:
        """Nothing is left to read: say how far the events are kept, and rest."""
        known, cursor = self._known, self._cursor
        known.failures = known.doubts = 0
        known.drained = pointers.epoch, pointers.head
        self._numbers["backlog"] = 0
        if cursor is None or cursor.next == known.acknowledged:
            self._rest(inf)
        elif now < known.acknowledge_after:
            self._rest(known.acknowledge_after)
        else:
            self._rest(inf)
            known.acknowledged, known.acknowledge_after = cursor.next, now + ACKNOWLEDGE_SECONDS
            if (frame := self._map.acknowledging(cursor.next)) is not None:
                try:
                    await talk.ask(self.unit, frame)
                except ModbusError:
                    return  # it is advice: the next one says more

    # ------------------------------------------------------------ parts of a step

    async def _ask_serial(self, talk: Talk, now: float) -> str | None:
        self._known.serial = serial = self._map.serial(await talk.ask(self.unit, self._map.serial_frame))
        if serial is None:
            self._wait(now)
        return serial

    async def _look(self, talk: Talk) -> Pointers | None:
        values = await talk.poll(self._map.poll)
        return None if values is None else self._point(values)

    def _point(self, values: tuple[Value, ...]) -> Pointers | None:
        """Take pointers for the next way; None for those that cannot be."""
        pointers = self._map.pointers(values)
        if pointers is None:
            return None
        if not pointers.sound(self._known.size or pointers.head):
            self._numbers["bad_pointers"] += 1
            return None
        self._known.pointers = pointers
        return pointers

    def _rest(self, until: float) -> None:
        self._known.resting = True
        self.due = until

    def _wait(self, now: float, seconds: float | None = None) -> None:
        known = self._known
        longer = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(known.failures, 10))
        known.failures += 1
        self.due = now + (longer if seconds is None else seconds)
