"""A sort of devices that lives in the world by itself, such as the parcel lockers or the chargers. The world holds several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from simulator.mqtt_device import BrokerAddress
    from simulator.story import Target
    from simulator.verb import Arguments


class Realm(Protocol):
    """Devices of one sort with their own agenda and their own words. Pure but for `run`: the time is passed in."""

    @property
    def name(self) -> str:
        """What they are called in the control port's `state`, such as "lockers"."""
        ...

    @property
    def next_at(self) -> float:
        """When `advance` has something to do; infinity for never."""
        ...

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        ...

    def __len__(self) -> int:
        """How many devices live here."""
        ...

    def __contains__(self, device: str) -> bool:
        """Whether a device of this name lives here."""
        ...

    def like(self, target: Target) -> Target | None:
        """This target, or where there is no such device the first one of its sort; None for a name of another sort."""
        ...

    def keep(self, target: Target, until: float) -> None:
        """Daily life stays away from what somebody has taken in hand."""
        ...

    def refuse(self, target: Target, verb: str) -> None:
        """Raise `ActRefused` for a part that the device does not have, and for a word that does not fit."""
        ...

    def perform(self, target: Target, verb: str, arguments: Arguments, now: float) -> bool:
        """Let it happen; returns whether it had an effect. Called after `refuse` let it through."""
        ...

    def state(self, now: float) -> list[Mapping[str, Any]]:
        """What the control port tells of each device."""
        ...

    def before_lines(self) -> Iterator[str]:
        """Their part of `compound.yaml` before `lines:`, such as `rooms:`: whole lines, the last one empty."""
        ...

    def mqtt_devices(self) -> Iterator[str]:
        """Their devices of the line `field`, as whole lines of YAML below `devices:`."""
        ...

    def own_lines(self, host: str) -> Iterator[str]:
        """Their lines other than `field`, as whole lines of YAML below `lines:`."""
        ...

    async def open(self, host: str, first_port: int) -> None:
        """Serve what has ports of its own, from `first_port` on or at free ones for 0. Raises `NotLoopback` or `PortTaken`."""
        ...

    async def close(self) -> None:
        """Stop serving it."""
        ...

    async def run(self, broker: BrokerAddress | None) -> None:
        """Be on the network until cancelled. `broker` is None where the simulator runs without one."""
        ...
