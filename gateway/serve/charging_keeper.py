"""What the HTTP face needs of chargers: decide's memory, read on the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.charging import Tag
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.session import Session
    from gateway.decide.chargers.stop import Stop


class ChargingKeeper(Protocol):
    """How chargers are, as decide sees them."""

    @property
    def ports(self) -> Mapping[str, PortView]:
        """Every port, by "device/part"."""

    @property
    def sessions(self) -> Mapping[str, Session]:
        """The session that runs at a port, by "device/part"."""

    @property
    def stops(self) -> Mapping[str, Stop]:
        """The emergency stops that stand, by id, oldest first."""

    @property
    def tags(self) -> Mapping[str, Tag]:
        """Who may charge, by the keyed hash of the tag."""

    def room_load(self, room: str, /) -> float:
        """What all ports of a room draw together, in W, as last heard."""

    def contactor_closed(self, room: str, /) -> bool | None:
        """Whether the contactor of a room is closed; None where there is none, or nobody knows now."""
