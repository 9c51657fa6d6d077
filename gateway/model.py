"""The words of the house as types: time, alarms, acts, outcomes, and the Protocols through which floors meet.

Dataclasses between stations; no input or output here. Shapes that leave the house over HTTP are in `gateway/serve/shapes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from drivers.contract import (
    Answer,
    Command,
    DeviceEvent,
    Json,
    Link,
    LinkChanged,
    Question,
    Result,
    Sample,
    Stranger,
    Value,
    WantedState,
)
from gateway.answering import AnsweringAct
from gateway.auditing import AuditAct
from gateway.charging import ChargingAct
from gateway.detecting import DetectorAct
from gateway.duty import DutyAct
from gateway.incident import IncidentAct
from gateway.installing import InstallerAct
from gateway.linking import LinkAct
from gateway.notice import Noticed, NoticesSaid, Notify, Tell
from gateway.parcels import ParcelAct
from gateway.permit import PermitAct
from gateway.privacy import PrivacyAct
from gateway.safety import SafetyAct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.actor import Actor

NANOSECONDS = 1_000_000_000


class Now(NamedTuple):
    """One moment, told by every clock of the box.

    `boottime_ns` is CLOCK_BOOTTIME and decides order within one boot; `utc` is seconds since 1970 and is only believed
    where `trusted`. A NamedTuple because one is made for every report (0.3 us against 1.3 us for a frozen dataclass).
    """

    boot_id: str
    boottime_ns: int
    utc: float
    trusted: bool


# ---------------------------------------------------------------- places


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is, in address order: building, unit, then what it is called there."""

    building: str = ""
    unit: str = ""
    name: str = ""
    grid: str = ""


# ---------------------------------------------------------------- alarms


class Priority(IntEnum):
    """P1 life, P2 security and safety, P3 degraded, P4 maintenance."""

    P1 = 1
    P2 = 2
    P3 = 3
    P4 = 4


class Suppression(Enum):
    """The fourth fact of an alarm. Evaluation goes on underneath; only people are spared."""

    NONE = "none"
    SHELVED = "shelved"
    BY_DESIGN = "by_design"
    OUT_OF_SERVICE = "out_of_service"


class AlarmState(Enum):
    """The states of ISA-18.2 / IEC 62682, derived from the four facts and never stored."""

    NORMAL = "A"
    UNACK = "B"
    ACKED = "C"
    RETURNED_UNACK = "D"
    LATCHED_UNACK = "E"
    LATCHED_ACKED = "F"
    SHELVED = "G"
    SUPPRESSED_BY_DESIGN = "H"
    OUT_OF_SERVICE = "I"


