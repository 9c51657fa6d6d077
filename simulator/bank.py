"""One bank of a controller's table: users, schedules and holidays as their registers hold them.

Pure data: what makes a bank the active one is in `table`, what a record lets through is decided here.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

USER_WORDS, SCHEDULE_WORDS, HOLIDAY_WORDS = 11, 32, 2
ALWAYS = 0
"""The schedule that every bank has without being written."""
MINUTES, DAY_MINUTES = 60, 24 * 60

_USER = struct.Struct(">QIIHHH")
_SCHEDULE = struct.Struct(f">{SCHEDULE_WORDS}H")
_HOLIDAY = struct.Struct(">HH")
_INDEX = struct.Struct(">H")


@dataclass(frozen=True, slots=True)
class User:
    """A record of the table: who, from when until when (UTC, 0: no bound), at which doors, by which schedule."""

    credential: int
    from_utc: int
    until_utc: int
    doors: int
    schedule: int
    flags: int


@dataclass(slots=True)
class Bank:
    """Records by index, each as the bytes of its words without the CRC; an empty record is not there."""

    users: dict[int, bytes] = field(default_factory=dict)
    schedules: dict[int, bytes] = field(default_factory=dict)
    holidays: dict[int, bytes] = field(default_factory=dict)
    _holders: dict[int, int] | None = None
    _sum: int | None = None

    def copy(self) -> Bank:
        """The same records, to be changed apart."""
        return Bank(dict(self.users), dict(self.schedules), dict(self.holidays), _sum=self._sum)

    def put(self, records: dict[int, bytes], index: int, words: bytes) -> None:
        """Put a record into one of its three sets; words whose key (hash, all words, day) is 0 empty it."""
        key = words[:8] if records is self.users else words[:2] if records is self.holidays else words
        if any(key):
            records[index] = words
        else:
            records.pop(index, None)
        self._sum = self._holders = None

    def sum(self) -> int:
        """CRC-32 over all records in the order of the map: users, schedules, holidays, each by rising index."""
        if self._sum is None:
            self._sum = zlib.crc32(
                b"".join(part for records in (self.users, self.schedules, self.holidays) for part in _in_order(records))
            )
        return self._sum

    def holder(self, credential: int) -> int | None:
        """The index of the user with this hash, the lowest where it stands twice; None for nobody."""
        if self._holders is None:
            self._holders = {
                int.from_bytes(self.users[index][:8], "big"): index for index in sorted(self.users, reverse=True)
            }
        return self._holders.get(credential)

    def user(self, index: int) -> User:
        """The user of an index that is not empty."""
        return User(*_USER.unpack(self.users[index]))

    def open_at(self, schedule: int, local_seconds: int) -> bool:
        """Whether a schedule lets pass at this time: seconds since 1970 in local time. A schedule that is empty never does."""
        if schedule == ALWAYS:
            return True
        words = self.schedules.get(schedule)
        if words is None:
            return False
        minutes, kind = local_seconds // MINUTES, self._kind_of(local_seconds // (MINUTES * DAY_MINUTES))
        minute = minutes % DAY_MINUTES
        first, first_end, second, second_end = _SCHEDULE.unpack(words)[4 * kind : 4 * kind + 4]
        return bool(first <= minute < first_end or second <= minute < second_end)

    def _kind_of(self, day: int) -> int:
        """0 to 6 for Monday to Sunday, or what the calendar makes of the day; 1 January 1970 was a Thursday."""
        for words in self.holidays.values():
            named, kind = _HOLIDAY.unpack(words)
            if named == day:
                return int(kind)
        return (day + 3) % 7


def _in_order(records: dict[int, bytes]) -> Iterable[bytes]:
    for index in sorted(records):
        yield _INDEX.pack(index)
        yield records[index]
