"""How alarms are answered, joined: taking, verifying, shelving, detectors out of service; chatter, floods, what stands long."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gateway.answering import AnsweringAct, ShelveAlarm, UnshelveAlarm, VerifyAlarm
from gateway.decide.answering import taking
from gateway.decide.answering.floods import Floods
from gateway.decide.answering.outages import Outages
from gateway.decide.answering.shelves import Shelves
from gateway.decide.answering.unsteady import Unsteady
from gateway.model import AckAlarm, AlarmChanged, ResetAlarm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.answering.outages import Outage, PendingOutage
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Alarm, Now, Outcome, Said

STALE_SECONDS = 86_400.0
"""An alarm that has stood for a day is stale (ISA-18.2-2016: nobody can act on it)."""

Taken: TypeAlias = AckAlarm | ResetAlarm | AnsweringAct
"""What `act` takes."""


class Answering:
    """The life cycle's side of the judgement; `known` and `watches` are shared with the rest of it.

    It says nothing before a P1 is told, and holds none back. `follow` comes before whoever tells people.
    """

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, now: Now) -> None:
        self._book = watches.book
        self._shelves = Shelves(remembered, watches.book, now)
        self._outages = Outages(remembered, known, watches.book, now)
        self._unsteady = Unsteady(remembered, watches)
        self._floods = Floods(remembered, known, watches)

    # ------------------------------------------------------------ reading

    @property
    def outages(self) -> Mapping[str, Outage]:
        """The detectors that are out of service."""
        return self._outages.running

    @property
    def pending_outages(self) -> Mapping[str, PendingOutage]:
        """The detectors that one person wants out of service, and that wait for a second one."""
        return self._outages.pending

    @property
    def shelves(self) -> tuple[Alarm, ...]:
        """The alarms that are shelved; each says by whom, why and until when."""
        return self._shelves.shelved

    def flooded(self, grid: str) -> bool:
        """Whether there are more new alarms in that grid than a person can look at."""
        return self._floods.flooded(grid)

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        several = (self._shelves.next_ns, self._outages.next_ns)
        return min((due for due in several if due is not None), default=None)

    # ------------------------------------------------------------ what comes in

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force. Shelves and outages stand as they were."""
        out = [*self._shelves.adopt(now), *self._outages.adopt(now)]
        self._unsteady.adopt()
        return out

    def act(self, act: Taken, now: Now) -> list[Outcome]:
        """What a person asks for."""
        match act:
            case AckAlarm():
                return taking.take(act, self._book, now)
            case ResetAlarm():
                return taking.reset(act, self._book, now)
            case VerifyAlarm():
                return taking.verify(act, self._book, now)
            case ShelveAlarm():
                return self._shelves.shelve(act, now)
            case UnshelveAlarm():
                return self._shelves.unshelve(act, now)
        return self._outages.act(act, now)

    def follow(self, outcomes: Sequence[Said], now: Now) -> Sequence[Said]:
        """What follows from how alarms changed; the outcomes themselves where nothing does."""
        more: list[Outcome] = []
        for outcome in outcomes:
            if isinstance(outcome, AlarmChanged):
                more += self._shelves.follow(outcome.alarm)
                more += self._unsteady.follow(outcome, now)
                more += self._floods.follow(outcome, now)
        return [*outcomes, *more] if more else outcomes

    # ------------------------------------------------------------ time

    def sweep(self, now: Now) -> list[Outcome]:
        """Once a second: what has calmed down."""
        return [*self._unsteady.sweep(now), *self._floods.sweep(now)]

    def wake(self, now: Now) -> list[Outcome]:
        """Shelves and outages that end now."""
        return [*self._shelves.wake(now), *self._outages.wake(now)]

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Once a minute: what has stood for a day, what flickered, trials that are over; and what is left of the delays."""
        out: list[Outcome] = []
        for alarm in list(self._book.open.values()):
            trusted = now.trusted and alarm.since_trusted
            if alarm.active and not alarm.stale and trusted and now.utc - alarm.since_utc >= STALE_SECONDS:
                out += self._book.stale(alarm.key, now)
            if alarm.trial and not self._book.on_trial(alarm.rule, alarm.place):
                out += self._book.trial_over(alarm.key, now)
        out += self._book.told_flickers(now)
        out += self._unsteady.checkpoint(now)
        out += self._floods.checkpoint(now)
        return out + self._shelves.checkpoint(now) + self._outages.checkpoint(now)
