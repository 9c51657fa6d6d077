"""After a crash: the minutes that were in memory only, put back into history from what the outbox still holds.

History writes a minute when it has ended; the outbox has every told reading within a second and keeps what was sent for
two minutes more. So the last row of a group says in which state its next minute began, and the told readings say what
came after it, up to the moment when the last process was last seen alive. What follows is a gap until the first sample.

What comes back is what was told, which is less than a deadband away from the truth.
"""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import Quality
from gateway.keep.breath import Breath
from gateway.keep.chunks import BAD, BOOLEAN, MINUTE, UNHEARD, Chunk, Closed, Layout, StoredPiece
from gateway.keep.days import DAY, GROUPS, WHOLE_STATE_SECONDS, day_numbers, fetcher, key_of
from gateway.keep.lines import BatchReader
from gateway.keep.qualities import UNHEARD as SILENT
from gateway.keep.qualities import from_words
from gateway.keep.strip import TICK_SECONDS
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.contract import Fault
    from gateway.keep.history import History
    from gateway.keep.lines import Said
    from gateway.keep.outbox import Batch, Outbox
    from gateway.keep.strip import Strip

TAIL_SECONDS = 120.0
"""How far back the outbox holds everything. A minute is on disk well within it, unless minutes could not be written."""

_ALL_GOOD: Mapping[str, Fault | None] = {}


class Ending(NamedTuple):
    """How the rows of a group end."""

    until: float
    """Nothing is known after it (seconds since 1970)."""
    layout: Layout
    state: tuple[float, ...] | None
    """The values and marks with which they end, in the order of the layout. None where the gateway ended there too."""
    uncertain: frozenset[int]
    """Places in the layout whose value is uncertain."""


Endings = dict[tuple[str, int], Ending]


async def rebuild(history: History, outbox: Outbox) -> int:
    """Put back what a crash took from history's memory; return how many values that were.

    To be called when the devices are adopted and before the first sample. It is also the quick look at the newest day
    file: one that is damaged is set aside and named. After a clean end there is nothing to put back.
    """
    alive_until = outbox.alive_until_utc
    days = [day for day in day_numbers(history.folder) if not alive_until or day * DAY <= alive_until]
    endings = (await history.look_into(days[-1], read_endings) if days else None) or {}
    if not alive_until:
        return 0
    on_disk = max((ending.until for ending in endings.values()), default=0.0)
    since = max(on_disk, alive_until - TAIL_SECONDS)
    again = await history.in_a_thread(lambda: _Again(history.blank_strips(), endings, since, alive_until))
    for batch in await outbox.tail(int(since * NANOSECONDS)):
        await history.in_a_thread(again.take, batch)
    if minutes := await history.in_a_thread(again.minutes):
        await history.put_back(minutes)
    return again.values


class _Again:
    """Feeds empty strips with what was told, as the lost ones were fed. In a thread."""

    def __init__(self, strips: Iterable[Strip], endings: Endings, since: float, alive_until: float) -> None:
        self.values = 0
        """How many were put back."""
        self._alive_until = alive_until
        self._breath = Breath()
        self._reader = BatchReader()
        self._done: list[Chunk] = []
        self._groups: list[_Group] = []
        self._group_of: dict[str, dict[str, _Group]] = {}
        for strip in strips:
            group = _Group(strip, endings.get((strip.device, strip.group)), since)
            self._groups.append(group)
            self._group_of.setdefault(strip.device, {}).update(dict.fromkeys(strip.layout.keys, group))

    def take(self, batch: Batch) -> None:
        """Take the readings of a batch; devices and points that are gone, or are not recorded, are passed over."""
        for device, fields, faults, utc_ns, _ in self._reader.read(batch.plain()):
            self._breath.draw()
            groups = self._group_of.get(device)
            if groups is None:
                continue
            said = dict(from_words(faults)) if faults else _ALL_GOOD
            # all points of a line are of one group; the first ones may be texts
            group = next((groups[key] for key in chain(fields, said) if key in groups), None)
            if group is not None and utc_ns >= group.begin_ns:
                self.values += len(fields)
                self._done += group.take(fields, said, utc_ns / NANOSECONDS)

    def minutes(self) -> list[Closed]:
        """All minutes up to the end, in the order of time."""
        for group in self._groups:
            self._done += group.end(self._alive_until)
        closed = []
        for chunk in sorted(self._done, key=attrgetter("t0")):
            self._breath.draw()
            closed.append(Closed(chunk))
        return closed


