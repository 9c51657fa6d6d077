"""Radio blindness: receivers that hear nothing, and one alarm for all that follows from it.

A receiver is blind when its link or its line is lost, or when it lives and yet none of the sensors that it usually hears best
was heard in time. Where all receivers of a building or of a line are blind at once, that has one cause and is one alarm.
Which sensors a receiver hears best is learnt from what they say (`heard_by`) and kept over restarts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drivers.contract import Link
from gateway.decide.detectors.receivers import Receiver, groups, where
from gateway.decide.detectors.states import State
from gateway.decide.detectors.ward import SAFETY
from gateway.decide.known import DOWN
from gateway.decide.rules import RADIO_BLIND
from gateway.model import NANOSECONDS, Outcome, Place, Remember, Suppression

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.detectors.supervision import Supervision
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Now

GATHER_NS = 5 * NANOSECONDS
"""What is lost within so long of each other has one cause: a switch that fails takes its receivers one after the other."""
GATHER_LIMIT_NS = 2 * GATHER_NS
"""Nobody waits for longer than that: blindness is told within 45 s, of which a receiver's own watch takes 30."""
DEAF_NS = 10 * NANOSECONDS
"""How often it is looked whether a receiver still hears its sensors."""
LINGER_NS = 180 * NANOSECONDS
"""A sensor that is heard for longer than that after its receiver was lost does not hang on it."""
USUAL = 4
"""So many sensors must a receiver hear best before their common silence is taken for its own deafness."""
WRITTEN = 10
"""How many receivers' sensors are written down in a minute."""

_HEARD_BY = "heard_by:"


class Turned(NamedTuple):
    """What a look at the receivers came to: the detectors that nobody hears any more, and those that are heard again."""

    outcomes: list[Outcome]
    deaf: list[str]
    hearing: list[str]


NOTHING_TURNED = Turned([], [], [])


