"""Who is told of an alarm, after how long and by which ways: plain data, read from YAML by `gateway.config.escalation`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model import Alarm, Priority

CHAT, SMS, RING, MAIL, OTHER = "chat", "sms", "ring", "mail", "other"
WAYS = (CHAT, SMS, RING, MAIL, OTHER)
"""How a channel reaches people."""

SITE = "site"
"""Stands in a step's `to` for every channel that is no person's: the siren, a topic of a broker."""


@dataclass(frozen=True, slots=True)
class Step:
    """So many seconds after the alarm these are told: by all of their ways at once, or by the best of those in `by`.

    `to` names roles of the grid's team ("duty", "leader", "all"), "person:zhang", "department:gas", "channel:siren" or "site".
    """

    after_seconds: float
    to: tuple[str, ...]
    by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Weekly:
    """Alarms that are only listed, once a week: on a day (0 Monday) at a minute of it."""

    day: int
    minute: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of the alarms that it fits, until somebody answers; empty sets fit everything.

    The last step is taken again every `again_seconds`, `again_times` times at most.
    """

    name: str
    priority: Priority
    steps: tuple[Step, ...] = ()
    rules: frozenset[str] = frozenset()
    grids: frozenset[str] = frozenset()
    buildings: frozenset[str] = frozenset()
    again_seconds: float | None = None
    again_times: int = 0
    weekly: Weekly | None = None

    def fits(self, alarm: Alarm) -> bool:
        """Whether it is for this alarm."""
        return (
            self.priority == alarm.priority
            and (not self.rules or alarm.rule in self.rules)
            and (not self.grids or alarm.place.grid in self.grids)
            and (not self.buildings or alarm.place.building in self.buildings)
        )

    @property
    def last(self) -> int:
        """The index of the last step there is, repetitions counted; -1 where there is none."""
        if not self.steps:
            return -1
        return len(self.steps) - 1 + (self.again_times if self.again_seconds else 0)

    def step(self, index: int) -> Step:
        """The step of that index; those after the last one written repeat it."""
        return self.steps[min(index, len(self.steps) - 1)]

    def after_seconds(self, index: int) -> float:
        """How long after the alarm the step of that index is due."""
        repeated = max(0, index - len(self.steps) + 1)
        return self.step(index).after_seconds + repeated * (self.again_seconds or 0.0)


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """What decide knows of a channel: how it reaches people, and whether it is for persons at all."""

    way: str
    personal: bool = True


@dataclass(frozen=True, slots=True)
class EscalationRules:
    """The policies, of which the first that fits an alarm counts, and the channels by id."""

    policies: tuple[Policy, ...] = ()
    channels: Mapping[str, ChannelRules] = field(default_factory=dict)

    def policy_for(self, alarm: Alarm) -> Policy | None:
        """What becomes of an alarm; None where nothing fits it."""
        return next((policy for policy in self.policies if policy.fits(alarm)), None)
