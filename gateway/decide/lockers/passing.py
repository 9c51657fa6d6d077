"""What time does to a compartment: tries of its lock that failed, reservations that end, doors and parcels left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.lockers.compartment import Compartment, elapsed_ns
from gateway.decide.lockers.contents import IN_WORK, PLAIN, become, closes, in_doubt
from gateway.model import NANOSECONDS
from gateway.parcels import CompartmentState as State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.decide.rules import LockerRules
    from gateway.model import Now

MOVES_NS = 3 * NANOSECONDS
"""A door that did not move within this of an order to open did not open by it."""

WORD_NS = NANOSECONDS
"""A cabinet reports why a door opened within this of the door's showing it; often both come in either order."""

TRIES = 3
"""After so many in a row its lock is taken for jammed: a solenoid that is pulsed against a stuck bolt burns."""

TERMS = 3
"""How often an overdue parcel is spoken of: after one, two and three times the hours of the rules."""

_HOUR_NS = 3600 * NANOSECONDS


def time_passed(c: Compartment, rules: LockerRules, now: Now, *, sure: bool) -> Compartment:
    """It is later. What is not sure is left until it is heard again: silence opens, closes and jams nothing."""
    if sure and c.awaited and elapsed_ns(c.ordered, now) >= MOVES_NS:
        c = _did_not_move(c, now)
    if c.reserved is not None and c.reserved.left(now) <= 0:
        c = replace(c, reserved=None, order="")
        c = become(c, State.EMPTY, now) if c.state is State.RESERVED else c
    if sure and c.doubted and elapsed_ns(c.opened, now) >= WORD_NS:
        c = in_doubt(c, now)
    if sure and _only_reported(c) and elapsed_ns(c.opened, now) >= MOVES_NS:
        c = closes(c, now)
    if sure and _may_be_ajar(c) and elapsed_ns(c.opened, now) >= _ajar_ns(rules):
        c = replace(c, ajar=True)
    if c.overdue_steps < TERMS and (hours := c.hours_stored(now)) is not None:
        steps = min(TERMS, int(hours / rules.overdue_hours))
        if steps > c.overdue_steps:
            c = replace(c, overdue_steps=steps)
            c = become(c, State.OVERDUE, now) if c.state is State.OCCUPIED else c
    return c


def next_ns(c: Compartment, rules: LockerRules, now: Now, *, sure: bool) -> int | None:
    """CLOCK_BOOTTIME at which `time_passed` next changes it; None where it does not, as things stand."""
    left = min(_left_ns(c, rules, now, sure=sure), default=None)
    return None if left is None else now.boottime_ns + max(0, left)


def _left_ns(c: Compartment, rules: LockerRules, now: Now, *, sure: bool) -> Iterator[int]:
    if sure and c.awaited:
        yield MOVES_NS - elapsed_ns(c.ordered, now)
    if c.reserved is not None:
        yield c.reserved.left(now)
    if sure and c.doubted:
        yield WORD_NS - elapsed_ns(c.opened, now)
    if sure and _only_reported(c):
        yield MOVES_NS - elapsed_ns(c.opened, now)
    if sure and _may_be_ajar(c):
        yield _ajar_ns(rules) - elapsed_ns(c.opened, now)
    if c.overdue_steps < TERMS and (hours := c.hours_stored(now)) is not None:
        yield int(((c.overdue_steps + 1) * rules.overdue_hours - hours) * _HOUR_NS) + 1


def _did_not_move(c: Compartment, now: Now) -> Compartment:
    c = replace(c, awaited=False)
    if c.state not in PLAIN and c.state is not State.JAMMED:
        return c
    c = replace(c, tries=c.tries + 1)
    return become(c, State.JAMMED, now) if c.tries >= TRIES else c


def _only_reported(c: Compartment) -> bool:
    """The cabinet reported an opening that its door does not show: it was over before it showed."""
    return c.state in IN_WORK and c.open is not True


def _may_be_ajar(c: Compartment) -> bool:
    return bool(c.open) and not c.ajar and c.state not in (State.FORCED, State.OUT_OF_SERVICE)


def _ajar_ns(rules: LockerRules) -> int:
    return int(rules.ajar_seconds * NANOSECONDS)
