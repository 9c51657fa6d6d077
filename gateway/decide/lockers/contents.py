"""What a compartment does when its door moves, or when the cabinet says what happened: the table of docs/lockers.md.

Pure: a compartment in, a compartment out. A state changes only by what the door *showed* or the cabinet reported, never by an
order to open alone.
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
"""A cabinet's own report of an opening may come so much later: it was out of reach meanwhile (as `ECHO_SECONDS`)."""

IN_WORK = frozenset({State.OPEN_DELIVERY, State.OPEN_PICKUP})
"""Its door was opened as it should be, and has not closed yet."""

PLAIN = frozenset({State.UNKNOWN, State.EMPTY, State.RESERVED, State.OCCUPIED, State.OVERDUE})
"""Nothing is being done with it: closed, and told by what lies in it."""

EXPLAINED = frozenset({"code", "delivery", "key"})
"""Openings that a cabinet may report without an order of ours: it may know its codes itself, and somebody has its key."""

FORCE = "force"
"""What a cabinet reports of a door that was broken open."""


def shown(c: Compartment, door: bool, occupied: bool | None, fault: bool, now: Now, *, blind: bool) -> Compartment:  # noqa: FBT001 - the three values of a compartment
    """It shows these values. `blind`: it was not watched up to this moment."""
    was_open = c.open
    c = replace(c, open=door, occupied=occupied, fault=fault)
    if door and not was_open:
        c = _opens(c, now, first=was_open is None, blind=blind)
    elif was_open and not door:
        c = closes(c, now)
    elif not door and c.state not in IN_WORK:
        c = _lies_in(c, now)
    if blind and not door:
        c = replace(c, awaited=False)  # whether it was ever told is not known: no try of its lock
    return by_fault(c, now)


def reported_open(c: Compartment, by: str, now: Now, measured_utc: float | None) -> Compartment:
    """The cabinet reports that it was opened, and by what."""
    if by == FORCE:
        return _forced(replace(c, untold=False, opened=c.opened or now), now)
    if c.untold and not c.doubted:
        return replace(c, untold=False)
    if c.state in (State.FORCED, State.OUT_OF_SERVICE, State.UNKNOWN) or (c.open and not c.doubted):
        return replace(c, untold=False)
    if by not in EXPLAINED and not _was_ordered(c, now, measured_utc):
        return _forced(replace(c, untold=False, opened=c.opened or now), now)
    c = replace(c, untold=False, doubted=False, opened=c.opened if c.open else now)
    return by_fault(_in_work(c, now) if c.state in PLAIN else c, now)


def reported_stored(c: Compartment, code: str, now: Now, measured_utc: float | None) -> Compartment:
    """The cabinet reports that a parcel was put in, and the hash of the code that it gave out for it."""
    anew = bool(code) and code != c.code
    began = stopwatch(now, measured_utc) if anew or c.stored is None else c.stored
    c = replace(c, code=code or c.code, stored=began, overdue_steps=0 if anew else c.overdue_steps)
    return _settled(c, now) if c.state in PLAIN else c


def reported_taken(c: Compartment, now: Now) -> Compartment:
    """The cabinet reports that its parcel was taken. What still lies in it, by what it shows, is not gone."""
    if c.open is not False or c.occupied or c.state in IN_WORK:
        return c
    c = emptied(c)
    return _settled(c, now) if c.state in PLAIN else c


def closes(c: Compartment, now: Now) -> Compartment:
    """Its door is closed again: what lies in it now is what it shows."""
    c = in_doubt(c, now)
    delivered = c.state is State.OPEN_DELIVERY and c.code != ""
    if c.occupied:
        c = replace(c, stored=c.stored or stopwatch(now))
    elif (c.occupied is False and not delivered) or c.state is State.OPEN_PICKUP:
        c = emptied(c)
    c = replace(c, opened=None, ajar=False)
    return _settled(c, now) if c.state in IN_WORK else c


def stands(c: Compartment, now: Now) -> Compartment:
    """It is what it shows from now on: somebody looked at it, or what kept it from work is over."""
    c = replace(c, tries=0, awaited=False, doubted=False, opened=now if c.open else None)
    if c.open is None:
        return become(c, State.UNKNOWN, now)
    return by_fault(_in_work(c, now) if c.open else _settled(c, now), now)


def by_fault(c: Compartment, now: Now) -> Compartment:
    """Its lock board says that it fails, or that it works again."""
    if c.fault and (c.state in PLAIN or c.state in IN_WORK):
        return become(c, State.FAULT, now)
    return stands(c, now) if c.state is State.FAULT and not c.fault and not c.doubted else c


def become(c: Compartment, state: State, now: Now) -> Compartment:
    """It is in that state from now on. Only a reserved compartment and one that is open for delivery have a courier's order."""
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
        doubted=c.doubted and state not in (State.FORCED, State.OUT_OF_SERVICE) and state not in IN_WORK,
    )


def emptied(c: Compartment) -> Compartment:
    """Nothing lies in it any more: its code is spent."""
    return replace(c, code="", stored=None, overdue_steps=0)


def in_doubt(c: Compartment, now: Now) -> Compartment:
    """Nothing explained why its door is open."""
    return _forced(c, now) if c.doubted else c


def _opens(c: Compartment, now: Now, *, first: bool, blind: bool) -> Compartment:
    told = c.opened is not None and elapsed_ns(c.opened, now) <= ORDER_STANDS_NS
    ordered = elapsed_ns(c.ordered, now) <= ORDER_STANDS_NS or (blind and c.awaited)
    c = replace(c, awaited=False, tries=0 if ordered else c.tries, opened=c.opened if told else now, untold=not told)
    if c.state in IN_WORK or c.state in (State.FORCED, State.OUT_OF_SERVICE):
        return c
    if first or ordered or told or c.state is State.UNKNOWN:
        return _in_work(c, now) if c.state in PLAIN else c
    return replace(c, doubted=True)


def _forced(c: Compartment, now: Now) -> Compartment:
    return c if c.state is State.OUT_OF_SERVICE else become(replace(c, awaited=False), State.FORCED, now)


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
