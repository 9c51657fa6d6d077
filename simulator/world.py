"""The compound in time: controllers, the people at their doors, the sensors, and the stories that somebody starts.

Pure: the time is passed in, `next_at` says when there is something to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from simulator.acts import VERBS, WORDS, acts_of, happen, perform, perform_in_air, refuse_misplaced, refuse_nonsense
from simulator.climate import climate
from simulator.controller import Controller
from simulator.faults import Fault, FaultKind, Station
from simulator.residents import cards_behind
from simulator.rhythm import Passage, passages
from simulator.story import Story, Target
from simulator.verb import ActRefused, Arguments, At

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.air import Air
    from simulator.compound import Compound, Entrance
    from simulator.realm import Realm

DOORS = 2
_HAND_HOLDS_SECONDS = 600.0  # what a person does by hand stays as it is for so long


@dataclass(frozen=True, slots=True)
class _Daily:
    """A resident's act."""

    target: Target
    verb: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class _Comes:
    """Somebody comes to an entrance; `rest` are those who come later."""

    entrance: str
    passage: Passage
    rest: Iterator[Passage]


@dataclass(frozen=True, slots=True)
class _Told:
    """A step of a story, void once the same story was started again on the same target."""

    story: str
    target: Target
    telling: int
    where: Target
    verb: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class _Again:
    """Something that is done by hand, and so many times more."""

    target: Target
    verb: str
    arguments: Arguments
    times: int
    every_seconds: float


_Happening: TypeAlias = _Daily | _Comes | _Told | _Again


def station_of(
    compound: Compound, entrance: Entrance, now: float, shift_seconds: float, cards: Sequence[int] = ()
) -> Station:
    """The controller of an entrance, running since a while, with its inborn fault if it has one.

    `cards` are those of the people behind it.
    """
    rng = Random(f"controller {compound.seed} {entrance.id}")
    measure = climate(compound.seed, entrance.id, shift_seconds)
    controller = Controller(entrance.serial, DOORS, now - rng.uniform(0, 40 * 86_400), measure, rng.randint(1, 40))
    station = Station(entrance.id, controller, unreachable=entrance.id in compound.dead, cards=cards)
    if entrance.id in compound.silent:
        station.break_with(Fault(FaultKind.SILENT), now)
    return station


