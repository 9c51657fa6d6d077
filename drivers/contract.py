"""The contract between a driver and whoever runs it (see ARCHITECTURE.md, "The driver contract").

A driver serves one *line* and its devices. It sees the world above it only as `Post`. Polled and pushed, dialled and
dialling in look the same from outside. Standard library only: every protocol package stands on this file.

    DriverError
    ├── LineLost        the line is gone; time may cure it
    └── Misconfigured   the line can never work as written; only a person can cure it

Anything else that leaves `Driver.run` is a bug and ends the process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value: TypeAlias = bool | int | float | str | None
"""A point's value in its declared unit; None where there is none (quality bad, or never heard)."""

Json: TypeAlias = Any
"""A JSON value (RFC 8259): what `json.dumps` takes and `json.loads` returns."""

CURSOR_LIMIT_BYTES = 64 * 1024
"""The most that a cursor may take as compact JSON in UTF-8."""

KEEP_LIMIT = 200
"""The most records that one `Post.keep` call may carry."""


ACTS = frozenset(
    {
        "unlock",
        "hold_free",
        "lockdown",
        "fire_reset",
        "relay_test",
        "open_compartment",
        "start_charging",
        "stop_charging",
        "unlock_connector",
    }
)
"""What a command may do to a door, a parcel locker or a charger: the words by which the command gate knows them."""

FIRE_RELEASE = "fire_release"
"""Wanted state: doors open and stay open. Level: {"doors": ["door1", ...]}. Nothing that is known of the device stands before
it."""

SERIAL = "serial"
"""Wanted state: the serial number (as text) that the device must have, over what the configuration says."""

PERMITS = "permits"
"""Wanted state: the table by which a controller lets people in without us. Level: docs/acp1.md, "The wanted table"."""


SENSORS = "sensors"
"""Wanted state of a line of radio receivers, at the device that has the line's own name: which sensors it listens to.

Level: {"mounted": {device: {"address", "product", "sealed_key", "swap_until_ns"}}, "stock": {address: {"product",
"sealed_key"}}}. `address` is 12 capital hex digits; `sealed_key` is as in `drivers/sealed_key.py`, "" for none;
`swap_until_ns` (CLOCK_BOOTTIME) is until when a counter may begin anew because the battery is being changed, 0 for no time.
An entry that did not change is the same object as before.
"""

CHARGING_OFF = "charging_off"
"""Wanted state: no current flows at some parts of a charger, or behind some contactors. Level: {"parts": ["port1", ...]}, or
true for the whole device.

The driver stops what charges there, keeps it from being started again, and says so again whenever the device returns or shows
otherwise; a contactor is opened. Lifting it lets the parts be used again: nothing is started, and no contactor is closed.
"""

AT_ONCE = frozenset({FIRE_RELEASE, CHARGING_OFF})
"""Wanted states that wait for nothing: no disk, no schedule, no serial number stands before them."""

CLOCK = "clock"
"""Wanted state: the device's clock agrees with ours. Level: true while ours is to be believed."""


class DriverError(Exception):
    """A line that cannot go on, as a sentence that names the thing, the place and the way out."""


class LineLost(DriverError):
    """The line is gone; time may cure it. Reconnecting is the caller's work."""


class Misconfigured(DriverError):
    """The line can never work as it is written; only a person can cure it."""


class Kind(Enum):
    """What sort of value a point has."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    REAL = "real"
    TEXT = "text"


class Pace(Enum):
    """How often a point is asked for: the poll class (fast 100-250 ms, normal 1 s, slow 60 s by default)."""

    FAST = "fast"
    NORMAL = "normal"
    SLOW = "slow"


class Quality(IntEnum):
    """How far a value can be believed."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value is not good. `why` is a short fixed phrase such as "out of range"; it names no secret."""

    quality: Quality
    why: str


