"""Daily life at the chargers: whoever comes plugs in, and pulls the plug when it is time to go."""

from __future__ import annotations

from functools import partial
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.agenda import Agenda
    from simulator.battery import Charge
    from simulator.charging_charger import Charger
    from simulator.charging_habits import Visit
    from simulator.story import Target


class ChargingLife:
    """The people at the sockets of some chargers; `shift_seconds` from the time to the hour that they live in."""

    def __init__(self, chargers: Mapping[str, Charger], agenda: Agenda, shift_seconds: float) -> None:
        self._chargers = chargers
        self._agenda = agenda
        self._shift_seconds = shift_seconds
        self._kept_until: dict[Target, float] = {}

    def keep(self, target: Target, until: float) -> None:
        """Nobody comes to a socket that somebody has taken in hand."""
        self._kept_until[target] = max(until, self._kept_until.get(target, -inf))

    def expect(self, target: Target, coming: Iterator[Visit], now: float) -> None:
        """Let all of them come to this socket, one after the other; the first may have been there for long."""
        visit = next(coming)
        plug_at = visit.plug_at - self._shift_seconds
        if plug_at > now:
            self._agenda.plan(plug_at, partial(self._come, target, visit, coming))
            return
        self._chargers[target.device].found(target.part, visit.charge, visit.tag, plug_at, now)
        self._agenda.plan(visit.pull_at - self._shift_seconds, partial(self._leave, target, coming))

    def _come(self, target: Target, visit: Visit, coming: Iterator[Visit], now: float) -> None:
        if not self._in_hand(target, now):
            self._chargers[target.device].plug(target.part, visit.charge, visit.tag, now, visit.scan_after)
            if visit.more is not None:
                self._agenda.plan(now + visit.more_after, partial(self._plug_more, target, visit.more))
        self._agenda.plan(visit.pull_at - self._shift_seconds, partial(self._leave, target, coming))

    def _leave(self, target: Target, coming: Iterator[Visit], now: float) -> None:
        if not self._in_hand(target, now):
            self._chargers[target.device].pull(target.part, now)
        self.expect(target, coming, now)

    def _plug_more(self, target: Target, charge: Charge, now: float) -> None:
        if not self._in_hand(target, now):
            self._chargers[target.device].plug_more(target.part, charge, now)

    def _in_hand(self, target: Target, now: float) -> bool:
        return now < self._kept_until.get(target, -inf)
