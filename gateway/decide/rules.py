"""What is judged and how: plain data, read from YAML by `gateway.config` and handed to `Judge`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.decide.escalation.policy import EscalationRules
from gateway.decide.fires.table import NOTHING_FOLLOWS, FireRules
from gateway.decide.incidents.table import IncidentRules
from gateway.decide.people.rules import PeopleRules

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
COMPARTMENT_FORCED = "compartment_forced"
COMPARTMENT_AJAR = "compartment_ajar"
COMPARTMENT_JAMMED = "compartment_jammed"
PARCEL_OVERDUE = "parcel_overdue"
CODES_TRIED = "codes_tried"
LOCKERS = (COMPARTMENT_FORCED, COMPARTMENT_AJAR, COMPARTMENT_JAMMED, PARCEL_OVERDUE, CODES_TRIED)
"""What the judgement itself finds out about parcel lockers."""
CHARGING_TRIP = "charging_trip"
SOCKET_HOT = "socket_hot"
RESIDUAL_HIGH = "residual_high"
WELDED_RELAY = "welded_relay"
CHARGING_STOPPED = "charging_stopped"
CHARGING_NOT_STOPPED = "charging_not_stopped"
CHARGER_FAULT = "charger_fault"
COMMAND_RETAINED = "command_retained"
IDENTITY_DOUBTED = "identity_doubted"
MESSAGES_LOST = "messages_lost"
CHARGERS = (
    CHARGING_TRIP,
    SOCKET_HOT,
    RESIDUAL_HIGH,
    WELDED_RELAY,
    CHARGING_STOPPED,
    CHARGING_NOT_STOPPED,
    CHARGER_FAULT,
    COMMAND_RETAINED,
    IDENTITY_DOUBTED,
    MESSAGES_LOST,
)
"""What the judgement itself finds out about chargers, and about the networks that chargers and lockers speak over."""
FIRE_CONFIRMED = "fire_confirmed"
SYSTEMIC_ALARM = "systemic_alarm"
FIRES = (FIRE_CONFIRMED, SYSTEMIC_ALARM)
"""What the judgement itself finds out about fires, from several alarms of a building or of many."""
POWER_CUT = "power_cut"
BOX_ON_BATTERY = "box_on_battery"
BOX_BATTERY_LOW = "box_battery_low"
POWER = (POWER_CUT, BOX_ON_BATTERY, BOX_BATTERY_LOW)
"""What the judgement itself finds out about the mains of an area and of the box."""
ALARM_CHATTERING = "alarm_chattering"
ALARM_FLEETING = "alarm_fleeting"
ALARM_FLOOD = "alarm_flood"
ALARMS = (ALARM_CHATTERING, ALARM_FLEETING, ALARM_FLOOD)
"""What the judgement itself finds out about alarms: what must be mended, and that there are too many at once."""
NOBODY_ON_DUTY = "nobody_on_duty"
HAND_OVER_LATE = "hand_over_late"
PEOPLE = (NOBODY_ON_DUTY, HAND_OVER_LATE)
"""What the judgement itself finds out about shifts."""
CHANNEL_FAILING = "channel_failing"
HEARTBEAT_UNANSWERED = "heartbeat_unanswered"
AUDIT_HEAD_OVERDUE = "audit_head_overdue"
HOUSE = (
    DISK_SCARCE,
    STORE_DAMAGED,
    TELEMETRY_DROPPED,
    OUTLET_FAILING,
    OUTLET_REFUSED,
    BACKUP_OVERDUE,
    CHANNEL_FAILING,
    HEARTBEAT_UNANSWERED,
    AUDIT_HEAD_OVERDUE,
)
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
    *LOCKERS,
    *CHARGERS,
    *FIRES,
    *POWER,
    *ALARMS,
    *PEOPLE,
)
"""Rules about the gateway's own senses: each has exactly one `Rule` in `Rules.facts`."""
NEVER_SPARED = frozenset(
    {
        "smoke",
        "heat",
        "hot",
        "gas",
        "gas_high",
        "gas_rising",
        "co",
        "fire_input",
        "charging_smoke",
        "duress",
        CO_DOSE,
        TEMPERATURE_RISE,
        UNVERIFIED_ALARM,
        FIRE_CONFIRMED,
        SYSTEMIC_ALARM,
        FIRE_DOORS_SHUT,
        CHARGING_NOT_STOPPED,
        JOURNAL_FAILED,
    }
)
"""Fire, gas, CO, duress, and what was to follow from them and did not: never shelved, never suppressed by design."""


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
    """The doors of the building are released until a person resets its alarm: so says a row of the table of effects."""
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
class CompartmentRules:
    """A compartment of a parcel locker: a part of its cabinet. `points` as in `DoorRules`; `size` "s", "m" or "l"."""

    part: str
    place: Place
    size: str
    points: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class PortRules:
    """A charging port: a part of a charger. `points` as in `DoorRules`; `amperes` is what its socket is made for."""

    part: str
    place: Place
    amperes: float
    points: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class PortLimits:
    """What a port of a charging room may do before it is watched, warned of or stopped (docs/charging.md).

    A current above `over_current` times the socket's rating for `over_current_seconds` trips; so do a socket at
    `socket_trip_celsius`, one that warms by `rise_celsius_per_minute` for `rise_minutes`, and `residual_trip_milliamperes`.
    Benign ends: full (below `full_share` of the session's peak for `full_minutes`), no load, and `session_hours`. `cap_watts`
    and `step_watts` (a jump within 5 s in mid-session: another load on the socket) are None where they do not apply.
    """

    over_current: float = 1.1
    over_current_seconds: float = 2.0
    socket_warn_celsius: float = 65.0
    socket_trip_celsius: float = 75.0
    rise_celsius_per_minute: float = 5.0
    rise_minutes: float = 2.0
    residual_warn_milliamperes: float = 20.0
    residual_trip_milliamperes: float = 30.0
    cap_watts: float | None = 800.0
    step_watts: float | None = 150.0
    full_share: float = 0.15
    full_minutes: float = 30.0
    idle_amperes: float = 0.05
    idle_seconds: float = 60.0
    session_hours: float = 12.0


