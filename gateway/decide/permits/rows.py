"""What is wrong with permits that somebody wants to put in: every row at once, each named by where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.decide.doubt import surely_past
from gateway.decide.permits.rights import doors_in_grid, household_in_grid
from gateway.permit import ALWAYS, DoorGroup, Permit, PutPermits, Standing

if TYPE_CHECKING:
    from gateway.decide.permits.book import Book
    from gateway.decide.permits.doors import Doors, Reach
    from gateway.model import Now

VISIT_DAYS = 7
"""The longest that a visitor's permit lasts from now."""
NAME_LENGTH = 60

_DAY = 86400
_LATEST = 0xFFFFFFFF
"""Times are u32 in a controller's table."""
_HASH = re.compile(r"(?!0{16})[0-9a-f]{16}")
_LONG_NUMBER = re.compile(r"[0-9]{5,}")
_HOUSEHOLD = re.compile(r"[^\s-]+(-[^\s-]+){2,}")


@dataclass(slots=True)
class Weighed:
    """What a wish comes to: permits by id as they would stand, groups that it brings along, and what is wrong with it."""

    first_number: int
    permits: dict[str, Permit] = field(default_factory=dict)
    groups: dict[str, DoorGroup] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    new: int = 0
    unchanged: int = 0

    @property
    def next_number(self) -> int:
        """The number of the next new permit."""
        return self.first_number + self.new

    @property
    def changed(self) -> int:
        """How many permits would be other than they are."""
        return len(self.permits) - self.new


