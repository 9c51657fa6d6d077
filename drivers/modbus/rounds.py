"""The rounds of a line: how long it takes to come back to a unit, and when a silent one may cost it a time-out. Pure."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from drivers.modbus.timetable import Timetable

if TYPE_CHECKING:
    from drivers.modbus.unit import Greeting, Poll

IN_VAIN_TAKES_AT_MOST: Final = 0.2
"""Of the line's time: knocks that nobody answers."""
_IDLE_SECONDS: Final = 0.5


class Rounds:
    """A round is over when a unit's fastest read comes up again. Times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self.number = 1
        self.seconds = 0.0
        """How long the last whole round took, waiting for beats included; 0.0 before."""
        self.served_at = 0.0
        self._began = 0.0

    def served(self, poll: Poll, now: float) -> None:
        """A unit's fastest read had its turn."""
        self.served_at = now
        if poll.round == self.number:
            self.number += 1
            self.seconds = now - self._began
            self._began = now
        elif not self._began:
            self._began = now
        poll.round = self.number


class Knocks:
    """The silent units of a line, greeted by turns.

    When one was asked in vain, the next waits for the next round, and until that time-out is no more than its share of the
    line's time.
    """

    def __init__(self, rounds: Rounds) -> None:
        self.any = False
        """Whether a unit may be waiting: asked after each answer, and hardly ever so."""
        self._rounds = rounds
        self._silent: Timetable[Greeting] = Timetable()
        self._in_vain_in = 0
        self._until = 0.0

    def put(self, greeting: Greeting, due: float) -> None:
        """Greet a unit then, or when its turn comes after that."""
        self._silent.put(greeting, due)
        self.any = True

    def next_due(self) -> float:
        """When the next one may be greeted, unless a round ends before; `inf` when none is silent."""
        due = max(self._silent.next_due(), self._until)
        if self._rounds.number == self._in_vain_in:
            due = max(due, self._rounds.served_at + _IDLE_SECONDS)
        return due

    def take(self, now: float) -> Greeting | None:
        """Take the greeting whose turn it is."""
        if not self.any or self.next_due() > now:
            return None
        greeting = self._silent.take(now)
        self.any = self._silent.next_due() != inf
        return greeting

    def in_vain(self, began: float, now: float) -> None:
        """The one that was taken did not answer."""
        self._in_vain_in = self._rounds.number
        self._until = began + (now - began) / IN_VAIN_TAKES_AT_MOST
