"""What the world can do to a charger, of whatever sort it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.battery import Charge
    from simulator.charging_socket import ChargingSocket


class Charger(Protocol):
    """A charger with its parts, such as "p03" or "connector1". The time is passed in."""

    accepts_only: bool
    """It says yes to every order, and does nothing."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Its ports or connectors."""
        ...

    def socket(self, part: str) -> ChargingSocket:
        """The socket of a part."""
        ...

    def plug(self, part: str, charge: Charge, tag: str, now: float, scan_after: float = 5.0) -> bool:
        """Plug in, and show a tag a little later; False where something is plugged in already."""
        ...

    def plug_more(self, part: str, charge: Charge, now: float) -> bool:
        """Another battery at the same socket; False where no session runs, or that cannot be."""
        ...

    def pull(self, part: str, now: float) -> bool:
        """Unplug; False where nothing is plugged in."""
        ...

    def found(self, part: str, charge: Charge, tag: str, since: float, now: float) -> None:
        """Somebody plugged in at `since`, before there was a simulator."""
        ...

    def touch(self, part: str, now: float) -> None:
        """Something about its socket was changed: look at it at once."""
        ...

    def smell(self, now: float, *, smoke: bool) -> None:
        """Smoke comes to it, or is gone."""
        ...

    def feed(self, now: float, *, mains: bool) -> None:
        """The mains come or go."""
        ...

    def lose_network(self, seconds: float) -> None:
        """Be gone without a word for so long, and go on charging."""
        ...

    def state(self, now: float) -> Mapping[str, Any]:
        """What the control port tells of it."""
        ...
