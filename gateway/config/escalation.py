"""Escalation as written, over the policies that Gridpost ships, and what decide makes of it."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter, WithJsonSchema, model_validator

from drivers.findings import read_yaml
from gateway.config.people import Clock
from gateway.config.written import Id, Written
from gateway.decide.escalation.policy import (
    CHAT,
    MAIL,
    OTHER,
    RING,
    SMS,
    ChannelRules,
    EscalationRules,
    Policy,
    Step,
    Weekly,
)
from gateway.decide.people.week import DAYS
from gateway.model import Priority

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.config.plan import Plan

SHIPPED = Path(__file__).with_name("escalation.yaml")

WAY_OF = {
    "wecom": CHAT,
    "wecom_smart": CHAT,
    "dingtalk": CHAT,
    "feishu": CHAT,
    "mail": MAIL,
    "aliyun_voice": RING,
    "aliyun_sms": SMS,
    "sms_http": SMS,
    "sms_modem": SMS,
    "siren": RING,
    "mqtt": OTHER,
    "apprise": OTHER,
}
"""How each kind of channel reaches people."""

OF_NOBODY = frozenset({"siren", "mqtt"})
"""Kinds of channels that are no person's: steps name them by `site` or `channel:ID`."""

Word = Annotated[str, Field(pattern=r"^((person|department|channel):)?[a-z0-9][a-z0-9_-]{0,39}$")]
_Way = Literal["chat", "sms", "ring", "mail", "other"]


def _several(said: Any) -> Any:
    """One word stands for a list of it, and "all" for not choosing."""
    if said == "all":
        return ()
    return (said,) if isinstance(said, str) else said


_SCHEMA = {
    "anyOf": [
        {"const": "all"},
        {"enum": ["chat", "sms", "ring", "mail", "other"]},
        {"type": "array", "items": {"enum": ["chat", "sms", "ring", "mail", "other"]}},
    ]
}
Ways = Annotated[tuple[_Way, ...], BeforeValidator(_several), WithJsonSchema(_SCHEMA)]


class StepConfig(Written):
    """Who is told so long after the alarm, while nobody answers."""

    after_seconds: float = Field(default=0, ge=0, le=604_800, description="Counted from the alarm.")
    to: tuple[Word, ...] = Field(
        min_length=1,
        description="Roles of the grid's team (`duty`, `deputy`, `leader` ...), `all`, `site` (sirens, topics of a broker), "
        "`person:ID`, `department:ID` or `channel:ID`.",
    )
    by: Ways = Field(
        default=(),
        description="`all`, as when it is left out: by every way of each person at once. Else by the best one that a person "
        "has of these: `chat`, `sms`, `ring`, `mail`, `other`.",
    )


class Again(Written):
    """How often the last step is taken again."""

    every_seconds: float = Field(ge=30, le=86_400, description="So long after the last time.")
    times: int = Field(default=12, ge=1, le=1_000, description="So often at most.")


class WeeklyConfig(Written):
    """When these alarms are listed."""

    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(default="mon", description="On which day.")
    at: Clock = Field(default=540, lt=1440, description="At what time, in the compound's time zone: 09:00.")
    to: tuple[Word, ...] = Field(default=("leader",), min_length=1, description="Who gets the list of his grid.")


class PolicyConfig(Written):
    """What becomes of the alarms that it fits: called step by step until somebody answers, or listed once a week."""

    name: Id = Field(
        description="A short name; that of a shipped policy (record, life, safety, degraded, upkeep) takes its place."
    )
    priority: int = Field(ge=1, le=4, description="For alarms of this priority.")
    rules: tuple[Id, ...] = Field(default=(), description="Only for alarms of these rules; left out: of all.")
    grids: tuple[Id, ...] = Field(default=(), description="Only in these grids; left out: in all.")
    buildings: tuple[Id, ...] = Field(default=(), description="Only in these buildings; left out: in all.")
    steps: tuple[StepConfig, ...] = Field(default=(), max_length=20, description="The steps, the first one first.")
    again: Again | None = Field(default=None, description="The last step is taken again; left out: it is not.")
    weekly: WeeklyConfig | None = Field(
        default=None, description="Instead of steps: nobody is called, they are listed."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> PolicyConfig:
        if bool(self.steps) == (self.weekly is not None):
            raise ValueError("give either steps or weekly")
        if self.again is not None and not self.steps:
            raise ValueError("again needs steps")
        if any(after.after_seconds <= before.after_seconds for before, after in pairwise(self.steps)):
            raise ValueError("each step comes later than the one before it")
        if self.priority == Priority.P1 and (self.weekly is not None or self.steps[0].after_seconds > 0):
            raise ValueError("a P1 is told at once: its first step has after_seconds: 0")
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """Everybody whom it names, once."""
        weekly = () if self.weekly is None else self.weekly.to
        return tuple(dict.fromkeys([*weekly, *(word for step in self.steps for word in step.to)]))

    def rule(self) -> Policy:
        """As decide has it."""
        return Policy(
            self.name,
            Priority(self.priority),
            tuple(Step(step.after_seconds, step.to, frozenset(step.by)) for step in self.steps),
            frozenset(self.rules),
            frozenset(self.grids),
            frozenset(self.buildings),
            None if self.again is None else self.again.every_seconds,
            0 if self.again is None else self.again.times,
            None if self.weekly is None else Weekly(DAYS.index(self.weekly.day), self.weekly.at, self.weekly.to),
        )


@cache
def shipped() -> tuple[PolicyConfig, ...]:
    """The policies that Gridpost ships."""
    return TypeAdapter(tuple[PolicyConfig, ...]).validate_python(read_yaml(SHIPPED).data)


def policies_of(written: Iterable[PolicyConfig]) -> tuple[PolicyConfig, ...]:
    """What is in force: own policies in their order, then those shipped ones that none of them replaces."""
    own = tuple(written)
    names = {policy.name for policy in own}
    return (*own, *(policy for policy in shipped() if policy.name not in names))


def escalation_rules(plan: Plan) -> EscalationRules:
    """What decide needs to know of escalation."""
    return EscalationRules(
        tuple(policy.rule() for policy in policies_of(plan.escalation)),
        {channel.id: ChannelRules(WAY_OF[channel.kind], channel.kind not in OF_NOBODY) for channel in plan.channels},
    )