@dataclass(frozen=True, slots=True)
class Point:
    """One quantity of a device. Its full name is `device.id + "/" + key`.

    `meaning` is a word of the vocabulary in `drivers/profile.py` ("door_open", "fire_input", ...) or "" where the
    point has no meaning that a rule could use. `unit` is a UCUM-like symbol ("V", "Cel", "s") or "".
    `low` and `high` bound what the device can truthfully say; a value outside them is reported as bad.
    `deadband` is the change, in the point's unit, below which a new number is not worth keeping (0: every change is).
    A `personal` point tells of a person, such as a card's keyed hash: it never leaves the box as telemetry.
    """

    key: str
    kind: Kind
    unit: str = ""
    meaning: str = ""
    pace: Pace = Pace.NORMAL
    low: float | None = None
    high: float | None = None
    place: str = ""
    """Which part of the device it belongs to, such as "door1"; "" for the device as a whole."""
    deadband: float = 0.0
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Points that the device answers together, in the order of `Sample.values`.

    `every_seconds` is the interval at which a sample is expected; None for points that speak only when they change.
    `heartbeat_seconds` is after how long unchanged values are told again to the destinations of telemetry.
    """

    points: tuple[Point, ...]
    every_seconds: float | None
    heartbeat_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command that the device takes: its name, its arguments with their units, and whether repeating it is harmless."""

    name: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    idempotent: bool = False
    acts_as: str = ""
    """What it does to people, by a word of `ACTS`; "" for what no rule of the house speaks of."""
    place: str = ""
    """The part of the device that it moves, such as "door1"; "" for the device as a whole."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it is known before anything is connected."""

    id: str
    product: str
    groups: tuple[Group, ...]
    commands: tuple[CommandSpec, ...] = ()
    wants: tuple[str, ...] = ()
    """Names of the wanted states that it can reach and hold ("fire_release")."""
    parts: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """What is known of its parts beforehand: {"c07": {"size": "m"}} of a locker, {"port1": {"amperes": 10}} of a charger."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of one poll group: many readings at one time.

    `values` has one entry for each point of `Device.groups[group].points`. A driver that gets an unchanged answer passes
    *the same tuple object* again; the road then moves only the freshness stamp. `faults` is None when all values are good.
    `received_ns` is CLOCK_BOOTTIME in nanoseconds when the last byte came in. `measured_utc` is the device's own time of
    measurement in seconds since 1970, or None when the device does not tell.
    """

    device: str
    group: int
    values: tuple[Value, ...]
    faults: tuple[Fault | None, ...] | None
    received_ns: int
    measured_utc: float | None = None


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something that happened once, with the device's own sequence.

    `(device, epoch, sequence)` names it for ever: the same three again is the same event. `body` holds plain JSON and
    never a card number, a name or a face. `measured_utc` is the device's time or None when its clock is not to be had.
    """

    device: str
    epoch: str
    sequence: int
    kind: str
    body: Mapping[str, Json]
    received_ns: int
    measured_utc: float | None = None


class Link(Enum):
    """Whether a line or a device can be reached."""

    UNKNOWN = "unknown"
    UP = "up"
    LOST = "lost"
    MISCONFIGURED = "misconfigured"


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """A device of a live line was found, lost, or turned out to be set up wrongly. Said once for each change.

    `serial` is the serial number that was read, as text; "" where none was.
    """

    device: str
    link: Link
    why: str
    received_ns: int
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Something was heard that nobody enrolled. `address` is how the line names it; never a secret.

    `receiver` is the device that heard it best, `rssi` how loud in dBm. `pressed`: its test button was pressed, and the key of
    that sensor, which is in stock, proved it.
    """

    address: str
    what: str
    received_ns: int
    receiver: str = ""
    rssi: int = 0
    pressed: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A person or a rule asks a device to do something once.

    `id` is unique for ever and 1..65535 in its low 16 bits, so that a device can refuse a repetition.
    `expires_ns` is CLOCK_BOOTTIME in nanoseconds: past it the command is dropped, not sent.
    """

    id: int
    device: str
    name: str
    arguments: Mapping[str, Json]
    expires_ns: int


class Outcome(Enum):
    """How a command ended. UNKNOWN is an answer: nobody may read it as done."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """What the device *confirmed* about a command: read back, not echoed."""

    outcome: Outcome
    confirmed: Mapping[str, Value] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class WantedState:
    """A level to be reached and held, such as fire release: no expiry, the last one wins, None in `level` lifts it."""

    name: str
    level: Json


@dataclass(frozen=True, slots=True)
class Question:
    """A device asks before it acts: OCPP Authorize, a locker's pick-up code. `body` holds no secret in clear."""

    device: str
    kind: str
    body: Mapping[str, Json]
    received_ns: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that could not be taken as data, kept so that a person can look at it.

    `source` is the topic or charge point, `why` a short phrase, `size` in bytes, `excerpt` its beginning (at most 1,000
    characters; what may be a code is masked), `times` how often the same came from there.
    """

    source: str
    why: str
    size: int
    excerpt: str
    received_utc: float
    times: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What decide said, with its reason; on disk before the driver sees it."""

    allowed: bool
    why: str
    body: Mapping[str, Json] = field(default_factory=dict)


