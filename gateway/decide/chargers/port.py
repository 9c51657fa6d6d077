"""A charging port as it is known at this moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from gateway.decide.known import KnownDevice, KnownGroup
    from gateway.decide.rules import PortLimits
    from gateway.model import Place

NO_CURRENT_AMPERES = 0.2
"""Below this a port counts as carrying nothing: what a meter shows of noise and of the pile's own electronics (domain rule)."""

CHARGING = "charging"
FREE = "free"
UNAVAILABLE = "unavailable"
FAULT = "fault"
PLUGGED = frozenset({"connected", CHARGING, "paused", "finishing"})
"""States in which something hangs at the socket."""


@dataclass(slots=True, eq=False)
class PortView:
    """A port: what its charger last said of it, and what holds it off. Read by others, written by `Chargers` alone.

    A number is None where the charger does not tell it, or told a bad one. `amperes_rated` is what the socket is made for.
    `doubted`: the fields that were told with doubt or not at all. `since_utc`: since when its state is so. `holds`: all
    reasons why it may not carry current, by the words of `holds.py`; empty: it may.
    """

    device: str
    part: str
    place: Place
    room: str
    amperes_rated: float
    limits: PortLimits
    known: KnownDevice = field(repr=False)
    groups: tuple[KnownGroup, ...] = field(default=(), repr=False)
    proving: KnownGroup | None = field(default=None, repr=False)
    """The group whose answer can prove that no current flows."""
    measures: bool = False
    """It tells its current."""
    state: str | None = None
    error: str | None = None
    session: str | None = None
    amperes: float | None = None
    volts: float | None = None
    watts: float | None = None
    celsius: float | None = None
    milliamperes: float | None = None
    meter_kwh: float | None = None
    session_kwh: float | None = None
    charge: float | None = None
    on: bool | None = None
    live: bool | None = None
    doubted: AbstractSet[str] = frozenset()
    since_utc: float = 0.0
    holds: AbstractSet[str] = frozenset()
    key: str = field(init=False)
    """Its full name, "shed3-pile1/p04"."""

    def __post_init__(self) -> None:
        self.key = f"{self.device}/{self.part}"

    @property
    def reachable(self) -> bool:
        """Its charger can be told something."""
        return not self.known.down

    @property
    def sure(self) -> bool:
        """What is known of it is fresh, and its state and current are not doubted."""
        fresh = all(group.values is not None and not group.stale for group in self.groups)
        return self.reachable and fresh and not self.doubted & {"state", "amperes"}

    def certain(self, name: str) -> bool:
        """Whether what was told of that field is good and not older than it may be."""
        return name not in self.doubted and self.sure
