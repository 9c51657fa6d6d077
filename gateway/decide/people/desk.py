"""What is asked for at the post itself: a grid that is handed over and taken over, and a test call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.may import MAY_ANSWER, may
from gateway.decide.people.keeping import MAY_KEEP, Keeping
from gateway.decide.people.rules import PeopleRules
from gateway.duty import DropPerson, ForgetChats, HandOver, PutAway, PutPerson, PutShifts, PutTeam, RingDuty, TakeOver
from gateway.model import NANOSECONDS, Place, Priority, Recorded, Refused, Remember
from gateway.notice import Tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.people.register import Register
    from gateway.decide.people.roster import Roster
    from gateway.duty import DutyAct
    from gateway.model import Now, Said

RING_AGAIN_SECONDS = 60.0
"""How soon a grid may be rung again: a call costs money, and whoever is called may sleep."""

_RINGS = "people:rings"


class Desk:
    """Does what people ask for, or says why not."""

    def __init__(self, remembered: Mapping[str, Json], register: Register, roster: Roster) -> None:
        self._register = register
        self._roster = roster
        self._keeping = Keeping(register, roster)
        self._rules = PeopleRules()
        self._rings: int = remembered.get(_RINGS, 0)
        self._rung_ns: dict[str, int] = {}

    def adopt(self, rules: PeopleRules) -> None:
        """Take new rules."""
        self._rules = rules
        self._keeping.adopt(rules)

    def act(self, act: DutyAct, now: Now) -> list[Said]:
        """Allow or refuse, by how duty stands at this moment."""
        return [*self._roster.look(now), *self._do(act, now)]

    def _do(self, act: DutyAct, now: Now) -> list[Said]:
        if isinstance(act, PutPerson | DropPerson | ForgetChats | PutAway):
            return self._keeping.act(act, now)
        if act.grid not in self._rules.grids:
            return [Refused(act, "grid_unknown", f"there is no grid {act.grid}")]
        if isinstance(act, PutShifts | PutTeam):
            return self._keeping.act(act, now)
        if refused := may(act, act.actor, MAY_ANSWER, act.grid):
            return [refused]
        return self._ring(act, now) if isinstance(act, RingDuty) else self._over(act, now)

    def _over(self, act: HandOver | TakeOver, now: Now) -> list[Said]:
        if act.grid not in self._roster.stints:
            return [Refused(act, "no_roster", f"{act.grid} has no roster of its own")]
        if isinstance(act, HandOver):
            return self._roster.hand_over(act.grid, act.note.strip(), act.actor.name)
        if refused := self._wrong_person(act):
            return [refused]
        return self._roster.take_over(act.grid, act.person, act.actor.name, now)

    def _wrong_person(self, act: TakeOver) -> Refused | None:
        person = self._register.persons.get(act.person)
        if person is None:
            return Refused(act, "person_unknown", f"there is no person {act.person}")
        if self._roster.away(person.id):
            return Refused(act, "person_away", f"{person.id} is absent")
        himself = self._register.of_actor(act.actor) is person
        if person.account and not himself and act.actor.role not in MAY_KEEP:
            return Refused(act, "role", "who has an account of his own takes over with it")
        return None

    def _ring(self, act: RingDuty, now: Now) -> list[Said]:
        grid = self._roster.on_duty(act.grid).grid
        called = self._roster.called(grid) if grid in self._roster.stints else ()
        if not called:
            return [Refused(act, "nobody_on_duty", f"nobody is on duty in {act.grid}")]
        rung_ns = self._rung_ns.get(act.grid)
        if rung_ns is not None and now.boottime_ns - rung_ns < RING_AGAIN_SECONDS * NANOSECONDS:
            return [Refused(act, "rung_already", f"{act.grid} was rung less than {RING_AGAIN_SECONDS:.0f} s ago")]
        self._rung_ns[act.grid] = now.boottime_ns
        self._rings += 1
        to = tuple(f"person:{one}" for one in called)
        place = Place(name=self._rules.grids[act.grid].name, grid=act.grid)
        why = "whoever is on duty is rung, to prove that he can be reached"
        body = {"what": "rung", "test": self._rings, "persons": list(called)}
        return [
            Remember(_RINGS, self._rings),
            Recorded("duty", act.grid, body, act.actor.name),
            Tell("test", Priority.P3, f"test:{self._rings}", to, place, why),
        ]
