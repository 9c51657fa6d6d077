"""The table of incidents as decide has it: which rule opens what, and how long each stage may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model import Priority

OTHER = "other"
"""The category of a rule that stands in no other."""


class Stage(Enum):
    """A stretch of an incident's life that has a time limit, by what ends it."""

    ACCEPT = "accept"
    ASSIGN = "assign"
    ARRIVE = "arrive"
    HANDLE = "handle"
    FEEDBACK = "feedback"
    VERIFY = "verify"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many seconds: of clock time 紧急工作时, or of `working` time 工作时, which passes in working hours of working days."""

    seconds: float
    working: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of incident. `code` is what a county platform calls it.

    `group`: what happens in one building in categories of one group is one incident. `opens` is the least urgent priority of
    an alarm that opens an incident, None where alarms never do. `limits` are those that differ from the general ones; None
    there is none at all.
    """

    id: str
    code: str
    name: str
    group: str
    opens: Priority | None = None
    limits: Mapping[Priority, Mapping[Stage, Limit | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IncidentRules:
    """Everything that decide needs to know of the configuration about incidents.

    `windows`: in these groups an incident takes in what comes within so many seconds of its last alarm, or while one of its
    alarms stands; in every other group it does until it is handled. `hours` are the working hours, as minutes of the day.
    `buildings` says in which grid each building lies.
    """

    compound: str = ""
    categories: Mapping[str, Category] = field(default_factory=dict)
    of_rule: Mapping[str, str] = field(default_factory=dict)
    windows: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[Priority, Mapping[Stage, Limit | None]] = field(default_factory=dict)
    hours: tuple[tuple[int, int], ...] = ()
    buildings: Mapping[str, str] = field(default_factory=dict)

    def category_of(self, rule: str) -> Category | None:
        """The category of a rule's alarms, None where there is no table."""
        return self.categories.get(self.of_rule.get(rule, OTHER))

    def limit(self, category: str, priority: Priority, stage: Stage) -> Limit | None:
        """How long a stage may take, None for as long as it likes."""
        known = self.categories.get(category)
        own = {} if known is None else known.limits.get(priority, {})
        return own[stage] if stage in own else self.limits.get(priority, {}).get(stage)
