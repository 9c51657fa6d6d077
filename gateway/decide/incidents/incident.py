"""One incident as decide keeps it. Nothing here holds a name or a number at which somebody can be reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from gateway.decide.incidents.table import Stage
from gateway.incident import IncidentState
from gateway.model import Place, Priority

if TYPE_CHECKING:
    from drivers.contract import Json

IN_WORK = frozenset({IncidentState.REPORTED, IncidentState.ACCEPTED, IncidentState.ASSIGNED, IncidentState.ARRIVED})
"""Something is still to be done there."""

ENDED = frozenset({IncidentState.CLOSED, IncidentState.FALSE_ALARM, IncidentState.MERGED})
"""Nothing is to be done any more."""


@dataclass(frozen=True, slots=True)
class Running:
    """A limit that runs. `percent` is how much of it was over when that was last told: 0, 80 or 100."""

    stage: Stage
    began_utc: float
    due_utc: float
    percent: int = 0


@dataclass(frozen=True, slots=True)
class CalledIn:
    """A department that was whistled for 吹哨: its answer is due at `due_utc`. 0 for what has not happened."""

    department: str
    at_utc: float
    due_utc: float
    answered_utc: float = 0.0
    arrived_utc: float = 0.0
    late: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """A work item of the grid.

    `number` counts up, `external_id` is what the world outside calls it, for ever. `key` (place and group) gathers alarms, ""
    gathers none. `person` has it, and `going` says that he is on his way; `hands` are all who worked on it: none of them may
    verify it. People are the ids of the staff, or of users that are none. `alarms` are (number, key) of the last ones.
    `where` and `what` were typed by whoever reported it.
    """

    number: int
    external_id: str
    key: str
    category: str
    priority: Priority
    place: Place
    state: IncidentState
    opened_utc: float
    changed_utc: float
    where: str = ""
    what: str = ""
    person: str = ""
    going: bool = False
    hands: tuple[str, ...] = ()
    alarms: tuple[tuple[int, str], ...] = ()
    photos: tuple[str, ...] = ()
    cause: str = ""
    extended: bool = False
    returned: int = 0
    merged_into: int = 0
    called_in: tuple[CalledIn, ...] = ()
    running: tuple[Running, ...] = ()
    county_state: str = ""
    county_messages: tuple[str, ...] = ()
    simulated: bool = False
    revision: int = 0
    """Counts every change of it."""

    @property
    def in_work(self) -> bool:
        """Something is still to be done there."""
        return self.state in IN_WORK

    @property
    def open(self) -> bool:
        """It is not closed, false or merged."""
        return self.state not in ENDED

    def limit(self, stage: Stage) -> Running | None:
        """The running limit of a stage."""
        return next((running for running in self.running if running.stage is stage), None)

    def to_json(self) -> Json:
        """As decide remembers it."""
        return {name: getattr(self, name) for name in _FIELDS} | {
            "priority": int(self.priority),
            "place": asdict(self.place),
            "state": self.state.value,
            "called_in": [asdict(each) for each in self.called_in],
            "running": [{**asdict(each), "stage": each.stage.value} for each in self.running],
        }

    @classmethod
    def from_json(cls, body: Json) -> Incident:
        """The inverse of `to_json`; of what an older version wrote too."""
        known = {name: value for name, value in body.items() if name in _FIELDS}
        return cls(
            **{
                **known,
                "priority": Priority(body["priority"]),
                "place": Place(**body["place"]),
                "state": IncidentState(body["state"]),
                "hands": tuple(body["hands"]),
                "alarms": tuple((number, key) for number, key in body["alarms"]),
                "photos": tuple(body["photos"]),
                "called_in": tuple(CalledIn(**each) for each in body["called_in"]),
                "running": tuple(Running(**{**each, "stage": Stage(each["stage"])}) for each in body["running"]),
                "county_messages": tuple(body["county_messages"]),
            }
        )


_FIELDS = tuple(field.name for field in fields(Incident))
