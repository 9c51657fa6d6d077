"""The tables of all controllers: what a change means for each, and a little work at a time until all of it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

from drivers.contract import PERMITS, WantedState
from gateway.decide.permits.book import moved
from gateway.decide.permits.calendar import holiday_records
from gateway.decide.permits.doors import Doors, Reach
from gateway.decide.permits.states import TableState
from gateway.decide.permits.table import Table, ended
from gateway.decide.permits.written import CALENDAR, SLOTS, TABLE
from gateway.decide.rules import Rules
from gateway.model import Outcome, Remember, Want
from gateway.permit import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drivers.contract import Json
    from gateway.decide.permits.book import Book, Moved
    from gateway.model import Now
    from gateway.permit import Permit

LOOKS = 300
"""Permits looked at in one turn: 2 ms."""

_UTC_PLUS_8 = 480


class Tables:
    """See the module. `of` has the tables of the controllers that are in the configuration."""

    def __init__(self, remembered: Mapping[str, Json], book: Book) -> None:
        self._book = book
        self._ever: dict[str, Table] = {}
        calendar: tuple[int, int] = remembered.get(CALENDAR) or (1970, _UTC_PLUS_8)
        self.year, self.zone = calendar
        self._holidays: list[list[int]] = holiday_records(self.year)
        self.doors = Doors(Rules({}))
        self.reach = Reach(self.doors, book.groups)
        self.of: dict[str, Table] = {}
        for key, body in remembered.items():
            if key.startswith(TABLE):
                self._table(key.removeprefix(TABLE)).load(body)
            elif key.startswith(SLOTS):
                device, _, page = key.removeprefix(SLOTS).rpartition(":")
                self._table(device).slots.load(int(page), body)
        for table in self._ever.values():
            table.slots.loaded()

    @property
    def dirty(self) -> bool:
        """Whether there is work for `step`."""
        return any(table.dirty for table in self.of.values())

    @property
    def states(self) -> Mapping[str, TableState]:
        """How each stands, read when it is looked up."""
        return _States(self.of)

    def adopt(self, rules: Rules) -> None:
        """Take the doors that there are; looks anew at the tables of controllers whose doors or people that changes."""
        self.doors = Doors(rules)
        self.reach = Reach(self.doors, self._book.groups)
        members: dict[str, set[str]] = {device: set() for device in self.doors.devices}
        for permit in self._book.permits.values():
            if permit.standing is Standing.VALID:
                for device in self.reach.of(permit.groups):
                    members[device].add(permit.id)
        self.of = {device: self._table(device) for device in self.doors.devices}
        for device, table in self.of.items():
            if table.level is None or table.doors != self.doors.devices[device] or table.members != members[device]:
                table.doors, table.members = self.doors.devices[device], members[device]
                table.waiting |= dict.fromkeys((*sorted(members[device]), *table.slots.held()))
                table.unsealed |= table.version > 0

    def believe(self, year: int, zone: int) -> Iterator[Outcome]:
        """The local year, and the minutes that local time is east of UTC."""
        if (year, zone) == (self.year, self.zone):
            return
        self.year, self.zone, self._holidays = year, zone, holiday_records(year)
        for table in self.of.values():
            table.unsealed |= table.version > 0
        yield Remember(CALENDAR, [year, zone])

    # ------------------------------------------------------------ changes

    def moved(self, changes: Iterable[tuple[Permit | None, Permit]], after: Reach) -> dict[str, Moved]:
        """What changes of permits come to at each controller, when `after` is what groups then reach."""
        return moved(changes, self.reach, after)

    def wrong_in(
        self, moves: Mapping[str, Moved], fresh: Mapping[str, Permit], now: Now
    ) -> tuple[list[str], list[str]]:
        """Which tables would be over capacity, and which would lose their last user, each with the count."""
        over, empty = [], []
        for device, move in moves.items():
            table = self.of[device]
            if table.slots.may_exceed(table.capacity, (*move.gained, *table.waiting)):
                after = (table.members | move.gained) - move.lost
                users = {one for one in after if not ended(fresh.get(one) or self._book.permits[one], now)}
                count, resting = len(users), len(table.slots.shut(now) - users)
                if count + resting > table.capacity:
                    rest = f", and {resting} places of past users rest for 30 days" if resting else ""
                    over.append(f"{device}: {count} users would be in its table, {table.capacity} fit{rest}")
            if not move.lost or not self._anybody(table.members, {}, now):
                continue
            left = (one for one in table.members if one not in move.lost)
            if not self._anybody(chain(move.gained, left), fresh, now):
                empty.append(f"{device}: nobody would be left in its table, {len(move.lost)} users go")
        return over, empty

    def take(self, moves: Mapping[str, Moved], after: Reach, now: Now) -> Iterator[Remember]:
        """The changes are made, the book has them: look at what they touch, in turns to come.

        Whether a table is to be empty is remembered at once: after a crash nobody could tell it from an accident.
        """
        self.reach = after
        for device, move in moves.items():
            table = self.of[device]
            table.members |= move.gained
            table.members -= move.lost
            table.waiting |= move.touched
            emptied = not self._anybody(table.members, {}, now)
            if emptied is not table.emptied:
                table.emptied = emptied
                yield table.written()

    def hold(self, permit: Permit) -> bool:
        """Whether a table still has this permit."""
        return any(self.of[device].slots.index_of(permit.id) is not None for device in self.reach.of(permit.groups))

    def forget(self, permit: Permit) -> None:
        """A permit that no table has goes for good."""
        for device in self.reach.of(permit.groups):
            self.of[device].members.discard(permit.id)

    def look_again(self, permits: Iterable[Permit]) -> None:
        """Time changed what these permits are worth."""
        for permit in permits:
            for device in self.reach.of(permit.groups):
                if self.of[device].slots.index_of(permit.id) is not None:
                    self.of[device].waiting[permit.id] = None

    def reseal(self, permits: Iterable[Permit]) -> None:
        """A schedule of these permits is another one."""
        for groups in {permit.groups for permit in permits if permit.standing is Standing.VALID}:
            for device in self.reach.of(groups):
                self.of[device].unsealed = True

    # ------------------------------------------------------------ work

    def step(self, now: Now) -> tuple[Table | None, list[Outcome]]:
        """One turn's work on one table; returns it when that settled what is wanted of it."""
        table = next((table for table in self.of.values() if table.dirty), None)
        if table is None:
            return None, []
        if table.waiting:
            table.look(LOOKS, self._book, self.reach, now)
            return None, [*table.slots.written()]
        out: list[Outcome] = []
        if table.seal(self._book, self.reach, self._holidays, self.zone, now):
            out = [table.written(), *self._want(table)]
        return table, [*table.slots.written(), *out]

    def again(self) -> Iterator[Outcome]:
        """Everything that is wanted, once more."""
        for table in self.of.values():
            yield from self._want(table)

    def _want(self, table: Table) -> Iterator[Outcome]:
        if table.level is not None:
            yield Want(table.device, WantedState(PERMITS, table.level))

    def _table(self, device: str) -> Table:
        if device not in self._ever:
            self._ever[device] = Table(device)
        return self._ever[device]

    def _anybody(self, permits: Iterable[str], fresh: Mapping[str, Permit], now: Now) -> bool:
        return any(not ended(fresh.get(one) or self._book.permits[one], now) for one in permits)


class _States(Mapping[str, TableState]):
    """The states of tables as they are at the moment of asking."""

    def __init__(self, of: Mapping[str, Table]) -> None:
        self._of = of

    def __getitem__(self, device: str) -> TableState:
        return self._of[device].state

    def __iter__(self) -> Iterator[str]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)
