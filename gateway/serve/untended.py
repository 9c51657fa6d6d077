"""A compound of which nobody tends lockers and chargers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.charging import Tag
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.session import Session
    from gateway.decide.chargers.stop import Stop
    from gateway.decide.lockers.compartment import Compartment
    from gateway.decide.lockers.opening_all import PendingOpenAll
    from gateway.model import Now


class Untended:
    """No lockers and no chargers."""

    compartments: Mapping[str, Compartment] = {}
    pending_open_all: Mapping[str, PendingOpenAll] = {}
    ports: Mapping[str, PortView] = {}
    sessions: Mapping[str, Session] = {}
    stops: Mapping[str, Stop] = {}
    tags: Mapping[str, Tag] = {}

    def counts(self, _cabinet: str, /) -> Mapping[str, int]:
        """None."""
        return {}

    def sure(self, _cabinet: str, _part: str, /) -> bool:
        """Never."""
        return False

    def reserved_for(self, _cabinet: str, _order: str, /) -> Compartment | None:
        """None."""
        return None

    def keypad_locked_until_utc(self, _cabinet: str, _now: Now, /) -> float | None:
        """None."""
        return None

    def room_load(self, _room: str, /) -> float:
        """Nothing."""
        return 0.0

    def contactor_closed(self, _room: str, /) -> bool | None:
        """Nobody knows."""
        return None


UNTENDED = Untended()