class _Group:
    """One poll group on its way through the lost minutes."""

    def __init__(self, strip: Strip, ending: Ending | None, since: float) -> None:
        self.begin_ns = int(since * NANOSECONDS)
        """What was told before is on disk."""
        self._strip = strip
        self._places = {key: place for place, key in enumerate(strip.layout.keys)}
        self._state = [UNHEARD[code] for code in strip.layout.codes]
        self._silence = self._state.copy()
        self._uncertain: set[int] = set()
        self._goes_on_at: float | None = None
        """Where the state on disk goes on, until it is put there."""
        strip.t0 = int(since // MINUTE) * MINUTE
        if ending is None or ending.until < since:
            return
        if ending.state is None:
            self.begin_ns = int((ending.until + TICK_SECONDS) * NANOSECONDS)  # its last record's time is cut to a tick
        elif ending.layout == strip.layout:
            self._state = list(ending.state)
            self._uncertain = set(ending.uncertain)
            self._goes_on_at = since

    def take(self, fields: Mapping[str, Said], said: Mapping[str, Fault | None], utc: float) -> Iterator[Chunk]:
        """Take what was told at a time; yields the minutes that were over by then."""
        strip = self._strip
        self._go_on(utc)
        if not 0.0 <= utc - strip.t0 < MINUTE:
            yield from strip.roll(utc, utc, goes_on=False)
        new = not strip.count
        for key, value in fields.items():
            place = self._places.get(key)
            if place is not None and isinstance(value, int | float):
                new |= self._state[place] != value
                self._state[place] = bool(value) if strip.layout.codes[place] == BOOLEAN else value
        for key, fault in said.items():
            place = self._places.get(key)
            if place is not None:
                self._believe(place, fault)
                new = True
        if new:
            self._put(utc - strip.t0)

    def end(self, utc: float) -> Iterator[Chunk]:
        """The minutes up to the moment after which nothing is known."""
        self._go_on(utc)
        if utc >= self._strip.t0 + MINUTE:
            yield from self._strip.roll(utc, utc, goes_on=True)
        if (last := self._strip.so_far(utc)) is not None:
            yield last

    def _go_on(self, utc: float) -> None:
        """Begin with the state on disk, unless another one takes its place in that very instant."""
        if self._goes_on_at is not None and utc - self._goes_on_at >= TICK_SECONDS:
            self._put(self._goes_on_at - self._strip.t0)
        self._goes_on_at = None

    def _believe(self, place: int, fault: Fault | None) -> None:
        if fault is not None and fault.quality is Quality.BAD:
            marks = UNHEARD if fault == SILENT else BAD
            self._state[place] = marks[self._strip.layout.codes[place]]
        if fault is not None and fault.quality is Quality.UNCERTAIN:
            self._uncertain.add(place)
        else:
            self._uncertain.discard(place)

    def _put(self, offset: float) -> None:
        if self._state == self._silence:
            self._strip.hush(offset)
        else:
            self._strip.put_state(self._state, sorted(self._uncertain), offset)


def read_endings(connection: sqlite3.Connection) -> Endings:
    """How each group ends in the newest minute of a day file; groups that were silent before it are left out.

    Raises sqlite3.Error or ValueError when the file is damaged there.
    """
    endings: Endings = {}
    (key,) = connection.execute("SELECT max(at) FROM chunk").fetchone()
    if key is None:
        return endings
    newest = key // GROUPS * MINUTE
    groups = {gid: row for gid, *row in connection.execute("SELECT gid, device, grp, layout FROM groups")}
    rows = connection.execute("SELECT gid, span, heard_until FROM chunk WHERE at >= ?", (key_of(newest, 0),)).fetchall()
    last = _last_with_records(connection, newest)
    fetch = fetcher(connection)
    for gid, span, until in rows:
        device, group, text = groups[gid]
        layout = Layout.parse(text)
        state, uncertain = None, frozenset[int]()
        if until >= newest + span and gid in last:
            t0, count = last[gid]
            whole = Chunk(device, group, layout, t0, span, until, count, (StoredPiece(fetch, t0, gid),))
            state, uncertain = whole.end()
        known = endings.get((device, group))
        if known is None or known.until < until:
            endings[device, group] = Ending(until, layout, state, uncertain)
    return endings


def _last_with_records(connection: sqlite3.Connection, newest: int) -> dict[int, tuple[int, int]]:
    """When each group's last row with records is of, and how many it has: what a row without any refers to."""
    since = key_of(newest - WHOLE_STATE_SECONDS, 0)
    rows = connection.execute("SELECT gid, t0, n FROM chunk WHERE at >= ? AND n > 0", (since,))
    return {gid: (t0, count) for gid, t0, count in rows}  # in the order of the key: the last one stays
