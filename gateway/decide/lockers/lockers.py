"""Everything about parcel lockers, joined: what their compartments show and report, who asks, and what time does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gateway.decide.lockers.cabinets import Cabinets
from gateway.decide.lockers.contents import reported_open, reported_stored, reported_taken
from gateway.decide.lockers.orders import Orders, ordered
from gateway.decide.lockers.people import People
from gateway.decide.lockers.questions import Questions
from gateway.decide.lockers.two_persons import OPEN_COMPARTMENT, TwoPersons
from gateway.parcels import ConfirmOpenAll, OpenAll

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.contract import DeviceEvent, Json, LinkChanged, Question
    from gateway.decide.detectors.detectors import Before
    from gateway.decide.fires.freezing import Freezing
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.lockers.compartment import Compartment
    from gateway.decide.lockers.opening_all import PendingOpenAll, RunningOpenAll
    from gateway.decide.rules import CommandRules
    from gateway.decide.sending import Sending
    from gateway.decide.watches import Watches
    from gateway.model import AskCommand, Now, Outcome
    from gateway.parcels import ParcelAct


class Lockers:
    """The parcel lockers' side of the judgement; `known`, `watches`, `freezing` and `sending` are shared with the rest of it.

    `adopt` comes before anything else. Nothing here opens while a fire stands in the cabinet's building, nor through a dead
    link, nor a compartment twice in 3 s, nor more than two of a cabinet at once.
    """

    def __init__(
        self,
        remembered: Mapping[str, Json],
        known: Known,
        watches: Watches,
        freezing: Freezing,
        sending: Sending,
        now: Now,
    ) -> None:
        self._cabinets = Cabinets(remembered, known, watches, now)
        self._orders = Orders(self._cabinets, freezing)
        self._questions = Questions(remembered, self._cabinets, self._orders, known, watches, now)
        self._people = People(self._cabinets, self._questions)
        self._two_persons = TwoPersons(remembered, self._cabinets, self._orders, sending, now)

    # ------------------------------------------------------------ reading

    @property
    def compartments(self) -> Mapping[str, Compartment]:
        """By name ("locker3/c07"), in the order of the rules."""
        return self._cabinets.of

    @property
    def pending_open_all(self) -> Mapping[str, PendingOpenAll]:
        """What waits for a second person, by cabinet."""
        return self._two_persons.pending

    @property
    def running_open_all(self) -> Mapping[str, RunningOpenAll]:
        """The cabinets that are being opened as a whole."""
        return self._two_persons.running

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        several = (self._cabinets.next_ns, self._two_persons.next_ns)
        return min((due for due in several if due is not None), default=None)

    def counts(self, cabinet: str) -> Mapping[str, int]:
        """How many compartments of a cabinet are in each state, by the state's word; "open" are those whose door is."""
        counted = Counter(c.state.value for c in self._cabinets.among(cabinet))
        counted["open"] = sum(c.open is True for c in self._cabinets.among(cabinet))
        return counted

    def sure(self, cabinet: str, part: str) -> bool:
        """Whether what a compartment shows is good and fresh; its state stands all the same."""
        return self._cabinets.sure(self.compartments[f"{cabinet}/{part}"])

    def reserved_for(self, cabinet: str, order: str) -> Compartment | None:
        """The compartment that is kept for a courier's order, or open for it."""
        return self._questions.for_order(cabinet, order)

    def keypad_locked_until_utc(self, cabinet: str, now: Now) -> float | None:
        """Until when a cabinet takes no code after too many wrong ones; None when it takes codes."""
        return self._questions.keypad(cabinet).locked_until_utc(now)

    # ------------------------------------------------------------ what comes in

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force. Everything stands as it was."""
        return [*self._cabinets.adopt(now), *self._two_persons.adopt()]

    def act(self, act: ParcelAct, now: Now) -> list[Outcome]:
        """What a person asks for."""
        if isinstance(act, OpenAll | ConfirmOpenAll):
            return self._two_persons.act(act, now)
        return self._people.act(act, now)

    def forbids(self, act: AskCommand, device: KnownDevice, command: CommandRules, now: Now) -> Forbidden | None:
        """Why a person may not open a compartment from afar now; None when nothing stands against it.

        A person may try a jammed or forced one too, and one that is out of service: somebody stands before it.
        """
        if command.acts_as != OPEN_COMPARTMENT:
            return None
        c = self.compartments.get(f"{act.device}/{command.part}")
        if c is None:
            return "compartment_unknown", f"{act.device} has no compartment {command.part}"
        return self._orders.against(device.id, asks=False) or self._orders.against_one(c, now)

    def sent(self, _act: AskCommand, device: KnownDevice, command: CommandRules, now: Now) -> list[Outcome]:
        """The gate sent a person's command, after `forbids` had nothing against it."""
        key = f"{device.id}/{command.part}"
        if command.acts_as != OPEN_COMPARTMENT or key not in self.compartments:
            return []
        out = self._cabinets.look(key, now)
        return out + self._cabinets.put(ordered(self.compartments[key], now), now)

    def said(self, group: KnownGroup, before: Before, now: Now) -> Iterator[Outcome]:
        """A cabinet's values changed, or count again."""
        unheard_ns = now.boottime_ns - before.until_ns
        gap = before.values is None or (group.silent_ns is not None and unheard_ns > group.silent_ns)
        return self._cabinets.see(group, now, gap=gap)

    def happened(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """A cabinet reported something that happened once."""
        c = self.compartments.get(f"{event.device}/{event.body.get('part', '')}")
        if c is None:
            return []
        note = ""
        match event.kind:
            case "compartment_opened":
                by = str(event.body.get("by", ""))
                c, note = reported_open(c, by, now, event.measured_utc), f"by {by}" if by else ""
            case "parcel_stored":
                c = reported_stored(c, str(event.body.get("code") or ""), now, event.measured_utc)
            case "parcel_taken":
                c = reported_taken(c, now)
            case _:
                return []
        return self._cabinets.put(c, now, note=note)

    def linked(self, changed: LinkChanged, _now: Now) -> list[Outcome]:
        """A cabinet was found, or lost: its states stand, and until it shows itself again they are not sure."""
        self._cabinets.lose_sight(changed.device)
        return []

    def asked(self, question: Question, now: Now) -> list[Outcome]:
        """A cabinet asks before it opens. One `Answered` is among the outcomes."""
        return self._questions.asked(question, now)

    # ------------------------------------------------------------ time

    def sweep(self, _now: Now) -> Iterable[Outcome]:
        """Once a second: nothing here waits for that."""
        return ()

    def wake(self, now: Now) -> list[Outcome]:
        """What time does: tries that failed, reservations and requests that end, doors left open, parcels left behind."""
        due = self.next_ns
        if due is None or due > now.boottime_ns:
            return []
        return [*self._cabinets.wake(now), *self._two_persons.wake(now)]

    def checkpoint(self, now: Now) -> Iterator[Outcome]:
        """Once a minute: what a restart would not count by itself."""
        return self._cabinets.checkpoint(now)
