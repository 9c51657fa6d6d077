"""The models behind `compound.yaml`. Frozen; unknown keys are refused; every field says what it is for."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, field_validator, model_validator

from drivers.vocabulary import MEANINGS
from gateway.config.audit import Retention
from gateway.config.channels import AnyChannel
from gateway.config.charging import Lockers, Room
from gateway.config.effects import Fires
from gateway.config.escalation import PolicyConfig
from gateway.config.incidents import IncidentsConfig
from gateway.config.people import Codes, Department, Person, Roster
from gateway.config.power import Power
from gateway.config.written import Id, Written
from gateway.deliver.audit.config import AuditConfig
from gateway.deliver.backup_config import BackupConfig
from gateway.deliver.county.config import CountyConfig
from gateway.deliver.heartbeat.config import HeartbeatConfig
from gateway.deliver.influx.config import InfluxConfig
from gateway.deliver.mqtt.config import MqttConfig

DetectorKind = Literal["smoke", "gas", "co", "heat"]
LAST_PORT = 65_535


def _with_a_port(bind: str) -> str:
    if int(bind.rpartition(":")[2]) > LAST_PORT:
        raise ValueError(f"is no port: {LAST_PORT} is the last one")
    return bind


HostPort = Annotated[str, Field(pattern=r"^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$"), AfterValidator(_with_a_port)]


class Compound(Written):
    """The compound as a whole."""

    id: Id = Field(description="A short name of the compound for files and topics.")
    name: str = Field(min_length=1, description="What people call it.")
    households: int = Field(default=0, ge=0, description="How many households live here.")
    timezone: str = Field(
        default="Asia/Shanghai",
        description="The compound's time zone (IANA name): what is written for people is in it.",
    )
    language: Literal["zh-CN", "en"] = Field(default="zh-CN", description="The language of the page and of messages.")
    simulated: bool = Field(
        default=False,
        description="Everything below is simulated: every record and message is marked so. A real compound never sets it.",
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Asia
            raise ValueError("is not a time zone such as Asia/Shanghai") from None
        return name


class Grid(Written):
    """A grid 网格: a few hundred households and the grid worker who knows them; or a level above grids, to any depth."""

    id: Id = Field(description="The grid's name in this file.")
    name: str = Field(min_length=1, description="What people call it.")
    code: str = Field(default="", description="Its official code, in whatever scheme the city uses; see `codes`.")
    kind: Literal["basic", "exclusive"] = Field(
        default="basic", description="`basic` 基础网格, or `exclusive` 专属网格: an enterprise, a school."
    )
    parent: Id | None = Field(default=None, description="What it belongs to: another entry here.")
    level: str = Field(default="grid", description="What it is: `grid`, `community`, `street` or any other word.")
    team: dict[str, tuple[Id, ...]] = Field(
        default={},
        description="Who has which role: leader, guard, property, community, desk or any other word. Who is on duty stands in "
        "`roster`. What has no leader is led from above. Seeds an empty store.",
    )


class Building(Written):
    """A building 楼栋."""

    id: Id = Field(description="The building's name in this file.")
    name: str = Field(min_length=1, description="What people call it, such as 3号楼.")
    grid: Id | None = Field(default=None, description="The grid that it belongs to.")
    units: int = Field(default=1, ge=0, description="Entrances 单元.")
    floors: int = Field(default=1, ge=0, description="Floors above ground.")
    flats_per_floor: int = Field(default=1, ge=0, description="Flats on each floor of a unit.")
    shops: int = Field(
        default=0, ge=0, description="How many flats of the ground floor are shops: the first ones, unit by unit."
    )


class Detectors(Written):
    """Places where sensors are to hang: a whole pattern of them, or one. Which sensor hangs where is daily data."""

    line: Id = Field(description="The line of Bluetooth receivers that hears them.")
    kinds: tuple[DetectorKind, ...] = Field(min_length=1, description="One detector of each of these kinds.")
    where: Literal["flats", "landings"] | None = Field(
        default=None, description="`flats`: in every flat; `landings`: on every floor of every unit. Or give `id`."
    )
    buildings: tuple[Id, ...] = Field(
        default=(), description="Only in these buildings; left out: in all that have flats."
    )
    id: Id | None = Field(default=None, description="One single detector by this name, of one kind.")
    building: Id | None = Field(default=None, description="Of a single one: its building.")
    entrance: str = Field(default="", description="Of a single one: the unit (entrance) of that building.")
    floor: int = Field(default=0, ge=0, description="Of a single one: its floor.")
    name: str = Field(default="", description="Of a single one: what people call the place.")

    @model_validator(mode="after")
    def _pattern_or_one(self) -> Detectors:
        if (self.where is None) == (self.id is None):
            raise ValueError("give either where (a pattern: flats or landings) or id (a single detector)")
        if self.id is not None and (len(self.kinds) != 1 or self.building is None or self.buildings):
            raise ValueError("a single detector has one kind and a building")
        of_one = {"building", "entrance", "floor", "name"} & self.model_fields_set
        if self.id is None and of_one:
            raise ValueError(f"{' and '.join(sorted(of_one))} belongs to a single detector")
        return self


class Simulator(Written):
    """Where the simulator that feeds this compound listens for stories. Only with `compound.simulated`."""

    control: HostPort = Field(description="HOST:PORT on loopback.")
    stories: tuple[str, ...] = Field(default=(), description="The stories that the page offers to start.")


class TlsFiles(Written):
    """A certificate of your own. Without one, `gridpost tls` makes one of this box (docs/tls.md)."""

    certificate: str = Field(
        min_length=1,
        description="A PEM file, relative to compound.yaml: the certificate of this box, then those above it. Taken anew at "
        "a reload.",
    )
    key: str = Field(min_length=1, description="The PEM file of its key, without a passphrase.")


class Http(Written):
    """Where the page and the API are served."""

    bind: HostPort = Field(default="127.0.0.1:8080", description="HOST:PORT to listen on.")
    names: tuple[str, ...] = Field(
        default=(), description="More host names under which a browser may ask for the page."
    )
    tls: TlsFiles | None = Field(
        default=None,
        description="The certificate that the page is served with. Left out: the one that `gridpost tls` made, on an "
        "address other than loopback.",
    )
    plain_http_allowed: bool = Field(
        default=False,
        description="Allow plain HTTP on an address other than loopback, where anyone on the LAN can read it.",
    )
    public_url: str = Field(
        default="",
        description="The address under which a TLS proxy shows this page to the Internet. With it messages carry a link "
        "that answers their alarm; without it none does.",
    )


class History(Written):
    """The embedded history of telemetry."""

    keep_days: int = Field(default=30, ge=1, le=3660, description="Days after which a day's file is deleted.")


class Telemetry(Written):
    """Which readings are kept and sent on."""

    tell: Literal["changes", "everything"] = Field(
        default="changes",
        description="`changes`: a value that changed by its profile's deadband, and all values of a poll group once in its "
        "heartbeat. `everything`: each reading as it comes.",
    )


class Outbox(Written):
    """Where telemetry waits for its destinations, on disk."""

    max_megabytes: int = Field(
        default=512, ge=16, le=1_000_000, description="The most that it takes; the oldest readings are dropped first."
    )
    max_days: float = Field(default=7, gt=0, le=3660, description="Readings older than this are dropped.")
    keep_free_megabytes: int = Field(
        default=200,
        ge=16,
        le=1_000_000,
        description="With less room than this on the disk (or a tenth of it, if that is less) no telemetry is written, so "
        "that alarms always have room.",
    )


Outlet = Annotated[InfluxConfig | MqttConfig, Field(discriminator="kind")]


class RuleConfig(Written):
    """One alarm rule. A field that is left out keeps the value of the rule of the same name that Gridpost ships."""

    enabled: bool = Field(default=True, description="`false` switches the rule off; a P1 rule cannot be switched off.")
    meaning: str = Field(default="", description="Every point with this meaning is watched.")
    points: tuple[str, ...] = Field(default=(), description="More points to watch, by full name `device/key`.")
    priority: int = Field(
        default=3, ge=1, le=4, description="1 life, 2 security and safety, 3 degraded, 4 maintenance."
    )
    when: bool = Field(default=True, description="A boolean point is abnormal when it equals this.")
    high: float | None = Field(default=None, description="A number is abnormal at or above this.")
    low: float | None = Field(default=None, description="A number is abnormal at or below this.")
    deadband: float = Field(
        default=0.0, ge=0, description="How far back inside the limit it must be to be normal again."
    )
    on_delay_seconds: float = Field(
        default=0.0, ge=0, le=86400, description="How long it must be abnormal before the alarm."
    )
    off_delay_seconds: float = Field(
        default=0.0, ge=0, le=86400, description="How long it must be normal before it clears."
    )
    latching: bool = Field(default=False, description="The alarm stays until a person resets it.")
    priority_common: int | None = Field(
        default=None, ge=1, le=4, description="The priority in the common parts of a building, where it is another."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> RuleConfig:
        if self.meaning and self.meaning not in MEANINGS:
            raise ValueError(f"meaning {self.meaning!r} is not in the vocabulary: {', '.join(sorted(MEANINGS))}")
        if self.priority == 1 and not self.enabled:
            raise ValueError("a P1 rule cannot be switched off")
        if self.high is not None and self.low is not None and self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class CompoundFile(Written):
    """One file: `compound.yaml`, or one that it includes."""

    compound: Compound | None = Field(default=None, description="The compound as a whole; in the first file, once.")
    simulator: Simulator | None = Field(default=None, description="The simulator that feeds a simulated compound.")
    http: Http | None = Field(default=None, description="Where the page is served.")
    history: History | None = Field(default=None, description="The embedded history.")
    telemetry: Telemetry | None = Field(default=None, description="Which readings are kept and sent on.")
    outbox: Outbox | None = Field(default=None, description="Where telemetry waits for its destinations.")
    outlets: tuple[Outlet, ...] = Field(
        default=(), description="Destinations of telemetry, alarms, commands and events."
    )
    audit: AuditConfig | None = Field(default=None, description="How the audit leaves the box.")
    retention: Retention | None = Field(default=None, description="How long what happened is kept.")
    backup: BackupConfig | None = Field(default=None, description="What is copied off the box, when and where to.")
    grids: tuple[Grid, ...] = Field(default=(), description="The grids, and the levels above them.")
    codes: Codes | None = Field(default=None, description="How the codes of grids look.")
    people: tuple[Person, ...] = Field(default=(), description="The staff. Seeds an empty store.")
    departments: tuple[Department, ...] = Field(default=(), description="Who is called in 吹哨.")
    roster: tuple[Roster, ...] = Field(default=(), description="Who is on duty when. Seeds an empty store.")
    channels: tuple[AnyChannel, ...] = Field(default=(), description="The ways to people.")
    heartbeat: tuple[HeartbeatConfig, ...] = Field(
        default=(), description="Who off the box expects to hear from us, and raises the alarm when nothing comes."
    )
    escalation: tuple[PolicyConfig, ...] = Field(
        default=(),
        description="Who is told of which alarm, after how long and by which ways, before the shipped policies.",
    )
    buildings: tuple[Building, ...] = Field(default=(), description="The buildings.")
    detectors: tuple[Detectors, ...] = Field(
        default=(), description="Where smoke, gas, CO and heat sensors are to hang."
    )
    rooms: tuple[Room, ...] = Field(default=(), description="The charging rooms 车棚.")
    lockers: Lockers | None = Field(default=None, description="How the parcel lockers are run.")
    incidents: IncidentsConfig | None = Field(
        default=None, description="Incidents: their categories and time limits, over the shipped table."
    )
    county: CountyConfig | None = Field(
        default=None, description="The county's platform, which incidents are handed to."
    )
    power: Power | None = Field(default=None, description="The uninterruptible power supply of the box.")
    profiles: tuple[str, ...] = Field(
        default=(), description="Folders with your own product profiles, relative to this file."
    )
    include: tuple[str, ...] = Field(default=(), description="More files like this one (globs), relative to this file.")
    lines: tuple[dict[str, Any], ...] = Field(default=(), description="The lines with their devices; keys by driver.")
    devices: tuple[str, ...] = Field(default=(), description="CSV device lists, relative to this file.")
    rules: dict[Id, dict[str, Any]] = Field(
        default={}, description="Alarm rules by name, beside or over the shipped ones."
    )
    effects: dict[Id, dict[str, Any]] = Field(
        default={}, description="Rows of cause and effect by name, beside or over the shipped ones."
    )
    fires: Fires | None = Field(default=None, description="What confirms a fire.")