class Weighing:
    """One wish, looked through row by row. It changes nothing but its own findings."""

    def __init__(self, act: PutPermits, book: Book, doors: Doors, first_number: int, now: Now) -> None:
        self._act = act
        self._book = book
        self._doors = doors
        self._now = now
        self._cards: dict[str, str] = {}
        """Credential to the row that names it."""
        self._rows: dict[str, str] = {}
        """Permit to the row that is it."""
        self._known_groups: dict[tuple[str, ...], list[str]] = {}
        self.found = Weighed(first_number)

    def weigh(self) -> Weighed:
        """Look through all rows."""
        for number, permit in enumerate(self._act.permits):
            origin = self._act.origins[number] if number < len(self._act.origins) else f"permit {number + 1}"
            wrong = self._wrong_in(permit)
            self._twice(permit, origin, wrong)
            if (taken := self._taken(permit, wrong)) is not None and not wrong:
                self._take(permit, taken, origin, wrong)
            self.found.wrong += [f"{origin}: {one}" for one in wrong]
        self._find_holders()
        return self.found

    def beyond_grid(self, reach: Reach) -> list[str]:
        """The rows that are not the actor's to change; `reach` knows the groups that the wish brings along."""
        actor = self._act.actor
        if not actor.grids:
            return []
        return [
            f"{self._rows[permit.id]}: not in your grid"
            for one in self.found.permits.values()
            for permit in (one, self._book.permits.get(one.id, one))
            if (permit.household and not household_in_grid(actor, permit.household, self._doors))
            or not doors_in_grid(actor, reach.doors_of(permit.groups), self._doors)
        ]

    # ------------------------------------------------------------ a row by itself

    def _wrong_in(self, permit: Permit) -> list[str]:
        wrong = []
        if not _HASH.fullmatch(permit.credential):
            wrong.append("no card and no code")
        if not permit.name.strip():
            wrong.append("no name")
        elif len(permit.name) > NAME_LENGTH:
            wrong.append(f"the name has more than {NAME_LENGTH} characters")
        if permit.household and not _HOUSEHOLD.fullmatch(permit.household):
            wrong.append(f"household {_told(permit.household)} is not building-entrance-flat")
        if permit.standing is not Standing.VALID:
            wrong.append("a permit is ended by revoking it")
        if permit.schedule != ALWAYS and permit.schedule not in self._book.schedules:
            wrong.append(f"there is no schedule {_told(permit.schedule)}")
        return wrong + self._wrong_groups(permit.groups) + self._wrong_times(permit)

    def _wrong_groups(self, groups: tuple[str, ...]) -> list[str]:
        known = self._known_groups.get(groups)
        if known is None:
            known = [] if groups else ["no group of doors"]
            for name in groups:
                if name in self._book.groups or name in self.found.groups:
                    continue
                if doors := self._doors.group_of(name):
                    self.found.groups[name] = DoorGroup(name, self._doors.names[name] or name, doors)
                else:
                    known.append(f"there is no group {_told(name)}, nor a controller of this name")
            self._known_groups[groups] = known
        return known

    def _wrong_times(self, permit: Permit) -> list[str]:
        start, until = permit.from_utc, permit.until_utc
        if not (0 <= start <= _LATEST and 0 <= until <= _LATEST):
            return ["a time is before 1970 or after 2106"]
        if until and until <= start:
            return ["it ends before it begins"]
        if permit.visitor and not until:
            return ["a visitor's permit needs an end"]
        if permit.visitor and until > self._now.utc + VISIT_DAYS * _DAY:
            return [f"a visitor's permit ends within {VISIT_DAYS} days"]
        return []

    # ------------------------------------------------------------ a row among the others

    def _twice(self, permit: Permit, origin: str, wrong: list[str]) -> None:
        first = self._cards.setdefault(permit.credential, origin)
        if first != origin:
            wrong.append(f"the same {permit.kind.value} as {first}")

    def _taken(self, permit: Permit, wrong: list[str]) -> Permit | None:
        """The permit that this row changes; one without an id for a new one; None when the row is wrong about it."""
        if permit.id:
            old = self._book.permits.get(permit.id)
            if old is None:
                wrong.append(f"there is no permit {_told(permit.id)}: leave its id empty for a new one")
            elif permit.person and old.person and permit.person != old.person:
                wrong.append(f"permit {permit.id} is another person's")
            elif old.standing is not Standing.VALID:
                wrong.append(f"permit {permit.id} is {old.standing.value}: leave its id empty for a new one")
            return old
        holder = self._book.permits.get(self._book.holders.get(permit.credential, ""))
        if holder is not None and holder.standing is Standing.VALID and _same_person(holder, permit):
            return holder
        return permit

    def _take(self, permit: Permit, taken: Permit, origin: str, wrong: list[str]) -> None:
        first = self._rows.get(taken.id, "") if taken.id else ""
        if first:
            wrong.append(f"the same permit as {first}")
            return
        fresh = replace(permit, id=taken.id or f"p{self.found.next_number}", person=permit.person or taken.person)
        self._rows[fresh.id] = origin
        if fresh == self._book.permits.get(fresh.id):
            self.found.unchanged += 1
        elif fresh.until_utc and surely_past(fresh.until_utc, self._now):
            wrong.append("it has ended already")
        else:
            self.found.permits[fresh.id] = fresh
            self.found.new += not taken.id

    def _find_holders(self) -> None:
        """A credential is one permit's: looked for when all rows are known, for two people may change cards in one file."""
        for permit in self.found.permits.values():
            holder = self._book.holders.get(permit.credential, permit.id)
            if holder == permit.id:
                continue
            old = self.found.permits.get(holder) or self._book.permits[holder]
            if old.credential == permit.credential:
                blocked = old.standing is Standing.BLOCKED
                why = f"this {permit.kind.value} is blocked" if blocked else f"this {permit.kind.value} is in use"
                self.found.wrong.append(f"{self._rows[permit.id]}: {why} (permit {holder})")


def _told(said: str) -> str:
    """A word that was not known, without what may be a card's number in a wrong cell: findings are logged."""
    return repr(_LONG_NUMBER.sub("…", said[:NAME_LENGTH]))


def _same_person(one: Permit, other: Permit) -> bool:
    """By the hash of what names them outside; where neither has one, by name and household."""
    return one.person == other.person and (
        bool(one.person) or (one.name, one.household) == (other.name, other.household)
    )
