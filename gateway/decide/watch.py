"""From a value or a fact to "raise" and "clear": delays, deadband, and what silence means.

A watch is one rule on one source. Bad values say nothing; uncertain ones may raise and never clear; silence never clears.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drivers.contract import Quality
from gateway.decide.alarms import CALM_SECONDS, TEST_SECONDS
from gateway.model import Now, Outcome, Remember

if TYPE_CHECKING:
    from drivers.contract import Fault, Value
    from gateway.decide.alarms import AlarmBook
    from gateway.decide.rules import Rule
    from gateway.decide.timers import Timers
    from gateway.model import Place


@dataclass(slots=True)
class Watch:
    """One rule on one source, with the delay that is running, if any."""

    rule: Rule
    source: str
    device: str
    place: Place
    simulated: bool
    why: str = ""
    value: Value = None
    sure: bool = False
    """Whether the last value was good and is still fresh: only then may the alarm clear. Not so before the first one."""
    key: str = field(init=False)

    def __post_init__(self) -> None:
        self.key = key_of(self.rule, self.source)

    def see(self, value: Value, fault: Fault | None, book: AlarmBook, timers: Timers, now: Now) -> list[Outcome]:
        """Take a value of the point; returns what follows from it."""
        if no_value(value, fault):
            self.sure = False
            return []
        self.value = value
        self.sure = fault is None
        held = book.active(self.key) or self._due("on") in timers
        return self._settle(is_abnormal(self.rule, value, held=held), book, timers, now)

    def fact(self, *, abnormal: bool, why: str, book: AlarmBook, timers: Timers, now: Now) -> list[Outcome]:
        """Take a fact about the gateway's own senses (a lost link, a silent device)."""
        if abnormal:
            self.why = why
        self.value = abnormal
        self.sure = True
        return self._settle(abnormal, book, timers, now)

    def due(self, timer: str, book: AlarmBook, timers: Timers, now: Now) -> list[Outcome]:
        """A delay of this watch has run out."""
        out: list[Outcome] = [Remember(timer, None)]
        if timer == self._due("on"):
            return out + self._raise(book, timers, now)
        if timer == self._due("test"):
            return out + book.in_earnest(self.key, self.rule, now)
        return out + (self._clear(book, timers, now) if self.sure else [])

    def timers(self) -> tuple[str, str]:
        """The names under which its delays run."""
        return self._due("on"), self._due("off")

    def _due(self, side: str) -> str:
        return f"{side}:{self.key}"

    def _settle(self, abnormal: bool, book: AlarmBook, timers: Timers, now: Now) -> list[Outcome]:  # noqa: FBT001 - the fact itself
        on, off = self.timers()
        active = book.active(self.key)
        if abnormal:
            out = timers.stop(off)
            if active or on in timers:
                return out + book.flickered(self.key) if out else out
            if self.rule.on_delay_seconds <= 0:
                return out + self._raise(book, timers, now)
            return out + timers.start(on, self.rule.on_delay_seconds, now)
        out = timers.stop(on)
        if not active or not self.sure or off in timers:
            return out
        off_seconds = self.rule.off_delay_seconds
        if book.chatters(self.key):
            off_seconds = max(off_seconds, CALM_SECONDS)
        if off_seconds <= 0:
            return out + self._clear(book, timers, now)
        return out + timers.start(off, off_seconds, now)

    def _raise(self, book: AlarmBook, timers: Timers, now: Now) -> list[Outcome]:
        out = book.raised(
            self.rule, self.source, self.device, self.place, self.value, self.why, now, simulated=self.simulated
        )
        return out + timers.start(self._due("test"), TEST_SECONDS, now) if book.on_test(self.key) else out

    def _clear(self, book: AlarmBook, timers: Timers, now: Now) -> list[Outcome]:
        return timers.stop(self._due("test")) + book.cleared(self.key, self.value, now)


def key_of(rule: Rule, source: str) -> str:
    """The name of a condition: `rule@source`."""
    return f"{rule.name}@{source}"


def no_value(value: Value, fault: Fault | None) -> bool:
    """Whether a point says nothing at all."""
    return value is None or (fault is not None and fault.quality is Quality.BAD)


def is_abnormal(rule: Rule, value: Value, *, held: bool) -> bool:
    """Whether a value breaks the rule; `held`: it did so before, and must be back by the deadband."""
    if isinstance(value, bool):
        return value is rule.when
    if not isinstance(value, int | float):
        return False
    slack = rule.deadband if held else 0.0
    return (rule.high is not None and value >= rule.high - slack) or (
        rule.low is not None and value <= rule.low + slack
    )