@dataclass(frozen=True, slots=True)
class Contactor:
    """What cuts a whole charging room: a part of a device that can hold `CHARGING_OFF`.

    It is opened `after_seconds` into a stop that is not proved. `closed` is where the device tells whether it is closed (group
    and index of the point, by its auxiliary contact), None where it does not: then nothing proves that it opened.
    """

    device: str
    part: str
    after_seconds: float = 10.0
    closed: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class RoomRules:
    """A charging room 车棚. `cabinet` says in words where its switch is, for whoever has to pull it.

    `kind` is "ebike" or "car". `limit_watts` is what all its ports together may draw. `smoke`: the detectors whose smoke or
    heat stops the whole room, beside the smoke detectors of its own chargers. After a mains failure ports come back one by one
    within `stagger_seconds`. `anybody` may charge who plugs in: no tag has to be known, only blocked ones are refused.
    """

    id: str
    place: Place
    cabinet: str
    kind: str
    limits: PortLimits
    limit_watts: float | None = None
    contactor: Contactor | None = None
    smoke: frozenset[str] = frozenset()
    stagger_seconds: float = 300.0
    anybody: bool = False


@dataclass(frozen=True, slots=True)
class LockerRules:
    """How parcel lockers are run (docs/lockers.md). All lockers of a compound alike."""

    reserve_minutes: float = 10.0
    ajar_seconds: float = 120.0
    overdue_hours: float = 24.0
    code_tries: int = 5
    code_lock_minutes: float = 15.0


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """One device: its line, its place, its groups, the commands that it takes, the states that it can hold, and its doors.

    `points` says where each meaning of the device as a whole stands. `serial` is the one that the configuration names, "" for
    none. `detector` is what it is as a place for a sensor, None for any other device; `receiver`: it hears sensors.
    `compartments` are those of a parcel locker, `ports` those of a charger, `room` the charging room in which it stands.
    `household` is the flat in which it stands, such as "b3-2-501", "" for none.
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
    compartments: Mapping[str, CompartmentRules] = field(default_factory=dict)
    ports: Mapping[str, PortRules] = field(default_factory=dict)
    room: str = ""
    household: str = ""


@dataclass(frozen=True, slots=True)
class PowerRules:
    """How the mains are watched (docs/power.md). `box` is the device that tells of this box's own UPS, "" for none.

    At `low_percent` of its battery people are told that it will not last; below `close_stores_percent` the stores of telemetry
    are closed, and opened again with the mains and `open_stores_percent`. `grids` says of each building in which grid it is,
    `names` what people call an area: "building:b3", "grid:g1" or "compound".
    """

    box: str = ""
    low_percent: float = 20.0
    close_stores_percent: float = 10.0
    open_stores_percent: float = 15.0
    grids: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decide needs to know of the configuration."""

    facts: Mapping[str, Rule]
    lines: Mapping[str, Place] = field(default_factory=dict)
    devices: Mapping[str, DeviceRules] = field(default_factory=dict)
    simulated: bool = False
    sensors: Mapping[str, SensorRules] = field(default_factory=dict)
    """The products that a sensor may be of, by name."""
    rooms: Mapping[str, RoomRules] = field(default_factory=dict)
    """The charging rooms, by id."""
    lockers: LockerRules = LockerRules()
    timezone: str = "Asia/Shanghai"
    """In which the weekly schedules of permits are meant (IANA name)."""
    house: tuple[tuple[str, str], ...] = ()
    """Which parts of the house may speak: (rule, source) such as ("outlet_failing", "influx")."""
    escalation: EscalationRules = field(default_factory=EscalationRules)
    """Who is told of which alarm, after how long and by which ways."""
    fires: FireRules = NOTHING_FOLLOWS
    """Cause and effect, and what confirms a fire."""
    people: PeopleRules = field(default_factory=PeopleRules)
    """Grids, departments, and what an empty store of people is seeded with."""
    power: PowerRules = PowerRules()
    """Mains, and the battery of the box."""
    incidents: IncidentRules = field(default_factory=IncidentRules)
    """Which alarms open incidents, and how long each stage of one may take."""


def never_spared(rules: Rules) -> frozenset[str]:
    """`NEVER_SPARED`, and every rule in force that releases doors."""
    watched = (each for device in rules.devices.values() for group in device.groups for each in group.watched)
    releasing = {rule.name for each in watched for rule in each.rules if rule.releases}
    releasing |= {name for name, rule in rules.facts.items() if rule.releases}
    return NEVER_SPARED | releasing
