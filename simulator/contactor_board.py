"""A board that works the contactors before charging rooms: coils 0-7 trip them, inputs 0-7 are their auxiliary contacts.

Answered from the specification of Modbus (Application Protocol V1.1b3), as all simulated devices are. Pure: the time is
passed in.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simulator.pdu import ILLEGAL_FUNCTION, MAXIMUM_READ_BITS, MAXIMUM_WRITE_BITS, OFF, ON, exception
from simulator.registers import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

CONTACTORS = 8
OPENS_SECONDS, CLOSES_SECONDS = 0.08, 0.25
"""From the coil to the contact: a shunt trip is quick, closing takes its spring."""

_SPAN = struct.Struct(">BHH")


class ContactorBoard:
    """A board. `moved` is called with the number, from 0, of a contactor that opened or closed."""

    def __init__(self, moved: Callable[[int, float], None]) -> None:
        self.tripped = [False] * CONTACTORS
        """What the coils say."""
        self.closed = [True] * CONTACTORS
        """What the contacts do."""
        self.stuck: set[int] = set()
        """Contactors that stay as they are, whatever the coil says."""
        self._moved = moved
        self._moves: dict[int, float] = {}

    @property
    def next_at(self) -> float:
        """When a contact moves."""
        return min(self._moves.values(), default=float("inf"))

    def advance(self, now: float) -> None:
        """Let contacts move that are due."""
        for number, at in sorted(self._moves.items()):
            if at > now:
                continue
            del self._moves[number]
            closed = not self.tripped[number]
            if number not in self.stuck and self.closed[number] is not closed:
                self.closed[number] = closed
                self._moved(number, now)

    def trip(self, number: int, now: float, *, on: bool) -> None:
        """Set a coil or let it go."""
        if self.tripped[number] is not on:
            self.tripped[number] = on
            self._moves[number] = now + (OPENS_SECONDS if on else CLOSES_SECONDS)

    def answer(self, request: bytes, now: float) -> bytes:
        """The reply to a request, both from the function code on."""
        self.advance(now)
        try:
            return self._answer(request, now)
        except Refused as refusal:
            return exception(request, refusal.code)

    def _answer(self, request: bytes, now: float) -> bytes:
        match request[0]:
            case 1:
                return _bits(request, self.tripped)
            case 2:
                return _bits(request, self.closed)
            case 5:
                self._write_one(request, now)
                return request
            case 15:
                self._write_many(request, now)
                return request[:5]
            case _:
                raise Refused(ILLEGAL_FUNCTION)

    def _write_one(self, request: bytes, now: float) -> None:
        if len(request) != _SPAN.size:
            raise Refused(ILLEGAL_VALUE)
        _, number, value = _SPAN.unpack(request)
        if value not in (ON, OFF):
            raise Refused(ILLEGAL_VALUE)
        if number >= CONTACTORS:
            raise Refused(ILLEGAL_ADDRESS)
        self.trip(number, now, on=value == ON)

    def _write_many(self, request: bytes, now: float) -> None:
        if len(request) <= _SPAN.size:
            raise Refused(ILLEGAL_VALUE)
        first, count = _span(request[: _SPAN.size], MAXIMUM_WRITE_BITS)
        bits = request[_SPAN.size + 1 :]
        if request[_SPAN.size] != len(bits) or len(bits) != (count + 7) // 8:
            raise Refused(ILLEGAL_VALUE)
        wanted = int.from_bytes(bits, "little")
        for index in range(count):
            self.trip(first + index, now, on=bool(wanted >> index & 1))


def _span(request: bytes, most: int) -> tuple[int, int]:
    """First and count of a request for several, which are all there."""
    if len(request) != _SPAN.size:
        raise Refused(ILLEGAL_VALUE)
    _, first, count = _SPAN.unpack(request)
    if not 1 <= count <= most:
        raise Refused(ILLEGAL_VALUE)
    if first + count > CONTACTORS:
        raise Refused(ILLEGAL_ADDRESS)
    return first, count


def _bits(request: bytes, all_bits: list[bool]) -> bytes:
    first, count = _span(request, MAXIMUM_READ_BITS)
    bits = sum(bit << index for index, bit in enumerate(all_bits[first : first + count]))
    return bytes((request[0], 1, bits))
