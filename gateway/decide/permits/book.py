"""Everybody's permits, the groups of doors and the schedules, as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.permits import written
from gateway.decide.permits.calendar import schedule_words
from gateway.model import Remember
from gateway.permit import ALWAYS, Permit, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.permits.doors import Reach
    from gateway.permit import DoorGroup, Schedule

SCHEDULES = 31
"""A controller's table has schedules 1 to 31 (docs/acp1.md); each has the same number at all of them."""

_FIRST = f"{written.PERMIT}p"
_TAIL = 8
"""The ring tells the last 32 bits of an unknown credential's hash: eight digits."""


@dataclass(slots=True)
class Moved:
    """What changes at one controller: permits that begin and cease to reach its doors, and all that changed there at all."""

    gained: set[str]
    lost: set[str]
    touched: dict[str, None]


class Book:
    """See the module. What it changes it also gives back to be remembered."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self.permits: dict[str, Permit] = {}
        self.groups: dict[str, DoorGroup] = {}
        self.schedules: dict[str, Schedule] = {}
        self.holders: dict[str, str] = {}
        """Credential to the permit that is valid or blocked with it."""
        self._indices: dict[str, int] = {}
        self._households: dict[str, dict[str, None]] = {}
        self._blocked: dict[int, str] = {}
        numbers = (int(key.removeprefix(_FIRST)) for key in remembered if key.startswith(_FIRST))
        for number in sorted(numbers):  # the oldest first, as they came in
            self._set(written.permit_from_json(f"p{number}", remembered[f"{_FIRST}{number}"]))
        for key, body in remembered.items():
            if key.startswith(written.GROUP):
                group = written.group_from_json(key.removeprefix(written.GROUP), body)
                self.groups[group.id] = group
            elif key.startswith(written.SCHEDULE):
                schedule, index = written.schedule_from_json(key.removeprefix(written.SCHEDULE), body)
                self.schedules[schedule.id], self._indices[schedule.id] = schedule, index

    # ------------------------------------------------------------ reading

    def household(self, household: str) -> tuple[Permit, ...]:
        """All permits that a household ever had, as far as they are kept."""
        return tuple(self.permits[one] for one in self._households.get(household, ()))

    def blocked(self, tail: int) -> Permit | None:
        """The blocked permit whose credential's hash ends so (its last 32 bits)."""
        one = self._blocked.get(tail)
        return self.permits[one] if one else None

    def schedule_index(self, schedule: str) -> int:
        """Its number at every controller; 0 is always."""
        return 0 if schedule == ALWAYS else self._indices[schedule]

    def schedule_words(self) -> Iterator[tuple[int, list[int]]]:
        """All schedules as controllers have them, by rising index."""
        for index, schedule in sorted((index, schedule) for schedule, index in self._indices.items()):
            yield index, schedule_words(self.schedules[schedule])

    def naming(self, *, group: str = "", schedule: str = "") -> list[Permit]:
        """The permits, of any standing, that name a group or a schedule."""
        if group:
            return [permit for permit in self.permits.values() if group in permit.groups]
        return [permit for permit in self.permits.values() if permit.schedule == schedule]

    # ------------------------------------------------------------ changing

    def put(self, permits: Iterable[Permit]) -> Iterator[Remember]:
        """New permits and changed ones; each must stand consumed for it to be in."""
        for permit in permits:
            if old := self.permits.get(permit.id):
                self._unset(old)
            self._set(permit)
            yield Remember(written.PERMIT + permit.id, written.permit_to_json(permit))

    def forget(self, permit: str) -> Remember:
        """A permit of long ago."""
        self._unset(self.permits.pop(permit))
        return Remember(written.PERMIT + permit, None)

    def put_group(self, group: DoorGroup) -> Remember:
        """A new or changed group."""
        self.groups[group.id] = group
        return Remember(written.GROUP + group.id, written.group_to_json(group))

    def drop_group(self, group: str) -> Remember:
        """A group goes."""
        del self.groups[group]
        return Remember(written.GROUP + group, None)

    def put_schedule(self, schedule: Schedule) -> Remember | None:
        """A new or changed schedule; None when there are as many as a controller holds."""
        index = self._indices.get(schedule.id) or self._free_index()
        if index is None:
            return None
        self.schedules[schedule.id], self._indices[schedule.id] = schedule, index
        return Remember(written.SCHEDULE + schedule.id, written.schedule_to_json(schedule, index))

    def drop_schedule(self, schedule: str) -> Remember:
        """A schedule goes; its number is free."""
        del self.schedules[schedule], self._indices[schedule]
        return Remember(written.SCHEDULE + schedule, None)

    def _free_index(self) -> int | None:
        taken = set(self._indices.values())
        return next((index for index in range(1, SCHEDULES + 1) if index not in taken), None)

    def _set(self, permit: Permit) -> None:
        self.permits[permit.id] = permit
        if permit.household:
            self._households.setdefault(permit.household, {})[permit.id] = None
        if permit.standing is not Standing.REVOKED:
            self.holders[permit.credential] = permit.id
        if permit.standing is Standing.BLOCKED:
            self._blocked[int(permit.credential[-_TAIL:], 16)] = permit.id

    def _unset(self, old: Permit) -> None:
        """Take a permit out of all that is looked up; its place among the permits stays."""
        if members := self._households.get(old.household):
            members.pop(old.id, None)
            if not members:
                del self._households[old.household]
        if self.holders.get(old.credential) == old.id:
            del self.holders[old.credential]
        tail = int(old.credential[-_TAIL:], 16)
        if self._blocked.get(tail) == old.id:
            del self._blocked[tail]


def moved(changes: Iterable[tuple[Permit | None, Permit]], before: Reach, after: Reach) -> dict[str, Moved]:
    """What changes of permits (as they were, None for new ones, and as they are) come to at each controller."""
    found: dict[str, Moved] = {}
    for old, new in changes:
        had = before.of(old.groups) if old and old.standing is Standing.VALID else {}
        has = after.of(new.groups) if new.standing is Standing.VALID else {}
        for device in {**had, **has}:
            at = found.get(device)
            if at is None:
                at = found[device] = Moved(set(), set(), {})
            at.touched[new.id] = None
            if device not in had:
                at.gained.add(new.id)
            elif device not in has:
                at.lost.add(new.id)
    return found
