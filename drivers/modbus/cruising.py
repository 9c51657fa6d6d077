"""Polling from beat to beat in the callbacks of the event loop: where a line spends its life.

Waking a task for every answer would cost as much as the answer itself.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, Final

from drivers.modbus.frame import ModbusError
from drivers.modbus.unit import Poll

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.modbus.answers import Answers
    from drivers.modbus.rounds import Knocks
    from drivers.modbus.tally import Tally
    from drivers.modbus.timetable import Timetable
    from drivers.modbus.transactions import Transactions
    from drivers.modbus.unit import Greeting
    from drivers.modbus.wire import Outcome

LONGEST_REST_SECONDS: Final = 5.0
TIMER_SECONDS: Final = 0.001
"""What a timer may come too early: uvloop counts whole milliseconds."""


class Cruise:
    """`run` polls until something else than a plain poll is to be done."""

    def __init__(
        self,
        timetable: Timetable[Poll | Greeting],
        knocks: Knocks,
        transactions: Transactions,
        answers: Answers,
        served: Callable[[Poll, float], None],
        tally: Tally,
    ) -> None:
        self._timetable = timetable
        self._knocks = knocks
        self._transactions = transactions
        self._answers = answers
        self._served = served
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._out: Poll | None = None
        self._failed: tuple[Poll, ModbusError] | None = None

    async def run(self, acts_due: float) -> tuple[Poll, ModbusError] | None:
        """Poll until `acts_due`, or something else comes up. Returns the poll that got no answer, if that ended it."""
        self._answers.acts_due = acts_due
        self._pause = pause = self._loop.create_future()
        self._sleep()
        try:
            await pause
        finally:
            self._pause = None
            if self._timer is not None:
                self._timer.cancel()
        failed, self._failed = self._failed, None
        return failed

    def wake(self) -> None:
        """There may be something else to do. It is done once the request that is out has ended."""
        self._answers.acts_due = -inf
        if self._out is None:
            self._resume()

    def _sleep(self) -> None:
        until = min(self._timetable.next_due(), self._answers.acts_due, self._loop.time() + LONGEST_REST_SECONDS)
        if self._knocks.any:
            until = min(until, self._knocks.next_due())
        self._timer = self._loop.call_at(until, self._tick)

    def _tick(self) -> None:
        try:
            self._go_on()
        except Exception as bug:  # noqa: BLE001  it must end the run; the loop would only log it
            self._end_with(bug)

    def _go_on(self) -> None:
        """Send the poll that is due; leave anything else to the task."""
        now = self._loop.time() + TIMER_SECONDS
        if self._answers.acts_due <= now or (self._knocks.any and self._knocks.next_due() <= now):
            self._resume()
            return
        self._tally.steps += 1
        beat = self._timetable.take(now)
        if beat is None:
            self._sleep()
        elif isinstance(beat, Poll) and not self._transactions.holds(beat, now):
            self._out = beat
            self._transactions.send(beat, self._landed)
        else:
            self._timetable.put(beat, beat.due)
            self._resume()

    def _landed(self, outcome: Outcome) -> None:
        """Take the outcome of the poll that is out."""
        poll, self._out = self._out, None
        if poll is None or self._pause is None or self._pause.done():  # the run has ended
            return
        try:
            if isinstance(outcome, bytes):
                if not poll.unit.gone:
                    transactions = self._transactions
                    now = transactions.heard(poll.unit, poll.frame, poll.wire_seconds)
                    self._answers.take(poll, outcome, transactions.wire.received_ns, now)
                    self._served(poll, now)
                self._go_on()
            else:
                if isinstance(outcome, ModbusError):
                    self._failed = poll, outcome
                self._resume()
        except Exception as bug:  # noqa: BLE001  as above
            self._end_with(bug)

    def _end_with(self, bug: Exception) -> None:
        if self._pause is not None and not self._pause.done():
            self._pause.set_exception(bug)

    def _resume(self) -> None:
        if self._pause is not None and not self._pause.done():
            self._pause.set_result(None)
