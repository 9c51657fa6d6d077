"""Everything about chargers, joined: ports, sessions, limits and trips, room loads, emergency stops, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Answer
from gateway.decide.chargers.port import PortView
from gateway.decide.chargers.session import Session
from gateway.decide.chargers.stop import Stop
from gateway.model import Answered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import DeviceEvent, Json, LinkChanged, Question
    from gateway.charging import ChargingAct, Tag
    from gateway.decide.detectors.detectors import Before
    from gateway.decide.interlocks import Forbidden
    from gateway.decide.known import Known, KnownDevice, KnownGroup
    from gateway.decide.rules import CommandRules
    from gateway.decide.sending import Sending
    from gateway.decide.watches import Watches
    from gateway.model import AskCommand, LineChanged, Now, Outcome

__all__ = ["Chargers", "PortView", "Session", "Stop"]


class Chargers:
    """The chargers' side of the judgement; `known`, `watches` and `sending` are shared with the rest of it.

    `adopt` comes before anything else.
    """

    def __init__(
        self, remembered: Mapping[str, Json], known: Known, watches: Watches, sending: Sending, now: Now
    ) -> None:
        self._known = known
        self._watches = watches
        self._sending = sending

    @property
    def ports(self) -> Mapping[str, PortView]:
        """Every port, by "device/part"."""
        return {}

    @property
    def sessions(self) -> Mapping[str, Session]:
        """The session that runs at a port, by "device/part"."""
        return {}

    @property
    def stops(self) -> Mapping[str, Stop]:
        """The emergency stops that stand, by id, oldest first."""
        return {}

    @property
    def tags(self) -> Mapping[str, Tag]:
        """Who may charge, by the keyed hash of the tag."""
        return {}

    def room_load(self, room: str) -> float:
        """What all ports of a room draw together, in W, as last heard."""
        return 0.0

    def contactor_closed(self, room: str) -> bool | None:
        """Whether the contactor of a room is closed; None where there is none, or nobody knows now."""
        return None

    @property
    def next_ns(self) -> int | None:
        """CLOCK_BOOTTIME at which `wake` has work again, None while it waits for something to happen."""
        return None

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force, and say again what must not carry current."""
        return []

    def act(self, act: ChargingAct, now: Now) -> list[Outcome]:
        """What a person asks for. A stop that is taken gives exactly one `Recorded` "charging_stop", its subject the stop's id."""
        return []

    def said(self, group: KnownGroup, before: Before, now: Now) -> list[Outcome]:
        """The values of a group of any device changed: nothing follows for one that is no charger's and no contactor's."""
        return []

    def happened(self, event: DeviceEvent, now: Now) -> list[Outcome]:
        """Something happened once, at a charger or on the network of any device."""
        return []

    def linked(self, changed: LinkChanged, now: Now) -> list[Outcome]:
        """A device was found or lost."""
        return []

    def line_linked(self, changed: LineChanged, now: Now) -> list[Outcome]:
        """A line was lost, or is back."""
        return []

    def asked(self, question: Question, now: Now) -> list[Outcome]:
        """A charger asks whether somebody may charge."""
        return [Answered(question, Answer(allowed=False, why="not known"))]

    def forbids(self, act: AskCommand, device: KnownDevice, command: CommandRules, now: Now) -> Forbidden | None:
        """Why a person may not start a charging, or pull a plug under load, now; None when nothing stands against it."""
        return None

    def sent(self, act: AskCommand, device: KnownDevice, command: CommandRules, now: Now) -> list[Outcome]:
        """A person's command was sent (`gateway.decide.gate.Interlock`)."""
        return []

    def follow(self, outcomes: Sequence[Outcome], now: Now) -> Sequence[Outcome]:
        """What alarms mean for the charging rooms, before all that they mean for people."""
        return outcomes

    def sweep(self, now: Now) -> list[Outcome]:
        """Once a second."""
        return []

    def wake(self, now: Now) -> list[Outcome]:
        """Let time pass."""
        return []

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Once a minute: what must be known after a restart."""
        return []