class Blindness:
    """See the module. `adopt` comes before anything else."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches) -> None:
        self._known = known
        self._watches = watches
        self._receivers: dict[str, Receiver] = {}
        self._best: dict[str, str] = {}
        self._said: dict[str, list[Receiver]] = {}
        """What people hear of: whose receivers are blind, by the alarm's source."""
        self._unwritten: dict[str, None] = {}
        self._deaf_ns = 0
        self._before = {
            key.removeprefix(_HEARD_BY): set(devices)
            for key, devices in remembered.items()
            if key.startswith(_HEARD_BY)
        }

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force."""
        before, self._receivers, self._best = self._receivers, {}, {}
        for device, known in self._known.devices.items():
            if known.rules.receiver:
                one = before.get(device) or Receiver(device, "", Place(), self._before.pop(device, set()))
                one.line, one.place = known.rules.line, known.rules.place
                one.usual &= self._known.devices.keys()
                self._receivers[device] = one
                self._best.update(dict.fromkeys(one.usual, device))
        if not before:
            self._resume(now)
        self._said = {source: members for source, members in groups(self._receivers.values()) if source in self._said}
        gone = [*(before.keys() - self._receivers.keys()), *self._before]
        self._before = {}
        return [Remember(_HEARD_BY + receiver, None) for receiver in sorted(gone)]

    # ------------------------------------------------------------ reading

    def blind(self, device: str) -> bool:
        """Whether a receiver hears nothing, or a detector can be heard by none that does."""
        one = self._receivers.get(device)
        return self.explains(device) if one is None else one.blind

    def explains(self, device: str) -> bool:
        """Whether a detector's silence is that of its receivers: of the one that heard it best, or of all near it."""
        best = self._receivers.get(self._best.get(device, ""))
        known = self._known.devices.get(device)
        if known is None:
            return False
        if best is not None:
            return best.blind and known.groups[SAFETY].heard_ns <= best.since_ns + LINGER_NS
        near = [one for one in self._receivers.values() if one.line == known.rules.line]
        return bool(near) and all(one.blind for one in near)

    # ------------------------------------------------------------ what is heard, and what is lost

    def linked(self, device: str, why: str, now: Now) -> None:
        """A receiver's link: lost, or back. What that means is looked at within a second or five."""
        one = self._receivers[device]
        link = self._known.devices[device].link
        if link in DOWN:
            self._lose(one, why, now)
        elif link is Link.UP:
            one.down = False

    def line_linked(self, line: str, why: str, now: Now) -> None:
        """A line's link. After its return its receivers say for themselves how they are."""
        if self._known.lines[line].link in DOWN:
            for one in self._receivers.values():
                if one.line == line:
                    self._lose(one, why, now)

    def heard_best(self, device: str, receiver: str) -> None:
        """A detector is heard best by this receiver now."""
        before = self._best.get(device)
        if before == receiver:
            return
        if before is not None:
            self._receivers[before].usual.discard(device)
            self._unwritten[before] = None
        one = self._receivers.get(receiver)
        if one is None:
            self._best.pop(device, None)
            return
        self._best[device] = receiver
        one.usual.add(device)
        self._unwritten[receiver] = None

    def forget(self, device: str) -> None:
        """Another sensor hangs there, or none."""
        self.heard_best(device, "")

    def look(self, supervision: Supervision, now: Now) -> Turned:
        """Once a second."""
        if now.boottime_ns >= self._deaf_ns:
            self._deaf_ns = now.boottime_ns + DEAF_NS
            for one in self._receivers.values():
                self._listen(one, supervision, now)
        fell: list[Receiver] = []
        rose: list[Receiver] = []
        gathered = self._gathered(now)
        for one in self._receivers.values():
            blind = one.deaf or (one.down and (one.blind or gathered))
            if blind is not one.blind:
                one.blind = blind
                (fell if blind else rose).append(one)
        if not fell and not rose:
            return NOTHING_TURNED
        deaf = [device for one in fell for device in sorted(one.usual)]
        return Turned(self._judge(now), deaf, [*self._heard_again(rose)])

    def checkpoint(self) -> list[Outcome]:
        """Which sensors receivers hear best: those of a few receivers in each minute."""
        several = list(self._unwritten)[:WRITTEN]
        for receiver in several:
            del self._unwritten[receiver]
        known = ((receiver, self._receivers.get(receiver)) for receiver in several)
        return [
            Remember(_HEARD_BY + receiver, sorted(one.usual) if one is not None and one.usual else None)
            for receiver, one in known
        ]

    # ------------------------------------------------------------ judging

    def _lose(self, one: Receiver, why: str, now: Now) -> None:
        if not one.down:
            one.down, one.since_ns = True, now.boottime_ns
        one.why = why

    def _gathered(self, now: Now) -> bool:
        """Whether what fell lately is all that falls with it: for a while nothing more did, or it goes on for too long."""
        falling = [one.since_ns for one in self._receivers.values() if one.down and not one.blind]
        if not falling:
            return False
        return now.boottime_ns >= min(max(falling) + GATHER_NS, min(falling) + GATHER_LIMIT_NS)

    def _listen(self, one: Receiver, supervision: Supervision, now: Now) -> None:
        """A deaf one hears again with the first of its sensors; one whose sensors others hear by now has nothing to hear."""
        if one.deaf:
            states = supervision.states.of
            one.deaf = bool(one.usual) and not any(states.get(device) is State.HEARD for device in one.usual)
        elif len(one.usual) < USUAL or one.down or one.blind:
            return
        elif all(supervision.silent(each, now) for each in one.usual):
            one.deaf, one.since_ns = True, now.boottime_ns
            one.why = f"none of the {len(one.usual)} sensors that it hears best was heard in time"

    def _heard_again(self, rose: Iterable[Receiver]) -> Iterator[str]:
        """Whom they hear best, and whoever on their lines was not heard by anybody yet."""
        lines: dict[str, None] = {}
        for one in rose:
            lines[one.line] = None
            yield from sorted(one.usual)
        for line in lines:
            yield from (device.id for device in self._known.lines[line].devices if device.id not in self._best)

    def _resume(self, now: Now) -> None:
        """Receivers that were blind before a start are so until they are heard of."""
        for source, members in groups(self._receivers.values()):
            alarm = self._watches.book.open.get(f"{RADIO_BLIND}@{source}")
            if alarm is None or not alarm.active or source in self._said:
                continue
            self._said[source] = members
            for one in members:
                if not one.blind:
                    one.down = one.blind = True
                    one.deaf, one.why = bool(one.usual), one.why or alarm.why
                    one.since_ns = now.boottime_ns

    def _judge(self, now: Now) -> list[Outcome]:
        """Say for the fewest sources whose receivers are all blind that they are, and for all others that they are not."""
        wanted: dict[str, list[Receiver]] = {}
        covered: set[str] = set()
        for source, members in groups(self._receivers.values()):
            if all(one.blind for one in members) and not covered.issuperset(one.id for one in members):
                wanted[source] = members
                covered.update(one.id for one in members)
        out: list[Outcome] = []
        for source, members in wanted.items():
            out += self._say(source, members, now)
            out += self._watches.book.suppressed(f"{RADIO_BLIND}@{source}", Suppression.NONE, now)
        for source, members in self._said.items():
            if source in wanted:
                continue
            key = f"{RADIO_BLIND}@{source}"
            if all(one.blind for one in members):  # a wider alarm speaks for it
                out += self._watches.book.suppressed(key, Suppression.BY_DESIGN, now)
                wanted[source] = members
            else:
                out += self._unsay(source, members, now)
        self._said = wanted
        return out

    def _say(self, source: str, members: list[Receiver], now: Now) -> list[Outcome]:
        count = sum(len(one.usual) for one in members)
        why = members[0].why or "it was lost"
        if len(members) > 1:
            why = f"none of {len(members)} receivers hears anything: {why}"
        device, place = where(source, members)
        why = f"{why}; {count} detectors are heard best there" if count else why
        return self._watches.say(RADIO_BLIND, source, device, place, abnormal=True, why=why, now=now)

    def _unsay(self, source: str, members: list[Receiver], now: Now) -> list[Outcome]:
        device, place = where(source, members)
        key = f"{RADIO_BLIND}@{source}"
        if self._watches.book.suppressed_by_design(key):  # nobody waits for the end of what he was spared
            out = self._watches.book.cleared(key, value=False, now=now)
            return out + self._watches.book.suppressed(key, Suppression.NONE, now)
        return self._watches.say(RADIO_BLIND, source, device, place, abnormal=False, why="", now=now)
