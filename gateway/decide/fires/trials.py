"""Trial operation 试运行 of buildings, and the drills that were held.

On trial everything is judged as ever, people on the trial list hear of it, and what would follow by itself is recorded. A fire
panel is never on trial, nor is what a person says or does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gateway.decide.gate import MAY_WORK
from gateway.decide.may import MAY_ANSWER, may
from gateway.model import Outcome, Recorded, Refused, Remember
from gateway.safety import BeginTrial, EndTrial, RecordDrill, SafetyAct

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.known import Known
    from gateway.model import Now

LONGEST_DAYS = 92
"""A trial lasts a quarter of a year at most; it may be begun again."""
DRILLS_KEPT = 200
WOULD_HAVE_KEPT = 50
"""So many of each building are kept at hand; the log has all."""

_TRIAL = "fire_trial:"
_DRILL = "fire_drill:"
_DRILL_NUMBER = "fire_drill_number"
_WOULD_HAVE = "fire_would_have:"
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A building on trial. `people`: the trial list."""

    building: str
    by: str
    began_utc: float
    until_utc: float
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill 演练 as it was recorded. `people` counts them."""

    number: int
    building: str
    held_utc: float
    what: str
    people: int
    minutes: float
    note: str
    by: str


class Trials:
    """See the module."""

    def __init__(self, remembered: Mapping[str, Json], known: Known) -> None:
        self._known = known
        self.of: dict[str, Trial] = {}
        drills: list[Drill] = []
        self.would_have: dict[str, list[Json]] = {}
        for name, body in remembered.items():
            if name.startswith(_TRIAL):
                self.of[body["building"]] = Trial(**{**body, "people": tuple(body["people"])})
            elif name.startswith(_DRILL):
                drills.append(Drill(**body))
            elif name.startswith(_WOULD_HAVE):
                self.would_have[name.removeprefix(_WOULD_HAVE)] = list(body)
        self.drills = sorted(drills, key=lambda drill: drill.number)
        self._next: int = remembered.get(_DRILL_NUMBER) or 1

    def act(self, act: SafetyAct, staff: Container[str], now: Now) -> list[Outcome]:
        """What a person asks for. `staff`: the ids of all who work here."""
        grid = self._grid(act.building)
        if grid is None:
            return [Refused(act, "building_unknown", f"there is no building {act.building[:40]!r}")]
        roles = MAY_ANSWER if isinstance(act, RecordDrill) else MAY_WORK
        if refused := may(act, act.actor, roles, grid):
            return [refused]
        match act:
            case BeginTrial():
                return self._begin(act, staff, now)
            case EndTrial():
                return self._end(act)
            case RecordDrill():
                return self._drill(act, now)

    def over(self, now: Now) -> Sequence[Trial]:
        """The trials whose day has come. A clock that is not to be believed ends none."""
        if not self.of or not now.trusted:
            return ()
        return [trial for trial in self.of.values() if trial.until_utc <= now.utc]

    def run_out(self, trial: Trial) -> list[Outcome]:
        """Its day has come: a forgotten trial must not disarm a building for ever."""
        del self.of[trial.building]
        body: Json = {"what": "run_out", "until": trial.until_utc}
        return [Remember(_TRIAL + trial.building, None), Recorded("trial", trial.building, body)]

    def note(self, building: str, body: Json) -> list[Outcome]:
        """What would have followed from an alarm on trial, once for each raise."""
        before = self.would_have.get(building, [])
        if any((each["alarm"], each["raised"]) == (body["alarm"], body["raised"]) for each in before):
            return []
        kept = self.would_have[building] = [*before, body][-WOULD_HAVE_KEPT:]
        return [Remember(_WOULD_HAVE + building, kept), Recorded("would_have", building, body)]

    def _begin(self, act: BeginTrial, staff: Container[str], now: Now) -> list[Outcome]:
        people = tuple(dict.fromkeys(act.people))
        if not now.utc < act.until_utc <= now.utc + LONGEST_DAYS * _DAY:
            return [Refused(act, "until_wrong", f"a trial ends within {LONGEST_DAYS} days")]
        if not people:
            return [Refused(act, "no_people", "a trial needs a list of those who hear of it")]
        if strangers := tuple(person for person in people if person not in staff):
            return [Refused(act, "person_unknown", "the trial list names nobody of the staff", strangers)]
        before = self.of.get(act.building)
        began_utc = now.utc if before is None else before.began_utc
        trial = self.of[act.building] = Trial(act.building, act.actor.name, began_utc, act.until_utc, people)
        body = {"what": "begun" if before is None else "changed", "until": act.until_utc, "people": len(people)}
        out: list[Outcome] = [Remember(_TRIAL + act.building, {**asdict(trial), "people": list(people)})]
        if before is None and act.building in self.would_have:
            del self.would_have[act.building]
            out.append(Remember(_WOULD_HAVE + act.building, None))
        return [*out, Recorded("trial", act.building, body, act.actor.name)]

    def _end(self, act: EndTrial) -> list[Outcome]:
        if act.building not in self.of:
            return [Refused(act, "no_trial", f"{act.building} is not on trial")]
        if not act.report.strip():
            return [Refused(act, "report_needed", "a trial ends with the number of the acceptance report 验收报告")]
        del self.of[act.building]
        body = {"what": "ended", "report": act.report.strip()}
        return [
            Remember(_TRIAL + act.building, None),
            Recorded("trial", act.building, body, act.actor.name),
        ]

    def _drill(self, act: RecordDrill, now: Now) -> list[Outcome]:
        if not act.what.strip():
            return [Refused(act, "what_needed", "say what was drilled")]
        if act.people < 0 or act.minutes < 0 or act.held_utc > now.utc + _DAY:
            return [Refused(act, "drill_wrong", "a drill was held, by so many, and took so long")]
        drill = Drill(
            self._next, act.building, act.held_utc, act.what.strip(), act.people, act.minutes, act.note.strip(),
            act.actor.name,
        )  # fmt: skip
        self._next += 1
        self.drills.append(drill)
        out: list[Outcome] = [Remember(_DRILL_NUMBER, self._next), Remember(f"{_DRILL}{drill.number}", asdict(drill))]
        out += [Remember(f"{_DRILL}{old.number}", None) for old in self.drills[:-DRILLS_KEPT]]
        del self.drills[:-DRILLS_KEPT]
        body = {"what": drill.what, "held": drill.held_utc, "people": drill.people, "minutes": drill.minutes}
        return [*out, Recorded("drill", act.building, {**body, "note": drill.note}, act.actor.name)]

    def _grid(self, building: str) -> str | None:
        """The grid of a building, None where nothing stands in it."""
        devices = self._known.rules.devices.values()
        return next((known.place.grid for known in devices if building and known.place.building == building), None)
