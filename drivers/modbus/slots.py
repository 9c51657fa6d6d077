"""Who goes next on a line when a transaction has ended: fire release, command, drain, poll, table. Pure.

While polls are due at least every second turn is a poll's, and no more than every fourth a table's. A unit that does not
answer is told to release its doors all the same, but takes no more than half of the line's time with that.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from drivers.contract import Link
from drivers.modbus.act import Rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.modbus.act import Act

TABLE_EVERY: Final = 4
IN_VAIN_TAKES_AT_MOST: Final = 0.5
"""Of the line's time: fire releases to units that do not answer."""


class Slots:
    """The turns of one line. `now` is in seconds of the caller's clock, as is `due` of the acts."""

    def __init__(self) -> None:
        self._polled = True
        self._since_table = TABLE_EVERY
        self._in_vain_until = 0.0

    def choose(self, acts: Iterable[Act], now: float, *, polls_due: bool) -> Act | None:
        """The act whose turn it is; None when it is a poll's, or nobody's."""
        first: Act | None = None
        table: Act | None = None
        for act in acts:
            if act.over or self._due(act) > now:
                continue
            if act.rank is Rank.TABLE:
                table = _earlier(table, act)
            else:
                first = _earlier(first, act)
        if first is not None and first.rank <= Rank.COMMAND:
            return first
        if not polls_due:
            return first or table
        if not self._polled:
            return None
        return table if table is not None and self._since_table >= TABLE_EVERY - 1 else first

    def next_due(self, acts: Iterable[Act]) -> float:
        """When the first of the acts is due; `inf` when none will be by itself."""
        return min((self._due(act) for act in acts if not act.over), default=inf)

    def stepped(self, act: Act, began: float, now: float) -> None:
        """A step of an act was done."""
        if act.rank is Rank.TABLE:
            self._since_table = 0
        else:
            self._since_table += 1
        if act.rank >= Rank.DRAIN:
            self._polled = False
        elif act.unit.link is Link.LOST and act.unit.misses:
            self._in_vain_until = now + (now - began) * (1 / IN_VAIN_TAKES_AT_MOST - 1)

    def polled(self, times: int = 1) -> None:
        """So many polls had their turn."""
        self._polled = True
        self._since_table += times

    def _due(self, act: Act) -> float:
        """When an act may take its next step, as far as time tells."""
        if act.rank >= Rank.DRAIN:
            return act.due if act.unit.found else inf
        if act.rank is Rank.AT_ONCE and act.unit.link is Link.LOST and act.unit.misses:
            return max(act.due, self._in_vain_until)
        return act.due


def _earlier(one: Act | None, other: Act) -> Act:
    return other if one is None or _order(other) < _order(one) else one


def _order(act: Act) -> tuple[Rank, bool, float]:
    return act.rank, act.unit.link is not Link.UP, act.due
