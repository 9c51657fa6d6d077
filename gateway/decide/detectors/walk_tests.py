"""Walk tests 走测: somebody goes from detector to detector and makes each speak; what they say meanwhile is a test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gateway.decide.detectors.granted import granted, resumed, until_ns
from gateway.decide.detectors.rights import refused_as_unknown, refused_by_grid, refused_by_role
from gateway.decide.may import MAY_ANSWER
from gateway.detecting import BeginWalkTest, EndWalkTest
from gateway.model import Outcome, Recorded, Refused, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.deadline import Deadline
    from gateway.decide.known import Known
    from gateway.model import Now

WalkTestAct: TypeAlias = BeginWalkTest | EndWalkTest

LONGEST_MINUTES = 480
"""The longest walk: what a detector says in it is told to people as a test."""
KEPT = 20
"""How many walks that are over are kept with their reports."""
LEFT_TOLD = 100
"""How many detectors that said nothing the log names; the report has them all."""

_WALK = "walk_test:"
_SAID = "walk_said:"
_NEXT_NUMBER = "walk_test_next"


class Said(NamedTuple):
    """What a detector said for the first time in a walk: when, what ("smoke", "test"), who heard it, and how loud (dBm)."""

    at_utc: float
    what: str
    receiver: str
    rssi: int


@dataclass(frozen=True, slots=True)
class WalkTest:
    """A walk and its report: what each detector said, one entry for each thing that it said, in the order in which it did.

    `ends_utc` is when it ends by itself, `ended_utc` when it ended, None while it goes on.
    """

    id: str
    by: str
    began_utc: float
    ends_utc: float
    detectors: tuple[str, ...]
    said: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)
    ended_utc: float | None = None

    @property
    def left(self) -> tuple[str, ...]:
        """The detectors that said nothing yet."""
        return tuple(device for device in self.detectors if device not in self.said)


class WalkTests:
    """See the module. `walks` may be read by others: those that go on, and the last that are over."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, now: Now) -> None:
        self._known = known
        self._until: dict[str, Deadline] = {}
        self._under_test: dict[str, str] = {}
        self._next_number: int = remembered.get(_NEXT_NUMBER) or 1
        said: dict[str, dict[str, tuple[Said, ...]]] = {}
        for key, body in remembered.items():
            if key.startswith(_SAID):
                walk, _, device = key.removeprefix(_SAID).partition("/")
                said.setdefault(walk, {})[device] = tuple(Said(*each) for each in body)
        bodies = {key.removeprefix(_WALK): body for key, body in remembered.items() if key.startswith(_WALK)}
        self._walks: dict[str, WalkTest] = {}
        for one in sorted(bodies, key=_number):  # the oldest first
            body = bodies[one]
            self._walks[one] = WalkTest(
                one,
                body["by"],
                body["began"],
                body["ends"],
                tuple(body["detectors"]),
                said.get(one, {}),
                body["ended"],
            )
            if body["ended"] is None:
                self._until[one] = resumed(body["until"], now)
                self._under_test |= dict.fromkeys(body["detectors"], one)

    # ------------------------------------------------------------ reading

    @property
    def walks(self) -> Mapping[str, WalkTest]:
        """By id, the oldest first."""
        return self._walks

    @property
    def devices(self) -> Mapping[str, str]:
        """The detectors that are under test, each with the walk that tests it."""
        return self._under_test

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME in nanoseconds at which a walk ends by itself, None while nobody walks."""
        return min((until_ns(deadline) for deadline in self._until.values()), default=None)

    def under_test(self, device: str) -> bool:
        """Whether what this detector says is a test."""
        return device in self._under_test

    # ------------------------------------------------------------ what comes in

    def said(self, device: str, what: str, utc: float, heard_by: str, rssi: int) -> list[Outcome]:
        """A detector spoke. Nothing follows unless it is under test, and says this for the first time."""
        one = self._under_test.get(device)
        if one is None:
            return []
        walk = self._walks[one]
        before = walk.said.get(device, ())
        if any(each.what == what for each in before):
            return []
        now_said = (*before, Said(utc, what, heard_by, rssi))
        self._walks[one] = replace(walk, said={**walk.said, device: now_said})
        return [Remember(f"{_SAID}{one}/{device}", [list(each) for each in now_said])]

    def act(self, act: WalkTestAct, now: Now) -> list[Outcome]:
        """What a person asks for."""
        if refused := refused_by_role(act, MAY_ANSWER):
            return [refused]
        match act:
            case BeginWalkTest():
                return self._begin(act, now)
            case EndWalkTest():
                walk = self._walks.get(act.walk)
                if walk is None:
                    return [Refused(act, "walk_unknown", f"there is no walk test {act.walk[:40]!r}")]
                if refused := refused_by_grid(act, walk.detectors, self._known.rules):
                    return [refused]
                if walk.ended_utc is not None:
                    return [Refused(act, "walk_ended", "this walk test is over")]
                return self._end(walk, act.actor.name, now)

    def wake(self, now: Now) -> list[Outcome]:
        """Let time pass: walks that nobody ended."""
        out: list[Outcome] = []
        for one in [one for one, deadline in self._until.items() if until_ns(deadline) <= now.boottime_ns]:
            out += self._end(self._walks[one], "", now)
        return out

    # ------------------------------------------------------------ beginning and end

    def _begin(self, act: BeginWalkTest, now: Now) -> list[Outcome]:
        detectors = tuple(dict.fromkeys(act.detectors))
        rules = self._known.rules
        if refused := refused_as_unknown(act, detectors, rules) or refused_by_grid(act, detectors, rules):
            return [refused]
        if not detectors:
            return [Refused(act, "no_detectors", "a walk test needs a detector")]
        if not 1 <= act.minutes <= LONGEST_MINUTES:
            return [Refused(act, "minutes_wrong", f"a walk test lasts 1 to {LONGEST_MINUTES} minutes")]
        if taken := tuple(f"{device}: {self._under_test[device]}" for device in detectors if self.under_test(device)):
            return [Refused(act, "under_test", "another walk test has these detectors: end it first", taken)]
        seconds = 60.0 * act.minutes
        walk = WalkTest(f"w{self._next_number}", act.actor.name, now.utc, now.utc + seconds, detectors)
        self._next_number += 1
        self._walks[walk.id] = walk
        self._until[walk.id] = granted(seconds, now)
        self._under_test |= dict.fromkeys(detectors, walk.id)
        out: list[Outcome] = [Remember(_NEXT_NUMBER, self._next_number), self._written(walk)]
        body = {"what": "begun", "detectors": len(detectors), "minutes": act.minutes}
        return [*out, Recorded("walk_test", walk.id, body, walk.by)]

    def _end(self, walk: WalkTest, by: str, now: Now) -> list[Outcome]:
        ended = self._walks[walk.id] = replace(walk, ended_utc=now.utc)
        out = [self._written(ended), *self._forget_old()]
        del self._until[walk.id]
        for device in walk.detectors:
            del self._under_test[device]
        body = {
            "what": "ended",
            "detectors": len(walk.detectors),
            "tested": len(walk.said),
            "left": list(walk.left[:LEFT_TOLD]),
        }
        return [*out, Recorded("walk_test", walk.id, body, by)]

    def _forget_old(self) -> list[Outcome]:
        over = [walk for walk in self._walks.values() if walk.ended_utc is not None]
        out: list[Outcome] = []
        for walk in over[:-KEPT]:
            del self._walks[walk.id]
            out.append(Remember(_WALK + walk.id, None))
            out += [Remember(f"{_SAID}{walk.id}/{device}", None) for device in walk.said]
        return out

    def _written(self, walk: WalkTest) -> Outcome:
        deadline = self._until.get(walk.id)
        body = {
            "by": walk.by,
            "began": walk.began_utc,
            "ends": walk.ends_utc,
            "ended": walk.ended_utc,
            "detectors": list(walk.detectors),
            "until": deadline.to_json() if deadline is not None else None,
        }
        return Remember(_WALK + walk.id, body)


def _number(walk: str) -> int:
    return int(walk[1:])
