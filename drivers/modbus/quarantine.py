"""Which requests may not go to a unit yet, because an answer that is on its way could be taken for theirs. Pure.

Where no transaction id can be trusted an answer is known by its unit, its function and its length only: its *shape*. A
request that got no answer leaves its shape in quarantine. Units answer in order: once a request of another shape was
answered in full, whatever was late has been flushed. An exception looks the same for every request of a function: it
proves nothing, and while one may be late, whoever got one may still be answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.modbus.frame import Frame

LEAST_SECONDS: Final = 5.0
"""How long a shape stays at least, when nothing flushes it."""
TIMES_THE_LONGEST: Final = 4
"""And in longest time-outs."""
ECHO_SECONDS: Final = 0.1
"""How long after an answer it may come once more: a repeater, a reflecting wire, a gateway that sends twice."""

_READS: Final = frozenset({1, 2, 3, 4})

Shape: TypeAlias = tuple[int, int]
"""Function, and length of the reply; -1 for writes, of which a late exception would deny the next one."""


def shape_of(frame: Frame) -> Shape:
    """By what an answer to the frame is known, beside its unit."""
    return frame.function, frame.rtu_reply_bytes if frame.function in _READS else -1


class Quarantine:
    """The shapes of one unit that wait. Times are seconds of the caller's clock."""

    __slots__ = ("_answer", "_answered", "_refused", "_refused_function", "_seconds", "_until")

    def __init__(self, longest_seconds: float) -> None:
        self._seconds = max(LEAST_SECONDS, TIMES_THE_LONGEST * longest_seconds)
        self._until: dict[Shape, float] = {}
        self._answer: Frame | None = None
        self._answered = 0.0
        self._refused_function = 0
        self._refused = 0.0

    def holds(self, frame: Frame, now: float) -> bool:
        """Whether the frame may not be sent yet."""
        last = self._answer
        if (
            last is not None
            and last is not frame
            and now - self._answered < ECHO_SECONDS
            and frame.function in _READS
            and shape_of(last) == shape_of(frame)
            and last.rtu_request != frame.rtu_request
        ):
            return True
        return bool(self._until) and self._until.get(shape_of(frame), now) > now

    def fence(self, before: Frame, reads: Iterable[Frame], now: float) -> Frame | None:
        """The first of the reads whose answer flushes what could be taken for the answer to `before`; None for none."""
        shape = shape_of(before)
        return next((read for read in reads if shape_of(read) != shape and not self.holds(read, now)), None)

    def unanswered(self, frame: Frame, now: float) -> None:
        """Nothing that fits came in time."""
        self._until[shape_of(frame)] = now + self._seconds

    def answered(self, frame: Frame, now: float) -> None:
        """An answer came in full."""
        self._answer = frame
        self._answered = now
        # of a shape that is waited for it may be the late one: then its own is late now, and nothing is proved
        if self._until and self._until.get(shape_of(frame), now) <= now:
            self._until.clear()

    def refused(self, frame: Frame, now: float) -> None:
        """An exception came."""
        echo = self._refused_function == frame.function and now - self._refused < ECHO_SECONDS
        if echo or any(function == frame.function and until > now for (function, _), until in self._until.items()):
            self.unanswered(frame, now)
        self._refused_function = frame.function
        self._refused = now
