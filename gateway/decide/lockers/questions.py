"""What a cabinet asks before it opens: a code to pick up, or a courier with a parcel. A refusal has a code and a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from drivers.contract import Answer
from gateway.decide.deadline import Deadline
from gateway.decide.lockers.choosing import SIZES, chosen, is_free
from gateway.decide.lockers.contents import IN_WORK, become
from gateway.decide.lockers.keypad import Keypad
from gateway.decide.lockers.orders import ordered
from gateway.decide.rules import CODES_TRIED
from gateway.model import NANOSECONDS, Answered, Outcome, Remember
from gateway.parcels import CompartmentState as State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json, Question
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.known import Known
    from gateway.decide.lockers.cabinets import Cabinets
    from gateway.decide.lockers.compartment import Compartment
    from gateway.decide.lockers.orders import Orders
    from gateway.decide.watches import Watches
    from gateway.model import Now

ORDER_LENGTH = 80
"""The longest word of a courier for his order."""

_KEYPAD = "keypad:"
_TO_PICK_UP = frozenset({State.OCCUPIED, State.OVERDUE})
_IN_USE = frozenset({State.RESERVED, State.OPEN_DELIVERY})


class Questions:
    """Answers cabinets. An allowed answer is the order to open that compartment."""

    def __init__(
        self,
        remembered: Mapping[str, Json],
        cabinets: Cabinets,
        orders: Orders,
        known: Known,
        watches: Watches,
        now: Now,
    ) -> None:
        self._cabinets = cabinets
        self._orders = orders
        self._known = known
        self._watches = watches
        self._keypads = {
            name.removeprefix(_KEYPAD): Keypad.from_json(body, now)
            for name, body in remembered.items()
            if name.startswith(_KEYPAD)
        }

    def keypad(self, cabinet: str) -> Keypad:
        """The wrong codes typed at a cabinet."""
        return self._keypads.get(cabinet, Keypad())

    def asked(self, question: Question, now: Now) -> list[Outcome]:
        """Answer it: one `Answered` is among the outcomes."""
        cabinet = question.device
        if cabinet not in self._cabinets:
            return [_refused(question, ("cabinet_unknown", f"there is no parcel locker {cabinet}"))]
        if wrong := self._orders.against(cabinet, asks=True):
            return [_refused(question, wrong)]
        match question.kind:
            case "pickup":
                return self._pickup(question, now)
            case "deliver":
                return self._deliver(question, now)
        return [_refused(question, ("question_unknown", f"no rule answers the question {question.kind!r}"))]

    def free(self, cabinet: str, size: str, now: Now) -> Compartment | Forbidden:
        """A compartment of that size or the next larger one for a courier."""
        device = self._known.devices[cabinet]
        if size not in SIZES:
            return "size_unknown", f"a compartment is of one of the sizes {', '.join(SIZES)}"
        if device.seen(device.rules.points, "cabinet_flooded").value is True:
            return "flooded", f"{cabinet} reports water"
        free = [
            (c, self._cabinets.rules_of(c).size)
            for c in self._cabinets.among(cabinet)
            if is_free(c, now) and self._cabinets.sure(c)
        ]
        return chosen(free, size) or ("full", f"no compartment of {cabinet} is free for that size")

    def for_order(self, cabinet: str, order: str) -> Compartment | None:
        """The compartment that a courier's order has already."""
        if not order:
            return None
        return next((c for c in self._cabinets.among(cabinet) if c.order == order and c.state in _IN_USE), None)

    def reserved(self, c: Compartment, order: str, now: Now) -> Compartment:
        """It is kept for a courier's order."""
        lasts = Deadline(now, int(self._known.rules.lockers.reserve_minutes * 60 * NANOSECONDS))
        return replace(become(c, State.RESERVED, now), order=order, reserved=lasts)

    # ------------------------------------------------------------ parts of it

    def _pickup(self, question: Question, now: Now) -> list[Outcome]:
        cabinet, code = question.device, question.body.get("code")
        if self.keypad(cabinet).is_locked(now):
            return [
                _refused(question, ("codes_locked", "too many wrong codes were typed here: it takes none for a while"))
            ]
        out: list[Outcome] = []
        for c in list(self._cabinets.among(cabinet)):
            if code and c.code == code:
                out += self._cabinets.look(c.key, now)
        having = [c for c in self._cabinets.among(cabinet) if code and c.code == code]
        if not having:
            return [
                *out,
                *self._wrong_code(cabinet, now),
                _refused(question, ("code_wrong", "no parcel here has this code")),
            ]
        there = [c for c in having if c.state in _TO_PICK_UP and not c.open]
        if not there:
            in_work = any(c.state in IN_WORK or c.open for c in having)
            why = (
                ("open_already", "it is open already") if in_work else ("out_of_use", "its compartment cannot be used")
            )
            return [*out, _refused(question, why)]
        longest = max(there, key=lambda c: (c.hours_stored(now) or 0.0, c.part))
        return out + self._open(question, longest, now)

    def _deliver(self, question: Question, now: Now) -> list[Outcome]:
        cabinet, size, order = question.device, question.body.get("size"), question.body.get("order") or ""
        if not isinstance(order, str) or len(order) > ORDER_LENGTH:
            return [_refused(question, ("order_wrong", f"an order is a text of at most {ORDER_LENGTH} characters"))]
        out: list[Outcome] = []
        if (c := self.for_order(cabinet, order)) is not None:
            out += self._cabinets.look(c.key, now)
            c = self.for_order(cabinet, order)
        if c is not None and (c.state in IN_WORK or c.open):
            return [*out, _refused(question, ("open_already", f"{c.key} is open for this order already"))]
        found = c or self.free(cabinet, size if isinstance(size, str) else "", now)
        if isinstance(found, tuple):
            return [*out, _refused(question, found)]
        kept = found if c is not None or not order else self.reserved(found, order, now)
        return out + self._open(question, kept, now)

    def _open(self, question: Question, c: Compartment, now: Now) -> list[Outcome]:
        if wrong := self._orders.against_one(c, now):
            return [_refused(question, wrong)]
        return [
            *self._cabinets.put(ordered(c, now), now),
            Answered(question, Answer(allowed=True, why="", body={"part": c.part})),
        ]

    def _wrong_code(self, cabinet: str, now: Now) -> list[Outcome]:
        rules = self._known.rules.lockers
        keypad = self._keypads[cabinet] = self.keypad(cabinet).wrong_code(rules, now)
        out: list[Outcome] = [Remember(_KEYPAD + cabinet, keypad.to_json())]
        if keypad.locked is not None:
            why = f"{rules.code_tries} wrong codes: no code is taken for {rules.code_lock_minutes:g} minutes"
            place = self._known.devices[cabinet].rules.place
            out += self._watches.say(CODES_TRIED, cabinet, cabinet, place, abnormal=True, why=why, now=now)
        return out


def _refused(question: Question, wrong: Forbidden) -> Outcome:
    code, why = wrong
    return Answered(question, Answer(allowed=False, why=why, body={"code": code}))
