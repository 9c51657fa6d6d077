"""What a compartment does when its door moves, or when the cabinet says what happened: the table of docs/lockers.md.

Pure: a compartment in, a compartment out. A state changes only by what the door *showed* or the cabinet reported, never by an order
to open alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.decide.lockers.compartment import Compartment, elapsed_ns, stopwatch
from gateway.model import NANOSECONDS
from gateway.parcels import CompartmentState as State

if TYPE_CHECKING:
    from gateway.model import Now

ORDER_STANDS_NS = 5 * NANOSECONDS
"""A door that opens within this of an order to open was opened by it."""

REPORT_STANDS_NS = 300 * NANOSECONDS
"""A cabinet's own report of an opening may come so much later: it was out of reach meanwhile (as `ECHO_SECONDS` of the ledger)."""

IN_WORK = frozenset({State.OPEN_DELIVERY, State.OPEN_PICKUP})
"""Its door was opened as it should be, and has not closed yet."""

PLAIN = frozenset({State.UNKNOWN, State.EMPTY, State.RESERVED, State.OCCUPIED, State.OVERDUE})
"""Nothing is being done with it: closed, and told by what lies in it."""

BY_CABINET = frozenset({"code", "delivery"})
"""Openings that a cabinet may decide alone, such as one that knows its codes itself."""

BY_FORCE = frozenset({"force", "key"})
"""Openings that nobody ordered: also that by a mechanical key, which is somebody's without a name."""


def shown(c: Compartment, door: bool, occupied: bool | None, fault: bool, now: Now, *, blind: bool) -> Compartment:  # noqa: FBT001 - the three values of a compartment
    """It shows these values. `blind`: it was not watched up to this moment."""
    was_open = c.open
    c = replace(c, open=door, occupied=occupied, fault=fault)
    if door and not was_open:
        c = _opens(replace(c, untold=c.opened is None), now, first=was_open is None, blind=blind)
    elif was_open and not door:
        c = closes(c, now)
    elif not door and c.state not in IN_WORK:
        c = _lies_in(c, now)
    if blind and not door and elapsed_ns(c.ordered, now) >= ORDER_STANDS_NS:
        c = replace(c, awaited=False)  # whether it was ever told is not known: no try of its lock
    return by_fault(c, now)


def reported_open(c: Compartment, by: str, now: Now, measured_utc: float | None) -> Compartment:
    """The cabinet reports that it was opened."""
    if by in BY_FORCE and c.state not in (State.FORCED, State.OUT_OF_SERVICE):
        return become(replace(c, untold=False, opened=now, awaited=False), State.FORCED, now)
    if c.untold or c.open:
        return replace(c, untold=False)
    if c.state not in PLAIN or c.state is State.UNKNOWN:
        return c
    if by in BY_CABINET or _was_ordered(c, now, measured_utc):
        return _in_work(replace(c, opened=now), now)
    return become(replace(c, opened=now), State.FORCED, now)


def reported_stored(c: Compartment, code: str, now: Now) -> Compartment:
    """The cabinet reports that a parcel was put in, and the hash of the code that it gave out for it."""
    c = replace(c, code=code or c.code, stored=c.stored or stopwatch(now))
    return _settled(c, now) if c.state in PLAIN else c


def reported_taken(c: Compartment, now: Now) -> Compartment:
    """The cabinet reports that its parcel was taken. What still lies in it, by what it shows, is not gone."""
    if c.open is not False or c.occupied or c.state in IN_WORK:
        return c
    c = emptied(c)
    return _settled(c, now) if c.state in PLAIN else c


def closes(c: Compartment, now: Now) -> Compartment:
    """Its door is closed again: what lies in it now is what it shows."""
    delivered = c.state is State.OPEN_DELIVERY and c.code != ""
    if c.occupied:
        c = replace(c, stored=c.stored or stopwatch(now))
    elif (c.occupied is False and not delivered) or c.state is State.OPEN_PICKUP:
        c = emptied(c)
    c = replace(c, opened=None, ajar=False)
    return _settled(c, now) if c.state in IN_WORK else c


def stands(c: Compartment, now: Now) -> Compartment:
    """It is what it shows from now on: somebody looked at it, or what kept it from work is over."""
    c = replace(c, tries=0, awaited=False, opened=now if c.open else None)
    if c.open is None:
        return become(c, State.UNKNOWN, now)
    return by_fault(_in_work(c, now) if c.open else _settled(c, now), now)


def by_fault(c: Compartment, now: Now) -> Compartment:
    """Its lock board says that it fails, or that it works again."""
    if c.fault and (c.state in PLAIN or c.state in IN_WORK):
        return become(c, State.FAULT, now)
    return stands(c, now) if c.state is State.FAULT and not c.fault else c


def become(c: Compartment, state: State, now: Now) -> Compartment:
    """It is in that state from now on. No state but `RESERVED` and an opening for delivery is for a courier's order."""
    if c.state is state:
        return c
    kept = state in (State.RESERVED, State.OPEN_DELIVERY)
    return replace(
        c,
        state=state,
        since_utc=now.utc,
        order=c.order if kept else "",
        reserved=c.reserved if state is State.RESERVED else None,
        ajar=c.ajar and state not in (State.FORCED, State.OUT_OF_SERVICE),
    )


def emptied(c: Compartment) -> Compartment:
    """Nothing lies in it any more: its code is spent."""
    return replace(c, code="", stored=None, overdue_steps=0)


def _opens(c: Compartment, now: Now, *, first: bool, blind: bool) -> Compartment:
    ordered = elapsed_ns(c.ordered, now) <= ORDER_STANDS_NS or (blind and c.awaited)
    c = replace(c, awaited=False, tries=0 if ordered else c.tries, opened=c.opened or now)
    if c.state in IN_WORK or c.state in (State.FORCED, State.OUT_OF_SERVICE):
        return c
    if first or ordered:
        return _in_work(c, now) if c.state in PLAIN else c
    return become(c, State.FORCED, now)


def _in_work(c: Compartment, now: Now) -> Compartment:
    state = State.OPEN_DELIVERY if c.stored is None else State.OPEN_PICKUP
    return become(replace(c, awaited=False, tries=0), state, now)


def _lies_in(c: Compartment, now: Now) -> Compartment:
    """It stands closed. A parcel without a code is there as long as it shows; one with a code until the door moves."""
    if not c.code and c.occupied is not None and c.occupied is not (c.stored is not None):
        c = replace(c, stored=stopwatch(now)) if c.occupied else emptied(c)
    return _settled(c, now) if c.state in PLAIN else c


def _settled(c: Compartment, now: Now) -> Compartment:
    if c.stored is not None:
        return become(c, State.OVERDUE if c.overdue_steps else State.OCCUPIED, now)
    return c if c.state is State.RESERVED else become(c, State.EMPTY, now)


def _was_ordered(c: Compartment, now: Now, measured_utc: float | None) -> bool:
    if elapsed_ns(c.ordered, now) <= REPORT_STANDS_NS:
        return True
    if c.ordered is None or measured_utc is None:
        return False
    return abs(measured_utc - c.ordered.utc) * NANOSECONDS <= REPORT_STANDS_NS
