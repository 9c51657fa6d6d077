"""What is judged and how: plain data, read from YAML by `gateway.config` and handed to `Judge`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model import Place, Priority

LINE_LOST = "line_lost"
DEVICE_LOST = "device_lost"
DEVICE_MISCONFIGURED = "device_misconfigured"
STALE = "stale"
JOURNAL_FAILED = "journal_failed"
CLOCK_UNTRUSTED = "clock_untrusted"
DISK_SCARCE = "disk_scarce"
STORE_DAMAGED = "store_damaged"
TELEMETRY_DROPPED = "telemetry_dropped"
OUTLET_FAILING = "outlet_failing"
OUTLET_REFUSED = "outlet_refused"
BACKUP_OVERDUE = "backup_overdue"
HOUSE = (DISK_SCARCE, STORE_DAMAGED, TELEMETRY_DROPPED, OUTLET_FAILING, OUTLET_REFUSED, BACKUP_OVERDUE)
"""What `HouseSaid` may speak of."""
FACTS = (LINE_LOST, DEVICE_LOST, DEVICE_MISCONFIGURED, STALE, JOURNAL_FAILED, CLOCK_UNTRUSTED, *HOUSE)
"""Rules about the gateway's own senses: each has exactly one `Rule` in `Rules.facts`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a point or a fact is abnormal, and for how long it must be so.

    A boolean point is abnormal when it equals `when`; a number when it is at or above `high` or at or below `low`, and then
    stays abnormal until it is back by `deadband`. Delays in seconds. A `latching` alarm stays after its condition is gone
    until a person resets it.
    """

    name: str
    priority: Priority
    on_delay_seconds: float = 0.0
    off_delay_seconds: float = 0.0
    latching: bool = False
    when: bool = True
    high: float | None = None
    low: float | None = None
    deadband: float = 0.0
    releases: bool = False
    """Its alarm is a fire: the doors of the building are released until a person resets it."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A point that has rules: its index in its group, its full name, and where it is."""

    index: int
    point: str
    place: Place
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class GroupRules:
    """One poll group: what is watched in it, and how long it may be silent (None: it speaks only on change)."""

    watched: tuple[Watched, ...]
    silent_seconds: float | None


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """One device: its line, its place, its groups, the commands that it takes and the states that it can hold."""

    line: str
    place: Place
    groups: tuple[GroupRules, ...]
    commands: frozenset[str] = frozenset()
    wants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decide needs to know of the configuration."""

    facts: Mapping[str, Rule]
    lines: Mapping[str, Place] = field(default_factory=dict)
    devices: Mapping[str, DeviceRules] = field(default_factory=dict)
    simulated: bool = False
    house: tuple[tuple[str, str], ...] = ()
    """Which parts of the house may speak: (rule, source) such as ("outlet_failing", "influx")."""
