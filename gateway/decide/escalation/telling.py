"""Makes notices: of alarms and of what else people are to be told; and sends the next one where a channel failed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from gateway.decide.escalation.policy import RING, WAYS
from gateway.decide.escalation.under_way import UnderWay
from gateway.decide.rules import FIRE_DOORS_SHUT
from gateway.model import Priority
from gateway.notice import Fate, Notice, Noticed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from drivers.contract import Json
    from gateway.decide.alarms import AlarmBook
    from gateway.decide.escalation.under_way import Sent
    from gateway.decide.escalation.ways import Told, Ways
    from gateway.model import Alarm, Now, Outcome
    from gateway.notice import NoticesSaid, Tell

_ALARM = "alarm:"

WHISTLE, PROOF, TEST, DIGEST = "whistle", "proof", "test", "digest"

_EVERY_WAY = (TEST, WHISTLE)
"""What is told over every way at once, whatever its priority."""

_QUIET = (PROOF, DIGEST)
"""What never rings."""


_QUIETLY = frozenset(WAYS) - {RING}


class Settled(NamedTuple):
    """What a channel's last word means for a step: its notice arrived, or the last way of its person failed."""

    notice: Notice
    arrived: bool


class Telling:
    """Everything that goes out to people passes here."""

    def __init__(
        self, remembered: Mapping[str, Json], ways: Ways, book: AlarmBook, flooded: Callable[[str], bool]
    ) -> None:
        self._ways = ways
        self._book = book
        self._flooded = flooded
        self._under_way = UnderWay(remembered)
        self.simulated = False
        """Everything is, by the rules in force."""

    def alarm(
        self,
        alarm: Alarm,
        kind: str,
        step: int,
        told: Iterable[Told],
        now: Now,
        facts: Mapping[str, Json] | None = None,
    ) -> list[Outcome]:
        """Tell these of an alarm. Where its grid has more alarms than people, what is no P1 is marked to be folded."""
        said = dict(facts or {})
        if alarm.priority is not Priority.P1 and self._flooded(alarm.place.grid):
            said["flood"] = True
        notice = Notice(
            number=0, channel="", person="", kind=kind, priority=alarm.priority, subject=subject_of(alarm.number),
            place=alarm.place, made_utc=now.utc, rule=alarm.rule, why=alarm.why, first=self._doors_shut(alarm), step=step,
            trial=alarm.trial, test=alarm.test, simulated=alarm.simulated or self.simulated, facts=said,
        )  # fmt: skip
        return self._each(notice, told)

    def of(self, tell: Tell, now: Now) -> list[Outcome]:
        """Tell whom a `Tell` means."""
        every = tell.kind in _EVERY_WAY or (tell.priority is Priority.P1 and tell.kind not in _QUIET)
        told = self._ways.told(tell.to, tell.place.grid, () if every else _QUIETLY)
        if tell.kind == PROOF:  # each of them is proved, as far as it can be without waking anybody
            told = [each._replace(channels=self._ways.quiet(each.person)) for each in told if each.person]
        notice = Notice(
            number=0, channel="", person="", kind=tell.kind, priority=tell.priority, subject=tell.subject, place=tell.place,
            made_utc=now.utc, why=tell.why, simulated=self.simulated, facts=dict(tell.facts),
        )  # fmt: skip
        return self._each(notice, told)

    def said(self, said: NoticesSaid, waits: Callable[[str], bool]) -> tuple[list[Outcome], list[Settled]]:
        """A channel's word. What failed goes the next way of its person; what is known for good is settled.

        `waits` says of a subject whether somebody still has to answer it: until then a receipt may take back what was sent.
        """
        out: list[Outcome] = [Noticed(said.numbers, said.fate, said.why)]
        settled: list[Settled] = []
        for number in said.numbers:
            sent = self._under_way.get(number)
            if sent is None:
                continue
            if said.fate is Fate.FAILED:
                out += self._under_way.ended(sent)
                if following := self._next_way(sent):
                    out += self._under_way.send(*following)
                else:
                    settled.append(Settled(sent.notice, arrived=False))
            elif said.fate is Fate.SENT and waits(sent.notice.subject):
                out += self._under_way.taken(sent)
            else:
                out += self._under_way.ended(sent)
                if said.fate is not Fate.WITHDRAWN:
                    settled.append(Settled(sent.notice, arrived=True))
        return out, settled

    def withdrawn(self, subject: str, why: str) -> list[Outcome]:
        """Nobody needs to hear of it any more."""
        return self._under_way.withdrawn(subject, why)

    def hopes(self, subject: str, step: int) -> bool:
        """Whether any notice of that step may still arrive."""
        return next(self._under_way.about(subject, step), None) is not None

    def _next_way(self, sent: Sent) -> tuple[Notice, tuple[str, ...]] | None:
        notice = sent.notice
        if not notice.person:
            return None
        busy = {
            other.notice.channel
            for other in self._under_way.about(notice.subject, notice.step)
            if other.notice.person == notice.person and other.notice.kind == notice.kind
        }
        for channel in self._ways.every(notice.person):
            if channel not in sent.tried and channel not in busy:
                return replace(notice, channel=channel), (*sent.tried, channel)
        return None

    def _each(self, notice: Notice, told: Iterable[Told]) -> list[Outcome]:
        out: list[Outcome] = []
        for person, channels in told:
            for channel in channels:
                out += self._under_way.send(replace(notice, person=person, channel=channel), channels)
        return out

    def _doors_shut(self, alarm: Alarm) -> str:
        """The doors of its building that should stand open and do not: they come first in what a P1 says."""
        if alarm.priority is not Priority.P1 or alarm.rule == FIRE_DOORS_SHUT or not alarm.place.building:
            return ""
        shut = self._book.open.get(f"{FIRE_DOORS_SHUT}@building:{alarm.place.building}")
        return shut.why if shut is not None and shut.active else ""


def subject_of(number: int) -> str:
    """What the notices about an alarm are about."""
    return f"{_ALARM}{number}"


def number_of(subject: str) -> int:
    """The alarm that a subject names, 0 for none."""
    return int(subject.removeprefix(_ALARM)) if subject.startswith(_ALARM) else 0
