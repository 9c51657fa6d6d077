"""Rounds 挂装: installers walk from place to place, and the sensor whose button is pressed takes the next one.

Several may walk at once. A press is the round's whose next place is in the building where it was heard best, and wants such a
sensor; where that is true of two, a person says whose it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from gateway.decide.detectors.granted import granted, resumed, until_ns
from gateway.decide.detectors.naming import fitting, kind_of
from gateway.decide.detectors.rights import (
    MAY_ENROL,
    place_for_sensor,
    refused_as_unknown,
    refused_by_grid,
    refused_by_role,
)
from gateway.decide.detectors.round_state import (
    ELSEWHERE,
    PRODUCT_UNKNOWN,
    SEVERAL,
    WRONG_KIND,
    Candidate,
    RoundState,
    Step,
)
from gateway.detecting import BeginRound, EndRound, SkipInRound, TakeInRound, UndoInRound
from gateway.model import NANOSECONDS, Outcome, Recorded, Refused, Remember

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Json, Stranger
    from gateway.decide.deadline import Deadline
    from gateway.decide.detectors.register import Register
    from gateway.decide.detectors.sensor import Sensor
    from gateway.decide.known import Known
    from gateway.model import Now

RoundAct: TypeAlias = BeginRound | TakeInRound | SkipInRound | UndoInRound | EndRound

IDLE_SECONDS = 3600.0
"""A round in which nothing was done for so long is over."""
PLACES = 1_000
"""The most places of one round: more than the largest building has."""
CANDIDATES = 8
"""The most candidates of a round; the oldest goes first."""
CANDIDATE_NS = 120 * NANOSECONDS
"""How long a candidate waits for a person."""

_ROUND = "round:"
_PROGRESS = "round_progress:"
_NEXT_NUMBER = "round_next"


class Rounds:
    """See the module. `rounds` may be read by others. What waits for a person does not outlive the process."""

    def __init__(self, remembered: Mapping[str, Json], register: Register, known: Known, now: Now) -> None:
        self._register = register
        self._known = known
        self._rounds: dict[str, RoundState] = {}
        self._idle: dict[str, Deadline] = {}
        self._next_number: int = remembered.get(_NEXT_NUMBER) or 1
        walked = (key.removeprefix(_ROUND) for key in remembered if key.startswith(_ROUND))
        for one in sorted(walked, key=_number):  # the oldest first
            progress = remembered[_PROGRESS + one]
            self._rounds[one] = RoundState.from_json(one, remembered[_ROUND + one], progress)
            self._idle[one] = resumed(progress["idle"], now)

    # ------------------------------------------------------------ reading

    @property
    def rounds(self) -> Mapping[str, RoundState]:
        """The rounds that are walked by id, the oldest first; a place that got its sensor by another way is no next place."""
        return {one: self._as_it_stands(state) for one, state in self._rounds.items()}

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME in nanoseconds at which `wake` has work, None while it waits for people."""
        idle = [until_ns(deadline) for deadline in self._idle.values()]
        waiting = [each.pressed_ns + CANDIDATE_NS for state in self._rounds.values() for each in state.candidates]
        return min([*idle, *waiting], default=None)

    # ------------------------------------------------------------ what comes in

    def pressed(self, stranger: Stranger, now: Now) -> list[Outcome]:
        """A sensor's test button was pressed, as its key proved."""
        sensor = self._register.sensors.get(stranger.address)
        if not stranger.pressed or sensor is None or not sensor.in_stock:
            return []
        near = self._near(stranger.receiver)
        kind = kind_of(sensor, self._known.rules)
        fit = [state for state in near if kind and self._wants(state.next) == kind]
        if not fit:
            self._note(near, WRONG_KIND if kind else PRODUCT_UNKNOWN)
            return []
        if len(fit) == 1:
            self._note(near, ELSEWHERE)
            return self._take(replace(fit[0], note=""), sensor, fit[0].actor, now)
        self._note(fit, SEVERAL)
        candidate = Candidate(sensor.address, sensor.product, stranger.receiver, stranger.rssi, now.boottime_ns)
        for one in [state.id for state in fit]:
            state = self._rounds[one]
            others = tuple(each for each in state.candidates if each.address != sensor.address)
            self._rounds[one] = replace(state, candidates=(*others, candidate)[-CANDIDATES:])
        return []

    def act(self, act: RoundAct, now: Now) -> list[Outcome]:  # noqa: PLR0911 - one return for each kind of act
        """What a person asks for."""
        if refused := refused_by_role(act, MAY_ENROL):
            return [refused]
        if isinstance(act, BeginRound):
            return self._begin(act, now)
        state = self._rounds.get(act.round)
        if state is None:
            return [Refused(act, "round_unknown", f"there is no round {act.round[:40]!r}: it is over")]
        if refused := refused_by_grid(act, state.detectors, self._known.rules):
            return [refused]
        state = self._as_it_stands(state)
        match act:
            case TakeInRound():
                return self._take_named(act, state, now)
            case SkipInRound():
                return self._skip(act, state, now)
            case UndoInRound():
                return self._undo(act, state, now)
            case EndRound():
                return self._end(state, act.actor.name)

    def wake(self, now: Now) -> list[Outcome]:
        """Let time pass: candidates that nobody took, rounds that nobody walks."""
        before = now.boottime_ns - CANDIDATE_NS
        for one, state in self._rounds.items():
            if any(each.pressed_ns <= before for each in state.candidates):
                waiting = tuple(each for each in state.candidates if each.pressed_ns > before)
                self._rounds[one] = replace(state, candidates=waiting)
        out: list[Outcome] = []
        for one in [one for one, deadline in self._idle.items() if until_ns(deadline) <= now.boottime_ns]:
            out += self._end(self._as_it_stands(self._rounds[one]), "")
        return out

    # ------------------------------------------------------------ acts

    def _begin(self, act: BeginRound, now: Now) -> list[Outcome]:
        detectors = tuple(dict.fromkeys(act.detectors))
        rules = self._known.rules
        if refused := refused_as_unknown(act, detectors, rules) or refused_by_grid(act, detectors, rules):
            return [refused]
        if len(detectors) > PLACES:
            return [Refused(act, "round_too_large", f"a round has up to {PLACES} places, not {len(detectors)}")]
        free = [device for device in detectors if self._wants(device)]
        if not free:
            return [Refused(act, "nothing_free", "each of these places has its sensor")]
        if overlaps := self._walked_by_others(free):
            why = "another round goes there: end it first, or leave these places out"
            return [Refused(act, "round_overlaps", why, overlaps)]
        state = RoundState(f"r{self._next_number}", act.actor.name, detectors)
        self._next_number += 1
        begun = {"actor": state.actor, "detectors": list(detectors)}
        out: list[Outcome] = [Remember(_NEXT_NUMBER, self._next_number), Remember(_ROUND + state.id, begun)]
        out += self._keep(state, now)
        return [*out, Recorded("round", state.id, {"what": "begun", "places": len(free)}, state.actor)]

    def _take_named(self, act: TakeInRound, state: RoundState, now: Now) -> list[Outcome]:
        if not state.next:
            return [Refused(act, "round_done", "no place of this round is left")]
        sensor = fitting(act, state.next, self._register.sensors, self._known.rules)
        if isinstance(sensor, Refused):
            return [sensor]
        return self._take(replace(state, note=""), sensor, act.actor.name, now)

    def _skip(self, act: SkipInRound, state: RoundState, now: Now) -> list[Outcome]:
        if not state.next:
            return [Refused(act, "round_done", "no place of this round is left")]
        step = Step(state.next, "", now.utc)
        return self._keep(replace(state, at=state.at + 1, done=(*state.done, step), note=""), now)

    def _undo(self, act: UndoInRound, state: RoundState, now: Now) -> list[Outcome]:
        if not state.done:
            return [Refused(act, "nothing_to_undo", "nothing was done in this round yet")]
        *done, last = state.done
        out: list[Outcome] = []
        hangs = self._register.mounted.get(last.detector)
        if hangs is not None and hangs.address == last.address:
            out = self._register.take_down(last.detector, act.actor.name, f"undone in round {state.id}")
        back = replace(state, at=state.detectors.index(last.detector), done=tuple(done), note="")
        return [*out, *self._keep(back, now)]

    def _end(self, state: RoundState, by: str) -> list[Outcome]:
        del self._rounds[state.id], self._idle[state.id]
        taken = sum(bool(step.address) for step in state.done)
        body = {
            "what": "ended",
            "taken": taken,
            "skipped": len(state.done) - taken,
            "left": sum(bool(self._wants(device)) for device in state.detectors),
        }
        gone = [Remember(_ROUND + state.id, None), Remember(_PROGRESS + state.id, None)]
        return [*gone, Recorded("round", state.id, body, by)]

    # ------------------------------------------------------------ steps

    def _take(self, state: RoundState, sensor: Sensor, by: str, now: Now) -> list[Outcome]:
        """The sensor takes the round's next place, and waits for nobody any more."""
        out = self._register.hang(sensor, state.next, by, f"round {state.id}", now)
        step = Step(state.next, sensor.address, now.utc)
        return [*out, *self._keep(replace(state, at=state.at + 1, done=(*state.done, step)), now)]

    def _keep(self, state: RoundState, now: Now) -> list[Outcome]:
        """A round went on: it is remembered, and its hour begins anew."""
        self._rounds[state.id] = state
        self._idle[state.id] = idle = granted(IDLE_SECONDS, now)
        return [Remember(_PROGRESS + state.id, state.progress() | {"idle": idle.to_json()})]

    def _as_it_stands(self, state: RoundState) -> RoundState:
        """The round with its next place free, and without candidates that hang somewhere by now."""
        left = range(state.at, len(state.detectors))
        at = next((index for index in left if self._wants(state.detectors[index])), len(state.detectors))
        sensors = self._register.sensors
        waiting = tuple(
            each for each in state.candidates if (one := sensors.get(each.address)) is not None and one.in_stock
        )
        if at == state.at and len(waiting) == len(state.candidates):
            return state
        return replace(state, at=at, candidates=waiting)

    def _note(self, states: Iterable[RoundState], note: str) -> None:
        """Why a press took no place in these rounds."""
        for state in states:
            self._rounds[state.id] = replace(self._rounds[state.id], note=note)

    def _near(self, receiver: str) -> list[RoundState]:
        """The rounds that a press may be meant for, by the building of the receiver that heard it best."""
        walked = [state for state in self.rounds.values() if state.next]
        building = self._building(receiver)
        there = [state for state in walked if building and self._building(state.next) == building]
        return there or walked

    def _wants(self, device: str) -> str:
        """The kind of sensor that this place waits for, "" where one hangs, or where it is no place for one."""
        place = place_for_sensor(device, self._known.rules)
        return place.kind if place is not None and device not in self._register.mounted else ""

    def _building(self, device: str) -> str:
        rules = self._known.rules.devices.get(device)
        return rules.place.building if rules is not None else ""

    def _walked_by_others(self, devices: Iterable[str]) -> tuple[str, ...]:
        """What other rounds go to of these places, a sentence for each round."""
        wanted = frozenset(devices)
        return tuple(
            f"{state.id}, walked by {state.actor}, goes to {len(shared)} of them"
            for state in self.rounds.values()
            if (shared := wanted.intersection(state.detectors[state.at :]))
        )


def _number(one: str) -> int:
    return int(one[1:])
