"""Whether units are there, and who they are: what is said of it, and when they are asked again."""

from __future__ import annotations

import time
from math import inf
from typing import TYPE_CHECKING, Final

from drivers.contract import Link, LinkChanged, Sample
from drivers.modbus.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Post
    from drivers.modbus.timetable import Timetable
    from drivers.modbus.unit import Greeting, Poll, Unit
    from drivers.modbus.write import Act

GREETING_SPREAD_SECONDS: Final = 0.1


class Reach:
    """Moves the units of a line between found, lost and misconfigured, and says each change once.

    Only a unit that was found and fits has its polls in the timetable; of any other only its greeting is. `now` is the
    event loop's clock in seconds.
    """

    def __init__(self, timetable: Timetable[Poll | Greeting], acts: Sequence[Act], post: Post) -> None:
        self._timetable = timetable
        self._acts = acts
        self._post = post

    def introduce(self, unit: Unit, now: float) -> None:
        """Nothing is known of the unit yet: greet it soon."""
        unit.start(now)
        self._timetable.put(unit.greeting, now + unit.phase * GREETING_SPREAD_SECONDS)

    def dismiss(self, unit: Unit) -> None:
        """The unit was taken out of the configuration: nothing of it is asked or said any more."""
        unit.gone = True
        self._park(unit)
        self._timetable.park(unit.greeting)

    def fits(self, unit: Unit, now: float) -> None:
        """It answered and is the one that is configured: poll it."""
        if unit.gone:
            return
        if unit.link is not Link.UP:
            self._say(unit, Link.UP, "")
            for act in self._acts:
                if act.unit is unit:
                    act.unit_back()
        for poll in unit.polls:
            if poll.due == inf:
                self._timetable.put(poll, unit.first_beat(poll, now))
        if unit.identity.frames:
            self._timetable.put(unit.greeting, now + unit.greeting.every_seconds)

    def misfits(self, unit: Unit, why: str, now: float) -> None:
        """It answered and is not the one that is configured: look again now and then."""
        if unit.gone:
            return
        self._park(unit)
        if unit.link is not Link.MISCONFIGURED or unit.why != why:
            self._say(unit, Link.MISCONFIGURED, why)
        self._timetable.put(unit.greeting, now + unit.greeting.every_seconds)

    def missed(self, unit: Unit, now: float) -> None:
        """It did not answer: leave it alone for a while, then greet it."""
        if unit.gone:
            return
        self._park(unit)
        if unit.missed(now):
            self._say(unit, Link.LOST, "does not answer")
        self._timetable.put(unit.greeting, now + unit.knock_in_seconds())

    def refused(self, poll: Poll, code: int, now: float) -> None:
        """It answered a read with an exception: ask again as the exception's meaning allows."""
        if poll.unit.gone:
            return
        meant = refusal(code)
        tries, poll.refusals = poll.refusals, poll.refusals + 1
        if tries < len(meant.soon):
            self._timetable.put(poll, now + meant.soon[tries])
            return
        self._timetable.put(poll, now + max(poll.period, meant.later_seconds))
        if poll.unit.link is Link.UP:
            self._post.report(Sample(poll.unit.device.id, poll.group, *poll.bad(meant.why), _boottime_ns()))

    def _park(self, unit: Unit) -> None:
        for poll in unit.polls:
            self._timetable.park(poll)

    def _say(self, unit: Unit, link: Link, why: str) -> None:
        unit.link = link
        unit.why = why
        self._post.report(LinkChanged(unit.device.id, link, why, _boottime_ns()))


def _boottime_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
