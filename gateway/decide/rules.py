"""What is judged and how: plain data, read from YAML by `gateway.config` and handed to `Judge`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
UNKNOWN_UNLOCK = "unknown_unlock"
FIRE_DOORS_SHUT = "fire_doors_shut"
RETIRED_CONTROLLER = "retired_controller"
EVENTS_LOST = "events_lost"
PERMITS_BEHIND = "permits_behind"
PERMITS_ENDING = "permits_ending"
BLOCKED_CARD = "blocked_card"
DOORS = (
    UNKNOWN_UNLOCK,
    FIRE_DOORS_SHUT,
    RETIRED_CONTROLLER,
    EVENTS_LOST,
    PERMITS_BEHIND,
    PERMITS_ENDING,
    BLOCKED_CARD,
)
"""What the judgement itself finds out about doors."""
DETECTOR_LOST = "detector_lost"
RADIO_BLIND = "radio_blind"
RADIO_ATTACK = "radio_attack"
UNVERIFIED_ALARM = "unverified_alarm"
CO_DOSE = "co_dose"
TEMPERATURE_RISE = "temperature_rise"
END_OF_LIFE = "end_of_life"
SIGNAL_WEAK = "signal_weak"
BATTERY_OVERDUE = "battery_overdue"
DETECTORS = (
    DETECTOR_LOST,
    RADIO_BLIND,
    RADIO_ATTACK,
    UNVERIFIED_ALARM,
    CO_DOSE,
    TEMPERATURE_RISE,
    END_OF_LIFE,
    SIGNAL_WEAK,
    BATTERY_OVERDUE,
)
"""What the judgement itself finds out about detectors and their receivers."""
HOUSE = (DISK_SCARCE, STORE_DAMAGED, TELEMETRY_DROPPED, OUTLET_FAILING, OUTLET_REFUSED, BACKUP_OVERDUE)
"""What `HouseSaid` may speak of."""
FACTS = (
    LINE_LOST,
    DEVICE_LOST,
    DEVICE_MISCONFIGURED,
    STALE,
    JOURNAL_FAILED,
    CLOCK_UNTRUSTED,
    *HOUSE,
    *DOORS,
    *DETECTORS,
)
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
    priority_common: Priority | None = None
    """The priority in the common parts of a building, where that is another than in a flat."""

    def where(self, *, common: bool) -> Rule:
        """The rule as it is in that place."""
        if not common or self.priority_common is None:
            return self
        return replace(self, priority=self.priority_common)


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
class CommandRules:
    """What decide knows of a command: what it does to people (`drivers.contract.ACTS`, or ""), and to which part."""

    acts_as: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class DoorRules:
    """A door: a part of a controller. `points` says where each meaning stands: {"door_unlocked": (group, index)}.

    `fail_safe`: without power the lock is open.
    """

    part: str
    place: Place
    escape: bool
    fail_safe: bool
    points: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class DetectorRules:
    """A place where a sensor is to hang. `kind` is "smoke", "gas", "co" or "heat".

    `floor` is 0 and `flat` "" where there is none; `household` such as "b3-2-501", "" for a common part of the building.
    """

    kind: str
    floor: int = 0
    flat: str = ""
    household: str = ""

    @property
    def common(self) -> bool:
        """It hangs in a common part of the building."""
        return not self.household


@dataclass(frozen=True, slots=True)
class SensorRules:
    """A product of sensors, by its profile: when it is missed, and how long it lasts.

    A sensor is *late* when nothing proved came for `late_seconds`, *lost* after `lost_seconds`.
    """

    kind: str
    title: str
    interval_seconds: float
    late_seconds: float
    lost_seconds: float
    life_years: float
    weak_dbm: int


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """One device: its line, its place, its groups, the commands that it takes, the states that it can hold, and its doors.

    `points` says where each meaning of the device as a whole stands. `serial` is the one that the configuration names, "" for
    none. `detector` is what it is as a place for a sensor, None for any other device; `receiver`: it hears sensors.
    """

    line: str
    place: Place
    groups: tuple[GroupRules, ...]
    commands: Mapping[str, CommandRules] = field(default_factory=dict)
    wants: frozenset[str] = frozenset()
    doors: Mapping[str, DoorRules] = field(default_factory=dict)
    points: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    serial: str = ""
    detector: DetectorRules | None = None
    receiver: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decide needs to know of the configuration."""

    facts: Mapping[str, Rule]
    lines: Mapping[str, Place] = field(default_factory=dict)
    devices: Mapping[str, DeviceRules] = field(default_factory=dict)
    simulated: bool = False
    sensors: Mapping[str, SensorRules] = field(default_factory=dict)
    """The products that a sensor may be of, by name."""
    timezone: str = "Asia/Shanghai"
    """In which the weekly schedules of permits are meant (IANA name)."""
    house: tuple[tuple[str, str], ...] = ()
    """Which parts of the house may speak: (rule, source) such as ("outlet_failing", "influx")."""
