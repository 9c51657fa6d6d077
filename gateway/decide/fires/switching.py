"""What alarms switch by the table: lifts, barriers, sounders. Once for each raise, whatever dies meanwhile.

That a device is to be told is on disk with the raise. It is told once it can be reached, for as long as the alarm stands. If it
was told just before the process died nobody knows: a command that does no harm twice is given again then, any other is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.contract import Link
from gateway.decide.gate import COMMAND_LIFE_NS
from gateway.model import Outcome, Recorded, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.fires.gas import GasInterlock
    from gateway.decide.fires.table import Row, Switch
    from gateway.decide.known import Known
    from gateway.decide.sending import Sending
    from gateway.decide.watches import Watches
    from gateway.model import Alarm, Now

SETTLED_NS = 2 * COMMAND_LIFE_NS
"""A command that was given so long ago has ended."""

_SWITCH = "fire_switch:"


@dataclass(slots=True)
class _Order:
    """What one raise switches: names of switches ("row/0") that wait for their device, and those that were given just now."""

    raised: list[Json]
    waiting: list[str]
    given: list[str] = field(default_factory=list)
    given_ns: int = 0

    def to_json(self) -> Json:
        return [self.raised, self.waiting, self.given]


class Switching:
    """The orders by the key of their alarm. `adopt` comes before anything else."""

    def __init__(
        self, remembered: Mapping[str, Json], known: Known, watches: Watches, sending: Sending, gas: GasInterlock
    ) -> None:
        self._known = known
        self._watches = watches
        self._sending = sending
        self._gas = gas
        self._switches: dict[str, Switch] = {}
        self._orders: dict[str, _Order] = {}
        self._before = {name: body for name, body in remembered.items() if name.startswith(_SWITCH)}

    def adopt(self) -> list[Outcome]:
        """Take the rules in force. After a start: what may have been lost waits again, unless twice would be once too many."""
        self._switches = {
            f"{row.name}/{number}": switch
            for row in self._known.rules.fires.rows
            for number, switch in enumerate(row.switch)
        }
        out: list[Outcome] = []
        for name, (raised, waiting, given) in self._before.items():
            key = name.removeprefix(_SWITCH)
            again = [each for each in given if (switch := self._switches.get(each)) is not None and switch.repeatable]
            self._orders[key] = _Order(raised, [*waiting, *again])
            if given:
                out.append(self._remember(key))
        self._before = {}
        return out

    def order(self, alarm: Alarm, rows: list[Row], now: Now) -> list[Outcome]:
        """An alarm was raised. That it is said again, worse or in earnest, is the same raise."""
        raised = [alarm.number, alarm.since_utc]
        before = self._orders.get(alarm.key)
        if before is not None and before.raised == raised:
            return []
        wanted = [f"{row.name}/{number}" for row in rows for number in range(len(row.switch))]
        if not wanted:
            return []
        self._orders[alarm.key] = _Order(raised, wanted)
        return self._give(alarm.key, now) or [self._remember(alarm.key)]

    def ended(self, key: str) -> list[Outcome]:
        """The alarm is normal again: the next raise is another."""
        return [] if self._orders.pop(key, None) is None else [Remember(_SWITCH + key, None)]

    def look(self, now: Now) -> list[Outcome]:
        """Once a second: who can be reached by now, and what has surely ended."""
        out: list[Outcome] = []
        for key, order in self._orders.items():
            if order.given and now.boottime_ns - order.given_ns >= SETTLED_NS:
                order.given = []
                out.append(self._remember(key))
            if order.waiting and self._watches.book.active(key):
                out += self._give(key, now)
        return out

    def _give(self, key: str, now: Now) -> list[Outcome]:
        order = self._orders[key]
        out: list[Outcome] = []
        waiting, order.waiting = order.waiting, []
        for name in waiting:
            switch = self._switches.get(name)
            device = self._known.devices.get(switch.device) if switch is not None else None
            if switch is None or device is None:
                continue
            if self._gas.gas_at(switch.device):
                out.append(Recorded("effect", switch.device, {"alarm": key, "switch": name, "why": "gas"}))
            elif device.link is not Link.UP:
                order.waiting.append(name)
            else:
                reason = f"{name.partition('/')[0]}: {key}"
                out += self._sending.by_rule(
                    switch.device, switch.command, switch.arguments, actor="rule", reason=reason, now=now
                )
                order.given.append(name)
                order.given_ns = now.boottime_ns
        return [*out, self._remember(key)] if order.waiting != waiting else out

    def _remember(self, key: str) -> Outcome:
        return Remember(_SWITCH + key, self._orders[key].to_json())
