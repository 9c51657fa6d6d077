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
    from drivers.modbus.act import Act
    from drivers.modbus.identity import Found
    from drivers.modbus.rounds import Knocks
    from drivers.modbus.timetable import Timetable
    from drivers.modbus.unit import Greeting, Poll, Unit

GREETING_SPREAD_SECONDS: Final = 0.1


class Reach:
    """Moves the units of a line between found, lost and misconfigured, and says each change once.

    Only a unit that was found and fits has its polls in the timetable; of any other only its greeting is, and that of a
    silent one among the knocks. `now` is the event loop's clock in seconds.
    """

    def __init__(self, timetable: Timetable[Poll | Greeting], knocks: Knocks, acts: Sequence[Act], post: Post) -> None:
        self._timetable = timetable
        self._knocks = knocks
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

    def doubt(self, unit: Unit, now: float) -> None:
        """It may not be the one that it was, or not as it was: nothing of it counts until it was greeted, now."""
        self._park(unit)
        unit.doubted = True
        unit.greeting.answers.clear()
        self._timetable.put(unit.greeting, now)

    def fits(self, unit: Unit, serial: str, now: float) -> None:
        """It answered and is the one that is expected: poll it. `serial` is the number that it gave, "" where none is."""
        if unit.gone:
            return
        changed = unit.link is not Link.UP or unit.serial != serial
        unit.serial = serial
        if changed:
            self._say(unit, Link.UP, "", serial)
        if changed or unit.doubted:
            unit.doubted = False
            for act in self._acts:
                if act.unit is unit:
                    act.unit_back()
        for poll in unit.polls:
            if poll.due == inf:
                self._timetable.put(poll, unit.first_beat(poll, now))
        if unit.identity.frames:
            self._timetable.put(unit.greeting, now + unit.greeting.every_seconds)

    def misfits(self, unit: Unit, found: Found, now: float) -> None:
        """It answered and is not the one that is expected: look again now and then."""
        if unit.gone:
            return
        self._park(unit)
        if unit.link is not Link.MISCONFIGURED or unit.why != found.why:
            unit.serial = found.serial
            self._say(unit, Link.MISCONFIGURED, found.why, found.serial)
        self._timetable.put(unit.greeting, now + unit.greeting.every_seconds)

    def missed(self, unit: Unit, now: float) -> None:
        """It did not answer: leave it alone for a while, then greet it."""
        if unit.gone:
            return
        self._park(unit)
        unit.greeting.answers.clear()
        if unit.missed(now):
            self._say(unit, Link.LOST, "does not answer", "")
        self._knocks.put(unit.greeting, now + unit.knock_in_seconds())

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
        if poll.unit.found:
            self._post.report(Sample(poll.unit.device.id, poll.group, *poll.bad(meant.why), _boottime_ns()))

    def _park(self, unit: Unit) -> None:
        for poll in unit.polls:
            self._timetable.park(poll)

    def _say(self, unit: Unit, link: Link, why: str, serial: str) -> None:
        unit.link = link
        unit.why = why
        self._post.report(LinkChanged(unit.device.id, link, why, _boottime_ns(), serial))


def _boottime_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
