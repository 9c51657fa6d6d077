"""What the answer to a poll means, and who is told: the gateway, and the duties of the unit."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from drivers.contract import Sample

if TYPE_CHECKING:
    from drivers.contract import Post, Value
    from drivers.modbus.reach import Reach
    from drivers.modbus.tally import Tally
    from drivers.modbus.timetable import Timetable
    from drivers.modbus.unit import Greeting, Poll


class Answers:
    """Takes the answers of a line.

    Nothing is reported of a unit that was not found, or whose count of starts has moved: it may be another one, and is
    greeted first. `acts_due` is the earliest that a duty became due by what it saw.
    """

    def __init__(self, timetable: Timetable[Poll | Greeting], reach: Reach, post: Post, tally: Tally) -> None:
        self.acts_due = inf
        self._timetable = timetable
        self._reach = reach
        self._post = post
        self._tally = tally

    def take(self, poll: Poll, content: bytes, received_ns: int, now: float) -> tuple[Value, ...]:
        """Decode an answer and tell it; `now` is the event loop's clock in seconds."""
        unit = poll.unit
        values, faults = poll.decoder.decode(content)
        if poll.refusals:
            poll.refusals = 0
            self._timetable.put(poll, now)
        if not unit.found:
            return values
        if poll.boot_at is not None and unit.booted(values[poll.boot_at]):
            self._reach.doubt(unit, now)
            return values
        if poll.heart_at is not None:
            unit.feel(values[poll.heart_at], now, poll.period)
        if unit.hung:
            faults = poll.uncertain(faults)
        self._tally.polls += 1
        self._post.report(Sample(unit.device.id, poll.group, values, faults, received_ns))
        if not unit.hung:
            for duty in unit.duties:
                duty.saw(poll, values, now)
                self.acts_due = min(self.acts_due, duty.due)
        return values
