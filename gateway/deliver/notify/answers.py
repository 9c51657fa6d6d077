"""What people answer by a channel: who it was, what they may, and the sentence that they are shown.

Whoever was told of an alarm may answer it; anybody else only in his own grids. In a group nobody is named.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from gateway.actor import Actor, Role
from gateway.answering import VerifyAlarm
from gateway.logs import log_of
from gateway.model import AckAlarm, AlarmChanged, Change, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gateway.deliver.channels.contract import Said
    from gateway.deliver.notify.wording import Wording
    from gateway.duty import Person, Reach
    from gateway.model import Alarm, Outcome, Road
    from gateway.notice import Fate

MOST_REFERENCES = 5_000
"""So many messages may wait for a receipt; a channel whose receipts come later than that many messages does without."""

log = log_of("notifier")


class Staff(Protocol):
    """What the notifier asks of people; see `gateway.decide.people.people.People`."""

    def person(self, name: str, /) -> Person | None:
        """The person of that id."""

    def reach(self, whom: str, /) -> tuple[Reach, ...]:
        """Every way to a person or department, the best one first."""

    def by_reach(self, channel: str, to: str, /) -> str:
        """Whose number or account that is, "" for nobody's."""

    def needed_by(self, person: str, /) -> frozenset[str]:
        """The grids whose roster or team names somebody."""


class Answers:
    """Makes acts of answers and walks them down the road."""

    def __init__(
        self,
        staff: Staff,
        waits_for: Callable[[str], tuple[int, ...]],
        alarm: Callable[[int], Alarm | None],
        road: Road,
        wording: Wording,
    ) -> None:
        self._staff = staff
        self._waits_for = waits_for
        self._alarm = alarm
        self._road = road
        self._say = wording.reply

    async def answered(self, channel: str, to: str, number: int | None, what: Said, cause: str) -> str:
        """See `gateway.deliver.channels.contract.Inbound`."""
        person = self._staff.person(self._staff.by_reach(channel, to))
        if person is None:
            log.warning("an answer from nobody that is known", channel=channel)
            return self._say("stranger")
        waiting = self._waits_for(person.id)
        if number is None:
            if len(waiting) != 1:
                return self._say("several" if waiting else "none", numbers="、".join(map(str, waiting)))
            (number,) = waiting
        alarm = self._alarm(number)
        if alarm is None:
            return self._say("closed", number=str(number))
        if alarm.acked and what == "ack":
            return self._say("taken", number=str(number))
        grids = {alarm.place.grid} if number in waiting else self._staff.needed_by(person.id)
        bound, way = frozenset(grids or {""}), f"chat:{channel}"
        actor = Actor(person.id, person.name, Role.STAFF, bound, way, person=person.id)
        act = AckAlarm(actor, number) if what == "ack" else VerifyAlarm(actor, number, real=what == "real", cause=cause)
        try:
            outcomes = await self._road.act(act)
        except TimeoutError:
            return self._say("unknown", number=str(number))
        return self._outcome(outcomes, number, what)

    def _outcome(self, outcomes: Collection[Outcome], number: int, what: Said) -> str:
        if any(isinstance(outcome, Refused) for outcome in outcomes):
            return self._say("refused", number=str(number))
        changes = {outcome.change for outcome in outcomes if isinstance(outcome, AlarmChanged)}
        if what == "ack":
            return self._say("ack" if Change.ACKED in changes else "taken", number=str(number))
        return self._say(what, number=str(number))


class Inlet:
    """The `Inbound` of one channel: knows which notices its receipts are about."""

    def __init__(self, answers: Answers, told: Callable[[Collection[int], Fate, str], None]) -> None:
        self._answers = answers
        self._told = told
        self._references: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    def refer(self, reference: str, numbers: tuple[int, ...]) -> None:
        """More may be said of these notices under that reference."""
        self._references[reference] = numbers
        if len(self._references) > MOST_REFERENCES:
            self._references.popitem(last=False)

    async def answered(self, channel: str, to: str, number: int | None, what: Said, cause: str = "") -> str:
        """A person answered; returns the sentence to show."""
        return await self._answers.answered(channel, to, number, what, cause)

    def fated(self, reference: str, fate: Fate, why: str = "") -> None:
        """More is known of a message that was sent."""
        if numbers := self._references.get(reference):
            self._told(numbers, fate, why)
