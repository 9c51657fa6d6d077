"""What the HTTP face needs of the house, handed over once at the start."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from gateway.serve.answering_keeper import AnsweringKeeper
from gateway.works import Works

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Json, Rejected
    from gateway.deliver.heartbeat.beating import Beating
    from gateway.deliver.notify.lane import ChannelStanding
    from gateway.keep.accounts.accounts import Accounts
    from gateway.keep.alarm_figures import Figures
    from gateway.keep.export import Export, Stretch
    from gateway.keep.latest import Latest
    from gateway.keep.notices import KeptNotice
    from gateway.keep.reading import KeptEvent
    from gateway.model import Alarm, LogRow, Now, Road
    from gateway.numbers import Numbers
    from gateway.serve.answer_links import AnswerLinks
    from gateway.serve.audit.desk import AuditDesk
    from gateway.serve.box_keeper import Box
    from gateway.serve.detector_keeper import DetectorKeeper
    from gateway.serve.detector_list import DetectorList
    from gateway.serve.door_list import DoorList
    from gateway.serve.doorkeeper import Doorkeeper
    from gateway.serve.duty_keeper import DutyKeeper
    from gateway.serve.incident_desk import IncidentDesk
    from gateway.serve.label_book import LabelBook
    from gateway.serve.privacy.desk import PrivacyDesk
    from gateway.serve.safety_keeper import SafetyKeeper
    from gateway.serve.setup.keeper import SetUp
    from gateway.serve.stored import Stores
    from gateway.serve.stream import Hub


class Records(Protocol):
    """The journal as readers see it; never in the writer's way."""

    async def log(self, after: int, limit: int, kind: str = "") -> Sequence[LogRow]:
        """At most `limit` rows with a sequence above `after`, oldest first; of one kind if it is given."""

    async def newest(
        self, kind: str, limit: int, before: int, among: Mapping[str, Collection[str]]
    ) -> tuple[Sequence[LogRow], int | None]:
        """At most `limit` rows of a kind below the sequence `before`, newest first, and below which there may be more.

        Only those whose body has, under each name of `among`, one of its values.
        """

    async def alarm(self, number: int) -> Alarm | None:
        """An alarm of any age, None when there was none of that number."""

    async def alarms(self, *, open_only: bool) -> Sequence[Alarm]:
        """Alarms, newest first: the latest 1,000, or all those that are not normal."""

    async def alarm_history(self, number: int) -> Sequence[LogRow]:
        """What happened to one alarm, oldest first."""

    async def alarm_figures(self, start_utc: float, end_utc: float, grids: Collection[str]) -> Figures:
        """How many alarms there were between two moments and how they were answered; of some grids if any are given."""

    async def about(self, kind: str, subject: str, limit: int) -> Sequence[LogRow]:
        """At most `limit` rows of a kind about one subject, newest first."""

    async def notices_about(self, subject: str) -> Sequence[KeptNotice]:
        """The notices about one subject such as "alarm:12" with what became of each, oldest first."""

    async def events_of(self, device: str, part: str, limit: int, before: int) -> Sequence[KeptEvent]:
        """At most `limit` events of a part of a device with a sequence below `before`, newest first."""


class Plot(Protocol):
    """A point's past in buckets: equally long sequences, None and "gap" where nothing is known."""

    @property
    def bucket_seconds(self) -> float:
        """How long a bucket is."""

    @property
    def t(self) -> Sequence[float]:
        """When each bucket begins, in seconds since 1970."""

    @property
    def min(self) -> Sequence[float | None]:
        """The least value."""

    @property
    def max(self) -> Sequence[float | None]:
        """The greatest value."""

    @property
    def mean(self) -> Sequence[float | None]:
        """The time-weighted mean."""

    @property
    def last(self) -> Sequence[float | None]:
        """The value at the bucket's end."""

    @property
    def quality(self) -> Sequence[str]:
        """How far each bucket can be believed: "good", "uncertain", "bad" or "gap"."""


class Past(Protocol):
    """The recent telemetry."""

    async def query(self, device: str, key: str, start: float, end: float, pixels: int) -> Plot:
        """The past of one point between two moments (seconds since 1970) in at most `pixels` buckets."""

    def export(self, *stretches: Stretch) -> Export | None:
        """Begin an export, which is to be closed; None while as many as there may be are under way."""


class Octt(Protocol):
    """The central system's side of a conformance test."""

    async def __call__(
        self, version: str, station: str, action: str, fields: Mapping[str, Json], /
    ) -> Mapping[str, Json]:
        """Call a charge point and return what it answers.

        Raises LookupError for a station that is not connected under that version, and `gateway.serve.octt.StationError` for an
        answer that is an error, or for none.
        """


@dataclass(frozen=True, slots=True)
class House:
    """What stands behind the HTTP face.

    `trouble` says in sentences why the gateway is not ready, nothing when it is. `statistics` gives a line's own numbers,
    `device_statistics` those of its devices by id.
    `rejected` gives what a line could not take as data lately, newest first. `octt` calls charge points for an outside
    conformance suite; it is there under a test flag alone.
    `device_key` signs by what a browser that signed in before is known again.
    `names` are the host names, beside the bound address, under which browsers may reach it. `public_url` is the
    address of the page as written, "" for none. `page` is the folder of the built status page, None where it was not built.
    """

    road: Road
    latest: Latest
    records: Records
    accounts: Accounts
    past: Past
    stores: Stores
    hub: Hub
    numbers: Numbers
    now: Callable[[], Now]
    trouble: Callable[[], Sequence[str]]
    statistics: Callable[[str], Mapping[str, float]]
    device_statistics: Callable[[str], Mapping[str, Mapping[str, float]]]
    keeper: Doorkeeper
    doors: DoorList
    detector_keeper: DetectorKeeper
    detectors: DetectorList
    rejected: Callable[[str], Sequence[Rejected]]
    incidents: IncidentDesk
    safety: SafetyKeeper
    duty: DutyKeeper
    octt: Octt | None = None
    answering: AnsweringKeeper = field(default_factory=AnsweringKeeper)
    answer_links: AnswerLinks | None = None
    heartbeats: Callable[[], Iterable[Beating]] = tuple
    channels: Callable[[], Iterable[ChannelStanding]] = tuple
    device_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    names: tuple[str, ...] = ()
    public_url: str = ""
    page: Path | None = None
    version: str = field(default="")
    works: Works = field(default_factory=Works)
    privacy: PrivacyDesk | None = None
    audit: AuditDesk | None = None
    setup: SetUp | None = None
    box: Box | None = None
    labels: LabelBook | None = None
