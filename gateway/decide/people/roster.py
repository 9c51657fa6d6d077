"""Who is on duty in each grid: what the roster says, who took over by name, and what is told when somebody is missing.

A shift that begins adds its person; it takes nobody away. Whoever took over last answers for the grid until the next one takes
it by name, so that no clock and no roster leaves a grid with nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.decide.people.clock import BACK_SECONDS, RosterClock
from gateway.decide.people.duty import Duty, Stint
from gateway.decide.people.rules import PeopleRules
from gateway.decide.people.week import Spell, spell_at
from gateway.decide.rules import HAND_OVER_LATE, NOBODY_ON_DUTY
from gateway.decide.timers import Timers
from gateway.model import Place, Priority, Recorded, Remember
from gateway.notice import Tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.people.register import Register
    from gateway.decide.watches import Watches
    from gateway.duty import Shift
    from gateway.model import Now, Outcome, Said

LATE_SECONDS = 600.0
"""How long after a shift's begin the leader is told that nobody took over (domain rule: ten minutes)."""

_STINT = "people:duty:"
_LOST = "people:clock_lost"
_LATE = "duty:"


class Roster:
    """See the module. `adopt` comes before anything else."""

    def __init__(self, remembered: Mapping[str, Json], register: Register, watches: Watches, now: Now) -> None:
        self._register = register
        self._watches = watches
        self._clock = RosterClock(remembered)
        self._timers = Timers(remembered, now, (_LATE,))
        self._rules = PeopleRules()
        self._zone = ZoneInfo("UTC")
        self._minute: int | None = None
        self._lost_told: bool = remembered.get(_LOST, False)
        self.utc = 0.0
        """The time by which the roster was looked at last."""
        self.stints = {
            key.removeprefix(_STINT): Stint.from_json(body)
            for key, body in remembered.items()
            if key.startswith(_STINT)
        }

    # ------------------------------------------------------------ reading

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again."""
        return self._timers.next_ns

    @property
    def clock_lost(self) -> bool:
        """The clock stands before what was here already: shifts stand still until it is right."""
        return self._clock.lost

    def on_duty(self, grid: str) -> Duty:
        """Who is on duty there, by the grid's own roster or the nearest one above it."""
        for each in self._rules.upwards(grid) or self._rules.tops:
            if (stint := self.stints.get(each)) is not None:
                return Duty(
                    each, stint.shift, stint.person, stint.deputy, self._responsible(each, stint), stint.begins_utc,
                    stint.ends_utc, stint.awaited, stint.late,
                )  # fmt: skip
        return Duty(grid)

    def called(self, grid: str) -> tuple[str, ...]:
        """Whom "duty" means in a grid with a roster: whoever answers for it, whoever is to take over, or else the leaders."""
        stint = self.stints[grid]
        both = (self._responsible(grid, stint), stint.person if stint.awaited else "")
        leaders = () if stint.person else self.leaders(grid)
        return tuple(dict.fromkeys(one for one in (*both, *leaders) if one))

    def leaders(self, grid: str) -> tuple[str, ...]:
        """Those who lead a grid and are here; where none is, those above."""
        return self.holders(grid, "leader")

    def holders(self, grid: str, role: str) -> tuple[str, ...]:
        """Who has a role in the team of a grid and is here; where nobody is, in the team above."""
        for each in self._rules.upwards(grid):
            team = self._register.teams.get(each, {})
            if here := tuple(one for one in team.get(role, ()) if not self.away(one)):
                return here
        return ()

    def away(self, person: str) -> bool:
        """Whether somebody is absent now."""
        return self._register.away(person, self.utc)

    def shifts(self, grid: str) -> tuple[Shift, ...]:
        """The grid's own roster."""
        return self._register.shifts.get(grid, ())

    def following(self, grid: str) -> Spell | None:
        """The shift that comes next in a grid with a roster."""
        return spell_at(self.shifts(grid), self._zone, self.stints[grid].ends_utc)

    def by_roster(self, shift: Shift) -> tuple[str, str]:
        """Who is on duty in a shift and who stands in for him, with absence counted."""
        here = [one for one in (shift.person, shift.deputy) if one and not self.away(one)]
        return here[0] if here else "", shift.deputy if len(here) > 1 else ""

    def _responsible(self, grid: str, stint: Stint) -> str:
        if stint.taken_by and not self.away(stint.taken_by):
            return stint.taken_by
        return stint.person or next(iter(self.leaders(grid)), "")

    def _place(self, grid: str) -> Place:
        rules = self._rules.grids.get(grid)
        return Place(name=rules.name if rules is not None else grid, grid=grid)

    # ------------------------------------------------------------ time

    def adopt(self, rules: PeopleRules, timezone: str, now: Now) -> list[Said]:
        """Take new rules; grids that are gone have no duty any more."""
        self._rules, self._zone = rules, ZoneInfo(timezone)
        out: list[Said] = [*self._timers.resumed()]
        for grid in list(self.stints):
            if grid not in rules.grids:
                out += self._without(grid, now)
        return out + self.look(now)

    def sweep(self, now: Now) -> list[Said]:
        """Look at the rosters when a new minute has begun."""
        minute = int(self._clock.utc(now) // 60)
        return [] if minute == self._minute and self._clock.lost is self._lost_told else self.look(now)

    def wake(self, now: Now) -> list[Said]:
        """Hand-overs that were not done in time."""
        out: list[Said] = []
        for timer in self._timers.ended(now):
            grid = timer.removeprefix(_LATE)
            out += [Remember(timer, None), *self._is_late(grid, now)]
        return out

    def checkpoint(self, now: Now) -> list[Said]:
        """What a restart would not count by itself."""
        return [*self._timers.checkpoint(now), *self._clock.note(now)]

    def look(self, now: Now) -> list[Said]:
        """See what the time, an absence or another roster has changed, in every grid."""
        self.utc = self._clock.utc(now)
        self._minute = int(self.utc // 60)
        out = self._clock_lost()
        for grid in self._rules.grids:
            out += self._look(grid, now)
        return out

    def _clock_lost(self) -> list[Said]:
        lost = self._clock.lost
        if lost is self._lost_told:
            return []
        self._lost_told = lost
        told = self._rules.tops if lost else ()
        why = "the clock lost the time: shifts stand still, and whoever was on duty is"
        tells = [self._tell("duty_kept", Priority.P2, grid, ("leader",), why) for grid in told]
        return [Remember(_LOST, lost or None), *tells]

    # ------------------------------------------------------------ the turn of a grid

    def _look(self, grid: str, now: Now) -> list[Said]:
        shifts, old = self.shifts(grid), self.stints.get(grid)
        if not shifts:
            return self._without(grid, now) if old is not None else []
        spell = self._spell(shifts, old)
        if spell is None:
            return []
        person, deputy = self.by_roster(spell.shift)
        new = replace(
            old or Stint(taken_by=person, taken_utc=self.utc if person else 0.0),
            shift=spell.shift.id, begins_utc=spell.begins_utc, ends_utc=spell.ends_utc, person=person, deputy=deputy,
        )  # fmt: skip
        turned = old is None or (old.begins_utc, old.person) != (new.begins_utc, new.person)
        settled = not person or new.taken_by == person
        left = bool(new.taken_by) and self.away(new.taken_by)
        new = replace(new, awaited=not settled and (turned or left or new.awaited))
        if new == old:
            return []
        return self._turn(grid, old or Stint(), new, now, turned=turned)

    def _spell(self, shifts: tuple[Shift, ...], old: Stint | None) -> Spell | None:
        """The shift that runs. One that has begun goes on when the clock is set back a little; none begins by a lost clock."""
        if old is not None and (self._clock.lost or 0 < old.begins_utc - self.utc < BACK_SECONDS):
            kept = next((shift for shift in shifts if shift.id == old.shift), None)
            if kept is not None:
                return Spell(kept, old.begins_utc, old.ends_utc)
        return spell_at(shifts, self._zone, self.utc)

    def _turn(self, grid: str, old: Stint, new: Stint, now: Now, *, turned: bool) -> list[Said]:
        out: list[Said] = []
        begun = bool(new.person) and new.proved_utc != new.begins_utc
        if begun:
            new = replace(new, proved_utc=new.begins_utc)
        called = (f"person:{new.person}",)
        when = {"begins": new.begins_utc, "ends": new.ends_utc}
        if turned:
            out.append(self._said(grid, "turned", shift=new.shift, person=new.person, deputy=new.deputy))
            if not new.person:
                out.append(self._tell("nobody", Priority.P2, grid, ("leader",), "nobody is on duty"))
        if begun:
            out.append(self._tell("proof", Priority.P3, grid, called, "a shift begins", **when, awaited=new.awaited))
        elif new.awaited and (turned or not old.awaited):
            out.append(self._tell("hand_over", Priority.P3, grid, called, "the grid waits to be taken over", **when))
        if new.awaited and (turned or not old.awaited):
            out += self._timers.start(_LATE + grid, LATE_SECONDS, now)
        if old.awaited and not new.awaited:
            new, ended = self._in_time(grid, new, now)
            out += ended
        out += self._say(NOBODY_ON_DUTY, grid, now, abnormal=not new.person, why="nobody is on duty")
        return out + self._put(grid, new)

    def _is_late(self, grid: str, now: Now) -> list[Said]:
        stint = self.stints.get(grid)
        if stint is None or not stint.awaited:
            return []
        why = "nobody took over within 10 min of the shift's begin"
        return [
            *self._put(grid, replace(stint, late=True)),
            self._said(grid, "late", shift=stint.shift, person=stint.person),
            *self._say(HAND_OVER_LATE, grid, now, abnormal=True, why=why),
            self._tell("hand_over_late", Priority.P3, grid, ("leader",), why),
        ]

    def _in_time(self, grid: str, stint: Stint, now: Now) -> tuple[Stint, list[Said]]:
        """No hand-over is waited for any more."""
        out: list[Said] = [*self._timers.stop(_LATE + grid)]
        out += self._say(HAND_OVER_LATE, grid, now, abnormal=False, why="")
        return replace(stint, awaited=False, late=False), out

    def _without(self, grid: str, now: Now) -> list[Said]:
        """The grid has no roster any more."""
        del self.stints[grid]
        out: list[Said] = [*self._timers.stop(_LATE + grid)]
        out += self._say(HAND_OVER_LATE, grid, now, abnormal=False, why="")
        out += self._say(NOBODY_ON_DUTY, grid, now, abnormal=False, why="")
        return [*out, Remember(_STINT + grid, None)]

    # ------------------------------------------------------------ what people do

    def take_over(self, grid: str, person: str, actor: str, now: Now) -> list[Said]:
        """Somebody takes the grid over by name; again changes nothing."""
        stint = self.stints[grid]
        if stint.taken_by == person and not stint.awaited:
            return []
        said = self._said(grid, "taken_over", actor, person=person, before=stint.taken_by)
        stint, out = self._in_time(grid, replace(stint, taken_by=person, taken_utc=self.utc), now)
        return [said, *out, *self._put(grid, stint)]

    def hand_over(self, grid: str, note: str, actor: str) -> list[Said]:
        """Whoever leaves writes a note, and whoever comes is told to take over."""
        stint = self.stints[grid]
        following = self.following(grid)
        comes = stint.person if stint.awaited else self.by_roster(following.shift)[0] if following is not None else ""
        out: list[Said] = [self._said(grid, "handed_over", actor, person=comes, note=note)]
        if comes:
            why = "the grid waits to be taken over"
            out.append(self._tell("hand_over", Priority.P3, grid, (f"person:{comes}",), why))
        return out + self._put(grid, replace(stint, note=note, note_by=actor, note_utc=self.utc))

    # ------------------------------------------------------------ saying

    def _put(self, grid: str, stint: Stint) -> list[Said]:
        self.stints[grid] = stint
        return [Remember(_STINT + grid, stint.to_json())]

    def _tell(self, kind: str, priority: Priority, grid: str, to: tuple[str, ...], why: str, **facts: Json) -> Tell:
        return Tell(kind, priority, f"duty:{grid}", to, self._place(grid), why, facts)

    def _said(self, grid: str, what: str, actor: str = "", **body: Json) -> Recorded:
        return Recorded("duty", grid, {"what": what, **body}, actor)

    def _say(self, rule: str, grid: str, now: Now, *, abnormal: bool, why: str) -> list[Outcome]:
        return self._watches.say(rule, grid, "", self._place(grid), abnormal=abnormal, why=why, now=now)
