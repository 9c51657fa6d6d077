"""What to write so that a controller's table becomes the wanted one, and how far that has come (docs/acp1.md). Pure.

Tables are levels as they are wanted: `users`, `schedules` and `holidays`, each a list of records by rising index, each
record with its index first. Records are written in the order of the sum, so that at any moment the staged bank holds the
wanted table up to some record and what it was begun with after it: how far it is, its sum alone tells, whoever wrote it.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from drivers.modbus.crc import crc
from drivers.permit_table import SCHEDULE_WORDS, running_sums, table_sum

if TYPE_CHECKING:
    from collections.abc import Iterable

Record: TypeAlias = Sequence[Any]
"""[index, hash, from, until, doors, schedule, flags], [index, words] or [index, day, kind]."""

Level: TypeAlias = Mapping[str, Any]

NOBODY: Final[Level] = {"users": (), "schedules": (), "holidays": ()}
"""What a bank holds that was begun empty."""

SUMS_TRIED: Final = 4
"""How many places a staged copy is looked for at: as far as it says that it was written, and a few repeated writes less."""

COMMIT_COSTS: Final = 6
"""Transactions around the records of a table: to begin, to prove, to commit and to look, and two serial numbers."""

_WORD_BYTES: Final = 2
_index_of = itemgetter(0)


class Window(IntEnum):
    """The registers through which one kind of record is written; in the order of the sum."""

    USERS = 0
    SCHEDULES = 1
    HOLIDAYS = 2

    @property
    def key(self) -> str:
        """Under which name a level has its records."""
        return self.name.lower()


_BODIES: Final = {
    Window.USERS: struct.Struct(">QIIHHH"),
    Window.SCHEDULES: struct.Struct(f">{SCHEDULE_WORDS}H"),
    Window.HOLIDAYS: struct.Struct(">HH"),
}


@dataclass(frozen=True, slots=True)
class Write:
    """One record to be written; None empties it."""

    window: Window
    index: int
    record: Record | None

    def registers(self) -> bytes:
        """What the window takes: index, words, and the CRC over the words."""
        shape = _BODIES[self.window]
        body = bytes(shape.size)
        if self.record is not None:
            match self.window, self.record:
                case Window.USERS, (_, credential, *rest):
                    body = shape.pack(int(credential, 16), *rest)
                case Window.SCHEDULES, (_, words):
                    body = shape.pack(*words)
                case _, (_, *rest):
                    body = shape.pack(*rest)
        return self.index.to_bytes(_WORD_BYTES, "big") + body + crc(body)[::-1]


@dataclass(frozen=True, slots=True)
class Goal:
    """A table that is wanted. `sum` is that of its records."""

    level: Level
    version: int
    sum: int
    zone_minutes: int
    empty_is_meant: bool

    @classmethod
    def of(cls, level: Level) -> Goal:
        """From a wanted state `permits`."""
        return cls(level, level["version"], table_sum(level), level["zone"], level["empty"])

    @property
    def users(self) -> int:
        """How many users it has."""
        return len(self.level["users"])

    @property
    def records(self) -> int:
        """How many records it has in all."""
        return sum(len(self.level[window.key]) for window in Window)

    def impossible(self, capacity: int) -> str:
        """Why no controller with room for `capacity` users may ever be told to take it; "" when it may."""
        if not self.users and not self.empty_is_meant:
            return "the wanted table has no users, and nobody said that this is meant"
        highest = self.level["users"][-1][0] if self.users else -1
        if self.users > capacity or highest >= capacity:
            return f"the controller has room for {capacity} users; wanted are {self.users}, the highest at {highest}"
        return ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a controller says of its table: input registers 0x2300 to 0x230A."""

    version: int
    sum: int
    users: int
    staged: bool
    staged_version: int
    staged_sum: int
    written: int
    """Windows written since the begin, low 16 bits; a write that was repeated counts twice."""

    def shows(self, goal: Goal) -> bool:
        """Whether that table lets people in now."""
        return (self.version, self.sum, self.users) == (goal.version, goal.sum, goal.users)

    def is_empty(self) -> bool:
        """Whether no record at all lets people in: so is a controller that was never written."""
        return not self.sum and not self.users


