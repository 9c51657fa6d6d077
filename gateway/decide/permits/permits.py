"""`Permits`: all that is asked and told about permits, and what follows.

A change is judged and remembered at once; what it means for controllers is worked out in turns that `wake` takes and `next_ns`
asks for, each under 5 ms, and wanted then. It changes only its own state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.decide.permits.book import Book
from gateway.decide.permits.calendar import local_time, special_days, years_known
from gateway.decide.permits.desk import Desk
from gateway.decide.permits.revoking import Revoking
from gateway.decide.permits.rights import permit_in_grid
from gateway.decide.permits.table import ended
from gateway.decide.permits.tables import Tables
from gateway.decide.privacy.forgetting import nobodys
from gateway.decide.rules import BLOCKED_CARD, PERMITS_BEHIND, PERMITS_ENDING
from gateway.model import NANOSECONDS, Place, Recorded
from gateway.permit import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from drivers.contract import DeviceEvent, Json, Value
    from gateway.actor import Actor
    from gateway.decide.permits.rows import Weighed
    from gateway.decide.permits.slots import Turn
    from gateway.decide.permits.states import Enrolment, Say, SpecialDay, TableState, Task
    from gateway.decide.permits.table import Table
    from gateway.decide.rules import DeviceRules, Rules
    from gateway.model import Now, Outcome, Refused
    from gateway.permit import DoorGroup, Permit, PermitAct, PutPermits, Schedule

ENDING_DAYS = 7
"""How long before its end a permit is warned of."""
KEPT_DAYS = 365
"""How long a revoked or ended permit is kept, so that passages can be named; a blocked one is kept for good."""
LOOK_NS = 3600 * NANOSECONDS
"""How often it is looked whether a new day has begun: what a day brings is done within the first hour of it."""
TURN_NS = NANOSECONDS // 100
"""Between two turns of work on tables, in which the house does everything else."""

_DAY = 86400


class Permits:
    """See the module. `say` makes alarms of facts. `adopt` comes before anything else."""

    def __init__(self, remembered: Mapping[str, Json], now: Now, say: Say) -> None:
        self._say = say
        self._book = Book(remembered)
        self._tables = Tables(remembered, self._book)
        self._revoking = Revoking(remembered)
        self._desk = Desk(remembered, self._book, self._tables, self._revoking)
        self._devices: Mapping[str, DeviceRules] = {}
        self._zone = ZoneInfo("UTC")
        self._day: date | None = None
        self._look_ns = now.boottime_ns
        self._turn_ns: int | None = None

    # ------------------------------------------------------------ reading

    @property
    def permits(self) -> Mapping[str, Permit]:
        """All permits that are kept, of any standing, by id."""
        return self._book.permits

    @property
    def groups(self) -> Mapping[str, DoorGroup]:
        """Groups of doors by id."""
        return self._book.groups

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """Schedules by id."""
        return self._book.schedules

    @property
    def tables(self) -> Mapping[str, TableState]:
        """How the table of each controller that can hold one stands; `wanted_version` 0: nobody was ever permitted there."""
        return self._tables.states

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Revocations, the oldest first: all open ones and the last that were closed."""
        return self._revoking.tasks

    @property
    def enrolment(self) -> Enrolment | None:
        """The enrolment that is going on, or whose card waits for its person."""
        return self._desk.enrolling.now

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME in nanoseconds at which `wake` has work."""
        return min(due for due in (self._turn_ns, self._look_ns, self._desk.enrolling.next_ns) if due is not None)

    def household(self, household: str) -> tuple[Permit, ...]:
        """All permits of a household, of any standing."""
        return self._book.household(household)

    def ending(self, now: Now) -> tuple[Permit, ...]:
        """The permits that end within seven days, the first to end first; not those of visitors, which all do."""
        soon = now.utc + ENDING_DAYS * _DAY
        several = (
            one
            for one in self._book.permits.values()
            if 0 < one.until_utc <= soon and one.standing is Standing.VALID and not one.visitor and not ended(one, now)
        )
        return tuple(sorted(several, key=lambda one: (one.until_utc, one.id)))

    def named(self, device: str, ref: int, utc: float | None) -> Permit | None:
        """Whose passage it was: the permit that had this index of the device's table at that time."""
        table = self._tables.of.get(device)
        one = table.slots.at(ref, utc) if table else None
        return self._book.permits.get(one) if one else None

    def turns(self, permit: Permit) -> list[tuple[str, Turn]]:
        """Which index of which device's table was this permit's, and when: by that its passages are found."""
        devices = self._tables.reach.of(permit.groups)
        return [(device, turn) for device in devices for turn in self._tables.of[device].slots.turns(permit.id)]

    def in_grid(self, actor: Actor, permit: Permit) -> bool:
        """Whether somebody may end this permit: by its household, and where it has none, by its doors."""
        return permit_in_grid(actor, permit, self._tables.reach)

    def holidays(self, year: int) -> tuple[SpecialDay, ...]:
        """Days of a year on which schedules do not follow the weekday; none of a year that is not known."""
        return special_days(year)

    def holidays_known(self, year: int) -> bool:
        """Whether the holidays of a year are known."""
        return year in years_known()

    def weigh(self, act: PutPermits, now: Now) -> Weighed | Refused:
        """What `act` would do with these permits: the counts, or the refusal. Changes nothing."""
        return self._desk.weigh(act, now)

    def again(self) -> Iterator[Outcome]:
        """Every wanted table once more."""
        return self._tables.again()

    # ------------------------------------------------------------ what comes in

    def adopt(self, rules: Rules, now: Now) -> list[Outcome]:
        """Take new rules; says again which facts stand. What is wanted is said by `again`, or once it was worked out."""
        self._devices = rules.devices
        self._zone = ZoneInfo(rules.timezone)  # read when the configuration was checked, and kept by zoneinfo since
        self._tables.adopt(rules)
        out: list[Outcome] = [*self._revoking.keep_only(self._tables.of, now)]
        out += self._look_at_the_day(now, afresh=True)
        for table in self._tables.of.values():
            if table.version:
                out += self._behind(table, now)
        self._more_work(now)
        return out

    def act(self, act: PermitAct, now: Now) -> list[Outcome]:
        """Take what a person asks for."""
        out = self._desk.take(act, now)
        self._more_work(now)
        return out

    def erase(self, permits: Sequence[Permit]) -> list[Outcome]:
        """Forget whose these permits were; they have ended. Their ids stay, so that passages are somebody's and nobody's."""
        names = {permit.name for permit in permits} - {""}
        out: list[Outcome] = [*self._book.put(map(nobodys, permits))]
        return [*out, *self._revoking.forget(names, {one.id for one in self._book.permits.values() if one.name})]

    def event(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """Take what happened at a door: a blocked card that is shown, or a card to be enrolled."""
        out = self._desk.enrolling.see(event, now)
        ref = event.body.get("ref")
        if not isinstance(ref, int) or event.device not in self._devices:
            return out
        if event.kind == "denied_unknown" and (permit := self._book.blocked(ref)):
            return out + self._blocked(event, f"the blocked card of permit {permit.id} was shown", now)
        if event.kind == "granted" and (permit := self.named(event.device, ref, event.measured_utc)):
            late = event.measured_utc is not None and event.measured_utc > permit.until_utc > 0
            if permit.standing is Standing.BLOCKED and late:
                return out + self._blocked(event, f"the blocked card of permit {permit.id} still opened", now)
        return out

    def table(self, device: str, values: Mapping[str, Value], now: Now) -> list[Outcome]:
        """Take the values of a device's group "permits" by meaning, and "user_capacity" where it is known."""
        table = self._tables.of.get(device)
        if table is None:
            return []
        changed = table.hear(values)
        return self._settled(table, now, changed=changed)

    def wake(self, now: Now) -> list[Outcome]:
        """Let time pass: a turn of work on tables, a new day, the end of an enrolment."""
        self._desk.enrolling.wake(now)
        out: list[Outcome] = []
        if now.boottime_ns >= self._look_ns:
            out += self._look_at_the_day(now)
        if self._turn_ns is not None and now.boottime_ns >= self._turn_ns:
            table, done = self._tables.step(now)
            out += done
            if table is not None:
                out += self._settled(table, now)
        self._more_work(now)
        return out

    # ------------------------------------------------------------ facts

    def _settled(self, table: Table, now: Now, *, changed: bool = False) -> list[Outcome]:
        """What is wanted of a table, or held by it, is known again."""
        out: list[Outcome] = []
        if not table.dirty:
            if table.current is not table.was_current:
                table.was_current, table.since_utc, changed = table.current, now.utc, True
            if table.current:
                out += self._revoking.reached(table.device, now)
            out += self._behind(table, now)
        return [table.written(), *out] if changed else out

    def _behind(self, table: Table, now: Now) -> list[Outcome]:
        state = table.state
        why = state.state or f"table {state.wanted_version} is wanted, {state.version or 'none'} is held"
        place = self._devices[table.device].place
        return self._say(
            PERMITS_BEHIND, table.device, table.device, place, abnormal=not table.was_current, why=why, now=now
        )

    def _blocked(self, event: DeviceEvent, why: str, now: Now) -> list[Outcome]:
        part = event.body.get("part", "")
        known = self._devices[event.device]
        place = known.doors[part].place if part in known.doors else known.place
        source = f"{event.device}/{part}" if part else event.device
        shown = self._say(BLOCKED_CARD, source, event.device, place, abnormal=True, why=why, now=now)
        return shown + self._say(BLOCKED_CARD, source, event.device, place, abnormal=False, why=why, now=now)

    # ------------------------------------------------------------ time

    def _more_work(self, now: Now) -> None:
        self._turn_ns = now.boottime_ns + TURN_NS if self._tables.dirty else None

    def _look_at_the_day(self, now: Now, *, afresh: bool = False) -> list[Outcome]:
        """What a new day brings: permits that ended leave their tables, a new year's holidays, warnings."""
        self._look_ns = now.boottime_ns + LOOK_NS
        if not now.trusted:
            return []
        today, zone = local_time(self._zone, now.utc)
        out = [*self._tables.believe(today.year, zone)]
        if today == self._day and not afresh:
            return out
        if self._day is None or self._day.year != today.year:
            out += self._unknown_year(today.year)
        self._day = today
        self._tables.look_again(one for one in self._book.permits.values() if ended(one, now))
        out += self._forget_old(now)
        count = len(self.ending(now))
        why = f"{count} permits end within {ENDING_DAYS} days"
        return out + self._say(PERMITS_ENDING, "permits", "", Place(), abnormal=count > 0, why=why, now=now)

    def _unknown_year(self, year: int) -> Iterator[Outcome]:
        if not self.holidays_known(year):
            why = "schedules follow weekdays and weekends alone; a newer chinesecalendar knows the holidays"
            yield Recorded("holidays_unknown", str(year), {"why": why})

    def _forget_old(self, now: Now) -> Iterator[Outcome]:
        before = now.utc - KEPT_DAYS * _DAY
        old = [
            one
            for one in self._book.permits.values()
            if 0 < one.until_utc < before and one.standing is not Standing.BLOCKED and not self._tables.hold(one)
        ]
        for one in old:
            self._tables.forget(one)
            yield self._book.forget(one.id)
