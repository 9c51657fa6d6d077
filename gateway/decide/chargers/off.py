"""A port that must be off, and whether that is proved: "accepted" proves nothing, only what was measured later does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.chargers.port import CHARGING, NO_CURRENT_AMPERES
from gateway.decide.chargers.stop import Phase
from gateway.model import Now

if TYPE_CHECKING:
    from drivers.contract import Json
    from gateway.decide.chargers.port import PortView


@dataclass(slots=True)
class Off:
    """Ordered off at that moment. `quiet`: neither a session nor a current was known then.

    `since_ns`: answers that came later than this prove something (CLOCK_BOOTTIME; after another boot every answer does).
    `alone`: the room's contactor is no proof for it, because it carried current although the contactor showed open.
    """

    at: Now
    since_ns: int
    quiet: bool
    phase: Phase = Phase.ORDERED
    by_contactor: bool = False
    alone: bool = False
    why: str = ""

    def to_json(self) -> Json:
        """As decide remembers it."""
        return [*self.at, self.quiet, self.phase.value, self.by_contactor, self.alone, self.why]

    @classmethod
    def from_json(cls, body: Json, now: Now) -> Off:
        """The inverse of `to_json`, after a start at `now`."""
        *at, quiet, phase, by_contactor, alone, why = body
        ordered = Now(*at)
        since_ns = ordered.boottime_ns if ordered.boot_id == now.boot_id else 0
        return cls(ordered, since_ns, quiet, Phase(phase), by_contactor, alone, why)


def is_quiet(port: PortView, *, session: bool) -> bool:
    """Whether nothing is known to flow at a port. `session`: one is known to run."""
    return (port.amperes or 0.0) < NO_CURRENT_AMPERES and port.state != CHARGING and not port.session and not session


def unproved(port: PortView, off: Off, *, session: bool) -> str:  # noqa: PLR0911 - one return for each thing that is missing
    """What is missing to the proof that no current flows at a port, in words; "" when it is proved.

    A port that never told its current, and where nothing was known to flow, is proved by its state alone.
    """
    group = port.proving
    if port.known.down:
        return "its charger cannot be reached"
    if group is None or group.values is None or group.stale or group.heard_ns <= off.since_ns:
        return "nothing was heard of it since the order"
    measured = port.measures and port.amperes is not None
    if measured and port.amperes is not None and port.amperes >= NO_CURRENT_AMPERES:
        return f"{port.amperes:.1f} A still flow"
    if port.doubted & {"state", "session"} or (measured and "amperes" in port.doubted):
        return "what it tells is not to be believed"
    if not measured and not off.quiet:
        return "it does not tell its current"
    if port.state == CHARGING:
        return "it says that it charges"
    if port.session or (port.session is None and session):
        return "its session goes on"
    return ""
