"""Everything about parcel lockers, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Answer
from gateway.decide.lockers.compartment import Compartment
from gateway.decide.lockers.opening_all import PendingOpenAll
from gateway.model import Answered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import DeviceEvent, Json, LinkChanged, Question
    from gateway.decide.detectors.detectors import Before
    from gateway.decide.fire import FireRelease
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.rules import CommandRules
    from gateway.decide.sending import Sending
    from gateway.decide.watches import Watches
    from gateway.model import AskCommand, Now, Outcome
    from gateway.parcels import ParcelAct


class Lockers:
    """The parcel lockers' side of the judgement; `known`, `watches`, `fire` and `sending` are shared with the rest of it.

    `adopt` comes before anything else. `compartments` by name ("locker3/c07") and `pending_open_all` by cabinet may be read.
    """

    def __init__(  # noqa: PLR0913 - what the judgement shares
        self,
        remembered: Mapping[str, Json],
        known: Known,
        watches: Watches,
        fire: FireRelease,
        sending: Sending,
        now: Now,
    ) -> None:
        self.compartments: Mapping[str, Compartment] = {}
        self.pending_open_all: Mapping[str, PendingOpenAll] = {}

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        return None

    def counts(self, cabinet: str) -> Mapping[str, int]:
        """How many compartments of a cabinet are in each state, by the state's word; and how many are "open"."""
        return {}

    def sure(self, cabinet: str, part: str) -> bool:
        """Whether what a compartment shows is good and fresh; its state is kept all the same."""
        return False

    def reserved_for(self, cabinet: str, order: str) -> Compartment | None:
        """The compartment that is kept for a courier's order."""
        return None

    def keypad_locked_until_utc(self, cabinet: str, now: Now) -> float | None:
        """Until when a cabinet takes no code, None when it does."""
        return None

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force."""
        return []

    def act(self, act: ParcelAct, now: Now) -> list[Outcome]:
        """What a person asks for."""
        return []

    def forbids(self, act: AskCommand, device: KnownDevice, command: CommandRules, now: Now) -> Forbidden | None:
        """Why a compartment may not be opened from afar now; None when nothing stands against it."""
        return None

    def sent(self, act: AskCommand, device: KnownDevice, command: CommandRules, now: Now) -> list[Outcome]:
        """The gate has sent a person's command: see `gateway.decide.gate.Interlock`. Only `open_compartment` is ours."""
        return []

    def said(self, group: KnownGroup, before: Before, now: Now) -> Iterable[Outcome]:
        """A cabinet's values changed, or count again."""
        return ()

    def happened(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """Something happened once at a cabinet."""
        return []

    def linked(self, changed: LinkChanged, now: Now) -> Iterable[Outcome]:
        """A cabinet was found, or lost."""
        return ()

    def asked(self, question: Question, now: Now) -> list[Outcome]:
        """A cabinet asks before it opens: a code to pick up, or a courier with a parcel. One `Answered` is among the outcomes."""
        return [Answered(question, Answer(allowed=False, why="unknown"))]

    def sweep(self, now: Now) -> Iterable[Outcome]:
        """Once a second."""
        return ()

    def wake(self, now: Now) -> list[Outcome]:
        """What was to last for a time, and is over."""
        return []

    def checkpoint(self, now: Now) -> Iterable[Outcome]:
        """Once a minute: what must be known after a restart."""
        return ()