_SUPPRESSED = {
    Suppression.SHELVED: AlarmState.SHELVED,
    Suppression.BY_DESIGN: AlarmState.SUPPRESSED_BY_DESIGN,
    Suppression.OUT_OF_SERVICE: AlarmState.OUT_OF_SERVICE,
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """An abnormal condition that needs a response.

    `key` is `rule@source` and names the condition for ever; `number` names this occurrence, starting at 1, and is what
    people and URLs use. `source` is a point, device or line id. `since_ns`/`since_utc` are when it was last raised.
    """

    number: int
    key: str
    rule: str
    source: str
    device: str
    priority: Priority
    place: Place
    active: bool
    acked: bool
    latched: bool
    suppression: Suppression = Suppression.NONE
    occurrences: int = 1
    value: Value = None
    why: str = ""
    since_utc: float = 0.0
    since_trusted: bool = False
    changed_utc: float = 0.0
    acked_by: str = ""
    note: str = ""
    orphaned: bool = False
    """Its source is no longer in the configuration."""
    simulated: bool = False
    test: bool = False
    """Its detector was under test when it was raised: people hear of it marked so, and nothing follows from it."""
    trial: bool = False
    """Its building was on trial 试运行 when it was raised: the trial list hears of it, and what would follow is recorded."""
    verdict: str = ""
    """What a person on site found: "real", "false", "" while nobody said."""
    verdict_by: str = ""
    spared_by: str = ""
    """Who or what suppressed it: a person, or the alarm or rule that explains it."""
    spared_why: str = ""
    spared_until_utc: float = 0.0
    """When a shelf or an outage of a detector ends, 0 for neither."""
    chattering: bool = False
    """It comes and goes: held as one occurrence, `raises` counts on."""
    raises: int = 1
    """How often it was raised since it was last normal, with those that made no new occurrence."""
    stale: bool = False
    """It has stood for longer than a day."""

    @property
    def state(self) -> AlarmState:
        """The derived state of `reference` ISA-18.2 (table in docs/alarms.md)."""
        if self.suppression is not Suppression.NONE:
            return _SUPPRESSED[self.suppression]
        if self.active:
            return AlarmState.ACKED if self.acked else AlarmState.UNACK
        if self.latched:
            return AlarmState.LATCHED_ACKED if self.acked else AlarmState.LATCHED_UNACK
        return AlarmState.NORMAL if self.acked else AlarmState.RETURNED_UNACK


class Change(Enum):
    """What happened to an alarm."""

    RAISED = "raised"
    UPDATED = "updated"
    CLEARED = "cleared"
    ACKED = "acked"
    RESET = "reset"
    VERIFIED = "verified"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    ORPHANED = "orphaned"


# ---------------------------------------------------------------- what comes to decide


@dataclass(frozen=True, slots=True)
class LineChanged:
    """Collect says once that a line was lost, and once that it is back."""

    line: str
    link: Link
    why: str
    received_ns: int


@dataclass(frozen=True, slots=True)
class JournalChanged:
    """Whether what happens is being recorded; `why` is the sentence for people when it is not."""

    recorded: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class HouseSaid:
    """A store, an outlet or the disk says how it is: `rule` is a rule about the gateway's own senses, `source` who says it."""

    rule: str
    source: str
    abnormal: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class AckAlarm:
    """A person takes an alarm: 收到,马上去."""

    actor: Actor
    number: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class ResetAlarm:
    """A person resets a latched alarm whose condition is gone."""

    actor: Actor
    number: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class AskCommand:
    """A person asks a device to do something.

    `request` is the asker's own name for this one wish, "" for none: the same again is refused and not done again.
    """

    actor: Actor
    device: str
    name: str
    arguments: Mapping[str, Json]
    reason: str
    request: str = ""


Act: TypeAlias = (
    AckAlarm
    | ResetAlarm
    | AskCommand
    | PermitAct
    | InstallerAct
    | DetectorAct
    | ChargingAct
    | ParcelAct
    | AnsweringAct
    | DutyAct
    | IncidentAct
    | SafetyAct
    | LinkAct
    | PrivacyAct
    | AuditAct
)
Input: TypeAlias = (
    Sample
    | LinkChanged
    | Stranger
    | DeviceEvent
    | Question
    | LineChanged
    | JournalChanged
    | HouseSaid
    | NoticesSaid
    | Act
)


# ---------------------------------------------------------------- what comes out of decide


@dataclass(frozen=True, slots=True)
class Remember:
    """A piece of decide's memory, written in the road's transaction; value None forgets it."""

    key: str
    value: Json


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    """An alarm changed. `announce` says whether people are to be told (not under suppression, not on a mere update)."""

    alarm: Alarm
    change: Change
    announce: bool
    actor: str = ""


@dataclass(frozen=True, slots=True)
class LinkSaid:
    """A line's or device's link changed: for the log and the page."""

    subject: str
    is_line: bool
    link: Link
    why: str


@dataclass(frozen=True, slots=True)
class StaleSaid:
    """A poll group went quiet past its allowance (or spoke again): its values are old from here on."""

    device: str
    group: int
    stale: bool


@dataclass(frozen=True, slots=True)
class StrangerSaid:
    """Something was heard that nobody enrolled: by `receiver` best ("" where that is not known), so loud (dBm)."""

    address: str
    what: str
    receiver: str = ""
    rssi: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """A question's answer, for the driver that asked."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True)
class Refused:
    """An act was refused: `code` for the page's texts, `why` for the log, `details` a sentence for each thing that is wrong."""

    act: Act
    code: str
    why: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that people must be able to read up later: a log row of this kind. `body` names no person and no card."""

    kind: str
    subject: str
    body: Mapping[str, Json]
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """A command may go to its driver."""

    command: Command
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A command ended: what its device confirmed."""

    command: Command
    result: Result
    actor: str


@dataclass(frozen=True, slots=True)
class Want:
    """A level that the device must reach and hold."""

    device: str
    state: WantedState


Outcome: TypeAlias = (
    Remember
    | AlarmChanged
    | LinkSaid
    | StaleSaid
    | StrangerSaid
    | Answered
    | Refused
    | Recorded
    | Send
    | Ended
    | Want
    | Notify
    | Noticed
)

Said: TypeAlias = Outcome | Tell
"""What a part of the judgement says: outcomes, and what people are to be told, of which escalation makes notices."""


# ---------------------------------------------------------------- what is kept


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the journal's log as readers see it."""

    seq: int
    boot: str
    boottime_ns: int
    utc: float
    trusted: bool
    kind: str
    subject: str
    body: Json


@dataclass(frozen=True, slots=True)
class Entry:
    """What one walk down the road puts on disk, all or nothing.

    `outcomes` are journalled by kind; `events` are device events in the order they came; `cursors` by device id. `actor` asked
    for it: rows that say his name say his id too.
    """

    now: Now
    outcomes: tuple[Outcome, ...] = ()
    events: tuple[DeviceEvent, ...] = ()
    cursors: Mapping[str, Json] = field(default_factory=dict)
    actor: Actor | None = None


# ---------------------------------------------------------------- how floors meet


class Road(Protocol):
    """What serve and collect may ask of the flow."""

    async def act(self, act: Act, /) -> Sequence[Outcome]:
        """Take what a person asks down the road; returns its outcomes once they are on disk.

        A command that was sent comes back with its `Ended`. Raises TimeoutError when the disk takes over 5 s, or failed:
        whether it was recorded is not known then.
        """

    def line_changed(self, changed: LineChanged, /) -> None:
        """Take a line's loss or return."""


class Audience(Protocol):
    """Who is told when the road releases: the streams, the board, the notifier. Never waits, never fails."""

    def values(self, device: str, group: int, changed: tuple[int, ...] | None, /) -> None:
        """Values of a group changed; `changed` are their indices, None means all of them."""

    def tell(self, outcome: Outcome, seq: int | None, /) -> None:
        """An outcome was released; `seq` is its log row, None when it could not be recorded."""
