"""What people may ask for about fire safety as a whole: trial operation of a building, drills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.actor import Actor


@dataclass(frozen=True, slots=True)
class BeginTrial:
    """试运行 of a building until a day: rules run, what would follow is recorded and not done, the trial list is told."""

    actor: Actor
    building: str
    until_utc: float
    people: tuple[str, ...]
    """The trial list: ids of the staff."""


@dataclass(frozen=True, slots=True)
class EndTrial:
    """The building is in earnest from here on; needs the number of its acceptance report 验收报告."""

    actor: Actor
    building: str
    report: str


@dataclass(frozen=True, slots=True)
class RecordDrill:
    """演练: a drill was held; who came is counted, not named."""

    actor: Actor
    building: str
    held_utc: float
    what: str
    people: int
    minutes: float
    note: str = ""


SafetyAct: TypeAlias = BeginTrial | EndTrial | RecordDrill
