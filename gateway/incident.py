"""Incidents as the house speaks of them: the grid's work items, and what people may do about them.

An incident is no alarm: it is closed by a person, and its alarms are closed by theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.actor import Actor


class IncidentState(Enum):
    """Where an incident stands (docs/incidents.md)."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    ARRIVED = "arrived"
    HANDLED = "handled"
    FEEDBACK = "feedback"
    VERIFIED = "verified"
    CLOSED = "closed"
    FALSE_ALARM = "false_alarm"
    MERGED = "merged"


FALSE_CAUSES = ("cooking", "steam", "dust", "insects", "smoking", "works", "test", "malice", "device_fault", "unknown")
"""Why an alarm was false."""


@dataclass(frozen=True, slots=True)
class ReportIncident:
    """A person reports something that no device saw."""

    actor: Actor
    building: str
    unit: str
    where: str
    category: str
    what: str
    priority: int


@dataclass(frozen=True, slots=True)
class AcceptIncident:
    """受理, and 分派 at once when `person` is given (an id of the staff)."""

    actor: Actor
    number: int
    person: str = ""


@dataclass(frozen=True, slots=True)
class GoToIncident:
    """我去: the person takes it, and the alarms of it that nobody took."""

    actor: Actor
    number: int


@dataclass(frozen=True, slots=True)
class ArriveAtIncident:
    """到了."""

    actor: Actor
    number: int


@dataclass(frozen=True, slots=True)
class HandleIncident:
    """处理完, with photos (their sha256, uploaded before)."""

    actor: Actor
    number: int
    what: str
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedBackIncident:
    """反馈: what came of it for whoever reported it or lives there."""

    actor: Actor
    number: int
    cause: str
    note: str


@dataclass(frozen=True, slots=True)
class VerifyIncident:
    """核查 by another person than the one who handled it; not `good` sends it back."""

    actor: Actor
    number: int
    good: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class CloseIncident:
    """结案."""

    actor: Actor
    number: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class CallFalseIncident:
    """误报, with its cause."""

    actor: Actor
    number: int
    cause: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnIncident:
    """退回: whoever has it cannot do it; it waits for another."""

    actor: Actor
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class ExtendIncident:
    """延期, once, by a leader."""

    actor: Actor
    number: int
    hours: float
    reason: str


@dataclass(frozen=True, slots=True)
class MergeIncident:
    """并案: it is the same as another."""

    actor: Actor
    number: int
    into: int


@dataclass(frozen=True, slots=True)
class Whistle:
    """吹哨: a department is called in; its answer is timed."""

    actor: Actor
    number: int
    department: str
    what: str


@dataclass(frozen=True, slots=True)
class DepartmentAnswers:
    """报到: the department answered, by whatever way; `arrived` when it is there."""

    actor: Actor
    number: int
    department: str
    arrived: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class CountySays:
    """The county platform reports a state of an incident that it was handed, by its external id."""

    actor: Actor
    external_id: str
    state: str
    note: str
    message: str
    """The platform's own id of this word: the same again changes nothing."""


@dataclass(frozen=True, slots=True)
class RefuseCounty:
    """Somebody spoke as the county platform and could not prove it: a row of the audit, and nothing else."""

    actor: Actor
    code: str
    why: str


IncidentAct: TypeAlias = (
    ReportIncident
    | AcceptIncident
    | GoToIncident
    | ArriveAtIncident
    | HandleIncident
    | FeedBackIncident
    | VerifyIncident
    | CloseIncident
    | CallFalseIncident
    | ReturnIncident
    | ExtendIncident
    | MergeIncident
    | Whistle
    | DepartmentAnswers
    | CountySays
    | RefuseCounty
)
