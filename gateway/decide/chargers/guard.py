"""What is known of a port beside its last values: what was found out, and what is waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.decide.chargers.rises import Rise, Steps
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from gateway.decide.chargers.delays import Delays
    from gateway.model import Now


@dataclass(slots=True)
class Guard:
    """One port under watch. `trips`: what it tripped by, `waits`: what is waited for at this moment."""

    key: str
    delays: Delays = field(repr=False)
    rise: Rise = field(default_factory=Rise)
    steps: Steps = field(default_factory=Steps)
    waits: set[str] = field(default_factory=set)
    trips: set[str] = field(default_factory=set)
    hot: bool = False
    leaking: bool = False
    welded: bool = False
    on: bool | None = None
    """What its relay was told, as it said last."""
    old_amperes: float | None = None
    """The current that it told when the relay was told to open: the same again may be an old reading."""

    def wait(self, what: str, seconds: float, now: Now) -> None:
        """Wait for that, unless it is waited for already."""
        if what not in self.waits:
            self.waits.add(what)
            self.delays.start((what, self.key), now.boottime_ns + int(seconds * NANOSECONDS))

    def stop(self, what: str) -> None:
        """Wait for that no longer, if it was."""
        if what in self.waits:
            self.waits.discard(what)
            self.delays.stop((what, self.key))
