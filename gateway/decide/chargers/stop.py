"""An emergency stop as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.charging import Reach
from gateway.model import Outcome, Recorded

if TYPE_CHECKING:
    from drivers.contract import Json

RULE = "rule"
"""By whom a stop is that nobody pressed."""


class Phase(StrEnum):
    """How far a stop has come, as a whole or at one port: ordered is not stopped, and only what was measured is proved."""

    ORDERED = "ordered"
    PROVED = "proved"
    NOT_STOPPED = "not_stopped"


@dataclass(slots=True)
class Stop:
    """Stands from its order until a person lifts it. Read by others, written by `Chargers` alone.

    `what`: a port, charger, room or building, "" for all. `by` is the person's name, or "rule". `ports`: how far it is at each
    port, by "device/part"; `why`: what is missing to its proof, in words. `contactors`: "device/part" of those that were
    told to open for it, each as far as it is. `causes`: the alarms because of which it was made; while one of them is active
    it cannot be lifted.
    """

    id: str
    reach: Reach
    what: str
    by: str
    reason: str
    began_utc: float
    causes: set[str] = field(default_factory=set)
    ports: dict[str, Phase] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    contactors: dict[str, Phase] = field(default_factory=dict)

    @property
    def phase(self) -> Phase:
        """The worst of its ports: proved when every one is."""
        phases = set(self.ports.values())
        for phase in (Phase.NOT_STOPPED, Phase.ORDERED):
            if phase in phases:
                return phase
        return Phase.PROVED

    @property
    def automatic(self) -> bool:
        """No person ordered it."""
        return self.by == RULE

    def to_json(self) -> Json:
        """As decide remembers it: how far it is at each port is remembered by port."""
        return [self.reach.value, self.what, self.by, self.reason, self.began_utc, sorted(self.causes)]

    @classmethod
    def from_json(cls, name: str, body: Json) -> Stop:
        """The inverse of `to_json`."""
        reach, what, by, reason, began_utc, causes = body
        return cls(name, Reach(reach), what, by, reason, began_utc, set(causes))


def row_of(stop: Stop, phase: str, actor: str, **more: Json) -> Outcome:
    """A row about a stop for the log."""
    counts = [sum(each is one for each in stop.ports.values()) for one in Phase]
    body = {
        "phase": phase,
        "reach": stop.reach.value,
        "what": stop.what,
        "causes": sorted(stop.causes),
        "ports": dict(zip((one.value for one in Phase), counts, strict=True)),
        "not_stopped": {key: stop.why.get(key, "") for key, one in stop.ports.items() if one is Phase.NOT_STOPPED},
        "contactors": {name: one.value for name, one in stop.contactors.items()},
        **more,
    }
    return Recorded("charging_stop", stop.id, body, actor)