@dataclass(slots=True)
class World:
    """A compound that lives from `started` on; `shift_seconds` from its time to the hour that people live in.

    `air` are its sensors, None for a compound without any; `realms` whatever else lives in it.
    """

    compound: Compound
    started: float
    shift_seconds: float = 0.0
    air: Air | None = None
    realms: Sequence[Realm] = ()
    stations: dict[str, Station] = field(init=False)
    running: dict[tuple[str, Target], float] = field(init=False, default_factory=dict)
    """Stories being told, with the time of their last step."""
    _agenda: list[tuple[float, int, _Happening]] = field(init=False, default_factory=list)
    _order: Iterator[int] = field(init=False, default_factory=count)
    _tellings: dict[tuple[str, Target], int] = field(init=False, default_factory=dict)
    _kept_until: dict[Target, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Build the controllers and let people come."""
        cards = cards_behind(self.compound)
        self.stations = {
            entrance.id: station_of(self.compound, entrance, self.started, self.shift_seconds, cards[entrance.id])
            for entrance in self.compound.entrances
        }
        for entrance in self.compound.entrances:
            self._await(entrance.id, passages(self.compound, entrance, self.started + self.shift_seconds))

    @property
    def next_at(self) -> float:
        """When `advance` has something to do."""
        own = self._agenda[0][0] if self._agenda else inf
        if self.air is not None:
            own = min(own, self.air.next_at)
        return min((own, *(realm.next_at for realm in self.realms)))

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        while self._agenda and self._agenda[0][0] <= now:
            at, _, happening = heappop(self._agenda)
            if self.air is not None:
                self.air.advance(at)
            match happening:
                case _Daily(target, verb, arguments):
                    if at >= self._kept_until.get(target, -inf):
                        happen(self.stations[target.device], verb, target.door, arguments, at)
                case _Comes(entrance, passage, rest):
                    self._let_pass(entrance, passage)
                    self._await(entrance, rest)
                case _Told():
                    self._tell(happening, at)
                case _Again():
                    self._do_again(happening, at)
        if self.air is not None:
            self.air.advance(now)
        for realm in self.realms:
            realm.advance(now)

    def start(self, story: Story, target: Target | None, now: float) -> Target:
        """Start a story, again if it runs; returns where it happens. Raises `ActRefused` for an unknown target.

        A story that brings its own target takes the first device of that sort when the compound has no such one. What happens
        beside it to a sort of devices that the compound does not have is left out.
        """
        place = target or self._nearest(story.target)
        if (bool(place.door), bool(place.part)) != (bool(story.target.door), bool(story.target.part)):
            place = story.target.on(place.device)  # "that controller" means its usual door, or none
        steps = [step for step in story.steps if step.where is None or self._has_any_like(step.where, step.verb)]
        places = [self._nearest(step.where) if step.where else place for step in steps]
        for step, where in zip(steps, places, strict=True):
            self._refuse_unknown(where, step.verb)
        key = (story.name, place)
        telling = self._tellings[key] = self._tellings.get(key, 0) + 1
        ends = now
        for step, where in zip(steps, places, strict=True):
            at = now + step.at_seconds
            ends = max(ends, at)
            self._plan(at, _Told(story.name, place, telling, where, step.verb, step.arguments))
            self._keep(where, at)
        self.running[key] = ends
        return place

    def perform(
        self,
        target: Target,
        verb: str,
        arguments: Arguments,
        now: float,
        times: int = 1,
        every_seconds: float = 1.0,
    ) -> None:
        """Do something by hand, now and `times` in all. Raises `ActRefused` when it cannot be done."""
        self._refuse_unknown(target, verb)
        if not self._do(target, verb, arguments, now):
            locked = verb == "open"
            raise ActRefused(f"{target} is locked" if locked else f"{target} does not let that happen: {verb}")
        self._keep(target, now + times * every_seconds + _HAND_HOLDS_SECONDS)
        if times > 1:
            again = _Again(target, verb, arguments, times - 1, every_seconds)
            self._plan(now + every_seconds, again)

    def _do(self, where: Target, verb: str, arguments: Arguments, at: float) -> bool:
        station = self.stations.get(where.device)
        if station is not None:
            return perform(station, verb, where.door, arguments, at)
        realm = self._realm_of(where.device)
        if realm is not None:
            refuse_nonsense(verb, where.door, arguments, where.part)
            return realm.perform(where, verb, arguments, at)
        return self.air is not None and perform_in_air(self.air, where.device, verb, arguments, at)

    def _refuse_unknown(self, target: Target, verb: str) -> None:
        device, station, air = target.device, self.stations.get(target.device), self.air
        realm = self._realm_of(device)
        if verb not in WORDS:
            refuse_nonsense(verb, target.door, {}, target.part)
        if station is not None:
            refuse_misplaced(verb, device, At.CONTROLLER)
            if target.door > station.controller.model:
                raise ActRefused(f"{device} has doors 1 to {station.controller.model}, not {target.door}")
        elif air is not None and device in air:
            refuse_misplaced(verb, device, *air.what_is(device))
        elif realm is not None:
            realm.refuse(target, verb)
        elif verb in VERBS:
            raise ActRefused(f"there is no controller {device!r}")
        elif air is None and WORDS[verb].at in (At.SENSOR, At.RECEIVER):
            raise ActRefused("the simulator runs without sensors")
        else:
            what = WORDS[verb].at.value.removeprefix("a ")
            raise ActRefused(f"there is no {what} {device!r}")

    def _realm_of(self, device: str) -> Realm | None:
        return next((realm for realm in self.realms if device in realm), None)

    def _nearest(self, target: Target) -> Target:
        if target.device in self.stations:
            return target
        in_air = None if self.air is None else self.air.like(target.device)
        if in_air is not None:
            return Target(in_air)
        in_realm = next((found for realm in self.realms if (found := realm.like(target)) is not None), None)
        return in_realm or target.on(next(iter(self.stations)))

    def _has_any_like(self, target: Target, verb: str) -> bool:
        """Whether anything that the word could happen to lives here."""
        if verb in VERBS or (self.air is not None and self.air.like(target.device) is not None):
            return True
        return any(realm.like(target) is not None for realm in self.realms)

    def _keep(self, target: Target, until: float) -> None:
        """Daily life stays away from a door or a sensor that somebody has taken in hand."""
        if self.air is not None and target.device in self.air:
            self.air.keep(target.device, until)
        elif (realm := self._realm_of(target.device)) is not None:
            realm.keep(target, until)
        elif target.door:
            self._kept_until[target] = max(until, self._kept_until.get(target, -inf))

    def _tell(self, told: _Told, at: float) -> None:
        key = (told.story, told.target)
        if told.telling != self._tellings[key]:
            return
        self._do(told.where, told.verb, told.arguments, at)
        if at >= self.running.get(key, inf):
            del self.running[key]

    def _do_again(self, again: _Again, at: float) -> None:
        self._do(again.target, again.verb, again.arguments, at)
        if again.times > 1:
            self._plan(at + again.every_seconds, replace(again, times=again.times - 1))

    def _await(self, entrance: str, people: Iterator[Passage]) -> None:
        passage = next(people)
        self._plan(passage.at - self.shift_seconds, _Comes(entrance, passage, people))

    def _let_pass(self, entrance: str, passage: Passage) -> None:
        target = Target(entrance, passage.door)
        for at, verb in acts_of(passage):
            arguments: Arguments = {"user": passage.user} if verb == "card" else {}
            self._plan(at - self.shift_seconds, _Daily(target, verb, arguments))

    def _plan(self, at: float, happening: _Happening) -> None:
        heappush(self._agenda, (at, next(self._order), happening))
