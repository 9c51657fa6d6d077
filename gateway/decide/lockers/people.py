"""What people ask for about one compartment: to keep it for a courier, to say what was seen there, to put it out of service."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from gateway.decide.lockers.contents import become, stands
from gateway.decide.lockers.questions import ORDER_LENGTH
from gateway.decide.may import MAY_ANSWER, may
from gateway.model import Refused
from gateway.parcels import CancelReservation, ReserveCompartment, ResetCompartment, ServiceCompartment
from gateway.parcels import CompartmentState as State

if TYPE_CHECKING:
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.lockers.cabinets import Cabinets
    from gateway.decide.lockers.compartment import Compartment
    from gateway.decide.lockers.questions import Questions
    from gateway.model import Now, Outcome

OneAct: TypeAlias = ReserveCompartment | CancelReservation | ResetCompartment | ServiceCompartment

_BY_A_PERSON = frozenset({State.FORCED, State.JAMMED})
"""What only ends when somebody has looked."""


class People:
    """Does what people ask for, or says why not."""

    def __init__(self, cabinets: Cabinets, questions: Questions) -> None:
        self._cabinets = cabinets
        self._questions = questions

    def act(self, act: OneAct, now: Now) -> list[Outcome]:
        """Allow or refuse."""
        if act.cabinet not in self._cabinets:
            return [Refused(act, "cabinet_unknown", f"there is no parcel locker {act.cabinet}")]
        if refused := may(act, act.actor, MAY_ANSWER, self._cabinets.device(act.cabinet).rules.place.grid):
            return [refused]
        if isinstance(act, ReserveCompartment):
            return self._reserve(act, now)
        key = f"{act.cabinet}/{act.part}"
        if key not in self._cabinets.of:
            return [Refused(act, "compartment_unknown", f"{act.cabinet} has no compartment {act.part}")]
        out = self._cabinets.look(key, now)
        c = self._cabinets.of[key]
        match act:
            case CancelReservation():
                changed: Compartment | Forbidden = _cancelled(c, now)
                note = ""
            case ResetCompartment():
                changed, note = _reset(c, act.note, now), act.note.strip()
            case ServiceCompartment():
                changed, note = _service(c, act, now), act.reason.strip()
        if isinstance(changed, tuple):
            return [*out, Refused(act, *changed)]
        return out + self._cabinets.put(changed, now, actor=act.actor.name, note=note)

    def _reserve(self, act: ReserveCompartment, now: Now) -> list[Outcome]:
        order = act.order.strip()
        if not order or len(order) > ORDER_LENGTH:
            return [Refused(act, "order_wrong", f"an order is a text of 1 to {ORDER_LENGTH} characters")]
        if self._questions.for_order(act.cabinet, order) is not None:
            return []
        if self._cabinets.device(act.cabinet).down:
            return [Refused(act, "offline", f"{act.cabinet} cannot be reached: what is free there is not known")]
        found = self._questions.free(act.cabinet, act.size, now)
        if isinstance(found, tuple):
            return [Refused(act, *found)]
        return self._cabinets.put(self._questions.reserved(found, order, now), now, actor=act.actor.name)


def _cancelled(c: Compartment, now: Now) -> Compartment | Forbidden:
    if c.state is not State.RESERVED:
        return "not_reserved", f"{c.key} is not reserved"
    return become(c, State.EMPTY, now)


def _reset(c: Compartment, note: str, now: Now) -> Compartment | Forbidden:
    if not note.strip():
        return "note_needed", "say what was seen there"
    if c.state not in _BY_A_PERSON:
        return "nothing_to_reset", f"{c.key} is neither forced nor jammed"
    return stands(c, now)


def _service(c: Compartment, act: ServiceCompartment, now: Now) -> Compartment | Forbidden:
    if not act.out:
        if c.state is not State.OUT_OF_SERVICE:
            return "in_service", f"{c.key} is not out of service"
        return stands(c, now)
    if not act.reason.strip():
        return "reason_needed", "out of service needs a reason"
    if c.state is State.OUT_OF_SERVICE:
        return "out_of_service", f"{c.key} is out of service already"
    if c.state is State.FORCED:
        return "reset_first", f"{c.key} was forced: say first what was seen there"
    return replace(become(c, State.OUT_OF_SERVICE, now), awaited=False)
