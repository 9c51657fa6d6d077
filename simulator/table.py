"""The table by which a controller lets people in: two banks in flash, windows to write them through, and commits.

Flash is written in single steps, each of which happens whole or not at all; a power cut can come before any of them
(`power_fails_after`). Only a commit, one step, makes the staged bank the active one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import inf

from simulator.bank import HOLIDAY_WORDS, SCHEDULE_WORDS, USER_WORDS, Bank
from simulator.ring import crc16

USER_CAPACITY = 10_000
FIRST_SCHEDULE, LAST_SCHEDULE = 1, 31
LAST_HOLIDAY = 127
LAST_KIND = 7
COPY, EMPTY = 1, 0
"""ARG of `begin`."""
EMPTY_IS_MEANT = 0xE0FF
"""ARG of a commit that leaves nobody in."""


class PowerFailed(Exception):
    """The power went in the middle of a request: no answer, and a boot when it comes back."""


class TableRefused(ValueError):
    """A window that cannot be written: no table begun, a wrong CRC, or an index outside its range (exception 03)."""


class Window(Enum):
    """The three sets of records by the window that shows them: its first register, its indices, the words of a record."""

    USERS = (0x2000, 0, USER_CAPACITY - 1, USER_WORDS)
    SCHEDULES = (0x2100, FIRST_SCHEDULE, LAST_SCHEDULE, SCHEDULE_WORDS)
    HOLIDAYS = (0x2200, 0, LAST_HOLIDAY, HOLIDAY_WORDS)

    def __init__(self, address: int, first: int, last: int, words: int) -> None:
        self.address = address
        self.first = first
        self.last = last
        self.words = words
        self.registers = 1 + words + 1
        """Index, words, CRC."""

    def of(self, bank: Bank) -> dict[int, bytes]:
        """Its records in a bank."""
        match self:
            case Window.USERS:
                return bank.users
            case Window.SCHEDULES:
                return bank.schedules
        return bank.holidays


@dataclass(frozen=True, slots=True)
class _Staged:
    """A table that was begun."""

    bank: Bank
    version: int


class Table:
    """Two banks, of which one counts. `version` 0: none was ever committed."""

    __slots__ = ("_indices", "_staged", "active", "expected_sum", "power_fails_after", "version", "written")

    def __init__(self) -> None:
        self.active = Bank()
        self.version = 0
        self.written = 0
        """Windows written since the begin."""
        self.expected_sum = 0
        """EXPECTED_SUM; in working memory, as the indices of the windows are."""
        self.power_fails_after: float = inf
        """How many steps the flash will still take before the power fails."""
        self._staged: _Staged | None = None
        self._indices = {one: one.first for one in Window}

    @property
    def staged(self) -> Bank | None:
        """The bank being written; None when none is begun."""
        return self._staged.bank if self._staged else None

    @property
    def staged_version(self) -> int:
        """The version that was begun; 0 for none."""
        return self._staged.version if self._staged else 0

    def restart(self) -> None:
        """The controller boots: both banks and what is known of them are in flash, the rest is forgotten."""
        self.expected_sum = 0
        self._indices = {one: one.first for one in Window}
        self.power_fails_after = inf

    # ------------------------------------------------------------ commands; False is a bad argument

    def begin(self, argument: int, version: int) -> bool:
        """Open the staged bank, as a copy of the active one or empty. A table begun before is given up."""
        if argument not in (COPY, EMPTY) or not version:
            return False
        self._flash()  # what was staged is void from here on
        self._staged = None
        bank = self.active.copy() if argument == COPY else Bank()
        self._flash()  # the copy stands, and from here on so does the version
        self._staged = _Staged(bank, version)
        self.written = 0
        return True

    def commit(self, argument: int, version: int) -> bool:
        """Make the staged bank the active one, when it is the one that is meant."""
        staged = self._staged
        if staged is None or version != staged.version or self.expected_sum != staged.bank.sum():
            return False
        if not staged.bank.users and argument != EMPTY_IS_MEANT:
            return False
        self._flash()
        self.active, self.version = staged.bank, staged.version
        self._staged = None
        self.written = 0
        return True

    def abort(self) -> bool:
        """Give up the staged bank; there need not be one."""
        if self._staged is not None:
            self._flash()
            self._staged = None
            self.written = 0
        return True

    # ------------------------------------------------------------ windows

    def look(self, of: Window, index: int) -> None:
        """Turn a window to a record; raises `TableRefused` for an index outside its range."""
        if not of.first <= index <= of.last:
            raise TableRefused(f"{of.name.lower()} have the indices {of.first} to {of.last}, not {index}")
        self._indices[of] = index

    def write(self, of: Window, index: int, words: bytes, crc: int) -> None:
        """Write a record to the staged bank. Raises `TableRefused`."""
        if self._staged is None:
            raise TableRefused("no table is begun")
        if crc16(words) != crc:
            raise TableRefused("the CRC is wrong")
        if of is Window.HOLIDAYS and words[2:] > LAST_KIND.to_bytes(2, "big"):
            raise TableRefused(f"a day has the kinds 0 to {LAST_KIND}")
        self.look(of, index)
        self._flash()
        self._staged.bank.put(of.of(self._staged.bank), index, words)
        self.written = self.written + 1 & 0xFFFF

    def read(self, of: Window) -> bytes:
        """A window as it reads: index, words, CRC; of the staged bank, or of the active one when none is begun."""
        index = self._indices[of]
        words = of.of(self.staged or self.active).get(index) or bytes(2 * of.words)
        return index.to_bytes(2, "big") + words + crc16(words).to_bytes(2, "big")

    def _flash(self) -> None:
        if self.power_fails_after < 1:
            raise PowerFailed
        self.power_fails_after -= 1