Report: TypeAlias = Sample | LinkChanged | Stranger
Kept: TypeAlias = DeviceEvent | Sample


class Post(Protocol):
    """All that a driver sees of the gateway."""

    def report(self, x: Report, /) -> None:
        """Take a report at once. Never waits, never fails."""

    async def keep(self, records: Sequence[Kept], cursors: Mapping[str, Json], /) -> None:
        """Put records (at most `KEEP_LIMIT`) and cursors by device id on disk in one transaction.

        Only after it returns may the driver acknowledge to the device or broker. Raises ValueError for too many records
        or a cursor over `CURSOR_LIMIT_BYTES`.
        """

    def note(self, device: str, cursor: Json, /) -> None:
        """Remember a cursor alone: on disk within a second, not awaited."""

    async def ask(self, question: Question, /) -> Answer:
        """Ask decide; the answer is journalled before it returns."""

    def cursor(self, device: str, /) -> Json:
        """Where the device stood when `keep` or `note` last took its cursor; None for a new device."""


class Driver(Protocol):
    """One line and its devices."""

    @property
    def devices(self) -> Sequence[Device]:
        """The devices with their points and commands, known before connecting."""

    async def run(self, post: Post, /) -> None:
        """Connect and report until cancelled. Raises `LineLost` or `Misconfigured`, only when the *line* is lost."""

    async def perform(self, command: Command, /) -> Result:
        """Do it once and return what the device confirmed; runs beside `run`. Line lost or cancelled: UNKNOWN."""

    def want(self, device: str, state: WantedState, /) -> None:
        """Take a level to converge to in idle slots (fire release before all else); it survives a reconnect."""

    def statistics(self) -> Mapping[str, float]:
        """The line's own numbers since `run` first began; each only rises, but for names that say otherwise.

        `steps` is always there and rises while the driver's loop lives, even when no device answers: a loop whose steps
        stand still for half a minute is taken for hung.
        """

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Numbers of each device by id, such as `missed` and `p99_ms`; a device without numbers is left out."""

    async def adopt(self, config: Any, /) -> bool:
        """Take added, removed, re-keyed or replaced devices without touching the others. False: restart the line."""


@runtime_checkable
class Inspectable(Protocol):
    """A driver whose line brings messages that a person may have to look at: drivers of MQTT and OCPP are."""

    def rejected(self) -> Sequence[Rejected]:
        """What could not be taken as data lately, newest first; bounded."""


class LineConfig(Protocol):
    """What the installer writes for one line. Frozen; imports no protocol library; `build` does and touches no network."""

    @property
    def id(self) -> str:
        """The line's name in the configuration."""

    @property
    def driver(self) -> str:
        """Which driver serves it: the name it stands under in `drivers/catalogue.py`."""

    @property
    def address(self) -> str:
        """Where the line leads, for people: "10.0.0.7:502", "/dev/ttyUSB0"."""

    def build(self) -> Driver:
        """Make the driver."""