@dataclass(slots=True)
class Load:
    """A table on its way: what the begun bank holds, what is written to it, and how many of the writes it has."""

    goal: Goal
    held: Level
    writes: tuple[Write, ...]
    done: int = 0

    @classmethod
    def over(cls, held: Level, goal: Goal) -> Load:
        """To a bank that holds this."""
        return cls(goal, held, differences(held, goal.level))

    @classmethod
    def shortest(cls, active: Level | None, goal: Goal) -> Load:
        """Over a copy of the active table, when it is known what that holds; over an empty bank where that is less."""
        if active is not None:
            changed = cls.over(active, goal)
            if len(changed.writes) <= goal.records:
                return changed
        return cls.over(NOBODY, goal)

    @property
    def copies(self) -> bool:
        """Whether the bank is begun as a copy of the active one."""
        return self.held is not NOBODY

    @property
    def left(self) -> int:
        """Records that are still to be written."""
        return len(self.writes) - self.done

    def found_in(self, standing: Standing) -> bool:
        """Find how many of the writes a staged bank has, and go on from there; False when it is not on this way at all."""
        if not standing.staged or standing.staged_version != self.goal.version:
            return False
        done = self._place_of(standing)
        if done is None:
            return False
        self.done = done
        return True

    def worth_finishing_before(self, goal: Goal, active: Level | None) -> bool:
        """Whether finishing this and changing it then is less to write than beginning the newly wanted one at once."""
        finishing = self.left + COMMIT_COSTS + len(differences(self.goal.level, goal.level))
        return finishing < len(Load.shortest(active, goal).writes)

    def _place_of(self, standing: Standing) -> int | None:
        if standing.staged_sum == self.goal.sum:
            return len(self.writes)
        if not self.copies:
            sums = running_sums(self.goal.level)
            return next((place for place, total in enumerate(sums) if total == standing.staged_sum), None)
        least = max(0, standing.written - SUMS_TRIED + 1)
        likely = (self.done, self.done + 1, *range(standing.written, least - 1, -1))
        within = (place for place in dict.fromkeys(likely) if place <= len(self.writes))
        return next((place for place in within if self.sum_after(place) == standing.staged_sum), None)

    def sum_after(self, done: int) -> int:
        """The sum of the bank once it has so many of the writes."""
        if not done:
            return table_sum(self.held)
        last = self.writes[done - 1]
        mixed: dict[str, Sequence[Record]] = {}
        for window in Window:
            wanted, held = self.goal.level[window.key], self.held[window.key]
            if window < last.window:
                mixed[window.key] = wanted
            elif window > last.window:
                mixed[window.key] = held
            else:
                written = wanted[: bisect_right(wanted, last.index, key=_index_of)]
                mixed[window.key] = [*written, *held[bisect_right(held, last.index, key=_index_of) :]]
        return table_sum(mixed)


def under_way(ours: Load | None, active: Level | None, goal: Goal, standing: Standing) -> Load | None:
    """The load that the staged bank is on: `ours`, or one of another process to the same goal; None for neither."""
    if ours is not None and ours.found_in(standing):
        return ours
    if standing.staged and standing.staged_version == goal.version:
        for held in (NOBODY, active):
            if held is not None and (load := Load.over(held, goal)).found_in(standing):
                return load
    return None


class Wanted:
    """What is wanted of a controller, and what was before: it may hold any of these, and then what it holds is known.

    `goal` is None while nothing is wanted.
    """

    def __init__(self) -> None:
        self.goal: Goal | None = None
        self._before: deque[Goal] = deque(maxlen=2)
        self._active: Goal | None = None

    def say(self, goal: Goal | None) -> None:
        """From now on this is wanted."""
        if self.goal is not None:
            self._before.append(self.goal)
        self.goal = goal

    def held(self, standing: Standing, coming: Goal | None) -> Level | None:
        """What the active table holds; None when that is not known. `coming` is what was on its way there."""
        goals = (self._active, coming, self.goal, *self._before)
        self._active = next((goal for goal in goals if goal is not None and standing.shows(goal)), None)
        if self._active is None:
            return NOBODY if standing.is_empty() else None
        if self._active is self.goal:
            self._before.clear()
        return self._active.level


def differences(held: Level, wanted: Level) -> tuple[Write, ...]:
    """The writes by which one table becomes the other, in the order of the sum."""
    return tuple(write for window in Window for write in _differing(window, held[window.key], wanted[window.key]))


def _differing(window: Window, held: Iterable[Record], wanted: Iterable[Record]) -> list[Write]:
    before: dict[int, Record] = {record[0]: record for record in held}
    writes = [Write(window, record[0], record) for record in wanted if before.pop(record[0], None) != record]
    if before:
        writes += [Write(window, index, None) for index in before]
        writes.sort(key=lambda write: write.index)
    return writes
