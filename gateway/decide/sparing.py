"""What people are spared of an alarm, by whom, why and until when; and which alarms lead to something by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gateway.decide.rules import RADIO_ATTACK
from gateway.model import Priority, Suppression

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from gateway.model import Alarm

IN_SERVICE = frozenset({RADIO_ATTACK})
"""What is said of a detector that is out of service all the same: somebody attacks it."""


class Sparing(NamedTuple):
    """A suppression with its owner. `until_utc` is 0 where nothing ends it by itself."""

    suppression: Suppression
    by: str = ""
    why: str = ""
    until_utc: float = 0.0

    @classmethod
    def of(cls, alarm: Alarm) -> Sparing:
        """That of an alarm."""
        return cls(alarm.suppression, alarm.spared_by, alarm.spared_why, alarm.spared_until_utc)


UNSPARED = Sparing(Suppression.NONE)


def spared(alarm: Alarm, sparing: Sparing) -> Alarm:
    """The alarm with that sparing."""
    if Sparing.of(alarm) == sparing:
        return alarm
    return replace(
        alarm,
        suppression=sparing.suppression,
        spared_by=sparing.by,
        spared_why=sparing.why,
        spared_until_utc=sparing.until_utc,
    )


def may_spare(alarm: Alarm, sparing: Sparing, never_spared: AbstractSet[str]) -> bool:
    """Whether that sparing may begin, or take over from the one that there is."""
    match sparing.suppression:
        case Suppression.OUT_OF_SERVICE:
            return alarm.rule not in IN_SERVICE and Sparing.of(alarm) != sparing
        case Suppression.SHELVED if alarm.priority is Priority.P1:
            return False
        case Suppression.BY_DESIGN if alarm.suppression is Suppression.BY_DESIGN:
            return bool(sparing.by) and alarm.spared_by != sparing.by
    return alarm.rule not in never_spared and alarm.suppression is Suppression.NONE


def goes_on(alarm: Alarm, before: Alarm | None) -> Sparing:
    """What is left of the sparing of an alarm that is raised again, or matters more: a shelf was for a lower priority."""
    if before is None or before.suppression is Suppression.OUT_OF_SERVICE:
        return UNSPARED
    if before.suppression is Suppression.SHELVED and alarm.priority < before.priority:
        return UNSPARED
    return Sparing.of(before)


def has_effect(alarm: Alarm) -> bool:
    """Whether anything may follow from it by itself: not from a test, on trial, or from a detector out of service."""
    return not (alarm.test or alarm.trial or alarm.suppression is Suppression.OUT_OF_SERVICE)
