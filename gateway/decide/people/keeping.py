"""Who works here, in which team and when: what a keeper of people may change, and why not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from gateway.actor import Role
from gateway.decide.may import may
from gateway.decide.people.rules import PeopleRules
from gateway.decide.people.week import wrong_in
from gateway.duty import DropPerson, ForgetChats, PutAway, PutPerson, PutShifts, PutTeam
from gateway.model import Recorded, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.actor import Actor
    from gateway.decide.people.register import Register
    from gateway.decide.people.roster import Roster
    from gateway.model import Now, Said

MAY_KEEP = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
"""Who says who works here, and when."""

FROM_ROSTER = ("duty", "deputy", "all")
"""What is no role of a team."""

KeepingAct: TypeAlias = PutPerson | DropPerson | ForgetChats | PutAway | PutShifts | PutTeam


class Keeping:
    """Does what a keeper asks for, or says why not."""

    def __init__(self, register: Register, roster: Roster) -> None:
        self._register = register
        self._roster = roster
        self._rules = PeopleRules()

    def adopt(self, rules: PeopleRules) -> None:
        """Take new rules."""
        self._rules = rules

    def act(self, act: KeepingAct, now: Now) -> list[Said]:
        """Allow or refuse; a grid that is spoken of is there."""
        match act:
            case PutPerson():
                out = self._put_person(act)
            case DropPerson():
                out = self._drop(act)
            case ForgetChats():
                out = self._forget_chats(act)
            case PutAway():
                out = self._put_away(act)
            case PutShifts():
                out = self._put_shifts(act)
            case PutTeam():
                out = self._put_team(act)
        return [*out, *self._roster.look(now)]

    # ------------------------------------------------------------ somebody

    def _put_person(self, act: PutPerson) -> list[Said]:
        if refused := self._wrong_person(act):
            return [refused]
        known = self._register.persons.get(act.person.id)
        person = act.person if known is None else replace(act.person, away=known.away)
        body = {"what": "entered" if known is None else "changed"}
        return [*self._register.put_person(person), Recorded("person", person.id, body, act.actor.name)]

    def _drop(self, act: DropPerson) -> list[Said]:
        if refused := self._wrong_drop(act):
            return [refused]
        said = Recorded("person", act.person, {"what": "dropped"}, act.actor.name)
        return [*self._register.drop_person(act.person), said]

    def _forget_chats(self, act: ForgetChats) -> list[Said]:
        known = self._register.persons.get(act.person)
        if known is None:
            return [Refused(act, "person_unknown", f"there is no person {act.person}")]
        if refused := self._may_keep(act, act.actor, act.person):
            return [refused]
        left = tuple(way for way in known.reach if way.channel not in self._rules.chats)
        body = {
            "what": "chats forgotten",
            "chats": len(known.reach) - len(left),
            "left": len(left),
            "reason": act.reason,
        }
        said = Recorded("person", known.id, body, act.actor.name)
        return [*self._register.put_person(replace(known, reach=left)), said]

    def _put_away(self, act: PutAway) -> list[Said]:
        if refused := self._wrong_away(act):
            return [refused]
        back = act.until_utc <= act.from_utc
        body = {"what": "back" if back else "away", "from": act.from_utc, "until": None if back else act.until_utc}
        changed = self._register.put_away(act.person, act.from_utc, act.until_utc, self._roster.utc)
        return [*changed, Recorded("person", act.person, body, act.actor.name)]

    def _wrong_person(self, act: PutPerson) -> Refused | None:
        if refused := self._may_keep(act, act.actor, act.person.id):
            return refused
        person, wrong = act.person, []
        if not person.name.strip():
            wrong.append("a person has a name")
        if not person.reach:
            wrong.append("a person has at least one way to be reached")
        channels = (way.channel for way in person.reach)
        wrong += [f"there is no channel {channel!r}" for channel in channels if channel not in self._rules.channels]
        return Refused(act, "person_wrong", wrong[0], tuple(wrong)) if wrong else None

    def _wrong_drop(self, act: DropPerson) -> Refused | None:
        if act.person not in self._register.persons:
            return Refused(act, "person_unknown", f"there is no person {act.person}")
        if refused := self._may_keep(act, act.actor, act.person):
            return refused
        needed = [f"a shift or a role of grid {grid}" for grid in self._register.needed_by(act.person)]
        taken = (grid for grid, stint in self._roster.stints.items() if stint.taken_by == act.person)
        needed += [f"grid {grid}, which nobody else took over" for grid in taken]
        return Refused(act, "person_needed", f"{act.person} is needed", tuple(needed)) if needed else None

    def _wrong_away(self, act: PutAway) -> Refused | None:
        known = self._register.persons.get(act.person)
        if known is None:
            return Refused(act, "person_unknown", f"there is no person {act.person}")
        himself = self._register.of_actor(act.actor) is known
        return None if himself else self._may_keep(act, act.actor, act.person)

    def _may_keep(self, act: KeepingAct, actor: Actor, person: str) -> Refused | None:
        """A keeper who is bound to grids changes nobody whom another grid needs."""
        if actor.role not in MAY_KEEP:
            return Refused(act, "role", f"{actor.role.value} may not do this")
        if actor.grids and not set(self._register.needed_by(person)) <= actor.grids:
            return Refused(act, "grid", "another grid needs this person too")
        return None

    # ------------------------------------------------------------ a grid

    def _put_shifts(self, act: PutShifts) -> list[Said]:
        if refused := self._wrong_shifts(act):
            return [refused]
        said = Recorded("roster", act.grid, {"what": "changed", "shifts": len(act.shifts)}, act.actor.name)
        return [*self._register.put_shifts(act.grid, act.shifts), said]

    def _put_team(self, act: PutTeam) -> list[Said]:
        if refused := self._wrong_team(act):
            return [refused]
        body = {"what": "changed", "roles": {role: len(several) for role, several in act.team.items()}}
        return [*self._register.put_team(act.grid, act.team), Recorded("team", act.grid, body, act.actor.name)]

    def _wrong_shifts(self, act: PutShifts) -> Refused | None:
        if refused := may(act, act.actor, MAY_KEEP, act.grid):
            return refused
        named = (name for shift in act.shifts for name in (shift.person, shift.deputy) if name)
        wrong = [*self._strangers(named), *(wrong_in(act.shifts) if act.shifts else [])]
        return Refused(act, "roster_wrong", wrong[0], tuple(wrong)) if wrong else None

    def _wrong_team(self, act: PutTeam) -> Refused | None:
        if refused := may(act, act.actor, MAY_KEEP, act.grid):
            return refused
        wrong = self._strangers(name for several in act.team.values() for name in several)
        wrong += [f"{role} is no role of a team" for role in FROM_ROSTER if role in act.team]
        if not act.team.get("leader") and not self._led_from_above(act.grid):
            wrong.append("nobody would lead this grid, nor anybody above it: what is not answered would end there")
        return Refused(act, "team_wrong", wrong[0], tuple(wrong)) if wrong else None

    def _led_from_above(self, grid: str) -> bool:
        return any(self._register.teams.get(each, {}).get("leader") for each in self._rules.upwards(grid)[1:])

    def _strangers(self, named: Iterable[str]) -> list[str]:
        return [f"there is no person {name!r}" for name in dict.fromkeys(named) if name not in self._register.persons]
