"""The desk: what people ask for about permits, allowed or refused, each wish whole or not at all."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.actor import Role
from gateway.decide.permits.book import SCHEDULES
from gateway.decide.permits.calendar import wrong_in
from gateway.decide.permits.doors import Reach
from gateway.decide.permits.enrolment import Enrolling
from gateway.decide.permits.rights import (
    doors_in_grid,
    household_in_grid,
    permit_in_grid,
    refused_by_role,
)
from gateway.decide.permits.rows import Weighed, Weighing
from gateway.decide.permits.states import Task
from gateway.decide.permits.written import NUMBERS
from gateway.model import Recorded, Refused, Remember
from gateway.permit import (
    BeginEnrolment,
    DropGroup,
    DropSchedule,
    EndEnrolment,
    PutGroup,
    PutPermits,
    PutSchedule,
    RevokeHousehold,
    RevokePermits,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.permits.book import Book, Moved
    from gateway.decide.permits.revoking import Revoking
    from gateway.decide.permits.tables import Tables
    from gateway.model import Now, Outcome
    from gateway.permit import DoorGroup, Permit, PermitAct

IDS_TOLD = 20
"""How many permits a log row names; of an import, the rest are counted."""

_NAME = re.compile(r"[^\s,;:|；、]{1,40}")
"""None of the signs that part groups from each other in a file."""
_NAME_SAID = "has up to 40 characters, without spaces and the signs , ; : | ； 、"


class Desk:
    """See the module."""

    def __init__(self, remembered: Mapping[str, Json], book: Book, tables: Tables, revoking: Revoking) -> None:
        self._book = book
        self._tables = tables
        self._revoking = revoking
        self.enrolling = Enrolling()
        numbers: tuple[int, int] = remembered.get(NUMBERS) or (1, 1)
        self._next_permit, self._next_task = numbers

    def take(self, act: PermitAct, now: Now) -> list[Outcome]:  # noqa: C901, PLR0911 - one return for each kind of act
        """Allow or refuse."""
        if refused := refused_by_role(act):
            return [refused]
        match act:
            case PutPermits():
                return self._put(act, now)
            case RevokePermits():
                return self._revoke(act, now)
            case RevokeHousehold():
                return self._revoke_household(act, now)
            case PutGroup():
                return self._put_group(act, now)
            case DropGroup():
                return self._drop_group(act)
            case PutSchedule():
                return self._put_schedule(act)
            case DropSchedule():
                return self._drop_schedule(act)
            case BeginEnrolment():
                return self._enrol(act, now)
            case EndEnrolment():
                return self.enrolling.end(act)

    # ------------------------------------------------------------ permits in

    def weigh(self, act: PutPermits, now: Now) -> Weighed | Refused:
        """What a wish would come to, without doing it."""
        if refused := refused_by_role(act):
            return refused
        found, _, refused = self._weigh(act, now)
        return refused or found

    def _weigh(self, act: PutPermits, now: Now) -> tuple[Weighed, Reach, Refused | None]:
        weighing = Weighing(act, self._book, self._tables.doors, self._next_permit, now)
        found = weighing.weigh()
        after = self._reach_with(found.groups) if found.groups else self._tables.reach
        if found.wrong:
            why = f"{len(found.wrong)} of {len(act.permits)} permits cannot stand as they are; nothing was changed"
            return found, after, Refused(act, "permits_wrong", why, tuple(found.wrong))
        if beyond := weighing.beyond_grid(after):
            return found, after, Refused(act, "grid", "this is not in your grid", tuple(beyond))
        moves = self._tables.moved(self._changes(found.permits), after)
        return found, after, self._refused_by_tables(act, moves, found.permits, now)

    def _put(self, act: PutPermits, now: Now) -> list[Outcome]:
        found, after, refused = self._weigh(act, now)
        if refused:
            return [refused]
        out: list[Outcome] = [self._book.put_group(group) for group in found.groups.values()]
        if found.permits:
            moves = self._tables.moved(self._changes(found.permits), after)
            out += self._book.put(found.permits.values())
            out += self._tables.take(moves, self._reach_with({}) if found.groups else after, now)
        if found.new:
            self._next_permit = found.next_number
            out.append(self._numbers())
        ids = list(found.permits)
        body: dict[str, Json] = {"new": found.new, "changed": found.changed, "unchanged": found.unchanged}
        body |= {"permits": ids[:IDS_TOLD], "reason": act.reason.strip()}
        return [*out, Recorded("permits", ids[0] if len(ids) == 1 else "permits", body, act.actor.name)]

    # ------------------------------------------------------------ permits out

    def _revoke(self, act: RevokePermits, now: Now) -> list[Outcome]:
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "a revocation needs a reason")]
        if unknown := [one for one in act.permits if one not in self._book.permits]:
            return [Refused(act, "permit_unknown", f"there is no permit {', '.join(unknown[:IDS_TOLD])}")]
        several = [self._book.permits[one] for one in dict.fromkeys(act.permits)]
        if not all(permit_in_grid(act.actor, permit, self._tables.reach) for permit in several):
            return [Refused(act, "grid", "this is not in your grid")]
        goal = Standing.BLOCKED if act.block else Standing.REVOKED
        if act.block:
            in_use = [one for one in several if self._book.holders.get(one.credential, one.id) not in act.permits]
            if in_use:
                other = self._book.holders[in_use[0].credential]
                return [
                    Refused(act, "card_in_use", f"the card of {in_use[0].id} is now permit {other}: revoke that one")
                ]
        elif act.actor.role is Role.STAFF and any(one.standing is Standing.BLOCKED for one in several):
            return [Refused(act, "role", "staff may not lift the block of a card")]
        several = [one for one in several if one.standing is not goal]
        return self._end(act, several, goal, "", now)

    def _revoke_household(self, act: RevokeHousehold, now: Now) -> list[Outcome]:
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "a revocation needs a reason")]
        if not household_in_grid(act.actor, act.household, self._tables.doors):
            return [Refused(act, "grid", "this is not in your grid")]
        valid = [one for one in self._book.household(act.household) if one.standing is Standing.VALID]
        return self._end(act, valid, Standing.REVOKED, act.household, now)

    def _end(
        self, act: RevokePermits | RevokeHousehold, several: Sequence[Permit], goal: Standing, household: str, now: Now
    ) -> list[Outcome]:
        if not several:
            return [Refused(act, "nothing_to_revoke", "no permit would be other than it is")]
        fresh = {one.id: replace(one, standing=goal, until_utc=_end_of(one, now)) for one in several}
        moves = self._tables.moved(self._changes(fresh), self._tables.reach)
        out: list[Outcome] = [*self._book.put(fresh.values())]
        out += self._tables.take(moves, self._tables.reach, now)
        task = Task(
            f"r{self._next_task}",
            household,
            tuple(fresh),
            act.actor.name,
            act.reason.strip(),
            now.utc,
            tuple(moves),
            (),
        )
        self._next_task += 1
        return [*out, self._numbers(), *self._revoking.open(task)]

    # ------------------------------------------------------------ groups and schedules

    def _put_group(self, act: PutGroup, now: Now) -> list[Outcome]:
        group = replace(
            act.group, name=act.group.name.strip() or act.group.id, doors=tuple(dict.fromkeys(act.group.doors))
        )
        doors = self._tables.doors
        wrong = [
            f"{door} is no door of a controller that holds permits" for door in group.doors if not doors.holds(door)
        ]
        if not _NAME.fullmatch(group.id):
            wrong.append("the id of a group " + _NAME_SAID)
        if not group.doors:
            wrong.append("a group needs a door")
        if wrong:
            return [Refused(act, "group_wrong", wrong[0], tuple(wrong))]
        old = self._book.groups.get(group.id, group)
        if not doors_in_grid(act.actor, (*group.doors, *old.doors), doors):
            return [Refused(act, "grid", "this is not in your grid")]
        after = self._reach_with({group.id: group})
        moves = self._tables.moved(((one, one) for one in self._book.naming(group=group.id)), after)
        if refused := self._refused_by_tables(act, moves, {}, now):
            return [refused]
        out: list[Outcome] = [self._book.put_group(group)]
        out += self._tables.take(moves, self._reach_with({}), now)
        return [*out, Recorded("permit_group", group.id, {"doors": list(group.doors)}, act.actor.name)]

    def _drop_group(self, act: DropGroup) -> list[Outcome]:
        group = self._book.groups.get(act.group)
        if group is None:
            return [Refused(act, "group_unknown", f"there is no group {act.group}")]
        if not doors_in_grid(act.actor, group.doors, self._tables.doors):
            return [Refused(act, "grid", "this is not in your grid")]
        if named := sum(one.standing is Standing.VALID for one in self._book.naming(group=act.group)):
            return [Refused(act, "group_used", f"{named} permits name the group {act.group}")]
        out: list[Outcome] = [self._book.drop_group(act.group)]
        self._tables.reach = self._reach_with({})
        return [*out, Recorded("permit_group", act.group, {"doors": []}, act.actor.name)]

    def _put_schedule(self, act: PutSchedule) -> list[Outcome]:
        schedule = replace(act.schedule, name=act.schedule.name.strip() or act.schedule.id)
        wrong = wrong_in(schedule)
        if not _NAME.fullmatch(schedule.id):
            wrong.append("the id of a schedule " + _NAME_SAID)
        if wrong:
            return [Refused(act, "schedule_wrong", wrong[0], tuple(wrong))]
        remember = self._book.put_schedule(schedule)
        if remember is None:
            return [Refused(act, "schedules_full", f"a controller holds {SCHEDULES} schedules")]
        self._tables.reseal(self._book.naming(schedule=schedule.id))
        return [remember, Recorded("permit_schedule", schedule.id, {"name": schedule.name}, act.actor.name)]

    def _drop_schedule(self, act: DropSchedule) -> list[Outcome]:
        if act.schedule not in self._book.schedules:
            return [Refused(act, "schedule_unknown", f"there is no schedule {act.schedule}")]
        if named := sum(one.standing is Standing.VALID for one in self._book.naming(schedule=act.schedule)):
            return [Refused(act, "schedule_used", f"{named} permits name the schedule {act.schedule}")]
        return [
            self._book.drop_schedule(act.schedule),
            Recorded("permit_schedule", act.schedule, {"name": ""}, act.actor.name),
        ]

    # ------------------------------------------------------------ the rest

    def _enrol(self, act: BeginEnrolment, now: Now) -> list[Outcome]:
        door = f"{act.device}/{act.part}"
        grids = self._tables.doors.grids
        if door not in grids:
            return [Refused(act, "door_unknown", f"there is no door {door}")]
        if not doors_in_grid(act.actor, (door,), self._tables.doors):
            return [Refused(act, "grid", "this is not in your grid")]
        return self.enrolling.begin(act, now)

    def _refused_by_tables(
        self, act: PermitAct, moves: Mapping[str, Moved], fresh: Mapping[str, Permit], now: Now
    ) -> Refused | None:
        over, empty = self._tables.wrong_in(moves, fresh, now)
        if over:
            return Refused(act, "over_capacity", over[0], tuple(over))
        return Refused(act, "would_empty", empty[0], tuple(empty)) if empty else None

    def _reach_with(self, more: Mapping[str, DoorGroup]) -> Reach:
        return Reach(self._tables.doors, {**self._book.groups, **more} if more else self._book.groups)

    def _changes(self, fresh: Mapping[str, Permit]) -> list[tuple[Permit | None, Permit]]:
        return [(self._book.permits.get(one), permit) for one, permit in fresh.items()]

    def _numbers(self) -> Remember:
        return Remember(NUMBERS, [self._next_permit, self._next_task])


def _end_of(permit: Permit, now: Now) -> float:
    """A permit that is revoked ends now, unless it had ended before; a clock that is not trusted leaves its end as it is."""
    if not now.trusted or 0 < permit.until_utc <= now.utc:
        return permit.until_utc
    return now.utc
