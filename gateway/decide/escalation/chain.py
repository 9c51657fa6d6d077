"""How far an alarm has come on its way to an answer, and when each of its next steps is due, as it is remembered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from gateway.decide.timers import Timers
from gateway.model import Remember

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from drivers.contract import Json
    from gateway.model import Alarm, Now, Outcome

CHECKPOINTS_AT_ONCE = 200
"""In one second: thousands at once would hold up whoever is to be told in that moment."""

_CHAIN = "escalation:"
_TIMER = "escalate:"


@dataclass(frozen=True, slots=True)
class Chain:
    """Of an alarm that waits for an answer: which policy it follows, and the last step taken (-1 before the first).

    `reached`: something of that step has arrived for good. `told` are the persons told so far. `priority` is that of the alarm
    when it began, and `earnest` says that it was neither a test nor on trial. `paused` is the suppression that stopped it, ""
    for none.
    """

    key: str
    policy: str
    priority: int
    earnest: bool
    step: int = -1
    reached: bool = False
    told: tuple[str, ...] = ()
    paused: str = ""

    def still_for(self, alarm: Alarm) -> bool:
        """Whether it goes on for an alarm that was raised again: that is no worse than it was, and as much in earnest."""
        return not self.paused and self.priority <= alarm.priority and self.earnest == in_earnest(alarm)

    def to_json(self) -> Json:
        """As decide remembers it."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_json(cls, body: Json) -> Chain:
        """The inverse of `to_json`."""
        return cls(**{**body, "told": tuple(body["told"])})


_FIELDS = tuple(field.name for field in fields(Chain))


def in_earnest(alarm: Alarm) -> bool:
    """Whether people are called until somebody answers; of a test or on trial only the first step is told."""
    return not (alarm.test or alarm.trial)


class Chains:
    """The chains by the numbers of their alarms, each step to come with a deadline of its own."""

    def __init__(self, remembered: Mapping[str, Json], now: Now) -> None:
        self.of: dict[int, Chain] = {
            int(key.removeprefix(_CHAIN)): Chain.from_json(body)
            for key, body in remembered.items()
            if key.startswith(_CHAIN)
        }
        self._timers = Timers(remembered, now, prefixes=(_TIMER,))
        self._running: dict[int, set[int]] = {}
        for name in self._timers:
            number, index = _of_timer(name)
            self._running.setdefault(number, set()).add(index)

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME of the next step that is due, None when none is to come."""
        return self._timers.next_ns

    def resumed(self) -> list[Outcome]:
        """What a start is to write down of the deadlines, once."""
        return self._timers.resumed()

    def put(self, number: int, chain: Chain) -> Remember:
        """The chain of an alarm stands so from now on."""
        self.of[number] = chain
        return Remember(f"{_CHAIN}{number}", chain.to_json())

    def drop(self, number: int) -> list[Outcome]:
        """Nobody has to answer any more."""
        return [] if self.of.pop(number, None) is None else [Remember(f"{_CHAIN}{number}", None)]

    def scheduled(self, number: int) -> Collection[int]:
        """The steps of an alarm that have a deadline."""
        return self._running.get(number, ())

    def schedule(self, number: int, index: int, seconds: float, now: Now) -> list[Outcome]:
        """A step is due after so many seconds."""
        self._running.setdefault(number, set()).add(index)
        return self._timers.start(_timer(number, index), seconds, now)

    def unschedule(self, number: int, index: int) -> list[Outcome]:
        """A step has no deadline any more."""
        self._forget(number, index)
        return self._timers.stop(_timer(number, index))

    def due(self, now: Now) -> tuple[list[Outcome], list[tuple[int, int]]]:
        """Take out what is due: alarms and their steps, in the order of their deadlines."""
        names = self._timers.ended(now)
        due = [_of_timer(name) for name in names]
        for number, index in due:
            self._forget(number, index)
        return [Remember(name, None) for name in names], due

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Write down what is left of some of the deadlines of which that was not done for a minute."""
        return self._timers.checkpoint(now, CHECKPOINTS_AT_ONCE)

    def _forget(self, number: int, index: int) -> None:
        running = self._running.get(number, set())
        running.discard(index)
        if not running:
            self._running.pop(number, None)


def _timer(number: int, index: int) -> str:
    return f"{_TIMER}{number}:{index}"


def _of_timer(name: str) -> tuple[int, int]:
    number, index = name.removeprefix(_TIMER).split(":")
    return int(number), int(index)
